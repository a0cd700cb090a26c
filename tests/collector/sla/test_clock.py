"""From when to when an outage is counted."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.sla.clock import clocked, ends_on_ticket, starts_on_ticket
from collector.sla.evidence import Ticket
from collector.sla.spans import Spans
from config.outage import OutageClock
from tests.collector.sla.counting import NEVER, minutes, ticket

DOWN = minutes((100, 160))
BOTH = {"later_of": ["measured", "ticket"]}
ANY = {"later_of": ["measured", "reported", "ticket"]}
EARLIER = {"earlier_of": ["restored", "ticket_closed"]}

# For each ticket: when each kind of start begins, when each kind of end ends.
MOMENTS: list[tuple[Ticket | None, list[int], list[int]]] = [
    # start: measured reported ticket BOTH ANY; end: restored ticket_closed EARLIER
    (None, [100, 100, 100, 100, 100], [160, 160, 160]),
    (ticket(110, 150, reported=105), [100, 105, 110, 110, 110], [160, 150, 150]),
    (ticket(110, 200), [100, 110, 110, 110, 110], [160, 200, 160]),
    (ticket(110, None, reported=130), [100, 130, 110, 110, 130], [160, 160, 160]),
    (ticket(90, 120), [100, 90, 90, 100, 100], [160, 120, 120]),
    (ticket(90, 240, reported=80), [100, 80, 90, 100, 100], [160, 240, 160]),
    (ticket(100, 160), [100, 100, 100, 100, 100], [160, 160, 160]),
    (ticket(110, 115, reported=120), [100, 120, 110, 110, 120], [160, 115, 115]),
    (ticket(170, None), [100, 170, 170, 170, 170], [160, 160, 160]),
    (ticket(170, 230), [100, 170, 170, 170, 170], [160, 230, 160]),
    (ticket(90, 95), [100, 90, 90, 100, 100], [160, 95, 95]),
]
STARTS = ["measured", "reported", "ticket", BOTH, ANY]
ENDS = ["restored", "ticket_closed", EARLIER]


def clock(start: object = "measured", end: object = "restored", **others: object) -> OutageClock:
    return OutageClock.model_validate({"start": start, "end": end} | others)


def times(its: OutageClock, *outages: tuple[Spans, list[Ticket]]) -> list[Spans]:
    return [one.time for one in clocked([down for down, _ in outages], [got for _, got in outages], its)]


@pytest.mark.parametrize(("start", "end"), [*product(range(len(STARTS)), range(len(ENDS)))])
@pytest.mark.parametrize("case", range(len(MOMENTS)))
def test_every_start_with_every_end_and_ticket(case: int, start: int, end: int) -> None:
    its, begins, ends = MOMENTS[case]
    [found] = times(clock(STARTS[start], ENDS[end]), (DOWN, [its] if its else []))
    assert found == minutes((begins[start], ends[end]))


@pytest.mark.parametrize(
    ("start", "end", "on_start", "on_end"),
    [
        ("measured", "restored", False, False),
        ("reported", "ticket_closed", True, True),
        ("ticket", EARLIER, True, True),
        (BOTH, "restored", True, False),
        ({"later_of": ["measured"]}, {"earlier_of": ["restored"]}, False, False),
    ],
)
def test_a_clock_runs_on_tickets_when_one_can_start_or_stop_it(
    start: object, end: object, on_start: bool, on_end: bool
) -> None:
    its = clock(start, end)
    assert (starts_on_ticket(its), ends_on_ticket(its)) == (on_start, on_end)


def test_the_earliest_ticket_decides_and_the_others_dont() -> None:
    its = [ticket(110, 140, name="T1"), ticket(120, 155, name="T2")]
    assert times(clock("ticket", "ticket_closed"), (DOWN, its)) == [minutes((110, 140))]


def test_bridged_gaps_never_count_also_where_a_ticket_runs_over_them() -> None:
    merged = minutes((100, 120), (130, 160))
    assert times(clock("ticket", "ticket_closed"), (merged, [ticket(90, 180)])) == [
        minutes((90, 120), (130, 180))
    ]
    assert times(clock(), (merged, [])) == [merged]
    assert times(clock(), (merged, [ticket(90, 180)])) == [merged]


@pytest.mark.parametrize(
    ("reasons", "left"),
    [
        (["customer_wait"], minutes((100, 110), (120, 160))),
        (["access"], minutes((100, 150))),
        (["customer_wait", "access"], minutes((100, 110), (120, 150))),
        (["weather"], minutes((100, 160))),
        ([], minutes((100, 160))),
        (None, minutes((100, 160))),
    ],
)
def test_holds_stop_the_clock_for_the_contracts_reasons_only(reasons: list[str] | None, left: Spans) -> None:
    its = ticket(100, 160, holds=[(110, 120, "customer_wait"), (150, 170, "access")])
    assert times(clock(pause=reasons), (DOWN, [its])) == [left]
    assert times(clock("ticket", pause=reasons), (DOWN, [its])) == [left]


def test_holds_of_all_of_an_outages_tickets_stop_its_clock() -> None:
    its = [
        ticket(100, 160, name="T1", holds=[(110, 120, "customer_wait")]),
        ticket(105, 160, name="T2", holds=[(115, 130, "customer_wait")]),
    ]
    assert times(clock(pause=["customer_wait"]), (DOWN, its)) == [minutes((100, 110), (130, 160))]


def test_a_ticket_of_an_earlier_outage_starts_a_later_one_at_its_measured_start() -> None:
    shared = ticket(90, None)
    found = times(clock("ticket"), (DOWN, [shared]), (minutes((200, 220)), [shared]))
    assert found == [minutes((90, 160)), minutes((200, 220))]


def test_a_later_ticket_of_an_earlier_outage_still_starts_a_later_one_later() -> None:
    shared = ticket(210, None)
    found = times(clock("ticket"), (DOWN, [shared]), (minutes((200, 220)), [shared]))
    assert found == [NEVER, minutes((210, 220))]


def test_no_second_counts_in_two_outages() -> None:
    first = (DOWN, [ticket(100, 210, name="T1")])
    second = (minutes((200, 220)), [ticket(150, 230, name="T2")])
    assert times(clock("ticket", "ticket_closed"), first, second) == [
        minutes((100, 210)),
        minutes((210, 230)),
    ]
    assert times(clock("ticket", "ticket_closed"), first, (minutes((200, 220)), [])) == [
        minutes((100, 210)),
        minutes((210, 220)),
    ]


def test_a_ticket_from_before_an_earlier_outage_leaves_that_ones_time_alone() -> None:
    second = (minutes((200, 220)), [ticket(50, 230, outage=200)])
    assert times(clock("ticket"), (DOWN, []), second) == [DOWN, minutes((50, 100), (160, 220))]


def test_time_in_which_an_earlier_clock_stood_still_is_free_for_a_later_outage() -> None:
    first = ticket(100, 300, name="T1", holds=[(190, 215, "customer_wait")])
    second = ticket(200, 220, name="T2")
    found = times(
        clock("ticket", "ticket_closed", pause=["customer_wait"]),
        (DOWN, [first]),
        (minutes((200, 220)), [second]),
    )
    assert found == [minutes((100, 190), (215, 300)), minutes((200, 215))]


@pytest.mark.parametrize(
    ("start", "its", "time", "prompt"),
    [
        ("ticket", [ticket(130, None)], (130, 160), (100, 160)),
        ("reported", [ticket(130, None, reported=120)], (120, 160), (100, 160)),
        (BOTH, [ticket(130, None)], (130, 160), (100, 160)),
        ("ticket", [ticket(170, None)], (160, 160), (100, 160)),
        ("ticket", [ticket(90, None)], (90, 160), (100, 160)),
        ("measured", [ticket(130, None)], (100, 160), (100, 160)),
        ("ticket", [], (100, 160), (100, 160)),
    ],
)
def test_a_prompt_ticket_would_have_started_the_clock_at_the_measured_start(
    start: object, its: list[Ticket], time: tuple[int, int], prompt: tuple[int, int]
) -> None:
    [found] = clocked([DOWN], [its], clock(start))
    assert (found.time, found.prompt) == (minutes(time), minutes(prompt))


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 10)), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 40), st.integers(0, 5)), max_size=6),
    st.sampled_from(STARTS),
    st.sampled_from(ENDS),
)
def test_whatever_the_tickets_clocks_never_overlap(
    down: list[tuple[int, int]], opened: list[tuple[int, int, int]], start: object, end: object
) -> None:
    outages = [Spans((pair,)) for pair in minutes(*((begin, begin + length) for begin, length in down))]
    its: list[list[Ticket]] = [[] for _ in outages]
    for place, (at, length, whose) in enumerate(sorted(opened)):
        its[whose % len(outages)].append(ticket(at, at + length, name=f"T{place}"))
    found = times(clock(start, end), *zip(outages, its, strict=True))
    assert sum(one.total_ms for one in found) == Spans.of(pair for one in found for pair in one).total_ms
