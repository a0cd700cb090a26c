"""How a report says times and amounts to a person."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from collector.sla.calendar import EPOCH
from collector.sla.rounding import in_words

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def length(ms: int | float | Fraction) -> str:
    """`45 s`, `12 min`, `4 h 10 min`, `2 d 3 h`: two units at most, rounded half up to the smaller."""
    seconds = int(Fraction(ms) / 1000 + Fraction(1, 2))
    if seconds < 60:
        return f"{seconds} s" if seconds or not ms else "under 1 s"
    for place, (size, unit) in enumerate(_UNITS[:-1]):
        smaller, small_unit = _UNITS[place + 1]
        rounded = (seconds + smaller // 2) // smaller * smaller
        if rounded >= size:
            whole, rest = divmod(rounded, size)
            return f"{whole:,} {unit}" + (f" {rest // smaller} {small_unit}" if rest else "")
    raise AssertionError  # a minute is the smallest size above


def in_seconds(seconds: float | None) -> str:
    """The same of a statement's seconds; a line where there are none."""
    return "–" if seconds is None else length(Fraction(Decimal(str(seconds))) * 1000)


def day_and_time(at_ms: int, zone: str) -> str:
    """`3 Oct 2026 08:00` as a clock on the wall shows it; seconds only where there are any."""
    at = local(at_ms, zone)
    clock = at.strftime("%H:%M:%S" if at.second else "%H:%M")
    return f"{day(at_ms, zone)} {clock}"


def day(at_ms: int, zone: str) -> str:
    """`3 Oct 2026`."""
    at = local(at_ms, zone)
    return f"{at.day} {MONTHS[at.month - 1]} {at.year}"


def local(at_ms: int, zone: str) -> datetime:
    """The time in a zone."""
    return (EPOCH + timedelta(milliseconds=at_ms)).astimezone(ZoneInfo(zone))


def ms_of_text(text: str) -> int:
    """A statement's RFC 3339 instant in UTC milliseconds."""
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(milliseconds=1)


def amount(value: Fraction | Decimal | str, currency: str) -> str:
    """`1,234.50 GBP`: two places, rounded half up once."""
    exact = Fraction(value)
    cents = int(abs(exact) * 100 + Fraction(1, 2))
    sign = "-" if exact < 0 and cents else ""
    return f"{sign}{cents // 100:,}.{cents % 100:02} {currency}".rstrip()


def percent(text: str, places: int = 2) -> str:
    """`99.95%` of `99.950000`, cut and never rounded up: 99.999% is not 100%."""
    whole, _, part = text.partition(".")
    part = part[:places].rstrip("0")
    return f"{whole}.{part}%" if part else f"{whole}%"


def promised(text: str) -> str:
    """A target as print has it: `≥ 99.9%`."""
    return in_words(text).replace(">=", "≥").replace("<=", "≤")


def counted(number: int, word: str, plural: str = "") -> str:
    """`1 circuit`, `2 circuits`."""
    return f"{number:,} {word if number == 1 else plural or word + 's'}"
