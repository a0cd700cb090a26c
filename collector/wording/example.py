"""A contract in figures: what one outage would give, computed as any statement is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from collector.circuits import Status
from collector.sla.calendar import Period, at_wall_ms, day_start_ms, days_of, spoken
from collector.sla.evaluate import EVER_MS, period_of, statements_of
from collector.sla.evidence import Evidence, Ticket
from collector.sla.hours import weekly
from collector.sla.judgement import sentence
from collector.sla.objectives import Verdict
from collector.sla.rates import money
from collector.sla.rounding import shown_time
from collector.sla.rules import CircuitFacts, Rules, cycle_of, zone_of
from collector.sla.spans import Spans
from collector.sla.statement import Statement
from collector.sla.timeline import Stretch, Timeline
from collector.wording.lines import Line, Part
from config.contract import Contract, Scope, Terms
from config.dated import Dated
from config.fields import Money

TITLE = "For example"
STEPS = "The arithmetic, as a statement shows it:"
"""The line under which the example's arithmetic stands."""
_MINUTE_MS, _HOUR_MS = 60_000, 3_600_000
_LENGTHS_MS = tuple(
    minutes * _MINUTE_MS
    for minutes in (5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 360, 480, 720, 1440, 2880, 5760, 10080)
)
_TICKET_AFTER_MS = 5 * _MINUTE_MS
_OF_A_HISTORY = "The history says itself when the circuit was down"
"""A step that an example needs no word of."""
_CHARGE = Decimal("1000.00")
_BEGINS_MS = 10 * _HOUR_MS


def made_up(terms: Terms) -> tuple[CircuitFacts, ...]:
    """Circuits that nobody has, each charge 1,000.00, in the contract's zone and currency."""
    currency = terms.currency if terms.currency not in {None, "circuit"} else "USD"
    charge = Money(_CHARGE, str(currency))
    zone = "UTC" if terms.timezone in {None, "site"} else str(terms.timezone)
    names = terms.scope.pair if isinstance(terms.scope, Scope) and terms.scope.pair else ("example",)
    one = CircuitFacts(
        "",
        zone,
        monthly_charge=Dated.always(charge),
        access_charge=charge,
        port_charge=charge,
        one_time_charge=charge,
    )
    return tuple(replace(one, id=name) for name in names)


def example(contract: Contract, contract_id: str, circuits: Sequence[CircuitFacts], day: date) -> Part:
    """What the shortest round outage would give that breaks a promise and pays, in the period of `day`.

    `circuits` have this contract; without any one is made up. A period before the contract isn't taken.
    """
    terms = contract.terms_on(day)
    period = _period(contract, (circuits or made_up(terms))[0], day)
    terms = contract.terms_on(_first_day(period))
    members = _members(terms, circuits) or made_up(terms)
    start_ms = _start_ms(terms, members[0], period)
    best: Statement | None = None
    for length_ms in _LENGTHS_MS:
        if start_ms + length_ms > period.end_ms:
            break
        found = _statement(
            contract, contract_id, members, period, Spans.of([(start_ms, start_ms + length_ms)])
        )
        if found.breached and (best is None or found.credit.amount):
            best = found
        if best is not None and (best.credit.amount or not _pays(terms)):
            break
    if best is None:
        text = f"No outage of up to {shown_time(_LENGTHS_MS[-1])} alone breaks a promise of this contract."
        return Part(TITLE, (Line(text),))
    return Part(TITLE, tuple(_lines(best, members, made=not _members(terms, circuits))))


def _first_day(period: Period) -> date:
    return days_of(period)[0]


def _pays(terms: Terms) -> bool:
    found = terms.objectives.by_name().values() if terms.objectives else ()
    return any(one.pays() is not None for one in found)


def _members(terms: Terms, circuits: Sequence[CircuitFacts]) -> tuple[CircuitFacts, ...]:
    """Of the contract's circuits one, or those that it judges as a pair."""
    if isinstance(terms.scope, Scope) and terms.scope.pair is not None:
        pair = tuple(one for one in circuits if one.id in terms.scope.pair)
        return pair if len(pair) == len(terms.scope.pair) else ()
    return tuple(circuits[:1])


def _period(contract: Contract, facts: CircuitFacts, day: date) -> Period:
    """The contract's period that holds a day; where the contract isn't in force yet, its first whole one."""
    first = contract.each_version()[0].effective
    asked = max(day, first) if first else day
    zone = zone_of(contract.terms_on(asked), facts.timezone)
    period = period_of(contract, facts, "current", at_wall_ms(asked, _BEGINS_MS, zone))
    if first is not None and period.start_ms < day_start_ms(first, zone):
        return cycle_of(contract.terms_on(asked)).after(period, 1)
    return period


def _start_ms(terms: Terms, facts: CircuitFacts, period: Period) -> int:
    """10:00 of the period's third day or the first later one that is served, else the first served moment."""
    rules = Rules.of(terms, facts.timezone)
    days = days_of(period)[2:] or days_of(period)
    if rules.hours is None:
        return at_wall_ms(days[0], _BEGINS_MS, rules.zone)
    served = weekly(rules.hours.windows, rules.zone, day_start_ms(days[0], rules.zone), period.end_ms)
    tens = (at_wall_ms(day, _BEGINS_MS, rules.zone) for day in days)
    inside = (at for at in tens if served.clip(at, at + _HOUR_MS).total_ms == _HOUR_MS)
    return next(inside, served.pairs[0][0] if served else period.start_ms)


def _statement(
    contract: Contract, contract_id: str, members: Sequence[CircuitFacts], period: Period, down: Spans
) -> Statement:
    ((start_ms, end_ms),) = down.pairs
    evidence = Evidence(
        intervals=Timeline.of([Stretch(start_ms, end_ms, Status.DOWN)]),
        tickets=(Ticket("example", start_ms + _TICKET_AFTER_MS, closed_ms=end_ms, outage_ms=start_ms),),
    )
    (found,) = statements_of(
        contract,
        contract_id,
        [(one, evidence) for one in members],
        period.label,
        now_ms=period.end_ms,
        engine="",
        config="",
    )
    return found


def _lines(found: Statement, members: Sequence[CircuitFacts], *, made: bool) -> Iterator[Line]:
    ((start_ms, end_ms),) = [(one.start_ms, one.end_ms) for one in found.outages[:1]] or [(0, EVER_MS)]
    zone = found.period.zone
    begin, end = _at(start_ms, zone), _at(end_ms, zone)
    until = f"{end:%H:%M}" if begin.date() == end.date() else f"{end:%H:%M} on {_day(end)}"
    yield Line(
        f"{_over(found.period)} one outage, on {_day(begin)} from {begin:%H:%M} to {until} "
        f"({shown_time(end_ms - start_ms)}), with a ticket opened {shown_time(_TICKET_AFTER_MS)} after it "
        f"began and closed at its end, on {_circuits(found, members, made=made)}, would give:",
        tuple(_results(found)),
    )
    unjudged = {
        _OF_A_HISTORY,
        *(sentence(one) for one in found.objectives if one.verdict is Verdict.INSUFFICIENT_DATA),
    }
    names = [one.id for one in found.objectives if one.verdict is Verdict.INSUFFICIENT_DATA]
    unjudged |= {f"{name}: insufficient data: no credit" for name in names}
    steps = (step for step in found.steps if step not in unjudged)
    yield Line(STEPS, tuple(f"{step}." for step in steps))
    if names:
        yield Line(f"Not part of this example, which has no packets, loads or dates: {', '.join(names)}.")


def _over(period: Period) -> str:
    named = spoken(period)
    return f"{'From' if ' to ' in named else 'In'} {named}"


def _at(at_ms: int, zone: str) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, ZoneInfo(zone))


def _day(at: datetime) -> str:
    return f"{at.day} {at:%B}"


def _circuits(found: Statement, members: Sequence[CircuitFacts], *, made: bool) -> str:
    names = " and ".join(one.id for one in members)
    day = _first_day(found.period)
    charges = [one.monthly_charge.at(day) or next(iter(one.monthly_charge.values), None) for one in members]
    known = [one for one in charges if one is not None]
    total = money(sum((Fraction(one.amount) for one in known), Fraction(0)))
    costs = (
        f"that cost{'s' * (len(members) == 1)} {total} {known[0].currency} a month"
        if known
        else "without a charge"
    )
    if made:
        which = "a made-up circuit" if len(members) == 1 else f"{names} (charges made up)"
        return f"{which} {costs}"
    return f"{names}, {costs.replace('that ', 'which ')}"


def _results(found: Statement) -> Iterator[str]:
    paid = {line.objective: line for line in found.credit.lines}
    for one in found.objectives:
        if one.verdict is Verdict.INSUFFICIENT_DATA:
            continue
        line = paid.get(one.id)
        pays = f", which pays {money(line.amount)} ({line.reason})" if line and line.amount else ""
        yield f"{sentence(one)}{pays}."
    credit = found.credit
    currency = f" {credit.currency}" if credit.currency else ""
    if credit.amount is not None and credit.lines:
        cut = credit.before_caps or Fraction(0)
        before = f" ({money(cut)} before caps and the minimum payout)" if cut != credit.amount else ""
        why = "; ".join(block.text for block in credit.blocked)
        claimable = f"{money(credit.claimable or Fraction(0))} is claimable{f': {why}' if why else ''}"
        yield f"A credit of {money(credit.amount)}{currency}{before}, of which {claimable}."
