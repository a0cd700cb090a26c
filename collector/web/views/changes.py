"""What changed on a circuit in the time of its chart: sentences for the page, flags for the picture."""

from __future__ import annotations

from dataclasses import dataclass

from collector.charts.marks import Flag
from collector.clerk import Desk
from collector.performance.nightly.anomalies import anomalies
from collector.web.views.page import Clocks, Moment

SHOWN = 50
"""So many stand on the page, the newest."""
_ON_CHART = {"rtt", "loss"}
"""What the chart of the RTT shows."""


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the list."""

    at: Moment
    worse: bool
    says: str
    year: str
    """Empty in the year of now: sentences name none."""


@dataclass(frozen=True, slots=True)
class Changes:
    """`found` is newest first; `analysed` is None for a circuit that no analysis looked at yet."""

    found: tuple[Change, ...]
    flags: tuple[Flag, ...]
    analysed: Moment | None


def changes(desk: Desk, circuit: str, from_ms: int, to_ms: int) -> Changes:
    """What the nightly analysis found of a circuit in [from, to)."""
    clocks = Clocks(desk.settings, desk.now.wall_ms)
    site = desk.settings.circuits[circuit].site
    found = anomalies(desk, from_ms, to_ms, [circuit])
    now = clocks.at(desk.now.wall_ms, site)
    until_ms = desk.reader.analysed_until().get(circuit)
    return Changes(
        tuple(
            Change(at := clocks.at(one.finding.at_ms, site), one.finding.worse, one.sentence, _year(at, now))
            for one in reversed(found)
        )[:SHOWN],
        tuple(
            Flag(one.finding.at_ms, one.finding.worse, one.sentence)
            for one in found
            if one.finding.metric in _ON_CHART
        ),
        clocks.maybe(until_ms, site),
    )


def _year(at: Moment, now: Moment) -> str:
    return "" if at.iso[:4] == now.iso[:4] else at.iso[:4]
