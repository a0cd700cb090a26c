"""A DNS server is asked, and how long it took is the kernel's word: against a real dnsmasq."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from probes.clock import SystemClock
from probes.dns.options import DnsOptions
from probes.dns.probe import DnsProbe
from probes.model import RTT_UNIT_NS, Outcome, Probe, Reason, Timing, Via
from probes.resolve import SystemResolver
from probes.values import Duration
from tests.probes.dns_rounds import SLOT, probe
from tests.probes.peers import closed_port
from tests.probes.tcp_rounds import round_of, samples_of
from tests.servers.dnsmasq import Dnsmasq

TTL = 300
RECORDS = (
    "--host-record=www.example.test,192.0.2.1,2001:db8::1",
    "--cname=alias.example.test,www.example.test",
    "--txt-record=txt.example.test,v=spf1 -all",
    "--mx-host=example.test,mail.example.test,10",
    *(f"--host-record=many.example.test,10.1.{i // 250}.{1 + i % 250}" for i in range(300)),
    f"--local-ttl={TTL}",
)
HOSTS = ["127.0.0.1", "[::1]"]
TRANSPORTS = ["udp", "tcp"]

pytestmark = pytest.mark.server("dnsmasq")


@pytest.fixture(scope="module")
def server() -> Iterator[Dnsmasq]:
    with Dnsmasq(*RECORDS) as running:
        yield running


async def until_stamped(server: Dnsmasq, host: str, transport: str) -> Outcome:
    """The first round with the kernel's stamps; none where this machine stalls between two clocks."""
    for _ in range(50):
        outcome = await probe(f"{host}:{server.port}", transport=transport)
        if round_of(outcome).timing is Timing.KERNEL:
            return outcome
    raise AssertionError("fifty rounds without the kernel's stamps")


def test_it_is_a_probe() -> None:
    clock = SystemClock()
    made: Probe = DnsProbe(clock, SystemResolver(clock))
    assert made.options is DnsOptions
    asyncio.run(made.aclose())


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.usefixtures("kernel_stamps")
async def test_an_answer_is_a_round_with_the_kernels_time_and_three_facts(
    server: Dnsmasq, host: str, transport: str
) -> None:
    clock = SystemClock()
    before = clock.now()
    outcome = await until_stamped(server, host, transport)
    took_ns = clock.now() - before
    got = round_of(outcome)
    assert (got.series, got.at_ms, got.every_ms, got.epoch) == (7, SLOT.at_ms, SLOT.every_ms, SLOT.epoch)
    assert (got.sent, got.received, got.reason, got.detail) == (1, 1, Reason.NONE, "")
    (rtt,) = got.rtts
    assert rtt is not None
    assert 0 < rtt * RTT_UNIT_NS < took_ns
    assert samples_of(outcome) == {"dns_rcode": 0, "dns_answers": 1, "dns_ttl_seconds": TTL}


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize(
    ("query", "changes"),
    [
        ("www.example.test", {"type": "AAAA", "expect": {"answer": "2001:DB8:0::1", "exact": True}}),
        ("alias.example.test", {"expect": {"answer": "192.0.2.1"}}),
        ("alias.example.test", {"type": "CNAME", "expect": {"answer": "www.Example.test"}}),
        ("txt.example.test", {"type": "TXT", "expect": {"answer": "v=spf1 -all"}}),
        ("example.test", {"type": "MX", "expect": {"answer": "10 mail.example.test"}}),
        ("version.bind", {"type": "TXT", "class": "CH", "expect": {"answer": "dnsmasq-*"}}),
        ("1.2.0.192.in-addr.arpa", {"type": "PTR", "expect": {"answer": "www.example.test"}}),
        ("nowhere.example.test", {"expect": {"rcode": ["NXDOMAIN", "REFUSED"]}}),
        ("www.example.test", {"edns": 0, "recursion": False}),
        ("www.example.test", {"edns": 4096, "dnssec": True, "expect": {"authenticated": False}}),
    ],
)
async def test_what_is_expected_of_a_real_server_is_found(
    server: Dnsmasq, transport: str, query: str, changes: dict[str, Any]
) -> None:
    got = round_of(await probe(f"127.0.0.1:{server.port}", transport=transport, query=query, **changes))
    assert (got.sent, got.received, got.reason, got.detail) == (1, 1, Reason.NONE, "")


@pytest.mark.parametrize(
    ("query", "expect", "said", "rcode"),
    [
        ("nowhere.example.test", {}, "rcode NXDOMAIN, expected NOERROR", 3),
        ("elsewhere.test", {"rcode": "NXDOMAIN"}, "rcode REFUSED, expected NXDOMAIN", 5),
        ("www.example.test", {"answer": "192.0.2.9"}, "answered 192.0.2.1, expected 192.0.2.9", 0),
        ("www.example.test", {"min_answers": 2}, "1 answers of type A, expected at least 2", 0),
        ("txt.example.test", {"answer": "192.0.2.9"}, "no answer of type A, expected 192.0.2.9", 0),
    ],
)
async def test_another_answer_is_a_mismatch_that_the_circuit_carried(
    server: Dnsmasq, query: str, expect: dict[str, Any], said: str, rcode: int
) -> None:
    outcome = await probe(f"127.0.0.1:{server.port}", query=query, expect=expect)
    got = round_of(outcome)
    assert (got.sent, got.received, len(got.rtts)) == (1, 1, 1)
    assert (got.reason, got.detail) == (Reason.MISMATCH, said)
    assert samples_of(outcome)["dns_rcode"] == rcode


@pytest.mark.parametrize("host", HOSTS)
async def test_an_answer_that_udp_truncates_is_fetched_again_over_tcp_and_that_is_said(
    server: Dnsmasq, host: str
) -> None:
    outcome = await probe(f"{host}:{server.port}", query="many.example.test", expect={"min_answers": 300})
    got = round_of(outcome)
    assert (got.sent, got.received, len(got.rtts)) == (1, 1, 1)
    assert (got.reason, got.detail) == (Reason.NONE, "truncated over UDP, fetched again over TCP")
    assert samples_of(outcome) == {"dns_rcode": 0, "dns_answers": 300, "dns_ttl_seconds": TTL}


async def test_the_payload_that_edns_offers_decides_whether_an_answer_fits(server: Dnsmasq) -> None:
    got = round_of(await probe(f"127.0.0.1:{server.port}", query="many.example.test", edns=8_192))
    assert (got.received, got.detail) == (1, "")


@pytest.mark.usefixtures("kernel_stamps")
async def test_an_answer_that_came_in_time_is_one_though_a_busy_event_loop_reads_it_late(
    server: Dnsmasq,
) -> None:
    for _ in range(20):
        running = asyncio.create_task(probe(f"127.0.0.1:{server.port}", timeout=Duration(200)))
        asyncio.get_running_loop().call_soon(threading.Event().wait, 0.4)
        got = round_of(await running)
        if got.received:  # not, where this machine kept a stamp back
            break
    (rtt,) = got.rtts
    assert rtt is not None
    assert rtt < 2_000_000  # 200 ms


async def test_a_server_that_is_a_name_is_resolved_and_one_without_an_address_is_not_asked(
    server: Dnsmasq,
) -> None:
    assert round_of(await probe(f"service.test:{server.port}")).received == 1
    got = round_of(await probe(f"nowhere.test:{server.port}"))
    assert (got.sent, got.received, got.reason) == (0, 0, Reason.RESOLVE)
    assert got.detail == "nowhere.test: no address"


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_closed_port_is_refused_which_is_an_answer_without_an_rtt(transport: str) -> None:
    with closed_port() as port:
        got = round_of(await probe(f"127.0.0.1:{port}", transport=transport))
    assert (got.sent, got.received, got.rtts, got.reason) == (1, 1, (), Reason.REFUSED)


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize(
    ("via", "said"),
    [
        (Via(interface="nowhere0"), "leaving by interface nowhere0: No such device"),
        (Via(source="::1"), "leaving by source ::1: "),
        (Via(source="192.0.2.99"), "leaving by source 192.0.2.99: "),
    ],
)
async def test_a_way_out_that_this_host_has_not_is_local_and_nothing_is_sent(
    transport: str, via: Via, said: str
) -> None:
    got = round_of(await probe("127.0.0.1", via, transport=transport))
    assert (got.sent, got.received, got.reason) == (0, 0, Reason.LOCAL)
    assert got.detail.startswith(said)
