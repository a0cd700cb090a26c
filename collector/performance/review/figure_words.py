"""How a scorecard's and a key figure's values read: `99.93%`, `4 h 10 min`, `12.4 ms`. Pure."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal
from fractions import Fraction

from collector.analysis.figures import BY_NAME
from collector.times import span

PACKETS = 10.0
"""Seconds: below it a length is told in ms, for it is a packet's."""
MATTERS = 0.1
_BARE = {"", "1", "count", "x"}
_PLACES = {"times": 2, "a month": 2, "days": 0}


def name_of(figure: str) -> str:
    """What a figure is called in a sentence."""
    known = BY_NAME.get(figure)
    title = known.title if known else figure.replace("_", " ")
    return title if title[:2].isupper() else title[:1].lower() + title[1:]


def told(value: float | None, unit: str) -> str:
    """A value with its unit; a dash where nothing is known."""
    if value is None:
        return "–"
    if unit in {"ratio", "share"}:
        return f"{cut(100 * value)}%"
    if unit == "%":
        return f"{cut(value)}%"
    if unit in {"s", "seconds"}:
        return f"{1000 * value:.3g} ms" if abs(value) < PACKETS else span(round(value))
    if unit == "ms":
        return f"{value:.3g} ms"
    number = f"{value:,.{_PLACES.get(unit, 2)}f}"
    if "." in number and unit not in _PLACES:
        number = number.rstrip("0").rstrip(".")
    return number if unit in _BARE else f"{number} {unit}"


def cut(percent: float | Fraction) -> str:
    """A percentage cut and never rounded up, with as many digits as tell it from 100."""
    exact = Fraction(repr(percent)) if isinstance(percent, float) else Fraction(percent)
    away = abs(100 - exact)
    digits = 2 if away >= 1 or not away else 3 if away >= Fraction(1, 100) else 4
    text = str(
        (Decimal(exact.numerator) / exact.denominator).quantize(Decimal(1).scaleb(-digits), ROUND_DOWN)
    )
    return text.rstrip("0").rstrip(".") if "." in text else text


def differs(figure: str, unit: str, one: float, other: float) -> bool:
    """Whether two values differ by what matters: a tenth of how far the worse one is from ideal.

    What reads the same is the same.
    """
    if told(one, unit) == told(other, unit):
        return False
    known = BY_NAME.get(figure)
    ideal = known.ideal if known else 0.0
    return abs(one - other) >= MATTERS * max(abs(one - ideal), abs(other - ideal))


def service_of(carrier: str, service: str) -> str:
    """`Alder Telecom, dia`."""
    return f"{carrier}, {service}" if service else carrier
