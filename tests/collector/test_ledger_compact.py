"""From the log to chunks and bins."""

from __future__ import annotations

import sqlite3
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from collector.ledger import compact
from collector.ledger.bins import UNKNOWN
from collector.ledger.compact import Pass, Progress, answered, due
from collector.ledger.ledger import Ledger
from collector.ledger.model import REFERENCE, LedgerReader, Series
from collector.ledger.opening import connect_writer
from collector.ledger.reader import SqliteReader
from collector.ledger.registry import Registry
from collector.ledger.rounds import Rounds
from collector.ledger.store import move_cursor
from probes.model import Outcome, Round, Sample
from tests.clock import FakeClock
from tests.collector.ledgers import (
    BEGIN_MS,
    HOUR_MS,
    PATIENCE,
    good,
    hour_of_rounds,
    key,
    ledger_at,
    reference_key,
    rows,
    same,
    some_rounds,
)

H0 = BEGIN_MS
H1 = BEGIN_MS + HOUR_MS
H2 = BEGIN_MS + 2 * HOUR_MS
DAY_MS = 24 * HOUR_MS


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


def logged(reader: SqliteReader) -> int:
    return len(reader.scan(0, 10**6))


@pytest.mark.parametrize(
    ("watermarks", "progress", "now_ms", "ends"),
    [
        pytest.param({"lon": H1}, {}, H1, {"lon": H0}, id="the neighbour of the hour's last slot is missing"),
        pytest.param({"lon": H1 + 10_000}, {}, H1, {"lon": H1}, id="complete"),
        pytest.param({"lon": H2}, {"lon": H1}, H2, {}, id="done already"),
        pytest.param({}, {}, H1, {}, id="nothing ran yet"),
        pytest.param({"lon": H1 + 10_000, "par": H1}, {"par": H0}, H1, {}, id="a straggler is waited for"),
        pytest.param(
            {"lon": H1 + 70_000, "par": H1},
            {"par": H0},
            H1,
            {"lon": H1, "par": H0},
            id="but a minute at most",
        ),
        pytest.param(
            {"lon": H2 + DAY_MS + 10_000, "par": H1 - 5_000},
            {"lon": H2 + DAY_MS, "par": H0},
            H2 + DAY_MS,
            {"lon": H2 + DAY_MS, "par": H2},
            id="a site silent for a day is over",
        ),
        pytest.param({"lon": H1 + 10_000}, {"lon": H2 + DAY_MS}, H1, {"lon": H1}, id="a clock was set back"),
    ],
)
def test_an_hour_is_due_once_the_watermark_has_left_it_behind(
    watermarks: dict[str, int], progress: dict[str, int], now_ms: int, ends: dict[str, int]
) -> None:
    done = {site: Progress(until_ms) for site, until_ms in progress.items()}
    assert due(watermarks, dict.fromkeys({*watermarks, *progress}, 10_000), done, now_ms) == ends


def test_a_complete_hour_moves_from_the_log_to_chunks_and_reads_the_same(path: Path) -> None:
    with ledger_at(path) as ledger:
        numbers = [ledger.series(key(f"c{i}")) for i in range(3)]
        for one in numbers:
            ledger.append(hour_of_rounds(one, H0) + hour_of_rounds(one, H1)[:50])
        assert ledger.flush(PATIENCE)
        with ledger.reader() as reader:
            before, samples = reader.rounds(numbers, H0, H2), reader.samples(numbers, H0, H2)
            assert logged(reader) == 3 * 410
            ledger.append((), {"lon": H1 + 10_000})
            assert ledger.settle(PATIENCE)
            assert 3 * 50 <= logged(reader) < 3 * 410
            after = reader.rounds(numbers, H0, H2)
            assert all(same(before[one], after[one]) for one in numbers)
            assert reader.samples(numbers, H0, H2) == samples
            assert len(samples) == 6
            streamed = [one for _, some in reader.iter_samples(H0, H2) for one in some]
            assert sorted(streamed, key=lambda one: (one.series, one.at_ms)) == samples
            assert len(reader.bins(numbers[0], H0, H2)) == 12


def test_rows_stay_in_the_log_until_every_consumer_has_taken_them(path: Path) -> None:
    with ledger_at(path) as ledger:
        one = ledger.series(key())
        ledger.write(lambda connection: move_cursor(connection, "influx", 100))
        ledger.append(hour_of_rounds(one, H0), {"lon": H2})
        assert ledger.settle(PATIENCE)
        with ledger.reader() as reader:
            assert [row.seq for row in reader.scan(0, 1_000)] == list(range(101, 361))
            assert len(reader.rounds([one], H0, H1)[one]) == 360
            ledger.write(lambda connection: move_cursor(connection, "influx", 360))
            assert ledger.settle(PATIENCE)
            assert logged(reader) == 0


def test_a_late_round_merges_into_its_chunk_and_its_bin(path: Path) -> None:
    with ledger_at(path) as ledger:
        one = ledger.series(key())
        early = hour_of_rounds(one, H0)
        late = early.pop(200)
        ledger.append(early, {"lon": H1 + 10_000})
        assert ledger.settle(PATIENCE)
        ledger.append([late])
        assert ledger.flush(PATIENCE)
        with ledger.reader() as reader:
            assert len(reader.rounds([one], H0, H1)[one]) == 360
            ledger.append(hour_of_rounds(one, H1), {"lon": H2 + 10_000})
            assert ledger.settle(PATIENCE)
            assert logged(reader) == 0
            assert len(reader.rounds([one], H0, H1)[one]) == 360
            assert sum(one.sent for one in reader.bins(one, H0, H1)) == sum(
                outcome.round.sent for outcome in [*early, late] if outcome.round
            )


def test_both_epochs_of_a_slot_are_kept_and_the_synchronised_one_is_read(path: Path) -> None:
    with ledger_at(path) as ledger:
        now = FakeClock().now()
        first = ledger.open_epoch(now, boot_id="b", synchronised=True, why="start")
        second = ledger.open_epoch(now, boot_id="b", synchronised=False, why="step")
        third = ledger.open_epoch(now, boot_id="b", synchronised=False, why="step")
        one = ledger.series(key())
        for epoch in (third, second, first):
            ledger.append([good(one, H0, 1_000 + epoch, epoch=epoch)])
        for epoch in (third, second):
            ledger.append([good(one, H0 + 10_000, 1_000 + epoch, epoch=epoch)])
        assert ledger.flush(PATIENCE)
        with ledger.reader() as reader:
            for _ in ("in the log", "in the chunk"):
                found = reader.rounds([one], H0, H1)[one]
                assert found.epoch.tolist() == [first, third]
                ledger.append((), {"lon": H2})
                assert ledger.settle(PATIENCE)
            (count,) = sqlite3.connect(path).execute("SELECT rounds FROM chunk").fetchone()
            assert count == 5


def test_a_ledger_holds_twenty_sites_that_advance_at_their_own_pace(path: Path) -> None:
    with ledger_at(path) as ledger:
        sites = [f"site-{i:02}" for i in range(20)]
        numbers = {site: ledger.series(key(f"{site}-acme", site)) for site in sites}
        for begin in (H0, H1):
            for site in sites:
                ledger.append(hour_of_rounds(numbers[site], begin))
        for position, site in enumerate(sites):
            ledger.append((), {site: H1 + 80_000 if position % 2 else H0 + 80_000})
        assert ledger.settle(PATIENCE)
        with ledger.reader() as reader:
            assert reader.sites() == sites
            behind = [site for site in sites if not reader.bins(numbers[site], H0, H1)]
            assert behind == sites[::2]
            assert {len(found) for found in reader.rounds(list(numbers.values()), H0, H2).values()} == {720}
            streamed = [(one.key.site, len(found)) for one, found in reader.iter_rounds()]
            assert streamed == [(site, 360) for site in sites] * 2
            assert reader.series(site="site-07", circuit="site-07-acme") == [
                one for one in reader.series() if one.id == numbers["site-07"]
            ]
        for site in sites:
            ledger.append((), {site: H2 + 80_000})
        assert ledger.settle(PATIENCE)
        with ledger.reader() as reader:
            assert logged(reader) == 0
            assert {len(found) for found in reader.rounds(list(numbers.values()), H0, H2).values()} == {720}


def test_a_site_that_went_silent_does_not_hold_the_log_of_the_others(path: Path) -> None:
    with ledger_at(path) as ledger:
        old, new = ledger.series(key("a", "old")), ledger.series(key("b", "new"))
        ledger.append(hour_of_rounds(old, H0)[:30], {"old": H0 + 300_000})
    later = H0 + 30 * HOUR_MS
    clock = FakeClock()
    clock.step_wall((later - H0) / 1000)
    with ledger_at(path, clock) as ledger:
        ledger.append(hour_of_rounds(new, later - HOUR_MS), {"new": later + 10_000})
        assert ledger.settle(PATIENCE)
        with ledger.reader() as reader:
            assert logged(reader) == 0
            assert len(reader.rounds([old], H0, H1)[old]) == 30


def test_a_slot_from_a_clock_that_was_years_ahead_does_not_hold_the_log(path: Path) -> None:
    with ledger_at(path) as ledger:
        one = ledger.series(key())
        ledger.append([good(one, H0 + 10**12)])
        ledger.append(hour_of_rounds(one, H0), {"lon": H1 + 10_000})
        assert ledger.settle(PATIENCE)
        with ledger.reader() as reader:
            assert logged(reader) == 0
            assert len(reader.rounds([one], H0, 2**62)[one]) == 361


def test_an_hour_is_judged_with_the_references_of_the_hours_beside_it(path: Path) -> None:
    seen: list[tuple[str, int, int, int]] = []

    def verdicts(series: Series, rounds: Rounds, reader: LedgerReader) -> NDArray[np.int8]:
        references = [one.id for one in reader.series(site=series.key.site, circuit=REFERENCE)]
        found = reader.rounds(references, H0 - HOUR_MS, H2 + HOUR_MS)
        seen.extend(
            (series.key.circuit, len(rounds), int(found[one].at_ms[0]), int(found[one].at_ms[-1]))
            for one in references
        )
        own = reader.rounds([series.id], H0, H2)[series.id]
        assert len(own) >= len(rounds)
        return np.full(len(rounds), UNKNOWN, np.int8)

    with ledger_at(path, verdicts=verdicts) as ledger:
        circuit, reference = ledger.series(key()), ledger.series(reference_key())
        ledger.append(hour_of_rounds(circuit, H0) + hour_of_rounds(reference, H0))
        ledger.append([good(reference, H1), good(reference, H1 + 10_000)], {"lon": H1 + 20_000})
        assert ledger.settle(PATIENCE)
        judged = [one for one in seen if one[0] == "lon-acme"]
        assert judged == [("lon-acme", 360, H0, H1)]
        with ledger.reader() as reader:
            assert {one.unknown_ms for one in reader.bins(circuit, H0, H1)} == {300_000}


def test_verdicts_that_raise_are_told_and_lose_nothing(path: Path) -> None:
    def verdicts(series: Series, rounds: Rounds, reader: LedgerReader) -> NDArray[np.int8]:
        raise LookupError("no such circuit")

    with ledger_at(path, verdicts=verdicts) as ledger:
        one = ledger.series(key())
        ledger.append(hour_of_rounds(one, H0), {"lon": H2})
        assert ledger.settle(PATIENCE)
        assert "no such circuit" in ledger.statistics().failure
        ledger.append([good(one, H2)])
        assert ledger.flush(PATIENCE)
        with ledger.reader() as reader:
            assert logged(reader) == 361
    with ledger_at(path) as ledger:
        assert ledger.settle(PATIENCE)
        assert ledger.statistics().failure == ""
        with ledger.reader() as reader:
            assert logged(reader) == 1


@pytest.mark.parametrize("steps", [0, 1, 2, 3, 5])
def test_a_pass_that_was_cut_off_is_done_again_without_a_trace(path: Path, steps: int) -> None:
    with ledger_at(path) as ledger:
        numbers = [ledger.series(key(f"c{i}")) for i in range(70)]
        for one in numbers:
            ledger.append(hour_of_rounds(one, H0, every_ms=10_000)[:20], {"lon": H0})
    connection = connect_writer(path)
    cut = Pass(connection, Registry(connection), answered, {"lon": H1}, H1).steps()
    for _ in range(steps):
        next(cut)
    connection.close()
    with ledger_at(path) as ledger:
        ledger.append((), {"lon": H2})
        assert ledger.settle(PATIENCE)
        with ledger.reader() as reader:
            assert logged(reader) == 0
            assert {len(found) for found in reader.rounds(numbers, H0, H1).values()} == {20}
            assert reader.count_rounds() == 70 * 20


def test_a_damaged_chunk_that_gains_a_round_is_told_as_a_gap_and_made_new(path: Path) -> None:
    with ledger_at(path) as ledger:
        one = ledger.series(key())
        ledger.append(hour_of_rounds(one, H0), {"lon": H1 + 10_000})
        assert ledger.settle(PATIENCE)
        ledger.write(lambda connection: connection.execute("UPDATE chunk SET data = x'00'").rowcount)
        ledger.append([good(one, H0)], {"lon": H1 + 20_000})
        assert ledger.flush(PATIENCE)
        with ledger.reader() as reader:
            assert len(reader.rounds([one], H0, H1)[one]) == 1
            assert reader.damaged == {(H0 // HOUR_MS, one): 360}
            ledger.append((), {"lon": H2 + 10_000})
            assert ledger.settle(PATIENCE)
            assert len(reader.rounds([one], H0, H1)[one]) == 1
            (gap,) = reader.gaps("evidence")
            assert (gap.rounds, "damaged" in gap.why) == (360, True)
            assert (gap.from_ms, gap.to_ms) == (H0, H1)


def test_groups_hold_so_many_rows_and_no_more(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compact, "ROWS_HELD", 800)
    monkeypatch.setattr(compact, "_PASSES", 10**9)
    with ledger_at(path) as ledger:
        numbers = [ledger.series(key(f"c{i}")) for i in range(5)]
        for one in numbers:
            ledger.append(hour_of_rounds(one, H0), {"lon": H0})
    connection = connect_writer(path)
    work = Pass(connection, Registry(connection), answered, {"lon": H1}, H1)
    list(work.steps())
    assert [len(group) for group in work._groups(H0 // HOUR_MS, numbers)] == [2, 2, 1]
    connection.close()


@pytest.mark.slow
def test_packing_an_hour_of_a_thousand_series_takes_under_20_mb(path: Path) -> None:
    """A twelfth of the rows of a packet a second, and the limit scaled with them would still be loose."""
    with ledger_at(path) as ledger:
        numbers = [ledger.series(key(f"c{i}", every_ms=12_000)) for i in range(1_000)]
        for at_ms in range(H0, H1, 12_000):
            ledger.append(
                [good(one, at_ms, 200_000 + one, every_ms=12_000) for one in numbers], {"lon": at_ms}
            )
            assert ledger.flush(PATIENCE)
    connection = connect_writer(path)
    tracemalloc.start()
    for _ in Pass(connection, Registry(connection), answered, {"lon": H1}, H1).steps():
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    connection.close()
    assert peak < 20 * 10**6


@settings(max_examples=15)
@given(
    batches=st.lists(
        st.lists(some_rounds(1, every_ms=600_000, slots=range(18), epochs=(1, 2)), max_size=6), max_size=5
    ),
    marks=st.lists(st.integers(0, 20), min_size=5, max_size=5),
)
def test_a_reader_gets_what_was_appended_wherever_it_lies_by_now(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[Round]], marks: list[int]
) -> None:
    """Model: a dict by (at, epoch). The log, chunks, and any mix of both must read like it."""
    model: dict[tuple[int, int], Round] = {}
    with ledger_at(tmp_path_factory.mktemp("ledger") / "ledger.db") as ledger:
        one = ledger.series(key(every_ms=600_000))
        with ledger.reader() as reader:
            for batch, mark in zip(batches, marks, strict=False):
                model |= {(found.at_ms, found.epoch): found for found in batch}
                samples = (Sample(one, BEGIN_MS, 1, "days", mark),)
                ledger.append([*map(Outcome, batch), Outcome(None, samples)], {"lon": H0 + mark * 600_000})
                assert ledger.settle(PATIENCE)
                slots = {at_ms: model[at_ms, epoch] for at_ms, epoch in sorted(model)}
                assert rows(reader.rounds([one], 0, 2**62)) == {one: list(slots.values())}
                streamed = [found.row(one, i) for _, found in reader.iter_rounds() for i in range(len(found))]
                assert streamed == list(slots.values())
                assert reader.samples([one], 0, 2**62) == list(samples)
                cut = [found for at_ms, found in slots.items() if H0 + 600_000 <= at_ms < H1 + 900_000]
                assert rows(reader.rounds([one], H0 + 600_000, H1 + 900_000)) == {one: cut}


def test_an_open_ledger_packs_what_was_left_by_the_run_before(path: Path) -> None:
    with ledger_at(path, commit_every_ms=3_600_000) as ledger:
        one = ledger.series(key())
        ledger.append(hour_of_rounds(one, H0), {"lon": H2})
    with ledger_at(path) as ledger:
        assert _packed(ledger)


def _packed(ledger: Ledger) -> bool:
    with ledger.reader() as reader:
        return ledger.settle(PATIENCE) and logged(reader) == 0
