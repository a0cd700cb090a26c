"""Whether a credit table says one thing of each value: no gap, no overlap, and worse service never pays less.

The values are walked from the best to the worst, every edge and the space between each two of them; a
sentence names a value at which the table fails.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import combinations, groupby, pairwise

from config.credits import Band, Credit
from config.edges import KINDS, Kind, written
from config.errors import Path
from config.payouts import Payout
from config.ranges import Range, Worse, grid, paying, ranges
from config.roundest import Stretch, roundest

Found = list[tuple[Path, str]]


def credit_problems(
    credit: Credit,
    *,
    wants_more: bool,
    kind: Kind,
    step: Fraction | None = None,
    length_step: Fraction | None = None,
    most: Fraction | None = None,
    currency: str | None = None,
) -> Found:
    """What is wrong with a credit of an objective, as paths below the credit and sentences.

    `kind` is the unit of the objective's values, `step` what they are rounded to (in percentage points,
    ms, business days, or bare), `length_step` what outages are rounded to in ms, `most` the largest value
    there is (100 for a share), `currency` the contract's where it is known.
    """
    found: Found = []
    if credit.bands is not None:
        over = {
            None: partial(
                check_bands, worse="lower" if wants_more else "higher", step=step, kind=kind, most=most
            ),
            "excess": partial(check_bands, worse="higher", step=None, kind="percent"),
        }
        lengths = partial(check_bands, worse="higher", step=length_step, kind="time")
        table = over.get(credit.over, lengths)(credit.bands)
        found += [(("bands", *path), text) for path, text in table]
    if credit.per_step is not None and not _fits(credit.per_step.kind, kind):
        found.append((("per_step",), f"'{credit.per_step}': the unit here is {KINDS[kind]}"))
    return found + _currencies(credit, currency)


def _currencies(credit: Credit, currency: str | None) -> Found:
    places: list[tuple[Path, Payout | None]] = [(("gives",), credit.gives), (("flat",), credit.flat)]
    places += [(("bands", place, "gives"), band.gives) for place, band in enumerate(credit.bands or ())]
    return [
        (path, f"'{one}' is in {one.currency}, and the contract pays in {currency}: write it in {currency}")
        for path, one in places
        if one is not None and currency is not None and one.currency not in {None, currency}
    ]


def check_bands(
    bands: Sequence[Band],
    *,
    worse: Worse,
    step: Fraction | None,
    kind: Kind | None = None,
    most: Fraction | None = None,
) -> Found:
    """What is wrong with a table, as paths below its list and sentences; nothing: it is sound.

    `worse` says in which direction service gets worse, `step` what values are rounded to, `kind` the unit
    of its edges (by default that of the first one), `most` the largest value there is.
    """
    kinds = [edge.kind for band in bands for edge in band.edges.values()]
    unit: Kind = kind if kind is not None else next(iter(kinds), "number")
    step = grid(unit, step)
    found = _units(bands, unit)
    if found:
        return found
    held = ranges(bands, worse, step)
    found = _shapes(held, worse)
    if found:
        return found
    clock = any(edge.as_clock for band in bands for edge in band.edges.values())
    table = _Table(held, tuple(_cells(held, worse, step, most)), worse, unit, clock, step)
    return [*table.overlaps(), *table.gaps(), *table.turned_round()] or [*table.unreachable(), *table.falls()]


def _fits(given: Kind, wanted: Kind) -> bool:
    """A bare number of business days needs no unit."""
    return given == wanted or (wanted == "bd" and given == "number")


def _units(bands: Sequence[Band], kind: Kind) -> Found:
    found: Found = [
        ((place,), "a band needs an edge: below, above, from or to")
        for place, band in enumerate(bands)
        if not band.edges
    ]
    found += [
        ((place, key), f"'{edge}': the unit here is {KINDS[kind]}")
        for place, band in enumerate(bands)
        for key, edge in band.edges.items()
        if not _fits(edge.kind, kind)
    ]
    return found


def _shapes(held: Sequence[Range], worse: Worse) -> Found:
    """Bands that hold nothing, or that can be read in two ways."""
    found: Found = []
    for one in held:
        sentence = _shape(one, worse)
        if sentence:
            found.append(((one.place,), sentence))
    return found


def _shape(one: Range, worse: Worse) -> str:
    keys = set(one.band.edges)
    if len(keys) > 2 or keys in ({"below", "to"}, {"above", "from"}):
        return f"`{one.band}` has two edges on one side: give one on each"
    if one.low is None or one.high is None:
        return ""
    backwards = one.low.key == "below" or one.high.key == "above"
    backwards |= worse == "higher" and (one.low.key == "to" or one.high.key == "from")
    if one.low.value == one.high.value:
        return "" if one.low.inside and one.high.inside else f"`{one.band}` is empty: no value lies in it"
    if backwards:
        return f"`{one.band}` is reversed: {one.low.edge} comes before {one.high.edge}, turn it round"
    return ""


@dataclass(frozen=True, slots=True)
class _Cell:
    """An edge, or the space between two, with a value in it that can be measured."""

    stretch: Stretch
    sample: Fraction


def _cells(held: Sequence[Range], worse: Worse, step: Fraction | None, most: Fraction | None) -> list[_Cell]:
    """All values from the best to the worst; what rounding leaves no value in is left out."""
    edges = {end.value for one in held for end in (one.low, one.high) if end is not None}
    top = max(edges) + max(Fraction(1), max(edges), step or Fraction(0)) if most is None else most
    limits = sorted({Fraction(0), top, *edges})
    stretches = [Stretch(at, at) for at in limits]
    stretches += [Stretch(low, high, low_inside=False, high_inside=False) for low, high in pairwise(limits)]
    cells = [
        _Cell(one, one.some(step))
        for one in sorted(stretches, key=lambda one: (one.low, one.high))
        if one.high <= top and one.has_value(step)
    ]
    return cells if worse == "higher" else cells[::-1]


@dataclass(frozen=True, slots=True)
class _Table:
    held: Sequence[Range]
    cells: Sequence[_Cell]
    worse: Worse
    kind: Kind
    clock: bool
    step: Fraction | None

    def overlaps(self) -> Iterator[tuple[Path, str]]:
        """Two bands for one value, where not one of them is a threshold, of which the worse pays."""
        for one, other in combinations(self.held, 2):
            both = [cell for cell in self.cells if one.holds(cell.sample) and other.holds(cell.sample)]
            if both and not (one.is_threshold or other.is_threshold):
                yield (
                    (other.place,),
                    f"{self._value(both)} has two bands: `{one.band}` gives {one.band.gives}, "
                    f"and `{other.band}` gives {other.band.gives}",
                )

    def gaps(self) -> Iterator[tuple[Path, str]]:
        """Values without a band between two bands."""
        runs = [
            (pays, list(cells))
            for pays, cells in groupby(self.cells, lambda cell: paying(self.held, cell.sample) is not None)
        ]
        for number, (pays, cells) in enumerate(runs):
            if pays or number in {0, len(runs) - 1}:
                continue
            after = paying(self.held, runs[number + 1][1][0].sample)
            yield (after.place if after else 0,), self._gap(cells)

    def _gap(self, cells: Sequence[_Cell]) -> str:
        value, ends = self._value(cells), _joined(cells)
        if ends.low == ends.high:
            return f"{value} has no band: it is outside of both bands beside it"
        better, other = (ends.high, ends.low) if self.worse == "lower" else (ends.low, ends.high)
        return f"{value} falls between {self._text(better)} and {self._text(other)}: no band"

    def unreachable(self) -> Iterator[tuple[Path, str]]:
        """Bands that never pay."""
        reached = [paying(self.held, cell.sample) for cell in self.cells]
        for one in self.held:
            if one in reached:
                continue
            inside = [cell for cell in self.cells if one.holds(cell.sample)]
            if not inside:
                yield (one.place,), f"`{one.band}` can't be reached: no value is measured there"
                continue
            before = paying(self.held, inside[0].sample)
            because = f"every value in it has the band `{before.band}`" if before else "no value is in it"
            yield (one.place,), f"`{one.band}` can't be reached: {because}"

    def falls(self) -> Iterator[tuple[Path, str]]:
        """Bands that pay less than one for better service; only like is compared with like."""
        best: dict[str, Range] = {}
        for one, _ in groupby(paying(self.held, cell.sample) for cell in self.cells):
            if one is None:
                continue
            group, amount = _comparable(one.band.gives)
            before = best.setdefault(group, one)
            if amount < _comparable(before.band.gives)[1]:
                yield (
                    (one.place, "gives"),
                    f"`{one.band}` gives {one.band.gives}, less than {before.band.gives} of the better "
                    f"`{before.band}`: worse service would pay less",
                )
            else:
                best[group] = one

    def turned_round(self) -> Iterator[tuple[Path, str]]:
        """Bands for however good service, in a table that pays nothing for the worst."""
        if paying(self.held, self.cells[-1].sample) is not None:
            return
        for one in self.held:
            if one.is_open_to_the_better:
                wanted = "`below`" if self.worse == "lower" else "`from` or `above`"
                yield (
                    (one.place,),
                    f"`{one.band}` pays for good service, and nothing for the worst: a smaller value is "
                    f"{'worse' if self.worse == 'lower' else 'better'} here, write {wanted}",
                )

    def _value(self, cells: Sequence[_Cell]) -> str:
        return self._written(roundest(_joined(cells), self.kind, self.step))

    def _written(self, value: Fraction) -> str:
        return written(value, self.kind, as_clock=self.clock)

    def _text(self, value: Fraction) -> str:
        """An edge as the table has it."""
        edges = (edge for one in self.held for edge in one.band.edges.values())
        return next((str(edge) for edge in edges if edge.value == value), self._written(value))


def _joined(cells: Sequence[_Cell]) -> Stretch:
    """The stretch from the first cell to the last."""
    low = min((cell.stretch for cell in cells), key=lambda one: (one.low, not one.low_inside))
    high = max((cell.stretch for cell in cells), key=lambda one: (one.high, one.high_inside))
    return Stretch(low.low, high.high, low_inside=low.low_inside, high_inside=high.high_inside)


def _comparable(gives: Payout) -> tuple[str, Fraction]:
    """What a payout may be compared with, and its size there; days are 24 hours of the charge."""
    if gives.in_days:
        return "time", gives.value * (24 if gives.kind == "day" else 1)
    return f"{gives.kind} {gives.currency or ''}", gives.value
