"""The daemon tells an Alertmanager, a webhook and a mailbox of an outage, once, also over a kill."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from collector.ledger.notices import told
from collector.ledger.opening import connect_reader
from tests.e2e.daemon import Daemon, circuit, site
from tests.e2e.hooks import hooked
from tests.e2e.test_derived_sent import Service
from tests.servers.alertmanager import Alertmanager
from tests.servers.mail import Postbox, mail_server


def places(daemon: Daemon) -> dict[str, int]:
    """How far each output has told, as it is on disk."""
    with closing(connect_reader(daemon.ledger)) as connection:
        return {one.output: one.notice for one in told(connection)}


@contextmanager
def postbox() -> Iterator[Postbox]:
    """A mail server in a thread of its own."""
    loop, found = asyncio.new_event_loop(), []
    ready, over = threading.Event(), asyncio.Event()

    async def serve() -> None:
        async with mail_server() as box:
            found.append(box)
            ready.set()
            await over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield found[0]
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()


@pytest.mark.slow
@pytest.mark.server("prometheus-alertmanager")
def test_an_outage_is_told_once_to_everybody_also_when_the_daemon_was_killed_in_it(tmp_path: Path) -> None:
    service = Service()
    probe = {"tcp": f"127.0.0.1:{service.port}", "every": "1s", "timeout": "500ms", "proves": "service"}
    with Alertmanager() as alertmanager, hooked() as hook, postbox() as box:
        outputs = {
            "alertmanager": {"noc": {"url": alertmanager.url, "resend": "5s"}},
            "webhook": {"tickets": {"url": hook.url}},
            "mail": {
                "desk": {
                    "server": box.server,
                    "tls": "none",
                    "from": "edge@lab.example",
                    "to": ["noc@lab.example"],
                }
            },
        }
        config = {**site(), "circuits": {"lon-acme": circuit(probe)}, "outputs": outputs}
        daemon = Daemon(tmp_path, config, module="tests.e2e.impatient")
        service.open()
        with daemon:
            daemon.until_status("lon-acme", "up")
            service.close()
            daemon.until(lambda: places(daemon) == {"noc": 1, "tickets": 1, "desk": 1}, "all three are told")
            (before,) = alertmanager.alerts()
            daemon.kill()
        with daemon:
            daemon.until_status("lon-acme", "down")
            daemon.until(lambda: daemon.said("output.started") >= 6, "all three go on")
            (after,) = alertmanager.alerts()
            assert after["startsAt"] == before["startsAt"]
            assert after["labels"] == before["labels"]
            service.open()
            daemon.until(lambda: len(hook.notices) >= 2 and not alertmanager.alerts(), "its end is told")
            daemon.stop()
            service.close()
    assert hook.told() == [("outage_start", "lon-acme"), ("outage_end", "lon-acme")]
    assert [one["id"] for one in hook.notices] == [1, 2]
    assert [str(one["Subject"]).split(":")[0] for one in box.mails] == [
        "[linkledger] DOWN",
        "[linkledger] UP AGAIN",
    ]
