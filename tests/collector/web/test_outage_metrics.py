"""/metrics: what an alert needs of an outage, of this host's clock and of its room."""

from __future__ import annotations

import pytest

from collector.circuits import Status
from collector.web.sources import CircuitNow, TicketLossNow
from config.settings import ProbeSettings, Reference, Site
from probes.model import ProbeOptions
from tests.clock import FakeClock
from tests.collector.web.estate import (
    CIRCUITS,
    NOW_MS,
    OF,
    Estate,
    FakeSources,
    now,
    settings,
)

WHO = 'site="lon-01",carrier="acme",circuit="lon-acme"'


def lines(estate: Estate, name: str) -> list[str]:
    """The samples of a metric."""
    return [line for line in estate.text().splitlines() if line.startswith((f"{name} ", f"{name}{{"))]


def shown(clock: FakeClock, one: CircuitNow) -> Estate:
    return Estate(clock, FakeSources(shown=[one]))


def test_an_open_outage_says_since_when_and_why_and_what_is_ruled_out(clock: FakeClock) -> None:
    estate = shown(clock, now("lon-acme", Status.DOWN, outage_open=True, common_cause=True))
    (info,) = lines(estate, "linkledger_outage_info")
    assert f'{{{WHO},since="2025-12-31T23:55:00Z",reason="timeout",' in info
    assert 'cause="timeout: no answer in 2s",common_cause="true",ruled_out="nothing: the site has no' in info
    (start,) = lines(estate, "linkledger_outage_start_timestamp_seconds")
    assert start == f"linkledger_outage_start_timestamp_seconds{{{WHO}}} {(NOW_MS - 300_000) / 1000!r}"


def test_a_reference_of_ours_is_what_rules_us_out(clock: FakeClock) -> None:
    probe = ProbeSettings(name="gw", kind="icmp", address="10.0.0.1", options=ProbeOptions())
    here = settings(CIRCUITS)
    site = Site(timezone="Europe/London", reference=(Reference(probe=probe, owner="ours"),))
    known = here.model_copy(update={"sites": {"lon-01": site}})
    down = now("lon-acme", Status.DOWN, outage_open=True)
    estate = Estate(clock, FakeSources(configuration=known, shown=[down]))
    (info,) = lines(estate, "linkledger_outage_info")
    assert 'ruled_out="our own network: our reference 10.0.0.1 answered"' in info


@pytest.mark.parametrize("status", [Status.UP, Status.UNKNOWN])
def test_without_an_open_outage_there_is_nothing_of_one(clock: FakeClock, status: Status) -> None:
    estate = shown(clock, now("lon-acme", status))
    assert lines(estate, "linkledger_outage_info") == []
    assert lines(estate, "linkledger_outage_start_timestamp_seconds") == []


def test_what_a_foreign_machine_said_is_cut_to_one_short_line(clock: FakeClock) -> None:
    long = now("lon-acme", Status.DOWN, outage_open=True, cause='refused: "\\' + "x\n\x1b" * 500)
    (info,) = lines(shown(clock, long), "linkledger_outage_info")
    assert r'cause="refused: \"\\x x x' in info
    assert len(info) < 500


def test_a_circuit_that_a_reload_took_away_rules_nothing_out(clock: FakeClock) -> None:
    gone = now("lon-acme", Status.DOWN, outage_open=True)
    estate = Estate(clock, FakeSources(configuration=settings({}), shown=[gone]))
    (info,) = lines(estate, "linkledger_outage_info")
    assert info.endswith('ruled_out=""} 1')


def test_what_the_lack_of_a_ticket_cost_is_said_in_seconds_and_money(clock: FakeClock) -> None:
    lost = (TicketLossNow(*OF, 600.0, "USD", 12.5), TicketLossNow("lon-01", "acme", "lon-wave", "old", 60.0))
    estate = Estate(clock, FakeSources(lost=lost))
    seconds = lines(estate, "linkledger_outage_ticket_lost_seconds")
    assert [line.rpartition(" ")[2] for line in seconds] == ["600.0", "60.0"]
    (amount,) = lines(estate, "linkledger_outage_ticket_lost_amount")  # of the other nothing can be said
    assert amount.endswith(f'{{{WHO},contract="acme-dia-gold",currency="USD"}} 12.5')
    assert lines(Estate(clock), "linkledger_outage_ticket_lost_seconds") == []


@pytest.mark.parametrize(("in_time", "value"), [(True, "1.0"), (False, "0.0")])
def test_the_clock_says_whether_it_is_disciplined(clock: FakeClock, in_time: bool, value: str) -> None:
    estate = Estate(clock, FakeSources(in_time=in_time))
    assert lines(estate, "linkledger_clock_synchronised") == [f"linkledger_clock_synchronised {value}"]


def test_the_ledger_says_how_much_it_may_hold_and_what_the_disk_has_left(clock: FakeClock) -> None:
    estate = Estate(clock)
    (most,) = lines(estate, "linkledger_ledger_max_bytes")
    assert float(most.split()[1]) == 20e9
    (free,) = lines(estate, "linkledger_ledger_disk_free_bytes")
    assert float(free.split()[1]) == 5e9
    unsaid = Estate(clock, FakeSources(free_bytes=None))
    assert lines(unsaid, "linkledger_ledger_disk_free_bytes") == []
