"""How a review tells of a key figure with many circuits: its worst, and which else are amiss. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from collector.analysis.ratings import Rated
from collector.performance.kpis.look import AMISS, KpiNow
from collector.sla.rounding import counted, joined

NAMED = 4
"""So many circuits are named."""


def worst_of(one: KpiNow) -> Rated:
    """The circuit that is worst, or all together where they are worse than any."""
    found = [each for each in one.each if each.rating == one.worst]
    return found[0] if found else one.whole


def others_of(one: KpiNow) -> str:
    """`3 more circuits are amiss: a, b and c`; empty: none is."""
    worst = worst_of(one)
    rest = [each.of for each in one.each if each.rating in AMISS and each is not worst]
    if not rest:
        return ""
    return f"{counted(len(rest), 'more circuit')} {'is' if len(rest) == 1 else 'are'} amiss: {_some(rest)}"


def told_of(one: KpiNow) -> str:
    """Both in a sentence, without a full stop."""
    return "; ".join(filter(None, (worst_of(one).sentence, others_of(one))))


def _some(names: Sequence[str]) -> str:
    few = len(names) <= NAMED + 1
    return joined(names if few else [*names[:NAMED], f"{len(names) - NAMED} others"])
