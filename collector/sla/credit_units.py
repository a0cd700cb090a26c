"""Credits by the unit: per time, per step, per bad day; flat; and in proportion to downtime."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import ceil, floor

from collector.sla.paid import Due, Paid, Piece, nothing, nothing_missed, touched_days
from collector.sla.rates import many, money, number
from collector.sla.rounding import counted, in_words, rounded, shown_time
from config.edges import written
from config.payouts import Payout
from config.terms import INFINITE
from probes.values import Duration

ONE = Fraction(1)
_BEGUN = {"whole": "whole ", "fraction": "begun ", "proportional": ""}
_UNITS = {60_000: "minute", 3_600_000: "hour", 86_400_000: "day"}


@dataclass(frozen=True, slots=True)
class Lot:
    """Counted time that is turned into units by itself.

    `days` are the local days that it touches, and `day` the one that all of it is counted on.
    """

    ms: Fraction
    days: Sequence[date]
    event: int | None = None
    day: date | None = None


def per_time(due: Due) -> Paid:
    """A unit per so much counted time: of the period, of each outage, or of each day."""
    credit = due.credit
    gives, per = credit.gives, credit.per
    if gives is None or per is None:
        raise ValueError("`per` needs `gives`")
    used: dict[date, Fraction] = {}
    pieces, total, before = list[Piece](), Fraction(0), Fraction(0)
    lots = _LOTS[credit.each or "period"](due)
    for lot in lots:
        units = units_of(lot.ms / per.ms, credit.partial or "whole")
        before += units
        for part, day in spread(units, lot, used, credit.max_a_day):
            total += part
            pieces.append(due.piece(gives, part, lot.event, day))
    limit = f", at most {number(credit.max_a_day)} a day" if credit.max_a_day is not None else ""
    reason = _units_spoken(before, credit.partial or "whole", per)
    time = shown_time(sum((lot.ms for lot in lots), Fraction(0)))
    among = {"outage": f" in {counted(len(lots), 'outage')}", "day": f" on {counted(len(lots), 'day')}"}
    most = credit.max_a_day
    within = f", {number(total)} of them within {number(most)} a day" if most and total < before else ""
    what = f"{time} counted{among.get(credit.each or '', '')}: {reason}{within}, {gives} each = "
    return due.paid(pieces, gives, total, f"{reason}{limit}", what)


def units_of(ratio: Fraction, partial: str) -> Fraction:
    """Whole units, begun ones too (`fraction`), or in proportion."""
    if partial == "proportional":
        return ratio
    return Fraction(ceil(ratio) if partial == "fraction" else floor(ratio))


def spread(
    units: Fraction, lot: Lot, used: dict[date, Fraction], most: Fraction | None
) -> Iterator[tuple[Fraction, date | None]]:
    """Units by the local day that they fall on; they fill the lot's days in order, each up to `most`.

    `used` is what other lots have put on a day already; it is added to.
    """
    if most is None:
        if units > 0:
            yield units, lot.day
        return
    for day in lot.days:
        part = min(units, most - used.get(day, Fraction(0)))
        if part > 0:
            used[day] = used.get(day, Fraction(0)) + part
            units -= part
            yield part, day


def _units_spoken(units: Fraction, partial: str, per: Duration) -> str:
    """`1 begun hour`, `2.5 hours`, `3 whole units of 30 min`."""
    if per.ms in _UNITS:
        return many(units, _BEGUN[partial] + _UNITS[per.ms])
    return f"{many(units, _BEGUN[partial] + 'unit')} of {in_words(per)}"


def _of_period(due: Due) -> list[Lot]:
    return [Lot(due.counted_ms, list(due.by_day))]


def _of_outages(due: Due) -> list[Lot]:
    return [
        Lot(one.counted_ms, days, one.start_ms, days[0])
        for one in due.outages
        if (days := touched_days(one, due.zone))
    ]


def _of_days(due: Due) -> list[Lot]:
    return [Lot(ms, [day], None, day) for day, ms in due.by_day.items()]


_LOTS: Mapping[str, Callable[[Due], list[Lot]]] = {
    "period": _of_period,
    "outage": _of_outages,
    "day": _of_days,
}


def per_step(due: Due) -> Paid:
    """A unit for each begun step by which the target was missed."""
    step, gives = due.credit.per_step, due.credit.gives
    if step is None or gives is None:
        raise ValueError("`per_step` needs `gives`")
    if due.figure == INFINITE:
        whole = Payout("percent", Fraction(100), None, "100%")
        return due.paid(
            [due.piece(whole)],
            whole,
            ONE,
            "infinite: the whole charge",
            "infinite is more steps than there are, the whole charge: ",
        )
    if due.missed_by is None:
        return nothing_missed(due)
    steps = Fraction(ceil(due.missed_by / step.value))
    reason = f"{many(steps, 'begun step')} of {in_words(step)}"
    missed = in_words(written(rounded(due.missed_by, 6, "half_up"), step.kind))
    what = f"missed by {missed}: {reason}, {gives} each = "
    return due.paid([due.piece(gives, steps)], gives, steps, reason, what)


def each_day(due: Due) -> Paid:
    """A unit for each local day with counted downtime, or whose own value misses the target."""
    gives = due.credit.gives
    if gives is None:
        raise ValueError("`each_day` needs `gives`")
    down = due.judgement.metric == "availability"
    days = sorted(due.by_day if down else set(due.judgement.missed_days))
    reason = f"{counted(len(days), 'day')} {'with downtime' if down else 'over the target'}"
    pieces = [due.piece(gives, day=day) for day in days]
    return due.paid(pieces, gives, Fraction(len(days)), reason, f"{reason}, {gives} each = ")


def flat(due: Due) -> Paid:
    """One sum, or one for each ticket of the outages that count."""
    gives = due.credit.flat
    if gives is None:
        raise ValueError("a flat credit needs its sum")
    if due.credit.each != "ticket":
        return due.paid([due.piece(gives)], gives, ONE, f"flat {gives}", "flat ")
    tickets = _tickets(due)
    units = Fraction(len(tickets))
    pieces = [due.piece(gives, event=event) for event in tickets.values()]
    reason = counted(len(tickets), "ticket")
    return due.paid(pieces, gives, units, reason, f"{reason}, {gives} each = ")


def _tickets(due: Due) -> Mapping[str, int | None]:
    """Tickets with the outage of each: those that count, of the cases that missed where there are such."""
    if due.of_repairs:
        cases = [(one.ticket, one.outage_ms) for one in due.judgement.cases if one.missed]
    else:
        cases = [(one.ticket.id if one.ticket else None, one.start_ms) for one in due.outages]
    found: dict[str, int | None] = {}
    for ticket, outage_ms in cases:
        if ticket is not None:
            found.setdefault(ticket, outage_ms)
    return found


def proportional(due: Due) -> Paid:
    """The share of the denominator that was counted as down, of the charge."""
    account, times = due.case.account, due.credit.times or ONE
    if account is None or account.denominator_ms <= 0:
        return nothing("there is no time to take a share of")
    whole = Payout("percent", Fraction(100), None, "100%")
    share = due.counted_ms / account.denominator_ms * times
    told = f"{shown_time(due.counted_ms)} of {shown_time(account.denominator_ms)}"
    factor = "" if times == 1 else f" x {number(times)}"
    amount = due.rates.price(whole, share)
    words = f"{told}{factor} of {money(due.rates.charge or Fraction(0))} = {money(amount)}"
    return Paid((due.piece(whole, share),), None, *due.told(whole, f"{told}{factor}", words))
