"""A period's result for one circuit, with its arithmetic step by step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from collector.sla.calendar import Period, rfc3339
from collector.sla.judgement import Judgement
from collector.sla.objectives import Verdict
from collector.sla.rounding import shown


@dataclass(frozen=True, slots=True)
class CountedOutage:
    """The part of an outage that lies in the period; times in UTC milliseconds."""

    start_ms: int
    end_ms: int
    down_ms: int
    counted_ms: int
    cause: str


@dataclass(frozen=True, slots=True)
class Times:
    """How the judged part of the period adds up, in milliseconds: up + down + unknown = period."""

    period: int
    denominator: Fraction | None
    up: int
    down: int
    counted_down: int | None
    unknown: int


@dataclass(frozen=True, slots=True)
class Statement:
    """What a contract got of its promises from one circuit in one period."""

    circuit: str
    contract: str
    effective: date | None
    engine: str
    config: str
    period: Period
    as_of_ms: int
    """The statement is of the time before this; the period's end once it is over."""
    closed: bool
    times: Times
    coverage: Fraction
    outages: tuple[CountedOutage, ...]
    objectives: tuple[Judgement, ...]
    currency: str | None
    steps: tuple[str, ...]

    @property
    def breached(self) -> bool:
        """Whether any promise is broken."""
        return any(one.verdict is Verdict.BREACHED for one in self.objectives)

    def as_json(self) -> dict[str, Any]:
        """The statement as other programs read it. What this version doesn't compute is null."""
        return {
            "circuit": self.circuit,
            "contract": self.contract,
            "effective": self.effective.isoformat() if self.effective else None,
            "revision": None,
            "supersedes": None,
            "because": [],
            "engine": self.engine,
            "config": self.config,
            "period": {
                "label": self.period.label,
                "from": rfc3339(self.period.start_ms),
                "to": rfc3339(self.period.end_ms),
                "timezone": self.period.zone,
                "closed": self.closed,
                "as_of": rfc3339(self.as_of_ms),
            },
            "seconds": {
                "period": _seconds(self.times.period),
                "denominator": _seconds(self.times.denominator),
                "up": _seconds(self.times.up),
                "down": _seconds(self.times.down),
                "counted_down": _seconds(self.times.counted_down),
                "excluded": 0,
                "unknown": _seconds(self.times.unknown),
            },
            "coverage": shown(self.coverage),
            "outages": [_outage(one) for one in self.outages],
            "objectives": [_objective(one) for one in self.objectives],
            "credit": {
                "currency": self.currency,
                "before_caps": None,
                "cut_by_caps": None,
                "amount": None,
                "claimable": None,
                "blocked_by": [],
            },
            "chronic": {"triggered": None, "rules": []},
            "claim": {"state": None, "ticket_deadline": None, "submit_deadline": None},
            "steps": list(self.steps),
        }


def _seconds(ms: int | Fraction | None) -> int | float | None:
    """Seconds as a number: whole ones as an integer; what decides is computed before this."""
    if ms is None:
        return None
    exact = Fraction(ms) / 1000
    return int(exact) if exact.denominator == 1 else float(exact)


def _outage(one: CountedOutage) -> dict[str, Any]:
    return {
        "from": rfc3339(one.start_ms),
        "to": rfc3339(one.end_ms),
        "down_seconds": _seconds(one.down_ms),
        "excluded_seconds": 0,
        "counted_seconds": _seconds(one.counted_ms),
        "clock": {
            "measured_seconds": _seconds(one.down_ms),
            "contractual_seconds": _seconds(one.down_ms),
            "lost_to_late_ticket_seconds": None,
        },
        "cause": one.cause,
        "tickets": [],
    }


def _objective(one: Judgement) -> dict[str, Any]:
    ends = None if one.bounds is None else [shown(end, one.places) for end in one.bounds]
    return {
        "id": one.id,
        "metric": one.metric,
        "target": str(one.target) if one.target else None,
        "measured": None if one.measured is None else shown(one.measured, one.places),
        "unit": one.unit,
        "bounds": ends,
        "coverage": shown(one.coverage),
        "if_disputed_refused": None,
        "indicative": one.indicative,
        "verdict": str(one.verdict),
        "certain": one.certain,
        "budget_remaining_seconds": None if one.budget_ms is None else shown(one.budget_ms / 1000, 3),
        "clause": one.clause,
        "credit": None,
    }
