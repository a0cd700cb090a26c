"""A sweep: the running period, closed periods that are due, later notes, claims, and what is told once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from collector import sla_sweep
from collector.claims_open import ClaimLine
from collector.ledger import watched
from collector.ledger.errors import LedgerUnwritable
from collector.ledger.ledger import Ledger
from collector.ledger.model import REFERENCE
from collector.ledger.notes import record
from collector.ledger.opening import connect_reader, editing
from collector.ledger.reader import SqliteReader
from collector.notebook.bodies import made
from collector.settling import issue
from collector.sla_sweep import Swept, swept
from collector.sla_watch import kept
from collector.statements import Bench, Cause, Decided
from config.load import load
from config.settings import Settings
from probes.clock import NS_PER_MS, Instant
from tests.clock import FakeClock
from tests.collector.test_settling import (
    CREDIT,
    DAY_MS,
    EVERY_MS,
    FEBRUARY_MS,
    OVER_MS,
    exclude,
    fill,
    mark,
)
from tests.collector.test_statements import CONFIG, JANUARY_MS, keys

CLAIM = "    claim: {ticket_within: 72h, submit_within: 30d, from: period_end}\n"
MORE = "    exclude: {customer: {effect: numerator}}\n" + CLAIM


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Both circuits' contracts exclude and set deadlines; acme's pays."""
    text = CONFIG.replace("every: 1m", "every: 10m").replace('{target: ">= 99.9%"}', CREDIT)
    unknown = "    unknown: {policy: exclude}\n"
    path = tmp_path / "linkledger.yaml"
    path.write_text(text.replace(unknown, unknown + MORE))
    return path


@pytest.fixture
def read(config: Path) -> Settings:
    return load(config).settings


@pytest.fixture
def ledger(read: Settings, clock: FakeClock) -> Iterator[Ledger]:
    """January and some of February; acme's circuit is cut for ten hours on the second day."""
    with Ledger.open(read.ledger.path, clock=clock, reserve_bytes=0) as opened:
        series = keys(read)
        fill(opened, series[REFERENCE], range(33 * 144))
        fill(opened, series["lon-acme"], range(33 * 144), range(200, 260))
        fill(opened, series["lon-beta"], range(33 * 144))
        assert opened.flush(30)
        mark(opened, OVER_MS)
        yield opened


def sweep(settings: Settings, at_ms: int = OVER_MS, at: int = 0, *, keep: bool = True) -> Swept:
    """One sweep, and what the daemon keeps of it."""
    found = swept(settings, settings.ledger.path, Instant(at_ms * NS_PER_MS, 0), at)
    if keep:
        with editing(settings.ledger.path) as connection:
            watched.keep(connection, at_ms, *kept(found))
    return found


def events(found: Swept) -> list[str]:
    return [one.event for one in found.news]


def told(found: Swept, event: str) -> list[dict[str, object]]:
    return [dict(one.fields) for one in found.news if one.event == event]


def issued(settings: Settings) -> list[tuple[str, str, int]]:
    with SqliteReader(settings.ledger.path) as reader:
        return [(one.key.scope, one.label, one.number) for one in reader.revisions()]


@pytest.mark.usefixtures("ledger")
def test_a_closed_period_is_settled_once_and_told_with_its_breach_and_credit(read: Settings) -> None:
    first = sweep(read)
    assert issued(read) == [("lon-acme", "2026-01", 1), ("lon-beta", "2026-01", 1)]
    (breach,) = told(first, "sla.breach")
    assert breach == {
        "scope": "lon-acme",
        "contract": "gold",
        "period": "2026-01",
        "revision": 1,
        "objectives": ["availability"],
        "amount": "10.00",
        "claimable": "0.00",
        "currency": "GBP",
    }
    assert [one["scope"] for one in told(first, "sla.revision")] == ["lon-acme", "lon-beta"]
    assert told(first, "sla.revision")[0]["by"] == "linkledger"
    again = sweep(read, OVER_MS + DAY_MS)
    assert not {"sla.revision", "sla.breach"} & {*events(again)}


def test_nothing_is_settled_while_rounds_may_still_come(read: Settings, ledger: Ledger) -> None:
    mark(ledger, FEBRUARY_MS)
    assert issued(read) == []
    sweep(read, FEBRUARY_MS + 60_000)
    assert issued(read) == []


@pytest.mark.usefixtures("ledger")
def test_nothing_closed_is_computed_again_once_it_is_settled(
    read: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep(read)
    asked: list[str] = []

    def settle(*_: object, period: str, **__: object) -> list[object]:
        asked.append(period)
        return []

    monkeypatch.setattr(sla_sweep, "settle", settle)
    sweep(read, OVER_MS + DAY_MS)
    assert asked == []


@pytest.mark.usefixtures("ledger")
def test_what_was_not_kept_is_told_again(read: Settings) -> None:
    lost = sweep(read, keep=False)
    assert "sla.breach" in events(lost)
    assert "sla.breach" in events(sweep(read))
    assert "sla.breach" not in events(sweep(read))


@pytest.mark.usefixtures("ledger")
def test_a_later_note_drafts_the_next_statement_and_is_told_once(read: Settings) -> None:
    sweep(read)
    for hours in range(10):
        exclude(read, hours)
    found = sweep(read, OVER_MS + DAY_MS)
    (draft,) = told(found, "sla.draft")
    assert (draft["scope"], draft["revision"], draft["amount"]) == ("lon-acme", 2, "0.00")
    assert "Credit: 0.00 GBP instead of 10.00 GBP, 10.00 GBP less" in str(draft["because"])
    assert "sla.draft" not in events(sweep(read, OVER_MS + DAY_MS + 1))
    assert issued(read)[0] == ("lon-acme", "2026-01", 1), "what was issued stands"


@pytest.mark.usefixtures("ledger")
def test_a_draft_that_is_made_again_and_says_the_same_is_not_told_again(read: Settings) -> None:
    sweep(read)
    exclude(read, 0)
    assert "sla.draft" in events(sweep(read, OVER_MS + 1))
    body = {"id": "T1", "carrier": "acme", "circuits": ("lon-acme",), "opened": JANUARY_MS + 30 * DAY_MS}
    with editing(read.ledger.path) as connection:
        record(connection, made("ticket", body), at_ms=1, author="bob")
    again = sweep(read, OVER_MS + 2)
    assert "sla.draft" not in events(again)
    assert len(again.silent) == 1
    with SqliteReader(read.ledger.path) as reader:
        assert [one.number for one in reader.drafts()] == [2]


@pytest.mark.usefixtures("ledger")
def test_notes_of_before_the_first_sweep_ask_for_nothing_again(read: Settings) -> None:
    exclude(read, 0)
    found = sweep(read)
    assert found.mark is not None
    assert found.mark.note == 1
    assert issued(read)[0] == ("lon-acme", "2026-01", 1)
    assert sweep(read, OVER_MS + 1).mark is None


@pytest.mark.usefixtures("ledger")
def test_a_contract_that_cannot_be_computed_is_told_once_and_stops_no_other(
    read: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    decided = Bench.decided

    def two_currencies(bench: Bench, cause: Cause) -> Iterator[Decided]:
        if cause.scope == "lon-acme":
            raise ValueError("charges in EUR and GBP")
        return decided(bench, cause)

    monkeypatch.setattr(Bench, "decided", two_currencies)
    found = sweep(read)
    assert [one.scope for one in found.shares] == ["lon-beta"]
    assert issued(read) == [("lon-beta", "2026-01", 1)]
    assert told(found, "sla.not_judged") == [
        {"scope": "lon-acme", "contract": "gold", "problem": "charges in EUR and GBP"}
    ]
    assert found.failed == {("lon-acme", "gold", JANUARY_MS)}
    again = swept(read, read.ledger.path, Instant((OVER_MS + 1) * NS_PER_MS, 0), 0, found.failed)
    assert "sla.not_judged" not in events(again)
    assert again.failed == found.failed


@pytest.mark.usefixtures("ledger")
def test_a_large_estate_is_swept_in_slices(read: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sla_sweep, "SLICE", 1)
    monkeypatch.setattr(sla_sweep, "MOST_SETTLED", 1)
    first = sweep(read)
    assert ([one.scope for one in first.shares], first.at, first.claims) == (["lon-acme"], 1, None)
    assert len(issued(read)) == 1
    second = sweep(read, at=first.at)
    assert ([one.scope for one in second.shares], second.at) == (["lon-beta"], 0)
    assert second.claims is not None
    assert len(issued(read)) == 2
    assert sweep(read, at=9).at == 0, "an estate that shrank begins again"


@pytest.mark.usefixtures("ledger")
def test_a_ledger_that_takes_nothing_leaves_the_running_period_judged(
    read: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise LedgerUnwritable("the disk is full")

    monkeypatch.setattr(sla_sweep, "settle", full)
    found = sweep(read)
    assert (found.trouble, len(found.shares), found.mark) == ("the disk is full", 2, None)


# --- claims


@pytest.mark.usefixtures("ledger")
def test_open_claims_are_kept_for_status_with_what_can_be_claimed(read: Settings) -> None:
    sweep(read)
    ticket = {"id": "T1", "carrier": "acme", "circuits": ("lon-acme",), "opened": JANUARY_MS + 200 * EVERY_MS}
    with editing(read.ledger.path) as connection:
        record(connection, made("ticket", ticket), at_ms=OVER_MS, author="bob")
    sweep(read, OVER_MS + 1)
    with SqliteReader(read.ledger.path) as reader:
        (draft,) = reader.drafts()
    issue(read.ledger.path, [draft], now_ms=OVER_MS + 2, by="eve", reason="the ticket was there")
    found = sweep(read, OVER_MS + 3)
    assert found.claims is not None
    (claim,) = found.claims
    assert (claim.scope, claim.state, claim.claimable, claim.currency) == (
        "lon-acme", "eligible", "10.00", "GBP",
    )  # fmt: skip
    assert claim.lapses_ms == JANUARY_MS + (31 + 30) * DAY_MS
    with closing(connect_reader(read.ledger.path)) as connection:
        assert [ClaimLine.read(one.json) for one in watched.claims(connection)] == [claim]


@pytest.mark.usefixtures("ledger")
def test_a_claim_is_told_14_7_3_and_1_days_before_it_lapses_and_once_when_it_has(read: Settings) -> None:
    sweep(read)
    lapses_ms = JANUARY_MS + (31 + 30) * DAY_MS
    said = []
    for days in (20, 14, 13, 7, 3, 2, 1, 0.5, 0, -1):
        at_ms = lapses_ms - round(days * DAY_MS)
        found = sweep(read, at_ms)
        said += [(one.event, days) for one in found.news if one.event.startswith("sla.claim")]
    assert said == [
        ("sla.claim_lapses", 14),
        ("sla.claim_lapses", 7),
        ("sla.claim_lapses", 3),
        ("sla.claim_lapses", 1),
        ("sla.claim_expired", 0),
    ]


# --- circuits that are judged as one


@pytest.fixture
def together(config: Path, ledger: Ledger) -> Settings:
    """Both circuits in one contract that judges them together; only acme's was ever down."""
    beta = "carrier: beta\n    site: lon\n    contract: silver"
    ours = "carrier: acme\n    site: lon\n    contract: gold\n    monthly_charge: 100.00 GBP"
    joined = "    denominator: elapsed\n    scope: {contract: any_down}\n"
    text = config.read_text().replace(beta, ours).replace("    denominator: elapsed\n", joined, 1)
    config.write_text(text)
    assert ledger.flush(30)
    return load(config).settings


def test_circuits_judged_as_one_have_its_figures_each_and_its_money_once(together: Settings) -> None:
    found = sweep(together, JANUARY_MS + 20 * DAY_MS)
    assert [(one.figures.circuit, one.scope, one.bears) for one in found.shares] == [
        ("lon-acme", "gold", True),
        ("lon-beta", "gold", False),
    ]
    assert [one.figures.credit for one in found.shares] == [20.0, None]
    assert found.shares[0].figures.objectives == found.shares[1].figures.objectives
    (violation,) = told(found, "sla.violation")
    assert (violation["circuit"], violation["scope"]) == ("lon-acme", "gold")


def test_a_scope_has_one_statement_a_period(together: Settings) -> None:
    sweep(together)
    assert issued(together) == [("gold", "2026-01", 1)]
    sweep(together, OVER_MS + DAY_MS)
    assert issued(together) == [("gold", "2026-01", 1)]


# --- what is issued stands for good


YEAR_MS = 365 * DAY_MS


def judged(settings: Settings, at_ms: int, *, synchronised: bool) -> Swept:
    found = swept(settings, settings.ledger.path, Instant(at_ms * NS_PER_MS, 0), synchronised=synchronised)
    with editing(settings.ledger.path) as connection:
        watched.keep(connection, at_ms, *kept(found))
    return found


def test_a_clock_that_is_no_longer_synchronised_ends_no_period(read: Settings, ledger: Ledger) -> None:
    before_ms = FEBRUARY_MS - DAY_MS
    assert judged(read, before_ms, synchronised=True).trouble == ""
    mark(ledger, before_ms + YEAR_MS)
    found = judged(read, before_ms + YEAR_MS, synchronised=False)
    assert "isn't synchronised" in found.trouble
    assert issued(read) == []
    mark(ledger, OVER_MS)
    assert judged(read, OVER_MS, synchronised=True).trouble == ""
    assert [label for _, label, _ in issued(read)] == ["2026-01", "2026-01"]


def test_what_was_over_by_a_synchronised_clock_is_settled_by_any(read: Settings, ledger: Ledger) -> None:
    mark(ledger, FEBRUARY_MS)
    judged(read, FEBRUARY_MS + DAY_MS, synchronised=True)
    assert issued(read) == []
    judged(read, OVER_MS + DAY_MS, synchronised=False)
    assert len(issued(read)) == 2


@pytest.mark.usefixtures("ledger")
def test_a_host_whose_clock_never_was_synchronised_is_settled_by_it(read: Settings) -> None:
    assert judged(read, OVER_MS, synchronised=False).trouble == ""
    assert len(issued(read)) == 2


@pytest.mark.usefixtures("ledger")
def test_a_note_that_is_written_during_a_sweep_is_looked_at_by_the_next(
    read: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep(read)
    before = Bench.decided

    def decided(self: Bench, cause: Cause) -> Iterator[Decided]:
        yield from before(self, cause)
        with SqliteReader(read.ledger.path) as reader:
            written = reader.notes()
        if not written:
            for hours in range(10):
                exclude(read, hours)

    monkeypatch.setattr(Bench, "decided", decided)
    sweep(read, OVER_MS + DAY_MS)
    assert "sla.draft" in events(sweep(read, OVER_MS + DAY_MS + 1))
