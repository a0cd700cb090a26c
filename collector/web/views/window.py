"""From when to when a page looks: `?range=week`, or `?from=...&to=...`. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from collector.sla.calendar import LATEST_MS
from collector.times import parse_rfc3339, rfc3339
from collector.web.views.query import choice
from collector.web.views.view import BadRequest

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
RANGES: Mapping[str, tuple[str, int]] = {
    "hour": ("hour", HOUR_MS),
    "6h": ("6 h", 6 * HOUR_MS),
    "day": ("day", DAY_MS),
    "week": ("week", 7 * DAY_MS),
    "month": ("month", 31 * DAY_MS),
    "quarter": ("quarter", 92 * DAY_MS),
    "year": ("year", 366 * DAY_MS),
    "2years": ("two years", 731 * DAY_MS),
}
"""What a button says, and how long it is."""
LONGEST_MS = 10 * 366 * DAY_MS


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time in UTC milliseconds, [from, to)."""

    from_ms: int
    to_ms: int
    range: str = ""
    """Which of the RANGES it is, up to now; empty where both ends were given."""

    @property
    def query(self) -> Mapping[str, str]:
        """The parameters that give it again."""
        return {"from": rfc3339(self.from_ms), "to": rfc3339(self.to_ms)}


def window(query: Mapping[str, str], now_ms: int, otherwise: str | tuple[int, int] = "day") -> Window:
    """What the address asks for, else a range up to now or given ends; raises BadRequest."""
    if query.get("from") or query.get("to"):
        to_ms = moment(query, "to", now_ms)
        from_ms = moment(query, "from", to_ms - DAY_MS)
        if not 0 < to_ms - from_ms <= LONGEST_MS:
            raise BadRequest("`from` must be before `to`, by ten years at most")
        return Window(from_ms, to_ms)
    if "range" not in query and not isinstance(otherwise, str):
        return Window(*otherwise)
    first = otherwise if isinstance(otherwise, str) else "day"
    name = choice(query, "range", (first, *(one for one in RANGES if one != first)))
    return Window(now_ms - RANGES[name][1], now_ms, name)


def moment(query: Mapping[str, str], name: str, otherwise: int) -> int:
    """A time as RFC 3339 or a date, in UTC milliseconds; raises BadRequest."""
    text = query.get(name)
    if not text:
        return otherwise
    try:
        at_ms = parse_rfc3339(text)
    except (ValueError, OverflowError) as error:
        raise BadRequest(f"`{name}`: {error}") from None
    if not 0 <= at_ms <= LATEST_MS:
        raise BadRequest(f"`{name}` is before 1970 or after all calendars")
    return at_ms
