"""A closed January of two carriers with what a review looks at: breaches, goals, actions, findings."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from collector.analysis.finding import Finding
from collector.analysis.readings import Day
from collector.clerk import Desk
from collector.ledger.analysed import put_days, put_findings
from collector.ledger.model import Outage
from collector.ledger.opening import editing
from collector.ledger.store import record_outage
from collector.settling import settle
from config.settings import Settings
from probes.clock import NS_PER_MS, Instant
from tests.clock import FakeClock
from tests.collector.claiming.estate import (
    DAY_MS,
    EVERY_MS,
    HOUR_MS,
    OUTAGES,
    OVER_MS,
    january,
    note,
    written,
)
from tests.collector.ledgers import ledger_at
from tests.collector.test_statements import JANUARY_MS

NOW = Instant(OVER_MS * NS_PER_MS, 0)
FOUND_MS = JANUARY_MS + 9 * DAY_MS
ACME_SAYS, BETA_SAYS = "We change the card.", "It was the weather at Acme Networks plc."


def reviewed(folder: Path) -> Settings:
    """The estate, its ledger filled and January settled."""
    settings = written(folder)
    with ledger_at(settings.ledger.path, FakeClock()) as ledger:
        january(settings, ledger)
    settle(
        settings, settings.ledger.path, period="2026-01", circuits=list(settings.circuits), now=NOW, by="ann"
    )
    _outages(settings)
    _findings(settings)
    _notes(settings)
    return settings


def desk(settings: Settings, now_ms: int = OVER_MS) -> Desk:
    """A desk over it, two days after January by default."""
    return Desk(settings, settings.ledger.path, Instant(now_ms * NS_PER_MS, 0))


def _outages(settings: Settings) -> None:
    with editing(settings.ledger.path) as connection:
        for name, slots in OUTAGES.items():
            start_ms, end_ms = (JANUARY_MS + slot * EVERY_MS for slot in (slots.start, slots.stop))
            carrier = settings.circuits[name].carrier.values[0]
            record_outage(connection, Outage("lon", carrier, name, start_ms, end_ms, "timeout"))


def _findings(settings: Settings) -> None:
    with editing(settings.ledger.path) as connection:
        for name in ("lon-acme", "lon-beta"):
            shift = Finding(name, "rtt", "shift", FOUND_MS, None, 0.021, 0.034, 9.0, FOUND_MS + HOUR_MS)
            put_findings(connection, name, "rtt", JANUARY_MS, [shift])
            put_days(connection, [_day(name, number) for number in range(20)])


def _day(name: str, number: int) -> Day:
    level = 0.021 if number < 9 else 0.034
    day = date(2026, 1, 1) + timedelta(days=number)
    return Day(name, "rtt", day, 288, 288, level, level, level * 1.2, level * 1.5)


def _notes(settings: Settings) -> None:
    note(settings, "claim", carrier="acme", period="2026-01", circuits=("lon-acme",), state="submitted",
         reference="CR-1", amount="100.00 GBP")  # fmt: skip
    shared = note(settings, "goal", what="availability kept", owner="ann", by="2026-06-30", carrier="acme",
                  metric="availability", target=">= 99.9%", agreed=True, reason=None)  # fmt: skip
    note(settings, "goal", of=shared, by="2026-09-30", reason="the ring is built in summer")
    note(settings, "goal", what="move half of Acme's lines to Beta Telecom", owner="ann", by="2026-06-30",
         carrier="acme", reason=None)  # fmt: skip
    note(settings, "action", what="change the card", owner="noc", by="2026-01-20", carrier="acme",
         circuits=("lon-acme",), goal=shared, reason=None)  # fmt: skip
    note(settings, "action", what="ask lon-beta for a price", owner="bob", by="2026-03-01", carrier="beta",
         reason=None)  # fmt: skip
    note(settings, "review", period="2026-01", carrier="acme", said="a card fails", reply=ACME_SAYS,
         thanks="repairs were quick", present=("ann", "zoe"), reason=None)  # fmt: skip
    note(settings, "review", period="2026-01", carrier="beta", reply=BETA_SAYS, reason=None)
    note(settings, "practice", carrier="acme", topic="dispute", text="send the minutes", reason=None)
    for circuit, text in (("lon-acme", "calls broke off"), ("lon-acme", "Beta Telecom would be better")):
        note(settings, "feedback", site="lon", circuit=circuit, score=1, text=text,
             at=JANUARY_MS + OUTAGES["lon-acme"].start * EVERY_MS + HOUR_MS, reason=None)  # fmt: skip
