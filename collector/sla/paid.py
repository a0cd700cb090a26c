"""What a credit is worked out from, and what comes of it before any cap.

Time is counted time, as every duration credit looks at it. For a repair objective it is the time of
the outages that missed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import chain

from collector.sla.case import Case, Judgement
from collector.sla.lengths import days_of
from collector.sla.rates import Rates
from collector.sla.reckoning import Reckoned
from collector.sla.spans import Spans
from config.credits import Credit
from config.edges import Kind
from config.objectives import Objective
from config.payouts import Payout
from config.ranges import Worse, grid
from config.terms import Figure

REPAIRS = frozenset({"time_to_repair", "start_of_repair", "response", "notification"})
_KINDS: Mapping[str, Kind] = {"%": "percent", "ms": "time", "s": "time", "bd": "bd"}


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a credit: of which outage and of which local day, where the form knows."""

    objective: str
    amount: Fraction
    event: int | None = None
    """The measured start of an outage."""
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Paid:
    """A credit before caps: exact, with the percent where it is one, and why, short and in full."""

    pieces: tuple[Piece, ...]
    percent: Fraction | None
    reason: str
    words: str

    @property
    def amount(self) -> Fraction:
        """All of it."""
        return sum((piece.amount for piece in self.pieces), Fraction(0))


def nothing(reason: str) -> Paid:
    """No credit, and why."""
    return Paid((), None, reason, f"{reason}: no credit")


def nothing_missed(due: Due) -> Paid:
    """No credit by how far the target was missed, as there is no such figure."""
    return nothing("nothing was measured" if due.figure is None else "no single target was missed")


@dataclass(frozen=True, slots=True)
class Due:
    """One objective's credit, and all that its form looks at."""

    case: Case
    judgement: Judgement
    objective: Objective
    credit: Credit
    rates: Rates

    @property
    def zone(self) -> str:
        return self.case.rules.zone

    @property
    def of_repairs(self) -> bool:
        return self.judgement.metric in REPAIRS

    @property
    def outages(self) -> tuple[Reckoned, ...]:
        """Those that the credit is about and that count, in order of time."""
        if self.case.account is None:
            return ()
        missed = {one.outage_ms for one in self.judgement.cases if one.missed}
        return tuple(
            one
            for one in sorted(self.case.account.here, key=lambda one: one.start_ms)
            if one.counted_ms > 0 and (not self.of_repairs or one.start_ms in missed)
        )

    @property
    def counted_ms(self) -> Fraction:
        """The period's total."""
        if self.case.account is None:
            return Fraction(0)
        if self.of_repairs:
            return sum((one.counted_ms for one in self.outages), Fraction(0))
        return self.case.account.counted_ms

    @property
    def by_day(self) -> Mapping[date, Fraction]:
        """Counted time by local day, in order; days without any are left out."""
        if self.case.account is None:
            return {}
        if not self.of_repairs:
            return {day: ms for day, ms in sorted(self.case.account.by_day.items()) if ms > 0}
        time = Spans.of(chain.from_iterable(one.counted for one in self.outages))
        return {day: Fraction(spans.total_ms) for day, spans in days_of(time, self.zone).items()}

    @property
    def figure(self) -> Figure | None:
        """What was measured, in the unit of a table's edges: times in ms."""
        measured = self.judgement.measured
        return measured * 1000 if self.judgement.unit == "s" and isinstance(measured, Fraction) else measured

    @property
    def missed_by(self) -> Fraction | None:
        """How far the target was missed, 0 where it wasn't; None where no number says so."""
        target, figure = self.judgement.target, self.figure
        if target is None or not isinstance(figure, Fraction):
            return None
        short = target.value - figure if target.wants_more else figure - target.value
        return max(short, Fraction(0))

    @property
    def worse(self) -> Worse:
        target = self.judgement.target
        return "lower" if target is not None and target.wants_more else "higher"

    @property
    def step(self) -> Fraction | None:
        """What measured values are rounded to, in the unit of a table's edges."""
        rounding, step = self.objective.round, None
        if rounding is not None:
            step = Fraction(1000 if self.judgement.unit == "s" else 1, 10**rounding.places)
        return grid(_KINDS.get(self.judgement.unit, "number"), step)

    @property
    def length_step(self) -> Fraction | None:
        """What lengths of time are rounded to."""
        rounding = self.case.rules.rounding
        return None if rounding is None or not rounding.to.ms else Fraction(rounding.to.ms)

    def piece(
        self, gives: Payout, units: Fraction = Fraction(1), event: int | None = None, day: date | None = None
    ) -> Piece:
        return Piece(self.judgement.id, self.rates.price(gives, units), event, day)

    def paid(self, pieces: Sequence[Piece], gives: Payout, units: Fraction, reason: str, what: str) -> Paid:
        """`units` times `gives`; `what` is the sentence up to the payout."""
        percent = gives.value * units if gives.kind == "percent" else None
        return Paid(
            tuple(pieces), percent, *self.told(gives, reason, f"{what}{self.rates.spoken(gives, units)}")
        )

    def told(self, gives: Payout | None, reason: str, words: str) -> tuple[str, str]:
        """Reason and sentence, with what keeps it from being priced."""
        obstacle = self.rates.obstacle(gives)
        return (f"{reason}; {obstacle}", f"{words}; {obstacle}") if obstacle else (reason, words)


def touched_days(outage: Reckoned, zone: str) -> list[date]:
    """The local days of an outage's counted time, in order; of its measured time where rounding made it."""
    return list(days_of(outage.counted or outage.down, zone))
