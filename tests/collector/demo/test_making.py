"""A demo is whole: whoever reads a ledger finds in it what a daemon would have left."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from collector.about import about, is_alive
from collector.blame import verdicts
from collector.demo.estate import EVERY_MS, NOW_MS
from collector.demo.making import Demo, is_ours, make
from collector.ledger import store, watched
from collector.ledger.bins import UP, make_bins
from collector.ledger.chunks import HOUR_MS
from collector.ledger.columns import between
from collector.ledger.model import REFERENCE
from collector.ledger.opening import connect_reader
from collector.ledger.reader import SqliteReader
from collector.verdicts import witnesses
from config.settings import Settings
from tests.collector.demo.conftest import CIRCUITS, DAYS

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("demo")]
TABLES = [
    "series",
    "epoch",
    "chunk",
    "hour",
    "bins",
    "watermark",
    "compaction",
    "outage",
    "transition",
    "circuit_now",
    "figures",
    "config",
    "note",
    "revision",
    "claim_now",
    "said",
    "heartbeat",
    "consumer_state",
    "cursor",
]


def digests(ledger: Path) -> dict[str, str]:
    """What each table holds."""
    with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as connection:
        return {
            table: hashlib.sha256(
                "\n".join(sorted(map(repr, connection.execute(f"SELECT * FROM {table}")))).encode()
            ).hexdigest()
            for table in TABLES
        }


def test_the_same_version_makes_the_same_demo(demo: Demo, tmp_path: Path) -> None:
    again = make(tmp_path / "again", listen="127.0.0.1:0", circuits=CIRCUITS, days=DAYS)
    assert digests(again.ledger) == digests(demo.ledger)
    assert again.config.read_text() == demo.config.read_text()


def test_only_its_two_files_are_left(demo: Demo) -> None:
    left = {one.name for one in demo.config.parent.iterdir() if not one.name.endswith(("-shm", "-wal"))}
    assert left == {"linkledger.yaml", "ledger.db"}
    assert is_ours(demo.config.parent)


def test_every_circuit_is_measured_each_minute_of_the_time(ledger: Path, settings: Settings) -> None:
    with SqliteReader(ledger) as reader:
        for name in settings.circuits:
            (series,) = [one.id for one in reader.series(circuit=name) if one.key.probe == "pe"]
            rounds = reader.rounds([series], 0, 2**62)[series]
            assert len(rounds) == DAYS * 1440 - 1
            assert set(np.diff(rounds.at_ms).tolist()) == {EVERY_MS}
            assert rounds.at_ms[-1] + EVERY_MS == NOW_MS


def test_bins_are_what_the_compactor_would_make(ledger: Path, settings: Settings) -> None:
    begin = NOW_MS // HOUR_MS * HOUR_MS - 40 * 24 * HOUR_MS
    with SqliteReader(ledger) as reader:
        (one,) = [one for one in reader.series(circuit="dub-basalt-mpls") if one.key.probe == "pe"]
        rounds = reader.rounds([one.id], begin, begin + HOUR_MS)[one.id]
        seen = witnesses(reader, one.key.site, one.key.circuit, begin, begin + HOUR_MS, needed=True)
        assert list(reader.bins(one.id, begin, begin + HOUR_MS)) == make_bins(
            between(rounds, begin, begin + HOUR_MS), verdicts(rounds, "path", seen)
        )
        assert (verdicts(rounds, "path", seen) == UP).all()


def test_outages_are_those_of_the_rounds(ledger: Path) -> None:
    with SqliteReader(ledger) as reader:
        found = reader.outages(circuit="lon-alder-dia")
        (series,) = [one.id for one in reader.series(circuit="lon-alder-dia") if one.key.probe == "pe"]
        for outage in found:
            assert outage.end_ms is not None
            inside = reader.rounds([series], outage.start_ms, outage.end_ms)[series]
            assert not inside.received.any()
        assert any(one.end_ms and one.end_ms - one.start_ms >= 70 * 60_000 for one in found)


def test_status_says_that_a_daemon_lives_at_the_demos_time(ledger: Path) -> None:
    with closing(connect_reader(ledger)) as connection:
        beat = store.heartbeat(connection)
        assert beat is not None
        assert is_alive(beat, NOW_MS)
        assert about(connection, ledger, beat, NOW_MS)["daemon"]["running"]
        assert len(store.circuit_now(connection)) == CIRCUITS
        assert {json.loads(one.json)["period"] for one in store.figures(connection)} == {"2025-12"}
        assert watched.mark(connection) == watched.Mark(len(store.notes(connection)), NOW_MS)


def test_every_closed_month_has_its_statements(ledger: Path) -> None:
    with SqliteReader(ledger) as reader:
        labels = [one.label for one in reader.revisions()]
        assert labels == ["2025-11"] * CIRCUITS
        assert all(one.statement["period"]["closed"] for one in reader.revisions())


def test_each_site_has_a_reference_of_its_own(ledger: Path, settings: Settings) -> None:
    with SqliteReader(ledger) as reader:
        sites = [one.key.site for one in reader.series(circuit=REFERENCE)]
    assert sorted(sites) == sorted(settings.sites)


def test_another_ledger_is_no_demo(tmp_path: Path) -> None:
    (tmp_path / "linkledger.yaml").write_text("site: lon-01\n")
    assert not is_ours(tmp_path)
    assert not is_ours(tmp_path / "nowhere")
