"""Why both sides count an outage differently."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.disputes.causes import Lengths, minutes, parts
from collector.disputes.matching import Pair, Stated
from collector.sla.statement import CountedOutage
from tests.collector.disputes.sides import MINUTE, at, counted, theirs

OPENED = {"T1": at("03T10:20"), "T2": at("03T10:00")}


def lengths(one: Stated, net: float | None = None, counts: float | None = None) -> Lengths:
    """Their one outage, minutes of it net and counted: as they say, where nothing else is given."""
    net_ms = int(one.said_ms) if net is None else int(net * MINUTE)
    counted_ms = Fraction(net_ms) if counts is None else Fraction(int(counts * MINUTE))
    return Lengths(one.start_ms, one.end_ms, one.end_ms - one.start_ms, net_ms, counted_ms)


def why(mine: CountedOutage, one: Stated, **more: Any) -> list[tuple[str, float, str]]:  # noqa: ANN401
    found = parts(Pair((mine,), (one,)), lengths(one, **more), OPENED)
    return [(part.kind, float(part.ms / MINUTE), part.text) for part in found]


OURS = counted("03T10:00", 47)


@pytest.mark.parametrize(
    ("one", "told"),
    [
        (theirs("03T10:00", 47), []),
        (theirs("03T10:20", 27), [("clock", 20, "they begin 20 min later")]),
        (theirs("03T09:50", 57), [("clock", -10, "they begin 10 min earlier")]),
        (theirs("03T10:20", 27, ticket="T1"),
         [("clock", 20, "they begin 20 min later, when ticket T1 was opened")]),
        (theirs("03T10:20", 27, ticket="T2"), [("clock", 20, "they begin 20 min later")]),
        (theirs("03T10:00", 40), [("end", 7, "they end 7 min earlier")]),
        (theirs("03T10:00", 57), [("end", -10, "they end 10 min later")]),
        (theirs("03T10:00", 47, (5, "customer_wait"), (2.5, "access")),
         [("exclusion", 7.5, "they take off 5 min (customer wait), 2.5 min (access)")]),
        (theirs("03T10:00:59.999", 46), [("rounding", 1, "60 s more of ours of begin and end")]),
        (theirs("03T10:01", 46), [("clock", 1, "they begin 1 min later")]),
        (theirs("03T10:00", 46.5), [("rounding", 0.5, "30 s more of ours of begin and end")]),
        (theirs("03T10:00", 46), [("end", 1, "they end 1 min earlier")]),
        (theirs("03T10:00:30", 46.5), [("rounding", 0.5, "30 s more of ours of begin and end")]),
        (theirs("03T10:00", 47.5), [("rounding", -0.5, "30 s less of ours of begin and end")]),
    ],
)  # fmt: skip
def test_each_cause_has_its_minutes_and_a_sentence(one: Stated, told: list[tuple[str, float, str]]) -> None:
    found = why(OURS, one)
    assert [(kind, round(part, 2), text) for kind, part, text in found] == told


def test_a_ticket_of_ours_says_when_their_clock_started_within_a_minute() -> None:
    mine = counted("03T10:00", 47, tickets=("T2", "T1"))
    for begin, said in (
        ("03T10:19:01", True),
        ("03T10:20:59", True),
        ("03T10:21", False),
        ("03T10:19", False),
    ):
        ((_, _, text), *_) = why(mine, theirs(begin, 20))
        assert text.endswith(", when ticket T1 was opened") is said, begin


def test_the_contracts_own_clock_is_told_beside_theirs() -> None:
    late = counted("03T10:00", 47, contractual_ms=27 * MINUTE, counted_ms=Fraction(27 * MINUTE))
    assert why(late, theirs("03T10:20", 27)) == [], "both start at the ticket"
    assert why(late, theirs("03T10:00", 47)) == [
        ("clock", -20, "the contract's clock counts 20 min less of ours"),
    ]  # fmt: skip
    early = counted("03T10:00", 47, contractual_ms=57 * MINUTE, counted_ms=Fraction(57 * MINUTE))
    assert why(early, theirs("03T10:05", 42)) == [
        ("clock", 15, "they begin 5 min later; the contract's clock counts 10 min more of ours"),
    ]  # fmt: skip


def test_what_the_contract_takes_out_of_either_side_is_told() -> None:
    eased = counted("03T10:00", 47, excluded_ms=20 * MINUTE, counted_ms=Fraction(27 * MINUTE))
    assert why(eased, theirs("03T10:00", 47, (20, "maintenance"))) == [], "both take the same out"
    assert why(eased, theirs("03T10:00", 47)) == [
        ("exclusion", -20, "the contract takes 20 min out of ours"),
    ]  # fmt: skip
    assert why(eased, theirs("03T10:00", 47, (5, "access")), net=22) == [
        ("exclusion", 5,
         "they take off 5 min (access); the contract takes 20 min out of theirs; "
         "the contract takes 20 min out of ours"),
    ]  # fmt: skip


def test_minimum_and_rounding_of_the_contract_are_told_apart_from_seconds() -> None:
    rounded = counted("03T10:00", 47, counted_ms=Fraction(60 * MINUTE))
    assert why(rounded, theirs("03T10:20", 27), counts=0) == [
        ("clock", 20, "they begin 20 min later"), ("rounding", 40, "the contract's own minimum and rounding"),
    ]  # fmt: skip
    assert why(rounded, theirs("03T10:00", 46.5)) == [
        ("rounding", 13.5, "30 s more of ours of begin and end, and the contract's own minimum and rounding"),
    ]  # fmt: skip


def test_one_side_without_the_outage_is_missing() -> None:
    one = theirs("03T10:00", 30)
    (ours_only,) = parts(Pair((OURS,), ()), None, {})
    (theirs_only,) = parts(Pair((), (one,)), lengths(one), {})
    (unseen,) = parts(Pair((), (one,)), lengths(one), {}, measured=False)
    assert (str(ours_only.kind), ours_only.text) == ("missing", "they report no such outage")
    assert ours_only.ms == 47 * MINUTE
    assert theirs_only.ms == -30 * MINUTE
    assert theirs_only.text == "we counted no such outage"
    assert unseen.text == "nothing was measured then"
    assert parts(Pair((), (one,)), lengths(one, counts=0), {}) == ()


def test_time_between_two_outages_that_they_count_through_is_told() -> None:
    mine = (counted("03T10:00", 20), counted("03T10:40", 20))
    one = theirs("03T10:00", 60)
    found = parts(Pair(mine, (one,)), lengths(one), {})
    assert [(str(part.kind), float(part.ms)) for part in found] == [("gap", -20 * MINUTE)]
    assert found[0].text == "20 min between outages, which one side counts through"


numbers = st.integers(0, 3_000_000)


@given(*[numbers] * 4, *[numbers] * 5)
@settings(max_examples=80)
def test_the_parts_add_up_to_the_difference(
    down: int, clocked: int, out: int, counts: int, later: int, theirs_ms: int, off: int, net: int, their: int
) -> None:
    mine = counted(
        "03T10:00", 60, down_ms=down, contractual_ms=clocked, excluded_ms=out, counted_ms=Fraction(counts, 7)
    )
    start_ms = at("03T10:00") + later - 1_500_000
    one = Stated(1, frozenset({"x-1"}), start_ms, start_ms + theirs_ms + 1, ((Fraction(off), "why"),))
    said = Lengths(one.start_ms, one.end_ms, theirs_ms, net, Fraction(their, 3))
    found = parts(Pair((mine,), (one,)), said, {})
    assert sum((part.ms for part in found), Fraction(0)) == Fraction(counts, 7) - Fraction(their, 3)
    assert all(part.ms and part.text for part in found)


@pytest.mark.parametrize(
    ("ms", "text"),
    [(0, "0 min"), (60_000, "1 min"), (-90_000, "1.5 min"), (20_000, "0.33 min"), (90_000_000, "1,500 min")],
)
def test_minutes_are_shown_to_two_places(ms: int, text: str) -> None:
    assert minutes(ms) == text
