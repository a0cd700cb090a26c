"""Asks agents, over UDP: `SnmpClient` is what the probe sees, `UdpClient` does it.

Each question is sent once, from a socket of its own, connected to the agent: the kernel lets nothing
in from another address; a late answer to an earlier question finds nobody. Version, request id
and OIDs of an answer have to be those of the question; what is not an answer to it is let pass until
the deadline, and is the reason when nothing better comes.

There are two exceptions to "once", both inside the deadline: a v3 agent is first asked for its engine
(and again when it says that this changed), and an answer that would be too big is asked for in halves.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from secrets import randbelow
from typing import Protocol

from probes.clock import NS_PER_SECOND, Clock, Instant
from probes.failure import of_icmp, of_os_error
from probes.leave import leaving, open_socket, sockaddr
from probes.model import RTT_UNIT_NS, Failure, Reason, Timing, Via
from probes.snmp import message
from probes.snmp.ber import MalformedError, Oid, Value
from probes.snmp.credentials import Credentials
from probes.snmp.message import ERRORS, TOO_BIG, Pdu, community_message, read_community_message
from probes.snmp.usm import AgainError, RefusedError, StrangeError, User
from probes.stamped import StampedSocket, keep_stamping
from probes.stamps import Measured, measure

PAGE = 20
"""Rows of a table asked for at once: with names of usual length one unfragmented packet."""
MOST_ASKED = 32
"""Variables in one question."""
_MOST_ROUNDS = 4
"""Find out the engine, be told its time, ask; and one more for an engine that was swapped meanwhile."""
_MOST_STRAYS = 16
"""Datagrams that are no answer, after which a question is given up."""
_FORBIDDEN = (6, 16)
"""Errors noAccess and authorizationError."""
_DATAGRAM = 65_535

Varbinds = tuple[tuple[Oid, Value], ...]


@dataclass(frozen=True, slots=True)
class Agent:
    """Whom to ask, and as whom: `address` is an IP literal."""

    address: str
    port: int
    via: Via
    credentials: Credentials


@dataclass(frozen=True, slots=True)
class Answer:
    """Values, one for each OID asked for. `sent` is when the question left, `rtt` is in units of 100 ns."""

    varbinds: Varbinds
    sent: Instant
    rtt: int
    timing: Timing = Timing.MONOTONIC
    engine: tuple[bytes, int] | None = None
    """Which engine answered, and how often it has started (v3 tells)."""


class SnmpClient(Protocol):
    """Asks agents. A failure is a value; only cancellation is raised."""

    async def get(self, agent: Agent, oids: Sequence[Oid], deadline: Instant) -> Answer | Failure:
        """The values of `oids`, in this order; one that the agent lacks is there with its exception."""

    async def next_rows(self, agent: Agent, after: Oid, deadline: Instant) -> Answer | Failure:
        """Up to `PAGE` variables that follow `after`, in the agent's own order."""

    def keep(self, agents: set[Agent]) -> None:
        """Forget all agents but these."""

    def close(self) -> None:
        """Release what was opened."""


class _Community:
    """v2c: a word, in the clear."""

    def __init__(self, credentials: Credentials) -> None:
        self.answered_by = None
        self._word = credentials.community.reveal().encode() if credentials.community else b""

    async def ready(self) -> None:
        """Nothing to prepare."""

    def forget(self) -> None:
        """Nothing is known."""

    def pack(self, pdu: bytes, message_id: int, now: Instant) -> bytes:
        """The message with the question."""
        return community_message(self._word, pdu)

    def unpack(self, data: bytes, message_id: int, most: int, now: Instant) -> Pdu:
        """The answer in `data`; raises MalformedError or StrangeError."""
        word, pdu = read_community_message(data, most)
        if word != self._word:
            raise StrangeError(Reason.PROTOCOL, "answers carry another community")
        return pdu


class UdpClient:
    """The client of the daemon."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sessions: dict[Agent, _Community | User] = {}
        self._most_asked: dict[Agent, int] = {}
        self._stamping = keep_stamping()

    def keep(self, agents: set[Agent]) -> None:
        """Forget all agents but these."""
        for known in (self._sessions, self._most_asked):
            for agent in known.keys() - agents:
                del known[agent]

    def close(self) -> None:
        """Every question closes its own socket; one keeps the kernel stamping."""
        self._stamping.close()

    async def get(self, agent: Agent, oids: Sequence[Oid], deadline: Instant) -> Answer | Failure:
        """The values of `oids`; in smaller questions where an agent's answer would be too big."""
        parts = list[Answer]()
        at = 0
        while at < len(oids) or not parts:
            most = self._most_asked.get(agent, MOST_ASKED)
            some = oids[at : at + most]
            answer = await self._get_once(agent, some, deadline)
            if isinstance(answer, Answer):
                parts.append(answer)
                at += most
            elif answer is _TOO_BIG and len(some) > 1:
                self._most_asked[agent] = len(some) // 2
            else:
                return answer
        varbinds = tuple(one for part in parts for one in part.varbinds)
        return replace(parts[0], varbinds=varbinds)

    async def next_rows(self, agent: Agent, after: Oid, deadline: Instant) -> Answer | Failure:
        """A page of a table."""
        request_id = _random_id()
        pdu = message.get_bulk(request_id, after, PAGE)
        return await self._ask(agent, pdu, request_id, PAGE, deadline)

    async def _get_once(self, agent: Agent, oids: Sequence[Oid], deadline: Instant) -> Answer | Failure:
        request_id = _random_id()
        answer = await self._ask(agent, message.get(request_id, oids), request_id, len(oids), deadline)
        if isinstance(answer, Answer) and [oid for oid, _ in answer.varbinds] != list(oids):
            return Failure(Reason.PROTOCOL, "the answer is about other OIDs than were asked for")
        return answer

    async def _ask(
        self, agent: Agent, pdu: bytes, request_id: int, most: int, deadline: Instant
    ) -> Answer | Failure:
        """Ask, and once more whenever the answer taught what was missing."""
        session = self._sessions.get(agent) or self._sessions.setdefault(agent, _session(agent.credentials))
        failure = Failure(Reason.AUTH, "")
        for _ in range(_MOST_ROUNDS):
            await session.ready()
            exchange = _Exchange(self._clock, agent, session, pdu, request_id, most)
            try:
                return await exchange.run(deadline)
            except AgainError as again:
                failure = Failure(Reason.AUTH, str(again))
            except RefusedError as refused:
                return refused.failure
            except _UnansweredError as unanswered:
                session.forget()
                return unanswered.failure
        return failure


@dataclass(slots=True)
class _Exchange:
    """One datagram out, and what comes back."""

    clock: Clock
    agent: Agent
    session: _Community | User
    pdu: bytes
    request_id: int
    most: int
    strays: int = 0
    strange: Failure | None = None
    """What the last stray was."""

    async def run(self, deadline: Instant) -> Answer | Failure:
        """The answer; raises _UnansweredError, AgainError or RefusedError."""
        try:
            with open_socket(self.agent.address, self.agent.via, socket.SOCK_DGRAM) as sock:
                sock.connect(sockaddr(self.agent.address, self.agent.port))
                return await self._exchange(StampedSocket(sock), deadline)
        except OSError as error:
            failure = of_os_error(error)
            said = f"{leaving(self.agent.via)}{failure.detail}"
            raise _UnansweredError(Failure(failure.reason, said)) from error

    async def _exchange(self, sock: StampedSocket, deadline: Instant) -> Answer | Failure:
        message_id = _random_id()
        datagram = self.session.pack(self.pdu, message_id, self.clock.now())
        sent = self.clock.now()
        sock.send(datagram)
        answer = None
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0, deadline - sent) / NS_PER_SECOND):
                while answer is None:
                    await sock.readable()
                    answer = self._take(sock, message_id, sent)
        answer = answer or self._take(sock, message_id, sent)  # a busy event loop is no loss
        if answer is None or (isinstance(answer, Answer) and answer.rtt * RTT_UNIT_NS > deadline - sent):
            raise _UnansweredError(self.strange or Failure(Reason.TIMEOUT, silence(self.agent.credentials)))
        return answer

    def _take(self, sock: StampedSocket, message_id: int, sent: Instant) -> Answer | Failure | None:
        """The answer, if it has come; raises _UnansweredError, AgainError or RefusedError."""
        while self.strays < _MOST_STRAYS:
            arrival, read = sock.read(_DATAGRAM), self.clock.now()
            if sock.icmp is not None:
                raise _UnansweredError(of_icmp(sock.icmp, target=self.agent.address, own=sock.own))
            if arrival is None:
                return None
            try:
                pdu = self.session.unpack(arrival.data, message_id, self.most, read)
                return self._answer(pdu, sent, measure(sent, sock.left_ns, arrival.came_ns, read))
            except (StrangeError, MalformedError) as error:
                self.strays, self.strange = self.strays + 1, _strange(error)
        return self.strange

    def _answer(self, pdu: Pdu, sent: Instant, measured: Measured) -> Answer | Failure:
        if pdu.request_id != self.request_id:
            raise StrangeError(Reason.PROTOCOL, "answers carry the id of another request")
        if pdu.status == TOO_BIG:
            return _TOO_BIG
        if pdu.status:
            return _error(pdu)
        return Answer(pdu.varbinds, sent, measured.rtt, measured.timing, self.session.answered_by)


class _UnansweredError(Exception):
    """Nothing came that answers the question; `failure` says what came instead."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.detail)
        self.failure = failure


_TOO_BIG = Failure(Reason.PROTOCOL, "the agent says that even one value would be too big (tooBig)")


def _session(credentials: Credentials) -> _Community | User:
    return User(credentials) if credentials.version == 3 else _Community(credentials)


def _random_id() -> int:
    """31 bits that nobody can guess (RFC 3412 section 6.2 allows no sign)."""
    return randbelow(2**31 - 1) + 1


def silence(credentials: Credentials) -> str:
    """What no answer may mean, as a sentence."""
    if credentials.version != 3:
        return "no answer in time; an agent that does not know the community is silent, too"
    if credentials.privacy or credentials.context:
        return "no answer in time; an agent that can't decrypt or lacks the context is silent, too"
    return "no answer in time"


def _strange(error: StrangeError | MalformedError) -> Failure:
    if isinstance(error, StrangeError):
        return error.failure
    return Failure(Reason.PROTOCOL, f"answers can't be read: {error}")


def _error(pdu: Pdu) -> Failure:
    name = ERRORS.get(pdu.status, f"error {pdu.status}")
    about = ""
    if 0 < pdu.index <= len(pdu.varbinds):
        about = f" about {'.'.join(map(str, pdu.varbinds[pdu.index - 1][0]))}"
    if pdu.status in _FORBIDDEN:
        return Failure(Reason.AUTH, f"the agent answers {name}{about}: this asker may not see it")
    return Failure(Reason.PROTOCOL, f"the agent answers {name}{about}")
