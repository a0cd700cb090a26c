"""From down time to outages, and what of each one counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collector.sla.spans import Spans
from config.outage import Minimum


@dataclass(frozen=True, slots=True)
class WholeOutage:
    """One outage as the contract sees it, also over a period's edge.

    `down` is when the circuit was down, `counted` what of that counts; the gaps that merging bridged
    are in neither.
    """

    down: Spans
    counted: Spans

    @property
    def start_ms(self) -> int:
        """When it began."""
        return self.down.pairs[0][0]

    @property
    def end_ms(self) -> int:
        """When it was over."""
        return self.down.pairs[-1][1]


def outages(down: Spans, merge_within_ms: int, minimum: Minimum | None) -> Iterator[WholeOutage]:
    """Join what touches or lies less than `merge_within_ms` apart; judge each by its whole length."""
    for spans in down.groups(merge_within_ms):
        yield WholeOutage(spans, _counted(spans, minimum))


def _counted(down: Spans, minimum: Minimum | None) -> Spans:
    least = None if minimum is None else minimum.at_least or minimum.longer_than
    if minimum is None or least is None:
        return down
    if minimum.mode == "deductible":
        return down.without_first(least.ms)
    reached = down.total_ms >= least.ms if minimum.at_least else down.total_ms > least.ms
    return down if reached else Spans()
