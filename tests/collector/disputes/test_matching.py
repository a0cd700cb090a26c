"""Which of the carrier's outages speaks of which of ours."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.disputes.matching import Stated, figures, paired, stated
from collector.ledger.records import Note
from collector.notebook.bodies import CarrierBody, made
from tests.collector.disputes.sides import MINUTE, at, counted, theirs


@pytest.mark.parametrize(
    ("ours", "said", "together"),
    [
        ([("03T10:00", 47)], [("03T10:20", 27)], [([0], [0])]),
        ([("03T10:00", 47)], [("03T10:47", 5)], [([0], [0])]),
        ([("03T10:00", 47)], [("03T11:47", 5)], [([0], [0])]),
        ([("03T10:00", 47)], [("03T11:47:00.001", 5)], [([0], []), ([], [0])]),
        ([("03T10:00", 47)], [("03T08:55", 5)], [([0], [0])]),
        ([("03T10:00", 47)], [("03T08:54:59.999", 5)], [([], [0]), ([0], [])]),
        ([("03T10:00", 20), ("03T10:40", 20)], [("03T10:00", 60)], [([0, 1], [0])]),
        ([("03T10:00", 60)], [("03T10:00", 20), ("03T10:40", 20)], [([0], [0, 1])]),
        ([("03T10:00", 20), ("03T10:40", 20)], [("03T10:30", 5)], [([0], []), ([1], [0])]),
        ([("03T10:00", 20), ("03T10:45", 20)], [("03T10:30", 5)], [([0], [0]), ([1], [])]),
        ([("03T10:00", 20)], [("03T10:30", 5), ("03T10:22", 5)], [([0], [1]), ([], [0])]),
        ([("03T10:00", 20), ("03T10:40", 20)], [("03T10:50", 5), ("03T10:35", 2)],
         [([0], [1]), ([1], [0])]),
        ([], [("03T10:00", 1)], [([], [0])]),
        ([("03T10:00", 1)], [], [([0], [])]),
    ],
    ids=["overlap", "touch", "an hour after", "more", "an hour before", "more before",
         "one of theirs for two", "two of theirs for one", "the nearest", "of two as near the first",
         "one each", "the free one", "ours has none", "theirs has none"],
)  # fmt: skip
def test_what_overlaps_goes_together_and_what_is_left_with_the_nearest_within_an_hour(
    ours: list[tuple[str, float]],
    said: list[tuple[str, float]],
    together: list[tuple[list[int], list[int]]],
) -> None:
    mine, others = [counted(*one) for one in ours], [theirs(*one) for one in said]
    found = [
        ([mine.index(one) for one in pair.ours], [others.index(one) for one in pair.theirs])
        for pair in paired(mine, others)
    ]
    assert found == together


@pytest.mark.parametrize(
    ("named", "place"), [("03T10:00", 0), ("03T10:20", 0), ("03T10:40", 1), ("03T10:30", 1)]
)
def test_what_names_one_of_ours_goes_with_that(named: str, place: int) -> None:
    mine = [counted("03T10:00", 20), counted("03T10:40", 20)]
    one = theirs("03T10:45", 5, outage_ms=at(named))
    (pair,) = (pair for pair in paired(mine, [one]) if pair.theirs)
    assert pair.ours == (mine[place],)


minutes = st.integers(0, 400)


def spread(numbers: list[int]) -> list[tuple[int, int]]:
    """Disjoint pairs."""
    edges = sorted(set(numbers))
    return list(zip(edges[::2], edges[1::2], strict=False))


@given(st.lists(minutes, max_size=8), st.lists(minutes, max_size=8))
@settings(max_examples=60)
def test_every_outage_of_both_sides_is_in_one_pair(ours: list[int], said: list[int]) -> None:
    mine = [counted(f"03T{a // 60:02}:{a % 60:02}", b - a) for a, b in spread(ours)]
    others = [theirs(f"03T{a // 60:02}:{a % 60:02}", b - a) for a, b in spread(said)]
    pairs = paired(mine, others)
    assert sorted(one.start_ms for pair in pairs for one in pair.ours) == [one.start_ms for one in mine]
    assert sorted(one.start_ms for pair in pairs for one in pair.theirs) == [one.start_ms for one in others]
    assert [pair.start_ms for pair in pairs] == sorted(pair.start_ms for pair in pairs)


def notes(*bodies: dict[str, Any]) -> list[tuple[Note, CarrierBody]]:
    found = []
    for number, said in enumerate(bodies, 1):
        body = made("carrier", {"carrier": "acme"} | said)
        assert isinstance(body, CarrierBody)
        found.append((Note(number, 1, "ann", "carrier", body.as_text()), body))
    return found


def said(begin: str, end: str, *circuits: str, **more: object) -> dict[str, Any]:
    return {"from": at(begin), "to": at(end), "circuits": circuits or ("x-1",)} | more


def test_a_note_is_an_outage_with_what_it_takes_off() -> None:
    holds = ({"minutes": "5", "reason": "customer_wait"}, {"minutes": "0.5", "reason": "access"})
    more = {"cause": "fibre cut", "ticket": "T1", "outage": at("03T09:59")}
    (one,) = stated(notes(said("03T10:00", "03T10:30", holds=holds, **more)), "acme", ["x-1", "x-2"])
    assert one == theirs(
        "03T10:00", 30, (5, "customer_wait"), (0.5, "access"),
        cause="fibre cut", ticket="T1", outage_ms=at("03T09:59"),
    )  # fmt: skip
    assert (float(one.off_ms), float(one.said_ms)) == (5.5 * MINUTE, 24.5 * MINUTE)
    assert theirs("03T10:00", 5, (7, "all of it")).said_ms == 0


def test_other_carriers_circuits_and_figures_are_no_outages() -> None:
    written = notes(
        said("03T10:00", "03T10:30", carrier="beta"),
        said("03T10:00", "03T10:30", "x-9"),
        {"period": "2026-04", "figures": {"availability": "99.9"}},
    )
    assert stated(written, "acme", ["x-1"]) == []


def test_of_notes_that_overlap_the_last_stands_for_its_circuits() -> None:
    def found(*bodies: dict[str, Any]) -> list[tuple[int, list[str]]]:
        return [(one.note, sorted(one.circuits)) for one in stated(notes(*bodies), "acme", ["x-1", "x-2"])]

    first = said("03T10:00", "03T10:30", "x-1", "x-2")
    assert found(first, said("03T10:29", "03T10:40", "x-1")) == [(1, ["x-2"]), (2, ["x-1"])]
    assert found(first, said("03T10:30", "03T10:40", "x-1", "x-2")) == [
        (1, ["x-1", "x-2"]),
        (2, ["x-1", "x-2"]),
    ]
    assert found(first, said("03T09:00", "03T10:01", "x-1", "x-2")) == [(2, ["x-1", "x-2"])]
    assert found(first, said("03T09:00", "03T10:00", "x-2")) == [(2, ["x-2"]), (1, ["x-1", "x-2"])]


def test_figures_are_those_of_the_period_and_of_these_circuits_the_last_stands() -> None:
    def of(period: str = "2026-04", *circuits: str, **more: object) -> dict[str, Any]:
        return {"period": period, "circuits": circuits} | more

    written = notes(
        of(figures={"availability": "99.9", "rtt": "20"}),
        of("2026-04", "x-1", figures={"availability": "99.95"}),
        of("2026-04", "x-9", figures={"availability": "1"}),
        of("2026-05", figures={"availability": "2"}),
        of(figures={"availability": "3"}, carrier="beta"),
        said("03T10:00", "03T10:30"),
    )
    assert figures(written, "acme", ["x-1", "x-2"], "2026-04") == {
        "availability": Decimal("99.95"), "rtt": Decimal(20),
    }  # fmt: skip
    assert isinstance(stated(written, "acme", ["x-1"])[0], Stated)
