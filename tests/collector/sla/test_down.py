"""The rules that call a probe's target down: how much loss, for how long, in which window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.circuits import Status
from collector.sla.down import dense, judged, lossy, simple, sliding
from collector.sla.timeline import Timeline
from collector.sla.tracks import Track
from config.outage import DenseRule, SimpleRule
from tests.collector.sla.marks import (
    ABOVE_HALF,
    EVERY_MS,
    TOTAL,
    as_series,
    counted,
    dense_rule,
    letters,
    mef_rule,
    rounds_of,
    sliding_rule,
    track,
)

# Which rounds are lossy


@pytest.mark.parametrize(
    ("rule", "lost", "is_lossy"),
    [
        ({"loss_above": "50%"}, 5, False),
        ({"loss_above": "50%"}, 6, True),
        ({"loss_at_least": "50%"}, 4, False),
        ({"loss_at_least": "50%"}, 5, True),
        ({"loss_at_least": "100%"}, 9, False),
        ({"loss_at_least": "100%"}, 10, True),
        ({"loss_above": "0%"}, 0, False),
        ({"loss_above": "0%"}, 1, True),
        ({"loss_above": "33.3333%"}, 3, False),
        ({"loss_above": "29.99999999999999999999%"}, 3, True),
        ({"loss_above": "30.00000000000000000001%"}, 3, False),
        ({"loss_at_least": "30.00000000000000000000%"}, 3, True),
    ],
)
def test_the_threshold_is_exact_and_above_is_strict(rule: dict[str, str], lost: int, is_lossy: bool) -> None:
    one = counted(10_000, [(10, lost)])
    assert lossy(one, SimpleRule.model_validate(rule)).tolist() == [is_lossy]


def test_a_round_that_is_no_evidence_is_not_lossy() -> None:
    assert lossy(track("x?o!"), SimpleRule.model_validate(TOTAL)).tolist() == [True, False, False, False]


# The simple rule


def statuses(marks: str, **rule: str) -> str:
    """The status of each round's time by the simple rule, a letter each."""
    return letters(simple(track(marks), SimpleRule.model_validate(TOTAL | rule)), len(marks))


@pytest.mark.parametrize(
    ("marks", "lasting", "clear", "expected"),
    [
        ("..x..", "0s", "0s", "uuduu"),
        ("..x..", "20ms", "0s", "uuuuu"),
        ("..xx..", "20ms", "0s", "uudduu"),
        ("..xx..", "21ms", "0s", "uuuuuu"),
        ("..xxx.xx.", "20ms", "20ms", "uuddddddd"),
        ("..xxx.xx..", "20ms", "20ms", "uudddddduu"),
        ("..xxx.xx..", "20ms", "21ms", "uudddddddd"),
        ("..x.x.x...", "20ms", "20ms", "uuuuuuuuuu"),
        ("..xx.x.x..", "20ms", "20ms", "uudddddduu"),
        ("..x?x..", "20ms", "0s", "uuu?uuu"),
        ("..xox..", "20ms", "0s", "uuu?uuu"),
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


def by_the_book(marks: str, lasting: int, clear: int) -> str:
    """The rule as it is written, round by round; `o` and `!` are as little evidence as `?`."""
    marks = marks.replace("o", "?").replace("!", "?")
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


@given(st.text(".x? o", max_size=40), st.integers(0, 4), st.integers(0, 4))
def test_columns_say_what_the_simple_rule_says_round_by_round(marks: str, lasting: int, clear: int) -> None:
    found = statuses(marks, **{"for": f"{lasting * 10}ms", "clear": f"{clear * 10}ms"})
    assert found == by_the_book(marks, lasting, clear)


# The sliding window


@pytest.mark.parametrize(
    ("marks", "over", "loss", "expected"),
    [
        ("....x....", 40, {"loss_above": "25%"}, "uuuuuuuuu"),
        ("....x....", 40, {"loss_at_least": "25%"}, "uuuuddddu"),
        ("....xx....", 40, {"loss_above": "25%"}, "uuuudddduu"),
        ("....xx....", 40, {"loss_at_least": "50%"}, "uuuudddduu"),
        ("....x....", 39, {"loss_at_least": "30%"}, "uuuuddduu"),
        ("....x....", 41, {"loss_at_least": "30%"}, "uuuuuuuuu"),
        ("....-....", 40, {"loss_at_least": "25%"}, "uuuuuuuuu"),
        ("...x.....x...", 40, {"loss_at_least": "25%"}, "uuudddduudddd"),
        ("..x.x..", 30, {"loss_above": "50%"}, "uuddduu"),
        ("x...", 40, {"loss_at_least": "50%"}, "dduu"),
        ("...x", 5, {"loss_at_least": "100%"}, "uuud"),
        ("..x?....", 40, {"loss_at_least": "33%"}, "uud?dduu"),
        ("..x  ....", 40, {"loss_at_least": "33%"}, "uud  duuu"),
        ("...x  x...", 40, {"loss_at_least": "50%"}, "uuud  dduu"),
        ("????", 20, {"loss_above": "0%"}, "????"),
        ("", 20, TOTAL, ""),
    ],
)
def test_a_sliding_window_takes_all_its_packets_together(
    marks: str, over: int, loss: dict[str, str], expected: str
) -> None:
    assert letters(sliding(track(marks), sliding_rule(over, loss)), len(marks)) == expected


def test_a_window_that_turns_lossy_is_dated_back_to_its_first_lossy_round() -> None:
    """1% of ten rounds of 100: the first lossy round is within the threshold with those before it."""
    packets = [(100, 0)] * 10 + [(100, 6), (100, 0), (100, 5), (100, 0)] + [(100, 0)] * 10
    found = sliding(counted(10, packets), sliding_rule(100, {"loss_above": "1%"}))
    assert found.where(Status.DOWN).pairs == ((100, 200),)
    exactly = [(100, 0)] * 10 + [(100, 5), (100, 0), (100, 5)] + [(100, 0)] * 10
    assert not sliding(counted(10, exactly), sliding_rule(100, {"loss_above": "1%"})).where(Status.DOWN)


def sliding_by_the_book(
    packets: Sequence[tuple[int, int] | None], rounds: int, share: Fraction, itself: bool
) -> str:
    """Window by window, each summed afresh; a blank for no round, `?` where nothing was sent."""

    def over(sent: int, lost: int) -> bool:
        return sent > 0 and (Fraction(lost, sent) > share or (itself and Fraction(lost, sent) == share))

    down = set[int]()
    for now in range(len(packets)):
        window = range(max(0, now - rounds + 1), now + 1)
        there = [(place, *one) for place in window if (one := packets[place])]
        if packets[now] is None or not over(sum(one[1] for one in there), sum(one[2] for one in there)):
            continue
        first = next(place for place, sent, lost in there if over(sent, lost))
        down |= set(range(first, now + 1))
    return "".join(
        " " if one is None else "?" if not one[0] else "d" if place in down else "u"
        for place, one in enumerate(packets)
    )


SENT_LOST = st.one_of(
    st.none(),
    st.integers(0, 6).flatmap(lambda sent: st.tuples(st.just(sent), st.integers(0, sent))),
    st.just((6, 0)),
)


@settings(max_examples=200)
@given(
    st.lists(SENT_LOST, max_size=40), st.integers(1, 8), st.sampled_from(["1%", "20%", "50%"]), st.booleans()
)
def test_columns_say_what_the_sliding_rule_says_window_by_window(
    packets: list[tuple[int, int] | None], rounds: int, share: str, itself: bool
) -> None:
    loss = {"loss_at_least" if itself else "loss_above": share}
    found = sliding(counted(10, packets), sliding_rule(rounds * 10, loss))
    expected = sliding_by_the_book(packets, rounds, Fraction(share[:-1]) / 100, itself)
    assert letters(found, len(packets)) == expected


# So much lossy time in a window


@pytest.mark.parametrize(
    ("marks", "lossy_ms", "within", "expected"),
    [
        ("..x.x..", 20, 30, "uuddduu"),
        ("..x.x..", 21, 30, "uuuuuuu"),
        ("..x.x..", 20, 20, "uuuuuuu"),
        ("..x.x..", 20, 21, "uuddduu"),
        ("..xx...", 20, 20, "uudduuu"),
        ("..xx...", 19, 20, "uudduuu"),
        ("..x....", 1, 1, "uuduuuu"),
        ("..x....", 11, 100, "uuuuuuu"),
        ("x.x.x.x", 30, 50, "ddddddd"),
        ("x.x....x.x", 20, 30, "ddduuuuddd"),
        ("x.xx...x", 30, 40, "dddduuuu"),
        ("x?x", 20, 30, "d?d"),
        ("x x", 20, 30, "d d"),
        ("?x?", 20, 30, "?u?"),
        ("..-x-..", 20, 30, "uuuuuuu"),
        (".......", 1, 100, "uuuuuuu"),
        ("", 10, 10, ""),
    ],
)
def test_so_much_lossy_time_in_a_window_is_down_from_its_first_to_its_last_lossy_round(
    marks: str, lossy_ms: int, within: int, expected: str
) -> None:
    assert letters(dense(track(marks), dense_rule(lossy_ms, within)), len(marks)) == expected


def test_a_lossy_round_counts_its_whole_length_however_much_it_lost() -> None:
    found = dense(counted(60_000, [(10, 0), (10, 6), (10, 0)]), dense_rule(60_000, 900_000, ABOVE_HALF))
    assert found.where(Status.DOWN).pairs == ((60_000, 120_000),)


def test_a_fraction_of_a_millisecond_must_be_reached_too() -> None:
    rule = DenseRule.model_validate(TOTAL | {"seconds": "0.0101", "within": "1s"})
    assert not dense(track("x"), rule).where(Status.DOWN)
    assert dense(track("xx"), rule).where(Status.DOWN).total_ms == 20


def dense_by_the_book(marks: str, lossy_ms: int, within: int) -> str:
    """Every window of every millisecond, each summed afresh."""
    down = set[int]()
    for start in range(-within, len(marks) * EVERY_MS):
        inside = [
            place
            for place, mark in enumerate(marks)
            if mark == "x" and start <= place * EVERY_MS < start + within
        ]
        if inside and len(inside) * EVERY_MS >= lossy_ms:
            down |= set(range(inside[0], inside[-1] + 1))
    return "".join(
        {" ": " ", "?": "?", "o": "?"}.get(mark, "d" if place in down else "u")
        for place, mark in enumerate(marks)
    )


@settings(max_examples=100)
@given(st.text(".x? o", max_size=24), st.integers(1, 45), st.integers(45, 80))
def test_columns_say_what_the_dense_rule_says_window_by_window(
    marks: str, lossy_ms: int, within: int
) -> None:
    found = dense(track(marks), dense_rule(lossy_ms, within))
    assert letters(found, len(marks)) == dense_by_the_book(marks, lossy_ms, within)


# Laws of all of them

RULES: dict[str, Callable[[Track], Timeline]] = {
    "simple": lambda one: judged(one, SimpleRule.model_validate(TOTAL | {"for": "20ms", "clear": "30ms"})),
    "mef": lambda one: judged(one, mef_rule(2)),
    "mef on a grid": lambda one: judged(one, mef_rule(2, 2 * EVERY_MS, ABOVE_HALF)),
    "sliding": lambda one: judged(one, sliding_rule(40, {"loss_above": "30%"})),
    "dense": lambda one: judged(one, dense_rule(20, 60)),
}


@pytest.mark.parametrize("rule", RULES)
@given(marks=st.text(".x-?o ", max_size=40), cut=st.integers(0, 40))
@settings(max_examples=50)
def test_cutting_the_rounds_into_two_series_at_any_instant_changes_nothing(
    rule: str, marks: str, cut: int
) -> None:
    parts = rounds_of(marks)
    before = [one for one in parts if one.rounds.at_ms[0] < cut * EVERY_MS]
    halves = [as_series(before), as_series(parts[len(before) :])]
    whole = RULES[rule](Track.of("pe", [as_series(parts)]))
    assert RULES[rule](Track.of("pe", halves)) == whole
    assert RULES[rule](Track.of("pe", halves[::-1])) == whole


@pytest.mark.parametrize("rule", RULES)
@given(marks=st.text(".x-?! ", max_size=40))
@settings(max_examples=50)
def test_what_is_no_evidence_is_unknown_and_of_a_gap_nothing_is_said(rule: str, marks: str) -> None:
    found = letters(RULES[rule](track(marks)), len(marks))
    for mark, said in zip(marks, found, strict=True):
        assert said == {"?": "?", "!": "?", " ": " "}.get(mark, said)
        assert (said in "ud") is (mark in ".x-")
