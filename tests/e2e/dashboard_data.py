"""Two hours in which everything happens, as the daemon's own code says it: /metrics and line protocol.

lon-acme answers but for five minutes, has an interface, a certificate, a contract that it breaks and a
claim; lon-bolt goes down after an hour, and nobody opens a ticket; of lon-wave nobody can tell.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from collector.circuits import Status
from collector.ledger.model import EndedOutage, LogRow, Outage, Series, SlaFigures
from collector.outputs.line_protocol import RowEncoder
from collector.web.sources import METRICS, FigureNow, TicketLossNow
from probes.model import Outcome, Reason, Round, Sample
from tests.clock import FakeClock
from tests.collector.web.estate import (
    AVAILABILITY,
    CREDIT,
    EVERY_MS,
    LEDGER,
    NOW_MS,
    OF,
    Estate,
    FakeSources,
    key,
    now,
)

STEP_SECONDS = 60
STEPS = 120
BEGIN_SECONDS = NOW_MS // 1000
END_SECONDS = BEGIN_SECONDS + STEPS * STEP_SECONDS
LABELS = 'job="linkledger",instance="edge:9850"'
SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$")
CUT = range(30, 35)
"""The steps in which lon-acme is down."""
KEYS = {1: key(), 2: key("lon-bolt", carrier="bolt"), 3: key("lon-wave")}
MEASURED = {
    "availability_ratio": 0.9991,
    "rtt_seconds": 0.02,
    "loss_ratio": 0.001,
    "jitter_seconds": 0.002,
    "mos": 4.2,
    "repair_seconds": 3_600.0,
    "utilisation_ratio": 0.4,
}


def figures() -> list[FigureNow]:
    """An objective of every kind, and the one that is broken."""
    others = [
        replace(
            AVAILABILITY,
            objective=metric,
            metric=metric,
            measured=MEASURED[metric],
            target=MEASURED[metric],
            violated=False,
            budget_remaining_seconds=None,
        )
        for metric in METRICS
        if metric != "availability_ratio"
    ]
    bolt = replace(AVAILABILITY, carrier="bolt", circuit="lon-bolt", budget_remaining_seconds=-60.0)
    return [AVAILABILITY, bolt, *others]


@dataclass
class Past:
    """The daemon's output over two hours: text to import, and lines to write."""

    openmetrics: str
    """With seconds, for promtool."""
    prometheus: str
    """With milliseconds, for VictoriaMetrics."""
    lines: bytes
    """Line protocol."""


async def past() -> Past:
    """Make it; every run gives the same but for the process's own memory and CPU."""
    clock, sources = FakeClock(), _sources()
    estate = Estate(clock, sources)
    estate.probes.declare(3, KEYS[3], 2_000)
    encoder = RowEncoder(strings=True)
    seconds, millis, lines = list[str](), list[str](), list[bytes]()
    for step in range(STEPS):
        await clock.advance(STEP_SECONDS)
        at_ms = NOW_MS + (step + 1) * STEP_SECONDS * 1000
        _happen(estate, sources, step, at_ms)
        for number, outcome, verdict in _outcomes(step, at_ms):
            estate.probes.observe([outcome])
            estate.probes.judge(number, verdict)
            lines += encoder.lines(LogRow(step, number, outcome), Series(number, KEYS[number]), verdict)
        lines += _derived(encoder, step, at_ms)
        for name, labels, value in _samples(estate.text()):
            seconds.append(f"{name}{{{labels}}} {value} {at_ms // 1000}")
            millis.append(f"{name}{{{labels}}} {value} {at_ms}")
    return Past("\n".join([*seconds, "# EOF\n"]), "\n".join(millis) + "\n", b"\n".join(lines))


def _sources() -> FakeSources:
    sources = FakeSources(held=replace(LEDGER, dropped=1))
    sources.judged = figures()
    sources.paid = (CREDIT, replace(CREDIT, circuit="lon-wave", currency="EUR"))
    sources.due = [replace(one, at_seconds=END_SECONDS + 86_400.0) for one in sources.due]
    sources.lost = (TicketLossNow(*OF[:1], "bolt", "lon-bolt", "bolt-dia", 1_200.0, "USD", 30.0),)
    sources.events = {
        "icmp": {"late": 2, "strays": 0, "outstanding": 7, "outstanding_peak": 9, "buffer_bytes": 262_144}
    }
    return sources


def _happen(estate: Estate, sources: FakeSources, step: int, at_ms: int) -> None:
    """What the daemon would have found by then."""
    estate.scheduler.late([0.0004, 0.003])
    estate.scheduler.skipped(step % 2)
    for store in sources.stores:
        if store.last_success_ms is not None:
            store.last_success_ms = at_ms - 5_000  # type: ignore[misc]
    shown = [now("lon-wave", Status.UNKNOWN)]
    for circuit, down in (("lon-acme", step in CUT), ("lon-bolt", step >= STEPS // 2)):
        if down:
            shown.append(now(circuit, Status.DOWN, outage_open=True, outage_ticketed=False))
        else:
            shown.append(now(circuit, Status.UP))
    sources.shown = shown


def _outcomes(step: int, at_ms: int) -> Iterator[tuple[int, Outcome, int]]:
    """A round of each circuit: number, outcome and verdict."""
    wave = round(20_000 * math.sin(step / 10))
    rtts = {1: (200_000 + wave, 230_000, None), 2: (400_000, 410_000 + wave), 3: (None,)}
    verdicts = {1: 1, 2: 1, 3: -1}
    for number, down in ((1, step in CUT), (2, step >= STEPS // 2)):
        if down:
            rtts[number], verdicts[number] = (None, None), 0
    for number, answers in rtts.items():
        received = len(answers) - answers.count(None)
        reason = Reason.NONE if received else Reason.TIMEOUT
        one = Round(number, at_ms, EVERY_MS, 0, len(answers), received, answers, reason)
        found = _found(step, at_ms) if number == 1 else ()
        yield number, Outcome(one, found), verdicts[number]


def _found(step: int, at_ms: int) -> tuple[Sample, ...]:
    """What lon-acme's probe finds beside its round."""
    values: dict[str, float | int | str] = {
        "tls_days_left": 20.5,
        "http_dns_seconds": 0.001,
        "http_first_byte_seconds": 0.05,
        "interface": "Gi0/1",
    }
    for way in ("receive", "transmit"):
        values |= {
            f"if_{way}_bytes_total": step * 1_000_000,
            f"if_{way}_errors_total": step,
            f"if_{way}_discards_total": step // 2,
            f"if_{way}_utilisation_ratio": 0.4,
        }
    return tuple(Sample(1, at_ms, 0, name, value) for name, value in values.items())


def _derived(encoder: RowEncoder, step: int, at_ms: int) -> list[bytes]:
    """An outage that ended, and figures every ten minutes."""
    nothing = Outcome(None, ())
    host, site, carrier, circuit = "edge-lon-01", *OF[:3]
    found: list[EndedOutage | SlaFigures] = []
    if step == CUT.stop:
        ended = Outage(site, carrier, circuit, at_ms - len(CUT) * 60_000, at_ms, "no answer")
        found.append(EndedOutage(host, ended))
    if step % 10 == 0:
        figures = (0.9991, -324.0, 1, 60.0)
        found.append(SlaFigures(at_ms, host, site, carrier, circuit, OF[3], "2026-01", *figures))
    return [
        line for one in found for line in encoder.lines(LogRow(step, 1, nothing, one), Series(1, KEYS[1]), 1)
    ]


def _samples(text: str) -> Iterator[tuple[str, str, str]]:
    """A scrape's samples with the labels that Prometheus adds."""
    for line in text.splitlines():
        if found := SAMPLE.match(line):
            name, labels, value = found.groups()
            yield name, f"{labels},{LABELS}" if labels else LABELS, value
