"""Outputs as the daemon keeps them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from structlog.testing import capture_logs

from collector.feeding import Feeding
from collector.ledger.ledger import Ledger
from collector.ledger.store import move_cursor
from collector.verdicts import StoredVerdicts
from tests.clock import FakeClock


async def test_an_output_that_is_no_longer_configured_but_holds_the_log_is_named(
    tmp_path: Path, clock: FakeClock
) -> None:
    with Ledger.open(tmp_path / "ledger.db", clock=clock, reserve_bytes=0) as ledger:
        for name in ("former", "former/head", "judge:lon", "chunks:lon"):
            ledger.write(partial(move_cursor, name=name, seq=7)).result(10)
        with capture_logs() as logs:
            await Feeding(ledger, clock, StoredVerdicts()).configure({})
    assert [(one["event"], one["output"], one["free_it"]) for one in logs] == [
        ("output.former", "former", "linkledger output drop former")
    ]
