"""Which ticket belongs to which outage."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.sla.evidence import Ticket
from collector.sla.spans import Spans
from collector.sla.tickets import in_time, tickets_of
from tests.collector.sla.counting import MINUTE, contract, minute, minutes, ms, rules, ticket

# The second one is merged of two: what lies between them is in it.
OUTAGES = [minutes((100, 160)), minutes((200, 210), (215, 220)), minutes((300, 310))]


def belongs(its: Ticket, within: float | None = None) -> list[int]:
    until = None if within is None else lambda at: at + round(within * MINUTE)
    found = tickets_of(OUTAGES, [its], until)
    return [place for place, those in enumerate(found) if those]


@pytest.mark.parametrize(
    ("outage", "places"),
    [
        (100, [0]),
        (130, [0]),
        (160, [0]),
        (200, [1]),
        (212, [1]),
        (220, [1]),
        (300, [2]),
        # It names none that is there: its time decides.
        (99, [2]),
        (161, [2]),
        (0, [2]),
        (311, [2]),
    ],
)
def test_a_ticket_belongs_to_the_outage_that_it_names(outage: float, places: list[int]) -> None:
    assert belongs(ticket(305, 306, outage=outage)) == places


@pytest.mark.parametrize(
    ("opened", "closed", "places"),
    [
        (50, 100, []),
        (50, 100.001, [0]),
        (50, 500, [0, 1, 2]),
        (100, 101, [0]),
        (120, 130, [0]),
        (159, 200, [0]),
        (159, 200.001, [0, 1]),
        (160, 161, [0]),
        (160.001, 190, []),
        (212, 213, [1]),
        (310, 400, [2]),
        (311, 400, []),
        # An open one is one instant.
        (99.999, None, []),
        (100, None, [0]),
        (160, None, [0]),
        (160.001, None, []),
        (50, None, []),
        # So is one that was closed as it was opened, or before.
        (100, 100, [0]),
        (130, 90, [0]),
        (90, 90, []),
    ],
)
def test_a_ticket_that_names_none_belongs_to_all_that_its_time_overlaps(
    opened: float, closed: float | None, places: list[int]
) -> None:
    assert belongs(ticket(opened, closed)) == places


@pytest.mark.parametrize(
    ("opened", "within", "places"),
    [
        (170, None, []),
        (170, 70, [0]),
        (170.001, 70, []),
        (170, 69, []),
        (99.999, 70, []),
        (230, 30, [1]),
        (230, 130, [0, 1]),
        (199, 99, [0]),
        (200, 99, [1]),
        (200, 100, [0, 1]),
        (1000, 700, [2]),
        (1000, 699, []),
    ],
)
def test_a_ticket_belongs_to_all_outages_that_it_follows_in_time(
    opened: float, within: float | None, places: list[int]
) -> None:
    assert belongs(ticket(opened), within) == places


def test_a_ticket_overlaps_one_outage_and_follows_another() -> None:
    assert belongs(ticket(205, 400), 110) == [0, 1, 2]


def test_a_name_beats_time() -> None:
    assert belongs(ticket(130, 500, outage=300), 500) == [2]


def test_the_earliest_ticket_comes_first_and_equals_go_by_their_id() -> None:
    its = [ticket(130, 140, name="T3"), ticket(120, 140, name="T2"), ticket(130, 140, name="T1")]
    [first, *_] = tickets_of(OUTAGES, its, None)
    assert [one.id for one in first] == ["T2", "T1", "T3"]


def test_without_outages_or_tickets_there_is_nothing_to_match() -> None:
    assert tickets_of([], [ticket(100)], lambda at: at + MINUTE) == []
    assert tickets_of(OUTAGES, [], None) == [(), (), ()]


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 6)), min_size=1, max_size=5),
    st.lists(
        st.tuples(
            st.integers(0, 50),
            st.one_of(st.none(), st.integers(0, 60)),
            st.one_of(st.none(), st.integers(0, 50)),
        ),
        max_size=4,
    ),
    st.one_of(st.none(), st.integers(0, 20)),
)
def test_matching_is_that_of_a_reader_who_looks_at_each_pair(
    down: list[tuple[int, int]], moments: list[tuple[int, int | None, int | None]], within: int | None
) -> None:
    pairs = minutes(*((start, start + length) for start, length in down)).pairs
    its = [
        ticket(opened, closed, name=f"T{place}", outage=outage)
        for place, (opened, closed, outage) in enumerate(moments)
    ]
    until = None if within is None else lambda at: at + within * MINUTE
    found = tickets_of([Spans((pair,)) for pair in pairs], its, until)
    for place, those in enumerate(found):
        assert set(those) == {one for one in its if _reader(one, place, pairs, within)}


def _reader(one: Ticket, place: int, pairs: Sequence[tuple[int, int]], within: int | None) -> bool:
    start, end = pairs[place]
    named = [begin for begin, until in pairs if one.outage_ms is not None and begin <= one.outage_ms <= until]
    if named:
        return start in named
    follows = within is not None and start <= one.opened_ms <= start + within * MINUTE
    if one.closed_ms is None or one.closed_ms <= one.opened_ms:
        return follows or start <= one.opened_ms <= end
    return follows or (one.opened_ms <= end and one.closed_ms > start)


def test_the_contracts_time_for_tickets_runs_from_the_measured_start() -> None:
    until = in_time(rules(claim={"ticket_within": "72h"}))
    assert until is not None
    assert until(minute(5)) == minute(5 + 72 * 60)


def test_business_days_for_tickets_end_just_before_the_next_local_day() -> None:
    # MARK is Monday 13 April in UTC, and still Sunday in New York.
    until = in_time(rules(claim={"ticket_within": "2bd"}, holidays=["2026-04-14"]))
    assert until is not None
    assert until(minute(5)) == ms("2026-04-17T00:00:00Z") - 1
    abroad = in_time(rules(claim={"ticket_within": "1bd"}, timezone="America/New_York"))
    assert abroad is not None
    assert abroad(minute(5)) == ms("2026-04-14T00:00:00-04:00") - 1


@pytest.mark.parametrize("claim", [{}, {"submit_within": "30d"}])
def test_without_such_a_time_no_ticket_is_late(claim: dict[str, str]) -> None:
    assert in_time(rules(claim=claim)) is None
    assert contract().claim is None
    assert in_time(rules()) is None


def test_an_open_ticket_from_a_millisecond_before_an_outage_is_none_of_its() -> None:
    [first] = tickets_of([minutes((100, 160))], [Ticket("T1", minute(100) - 1)], None)
    assert first == ()
