"""What will be if things go on as they do: budgets of downtime that end, and levels that are reached.

Budgets are of the newest look at the contracts (the ledger's figures), the pace is that of the statements
that were issued; nothing is judged again for them. Only the tiers ahead ask the contracts' engine, and so
they are told of one circuit, or of few whose budget is at risk.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from zlib import crc32

from collector.agreed import Agreed, agreed
from collector.analysis import trend
from collector.analysis.budget import Running, Span, forecast
from collector.analysis.credits_ahead import Ahead, ahead
from collector.analysis.forecast import BudgetForecast, Crossing
from collector.analysis.readings import NotEnough
from collector.clerk import Desk
from collector.ledger.foreseen import foreseen
from collector.ledger.model import Outage
from collector.ledger.watched import Answers
from collector.performance.forecasts.as_json import of_json
from collector.performance.forecasts.past_downtime import past, told
from collector.performance.forecasts.thresholds import thresholds
from collector.sla.calendar import local_day
from collector.sla.figures import Figures, ObjectiveFigure
from collector.sla.rules import in_force
from collector.sla.scopes import groups_of
from collector.statements import Bench
from config.contract import Scope
from config.settings import Settings
from probes.clock import Instant

HISTORY_DAYS = trend.LONGEST_DAYS
AT_RISK = 0.2
"""From this chance on a budget is told with the tiers ahead, of a few circuits; so is one that is spent."""
MOST_TIERS = 3
OLDEST_DAYS = 2
"""What was foreseen longer ago is looked at anew."""
FRESH_MS, FRESH_LEVELS_MS = 60_000, 600_000
_MOST_KEPT = 32
_CROSSINGS, _BUDGETS, _TIERS = "forecast crossings", "forecast budgets", "forecast tiers"


# --- levels that are reached


def crossings(desk: Desk, circuits: Sequence[str] | None = None) -> list[Crossing | NotEnough]:
    """When each circuit's utilisation and round-trip time reach its thresholds; raises LedgerError.

    Of the whole estate it is what the last night found, if one did; a circuit that is named is looked at
    now. A circuit without a threshold isn't among them.
    """
    if circuits is None:
        circuits = list(desk.settings.here())
        held = kept(desk.settings, desk.ledger, desk.now)
        if held is not None:
            return held
    return [one for name in circuits for one in crossings_of(desk, name)]


def kept(settings: Settings, ledger: Path, now: Instant) -> list[Crossing | NotEnough] | None:
    """What the newest night found, of circuits that are still there; None without one in two days."""
    with closing(Answers(ledger)) as ask:
        held = ask(foreseen)
    if held is None or abs((local_day(now.wall_ms, "UTC") - held[0]).days) > OLDEST_DAYS:
        return None
    try:
        found = [of_json(one) for one in held[1]]
    except (KeyError, TypeError, ValueError):
        return None  # another version wrote it: the next night writes it anew
    return [one for one in found if _of(one) in settings.here()]


def _of(one: Crossing | NotEnough) -> str:
    return one.about.rpartition(" of ")[2] if isinstance(one, NotEnough) else one.circuit


def crossings_of(desk: Desk, circuit: str) -> Sequence[Crossing | NotEnough]:
    """Those of one circuit; kept for ten minutes, for a night's analysis may come at any time."""
    key = _today(desk, circuit), desk.now.wall_ms // FRESH_LEVELS_MS
    known: dict[str, tuple[tuple[date, int], Sequence[Crossing | NotEnough]]]
    known = desk.kept.setdefault(_CROSSINGS, {})
    if circuit not in known or known[circuit][0] != key:
        known[circuit] = key, list(_crossings(desk, circuit, key[0]))
    return known[circuit][1]


def _crossings(desk: Desk, circuit: str, today: date) -> Iterator[Crossing | NotEnough]:
    levels = thresholds(desk.settings, circuit, today)
    first, last = today - timedelta(days=HISTORY_DAYS), today - timedelta(days=1)
    for metric in dict.fromkeys(one.metric for one in levels):
        days = desk.reader.days(circuit, metric, first, last)
        line = trend.trend(days)
        if isinstance(line, NotEnough):
            yield replace(line, about=f"{metric} of {circuit}")
            continue
        tried = trend.backtest(days, unit="seconds" if metric == "rtt" else "ratio")
        for one in levels:
            if one.metric == metric:
                yield trend.crossing_of(line, days[0], one.value, one.name, today, tried=tried)


def _today(desk: Desk, circuit: str) -> date:
    return local_day(desk.now.wall_ms, desk.settings.zone_of(circuit))


# --- budgets


def budgets(
    desk: Desk, circuits: Sequence[str] | None = None, *, tiers: bool = False
) -> list[BudgetForecast | NotEnough]:
    """The budget of downtime of each availability promise in the period that runs; raises LedgerError.

    With `tiers` the credits ahead stand with those that are at risk: a circuit takes about a second.
    """
    wanted = list(desk.settings.here()) if circuits is None else list(circuits)
    figures = {one.circuit: one for one in desk.reader.figures() if one.circuit in set(wanted)}
    state = tuple((name, one.computed_ms) for name, one in figures.items())
    known: dict[object, list[BudgetForecast | NotEnough]] = desk.kept.setdefault(_BUDGETS, {})
    if state not in known:
        if len(known) >= _MOST_KEPT:
            known.clear()
        known[state] = list(budgets_of(desk, _read(one.json for one in figures.values())))
    found = known[state]
    return [_with_tiers(desk, one) for one in found] if tiers else list(found)


def _read(texts: Iterable[str]) -> Iterator[Figures]:
    for text in texts:
        try:
            yield Figures.from_json(json.loads(text))
        except (KeyError, TypeError, ValueError):
            continue  # another version wrote them: the next sweep writes them anew


@dataclass(frozen=True, slots=True)
class _Case:
    """A circuit's figures, and the period that they are of."""

    figures: Figures
    agreed: Agreed
    zone: str
    """Whose days are counted: the contract's."""

    @property
    def promises(self) -> Sequence[tuple[ObjectiveFigure, float, float]]:
        """Each availability promise with its budget and what is left of it, in seconds."""
        return [
            (one, one.budget_seconds, one.budget_remaining_seconds)
            for one in self.figures.objectives
            if one.metric == "availability_ratio"
            and one.budget_seconds is not None
            and one.budget_remaining_seconds is not None
        ]


def budgets_of(desk: Desk, figures: Iterable[Figures]) -> Iterator[BudgetForecast | NotEnough]:
    """The same of figures that are given: those of a sweep that has just made them."""
    cases = [case for one in figures if (case := _case(desk, one)) is not None and case.promises]
    if not cases:
        return
    names = [one.figures.circuit for one in cases]
    closed = told(desk.reader, names, joined=any(_is_joined(desk, one) for one in cases))
    outages = _outages(desk, names, min(one.agreed.period.start_ms for one in cases))
    for case in cases:
        now = case.figures
        for objective, budget, left in case.promises:
            period = case.agreed.period
            history, spans = past(
                closed.get((now.circuit, now.contract), ()),
                period.start_ms,
                now.as_of_ms,
                max(0.0, budget - left),
                outages.get(now.circuit, ()),
                case.zone,
            )
            span = Span(local_day(period.start_ms, case.zone), local_day(period.end_ms - 1, case.zone))
            yield forecast(
                Running(
                    *(now.circuit, now.contract, objective.objective, now.period, span),
                    local_day(now.as_of_ms, case.zone),
                    budget,
                    left,
                ),
                history,
                spans,
                seed=crc32(now.circuit.encode()),
            )


def _case(desk: Desk, one: Figures) -> _Case | None:
    """None for figures that aren't of the period that runs by now."""
    if one.closed or one.circuit not in desk.settings.circuits:
        return None
    try:
        found = agreed(desk.settings, one.circuit, one.period, desk.now.wall_ms)
    except ValueError:
        return None
    if found is None or found.period.end_ms <= desk.now.wall_ms:
        return None
    return _Case(one, found, found.period.zone)


def _is_joined(desk: Desk, case: _Case) -> bool:
    """Whether the contract judges several circuits as one."""
    contract = desk.settings.contracts.get(case.figures.contract)
    if contract is None:
        return False
    return isinstance(contract.terms_on(local_day(case.figures.as_of_ms, case.zone)).scope, Scope)


def _outages(desk: Desk, names: Sequence[str], from_ms: int) -> Mapping[str, Sequence[Outage]]:
    one = names[0] if len(names) == 1 else None
    found: dict[str, list[Outage]] = {}
    for outage in desk.reader.outages(circuit=one, from_ms=from_ms):
        found.setdefault(outage.circuit, []).append(outage)
    return found


# --- credits ahead


def _with_tiers(desk: Desk, one: BudgetForecast | NotEnough) -> BudgetForecast | NotEnough:
    if isinstance(one, NotEnough) or (one.chance < AT_RISK and not one.spent):
        return one
    found = tiers_ahead(desk, one.circuit)
    return replace(one, tiers=found.tiers) if found else one


def tiers_ahead(desk: Desk, circuit: str) -> Ahead | None:
    """What is owed in the period that runs, and each credit ahead; None without a contract.

    Reads the period's rounds as a statement does. Raises LedgerError, ValueError where the contract can't
    be computed.
    """
    known: dict[str, tuple[int, Ahead | None]] = desk.kept.setdefault(_TIERS, {})
    minute = desk.now.wall_ms // FRESH_MS
    if circuit not in known or known[circuit][0] != minute:
        known[circuit] = minute, _tiers(desk, circuit)
    return known[circuit][1]


def _tiers(desk: Desk, circuit: str) -> Ahead | None:
    bench = Bench(desk.settings, desk.reader, desk.now.wall_ms)
    cause = next(iter(bench.causes([circuit], "current")), None)
    decided = next(bench.decided(cause), None) if cause else None
    if cause is None or decided is None or decided.statement.closed:
        return None
    terms = in_force(decided.contract, decided.members[0][0], cause.period)[0]
    group = next(iter(groups_of(terms, cause.contract, decided.members)))
    return ahead(decided.contract, group, decided.statement.period, decided.statement.as_of_ms)
