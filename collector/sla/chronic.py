"""When failures are so many that they become a right to leave.

Outages are placed by their measured start and are as long as what remains of them after exclusions,
whatever the minimum says; one of which nothing remains is none. The statement of the period that holds
the last outage triggers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from collector.sla.calendar import parse_period
from collector.sla.case import Case, Judgement
from collector.sla.objectives import Verdict
from collector.sla.reckoning import Reckoned
from collector.sla.rounding import counted
from config.remedies import ChronicRule
from probes.values import Duration


@dataclass(frozen=True, slots=True)
class RuleFinding:
    """One rule in words, whether it is reached, and the starts of the outages that reach it."""

    text: str
    triggered: bool
    outages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ChronicFinding:
    """What the chronic rules say of a period; `remedy` and `notice` as the contract has them."""

    triggered: bool = False
    rules: tuple[RuleFinding, ...] = ()
    remedy: str | None = None
    notice: str | None = None


def chronic(case: Case, judgements: Sequence[Judgement], outages: Sequence[Reckoned]) -> ChronicFinding:
    """What the chronic rules say of a period.

    `outages` are all that are known, also those before the period. Where a contract has `any` and `all`,
    both must hold.
    """
    terms = case.terms.chronic
    if terms is None:
        return ChronicFinding()
    known = sorted((one for one in outages if one.remaining), key=lambda one: one.start_ms)
    closed = terms.window == "closed"
    of_any = [_find(rule, case, judgements, known, closed=closed) for rule in terms.any or ()]
    of_all = [_find(rule, case, judgements, known, closed=closed) for rule in terms.all or ()]
    reached = (not of_any or any(one.triggered for one in of_any)) and all(one.triggered for one in of_all)
    return ChronicFinding(
        bool(of_any or of_all) and reached,
        (*of_any, *of_all),
        terms.remedy,
        terms.notice and str(terms.notice),
    )


def _find(
    rule: ChronicRule, case: Case, judgements: Sequence[Judgement], known: Sequence[Reckoned], *, closed: bool
) -> RuleFinding:
    text = rule_words(rule)
    if rule.failed_periods is not None:
        failed = _failed(case, judgements, rule.of or rule.failed_periods)
        return RuleFinding(text, failed >= rule.failed_periods)
    long = [one for one in known if _long_enough(one, rule)]
    for run in _runs(rule, case, long, closed=closed):
        if _enough(rule, run):
            return RuleFinding(text, True, tuple(one.start_ms for one in run))
    return RuleFinding(text, False)


def _long_enough(one: Reckoned, rule: ChronicRule) -> bool:
    """`longer_than` is strict."""
    length = one.remaining.total_ms
    if rule.longer_than is not None and length <= rule.longer_than.ms:
        return False
    return rule.at_least is None or length >= rule.at_least.ms


def _runs(
    rule: ChronicRule, case: Case, known: Sequence[Reckoned], *, closed: bool
) -> list[Sequence[Reckoned]]:
    """For each outage that begins in the judged time: it, and those before it that begin within the time."""
    start_ms, end_ms = case.window.start_ms, case.window.full_end_ms
    inside = [place for place, one in enumerate(known) if start_ms <= one.start_ms < end_ms]
    if not isinstance(rule.within, Duration):
        return [[known[place] for place in inside]]
    reach = rule.within.ms + (1 if closed else 0)
    return [
        [one for one in known[: last + 1] if known[last].start_ms - one.start_ms < reach] for last in inside
    ]


def _enough(rule: ChronicRule, run: Sequence[Reckoned]) -> bool:
    if rule.downtime is not None:
        return sum(one.remaining.total_ms for one in run) >= rule.downtime.ms
    if rule.tickets is not None:
        return len({ticket.id for one in run for ticket in one.tickets}) >= rule.tickets
    return rule.outages is not None and len(run) >= rule.outages


def _failed(case: Case, judgements: Sequence[Judgement], last: int) -> int:
    """How many of the last so many periods, this one and those right before it, broke any promise."""
    zone, cycle = case.rules.zone, case.rules.cycle
    earlier = {
        parse_period(one.label, zone, case.now_ms, cycle).start_ms: Verdict.BREACHED in one.verdicts.values()
        for one in case.evidence.earlier
    }
    found = [any(one.verdict is Verdict.BREACHED for one in judgements)]
    # Periods that trail a month follow each other by months, whatever time they look back on.
    plain, end_ms = replace(cycle, trailing_ms=0, mean_of=0), case.period.end_ms
    while len(found) < last:
        end_ms = plain.containing(end_ms - 1, zone).start_ms
        found.append(earlier.get(cycle.containing(end_ms - 1, zone).start_ms, False))
    return sum(found)


def rule_words(rule: ChronicRule) -> str:
    """`3 outages longer than 30m within 30d`, `2 failed periods of the last 3`."""
    if rule.failed_periods is not None:
        return f"{counted(rule.failed_periods, 'failed period')} of the last {rule.of or rule.failed_periods}"
    if rule.downtime is not None:
        what = f"{rule.downtime} of downtime"
    elif rule.tickets is not None:
        what = counted(rule.tickets, "ticket")
    else:
        what = counted(rule.outages or 0, "outage")
    if rule.longer_than is not None:
        what += f" longer than {rule.longer_than}"
    if rule.at_least is not None:
        what += f" of at least {rule.at_least}"
    within = f"within {rule.within}" if isinstance(rule.within, Duration) else "in the period"
    return f"{what} {within}"
