"""Cases made by hand, to judge single objectives: what was measured, when it was down, who said what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from collector.circuits import Status
from collector.sla.availability import account
from collector.sla.calendar import parse_period
from collector.sla.case import Case, Judgement
from collector.sla.evidence import EarlierPeriod, Evidence, Load, Ticket
from collector.sla.judgement import judge
from collector.sla.objectives import Scene
from collector.sla.reckoning import Excluded
from collector.sla.rules import CircuitFacts, Rules, Window
from collector.sla.spans import Spans
from collector.sla.timeline import Stretch, Timeline
from collector.sla.tracks import Measured, tracks_of
from tests.collector.sla.build import contract, ms

NEVER = Spans()
LONG_AGO, LATE = ms("2025-01-01T00:00:00Z"), "2030-01-01T00:00:00Z"
HOUR, DAY = 3_600_000, 86_400_000
APRIL = ms("2026-04-01T00:00:00Z")


def april(*pairs: tuple[float, float]) -> Spans:
    """Spans of hours since the beginning of April 2026 in UTC."""
    return Spans.of((APRIL + round(start * HOUR), APRIL + round(end * HOUR)) for start, end in pairs)


def at(hours: float) -> int:
    """So many hours into April 2026 in UTC."""
    return APRIL + round(hours * HOUR)


def a_case(
    *measured: Measured,
    down: Spans = NEVER,
    silence: Spans = NEVER,
    excluded: Excluded | None = None,
    tickets: Sequence[Ticket] = (),
    loads: Sequence[Load] = (),
    earlier: Sequence[EarlierPeriod] = (),
    facts: CircuitFacts | None = None,
    period: str = "2026-04",
    now: str = LATE,
    **terms: object,
) -> Case:
    """The case of a circuit that was up but where something else is said."""
    agreed = contract(**terms)
    facts = facts or CircuitFacts("x-1", "UTC")
    rules = Rules.of(agreed, facts.timezone)
    one = parse_period(period, rules.zone, ms(now), rules.cycle)
    window = Window(one.start_ms, max(one.start_ms, min(ms(now), one.end_ms)), one.end_ms)
    status = Timeline.of([Stretch(LONG_AGO, ms(now), Status.UP)])
    status = status.over(down, Status.DOWN).over(silence, Status.UNKNOWN)
    excluded = excluded or Excluded()
    length = Fraction(window.ms)
    silent = (silence - excluded.everything).clip(window.start_ms, window.end_ms).total_ms
    found = account(status, rules, rules.policy or "exclude", window, length, excluded, tickets)
    inside = status.where(Status.DOWN).clip(window.start_ms, window.end_ms)
    return Case(
        terms=agreed,
        rules=rules,
        circuit=facts,
        evidence=Evidence(tuple(measured), status, (), tuple(tickets), tuple(loads), tuple(earlier)),
        period=one,
        window=window,
        now_ms=ms(now),
        scene=Scene(tracks_of(measured), facts, window, inside),
        status=status,
        excluded=excluded,
        account=found,
        so_far_ms=length,
        full_ms=Fraction(one.end_ms - one.start_ms),
        coverage=100 - Fraction(100 * silent, window.ms) if window.ms else Fraction(0),
        closed=ms(now) >= one.end_ms,
    )


def judged(objective: Mapping[str, Any], case: Case, name: str | None = None) -> Judgement:
    """The verdict on one objective, written as in a contract; its name is its metric's by default."""
    name = name or str(objective["metric"])
    parsed = contract(objectives={name: dict(objective)}).objectives
    assert parsed is not None
    return judge(name, parsed.by_name()[name], case)


def told(one: Judgement, *fields: str) -> tuple[object, ...]:
    """Some of what a verdict says."""
    return tuple(getattr(one, field) for field in fields)


def without_account(case: Case) -> Case:
    """The same where the contract doesn't say yet what an outage is."""
    return replace(case, account=None)
