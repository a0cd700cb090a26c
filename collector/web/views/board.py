"""The statements' rows in which carriers stand side by side: text, a small bar, and who is best. Pure.

What a scorecard says (scoreboard.py) isn't said again here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from collector.comparison import Compared, Promise
from collector.sla.rounding import shown, trimmed
from collector.times import span
from collector.web.views.page import money, percent

SHOWN_TARGETS, SHOWN_CIRCUITS = 2, 4
BAR_BEGINS = Fraction(99, 100)
"""An availability's last per cent is what differs, so its bar begins here."""
NAMES = {"rtt": "Round-trip time", "loss": "Packet loss", "jitter": "Jitter", "mos": "Voice quality (MOS)"}


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands of one carrier in a row; `best` only where there is somebody to compare with."""

    text: str
    note: str = ""
    share: int | None = None
    """For a small bar, 0 to 100."""
    best: bool = False
    bad: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A row: a figure of every carrier."""

    title: str
    hint: str
    cells: tuple[Cell, ...]


def parts(found: Sequence[Compared]) -> Iterator[tuple[str, tuple[Line, ...]]]:
    """The rows under their headings; a heading without rows is left out."""
    for title, of in (
        ("Availability", _availability),
        ("Outages", _outages),
        ("Promises", _promised),
        ("Money, by currency", _money),
        ("Tickets", _tickets),
    ):
        lines = tuple(of(found))
        if lines:
            yield title, lines


def _availability(found: Sequence[Compared]) -> Iterator[Line]:
    yield _plain("Circuits", "", [Cell(str(len(one.card.circuits))) for one in found])
    worst = [one.worst for one in found]
    names = [one.worst_circuit for one in found]
    yield ranked("Worst circuit", "", worst, percent, list(map(_scaled, worst)), names, most=True)
    known = [Cell("–" if one.coverage is None else percent(one.coverage, 2)) for one in found]
    yield _plain("Measured", "of the period", known)


def _outages(found: Sequence[Compared]) -> Iterator[Line]:
    sizes = [len(one.card.circuits) or 1 for one in found]
    yield _plain("Outages", "in all", [Cell(str(one.card.outages)) for one in found])
    down = [Fraction(one.card.down_seconds) / size for one, size in zip(found, sizes, strict=True)]
    yield _lengths("Down, as measured", "a circuit", down)
    counted = [Fraction(one.card.counted_seconds) / size for one, size in zip(found, sizes, strict=True)]
    yield _lengths("Down, as the contracts count", "a circuit", counted)


def _promised(found: Sequence[Compared]) -> Iterator[Line]:
    for metric, title in NAMES.items():
        those = [next((each for each in one.promises if each.metric == metric), None) for one in found]
        if any(those):
            yield _plain(title, "median of the circuits", [_promise(one) for one in those])
    yield _plain("Circuits with a breach", "", [_breaches(one) for one in found])


def _promise(one: Promise | None) -> Cell:
    if one is None:
        return Cell("–", "not promised")
    judged = one.kept + one.broken + one.undecided
    more = " …" if len(one.targets) > SHOWN_TARGETS else ""
    note = f"{one.kept} of {judged} kept {', '.join(one.targets[:SHOWN_TARGETS])}{more}"
    if judged > 1 and one.worst is not None:
        note += f"; worst {_figure(one.worst, one.unit)}, {one.worst_circuit}"
    return Cell(_figure(one.median, one.unit), note, bad=bool(one.broken))


def _breaches(one: Compared) -> Cell:
    count, circuits = len(one.card.breached), len(one.card.circuits)
    note = ", ".join(one.card.breached[:SHOWN_CIRCUITS]) + (" …" if count > SHOWN_CIRCUITS else "")
    share = round(100 * count / circuits) if circuits else None
    return Cell(f"{count} of {circuits}", note, share, bad=bool(count))


def _money(found: Sequence[Compared]) -> Iterator[Line]:
    yield _plain("Credits due", "", [Cell(_sums({**one.card.credits})) for one in found])
    yield _plain("Claimed", "", [Cell(_sums({**one.claimed})) for one in found])
    yield _plain("Received", "", [Cell(_sums({**one.received})) for one in found])


def _tickets(found: Sequence[Compared]) -> Iterator[Line]:
    if not any(one.speed.tickets for one in found):
        return
    yield _plain("Tickets", "", [Cell(str(one.speed.tickets)) for one in found])
    for title, values in (
        ("Taken on after", [one.speed.acknowledged for one in found]),
        ("Closed after", [one.speed.closed for one in found]),
    ):
        if any(value is not None for value in values):
            yield _lengths(title, "in the mean", values)


def _plain(title: str, hint: str, cells: Sequence[Cell]) -> Line:
    return Line(title, hint, tuple(cells))


def _lengths(title: str, hint: str, values: Sequence[Fraction | None]) -> Line:
    """Lengths of time in seconds, the shortest best; their bars are of the longest."""
    longest = max((value for value in values if value is not None), default=Fraction(0))
    bars = [
        None if value is None or not longest or len(values) == 1 else round(100 * value / longest)
        for value in values
    ]
    return ranked(title, hint, values, lambda value: span(round(value)), bars)


def ranked(
    title: str,
    hint: str,
    values: Sequence[Fraction | None],
    text: Callable[[Fraction], str],
    bars: Sequence[int | None] = (),
    notes: Sequence[str] = (),
    *,
    most: bool = False,
) -> Line:
    """A row in which somebody is best: whoever has the least (or the `most`) of what is known."""
    known = [value for value in values if value is not None]
    best = (max if most else min)(known) if len(set(known)) > 1 else None
    cells = [
        Cell(
            "–" if value is None else text(value),
            notes[place] if notes else "",
            bars[place] if bars else None,
            best=best is not None and value == best,
        )
        for place, value in enumerate(values)
    ]
    return _plain(title, hint, cells)


def _scaled(share: Fraction | None) -> int | None:
    if share is None:
        return None
    return max(0, min(100, round(100 * (share - BAR_BEGINS) / (1 - BAR_BEGINS))))


def _figure(value: Fraction | None, unit: str) -> str:
    return "–" if value is None else f"{trimmed(Fraction(shown(value, 3)))} {unit}".strip()


def _sums(amounts: Mapping[str, Fraction | Decimal]) -> str:
    return ", ".join(money(amounts[currency], currency) for currency in sorted(amounts)) or "–"
