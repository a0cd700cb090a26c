"""What happens to the made-up estate in its year: a script of what is worth looking at, and chance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

import numpy as np

from collector.demo.estate import DAY_MS, END_MS, NOW_MS, SEED, Line

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
YEAR_MS = 365 * DAY_MS
_CHANCE = 7
"""Beside the seed and a circuit's number: so that what happens differs from how it is measured."""

Kind = Literal["down", "loss", "blind", "off"]
Ticketing = Literal["at once", "late", "never", "left open"]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Time in which something is wrong with `circuits`, in ms.

    `down`: they carry nothing. `loss`: they lose `share` of all packets. `blind`: the site's own network
    fails, its references are silent too. `off`: nothing is measured there.
    """

    kind: Kind
    circuits: tuple[str, ...]
    start_ms: int
    end_ms: int
    cause: str = ""
    share: float = 0.0
    ticket: Ticketing = "at once"
    announced_ms: int | None = None
    """Of planned work: when the carrier told of it."""


@dataclass(frozen=True, slots=True)
class Shift:
    """The RTT of a circuit moves by `milliseconds` between two times: at once, or creeping all the way."""

    circuit: str
    start_ms: int
    end_ms: int
    milliseconds: float
    creeps: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """All that happens."""

    troubles: tuple[Trouble, ...]
    shifts: tuple[Shift, ...]

    def of(self, circuit: str) -> list[Trouble]:
        """What happens to a circuit, in order."""
        return [one for one in self.troubles if circuit in one.circuits]


def at(text: str) -> int:
    """`03-05 02:10` of the demo's year in ms."""
    return round(datetime.strptime(f"2025-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC).timestamp() * 1000)


_SCRIPT: tuple[tuple[Kind, str, str, int, str], ...] = (
    ("down", "man-basalt-mpls", "01-22 10:12", 200, "fibre cut by roadworks"),
    ("down", "lis-cinnabar-broadband", "01-28 07:40", 395, "street cabinet without power"),
    ("down", "ber-basalt-mpls ber-cinnabar-broadband", "02-11 13:05", 52, "power failure in the building"),
    ("down", "par-basalt-dia", "02-19 15:31", 163, "line card failed"),
    ("down", "nyc-alder-wave", "03-05 02:10", 548, "submarine cable cut"),
    ("down", "zrh-alder-dia", "03-19 08:52", 105, "wrong filter rolled out"),
    ("down", "lis-cinnabar-broadband", "04-23 11:20", 366, "cable theft"),
    ("down", "sto-basalt-dia", "04-29 06:02", 141, "router software crashed"),
    ("blind", "mil-alder-dia mil-basalt-dia", "05-13 09:18", 47, "our own firewall failed"),
    ("down", "mad-alder-dia", "05-20 16:44", 311, "access fibre cut"),
    ("down", "lyo-basalt-mpls", "06-03 04:15", 430, "aggregation switch failed"),
    ("down", "sin-alder-dia", "06-18 03:30", 37, "port flapped"),
    ("down", "sin-alder-dia", "06-19 03:41", 44, "port flapped"),
    ("down", "sin-alder-dia", "06-21 07:12", 51, "optic replaced at last"),
    ("down", "par-alder-dia", "07-08 12:26", 124, "ring broken twice"),
    ("off", "chi-basalt-mpls chi-cinnabar-lte", "07-15 14:20", 18, "this host was moved to another rack"),
    ("down", "war-basalt-mpls", "07-24 18:05", 275, "storm damage"),
    ("down", "fra-alder-dia", "08-14 09:47", 192, "line card failed"),
    ("loss", "lon-alder-dia", "08-12 00:00", 13 * 1440, "a dirty connector"),
    ("down", "dub-cinnabar-broadband", "08-26 05:30", 480, "exchange fire"),
    ("down", "hel-basalt-dia", "09-09 11:11", 612, "cable ship needed"),
    ("down", "syd-basalt-mpls syd-cinnabar-lte", "10-14 22:40", 95, "power failure in the building"),
    ("down", "mil-basalt-dia", "10-21 13:36", 243, "wrong configuration rolled out"),
    ("loss", "zrh-basalt-dia", "10-06 05:00", 4 * 1440, "a dirty connector"),
    ("down", "lon-alder-dia", "11-11 10:02", 72, "route leak"),
    ("down", "dub-basalt-mpls", "11-19 07:25", 300, "access fibre cut"),
    ("down", "fra-alder-wave", "11-26 21:40", 118, "amplifier failed"),
    ("down", "ams-alder-dia", "12-09 14:10", 45, "line card failed"),
    ("down", "zrh-basalt-dia", "12-16 08:33", 157, "router software crashed"),
    ("down", "chi-basalt-mpls", "12-31 22:41", 200, "fibre cut"),
    ("down", "sto-cinnabar-broadband", "12-31 23:31", 200, ""),
    ("blind", "hel-basalt-dia hel-cinnabar-lte", "12-31 23:47", 60, "our own switch failed"),
)
_SHARES = {"lon-alder-dia": 0.004, "zrh-basalt-dia": 0.015}
_TICKETS: dict[tuple[str, int], Ticketing] = {
    ("mad-alder-dia", 5): "never",
    ("lyo-basalt-mpls", 6): "late",
    ("par-alder-dia", 7): "late",
    ("dub-basalt-mpls", 11): "left open",
    ("sto-cinnabar-broadband", 12): "never",
}
_PLANNED = (
    ("lon-alder-dia fra-alder-dia ams-alder-dia", "01-14 02:00", 38, "01-02 09:20", "core router upgrade"),
    ("dub-basalt-mpls man-basalt-mpls", "03-26 01:00", 55, "03-12 14:05", "firmware upgrade"),
    ("vie-basalt-mpls war-basalt-mpls", "04-09 23:00", 110, "04-09 15:02", "urgent repair of a splice"),
    ("nyc-alder-wave", "06-11 04:00", 95, "05-22 10:40", "cable re-route"),
    ("par-basalt-dia mil-basalt-dia", "09-17 01:00", 41, "09-04 11:15", "core router upgrade"),
    ("mad-alder-dia zrh-alder-dia", "11-05 02:00", 34, "11-03 16:30", "line card swap"),
)
_SHIFTS = (
    Shift("par-basalt-dia", at("03-01 00:00"), END_MS, 7.6, creeps=True),
    Shift("nyc-alder-wave", at("03-05 11:18"), END_MS, 6.9),
    Shift("mil-alder-dia", at("06-17 14:22"), at("07-02 03:05"), 6.3),
    Shift("syd-basalt-mpls", at("09-23 19:41"), at("10-02 06:20"), 41.0),
    Shift("vie-cinnabar-broadband", at("10-01 00:00"), END_MS, 5.5, creeps=True),
)
_FLAPPING = ("man-cinnabar-broadband", at("09-01 05:00"), 6, 7)
"""A circuit, from when on, for how many days, and how often a day it falls out for some minutes."""


def story(lines: Sequence[Line]) -> Story:
    """The year of these circuits; the same for the same ones."""
    known = {line.id for line in lines}
    troubles = [*_scripted(), *_planned(), *_flapping()]
    inside = [kept for one in troubles if (kept := _among(one, known)).circuits]
    for line in lines:
        mine = [one for one in inside if line.id in one.circuits]
        inside += (one for one in _by_chance(line) if not any(_near(one, other) for other in mine))
    order = sorted(inside, key=lambda one: (one.start_ms, one.circuits))
    return Story(tuple(order), tuple(one for one in _SHIFTS if one.circuit in known))


def _scripted() -> Iterator[Trouble]:
    for kind, circuits, begin, minutes, cause in _SCRIPT:
        names, start_ms = tuple(circuits.split()), at(begin) + 37_000
        ticket = _TICKETS.get((names[0], int(begin[:2])), "at once")
        yield Trouble(
            kind, names, start_ms, start_ms + minutes * MINUTE_MS, cause, _SHARES.get(names[0], 0), ticket
        )


def _planned() -> Iterator[Trouble]:
    for circuits, begin, minutes, announced, cause in _PLANNED:
        start_ms = at(begin) + 9 * MINUTE_MS
        yield Trouble(
            "down",
            tuple(circuits.split()),
            start_ms,
            start_ms + minutes * MINUTE_MS,
            cause,
            ticket="never",
            announced_ms=at(announced),
        )


def _flapping() -> Iterator[Trouble]:
    circuit, from_ms, days, times = _FLAPPING
    chance = np.random.default_rng([SEED, _CHANCE])
    for day in range(days):
        for time in range(times):
            start_ms = from_ms + day * DAY_MS + 2 * time * HOUR_MS + int(chance.uniform(0, 1.5 * HOUR_MS))
            length = int(chance.uniform(2.5, 9) * MINUTE_MS)
            yield Trouble("down", (circuit,), start_ms, start_ms + length, ticket="never")


def _by_chance(line: Line) -> Iterator[Trouble]:
    """Ordinary outages of a line: as many as its kind has, most of them short."""
    chance = np.random.default_rng([SEED, _CHANCE, line.number])
    number = int(chance.poisson(line.outages))
    starts = np.sort(chance.uniform(END_MS - YEAR_MS, NOW_MS - 12 * HOUR_MS, number)).astype(np.int64)
    lengths = line.minutes * np.exp(chance.normal(0, 1.1, number))
    for start_ms, minutes in zip(starts.tolist(), np.clip(lengths, 2.2, 400).tolist(), strict=True):
        ticket: Ticketing = "late" if chance.random() < 0.1 else "at once"
        yield Trouble("down", (line.id,), start_ms, start_ms + int(minutes * MINUTE_MS), ticket=ticket)


def _near(one: Trouble, other: Trouble) -> bool:
    return one.start_ms - HOUR_MS < other.end_ms and other.start_ms < one.end_ms + HOUR_MS


def _among(one: Trouble, known: Iterable[str]) -> Trouble:
    """What of it happens to circuits that there are."""
    return replace(one, circuits=tuple(name for name in one.circuits if name in known))
