"""Which periods the carriers' pages offer: months that have statements, their quarters and years."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from collector.clerk import Desk
from collector.performance.scorecards.period_statements import issued
from collector.sla.calendar import MONTH, QUARTER, YEAR
from collector.web.views.page import link

MONTHS, QUARTERS, YEARS = 6, 5, 2
Choice = tuple[str, str, bool]


def newest_label(desk: Desk) -> str:
    """The newest period that has statements; `current` without any."""
    return next(iter(_labels(desk)), "current")


def choices(desk: Desk, path: str, query: Mapping[str, str], label: str) -> tuple[list[Choice], list[Choice]]:
    """Links to months, and to quarters and years; the rest of the query is kept."""
    labels = _labels(desk)
    months = [("current", "this month so far"), *((one, one) for one in labels[:MONTHS])]
    longer = [(one, one) for one in _longer(desk)]
    if label not in {one for one, _ in (*months, *longer)}:
        months.append((label, label))
    return (
        [(text, link(path, query, period=one), one == label) for one, text in months],
        [(text, link(path, query, period=one), one == label) for one, text in longer],
    )


def _labels(desk: Desk) -> list[str]:
    """The periods that have statements, the newest first."""
    found = {one.label: one.key.to_ms for one in issued(desk)}
    return sorted(found, key=lambda label: -found[label])


def _longer(desk: Desk) -> Iterator[str]:
    """Quarters and years of which something is issued, the newest first."""
    zone = desk.settings.zone
    middles = sorted({one.middle_ms for one in issued(desk)}, reverse=True)
    months = {MONTH.containing(at, zone).start_ms for at in middles}
    for cycle, most in ((QUARTER, QUARTERS), (YEAR, YEARS)):
        labels = [cycle.containing(at, zone).label for at in sorted(months, reverse=True)]
        yield from list(dict.fromkeys(labels))[:most]
