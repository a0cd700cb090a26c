"""A reload changes what changed in the configuration, and disturbs nothing else."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from probes.clock import SystemClock
from tests.e2e.copies import stored, told
from tests.e2e.daemon import QUICK_MS, Daemon, Sample, circuit, quick, site
from tests.e2e.slots import lost, missing, slots
from tests.e2e.systemd import manager
from tests.servers.influxdb import InfluxDB

pytestmark = [pytest.mark.slow, pytest.mark.root]

KEPT_MS, PACKETS = 400, 8
KEPT = circuit(quick("127.1.0.1", every=f"{KEPT_MS}ms", packets=PACKETS))


def estate(**circuits: Mapping[str, Any]) -> dict[str, Any]:
    return {**site(), "circuits": circuits}


def heard(daemon: Daemon, name: str, more: int = 1) -> None:
    """Wait until further rounds of a circuit's probe `far` have come."""

    def rounds() -> float:
        found = daemon.metrics()
        wanted = ("circuit", name)
        return sum(v for (key, has), v in found.items() if key == ROUNDS and wanted in has)

    before = rounds()
    daemon.until(lambda: rounds() >= before + more, f"{more} more rounds of {name}")


ROUNDS = "linkledger_probe_rounds_total"


def counters(daemon: Daemon) -> dict[Sample, float]:
    """Everything that may only grow."""
    grows = ("_total", "_count", "_bucket", "_sum")
    return {sample: value for sample, value in daemon.metrics().items() if sample[0].endswith(grows)}


def sockets(daemon: Daemon) -> set[str]:
    """The raw sockets that it has open."""
    links = Path(f"/proc/{daemon.pid}/fd").iterdir()
    names = {str(link.readlink()) for link in links if link.is_symlink()}
    raw = {line.split()[9] for line in Path("/proc/net/raw").read_text().splitlines()[1:]}
    return {name for name in names if name.removeprefix("socket:[").removesuffix("]") in raw}


def test_what_is_unchanged_goes_on_undisturbed_and_the_rest_changes_without_a_slot_twice(
    tmp_path: Path,
) -> None:
    before = estate(
        kept=KEPT,
        removed=circuit(quick("127.1.0.2")),
        option=circuit(quick("127.1.0.3")),
        interval=circuit(quick("127.1.0.4", every="400ms")),
    )
    after = estate(
        kept=KEPT,
        added=circuit(quick("127.1.0.5")),
        option=circuit(quick("127.1.0.3", size=200)),
        interval=circuit(quick("127.1.0.4")),
    )
    with Daemon(tmp_path, before) as daemon:
        for name in before["circuits"]:
            heard(daemon, name, more=2)
        counted, opened = counters(daemon), sockets(daemon)
        begun_ms = SystemClock().now().wall_ms
        daemon.reload({**after, "ledger": {"keep": "500d"}, "web": {"reload": True}})
        ended_ms = SystemClock().now().wall_ms
        for name in after["circuits"]:
            heard(daemon, name, more=2)
        now = counters(daemon)
        assert len(opened) == 1
        assert sockets(daemon) == opened
        assert daemon.metric("linkledger_config_last_reload_successful") == 1
        assert daemon.said('"keys": ["web"]') == daemon.said("config.needs_restart") == 1
        assert daemon.ask("/-/reload", "POST")[0] == 403
        daemon.stop()
    gone = {sample for sample in counted if ("circuit", "removed") in sample[1]}
    assert counted.keys() - now.keys() == gone
    assert [sample for sample in now.keys() & counted.keys() if now[sample] < counted[sample]] == []
    rows = daemon.kept()
    assert not lost(rows)
    assert missing(slots(rows, "kept"), KEPT_MS) == []
    # A machine that is busy may leave a packet out, which is late by a spacing; never more of a slot.
    assert {int(row["sent"]) for row in rows if row["circuit"] == "kept"} <= {PACKETS, PACKETS - 1}
    assert len(missing(slots(rows, "option"), QUICK_MS)) <= 1
    old, new = (slots([row for row in rows if row["every_seconds"] == s], "interval") for s in ("0.4", "0.2"))
    assert missing(old, 400) == missing(new, 200) == []
    assert 0 < new[0] - old[-1] <= 1_000
    assert max(slots(rows, "removed")) <= ended_ms
    assert min(slots(rows, "added")) >= begun_ms


def test_a_bad_file_keeps_the_old_settings_and_says_so_until_a_good_one_comes(tmp_path: Path) -> None:
    good = {**estate(kept=circuit(quick("127.1.0.1"))), "web": {"reload": True}}
    bad = {**good, "circuits": {"kept": circuit(quick("127.1.0.1"), carrier="nobody")}}
    with manager(tmp_path) as systemd, Daemon(tmp_path, good, environ=systemd.environ) as daemon:
        daemon.until(lambda: systemd.count("READY=1") == 1, "systemd knows that it has started")
        daemon.configure(bad)
        daemon.send(signal.SIGHUP)
        said = daemon.until_troubled("config: the old one stays in force", "nobody")
        assert "has no contract" not in said  # what is only a warning
        assert daemon.said("config.rejected") == 1
        assert daemon.metric("linkledger_config_last_reload_successful") == 0
        daemon.until(lambda: systemd.count("READY=1") == 2, "systemd knows that the reload is over")
        assert systemd.told().index("RELOADING=1") > systemd.told().index("READY=1")
        assert any(line.startswith("MONOTONIC_USEC=") for line in systemd.told())
        code, problems = daemon.ask("/-/reload", "POST")
        assert code == 500
        assert "nobody" in problems
        heard(daemon, "kept", more=2)
        daemon.configure(good)
        assert daemon.ask("/-/reload", "POST") == (200, "reloaded\n")
        assert daemon.metric("linkledger_config_last_reload_successful") == 1
        daemon.until_ready()
        daemon.stop()
        assert systemd.count("STOPPING=1") == 1
    assert missing(slots(daemon.kept(), "kept"), QUICK_MS) == []


@pytest.mark.server("influxdb")
def test_outputs_come_change_and_go_by_a_reload_and_go_on_where_they_were(tmp_path: Path) -> None:
    without = estate(kept=KEPT, other=circuit(quick("127.1.0.2")))

    def feeding(**options: Any) -> dict[str, Any]:  # noqa: ANN401
        outputs = {"influxdb": {"central": {"url": store.url, "api": "v1", **options}}}
        return {**estate(kept=KEPT, other=circuit(quick("127.1.0.3"))), "outputs": outputs}

    with InfluxDB() as store, Daemon(tmp_path, without) as daemon:
        store.create_database("linkledger")
        heard(daemon, "kept")
        assert daemon.metric("linkledger_output_lag_rounds") is None
        daemon.reload(feeding())
        daemon.until(lambda: len(stored(store)) >= 3, "the store is filled")
        daemon.reload(without)
        daemon.until(lambda: daemon.metric("linkledger_output_lag_rounds") is None, "the output is gone")
        taken = len(stored(store))
        heard(daemon, "other", more=3)
        assert len(stored(store)) == taken
        daemon.reload(feeding(batch_rounds=2))
        daemon.until(lambda: len(stored(store)) > taken, "the store is filled again")
        assert (daemon.metric("linkledger_output_sent_total") or 0) < len(stored(store))
        daemon.stop()
        rows = daemon.kept()
        assert stored(store) == told(rows)
    assert missing(slots(rows, "kept"), KEPT_MS) == []  # three reloads in a row
    missing(slots(rows, "other"), QUICK_MS)  # changed there and back: none is there twice
