"""What is paid at most: an event, a day, a month, a quarter, a year, alone and shared."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.sla.caps import cap_months, limited
from collector.sla.credits import Award
from collector.sla.evidence import EarlierPeriod
from collector.sla.paid import Piece
from tests.collector.sla.money import Down, case, contract, judged, outages, paid

PER = {"per": "1h", "gives": "1 day", "partial": "fraction", "each": "outage"}
RTT = {"target": "<= 45ms", "stat": "mean", "of": "samples", "lost": "ignore"}
LONG: tuple[Down, ...] = (("04-03T10:00", 300), ("04-03T20:00", 60), ("04-05T10:00", 600))
"""5, 1 and 10 hours; the first two on one day."""


def capped(caps: Mapping[str, Any], credit: Mapping[str, Any] = PER, down: tuple[Down, ...] = LONG) -> Award:
    """What availability pays of 3,000 in April: a day is 100."""
    terms = contract({"availability": {"target": ">= 100%", "credit": credit}}, caps=caps)
    one = case(terms, outages(*down))
    return paid(one, judged(one))


@pytest.mark.parametrize(
    ("caps", "amount"),
    [
        ({}, 1600),
        ({"month": "100%"}, 1600),
        ({"month": "50%"}, 1500),
        ({"month": "1599.99"}, Fraction("1599.99")),
        ({"month": "1600 USD"}, 1600),
        ({"event": "10%"}, 700),
        ({"event": "50.00"}, 150),
        ({"day": "10%"}, 600),
        ({"day": "550.00"}, 1100),
        ({"event": "300.00", "day": "350.00"}, 650),
        ({"event": "300.00", "month": "10%"}, 300),
        ({"quarter": "20%"}, 600),
        ({"year": "20%"}, 600),
        ({"month": "40%", "quarter": "30%", "year": "20%"}, 600),
        ({"month": "0%"}, 0),
    ],
)
def test_caps_hold_outages_days_and_the_whole(caps: Mapping[str, Any], amount: Fraction) -> None:
    award = capped(caps)
    assert (award.before_caps, award.amount) == (Fraction(1600), Fraction(amount))
    assert award.cut_by_caps == 1600 - award.amount
    assert award.lines[0].amount == 1600


@pytest.mark.parametrize(
    ("credit", "event", "day"),
    [
        (PER | {"each": "period"}, 100, 100),
        (PER | {"each": "day"}, 100, 200),
        (PER | {"each": "period", "max_a_day": "5"}, 100, 200),
        (PER | {"max_a_day": "5"}, 200, 200),
        ({"over": "each_outage", "bands": [{"from": "1h", "gives": "1000.00"}]}, 300, 200),
        ({"over": "downtime", "bands": [{"from": "1h", "gives": "1000.00"}]}, 100, 100),
        ({"each_day": True, "gives": "500.00"}, 100, 200),
        ({"flat": "500.00"}, 100, 100),
    ],
)
def test_a_line_whose_outages_or_days_are_not_known_is_one(
    credit: Mapping[str, Any], event: int, day: int
) -> None:
    assert capped({"event": "100.00"}, credit).amount == event
    assert capped({"day": "100.00"}, credit).amount == day


def test_what_is_cut_is_said_in_words() -> None:
    words = capped({"event": "10%", "day": "350.00", "month": "500.00"}).words
    assert words[1:] == (
        "availability: capped at 10% an event: 900.00 is cut",
        "availability: capped at 350.00 a day: 50.00 is cut",
        "Capped at 500.00 (500.00 a month): 150.00 is cut",
    )
    assert len(capped({"event": "1000.00", "month": "100%"}).words) == 1


def test_a_cap_in_percent_is_of_the_lines_own_base() -> None:
    for base, amount in (("month", 300), ("port", 20), (None, 300)):
        credit = {"flat": "500.00"} | ({"base": base} if base else {})
        for cap in ("event", "day", "month"):
            terms = contract({"availability": {"target": ">= 100%", "credit": credit}}, caps={cap: "10%"})
            one = case(terms, outages(("04-03T10:00", 5)))
            assert paid(one, judged(one), charge={"month": "3000", "port": "200"}).amount == amount


def test_of_several_bases_a_cap_of_the_whole_is_of_the_months_charge() -> None:
    promises = {
        "availability": {"target": ">= 100%", "credit": {"flat": "500.00", "base": "port"}},
        "rtt": {**RTT, "credit": {"flat": "500.00", "base": "access"}},
    }
    one = case(contract(promises, caps={"month": "10%"}), outages(("04-03T10:00", 5)))
    verdicts = judged(one), judged(one, "rtt", "60", unit="ms")
    assert paid(one, *verdicts, charge={"month": "3000", "port": "200", "access": "100"}).amount == 300


def test_a_share_of_a_charge_that_is_not_known_cuts_nothing_and_says_so() -> None:
    promise = {"availability": {"target": ">= 100%", "credit": {"flat": "500.00"}}}
    terms = contract(promise, caps={"event": "10%", "month": "10%", "year": "400.00"})
    one = case(terms, outages(("04-03T10:00", 5)))
    award = paid(one, judged(one), charge=None)
    assert award.amount == 400
    assert award.words[1:] == (
        "availability: capped at 10% an event: the charge is not known, nothing is cut",
        "Capped at 10% a month: the month's charge is not known, nothing is cut",
        "Capped at 400.00 (400.00 a year): 100.00 is cut",
    )


EARLIER = (
    EarlierPeriod("2025-12", {}, Fraction(1000)),
    EarlierPeriod("2026-01", {}, Fraction(100)),
    EarlierPeriod("2026-03", {}, Fraction(20)),
    EarlierPeriod("2026-04", {}, Fraction(3)),
    EarlierPeriod("2026-05", {}, None),
    EarlierPeriod("2026-06", {}, Fraction(5000)),
)


@pytest.mark.parametrize(
    ("caps", "period", "amount"),
    [
        ({"month": "500.00"}, "2026-05", 300),
        ({"quarter": "300.00"}, "2026-05", 297),
        ({"quarter": "304.00"}, "2026-05", 300),
        ({"year": "300.00"}, "2026-05", 177),
        ({"year": "123.00"}, "2026-05", 0),
        ({"year": "100.00"}, "2026-05", 0),
        ({"quarter": "300.00"}, "2026-04", 300),
        ({"year": "300.00"}, "2026-04", 180),
        ({"year": "300.00"}, "2026-01", 300),
    ],
)
def test_a_quarters_and_a_years_cap_hold_what_was_given_before(
    caps: Mapping[str, str], period: str, amount: int
) -> None:
    promise = {"availability": {"target": ">= 100%", "credit": {"flat": "300.00"}}}
    one = case(contract(promise, caps=caps), outages((f"{period[5:]}-03T10:00", 5)), period, EARLIER)
    award = paid(one, judged(one))
    assert award.amount == amount
    if period == "2026-05" and caps == {"year": "300.00"}:
        told = "Capped at 300.00 (300.00 a year), of which 123.00 was given already: 123.00 is cut"
        assert award.words[-1] == told


def test_a_year_is_the_local_one() -> None:
    promise = {"availability": {"target": ">= 100%", "credit": {"flat": "300.00"}}}
    earlier = (EarlierPeriod("2025-12", {}, Fraction(200)), EarlierPeriod("2026-01", {}, Fraction(50)))
    for zone in ("America/New_York", "Asia/Kathmandu"):
        terms = contract(promise, caps={"year": "300.00"}, timezone=zone)
        one = case(terms, outages(("02-03T10:00", 5)), "2026-02", earlier)
        assert paid(one, judged(one)).amount == 250


@pytest.mark.parametrize(
    ("cycle", "period", "months"),
    [
        ("calendar_month", "2026-02", 1),
        ("calendar_quarter", "2026-Q1", 3),
        ("calendar_year", "2026", 12),
        ({"billing_month": 31}, "2026-02", 1),
        ({"anniversary_year": "2024-02-29"}, "2025-02", 12),
        ({"trailing": "90d"}, "2026-04", 1),
        ({"mean_of_months": 12}, "2026-04", 1),
        ("calendar_month", "2026-Q1", 3),
        ("calendar_month", "2026-04-03", 1),
    ],
)
def test_a_months_cap_of_a_longer_period_is_times_its_months(cycle: object, period: str, months: int) -> None:
    promise = {"availability": {"target": ">= 100%", "credit": {"flat": "100000.00"}}}
    terms = contract(promise, period=cycle, caps={"month": "10%"})
    one = case(terms, outages(("02-03T10:00", 5)), period)
    assert cap_months(one) == months
    assert paid(one, judged(one, measured="99")).amount == 300 * months


def test_a_months_cap_of_a_longer_period_is_said_with_its_months() -> None:
    promise = {"availability": {"target": ">= 100%", "credit": {"flat": "1000.00"}}}
    # 10% of 3,000 are 300 a month, 900 in three
    for caps, told in (
        ({"month": "10%"}, "Capped at 900.00 (10% a month, 3 months): 100.00 is cut"),
        ({"quarter": "10%"}, "Capped at 300.00 (10% a quarter): 700.00 is cut"),
        (
            {"shared": [{"objectives": ["availability"], "month": "10%"}]},
            "availability: capped at 10% a month, 3 months together: 100.00 is cut",
        ),
    ):
        terms = contract(promise, period="calendar_quarter", caps=caps)
        one = case(terms, outages(("02-03T10:00", 5)), "2026-Q1")
        assert paid(one, judged(one)).words[-1] == told


def two(caps: Mapping[str, Any], **terms: object) -> Award:
    """Availability pays 100 an hour of each outage, rtt 500.00, loss 50.00."""
    promises = {
        "availability": {"target": ">= 100%", "credit": PER},
        "rtt": {**RTT, "credit": {"flat": "500.00"}},
        "loss": {"target": "<= 0.1%", "credit": {"flat": "50.00"}},
    }
    one = case(contract(promises, caps=caps, **terms), outages(*LONG))
    return paid(one, judged(one), judged(one, "rtt", "60", unit="ms"), judged(one, "loss", "5"))


@pytest.mark.parametrize(
    ("shared", "amount"),
    [
        ({"objectives": ["availability", "rtt"], "month": "1000.00"}, 1050),
        ({"objectives": ["availability", "rtt"], "quarter": "10%"}, 350),
        ({"objectives": ["availability", "rtt"], "year": "10%"}, 350),
        ({"objectives": ["rtt"], "month": "10%"}, 1950),
        ({"objectives": ["rtt", "loss"], "month": "550.00"}, 2150),
        ({"objectives": ["rtt", "loss"], "month": "110.00"}, 1710),
        ({"objectives": ["availability", "rtt"], "event": "200.00"}, 750),
        ({"objectives": ["availability", "rtt"], "day": "200.00"}, 650),
        ({"objectives": ["loss"], "event": "10.00", "month": "5.00"}, 2105),
    ],
)
def test_a_shared_cap_holds_what_several_pay_together(shared: Mapping[str, Any], amount: int) -> None:
    award = two({"shared": [shared]})
    assert (award.before_caps, award.amount) == (Fraction(2150), Fraction(amount))


def test_shared_caps_come_before_credits_are_combined_and_the_month_after() -> None:
    shared = {"objectives": ["availability", "rtt"], "month": "210.00"}
    # Both are cut alike, to 160 and 50; the larger one of three then pays.
    assert two({"shared": [shared]}, combine="max").amount == 160
    assert two({"shared": [shared], "month": "100.00"}, combine="max").amount == 100
    assert two({"shared": [shared]}, combine="max").before_caps == 1600
    told = "availability and rtt: capped at 210.00 a month together: 1,890.00 is cut"
    assert told in two({"shared": [shared]}).words


def test_a_shared_months_cap_is_times_the_months() -> None:
    promise = {"availability": {"target": ">= 100%", "credit": {"flat": "100000.00"}}}
    shared = [{"objectives": ["availability"], "month": "10%"}]
    terms = contract(promise, period="calendar_quarter", caps={"shared": shared})
    one = case(terms, outages(("02-03T10:00", 5)), "2026-Q1")
    assert paid(one, judged(one)).amount == 900


pieces = st.lists(
    st.builds(Piece, st.sampled_from("abc"), st.integers(0, 1000).map(Fraction), st.none()), max_size=8
)


@given(pieces, st.integers(0, 2000).map(Fraction))
def test_lots_are_cut_to_the_limit_and_the_rest_is_left_alone(given_: list[Piece], limit: Fraction) -> None:
    left = limited(given_, limit, lambda piece: None if piece.objective == "c" else piece.objective)
    for before, after in zip(given_, left, strict=True):
        assert after.amount <= before.amount
        assert before.objective != "c" or after is before
    for name in "ab":
        had = sum(piece.amount for piece in given_ if piece.objective == name)
        assert sum(piece.amount for piece in left if piece.objective == name) == min(had, limit)


@settings(max_examples=60)
@given(
    st.lists(st.integers(1, 2000), min_size=1, max_size=4),
    st.dictionaries(
        st.sampled_from(["event", "day", "month", "quarter", "year"]), st.integers(0, 3000), min_size=1
    ),
)
def test_a_credit_never_exceeds_its_caps(lengths: list[int], limits: dict[str, int]) -> None:
    down: tuple[Down, ...] = tuple((f"04-{4 * n + 1:02}T10:00", length) for n, length in enumerate(lengths))
    caps = {key: f"{limit}.00" for key, limit in limits.items()}
    award = capped(caps, down=down)
    assert 0 <= award.amount <= award.before_caps
    for key in ("month", "quarter", "year"):
        assert award.amount <= limits.get(key, award.amount)
    for key in ("event", "day"):
        assert award.amount <= limits.get(key, award.amount) * len(lengths)
    assert award.before_caps == capped({}, down=down).amount


@pytest.mark.parametrize(
    ("shared", "amount"),
    [
        ({"objectives": ["availability", "rtt"], "quarter": "500.00"}, 300),
        ({"objectives": ["rtt", "availability", "loss"], "quarter": "500.00"}, 300),
        ({"objectives": ["availability", "rtt"], "year": "10%"}, 0),
        ({"objectives": ["availability", "rtt"], "year": "700.00"}, 350),
        ({"objectives": ["availability", "rtt"], "month": "250.00"}, 250),
        ({"objectives": ["availability"], "quarter": "250.00"}, 450),
    ],
)
def test_what_earlier_periods_were_given_fills_a_shared_cap_where_nothing_else_pays(
    shared: Mapping[str, Any], amount: int
) -> None:
    promises = {
        "availability": {"target": ">= 100%", "credit": {"flat": "300.00"}},
        "rtt": {**RTT, "credit": {"flat": "200.00"}},
        "loss": {"target": "<= 0.1%"},
    }
    earlier = (
        EarlierPeriod("2026-02", {}, Fraction(150)),
        EarlierPeriod("2026-04", {}, Fraction(120)),
        EarlierPeriod("2026-05", {}, Fraction(80)),
    )
    one = case(contract(promises, caps={"shared": [shared]}), outages(("06-03T10:00", 5)), "2026-06", earlier)
    award = paid(one, judged(one), judged(one, "rtt", "60", unit="ms"))
    assert (award.before_caps, award.amount) == (Fraction(500), Fraction(amount))
