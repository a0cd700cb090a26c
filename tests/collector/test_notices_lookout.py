"""From the stored history to what each output is told: written down first, once, also over a restart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from collector.board import Board
from collector.ledger.ledger import Ledger
from collector.ledger.model import Outage
from collector.ledger.notices import NoticeBook
from collector.ledger.store import record_outage
from collector.measuring import Measuring
from collector.notices.incidents import UNKNOWN_MS
from collector.notices.lookout import Lookout
from collector.notices.notice import BreachFacts, Event, Notice, from_text
from collector.notices.telling import Noticing, wants
from collector.sla.figures import Figures, ObjectiveFigure
from config.load import load
from config.outputs import AlertmanagerOutput, MailOutput, OutputSettings, WebhookOutput
from config.settings import Settings
from probes.resolve import SystemResolver
from tests.clock import FakeClock
from tests.collector.fakes import until
from tests.collector.ledgers import ledger_at
from tests.collector.notices import NOW_MS, SECOND, about, began, breached
from tests.collector.test_statements import CONFIG

TURNS = 4_000_000
NO_FIGURES = cast(Board, SimpleNamespace(judged=None))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    path = tmp_path / "linkledger.yaml"
    path.write_text(CONFIG)
    return load(path).settings


@pytest.fixture
def ledger(tmp_path: Path, clock: FakeClock) -> Iterator[Ledger]:
    with ledger_at(tmp_path / "notices.db", clock) as opened:
        yield opened


@asynccontextmanager
async def looking(
    settings: Settings,
    ledger: Ledger,
    clock: FakeClock,
    outputs: Sequence[str] = ("desk",),
    board: Board = NO_FIGURES,
) -> AsyncIterator[list[int]]:
    """A lookout that runs; the list gains the clock's second at each commit of notices."""
    measuring = Measuring(settings, ledger, clock, SystemResolver(clock))
    commits: list[int] = []
    lookout = Lookout(measuring, clock, board, lambda: commits.append(clock.now().wall_ms))
    lookout.outputs = outputs
    await lookout.load()
    task = asyncio.create_task(lookout.run())
    await until(lambda: clock.next_wake is not None, TURNS)
    try:
        yield commits
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def look(clock: FakeClock) -> None:
    """One more look, to its end."""
    await clock.advance(1)
    await until(lambda: clock.next_wake is not None, TURNS)


async def store(ledger: Ledger, begin: int, end: int | None = None, circuit: str = "lon-acme") -> None:
    """An outage is stored; seconds from now."""
    end_ms = None if end is None else NOW_MS + end * SECOND
    outage = Outage("lon", "acme", circuit, NOW_MS + begin * SECOND, end_ms, "timeout: nothing came back")
    await asyncio.wrap_future(ledger.write(lambda connection: record_outage(connection, outage)))


def written(ledger: Ledger) -> list[Notice]:
    book = NoticeBook(ledger)
    found = [from_text(row.body, row.id) for row in book.after(0, 1_000)]
    book.close()
    return found


async def test_a_stored_outage_is_written_down_with_all_that_is_known(
    settings: Settings, ledger: Ledger, clock: FakeClock
) -> None:
    async with looking(settings, ledger, clock) as commits:
        await store(ledger, -9)
        await look(clock)
        await until(lambda: len(commits) == 2, TURNS)  # the first moved the mark alone
        await look(clock)
    (notice,) = written(ledger)
    assert (notice.event, notice.about.circuit, notice.number) == (Event.OUTAGE_START, "lon-acme", 1)
    assert notice.about.carrier_name == settings.carriers["acme"].name
    assert notice.about.ruled_out.startswith("our own network: our reference ")


async def test_what_happened_before_anybody_was_to_be_told_is_not_told(
    settings: Settings, ledger: Ledger, clock: FakeClock
) -> None:
    await store(ledger, -900, -300)
    async with looking(settings, ledger, clock, outputs=()):
        await store(ledger, -200, -100)
        await look(clock)
    async with looking(settings, ledger, clock):
        await look(clock)
        await look(clock)
    assert written(ledger) == []


async def test_a_restart_tells_nothing_twice_and_misses_nothing(
    settings: Settings, ledger: Ledger, clock: FakeClock
) -> None:
    async with looking(settings, ledger, clock) as commits:
        await store(ledger, -9)
        await look(clock)
        await until(lambda: len(commits) == 2, TURNS)
    await store(ledger, -5, 1, "lon-beta")
    async with looking(settings, ledger, clock) as commits:
        await until(lambda: len(commits) == 1, TURNS)
        await until(lambda: clock.next_wake is not None, TURNS)
        await clock.advance(UNKNOWN_MS / 1000)
        await until(lambda: clock.next_wake is not None, TURNS)
        await clock.advance(1)
        await until(lambda: len(commits) == 2, TURNS)
    told = [(one.event, one.about.circuit) for one in written(ledger)]
    assert told == [
        (Event.OUTAGE_START, "lon-acme"),
        (Event.OUTAGE_START, "lon-beta"),
        (Event.OUTAGE_END, "lon-beta"),
    ], "nobody measures here, so nothing is known of the time after"


async def test_a_breach_is_written_down_in_the_contracts_own_words(
    settings: Settings, ledger: Ledger, clock: FakeClock
) -> None:
    broken = ObjectiveFigure("availability", "availability_ratio", 0.5, 0.999, "breached", False, False)
    kept = ObjectiveFigure("rtt", "rtt_seconds", 0.0123456, 0.04, "met", False, False)
    figures = Figures("lon-acme", "gold", "2026-01", NOW_MS, False, (broken, kept))
    board = cast(Board, SimpleNamespace(judged=[figures]))
    async with looking(settings, ledger, clock, board=board) as commits:
        await until(lambda: commits, TURNS)
        await look(clock)
    (notice,) = written(ledger)
    contract = settings.contracts["gold"]
    assert contract.objectives is not None
    target = str(contract.objectives.by_name()["availability"].target)
    assert isinstance(notice.facts, BreachFacts)
    assert notice.facts.key == ("gold", "2026-01", "availability")
    assert (notice.facts.target, notice.facts.measured) == (target, "50.000000%")


async def test_outputs_stand_in_the_order_of_the_configuration_also_after_a_reload(
    settings: Settings, ledger: Ledger, clock: FakeClock
) -> None:
    measuring = Measuring(settings, ledger, clock, SystemResolver(clock))
    noticing = Noticing(measuring, clock, NO_FIGURES)
    for names in (["f", "b", "e"], ["a", "f", "e", "c"]):
        outputs = OutputSettings.model_validate({"webhook": dict.fromkeys(names, WEBHOOK)})
        await noticing.configure(settings.model_copy(update={"outputs": outputs}))
        assert [one.name for one in noticing.statistics()] == names
    await noticing.drain(clock.now())


WEBHOOK = {"url": "http://127.0.0.1/"}
MAIL = {"server": "127.0.0.1:25", "from": "a@lab.example", "to": ["b@lab.example"]}


@pytest.mark.parametrize(
    ("output", "notice", "wanted"),
    [
        (WebhookOutput.model_validate(WEBHOOK), began(), True),
        (WebhookOutput.model_validate({**WEBHOOK, "circuits": ["lon-beta"]}), began(), False),
        (WebhookOutput.model_validate({**WEBHOOK, "circuits": ["lon-acme"]}), began(), True),
        (WebhookOutput.model_validate({**WEBHOOK, "carriers": ["beta"]}), began(), False),
        (AlertmanagerOutput.model_validate({**WEBHOOK, "carriers": ["acme"]}), breached(), True),
        (MailOutput.model_validate({**MAIL, "events": ["outage_end"]}), began(), False),
        (MailOutput.model_validate({**MAIL, "events": ["breach"]}), breached(), True),
    ],
)
def test_each_is_told_what_it_asked_for(
    output: AlertmanagerOutput | WebhookOutput | MailOutput, notice: Notice, wanted: bool
) -> None:
    assert about().carrier == "acme"
    assert wants(output, notice) is wanted
