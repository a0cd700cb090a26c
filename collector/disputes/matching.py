"""Which of the carrier's outages speaks of which of ours. Times are UTC in whole milliseconds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from collector.ledger.records import Note
from collector.notebook.bodies import CarrierBody
from collector.sla.statement import CountedOutage

NEAR_MS = 3_600_000
"""An outage of theirs that overlaps none of ours may speak of one that is no further away."""
MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Stated:
    """An outage as the carrier gives it, [start, end), and what it takes off."""

    note: int
    circuits: frozenset[str]
    start_ms: int
    end_ms: int
    off: tuple[tuple[Fraction, str], ...] = ()
    """How long (in milliseconds), and why."""
    cause: str = ""
    ticket: str | None = None
    outage_ms: int | None = None
    """The start of the outage of ours that it names."""

    @property
    def off_ms(self) -> Fraction:
        """All that it takes off."""
        return sum((ms for ms, _ in self.off), Fraction(0))

    @property
    def said_ms(self) -> Fraction:
        """What it says that the outage lasted."""
        return max(Fraction(0), self.end_ms - self.start_ms - self.off_ms)


@dataclass(frozen=True, slots=True)
class Pair:
    """Outages that speak of the same trouble, each side in order of time; one side may have none."""

    ours: tuple[CountedOutage, ...]
    theirs: tuple[Stated, ...]

    @property
    def start_ms(self) -> int:
        """Where the first of them begins."""
        return min([*(one.start_ms for one in self.ours), *(one.start_ms for one in self.theirs)])


def stated(notes: Iterable[tuple[Note, CarrierBody]], carrier: str, circuits: Iterable[str]) -> list[Stated]:
    """What a carrier says of outages of these circuits, by start; of notes that overlap the last stands."""
    wanted, kept = frozenset(circuits), list[Stated]()
    for note, body in notes:
        here = wanted & frozenset(body.circuits)
        if body.carrier == carrier and here and body.start is not None and body.end is not None:
            one = _stated(note.id, here, body.start, body.end, body)
            kept = [*_without(kept, one), one]
    return sorted(kept, key=lambda one: (one.start_ms, one.end_ms, one.note))


def figures(
    notes: Iterable[tuple[Note, CarrierBody]], carrier: str, circuits: Iterable[str], period: str
) -> dict[str, Decimal]:
    """The carrier's figures of a period by name; one that names no circuit is of all, the last stands."""
    wanted, found = frozenset(circuits), dict[str, Decimal]()
    for _, body in notes:
        concerned = not body.circuits or wanted & frozenset(body.circuits)
        if body.carrier == carrier and body.period == period and concerned:
            found |= body.figures
    return found


def paired(ours: Sequence[CountedOutage], theirs: Sequence[Stated]) -> list[Pair]:
    """Every outage of both sides in one pair, in order of time.

    What names one of ours goes with that, else with all that it overlaps; what is left on both sides goes
    with the nearest, where that is within an hour.
    """
    links = {(mine, place) for place, one in enumerate(theirs) for mine in _spoken_of(ours, one)}
    links |= set(_nearest(ours, theirs, links))
    pairs = [
        Pair(tuple(ours[mine] for mine in sorted(mines)), tuple(theirs[place] for place in sorted(places)))
        for mines, places in _groups(len(ours), len(theirs), links)
    ]
    return sorted(pairs, key=lambda pair: pair.start_ms)


def _stated(note: int, circuits: frozenset[str], start_ms: int, end_ms: int, body: CarrierBody) -> Stated:
    return Stated(
        note=note,
        circuits=circuits,
        start_ms=start_ms,
        end_ms=end_ms,
        off=tuple((Fraction(one.minutes) * MINUTE_MS, one.reason) for one in body.holds),
        cause=body.cause or "",
        ticket=body.ticket,
        outage_ms=body.outage,
    )


def _without(kept: Iterable[Stated], newer: Stated) -> Iterator[Stated]:
    """What earlier notes say, but for the circuits and the time of which a newer one speaks."""
    for one in kept:
        apart = one.end_ms <= newer.start_ms or newer.end_ms <= one.start_ms
        left = one.circuits if apart else one.circuits - newer.circuits
        if left:
            yield replace(one, circuits=left)


def _spoken_of(ours: Sequence[CountedOutage], one: Stated) -> list[int]:
    named = one.outage_ms
    if named is not None:
        found = [mine for mine, outage in enumerate(ours) if outage.start_ms <= named <= outage.end_ms]
        if found:
            return found[:1]
    return [mine for mine, outage in enumerate(ours) if _gap_ms(outage, one) < 0]


def _nearest(
    ours: Sequence[CountedOutage], theirs: Sequence[Stated], links: set[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """Of what no link holds yet the nearest two, then the next, each once."""
    mines, places = {mine for mine, _ in links}, {place for _, place in links}
    gaps = sorted(
        (_gap_ms(outage, one), mine, place)
        for mine, outage in enumerate(ours)
        for place, one in enumerate(theirs)
        if mine not in mines and place not in places
    )
    for gap_ms, mine, place in gaps:
        if gap_ms <= NEAR_MS and mine not in mines and place not in places:
            mines.add(mine)
            places.add(place)
            yield mine, place


def _gap_ms(outage: CountedOutage, one: Stated) -> int:
    """How far they are apart; below 0 where they overlap."""
    return max(one.start_ms - outage.end_ms, outage.start_ms - one.end_ms)


def _groups(ours: int, theirs: int, links: set[tuple[int, int]]) -> Iterator[tuple[set[int], set[int]]]:
    """What hangs together by links, each of both sides once."""
    groups: list[tuple[set[int], set[int]]] = [({mine}, set()) for mine in range(ours)]
    groups += [(set(), {place}) for place in range(theirs)]
    for mine, place in sorted(links):
        touched = [one for one in groups if mine in one[0] or place in one[1]]
        joint = (set().union(*(one[0] for one in touched)), set().union(*(one[1] for one in touched)))
        groups = [*(one for one in groups if one not in touched), joint]
    yield from groups
