"""What notes are made of: moments, names, sentences. Each refuses nonsense and says what would be right."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, StringConstraints

from collector.sla.calendar import LATEST_MS, ms_of, rfc3339

LONGEST_NAME, LONGEST_TEXT = 200, 2_000
MOST_NAMES = 10_000
LAST_MS = LATEST_MS
FORMS = "2026-04-03T10:15:00Z, 2026-04-03 10:15 on the clocks of the circuit's site, or now"


def moment(value: object) -> int:
    """A whole UTC millisecond out of RFC 3339 with an offset (or a number of them); raises ValueError."""
    if isinstance(value, int) and not isinstance(value, bool):
        at_ms = value
    else:
        at = _parsed(str(value))
        if at.tzinfo is None:
            raise ValueError(f"{value!r} needs its offset, such as Z or +01:00")
        at_ms = ms_of(at)
    if not 0 <= at_ms <= LAST_MS:
        raise ValueError(f"{value!r} is no time from 1970 to 9998")
    return at_ms


def spoken_moment(text: str, now_ms: int, zone: str | None) -> int:
    """A time as a person writes it: `now`, RFC 3339, or without an offset on the clocks of `zone`.

    Raises ValueError; also where the clocks change and the time is twice or never.
    """
    if text.strip() == "now":
        return now_ms
    at = _parsed(text)
    if at.tzinfo is not None:
        return moment(text)
    if zone is None:
        raise ValueError(f"{text!r} needs its offset, such as Z or +01:00: no circuit's site says whose time")
    first, second = (at.replace(tzinfo=ZoneInfo(zone), fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        ends = " or ".join(rfc3339(ms_of(one)) for one in (first, second))
        exists = _wall(first) == at
        how = "is twice" if exists else "never is"
        raise ValueError(f"{text!r} {how} in {zone}, where the clocks change: write {ends}")
    return moment(ms_of(first))


def _wall(at: datetime) -> datetime:
    """What the clocks show at the instant that a local time stands for."""
    return at.astimezone(UTC).astimezone(at.tzinfo).replace(tzinfo=None, fold=0)


def _parsed(text: str) -> datetime:
    try:
        if not re.match(r"\d{4}-\d\d-\d\d[T ]\d", text.strip()):
            raise ValueError(text)
        return datetime.fromisoformat(text.strip())
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is not a time: write {FORMS}") from None


def _sayable(text: str) -> str:
    """Notes are shown on terminals and pages: nothing in them may act there."""
    bad = next((one for one in text if not (one.isprintable() or one in "\n\t")), None)
    if bad is not None:
        raise ValueError(f"holds the character U+{ord(bad):04X}, which can't be shown: leave it out")
    return text


def sayable(text: str, most: int = LONGEST_TEXT) -> str:
    """Text from outside as it may stand in a note: printable, on one line, not too long."""
    kept = "".join(one if one.isprintable() else " " for one in text)
    return " ".join(kept.split())[:most]


Moment = Annotated[int, BeforeValidator(moment), PlainSerializer(rfc3339)]
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NAME, pattern=r"^[^\r\n\t]*$"),
    AfterValidator(_sayable),
]
Sentence = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_TEXT),
    AfterValidator(_sayable),
]
Names = Annotated[tuple[Name, ...], Field(max_length=MOST_NAMES)]
