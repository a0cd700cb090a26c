"""The rule of MEF 10.x: n lossy intervals in a row, on rounds of any length."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.circuits import Status
from collector.sla.down import high_loss, mef, simple
from collector.sla.tracks import Track
from config.outage import SimpleRule
from tests.collector.sla.marks import (
    ABOVE_HALF,
    EVERY_MS,
    HALF,
    TOTAL,
    letters,
    mef_rule,
    one_round,
    rounds_of,
    track,
)


@pytest.mark.parametrize(
    ("marks", "consecutive", "expected"),
    [
        ("..xx..", 3, "uuuuuu"),
        ("..xxx...", 3, "uuddduuu"),
        ("..xxxx...", 3, "uudddduuu"),
        ("..xxx..x", 3, "uudddddd"),
        ("..xxx..", 3, "uuddddd"),
        ("..xxx..x...", 3, "uudddddduuu"),
        ("xxx", 3, "ddd"),
        ("xx", 3, "uu"),
        ("..x..", 1, "uuduu"),
        ("..xx xx..", 3, "uuuu uuuu"),
        ("..xx?xx..", 3, "uuuu?uuuu"),
        ("..xx!xx..", 3, "uuuu?uuuu"),
        ("..xxx xx.", 3, "uuddd ddd"),
        ("..xxx. ..", 3, "uudddd dd"),
        ("..xxoxx..", 3, "uuuuuuuuu"),
        ("xxxoooxxo", 3, "ddduuuuuu"),
        ("xxxoox", 3, "dddddd"),
        ("xxx.!.", 3, "dddd?d"),
        ("", 3, ""),
    ],
)
def test_mef_switches_at_the_first_of_n_intervals_in_a_row(
    marks: str, consecutive: int, expected: str
) -> None:
    assert letters(mef(track(marks), mef_rule(consecutive)), len(marks)) == expected


@pytest.mark.parametrize(
    ("loss", "mark", "expected"),
    [(ABOVE_HALF, "-", "uuu"), (HALF, "-", "ddd"), (ABOVE_HALF, "x", "ddd"), (TOTAL, "-", "uuu")],
)
def test_an_interval_at_the_threshold_is_lossy_only_where_the_rule_says_at_least(
    loss: dict[str, str], mark: str, expected: str
) -> None:
    assert letters(mef(track(mark * 3), mef_rule(3, loss=loss)), 3) == expected


def test_an_interval_in_which_nothing_was_sent_is_not_lossy() -> None:
    assert letters(mef(track("ooo"), mef_rule(2, loss={"loss_at_least": "1%"})), 3) == "uuu"


def test_the_last_intervals_of_a_period_look_into_the_next() -> None:
    rounds = track("....x" + "xx...")
    april_ms = 5 * EVERY_MS
    timeline = mef(rounds, mef_rule(3))
    assert timeline.clip(0, april_ms).where(Status.DOWN).pairs == ((april_ms - EVERY_MS, april_ms),)
    assert not mef(track("....x"), mef_rule(3)).where(Status.DOWN)
    assert not mef(track("....x" + "x...."), mef_rule(3)).where(Status.DOWN)


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ("..|.x|xx|xx|..|..", "uu|uu|dd|dd|uu|uu"),
        ("x.|xx|xx|..|..", "uu|dd|dd|uu|uu"),
        (".x|.x|.x|.x", "uu|uu|uu|uu"),
        ("xx|x |xx|..|..", "dd|d |dd|uu|uu"),
        ("xx|xx| x|.x|..", "dd|dd| d|uu|uu"),
        ("xx|  |xx|..", "uu|  |uu|uu"),
        ("x?|?x|xx|..|..", "d?|?d|dd|uu|uu"),
        ("xx|??|xx|..", "uu|??|uu|uu"),
        ("xo|ox|xx|..|..", "dd|dd|dd|uu|uu"),
        ("xx|xx|oo|o.|xx", "dd|dd|uu|uu|uu"),
        ("xx|oo|xx|..", "uu|uu|uu|uu"),
        ("xx|!o|xx|..", "uu|?u|uu|uu"),
    ],
)
def test_shorter_rounds_are_taken_together_on_a_grid_since_the_epoch(marks: str, expected: str) -> None:
    rounds, said = marks.replace("|", ""), expected.replace("|", "")
    assert letters(mef(track(rounds), mef_rule(2, 2 * EVERY_MS, ABOVE_HALF)), len(rounds)) == said


def test_the_grid_begins_at_the_epoch_and_not_with_the_rounds() -> None:
    marks = "xxxx"
    on_the_grid = mef(track(marks), mef_rule(2, 2 * EVERY_MS))
    beside_it = mef(track(marks, at_ms=EVERY_MS), mef_rule(3, 2 * EVERY_MS))
    assert letters(on_the_grid, 4) == "dddd"
    assert letters(beside_it, 5) == " dddd"


def test_rounds_of_an_intervals_length_need_not_lie_on_the_grid() -> None:
    found = mef(track(".xx..", at_ms=7), mef_rule(2))
    assert found.where(Status.DOWN).pairs == ((17, 37),)


def test_a_longer_round_is_as_many_intervals_as_it_is_long() -> None:
    assert letters(mef(track(".x...", 30), mef_rule(3)), 5, 30) == "uduuu"
    assert letters(mef(track(".x...", 30), mef_rule(4)), 5, 30) == "uuuuu"
    assert letters(mef(track(".xx..", 35), mef_rule(6)), 5, 35) == "udduu"


def test_rounds_that_were_cut_short_are_intervals_all_the_same() -> None:
    """A series that another one at another phase follows; the round before the change is short."""
    series = [*rounds_of("..x"), *rounds_of("xx...", at_ms=25)]
    found = mef(Track.of("pe", series), mef_rule(3))
    assert found.where(Status.DOWN).pairs == ((20, 45),)


def test_rounds_of_several_lengths_are_intervals_each_in_their_own_way() -> None:
    """A long round, then thirds of an interval: alone they are lossy twice in a row at most."""
    series = [*rounds_of(".", 30), *rounds_of("x.xx.xx.x......", 10, at_ms=30)]
    found = mef(Track.of("pe", series), mef_rule(3, 30, ABOVE_HALF))
    assert found.where(Status.DOWN).pairs == ((30, 180),)
    assert not mef(Track.of("pe", series), mef_rule(4, 30, ABOVE_HALF)).where(Status.DOWN)


def test_a_long_round_that_begins_inside_an_interval_follows_it_without_a_gap() -> None:
    series = [*rounds_of("xx", 10), *rounds_of("xx..", 30, at_ms=20)]
    found = mef(Track.of("pe", series), mef_rule(3, 30))
    assert found.where(Status.DOWN).pairs == ((0, 140),)


def test_rounds_of_two_clocks_at_one_time_are_one_interval() -> None:
    series = [*rounds_of(".xx"), one_round(20, EVERY_MS, "x", epoch=1), *rounds_of("..", at_ms=30)]
    assert not mef(Track.of("pe", series), mef_rule(3)).where(Status.DOWN)
    assert mef(Track.of("pe", series), mef_rule(2)).where(Status.DOWN).pairs == ((10, 30),)


def test_of_rounds_at_one_time_the_last_decides_the_simple_rule() -> None:
    series = [*rounds_of(".x."), one_round(10, EVERY_MS, "x", epoch=1), one_round(10, EVERY_MS, ".")]
    rule = SimpleRule.model_validate(TOTAL | {"for": "10ms"})
    assert simple(Track.of("pe", series[:-1]), rule).where(Status.DOWN).pairs == ((10, 20),)
    assert not simple(Track.of("pe", series), rule).where(Status.DOWN)


@pytest.mark.parametrize(
    ("marks", "start", "end", "count"),
    [
        ("..xx.x..", 0, 8, 3),
        ("..xxx...", 0, 8, 0),
        ("..xx?xx.", 0, 8, 4),
        ("xxx.x...", 0, 8, 0),
        ("xxx...x.", 0, 8, 1),
        ("xx..xx..", 1, 5, 2),
        ("........", 0, 8, 0),
        ("..xx", 0, 4, 2),
    ],
)
def test_lossy_intervals_that_never_made_it_to_n_are_counted_apart(
    marks: str, start: int, end: int, count: int
) -> None:
    found = high_loss(track(marks), mef_rule(3), start * EVERY_MS, end * EVERY_MS)
    assert found == count


def mef_by_the_book(marks: str, per: int, n: int) -> str:
    """Interval by interval, and each switch by looking at the n that begin it; letters of rounds."""
    cells = [marks[place : place + per] for place in range(0, len(marks), per)]
    kinds: list[bool | None] = []
    for cell in cells:
        sent = sum(2 for mark in cell if mark in ".x-")
        lost = sum({"x": 2, "-": 1}.get(mark, 0) for mark in cell)
        if not any(mark in ".x-o" for mark in cell):
            kinds.append(None)
        else:
            kinds.append(sent > 0 and 2 * lost > sent)
    said, down = "", False
    for place, cell in enumerate(cells):
        if kinds[place : place + n] == [not down] * n:
            down = not down
        said += "".join({" ": " ", "?": "?", "!": "?"}.get(mark, "d" if down else "u") for mark in cell)
    return said


@settings(max_examples=200)
@given(st.text(".x-?o! ", max_size=60), st.integers(1, 3), st.integers(1, 4))
def test_columns_say_what_mef_says_interval_by_interval(marks: str, per: int, n: int) -> None:
    found = mef(track(marks), mef_rule(n, per * EVERY_MS, ABOVE_HALF))
    assert letters(found, len(marks)) == mef_by_the_book(marks, per, n)
