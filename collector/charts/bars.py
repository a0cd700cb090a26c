"""A budget that is used up, and figures of several side by side. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from collector.charts.palette import LIGHT, Palette
from collector.charts.svg import Pen, number

_ROW, _NAMES, _FIGURES = 26.0, 170.0, 96.0


def budget(
    used: Fraction | Decimal,
    *,
    label: str,
    width: float = 160,
    height: float = 10,
    palette: Palette = LIGHT,
) -> str:
    """How much of what may be down is used, 1 for all of it; beyond it the bar is full and struck."""
    pen = Pen(palette)
    share = float(min(max(used, 0), 1))
    name = "down" if used >= 1 else "unknown" if used >= Fraction(3, 4) else "up"
    parts = [pen.box(0, 0, width, height, "grid", rx=2)]
    if used > 0:
        parts.append(pen.box(0, 0, max(2.0, width * share), height, name, rx=2))
    if used > 1:
        marks = "".join(
            f"M{number(x)} {number(height)}l{number(height)}-{number(height)}" for x in _marks(width)
        )
        parts.append(pen.line(marks, "paper", 1.5))
    return pen.whole("budget", width, height, label, "", parts)


def comparing(
    rows: Sequence[tuple[str, float | Decimal | Fraction | None, str]],
    *,
    title: str,
    target: float | Decimal | Fraction | None = None,
    target_text: str = "",
    width: float = 640,
    palette: Palette = LIGHT,
) -> str:
    """A bar for each (name, value or None, the value in words), from 0; a target is a dashed line."""
    pen = Pen(palette)
    values = [float(value) for _, value, _ in rows if value is not None]
    most = max([*values, float(target or 0)], default=0.0) or 1.0
    left, room = _NAMES, width - _NAMES - _FIGURES
    parts = [pen.word(0, 16, title, name="ink", size=13, weight="600")]
    for place, (name, value, said) in enumerate(rows):
        y = 30 + place * _ROW
        parts.append(pen.word(left - 8, y + 14, _short(name), anchor="end", name="ink", size=12))
        if value is None:
            parts.append(pen.word(left, y + 14, said or "no data", size=12))
            continue
        long = room * float(value) / most
        parts.append(pen.box(left, y + 3, max(1.0, long), 15, "receive", rx=2))
        parts.append(pen.word(left + long + 6, y + 14, said, name="ink", size=12))
    height = 36 + len(rows) * _ROW
    if target is not None:
        x = left + room * float(target) / most
        parts.append(pen.line(f"M{number(x)} 26V{number(height - 8)}", "ink", 1.2, dashes="4 3"))
        parts.append(pen.word(x, 20, target_text, anchor="middle", size=11))
    told = "; ".join(f"{name}: {said or 'no data'}" for name, _, said in rows)
    return pen.whole("comparing", width, height, title, told, parts)


def _marks(width: float) -> list[float]:
    """Where the strokes over a bar stand that is more than full."""
    return [x * 8.0 for x in range(int(width // 8))]


def _short(name: str, most: int = 26) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"
