"""The scalars of a history: each reader takes what JSON or a CSV cell holds and refuses what it isn't.

Numbers are exact: text, whole numbers, or Decimals as JSON's reader was told to make them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from collector.sla.calendar import ms_of, parse_period
from config.errors import nearest
from config.fields import Money
from probes.shown import quoted

Read = Callable[[object], object]
"""Makes a value of what the file holds; raises ValueError that says what would be right."""

A_TIME = "a time such as 2026-10-03T14:00:00Z"
_TIME = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:\.\d{1,3}(?P<finer>\d*))?)?(?P<offset>[Zz]|[+-]\d\d:\d\d)?",
    re.ASCII,
)
_NUMBER = re.compile(r"-?\d{1,18}(?:\.\d{1,18})?", re.ASCII)
_MONEY = re.compile(r"(\d{1,15}(?:\.\d{1,15})?)(?: ([A-Z]{3}))?", re.ASCII)
LONGEST_TEXT = 1_000
LONGEST_ROUND_S = 366 * 86_400


class NotANumber(str):
    """What JSON's reader met where a number should be: NaN or an infinity."""

    __slots__ = ()


def shown(value: object) -> str:
    """What a file held, as it may stand in a sentence."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "a map"
    if value is None:
        return "null"
    return quoted(value) if type(value) is str else str(value)[:80]


def moment(value: object) -> int:
    """A time with its offset, as UTC milliseconds."""
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None or not isinstance(value, str):
        raise ValueError(f"{shown(value)} is not {A_TIME}")
    if match["offset"] is None:
        raise ValueError(f"{shown(value)} has no offset: end it with Z for UTC, or with one such as +02:00")
    if (match["finer"] or "").strip("0"):
        raise ValueError(f"{shown(value)} is finer than a millisecond")
    try:
        at_ms = ms_of(datetime.fromisoformat(value.upper()))
    except (ValueError, OverflowError):
        raise ValueError(f"{shown(value)} is not {A_TIME}: there is no such day or hour") from None
    if at_ms < 0:
        raise ValueError(f"{shown(value)} lies before 1970")
    return at_ms


def day(value: object) -> date:
    """A calendar day."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise ValueError(f"{shown(value)} is not a day such as 2026-01-31")


def text(value: object) -> str:
    """A name or a remark; a whole number is taken digit for digit."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if type(value) is not str or not value.strip():
        raise ValueError(f"{shown(value)} is not a text")
    if len(value) > LONGEST_TEXT:
        raise ValueError(f"has {len(value):,} characters: at most {LONGEST_TEXT:,}")
    return value


def number(value: object) -> Decimal:
    """An exact number of at most 18 digits on either side of the point."""
    if isinstance(value, Decimal) and -18 <= value.adjusted() < 18:
        value = f"{value:f}"
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if type(value) is not str or not _NUMBER.fullmatch(value):
        raise ValueError(f"{shown(value)} is not a number such as 40 or 12.5")
    return Decimal(value)


def whole(value: object) -> int:
    """A number of things."""
    if type(value) is int and 0 <= value < 2**31:
        return value
    try:
        exact = number(value)
    except ValueError:
        raise ValueError(f"{shown(value)} is not a whole number") from None
    if exact != int(exact) or not 0 <= exact < 2**31:
        raise ValueError(f"{shown(value)} is not a whole number from 0 to {2**31 - 1:,}")
    return int(exact)


def some(value: object) -> int:
    """A number of things, one at least."""
    count = whole(value)
    if not count:
        raise ValueError("0 is too few: 1 or more, or leave it out")
    return count


def seconds(value: object) -> int:
    """A length of time, given in seconds, in ms."""
    exact = number(value) * 1000
    if not 0 < exact <= LONGEST_ROUND_S * 1000:
        raise ValueError(f"{shown(value)} is no number of seconds between 0 and a year")
    if exact != int(exact):
        raise ValueError(f"{shown(value)} is finer than a millisecond")
    return int(exact)


def ratio(value: object) -> Fraction:
    """A share such as 0.82, and never a percentage."""
    exact = number(value)
    if exact < 0:
        raise ValueError(f"{shown(value)} is below 0")
    return Fraction(exact)


def charge(value: object) -> Money:
    """Money as `1500.00 USD`; without a currency (empty) the contract's is meant."""
    if isinstance(value, Decimal) and -18 <= value.adjusted() < 18:
        value = f"{value:f}"
    match = _MONEY.fullmatch(str(value)) if not isinstance(value, bool) else None
    if match is None:
        raise ValueError(f"{shown(value)} is not an amount such as 1500.00 or 1500.00 USD")
    return Money(Decimal(match[1]), match[2] or "")


def zone(value: object) -> str:
    """An IANA time zone."""
    try:
        ZoneInfo(str(value))
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{shown(value)} is not an IANA time zone such as Europe/London") from None
    return str(value)


def credit(value: object) -> Fraction:
    """An amount that a statement gave; its currency is the contract's."""
    return Fraction(charge(value).amount)


def flag(value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError(f"{shown(value)} is not true or false")
    return value


def period(value: object) -> str:
    """A period's label."""
    label = text(value)
    if label == "current":
        raise ValueError("'current' is no name of a period that is over: write one such as 2026-03")
    parse_period(label, "UTC", 0)
    return label


def word(*known: str) -> Callable[[object], str]:
    """One of some words."""

    def read(value: object) -> str:
        if type(value) is not str or value not in known:
            raise ValueError(f"{shown(value)} is not one of {', '.join(known)}{_hint(value, known)}")
        return value

    return read


def _hint(value: object, known: Sequence[str]) -> str:
    close = nearest(value, known) if type(value) is str else ""
    return f": {close}" if close.startswith("did") else ""


def one_of(*known: int) -> Callable[[object], int]:
    """One of some whole numbers."""

    def read(value: object) -> int:
        if (count := whole(value)) not in known:
            raise ValueError(f"{shown(value)} is not one of {', '.join(map(str, known))}")
        return count

    return read


def up_to(most: int) -> Callable[[object], int]:
    """A whole number from 0 to `most`."""

    def read(value: object) -> int:
        if (count := whole(value)) > most:
            raise ValueError(f"{shown(value)} is not a whole number from 0 to {most}")
        return count

    return read
