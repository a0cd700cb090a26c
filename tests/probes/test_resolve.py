"""Names become addresses in the background, and a dead DNS disturbs nobody."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from ipaddress import ip_address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.model import NO_VIA, Failure, Reason, Resolver, Via
from probes.resolve import (
    SystemResolver,
    check_host,
    ipv4_gateway,
    ipv6_gateway,
    system_gateways,
    system_lookup,
)
from tests.clock import FakeClock

NAME = "pe.example.net"
ROUTES = """\
Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0
eth1\t00000000\t017113CB\t0003\t0\t0\t50\t00000000\t0\t0\t0
eth2\t00000000\t00000000\t0001\t0\t0\t1\t00000000\t0\t0\t0
eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
"""
ZERO = "0" * 32
ROUTES_IPV6 = f"""\
fd000000000000000000000000000000 40 {ZERO} 00 {ZERO} 00000100 00000001 00000000 00000001     eth0
{ZERO} 00 {ZERO} 00 20010db8000000000000000000000001 00000400 00000002 00000000 00000003     eth0
{ZERO} 00 {ZERO} 00 fe800000000000000000000000000001 00000100 00000002 00000000 00000003     eth1
{ZERO} 00 {ZERO} 00 {ZERO} ffffffff 00000001 00000000 00200200       lo
"""


class Dns:
    """Answers as a test says; `asked` counts the look-ups of each name."""

    def __init__(self) -> None:
        self.answers: dict[str, Sequence[str] | Exception] = {}
        self.asked: list[str] = []
        self.hang = threading.Event()

    def __call__(self, name: str) -> Sequence[str]:
        self.asked.append(name)
        if name.startswith("hangs"):
            self.hang.wait(60)
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        answer = self.answers.get(name, ())
        if isinstance(answer, Exception):
            raise answer
        return answer


class Watched(SystemResolver):
    """Tells when a look-up has been taken in."""

    finished: asyncio.Event

    def _done(self, *result: object) -> None:
        super()._done(*result)  # type: ignore[arg-type]
        self.finished.set()

    async def looked_up(self) -> None:
        """Wait until the look-up that is under way has been taken in."""
        await self.finished.wait()
        self.finished.clear()


@pytest.fixture
def dns() -> Dns:
    return Dns()


@pytest.fixture
def gateways() -> dict[str | None, Sequence[str]]:
    return {}


@pytest.fixture
async def resolver(
    clock: FakeClock, dns: Dns, gateways: dict[str | None, Sequence[str]]
) -> AsyncIterator[Watched]:
    made = Watched(clock, lookup=dns, gateways=lambda interface: gateways.get(interface, ()))
    made.finished = asyncio.Event()
    yield made
    dns.hang.set()
    await made.aclose()


def lookup_threads() -> set[threading.Thread]:
    """The threads of every resolver that has not been closed."""
    return {one for one in threading.enumerate() if one.name.startswith("resolve-")}


async def refreshed(resolver: Watched, clock: FakeClock, name: str = NAME) -> str | Failure:
    """What stands after the next minute's look-up."""
    resolver.finished.clear()
    await clock.advance(60)
    resolver.current(name)
    await resolver.looked_up()
    return resolver.current(name)


def test_it_is_a_resolver(clock: FakeClock) -> None:
    resolver: Resolver = SystemResolver(clock)
    assert resolver.current("192.0.2.1", NO_VIA) == "192.0.2.1"


@pytest.mark.parametrize("literal", ["192.0.2.1", "2001:db8::1", "fe80::1%eth0"])
async def test_a_literal_is_its_own_answer_without_any_look_up(
    resolver: Watched, dns: Dns, literal: str
) -> None:
    assert resolver.current(literal) == literal
    assert await resolver.resolve(literal) == literal
    assert dns.asked == []


async def test_before_the_first_answer_a_name_is_resolve_and_says_how_long_it_waits(
    resolver: Watched, clock: FakeClock
) -> None:
    resolver.current("hangs.example")
    await clock.advance(3)
    found = resolver.current("hangs.example")
    assert found == Failure(Reason.RESOLVE, "hangs.example: no answer from the resolver for 3000 ms so far")


async def test_the_first_look_up_can_be_waited_for(resolver: Watched, dns: Dns) -> None:
    dns.answers[NAME] = ["192.0.2.1"]
    assert await resolver.resolve(NAME) == "192.0.2.1"
    assert resolver.current(NAME) == "192.0.2.1"
    assert dns.asked == [NAME]


async def test_many_who_wait_for_one_name_share_one_look_up(resolver: Watched, dns: Dns) -> None:
    dns.answers[NAME] = ["192.0.2.1"]
    assert set(await asyncio.gather(*(resolver.resolve(NAME) for _ in range(50)))) == {"192.0.2.1"}
    assert dns.asked == [NAME]


async def test_who_stops_waiting_takes_nothing_from_the_others(resolver: Watched, dns: Dns) -> None:
    dns.answers[NAME] = ["192.0.2.1"]
    first = asyncio.create_task(resolver.resolve(NAME))
    second = asyncio.create_task(resolver.resolve(NAME))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == "192.0.2.1"


async def test_a_name_is_looked_up_again_within_a_minute_and_not_before_three_quarters_of_it(
    resolver: Watched, dns: Dns, clock: FakeClock
) -> None:
    dns.answers[NAME] = ["192.0.2.1"]
    await resolver.resolve(NAME)
    await clock.advance(44.9)
    resolver.current(NAME)
    assert dns.asked == [NAME]
    dns.answers[NAME] = ["192.0.2.9"]
    resolver.finished.clear()
    await clock.advance(15.1)
    assert resolver.current(NAME) == "192.0.2.1"  # until the new answer is there
    await resolver.looked_up()
    assert resolver.current(NAME) == "192.0.2.9"


async def test_a_thousand_names_do_not_go_at_once(resolver: Watched, dns: Dns) -> None:
    names = [f"n{i}.example" for i in range(1000)]
    dns.answers |= dict.fromkeys(names, ("192.0.2.1",))
    await asyncio.gather(*map(resolver.resolve, names))
    due = {one.due_ns // 10**9 for one in resolver._names.values()}
    assert len(due) >= 15


async def test_an_address_that_is_still_among_the_answers_is_kept(
    resolver: Watched, dns: Dns, clock: FakeClock
) -> None:
    dns.answers[NAME] = ["192.0.2.1", "192.0.2.2"]
    await resolver.resolve(NAME)
    dns.answers[NAME] = ["192.0.2.2", "192.0.2.1"]
    assert await refreshed(resolver, clock) == "192.0.2.1"
    dns.answers[NAME] = ["192.0.2.3", "192.0.2.2"]
    assert await refreshed(resolver, clock) == "192.0.2.3"


async def test_the_last_good_answer_stands_for_an_hour_of_failures(
    resolver: Watched, dns: Dns, clock: FakeClock
) -> None:
    dns.answers[NAME] = ["192.0.2.1"]
    await resolver.resolve(NAME)
    dns.answers[NAME] = socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
    for _ in range(59):
        assert await refreshed(resolver, clock) == "192.0.2.1"
    assert await refreshed(resolver, clock) == Failure(
        Reason.RESOLVE, f"{NAME}: Temporary failure in name resolution"
    )
    dns.answers[NAME] = ["192.0.2.5"]
    assert await refreshed(resolver, clock) == "192.0.2.5"


async def test_a_name_without_an_answer_is_tried_again_after_ten_seconds(
    resolver: Watched, dns: Dns, clock: FakeClock
) -> None:
    assert await resolver.resolve(NAME) == Failure(Reason.RESOLVE, f"{NAME}: no address")
    dns.answers[NAME] = ["192.0.2.1"]
    resolver.finished.clear()
    await clock.advance(10)
    resolver.current(NAME)
    await resolver.looked_up()
    assert resolver.current(NAME) == "192.0.2.1"


async def test_a_name_nobody_asked_for_in_an_hour_is_waited_for_anew(
    resolver: Watched, dns: Dns, clock: FakeClock
) -> None:
    dns.answers[NAME] = ["192.0.2.1"]
    await resolver.resolve(NAME)
    dns.answers[NAME] = ["192.0.2.2"]
    await clock.advance(7200)
    assert await resolver.resolve(NAME) == "192.0.2.2"


async def test_a_look_up_that_cannot_even_be_asked_is_that_names_own_reason(
    resolver: Watched, dns: Dns
) -> None:
    dns.answers["bad.example"] = UnicodeError("label too long")
    found = await resolver.resolve("bad.example")
    assert found == Failure(Reason.RESOLVE, "bad.example: label too long")


@pytest.mark.parametrize(
    ("answers", "source", "chosen"),
    [
        (["2001:db8::1", "192.0.2.1"], None, "192.0.2.1"),
        (["2001:db8::1"], None, "2001:db8::1"),
        (["192.0.2.1", "2001:db8::1"], "2001:db8::9", "2001:db8::1"),
        (["2001:db8::1", "192.0.2.1"], "192.0.2.9", "192.0.2.1"),
    ],
)
async def test_ipv4_is_preferred_unless_the_source_says_otherwise(
    resolver: Watched, dns: Dns, answers: list[str], source: str | None, chosen: str
) -> None:
    dns.answers[NAME] = answers
    via = Via(source=source) if source else NO_VIA
    assert await resolver.resolve(NAME, via) == chosen


async def test_a_name_without_an_address_of_the_sources_family_says_so(resolver: Watched, dns: Dns) -> None:
    dns.answers[NAME] = ["192.0.2.1"]
    found = await resolver.resolve(NAME, Via(source="2001:db8::9"))
    assert found == Failure(Reason.RESOLVE, f"{NAME} has no IPv6 address, which source 2001:db8::9 needs")


async def test_one_look_up_serves_both_families(resolver: Watched, dns: Dns) -> None:
    dns.answers[NAME] = ["192.0.2.1", "2001:db8::1"]
    assert await resolver.resolve(NAME) == "192.0.2.1"
    assert resolver.current(NAME, Via(source="2001:db8::9")) == "2001:db8::1"
    assert dns.asked == [NAME]


async def test_a_thousand_hanging_names_delay_neither_a_literal_nor_a_known_name(
    resolver: Watched, dns: Dns, clock: FakeClock
) -> None:
    before = lookup_threads()
    dns.answers[NAME] = ["192.0.2.1"]
    await resolver.resolve(NAME)
    for i in range(1000):
        resolver.current(f"hangs{i}.example")
    assert resolver.current("192.0.2.7") == "192.0.2.7"
    await clock.advance(60)
    assert resolver.current(NAME) == "192.0.2.1"
    mine = lookup_threads() - before
    assert 0 < len(mine) <= 20
    assert all(one.daemon for one in mine)


async def test_a_hanging_name_is_asked_once_however_often_it_is_wanted(
    resolver: Watched, dns: Dns, clock: FakeClock
) -> None:
    for _ in range(10):
        resolver.current("hangs.example")
        await clock.advance(60)
    dns.hang.set()
    await resolver.looked_up()
    assert dns.asked == ["hangs.example"]


async def test_names_that_failed_wait_in_a_lane_of_their_own(clock: FakeClock, dns: Dns) -> None:
    resolver = Watched(clock, lookup=dns, threads=1)
    resolver.finished = asyncio.Event()
    waiting = asyncio.create_task(resolver.resolve("hangs.example"))
    await asyncio.sleep(0)
    dns.hang.set()
    await waiting  # it failed, slowly
    dns.hang.clear()
    await clock.advance(10)
    resolver.current("hangs.example")  # hangs again, in the slow lane
    dns.answers[NAME] = ["192.0.2.1"]
    assert await resolver.resolve(NAME) == "192.0.2.1"
    dns.hang.set()
    await resolver.aclose()


async def test_a_look_up_that_ends_after_the_loop_has_gone_hurts_nobody(clock: FakeClock, dns: Dns) -> None:
    async def ask() -> None:
        resolver = SystemResolver(clock, lookup=dns)
        resolver.current("hangs.example")
        await resolver.aclose()

    before = lookup_threads()
    await asyncio.to_thread(asyncio.run, ask())
    (thread,) = lookup_threads() - before
    dns.hang.set()
    thread.join(5)
    assert not thread.is_alive()


async def test_aclose_lets_every_thread_go(clock: FakeClock, dns: Dns) -> None:
    before = lookup_threads()
    resolver = SystemResolver(clock, lookup=dns)
    await asyncio.gather(*(resolver.resolve(f"n{i}.example") for i in range(8)))
    mine = lookup_threads() - before
    await resolver.aclose()
    for thread in mine:
        thread.join(5)
        assert not thread.is_alive()


async def test_gateway_is_the_default_gateway_and_follows_the_routes_at_once(
    resolver: Watched, clock: FakeClock, gateways: dict[str | None, Sequence[str]]
) -> None:
    gateways[None] = ["10.0.0.1", "fe80::1%eth0"]
    assert await resolver.resolve("gateway") == "10.0.0.1"
    assert resolver.current("gateway", Via(source="2001:db8::9")) == "fe80::1%eth0"
    gateways[None] = ["10.0.1.1"]
    assert await refreshed(resolver, clock, "gateway") == "10.0.1.1"
    gateways[None] = []
    assert await refreshed(resolver, clock, "gateway") == Failure(
        Reason.LOCAL, "this host has no default gateway"
    )


async def test_gateway_honours_the_interface(
    resolver: Watched, gateways: dict[str | None, Sequence[str]]
) -> None:
    gateways[None], gateways["eth1"] = ["10.0.0.1"], ["203.0.113.1"]
    assert await resolver.resolve("gateway", Via(interface="eth1")) == "203.0.113.1"
    assert await resolver.resolve("gateway") == "10.0.0.1"


@pytest.mark.parametrize(
    ("interface", "gateway"),
    [(None, "203.19.113.1"), ("eth0", "192.0.2.1"), ("eth1", "203.19.113.1"), ("eth2", None), ("no", None)],
)
def test_the_ipv4_gateway_of_the_lowest_metric_is_read(interface: str | None, gateway: str | None) -> None:
    assert ipv4_gateway(ROUTES, interface) == gateway


@pytest.mark.parametrize(
    ("interface", "gateway"),
    [(None, "fe80::1%eth1"), ("eth0", "2001:db8::1"), ("lo", None)],
)
def test_a_link_local_ipv6_gateway_keeps_its_zone(interface: str | None, gateway: str | None) -> None:
    assert ipv6_gateway(ROUTES_IPV6, interface) == gateway


def test_the_kernels_tables_are_read_ipv4_first_and_ipv6_where_it_exists(tmp_path: Path) -> None:
    (tmp_path / "route").write_text(ROUTES)
    assert system_gateways("eth0", tmp_path) == ["192.0.2.1"]
    (tmp_path / "ipv6_route").write_text(ROUTES_IPV6)
    assert system_gateways("eth0", tmp_path) == ["192.0.2.1", "2001:db8::1"]
    assert all(map(ip_address, system_gateways(None)))


@pytest.mark.parametrize("read", [ipv4_gateway, ipv6_gateway])
@given(text=st.text() | st.text(alphabet="0123456789abcdefF \t\n", max_size=400))
def test_no_table_makes_a_gateway_reader_raise(read: Callable[[str], str | None], text: str) -> None:
    found = read(text)
    assert found is None or ip_address(found)


def test_the_systems_resolver_finds_this_host() -> None:
    assert set(system_lookup("localhost")) <= {"127.0.0.1", "::1"}
    assert system_lookup("localhost")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1%eth0"),
        ("PE.Example.NET", "pe.example.net"),
        ("example.net.", "example.net."),
        ("_sip._tcp.example.net", "_sip._tcp.example.net"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("gateway", "gateway"),
    ],
)
def test_a_host_is_kept_in_one_form(written: str, kept: str) -> None:
    assert check_host(written) == kept


@pytest.mark.parametrize(
    "written",
    ["", ".", "a b", "-a.example", "a-.example", "10.0.0.300", "10.1", "a..b", "http://a", "a/b", "0.0.0.0",
     "::", "224.0.0.1", "ff02::1", "x" * 64, ".".join(["x" * 60] * 5), "a\n"],
)  # fmt: skip
def test_what_cannot_be_a_host_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="not"):
        check_host(written)


@given(st.text(max_size=80))
def test_any_text_is_a_host_in_one_form_or_a_valueerror(text: str) -> None:
    try:
        kept = check_host(text)
    except ValueError:
        return
    assert check_host(kept) == kept
