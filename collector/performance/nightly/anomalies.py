"""What the nightly analysis found, each with what lay near it and in a sentence."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from collector.analysis.finding import Finding
from collector.analysis.near import AFTER_MS, BEFORE_MS, Event, Near, near
from collector.analysis.sentences import sentence
from collector.clerk import Desk
from collector.curves.bands import announced
from collector.notebook.book import Notebook
from collector.times import rfc3339

_ENDLESS_MS = 2**62


@dataclass(frozen=True, slots=True)
class Anomaly:
    """A finding, what lay near its begin (the likeliest explanation first), and both as people read them."""

    finding: Finding
    near: tuple[Near, ...]
    sentence: str
    """By the clock of `zone`, the site's; without a full stop."""
    zone: str


def anomalies(desk: Desk, from_ms: int, to_ms: int, circuits: Collection[str] | None = None) -> list[Anomaly]:
    """What happened in [from, to), by time; of some circuits, or of all that are configured.

    A shift counts where it began, an excursion also where it went on. Raises LedgerError.
    """
    found: dict[str, list[Finding]] = {}
    one_alone = next(iter(circuits)) if circuits is not None and len(circuits) == 1 else None
    for one in desk.reader.findings(circuit=one_alone, from_ms=from_ms, to_ms=to_ms):
        chosen = one.circuit in desk.settings.circuits and (circuits is None or one.circuit in circuits)
        if chosen and (one.kind == "excursion" or one.at_ms >= from_ms):
            found.setdefault(one.circuit, []).append(one)
    told = [one for some in _told(desk, found) for one in some]
    return sorted(told, key=lambda one: (one.finding.at_ms, one.finding.circuit, one.finding.metric))


def as_json(one: Anomaly) -> dict[str, Any]:
    """As the API, `anomalies --json` and a review show it: seconds or ratios, times in UTC."""
    finding = one.finding
    return {
        "circuit": finding.circuit,
        "metric": finding.metric,
        "kind": finding.kind,
        "from": rfc3339(finding.at_ms),
        "to": None if finding.until_ms is None else rfc3339(finding.until_ms),
        "before": _significant(finding.before),
        "after": _significant(finding.after),
        "worse": finding.worse,
        "score": round(finding.score, 1),
        "known": rfc3339(finding.known_ms),
        "sentence": one.sentence,
        "near": [_near_json(each) for each in one.near],
    }


def _near_json(one: Near) -> dict[str, Any]:
    return {
        "kind": one.event.kind,
        "from": rfc3339(one.event.from_ms),
        "to": None if one.event.to_ms >= _ENDLESS_MS else rfc3339(one.event.to_ms),
        "how": one.how,
        "apart_seconds": one.apart_ms // 1000,
        "label": one.event.label or None,
    }


def _told(desk: Desk, found: Mapping[str, list[Finding]]) -> Iterator[list[Anomaly]]:
    if not found:
        return
    book, restarts = Notebook(desk.reader.notes()), list(_restarts(desk))
    for circuit, some in found.items():
        site = desk.settings.circuits[circuit].site
        events = [*_events(desk, book, circuit, some), *(restarts if site == desk.settings.site else [])]
        told = (_anomaly(one, events, desk.settings.sites[site].timezone) for one in some)
        yield [one for one in told if not _is_told_already(one)]


def _is_told_already(one: Anomaly) -> bool:
    """Whether it is no more than an outage: no traffic flows through a line that is down."""
    idle = one.finding.metric == "utilisation" and not one.finding.worse
    return idle and any(each.event.kind == "outage" for each in one.near)


def _anomaly(one: Finding, events: Collection[Event], zone: str) -> Anomaly:
    beside = near(one, events)
    return Anomaly(one, beside, sentence(one, zone, beside), zone)


def _events(desk: Desk, book: Notebook, circuit: str, found: list[Finding]) -> Iterator[Event]:
    """Outages and announced work about the time of some findings."""
    from_ms = min(one.at_ms for one in found) - AFTER_MS
    to_ms = max(one.at_ms for one in found) + BEFORE_MS
    for one in desk.reader.outages(circuit=circuit, from_ms=from_ms, to_ms=to_ms):
        yield Event("outage", one.start_ms, _ENDLESS_MS if one.end_ms is None else one.end_ms, one.cause)
    for band in announced(desk.settings, book, circuit):
        if band.kind == "maintenance" and band.from_ms < to_ms and band.to_ms > from_ms:
            yield Event("maintenance", band.from_ms, band.to_ms, band.label)


def _restarts(desk: Desk) -> Iterator[Event]:
    """When this host's own daemon began anew; what other sites' hosts did isn't known here."""
    for one in desk.reader.epochs():
        at_ms = one.wall_ns // 1_000_000
        yield Event("restart", at_ms, at_ms, one.why)


def _significant(value: float) -> float:
    """Without digits that mean nothing: RTTs of bins are right to 1%."""
    return float(f"{value:.4g}")
