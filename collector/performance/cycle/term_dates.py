"""The days of a contract term: when it ends, how it renews, and until when notice must be given. Pure."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from config.settings import Circuit, Term

Stage = Literal["later", "120", "90", "60", "30", "over", "decided"]
"""So many days at most are left for notice; `over`: too late, the term ends (or renews) as it is;
`decided`: a person has put it aside (see `collector.analysis.recommend.notice.key`)."""
_STAGES: tuple[tuple[int, Stage], ...] = ((30, "30"), (60, "60"), (90, "90"), (120, "120"))
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class TermDates:
    """A term as it runs on a day."""

    until: date
    """Its last day, renewals rolled forward."""
    renewed: int
    """How often it has renewed itself."""
    notice_by: date | None
    """Last day for notice: the term's end less the notice; of one that renews without any, its last day.
    None where it just ends."""

    def stage(self, today: date) -> Stage:
        """How near the notice (or the end) is."""
        left = ((self.notice_by or self.until) - today).days
        if left < 0:
            return "over"
        return next((name for days, name in _STAGES if left <= days), "later")


def dates(circuit: Circuit, today: date) -> TermDates | None:
    """A circuit's term on a day; None without one, and where the circuit is out of service."""
    term, ended = circuit.term, circuit.active.until
    if term is None or term.until is None or (ended is not None and ended < today):
        return None
    end, renewed = term.until + _DAY, 0
    while term.renews and _is_over(end, term, today):
        end, renewed = later(end, term.renews), renewed + 1
    notice = later(end, term.notice, -1) - _DAY if term.notice else None
    return TermDates(end - _DAY, renewed, notice or (end - _DAY if term.renews else None))


def _is_over(end: date, term: Term, today: date) -> bool:
    """Whether the term has ended; one that renews for less than its notice can be left only later on."""
    if end <= today or not (term.notice and term.renews):
        return end <= today
    notice = later(end, term.notice, -1)
    return notice <= today and later(end, term.renews) - end < end - notice


def later(day: date, span: str, times: int = 1) -> date:
    """So much after a day (before it, with `times` of -1): `90d`, `2w`, `12mo`, `1y`.

    Of months the same day of the month, or its last where it has fewer.
    """
    match = re.fullmatch(r"(\d+)(d|w|mo|y)", span)
    if match is None:  # the configuration was checked
        raise ValueError(f"{span!r} is not a span such as 90d or 12mo")
    count, unit = int(match[1]) * times, match[2]
    if unit in {"d", "w"}:
        return day + timedelta(days=count * (7 if unit == "w" else 1))
    months = day.year * 12 + day.month - 1 + count * (12 if unit == "y" else 1)
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
