"""The last 24 hours of every circuit, asked for while anybody looks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest

from collector.clerk import Clerk, ClerkBusyError
from collector.ledger.errors import LedgerError
from collector.web import sparks
from collector.web.sparks import Lines, Sparks, each_spark
from tests.clock import FakeClock
from tests.collector.web.booked import Booked
from tests.collector.web.desks import desk
from tests.collector.web.estate import Estate

FIRST: Lines = {"lon-acme": ("M0 8h47", "")}
SECOND: Lines = {"lon-acme": ("M0 9h47", "M3 16v-2")}


class Answers:
    """A clerk that gives what it is told to, or raises it."""

    def __init__(self, *answers: Lines | Exception) -> None:
        self.answers = list(answers)
        self.asked = 0
        self.ready = asyncio.Event()
        self.ready.set()

    async def ask(self, work: Callable[..., Any]) -> Lines:
        assert work is each_spark
        self.asked += 1
        await self.ready.wait()
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def looked_up(clock: FakeClock, clerk: Answers) -> Sparks:
    return Sparks(replace(Estate(clock).parts(), clerk=cast(Clerk, clerk)))


async def test_it_is_asked_once_and_again_after_five_minutes(clock: FakeClock) -> None:
    clerk = Answers(FIRST, SECOND)
    looking = looked_up(clock, clerk)
    assert [await looking.newest(), await looking.newest()] == [FIRST, FIRST]
    await clock.advance(300)
    assert await looking.newest() is FIRST
    await clock.advance(1)
    await looking.newest()
    await asyncio.sleep(0)
    assert await looking.newest() is SECOND
    assert clerk.asked == 2


async def test_a_page_does_not_wait_for_a_slow_answer(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sparks, "PATIENCE_SECONDS", 0)
    clerk = Answers(FIRST)
    clerk.ready.clear()
    looking = looked_up(clock, clerk)
    assert [await looking.newest(), await looking.newest()] == [{}, {}]
    assert clerk.asked == 1
    clerk.ready.set()
    for _ in range(3):
        await asyncio.sleep(0)
    assert await looking.newest() is FIRST


@pytest.mark.parametrize(
    "trouble", [LedgerError("no ledger"), ClerkBusyError(), TimeoutError(), ChildProcessError("killed")]
)
async def test_without_an_answer_the_old_lines_stay(clock: FakeClock, trouble: Exception) -> None:
    looking = looked_up(clock, Answers(FIRST, trouble, SECOND))
    assert await looking.newest() is FIRST
    await clock.advance(301)
    await looking.newest()
    await asyncio.sleep(0)
    assert await looking.newest() is FIRST
    await clock.advance(301)
    await looking.newest()
    await asyncio.sleep(0)
    assert await looking.newest() is SECOND


def test_at_the_clerks_every_circuit_that_has_rtts_gets_two_paths(booked: Booked) -> None:
    found = each_spark(desk(booked))
    assert set(found) <= set(booked.settings.circuits)
    assert found
    assert all(isinstance(line, str) and isinstance(loss, str) for line, loss in found.values())
