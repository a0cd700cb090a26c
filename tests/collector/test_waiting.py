"""What waiting with a ticket costs by now, and until when the contract waits for one."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from collector.ledger.reader import SqliteReader
from collector.waiting import Waiting, waiting
from config.settings import Settings
from probes.clock import NS_PER_MS, Instant
from tests.collector.claiming.estate import HOUR_MS, OVER_MS, written
from tests.collector.test_statements import JANUARY_MS
from tests.collector.web import booked

DOWN_MS = JANUARY_MS + 500 * 600_000
"""ams-acme's outage began; nobody opened a ticket."""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder: Path = booked.made(tmp_path_factory.mktemp("waiting"))
    return written(folder)


def by(settings: Settings, now_ms: int, circuit: str = "ams-acme", start_ms: int = DOWN_MS) -> Waiting | None:
    with SqliteReader(settings.ledger.path) as reader:
        return waiting(settings, reader, circuit, start_ms, Instant(now_ms * NS_PER_MS, 0))


def on_tickets(settings: Settings) -> Settings:
    gold = settings.contracts["gold"]
    assert gold.outage is not None
    assert gold.outage.clock is not None
    clock = gold.outage.clock.model_copy(update={"start": "ticket"})
    terms = gold.model_copy(update={"outage": gold.outage.model_copy(update={"clock": clock})})
    return settings.model_copy(update={"contracts": {**settings.contracts, "gold": terms}})


def test_a_measured_clock_loses_nothing_but_has_its_deadline(settings: Settings) -> None:
    found = by(settings, DOWN_MS + HOUR_MS)
    assert found == Waiting(False, DOWN_MS + 72 * HOUR_MS, Fraction(0), None, "")


def test_a_clock_that_the_ticket_starts_loses_every_minute_until_then(settings: Settings) -> None:
    found = by(on_tickets(settings), DOWN_MS + 3 * HOUR_MS)
    assert found is not None
    assert (found.on_ticket, found.lost_ms, found.currency) == (True, Fraction(3 * HOUR_MS), "GBP")
    assert found.amount is not None


def test_once_it_is_over_nothing_more_is_lost(settings: Settings) -> None:
    found = by(on_tickets(settings), OVER_MS)
    assert found is not None
    assert (found.on_ticket, found.lost_ms, found.amount) == (True, Fraction(0), None)


def test_without_a_contract_there_is_nothing_to_lose(settings: Settings) -> None:
    free = settings.circuits["ams-acme"].model_copy(
        update={"contract": settings.circuits["ams-acme"].bandwidth}
    )
    bare = settings.model_copy(update={"circuits": {**settings.circuits, "ams-acme": free}})
    assert by(bare, DOWN_MS + HOUR_MS) is None
