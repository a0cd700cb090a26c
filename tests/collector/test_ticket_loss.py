"""What an open outage loses while nobody opened a ticket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.ledger.ledger import Ledger
from collector.ledger.model import REFERENCE
from collector.ledger.notes import record
from collector.ledger.opening import editing
from collector.notebook.bodies import made
from collector.sla.calendar import rfc3339
from collector.sla_sweep import swept
from collector.sla_watch import sweep
from collector.ticket_loss import TicketLoss
from config.load import load
from config.settings import Settings
from probes.clock import NS_PER_MS, Instant
from tests.clock import FakeClock
from tests.collector.test_settling import DAY_MS, EVERY_MS, fill, mark
from tests.collector.test_statements import CONFIG, JANUARY_MS, keys

CREDIT = '{target: ">= 99.9%", credit: {bands: [{below: 99.9%, gives: 10%}, {below: 99.5%, gives: 25%}]}}'
MEASURED, TICKET = "{start: measured, end: restored}", "{start: ticket, end: restored}"
DAYS = 10
DOWN_HOURS = 3
"""Of the ten days so far 1.25%: the second band."""
NOW = Instant((JANUARY_MS + DAYS * DAY_MS) * NS_PER_MS, 0)
SLOTS = DAYS * DAY_MS // EVERY_MS
CUT = SLOTS - DOWN_HOURS * 6
START_MS = JANUARY_MS + CUT * EVERY_MS


def settings(tmp_path: Path, clock_of_contract: str) -> Settings:
    text = CONFIG.replace("every: 1m", "every: 10m").replace('{target: ">= 99.9%"}', CREDIT)
    path = tmp_path / "linkledger.yaml"
    path.write_text(text.replace(MEASURED, clock_of_contract, 1))
    return load(path).settings


@pytest.fixture
def waiting(tmp_path: Path) -> Settings:
    """The contract of lon-acme counts from the ticket."""
    return settings(tmp_path, TICKET)


@pytest.fixture
def ledger(waiting: Settings, clock: FakeClock) -> Iterator[Ledger]:
    """Ten days; lon-acme is down for the last three hours of them, and still is."""
    with Ledger.open(waiting.ledger.path, clock=clock, reserve_bytes=0) as opened:
        series = keys(waiting)
        fill(opened, series[REFERENCE], range(SLOTS))
        fill(opened, series["lon-acme"], range(SLOTS), range(CUT, SLOTS))
        fill(opened, series["lon-beta"], range(SLOTS))
        assert opened.flush(30)
        mark(opened, JANUARY_MS + DAYS * DAY_MS)
        yield opened


def found(read: Settings) -> list[TicketLoss]:
    return swept(read, read.ledger.path, NOW).losses


@pytest.mark.usefixtures("ledger")
def test_an_outage_without_a_ticket_loses_the_time_so_far_and_the_credit_of_it(waiting: Settings) -> None:
    (loss,) = found(waiting)
    assert (loss.circuit, loss.contract, loss.currency) == ("lon-acme", "gold", "GBP")
    assert loss.lost_ms == DOWN_HOURS * 3_600_000
    assert loss.amount == 25


@pytest.mark.usefixtures("ledger")
def test_what_is_shown_of_it_is_in_seconds_and_money(
    waiting: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.nice", lambda _: 0)
    seen = sweep(waiting, waiting.ledger.path, NOW, 0, frozenset())
    ((now,),) = seen.losses.values()
    assert (now.site, now.carrier, now.circuit, now.contract) == ("lon", "acme", "lon-acme", "gold")
    assert (now.seconds, now.currency, now.amount) == (DOWN_HOURS * 3600.0, "GBP", 25.0)


@pytest.mark.usefixtures("ledger")
def test_once_there_is_a_ticket_nothing_more_is_lost(waiting: Settings) -> None:
    opened_ms = START_MS + 3_600_000
    ticket = {"id": "T1", "carrier": "acme", "circuits": ["lon-acme"], "opened": rfc3339(opened_ms)}
    with editing(waiting.ledger.path) as connection:
        record(connection, made("ticket", ticket), at_ms=opened_ms, author="bob")
    assert found(waiting) == []


@pytest.mark.usefixtures("ledger")
def test_a_contract_that_counts_from_the_measurement_waits_for_no_ticket(
    waiting: Settings, tmp_path: Path
) -> None:
    assert found(settings(tmp_path, MEASURED)) == []
    assert waiting.ledger.path == tmp_path / "ledger.db"


@pytest.mark.usefixtures("ledger")
def test_a_storm_is_looked_at_in_part(waiting: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collector.sla_sweep.MOST_LOSSES", 0)
    assert found(waiting) == []


def test_an_outage_that_is_over_waits_for_nothing(waiting: Settings, ledger: Ledger) -> None:
    fill(ledger, keys(waiting)["lon-acme"], range(SLOTS, SLOTS + 6))
    fill(ledger, keys(waiting)[REFERENCE], range(SLOTS, SLOTS + 6))
    assert ledger.flush(30)
    mark(ledger, JANUARY_MS + DAYS * DAY_MS + 3_600_000)
    later = Instant(NOW.wall_ns + 3_600_000 * NS_PER_MS, 0)
    assert swept(waiting, waiting.ledger.path, later).losses == []
