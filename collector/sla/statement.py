"""A period's result for one circuit, or several judged as one, with its arithmetic step by step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from collector.sla.calendar import Period, rfc3339
from collector.sla.case import Judgement
from collector.sla.chronic import ChronicFinding
from collector.sla.claims import Block, ClaimFinding
from collector.sla.credits import CreditLine
from collector.sla.objectives import Verdict
from collector.sla.rounding import shown
from config.contract import Document


@dataclass(frozen=True, slots=True)
class CountedOutage:
    """What of an outage belongs to the period; times in UTC milliseconds."""

    start_ms: int
    end_ms: int
    down_ms: int
    excluded_ms: int
    counted_ms: Fraction
    contractual_ms: int
    lost_to_late_ticket_ms: Fraction
    cause: str
    tickets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Times:
    """How the judged part of the period adds up, in milliseconds: up + down + unknown = period."""

    period: int
    denominator: Fraction | None
    up: int
    down: int
    counted_down: Fraction | None
    excluded: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Reliability:
    """How often outages that count came, and how long they took; None without one; milliseconds."""

    outages: int = 0
    mtbf_ms: Fraction | None = None
    mttr_ms: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Credited:
    """What the contract pays for the period; amounts exact, None where nothing can be said of it."""

    currency: str | None
    lines: tuple[CreditLine, ...] = ()
    before_caps: Fraction | None = None
    after_caps: Fraction | None = None
    amount: Fraction | None = None
    claimable: Fraction | None = None
    blocked: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """What one reading of a key that the contract leaves undecided would give."""

    label: str
    verdicts: tuple[tuple[str, str, str], ...]
    """Objective, measured, verdict."""
    amount: Fraction | None


@dataclass(frozen=True, slots=True)
class Statement:
    """What a contract got of its promises in one period."""

    circuit: str
    """A circuit's id, or the name of the scope that several are judged in."""
    circuits: tuple[str, ...]
    contract: str
    carrier: str
    document: Document | None
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
    reliability: Reliability
    objectives: tuple[Judgement, ...]
    credit: Credited
    chronic: ChronicFinding | None
    claim: ClaimFinding
    steps: tuple[str, ...]
    choices: tuple[Choice, ...] = ()
    revision: int | None = 1
    supersedes: int | None = None
    because: tuple[str, ...] = ()

    @property
    def breached(self) -> bool:
        """Whether any promise is broken."""
        return any(one.verdict is Verdict.BREACHED for one in self.objectives)

    def as_json(self) -> dict[str, Any]:
        """The statement as other programs read it; null is what can't be said."""
        return {
            "circuit": self.circuit,
            "circuits": list(self.circuits),
            "contract": self.contract,
            "carrier": self.carrier,
            "document": _document(self.document),
            "effective": self.effective.isoformat() if self.effective else None,
            "revision": self.revision if self.closed else None,
            "supersedes": self.supersedes,
            "because": list(self.because),
            "engine": self.engine,
            "config": self.config,
            "period": self._period(),
            "seconds": _times(self.times),
            "coverage": shown(self.coverage),
            "outages": [_outage(one) for one in self.outages],
            "reliability": _reliability(self.reliability),
            "objectives": [self._objective(one) for one in self.objectives],
            "credit": _credit(self.credit),
            "chronic": _chronic(self.chronic),
            "claim": {
                "state": self.claim.state,
                "ticket_deadline": _instant(self.claim.ticket_deadline_ms),
                "submit_deadline": _instant(self.claim.submit_deadline_ms),
            },
            "undecided": [_choice(one) for one in self.choices],
            "steps": list(self.steps),
        }

    def _period(self) -> dict[str, Any]:
        return {
            "label": self.period.label,
            "from": rfc3339(self.period.start_ms),
            "to": rfc3339(self.period.end_ms),
            "timezone": self.period.zone,
            "closed": self.closed,
            "as_of": rfc3339(self.as_of_ms),
        }

    def _objective(self, one: Judgement) -> dict[str, Any]:
        line = next((line for line in self.credit.lines if line.objective == one.id), None)
        return _objective(one) | {"credit": _line(line)}


def _instant(at_ms: int | None) -> str | None:
    return None if at_ms is None else rfc3339(at_ms)


def _document(one: Document | None) -> dict[str, Any] | None:
    return None if one is None else one.model_dump(exclude_none=True)


def _seconds(ms: int | Fraction | None) -> int | float | None:
    """Seconds as a number: whole ones as an integer; what decides is computed before this."""
    if ms is None:
        return None
    exact = Fraction(ms) / 1000
    return int(exact) if exact.denominator == 1 else float(exact)


def _times(times: Times) -> dict[str, Any]:
    return {
        "period": _seconds(times.period),
        "denominator": _seconds(times.denominator),
        "up": _seconds(times.up),
        "down": _seconds(times.down),
        "counted_down": _seconds(times.counted_down),
        "excluded": _seconds(times.excluded),
        "unknown": _seconds(times.unknown),
    }


def _outage(one: CountedOutage) -> dict[str, Any]:
    return {
        "from": rfc3339(one.start_ms),
        "to": rfc3339(one.end_ms),
        "down_seconds": _seconds(one.down_ms),
        "excluded_seconds": _seconds(one.excluded_ms),
        "counted_seconds": _seconds(one.counted_ms),
        "clock": {
            "measured_seconds": _seconds(one.down_ms),
            "contractual_seconds": _seconds(one.contractual_ms),
            "lost_to_late_ticket_seconds": _seconds(one.lost_to_late_ticket_ms),
        },
        "cause": one.cause,
        "tickets": list(one.tickets),
    }


def _reliability(one: Reliability) -> dict[str, Any]:
    return {
        "outages": one.outages,
        "mtbf_seconds": _seconds(one.mtbf_ms),
        "mttr_seconds": _seconds(one.mttr_ms),
    }


def _objective(one: Judgement) -> dict[str, Any]:
    ends = None if one.bounds is None else [shown(end, one.places) for end in one.bounds]
    refused = one.if_disputed_refused
    return {
        "id": one.id,
        "metric": one.metric,
        "target": str(one.target) if one.target else None,
        "measured": None if one.measured is None else shown(one.measured, one.places),
        "unit": one.unit,
        "bounds": ends,
        "coverage": shown(one.coverage),
        "if_disputed_refused": None if refused is None else shown(refused, one.places),
        "indicative": one.indicative,
        "verdict": str(one.verdict),
        "certain": one.certain,
        "budget_remaining_seconds": None if one.budget_ms is None else shown(one.budget_ms / 1000, 3),
        "clause": one.clause,
    }


def money(amount: Fraction | None) -> str | None:
    """Two places, rounded half up once."""
    return None if amount is None else shown(amount, 2)


def plain(value: Fraction) -> str:
    """A number without needless zeros, to six places: `5`, `2.5`."""
    whole, _, part = shown(value).partition(".")
    part = part.rstrip("0")
    return f"{whole}.{part}" if part else whole


def _line(line: CreditLine | None) -> dict[str, Any] | None:
    if line is None:
        return None
    percent = None if line.percent is None else plain(line.percent)
    return {"percent": percent, "amount": money(line.amount), "reason": line.reason}


def _credit(one: Credited) -> dict[str, Any]:
    cut = None if one.before_caps is None or one.after_caps is None else one.before_caps - one.after_caps
    return {
        "currency": one.currency,
        "before_caps": money(one.before_caps),
        "cut_by_caps": money(cut),
        "amount": money(one.amount),
        "claimable": money(one.claimable),
        "blocked_by": [
            {"code": block.code, "outage": _instant(block.outage_ms), "text": block.text}
            for block in one.blocked
        ],
    }


def _chronic(found: ChronicFinding | None) -> dict[str, Any]:
    if found is None:
        return {"triggered": False, "rules": []}
    return {
        "triggered": found.triggered,
        "remedy": found.remedy,
        "notice": found.notice,
        "rules": [
            {"rule": one.text, "triggered": one.triggered, "outages": [rfc3339(at) for at in one.outages]}
            for one in found.rules
        ],
    }


def _choice(one: Choice) -> dict[str, Any]:
    return {
        "choice": one.label,
        "objectives": [
            {"id": name, "measured": measured, "verdict": verdict} for name, measured, verdict in one.verdicts
        ],
        "credit": money(one.amount),
    }
