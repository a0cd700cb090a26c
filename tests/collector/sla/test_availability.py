"""One period's account: golden vectors, policies, denominators, what is free, and the laws."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.circuits import Status
from collector.sla.availability import Policy, account, bounds
from collector.sla.calendar import parse_period
from collector.sla.evidence import Excuse, Hold, Ticket
from collector.sla.exclusions import excluded_of
from collector.sla.hours import off_hours
from collector.sla.reckoning import Account, Excluded
from collector.sla.rounding import shown
from collector.sla.rules import CircuitFacts, Rules, Window, in_force
from collector.sla.spans import Spans
from collector.sla.timeline import Stretch, Timeline
from tests.collector.sla.counting import (
    MARK,
    MINUTE,
    NEVER,
    contract,
    counted,
    excuse,
    minute,
    minutes,
    ms,
    rules,
    ticket,
    timeline,
    window,
)

VECTORS = json.loads((Path(__file__).parents[2] / "golden" / "sla_counting.json").read_text())
HOUR = 60 * MINUTE
DAY = 24 * 60
REACH = 40 * DAY * MINUTE
PERIOD = window(0, 100)
TOP = ("denominator", "hours", "exclude", "claim")


def spans(pairs: Sequence[Sequence[str]]) -> Spans:
    return Spans.of((ms(start), ms(end)) for start, end in pairs)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_counting_gives_the_golden_vectors_figures(vector: dict[str, Any]) -> None:
    terms = contract(
        timezone=vector.get("zone", "UTC"),
        objectives={"availability": {"target": vector.get("target", ">= 99.9%")}},
        **{key: vector[key] for key in TOP if key in vector},
        **vector.get("outage", {}),
    )
    period = parse_period(vector["period"], str(terms.timezone), 0)
    first = date.fromisoformat(vector["first_day"]) if "first_day" in vector else None
    _, judged = in_force(terms, CircuitFacts("x-1", "UTC", first_day=first), period)
    its = Rules.of(terms, "UTC")
    since, until = judged.start_ms - REACH, judged.end_ms + REACH
    excluded = excluded_of(
        terms.exclude,
        [_note(one) for one in vector.get("notes", [])],
        its,
        off_hours(its.hours, its.zone, since, until),
        disputed=vector.get("disputed", False),
    )
    down = spans(vector.get("down", [])) | _lengths(judged.start_ms, vector.get("lengths", []))
    status = timeline(since, until, down, spans(vector.get("unknown", [])))
    denominator = its.denominator_ms(period, judged.start_ms, judged.end_ms)
    tickets = [_ticket(one) for one in vector.get("tickets", [])]
    found = account(status, its, vector.get("policy", "exclude"), judged, denominator, excluded, tickets)
    ends = bounds(status, its, judged, denominator, excluded, tickets, found.percent)
    told = _told(found, Fraction(vector.get("target", ">= 99.9%").strip(">= %")), ends)
    assert {key: told[key] for key in vector["expect"]} == vector["expect"]


def _told(found: Account, target: Fraction, ends: tuple[Fraction, Fraction] | None) -> Mapping[str, object]:
    assert found.percent is not None
    assert ends is not None
    return {
        "counted_seconds": found.counted_ms / 1000,
        "measured": shown(found.percent),
        "met": found.percent >= target,
        "denominator_seconds": found.denominator_ms / 1000,
        "unknown_seconds": found.unknown_ms / 1000,
        "excluded_seconds": found.excluded_ms / 1000,
        "outages": [one.counted_ms / 1000 for one in found.here],
        "bounds": [shown(one) for one in ends],
    }


def _lengths(start_ms: int, seconds: Sequence[int]) -> Spans:
    begun = [(start_ms + (place + 1) * 3 * HOUR, length * 1000) for place, length in enumerate(seconds)]
    return Spans.of((start, start + length) for start, length in begun)


def _note(one: Mapping[str, str]) -> Excuse:
    announced = ms(one["announced"]) if "announced" in one else None
    state: Any = one.get("state", "accepted")
    return Excuse(ms(one["from"]), ms(one["to"]), one["kind"], announced, state)


def _ticket(one: Mapping[str, Any]) -> Ticket:
    holds = [Hold(ms(hold["from"]), ms(hold["to"]), hold["reason"]) for hold in one.get("holds", [])]
    return Ticket(one["id"], ms(one["opened"]), ms(one["closed"]), holds=tuple(holds))


# Policies


@pytest.mark.parametrize(
    ("policy", "counted_min", "denominator_min", "unknown_min"),
    [("exclude", 10, 80, 20), ("up", 10, 100, 0), ("down", 30, 100, 0), ("carry", 20, 100, 0)],
)
def test_each_policy_makes_something_else_of_unknown_time(
    policy: Policy, counted_min: int, denominator_min: int, unknown_min: int
) -> None:
    found = counted(rules(), PERIOD, minutes((10, 20)), minutes((20, 30), (50, 60)), policy=policy)
    assert found.counted_ms == counted_min * MINUTE
    assert found.denominator_ms == denominator_min * MINUTE
    assert found.unknown_ms == unknown_min * MINUTE


def test_carried_status_comes_from_before_the_period() -> None:
    found = counted(rules(), PERIOD, minutes((-5, -2)), minutes((-2, 7)), policy="carry")
    assert found.counted_ms == 7 * MINUTE
    assert found.unknown_ms == 0


def test_carry_with_nothing_before_stays_unknown() -> None:
    status = Timeline(
        (
            Stretch(minute(0), minute(40), Status.UNKNOWN),
            Stretch(minute(40), minute(100), Status.UP),
        )
    )
    found = account(status, rules(), "carry", PERIOD, Fraction(PERIOD.ms), Excluded(), [])
    assert found.unknown_ms == 40 * MINUTE
    assert found.denominator_ms == 60 * MINUTE


def test_a_period_of_which_nothing_is_known_has_no_availability() -> None:
    found = counted(rules(), PERIOD, NEVER, minutes((0, 100)))
    assert found.denominator_ms == 0
    assert found.percent is None


@pytest.mark.parametrize("effect", ["numerator", "both", "window", "off_hours"])
@pytest.mark.parametrize("policy", ["exclude", "up", "down", "carry"])
def test_unknown_time_in_an_exclusion_is_neither_unknown_nor_down(policy: Policy, effect: str) -> None:
    excluded = Excluded(**{effect: minutes((20, 30))})
    found = counted(rules(), PERIOD, minutes((10, 20)), minutes((20, 30)), excluded=excluded, policy=policy)
    assert found.unknown_ms == 0
    assert found.counted_ms == 10 * MINUTE
    assert found.denominator_ms == (90 if effect == "window" else 100) * MINUTE


def test_unknown_time_in_a_note_does_not_join_what_is_down_around_it() -> None:
    its = rules(minimum={"longer_than": "15m"})
    down, unknown = minutes((10, 20), (30, 40)), minutes((20, 30))
    assert counted(its, PERIOD, down, unknown, policy="down").counted_ms == 30 * MINUTE
    noted = Excluded(numerator=minutes((20, 30)))
    assert counted(its, PERIOD, down, unknown, policy="down", excluded=noted).counted_ms == 0


def test_carried_downtime_goes_on_behind_a_note() -> None:
    noted = Excluded(numerator=minutes((20, 30)))
    found = counted(rules(), PERIOD, minutes((10, 20)), minutes((20, 40)), policy="carry", excluded=noted)
    assert found.counted_ms == 20 * MINUTE


@pytest.mark.parametrize("measured", [None, Fraction(95)])
def test_bounds_hold_what_was_measured(measured: Fraction | None) -> None:
    status = timeline(minute(0), minute(100), minutes((10, 20)), minutes((50, 60)))
    ends = bounds(status, rules(), PERIOD, Fraction(PERIOD.ms), Excluded(), [], measured)
    assert ends == (Fraction(80), Fraction(95 if measured else 90))
    low = bounds(status, rules(), PERIOD, Fraction(PERIOD.ms), Excluded(), [], Fraction(70))
    assert low == (Fraction(70), Fraction(90))


def test_bounds_go_through_every_step() -> None:
    its = rules(clock={"start": "ticket", "end": "restored"}, minimum={"allowance": "2m"})
    status = timeline(minute(0), minute(100), minutes((10, 20)), minutes((50, 60)))
    noted = Excluded(numerator=minutes((50, 53)))
    ends = bounds(status, its, PERIOD, Fraction(PERIOD.ms), noted, [ticket(15)], None)
    # Down: 5 min after the ticket, 7 of the unknown ones, less 2.
    assert ends == (Fraction(90), Fraction(97))


def test_without_a_denominator_there_are_no_bounds() -> None:
    empty = window(0, 0)
    assert (
        bounds(timeline(minute(0), minute(10), NEVER), rules(), empty, Fraction(0), Excluded(), [], None)
        is None
    )


# Denominators


@pytest.mark.parametrize(
    ("effect", "counted_min", "denominator_min"),
    [("numerator", 10, 100), ("both", 10, 90), ("window", 10, 60), ("off_hours", 10, 100)],
)
def test_each_effect_leaves_another_denominator(effect: str, counted_min: int, denominator_min: int) -> None:
    # The denominator that is given knows no time off the service hours in the first place.
    excluded = Excluded(**{effect: minutes((20, 60))})
    found = counted(rules(), PERIOD, minutes((10, 30)), excluded=excluded)
    assert found.counted_ms == counted_min * MINUTE
    assert found.denominator_ms == denominator_min * MINUTE
    assert found.excluded_ms == (0 if effect == "off_hours" else 40 * MINUTE)


def test_only_what_lies_in_the_judged_window_leaves_the_denominator() -> None:
    excluded = Excluded(window=minutes((-50, 10), (95, 200)), both=minutes((10, 20)))
    found = counted(rules(), PERIOD, minutes((-10, 15)), excluded=excluded)
    assert found.denominator_ms == (100 - 15 - 5) * MINUTE
    assert found.excluded_ms == 25 * MINUTE


def test_both_takes_out_its_overlap_with_the_clocked_downtime() -> None:
    its = rules(clock={"start": "ticket", "end": "ticket_closed"}, minimum={"longer_than": "1h"})
    excluded = Excluded(both=minutes((10, 40)))
    found = counted(its, PERIOD, minutes((10, 30)), excluded=excluded, tickets=[ticket(20, 50)])
    # Whatever the minimum says of the rest.
    assert found.counted_ms == 0
    assert found.denominator_ms == 80 * MINUTE


def test_time_off_the_hours_leaves_the_denominator_once() -> None:
    off = minutes((0, 50))
    found = counted(rules(), PERIOD, NEVER, excluded=Excluded(window=minutes((40, 60)), off_hours=off))
    assert found.denominator_ms == 90 * MINUTE
    assert found.excluded_ms == 10 * MINUTE


def test_a_denominator_that_more_is_counted_than_it_holds_gives_zero() -> None:
    status = timeline(minute(0), minute(100), minutes((0, 90)))
    found = account(status, rules(), "exclude", PERIOD, Fraction(60 * MINUTE), Excluded(), [])
    assert found.percent == 0


# What is free


@pytest.mark.parametrize(("down_min", "free_min"), [(0, 0), (19, 19), (20, 20), (21, 20), (100, 20)])
def test_an_allowance_is_free_in_everything_and_never_more_than_the_sum(down_min: int, free_min: int) -> None:
    found = counted(rules(minimum={"allowance": "20m"}), PERIOD, minutes((0, down_min)))
    assert found.sum_ms == down_min * MINUTE
    assert found.free_ms == free_min * MINUTE
    assert found.counted_ms == (down_min - free_min) * MINUTE
    assert found.percent == 100 - (down_min - free_min)
    assert not found.free_is_target


def test_an_allowance_is_a_periods_own_and_not_an_outages() -> None:
    found = counted(rules(minimum={"allowance": "20m"}), PERIOD, minutes((0, 15), (20, 35), (40, 55)))
    assert found.counted_ms == 25 * MINUTE


def test_what_the_target_allows_is_free_of_credits_alone() -> None:
    its = rules(minimum={"allowance": "target"}, objectives={"availability": {"target": ">= 90%"}})
    found = counted(its, PERIOD, minutes((0, 30)), minutes((50, 60)))
    assert found.sum_ms == 30 * MINUTE
    assert found.free_ms == 9 * MINUTE
    assert found.counted_ms == 21 * MINUTE
    assert found.percent == 100 - Fraction(100 * 30, 90)
    assert found.free_is_target
    assert counted(its, PERIOD, minutes((0, 5))).free_ms == 5 * MINUTE


def test_the_first_availability_objective_says_what_the_target_allows() -> None:
    objectives = {
        "loss": {"target": "<= 0.1%"},
        "low": {"metric": "availability", "target": ">= 80%"},
        "availability": {"target": ">= 90%"},
    }
    its = rules(minimum={"allowance": "target"}, objectives=objectives)
    assert counted(its, PERIOD, minutes((0, 30))).free_ms == 20 * MINUTE
    none = rules(minimum={"allowance": "target"}, objectives={"loss": {"target": "<= 0.1%"}})
    assert counted(none, PERIOD, minutes((0, 30))).free_ms == 0


def test_a_target_allows_nothing_where_nothing_is_judged() -> None:
    its = rules(minimum={"allowance": "target"}, objectives={"availability": {"target": ">= 90%"}})
    status = timeline(minute(0), minute(100), minutes((0, 30)), minutes((30, 100)))
    found = account(status, its, "exclude", PERIOD, Fraction(50 * MINUTE), Excluded(), [])
    assert found.denominator_ms == -20 * MINUTE
    assert found.free_ms == 0
    assert found.percent is None


# Sums, days, and outages that are left out


def round_to(mode: str, each: str, to: str = "10m") -> dict[str, str]:
    return {"to": to, "mode": mode, "each": each}


@pytest.mark.parametrize(
    ("rounding", "total", "days"),
    [
        (None, 40, (20, 20)),
        (round_to("up", "outage"), 60, (20, 20)),
        (round_to("up", "day"), 40, (20, 20)),
        (round_to("up", "day", "1h"), 120, (60, 60)),
        (round_to("down", "day", "15m"), 30, (15, 15)),
        (round_to("up", "period", "15m"), 45, (20, 20)),
        (round_to("touched", "outage"), 70, (20, 20)),
        (round_to("touched", "day"), 60, (30, 30)),
        (round_to("touched", "period"), 60, (20, 20)),
        (round_to("inside", "period"), 20, (20, 20)),
    ],
)
def test_what_is_rounded_is_each_outage_or_each_day_or_the_period(
    rounding: dict[str, str] | None, total: int, days: tuple[int, int]
) -> None:
    its = rules(round=rounding)
    # 8 min and 12 before midnight; 13 of the same outage, 2 and 5 after it.
    down = minutes((-40, -32), (-12, 13), (15, 17), (25, 30))
    found = counted(its, window(-100, 100), down)
    assert found.sum_ms == total * MINUTE
    assert [time / MINUTE for time in found.by_day.values()] == list(days)
    assert list(found.by_day) == [date(2026, 4, 12), date(2026, 4, 13)]


def test_days_are_the_contracts_own_and_know_nothing_of_what_is_free() -> None:
    its = rules(timezone="Europe/Berlin", minimum={"allowance": "5m"})
    found = counted(its, window(-300, 100), minutes((-130, -110)))
    assert found.by_day == {date(2026, 4, 12): 10 * MINUTE, date(2026, 4, 13): 10 * MINUTE}
    assert found.counted_ms == 15 * MINUTE


def test_days_hold_all_of_an_outage_that_belongs_to_the_period() -> None:
    its = rules(across_periods="start")
    found = counted(its, window(-100, 0), minutes((-10, 20)))
    assert sum(found.by_day.values()) == found.sum_ms == 30 * MINUTE


def test_left_out_outages_count_as_up() -> None:
    down = minutes((10, 20), (30, 40))
    found = counted(rules(), PERIOD, down, without=[minute(30)])
    assert [one.start_ms for one in found.outages] == [minute(10)]
    assert found.sum_ms == sum(found.by_day.values()) == 10 * MINUTE
    assert counted(rules(), PERIOD, down, without=[minute(31)]).sum_ms == 20 * MINUTE


def test_a_left_out_outage_keeps_its_ticket_and_its_time() -> None:
    its = rules(clock={"start": "ticket", "end": "ticket_closed"})
    down, shared = minutes((20, 30), (40, 50)), ticket(10, 60)
    assert [one.counted_ms for one in counted(its, PERIOD, down, tickets=[shared]).outages] == [
        50 * MINUTE,
        0,
    ]
    assert counted(its, PERIOD, down, tickets=[shared], without=[minute(20)]).sum_ms == 0


def test_a_left_out_outage_takes_nothing_out_of_the_denominator() -> None:
    excluded = Excluded(both=minutes((10, 20)))
    assert counted(rules(), PERIOD, minutes((10, 30)), excluded=excluded).denominator_ms == 90 * MINUTE
    found = counted(rules(), PERIOD, minutes((10, 30)), excluded=excluded, without=[minute(10)])
    assert found.denominator_ms == 100 * MINUTE


def test_outages_around_the_period_are_known_and_dont_belong() -> None:
    found = counted(rules(), PERIOD, minutes((-20, -10), (-5, 5), (100, 110)))
    assert [one.start_ms for one in found.outages] == [minute(-20), minute(-5), minute(100)]
    assert [one.start_ms for one in found.here] == [minute(-5)]


# Laws

ANY = st.lists(st.tuples(st.integers(-60, 160), st.integers(1, 60)), max_size=6).map(
    lambda pairs: minutes(*((start, start + length) for start, length in pairs))
)
POLICIES: list[Policy] = ["exclude", "up", "down", "carry"]
MINIMA = [
    None,
    {"at_least": "10m"},
    {"longer_than": "10m"},
    {"longer_than": "10m", "mode": "deductible"},
    {"allowance": "15m"},
]
ACROSS = ["split", "start", "restoration"]
MERGE = ["0s", "5m"]
TERMS = st.fixed_dictionaries(
    {
        "minimum": st.sampled_from(MINIMA),
        "across_periods": st.sampled_from(ACROSS),
        "merge_within": st.sampled_from(MERGE),
    }
)
CLOCKS = st.fixed_dictionaries(
    {
        "start": st.sampled_from(["measured", "reported", "ticket", {"later_of": ["measured", "ticket"]}]),
        "end": st.sampled_from(["restored", "ticket_closed", {"earlier_of": ["restored", "ticket_closed"]}]),
        "pause": st.sampled_from([None, ["wait"]]),
    }
)
TICKETS = st.lists(
    st.tuples(st.integers(-80, 160), st.one_of(st.none(), st.integers(0, 90)), st.integers(0, 20)), max_size=3
).map(
    lambda rows: [
        ticket(
            at,
            None if length is None else at + length,
            name=f"T{place}",
            holds=[(at + 5, at + 5 + held, "wait")],
        )
        for place, (at, length, held) in enumerate(rows)
    ]
)


@settings(max_examples=150)
@given(TERMS, CLOCKS, TICKETS, ANY, ANY, ANY, st.sampled_from(["exclude", "up"]))
def test_an_exclusion_never_lowers_availability(
    terms: dict[str, Any],
    clock: dict[str, Any],
    tickets: list[Ticket],
    down: Spans,
    unknown: Spans,
    noted: Spans,
    policy: Policy,
) -> None:
    its = rules(**terms, clock=clock)
    before = counted(its, PERIOD, down, unknown, tickets=tickets, policy=policy)
    excluded = Excluded(numerator=noted)
    after = counted(its, PERIOD, down, unknown, tickets=tickets, policy=policy, excluded=excluded)
    assert 0 <= after.counted_ms <= before.counted_ms
    if before.percent is not None:
        assert after.percent is not None
        assert after.percent >= before.percent


@settings(max_examples=50)
@given(TERMS, ANY, ANY, ANY)
def test_an_exclusion_never_lowers_availability_whatever_unknown_time_is(
    terms: dict[str, Any], down: Spans, unknown: Spans, noted: Spans
) -> None:
    its, excluded = rules(**terms), Excluded(numerator=noted)
    for policy in ("down", "carry"):
        before = counted(its, PERIOD, down, unknown, policy=policy)
        after = counted(its, PERIOD, down, unknown, policy=policy, excluded=excluded)
        if terms["across_periods"] == "split":
            assert after.counted_ms <= before.counted_ms


@settings(max_examples=100)
@given(TERMS, CLOCKS, TICKETS, ANY, st.lists(st.integers(-60, 220), max_size=5))
def test_cutting_an_outage_at_any_instant_changes_nothing(
    terms: dict[str, Any], clock: dict[str, Any], tickets: list[Ticket], down: Spans, cuts: list[int]
) -> None:
    its = rules(**terms, clock=clock)
    edges = [MARK - REACH, *sorted(minute(cut) for cut in set(cuts)), MARK + REACH]
    status = timeline(MARK - REACH, MARK + REACH, down)
    pieces = Timeline(
        tuple(one for start, end in pairwise(edges) for one in status.clip(start, end).stretches)
    )
    whole, cut = (
        account(one, its, "exclude", PERIOD, Fraction(PERIOD.ms), Excluded(), tickets)
        for one in (status, pieces)
    )
    assert whole == cut


@settings(max_examples=80)
@given(st.sampled_from(ACROSS), st.sampled_from(MERGE), ANY, ANY, ANY)
def test_unknown_time_is_best_up_then_excluded_then_down(
    across: str, merge: str, down: Spans, unknown: Spans, noted: Spans
) -> None:
    its = rules(merge_within=merge) if across == "split" else rules(minimum={"allowance": "15m"})
    excluded = Excluded(numerator=noted)
    up, left, worst = (
        counted(its, PERIOD, down, unknown, excluded=excluded, policy=policy).percent
        for policy in ("up", "exclude", "down")
    )
    assert up is not None
    assert worst is not None
    if left is not None:
        assert up >= left >= worst


@settings(max_examples=100)
@given(TERMS, CLOCKS, TICKETS, ANY, ANY, st.sampled_from(POLICIES))
def test_what_counts_is_never_negative_and_never_counted_twice(
    terms: dict[str, Any],
    clock: dict[str, Any],
    tickets: list[Ticket],
    down: Spans,
    unknown: Spans,
    policy: Policy,
) -> None:
    found = counted(rules(**terms, clock=clock), PERIOD, down, unknown, tickets=tickets, policy=policy)
    assert 0 <= found.free_ms <= found.sum_ms
    assert found.sum_ms == Spans.of(pair for one in found.outages for pair in one.counted).total_ms
    assert found.sum_ms == sum(found.by_day.values())
    assert all(one.lost_to_late_ticket_ms >= 0 for one in found.outages)
    assert all(one.counted - one.remaining == NEVER == one.remaining - one.clocked for one in found.outages)
    assert found.percent is None or 0 <= found.percent <= 100


@settings(max_examples=100)
@given(TERMS, CLOCKS, TICKETS, ANY, ANY, st.integers(-60, 160))
def test_periods_side_by_side_count_what_they_count_together(
    terms: dict[str, Any],
    clock: dict[str, Any],
    tickets: list[Ticket],
    down: Spans,
    noted: Spans,
    edge: int,
) -> None:
    its, excluded = rules(**terms, clock=clock), Excluded(numerator=noted)
    parts = [Window(minute(-300), minute(edge), minute(edge)), window(edge, 500), window(-300, 500)]
    one, other, whole = (
        counted(its, part, down, excluded=excluded, tickets=tickets).sum_ms for part in parts
    )
    assert one + other == whole


@settings(max_examples=50)
@given(ANY, st.permutations([(10, 40), (30, 60), (60, 70), (0, 5), (65, 90)]))
def test_a_union_of_notes_does_not_depend_on_their_order(down: Spans, order: list[tuple[int, int]]) -> None:
    its = rules(exclude={"maintenance": {"effect": "both", "allowance": "1h/year"}})
    found = [
        counted(
            its,
            PERIOD,
            down,
            excluded=excluded_of(its.terms.exclude, [excuse(*pair) for pair in pairs], its, NEVER),
        )
        for pairs in (order, sorted(order))
    ]
    assert found[0] == found[1]
