"""A night through the daemon's watch in real processes: nothing is told twice, and none outlives a stop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from collector.ledger import analysed
from collector.ledger.ledger import Ledger
from collector.ledger.opening import connect_writer
from collector.performance.nightly.watch import AnalysisWatch, waiting
from collector.performance.nightly.work import each, keep
from config.settings import Settings
from tests.clock import FakeClock
from tests.collector.ledgers import BEGIN_MS, ledger_at
from tests.collector.performance.filled import DAY_MS, Jump, fill, rounds, settings

pytestmark = pytest.mark.slow

DAYS = 40
NOW_MS = BEGIN_MS + DAYS * DAY_MS


@pytest.fixture
def read(tmp_path: Path) -> Settings:
    """Forty days of two circuits: one's RTT rises on the 38th, some bins of the other's are damaged."""
    found = settings(tmp_path / "l.db")
    calm, _, _ = fill(found.ledger.path, {"b": rounds(DAYS, seed=2), "a": rounds(DAYS, (Jump(38, 15),))})
    with closing(connect_writer(found.ledger.path)) as connection:
        connection.execute("UPDATE bins SET data = x'0102' WHERE series = ? AND hour % 50 = 0", (calm,))
    return found


@pytest.fixture
def ledger(read: Settings) -> Iterator[Ledger]:
    with ledger_at(read.ledger.path) as opened:
        yield opened


@pytest.fixture
def watch(read: Settings, ledger: Ledger) -> AnalysisWatch:
    clock = FakeClock()
    clock.step_wall((NOW_MS - BEGIN_MS) / 1000)
    return AnalysisWatch(ledger, clock, lambda: read, lambda *_: None)


async def test_what_a_stopped_night_did_is_not_done_again_and_the_rest_is(
    watch: AnalysisWatch, ledger: Ledger, read: Settings
) -> None:
    done = list(each(read, read.ledger.path, NOW_MS, ["b"]))
    ledger.write(lambda connection: keep(connection, done)).result(60)
    assert waiting(read, read.ledger.path, NOW_MS) == ["a"]
    with capture_logs() as logs:
        assert await watch.night()
        assert await watch.night()
    assert [one["event"] for one in logs] == ["analysis.found", "analysis.done", "analysis.done"]
    assert (logs[0]["circuit"], logs[0]["metric"], logs[0]["kind"]) == ("a", "rtt", "shift")
    with ledger.reader() as reader:
        assert [one.circuit for one in reader.findings()] == ["a"]
        assert len(reader.days("a", "rtt")) == DAYS
        damaged = [one.known for one in reader.days("b", "rtt")]
    assert set(damaged) <= {288 - 12, 288}, "of a damaged hour nothing is known; the others stand"
    assert min(damaged) < 288
    ran = ledger.write(analysed.ran).result(60)
    assert ran is not None
    assert ran.until_ms == NOW_MS
    assert [one.circuit for one in watch.statistics().open] == ["a"]


async def test_a_stop_ends_the_process_at_once_and_leaves_the_night_for_the_next_start(
    watch: AnalysisWatch, ledger: Ledger
) -> None:
    before = _children()
    task = asyncio.create_task(watch.night())
    while not _children() - before:
        await asyncio.sleep(0.005)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert _children() == before
    assert ledger.write(analysed.ran).result(60) is None


def _children() -> set[int]:
    """The processes that we have started and not yet collected."""
    found = Path("/proc", str(os.getpid()), "task").glob("*/children")
    return {int(pid) for one in found for pid in one.read_text().split()}
