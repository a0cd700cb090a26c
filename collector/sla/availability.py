"""One period's account: counted downtime, denominator, and what unknown time could have made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Literal

from collector.circuits import Status
from collector.sla.evidence import Ticket
from collector.sla.lengths import days_of, rounded_ms
from collector.sla.outages import reckoned
from collector.sla.reckoning import Account, Excluded, Reckoned
from collector.sla.rules import Rules, Window
from collector.sla.spans import Spans
from collector.sla.timeline import Timeline
from config.objectives import AvailabilityObjective

Policy = Literal["exclude", "up", "down", "carry"]
_EXTREMES: tuple[Policy, ...] = ("down", "up")


def account(
    status: Timeline,
    rules: Rules,
    policy: Policy,
    window: Window,
    denominator_ms: Fraction,
    excluded: Excluded,
    tickets: Sequence[Ticket],
    *,
    without: frozenset[int] = frozenset(),
) -> Account:
    """From a status to counted downtime, in the contract's order of steps.

    `status` should reach beyond the window as far as anything is known. `denominator_ms` is that of
    the window's service hours, before unknown and excluded time leave it. `without` are measured
    starts of outages that count as up (their tickets and their time go to no other outage).
    """
    everything = excluded.everything
    down, unknown = _decided(status, policy, excluded.noted)
    known = reckoned(down, rules, window, everything, tickets)
    found = tuple(one for one in known if one.start_ms not in without)
    unknown -= everything
    unknown_ms = unknown.clip(window.start_ms, window.end_ms).total_ms
    out = _out_of_denominator(excluded, found).clip(window.start_ms, window.end_ms)
    left = denominator_ms - unknown_ms - out.total_ms
    total, by_day = _summed(found, rules)
    free = min(total, _free_ms(rules, left))
    return Account(
        outages=found,
        sum_ms=total,
        free_ms=free,
        denominator_ms=left,
        unknown_ms=unknown_ms,
        excluded_ms=(excluded.noted - excluded.off_hours).clip(window.start_ms, window.end_ms).total_ms,
        by_day=by_day,
        free_is_target=_free_is_target(rules),
    )


def bounds(
    status: Timeline,
    rules: Rules,
    window: Window,
    denominator_ms: Fraction,
    excluded: Excluded,
    tickets: Sequence[Ticket],
    measured: Fraction | None,
    without: frozenset[int] = frozenset(),
) -> tuple[Fraction, Fraction] | None:
    """[worst, best]: all unknown time down, and all of it up; what was measured lies between."""
    # Where nothing is unknown every policy says what was measured.
    policies = _EXTREMES if status.where(Status.UNKNOWN) else ()
    ends = [
        account(status, rules, policy, window, denominator_ms, excluded, tickets, without=without).percent
        for policy in policies
    ]
    known = [value for value in (*ends, measured) if value is not None]
    return (min(known), max(known)) if known else None


def _decided(status: Timeline, policy: Policy, noted: Spans) -> tuple[Spans, Spans]:
    """Down and unknown time under the policy.

    Unknown time in a note that takes effect isn't unknown, but up: the policy has no say in it.
    """
    unknown = status.where(Status.UNKNOWN)
    if policy == "carry":
        # What was known before a note goes on behind it.
        carried = status.carried()
        return carried.where(Status.DOWN) - (unknown & noted), carried.where(Status.UNKNOWN) - noted
    down, unknown = status.where(Status.DOWN), unknown - noted
    if policy == "exclude":
        return down, unknown
    return (down if policy == "up" else down | unknown), Spans()


def _out_of_denominator(excluded: Excluded, outages: Sequence[Reckoned]) -> Spans:
    down = Spans.of(pair for one in outages for pair in one.clocked)
    return (excluded.window | (excluded.both & down)) - excluded.off_hours


def _summed(outages: Sequence[Reckoned], rules: Rules) -> tuple[Fraction, Mapping[date, Fraction]]:
    """Counted time, rounded by what the contract rounds, and the same by local day."""
    counted = Spans.of(pair for one in outages for pair in one.counted)
    each = rules.rounding.each if rules.rounding else None
    daily = rules.rounding if each == "day" else None
    by_day = {day: rounded_ms(time, daily, rules.zone) for day, time in days_of(counted, rules.zone).items()}
    if each == "period":
        return rounded_ms(counted, rules.rounding, rules.zone), by_day
    if each == "day":
        return sum(by_day.values(), Fraction(0)), by_day
    return sum((one.counted_ms for one in outages), Fraction(0)), by_day


def _free_is_target(rules: Rules) -> bool:
    return rules.minimum is not None and rules.minimum.allowance == "target"


def _free_ms(rules: Rules, denominator_ms: Fraction) -> Fraction:
    """What is free in a period: a sum, or as much as the (first) availability target allows."""
    allowance = rules.minimum.allowance if rules.minimum else None
    if allowance is None:
        return Fraction(0)
    if allowance != "target":
        return Fraction(allowance.ms)
    promises = rules.terms.objectives.by_name().values() if rules.terms.objectives else ()
    targets = (one.target.value for one in promises if isinstance(one, AvailabilityObjective))
    return max(Fraction(0), (1 - next(targets, Fraction(100)) / 100) * denominator_ms)
