"""A statement's arithmetic in plain words, to read against the paper."""

from __future__ import annotations

from collections.abc import Iterator

from collector.circuits import Status
from collector.sla.calendar import Period, rfc3339, spoken
from collector.sla.judgement import Case, Judgement, sentence
from collector.sla.rounding import counted, shown, shown_time
from collector.sla.rules import Rules
from config.contract import Fixed
from config.outage import Minimum, SimpleRule
from config.terms import Percent

POLICIES = {
    "exclude": "it leaves the denominator",
    "up": "it counts as up",
    "down": "it counts as down",
    "carry": "the status before it goes on",
}


def arithmetic(period: Period, case: Case, judgements: tuple[Judgement, ...]) -> Iterator[str]:
    """Every step from the calendar to the verdicts."""
    yield from _calendar(period, case)
    yield from _status(case)
    if case.account is not None:
        yield from _counting(case)
    for one in judgements:
        yield sentence(one)
        if one.budget_ms is not None and not case.closed:
            yield _budget(one)


def _calendar(period: Period, case: Case) -> Iterator[str]:
    window = case.scene.window
    yield f"{spoken(period)} has {shown_time(period.end_ms - period.start_ms)}"
    if case.rules.cycle.containing(period.start_ms, period.zone) != period:
        own = case.rules.cycle.containing(period.start_ms, period.zone)
        if (own.start_ms, own.end_ms) != (period.start_ms, period.end_ms):
            yield "This is no period of the contract: it was asked for, and is judged in its place"
    if (window.start_ms, window.full_end_ms) != (period.start_ms, period.end_ms):
        yield (
            f"In service and under contract from {rfc3339(window.start_ms)} to "
            f"{rfc3339(window.full_end_ms)}: {shown_time(window.full_end_ms - window.start_ms)}"
        )
    if not case.closed:
        yield f"The period still runs: judged up to {rfc3339(window.end_ms)}, {shown_time(window.ms)}"


def _status(case: Case) -> Iterator[str]:
    window = case.scene.window
    if case.rules.down is None:
        yield "No rule that this version evaluates calls the circuit up or down: its status is unknown"
        return
    inside = case.status.clip(window.start_ms, window.end_ms)
    up, down, unknown = (inside.where(status) for status in (Status.UP, Status.DOWN, Status.UNKNOWN))
    yield f"Down is {_rule(case.rules.down)}"
    yield (
        f"Up {shown_time(up.total_ms)}, down {shown_time(down.total_ms)} in {counted(len(down), 'outage')}, "
        f"unknown {shown_time(unknown.total_ms)}: coverage {shown(case.coverage)}%"
    )
    if unknown and case.rules.policy:
        yield f"Unknown time: {POLICIES[case.rules.policy]}"


def _rule(rule: SimpleRule) -> str:
    share, itself = rule.threshold
    lost = f"{'at least' if itself else 'more than'} {_percent(share * 100)} of a round's packets lost"
    until = f"until {rule.clear} without" if rule.clear.ms else "until the first round without"
    return f"{lost}{f', for {rule.lasting} or longer' if rule.lasting.ms else ''}, {until}"


def _percent(value: Percent) -> str:
    return f"{shown(value).rstrip('0').rstrip('.')}%"


def _counting(case: Case) -> Iterator[str]:
    account, window = case.account, case.scene.window
    if account is None:
        return
    down = sum(one.down.clip(window.start_ms, window.end_ms).total_ms for one in account.outages)
    if case.rules.merge_within_ms:
        yield f"Outages less than {shown_time(case.rules.merge_within_ms)} apart are one"
    if case.rules.minimum is not None:
        yield f"{_minimum(case.rules.minimum)}: {shown_time(account.counted_ms)} of {shown_time(down)} counts"
    yield (
        f"The denominator is {_denominator(case.rules)}: {shown_time(case.so_far_ms)}"
        + (f" less {shown_time(account.unknown_ms)} unknown" if account.unknown_ms else "")
    )


def _minimum(minimum: Minimum) -> str:
    reach = f"{minimum.at_least} or more" if minimum.at_least else f"more than {minimum.longer_than}"
    if minimum.allowance is not None:
        return "No free sum is deducted"
    excess = " with what exceeds it" if minimum.mode == "deductible" else ""
    return f"An outage of {reach} counts{excess}"


def _denominator(rules: Rules) -> str:
    if isinstance(rules.denominator, Fixed):
        return f"fixed at {rules.denominator.fixed} a period"
    return "real time" if rules.denominator == "elapsed" else "nominal, a day has 24 h"


def _budget(one: Judgement) -> str:
    left = one.budget_ms or 0
    if left < 0:
        return f"{one.id} is {shown_time(-left)} over what the whole period allows: it stays so"
    return f"{one.id} leaves {shown_time(left)} of downtime for the rest of the period"
