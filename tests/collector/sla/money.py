"""Cases and verdicts made by hand, for what they pay: outages as given, charges as given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import Any, cast

from collector.sla.calendar import ms_of, parse_period
from collector.sla.case import Case, Judgement, RepairCase
from collector.sla.credits import Award, award
from collector.sla.evidence import EarlierPeriod, Evidence, Ticket
from collector.sla.lengths import days_of
from collector.sla.objectives import Verdict
from collector.sla.reckoning import Account, Excluded, Reckoned
from collector.sla.rules import CircuitFacts, Rules, Window
from collector.sla.spans import Spans
from collector.sla.timeline import Timeline
from config.contract import Contract
from config.terms import Figure, Target

MINUTE, HOUR = 60_000, 3_600_000
MET, BREACHED = Verdict.MET, Verdict.BREACHED
Down = tuple[str, float] | tuple[str, float, str]
"""When an outage begins (`04-03T10:00`, in UTC, of 2026), its minutes, and the id of its ticket."""


def ms(text: str) -> int:
    """`04-03T10:00` of 2026 in UTC, as milliseconds."""
    return ms_of(datetime.fromisoformat(f"2026-{text}:00+00:00"))


def contract(objectives: Mapping[str, Any], **changes: object) -> Contract:
    """A contract with every required key; `changes` replace keys whole."""
    terms: dict[str, Any] = {
        "carrier": "acme",
        "effective": "2020-01-01",
        "timezone": "UTC",
        "currency": "USD",
        "period": "calendar_month",
        "denominator": "elapsed",
        "outage": {
            "down": {"loss_at_least": "100%"},
            "clock": {"start": "measured", "end": "restored"},
            "across_periods": "split",
        },
        "unknown": {"policy": "exclude"},
        "day_rate": "1/30",
        "combine": "sum",
        "objectives": objectives,
    }
    return Contract.model_validate(terms | changes)


def reckoned(start_ms: int, end_ms: int, ticket: str = "", *, belongs: bool = True) -> Reckoned:
    """An outage that counts in full."""
    time = Spans.of([(start_ms, end_ms)])
    tickets = (Ticket(ticket, start_ms),) if ticket else ()
    counted = time if belongs else Spans()
    return Reckoned(time, time, time, counted, Fraction(counted.total_ms), belongs, tickets)


def outages(*down: Down) -> list[Reckoned]:
    """Outages that count in full."""
    return [
        reckoned(ms(one[0]), ms(one[0]) + round(one[1] * MINUTE), one[2] if len(one) == 3 else "")
        for one in down
    ]


def account(found: Iterable[Reckoned], denominator_ms: int, zone: str = "UTC", free_ms: int = 0) -> Account:
    """The account of outages: their sum, and what of it lies on each local day."""
    known = tuple(found)
    by_day = Counter[date]()
    for one in known:
        by_day.update({day: part.total_ms for day, part in days_of(one.counted, zone).items()})
    return Account(
        outages=known,
        sum_ms=sum((one.counted_ms for one in known), Fraction(0)),
        free_ms=Fraction(free_ms),
        denominator_ms=Fraction(denominator_ms),
        unknown_ms=0,
        excluded_ms=0,
        by_day={day: Fraction(ms) for day, ms in by_day.items()},
    )


def case(
    terms: Contract,
    found: Iterable[Reckoned] = (),
    period: str = "2026-04",
    earlier: Sequence[EarlierPeriod] = (),
    free_ms: int = 0,
    account_of: Account | None = None,
) -> Case:
    """The case of a period, long after its end."""
    zone = str(terms.timezone)
    rules = Rules.of(terms, zone)
    now_ms = ms_of(datetime.fromisoformat("2030-01-01T00:00:00Z"))
    span = parse_period(period, zone, now_ms, rules.cycle)
    length = span.end_ms - span.start_ms
    return Case(
        terms=terms,
        rules=rules,
        circuit=CircuitFacts("x-1", zone),
        evidence=Evidence(earlier=tuple(earlier)),
        period=span,
        window=Window(span.start_ms, span.end_ms, span.end_ms),
        now_ms=now_ms,
        scene=cast("Any", None),
        status=Timeline(),
        excluded=Excluded(),
        account=account_of or account(found, length, zone, free_ms),
        so_far_ms=Fraction(length),
        full_ms=Fraction(length),
        coverage=Fraction(100),
        closed=True,
    )


def judged(
    one: Case,
    name: str = "availability",
    measured: Figure | str | None = None,
    verdict: Verdict | None = None,
    unit: str = "%",
    **changes: Any,  # noqa: ANN401 - fields of a verdict
) -> Judgement:
    """A verdict on an objective of the case; of availability on the account's own figure by default."""
    assert one.terms.objectives is not None
    objective = one.terms.objectives.by_name()[name]
    figure: Figure | None = measured if measured in {None, "infinite"} else Fraction(str(measured))
    if measured is None and objective.metric == "availability" and one.account is not None:
        figure = one.account.percent
    target = objective.target
    if verdict is None:
        assert target is not None
        assert figure is not None
        compared = figure * 1000 if unit == "s" and isinstance(figure, Fraction) else figure
        verdict = MET if target.met_by(compared) else BREACHED
    fields: dict[str, Any] = {
        "id": name,
        "metric": objective.metric,
        "target": target,
        "measured": figure,
        "unit": unit,
        "places": 6,
        "bounds": None,
        "coverage": Fraction(100),
        "verdict": verdict,
        "certain": True,
        "clause": objective.clause,
        "budget_ms": None,
        "words": "= as given",
    }
    return Judgement(**fields | changes)


def missed(outage: Reckoned, ticket: str | None = None, *, late: bool = True) -> RepairCase:
    """A repair that took as long as its outage."""
    return RepairCase(outage.start_ms, ticket, Fraction(outage.down.total_ms), None, late)


def paid(one: Case, *judgements: Judgement, charge: str | Mapping[str, str] | None = "3000") -> Award:
    """What a case pays of a monthly charge, or of the charges by base."""
    charges: Mapping[str, str] = (
        charge if isinstance(charge, Mapping) else {"month": charge} if charge else {}
    )
    rate = one.terms.day_rate
    days = (one.period.end_ms - one.period.start_ms) // (24 * HOUR)
    return award(
        one,
        judgements,
        lambda base: Fraction(charges[base]) if base in charges else None,
        lambda amount: amount * (rate.of(days) if rate else 0),
    )


def target(text: str) -> Target:
    """A target."""
    return Target.parse(text)
