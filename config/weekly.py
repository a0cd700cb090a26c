"""Times of the week: where maintenance may lie, and the hours in which a service is promised."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DAY_MINUTES = 24 * 60
_NAME = "(?:" + "|".join(NAMES) + ")"
_SOME = rf"{_NAME}(?:-{_NAME})?"
_DAYS = rf"(?:daily|{_SOME}(?:, ?{_SOME})*)"
_TIME = r"(?:\d|[01]\d|2[0-3]):[0-5]\d"
_WINDOW = rf"{_TIME}-(?:{_TIME}|24:00)"
_WEEKLY = rf"^(?:{_DAYS} )?{_WINDOW}$"
_WINDOWS = rf"^{_WINDOW}(?:, ?{_WINDOW})*$"
_WHAT = "Sun 00:00-06:00, Mon-Fri 22:00-02:00, Sat,Sun 00:00-24:00 or daily 01:00-05:00"


@dataclass(frozen=True, slots=True)
class Weekly:
    """A window of local clock time on some days of the week.

    `days` are those on which it begins, Monday is 0. Minutes count from that day's 00:00, and
    `end_min` is beyond 1440 where the window runs over midnight.
    """

    days: tuple[int, ...]
    start_min: int
    end_min: int
    text: str

    @classmethod
    def parse(cls, value: object) -> Weekly:
        """Read `Sun 00:00-06:00`; without days it is every day's. Raises ValueError."""
        if isinstance(value, Weekly):
            return value
        text = " ".join(str(value).split())
        days, _, window = text.rpartition(" ")
        if not re.fullmatch(_WINDOW, window):
            raise ValueError(f"{text!r} is not a weekly window such as {_WHAT}")
        return cls(weekdays(days or "daily"), *_minutes(window), text)

    def __str__(self) -> str:
        return self.text


def weekdays(text: str) -> tuple[int, ...]:
    """Read `Mon-Fri`, `Sat,Sun` or `daily` as sorted days of the week, Monday is 0; raises ValueError."""
    if not re.fullmatch(_DAYS, text):
        raise ValueError(
            f"{text!r} are no days of the week: write {', '.join(NAMES)}, Mon-Fri, Sat,Sun or daily"
        )
    if text == "daily":
        return tuple(range(7))
    return tuple(sorted({day for part in text.split(",") for day in _range(part.strip())}))


def _range(text: str) -> Iterator[int]:
    """`Sat-Mon` goes over the week's end."""
    first, _, last = text.partition("-")
    begin = NAMES.index(first)
    length = (NAMES.index(last or first) - begin) % 7
    yield from ((begin + step) % 7 for step in range(length + 1))


def _minutes(window: str) -> tuple[int, int]:
    begin, end = (_minute(time) for time in window.split("-"))
    if begin == end:
        raise ValueError(f"{window!r} is empty: a whole day is 00:00-24:00")
    return begin, end if begin < end else end + DAY_MINUTES


def _minute(time: str) -> int:
    hours, _, minutes = time.partition(":")
    return 60 * int(hours) + int(minutes)


@dataclass(frozen=True, slots=True)
class Hours:
    """Service hours: the union of its windows. `entries` are the days and times as they were written."""

    windows: tuple[Weekly, ...]
    entries: tuple[tuple[str, str], ...]

    @classmethod
    def parse(cls, value: object) -> Hours:
        """Read `{Mon-Fri: "07:00-19:00", Sat: "08:00-12:00,13:00-17:00"}`; raises ValueError."""
        if isinstance(value, Hours):
            return value
        if not isinstance(value, Mapping) or not value:
            raise ValueError(f'{value!r} are no service hours such as {{Mon-Fri: "07:00-19:00"}}')
        entries = tuple((str(days).strip(), str(times).strip()) for days, times in value.items())
        return cls(tuple(window for entry in entries for window in _windows(*entry)), entries)

    def written(self) -> dict[str, str]:
        """The map that they were read from."""
        return dict(self.entries)


def _windows(days: str, times: str) -> Iterator[Weekly]:
    on = weekdays(days)
    if not re.fullmatch(_WINDOWS, times):
        raise ValueError(f"{times!r} on {days} are no hours such as 07:00-19:00 or 08:00-12:00,13:00-17:00")
    for window in times.replace(" ", "").split(","):
        yield Weekly(on, *_minutes(window), f"{days} {window}")


WeeklyWindow = Annotated[
    Weekly,
    BeforeValidator(Weekly.parse),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "pattern": _WEEKLY, "examples": ["Sun 00:00-06:00"]}),
]
ServiceHours = Annotated[
    Hours,
    BeforeValidator(Hours.parse),
    PlainSerializer(Hours.written),
    WithJsonSchema(
        {
            "type": "object",
            "propertyNames": {"pattern": f"^{_DAYS}$"},
            "additionalProperties": {"type": "string", "pattern": _WINDOWS},
            "minProperties": 1,
            "examples": [{"Mon-Fri": "07:00-19:00"}],
        }
    ),
]
