"""The status of a circuit: by intervals, or by what its probes' rounds say to its contract's rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from collector.circuits import Status, UpRule
from collector.ledger.rounds import Rounds
from collector.sla.rules import CircuitFacts, Judges, Window
from collector.sla.status import Joint, status_of, together
from collector.sla.timeline import Timeline
from collector.sla.tracks import Direction, Measured, Track, chosen, tracks_of
from config.outage import DownRule
from config.settings import JudgedBy
from probes.model import Reason, Round
from tests.collector.sla.marks import EVERY_MS, as_series, letters, rounds_of, timeline

UP, DOWN, UNKNOWN = Status.UP, Status.DOWN, Status.UNKNOWN
TOTAL = {"loss_at_least": "100%"}
CELLS = 12
WINDOW = Window(2 * EVERY_MS, 10 * EVERY_MS, 10 * EVERY_MS)
LATE_MS = 1_000_000


def rule(keys: Mapping[str, object] = TOTAL) -> DownRule:
    found: DownRule = TypeAdapter(DownRule).validate_python(keys)
    return found


def seen(
    marks: str,
    probe: str = "pe",
    dscp: int | None = None,
    direction: Direction | None = None,
    family: int | None = None,
) -> Measured:
    return replace(as_series(rounds_of(marks)), probe=probe, dscp=dscp, direction=direction, family=family)


def judges(*probes: str) -> JudgedBy:
    return JudgedBy.model_construct(availability=probes or None, rtt=None, loss=None, jitter=None)


def facts(up_when: UpRule = "any", *probes: str, later: tuple[Judges, ...] = ()) -> CircuitFacts:
    return CircuitFacts("x-1", "UTC", up_when, judges(*probes), later)


def status(
    *measured: Measured,
    by: Mapping[str, object] = TOTAL,
    circuit: CircuitFacts | None = None,
    now: int = LATE_MS,
) -> str:
    """The status of each cell of time by a rule, a letter each."""
    found = status_of(tracks_of(measured), None, rule(by), circuit or facts(), WINDOW, now)
    return letters(found, CELLS)


# Intervals


def test_intervals_decide_and_what_none_of_them_names_is_up() -> None:
    found = status_of(
        tracks_of([seen("xxxxxxxxxxxx")]), timeline("   dd ?  uu"), rule(), facts(), WINDOW, CELLS * EVERY_MS
    )
    assert letters(found, CELLS) == "uuuddu?uuuuu"


def test_an_empty_list_of_intervals_is_all_up_whatever_the_rounds_say() -> None:
    found = status_of(tracks_of([seen("xxxxxxxxxxxx")]), Timeline(), None, facts(), WINDOW, LATE_MS)
    assert [one.status for one in found.stretches] == [UP]
    assert found.clip(WINDOW.start_ms, WINDOW.end_ms).where(UP).total_ms == WINDOW.ms


def test_intervals_reach_over_both_edges_and_never_past_now() -> None:
    intervals = timeline("ddd      ddd")
    found = status_of({}, intervals, rule(), facts(), WINDOW, 11 * EVERY_MS)
    assert found.where(DOWN).pairs == ((0, 30), (90, 110))
    assert found.stretches[-1].end_ms == 11 * EVERY_MS


# Rounds


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ("............", "uuuuuuuuuuuu"),
        ("xxx......xxx", "ddduuuuuuddd"),
        ("   ..x..    ", "  ?uuduu??  "),
        ("...?x..     ", "uuu?duu???  "),
        ("            ", "  ????????  "),
    ],
)
def test_it_is_unknown_wherever_in_the_window_nothing_is_said(marks: str, expected: str) -> None:
    assert status(seen(marks)) == expected


def test_without_a_probe_or_a_rule_the_window_is_unknown() -> None:
    assert status() == "  ????????  "
    found = status_of(tracks_of([seen("............")]), None, None, facts(), WINDOW, LATE_MS)
    assert letters(found, CELLS) == "  ????????  "


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (12, "xxxxxxxxxxxx"),
        (11, "xxxxxxxxxxx "),
        (6, "xxxxxx      "),
        (2, "xx          "),
        (1, "x           "),
    ],
)
def test_nothing_is_said_of_time_after_now(now: int, expected: str) -> None:
    said = status(seen("xxxxxxxxxxxx"), now=now * EVERY_MS)
    assert said == expected.replace("x", "d")


def test_time_up_to_now_that_no_round_covers_is_unknown_and_no_more() -> None:
    assert status(seen("....        "), now=7 * EVERY_MS) == "uuuu???     "


@pytest.mark.parametrize(
    ("up_when", "one", "other", "expected"),
    [
        ("any", "...xx?xxx...", ".x.x.xxx?...", "uuudu?dd?uuu"),
        ("all", "...xx.......", ".x.x....?...", "ududduuu?uuu"),
        ("any", "............", "            ", "uuuuuuuuuuuu"),
        ("any", "xxxxxxxxxxxx", "            ", "????????????"),
        ("all", "............", "            ", "????????????"),
        ("all", "xxxxxxxxxxxx", "            ", "dddddddddddd"),
        (1, "xxxxxxxxxxxx", "............", "uuuuuuuuuuuu"),
        (2, "xxxxxxxxxxxx", "............", "dddddddddddd"),
    ],
)
def test_each_probe_is_followed_alone_and_up_when_joins_them(
    up_when: UpRule, one: str, other: str, expected: str
) -> None:
    circuit = facts(up_when, "pe", "far")
    assert status(seen(one), seen(other, "far"), circuit=circuit) == expected


def test_a_rule_runs_over_each_probe_and_not_over_their_sum() -> None:
    """Each loses two rounds in a row, but never both at once long enough."""
    said = status(
        seen("...xx......."), seen("....xx......", "far"), by=TOTAL | {"for": "20ms"}, circuit=facts("any")
    )
    assert said == "uuuuduuuuuuu"
    said = status(
        seen("...x........"), seen("....x.......", "far"), by=TOTAL | {"for": "20ms"}, circuit=facts("all")
    )
    assert said == "uuuuuuuuuuuu"


def test_only_named_probes_judge_and_without_names_all_do() -> None:
    measured = (seen("xxxxxxxxxxxx"), seen("............", "far"))
    assert status(*measured, circuit=facts("all", "far")) == "u" * CELLS
    assert status(*measured, circuit=facts("all")) == "d" * CELLS
    assert status(*measured, circuit=facts("all", "gone")) == "  ????????  "
    assert status(*measured, circuit=facts("any", "far", "gone")) == "u" * CELLS


def test_who_judges_changes_at_its_moment_and_a_run_goes_on_over_it() -> None:
    measured = (seen("xxxxxxxx...."), seen("....xxxxxxxx", "far"))
    later = (Judges(4 * EVERY_MS, "all", judges("pe", "far")), Judges(10 * EVERY_MS, "any", judges("pe")))
    circuit = facts("any", "far", later=later)
    assert status(*measured, circuit=circuit) == "uuuudddddduu"
    assert status(*measured, circuit=circuit, by=TOTAL | {"for": "80ms"}) == "uuuudddddduu"
    assert status(*measured, circuit=circuit, by=TOTAL | {"for": "81ms"}) == "uuuuuuuuuuuu"


# Directions, classes and families


@pytest.mark.parametrize(
    ("direction", "forward", "reverse", "expected"),
    [
        (None, ".x.x?  xx...", "..xx..x ?...", "uddd?uddduuu"),
        ("either", ".x.x?  xx...", "..xx..x ?...", "uddd?uddduuu"),
        ("forward", ".x.x?.xx....", "xxxxxxxxxxxx", "udud?udduuuu"),
        ("reverse", "xxxxxxxxxxxx", ".x.x?.xx....", "udud?udduuuu"),
        ("both", ".x.x?xx.....", "..xx?? x....", "uuud???uuuuu"),
    ],
)
def test_a_direction_is_judged_as_the_rule_says(
    direction: str | None, forward: str, reverse: str, expected: str
) -> None:
    keys = TOTAL | ({"direction": direction} if direction else {})
    found = status(seen(forward, direction="forward"), seen(reverse, direction="reverse"), by=keys)
    assert found == expected


@pytest.mark.parametrize("direction", ["forward", "reverse", "either", "both"])
def test_a_probe_that_splits_no_direction_is_judged_as_it_is(direction: str) -> None:
    assert status(seen("..x........."), by=TOTAL | {"direction": direction}) == "uuduuuuuuuuu"


def test_of_a_direction_that_was_never_measured_nothing_is_said() -> None:
    forward = seen("xx..........", direction="forward")
    assert status(forward, by=TOTAL | {"direction": "reverse"}) == "  ????????  "
    assert status(forward, by=TOTAL | {"direction": "either"}) == "dduuuuuuuuuu"
    assert status(forward, by=TOTAL | {"direction": "both"}) == "??uuuuuuuuuu"


def test_of_a_round_trip_beside_a_split_one_only_the_split_one_has_the_asked_direction() -> None:
    measured = (seen("xxxxxxxxxxxx"), seen("............", direction="forward"))
    assert status(*measured, by=TOTAL | {"direction": "forward"}) == "u" * CELLS
    assert status(*measured, by=TOTAL | {"direction": "either"}) == "d" * CELLS


@pytest.mark.parametrize(("dscp", "family"), [(46, None), (None, 6), (46, 6)])
def test_a_probe_is_up_where_any_of_its_classes_or_families_is(dscp: int | None, family: int | None) -> None:
    one, other = seen("..xx??xx    "), seen("...x?x  xx..", dscp=dscp, family=family)
    assert status(one, other) == "uuud??dddduu"


def test_directions_are_joined_in_each_class_before_the_classes_are() -> None:
    """Class 46 is down forward, class 0 in reverse: neither class works both ways."""
    measured = [
        seen("x" * 12, dscp=46, direction="forward"),
        seen("." * 12, dscp=46, direction="reverse"),
        seen("." * 12, dscp=0, direction="forward"),
        seen("x" * 12, dscp=0, direction="reverse"),
    ]
    assert status(*measured) == "d" * CELLS
    assert status(*measured, by=TOTAL | {"direction": "both"}) == "u" * CELLS


# Several rules


def test_any_of_several_rules_makes_it_down() -> None:
    hard = TOTAL | {"for": "30ms", "clear": "10ms"}
    often = TOTAL | {"seconds": "0.02", "within": "30ms"}
    marks = "..xxx..x.x.."
    assert status(seen(marks), by=hard) == "uuddduuuuuuu"
    assert status(seen(marks), by={"any": [hard, often]}) == "uuddduuddduu"
    assert status(seen(marks), by={"any": [often, hard]}) == "uuddduuddduu"


def test_rules_of_rules_may_look_at_a_direction_each() -> None:
    ways = [TOTAL | {"direction": "forward"}, TOTAL | {"direction": "reverse", "for": "20ms"}]
    measured = (seen("x...........", direction="forward"), seen(".x.xx?......", direction="reverse"))
    assert status(*measured, by={"any": [{"any": ways}]}) == "duudd?uuuuuu"


def test_every_kind_of_rule_is_known_by_its_keys() -> None:
    marks = "..xx.x......"
    kinds: list[tuple[dict[str, Any], str]] = [
        (TOTAL, "uudduduuuuuu"),
        (TOTAL | {"interval": "10ms", "consecutive": 2}, "uudddduuuuuu"),
        ({"loss_above": "50%", "over": "30ms"}, "uudddduuuuuu"),
        (TOTAL | {"seconds": "0.03", "within": "40ms"}, "uudddduuuuuu"),
    ]
    assert [status(seen(marks), by=keys) for keys, _ in kinds] == [said for _, said in kinds]


# Several circuits


@pytest.mark.parametrize(
    ("joint", "one", "other", "expected"),
    [
        ("any_down", "uuuddd???  ", "ud?ud?ud?u?", "ud?ddd?d???"),
        ("all_down", "uuuddd???  ", "ud?ud?ud?u?", "uuuud?u??u?"),
    ],
)
def test_circuits_are_judged_together(joint: Joint, one: str, other: str, expected: str) -> None:
    parts = [timeline(one), timeline(other)]
    assert letters(together(parts, joint), 11) == expected
    assert letters(together(parts[::-1], joint), 11) == expected


@pytest.mark.parametrize("joint", ["any_down", "all_down"])
def test_one_circuit_alone_is_what_it_is_and_none_says_nothing(joint: Joint) -> None:
    assert together([timeline("ud? d")], joint) == timeline("ud? d")
    assert together([], joint) == Timeline()


def test_three_circuits_are_down_together_only_when_the_last_one_is() -> None:
    three = [timeline("dddd"), timeline("udd?"), timeline("uud ")]
    assert letters(together(three, "all_down"), 4) == "uud?"
    assert letters(together(three, "any_down"), 4) == "dddd"


# Tracks


def test_rounds_of_one_probe_class_direction_and_family_are_one_track() -> None:
    measured = [
        seen("..          "),
        seen("  xx        "),
        seen("..", dscp=46),
        seen("..", direction="forward"),
        seen("..", family=6),
        seen("..", "far"),
    ]
    tracks = tracks_of(measured)
    assert {probe: len(those) for probe, those in tracks.items()} == {"pe": 4, "far": 1}
    assert [(one.dscp, one.direction, one.family) for one in tracks["pe"]] == [
        (None, None, None),
        (46, None, None),
        (None, "forward", None),
        (None, None, 6),
    ]
    assert [len(one) for one in tracks["pe"]] == [4, 2, 2, 2]
    assert tracks_of([]) == {}


def test_tracks_are_chosen_by_probe_class_direction_and_family() -> None:
    directions: tuple[Direction, ...] = ("forward", "reverse")
    flows = list(product(("pe", "far"), (34, 46), directions, (4, 6)))
    tracks = tracks_of([seen(".", *flow) for flow in flows])

    def flows_of(those: tuple[Track, ...]) -> set[tuple[Any, ...]]:
        return {(one.probe, one.dscp, one.direction, one.family) for one in those}

    assert flows_of(chosen(tracks)) == set(flows)
    assert [one.probe for one in chosen(tracks, ("far", "gone"))] == ["far"] * 8
    assert chosen(tracks, ()) == ()
    assert flows_of(chosen(tracks, dscp=(46, 12))) == {one for one in flows if one[1] == 46}
    assert flows_of(chosen(tracks, direction="forward")) == {one for one in flows if one[2] == "forward"}
    assert flows_of(chosen(tracks, family=6)) == {one for one in flows if one[3] == 6}
    assert flows_of(chosen(tracks, ("pe",), dscp=(34,), direction="reverse", family=4)) == {
        ("pe", 34, "reverse", 4)
    }


# Laws

RULES: list[dict[str, Any]] = [
    TOTAL | {"for": "20ms", "clear": "20ms"},
    TOTAL | {"interval": "20ms", "consecutive": 2},
    {"loss_above": "40%", "over": "40ms"},
    TOTAL | {"seconds": "0.02", "within": "40ms"},
]


@pytest.mark.parametrize("keys", [*RULES, {"any": RULES}])
@given(marks=st.text(".x-?o ", min_size=1, max_size=12), cut=st.integers(1, 12))
@settings(max_examples=40)
def test_cutting_the_history_into_two_series_at_any_instant_changes_nothing(
    keys: dict[str, Any], marks: str, cut: int
) -> None:
    parts = rounds_of(marks)
    before = [one for one in parts if one.rounds.at_ms[0] < cut * EVERY_MS]
    halves = [as_series(some) for some in (before, parts[len(before) :]) if some]
    assert status(*halves, by=keys) == status(as_series(parts), by=keys)


@given(st.text(".x-?o ", max_size=12), st.text(".x-?o ", max_size=12), st.sampled_from(["any", "all"]))
@settings(max_examples=60)
def test_the_window_is_told_whole_and_two_probes_in_any_order(one: str, other: str, up_when: UpRule) -> None:
    measured = [seen(one), seen(other, "far")]
    found = status_of(tracks_of(measured), None, rule(), facts(up_when), WINDOW, LATE_MS)
    inside = found.clip(WINDOW.start_ms, WINDOW.end_ms)
    assert sum(inside.where(one).total_ms for one in Status) == WINDOW.ms
    assert found == status_of(tracks_of(measured[::-1]), None, rule(), facts(up_when), WINDOW, LATE_MS)


# Worked vectors that concern status


def test_the_rounds_of_vector_1_give_its_47_minutes() -> None:
    """April, 47 minutes down on the third, as rounds of a minute."""
    minute, april = 60_000, 1_775_001_600_000
    first = april + 2 * 86_400_000 + 10 * 3_600_000
    rows = [
        Round(1, april + place * minute, minute, 0, 1, 0 if 0 <= at < 47 else 1, (), Reason.NONE)
        for place, at in ((place, place - (first - april) // minute) for place in range(43_200))
    ]
    rounds = Rounds.of(minute, rows)
    measured = Measured("pe", rounds, (rounds.received > 0).astype(np.int8))
    window = Window(april, april + 43_200 * minute, april + 43_200 * minute)
    found = status_of(tracks_of([measured]), None, rule(), facts(), window, window.end_ms)
    assert found.where(DOWN).pairs == ((first, first + 47 * minute),)
    assert found.where(UP).total_ms == (43_200 - 47) * minute
    assert not found.where(UNKNOWN)


def test_vector_13_leaves_180_minutes_unknown_where_no_round_is() -> None:
    minute, month = 60_000, 43_200
    silent, down = range(1_000, 1_180), range(2_000, 2_020)
    rows = [
        Round(1, place * minute, minute, 0, 1, 0 if place in down else 1, (), Reason.NONE)
        for place in range(month)
        if place not in silent
    ]
    rounds = Rounds.of(minute, rows)
    measured = Measured("pe", rounds, (rounds.received > 0).astype(np.int8))
    window = Window(0, month * minute, month * minute)
    found = status_of(tracks_of([measured]), None, rule(), facts(), window, window.end_ms)
    assert found.where(UNKNOWN).total_ms == 180 * minute
    assert found.where(DOWN).total_ms == 20 * minute
