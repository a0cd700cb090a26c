"""Credits by the unit: begun, whole and proportional time, so many a day, steps, bad days, tickets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.sla.credit_units import Lot, spread, units_of
from collector.sla.paid import touched_days
from collector.sla.spans import Spans
from tests.collector.sla.money import (
    BREACHED,
    HOUR,
    Down,
    account,
    case,
    contract,
    judged,
    missed,
    ms,
    outages,
    paid,
    reckoned,
)

PER = {"per": "1h", "gives": "1 day", "partial": "fraction", "each": "period"}
FIRST, SECOND, THIRD = date(2026, 4, 3), date(2026, 4, 4), date(2026, 4, 5)


def amount(credit: Mapping[str, Any], *down: Down, zone: str = "UTC") -> Fraction:
    """What availability pays of 3,000 in April: a day is 100."""
    terms = contract({"availability": {"target": ">= 100%", "credit": credit}}, timezone=zone)
    one = case(terms, account_of=account(outages(*down), 720 * HOUR, zone))
    return paid(one, judged(one)).amount


@pytest.mark.parametrize(
    ("ratio", "whole", "fraction"),
    [("0", 0, 0), ("0.001", 0, 1), ("1", 1, 1), ("1.001", 1, 2), ("1.999", 1, 2), ("2", 2, 2)],
)
def test_a_begun_unit_counts_only_as_a_fraction_thereof(ratio: str, whole: int, fraction: int) -> None:
    exact = Fraction(ratio)
    assert units_of(exact, "whole") == whole
    assert units_of(exact, "fraction") == fraction
    assert units_of(exact, "proportional") == exact


@pytest.mark.parametrize(
    ("each", "partial", "expected"),
    [
        ("period", "fraction", 400),
        ("period", "whole", 300),
        ("period", "proportional", Fraction(925, 3)),
        ("outage", "fraction", 400),
        ("outage", "whole", 100),
        ("outage", "proportional", Fraction(925, 3)),
        ("day", "fraction", 400),
        ("day", "whole", 200),
        ("day", "proportional", Fraction(925, 3)),
    ],
)
def test_units_are_of_the_total_of_each_outage_or_of_each_day(
    each: str, partial: str, expected: Fraction
) -> None:
    # On the 3rd 75 min, in two outages; on the 4th 60, the second of which began the day before; 50 more.
    down: tuple[Down, ...] = (("04-03T10:00", 30), ("04-03T23:15", 105), ("04-06T10:00", 50))
    assert amount(PER | {"each": each, "partial": partial}, *down) == expected


@pytest.mark.parametrize(
    ("per", "told"),
    [
        ("1m", "195 min counted: 195 begun minutes, 0.1% each = 19.5% of 3,000.00 = 585.00"),
        ("1d", "195 min counted: 1 begun day, 0.1% each = 0.1% of 3,000.00 = 3.00"),
        ("30m", "195 min counted: 7 begun units of 30 min, 0.1% each = 0.7% of 3,000.00 = 21.00"),
    ],
)
def test_units_are_said_in_words(per: str, told: str) -> None:
    credit = PER | {"per": per, "gives": "0.1%"}
    one = case(
        contract({"availability": {"target": ">= 100%", "credit": credit}}), outages(("04-03T10:00", 195))
    )
    assert paid(one, judged(one)).words == (f"availability: {told}",)


@pytest.mark.parametrize(
    ("partial", "told"),
    [("whole", "3 whole hours"), ("fraction", "4 begun hours"), ("proportional", "3.25 hours")],
)
def test_whole_begun_and_proportional_units_are_told_apart(partial: str, told: str) -> None:
    credit = PER | {"partial": partial, "each": "day", "max_a_day": "9"}
    one = case(
        contract({"availability": {"target": ">= 100%", "credit": credit}}), outages(("04-03T10:00", 195))
    )
    award = paid(one, judged(one))
    assert award.lines[0].reason == f"{told}, at most 9 a day"
    assert award.words[0].startswith(f"availability: 195 min counted on 1 day: {told}, 1 day each = ")


SPREAD: list[tuple[str, list[date], dict[date, str], str | None, list[tuple[str, date | None]]]] = [
    ("3", [FIRST], {}, None, [("3", None)]),
    ("0", [FIRST], {}, None, []),
    ("3", [FIRST], {}, "2", [("2", FIRST)]),
    ("3", [FIRST, SECOND], {}, "2", [("2", FIRST), ("1", SECOND)]),
    ("5", [FIRST, SECOND], {}, "2", [("2", FIRST), ("2", SECOND)]),
    ("1", [FIRST, SECOND], {}, "2", [("1", FIRST)]),
    ("3", [FIRST, SECOND], {FIRST: "1.5"}, "2", [("0.5", FIRST), ("2", SECOND)]),
    ("3", [FIRST, SECOND], {FIRST: "2"}, "2", [("2", SECOND)]),
    ("3", [], {}, "2", []),
]


@pytest.mark.parametrize(("units", "days", "used", "most", "expected"), SPREAD)
def test_units_fill_the_days_in_order_each_up_to_the_most(
    units: str,
    days: list[date],
    used: dict[date, str],
    most: str | None,
    expected: list[tuple[str, date | None]],
) -> None:
    taken = {day: Fraction(text) for day, text in used.items()}
    got = list(spread(Fraction(units), Lot(Fraction(0), days), taken, Fraction(most) if most else None))
    assert got == [(Fraction(part), day) for part, day in expected]
    if most:
        assert all(put <= Fraction(most) for put in taken.values())


@pytest.mark.parametrize(
    ("credit", "down", "expected"),
    [
        (PER | {"max_a_day": "2"}, [("04-03T10:00", 170)], 200),
        (PER | {"max_a_day": "2"}, [("04-03T23:00", 170)], 300),
        (PER | {"max_a_day": "2"}, [("04-03T10:00", 170), ("04-05T10:00", 5)], 300),
        (PER | {"max_a_day": "2", "each": "outage"}, [("04-03T10:00", 90), ("04-03T15:00", 90)], 200),
        (PER | {"max_a_day": "2", "each": "outage"}, [("04-03T10:00", 90), ("04-04T15:00", 90)], 400),
        (PER | {"max_a_day": "2", "each": "outage"}, [("04-03T22:00", 240)], 400),
        (PER | {"max_a_day": "2", "each": "outage"}, [("04-03T22:00", 60), ("04-03T23:30", 170)], 400),
        (PER | {"max_a_day": "2", "each": "day"}, [("04-03T21:00", 360)], 400),
        (PER | {"max_a_day": "2.5", "each": "day"}, [("04-03T10:00", 360)], 250),
        (PER | {"max_a_day": "1", "gives": "4 hours"}, [("04-03T10:00", 360)], Fraction(50, 3)),
    ],
)
def test_a_local_day_pays_only_so_many_units(
    credit: Mapping[str, Any], down: list[Down], expected: Fraction
) -> None:
    assert amount(credit, *down) == expected


def test_the_days_are_the_contracts_own() -> None:
    # 02:00 to 05:00 in UTC is over midnight in New York.
    down: Down = ("04-03T02:00", 180)
    credit = {"each_day": True, "gives": "1 day"}
    assert (amount(credit, down), amount(credit, down, zone="America/New_York")) == (
        Fraction(100),
        Fraction(200),
    )
    capped = PER | {"max_a_day": "1"}
    assert (amount(capped, down), amount(capped, down, zone="America/New_York")) == (
        Fraction(100),
        Fraction(200),
    )


def test_an_outage_that_counts_by_rounding_alone_has_the_days_on_which_it_was_down() -> None:
    whole = reckoned(ms("04-03T23:00"), ms("04-04T01:00"))
    assert touched_days(whole, "UTC") == [FIRST, SECOND]
    hollow = type(whole)(whole.down, whole.clocked, whole.remaining, Spans(), Fraction(60_000), True)
    assert touched_days(hollow, "UTC") == [FIRST, SECOND]


@pytest.mark.parametrize(
    ("measured", "percent"),
    [("99.89", "1"), ("99.8", "1"), ("99.7999", "2"), ("99", "9"), ("98.95", "10")],
)
def test_a_begun_step_counts(measured: str, percent: str) -> None:
    credit = {"per_step": "0.1%", "gives": "1%"}
    one = case(contract({"availability": {"target": ">= 99.9%", "credit": credit}}))
    assert paid(one, judged(one, measured=measured)).lines[0].percent == Fraction(percent)


def test_a_step_is_said_in_words() -> None:
    credit = {"per_step": "10ms", "gives": "2%"}
    rtt = {"target": "<= 45ms", "stat": "mean", "of": "samples", "lost": "ignore", "credit": credit}
    one = case(contract({"rtt": rtt}))
    award = paid(one, judged(one, "rtt", "56", unit="ms"))
    assert award.words == ("rtt: missed by 11 ms: 2 begun steps of 10 ms, 2% each = 4% of 3,000.00 = 120.00",)
    assert award.lines[0].reason == "2 begun steps of 10 ms"
    infinite = paid(one, judged(one, "rtt", "infinite", unit="ms"))
    assert (infinite.amount, infinite.lines[0].percent) == (Fraction(3000), Fraction(100))


def test_a_target_missed_by_nothing_has_no_step() -> None:
    credit = {"per_step": "0.1%", "gives": "1%"}
    one = case(contract({"availability": {"target": "> 99.9%", "credit": credit}}))
    award = paid(one, judged(one, measured="99.9"))
    assert (award.amount, award.lines[0].reason) == (Fraction(0), "0 begun steps of 0.1%")


def test_a_step_of_hours_is_held_against_seconds() -> None:
    credit = {"per_step": "1h", "gives": "5%"}
    one = case(contract({"mttr": {"target": "<= 4h", "credit": credit}}))
    assert paid(one, judged(one, "mttr", "18001", unit="s")).lines[0].percent == 10


def test_each_bad_day_pays_once() -> None:
    credit = {"each_day": True, "gives": "1 day"}
    assert amount(credit, ("04-03T10:00", 1), ("04-03T12:00", 1), ("04-05T10:00", 1)) == 200
    assert amount(credit, ("04-03T23:59", 2)) == 200
    assert amount(credit, ("04-03T23:59", 1)) == 100


@pytest.mark.parametrize(
    ("credit", "told"),
    [
        # 3,000 / 30 is 100 a day; 4 of 24 hours of it 16.67
        ({"flat": "2 days"}, "flat 2 days of 3,000.00 / 30 = 200.00"),
        ({"flat": "4 hours"}, "flat 4 hours of 3,000.00 / 30 / 24 = 16.67"),
        (
            {"each_day": True, "gives": "1 day"},
            "2 days with downtime, 1 day each = 2 days of 3,000.00 / 30 = 200.00",
        ),
        # 180 of 43,200 min are a 240th
        ({"proportional": True}, "180 min of 43,200 min of 3,000.00 = 12.50"),
    ],
)
def test_a_payout_is_said_with_the_charge_that_it_is_of(credit: Mapping[str, Any], told: str) -> None:
    terms = contract({"availability": {"target": ">= 100%", "credit": credit}})
    one = case(terms, outages(("04-03T10:00", 60), ("04-05T10:00", 120)))
    assert paid(one, judged(one)).words == (f"availability: {told}",)


def test_a_proportion_of_a_charge_that_is_not_known_is_said_to_be_of_nothing() -> None:
    terms = contract({"availability": {"target": ">= 100%", "credit": {"proportional": True}}})
    one = case(terms, outages(("04-03T10:00", 180)))
    assert paid(one, judged(one), charge=None).words == (
        "availability: 180 min of 43,200 min of 0.00 = 0.00; the month's charge is not known",
    )


def test_of_another_metric_a_bad_day_is_one_whose_own_value_misses() -> None:
    promise = {"target": "<= 0.1%", "credit": {"each_day": True, "gives": "5%"}}
    one = case(contract({"loss": promise}), outages(("04-03T10:00", 1)))
    award = paid(one, judged(one, "loss", "5", missed_days=(FIRST, THIRD)))
    assert (award.amount, award.lines[0].percent) == (Fraction(300), Fraction(10))
    assert award.words == ("loss: 2 days over the target, 5% each = 10% of 3,000.00 = 300.00",)


def test_a_flat_credit_may_be_paid_once_a_ticket() -> None:
    credit = {"flat": "10%", "each": "ticket"}
    assert amount(credit, ("04-03T10:00", 5, "A"), ("04-04T10:00", 5, "A"), ("04-05T10:00", 5, "B")) == 600
    assert amount(credit, ("04-03T10:00", 5)) == 0
    assert amount({"flat": "10%"}, ("04-03T10:00", 5, "A"), ("04-05T10:00", 5, "B")) == 300


def test_a_repair_without_an_outage_has_a_ticket_all_the_same() -> None:
    promise = {"each": "<= 1h", "credit": {"flat": "10%", "each": "ticket"}}
    one = case(contract({"response": promise}))
    lost = missed(reckoned(0, HOUR), "A")
    alone = type(lost)(None, "B", Fraction(2 * HOUR), None, True)
    verdict = judged(one, "response", "7200", BREACHED, unit="s", cases=(lost, alone, lost))
    assert paid(one, verdict).amount == 600


@pytest.mark.parametrize(("times", "expected"), [(None, "25"), ("1", "25"), ("10", "250"), ("0.5", "12.5")])
def test_a_proportion_is_of_the_denominator(times: str | None, expected: str) -> None:
    credit: dict[str, Any] = {"proportional": True} | ({"times": times} if times else {})
    assert amount(credit, ("04-03T10:00", 360)) == Fraction(expected)


def test_a_proportion_of_no_time_is_nothing() -> None:
    terms = contract({"availability": {"target": ">= 100%", "credit": {"proportional": True}}})
    one = case(terms, account_of=account(outages(("04-03T10:00", 360)), 0))
    award = paid(one, judged(one, measured="0"))
    assert award.lines[0].reason == "there is no time to take a share of"


@settings(max_examples=60)
@given(
    st.lists(st.integers(1, 2000), min_size=1, max_size=4),
    st.sampled_from(["whole", "fraction", "proportional"]),
    st.sampled_from(["1", "2", "3.5"]),
)
def test_a_most_a_day_only_takes_and_never_more_than_days_allow(
    lengths: list[int], partial: str, most: str
) -> None:
    down: list[Down] = [(f"04-{4 * place + 1:02}T20:00", length) for place, length in enumerate(lengths)]
    credit = PER | {"partial": partial, "each": "outage"}
    free, held = amount(credit, *down), amount(credit | {"max_a_day": most}, *down)
    days = sum(len(touched_days(one, "UTC")) for one in outages(*down))
    assert held <= free
    assert held <= days * 100 * Fraction(most)
