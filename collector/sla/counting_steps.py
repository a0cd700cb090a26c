"""What of each outage counts, and what it is divided by, in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from collector.circuits import Status
from collector.sla.calendar import moment
from collector.sla.case import Case
from collector.sla.means import MOST_NAMED
from collector.sla.reckoning import Account, Reckoned
from collector.sla.rounding import counted, in_words, shown_time
from collector.sla.spans import Spans
from collector.sla.wording import (
    ACROSS,
    clock_words,
    denominator_words,
    minimum_words,
    round_words,
    runs_measured,
)

_NAMED = 10
"""So many outages' counts are told one by one."""


@dataclass(frozen=True, slots=True)
class Part:
    """A circuit or a month that is counted by itself; without a name where there is one alone."""

    name: str
    case: Case

    @property
    def here(self) -> tuple[Reckoned, ...]:
        """The outages that belong to it."""
        return self.case.account.here if self.case.account else ()


def counting(case: Case, account: Account, parts: Sequence[Part]) -> Iterator[str]:
    """The contract's rules in their order, the outages, their sum, and the denominator."""
    yield from _rules(case, parts)
    found = sorted(((one, part) for part in parts for one in part.here), key=lambda one: one[0].start_ms)
    for one, part in found[:_NAMED]:
        yield _outage(one, part)
    if rest := found[_NAMED:]:
        total = sum((one.counted_ms for one, _ in rest), Fraction(0))
        yield f"{counted(len(rest), 'more outage')}: {shown_time(total)} counted"
    yield from _sum(account)
    yield from _denominators(parts) if len(parts) > 1 else [f"The denominator is {_denominator(parts[0])}"]


def _rules(case: Case, parts: Sequence[Part]) -> Iterator[str]:
    rules = case.rules
    if rules.merge_within_ms:
        yield f"Outages less than {shown_time(rules.merge_within_ms)} apart are one; the gap is not counted"
    if rules.clock is not None and not runs_measured(rules.clock):
        yield clock_words(rules.clock)
    if rules.minimum is not None:
        yield in_words(minimum_words(rules.minimum))
    if rules.across and any(_over_edge(one, part.case) for part in parts for one in part.here):
        yield ACROSS[rules.across]
    if rules.rounding is not None:
        yield in_words(round_words(rules.rounding))


def _over_edge(outage: Reckoned, case: Case) -> bool:
    return outage.start_ms < case.period.start_ms or outage.end_ms > case.period.end_ms


def _outage(one: Reckoned, part: Part) -> str:
    zone = part.case.rules.zone
    name = f"{part.name}: outage" if part.name else "Outage"
    told = ", ".join([*_measured(one, part.case), *_counted(one, part.case)])
    return f"{name} {moment(one.start_ms, zone)} to {moment(one.end_ms, zone)}: {told}"


def _piece(time: Spans, case: Case) -> Spans:
    """What of it lies in the period, where its edge cuts outages."""
    split = case.rules.across in {"split", None}
    return time.clip(case.window.start_ms, case.window.end_ms) if split else time


def _measured(one: Reckoned, case: Case) -> Iterator[str]:
    """How long it was down, and how long nobody measured."""
    here = _piece(one.down, case)
    unknown = here & case.status.where(Status.UNKNOWN)
    down = here - unknown
    if here != one.down:
        yield f"a piece of its {shown_time(one.down.total_ms)}"
    if down or not unknown:
        yield f"down {shown_time(down.total_ms)}"
    if unknown:
        policy = "counted as down" if case.rules.policy == "down" else "as down as before"
        yield f"not measured for {shown_time(unknown.total_ms)}, {policy}"


def _counted(one: Reckoned, case: Case) -> Iterator[str]:
    """From the measured time to the counted."""
    clocked, remaining = _piece(one.clocked, case), _piece(one.remaining, case)
    if one.clocked != one.down:
        yield f"by the contract's clock {shown_time(clocked.total_ms)}"
    off_hours = clocked & case.excluded.off_hours
    excluded = clocked - remaining - off_hours
    if off_hours:
        yield f"outside service hours {shown_time(off_hours.total_ms)}"
    if excluded:
        yield f"excluded {shown_time(excluded.total_ms)}"
    yield _too_short(one, case) or f"counted {shown_time(one.counted_ms)}"
    if one.lost_to_late_ticket_ms:
        yield f"lost to a late ticket {shown_time(one.lost_to_late_ticket_ms)}"


def _too_short(one: Reckoned, case: Case) -> str:
    """Why nothing of what remains counts; empty where something does, or nothing remains."""
    minimum = case.rules.minimum
    if minimum is None or one.counted or not one.remaining:
        return ""
    length = Fraction(one.remaining.total_ms)
    if minimum.at_least is not None and length < minimum.at_least.ms:
        return f"shorter than {in_words(minimum.at_least)}: not counted"
    if minimum.at_least is not None:
        return f"nothing exceeds {in_words(minimum.at_least)}: not counted"
    if minimum.longer_than is not None and length <= minimum.longer_than.ms:
        return f"not longer than {in_words(minimum.longer_than)}: not counted"
    return ""


def _sum(account: Account) -> Iterator[str]:
    if account.free_ms:
        yield (
            f"The sum is {shown_time(account.sum_ms)}, less {shown_time(account.free_ms)} free: "
            f"{shown_time(account.counted_ms)}"
        )
        return
    before = sum((one.counted_ms for one in account.here), Fraction(0))
    if before != account.sum_ms:
        yield f"The sum is {shown_time(before)}, rounded {shown_time(account.sum_ms)}"
    elif len(account.here) > 1:
        yield f"The sum is {shown_time(account.sum_ms)}"


def _denominators(parts: Sequence[Part]) -> Iterator[str]:
    if len(parts) > MOST_NAMED:
        yield f"Each of {len(parts):,} parts is divided by its own denominator"
        return
    for part in parts:
        yield f"{part.name}: the denominator is {_denominator(part)}"


def _denominator(part: Part) -> str:
    """`real time: 43,200 min less 60 min unknown, 43,140 min in all`."""
    case, account = part.case, part.case.account
    whole = f"{denominator_words(case.terms)}: {shown_time(case.so_far_ms)}"
    if account is None:
        return whole
    unknown = Fraction(account.unknown_ms)
    excluded = case.so_far_ms - account.denominator_ms - unknown
    less = [(unknown, "unknown"), (excluded, "excluded")]
    told = " and ".join(f"{shown_time(ms)} {what}" for ms, what in less if ms > 0)
    return f"{whole} less {told}, {shown_time(account.denominator_ms)} in all" if told else whole
