"""What users said, beside what was measured at that place and time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

import numpy as np

from collector.circuits import Status
from collector.clerk import Desk
from collector.notebook.bodies import FeedbackBody
from collector.notebook.book import Notebook
from collector.performance.cycle.around import Around, around
from collector.performance.kpis.sources import Sources
from collector.sla.calendar import day_start_ms, local_day
from collector.times import span
from config.settings import Settings

LOSSY = 0.01
"""A loss that people notice: calls break up (ITU-T G.113)."""
SLOW_TIMES, SLOW_SECONDS = 1.5, 0.005
"""Slow is an RTT half as long again as usual, and longer by something that can be felt at all."""
USUAL_DAYS = 28


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured over one circuit around a time."""

    circuit: str
    worst: str
    """outage, loss, slow, unknown, fine: the worst of it."""
    text: str
    """In a sentence."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One piece of feedback."""

    note: int
    at_ms: int
    site: str
    circuit: str
    """Empty where it names none: then all of the site's are measured against it."""
    carriers: tuple[str, ...]
    """Whose circuits these were."""
    score: int
    text: str
    who: str
    measured: tuple[Measured, ...]

    @property
    def bad(self) -> bool:
        """1 or 2 of 5."""
        return self.score <= 2

    @property
    def cause(self) -> str:
        """What explains a bad score: the worst that was measured; empty where nothing was."""
        order = ("outage", "loss", "slow")
        return next((worst for worst in order if any(one.worst == worst for one in self.measured)), "")


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """Scores of one site, carrier and month beside what was delivered there."""

    site: str
    carrier: str
    month: str
    count: int
    mean: float
    availability: float | None
    """Time-weighted over the circuits there, 0 to 1; None where nothing is known."""


def heard(desk: Desk, from_ms: int, to_ms: int, carrier: str | None = None) -> list[Heard]:
    """What was said of [from, to), the oldest first; raises LedgerError."""
    said = [
        (note.id, body)
        for note, body in Notebook(desk.reader.notes(FeedbackBody.KIND)).feedback
        if from_ms <= body.at < to_ms
    ]
    found = (_heard(desk, number, body) for number, body in sorted(said, key=lambda one: one[1].at))
    return [one for one in found if carrier is None or carrier in one.carriers]


def _heard(desk: Desk, number: int, body: FeedbackBody) -> Heard:
    circuits = circuits_of(desk.settings, body)
    measured = [(one, _measured(desk, one, body.at)) for one in around(desk, circuits, body.at)]
    return Heard(
        note=number,
        at_ms=body.at,
        site=body.site,
        circuit=body.circuit or "",
        carriers=tuple(sorted({one.carrier for one, _ in measured})),
        score=body.score,
        text=body.text or "",
        who=body.who or "",
        measured=tuple(one for _, one in measured),
    )


def circuits_of(settings: Settings, body: FeedbackBody) -> list[str]:
    """The circuits that feedback is about: the one it names, else all of the site."""
    here = [name for name, one in settings.circuits.items() if one.site == body.site]
    return [body.circuit] if body.circuit in here else here


def _measured(desk: Desk, one: Around, at_ms: int) -> Measured:
    """The worst of it first: down, lossy, slow against the last four weeks' days, unknown, or fine."""
    if one.down_ms:
        return Measured(one.circuit, "outage", f"{one.circuit} was down for {span(one.down_ms // 1000)}")
    if one.status is Status.UNKNOWN or not one.sent:
        return Measured(one.circuit, "unknown", f"nothing is known of {one.circuit} then")
    lost = (one.sent - one.received) / one.sent
    if lost >= LOSSY:
        told = f"{one.circuit} lost {100 * lost:.1f}% of its packets"
        return Measured(one.circuit, "loss", told)
    usual, now = _usual(desk, one.circuit, at_ms), one.p50_seconds
    beside = f", {1000 * usual:.1f} ms are usual" if usual is not None else ""
    if now is None:
        return Measured(one.circuit, "unknown", f"no RTT of {one.circuit} is known then")
    slow = usual is not None and now > SLOW_TIMES * usual and now > usual + SLOW_SECONDS
    told = f"RTT of {one.circuit} {1000 * now:.1f} ms{beside}"
    return Measured(one.circuit, "slow" if slow else "fine", told)


def _usual(desk: Desk, circuit: str, at_ms: int) -> float | None:
    """The median RTT of the days before; None where there are none."""
    day = local_day(at_ms, desk.settings.zone_of(circuit))
    days = desk.reader.days(circuit, "rtt", day - timedelta(days=USUAL_DAYS), day - timedelta(days=1))
    return median(one.median for one in days) if days else None


def satisfaction(desk: Desk, from_ms: int, to_ms: int, carrier: str | None = None) -> list[Satisfaction]:
    """Mean scores by site, carrier and month, beside the availability measured; raises LedgerError."""
    scores: dict[tuple[str, str, str], list[tuple[int, tuple[str, ...]]]] = {}
    for _, body in Notebook(desk.reader.notes(FeedbackBody.KIND)).feedback:
        if from_ms <= body.at < to_ms and body.site in desk.settings.sites:
            month = local_day(body.at, desk.settings.sites[body.site].timezone).strftime("%Y-%m")
            for whose, names in _by_carrier(desk.settings, body).items():
                scores.setdefault((body.site, whose, month), []).append((body.score, names))
    sources = Sources(desk, desk.now.wall_ms, 0)
    return [
        Satisfaction(
            *key,
            count=len(some),
            mean=sum(score for score, _ in some) / len(some),
            availability=_availability(sources, {name for _, names in some for name in names}, key[2]),
        )
        for key, some in sorted(scores.items())
        if carrier in {None, key[1]}
    ]


def _by_carrier(settings: Settings, body: FeedbackBody) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name in circuits_of(settings, body):
        circuit = settings.circuits[name]
        whose = circuit.on(local_day(body.at, settings.sites[circuit.site].timezone)).carrier
        found[whose] = (*found.get(whose, ()), name)
    return found


def _availability(sources: Sources, circuits: Iterable[str], month: str) -> float | None:
    """Over all of them: time up as a share of the time that is known."""
    up = down = 0.0
    for name in circuits:
        zone = sources.desk.settings.zone_of(name)
        first = date.fromisoformat(f"{month}-01")
        after = (first + timedelta(days=32)).replace(day=1)
        end_ms = min(day_start_ms(after, zone), sources.at_ms)
        bounds = np.array([min(day_start_ms(first, zone), end_ms), end_ms], np.int64)
        found = sources.status(name).within(bounds)
        up, down = up + float(found[0][0]), down + float(found[1][0])
    return up / (up + down) if up + down else None
