"""Weekly windows and service hours as a contract writes them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from config.weekly import Hours, ServiceHours, Weekly, WeeklyWindow, weekdays

WORKDAYS = (0, 1, 2, 3, 4)
EVERY_DAY = tuple(range(7))


@pytest.mark.parametrize(
    ("text", "days", "start", "end"),
    [
        ("Sun 00:00-06:00", (6,), 0, 360),
        ("Mon-Fri 07:00-19:00", WORKDAYS, 420, 1140),
        ("Sat,Sun 00:00-24:00", (5, 6), 0, 1440),
        ("Sun, Mon-Tue 01:30-05:00", (0, 1, 6), 90, 300),
        ("Fri-Mon 9:05-10:00", (0, 4, 5, 6), 545, 600),
        ("Mon-Mon 01:00-02:00", (0,), 60, 120),
        ("Sat 22:00-02:00", (5,), 1320, 1560),
        ("Sat 22:00-00:00", (5,), 1320, 1440),
        ("Wed 23:59-24:00", (2,), 1439, 1440),
        ("daily 01:00-05:00", EVERY_DAY, 60, 300),
        ("01:00-05:00", EVERY_DAY, 60, 300),
        ("  Sun   00:00-06:00 ", (6,), 0, 360),
    ],
)
def test_a_window_is_days_and_minutes_of_their_clock(
    text: str, days: tuple[int, ...], start: int, end: int
) -> None:
    one = Weekly.parse(text)
    assert (one.days, one.start_min, one.end_min) == (days, start, end)
    assert Weekly.parse(one) is one


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "not a weekly window"),
        ("Sun", "not a weekly window"),
        ("Sun 00:00", "not a weekly window"),
        ("Sun 00:00-6", "not a weekly window"),
        ("Sun 00:60-06:00", "not a weekly window"),
        ("Sun 24:00-06:00", "not a weekly window"),
        ("Sun 00:00-24:01", "not a weekly window"),
        ("Sun 25:00-26:00", "not a weekly window"),
        ("Sunday 00:00-06:00", "no days of the week"),
        ("sun 00:00-06:00", "no days of the week"),
        ("Mon- 00:00-06:00", "no days of the week"),
        ("Mon,daily 00:00-06:00", "no days of the week"),
        ("Sun 06:00-06:00", "is empty: a whole day is 00:00-24:00"),
        (7, "not a weekly window"),
    ],
)
def test_what_is_no_window_is_refused_with_what_would_be_right(text: object, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Weekly.parse(text)


@given(
    st.lists(st.sampled_from(["Mon", "Tue", "Wed-Fri", "Sat-Mon", "Sun"]), min_size=1, max_size=3),
    st.integers(0, 1439),
    st.integers(1, 1440),
)
def test_a_window_reads_back_as_it_was_written(days: list[str], start: int, end: int) -> None:
    if start == end:
        return
    text = f"{','.join(days)} {start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"
    one = Weekly.parse(text)
    assert str(one) == text
    assert Weekly.parse(str(one)) == one
    assert one.end_min - one.start_min == (end - start if start < end else end - start + 1440)
    assert set(one.days) == set().union(*(weekdays(day) for day in days))


@given(st.text(max_size=24))
def test_no_text_raises_anything_but_value_error(text: str) -> None:
    try:
        one = Weekly.parse(text)
    except ValueError:
        return
    assert 0 <= one.start_min < one.end_min <= one.start_min + 1440


def test_hours_are_the_union_of_their_windows() -> None:
    written = {"Mon-Fri": "07:00-19:00", "Sat": "08:00-12:00,13:00-17:00", "Sun": "8:00-9:00, 10:00-11:00"}
    hours = Hours.parse(written)
    assert [(one.days, one.start_min, one.end_min) for one in hours.windows] == [
        (WORKDAYS, 420, 1140),
        ((5,), 480, 720),
        ((5,), 780, 1020),
        ((6,), 480, 540),
        ((6,), 600, 660),
    ]
    assert [str(one) for one in hours.windows][:2] == ["Mon-Fri 07:00-19:00", "Sat 08:00-12:00"]
    assert hours.written() == written
    assert Hours.parse(hours) is hours
    assert hash(hours) == hash(Hours.parse(written))


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({}, "no service hours"),
        ("07:00-19:00", "no service hours"),
        (["Mon"], "no service hours"),
        ({"Monday": "07:00-19:00"}, "'Monday' are no days of the week"),
        ({"Mon": "7-19"}, "'7-19' on Mon are no hours"),
        ({"Mon": ""}, "'' on Mon are no hours"),
        ({"Mon": "07:00-19:00;20:00-21:00"}, "are no hours"),
        ({"Mon": "07:00-07:00"}, "is empty"),
        ({"Mon": 7}, "'7' on Mon are no hours"),
    ],
)
def test_what_are_no_hours_is_refused_with_what_would_be_right(value: object, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Hours.parse(value)


class _Part(BaseModel):
    windows: tuple[WeeklyWindow, ...] = ()
    hours: ServiceHours | None = None


def test_a_models_fields_read_and_write_them_as_text() -> None:
    given_: dict[str, Any] = {"windows": ["Sun 00:00-06:00"], "hours": {"Mon-Fri": "07:00-19:00"}}
    part = _Part.model_validate(given_)
    assert part.windows == (Weekly.parse("Sun 00:00-06:00"),)
    assert part.model_dump(mode="json") == given_
    with pytest.raises(ValidationError, match="Sunday"):
        _Part.model_validate({"windows": ["Sunday 00:00-06:00"]})


def test_the_schema_accepts_what_is_read_and_refuses_what_is_not() -> None:
    window = TypeAdapter(WeeklyWindow).json_schema()
    assert re.search(window["pattern"], "Mon-Wed,Fri 22:00-02:00")
    assert not re.search(window["pattern"], "Sunday 00:00-06:00")
    hours = TypeAdapter(ServiceHours).json_schema()
    assert re.search(hours["propertyNames"]["pattern"], "Mon-Fri")
    assert not re.search(hours["propertyNames"]["pattern"], "Monday")
    assert re.search(hours["additionalProperties"]["pattern"], "08:00-12:00,13:00-17:00")
    assert not re.search(hours["additionalProperties"]["pattern"], "08:00")
