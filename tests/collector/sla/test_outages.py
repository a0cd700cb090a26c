"""Each outage through the contract's steps, in their order."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from collector.sla.evidence import Ticket
from collector.sla.outages import reckoned
from collector.sla.reckoning import Reckoned
from collector.sla.rules import Window
from collector.sla.spans import Spans
from tests.collector.sla.counting import MINUTE, NEVER, minutes, rules, ticket, window

PERIOD = window(0, 100)
EVERYWHERE = window(-10_000, 10_000)


def steps(
    down: Spans,
    excluded: Spans = NEVER,
    tickets: Sequence[Ticket] = (),
    period: Window = PERIOD,
    **changes: object,
) -> list[Reckoned]:
    return list(reckoned(down, rules(**changes), period, excluded, tickets))


def one(
    down: Spans,
    excluded: Spans = NEVER,
    tickets: Sequence[Ticket] = (),
    period: Window = PERIOD,
    **changes: object,
) -> Reckoned:
    [found] = steps(down, excluded, tickets, period, **changes)
    return found


def test_an_outage_that_nothing_touches_counts_as_it_was_measured() -> None:
    found = one(minutes((10, 20)))
    assert found.down == found.clocked == found.remaining == found.counted == minutes((10, 20))
    assert found.counted_ms == 10 * MINUTE
    assert found.belongs
    assert found.tickets == ()
    assert found.lost_to_late_ticket_ms == 0
    assert (found.start_ms, found.end_ms) == minutes((10, 20)).pairs[0]


@pytest.mark.parametrize(
    ("within", "gap", "outages"),
    [("0s", 0, 1), ("0s", 0.001, 2), ("5m", 4.999, 1), ("5m", 5, 2), ("5m", 5.001, 2)],
)
def test_outages_less_than_so_much_apart_are_one_and_the_gap_is_not_counted(
    within: str, gap: float, outages: int
) -> None:
    found = steps(minutes((10, 20), (20 + gap, 30)), merge_within=within)
    assert len(found) == outages
    assert sum(one.counted_ms for one in found) == 20 * MINUTE - round(gap * MINUTE)


def test_merging_goes_on_from_one_to_the_next() -> None:
    assert one(minutes((10, 20), (24, 25), (29, 30)), merge_within="5m").counted_ms == 12 * MINUTE


MINIMA = [
    ({"at_least": "2m"}, 119.999, 0),
    ({"at_least": "2m"}, 120, 120),
    ({"at_least": "2m"}, 120.001, 120.001),
    ({"longer_than": "2m"}, 120, 0),
    ({"longer_than": "2m"}, 120.001, 120.001),
    ({"at_least": "2m", "mode": "deductible"}, 119, 0),
    ({"at_least": "2m", "mode": "deductible"}, 120, 0),
    ({"at_least": "2m", "mode": "deductible"}, 120.001, 0.001),
    ({"longer_than": "2m", "mode": "deductible"}, 300, 180),
    ({"allowance": "2m"}, 1, 1),
    ({"allowance": "target"}, 1, 1),
    (None, 0.001, 0.001),
]


@pytest.mark.parametrize(("minimum", "seconds", "counted"), MINIMA)
def test_the_minimum_judges_an_outages_length(
    minimum: dict[str, str] | None, seconds: float, counted: float
) -> None:
    found = one(minutes((10, 10 + seconds / 60)), minimum=minimum)
    assert found.counted_ms == round(counted * 1000)
    assert found.remaining.total_ms == round(seconds * 1000)


def test_the_minimum_looks_at_what_is_left_of_the_merged_outage_after_exclusions() -> None:
    down, minimum = minutes((10, 16), (17, 23)), {"at_least": "10m"}
    assert one(down, merge_within="2m", minimum=minimum).counted_ms == 12 * MINUTE
    assert one(down, minutes((16, 18)), merge_within="2m", minimum=minimum).counted_ms == 11 * MINUTE
    assert one(down, minutes((10, 12), (16, 18)), merge_within="2m", minimum=minimum).counted_ms == 0
    assert [found.counted_ms for found in steps(down, minimum=minimum)] == [0, 0]


def test_excluded_time_never_splits_an_outage() -> None:
    found = one(minutes((10, 40)), minutes((20, 30)), minimum={"longer_than": "15m"})
    assert found.remaining == found.counted == minutes((10, 20), (30, 40))
    assert found.clocked == found.down == minutes((10, 40))


def test_an_outage_that_is_excluded_whole_is_still_known() -> None:
    found = one(minutes((10, 40)), minutes((0, 50)))
    assert found.counted_ms == 0
    assert found.remaining == NEVER
    assert found.belongs


def test_a_deductible_takes_the_first_minutes_of_the_remainder() -> None:
    minimum = {"longer_than": "15m", "mode": "deductible"}
    found = one(minutes((10, 40)), minutes((15, 25)), minimum=minimum)
    assert found.counted == minutes((35, 40))


def test_a_deductible_is_taken_once_also_over_the_edge() -> None:
    minimum = {"longer_than": "15m", "mode": "deductible"}
    down = minutes((-5, 40))
    assert one(down, minimum=minimum).counted == minutes((10, 40))
    assert one(down, minimum=minimum, period=window(-100, 0)).counted == NEVER
    assert one(minutes((-20, 40)), minimum=minimum).counted == minutes((0, 40))


def test_a_threshold_judges_the_whole_outage_over_the_edge_and_its_whole_remainder() -> None:
    minimum = {"at_least": "15m"}
    assert one(minutes((-10, 5)), minimum=minimum).counted == minutes((0, 5))
    assert one(minutes((-10, 4.999)), minimum=minimum).counted == NEVER
    assert one(minutes((-10, 6)), minutes((-9, -7)), minimum=minimum).counted == NEVER
    assert one(minutes((95, 110)), minimum=minimum).counted == minutes((95, 100))


@pytest.mark.parametrize(
    ("across", "down", "counted", "belongs"),
    [
        ("split", (-10, 20), (0, 20), True),
        ("split", (90, 120), (90, 100), True),
        ("split", (-10, 120), (0, 100), True),
        ("split", (-10, 0), (0, 0), False),
        ("split", (-10, 0.001), (0, 0.001), True),
        ("split", (100, 120), (0, 0), False),
        ("split", (99.999, 120), (99.999, 100), True),
        ("start", (-10, 20), (0, 0), False),
        ("start", (-0.001, 20), (0, 0), False),
        ("start", (0, 20), (0, 20), True),
        ("start", (90, 120), (90, 120), True),
        ("start", (99.999, 120), (99.999, 120), True),
        ("start", (100, 120), (0, 0), False),
        ("restoration", (-10, 20), (-10, 20), True),
        ("restoration", (-10, 0), (0, 0), False),
        ("restoration", (-10, 0.001), (-10, 0.001), True),
        ("restoration", (90, 100), (90, 100), True),
        ("restoration", (90, 100.001), (0, 0), False),
        ("restoration", (-10, 120), (0, 0), False),
    ],
)
def test_an_outage_over_the_edge_is_split_or_belongs_to_one_period(
    across: str, down: tuple[float, float], counted: tuple[float, float], belongs: bool
) -> None:
    found = one(minutes(down), across_periods=across)
    assert (found.counted, found.belongs) == (minutes(counted), belongs)
    assert found.down == found.remaining == minutes(down)


@pytest.mark.parametrize("across", ["split", "start", "restoration"])
def test_the_measured_edges_tell_where_an_outage_belongs_whatever_its_ticket_says(across: str) -> None:
    clock = {"start": "ticket", "end": "ticket_closed"}
    found = one(minutes((-10, -5)), tickets=[ticket(-10, 20)], clock=clock, across_periods=across)
    assert found.clocked == minutes((-10, 20))
    # The ticket's time after the restoration lies in this period, and is split off.
    assert found.counted == (minutes((0, 20)) if across == "split" else NEVER)
    assert found.belongs is (across == "split")


def test_a_choice_that_is_not_made_yet_splits() -> None:
    undecided = rules().terms.model_copy(update={"outage": None})
    its = type(rules()).of(undecided, "UTC")
    assert (its.across, its.clock) == (None, None)
    [found] = reckoned(minutes((-10, 20)), its, PERIOD, NEVER, [])
    assert found.counted == minutes((0, 20))


@pytest.mark.parametrize(
    ("each", "counted"), [("outage", [2, 2]), ("day", [1.5, 1.5]), ("period", [1.5, 1.5])]
)
def test_each_outage_is_rounded_alone_where_the_contract_says_so(each: str, counted: list[float]) -> None:
    found = steps(minutes((10, 11.5), (20, 21.5)), round={"to": "1m", "mode": "up", "each": each})
    assert [one.counted_ms / MINUTE for one in found] == counted


def test_rounding_comes_after_the_minimum_and_after_the_edge() -> None:
    nearest = {"to": "10m", "mode": "up"}
    assert one(minutes((10, 19)), round=nearest, minimum={"at_least": "10m"}).counted_ms == 0
    assert one(minutes((-9, 1)), round=nearest).counted_ms == 10 * MINUTE
    assert one(minutes((-9, 1)), round=nearest, period=EVERYWHERE).counted_ms == 10 * MINUTE
    assert one(minutes((-9, 1)), round=nearest, period=window(-100, 0)).counted_ms == 10 * MINUTE


def test_rounding_is_of_the_remainder_and_not_of_the_outage() -> None:
    up = {"to": "10m", "mode": "up"}
    assert one(minutes((10, 25)), minutes((10, 16)), round=up).counted_ms == 10 * MINUTE


def test_nothing_is_left_of_nothing_by_rounding() -> None:
    up = {"to": "10m", "mode": "up"}
    assert one(minutes((10, 25)), minutes((0, 30)), round=up).counted_ms == 0


def test_touched_minutes_are_those_of_the_contracts_zone() -> None:
    touched = {"to": "1h", "mode": "touched"}
    # 00:10 to 00:20 UTC is 05:55 to 06:05 in Kathmandu.
    assert one(minutes((10, 20)), round=touched).counted_ms == 60 * MINUTE
    assert one(minutes((10, 20)), round=touched, timezone="Asia/Kathmandu").counted_ms == 120 * MINUTE


ON_TICKET = {"start": "ticket", "end": "restored"}


@pytest.mark.parametrize(
    ("clock", "opened", "lost"),
    [
        (ON_TICKET, 10, 0),
        (ON_TICKET, 15, 5),
        (ON_TICKET, 30, 20),
        (ON_TICKET, 5, 0),
        ({"start": {"later_of": ["measured", "ticket"]}, "end": "restored"}, 15, 5),
        ({"start": "measured", "end": "restored"}, 15, 0),
        ({"start": "measured", "end": "ticket_closed"}, 15, 0),
    ],
)
def test_a_late_ticket_loses_what_would_have_counted(clock: object, opened: float, lost: float) -> None:
    found = one(minutes((10, 30)), tickets=[ticket(opened)], clock=clock)
    assert found.lost_to_late_ticket_ms == lost * MINUTE


def test_without_a_ticket_nothing_is_lost_to_a_late_one() -> None:
    assert one(minutes((10, 30)), clock=ON_TICKET).lost_to_late_ticket_ms == 0


def test_what_is_lost_goes_through_exclusions_minimum_edge_and_rounding() -> None:
    def lost(down: Spans, opened: float, excluded: Spans = NEVER, **changes: object) -> float:
        found = one(down, excluded, [ticket(opened)], PERIOD, clock=ON_TICKET, **changes)
        return float(found.lost_to_late_ticket_ms / MINUTE)

    assert lost(minutes((10, 30)), 15, minutes((10, 12))) == 3
    assert lost(minutes((10, 30)), 15, minutes((10, 15))) == 0
    assert lost(minutes((10, 30)), 15, minimum={"longer_than": "15m"}) == 20
    assert lost(minutes((10, 30)), 15, minimum={"longer_than": "20m"}) == 0
    assert lost(minutes((-10, 30)), 5) == 5
    assert lost(minutes((-10, 30)), 5, across_periods="restoration") == 15
    assert lost(minutes((10, 30)), 15, round={"to": "10m", "mode": "up"}) == 0
    assert lost(minutes((10, 30)), 15, round={"to": "10m", "mode": "down"}) == 10


def test_tickets_follow_in_the_contracts_time_and_the_earliest_counts() -> None:
    tickets = [ticket(50, name="T2"), ticket(45, name="T1")]
    found = one(minutes((10, 30)), tickets=tickets, clock=ON_TICKET, claim={"ticket_within": "40m"})
    assert [its.id for its in found.tickets] == ["T1", "T2"]
    assert found.ticket == found.tickets[0]
    assert found.clocked == NEVER
    assert found.lost_to_late_ticket_ms == 20 * MINUTE
    late = one(minutes((10, 30)), tickets=tickets, clock=ON_TICKET, claim={"ticket_within": "34m"})
    assert late.counted_ms == 20 * MINUTE
    assert late.ticket is None


def test_a_ticket_may_make_more_count_than_was_measured() -> None:
    clock = {"start": "ticket", "end": "ticket_closed"}
    found = one(minutes((10, 30)), tickets=[ticket(5, 45)], clock=clock)
    assert found.counted_ms == 40 * MINUTE
    assert found.down == minutes((10, 30))


def test_without_outages_nothing_is_reckoned() -> None:
    assert steps(NEVER, minutes((0, 10)), [ticket(5)]) == []
