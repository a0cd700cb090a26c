"""How full a circuit was, and what it carried, over measurements of its load."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from collector.sla.evidence import Load
from collector.sla.objectives import FOREVER_MS, Finding
from collector.sla.packets import statistic_of_figures
from collector.sla.rounding import counted
from collector.sla.spans import Spans
from collector.sla.stat_words import stat_words
from collector.sla.windows import worse
from config.objectives import ShareAbove, ThroughputObjective, UtilisationObjective

_OTHER_END = {"forward": "transmit", "reverse": "receive"}

LoadObjective = UtilisationObjective | ThroughputObjective


def load(objective: LoadObjective, loads: Sequence[Load], start_ms: int, end_ms: int) -> Finding:
    """Percent of the rate, over what was measured in [start, end); of two directions the worse one."""
    if isinstance(objective.stat, ShareAbove):
        return Finding(None, "a share above a delay says nothing of a load")
    here = [one for one in loads if start_ms <= one.at_ms < end_ms]
    ways = _ways(objective, [(one.direction, ratio) for one in here for ratio in _ratios(objective, one)])
    found = {
        way: figure
        for way, percents in ways.items()
        if (figure := statistic_of_figures(percents, objective.stat)) is not None
    }
    if not found:
        return Finding(None, f"nobody measured the {objective.metric}")
    way = worse(found, wants_more=objective.WANTS_MORE)
    over = f"{stat_words(objective.stat)} of {counted(len(ways[way]), 'measurement')}, of the {objective.of}"
    named = f", {way}" if way else ""
    return Finding(found[way], f"{over}{named}" + (", the worse way" if len(found) > 1 else ""))


def _ratios(objective: LoadObjective, one: Load) -> tuple[Fraction, ...]:
    ratio = one.utilisation if isinstance(objective, UtilisationObjective) else one.throughput
    return () if ratio is None else (ratio,)


def _ways(objective: LoadObjective, ratios: Sequence[tuple[str, Fraction]]) -> dict[str, list[Fraction]]:
    """Percentages by direction; those of no direction stand for every one that is asked for."""
    wanted = _OTHER_END.get(objective.direction or "")
    ways = dict[str, list[Fraction]]()
    for direction, ratio in ratios:
        if wanted is None or direction in {wanted, ""}:
            way = "" if objective.direction == "both" else direction
            ways.setdefault(way, []).append(100 * ratio)
    return ways


def known(loads: Sequence[Load]) -> Spans:
    """The time of which the load is known: a measurement stands until the next one."""
    return Spans.of((one.at_ms, FOREVER_MS) for one in loads)
