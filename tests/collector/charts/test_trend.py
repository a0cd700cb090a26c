"""A few points as a small line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.charts.trend import HEIGHT, last_point, trend_path


@pytest.mark.parametrize(
    ("values", "line", "dot"),
    [
        ([], "", ""),
        ([1.0], "", ""),
        ([1.0, None], "", ""),
        ([1.0, 2.0], "M0 13L1 3", "M1 3h0"),
        ([2.0, 2.0], "M0 8L1 8", "M1 8h0"),
        ([1.0, None, 2.0], "M0 13h0M2 3h0", "M2 3h0"),
        ([1.0, 3.0, 2.0, None], "M0 13L1 3L2 8", "M2 8h0"),
    ],
)
def test_the_highest_is_on_top_and_an_absence_is_a_gap(
    values: list[float | None], line: str, dot: str
) -> None:
    assert (trend_path(values), last_point(values)) == (line, dot)


@given(st.lists(st.none() | st.floats(-1e9, 1e9), max_size=6))
def test_it_never_leaves_its_height(values: list[float | None]) -> None:
    heights = [
        float(part.split()[1].split("h")[0]) for part in trend_path(values).replace("L", "M").split("M")[1:]
    ]
    assert all(0 <= one <= HEIGHT for one in heights)
