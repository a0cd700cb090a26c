"""Exact rounding, and how figures are shown. What is shown never decides."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

from config.terms import Figure

PLACES = 6


def rounded(value: Fraction, places: int, mode: str) -> Fraction:
    """`value` at so many decimal places; mode half_up, half_even, up or down, by magnitude."""
    scaled, sign = abs(value) * 10**places, -1 if value < 0 else 1
    if mode == "half_even":
        whole = round(scaled)
    elif mode == "half_up":
        whole = floor(scaled + Fraction(1, 2))
    else:
        whole = ceil(scaled) if mode == "up" else floor(scaled)
    return Fraction(sign * whole, 10**places)


def shown(figure: Figure, places: int = PLACES) -> str:
    """A figure as statements print it, rounded half up: `99.937500`, or `infinite`."""
    if not isinstance(figure, Fraction):
        return figure
    digits = rounded(figure, places, "half_up") * 10**places
    text = f"{abs(digits.numerator):0{places + 1}d}"
    sign = "-" if digits < 0 else ""
    return sign + (f"{text[:-places]}.{text[-places:]}" if places else text)


def shown_time(ms: int | Fraction) -> str:
    """`43,200 min`, or `2,820.5 s` where it isn't whole minutes."""
    exact = Fraction(ms)
    if exact % 60_000 == 0:
        return f"{int(exact / 60_000):,} min"
    whole, _, part = shown(exact / 1000, 3).partition(".")
    part = part.rstrip("0")
    return f"{int(whole):,}{'.' + part if part else ''} s"


def counted(n: int, word: str) -> str:
    """`1 outage`, `2,000 outages`."""
    return f"{n:,} {word}{'' if n == 1 else 's'}"
