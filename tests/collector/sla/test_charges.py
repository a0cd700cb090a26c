"""The charge of a period, and what a day of it is."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.sla.calendar import DAY_MS, MONTH, QUARTER, YEAR, Cycle, days_of, parse_period
from collector.sla.charges import Base, charge, day, months_of
from collector.sla.rounding import rounded
from collector.sla.rules import CircuitFacts
from config.dated import Dated
from config.fields import Money
from config.rates import DayRate

DAY_11 = date(2026, 4, 11)


def usd(amount: str) -> Money:
    return Money.parse(f"{amount} USD")


def facts(
    monthly: str | None = "3000.00", first: date | None = None, last: date | None = None
) -> CircuitFacts:
    held: Dated[Money] = Dated() if monthly is None else Dated.always(usd(monthly))
    return CircuitFacts("x-1", "UTC", first_day=first, last_day=last, monthly_charge=held)


def charged(
    *circuits: CircuitFacts, base: Base = "month", text: str = "2026-04", cycle: Cycle = MONTH
) -> Fraction | None:
    return charge(circuits, base, parse_period(text, "UTC", 0, cycle), cycle)


@pytest.mark.parametrize("cycle", [Cycle(1, trailing_ms=90 * DAY_MS), Cycle(1, mean_of=12)])
def test_where_a_period_looks_back_the_charge_is_that_of_the_month_it_ends_with(cycle: Cycle) -> None:
    assert charged(facts(first=date(2026, 3, 20)), cycle=cycle) == 3000
    assert charged(facts(first=DAY_11), cycle=cycle) == 2000


@pytest.mark.parametrize(
    ("first", "last", "amount"),
    [
        (None, None, 3000),
        (date(2026, 4, 1), date(2026, 4, 30), 3000),
        (DAY_11, None, 2000),
        (None, date(2026, 4, 10), 1000),
        (DAY_11, DAY_11, 100),
        (date(2026, 4, 30), date(2027, 1, 1), 100),
        (date(2026, 5, 1), None, 0),
        (None, date(2026, 3, 31), 0),
    ],
)
def test_a_charge_is_for_the_days_in_service(first: date | None, last: date | None, amount: int) -> None:
    assert charged(facts(first=first, last=last)) == amount


def test_days_before_the_contract_are_not_of_its_charge() -> None:
    april = parse_period("2026-04", "UTC", 0)
    assert charge([facts()], "month", april, MONTH, DAY_11) == 2000
    assert charge([facts(first=date(2026, 4, 21))], "month", april, MONTH, DAY_11) == 1000
    assert charge([facts()], "month", april, MONTH, date(2026, 1, 1)) == 3000
    assert charge([facts(None)], "month", april, MONTH, date(2026, 5, 1)) == 0


@pytest.mark.parametrize(
    ("entries", "amount"),
    [
        (((None, usd("3000")), (DAY_11, usd("6000"))), 1000 + 4000),
        (((DAY_11, usd("3000")),), 2000),
        (((None, usd("3000")), (DAY_11, None)), 1000),
        (((date(2026, 5, 1), usd("3000")),), None),
        (((None, None),), None),
        ((), None),
    ],
)
def test_a_charge_that_changes_counts_each_by_its_days(
    entries: tuple[tuple[date | None, Money | None], ...], amount: int | None
) -> None:
    assert charged(CircuitFacts("x-1", "UTC", monthly_charge=Dated(entries))) == amount


@pytest.mark.parametrize(
    ("base", "text", "cycle", "amount"),
    [
        ("month", "2026-04", MONTH, 3000),
        ("month", "2026-Q2", QUARTER, 3000),
        ("month", "2026", YEAR, 3000),
        ("period", "2026-04", MONTH, 3000),
        ("period", "2026-Q2", QUARTER, 9000),
        ("period", "2026", YEAR, 36000),
        ("period", "2026-02", Cycle(1, 1, 31), 3000),
        ("period", "2026-02", Cycle(12, 2, 10), 36000),
        ("period", "2026-04", Cycle(1, mean_of=12), 36000),
        ("period", "2026-05", QUARTER, 3000),
        ("period", "2026-04-21..2026-05-01", MONTH, 1000),
        ("period", "2026-04", Cycle(1, trailing_ms=30 * DAY_MS), 3000),
        ("month", "2026-04-21..2026-05-01", MONTH, 3000),
        ("access", "2026-Q2", QUARTER, 500),
        ("port", "2026-04", MONTH, 200),
        ("once", "2026-Q2", QUARTER, 750),
    ],
)
def test_the_base_chooses_the_charge(base: Base, text: str, cycle: Cycle, amount: int) -> None:
    whole = CircuitFacts(
        "x-1",
        "UTC",
        monthly_charge=Dated.always(usd("3000")),
        access_charge=usd("500"),
        port_charge=usd("200"),
        one_time_charge=usd("750"),
    )
    assert charged(whole, base=base, text=text, cycle=cycle) == amount


def test_only_what_is_paid_again_and_again_is_reduced_to_the_days_in_service() -> None:
    late = CircuitFacts(
        "x-1",
        "UTC",
        first_day=DAY_11,
        access_charge=usd("300"),
        port_charge=usd("30"),
        one_time_charge=usd("750"),
    )
    assert [charged(late, base=base) for base in ("access", "port", "once", "month", "period")] == [
        200, 20, 750, None, None,
    ]  # fmt: skip
    assert charged(facts(first=DAY_11), base="once") is None
    half = facts(first=date(2026, 5, 16), last=date(2026, 5, 31))
    assert charged(half, base="period", text="2026-Q2", cycle=QUARTER) == Fraction(9000 * 16, 91)


def test_the_charge_of_a_scope_is_the_sum_over_its_circuits() -> None:
    assert charged(facts("1000.50"), facts("0.50"), facts("3000", first=DAY_11)) == 3001
    assert charged(facts("1000"), facts("1000")) == 2000
    assert charged() is None


def test_a_circuit_in_service_without_a_charge_leaves_the_sum_open() -> None:
    assert charged(facts(), facts(None)) is None
    assert charged(facts(), facts(None, last=date(2026, 3, 31))) == 3000
    assert charged(facts("0")) == 0


def test_two_currencies_are_never_added() -> None:
    euros = CircuitFacts("x-2", "UTC", monthly_charge=Dated.always(Money.parse("10.00 EUR")))
    with pytest.raises(ValueError, match=r"EUR and USD can't be added"):
        charged(facts(), euros)
    changed = Dated(((None, usd("10")), (DAY_11, Money.parse("10 EUR"))))
    with pytest.raises(ValueError, match=r"EUR and USD can't be added"):
        charged(CircuitFacts("x-1", "UTC", monthly_charge=changed))
    before = Dated(((None, usd("10")), (date(2026, 4, 1), Money.parse("10 EUR"))))
    assert charged(CircuitFacts("x-1", "UTC", monthly_charge=before)) == 10


@pytest.mark.parametrize(
    ("rate", "text", "cycle", "share"),
    [
        ("1/30", "2026-05", MONTH, Fraction(1, 30)),
        ("12/365", "2026-05", MONTH, Fraction(12, 365)),
        ("1/days_in_month", "2026-05", MONTH, Fraction(1, 31)),
        ("1/days_in_month", "2028-02", MONTH, Fraction(1, 29)),
        ("1/days_in_month", "2026-01", Cycle(1, 1, 31), Fraction(1, 28)),
        ("1/days_in_month", "2026-04", Cycle(1, 1, 15), Fraction(1, 30)),
        ("1/days_in_month", "2026-Q1", QUARTER, Fraction(1, 31)),
        ("1/days_in_month", "2026-02", QUARTER, Fraction(1, 28)),
        ("1/days_in_month", "2026-02", Cycle(12, 2, 10), Fraction(1, 28)),
        ("1/days_in_month", "2026-02-10..2026-02-12", MONTH, Fraction(1, 28)),
        ("1/days_in_month", "2026-04", Cycle(1, trailing_ms=90 * DAY_MS), Fraction(1, 31)),
        ("1/days_in_month", "2026-04", Cycle(1, mean_of=12), Fraction(1, 31)),
    ],
)
def test_a_day_of_a_charge_is_as_the_contract_says(
    rate: str, text: str, cycle: Cycle, share: Fraction
) -> None:
    period = parse_period(text, "UTC", 0, cycle)
    assert day(Fraction(100), DayRate.parse(rate), period, cycle) == 100 * share


@pytest.mark.parametrize(
    ("rate", "year", "paid"),
    [("1/30", 2026, "93.33"), ("1/days_in_month", 2028, "96.55"), ("1/days_in_month", 2026, "100.00")],
)
def test_vector_3_a_day_of_february(rate: str, year: int, paid: str) -> None:
    period = parse_period(f"{year}-02", "UTC", 0)
    whole = charge([facts("2800")], "month", period, MONTH)
    assert whole is not None
    assert rounded(day(whole, DayRate.parse(rate), period, MONTH), 2, "half_up") == Fraction(paid)


def test_vector_16_active_from_day_11_of_30() -> None:
    assert charged(facts("3000", first=DAY_11)) == 2000


def test_vector_18_three_days_are_rounded_once() -> None:
    whole = charged(facts("1234.56"))
    assert whole is not None
    three = 3 * day(whole, DayRate.parse("1/30"), parse_period("2026-04", "UTC", 0), MONTH)
    assert (three, rounded(three, 2, "half_up")) == (Fraction("123.456"), Fraction("123.46"))


@settings(max_examples=50)
@given(st.dates(date(2026, 3, 20), date(2026, 5, 10)), st.sampled_from(["month", "period", "access"]))
def test_what_two_followers_in_service_are_charged_is_the_whole(cut: date, base: Base) -> None:
    def part(first: date | None, last: date | None) -> CircuitFacts:
        return CircuitFacts(
            "x",
            "UTC",
            first_day=first,
            last_day=last,
            monthly_charge=Dated.always(usd("31.07")),
            access_charge=usd("7"),
        )

    before, after = part(None, cut), part(date.fromordinal(cut.toordinal() + 1), None)
    assert charged(before, after, base=base) == charged(part(None, None), base=base)


@settings(max_examples=50)
@given(st.integers(2020, 2036), st.integers(1, 12), st.integers(1, 31))
def test_a_period_has_as_many_months_as_its_days_say_or_its_contract(year: int, month: int, on: int) -> None:
    cycle = Cycle(1, 1, on)
    period = parse_period(f"{year}-{month:02}", "UTC", 0, cycle)
    assert months_of(period, cycle) == 1
    assert (
        sum(
            months_of(parse_period(f"{one}", "UTC", 0), YEAR)
            for one in days_of(parse_period(f"{year}-{month:02}", "UTC", 0))
        )
        == 1
    )
