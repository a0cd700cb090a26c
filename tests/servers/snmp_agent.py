"""SNMP agents of our own: as many as there are loopback addresses, with values and faults by order.

An agent speaks v2c. What it holds is a map of OIDs to encoded values, or to functions that give one,
so that counters can move. `faults` turn a proper answer into what a bad agent or a bad network makes
of it; a held answer is sent when the test says so, hence nothing here ever waits for a clock.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import cast

from probes.snmp.ber import Oid, Reader, Tag, integer, object_identifier, octets, sequence, tlv
from probes.snmp.interfaces import COLUMNS, NAMES, SYS_UPTIME
from probes.snmp.message import PduType

COMMUNITY = b"only-for-tests"
Cell = bytes | Callable[[], bytes]
Fault = Callable[[bytes], Iterable[bytes]]
"""From a proper answer to the datagrams that leave instead."""

_COLUMN_TAGS = {
    "ifHCInOctets": Tag.COUNTER64,
    "ifHCOutOctets": Tag.COUNTER64,
    "ifSpeed": Tag.GAUGE32,
    "ifHighSpeed": Tag.GAUGE32,
    "ifAdminStatus": Tag.INTEGER,
    "ifOperStatus": Tag.INTEGER,
    "ifCounterDiscontinuityTime": Tag.TIMETICKS,
}
_ENDS = tlv(Tag.END_OF_MIB_VIEW, b"")
_NO_INSTANCE = tlv(Tag.NO_SUCH_INSTANCE, b"")


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked: `second` is GETBULK's max-repetitions."""

    kind: int
    request_id: int
    second: int
    oids: tuple[Oid, ...]

    @classmethod
    def read(cls, data: bytes) -> tuple[bytes, Question]:
        """Community and question of a v2c message."""
        reader = Reader(data).enter()
        reader.integer()
        word = reader.octets()
        kind, begin, end = reader.element()
        inside = Reader(data, begin, end)
        request_id, _, second = inside.integer(), inside.integer(), inside.integer()
        listed, oids = inside.enter(), []
        while listed.more:
            oids.append(listed.enter().object_identifier())
        return word, cls(kind, request_id, second, tuple(oids))


def counter(value: int, tag: int = Tag.COUNTER32) -> bytes:
    """A number of one of the types without a sign."""
    return integer(value, tag)


@dataclass
class Agent(asyncio.DatagramProtocol):
    """One agent. `port_of` gives an interface a row, `drop` takes it away."""

    cells: dict[Oid, Cell] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    """Used up one after another, one an answer; none left: it behaves."""
    most_varbinds: int = 1000
    """An answer of more is tooBig."""
    asked: list[Question] = field(default_factory=list)
    held: list[Callable[[], None]] = field(default_factory=list)
    """Answers that `hold` kept back."""
    _order: list[Oid] = field(default_factory=list)
    _last_asker: tuple[str, int] = ("", 0)
    _transport: asyncio.DatagramTransport | None = None

    def port_of(
        self, index: int, name: str, *, descr: str = "", alias: str = "", **columns: Cell | int
    ) -> None:
        """Make or change an interface; `columns` are IF-MIB's names."""
        texts = {"ifName": name, "ifDescr": descr or f"description of {name}", "ifAlias": alias}
        for column, text in texts.items():
            self.cells[*NAMES[column], index] = octets(text.encode())
        self.count(index, columns)

    def count(self, index: int, columns: Mapping[str, Cell | int]) -> None:
        """Set what an interface counts and says of itself, by IF-MIB's names."""
        for column, value in columns.items():
            tag = _COLUMN_TAGS.get(column, Tag.COUNTER32)
            self.cells[*COLUMNS[column], index] = integer(value, tag) if isinstance(value, int) else value
        self._order.clear()

    def drop(self, index: int, *columns: str) -> None:
        """Take columns of an interface away, or the whole row."""
        for column, oid in {**NAMES, **COLUMNS}.items():
            if not columns or column in columns:
                self.cells.pop((*oid, index), None)
        self._order.clear()

    def uptime(self, ticks: int) -> None:
        """Set sysUpTime, in hundredths of a second."""
        self.cells[SYS_UPTIME] = integer(ticks, Tag.TIMETICKS)
        self._order.clear()

    def hold(self, answer: bytes) -> Iterable[bytes]:
        """A fault: the answer waits in `held`."""
        address = self._last_asker
        self.held.append(lambda: self._send(answer, address))
        return ()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        word, question = Question.read(data)
        if word != COMMUNITY:
            return
        self.asked.append(question)
        self._last_asker = addr
        answer = self._answer(question)
        fault = self.faults.pop(0) if self.faults else None
        for datagram in fault(answer) if fault else (answer,):
            self._send(datagram, addr)

    def _send(self, datagram: bytes, address: tuple[str, int]) -> None:
        assert self._transport is not None
        self._transport.sendto(datagram, address)

    def _answer(self, question: Question) -> bytes:
        if question.kind == PduType.GET:
            found = [(oid, self._cell(oid)) for oid in question.oids]
        else:
            found = self._after(question.oids[0], question.second)
        if len(found) > self.most_varbinds:
            return message(question.request_id, (), status=1)
        return message(question.request_id, found)

    def _cell(self, oid: Oid) -> bytes:
        cell = self.cells.get(oid, _NO_INSTANCE)
        return cell if isinstance(cell, bytes) else cell()

    def _after(self, oid: Oid, count: int) -> list[tuple[Oid, bytes]]:
        if not self._order:
            self._order = sorted(self.cells)
        begin = bisect_right(self._order, oid)
        found = [(one, self._cell(one)) for one in self._order[begin : begin + count]]
        return found or [(oid, _ENDS)]


def message(request_id: int, varbinds: Iterable[tuple[Oid, bytes]], status: int = 0, index: int = 0) -> bytes:
    """An answer of v2c."""
    listed = sequence(*(sequence(object_identifier(oid), value) for oid, value in varbinds))
    pdu = tlv(PduType.RESPONSE, integer(request_id) + integer(status) + integer(index) + listed)
    return sequence(integer(1), octets(COMMUNITY), pdu)


def silence(_: bytes) -> Iterable[bytes]:
    """The answer is lost."""
    return ()


def doubled(answer: bytes) -> Iterable[bytes]:
    """The answer comes twice."""
    return answer, answer


def truncated(answer: bytes) -> Iterable[bytes]:
    """Half of the answer comes."""
    return (answer[: len(answer) // 2],)


def of_another_id(answer: bytes) -> Iterable[bytes]:
    """The answer to another request comes."""
    _, question = _as_answer(answer)
    return (answer.replace(integer(question), integer(question ^ 1), 1),)


def after_strangers(answer: bytes) -> Iterable[bytes]:
    """Garbage and another's answer come first."""
    return (b"\x30\x84garbage", b"", *of_another_id(answer), answer)


def flood(answer: bytes) -> Iterable[bytes]:
    """Hundreds of answers to other requests come, the right one behind them."""
    return (*[*of_another_id(answer)] * 300, answer)


def failing(status: int) -> Fault:
    """The agent answers with an error."""

    def fault(answer: bytes) -> Iterable[bytes]:
        return (message(_as_answer(answer)[1], (), status),)

    return fault


def saying(varbinds: Sequence[tuple[Oid, bytes]]) -> Fault:
    """The agent answers something else."""

    def fault(answer: bytes) -> Iterable[bytes]:
        return (message(_as_answer(answer)[1], varbinds),)

    return fault


def _as_answer(answer: bytes) -> tuple[bytes, int]:
    """Community and request id."""
    reader = Reader(answer).enter()
    reader.integer()
    word = reader.octets()
    return word, reader.enter(PduType.RESPONSE).integer()


def _same(agent: Agent) -> Agent:
    return agent


@asynccontextmanager
async def answering(
    agents: Sequence[Agent], addresses: Sequence[str] = ("127.0.0.1",), port: int = 0
) -> AsyncIterator[int]:
    """Each agent on its address; gives the port of the last (ask for one port for all, or for one agent)."""
    loop = asyncio.get_running_loop()
    transports = []
    try:
        for agent, address in zip(agents, addresses, strict=True):
            transport, _ = await loop.create_datagram_endpoint(partial(_same, agent), (address, port))
            transports.append(transport)
        yield transports[-1].get_extra_info("sockname")[1]
    finally:
        for transport in transports:
            transport.close()
        await asyncio.sleep(0)
