"""How a report says lengths of time, percentages and money."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.reports.words import amount, counted, day_and_time, in_seconds, length, ms_of_text, percent


@pytest.mark.parametrize(
    ("ms", "said"),
    [
        (0, "0 s"),
        (400, "under 1 s"),
        (59_400, "59 s"),
        (60_000, "1 min"),
        (90_000, "1 min 30 s"),
        (3_599_600, "1 h"),
        (3_600_000, "1 h"),
        (15_000_000, "4 h 10 min"),
        (86_399_000, "1 d"),
        (90_000_000, "1 d 1 h"),
        (31 * 86_400_000, "31 d"),
        (86_400_000 * 4_000, "4,000 d"),
    ],
)
def test_a_length_has_two_units_at_most(ms: int, said: str) -> None:
    assert length(ms) == said


@given(st.integers(0, 10**11))
@settings(max_examples=80)
def test_a_length_is_never_far_from_the_truth(ms: int) -> None:
    sizes = {"d": 86_400, "h": 3_600, "min": 60, "s": 1}
    words = length(ms).replace(",", "").removeprefix("under ").split()
    seconds = sum(int(n) * sizes[unit] for n, unit in zip(words[::2], words[1::2], strict=True))
    smallest = sizes[words[-1]] if len(words) > 2 else max(1, sizes[words[-1]] // 24)
    assert abs(seconds - ms / 1000) <= max(1, smallest * 1.0)


@pytest.mark.parametrize(
    ("text", "said"), [("99.999999", "99.99%"), ("100.000000", "100%"), ("99.500000", "99.5%"), ("0", "0%")]
)
def test_a_percentage_is_cut_and_never_rounded_up_to_all(text: str, said: str) -> None:
    assert percent(text) == said


def test_money_has_two_places_and_its_currency() -> None:
    assert amount("1234.5", "GBP") == "1,234.50 GBP"
    assert amount(Fraction(2, 3), "EUR") == "0.67 EUR"
    assert amount(Decimal("-0.001"), "") == "0.00"


def test_times_are_those_of_a_clock_on_the_wall() -> None:
    assert day_and_time(ms_of_text("2026-10-03T07:00:00Z"), "Europe/London") == "3 Oct 2026 08:00"
    assert day_and_time(ms_of_text("2026-10-03T07:00:05Z"), "UTC") == "3 Oct 2026 07:00:05"
    assert in_seconds(None) == "–"
    assert in_seconds(90.0) == "1 min 30 s"
    assert [counted(1, "gap"), counted(2_000, "gap")] == ["1 gap", "2,000 gaps"]
