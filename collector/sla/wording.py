"""A contract's rules as people say them, for statements and for reading a contract against its paper."""

from __future__ import annotations

from fractions import Fraction

from collector.sla.rounding import joined, shown_time, trimmed
from config.contract import Fixed, Scope, Terms
from config.outage import (
    AnyRule,
    DenseRule,
    DownRule,
    LossRule,
    MefRule,
    Minimum,
    OutageClock,
    OutageRound,
    SimpleRule,
    SlidingRule,
)

POLICIES = {
    "exclude": "it leaves the denominator",
    "up": "it counts as up",
    "down": "it counts as down",
    "carry": "the status before it goes on",
}
EFFECTS = {
    "numerator": "is not counted as down",
    "both": "is not counted as down, and the down part of it leaves the denominator too",
    "window": "is not counted as down, and all of it leaves the denominator",
}
ACROSS = {
    "split": "An outage over the period's edge is cut there",
    "start": "An outage belongs whole to the period in which it begins",
    "restoration": "An outage belongs whole to the period in which it ends",
}
_STARTS = {"measured": "its measured start", "reported": "the report", "ticket": "the ticket's opening"}
_ENDS = {"restored": "its measured end", "ticket_closed": "the ticket's closing"}
_DIRECTIONS = {
    "forward": " (forward)",
    "reverse": " (reverse)",
    "either": " (in either direction)",
    "both": " (in both directions)",
}


def percent(value: Fraction) -> str:
    """`99.95%`, without needless zeros."""
    return f"{trimmed(value)}%"


def down_words(rule: DownRule) -> str:
    """What calls a circuit down: `more than 50% of a round's packets lost, for 60s or longer, ...`."""
    if isinstance(rule, AnyRule):
        return "any of these: " + "; or ".join(down_words(one) for one in rule.any)
    lost, n = _lost(rule), rule.consecutive if isinstance(rule, MefRule) else 0
    if isinstance(rule, MefRule):
        return (
            f"{lost} of the packets of {rule.interval} lost, from the first of {n} such intervals in a row "
            f"to the first of {n} others in a row (MEF 10)"
        )
    if isinstance(rule, SlidingRule):
        return f"{lost} of all packets of {rule.over} lost, from the first lossy round of that time on"
    if isinstance(rule, DenseRule):
        return (
            f"{lost} of a round's packets lost, {rule.seconds} s or more of such time inside {rule.within}: "
            "from its first to its last lossy round"
        )
    assert isinstance(rule, SimpleRule)  # noqa: S101 - there is no other
    until = f"until {rule.clear} without" if rule.clear.ms else "until the first round without"
    lasting = f", for {rule.lasting} or longer" if rule.lasting.ms else ""
    return f"{lost} of a round's packets lost{lasting}, {until}"


def _lost(rule: LossRule) -> str:
    share, itself = rule.threshold
    least = "at least" if itself else "more than"
    return f"{least} {percent(share * 100)}{_DIRECTIONS.get(rule.direction or '', '')}"


def clock_words(clock: OutageClock) -> str:
    """From when to when an outage is counted."""
    start, end = clock.start, clock.end
    begin = (
        _STARTS[start]
        if isinstance(start, str)
        else f"the later of {' and '.join(_STARTS[one] for one in start.later_of)}"
    )
    until = (
        _ENDS[end]
        if isinstance(end, str)
        else f"the earlier of {' and '.join(_ENDS[one] for one in end.earlier_of)}"
    )
    reasons = joined([one.replace("_", " ") for one in clock.pause or ()], "or")
    pause = f"; {reasons} stops the clock" if reasons else ""
    return f"An outage is counted from {begin} to {until}{pause}"


def runs_measured(clock: OutageClock) -> bool:
    """Whether the measurement alone decides from when to when."""
    return (clock.start, clock.end) == ("measured", "restored") and not clock.pause


def minimum_words(minimum: Minimum) -> str:
    """Which outages are too short to count, or what is free."""
    if minimum.allowance is not None:
        free = (
            "What the availability target allows"
            if minimum.allowance == "target"
            else f"{minimum.allowance} a period"
        )
        return f"{free} is free"
    reach = f"{minimum.at_least} or more" if minimum.at_least else f"more than {minimum.longer_than}"
    excess = " with what exceeds it" if minimum.mode == "deductible" else ""
    return f"An outage of {reach} counts{excess}"


def round_words(rounding: OutageRound) -> str:
    """How lengths are rounded."""
    what = {
        "outage": "Each outage's length",
        "day": "The sum of each local day",
        "period": "The period's sum",
    }[rounding.each]
    unit = rounding.to
    how = {
        "up": f"is rounded up to {unit}",
        "down": f"is rounded down to {unit}",
        "nearest": f"is rounded to the nearest {unit}",
        "touched": f"counts each {unit} of the clock that it touches",
        "inside": f"counts each {unit} of the clock that is wholly inside",
    }[rounding.mode]
    return f"{what} {how}"


def denominator_words(terms: Terms) -> str:
    """What downtime is divided by."""
    if isinstance(terms.denominator, Fixed):
        return f"fixed at {_hours(terms.denominator.fixed.ms)} a period"
    hours = ", ".join(f"{days} {times}" for days, times in terms.hours.entries) if terms.hours else ""
    how = "real time" if terms.denominator == "elapsed" else "nominal, a day has 24 h"
    return how if terms.hours is None else f"{how} in service hours ({hours})"


def scope_words(scope: Scope, names: str) -> str:
    """What of several circuits makes them down together."""
    if scope.pair is not None:
        return f"{names} stand in for each other: down is when all of them are"
    how = scope.site or scope.contract
    return {
        "any_down": f"{names} are judged as one: down is when any of them is",
        "all_down": f"{names} are judged as one: down is when all of them are",
        "mean": f"{names} are judged alone, and the mean of their figures decides",
    }[how or "any_down"]


def _hours(ms: int) -> str:
    """As contracts print a fixed denominator: `720 h`."""
    return shown_time(ms) if ms % 3_600_000 else f"{ms // 3_600_000:,} h"
