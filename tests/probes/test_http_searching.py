"""A regex is searched in a process of its own, which does not outlive its second."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from probes.http import searching
from probes.http.expectations import Question
from probes.http.searching import Searcher
from probes.model import Failure, Reason
from probes.values import Duration

ENDLESS = Question("", r"(a+)+b", b"a" * 60)
PLAIN = Question("", r"w.ll", "überall is well".encode())
MINUTE = 60.0
PATIENT = Duration(60_000)


def pid_of(searcher: Searcher) -> int:
    assert searcher._child is not None
    return searcher._child[0].pid


async def test_what_is_there_is_found_and_what_is_not_is_not() -> None:
    searcher = Searcher(PATIENT)
    asked = [PLAIN, Question("Server", "^nginx$", b"apache"), Question("", "ü", b"\xff\xc3\xbc\n" * 100_000)]
    found = await searcher.search(asked, MINUTE)
    assert found == {("", "w.ll"): True, ("Server", "^nginx$"): False, ("", "ü"): True}
    searcher.close()


async def test_nothing_is_started_before_it_is_needed_and_then_once() -> None:
    searcher = Searcher(PATIENT)
    assert searcher._child is None
    await searcher.search([PLAIN], MINUTE)
    first = pid_of(searcher)
    await searcher.search([PLAIN], MINUTE)
    assert pid_of(searcher) == first
    searcher.close()
    assert not Path(f"/proc/{first}").exists()


async def test_a_regex_without_an_end_is_ended_and_the_next_is_searched() -> None:
    searcher = Searcher(Duration(200))
    failure = await searcher.search([ENDLESS], MINUTE)
    assert failure == Failure(
        Reason.LOCAL, "the regexes of expect were not through 60 bytes in 0.2 s: make them simpler"
    )
    assert searcher._child is None
    searcher = Searcher(PATIENT)
    assert await searcher.search([PLAIN], MINUTE) == {("", "w.ll"): True}
    searcher.close()


async def test_the_program_ends_itself_when_nobody_is_left_to_end_it() -> None:
    child, pipe = searching._start()
    await asyncio.get_running_loop().sock_sendall(
        pipe, b'{"seconds": 0.05, "regexes": ["(a+)+b"], "lengths": [60]}\n' + b"a" * 60
    )
    pipe.close()
    assert await asyncio.to_thread(child.wait, 60) == -14  # SIGALRM


async def test_questions_wait_for_each_other() -> None:
    searcher = Searcher(PATIENT)
    found = await asyncio.gather(*(searcher.search([PLAIN], MINUTE) for _ in range(20)))
    assert found == [{("", "w.ll"): True}] * 20
    searcher.close()


async def test_who_never_has_a_turn_is_told_that_others_took_the_time() -> None:
    searcher = Searcher(PATIENT)
    async with searcher._turn:
        failure = await searcher.search([PLAIN], 0)
    assert failure == Failure(Reason.LOCAL, "the regexes of other probes left no time for those of expect")
    assert searcher._child is None


async def test_waiting_for_a_turn_is_not_held_against_a_search() -> None:
    searcher = Searcher(Duration(20))
    async with searcher._turn:
        asking = asyncio.create_task(searcher.search([PLAIN], MINUTE))
        assert await asyncio.wait([asking], timeout=0.1) == (set(), {asking})
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)


async def test_who_stops_waiting_leaves_no_answer_to_the_next() -> None:
    searcher = Searcher(PATIENT)
    asking = asyncio.create_task(searcher.search([ENDLESS], MINUTE))
    while searcher._child is None:
        await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await searcher.search([PLAIN], MINUTE) == {("", "w.ll"): True}
    searcher.close()


async def test_a_process_that_was_killed_is_our_own_fault_and_is_started_anew() -> None:
    searcher = Searcher(PATIENT)
    await searcher.search([PLAIN], MINUTE)
    os.kill(pid_of(searcher), 9)
    failure = await searcher.search([PLAIN], MINUTE)
    assert isinstance(failure, Failure)
    assert failure.reason is Reason.LOCAL
    assert failure.detail.startswith("the regexes of expect can't be searched: ")
    assert await searcher.search([PLAIN], MINUTE) == {("", "w.ll"): True}
    searcher.close()


async def test_a_process_that_cannot_be_started_is_our_own_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    failure = await Searcher(PATIENT).search([PLAIN], MINUTE)
    assert failure == Failure(
        Reason.LOCAL, "the regexes of expect can't be searched: No such file or directory"
    )
