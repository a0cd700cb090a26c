"""Cells of the week, by the site's clock, through the changes of clocks."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.analysis.readings import BINS_A_DAY
from collector.analysis.season import CELLS, cells, offsets_ms
from collector.ledger.bins import BIN_MS


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("at", "zone", "cell"),
    [
        ("2026-01-05T00:00", "UTC", 0),
        ("2026-01-05T23:55", "UTC", 287),
        ("2026-01-10T00:00", "UTC", BINS_A_DAY),  # Saturday
        ("2026-01-11T23:55", "UTC", CELLS - 1),
        ("2026-01-09T23:00", "Europe/Berlin", BINS_A_DAY),  # Saturday there already
        ("2026-01-04T18:15", "Asia/Kathmandu", 0),  # Monday there, +05:45
        ("2026-07-06T10:00", "Europe/Berlin", 12 * 12),
        ("2026-01-05T11:00", "Europe/Berlin", 12 * 12),
    ],
)
def test_a_time_lies_in_the_cell_of_its_clock_at_the_site(at: str, zone: str, cell: int) -> None:
    assert cells(np.array([ms(at)]), zone).tolist() == [cell]


def test_an_hour_that_comes_twice_goes_to_the_same_cells_and_one_left_out_is_in_none() -> None:
    autumn = ms("2026-10-25T00:00") + BIN_MS * np.arange(24)  # 02:00 to 03:00 twice
    assert cells(autumn, "Europe/Berlin")[:12].tolist() == cells(autumn, "Europe/Berlin")[12:].tolist()
    spring = cells(ms("2026-03-29T00:00") + BIN_MS * np.arange(24), "Europe/Berlin") - BINS_A_DAY
    assert spring.tolist() == [*range(12, 24), *range(36, 48)]


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 4_000_000_000_000 // BIN_MS),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]),
)
def test_offsets_are_those_of_the_zone(begin: int, zone: str) -> None:
    at_ms = BIN_MS * (begin + np.arange(0, 400 * 288, 997))
    clock = ZoneInfo(zone)
    there = [datetime.fromtimestamp(one / 1000, UTC).astimezone(clock).utcoffset() for one in at_ms.tolist()]
    expected = [int(one.total_seconds()) for one in there if one is not None]
    assert (offsets_ms(at_ms, zone) // 1000).tolist() == expected


def test_no_time_has_no_cell() -> None:
    assert not len(cells(np.zeros(0, np.int64), "UTC"))
