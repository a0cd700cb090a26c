"""What each objective pays, and what combining, caps and the least payout leave of it."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tests.collector.sla.oracle.clocks import UNITS, day_of, duration
from tests.collector.sla.oracle.counting import Count, by_day
from tests.collector.sla.oracle.facts import Facts, local_days
from tests.collector.sla.oracle.packets import INFINITE, Figure

Rule = Mapping[str, Any]


@dataclass
class Part:
    """What one event, or one day, adds to an objective's line."""

    amount: Fraction
    event: object = None
    day: object = None


@dataclass
class Charges:
    """The charge of a month, shortened for the days that it was active, and the rate of a day."""

    month: Fraction
    months: int
    rate: Fraction

    def worth(self, text: str, base: str = "month") -> Fraction:
        """`10%`, `1 day`, `2 hours` or money."""
        number = Fraction(text.replace("%", " ").split()[0])
        charge = self.month * (self.months if base == "period" else 1)
        if text.endswith("%"):
            return charge * number / 100
        if "day" in text:
            return charge * self.rate * number
        if "hour" in text:
            return charge * self.rate * number / 24
        return number


def charges_of(facts: Facts) -> Charges:
    """The circuit's charge, prorated by local days."""
    share = Fraction(local_days(facts.period, facts.zone), local_days(facts.whole_period, facts.zone))
    first = day_of(facts.whole_period[0], facts.zone)
    rates = {"1/30": Fraction(1, 30), "12/365": Fraction(12, 365)}
    rate = rates.get(facts.contract.get("day_rate", "1/30"))
    if rate is None:
        period = facts.contract["period"]
        monthly = period == "calendar_month" or "billing_month" in period
        own = local_days(facts.whole_period, facts.zone)
        rate = Fraction(1, own if monthly else monthrange(first.year, first.month)[1])
    months = 3 if facts.contract["period"] == "calendar_quarter" else 1
    return Charges(Fraction(facts.history["circuit"]["monthly_charge"]) * share, months, rate)


def size(text: str) -> Fraction:
    """`99.9%`, `45ms`, `4h` as percent or ms."""
    text = str(text)
    if text.endswith("%"):
        return Fraction(text[:-1])
    if text[-1].isdigit():
        return Fraction(text)
    unit = text.lstrip("0123456789.")
    return Fraction(text[: -len(unit)]) * UNITS[unit]


def band_pays(credit: Rule, value: Figure, charges: Charges, wants_more: bool) -> Fraction:
    """The worst of the bands that a value is in."""
    if value is None:
        return Fraction(0)
    base = credit.get("base", "month")
    found: list[tuple[Fraction, Fraction]] = []
    for band in credit["bands"]:
        low, high = band.get("from"), band.get("to")
        good = True
        if "below" in band:
            good = value != INFINITE and Fraction(value) < size(band["below"])
        if "above" in band:
            good = value == INFINITE or Fraction(value) > size(band["above"])
        if low is not None:
            if high is None and wants_more:
                good = good and Fraction(value) <= size(low)
            else:
                good = good and (value == INFINITE or Fraction(value) >= size(low))
        if high is not None:
            good = good and value != INFINITE and Fraction(value) < size(high)
        if good:
            edges = [size(band[key]) for key in ("below", "above", "from", "to") if key in band]
            badness = -max(edges) if wants_more else min(edges)
            found.append((badness, charges.worth(band["gives"], base)))
    return max(found)[1] if found else Fraction(0)


def units(credit: Rule, time: Fraction) -> Fraction:
    """How many units of `gives` a length of time is."""
    parts = time / duration(credit["per"])
    return {"whole": Fraction(parts // 1), "fraction": Fraction(-(-parts // 1)), "proportional": parts}[
        credit["partial"]
    ]


def pays(facts: Facts, credit: Rule, count: Count, value: Figure, target: str, verdict: str) -> list[Part]:
    """What an objective pays before anything is combined, in parts: each an event."""
    always = {"breached": False, "always": True, None: "bands" in credit and credit.get("over") != "excess"}
    if verdict == "insufficient_data" or (not always[credit.get("when")] and verdict != "breached"):
        return []
    charges = charges_of(facts)
    base = credit.get("base", "month")
    if "flat" in credit:
        times = len(tickets(count)) if credit.get("each") == "ticket" else 1
        return [Part(charges.worth(credit["flat"], base) * times)]
    if "proportional" in credit:
        charge = charges.worth("100%", base) * Fraction(str(credit.get("times", 1)))
        return [Part(charge * count.total / count.denominator)] if count.denominator > 0 else []
    if "each_day" in credit:
        return [Part(charges.worth(credit["gives"], base), day=day) for day in by_day(facts, count.outages)]
    if "per" in credit:
        return per_time(facts, credit, count)
    if credit.get("over") == "each_outage":
        return [
            Part(
                band_pays(credit, one.counted, charges, False), one.start, day_of(one.times[0][0], facts.zone)
            )
            for one in count.outages
            if one.counted
        ]
    return [Part(by_table(credit, count, value, target, charges))]


def by_table(credit: Rule, count: Count, value: Figure, target: str, charges: Charges) -> Fraction:
    """A step, or one of the tables over a single value."""
    sign, wanted = target.split()
    wants_more = sign[0] == ">"
    over = credit.get("over")
    if over == "downtime":
        return band_pays(credit, count.total, charges, False)
    if over is None and "bands" in credit:
        return band_pays(credit, value, charges, wants_more)
    if value is None:
        return Fraction(0)
    if over == "excess":
        if value == INFINITE:
            return band_pays(credit, value, charges, False)
        missed = (size(wanted) - Fraction(value)) * (1 if wants_more else -1)
        return band_pays(credit, 100 * max(Fraction(0), missed) / size(wanted), charges, False)
    missed = (size(wanted) - Fraction(value)) * (1 if wants_more else -1)
    steps = -(-missed // size(credit["per_step"]))
    return charges.worth(credit["gives"], credit.get("base", "month")) * max(0, steps)


def tickets(count: Count) -> set[str]:
    """The counting tickets of outages that count."""
    return {one.ticket["id"] for one in count.outages if one.counted and one.ticket}


def capped(facts: Facts, parts: list[Part]) -> Fraction:
    """The parts under the caps of an event and of a day; one that has neither is one of its line."""
    charges, caps = charges_of(facts), facts.contract.get("caps", {})
    left = sum((one.amount for one in parts), Fraction(0))
    whole = left
    for key in ("event", "day"):
        if key in caps:
            sums: dict[object, Fraction] = {}
            for one in parts:
                lot = one.event if key == "event" else one.day
                sums[lot] = sums.get(lot, Fraction(0)) + one.amount
            limited = sum((min(one, charges.worth(caps[key])) for one in sums.values()), Fraction(0))
            left = min(left, limited)
    return min(left, whole)


def per_time(facts: Facts, credit: Rule, count: Count) -> list[Part]:
    """A unit per time, over the period, each outage or each day."""
    charges = charges_of(facts)
    unit = charges.worth(credit["gives"], credit.get("base", "month"))
    if credit["each"] == "period":
        return [Part(units(credit, count.total) * unit)]
    if credit["each"] == "outage":
        return [
            Part(units(credit, one.counted) * unit, one.start, day_of(one.times[0][0], facts.zone))
            for one in count.outages
            if one.times
        ]
    most = credit.get("max_a_day")
    found = []
    for day, time in by_day(facts, count.outages).items():
        number = units(credit, time)
        found.append(Part(unit * (number if most is None else min(number, Fraction(str(most)))), day=day))
    return found


def combined(facts: Facts, plain: dict[str, Fraction], lines: dict[str, Fraction]) -> list[Fraction]:
    """Before caps, after caps, and what the least payout leaves."""
    contract, charges = facts.contract, charges_of(facts)
    before = together(contract, plain)
    caps = contract.get("caps", {})
    left = dict(lines)
    for shared in caps.get("shared", []):
        own = {name: left.get(name, Fraction(0)) for name in shared["objectives"]}
        most = charges.worth(shared["month"]) * charges.months
        if sum(own.values()) > most:
            left |= {name: one * most / sum(own.values()) for name, one in own.items()}
    amount = together(contract, left)
    if "month" in caps:
        amount = min(amount, charges.worth(caps["month"]) * charges.months)
    least = contract.get("minimum_payout", {})
    under_caps = amount
    if "more_than" in least and not amount > Fraction(least["more_than"]):
        amount = Fraction(0)
    if "at_least" in least and not amount >= Fraction(least["at_least"]):
        amount = Fraction(0)
    return [before, under_caps, amount]


def together(contract: Rule, lines: dict[str, Fraction]) -> Fraction:
    """The lines by `combine`."""
    how = contract.get("combine", "sum")
    if how == "sum":
        return sum(lines.values(), Fraction(0))
    if how == "max":
        return max(lines.values(), default=Fraction(0))
    groups = [list(group) for group in how["groups"]]
    groups += [[name] for name in lines if not any(name in group for group in how["groups"])]
    return max(
        (sum((lines.get(name, Fraction(0)) for name in group), Fraction(0)) for group in groups),
        default=Fraction(0),
    )
