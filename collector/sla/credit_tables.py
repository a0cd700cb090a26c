"""Credits by a table: of the measured value, of the excess, of the total downtime, of each outage."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from collector.sla.judgement import figure_words
from collector.sla.paid import Due, Paid, nothing, nothing_missed, touched_days
from collector.sla.rates import number
from collector.sla.rounding import counted, in_words, shown_time
from config.credits import Band
from config.ranges import Range, paying, ranges, worst
from config.terms import INFINITE, Target


def by_table(due: Due) -> Paid:
    """What the table pays for what it is over."""
    over = {None: _on_measured, "excess": _on_excess, "downtime": _on_downtime, "each_outage": _each_outage}
    return over[due.credit.over](due)


def _on_measured(due: Due) -> Paid:
    figure = due.figure
    if figure is None:
        return nothing(due.judgement.words.removeprefix("= "))
    held = ranges(due.credit.bands or (), due.worse, due.step)
    found = paying(held, figure)
    return _banded(due, found.band if found else None, _figure(due))


def _on_excess(due: Due) -> Paid:
    target, missed, held = due.judgement.target, due.missed_by, _upward(due, None)
    if due.figure == INFINITE or (target is not None and target.value == 0 and missed):
        return _banded(due, worst(held).band, f"{_figure(due)}, beyond any share of the target")
    if target is None or missed is None:
        return nothing_missed(due)
    excess = 100 * missed / target.value if missed else missed
    found = paying(held, excess)
    return _banded(
        due, found.band if found else None, f"{number(excess)}% off the target of {_promised(target)}"
    )


def _on_downtime(due: Due) -> Paid:
    total = due.counted_ms
    found = paying(_upward(due, due.length_step), total) if total > 0 else None
    return _banded(due, found.band if found else None, f"{shown_time(total)} counted")


def _each_outage(due: Due) -> Paid:
    held = _upward(due, due.length_step)
    found = [(one, paying(held, one.counted_ms)) for one in due.outages]
    banded = [(one, place.band) for one, place in found if place is not None]
    if not banded:
        return nothing(f"none of {counted(len(found), 'outage')} is in a band")
    pieces = [
        due.piece(band.gives, event=one.start_ms, day=touched_days(one, due.zone)[0]) for one, band in banded
    ]
    told = [
        f"{shown_time(one.counted_ms)}, {in_words(band)}: {due.rates.spoken(band.gives)}"
        for one, band in banded
    ]
    percents = [band.gives.value for _, band in banded if band.gives.kind == "percent"]
    percent = sum(percents, Fraction(0)) if len(percents) == len(banded) else None
    reason = "; ".join(f"{shown_time(one.counted_ms)}: {in_words(band)}" for one, band in banded)
    priced = next((band.gives for _, band in banded if due.rates.obstacle(band.gives)), banded[0][1].gives)
    return Paid(tuple(pieces), percent, *due.told(priced, reason, "; ".join(told)))


def _upward(due: Due, step: Fraction | None) -> Sequence[Range]:
    return ranges(due.credit.bands or (), "higher", step)


def _banded(due: Due, band: Band | None, what: str) -> Paid:
    if band is None:
        return nothing(f"{what} is in no band")
    named = in_words(band)
    return due.paid([due.piece(band.gives)], band.gives, Fraction(1), named, f"{what}, {named}: ")


def _promised(target: Target) -> str:
    return in_words(target.text.removeprefix(target.operator).strip())


def _figure(due: Due) -> str:
    one = due.judgement
    figure = one.measured if one.measured is not None else Fraction(0)
    return figure_words(figure, one.unit, one.places)
