"""Where the marks of an axis stand and what they say: times by a site's clock, round numbers. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import ceil, floor, log10
from zoneinfo import ZoneInfo

_MINUTE_MS, _DAY_MS = 60_000, 86_400_000
_SECONDS = (1, 5, 15, 30)
_MINUTES = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720)
_DAYS = (1, 2, 7, 14)
_MONTHS = (1, 2, 3, 6, 12, 24)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark at a time in UTC milliseconds; `strong` where a new day (or year) begins."""

    at_ms: int
    label: str
    strong: bool = False


def time_ticks(from_ms: int, to_ms: int, zone: str, most: int = 10) -> list[Tick]:
    """At most about `most` marks over [from, to) at round times of the clock in an IANA zone.

    Over a change of the clocks they stay at round times: one distance is an hour shorter or longer.
    """
    least_ms = (to_ms - from_ms) / most
    for seconds in _SECONDS:
        if seconds * 1_000 >= least_ms:
            return _by_seconds(from_ms, to_ms, zone, seconds * 1_000)
    for minutes in _MINUTES:
        if minutes * _MINUTE_MS >= least_ms:
            return _by_clock(from_ms, to_ms, zone, minutes)
    for days in _DAYS:
        if days * _DAY_MS >= least_ms:
            return _by_days(from_ms, to_ms, zone, days)
    months = next((one for one in _MONTHS if one * 30 * _DAY_MS >= least_ms), 60)
    return _by_months(from_ms, to_ms, zone, months)


def round_ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers (1, 2 or 5 times a power of ten) over [low, high], both ends covered."""
    span = high - low if high > low else abs(high) or 1.0
    rough = span / most
    power = 10.0 ** floor(log10(rough))
    step = next(power * one for one in (1, 2, 2.5, 5, 10) if power * one >= rough * 0.999999)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return [round(place * step, 12) for place in range(first, max(last, first + 1) + 1)]


def milliseconds(seconds: float) -> str:
    """`25 ms`, `0.35 ms`, `1.2 s`."""
    if seconds >= 1:
        return f"{seconds:.3g} s"
    return f"{round(seconds * 1_000, 6):.4g} ms"


def percent(ratio: float) -> str:
    """`12%`, `0.5%`."""
    return f"{round(ratio * 100, 6):.3g}%"


def span_words(from_ms: int, to_ms: int, zone: str) -> str:
    """A time in words by the clock of the zone."""
    begin, end = _local(from_ms, zone), _local(to_ms, zone)
    return f"{begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} ({zone})"


def _by_seconds(from_ms: int, to_ms: int, zone: str, step_ms: int) -> list[Tick]:
    first = -(-from_ms // step_ms) * step_ms
    return [Tick(at, f"{_local(at, zone):%H:%M:%S}") for at in range(first, to_ms, step_ms)]


def _by_clock(from_ms: int, to_ms: int, zone: str, minutes: int) -> list[Tick]:
    """Marks where the clock on the wall shows a multiple of `minutes` since midnight."""
    look_ms = min(minutes, 15) * _MINUTE_MS
    found = []
    for at_ms in range(-(-from_ms // look_ms) * look_ms, to_ms, look_ms):
        local = _local(at_ms, zone)
        passed = local.hour * 60 + local.minute
        if passed % minutes == 0 and local.second == 0:
            found.append(
                Tick(
                    at_ms,
                    f"{local:%a} {local.day} {local:%b}" if passed == 0 else f"{local:%H:%M}",
                    passed == 0,
                )
            )
    return found


def _by_days(from_ms: int, to_ms: int, zone: str, days: int) -> list[Tick]:
    """Midnights; of weeks the Mondays."""
    found = []
    for day in _midnights(from_ms, to_ms, zone):
        number = day.toordinal() - (1 if days >= 7 else 0)
        word = f"{day:%a} " if days == 1 else ""
        if number % days == 0:
            found.append(Tick(_midnight(day, zone), f"{word}{day.day} {day:%b}", day.day == 1))
    return found


def _by_months(from_ms: int, to_ms: int, zone: str, months: int) -> list[Tick]:
    found = []
    for day in _midnights(from_ms, to_ms, zone):
        if day.day == 1 and (day.year * 12 + day.month - 1) % months == 0:
            label = f"{day:%Y}" if day.month == 1 else f"{day:%b}"
            found.append(Tick(_midnight(day, zone), label, day.month == 1))
    return found


def _midnights(from_ms: int, to_ms: int, zone: str) -> Iterator[date]:
    """The days that begin in [from, to)."""
    day = _local(from_ms, zone).date()
    while (at_ms := _midnight(day, zone)) < to_ms:
        if at_ms >= from_ms:
            yield day
        day += timedelta(days=1)


def _midnight(day: date, zone: str) -> int:
    local = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    return (local.astimezone(UTC) - _EPOCH) // timedelta(milliseconds=1)


def _local(at_ms: int, zone: str) -> datetime:
    return (_EPOCH + timedelta(milliseconds=at_ms)).astimezone(ZoneInfo(zone))
