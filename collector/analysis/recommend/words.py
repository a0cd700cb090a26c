"""How the rules say days, periods, money and lengths of time. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from collector.analysis.money import exact
from collector.sla.rounding import counted

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)


def day(of: date) -> str:
    """`31 May 2026`."""
    return f"{of.day} {MONTHS[of.month - 1]} {of.year}"


def moment(at_ms: int, zone: str) -> str:
    """`3 March 2026 02:14` on a site's clocks."""
    at = datetime.fromtimestamp(at_ms // 1000, UTC).astimezone(ZoneInfo(zone))
    return f"{day(at.date())} {at:%H:%M}"


def period(label: str) -> str:
    """A period's label as it is spoken: `April 2026`, `the second quarter of 2026`; others as they are."""
    if month := re.fullmatch(r"(\d{4})-(\d\d)", label):
        number = int(month[2])
        return f"{MONTHS[number - 1]} {month[1]}" if 1 <= number <= len(MONTHS) else label
    if quarter := re.fullmatch(r"(\d{4})-Q([1-4])", label):
        return f"the {('first', 'second', 'third', 'fourth')[int(quarter[2]) - 1]} quarter of {quarter[1]}"
    return label


def money(amount: Fraction | Decimal, currency: str) -> str:
    """`1,250.00 USD`."""
    return f"{exact(amount):,} {currency}".rstrip()


def length(span: str) -> str:
    """A contract's length of time: `12mo` is `12 months`; others as they are."""
    found = re.fullmatch(r"(\d+)(d|w|mo|y)", span)
    unit = {"d": "day", "w": "week", "mo": "month", "y": "year"}[found[2]] if found else ""
    return counted(int(found[1]), unit) if found else span


def floored(ratio: float, places: int = 3) -> str:
    """A share that must not read 100% unless it is: cut, not rounded."""
    return f"{int(ratio * 100 * 10**places) / 10**places:.{places}f}%"


def percent(ratio: float, places: int = 0) -> str:
    """`43%`."""
    return f"{100 * ratio:.{places}f}%"


def rate(bits: float) -> str:
    """`100 Mbit/s`, `2.5 Gbit/s`."""
    for unit, size in (("Tbit/s", 1e12), ("Gbit/s", 1e9), ("Mbit/s", 1e6), ("kbit/s", 1e3)):
        if bits >= size:
            return f"{bits / size:.3g} {unit}" if bits / size < 999.5 else f"{bits / size:.0f} {unit}"
    return f"{bits:.0f} bit/s"


def listed(names: Sequence[str], most: int = 4) -> str:
    """`a, b and c`; of many the first, and how many more."""
    if len(names) > most:
        return f"{', '.join(names[: most - 1])} and {len(names) - most + 1} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def quarter(of: date) -> str:
    """`2026-Q2`."""
    return f"{of.year}-Q{(of.month + 2) // 3}"
