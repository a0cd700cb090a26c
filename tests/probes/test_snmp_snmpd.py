"""Polls of net-snmp's own agent: every security it has, wrong keys, a swapped device."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from probes.clock import NS_PER_SECOND, SystemClock
from probes.model import Outcome, Reason, Slot, Target
from probes.snmp.credentials import Credentials
from probes.snmp.options import SnmpOptions
from probes.snmp.probe import SnmpProbe
from tests.probes.snmp_polls import FOREVER_SECONDS, Literal, round_of, samples
from tests.servers.snmpd import AUTH, PRIVACY, Snmpd, community, user

pytestmark = pytest.mark.server("snmpd")

CLOCK = SystemClock()
SILENT_SECONDS = 0.3
OIDS = {
    "load": {"oid": "1.3.6.1.4.1.2021.10.1.6.1", "type": "gauge"},
    "contact": {"oid": "1.3.6.1.2.1.1.4.0", "type": "text"},
}


@pytest.fixture(scope="module")
def snmpd() -> Iterator[Snmpd]:
    """One agent for all that don't stop it."""
    with Snmpd() as server:
        yield server


async def poll(
    port: int,
    credentials: Credentials,
    *,
    probe: SnmpProbe | None = None,
    seconds: float = FOREVER_SECONDS,
    interface: str = "lo",
) -> Outcome:
    """One poll of the agent's loopback interface."""
    options = SnmpOptions.model_validate({"credentials": credentials, "interface": interface, "oids": OIDS})
    one = probe or SnmpProbe(CLOCK, Literal())
    now = CLOCK.now()
    try:
        return await one.run(
            Target(1, f"127.0.0.1:{port}", options),
            Slot(now.wall_ms, 60_000),
            now.plus(round(seconds * NS_PER_SECOND)),
        )
    finally:
        if probe is None:
            await one.aclose()


def shows_the_loopback(outcome: Outcome) -> None:
    """All that net-snmp tells of `lo`."""
    found, one = samples(outcome), round_of(outcome)
    assert (one.reason, one.detail, one.received) == (Reason.NONE, "", 1)
    assert one.rtts[0]
    assert found["interface"] == "lo"
    assert found["if_oper_status"] == found["if_admin_status"] == 1
    assert int(found["if_receive_bytes_total"]) > 0
    assert float(found["gauge:load:"]) >= 0
    assert "text:contact" in found


async def test_version_2c_shows_the_loopback(snmpd: Snmpd) -> None:
    shows_the_loopback(await poll(snmpd.port, community()))


@pytest.mark.parametrize(
    ("auth", "privacy"), [(None, None), *((auth, privacy) for auth in AUTH for privacy in (None, *PRIVACY))]
)
async def test_version_3_shows_the_loopback_with_every_algorithm(
    snmpd: Snmpd, auth: str | None, privacy: str | None
) -> None:
    shows_the_loopback(await poll(snmpd.port, user(auth, privacy)))


@pytest.mark.parametrize(
    ("credentials", "says"),
    [
        (user("sha256", "aes128", user="nobody"), "does not know the user"),
        (user("sha256", "aes128", auth={"sha256": "another phrase"}), "wrongDigests"),
        (user("sha256", "aes128", auth={"sha512": "authentic-for-tests"}), "wrongDigests"),
        (user("sha256", user="tester-sha256-aes128"), "this asker may not see it"),
        (user("sha256", "aes128", user="tester-sha256"), "unsupportedSecLevels"),
    ],
)
async def test_who_may_not_ask_is_told_why(snmpd: Snmpd, credentials: Credentials, says: str) -> None:
    one = round_of(await poll(snmpd.port, credentials))
    assert (one.sent, one.received, one.rtts, one.reason) == (1, 1, (), Reason.AUTH)
    assert says in one.detail


@pytest.mark.parametrize(
    ("credentials", "says"),
    [
        (community("another word"), "does not know the community"),
        (user("sha256", "aes128", privacy={"aes128": "another phrase"}), "can't decrypt"),
        (user("sha256", context="elsewhere"), "lacks the context"),
    ],
)
async def test_silence_names_what_it_may_mean(snmpd: Snmpd, credentials: Credentials, says: str) -> None:
    one = round_of(await poll(snmpd.port, credentials, seconds=SILENT_SECONDS))
    assert (one.sent, one.received, one.reason) == (1, 0, Reason.TIMEOUT)
    assert says in one.detail


async def test_an_interface_that_is_not_there_names_the_nearest(snmpd: Snmpd) -> None:
    one = round_of(await poll(snmpd.port, community(), interface="lo9"))
    assert (one.reason, one.received) == (Reason.MISMATCH, 1)
    assert "no interface 'lo9' at the agent; nearest: 'lo'" in one.detail


async def test_a_device_that_was_swapped_or_restarted_is_found_again() -> None:
    who = user("sha256", "aes128")
    probe = SnmpProbe(CLOCK, Literal())
    try:
        with Snmpd() as server:
            shows_the_loopback(await poll(server.port, who, probe=probe))
            server.stop()
            server.engine_id = "second"
            server.start()
            swapped = await poll(server.port, who, probe=probe)
            assert "the agent restarted or was swapped" in round_of(swapped).detail
            assert samples(swapped)["interface"] == "lo"
            server.stop()
            server.start()
            assert round_of(await poll(server.port, who, probe=probe)).reason is Reason.NONE
    finally:
        await probe.aclose()
