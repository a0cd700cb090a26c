"""What goes wrong around the daemon is said in one sentence, and once it is over the daemon recovers."""

from __future__ import annotations

import json
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from collector.ledger.migrate import APPLICATION_ID
from tests.e2e.copies import stored, told
from tests.e2e.daemon import QUICK_MS, Daemon, circuit, quick, site
from tests.e2e.slots import missing, slots
from tests.e2e.systemd import manager
from tests.lab import Lab
from tests.lab.netns import command
from tests.servers.influxdb import InfluxDB

pytestmark = [pytest.mark.slow, pytest.mark.root]

CONFIG: dict[str, Any] = {**site(), "circuits": {"live": circuit(quick("127.1.0.1"))}}
DAMAGED = b"not a database" * 1_000


def rounds(daemon: Daemon) -> float:
    """Rounds of `live` that /metrics counts."""
    return sum(
        daemon.metric("linkledger_probe_rounds_total", circuit="live", result=result) or 0.0
        for result in ("ok", "lost", "unknown")
    )


def measures_on(daemon: Daemon, more: int = 2) -> None:
    """Wait for further rounds."""
    wanted = rounds(daemon) + more
    daemon.until(lambda: rounds(daemon) >= wanted, f"{more} more rounds are measured")


class Disk:
    """A small disk of its own under the daemon's ledger."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        command("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder))

    def fill(self) -> None:
        """Leave no page."""
        with (self.folder / "filler").open("wb", buffering=0) as filler:
            try:
                while filler.write(bytes(4096)):
                    pass
            except OSError:
                return

    def empty(self) -> None:
        (self.folder / "filler").unlink()

    def remount(self, options: str) -> None:
        command("mount", "-o", f"remount,{options}", str(self.folder))

    def lock(self) -> None:
        self.remount("ro")

    def unlock(self) -> None:
        self.remount("rw")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    disk = Disk(tmp_path / "disk")
    try:
        yield disk
    finally:
        command("umount", "--lazy", str(disk.folder))


def on(disk: Disk) -> dict[str, Any]:
    return {**CONFIG, "ledger": {"path": str(disk.folder / "ledger.db")}}


# --- the start


def test_a_config_mistake_ends_the_start_with_every_problem_and_nothing_begun(tmp_path: Path) -> None:
    wrong = {"circuits": {"live": circuit(quick("127.1.0.1", packts=3), carrier="nobody")}}
    daemon = Daemon(tmp_path, {**site(), **wrong})
    daemon.launch()
    assert daemon.exit_code() == 2
    assert daemon.said("did you mean 'packets'?")
    assert daemon.said("nobody")
    assert daemon.said("nothing was started")
    assert not daemon.ledger.exists()


def test_a_second_daemon_on_the_ledger_ends_and_names_the_first_which_goes_on(tmp_path: Path) -> None:
    (tmp_path / "second").mkdir()
    with Daemon(tmp_path, CONFIG) as first:
        second = Daemon(tmp_path / "second", {**CONFIG, "ledger": {"path": str(first.ledger)}})
        second.launch()
        assert second.exit_code() == 3
        assert second.said(f"process {first.pid} writes this ledger already")
        measures_on(first)
        first.until_ready()


def test_a_newer_versions_ledger_is_left_alone_and_measuring_goes_on(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, CONFIG)
    with closing(sqlite3.connect(daemon.ledger)) as connection:
        connection.execute("CREATE TABLE log (seq INTEGER PRIMARY KEY)")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("PRAGMA user_version = 99")
    before = daemon.ledger.read_bytes()
    with daemon:
        said = daemon.until_troubled("schema 99", "install the newer version again")
        assert said.count("\n") == 1
        measures_on(daemon)
        daemon.stop()
    assert daemon.ledger.read_bytes() == before


def test_a_damaged_ledger_is_set_aside_loudly_and_a_new_one_begun(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, CONFIG)
    daemon.ledger.write_bytes(DAMAGED)
    with daemon:
        measures_on(daemon)
        (aside,) = tmp_path.glob("ledger.db.damaged-*")
        daemon.until_troubled(f"ledger: {aside}", "linkledger ledger restore", "linkledger export --ledger")
        assert str(aside) in (daemon.get("/") or "")
        assert [str(aside)] == json.loads(daemon.command("status", "--json"))["ledger"]["damaged"]
        assert aside.read_bytes() == DAMAGED
        aside.rename(tmp_path / "looked-at.db")
        daemon.until_ready()
        daemon.stop()
    assert daemon.said("ledger.damaged")
    assert slots(daemon.kept(), "live")


def test_a_ledger_that_cannot_be_had_at_the_start_is_taken_up_with_what_was_measured_meanwhile(
    tmp_path: Path, disk: Disk
) -> None:
    disk.lock()
    with Daemon(tmp_path, on(disk)) as daemon:
        daemon.until_troubled("ledger", "Read-only file system", "kept in memory")
        disk.unlock()
        disk.fill()
        daemon.until_troubled("ledger", "the disk is full", "kept in memory")
        daemon.until(lambda: rounds(daemon) >= 3, "rounds are measured meanwhile")
        disk.empty()
        daemon.until(lambda: bool(daemon.said("ledger.available")), "the ledger is taken up")
        taken = slots(daemon.kept(), "live")
        daemon.until(lambda: len(slots(daemon.kept(), "live")) > len(taken), "it is written on")
        daemon.until_ready()
        daemon.stop()
    found = slots(daemon.kept(), "live")
    assert len(taken) >= 3
    assert missing(taken, QUICK_MS) == []
    assert found[: len(taken)] == taken
    missing(found, QUICK_MS)  # none is there twice


# --- the disk, while it runs


def test_a_ledger_that_is_taken_away_is_missed_at_once(tmp_path: Path) -> None:
    with Daemon(tmp_path, CONFIG) as daemon:
        measures_on(daemon)
        daemon.ledger.rename(tmp_path / "elsewhere.db")
        daemon.until_troubled("ledger", "was removed or replaced", "put the file back")
        (tmp_path / "elsewhere.db").rename(daemon.ledger)
        daemon.until_ready()
        daemon.stop()


def test_on_a_full_disk_it_measures_on_stays_alive_and_loses_nothing_unless_it_is_stopped(
    tmp_path: Path, disk: Disk
) -> None:
    with manager(tmp_path) as systemd, Daemon(tmp_path, on(disk), environ=systemd.environ) as daemon:
        daemon.until(lambda: rounds(daemon) >= 1, "a round is kept")
        disk.fill()
        daemon.until_troubled("ledger", "the disk is full", "free some space")
        watched = systemd.count("WATCHDOG=1")
        measures_on(daemon, more=5)
        daemon.until(lambda: systemd.count("WATCHDOG=1") > watched, "the watchdog is kept off")
        assert any("the disk is full" in line for line in systemd.told() if line.startswith("STATUS="))
        assert daemon.get("/-/healthy")
        assert (daemon.metric("linkledger_ledger_queued_rounds") or 0) >= 5
        counted = rounds(daemon)
        disk.empty()
        daemon.until_ready()
        disk.fill()
        daemon.until_troubled("the disk is full")
        daemon.stop()
    found = slots(daemon.kept(), "live")
    assert missing(found, QUICK_MS) == []
    assert len(found) >= counted
    assert daemon.said("ledger.rounds_lost") == 1


# --- the network


def test_a_web_port_in_use_is_tried_again_while_measuring_goes_on(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, CONFIG)
    with socket.create_server(("127.0.0.1", daemon.port)) as other, daemon.launched():
        daemon.until(lambda: bool(daemon.said("another program listens there already")), "it says why")
        daemon.until(lambda: len(slots(daemon.kept(), "live")) >= 2, "it measures")
        other.close()
        daemon.until_ready()
        assert daemon.said("another program listens there already") == 1
        daemon.stop()


def test_without_the_right_to_ping_it_says_both_ways_out_and_takes_either(tmp_path: Path) -> None:
    powerless = ["setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw"]
    with Lab() as lab:
        edge = lab.host("edge")
        edge.run(["sysctl", "-q", "-w", "net.ipv4.ping_group_range=1 0"])
        with Daemon(tmp_path, CONFIG, edge, wrapper=powerless) as daemon:
            daemon.until_troubled("probes", "CAP_NET_RAW", "ping_group_range")
            daemon.until_status("live", "unknown")
            daemon.until(lambda: bool(rounds(daemon)), "the slots are kept as unknown")
            edge.run(["sysctl", "-q", "-w", "net.ipv4.ping_group_range=0 2147483647"])
            daemon.until_ready()
            daemon.until_status("live", "up")
            daemon.stop()
            rows = daemon.kept()
    assert {row["reason"] for row in rows if row["sent"] == "0"} == {"local"}
    assert missing(slots(rows, "live"), QUICK_MS) == []


@pytest.mark.server("influxdb")
def test_a_missing_database_is_named_with_its_remedy_and_filled_once_it_is_there(tmp_path: Path) -> None:
    with InfluxDB() as store:
        outputs = {"influxdb": {"central": {"url": store.url, "api": "v1"}}}
        with Daemon(tmp_path, {**CONFIG, "outputs": outputs}) as daemon:
            daemon.until_troubled("output central", 'CREATE DATABASE "linkledger"')
            assert (daemon.metric("linkledger_output_lag_rounds", output="central") or 0) > 0
            store.create_database("linkledger")
            daemon.until_ready()
            daemon.until(lambda: daemon.metric("linkledger_output_lag_rounds") == 0, "it has caught up")
            daemon.stop()
            assert stored(store) == told(daemon.kept())
