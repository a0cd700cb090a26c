"""From a real probe to money: the running period's credit, the ticket that is missing, and the claim."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from collector.ledger.reader import SqliteReader
from tests.e2e.daemon import Daemon, circuit, site
from tests.e2e.test_derived_sent import CONTRACT, Service

GOLD = CONTRACT | {
    "objectives": {"availability": {"target": ">= 100%", "credit": {"flat": "10%"}}},
    "claim": {"ticket_within": "80h", "submit_within": "30d", "from": "period_end"},
}


def verdict(daemon: Daemon) -> str:
    """What the ledger's newest figures say of the circuit."""
    with SqliteReader(daemon.ledger) as reader:
        return "".join(
            one["verdict"] for row in reader.figures() for one in json.loads(row.json)["objectives"]
        )


@pytest.mark.slow
def test_an_outage_becomes_a_credit_a_missing_ticket_and_a_deadline_once_over_a_kill(tmp_path: Path) -> None:
    service = Service()
    probe = {"tcp": f"127.0.0.1:{service.port}", "every": "1s", "timeout": "500ms", "proves": "service"}
    config = {
        **site(),
        "circuits": {"lon-acme": circuit(probe, contract="gold", monthly_charge="1200.00 EUR")},
        "contracts": {"gold": GOLD},
    }
    daemon = Daemon(tmp_path, config, module="tests.e2e.restless")
    service.open()
    with daemon:
        daemon.until_status("lon-acme", "up")
        assert daemon.metric("linkledger_outage_ticketed") is None
        service.close()
        daemon.until_status("lon-acme", "down")
        daemon.until(lambda: daemon.metric("linkledger_sla_credit_amount", currency="EUR") == 120, "it pays")
        daemon.until(lambda: daemon.metric("linkledger_outage_ticketed") == 0, "the ticket is missing")
        name = "linkledger_claim_deadline_timestamp_seconds"
        daemon.until(lambda: daemon.metric(name, deadline="ticket") is not None, "the ticket is due")
        daemon.until(lambda: daemon.said("sla.claim_lapses") == 1, "the log says so")
        assert daemon.said("sla.violation") == 1
        daemon.until(lambda: verdict(daemon) == "breached", "the ledger has it")
        daemon.kill()
    with daemon:
        daemon.until(lambda: daemon.metric(name, deadline="ticket") is not None, "it is known again")
        (claim,) = json.loads(daemon.command("status", "--json"))["claims"]
        assert (claim["scope"], claim["state"], claim["ticket_deadline"]) == (
            "lon-acme", "detected", claim["lapses"],
        )  # fmt: skip
        daemon.command("note", "ticket", "lon-acme", "--id", "T1", "--opened", "now")
        daemon.until(lambda: daemon.metric("linkledger_outage_ticketed") == 1, "the ticket is there")
        daemon.until(lambda: daemon.metric(name, deadline="ticket") is None, "nothing is due any more")
        assert daemon.said("sla.claim_lapses") == 1, "once, also over a restart"
        assert daemon.said("sla.violation") == 1
        daemon.stop()
    service.close()
