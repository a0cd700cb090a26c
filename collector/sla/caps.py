"""What a contract pays at most: an event, a day, a month, a quarter, a year, alone or shared.

A cap in percent is of the charge base. Caps on an event and a day hold each objective's line, shared
ones what several objectives pay together; what is over a cap is taken from all parts alike.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from collector.sla.calendar import local_day, parse_period
from collector.sla.case import Case
from collector.sla.charges import months_of
from collector.sla.paid import Piece
from collector.sla.rates import Rates, many, money
from collector.sla.rounding import joined
from config.remedies import CapAmounts, Caps

RatesOf = Callable[[Sequence[str]], Rates]
"""The rates of the base that these objectives have in common."""
_ARTICLE = {"event": "an event", "day": "a day", "month": "a month", "quarter": "a quarter", "year": "a year"}


@dataclass(frozen=True, slots=True)
class Capped:
    """What is left, and in words what was cut."""

    pieces: tuple[Piece, ...]
    words: tuple[str, ...]


def cap_lines(pieces: Sequence[Piece], caps: Caps, rates_of: RatesOf) -> Capped:
    """Caps an event and a day, on each objective's line alone."""
    left, words = tuple(pieces), list[str]()
    for key in ("event", "day"):
        cap = caps.amounts().get(key)
        if cap is None:
            continue
        for name in dict.fromkeys(piece.objective for piece in left):
            what = f"{name}: capped at {cap} {_ARTICLE[key]}"
            left, told = _limited(left, rates_of([name]).limit(cap), _within(key, {name}), what)
            words += told
    return Capped(left, tuple(words))


def cap_shared(pieces: Sequence[Piece], caps: Caps, rates_of: RatesOf, case: Case) -> Capped:
    """Caps that several objectives share.

    What earlier periods were given is known of all objectives together only: a shared cap a quarter or a
    year holds it where nothing else pays, and otherwise this period's alone.
    """
    left, words, paying = tuple(pieces), list[str](), _paying(case)
    for shared in caps.shared or ():
        rates = rates_of(shared.objectives)
        for key, cap in shared.amounts().items():
            limit = rates.limit(cap, cap_months(case) if key == "month" else Fraction(1))
            if limit is not None and key in {"quarter", "year"} and paying <= set(shared.objectives):
                limit = max(limit - _given(case, key), Fraction(0))
            each = f"{_ARTICLE[key]}{_times(key, case)}"
            what = f"{joined(shared.objectives)}: capped at {cap} {each} together"
            left, told = _limited(left, limit, _within(key, set(shared.objectives)), what)
            words += told
    return Capped(left, tuple(words))


def cap_total(
    total: Fraction, caps: CapAmounts, rates: Rates, case: Case
) -> tuple[Fraction, tuple[str, ...]]:
    """What is left of all credits of the period, and in words what was cut.

    A quarter's and a year's cap hold what earlier periods that began in it were given, too.
    """
    words = list[str]()
    for key in ("month", "quarter", "year"):
        cap = caps.amounts().get(key)
        if cap is None:
            continue
        limit = rates.limit(cap, cap_months(case) if key == "month" else Fraction(1))
        if limit is None:
            words.append(f"Capped at {cap} {_ARTICLE[key]}: {rates.obstacle(cap)}, nothing is cut")
            continue
        given = Fraction(0) if key == "month" else _given(case, key)
        left = min(total, max(limit - given, Fraction(0)))
        if left < total:
            beside = f", of which {money(given)} was given already" if given else ""
            at = f"{money(limit)} ({cap} {_ARTICLE[key]}{_times(key, case)}){beside}"
            words.append(f"Capped at {at}: {money(total - left)} is cut")
        total = left
    return total, tuple(words)


def limited(
    pieces: Sequence[Piece], limit: Fraction, lot: Callable[[Piece], Hashable | None]
) -> tuple[Piece, ...]:
    """Pieces of one lot are together at most `limit`: all are cut alike; None is in no lot."""
    sums: dict[Hashable, Fraction] = {}
    for piece in pieces:
        key = lot(piece)
        sums[key] = sums.get(key, Fraction(0)) + piece.amount
    return tuple(
        piece
        if (key := lot(piece)) is None or sums[key] <= limit
        else replace(piece, amount=piece.amount * limit / sums[key])
        for piece in pieces
    )


def _within(key: str, objectives: set[str]) -> Callable[[Piece], Hashable | None]:
    """Which lot a piece falls in. One whose outage or day isn't known is one event or day of its line."""

    def lot(piece: Piece) -> Hashable | None:
        if piece.objective not in objectives:
            return None
        if key == "event":
            return (key, piece.objective if piece.event is None else piece.event)
        if key == "day":
            return (key, piece.objective if piece.day is None else piece.day)
        return (key,)

    return lot


def _limited(
    pieces: tuple[Piece, ...], limit: Fraction | None, lot: Callable[[Piece], Hashable | None], what: str
) -> tuple[tuple[Piece, ...], list[str]]:
    """The pieces under a limit, and what was cut in words."""
    if limit is None:
        return pieces, [f"{what}: the charge is not known, nothing is cut"]
    left = limited(pieces, limit, lot)
    cut = sum((before.amount - after.amount for before, after in zip(pieces, left, strict=True)), Fraction(0))
    return left, [f"{what}: {money(cut)} is cut"] if cut else []


def cap_months(case: Case) -> Fraction:
    """How many months' caps a period has: those from one statement to the next, and at least one."""
    cycle, period = case.rules.cycle, case.period
    if cycle.owns(period):
        return Fraction(cycle.months)
    return max(Fraction(1), months_of(period, cycle))


def _times(key: str, case: Case) -> str:
    """`, 3 months` where a month's cap holds several."""
    months = cap_months(case) if key == "month" else Fraction(1)
    return "" if months == 1 else f", {many(months, 'month')}"


def _paying(case: Case) -> set[str]:
    """The names of the objectives that have a credit."""
    promised = case.terms.objectives
    return {name for name, one in promised.by_name().items() if one.pays()} if promised else set()


def _given(case: Case, key: str) -> Fraction:
    """What earlier periods that began in the same local quarter or year gave."""
    zone, cycle = case.rules.zone, case.rules.cycle
    here = _stretch(local_day(case.period.start_ms, zone), key)
    total = Fraction(0)
    for one in case.evidence.earlier:
        start_ms = parse_period(one.label, zone, case.now_ms, cycle).start_ms
        if start_ms < case.period.start_ms and _stretch(local_day(start_ms, zone), key) == here:
            total += one.credit or Fraction(0)
    return total


def _stretch(day: date, key: str) -> tuple[int, int]:
    return day.year, (day.month - 1) // 3 if key == "quarter" else 0


def common_rates(given: Mapping[str, Rates], names: Sequence[str], otherwise: Rates) -> Rates:
    """The rates that all of these objectives pay by, or `otherwise` where they differ."""
    found = {given[name].base: given[name] for name in names if name in given}
    return next(iter(found.values())) if len(found) == 1 else otherwise
