"""What a parameter may be: how it is read, and how OpenAPI describes it. Pure.

A reader takes the text and gives a value, or raises ValueError with what would be right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from collector.sla.calendar import LATEST_MS, parse_period
from collector.times import parse_rfc3339

LONGEST = 200
_WEEK = re.compile(r"[0-9]{4}-W[0-9]{2}")
Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of value."""

    schema: Schema
    read: Callable[[str], Any]


def _word(text: str) -> str:
    if not 1 <= len(text) <= LONGEST or not text.isprintable():
        raise ValueError(f"is to be 1 to {LONGEST} characters that can be printed")
    return text


def _instant(text: str) -> int:
    try:
        at_ms = parse_rfc3339(text)
    except (ValueError, OverflowError):
        at_ms = -1
    if len(text) > LONGEST or not 0 <= at_ms <= LATEST_MS:
        raise ValueError("is to be a date or a time such as 2026-10-03 or 2026-10-03T14:00:00Z")
    return at_ms


def _period(text: str) -> str:
    if len(text) > LONGEST:
        raise ValueError(f"is to be {LONGEST} characters at most")
    parse_period(text, "UTC", 0)
    return text


def _reported(text: str) -> str:
    """A week too, which no contract knows."""
    return text if _WEEK.fullmatch(text) else _period(text)


def whole(low: int, high: int) -> Kind:
    """A whole number from `low` to `high`."""

    def read(text: str) -> int:
        if text.isascii() and text.isdecimal() and len(text) < 10 and low <= int(text) <= high:
            return int(text)
        raise ValueError(f"is to be a whole number from {low} to {high}")

    return Kind({"type": "integer", "minimum": low, "maximum": high}, read)


def choice(*words: str) -> Kind:
    """One of some words."""

    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f"is to be one of {', '.join(words)}")
        return text

    return Kind({"type": "string", "enum": list(words)}, read)


WORD = Kind({"type": "string", "minLength": 1, "maxLength": LONGEST}, _word)
INSTANT = Kind({"type": "string", "maxLength": LONGEST}, _instant)
"""A date is its midnight in UTC."""
PERIOD = Kind({"type": "string", "minLength": 4, "maxLength": LONGEST}, _period)
"""Cut by whoever knows the zone; ten years at most."""
REPORTED = Kind(PERIOD.schema, _reported)
"""The period of a report."""
