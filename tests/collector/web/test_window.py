"""At most so many of something within a time, by name."""

from __future__ import annotations

import pytest

from collector.web import window
from collector.web.window import Window
from probes.clock import NS_PER_SECOND
from tests.clock import FakeClock

MINUTE = 60


@pytest.mark.parametrize(
    ("asked", "admitted"),
    [
        ([(0, "a")], "y"),
        ([(0, "a"), (0, "a"), (0, "a")], "yyn"),
        ([(0, "a"), (0, "b"), (0, "a"), (0, "b")], "yyyy"),
        ([(0, "a"), (0, "a"), (59, "a")], "yyn"),
        ([(0, "a"), (0, "a"), (60, "a")], "yyy"),
        ([(0, "a"), (30, "a"), (60, "a"), (61, "a")], "yyyn"),
        ([(0, "a"), (0, "a"), (30, "a"), (60, "a"), (60, "a")], "yynyy"),
    ],
)
async def test_two_a_minute_and_name_are_admitted(
    clock: FakeClock, asked: list[tuple[int, str]], admitted: str
) -> None:
    few, passed, said = Window(clock, 2, MINUTE * NS_PER_SECOND), 0, ""
    for at, name in asked:
        await clock.advance(at - passed)
        passed = at
        said += "y" if few.admits(name) else "n"
    assert said == admitted


def test_of_too_many_names_the_one_that_was_longest_ago_is_forgotten(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window, "NAMES", 2)
    few = Window(clock, 1, MINUTE * NS_PER_SECOND)
    assert [few.admits(name) for name in ("a", "b", "a", "c", "a", "b")] == [
        True,
        True,
        False,
        True,
        False,
        True,
    ]
