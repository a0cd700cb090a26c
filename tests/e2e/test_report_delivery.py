"""The daemon brings yesterday's report to a mailbox and a folder, once, also over a kill."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from collector.ledger.deliveries import Delivered, deliveries
from collector.ledger.opening import connect_reader
from tests.e2e.daemon import Daemon, circuit, quick, site
from tests.e2e.test_notices import postbox


def state(daemon: Daemon) -> Delivered | None:
    """How far the report is, as it is on disk."""
    with closing(connect_reader(daemon.ledger)) as connection:
        return deliveries(connection).get("noc")


def sent(daemon: Daemon) -> bool:
    """Whether everybody has it."""
    held = state(daemon)
    return held is not None and held.sent_ms is not None


@pytest.mark.slow
def test_a_report_that_failed_is_sent_after_a_kill_and_then_never_again(tmp_path: Path) -> None:
    folder = tmp_path / "reports"
    with postbox() as box:
        mail = {"server": box.server, "tls": "none", "from": "edge@lab.example", "to": ["noc@lab.example"]}
        report = {"every": "daily", "at": "00:00", "formats": ["html", "csv"], "mail": mail}
        config = {
            **site(),
            "circuits": {"lon-acme": circuit(quick("127.0.0.1"))},
            "reports": {"noc": {**report, "folder": str(folder)}},
        }
        daemon = Daemon(tmp_path, config, module="tests.e2e.prompt")
        box.on_data = "451 come back later"
        with daemon:
            daemon.until(lambda: (held := state(daemon)) is not None and held.failures > 0, "it is refused")
            held = state(daemon)
            assert held is not None
            assert held.had == (str(folder),)
            assert "451 come back later" in held.why
            daemon.until_troubled("report noc", "come back later")
            daemon.kill()
        written = sorted(one.name for one in folder.iterdir())
        assert written == [f"linkledger-{held.period}.csv", f"linkledger-{held.period}.html"]
        for one in folder.iterdir():
            one.unlink()
        box.on_data = "250 OK"
        with daemon:
            daemon.until(
                lambda: (held := state(daemon)) is not None and held.sent_ms is not None, "it is sent"
            )
            daemon.kill()
        with daemon:
            daemon.until_status("lon-acme", "up")
            daemon.stop()
    assert len(box.mails) == 1
    assert list(folder.iterdir()) == []
