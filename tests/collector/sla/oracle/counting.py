"""From status to counted time, in the order of section 2.2, for each outage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from typing import Any

from tests.collector.sla.oracle.clocks import days_between, duration, moment, spelled, ticket_by
from tests.collector.sla.oracle.facts import Facts, base_denominator, instant_offset, local_days
from tests.collector.sla.oracle.sets import Times, both, first_of, joined, length, less

Ticket = Mapping[str, Any]


@dataclass
class Outage:
    """One outage, or the piece of one that lies in the period."""

    spans: Times
    ticket: Ticket | None
    tickets: list[Ticket]
    clocked: Times = field(default_factory=list)
    kept: Times = field(default_factory=list)
    whole_kept: int = 0
    times: Times = field(default_factory=list)
    counted: Fraction = Fraction(0)
    late_loss: Fraction = Fraction(0)

    @property
    def start(self) -> int:
        """When it was measured to begin."""
        return self.spans[0][0]

    @property
    def end(self) -> int:
        """When it was measured to end."""
        return self.spans[-1][1]


@dataclass
class Count:
    """The sum of a period."""

    outages: list[Outage]
    total: Fraction
    denominator: Fraction
    judged: Fraction
    known: bool

    @property
    def availability(self) -> Fraction | None:
        """In percent; None: there is nothing to divide by."""
        if self.denominator <= 0 or not self.known:
            return None
        return 100 * min(Fraction(1), max(Fraction(0), 1 - self.judged / self.denominator))


def status_after(facts: Facts, policy: str) -> tuple[Times, Times]:
    """(down, unknown) once the unknown policy has been applied."""
    down, unknown = facts.down, facts.unknown
    if policy == "exclude":
        return down, unknown
    if policy == "down":
        return joined([*down, *unknown]), []
    if policy == "carry":
        return carried(facts)
    return down, []


def carried(facts: Facts) -> tuple[Times, Times]:
    """Unknown time is what the time before it was; before anything is known it stays unknown."""
    down, unknown = list(facts.down), []
    for span in facts.status_unknown:
        if any(end == span[0] for _, end in facts.down):
            down += less([span], facts.excluded)
        elif not any(end == span[0] for _, end in facts.known):
            unknown += less([span], facts.excluded)
    return joined(down), joined(unknown)


def outages_of(facts: Facts, down: Times) -> list[Outage]:
    """Spans less than merge_within apart are one."""
    near = duration(facts.contract["outage"].get("merge_within", "0s"))
    groups: list[Times] = []
    for span in down:
        if groups and span[0] - groups[-1][-1][1] < near:
            groups[-1].append(span)
        else:
            groups.append([span])
    found = []
    for group in groups:
        own = tickets_of(facts, group, groups)
        found.append(Outage(group, min(own, key=lambda one: moment(one["opened"]), default=None), own))
    return found


def tickets_of(facts: Facts, group: Times, groups: list[Times]) -> list[Ticket]:
    """Those that name it, else those that overlap it or follow it within ticket_within."""
    return [one for one in facts.history.get("tickets", []) if names(facts, one, group, groups)]


def names(facts: Facts, ticket: Ticket, group: Times, groups: list[Times]) -> bool:
    """Whether a ticket is an outage's."""
    if "outage" in ticket:
        named = moment(ticket["outage"])
        if any(one[0][0] <= named <= one[-1][1] for one in groups):
            return group[0][0] <= named <= group[-1][1]
    opened = moment(ticket["opened"])
    closed = moment(ticket.get("closed", ticket["opened"]))
    if opened == closed:
        overlaps = group[0][0] <= opened <= group[-1][1]
    else:
        overlaps = opened <= group[-1][1] and group[0][0] < closed
    if overlaps:
        return True
    within = facts.contract.get("claim", {}).get("ticket_within")
    return bool(within) and group[0][0] <= opened <= ticket_by(
        group[0][0], within, facts.zone, facts.holidays
    )


def runs_on_start(facts: Facts) -> bool:
    """Whether a ticket starts the clock."""
    start = facts.contract["outage"]["clock"]["start"]
    return bool(start != "measured" and start != {"later_of": ["measured"]})


def clocked(facts: Facts, outage: Outage, ticket: Ticket | None, shared: bool = False) -> Times:
    """What the contract's clock and its pauses leave of an outage."""
    if ticket is None:
        return outage.spans
    clock = facts.contract["outage"]["clock"]
    opened = moment(ticket["opened"])
    starts = {
        "measured": outage.start,
        "ticket": opened,
        "reported": moment(ticket["reported"]) if "reported" in ticket else opened,
    }
    ends = {
        "restored": outage.end,
        "ticket_closed": moment(ticket["closed"]) if "closed" in ticket else outage.end,
    }
    start, end = clock["start"], clock["end"]
    begin = starts[start] if isinstance(start, str) else max(starts[one] for one in start["later_of"])
    until = ends[end] if isinstance(end, str) else min(ends[one] for one in end["earlier_of"])
    if shared:
        begin = max(begin, outage.start)
    gaps = less([(outage.start, outage.end)], outage.spans)
    left = less([(begin, until)], gaps) if begin < until else []
    holds = [
        (moment(hold["from"]), moment(hold["to"]))
        for one in outage.tickets
        for hold in one.get("holds", [])
        if hold["reason"] in clock.get("pause", [])
    ]
    return less(left, joined(holds))


def after_minimum(facts: Facts, kept: Times) -> Times:
    """What `minimum` leaves of a whole outage."""
    rule = facts.contract["outage"].get("minimum", {})
    if "allowance" in rule or not rule:
        return kept
    least = duration(rule.get("at_least") or rule["longer_than"])
    reached = length(kept) >= least if "at_least" in rule else length(kept) > least
    if not reached:
        return []
    return less(kept, first_of(kept, least)) if rule.get("mode") == "deductible" else kept


def of_period(facts: Facts, outage: Outage, times: Times) -> Times:
    """The part that belongs to the period."""
    how = facts.contract["outage"]["across_periods"]
    begin, end = facts.period
    if how == "split":
        return both(times, [facts.period])
    belongs = begin <= outage.start < end if how == "start" else begin < outage.end <= end
    return times if belongs else []


def rounded(facts: Facts, times: Times) -> Fraction:
    """A length by the contract's rounding, in ms."""
    rule = facts.contract["outage"].get("round")
    plain = Fraction(length(times))
    if rule is None:
        return plain
    unit = duration(rule["to"])
    if rule["mode"] in {"touched", "inside"}:
        return Fraction(unit * clock_units(facts, times, unit, rule["mode"]))
    parts = plain / unit
    whole = {"up": -(-parts // 1), "down": parts // 1, "nearest": (parts + Fraction(1, 2)) // 1}
    return Fraction(unit * whole[rule["mode"]])


def clock_units(facts: Facts, times: Times, unit: int, mode: str) -> int:
    """How many units of the local clock are touched by it, or lie inside."""
    seen = set()
    for span in times:
        offset = instant_offset(span[0], facts.zone)
        at = (span[0] + offset) // unit * unit - offset
        while at < span[1]:
            if mode == "touched" or length(both([(at, at + unit)], times)) == unit:
                seen.add(at)
            at += unit
    return len(seen)


def counted(
    facts: Facts, policy: str, without: frozenset[int] = frozenset(), *, whole: bool = False
) -> Count:
    """The outages of the period and their sum; `without` are starts of outages that are left out."""
    down, unknown = status_after(facts, policy)
    outages = outages_of(facts, down)
    taken: Times = []
    seen: list[str] = []
    for one in outages:
        shared = one.ticket is not None and one.ticket["id"] in seen
        one.clocked = less(clocked(facts, one, one.ticket, shared), taken)
        seen += [ticket["id"] for ticket in one.tickets]
        settle(facts, one)
        early = replace(one)
        if one.ticket is not None:
            opened = {**one.ticket, "opened": spelled(one.start), "reported": spelled(one.start)}
            early.clocked = less(clocked(facts, one, opened, shared), taken)
            settle(facts, early)
            if runs_on_start(facts):
                one.late_loss = max(Fraction(0), early.counted - one.counted)
        taken = joined([*taken, *one.clocked])
    outages = [one for one in outages if one.start not in without]
    own = [one for one in outages if whole or one.times or touches(facts, one)]
    before, free = summed(facts, own), allowance(facts, unknown, outages)
    total = max(Fraction(0), before - free)
    to_target = facts.contract["outage"].get("minimum", {}).get("allowance") == "target"
    known = bool(less(both([facts.period], facts.hours), facts.unknown))
    return Count(own, total, denominator(facts, unknown, outages), before if to_target else total, known)


def settle(facts: Facts, one: Outage) -> None:
    """Steps 4 to 7 for one outage."""
    whole = less(one.clocked, facts.excluded)
    one.whole_kept = length(both(whole, facts.hours))
    whole = both(whole, facts.hours)
    one.kept = of_period(facts, one, whole)
    one.times = of_period(facts, one, after_minimum(facts, whole))
    each = facts.contract["outage"].get("round", {}).get("each", "outage")
    one.counted = rounded(facts, one.times) if each == "outage" else Fraction(length(one.times))


def touches(facts: Facts, one: Outage) -> bool:
    """Whether an outage is the period's even where nothing of it counts."""
    how = facts.contract["outage"]["across_periods"]
    begin, end = facts.period
    if how == "split":
        return bool(both([*one.spans, *one.clocked], [facts.period]))
    return begin <= one.start < end if how == "start" else begin < one.end <= end


def summed(facts: Facts, outages: list[Outage]) -> Fraction:
    """Before the allowance."""
    each = facts.contract["outage"].get("round", {}).get("each", "outage")
    if each == "outage":
        return sum((one.counted for one in outages), Fraction(0))
    times = joined(span for one in outages for span in one.times)
    if each == "period" or not times:
        return rounded(facts, times)
    days = days_between((times[0][0], times[-1][1]), facts.zone)
    return sum((rounded(facts, both(times, [day])) for _, day in days), Fraction(0))


def by_day(facts: Facts, outages: list[Outage]) -> dict[date, Fraction]:
    """What counts on each local day that holds some of it."""
    times = joined(span for one in outages for span in one.times)
    if not times:
        return {}
    days = days_between((times[0][0], times[-1][1]), facts.zone)
    found = {}
    for date_of, day in days:
        own = [both(one.times, [day]) for one in outages]
        each = facts.contract["outage"].get("round", {}).get("each", "outage")
        if any(own):
            found[date_of] = (
                rounded(facts, joined(span for part in own for span in part))
                if each == "day"
                else Fraction(sum(length(part) for part in own))
            )
    return found


def denominator(facts: Facts, unknown: Times, outages: list[Outage]) -> Fraction:
    """What the period is divided by."""
    clock = joined(span for one in outages for span in one.clocked)
    gone = joined([*unknown, *facts.window, *both(facts.joint, clock)])
    base, fixed = base_denominator(facts)
    lost = length(both(both(gone, [facts.period]), facts.hours))
    if not fixed:
        return Fraction(base - lost)
    share = Fraction(local_days(facts.period, facts.zone), local_days(facts.whole_period, facts.zone))
    return base * share - lost


def allowance(facts: Facts, unknown: Times, outages: list[Outage]) -> Fraction:
    """The sum that is free."""
    free = facts.contract["outage"].get("minimum", {}).get("allowance")
    if free is None:
        return Fraction(0)
    if free != "target":
        return Fraction(duration(free))
    target = facts.contract["objectives"]["availability"]["target"]
    allowed = 1 - Fraction(target.split()[1].rstrip("%")) / 100
    return max(Fraction(0), allowed * denominator(facts, unknown, outages))
