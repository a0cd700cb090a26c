"""Moments as people write them, and text that may stand in a note."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.notebook.words import LAST_MS, moment, sayable, spoken_moment
from collector.sla.calendar import rfc3339

APRIL_3_MS = 1_775_212_500_000
"""2026-04-03T10:35:00Z."""


@pytest.mark.parametrize(
    ("text", "zone", "at"),
    [
        ("2026-04-03T10:35:00Z", None, APRIL_3_MS),
        ("2026-04-03T10:35Z", None, APRIL_3_MS),
        ("2026-04-03T12:35:00+02:00", "America/New_York", APRIL_3_MS),
        ("2026-04-03T10:35:00.001Z", None, APRIL_3_MS + 1),
        ("2026-04-03 10:35", "UTC", APRIL_3_MS),
        (" 2026-04-03 11:35 ", "Europe/London", APRIL_3_MS),
        ("2026-04-03 16:20", "Asia/Kathmandu", APRIL_3_MS),
        ("2026-10-25T00:30:00Z", "Europe/London", 1_792_888_200_000),
        ("now", None, 7),
        (" now ", "UTC", 7),
    ],
)
def test_a_time_is_read_as_people_write_it(text: str, zone: str | None, at: int) -> None:
    assert spoken_moment(text, 7, zone) == at


@pytest.mark.parametrize(
    ("text", "zone", "said"),
    [
        ("2026-04-03 10:35", None, "needs its offset, such as Z or +01:00: no circuit's site says"),
        ("2026-10-25 01:30", "Europe/London", "is twice in Europe/London, where the clocks change: write "
         "2026-10-25T00:30:00Z or 2026-10-25T01:30:00Z"),
        ("2026-03-29 01:30", "Europe/London", "never is in Europe/London"),
        ("2026-04-03", "UTC", "is not a time: write 2026-04-03T10:15:00Z"),
        ("yesterday", "UTC", "is not a time"),
        ("2026-13-03 10:00", "UTC", "is not a time"),
        ("1969-12-31T23:59:59Z", None, "is no time from 1970 to 9998"),
    ],
)  # fmt: skip
def test_a_time_that_cannot_be_meant_is_refused_with_what_would_be_right(
    text: str, zone: str | None, said: str
) -> None:
    with pytest.raises(ValueError, match=said.replace("+", r"\+")):
        spoken_moment(text, 7, zone)


@given(st.integers(0, LAST_MS))
def test_a_moment_comes_back_from_its_text_to_the_millisecond(at_ms: int) -> None:
    assert moment(rfc3339(at_ms)) == moment(at_ms) == at_ms


@pytest.mark.parametrize("value", [-1, LAST_MS + 1, True, "2026-04-03 10:35", None, 1.5])
def test_what_is_no_instant_is_no_moment(value: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        moment(value)


@given(st.text(max_size=60))
def test_text_from_outside_is_harmless_short_and_on_one_line(text: str) -> None:
    found = sayable(text, 40)
    assert len(found) <= 40
    assert all(one.isprintable() for one in found)
    assert sayable(found, 40) == found.strip()
