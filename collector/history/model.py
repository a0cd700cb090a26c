"""What a history file says, ready to be judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from collector.sla.evidence import Evidence
from collector.sla.rules import CircuitFacts
from config.dated import Dated
from config.settings import Bandwidth

Known = tuple[CircuitFacts, Evidence]


@dataclass(frozen=True, slots=True)
class History:
    """Circuits by their id, each with all that is known of it, and the moment it was written at.

    A charge without a currency has an empty one: the contract's is meant.
    """

    circuits: Mapping[str, Known]
    now_ms: int | None = None
    zoneless: frozenset[str] = frozenset()
    """Circuits without a zone of their own: UTC stands in their facts, and nobody said so."""
    contracts: Mapping[str, Dated[str]] = field(default_factory=dict)
    """The contracts that circuits name."""
    bandwidths: Mapping[str, Dated[Bandwidth]] = field(default_factory=dict)
    """What was bought, where that changed; in the facts stands the first."""

    def on(self, day: date) -> list[Known]:
        """All circuits, their bandwidth as it stood on a day: a period is judged by its start."""
        return [
            (replace(facts, bandwidth=self.bandwidths[name].at(day)), seen)
            if name in self.bandwidths
            else (facts, seen)
            for name, (facts, seen) in self.circuits.items()
        ]
