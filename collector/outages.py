"""The status of circuits becomes outages: start, end, cause. Pure.

An outage begins when a circuit turns down and ends when it is anything else: a stretch of unknown
ends it too, because nobody can say that it went on. Outages in a time in which all circuits of a
site were down together, while a reference of ours answered (else they were unknown), have a cause in
common, and are flagged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from collector.circuits import Change, Status
from collector.ledger.model import Outage

KEPT = 4
"""So many outages of a circuit are remembered, to be compared with its neighbours'."""
Span = tuple[int, float]


@dataclass
class Outages:
    """The newest outages of one site. `carriers` names each circuit's carrier.

    What comes out doesn't depend on how the changes of several circuits are interleaved, as long as
    those of each come in order.
    """

    site: str
    carriers: Mapping[str, str]
    kept: dict[str, list[Outage]] = field(default_factory=dict)

    def open(self) -> dict[str, Outage]:
        """Outages that have begun and not ended, by circuit."""
        return {name: kept[-1] for name, kept in self.kept.items() if kept and kept[-1].end_ms is None}

    def take(self, circuit: str, change: Change) -> list[Outage]:
        """The outage record, new or ended, that a change of status makes; `flag` follows."""
        kept = self.kept.setdefault(circuit, [])
        last = kept[-1] if kept and kept[-1].end_ms is None else None
        if change.status is Status.DOWN and last is None:
            kept.append(Outage(self.site, self.carriers[circuit], circuit, change.at_ms, None, change.cause))
            del kept[:-KEPT]
        elif change.status is not Status.DOWN and last is not None:
            kept[-1] = replace(last, end_ms=change.at_ms)
        else:
            return []
        return [kept[-1]]

    def flag(self) -> list[Outage]:
        """Set every kept outage's flag to what is known now; gives those that changed.

        Once for many changes: it looks at all circuits.
        """
        together = self._together()
        changed = []
        for kept in self.kept.values():
            for i, outage in enumerate(kept):
                common = any(begin < _end(outage) and outage.start_ms < end for begin, end in together)
                if outage.common_cause is not common:
                    kept[i] = replace(outage, common_cause=common)
                    changed.append(kept[i])
        return changed

    def _together(self) -> list[Span]:
        """When all circuits of the site were down."""
        if len(self.carriers) < 2 or not all(self.kept.get(name) for name in self.carriers):
            return []
        spans: list[Span] = [(0, float("inf"))]
        for name in self.carriers:
            spans = list(_both(spans, [(outage.start_ms, _end(outage)) for outage in self.kept[name]]))
            if not spans:
                break
        return spans


def _end(outage: Outage) -> float:
    return float("inf") if outage.end_ms is None else outage.end_ms


def _both(ours: Sequence[Span], theirs: Sequence[Span]) -> Iterable[Span]:
    for begin, end in ours:
        for other_begin, other_end in theirs:
            if max(begin, other_begin) < min(end, other_end):
                yield max(begin, other_begin), min(end, other_end)
