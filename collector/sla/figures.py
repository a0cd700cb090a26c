"""A statement's figures as /metrics and the outputs want them: ratios, seconds, floats, small."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any, Literal, Self

from collector.sla.case import Judgement
from collector.sla.objectives import Verdict
from collector.sla.statement import Statement
from config.terms import Figure, Target

Metric = Literal[
    "availability_ratio",
    "rtt_seconds",
    "loss_ratio",
    "jitter_seconds",
    "mos",
    "repair_seconds",
    "utilisation_ratio",
]
METRICS: dict[str, Metric] = {
    "availability": "availability_ratio",
    "rtt": "rtt_seconds",
    "loss": "loss_ratio",
    "jitter": "jitter_seconds",
    "mos": "mos",
    "time_to_repair": "repair_seconds",
    "mttr": "repair_seconds",
    "utilisation": "utilisation_ratio",
}
_OF_MEASURED = {"%": 100, "ms": 1000}
_OF_TARGET = {"%": 100, "ms": 1000, "s": 1000}
"""What figures and targets are divided by: a target's times are in milliseconds whatever the unit."""


@dataclass(frozen=True, slots=True)
class ObjectiveFigure:
    """One objective: ratios are 0 to 1, times are seconds; None where there is no finite figure.

    Where what was promised isn't what the metric's name says (a share of packets above a delay, a
    share of cases in time) there is neither a figure nor a target, but a verdict all the same.
    """

    objective: str
    metric: Metric
    measured: float | None
    target: float | None
    verdict: str
    certain: bool
    indicative: bool
    budget_remaining_seconds: float | None = None
    budget_seconds: float | None = None

    @property
    def violated(self) -> bool | None:
        """True for a breach, False where the promise is kept, None where it can't be said."""
        return None if self.verdict == Verdict.INSUFFICIENT_DATA else self.verdict == Verdict.BREACHED


@dataclass(frozen=True, slots=True)
class Figures:
    """A circuit's figures of one period, as of `as_of_ms`."""

    circuit: str
    contract: str
    period: str
    as_of_ms: int
    closed: bool
    objectives: tuple[ObjectiveFigure, ...]
    credit: float | None = None
    """What the contract pays for the period so far, in `currency`; None where nothing can be said."""
    currency: str | None = None

    @property
    def violations(self) -> int:
        """How many promises are broken."""
        return sum(bool(one.violated) for one in self.objectives)

    @property
    def availability_ratio(self) -> float | None:
        """The first availability objective's figure."""
        return self._first("availability_ratio")

    @property
    def rtt_seconds(self) -> float | None:
        """The first round-trip objective's figure."""
        return self._first("rtt_seconds")

    @property
    def loss_ratio(self) -> float | None:
        """The first loss objective's figure."""
        return self._first("loss_ratio")

    @property
    def jitter_seconds(self) -> float | None:
        """The first jitter objective's figure."""
        return self._first("jitter_seconds")

    @property
    def budget_remaining_seconds(self) -> float | None:
        """The least that any availability objective leaves; below 0 it is overspent."""
        left = [one.budget_remaining_seconds for one in self.objectives]
        return min((one for one in left if one is not None), default=None)

    def _first(self, metric: Metric) -> float | None:
        return next((one.measured for one in self.objectives if one.metric == metric), None)

    def as_json(self) -> dict[str, Any]:
        """Plain values, for another process."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """What `as_json` gave, also after a trip through JSON."""
        return cls(**{**value, "objectives": tuple(ObjectiveFigure(**one) for one in value["objectives"])})


def figures(statement: Statement) -> Figures:
    """The figures of a statement's metrics, and what it pays."""
    amount = statement.credit.amount
    return Figures(
        circuit=statement.circuit,
        contract=statement.contract,
        period=statement.period.label,
        as_of_ms=statement.as_of_ms,
        closed=statement.closed,
        objectives=tuple(figure_of(one) for one in statement.objectives if one.metric in METRICS),
        credit=None if amount is None else float(amount),
        currency=statement.credit.currency,
    )


def figure_of(one: Judgement) -> ObjectiveFigure:
    """One verdict's figure, of one of the metrics."""
    metric = METRICS[one.metric]
    named = (one.unit == "%") is metric.endswith("_ratio")
    return ObjectiveFigure(
        objective=one.id,
        metric=metric,
        measured=_measured(one.measured, one.unit) if named else None,
        target=_target(one.target, one.unit) if named else None,
        verdict=str(one.verdict),
        certain=one.certain,
        indicative=one.indicative,
        budget_remaining_seconds=_seconds(one.budget_ms),
        budget_seconds=_seconds(one.allowed_ms),
    )


def _seconds(ms: Fraction | None) -> float | None:
    return None if ms is None else float(ms / 1000)


def _measured(figure: Figure | None, unit: str) -> float | None:
    return float(figure / _OF_MEASURED.get(unit, 1)) if isinstance(figure, Fraction) else None


def _target(target: Target | None, unit: str) -> float | None:
    return None if target is None else float(target.value / _OF_TARGET.get(unit, 1))
