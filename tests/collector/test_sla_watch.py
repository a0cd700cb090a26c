"""The watch over the running period: what it shows, keeps, and hands to the outputs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from collector import sla_watch
from collector.apart import WorkFailedError
from collector.board import Board
from collector.claims_open import ClaimLine
from collector.ledger.ledger import Ledger
from collector.ledger.model import REFERENCE, SlaFigures
from collector.news import News
from collector.performance.cycle.noticed import ManagedNow
from collector.sla.figures import Figures
from collector.sla_sweep import Share, Swept
from collector.sla_watch import Seen, SlaWatch, _credits, _deadlines, idle
from collector.web.sources import CreditNow, DeadlineNow, FigureNow, TicketLossNow
from config.load import load
from config.settings import Settings
from tests.clock import FakeClock
from tests.collector.test_statements import CONFIG, HOUR, JANUARY_MS, MINUTE_MS, fill, keys


@pytest.fixture
def read(tmp_path: Path) -> Settings:
    path = tmp_path / "linkledger.yaml"
    path.write_text(CONFIG)
    return load(path).settings


@pytest.fixture
def ledger(read: Settings) -> Iterator[Ledger]:
    clock = FakeClock()
    clock.step_wall(12 * 3600)
    with Ledger.open(read.ledger.path, clock=clock, commit_every_ms=10, reserve_bytes=0) as opened:
        series = keys(read)
        fill(opened, series[REFERENCE], range(12 * HOUR))
        fill(opened, series["lon-acme"], range(12 * HOUR), range(100, 130))
        fill(opened, series["lon-beta"], range(12 * HOUR))
        assert opened.flush(10)
        yield opened


class Shown:
    """A board that only remembers."""

    def __init__(self, settings: Settings) -> None:
        self.settings = lambda: settings
        self.newest_figures: list[FigureNow] = []
        self.newest_credits: list[CreditNow] = []
        self.newest_ticket_losses: list[TicketLossNow] = []
        self.newest_deadlines: list[DeadlineNow] = []
        self.newest_managed = ManagedNow()
        self.judged: list[Figures] | None = None

    def standing(self) -> dict[str, float | None]:
        """The credits of what is judged, by circuit."""
        assert self.judged is not None
        return {one.circuit: one.credit for one in self.judged}


@pytest.mark.slow
async def test_each_sweep_hands_the_figures_of_every_circuit_with_a_contract_to_the_outputs(
    ledger: Ledger, read: Settings
) -> None:
    clock = FakeClock()
    clock.step_wall(12 * 3600)
    board = Shown(read)
    watch = SlaWatch(ledger, clock, cast(Board, board))
    for _ in range(2):
        await watch.sweep()
    assert ledger.flush(10)
    with ledger.reader() as reader:
        sent = [row.derived for row in reader.scan(0, 10_000) if row.derived is not None]
        kept = {row.circuit: row.computed_ms for row in reader.figures()}
    at_ms = JANUARY_MS + 12 * HOUR * MINUTE_MS
    (shown,) = [one for one in board.newest_figures if one.objective == "availability" and one.violated]
    acme = SlaFigures(
        *(at_ms, read.host, "lon", "acme", "lon-acme", "gold", "2026-01"),
        availability_ratio=(12 * HOUR - 30) / (12 * HOUR),
        budget_remaining_seconds=shown.budget_remaining_seconds,
        violations=1,
        credit=0.0,
    )
    assert kept == {"lon-acme": at_ms, "lon-beta": at_ms}
    assert [one.circuit for one in sent if isinstance(one, SlaFigures)] == ["lon-acme", "lon-beta"] * 2
    assert sent[0] == sent[2] == acme


@pytest.mark.slow
async def test_figures_that_the_ledger_refuses_are_not_lost_silently(
    read: Settings, clock: FakeClock
) -> None:
    with Ledger.open(read.ledger.path, clock=clock, commit_every_ms=10, reserve_bytes=0) as ledger:
        watch = SlaWatch(ledger, clock, cast(Board, Shown(read)))
        ledger.close()
        with capture_logs() as logs:
            await watch.sweep()
    assert "sla.figures_not_kept" in [entry["event"] for entry in logs]


# --- what is made of a sweep


def share(settings: Settings, name: str, *, bears: bool = True, credit: float | None = 5.0) -> Share:
    """A circuit's figures, of no objective."""
    contract = next(iter(settings.circuits[name].contract.values))
    now_ms = JANUARY_MS + HOUR * MINUTE_MS
    figures = Figures(name, str(contract), "2026-01", now_ms, False, (), credit, "EUR" if credit else None)
    return Share(figures, name if bears else "lon", bears)


def seen(settings: Settings, *shares: Share, **found: Any) -> Seen:  # noqa: ANN401
    """What a process would hand over of these."""
    made = Seen(Swept(shares=list(shares), **found))
    for one in shares:
        made.shown[one.figures.circuit] = []
        made.credits[one.figures.circuit] = _credits(one, settings)
    return made


@pytest.fixture
def shown(read: Settings) -> Shown:
    return Shown(read)


@pytest.fixture
def watch(read: Settings, shown: Shown, clock: FakeClock) -> Iterator[SlaWatch]:
    with Ledger.open(read.ledger.path, clock=clock, commit_every_ms=10, reserve_bytes=0) as opened:
        yield SlaWatch(opened, clock, cast(Board, shown))


async def test_slices_of_an_estate_stand_on_the_board_together(
    watch: SlaWatch, shown: Shown, read: Settings
) -> None:
    await watch._take(seen(read, share(read, "lon-acme"), at=1))
    assert shown.judged is None, "before the whole estate was judged nobody knows what is unbroken"
    assert [one.circuit for one in shown.newest_credits] == ["lon-acme"]
    await watch._take(seen(read, share(read, "lon-beta")))
    assert shown.standing() == {"lon-acme": 5.0, "lon-beta": 5.0}
    assert [one.circuit for one in shown.newest_credits] == ["lon-acme", "lon-beta"]
    await watch._take(seen(read, share(read, "lon-acme", credit=7.0), at=1))
    assert shown.standing() == {"lon-acme": 7.0, "lon-beta": 5.0}


async def test_what_is_lost_for_want_of_a_ticket_stands_until_the_circuit_is_judged_again(
    watch: SlaWatch, shown: Shown, read: Settings
) -> None:
    lossy = seen(read, share(read, "lon-acme"), at=1)
    lossy.losses["lon-acme"] = [TicketLossNow("lon", "acme", "lon-acme", "gold", 60.0)]
    await watch._take(lossy)
    await watch._take(seen(read, share(read, "lon-beta")))
    assert [one.seconds for one in shown.newest_ticket_losses] == [60.0]
    await watch._take(seen(read, share(read, "lon-acme"), at=1))
    assert shown.newest_ticket_losses == []


async def test_a_circuit_that_is_judged_no_more_leaves_the_board(
    watch: SlaWatch, shown: Shown, read: Settings
) -> None:
    await watch._take(seen(read, share(read, "lon-acme"), share(read, "lon-beta")))
    await watch._take(seen(read, share(read, "lon-beta")))
    assert [one.circuit for one in shown.newest_credits] == ["lon-beta"]
    assert [one.circuit for one in shown.judged or ()] == ["lon-beta"]


async def test_of_circuits_judged_as_one_only_one_is_noticed_and_has_the_money(
    watch: SlaWatch, shown: Shown, read: Settings
) -> None:
    await watch._take(seen(read, share(read, "lon-acme"), share(read, "lon-beta", bears=False)))
    assert [one.circuit for one in shown.judged or ()] == ["lon-acme"]
    assert [one.circuit for one in shown.newest_credits] == ["lon-acme"]
    await watch._take(seen(read, share(read, "lon-acme", bears=False), share(read, "lon-beta")))
    assert [one.circuit for one in shown.judged or ()] == ["lon-beta"]


def test_what_can_not_be_said_is_no_credit(read: Settings) -> None:
    assert _credits(share(read, "lon-acme", credit=None), read) == []
    assert _credits(share(read, "lon-acme", credit=0.0), read) == []


async def test_what_one_sweep_told_the_next_does_not_tell_though_the_ledger_took_nothing(
    watch: SlaWatch, read: Settings
) -> None:
    violation = News(
        "sla.violation", "warning", {"circuit": "lon-acme", "verdict": "breached", "measured": 0.1}
    )
    with capture_logs() as logs:
        await watch._take(seen(read, news=[violation]))
        await watch._take(seen(read, news=[replace(violation, fields={**violation.fields, "measured": 0.2})]))
        await watch._take(seen(read))
        await watch._take(seen(read, news=[violation]))
    assert [entry["event"] for entry in logs] == ["sla.violation"] * 2
    assert logs[0]["log_level"] == "warning"


async def test_why_nothing_could_be_settled_is_said(watch: SlaWatch, read: Settings) -> None:
    with capture_logs() as logs:
        await watch._take(seen(read, trouble="the disk is full"))
    assert [(entry["event"], entry["problem"]) for entry in logs] == [("sla.not_settled", "the disk is full")]


CLAIM = ClaimLine(
    *("pair", ("elsewhere", "lon-beta", "lon-acme"), "acme", "gold", "2025-12", "eligible", "EUR"),
    *("5.00", "5.00", "5.00", JANUARY_MS, JANUARY_MS + 2_000, None, JANUARY_MS + 2_000),
)


def test_an_open_claims_deadlines_ahead_stand_at_the_first_of_its_circuits_here(read: Settings) -> None:
    assert list(_deadlines(CLAIM, read, JANUARY_MS)) == [
        DeadlineNow("lon", "acme", "lon-beta", "gold", "2025-12", "submit", JANUARY_MS / 1000 + 2)
    ]
    assert list(_deadlines(CLAIM, read, JANUARY_MS + 2_000)) == []
    assert len(list(_deadlines(CLAIM, read, JANUARY_MS - 1))) == 2
    assert list(_deadlines(replace(CLAIM, circuits=("elsewhere",)), read, 0)) == []


async def test_without_a_contract_terms_and_actions_are_told_all_the_same_and_nothing_is_claimed(
    watch: SlaWatch, shown: Shown, read: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def tried(work: object, *given: Any) -> Seen:  # noqa: ANN401
        assert work is idle
        return idle(*given)

    monkeypatch.setattr(sla_watch, "tried", tried)
    monkeypatch.setattr("os.nice", lambda by: by)
    shown.newest_deadlines = list(_deadlines(CLAIM, read, JANUARY_MS))
    free = {"lon-free": read.circuits["lon-free"]}
    shown.settings = lambda: read.model_copy(update={"circuits": free})
    await watch.sweep()
    assert (shown.newest_figures, shown.judged, shown.newest_deadlines) == ([], [], [])
    assert shown.newest_managed.overdue == 0


async def test_a_sweep_that_fails_is_told_and_what_was_known_stands(
    watch: SlaWatch, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def tried(*_: object) -> Seen:
        raise WorkFailedError("killed")

    monkeypatch.setattr(sla_watch, "tried", tried)
    before = shown.newest_figures
    with capture_logs() as logs:
        await watch.sweep()
    assert [one["event"] for one in logs] == ["sla.sweep_failed"]
    assert shown.newest_figures is before
