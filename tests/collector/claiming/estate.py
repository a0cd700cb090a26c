"""A ledger with a month of two carriers and three currencies' worth of claims in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from collector.ledger.ledger import Ledger
from collector.ledger.model import REFERENCE
from collector.ledger.notes import record
from collector.ledger.opening import editing
from collector.ledger.store import put_watermark
from collector.notebook.bodies import made
from config.load import load
from config.settings import Settings
from probes.clock import NS_PER_MS, Instant
from probes.model import Outcome, Reason, Round
from tests.collector.test_statements import JANUARY_MS, keys

EVERY_MS = 600_000
DAY_MS = 86_400_000
HOUR_MS = 3_600_000
FEBRUARY_MS = JANUARY_MS + 31 * DAY_MS
OVER_MS = FEBRUARY_MS + 2 * DAY_MS
"""Past the period's end and all that its outages could reach."""
LATE_MS = FEBRUARY_MS + 30 * DAY_MS
"""The submit deadline: the end of 2 March."""

CIRCUIT = """\
  {name}:
    carrier: {carrier}
    carrier_id: {theirs}
    site: lon
    contract: {contract}
    monthly_charge: {charge}
    probes: {{pe: {{icmp: 192.0.2.{last}, every: 10m, packets: 1}}}}
"""
CONTRACT = """\
  {name}:
    carrier: {carrier}
    document: {{title: "{title}", file: sla.pdf, clause: "4"}}
    effective: 2020-01-01
    timezone: UTC
    currency: circuit
    period: calendar_month
    denominator: elapsed
    outage:
      down: {{loss_at_least: 100%, for: 20m}}
      clock: {{start: measured, end: restored}}
      across_periods: split
    exclude: {{customer: {{effect: numerator}}}}
    unknown: {{policy: exclude}}
    objectives:
      availability:
        target: ">= 99.9%"
        clause: "4.1"
        credit: {{bands: [{{below: 99.9%, gives: 10%}}, {{below: 98%, gives: 25%}}]}}
    claim: {{ticket_within: 72h, submit_within: 30d}}
"""
HEAD = """\
site: lon
ledger: {path: ledger.db}
sites:
  lon: {timezone: Europe/London, reference: [{icmp: 192.0.2.254, owner: ours, every: 10m}]}
carriers:
  acme:
    name: Acme Networks plc
    account: A-100
    noc: {mail: credits@acme.example, phone: "+44 20 7946 0000", portal: "https://portal.acme.example"}
  beta: {name: Beta Telecom}
"""
CIRCUITS = (
    ("lon-acme", "acme", "CX/1001", "gold", "1000.00 GBP"),
    ("par-acme", "acme", "CX/1002", "gold", "400.00 EUR"),
    ("ams-acme", "acme", "CX/1003", "gold", "600.00 GBP"),
    ("ber-acme", "acme", "CX/1004", "gold", "500.00 GBP"),
    ("lon-beta", "beta", "B77", "silver", "300.00 USD"),
)


def config_text() -> str:
    circuits = "".join(
        CIRCUIT.format(name=name, carrier=carrier, theirs=theirs, contract=contract, charge=charge, last=last)
        for last, (name, carrier, theirs, contract, charge) in enumerate(CIRCUITS, 1)
    )
    contracts = CONTRACT.format(name="gold", carrier="acme", title="Acme DIA SLA v3") + CONTRACT.format(
        name="silver", carrier="beta", title="Beta Line Terms"
    )
    return f"{HEAD}circuits:\n{circuits}contracts:\n{contracts}"


def written(folder: Path) -> Settings:
    path = folder / "linkledger.yaml"
    path.write_text(config_text())
    return load(path).settings


OUTAGES = {
    "lon-acme": range(200, 260),
    "par-acme": range(300, 400),
    "ams-acme": range(500, 530),
    "lon-beta": range(100, 130),
}
"""Silent slots of ten minutes; ber-acme is up all month."""
TICKETED = ("lon-acme", "par-acme", "lon-beta")


def january(settings: Settings, ledger: Ledger) -> None:
    """Rounds of January and two days more, and tickets for all but ams-acme's outage."""
    series = keys(settings)
    epoch = ledger.open_epoch(Instant(JANUARY_MS * NS_PER_MS, 0), boot_id="b", synchronised=True, why="start")
    for name in (REFERENCE, *(one[0] for one in CIRCUITS)):
        number, silent = ledger.series(series[name]), OUTAGES.get(name, range(0))
        rows = []
        for slot in range(33 * 144):
            got, why = (0, Reason.TIMEOUT) if slot in silent else (1, Reason.NONE)
            rtts = (200_000 if got else None,)
            at_ms = JANUARY_MS + slot * EVERY_MS
            rows.append(Outcome(Round(number, at_ms, EVERY_MS, epoch, 1, got, rtts, why)))
        ledger.append(rows)
    assert ledger.flush(60)
    with editing(settings.ledger.path) as connection:
        put_watermark(connection, "lon", OVER_MS)
    for number, name in enumerate(TICKETED, 1):
        start = JANUARY_MS + OUTAGES[name].start * EVERY_MS
        note(settings, "ticket", id=f"T-{number}", carrier=settings.circuits[name].carrier.values[0],
             circuits=(name,), opened=start + HOUR_MS, at_ms=start + HOUR_MS)  # fmt: skip


def note(settings: Settings, of_kind: str, /, *, at_ms: int = OVER_MS, **said: Any) -> int:  # noqa: ANN401
    """Write a note past every check, and give its number."""
    body = made(of_kind, {"reason": None if of_kind == "ticket" else "why", **said})
    with editing(settings.ledger.path) as connection:
        return record(connection, body, at_ms=at_ms, author="ann").id
