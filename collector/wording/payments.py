"""What a contract pays: each objective's credit, what a day is worth, how credits add up, and caps."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from collector.sla.rates import BASES, number
from collector.wording.lines import Line, Part, cited, lines, listed, sentence, spoken
from config.contract import Groups, Terms
from config.credits import Band, Credit
from config.edges import Kind
from config.objectives import DeliveryObjective, MttrObjective, Objective, RepairObjective
from config.payouts import Payout
from config.ranges import grid, ranges
from config.remedies import CapAmounts, MinimumPayout

_PARTIAL = {
    "whole": "for each whole {per} {time} (what is only begun pays nothing)",
    "fraction": "for each begun {per} {time} (`or fraction thereof`)",
    "proportional": "for each {per} {time}, and for a part of one in proportion",
}
_EACH = {
    "period": "The sum of the period is divided into such units.",
    "outage": "Each outage is divided into such units by itself.",
    "day": "The sum of each local day is divided into such units by itself.",
}
_SPANS = {"event": "an event", "day": "a day", "month": "a month", "quarter": "a quarter", "year": "a year"}
_EXACT = (
    "Amounts stay exact to the end and are rounded half up to two places once; lines that are shown singly "
    "may not add up to the last cent."
)


def payments(terms: Terms) -> Part:
    """Every credit, and how they become one amount."""
    objectives = terms.objectives.by_name() if terms.objectives else {}
    rounding = terms.outage.round if terms.outage else None
    step = Fraction(rounding.to.ms) if rounding else None
    found = [_credit(name, one, step) for name, one in objectives.items()]
    paying = [name for name, one in objectives.items() if one.pays() is not None]
    if not paying:
        return Part("What it pays", (*found, Line("Nothing is paid, whatever is broken.")))
    more = [_currency(terms), _day(terms), *_combine(terms, paying), _EXACT]
    return Part("What it pays", (*found, *lines(*more), *_caps(terms), *lines(_least(terms.minimum_payout))))


def _credit(name: str, one: Objective, length_step: Fraction | None) -> Line:
    credit = one.pays()
    if credit is None:
        return Line(f"{name}: a breach pays nothing.")
    head = {
        "bands": "pays by a table",
        "per": "pays by the time",
        "per_step": "pays by the step",
        "each_day": "pays by the day",
        "flat": "pays a flat sum",
        "proportional": "pays in proportion",
    }[credit.form]
    items = [*_form(one, credit, length_step), _when(credit)]
    return Line(cited(f"{name} {head}:", credit), tuple(items))


def _base(one: Objective, credit: Credit) -> str:
    if isinstance(one, DeliveryObjective):
        return BASES["once"]
    return BASES[credit.base or "month"]


def _when(credit: Credit) -> str:
    if credit.needs_breach:
        return "It pays only where the promise is broken."
    return "It pays by its own measure, whether the promise is broken or kept."


def _form(one: Objective, credit: Credit, length_step: Fraction | None) -> Iterator[str]:
    if credit.form == "bands":
        yield from _table(one, credit, length_step)
        return
    yield from {
        "per": _per,
        "per_step": _step,
        "each_day": _each_day,
        "flat": _flat,
        "proportional": _proportional,
    }[credit.form](one, credit)


def gives(payout: Payout, base: str) -> str:
    """`5% of the month's charge`, `1 day of the port charge`, `50.00 USD`."""
    return str(payout) if payout.kind == "money" else f"{payout} of {base}"


def _table(one: Objective, credit: Credit, length_step: Fraction | None) -> Iterator[str]:
    bands, base = credit.bands or (), _base(one, credit)
    over = {
        None: f"{one.metric} as measured",
        "downtime": "all counted downtime of the period",
        "each_outage": "the counted time of each outage, summed over all of them",
        "excess": "how far the figure misses the target, in percent of the target",
    }[credit.over]
    yield sentence(cited(f"by {over}: {'; '.join(band_words(band, base) for band in bands)}.", *bands))
    edges = _edges(bands, _ends(one, credit, length_step))
    yield f"{edges} Of several lines that fit the one that pays the most counts, alone."
    yield f"Values that no line holds pay nothing. {_goes_by(one, credit, length_step)}"


def band_words(band: Band, base: str) -> str:
    """`below 99.5%: 10% of the month's charge`."""
    held = " ".join(f"{key} {spoken(str(edge))}" for key, edge in band.edges.items())
    return f"{held}: {gives(band.gives, base)}"


def _goes_by(one: Objective, credit: Credit, length_step: Fraction | None) -> str:
    if credit.over in {"downtime", "each_outage"}:
        return f"The table goes by the counted time{', as it was rounded' if length_step else ', exactly'}."
    return f"The table goes by the {'rounded' if one.round else 'exact'} figure."


def _ends(one: Objective, credit: Credit, length_step: Fraction | None) -> dict[str, bool]:
    """Of each edge under `to`, whether the engine takes the value itself into the line."""
    bands = credit.bands or ()
    if credit.over in {"downtime", "each_outage"}:
        held = ranges(bands, "higher", length_step)
    elif credit.over == "excess":
        held = ranges(bands, "higher")
    else:
        kind: Kind = "bd" if isinstance(one, DeliveryObjective) else "percent"
        unit = 1000 if isinstance(one, RepairObjective | MttrObjective) else 1
        step = Fraction(unit, 10**one.round.places) if one.round else None
        held = ranges(bands, "lower" if one.WANTS_MORE else "higher", grid(kind, step))
    ends = [end for each in held for end in (each.low, each.high) if end is not None and end.key == "to"]
    return {spoken(str(end.edge)): end.inside for end in ends}


def _edges(bands: tuple[Band, ...], ends: dict[str, bool]) -> str:
    keys = {key for band in bands for key in band.edges}
    told = []
    strict = [f"`{key}`" for key in ("below", "above") if key in keys]
    if strict:
        verb = "is" if len(strict) == 1 else "are"
        told.append(f"{listed(strict)} {verb} strict: the value itself is not in the line")
    if "from" in keys:
        told.append("`from` holds the value itself")
    inside = [text for text, holds in ends.items() if holds]
    outside = [text for text, holds in ends.items() if not holds]
    if inside:
        told.append(f"`to` holds {listed(inside)} too: values are rounded, and lines stand a step apart")
    if outside:
        told.append(f"`to` does not hold {listed(outside, 'or')} itself")
    return f"{sentence('; '.join(told))}"


def _time(one: Objective) -> str:
    if isinstance(one, RepairObjective):
        return "that a case lasted which missed its time"
    return "of counted downtime"


def _per(one: Objective, credit: Credit) -> Iterator[str]:
    per = _PARTIAL[credit.partial or "whole"].format(
        per=spoken(credit.per or "").removeprefix("1 "), time=_time(one)
    )
    yield f"{_gives(one, credit)} {per}."
    yield _EACH[credit.each or "period"]
    if credit.max_a_day is None:
        yield "However many such units a day may bring, all are paid."
    else:
        yield f"At most {number(credit.max_a_day)} such units are paid for one local day."


def _gives(one: Objective, credit: Credit) -> str:
    paid = credit.gives or credit.flat
    return gives(paid, _base(one, credit)) if paid else ""


def _step(one: Objective, credit: Credit) -> Iterator[str]:
    step = spoken(str(credit.per_step))
    yield f"{_gives(one, credit)} for each {step} by which the target is missed; a begun step counts."


def _each_day(one: Objective, credit: Credit) -> Iterator[str]:
    bad = (
        "that holds counted downtime"
        if one.metric == "availability"
        else "on which a case began that missed its time"
        if isinstance(one, RepairObjective)
        else "whose own figure misses the target"
    )
    yield f"{_gives(one, credit)} for each local day {bad}."


def _flat(one: Objective, credit: Credit) -> Iterator[str]:
    whose = "a case that missed its time" if isinstance(one, RepairObjective) else "an outage that counts"
    ticket, period = f"for each ticket of {whose}", "a period, however much went wrong"
    yield f"{_gives(one, credit)}, once {ticket if credit.each == 'ticket' else period}."


def _proportional(one: Objective, credit: Credit) -> Iterator[str]:
    times = "" if credit.times is None or credit.times == 1 else f", times {number(credit.times)}"
    charge = sentence(_base(one, credit))[:-1]
    yield f"{charge} times the counted downtime, divided by what downtime is divided by{times}."


def _currency(terms: Terms) -> str:
    if terms.currency == "circuit":
        return "Amounts are in the currency of the circuit's charge; two currencies are never added."
    return f"Amounts are in {terms.currency}; two currencies are never added."


def _day(terms: Terms) -> str:
    if terms.day_rate is None:
        return ""
    rate = terms.day_rate
    days = str(rate.days) if rate.days else "the number of days in the month"
    times = "" if rate.parts == 1 else f" times {rate.parts}"
    return f"A day of a monthly charge is that charge{times} divided by {days}; an hour is a 24th of it."


def _combine(terms: Terms, paying: list[str]) -> Iterator[str]:
    how = terms.combine
    if isinstance(how, Groups):
        groups = "; ".join(listed(group) for group in how.groups)
        yield cited(
            f"Credits add up inside a group ({groups}), and only the group that pays the most is paid; what "
            "is in no group is a group of its own.",
            how,
        )
    elif len(paying) > 1:
        yield (
            "Where several promises are broken, only the largest credit is paid."
            if how == "max"
            else "Where several promises are broken, their credits add up."
        )


def _caps(terms: Terms) -> Iterator[Line]:
    caps = terms.caps
    if caps is None or not (caps.amounts() or caps.shared):
        yield Line("No cap: there is no most that is paid.")
        return
    items = [f"{cap_words(caps)}."] if caps.amounts() else []
    items += [
        cited(f"{listed(one.objectives)} together: {cap_words(one)}.", one) for one in caps.shared or ()
    ]
    yield Line(cited("At most this is paid (percent are of the charge):", caps), tuple(items))


def cap_words(caps: CapAmounts) -> str:
    """`100% a month, 50.00 an event`."""
    return ", ".join(f"{cap} {_SPANS[key]}" for key, cap in caps.amounts().items())


def _least(least: MinimumPayout | None) -> str:
    if least is None:
        return "No minimum payout: the smallest credit is paid."
    if least.more_than is not None:
        text = f"A credit of {least.more_than} or less is not paid at all; a larger one is paid whole."
    else:
        text = f"A credit under {least.at_least} is not paid at all; one of that much or more is paid whole."
    return cited(text, least)
