"""Times as people and programs write them: RFC 3339 in UTC, and lengths of time. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_LENGTH = re.compile(r"([0-9]{1,9})(s|m|h|d|w)")
_UNIT_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}


def rfc3339(at_ms: int) -> str:
    """A time in ms since the Unix epoch with `Z`; milliseconds only where there are any."""
    at = datetime.fromtimestamp(at_ms // 1000, UTC).replace(tzinfo=None).isoformat()
    return f"{at}.{at_ms % 1000:03d}Z" if at_ms % 1000 else f"{at}Z"


def parse_rfc3339(text: str) -> int:
    """Milliseconds since the Unix epoch; a date alone is its midnight in UTC.

    Raises ValueError that says what form is right.
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a time such as 2026-10-03 or 2026-10-03T14:00:00Z") from None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return round(at.timestamp() * 1000)


def parse_time(text: str, now_ms: int) -> int:
    """The same; or a length of time such as `2h`, `30m`, `7d`, which ago it was."""
    length = _LENGTH.fullmatch(text)
    if length:
        return now_ms - int(length[1]) * _UNIT_MS[length[2]]
    try:
        return parse_rfc3339(text)
    except ValueError as error:
        raise ValueError(f"{error}, nor a length of time such as 2h") from None


def span(seconds: int) -> str:
    """A length of time by its two largest units: `3 d 4 h`, `12 min 5 s`."""
    parts = []
    for name, unit in (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)):
        count, seconds = divmod(seconds, unit)
        parts.append((count, name))
    begin = next((place for place, (count, _) in enumerate(parts) if count), len(parts) - 1)
    return " ".join(f"{count} {name}" for count, name in parts[begin : begin + 2] if count) or "0 s"
