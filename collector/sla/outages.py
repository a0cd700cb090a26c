"""From down time to outages, and each of them through the contract's steps to what counts of it.

The order decides the money: merging, clock and pauses, exclusions, the minimum on the whole
remainder, the period's edge, rounding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from collector.sla.clock import Clocked, clocked
from collector.sla.evidence import Ticket
from collector.sla.lengths import rounded_ms
from collector.sla.reckoning import Reckoned
from collector.sla.rules import Rules, Window
from collector.sla.spans import Spans
from collector.sla.tickets import in_time, tickets_of
from config.outage import Minimum, OutageClock

MEASURED = OutageClock(start="measured", end="restored")


def reckoned(
    down: Spans, rules: Rules, window: Window, excluded: Spans, tickets: Sequence[Ticket]
) -> Iterator[Reckoned]:
    """Every outage that is known, in order of time; `excluded` is all time in which nothing counts."""
    outages = list(down.groups(rules.merge_within_ms))
    theirs = tickets_of(outages, tickets, in_time(rules))
    clocks = clocked(outages, theirs, rules.clock or MEASURED)
    for one, its, clock in zip(outages, theirs, clocks, strict=True):
        yield _reckoned(one, its, clock, excluded, rules, window)


def _reckoned(
    down: Spans, tickets: tuple[Ticket, ...], clock: Clocked, excluded: Spans, rules: Rules, window: Window
) -> Reckoned:
    remaining = clock.time - excluded
    counted = _here(_over_minimum(remaining, rules.minimum), down, rules, window)
    counted_ms = _length(counted, rules)
    prompt_ms = counted_ms
    if clock.prompt != clock.time:
        prompt = _over_minimum(clock.prompt - excluded, rules.minimum)
        prompt_ms = _length(_here(prompt, down, rules, window), rules)
    return Reckoned(
        down=down,
        clocked=clock.time,
        remaining=remaining,
        counted=counted,
        counted_ms=counted_ms,
        belongs=any(_here(time, down, rules, window) for time in (down, clock.time)),
        tickets=tickets,
        lost_to_late_ticket_ms=max(Fraction(0), prompt_ms - counted_ms),
    )


def _over_minimum(remaining: Spans, minimum: Minimum | None) -> Spans:
    """What counts of an outage's whole remainder, on both sides of a period's edge."""
    least = None if minimum is None else minimum.at_least or minimum.longer_than
    if minimum is None or least is None:
        return remaining
    if minimum.mode == "deductible":
        return remaining.without_first(least.ms)
    reached = remaining.total_ms >= least.ms if minimum.at_least else remaining.total_ms > least.ms
    return remaining if reached else Spans()


def _here(time: Spans, down: Spans, rules: Rules, window: Window) -> Spans:
    """What of an outage's time belongs to the period; the measured edges tell where it isn't split."""
    if rules.across == "start":
        return time if window.start_ms <= down.pairs[0][0] < window.end_ms else Spans()
    if rules.across == "restoration":
        return time if window.start_ms < down.pairs[-1][1] <= window.end_ms else Spans()
    return time.clip(window.start_ms, window.end_ms)


def _length(counted: Spans, rules: Rules) -> Fraction:
    each = rules.rounding is not None and rules.rounding.each == "outage"
    return rounded_ms(counted, rules.rounding if each else None, rules.zone)
