"""Figures as people read them."""

from __future__ import annotations

import pytest

from collector.analysis.shown_figures import spoken


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, "ratio", "–"),
        (1.0, "ratio", "100%"),
        (0.99999999, "ratio", "99.999%"),
        (0.9995, "ratio", "99.95%"),
        (0.97759, "ratio", "97.75%"),
        (1 / 3, "ratio", "33.3%"),
        (0.0, "ratio", "0%"),
        (0.00012, "ratio", "0.012%"),
        (0.0021, "seconds", "2.10 ms"),
        (2.5, "seconds", "2.5 s"),
        (62.0, "seconds", "1 min 2 s"),
        (2_749.0, "seconds", "46 min"),
        (0.0, "seconds", "0"),
        (24.6, "days", "25 d"),
        (1.8449, "times", "1.84 ×"),
        (0.5, "a month", "0.50"),
        (70.6, "points", "71"),
    ],
)
def test_each_unit_is_told_in_its_own_way(value: float | None, unit: str, text: str) -> None:
    assert spoken(value, unit) == text


def test_where_a_rule_decides_one_place_more_is_told() -> None:
    assert spoken(0.99965214, "ratio", exact=True) == "99.9652%"
    assert spoken(70.64, "points", exact=True) == "70.6"
