"""What the carrier's own references say of a circuit that went down. Pure.

A reference with `owner: carrier` is a device of the carrier's that the circuit hangs on, such as its
edge router. It is no witness for the circuit. But where it is silent too the fault is there or before
it, and where it answers the fault is beyond: that is what the carrier's desk asks first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from collector.circuits import Change, Status
from collector.ledger.model import REFERENCE, SeriesKey
from collector.targets import Judging, Planned
from collector.witness import WitnessLog
from probes.model import Round


@dataclass
class CarrierReference:
    """One of them: when it was asked, and when it answered."""

    name: str
    every_ms: int
    asked: WitnessLog = field(default_factory=lambda: WitnessLog(0))
    answered: WitnessLog = field(default_factory=lambda: WitnessLog(0))

    def add(self, one: Round) -> None:
        """Take one of its rounds."""
        if one.sent:
            self.asked.add(one.at_ms, one.every_ms)
        if one.received:
            self.answered.add(one.at_ms, one.every_ms)

    def says(self, after_ms: int) -> str:
        """What it did after a time at which the circuit was down; empty if it wasn't asked.

        A slot that holds `after_ms` may have been answered before the circuit failed, so it is the
        first whole slot behind it that counts.
        """
        begin, end = after_ms + self.every_ms, after_ms + 2 * self.every_ms
        if not self.asked.touches(begin, end):
            return ""
        word = "answers" if self.answered.touches(begin, end) else "is silent too"
        return f"the carrier's {self.name} {word}"


class Carriers:
    """The carriers' own references of one site."""

    def __init__(self, plans: Mapping[int, Planned], judging: Iterable[Judging]) -> None:
        theirs = {series: plan.key for series, plan in plans.items() if plan.key.owner == "carrier"}
        self._references = {one: CarrierReference(key.probe, key.every_ms) for one, key in theirs.items()}
        self._of = {
            one.circuit: [self._references[series] for series, key in theirs.items() if _speaks_for(key, one)]
            for one in judging
        }
        self._every_ms = {one.circuit: min(one.probes.values()) for one in judging}
        self._reach_ms = {
            name: max((2 * one.every_ms for one in known), default=0) for name, known in self._of.items()
        }

    def add(self, one: Round) -> None:
        """Take a round; of other series it is ignored."""
        reference = self._references.get(one.series)
        if reference:
            reference.add(one)

    def rewind(self, now_ms: int) -> None:
        """The clock stepped back to `now_ms`."""
        for reference in self._references.values():
            for log in (reference.asked, reference.answered):
                log.rewind(now_ms)

    def decided_ms(self, circuit: str, at_ms: int) -> int:
        """By when it is known what they say of a circuit that was down in the slot `at_ms` too."""
        return at_ms + self._reach_ms[circuit]

    def explain(self, circuit: str, change: Change) -> Change:
        """A change to down with what the carrier's references say added to its cause."""
        if change.status is not Status.DOWN:
            return change
        words = [one.says(change.at_ms + self._every_ms[circuit]) for one in self._of[circuit]]
        return replace(change, cause="; ".join([change.cause, *filter(None, words)]))

    def state(self) -> dict[str, list[list[list[int]]]]:
        """What `restore` needs, as JSON can hold it."""
        return {
            str(series): [one.asked.tail(), one.answered.tail()] for series, one in self._references.items()
        }

    def restore(self, state: Mapping[str, Sequence[Sequence[Sequence[int]]]]) -> None:
        """Go on from `state`."""
        for series, one in self._references.items():
            if str(series) in state:
                for log, tail in zip((one.asked, one.answered), state[str(series)], strict=True):
                    log.restore(tail)


def _speaks_for(key: SeriesKey, circuit: Judging) -> bool:
    """Whether a carrier's reference is of the circuit's carrier (left out: of any) and covers it."""
    of_carrier = key.carrier in (circuit.carrier, REFERENCE)
    return of_carrier and (not key.covers or circuit.circuit in key.covers)
