"""The statement's figures: measured, verdicts, seconds, outages, money, claims."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from fractions import Fraction
from typing import Any

from tests.collector.sla.oracle.clocks import (
    day_of,
    duration,
    is_business,
    midnight,
    moment,
    nth_day,
    spelled,
    ticket_by,
)
from tests.collector.sla.oracle.counting import Count, Outage, counted
from tests.collector.sla.oracle.facts import Facts, gathered
from tests.collector.sla.oracle.money import capped, combined, pays, size
from tests.collector.sla.oracle.packets import INFINITE, Figure, known_share, measured
from tests.collector.sla.oracle.sets import both, length, less

Rule = Mapping[str, Any]
PACKETS = {"rtt", "loss", "jitter"}


def judge(contract: Rule, history: Rule, period: str) -> dict[str, Any]:
    """A statement's figures, in the words of INTERFACES section 7."""
    facts = gathered(contract, history, period)
    policy = contract["unknown"]["policy"]
    count = counted(facts, policy)
    now = moment(history["now"]) if "now" in history else facts.period[1]
    objectives = [judged(facts, name, rule, count) for name, rule in contract["objectives"].items()]
    before, under_caps, amount = money_of(facts, objectives)
    money = {
        "before_caps": shown_money(before),
        "cut_by_caps": shown_money(before - under_caps),
        "amount": shown_money(amount),
        "claimable": shown_money(claimable(facts, policy, count, now)),
    }
    return {
        "period": {"from": spelled(facts.whole_period[0]), "to": spelled(facts.whole_period[1])},
        "seconds": seconds(facts, policy, count),
        "outages": [shown_outage(facts, one) for one in count.outages],
        "objectives": [
            {
                "id": one["id"],
                "measured": figure_of(facts.contract["objectives"][one["id"]], one),
                "bounds": [shown(bound) for bound in one["bounds"]],
                "verdict": one["verdict"],
                "amount": shown_money(sum((part.amount for part in one["parts"]), Fraction(0)))
                if one["pays"]
                else None,
            }
            for one in objectives
        ],
        "coverage": shown(covered(facts)),
        "credit": money,
        "chronic": {"triggered": chronic(facts, policy)},
        "claim": {"submit_deadline": submit_deadline(facts)},
    }


def money_of(facts: Facts, objectives: list[dict[str, Any]]) -> list[Fraction]:
    """Before caps, after them, and what is paid."""
    plain = {one["id"]: sum((part.amount for part in one["parts"]), Fraction(0)) for one in objectives}
    lines = {one["id"]: capped(facts, one["parts"]) for one in objectives}
    return combined(facts, plain, lines)


def judged(
    facts: Facts, name: str, rule: Rule, count: Count, without: frozenset[int] = frozenset()
) -> dict[str, Any]:
    """What an objective says, exactly, and the parts of what it pays."""
    metric = rule.get("metric", name)
    value: Figure = None
    bounds: list[Figure] = [None, None]
    if metric == "time_to_repair":
        value, verdict = repair(facts, rule, count)
        target = str(rule["each"])
    else:
        target = rule["target"]
        if metric == "availability":
            value = count.availability
            bounds = [counted(facts, policy, without).availability for policy in ("down", "up")]
        elif metric == "mttr":
            own = [one for one in count.outages if one.counted]
            value = count.judged / len(own) if own else None
        else:
            value = measured(facts, metric, rule)
        if "round" in rule and isinstance(value, Fraction):
            value = half_up(value, rule["round"]["places"])
        verdict = holds(target, value)
        known = known_share(facts) if metric in PACKETS else covered(facts)
        if metric == "mttr" and value is None:
            verdict = "met" if known else "insufficient_data"
        if metric == "availability" and not known:
            pass
        elif known < size(facts.contract["unknown"].get("coverage", "0%")):
            ends = {holds(target, one) for one in bounds}
            verdict = ends.pop() if len(ends) == 1 else "insufficient_data"
    parts = pays(facts, rule["credit"], count, value, target, verdict) if "credit" in rule else []
    return {
        "id": name,
        "measured": value,
        "bounds": bounds,
        "verdict": verdict,
        "parts": parts,
        "pays": "credit" in rule,
    }


def repair(facts: Facts, rule: Rule, count: Count) -> tuple[Figure, str]:
    """The longest, in ms, and whether each outage was short enough."""
    by_end = facts.contract["outage"]["across_periods"] == "restoration"
    begin, end = facts.period
    own = [one for one in count.outages if (begin < one.end <= end if by_end else begin <= one.start < end)]
    worst = max((Fraction(one.whole_kept) for one in own if one.whole_kept), default=None)
    verdict = "met" if worst is None else holds(rule["each"], worst)
    blind = not covered(facts) or covered(facts) < size(facts.contract["unknown"].get("coverage", "0%"))
    return worst, "insufficient_data" if blind and verdict == "met" else verdict


def holds(target: str, value: Figure) -> str:
    """met, breached or insufficient_data."""
    if value is None:
        return "insufficient_data"
    sign, wanted = target.split()
    if value == INFINITE:
        return "breached"
    figure, edge = Fraction(value), size(wanted)
    good = {">=": figure >= edge, "<=": figure <= edge, ">": figure > edge, "<": figure < edge}[sign]
    return "met" if good else "breached"


def covered(facts: Facts) -> Fraction:
    """The known share of the period, in percent."""
    span = both([facts.period], facts.hours)
    if not span:
        return Fraction(0)
    unknown = length(both(facts.unknown, span))
    return 100 * (1 - Fraction(unknown, length(span)))


def seconds(facts: Facts, policy: str, count: Count) -> dict[str, Fraction]:
    """The lengths of the statement, in seconds."""
    period = [facts.period]
    total = length(period)
    down, unknown = length(both(facts.down, period)), length(both(both(facts.unknown, period), facts.hours))
    return {
        "period": Fraction(total, 1000),
        "denominator": count.denominator / 1000,
        "up": Fraction(total - down - unknown, 1000),
        "down": Fraction(down, 1000),
        "counted_down": count.total / 1000,
        "excluded": Fraction(length(both(facts.excluded, period)), 1000),
        "unknown": Fraction(unknown, 1000),
    }


def shown_outage(facts: Facts, one: Outage) -> dict[str, Any]:
    """An outage of the statement: its piece where the edge cuts it."""
    split = facts.contract["outage"]["across_periods"] == "split"
    limits = [facts.period] if split else [facts.world]
    run = both(one.clocked, limits)
    told = both(one.spans, limits) or run or one.spans
    return {
        "from": spelled(told[0][0]),
        "to": spelled(told[-1][1]),
        "counted_seconds": one.counted / 1000,
        "excluded_seconds": Fraction(
            length(run) - length(less(both(run, facts.hours), facts.excluded)), 1000
        ),
        "contractual_seconds": Fraction(length(run), 1000),
        "lost_to_late_ticket_seconds": one.late_loss / 1000,
    }


def claimable(facts: Facts, policy: str, count: Count, now: int) -> Fraction:
    """The credit recomputed without the outages that are blocked."""
    claim = facts.contract.get("claim", {})
    measured_by = facts.contract.get("measured", {})
    if measured_by.get("by") == "carrier" or measured_by.get("between") == "pop_pop":
        return Fraction(0)
    deadline = submit_deadline(facts)
    if deadline is not None and now >= moment(deadline):
        return Fraction(0)
    blocked = set()
    for one in count.outages:
        needed = "ticket_within" in claim or runs_on_tickets(facts)
        if one.counted and needed and one.ticket is None:
            blocked.add(one.start)
        elif one.counted and one.ticket is not None and "ticket_within" in claim:
            last = ticket_by(one.start, claim["ticket_within"], facts.zone, facts.holidays)
            if moment(one.ticket["opened"]) > last:
                blocked.add(one.start)
    without = frozenset(blocked)
    again = counted(facts, policy, without)
    objectives = [
        judged(facts, name, rule, again, without) for name, rule in facts.contract["objectives"].items()
    ]
    return money_of(facts, objectives)[2]


def runs_on_tickets(facts: Facts) -> bool:
    """Whether a ticket starts or ends the clock."""
    return any(word in str(facts.contract["outage"]["clock"]) for word in ("ticket", "reported"))


def chronic(facts: Facts, policy: str) -> bool:
    """Whether outages, placed by their measured start, came so often that the last of them triggers."""
    rule = facts.contract.get("chronic")
    if rule is None:
        return False
    closed = rule.get("window") == "closed"
    every = [one for one in counted(facts, policy, whole=True).outages if one.whole_kept]
    told = [often(facts, one, every, closed=closed) for one in rule.get("any", rule.get("all"))]
    return any(told) if "any" in rule else all(told)


def often(facts: Facts, rule: Rule, every: list[Outage], *, closed: bool) -> bool:
    """Whether so many outages, or so much downtime, lie inside the time that ends with one of the period."""
    if "longer_than" in rule:
        every = [one for one in every if one.whole_kept > duration(rule["longer_than"])]
    if "at_least" in rule:
        every = [one for one in every if one.whole_kept >= duration(rule["at_least"])]
    begin, end = facts.period
    for last in (one for one in every if begin <= one.start < end):
        if rule["within"] == "period":
            near = [one for one in every if begin <= one.start <= last.start]
        else:
            within = duration(rule["within"]) + closed
            near = [one for one in every if 0 <= last.start - one.start < within]
        if "outages" in rule and len(near) >= rule["outages"]:
            return True
        if "downtime" in rule and sum(one.whole_kept for one in near) >= duration(rule["downtime"]):
            return True
    return False


def submit_deadline(facts: Facts) -> str | None:
    """The end of the n-th local day after the period's last day."""
    claim = facts.contract.get("claim", {})
    text = claim.get("submit_within")
    if text is None or claim.get("from", "period_end") != "period_end":
        return None
    day = day_of(facts.whole_period[1] - 1, facts.zone)
    if text.endswith("bd"):
        day = nth_day(day, int(text[:-2]), lambda one: is_business(one, facts.holidays))
    else:
        day = nth_day(day, int(text[:-1]), lambda _: True)
    return spelled(midnight(day + timedelta(days=1), facts.zone))


def half_up(value: Fraction, places: int) -> Fraction:
    """Rounded half away from nothing, for what is never negative."""
    return Fraction((value * 10**places + Fraction(1, 2)) // 1, 10**places)


def figure_of(rule: Rule, one: Mapping[str, Any]) -> str | None:
    """As it is printed: six places, or as many as it is rounded to."""
    value = in_unit(one["measured"], rule.get("metric", one["id"]))
    if "round" in rule and isinstance(value, Fraction):
        return decimals(value, rule["round"]["places"])
    return shown(value)


def in_unit(value: Figure, metric: str) -> Figure:
    """Repairs are told in seconds."""
    return value / 1000 if metric in {"time_to_repair", "mttr"} and isinstance(value, Fraction) else value


def shown(value: Figure) -> str | None:
    """Six places, percent or ms as it is."""
    if value is None or isinstance(value, str):
        return value
    return decimals(value, 6)


def shown_money(value: Fraction) -> str:
    """Two places."""
    return decimals(value, 2)


def decimals(value: Fraction, places: int) -> str:
    """Half up, as text."""
    number = int(half_up(value, places) * 10**places)
    return f"{number // 10**places}.{number % 10**places:0{places}d}" if places else str(number)
