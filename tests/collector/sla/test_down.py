"""The simple rule: how much loss, for how long, is down."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.circuits import Status
from collector.sla.down import lossy, simple
from collector.sla.tracks import Track
from config.outage import SimpleRule
from tests.collector.sla.build import measured, rounds

LETTERS = {Status.UP: "u", Status.DOWN: "d", Status.UNKNOWN: "?"}


def track(marks: str, every_ms: int = 10) -> Track:
    """A round a letter: `.` good, `x` lossy, `?` no evidence, blank no round at all."""
    parts = [
        measured(
            rounds(place * every_ms, every_ms, [None if mark != "." else "1"]),
            "pe",
            [{".": 1, "x": 0, "?": -1}[mark]],
        )
        for place, mark in enumerate(marks)
        if mark != " "
    ]
    return Track.of("pe", parts)


def statuses(marks: str, **rule: str) -> str:
    """The status of each round's time, a letter each."""
    timeline = simple(track(marks), SimpleRule.model_validate({"loss_at_least": "100%"} | rule))
    said = [" "] * len(marks)
    for one in timeline.stretches:
        for place in range(one.start_ms // 10, one.end_ms // 10):
            said[place] = LETTERS[one.status]
    return "".join(said)


@pytest.mark.parametrize(
    ("marks", "lasting", "clear", "expected"),
    [
        ("..x..", "0s", "0s", "uuduu"),
        ("..x..", "20ms", "0s", "uuuuu"),
        ("..xx..", "20ms", "0s", "uudduu"),
        ("..xxx.xx.", "20ms", "20ms", "uuddddddd"),
        ("..xxx.xx..", "20ms", "20ms", "uudddddduu"),
        ("..x.x.x...", "20ms", "20ms", "uuuuuuuuuu"),
        ("..xx.x.x..", "20ms", "20ms", "uudddddduu"),
        ("..x?x..", "20ms", "0s", "uuu?uuu"),
        ("..xx?x..", "20ms", "20ms", "uudd?duu"),
        ("..xx.?.x", "20ms", "20ms", "uuddd?dd"),
        ("..x x..", "20ms", "0s", "uuu uuu"),
        ("..xx  ..", "20ms", "20ms", "uudd  uu"),
        ("xx..", "20ms", "0s", "dduu"),
        ("", "20ms", "0s", ""),
    ],
)
def test_down_runs_from_the_first_lossy_round_to_the_first_of_enough_others(
    marks: str, lasting: str, clear: str, expected: str
) -> None:
    assert statuses(marks, **{"for": lasting, "clear": clear}) == expected


@pytest.mark.parametrize(
    ("rule", "lost", "is_lossy"),
    [
        ({"loss_above": "50%"}, 5, False),
        ({"loss_above": "50%"}, 6, True),
        ({"loss_at_least": "50%"}, 5, True),
        ({"loss_at_least": "100%"}, 9, False),
        ({"loss_at_least": "100%"}, 10, True),
        ({"loss_above": "0%"}, 0, False),
        ({"loss_above": "0%"}, 1, True),
        ({"loss_above": "33.3333%"}, 3, False),
    ],
)
def test_the_threshold_is_exact_and_above_is_strict(rule: dict[str, str], lost: int, is_lossy: bool) -> None:
    packets = [[None] * lost + ["1"] * (10 - lost)]
    one = Track.of("pe", [measured(rounds(0, 10_000, *packets))])
    assert lossy(one, SimpleRule.model_validate(rule)).tolist() == [is_lossy]


def by_the_book(marks: str, lasting: int, clear: int) -> str:
    """The rule as it is written, round by round."""
    said, down, place = [], False, 0
    while place < len(marks):
        mark, end = marks[place], place
        while end < len(marks) and marks[end] == mark:
            end += 1
        if mark == "x" and end - place >= lasting:
            down = True
        if mark == "." and end - place >= clear:
            down = False
        said += [{"?": "?", " ": " "}.get(mark, "d" if down else "u")] * (end - place)
        place = end
    return "".join(said)


@given(st.text(".x? ", max_size=40), st.integers(0, 4), st.integers(0, 4))
def test_columns_say_what_the_rule_says_round_by_round(marks: str, lasting: int, clear: int) -> None:
    found = statuses(marks, **{"for": f"{lasting * 10}ms", "clear": f"{clear * 10}ms"})
    assert found == by_the_book(marks, lasting, clear)
