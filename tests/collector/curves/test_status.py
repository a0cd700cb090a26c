"""Status over time, by day and as a ratio."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.curves.band import Band
from collector.curves.shown import bands_as_json
from collector.curves.status import Day, availability, daily, strip
from collector.ledger.model import HOUR_MS
from tests.collector.curves.filled import DAY_MS, read, settings_of, write
from tests.collector.ledgers import BEGIN_MS, ledger_at

MINUTE_MS = 60_000
SITE = "lon-01"


def made(path: Path, watermark_ms: int, *rows: tuple[int, str]) -> Path:
    with ledger_at(path) as ledger:
        for at_ms, status in rows:
            write(
                ledger,
                "INSERT INTO transition VALUES (?, 'lon-acme', ?, ?, '')",
                SITE,
                at_ms,
                status,
            )
        write(ledger, "INSERT INTO watermark VALUES (?, ?)", SITE, watermark_ms)
    return path


def told(bands: tuple[Band, ...]) -> list[tuple[int, int, str]]:
    """Minutes since the beginning, and the kind."""
    return [
        ((one.from_ms - BEGIN_MS) // MINUTE_MS, (one.to_ms - BEGIN_MS) // MINUTE_MS, one.kind)
        for one in bands
    ]


def test_a_strip_has_no_holes_and_nothing_of_the_future(tmp_path: Path) -> None:
    minute = [BEGIN_MS + i * MINUTE_MS for i in range(200)]
    path = made(
        tmp_path / "l.db", minute[90], (minute[10], "up"), (minute[30], "down"), (minute[40], "unknown")
    )
    with read(path) as reader:
        found = strip(reader, settings_of(tmp_path), "lon-acme", BEGIN_MS, minute[199], minute[100])
    assert told(found) == [
        (0, 10, "no_data"),
        (10, 30, "up"),
        (30, 40, "down"),
        (40, 90, "unknown"),
        (90, 100, "no_data"),
    ]


def test_after_the_watermark_the_provisional_status_stands(tmp_path: Path) -> None:
    minute = [BEGIN_MS + i * MINUTE_MS for i in range(100)]
    path = made(tmp_path / "l.db", minute[50], (minute[0], "up"))
    with ledger_at(path) as ledger:
        write(
            ledger,
            "INSERT INTO circuit_now VALUES ('lon-acme', ?, 'down', ?, 'timeout', 1, ?)",
            SITE,
            minute[53],
            minute[60],
        )
    with read(path) as reader:
        found = strip(reader, settings_of(tmp_path), "lon-acme", BEGIN_MS, minute[99], minute[61])
    assert told(found) == [(0, 53, "up"), (53, 60, "down"), (60, 61, "no_data")]


def test_a_time_in_the_future_has_no_strip(tmp_path: Path) -> None:
    with read(made(tmp_path / "l.db", 0)) as reader:
        assert strip(reader, settings_of(tmp_path), "lon-acme", BEGIN_MS, BEGIN_MS + 5, BEGIN_MS) == ()
        assert daily((), "UTC") == ()


def test_days_are_those_of_the_site_and_may_have_25_hours() -> None:
    begin = 1_792_796_400_000  # 2026-10-24T00:00 in London, an hour before UTC's
    bands = (
        Band(begin, begin + 30 * HOUR_MS, "up"),
        Band(begin + 30 * HOUR_MS, begin + 31 * HOUR_MS, "down"),
        Band(begin + 31 * HOUR_MS, begin + 50 * HOUR_MS, "unknown"),
    )
    assert daily(bands, "Europe/London") == (
        Day(date(2026, 10, 24), up_ms=24 * HOUR_MS),
        Day(date(2026, 10, 25), up_ms=6 * HOUR_MS, down_ms=HOUR_MS, unknown_ms=18 * HOUR_MS),
        Day(date(2026, 10, 26), unknown_ms=HOUR_MS),
    )


@given(
    st.lists(
        st.tuples(st.integers(1, 3 * DAY_MS), st.sampled_from(["up", "down", "unknown", "no_data"])),
        min_size=1,
    )
)
def test_days_add_up_to_the_strip(pieces: list[tuple[int, str]]) -> None:
    at_ms, bands = BEGIN_MS, []
    for length, kind in pieces:
        bands.append(Band(at_ms, at_ms + length, kind))
        at_ms += length
    days = daily(bands, "Europe/London")
    for kind in ("up", "down", "unknown", "no_data"):
        assert sum(getattr(day, f"{kind}_ms") for day in days) == sum(
            one.to_ms - one.from_ms for one in bands if one.kind == kind
        )


def test_availability_is_of_known_time(tmp_path: Path) -> None:
    minute = [BEGIN_MS + i * MINUTE_MS for i in range(61)]
    path = made(tmp_path / "l.db", minute[60], (minute[0], "up"), (minute[3], "down"), (minute[4], "unknown"))
    with read(path) as reader:
        curve = availability(reader, settings_of(tmp_path), "lon-acme", minute[0], minute[60], minute[60], 50)
    assert curve.step_ms == 2 * MINUTE_MS
    np.testing.assert_array_equal(curve.ratio[:4], [1.0, 0.5, np.nan, np.nan])


def test_an_unknown_circuit_is_a_key_error(tmp_path: Path) -> None:
    with read(made(tmp_path / "l.db", 0)) as reader, pytest.raises(KeyError):
        strip(reader, settings_of(tmp_path), "nowhere", 0, 1, 1)


def test_bands_as_json_are_in_seconds() -> None:
    assert bands_as_json([Band(1_500, 3_000, "outage", "timeout")]) == [[1.5, 3, "outage", "timeout"]]
