"""One statement of ours beside what the carrier says of the same circuits and period."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from collector.circuits import Status
from collector.disputes.causes import Lengths, Part, parts
from collector.disputes.matching import Pair, Stated, paired
from collector.disputes.swapping import Stage
from collector.sla.calendar import Period, rfc3339
from collector.sla.case import Judgement
from collector.sla.evaluate import statements_of
from collector.sla.judgement import in_unit_of_target
from collector.sla.rounding import shown
from collector.sla.spans import Spans
from collector.sla.statement import CountedOutage, Statement, money
from collector.statements import Decided


@dataclass(frozen=True, slots=True)
class Row:
    """One trouble as both sides see it; amounts are in the statement's currency."""

    pair: Pair
    ours_ms: Fraction
    """What of ours counts."""
    theirs_ms: Fraction
    """What would count with their times."""
    between: Fraction | None
    """How much less the contract would pay if this one alone were as they say; None: can't be said."""
    why: tuple[Part, ...]

    @property
    def difference_ms(self) -> Fraction:
        """Ours less theirs."""
        return self.ours_ms - self.theirs_ms


@dataclass(frozen=True, slots=True)
class FigureOfTheirs:
    """A figure of the carrier beside ours, in the unit of statements."""

    name: str
    theirs: Decimal
    ours: Judgement | None
    """None where the contract promises nothing of that name."""

    @property
    def met(self) -> bool | None:
        """Whether their figure keeps the promise; None without one."""
        if self.ours is None or self.ours.target is None:
            return None
        return self.ours.target.met_by(in_unit_of_target(Fraction(self.theirs), self.ours.unit))


@dataclass(frozen=True, slots=True)
class Dispute:
    """A statement, and what the carrier's side would make of it."""

    ours: Statement
    theirs: Statement
    """The same statement with all of their outages in the place of ours."""
    rows: tuple[Row, ...]
    figures: tuple[FigureOfTheirs, ...]

    @property
    def between(self) -> Fraction | None:
        """The credit between both; None where it can't be said. With caps and bands rows may not add up."""
        return _less(self.ours, self.theirs)

    def as_json(self) -> dict[str, Any]:
        """Times in RFC 3339, lengths in seconds, money as text with two places."""
        period = self.ours.period
        return {
            "circuit": self.ours.circuit,
            "circuits": list(self.ours.circuits),
            "contract": self.ours.contract,
            "period": {
                "label": period.label,
                "from": rfc3339(period.start_ms),
                "to": rfc3339(period.end_ms),
                "timezone": period.zone,
                "closed": self.ours.closed,
            },
            "outages": [_row(one) for one in self.rows],
            "figures": [_figure(one) for one in self.figures],
            "credit": {
                "currency": self.ours.credit.currency,
                "ours": money(self.ours.credit.amount),
                "theirs": money(self.theirs.credit.amount),
                "between": money(self.between),
            },
        }


def dispute(
    decided: Decided, stated: Sequence[Stated], figures: Mapping[str, Decimal], now_ms: int
) -> Dispute:
    """Lay the carrier's outages and figures beside a statement.

    `stated` may be of other periods too: what neither lies in this one nor speaks of an outage of it is
    left out. `now_ms` is when the statement was asked for.
    """
    ours, period = decided.statement, decided.statement.period
    asked_ms = now_ms if ours.closed else ours.as_of_ms
    stages = [Stage.of(one, decided.contract, period, asked_ms) for one in decided.members]
    across = stages[0].rules.across
    pairs = [
        pair
        for pair in paired(ours.outages, stated)
        if pair.ours or any(_belongs(one, across, period) for one in pair.theirs)
    ]

    def with_theirs(some: Sequence[Pair]) -> Statement:
        (found,) = statements_of(
            decided.contract,
            decided.cause.contract,
            [stage.swapped(some) for stage in stages],
            period.label,
            now_ms=asked_ms,
            engine=ours.engine,
            config=ours.config,
        )
        return found

    theirs = with_theirs(pairs) if pairs else ours
    counted = _counted(pairs, theirs.outages)
    opened = {ticket.id: ticket.opened_ms for stage in stages for ticket in stage.evidence.tickets}
    rows = []
    for pair, their_ms in zip(pairs, counted, strict=True):
        lengths = _lengths(pair, stages, their_ms, period if across == "split" else None)
        mine = sum((one.counted_ms for one in pair.ours), Fraction(0))
        why = parts(pair, lengths, opened, measured=_measured(pair, stages))
        same = bool(pair.ours and pair.theirs) and not why
        alone = ours if same else theirs if len(pairs) == 1 else with_theirs([pair])
        rows.append(Row(pair, mine, their_ms, _less(ours, alone), why))
    return Dispute(ours, theirs, tuple(rows), tuple(_figures(ours, figures)))


def totals(found: Sequence[Dispute]) -> dict[str, tuple[Fraction, Fraction]]:
    """What ours and theirs pay by currency; two currencies are never added."""
    sums: dict[str, tuple[Fraction, Fraction]] = {}
    for one in found:
        ours, theirs = one.ours.credit, one.theirs.credit
        if ours.currency is not None and ours.amount is not None and theirs.amount is not None:
            before = sums.get(ours.currency, (Fraction(0), Fraction(0)))
            sums[ours.currency] = (before[0] + _paid(ours.amount), before[1] + _paid(theirs.amount))
    return dict(sorted(sums.items()))


def _paid(amount: Fraction) -> Fraction:
    """As the statement pays it: rounded once, before anything is added."""
    return Fraction(shown(amount, 2))


def _belongs(one: Stated, across: str | None, period: Period) -> bool:
    """Whether an outage of theirs is of this period, as the contract places outages."""
    if across == "start":
        return period.start_ms <= one.start_ms < period.end_ms
    if across == "restoration":
        return period.start_ms < one.end_ms <= period.end_ms
    return one.start_ms < period.end_ms and one.end_ms > period.start_ms


def _counted(pairs: Sequence[Pair], outages: Sequence[CountedOutage]) -> list[Fraction]:
    """What the contract counts of their side of each pair; what it joins counts for the first."""
    found = [Fraction(0)] * len(pairs)
    for outage in outages:
        for place, pair in enumerate(pairs):
            if any(one.start_ms < outage.end_ms and outage.start_ms < one.end_ms for one in pair.theirs):
                found[place] += outage.counted_ms
                break
    return found


def _lengths(
    pair: Pair, stages: Sequence[Stage], counted_ms: Fraction, period: Period | None
) -> Lengths | None:
    """Their side of a pair, inside the period where the contract cuts outages at its edge."""
    whole = Spans.of((one.start_ms, one.end_ms) for one in pair.theirs)
    net = Spans.of(
        span
        for one in pair.theirs
        for stage in stages
        if stage.facts.id in one.circuits
        for span in Spans.of([stage.counts(one)]) - stage.noted
    )
    if period is not None:
        whole, net = (some.clip(period.start_ms, period.end_ms) for some in (whole, net))
    if not whole:
        return None
    return Lengths(whole.pairs[0][0], whole.pairs[-1][1], whole.total_ms, net.total_ms, counted_ms)


def _measured(pair: Pair, stages: Sequence[Stage]) -> bool:
    """Whether we know anything of the time of their outages."""
    theirs = Spans.of((one.start_ms, one.end_ms) for one in pair.theirs)
    return any(theirs - stage.status.where(Status.UNKNOWN) for stage in stages)


def _less(ours: Statement, theirs: Statement) -> Fraction | None:
    if ours.credit.amount is None or theirs.credit.amount is None:
        return None
    return ours.credit.amount - theirs.credit.amount


def _figures(ours: Statement, figures: Mapping[str, Decimal]) -> Iterator[FigureOfTheirs]:
    known = {one.id: one for one in ours.objectives}
    for name in (*(one for one in known if one in figures), *(one for one in figures if one not in known)):
        yield FigureOfTheirs(name, figures[name], known.get(name))


def _seconds(ms: int | Fraction) -> int | float:
    exact = Fraction(ms) / 1000
    return int(exact) if exact.denominator == 1 else float(exact)


def _row(one: Row) -> dict[str, Any]:
    return {
        "ours": [
            {
                "from": rfc3339(outage.start_ms),
                "to": rfc3339(outage.end_ms),
                "counted_seconds": _seconds(outage.counted_ms),
                "tickets": list(outage.tickets),
            }
            for outage in one.pair.ours
        ],
        "theirs": [_stated(outage) for outage in one.pair.theirs],
        "ours_seconds": _seconds(one.ours_ms),
        "theirs_seconds": _seconds(one.theirs_ms),
        "difference_seconds": _seconds(one.difference_ms),
        "credit_between": money(one.between),
        "why": [{"kind": part.kind, "seconds": _seconds(part.ms), "text": part.text} for part in one.why],
    }


def _stated(one: Stated) -> dict[str, Any]:
    return {
        "note": one.note,
        "circuits": sorted(one.circuits),
        "from": rfc3339(one.start_ms),
        "to": rfc3339(one.end_ms),
        "holds": [{"seconds": _seconds(ms), "reason": reason} for ms, reason in one.off],
        "seconds": _seconds(one.said_ms),
        "cause": one.cause,
        "ticket": one.ticket,
    }


def _figure(one: FigureOfTheirs) -> dict[str, Any]:
    ours = one.ours
    return {
        "id": one.name,
        "target": str(ours.target) if ours and ours.target else None,
        "unit": ours.unit if ours else None,
        "ours": None if ours is None or ours.measured is None else shown(ours.measured, ours.places),
        "theirs": str(one.theirs),
        "verdict": None if ours is None else str(ours.verdict),
        "met_by_theirs": one.met,
    }
