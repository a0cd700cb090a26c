"""Exact rounding, and how figures are shown. What is shown never decides."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor

from config.terms import Figure

PLACES = 6
_UNITS = {"m": "min", "d": "day", "w": "week", "bd": "business day"}
_PART = r"(\d+(?:\.\d+)?)(us|ms|s|m|h|d|w|bd)"
_LENGTH = re.compile(rf"(?<![\w.,-])(?:{_PART})+(?![\w-])")


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


def trimmed(figure: Figure) -> str:
    """The same without needless zeros: `99.9375`, `100`, `infinite`."""
    text = shown(figure)
    return text.rstrip("0").rstrip(".") if isinstance(figure, Fraction) else text


def shown_time(ms: int | Fraction) -> str:
    """`43,200 min`, `40 min 30 s`, below a minute `45 s`; to the millisecond, rounded half up."""
    exact = rounded(Fraction(ms), 0, "half_up")
    sign, exact = "-" if exact < 0 else "", abs(exact)
    minutes, rest = divmod(exact, 60_000)
    seconds = f"{trimmed(rest / 1000)} s"
    if not rest:
        return f"{sign}{int(minutes):,} min"
    return f"{sign}{int(minutes):,} min {seconds}" if minutes else sign + seconds


def in_words(text: object) -> str:
    """A contract's text with its lengths of time as statements say them: `15 min`, `2 business days`."""
    return _LENGTH.sub(
        lambda one: " ".join(_with_unit(*part) for part in re.findall(_PART, one[0])), str(text)
    )


def _with_unit(number: str, unit: str) -> str:
    plural = "s" if unit in {"d", "w", "bd"} and number != "1" else ""
    return f"{number} {_UNITS.get(unit, unit)}{plural}"


def joined(names: Sequence[str], word: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    return f" {word} ".join([*([", ".join(names[:-1])] if names[:-1] else []), *names[-1:]])


def counted(n: int, word: str) -> str:
    """`1 outage`, `2,000 outages`."""
    return f"{n:,} {word}{'' if n == 1 else 's'}"
