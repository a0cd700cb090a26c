"""What probes would have measured on a made-up line: rounds, and loads, in columns. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from collector.blame import phase
from collector.demo.estate import END_MS, EVERY_MS, PACKETS, SNMP_EVERY_MS, Line
from collector.demo.story import YEAR_MS, Story, Trouble
from collector.ledger.rounds import REASON_NUMBER, Rounds
from probes.model import Reason

HOUR_MS = 3_600_000
_UNITS = 10_000
"""Of 100 ns in a millisecond."""
_GATEWAY_MS, _GATEWAY_NOISE_MS = 0.42, 0.05
_OFFICE = np.array([.06, .05, .05, .05, .06, .1, .2, .38, .6, .78, .84, .8, .68, .76, .84, .82, .76, .6, .4,
                    .28, .22, .18, .12, .08])  # fmt: skip
_HOME = np.array([.25, .16, .1, .08, .08, .1, .16, .24, .3, .34, .38, .42, .46, .46, .46, .5, .56, .64, .76,
                  .88, .96, .98, .8, .5])  # fmt: skip
"""How full a line is by the hour of a day, in offices and where people live."""


@dataclass(frozen=True, slots=True)
class Span:
    """A time that is made in one go, whole hours in ms; `until_ms` is where the demo's clock stands."""

    from_ms: int
    to_ms: int
    until_ms: int

    def slots(self, every_ms: int) -> NDArray[np.int64]:
        """The begins of all slots whose rounds are over by then."""
        return np.arange(self.from_ms, min(self.to_ms, self.until_ms - every_ms + 1), every_ms)


def measured(line: Line, zone: str, story: Story, span: Span, chance: np.random.Generator) -> Rounds:
    """The rounds of a line's ICMP probe."""
    troubles = story.of(line.id)
    at_ms = _without(span.slots(EVERY_MS), troubles, EVERY_MS)
    spacing = EVERY_MS / PACKETS
    offsets = (np.arange(PACKETS) + phase(line.site, line.id, "pe")) * spacing
    sent_ms = (at_ms[:, None] + offsets).astype(np.int64).ravel()
    load = _load(line, zone, sent_ms, chance)
    lost = chance.random(len(sent_ms)) < line.loss + line.busy_loss * np.clip(load / 0.35 - 1.7, 0, 1) ** 2
    for one in troubles:
        inside = slice(*np.searchsorted(sent_ms, (one.start_ms, one.end_ms)))
        if one.kind == "loss":
            lost[inside] |= chance.random(inside.stop - inside.start) < one.share
        elif one.kind in {"down", "blind"}:
            lost[inside] = True
    rtts = _delays(line, story, sent_ms, load, chance)
    return _rounds(EVERY_MS, at_ms, PACKETS, ~lost, rtts)


def reference(site: str, troubles: Sequence[Trouble], span: Span, chance: np.random.Generator) -> Rounds:
    """The rounds of a site's own gateway: silent while the site's network fails."""
    at_ms = _without(span.slots(EVERY_MS), troubles, EVERY_MS)
    rtts = _GATEWAY_MS + chance.exponential(_GATEWAY_NOISE_MS, len(at_ms))
    answered = np.ones(len(at_ms), np.bool_)
    for one in troubles:
        if one.kind == "blind":
            answered[slice(*np.searchsorted(at_ms, (one.start_ms - EVERY_MS, one.end_ms)))] = False
    return _rounds(EVERY_MS, at_ms, 1, answered, rtts * _UNITS)


def asked(line: Line, story: Story, span: Span) -> Rounds:
    """The rounds of the SNMP probe: the device is ours, and answers but for our own failures."""
    troubles = story.of(line.id)
    at_ms = _without(span.slots(SNMP_EVERY_MS), troubles, SNMP_EVERY_MS)
    answered = np.ones(len(at_ms), np.bool_)
    for one in troubles:
        if one.kind == "blind":
            answered[slice(*np.searchsorted(at_ms, (one.start_ms - SNMP_EVERY_MS, one.end_ms)))] = False
    return _rounds(SNMP_EVERY_MS, at_ms, 1, answered, np.full(len(at_ms), 1.8 * _UNITS))


def utilisation(
    line: Line, zone: str, story: Story, at_ms: NDArray[np.int64], chance: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The share of the line that was used in and out, at each time, to four places."""
    load = _load(line, zone, at_ms, chance)
    received = load * chance.uniform(0.85, 1.1, len(at_ms))
    sent = load * chance.uniform(0.25, 0.4, len(at_ms))
    for one in story.of(line.id):
        if one.kind == "down":
            inside = slice(*np.searchsorted(at_ms, (one.start_ms, one.end_ms)))
            received[inside] = sent[inside] = 0.0
    return np.clip(received, 0, 1).round(4), np.clip(sent, 0, 1).round(4)


def _without(at_ms: NDArray[np.int64], troubles: Sequence[Trouble], every_ms: int) -> NDArray[np.int64]:
    """The slots in which the host measured."""
    for one in troubles:
        if one.kind == "off":
            at_ms = at_ms[(at_ms + every_ms <= one.start_ms) | (at_ms >= one.end_ms)]
    return at_ms


def _load(
    line: Line, zone: str, at_ms: NDArray[np.int64], chance: np.random.Generator
) -> NDArray[np.float64]:
    """How full the line is, 0 to 1, at each time: by hour and weekday of its place, and as it happens."""
    if not len(at_ms):
        return np.zeros(0)
    first = int(at_ms[0]) // HOUR_MS
    hours = range(first, int(at_ms[-1]) // HOUR_MS + 2)
    by_hour = np.array([_usual(line.service, zone, hour) for hour in hours])
    by_hour *= chance.lognormal(0, 0.1, len(by_hour)) * _share_of_usual(line, hours)
    smooth = np.interp(at_ms / HOUR_MS, np.arange(first, first + len(by_hour)), by_hour)
    bursts = chance.lognormal(0, 0.15, len(at_ms) // 15 + 1).repeat(15)[: len(at_ms)]
    load: NDArray[np.float64] = np.clip(smooth * bursts, 0, 1)
    return load


def _share_of_usual(line: Line, hours: range) -> NDArray[np.float64]:
    """How much of what is usual the line carries in each hour: it grows, or not."""
    begin, end = line.use
    gone = (np.array(hours) - (END_MS - YEAR_MS) / HOUR_MS) / (YEAR_MS / HOUR_MS)
    share: NDArray[np.float64] = begin + (end - begin) * np.clip(gone, 0, 1)
    return share


def _usual(service: str, zone: str, hour: int) -> float:
    local = datetime.fromtimestamp(hour * 3600, ZoneInfo(zone))
    day = (_HOME if service in {"broadband", "lte"} else _OFFICE)[local.hour]
    weekend = local.weekday() >= 5
    return float(day * (1.05 if service == "broadband" else 0.3) if weekend else day)


def _delays(
    line: Line,
    story: Story,
    sent_ms: NDArray[np.int64],
    load: NDArray[np.float64],
    chance: np.random.Generator,
) -> NDArray[np.float64]:
    """RTTs in units of 100 ns: the way, what it has shifted by, noise, and a queue that grows with load."""
    n = len(sent_ms)
    way = np.full(n, line.rtt)
    for one in story.shifts:
        if one.circuit == line.id:
            gone = (sent_ms - one.start_ms) / (one.end_ms - one.start_ms)
            way += one.milliseconds * (np.clip(gone, 0, 1) if one.creeps else (gone >= 0) & (gone < 1))
    noise = np.abs(chance.standard_normal(n)) * line.noise
    queue = chance.standard_exponential(n) * (line.queue * load**4 + line.noise / 3)
    return (way + noise + queue) * _UNITS


def _rounds(
    every_ms: int,
    at_ms: NDArray[np.int64],
    packets: int,
    answered: NDArray[np.bool_],
    rtts: NDArray[np.float64],
) -> Rounds:
    n = len(at_ms)
    received = answered.reshape(n, packets).sum(axis=1)
    silent = np.where(received == 0, REASON_NUMBER[Reason.TIMEOUT], REASON_NUMBER[Reason.NONE])
    return Rounds(
        every_ms=every_ms,
        at_ms=at_ms,
        epoch=np.ones(n, np.int64),
        sent=np.full(n, packets),
        received=received,
        reason=silent.astype(np.uint8),
        timing=np.zeros(n, np.uint8),
        first=np.arange(0, n * packets + 1, packets),
        answered=answered,
        rtts=np.rint(rtts[answered]).astype(np.int64),
        detail=("",) * n,
    )
