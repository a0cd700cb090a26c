"""A finding in a sentence that a person reads: what, from what to what, when, and what lay near it. Pure.

"RTT rose from 21 to 34 ms on 3 March 02:10, 20 min after the outage of 01:20-01:50 ended".
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from math import floor, log10
from zoneinfo import ZoneInfo

from collector.analysis.finding import Finding
from collector.analysis.near import Near

NAMES = {"rtt": "RTT", "loss": "Loss", "jitter": "Jitter", "utilisation": "Utilisation"}
UNITS = {"rtt": "ms", "loss": "%", "jitter": "ms", "utilisation": "%"}
_SCALES = {"ms": 1_000.0, "%": 100.0}
_MOST_DECIMALS = {"ms": 2, "%": 2}
_ENDS = {"after": "ended", "before": "began"}
_TOLD = 1
"""So many things near a finding are told with it; all of them stand in `near`."""


def sentence(finding: Finding, zone: str, near: Sequence[Near] = ()) -> str:
    """The finding by the clock of an IANA zone, without a full stop."""
    told = _shift(finding, zone) if finding.kind == "shift" else _excursion(finding, zone)
    parts = [told, *(_beside(one, finding, zone) for one in near[:_TOLD])]
    return ", ".join(parts)


def figures(metric: str, *values: float) -> tuple[str, ...]:
    """Seconds or ratios as ms or percent without unit, with as few digits as tell them apart.

    The smallest step between them is told with two digits: 21 and 34, 21.0 and 21.4, 0.00 and 0.12.
    """
    unit = UNITS[metric]
    scaled = [value * _SCALES[unit] for value in values]
    spans = [abs(one - scaled[0]) for one in scaled[1:]] or [abs(scaled[0])]
    least = min((span for span in spans if span > 0), default=abs(scaled[0]) or 1.0)
    decimals = min(_MOST_DECIMALS[unit], max(0, 1 - floor(log10(least))))
    return tuple(f"{value:.{decimals}f}" for value in scaled)


def _shift(one: Finding, zone: str) -> str:
    before, after = figures(one.metric, one.before, one.after)
    way = "rose" if one.after > one.before else "fell"
    to = _with_unit(one.metric, after)
    return f"{NAMES[one.metric]} {way} from {before} to {to} on {_at(one.at_ms, zone)}"


def _excursion(one: Finding, zone: str) -> str:
    before, after = figures(one.metric, one.before, one.after)
    was = f"{_with_unit(one.metric, after)} instead of {_with_unit(one.metric, before)}"
    name = NAMES[one.metric]
    if one.until_ms is None:
        return f"{name} has been {was} since {_at(one.at_ms, zone)}"
    return f"{name} was {was} on {_span(one.at_ms, one.until_ms, zone)}"


def _with_unit(metric: str, figure: str) -> str:
    unit = UNITS[metric]
    return f"{figure}%" if unit == "%" else f"{figure} {unit}"


def _beside(near: Near, finding: Finding, zone: str) -> str:
    event = near.event
    if event.kind == "restart":
        return _placed(near, "this host's own restart", "at")
    if event.kind == "route":
        return _placed(near, "a change of the route", "at")
    if event.kind == "maintenance":
        return _placed(near, "announced maintenance", "during")
    return _placed(
        near, f"the outage of {_clocks(event.from_ms, event.to_ms, finding.at_ms, zone)}", "during"
    )


def _placed(near: Near, what: str, here: str) -> str:
    if near.how in {"during", "at"}:
        return f"{here} {what}"
    if near.how == "end":
        return f"as {what} ended"
    lasts = near.event.from_ms != near.event.to_ms
    apart = "right" if near.apart_ms < 60_000 else _minutes(near.apart_ms)
    return f"{apart} {near.how} {what}" + (f" {_ENDS[near.how]}" if lasts else "")


def _minutes(apart_ms: int) -> str:
    minutes = max(1, round(apart_ms / 60_000))
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" + (f" {minutes % 60} min" if minutes % 60 else "")


def _local(at_ms: int, zone: str) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, ZoneInfo(zone))


def _at(at_ms: int, zone: str) -> str:
    here = _local(at_ms, zone)
    return f"{here.day} {here:%B %H:%M}"


def _span(from_ms: int, to_ms: int, zone: str) -> str:
    begin, end = _local(from_ms, zone), _local(to_ms, zone)
    if begin.date() == end.date():
        return f"{begin.day} {begin:%B} from {begin:%H:%M} to {end:%H:%M}"
    return f"{begin.day} {begin:%B} from {begin:%H:%M} to {end.day} {end:%B} {end:%H:%M}"


def _clocks(from_ms: int, to_ms: int, beside_ms: int, zone: str) -> str:
    """A span near a time: its clock times alone where it is of the same day."""
    begin, end, beside = (_local(one, zone) for one in (from_ms, to_ms, beside_ms))
    if begin.date() == end.date() == beside.date():
        return f"{begin:%H:%M}-{end:%H:%M}"
    day = f"{begin.day} {begin:%B} {begin:%H:%M}"
    return f"{day}-{end:%H:%M}" if begin.date() == end.date() else f"{day}-{end.day} {end:%B} {end:%H:%M}"
