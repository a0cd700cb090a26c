"""Why both sides count an outage differently: parts that add up to the difference exactly.

A part above 0 is time that we count and they don't.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from collector.disputes.matching import MINUTE_MS, Pair
from collector.sla.rounding import shown


class Kind(StrEnum):
    """What a difference comes from."""

    CLOCK = "clock"
    """When the time begins to count."""
    END = "end"
    """When the outage was over."""
    EXCLUSION = "exclusion"
    """What either side takes out."""
    ROUNDING = "rounding"
    """Less than a minute, or the contract's own minimum and rounding."""
    GAP = "gap"
    """Time between outages that one side reports as one."""
    MISSING = "missing"
    """One side has no such outage."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the difference, in milliseconds, and a sentence on it."""

    kind: Kind
    ms: Fraction
    text: str


@dataclass(frozen=True, slots=True)
class Lengths:
    """How their outages of a pair add up inside the period, in milliseconds."""

    start_ms: int
    end_ms: int
    down_ms: int
    """From start to end of each."""
    net_ms: int
    """Less what they take off, and what the contract excludes."""
    counted_ms: Fraction
    """What the contract counts of it."""


def minutes(ms: int | Fraction) -> str:
    """`20 min`, `0.33 min`: to two places, without a sign."""
    whole, _, part = shown(abs(Fraction(ms)) / MINUTE_MS, 2).partition(".")
    part = part.rstrip("0")
    return f"{int(whole):,}{'.' + part if part else ''} min"


def parts(
    pair: Pair, theirs: Lengths | None, opened: Mapping[str, int], *, measured: bool = True
) -> tuple[Part, ...]:
    """The parts of ours less theirs; those that are nothing are left out.

    `theirs` is None where they report none in the period; `opened` says when tickets were opened,
    `measured` whether we know anything of the time of their outages.
    """
    counted = sum((one.counted_ms for one in pair.ours), Fraction(0))
    if theirs is None:
        found = [Part(Kind.MISSING, counted, "they report no such outage")]
    elif not pair.ours:
        why = "we counted no such outage" if measured else "nothing was measured then"
        found = [Part(Kind.MISSING, -theirs.counted_ms, why)]
    else:
        found = list(_folded(_both(pair, theirs, opened)))
    return tuple(one for one in found if one.ms)


def _both(pair: Pair, theirs: Lengths, opened: Mapping[str, int]) -> Iterator[Part]:
    ours = pair.ours
    start_ms, end_ms = ours[0].start_ms, max(one.end_ms for one in ours)
    down, clocked = sum(one.down_ms for one in ours), sum(one.contractual_ms for one in ours)
    excluded = sum(one.excluded_ms for one in ours)
    counted = sum((one.counted_ms for one in ours), Fraction(0))
    later, clock = theirs.start_ms - start_ms, clocked - down
    yield Part(Kind.CLOCK, Fraction(later + clock), _begin(pair, theirs, later, clock, opened))
    yield Part(Kind.END, Fraction(end_ms - theirs.end_ms), _end(end_ms - theirs.end_ms))
    gaps = (theirs.end_ms - theirs.start_ms - theirs.down_ms) - (end_ms - start_ms - down)
    yield Part(Kind.GAP, Fraction(gaps), f"{minutes(gaps)} between outages, which one side counts through")
    off = theirs.down_ms - theirs.net_ms
    yield Part(Kind.EXCLUSION, Fraction(off - excluded), "; ".join(_taken_out(pair, off, excluded)))
    rest = (counted - (clocked - excluded)) - (theirs.counted_ms - theirs.net_ms)
    yield Part(Kind.ROUNDING, rest, "the contract's own minimum and rounding")


def _begin(pair: Pair, theirs: Lengths, later: int, clock: int, opened: Mapping[str, int]) -> str:
    told = []
    if later:
        ticket = _ticket(pair, theirs.start_ms, opened)
        when = f", when ticket {ticket} was opened" if ticket else ""
        told.append(f"they begin {minutes(later)} {'later' if later > 0 else 'earlier'}{when}")
    if clock:
        told.append(f"the contract's clock counts {minutes(clock)} {'more' if clock > 0 else 'less'} of ours")
    return "; ".join(told)


def _ticket(pair: Pair, start_ms: int, opened: Mapping[str, int]) -> str | None:
    """The ticket with which their clock started."""
    names = [one.ticket for one in pair.theirs if one.ticket]
    names += [name for one in pair.ours for name in one.tickets]
    return next((one for one in names if abs(opened.get(one, -MINUTE_MS) - start_ms) < MINUTE_MS), None)


def _end(ms: int) -> str:
    return f"they end {minutes(ms)} {'earlier' if ms > 0 else 'later'}"


def _taken_out(pair: Pair, off: int, excluded: int) -> Iterator[str]:
    holds = [(ms, reason) for one in pair.theirs for ms, reason in one.off]
    if holds:
        told = ", ".join(f"{minutes(ms)} ({reason.replace('_', ' ')})" for ms, reason in holds)
        yield f"they take off {told}"
    by_contract = off - sum(ms for ms, _ in holds)
    if by_contract > 0:
        yield f"the contract takes {minutes(by_contract)} out of theirs"
    if excluded:
        yield f"the contract takes {minutes(excluded)} out of ours"


def _folded(found: Iterator[Part]) -> Iterator[Part]:
    """Less than a minute at either end is rounding: nobody disputes seconds."""
    seconds = Fraction(0)
    for one in found:
        if one.kind in {Kind.CLOCK, Kind.END} and abs(one.ms) < MINUTE_MS:
            seconds += one.ms
        elif one.kind is Kind.ROUNDING and seconds:
            also = f", and {one.text}" if one.ms else ""
            yield Part(one.kind, one.ms + seconds, f"{_seconds(seconds)} of begin and end{also}")
        else:
            yield one


def _seconds(ms: Fraction) -> str:
    return f"{shown(abs(ms) / 1000, 0)} s {'more' if ms > 0 else 'less'} of ours"
