"""Sums of money are exact to the cent, and a currency alone."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.analysis.money import by_currency, exact


@pytest.mark.parametrize(
    ("amount", "cents"),
    [
        (Fraction(1, 3), "0.33"),
        (Fraction(1, 200), "0.01"),
        (Fraction(125, 1000), "0.13"),
        (Fraction(-1, 200), "-0.01"),
        (Decimal(1250), "1250.00"),
    ],
)
def test_an_amount_is_rounded_half_up_to_the_cent(amount: Fraction | Decimal, cents: str) -> None:
    assert str(exact(amount)) == cents


def test_currencies_are_never_added_and_one_of_zeros_is_left_out() -> None:
    amounts = [("EUR", Fraction(1, 2)), ("USD", Fraction(3)), ("EUR", Fraction(1, 4)), ("GBP", Fraction(0))]
    assert by_currency(amounts) == {"EUR": Decimal("0.75"), "USD": Decimal(3)}
    assert by_currency([("", Fraction(1))]) == {}


@settings(max_examples=50)
@given(st.lists(st.fractions(max_denominator=1000), max_size=20))
def test_a_sum_is_rounded_once_however_many_parts_it_has(parts: list[Fraction]) -> None:
    total = by_currency([("EUR", one) for one in parts]).get("EUR", Decimal(0))
    assert total == exact(sum(parts, Fraction(0)))
