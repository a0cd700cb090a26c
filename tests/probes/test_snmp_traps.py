"""Traps are taken from the agents that are polled, with the credentials that are theirs, and no others."""

from __future__ import annotations

import asyncio
import random
import socket
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.clock import SystemClock
from probes.snmp.credentials import Auth, Credentials, Privacy
from probes.snmp.traps import (
    AT_ONCE,
    LINK_DOWN,
    LINK_UP,
    LONGEST,
    LinkTrap,
    TrapListener,
    read_link,
    sender_of,
)
from probes.values import Secret
from tests.clock import FakeClock

COMMUNITY = Credentials(version="2c", community=Secret("c0mmunity"))
USER = Credentials(
    version=3,
    user="poller",
    auth=Auth(sha256=Secret("authentication")),
    privacy=Privacy(aes128=Secret("encryption")),
)
SECURE = [
    "-u",
    "poller",
    "-l",
    "authPriv",
    "-a",
    "SHA-256",
    "-A",
    "authentication",
    "-x",
    "AES",
    "-X",
    "encryption",
]
V2C = ["-v", "2c", "-c", "c0mmunity"]
DOWN, UP = ".".join(map(str, LINK_DOWN)), ".".join(map(str, LINK_UP))
IF = "1.3.6.1.2.1.2.2.1"
INDEX_7 = [f"{IF}.1.7", "i", "7"]
TRAP_OID = (1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0)
IF_ENTRY, IF_X_ENTRY = (1, 3, 6, 1, 2, 1, 2, 2, 1), (1, 3, 6, 1, 2, 1, 31, 1, 1, 1)


class Heard:
    """A listener on a free port of loopback, and what it heard."""

    def __init__(self, listener: TrapListener, port: int, traps: asyncio.Queue[LinkTrap]) -> None:
        self.listener, self.port, self.traps = listener, port, traps

    async def send(self, *words: str, inform: bool = False, code: int = 0) -> None:
        """net-snmp's own sender, run to its end."""
        to = f"127.0.0.1:{self.port}"
        options = [word for word in words if word]
        split = options.index("--")
        program = ["snmpinform", "-r", "0", "-t", "1"] if inform else ["snmptrap"]
        process = await asyncio.create_subprocess_exec(
            *program, *options[:split], to, *options[split + 1 :], stderr=subprocess.DEVNULL
        )
        assert await process.wait() == code

    def send_bytes(self, data: bytes) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(data, ("127.0.0.1", self.port))

    async def until(self, **figures: int) -> None:
        """Wait until the statistics say so."""
        while any(getattr(self.listener.statistics(), name) < figure for name, figure in figures.items()):
            await asyncio.sleep(0)


@asynccontextmanager
async def listening(
    *credentials: Credentials, known: Sequence[str] = ("127.0.0.1",), clock: FakeClock | None = None
) -> AsyncIterator[Heard]:
    traps: asyncio.Queue[LinkTrap] = asyncio.Queue()
    listener = TrapListener(clock or SystemClock(), credentials, known.__contains__, traps.put_nowait)
    _, port = await listener.open("127.0.0.1", 0)
    try:
        yield Heard(listener, port, traps)
    finally:
        await listener.aclose()


@pytest.mark.server("snmptrap")
@pytest.mark.parametrize(
    ("words", "kind"),
    [
        pytest.param(
            ["-v", "1", "-c", "c0mmunity", "--", "1.3.6.1.4.1.8072", "", "2", "0", "1"], "link_down", id="v1"
        ),
        pytest.param([*V2C, "--", "55", DOWN], "link_down", id="v2c"),
        pytest.param(["-v", "3", "-e", "0x80001f8880aabbccdd", *SECURE, "--", "55", UP], "link_up", id="v3"),
    ],
)
async def test_a_link_trap_of_any_version_is_heard(words: list[str], kind: str) -> None:
    async with listening(COMMUNITY, USER) as heard:
        given = ["127.0.0.1" if word == "" else word for word in words]
        await heard.send(*given, *INDEX_7, f"{IF}.2.7", "s", "Gi0/1", f"{IF}.8.7", "i", "2")
        trap = await asyncio.wait_for(heard.traps.get(), 10)
        assert trap == LinkTrap(kind, "127.0.0.1", 7, ("Gi0/1",), None, 2)


@pytest.mark.server("snmptrap")
@pytest.mark.parametrize("words", [V2C, ["-v", "3", *SECURE]], ids=["v2c", "v3"])
async def test_an_inform_is_answered(words: list[str]) -> None:
    async with listening(COMMUNITY, USER) as heard:
        await heard.send(*words, "--", "55", DOWN, *INDEX_7, inform=True)
        assert (await asyncio.wait_for(heard.traps.get(), 10)).if_index == 7


@pytest.mark.server("snmptrap")
@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["-v", "2c", "-c", "another"], id="community"),
        pytest.param(["-v", "3", "-e", "0x80001f8880aabbccdd", *SECURE[:-1], "another-key"], id="privacy"),
        pytest.param(
            ["-v", "3", "-e", "0x80001f8880aabbccdd", "-u", "stranger", "-l", "noAuthNoPriv"], id="user"
        ),
        pytest.param(
            ["-v", "3", "-e", "0x80001f8880aabbccdd", "-u", "poller", "-l", "noAuthNoPriv"], id="no keys"
        ),
    ],
)
async def test_a_trap_without_our_credentials_is_refused_and_the_next_is_heard(words: list[str]) -> None:
    async with listening(COMMUNITY, USER) as heard:
        await heard.send(*words, "--", "55", DOWN, *INDEX_7)
        await heard.until(refused=1)
        await heard.send(*V2C, "--", "55", UP, *INDEX_7)
        assert (await asyncio.wait_for(heard.traps.get(), 10)).kind == "link_up"
        assert heard.listener.statistics() == (1, 0, 0, 1)


async def test_what_comes_from_an_address_that_is_not_polled_is_not_even_read() -> None:
    async with listening(COMMUNITY, known=("192.0.2.1",)) as heard:
        heard.send_bytes(b"0")
        await heard.until(strange=1)
        assert heard.listener.statistics() == (0, 1, 0, 0)


async def test_of_a_flood_only_so_much_is_looked_at(clock: FakeClock) -> None:
    async with listening(COMMUNITY, clock=clock) as heard:
        for sent in range(AT_ONCE + 10):
            heard.send_bytes(b"\x30\x00")
            await heard.until(refused=min(sent + 1, AT_ONCE), too_many=sent + 1 - AT_ONCE)
        assert heard.listener.statistics() == (0, 0, 10, AT_ONCE)
        await clock.advance(1)
        heard.send_bytes(b"\x30\x00")
        await heard.until(refused=AT_ONCE + 1)


async def test_what_is_longer_than_a_frame_is_not_even_read(monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening(COMMUNITY) as heard:
        read = list[int]()

        def note(data: bytes) -> tuple[bytes, str]:
            read.append(len(data))
            return b"", ""

        monkeypatch.setattr("probes.snmp.traps.sender_of", note)
        for number, data in enumerate((bytes(LONGEST + 1), bytes(60_000), bytes(LONGEST)), 1):
            heard.send_bytes(data)
            await heard.until(refused=number)
        assert read == [LONGEST]


async def test_garbage_is_refused_and_ends_nothing() -> None:
    async with listening(COMMUNITY, USER) as heard:
        for number, data in enumerate(
            (b"", b"\x30", b"\x30\x84\xff\xff\xff\xff", b"\x30\x03\x02\x01\x03", bytes(2_000)), 1
        ):
            heard.send_bytes(data)
            await heard.until(refused=number)


@pytest.mark.server("snmptrap")
async def test_no_change_to_a_message_makes_the_listener_stumble() -> None:
    stumbled: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: stumbled.append(context))
    chance = random.Random(7)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(10)
        async with listening(COMMUNITY, USER) as heard:
            heard.port, port = sock.getsockname()[1], heard.port
            await heard.send("-v", "3", "-e", "0x80001f8880aabbccdd", *SECURE, "--", "55", UP, *INDEX_7)
            await heard.send(*V2C, "--", "55", DOWN, *INDEX_7)
            whole, heard.port = [sock.recv(2_000), sock.recv(2_000)], port
            for number in range(1, AT_ONCE):
                changed = bytearray(chance.choice(whole))
                for _ in range(chance.randrange(1, 4)):
                    changed[chance.randrange(len(changed))] = chance.randrange(256)
                heard.send_bytes(bytes(changed))
                while sum(heard.listener.statistics()) < number:
                    await asyncio.sleep(0)
    assert stumbled == []


@pytest.mark.parametrize(
    ("varbinds", "trap"),
    [
        ([(TRAP_OID, (1, 3, 6, 1, 6, 3, 1, 1, 5, 1))], None),
        ([], None),
        ([(TRAP_OID, LINK_UP)], LinkTrap("link_up", "a", None)),
        ([(TRAP_OID, LINK_DOWN), ((*IF_ENTRY, 1, 3), 3)], LinkTrap("link_down", "a", 3)),
        ([(TRAP_OID, LINK_DOWN), ((*IF_ENTRY, 8, 9), 2)], LinkTrap("link_down", "a", 9, (), None, 2)),
        (
            [
                (TRAP_OID, LINK_DOWN),
                ((*IF_ENTRY, 2, 3), "eth3"),
                ((*IF_X_ENTRY, 1, 3), "eth3"),
                ((*IF_X_ENTRY, 18, 3), "to acme"),
            ],
            LinkTrap("link_down", "a", 3, ("eth3", "to acme")),
        ),
        (
            [(TRAP_OID, LINK_DOWN), ((*IF_ENTRY, 2, 3), "x" * 9_000)],
            LinkTrap("link_down", "a", 3, ("x" * 255,)),
        ),
        (
            [(TRAP_OID, LINK_DOWN), ((*IF_ENTRY, 7, 3), 1), ((*IF_ENTRY, 8, 4), 2)],
            LinkTrap("link_down", "a", None, (), 1, 2),
        ),
    ],
)
def test_a_trap_says_which_link_by_number_or_name(
    varbinds: list[tuple[tuple[int, ...], int | str | tuple[int, ...]]], trap: LinkTrap | None
) -> None:
    assert read_link("a", varbinds) == trap


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_make_the_search_for_a_sender_fail(data: bytes) -> None:
    assert len(sender_of(data)[0]) <= 32
