"""One circuit, one contract, one period: the statement. A pure function of what it is given.

While a period runs, the statement is of the time from its start to `now_ms`, verdicts as measured so
far; a verdict is `certain` once nothing to come can change it. That is so for availability as soon as
the whole period's allowance of downtime is spent. `budget_ms` is what is left of that allowance.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from collector.circuits import Status, UpRule
from collector.sla.availability import account, status_of
from collector.sla.calendar import Period
from collector.sla.judgement import Case, Judgement, judge
from collector.sla.objectives import Scene, Verdict
from collector.sla.outages import WholeOutage
from collector.sla.rules import CircuitFacts, Rules, Window, in_force
from collector.sla.statement import CountedOutage, Statement, Times
from collector.sla.steps import arithmetic
from collector.sla.tracks import Measured, Track
from config.contract import Contract, Terms
from config.errors import Path, dotted
from config.terms import Later, Touches, unevaluated


def evaluate(
    contract: Contract,
    contract_id: str,
    circuit: CircuitFacts,
    period: Period,
    measured: Sequence[Measured],
    *,
    now_ms: int,
    engine: str,
    config: str,
) -> Statement:
    """The statement of a circuit and period.

    `measured` may reach beyond the period on both sides, and should: an outage over its edge is
    judged whole. `engine` is this program's version, `config` the configuration's digest.
    """
    terms, window = in_force(contract, circuit, period)
    window = replace(window, end_ms=max(window.start_ms, min(now_ms, window.full_end_ms)))
    rules = Rules.of(terms, circuit.timezone)
    case = _case(rules, circuit, period, window, _tracks(measured), now_ms)
    objectives = terms.objectives.by_name() if terms.objectives else {}
    judged = tuple(judge(name, one, case) for name, one in objectives.items())
    judgements, remarks = _remarked(contract, terms, judged, case)
    return Statement(
        circuit=circuit.id,
        contract=contract_id,
        effective=terms.effective,
        engine=engine,
        config=config,
        period=period,
        as_of_ms=window.end_ms if not case.closed else period.end_ms,
        closed=case.closed,
        times=_times(case),
        coverage=case.coverage,
        outages=tuple(_outages(case)),
        objectives=judgements,
        currency=(circuit.currency or None) if terms.currency == "circuit" else terms.currency,
        steps=(*arithmetic(period, case, judgements), *remarks),
    )


def _tracks(measured: Sequence[Measured]) -> Mapping[str, Track]:
    probes = dict.fromkeys(one.probe for one in measured)
    return {probe: Track.of(probe, [one for one in measured if one.probe == probe]) for probe in probes}


def _case(
    rules: Rules,
    circuit: CircuitFacts,
    period: Period,
    window: Window,
    tracks: Mapping[str, Track],
    now_ms: int,
) -> Case:
    judges = [tracks.get(probe) or Track.of(probe, []) for probe in circuit.judged_by.availability or tracks]
    status = status_of(judges, rules, _needed(circuit.up_when, len(judges)), window, now_ms)
    inside = status.clip(window.start_ms, window.end_ms)
    known = window.ms - inside.where(Status.UNKNOWN).total_ms
    so_far = rules.denominator_ms(period, window.start_ms, window.end_ms)
    decidable = rules.down is not None and rules.denominator is not None
    return Case(
        rules=rules,
        scene=Scene(tracks, circuit, window, inside.where(Status.DOWN)),
        status=status,
        account=account(status, rules, rules.policy, window, so_far) if decidable and rules.policy else None,
        so_far_ms=so_far,
        full_ms=rules.denominator_ms(period, window.start_ms, window.full_end_ms),
        coverage=Fraction(100 * known, window.ms) if window.ms else Fraction(0),
        closed=now_ms >= period.end_ms,
    )


def _needed(up_when: UpRule, probes: int) -> int:
    """How many probes must be up."""
    return 1 if up_when == "any" else probes if up_when == "all" else up_when


def _times(case: Case) -> Times:
    window = case.scene.window
    inside = case.status.clip(window.start_ms, window.end_ms)
    return Times(
        period=window.ms,
        denominator=case.account.denominator_ms if case.account else None,
        up=inside.where(Status.UP).total_ms,
        down=inside.where(Status.DOWN).total_ms,
        counted_down=case.account.counted_ms if case.account else None,
        unknown=inside.where(Status.UNKNOWN).total_ms,
    )


def _outages(case: Case) -> Iterator[CountedOutage]:
    for whole in case.account.outages if case.account else ():
        yield _in_period(whole, case)


def _in_period(whole: WholeOutage, case: Case) -> CountedOutage:
    window = case.scene.window
    down = whole.down.clip(window.start_ms, window.end_ms)
    start, end = down.pairs[0][0], down.pairs[-1][1]
    judges = case.scene.probes(case.scene.circuit.judged_by.availability)
    causes = (track.cause(start, end) for track in judges)
    return CountedOutage(
        start_ms=start,
        end_ms=end,
        down_ms=down.total_ms,
        counted_ms=whole.counted.clip(window.start_ms, window.end_ms).total_ms,
        cause=next((cause for cause in causes if cause), ""),
    )


def _remarked(
    contract: Contract, terms: Terms, judged: tuple[Judgement, ...], case: Case
) -> tuple[tuple[Judgement, ...], list[str]]:
    """Mark each verdict that a rule outside this version could change, and say which rule."""
    marked, remarks = set[str](), list[str]()
    for path, later in _unevaluated(contract, terms):
        touched = [one.id for one in judged if one.measured is not None and _touches(path, later, one, case)]
        if touched:
            marked |= set(touched)
            remarks.append(f"Not evaluated: {dotted(path)}: {later.why} (could change: {', '.join(touched)})")
    if terms.measured is not None and not terms.measured.ours:
        marked |= {one.id for one in judged}
        remarks.append("The contract lets another's measurement decide: these verdicts are indicative")
    return tuple(replace(one, indicative=one.id in marked) for one in judged), remarks


def _unevaluated(contract: Contract, terms: Terms) -> Iterator[tuple[Path, Later]]:
    yield from unevaluated(terms)
    yield from ((path, later) for path, later in unevaluated(contract) if path == ("extends",))


def _touches(path: Path, later: Later, one: Judgement, case: Case) -> bool:
    if path[0] == "objectives":
        return path[1] == one.id and later.touches is not Touches.NOTHING
    if later.touches is Touches.EXCUSE:
        return one.verdict is Verdict.BREACHED and (one.metric == "availability" or path[0] == "exclude")
    if later.touches is Touches.DOWNTIME:
        return one.metric == "availability" and bool(case.scene.down)
    return later.touches is Touches.VERDICT
