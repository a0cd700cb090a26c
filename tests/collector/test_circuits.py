"""From rounds to the status of a circuit."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.blame import Verdict
from collector.circuits import Follower, Status, UpRule, join

SAID = {"u": Verdict.UP, "d": Verdict.DOWN, "?": Verdict.UNKNOWN}
SHORT = {Status.UP: "u", Status.DOWN: "d", Status.UNKNOWN: "?"}


def follow(follower: Follower, probe: str, words: str, begin: int = 0, every: int = 10) -> None:
    """Take a round for each letter; a space is a slot without a round."""
    for i, word in enumerate(words):
        if word != " ":
            follower.take(probe, begin + i * every, every, SAID[word], f"{word}{i}")


def spans(follower: Follower) -> list[tuple[int, str]]:
    return [(change.at_ms, SHORT[change.status]) for change in follower.settled()]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("uu", [(0, "?"), (0, "u")]),
        ("uuu", [(0, "u")]),
        ("uuduu", [(0, "u")]),  # one bad round is none
        ("uuddu", [(0, "u"), (20, "d")]),  # two are, from the first on
        ("uudduu", [(0, "u"), (20, "d"), (40, "u")]),
        ("uudud", [(0, "u")]),
        ("uu?uu", [(0, "u"), (20, "?"), (30, "u")]),  # unknown needs no second opinion
        ("uu?u", [(0, "u"), (20, "?")]),  # but to be up again does
        ("uud?d", [(0, "u"), (30, "?")]),  # two downs in a row, not two downs
        ("uu  uu", [(0, "u"), (20, "?"), (40, "u")]),  # a skipped slot is unknown, not lost
        ("dd", [(0, "d")]),
        ("uudd??", [(0, "u"), (20, "d"), (40, "?")]),
    ],
)
def test_two_rounds_in_a_row_change_the_status_back_dated_to_the_first(
    words: str, expected: list[tuple[int, str]]
) -> None:
    follower = Follower({"far": 10}, "any", 0)
    follow(follower, "far", words)
    told = spans(follower)
    assert told == [change for change in expected if change != (0, "?")]


@pytest.mark.parametrize(
    ("statuses", "rule", "expected"),
    [
        ("uu", "any", "u"), ("ud", "any", "u"), ("dd", "any", "d"), ("d?", "any", "?"), ("u?", "any", "u"),
        ("uu", "all", "u"), ("ud", "all", "d"), ("u?", "all", "?"), ("d?", "all", "d"), ("??", "all", "?"),
        ("uud", 2, "u"), ("udd", 2, "d"), ("u?d", 2, "?"), ("uu?", 2, "u"), ("d?d", 2, "d"),
    ],
)  # fmt: skip
def test_up_when_joins_the_probes_and_unknown_decides_nothing(
    statuses: str, rule: UpRule, expected: str
) -> None:
    words = {"u": Status.UP, "d": Status.DOWN, "?": Status.UNKNOWN}
    assert SHORT[join([words[one] for one in statuses], rule)] == expected


def test_the_stored_history_waits_for_the_slowest_probe_and_is_told_once() -> None:
    follower = Follower({"fast": 10, "slow": 40}, "any", 0)
    follow(follower, "fast", "uuuudddd")
    assert spans(follower) == []
    follow(follower, "slow", "uudd", every=40)
    assert spans(follower) == [(0, "u")]
    follow(follower, "fast", "dddddddd", begin=80)
    assert spans(follower) == [(80, "d")]
    assert spans(follower) == []


def test_the_status_now_is_the_newest_word_of_each_probe_with_its_cause() -> None:
    follower = Follower({"near": 10, "far": 10}, "all", 0)
    follow(follower, "near", "uuuu")
    follow(follower, "far", "uudd")
    now = follower.now()
    assert (now.status, now.at_ms, now.cause) == (Status.DOWN, 20, "d2")


def test_a_probe_that_falls_silent_makes_its_circuit_unknown_from_its_last_round_on() -> None:
    follower = Follower({"far": 10}, "any", 0)
    follow(follower, "far", "uuu")
    follower.silent("far", 60)
    now = follower.now()
    assert (now.status, now.at_ms) == (Status.UNKNOWN, 30)
    follow(follower, "far", "uu", begin=60)
    assert spans(follower) == [(0, "u"), (30, "?"), (60, "u")]


def test_a_round_that_was_taken_before_changes_nothing() -> None:
    follower = Follower({"far": 10}, "any", 0)
    follow(follower, "far", "uuu")
    follow(follower, "far", "ddd")
    assert follower.now().status is Status.UP


@given(st.text("ud? ", max_size=30), st.integers(0, 30), st.sampled_from(["any", "all"]))
def test_a_follower_restored_from_its_state_goes_on_as_if_it_had_never_stopped(
    words: str, stop: int, rule: UpRule
) -> None:
    whole, first = (Follower({"a": 10, "b": 10}, rule, 0) for _ in range(2))
    follow(whole, "a", words)
    follow(whole, "b", words[::-1])
    follow(first, "a", words[:stop])
    told = spans(first)
    second = Follower({"a": 10, "b": 10}, rule, 0)
    second.restore(json.loads(json.dumps(first.state())))
    follow(second, "a", words[stop:], begin=stop * 10)
    follow(second, "b", words[::-1])
    assert told + spans(second) == spans(whole)


@given(st.text("ud?", min_size=1, max_size=60))
def test_history_is_in_order_and_never_says_the_same_twice(words: str) -> None:
    follower, told = Follower({"far": 10}, "any", 0), []
    for i in range(len(words)):
        follow(follower, "far", words[i], begin=i * 10)
        told += spans(follower)
    assert all(a[0] <= b[0] and a[1] != b[1] for a, b in pairwise(told))


@pytest.mark.parametrize(
    ("rule", "words", "before", "after", "expected"),
    [
        ("all", {"a": "uuuu", "b": "uudd"}, "ab", "a", [(40, "u")]),  # what made it down is measured no more
        ("any", {"a": "uudd"}, "a", "ab", [(40, "?")]),  # the new one may be up: nobody knows yet
        ("all", {"a": "uuuu"}, "a", "ab", [(40, "?")]),
    ],
)
def test_a_change_of_who_judges_takes_nothing_back_that_was_told(
    rule: UpRule, words: dict[str, str], before: str, after: str, expected: list[tuple[int, str]]
) -> None:
    first = Follower(dict.fromkeys(before, 10), rule, 0)
    for name, said in words.items():
        follow(first, name, said)
    assert spans(first)
    second = Follower(dict.fromkeys(after, 10), rule, 40)
    second.restore(json.loads(json.dumps(first.state())))
    for name in after:
        follow(second, name, words.get(name, "????")[-1] * 4, begin=40)
    assert spans(second) == expected


def test_the_status_now_holds_since_the_circuit_has_it_not_since_its_newest_probe_does() -> None:
    follower = Follower({"near": 10, "far": 10}, "any", 0)
    follow(follower, "near", "uuuuuuuu")
    follow(follower, "far", "uudddduu")
    assert (follower.now().status, follower.now().at_ms) == (Status.UP, 0)
    follower.settled()
    assert (follower.now().status, follower.now().at_ms) == (Status.UP, 0)


def test_a_circuit_whose_rounds_say_nothing_says_why() -> None:
    follower = Follower({"far": 10}, "any", 0)
    follow(follower, "far", "??")
    assert (follower.now().status, follower.now().cause) == (Status.UNKNOWN, "?0")
