"""A month in a ledger, for a circuit's pages: a cut of ten hours, a ticket, a numbered statement."""

from __future__ import annotations

from pathlib import Path

from collector.circuits import Status
from collector.clerk import Desk
from collector.ledger.ledger import Ledger
from collector.ledger.model import REFERENCE, Outage
from collector.ledger.notes import record
from collector.ledger.opening import editing
from collector.ledger.store import put_watermark, record_outage
from collector.notebook.bodies import made
from collector.settling import settle
from collector.web.sources import CircuitNow
from config.load import load
from probes.clock import NS_PER_MS, Instant
from tests.clock import FakeClock
from tests.collector.test_settling import CREDIT, EVERY_MS, OVER_MS, fill
from tests.collector.test_statements import CONFIG, JANUARY_MS, keys

CUT_MS = JANUARY_MS + 200 * EVERY_MS
OVER = Instant(OVER_MS * NS_PER_MS, 0)


def desk(folder: Path, *, hostile: str = "") -> Desk:
    """The clerk's desk on the second of February; `hostile` stands wherever a person may have written it."""
    config = folder / "linkledger.yaml"
    text = CONFIG.replace("every: 1m", "every: 10m").replace('{target: ">= 99.9%"}', CREDIT)
    more = "    exclude: {customer: {effect: numerator}, maintenance: {effect: numerator}}\n"
    text = text.replace("    unknown: {policy: exclude}\n", "    unknown: {policy: exclude}\n" + more)
    known = "    carrier_id: IZXX/1\n    service: dia\n    bandwidth: {down: 100M, up: 50M}\n"
    known += "    term: {until: 2027-01-01, notice: 90d, renews: 12mo}\n    monthly_charge:"
    config.write_text(text.replace("    monthly_charge:", known, 1))
    settings = load(config).settings
    if hostile:
        circuit = settings.circuits["lon-acme"].model_copy(update={"carrier_id": hostile, "service": hostile})
        circuits = {**settings.circuits, "lon-acme": circuit}
        settings = settings.model_copy(update={"circuits": circuits})
    with Ledger.open(settings.ledger.path, clock=FakeClock(), reserve_bytes=0) as ledger:
        series = keys(settings)
        fill(ledger, series[REFERENCE], range(33 * 144))
        fill(ledger, series["lon-acme"], range(33 * 144), range(200, 260))
        assert ledger.flush(30)
    with editing(settings.ledger.path) as connection:
        put_watermark(connection, "lon", OVER_MS)
        end_ms = CUT_MS + 60 * EVERY_MS
        record_outage(connection, Outage("lon", "acme", "lon-acme", CUT_MS, end_ms, hostile or "timeout"))
        ticket = {
            "id": hostile or "T-1",
            "carrier": "acme",
            "circuits": ("lon-acme",),
            "reason": hostile or None,
        }
        opened = {"opened": CUT_MS + 600_000, "closed": CUT_MS + 7_200_000, "outage": CUT_MS}
        record(connection, made("ticket", ticket | opened), at_ms=CUT_MS + 700_000, author=hostile or "ann")
    settle(settings, settings.ledger.path, period="2026-01", circuits=["lon-acme"], now=OVER, by="ann")
    return Desk(settings, settings.ledger.path, OVER)


def down(cause: str = "timeout") -> CircuitNow:
    """Its circuit as it is now: down for ten minutes, and nobody has a ticket."""
    return CircuitNow(
        "lon",
        "acme",
        "lon-acme",
        Status.DOWN,
        OVER_MS - 600_000,
        cause,
        outage_open=True,
        outage_ticketed=False,
    )
