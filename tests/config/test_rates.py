"""A day's share of a charge, a year's allowance, decimals in full."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.outage import Allowance
from config.rates import DayRate
from config.terms import decimal_text


@pytest.mark.parametrize(
    ("text", "days", "share"),
    [
        ("1/30", 28, Fraction(1, 30)),
        ("1/days_in_month", 28, Fraction(1, 28)),
        ("1/days_in_month", 31, Fraction(1, 31)),
        ("12/365", 31, Fraction(12, 365)),
        ("2 / 30", 30, Fraction(1, 15)),
    ],
)
def test_a_day_is_a_share_of_the_charge(text: str, days: int, share: Fraction) -> None:
    assert DayRate.parse(text).of(days) == share


@given(st.text("0123456789/ days_in_mothl.-", max_size=18))
def test_a_text_is_a_share_or_a_value_error(text: str) -> None:
    try:
        rate = DayRate.parse(text)
    except ValueError:
        return
    assert DayRate.parse(str(rate)) == rate


@pytest.mark.parametrize(("text", "hours"), [("10h/year", 10), ("90m/year", 1.5), ("1d / year", 24)])
def test_an_allowance_is_a_time_a_local_year(text: str, hours: float) -> None:
    assert Allowance.parse(text).duration.ms == hours * 3_600_000


@pytest.mark.parametrize("text", ["10h", "10h/month", "/year", "ten/year", ""])
def test_another_allowance_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a (time a year|duration)"):
        Allowance.parse(text)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=12, min_value=-(10**20), max_value=10**20))
def test_a_decimal_is_written_in_full(value: Decimal) -> None:
    text = decimal_text(Fraction(value))
    assert Fraction(text) == Fraction(value)
    assert not text.endswith((".", "0")) or "." not in text


@pytest.mark.parametrize(
    ("value", "text"), [("99.95", "99.95"), ("100", "100"), ("0", "0"), ("-0.5", "-0.5")]
)
def test_a_decimal_has_no_more_places_than_it_needs(value: str, text: str) -> None:
    assert decimal_text(Fraction(value)) == text


def test_a_number_without_an_end_is_refused() -> None:
    with pytest.raises(ValueError, match="1/3 has no end as a decimal"):
        decimal_text(Fraction(1, 3))
