"""What goes when."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.ledger import retention, upkeep
from collector.ledger.ledger import Ledger
from collector.ledger.model import Gap
from collector.ledger.records import Event
from collector.ledger.retention import (
    EVIDENCE,
    KEEP_BINS_MS,
    DropHour,
    DropLog,
    Holdings,
    Policy,
    Why,
    next_drop,
    read_holdings,
)
from collector.ledger.store import bytes_in_use, move_cursor, put_event
from tests.clock import FakeClock
from tests.collector.ledgers import BEGIN_MS, HOUR_MS, PATIENCE, hour_of_rounds, key, ledger_at

H0 = BEGIN_MS // HOUR_MS
NOW_MS = BEGIN_MS + 10 * HOUR_MS
DAY_MS = 24 * HOUR_MS
FOREVER = Policy(keep_ms=400 * DAY_MS, max_bytes=10**9)

HELD = Holdings(
    bytes=1_000,
    first_seq=101,
    taken_seq=100,
    chunked_seq=900,
    log_hour=H0 + 4,
    log_hour_seq=200,
    chunk_hour=H0 + 1,
)


@pytest.mark.parametrize(
    ("held", "policy", "drop"),
    [
        pytest.param(HELD, FOREVER, None, id="all may stay"),
        pytest.param(replace(HELD, taken_seq=150), FOREVER, DropLog(150, Why.TAKEN), id="taken by all"),
        pytest.param(HELD, Policy(DAY_MS, 999), DropLog(200, Why.MAX_BYTES), id="a copy before the evidence"),
        pytest.param(
            replace(HELD, log_hour_seq=950),
            Policy(DAY_MS, 999),
            DropLog(900, Why.MAX_BYTES),
            id="chunked rows only",
        ),
        pytest.param(
            replace(HELD, first_seq=901),
            Policy(DAY_MS, 999),
            DropHour(H0 + 1, Why.MAX_BYTES),
            id="then evidence",
        ),
        pytest.param(
            replace(HELD, first_seq=901, chunk_hour=None),
            Policy(DAY_MS, 999),
            None,
            id="what is in no chunk stays",
        ),
        pytest.param(HELD, Policy(8 * HOUR_MS, 10**9), DropHour(H0 + 1, Why.KEEP), id="older than keep"),
        pytest.param(HELD, Policy(9 * HOUR_MS, 10**9), None, id="just as old as keep"),
        pytest.param(
            HELD, Policy(5 * HOUR_MS, 10**9), DropLog(200, Why.KEEP), id="rows that nobody took within keep"
        ),
        pytest.param(replace(HELD, first_seq=None, chunk_hour=None), Policy(0, 0), None, id="empty"),
    ],
)
def test_the_next_thing_to_go(held: Holdings, policy: Policy, drop: DropLog | DropHour | None) -> None:
    assert next_drop(held, policy, NOW_MS) == drop


ANY = st.builds(
    Holdings,
    bytes=st.integers(0, 2_000),
    first_seq=st.none() | st.integers(1, 50),
    taken_seq=st.integers(0, 50),
    chunked_seq=st.integers(0, 50),
    log_hour=st.integers(H0, H0 + 12),
    log_hour_seq=st.integers(0, 50),
    chunk_hour=st.none() | st.integers(H0, H0 + 12),
)
POLICIES = st.builds(Policy, keep_ms=st.integers(0, 12 * HOUR_MS), max_bytes=st.integers(0, 2_000))


@given(ANY, POLICIES)
def test_nothing_goes_that_is_in_no_chunk_nor_younger_than_keep_while_there_is_room(
    held: Holdings, policy: Policy
) -> None:
    drop = next_drop(held, policy, NOW_MS)
    if isinstance(drop, DropLog) and drop.why is not Why.TAKEN:
        assert drop.through_seq <= held.chunked_seq
    if isinstance(drop, DropHour) and drop.why is Why.KEEP:
        assert (drop.hour + 1) * HOUR_MS <= NOW_MS - policy.keep_ms
    if drop is not None and drop.why is Why.MAX_BYTES:
        assert held.bytes > policy.max_bytes


@given(ANY, POLICIES, st.integers(0, 2_000))
def test_more_room_never_makes_more_go(held: Holdings, policy: Policy, more: int) -> None:
    if next_drop(held, policy, NOW_MS) is None:
        assert next_drop(held, replace(policy, max_bytes=policy.max_bytes + more), NOW_MS) is None
        assert next_drop(held, replace(policy, keep_ms=policy.keep_ms + more), NOW_MS) is None


@given(st.dictionaries(st.integers(H0, H0 + 20), st.integers(1, 100), max_size=15), st.integers(0, 800))
def test_hours_go_oldest_first_until_the_rest_fits(sizes: dict[int, int], max_bytes: int) -> None:
    """A model ledger of chunks alone: what is left is the longest newest part that fits."""
    left = dict(sizes)
    policy = Policy(400 * DAY_MS, max_bytes)
    while drop := next_drop(_chunks_only(left), policy, NOW_MS):
        assert isinstance(drop, DropHour)
        assert drop.hour == min(left)
        before = sum(left.values())
        del left[drop.hour]
        assert before > max_bytes
    assert sum(left.values()) <= max_bytes


def _chunks_only(sizes: dict[int, int]) -> Holdings:
    return Holdings(sum(sizes.values()), None, 0, 0, None, 0, min(sizes, default=None))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


def fill(ledger: Ledger, hours: int, *, series: int = 1) -> list[int]:
    """So many complete hours, packed one after the other."""
    numbers = [ledger.series(key(f"c{i}")) for i in range(series)]
    for hour in range(hours):
        begin = BEGIN_MS + hour * HOUR_MS
        for one in numbers:
            ledger.append(hour_of_rounds(one, begin))
        ledger.append((), {"lon": begin + HOUR_MS + 10_000})
        assert ledger.settle(PATIENCE)
    return numbers


def test_hours_older_than_keep_go_and_their_bins_stay(path: Path) -> None:
    clock = FakeClock()
    with ledger_at(path, clock, keep_ms=2 * HOUR_MS) as ledger:
        (one,) = fill(ledger, 4)
        clock.step_wall(4 * 3600 + 60)
        ledger.append((), {"lon": BEGIN_MS + 4 * HOUR_MS + 70_000})
        assert ledger.settle(PATIENCE)
        with ledger.reader() as reader:
            assert reader.hours() == [H0 + 2, H0 + 3]
            assert len(reader.bins(one, 0, 2**62)) == 48
            assert reader.gaps() == []
            assert len(reader.samples([one], 0, 2**62)) == 2


def test_of_what_devices_said_the_newest_stay_as_long_as_the_rounds(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "MOST_EVENTS", 3)
    clock = FakeClock()
    times = [BEGIN_MS + hour * HOUR_MS for hour in range(6)]
    said = [Event(at_ms, "lon", "a", "cpe", "link_up", "192.0.2.1", "{}") for at_ms in times]
    with ledger_at(path, clock, keep_ms=2 * HOUR_MS) as ledger:
        for event in said:
            ledger.write(partial(put_event, event=event))
        (one,) = fill(ledger, 1)
        with ledger.reader() as reader:
            assert reader.events() == said[3:]
        clock.step_wall(7 * 3600)
        ledger.append(hour_of_rounds(one, BEGIN_MS + 6 * HOUR_MS), {"lon": BEGIN_MS + 7 * HOUR_MS + 10_000})
        assert ledger.settle(PATIENCE)
        with ledger.reader() as reader:
            assert reader.events() == said[5:]


def test_bins_go_after_twenty_six_months(path: Path) -> None:
    clock = FakeClock()
    with ledger_at(path, clock) as ledger:
        (one,) = fill(ledger, 2)
        clock.step_wall((KEEP_BINS_MS + HOUR_MS) / 1000)
        later = BEGIN_MS + KEEP_BINS_MS + HOUR_MS
        ledger.append(hour_of_rounds(one, later), {"lon": later + HOUR_MS + 10_000})
        assert ledger.settle(PATIENCE)
        with ledger.reader() as reader:
            assert [found.at_ms // HOUR_MS for found in reader.bins(one, 0, 2**62)][:13] == [H0 + 1] * 12 + [
                later // HOUR_MS
            ]


def test_max_bytes_first_drops_rows_that_an_output_never_took_and_counts_them(path: Path) -> None:
    with ledger_at(path) as ledger:
        ledger.write(lambda connection: move_cursor(connection, "influx", 100)).result(PATIENCE)
        (one,) = fill(ledger, 3)
        with ledger.reader() as reader:
            assert len(reader.scan(0, 10**6)) == 3 * 360 - 100
            ledger.keep(keep_ms=400 * DAY_MS, max_bytes=ledger.statistics().bytes - 4096)
            ledger.append((), {"lon": BEGIN_MS + 3 * HOUR_MS + 20_000})
            assert ledger.settle(PATIENCE)
            left = reader.scan(0, 10**6)
            (gap,) = reader.gaps()
            assert (gap.consumer, gap.first_seq, gap.last_seq) == ("influx", 101, left[0].seq - 1)
            assert gap.rounds == 3 * 360 - 100 - len(left)
            assert left[0].outcome.round is not None
            assert left[0].outcome.round.at_ms % HOUR_MS == 0, "whole hours"
            assert len(reader.rounds([one], 0, 2**62)[one]) == 3 * 360, "the evidence is all there"


def test_max_bytes_then_drops_the_oldest_hours_with_a_gap_each(path: Path) -> None:
    with ledger_at(path) as ledger:
        fill(ledger, 5, series=8)
        ledger.keep(keep_ms=400 * DAY_MS, max_bytes=ledger.statistics().bytes - 3 * 4096)
        ledger.append((), {"lon": BEGIN_MS + 5 * HOUR_MS + 20_000})
        assert ledger.settle(PATIENCE)
        with ledger.reader() as reader:
            hours = reader.hours()
            assert 0 < len(hours) < 5
            assert hours == [H0 + i for i in range(5 - len(hours), 5)]
            gaps = reader.gaps(EVIDENCE)
            assert [gap.rounds for gap in gaps] == [8 * 360] * (5 - len(hours))
            assert "2026-01-01T00:00Z" in gaps[0].why


def test_a_huge_drop_is_done_in_batches_and_makes_one_gap(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_ROWS_A_STEP", 50)
    monkeypatch.setattr(retention, "_CHUNKS_A_STEP", 3)
    with ledger_at(path) as ledger:
        ledger.write(lambda connection: move_cursor(connection, "influx", 0)).result(PATIENCE)
        fill(ledger, 1, series=8)
        ledger.keep(keep_ms=400 * DAY_MS, max_bytes=0)
        ledger.append((), {"lon": BEGIN_MS + HOUR_MS + 20_000})
        assert ledger.settle(PATIENCE)
        with ledger.reader() as reader:
            influx, *evidence = reader.gaps()
            assert influx == Gap(
                "influx", 1, 2880, 2880, "dropped by ledger.max_bytes before it was taken", influx.at_ms
            )
            assert sum(gap.rounds for gap in evidence) == 2880
            assert (reader.hours(), list(reader.iter_rounds())) == ([], [])


def test_free_pages_beyond_what_the_next_hours_need_leave_the_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_SLACK_PAGES", 0)
    monkeypatch.setattr(retention, "_PAGES_A_STEP", 7)
    with ledger_at(path) as ledger:
        fill(ledger, 2, series=10)

        def slack(connection: sqlite3.Connection) -> tuple[int, int]:
            held = read_holdings(connection)
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            return held.bytes, pages * 4096

        used, whole = ledger.write(slack).result(PATIENCE)
        assert whole <= used * 1.25 + 8 * 4096
        assert ledger.write(bytes_in_use).result(PATIENCE) == used
