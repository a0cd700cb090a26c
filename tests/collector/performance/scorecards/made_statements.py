"""A ledger with issued statements of two carriers over months, put there without measuring anything."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from collector.clerk import Desk
from collector.ledger.ledger import Ledger
from collector.ledger.notes import record
from collector.ledger.opening import editing
from collector.ledger.revisions import Revision, RevisionKey, put
from collector.notebook.bodies import made
from config.settings import Settings
from probes.clock import NS_PER_MS, Instant
from tests.clock import FakeClock
from tests.config.estate import load_text_at

NOW_MS = int(datetime(2026, 4, 10, tzinfo=UTC).timestamp()) * 1000
DAY_MS = 86_400_000
CONTRACT = """\
  {name}:
    carrier: {name}
    effective: 2020-01-01
    timezone: UTC
    currency: EUR
    period: calendar_month
    denominator: elapsed
    outage:
      down: {{loss_at_least: 100%, for: 20m}}
      clock: {{start: measured, end: restored}}
      across_periods: split
    exclude: {{maintenance: {{effect: window, notice: 5d}}}}
    unknown: {{policy: exclude}}
    objectives:
      availability: {{target: ">= 99.9%"}}
"""
CIRCUIT = """\
  {site}-{carrier}:
    {{carrier: {carrier}, site: {site}, service: dia, contract: {carrier}, monthly_charge: 100.00 EUR,
     distance: 1000km, probes: {{pe: {{icmp: 192.0.2.{last}, every: 10m, packets: 1}}}}}}
"""
SITES = ("ams", "ber", "lon", "par")


def settings(folder: Path, tail: str = "") -> Settings:
    """Two carriers at four sites each; `tail` is more of the file."""
    sites = "".join(f"  {one}: {{timezone: Europe/London, reference: none}}\n" for one in SITES)
    circuits = "".join(
        CIRCUIT.format(site=site, carrier=carrier, last=place * 10 + at)
        for place, carrier in enumerate(("acme", "bolt"), 1)
        for at, site in enumerate(SITES)
    )
    carriers = "  acme: {name: Acme Telecom, account: A-1}\n  bolt: {name: Bolt and Sons}\n"
    contracts = "".join(CONTRACT.format(name=name) for name in ("acme", "bolt"))
    text = (
        f"site: lon\nledger: {{path: {folder}/ledger.db}}\nsites:\n{sites}carriers:\n{carriers}"
        f"circuits:\n{circuits}contracts:\n{contracts}{tail}"
    )
    return load_text_at(folder, text).settings


def statement(circuit: str, month: str, *outages: tuple[str, int], **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """An issued month; an outage is its start (RFC 3339) and how many seconds it lasted."""
    begin = datetime.fromisoformat(f"{month}-01T00:00:00+00:00")
    end = (begin + timedelta(days=32)).replace(day=1)
    seconds, down = int((end - begin).total_seconds()), sum(length for _, length in outages)
    carrier, is_broken = circuit.partition("-")[2], down > seconds / 1000
    return {
        "circuit": circuit,
        "circuits": [circuit],
        "contract": carrier,
        "carrier": carrier,
        "revision": 1,
        "period": {"label": month, "from": _text(begin), "to": _text(end), "as_of": _text(end)},
        "seconds": {"up": seconds - down, "down": down, "unknown": 0, "counted_down": down,
                    "denominator": seconds},
        "coverage": "100.000000",
        "outages": [
            {"from": start, "to": _text(datetime.fromisoformat(start) + timedelta(seconds=length)),
             "down_seconds": length, "counted_seconds": length}
            for start, length in outages
        ],
        "objectives": [
            {"id": "availability", "metric": "availability", "target": ">= 99.9%", "unit": "%",
             "measured": "99.9", "verdict": "breached" if is_broken else "met"}
        ],
        "credit": {"currency": "EUR", "amount": "10.00" if is_broken else "0.00", "claimable": "0.00"},
        "claim": {"state": "eligible" if is_broken else "none"},
        **more,
    }  # fmt: skip


def _text(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def desk(folder: Path, statements: Iterable[dict[str, Any]], tail: str = "") -> Desk:
    """A clerk's desk over a ledger that holds them, on 10 April 2026."""
    held = settings(folder, tail)
    with Ledger.open(held.ledger.path, clock=FakeClock(), reserve_bytes=0):
        pass
    at = Desk(held, held.ledger.path, Instant(NOW_MS * NS_PER_MS, 0))
    issue(at, *statements)
    return at


def issue(at: Desk, *statements: dict[str, Any]) -> None:
    """Put issued statements into the ledger."""
    with editing(at.ledger) as connection:
        for one in statements:
            put(connection, _revision(one))


def note(at: Desk, of_kind: str, /, *, at_ms: int = NOW_MS, **said: Any) -> int:  # noqa: ANN401
    """Write a note; gives its number."""
    with editing(at.ledger) as connection:
        return record(connection, made(of_kind, said), at_ms=at_ms, author="ann").id


def _revision(told: dict[str, Any]) -> Revision:
    ends = [int(datetime.fromisoformat(told["period"][end]).timestamp()) * 1000 for end in ("from", "to")]
    key = RevisionKey(told["circuit"], told["contract"], *ends)
    label = told["period"]["label"]
    return Revision(key, label, 1, f"digest-{label}", json.dumps(told), (), "{}", ends[1], "ann", "issued")


MONTHS = ("2025-11", "2025-12", "2026-01", "2026-02", "2026-03")


def quiet(*carriers: str, months: Iterable[str] = MONTHS) -> list[dict[str, Any]]:
    """Months without a fault for all circuits of the carriers."""
    return [statement(f"{site}-{one}", month) for month in months for one in carriers for site in SITES]
