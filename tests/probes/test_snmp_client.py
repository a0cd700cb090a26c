"""The client against an agent that answers late, twice, in halves, as another, or not at all."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from probes.clock import NS_PER_SECOND, SystemClock
from probes.model import NO_VIA, Failure, Reason, Timing
from probes.snmp.ber import Oid, Tag, Value, integer
from probes.snmp.client import MOST_ASKED, Agent, Answer, UdpClient
from tests.probes.snmp_polls import FOREVER_SECONDS, SOON_SECONDS, community
from tests.servers import snmp_agent
from tests.servers.snmp_agent import (
    Fault,
    after_strangers,
    answering,
    doubled,
    failing,
    flood,
    of_another_id,
    saying,
    silence,
    truncated,
)

CLOCK = SystemClock()
ONE: Oid = (1, 3, 6, 1, 4, 1, 99999, 1, 0)
OTHER: Oid = (1, 3, 6, 1, 4, 1, 99999, 2, 0)


class Asking:
    """A client and the agent that it asks."""

    def __init__(self, agent: snmp_agent.Agent, client: UdpClient, who: Agent) -> None:
        self.agent = agent
        self.client = client
        self.who = who

    async def get(self, *oids: Oid, seconds: float = FOREVER_SECONDS) -> Answer | Failure:
        """One question."""
        deadline = CLOCK.now().plus(round(seconds * NS_PER_SECOND))
        return await self.client.get(self.who, oids or (ONE,), deadline)

    async def refusal(self, *faults: Fault) -> Failure:
        """What comes of a question that is answered so, and not otherwise."""
        self.agent.faults = list(faults)
        answer = await self.get(seconds=SOON_SECONDS)
        assert isinstance(answer, Failure)
        return answer


@asynccontextmanager
async def asking(word: str = "only-for-tests") -> AsyncIterator[Asking]:
    """A client and an agent with two numbers."""
    agent = snmp_agent.Agent({ONE: integer(1), OTHER: integer(2)})
    client = UdpClient(CLOCK)
    async with answering([agent]) as port:
        try:
            yield Asking(agent, client, Agent("127.0.0.1", port, NO_VIA, community(word)))
        finally:
            client.close()


async def test_an_answer_holds_what_was_asked_for_in_this_order() -> None:
    async with asking() as one:
        missing = (1, 3, 6, 1, 9)
        answer = await one.get(OTHER, missing, ONE)
        assert isinstance(answer, Answer)
        assert answer.varbinds == (
            (OTHER, Value(Tag.INTEGER, 2)),
            (missing, Value(Tag.NO_SUCH_INSTANCE, None)),
            (ONE, Value(Tag.INTEGER, 1)),
        )
        assert answer.rtt > 0


async def test_the_rtt_is_the_kernels() -> None:
    async with asking() as one:
        for _ in range(50):  # the kernel begins to stamp with a delay
            answer = await one.get()
            if isinstance(answer, Answer) and answer.timing is Timing.KERNEL:
                break
        assert isinstance(answer, Answer)
        assert answer.timing is Timing.KERNEL


@pytest.mark.parametrize("fault", [doubled, after_strangers])
async def test_the_right_answer_counts_whatever_comes_beside_it(fault: Fault) -> None:
    async with asking() as one:
        one.agent.faults = [fault]
        assert isinstance(await one.get(), Answer)
        assert isinstance(await one.get(), Answer)


@pytest.mark.parametrize(
    ("fault", "reason", "says"),
    [
        (
            silence,
            Reason.TIMEOUT,
            "does not know the community is silent, too",
        ),
        (truncated, Reason.PROTOCOL, "answers can't be read: an element of"),
        (of_another_id, Reason.PROTOCOL, "answers carry the id of another request"),
        (flood, Reason.PROTOCOL, "answers carry the id of another request"),
        (saying([(OTHER, integer(1))]), Reason.PROTOCOL, "about other OIDs than were asked for"),
        (saying([]), Reason.PROTOCOL, "about other OIDs than were asked for"),
        (saying([(ONE, integer(1))] * 9), Reason.PROTOCOL, "more than the 1 variables that were asked for"),
        (failing(5), Reason.PROTOCOL, "the agent answers genErr"),
        (failing(77), Reason.PROTOCOL, "the agent answers error 77"),
        (failing(16), Reason.AUTH, "authorizationError: this asker may not see it"),
        (failing(1), Reason.PROTOCOL, "even one value would be too big"),
    ],
)
async def test_an_answer_that_is_none_is_a_reason(fault: Fault, reason: Reason, says: str) -> None:
    async with asking() as one:
        failure = await one.refusal(fault)
        assert failure.reason is reason
        assert says in failure.detail


async def test_a_flood_of_wrong_answers_is_given_up_before_the_deadline() -> None:
    async with asking() as one:
        one.agent.faults = [flood]
        assert isinstance(await one.get(seconds=FOREVER_SECONDS), Failure)


async def test_a_late_answer_is_nobodys() -> None:
    async with asking() as one:
        assert (await one.refusal(one.agent.hold)).reason is Reason.TIMEOUT
        one.agent.cells[ONE] = integer(5)
        one.agent.held.pop()()
        answer = await one.get()
        assert isinstance(answer, Answer)
        assert answer.varbinds[0][1].content == 5


async def test_an_answer_that_would_be_too_big_is_asked_for_in_halves() -> None:
    async with asking() as one:
        one.agent.most_varbinds = 5
        oids = [(1, 3, 6, 1, 4, 1, 99999, 3, n) for n in range(13)]
        one.agent.cells = {oid: integer(n) for n, oid in enumerate(oids)}
        answer = await one.get(*oids)
        assert isinstance(answer, Answer)
        assert [value.content for _, value in answer.varbinds] == list(range(13))
        one.agent.asked.clear()
        await one.get(*oids)
        assert max(len(question.oids) for question in one.agent.asked) <= 5


async def test_a_long_list_is_several_questions() -> None:
    async with asking() as one:
        oids = [(1, 3, 6, 1, 4, 1, 99999, 3, n) for n in range(MOST_ASKED + 1)]
        answer = await one.get(*oids)
        assert isinstance(answer, Answer)
        assert len(answer.varbinds) == MOST_ASKED + 1
        assert len(one.agent.asked) == 2


async def test_request_ids_are_not_to_be_guessed() -> None:
    async with asking() as one:
        for _ in range(20):
            await one.get()
        ids = {question.request_id for question in one.agent.asked}
        assert len(ids) == 20
        assert max(ids) - min(ids) > 2**24


async def test_a_wrong_community_looks_like_silence_and_says_so() -> None:
    async with asking("another word") as one:
        failure = await one.refusal()
        assert failure.reason is Reason.TIMEOUT
        assert "does not know the community" in failure.detail


async def test_a_closed_port_is_a_refusal_of_the_targets() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    client = UdpClient(CLOCK)
    who = Agent("127.0.0.1", port, NO_VIA, community())
    failure = await client.get(who, [ONE], CLOCK.now().plus(30 * NS_PER_SECOND))
    client.close()
    assert isinstance(failure, Failure)
    assert failure.reason in (Reason.REFUSED, Reason.LOCAL)  # the target is this host itself
    assert "port unreachable" in failure.detail


async def test_many_questions_at_once_do_not_mix() -> None:
    async with asking() as one:
        one.agent.cells = {(1, 3, 6, 1, 4, 1, 99999, n): integer(n) for n in range(100)}
        answers = await asyncio.gather(*(one.get((1, 3, 6, 1, 4, 1, 99999, n)) for n in range(100)))
        found = [answer.varbinds[0][1].content for answer in answers if isinstance(answer, Answer)]
        assert found == list(range(100))
