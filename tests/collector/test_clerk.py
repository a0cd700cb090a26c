"""The process that reads the ledger for the page."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from collector import clerk
from collector.clerk import Clerk, ClerkBusyError, Desk
from collector.ledger.errors import LedgerUnreadable
from config.load import load
from config.settings import Settings
from probes.clock import NS_PER_SECOND, Clock, Instant, SystemClock

pytestmark = pytest.mark.slow


class Wrist:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.at = Instant(1_000_000_000, 0)

    def now(self) -> Instant:
        return self.at

    def slept_ns(self) -> int:
        return 0

    async def sleep_until(self, mono_ns: int) -> None:
        raise AssertionError("nothing sleeps here")


def settings_of(tmp_path: Path, site: str = "lon-01") -> Settings:
    """A configuration of one circuit at `site`."""
    file = tmp_path / f"{site}.yaml"
    file.write_text(
        f"""
        site: {site}
        sites: {{{site}: {{timezone: UTC, reference: none}}}}
        carriers: {{acme: {{name: Acme}}}}
        circuits: {{one: {{carrier: acme, site: {site}, probes: {{pe: {{icmp: 127.0.0.1}}}}}}}}
        """
    )
    return load(file).settings


def _seen(desk: Desk, key: str) -> tuple[int, str, int, bool]:
    known = key in desk.kept
    desk.kept[key] = True
    return os.getpid(), desk.settings.site, desk.now.wall_ns, known


def _divided(desk: Desk, one: int, other: int) -> float:
    return one / other


def _die(desk: Desk) -> None:
    os._exit(9)


def _hang(desk: Desk) -> None:
    os.read(os.pipe()[0], 1)


def _series(desk: Desk) -> int:
    return len(desk.reader.series())


@asynccontextmanager
async def hired(settings: list[Settings], ledger: Path, clock: Clock) -> AsyncIterator[Clerk]:
    one = Clerk(lambda: settings[-1], ledger, clock)
    try:
        yield one
    finally:
        await one.close()


async def test_one_process_answers_all_questions_and_keeps_what_it_likes(tmp_path: Path) -> None:
    settings = [settings_of(tmp_path)]
    async with hired(settings, tmp_path / "ledger.db", Wrist()) as one:
        pid, site, at, known = await one.ask(_seen, "a")
        assert (site, at, known) == ("lon-01", 1_000_000_000, False)
        assert await one.ask(_seen, "a") == (pid, site, at, True)
        settings.append(settings_of(tmp_path, "par-01"))
        other, site, _, known = await one.ask(_seen, "a")
    assert other != pid
    assert (site, known) == ("par-01", False)


async def test_what_goes_wrong_is_told_to_who_asked_and_the_next_is_answered(tmp_path: Path) -> None:
    async with hired([settings_of(tmp_path)], tmp_path / "ledger.db", SystemClock()) as one:
        with pytest.raises(ZeroDivisionError):
            await one.ask(_divided, 1, 0)
        with pytest.raises(LedgerUnreadable, match="there is no ledger"):
            await one.ask(_series)
        with pytest.raises(ChildProcessError, match="ask for a shorter time"):
            await one.ask(_die)
        assert await one.ask(_divided, 1, other=4) == 0.25


async def test_who_goes_away_does_not_confuse_the_answers(tmp_path: Path) -> None:
    async with hired([settings_of(tmp_path)], tmp_path / "ledger.db", SystemClock()) as one:
        leaving = asyncio.create_task(one.ask(_divided, 1, 2))
        await asyncio.sleep(0)
        leaving.cancel()
        assert await one.ask(_divided, 1, 4) == 0.25


async def test_a_question_that_takes_too_long_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with hired([settings_of(tmp_path)], tmp_path / "ledger.db", SystemClock()) as one:
        await one.ask(_divided, 1, 4)
        monkeypatch.setattr(clerk, "LONGEST_SECONDS", 0.01)
        with pytest.raises(TimeoutError):
            await one.ask(_hang)
        monkeypatch.undo()
        assert await one.ask(_divided, 1, 4) == 0.25


async def test_one_question_too_many_is_turned_away(tmp_path: Path) -> None:
    async with hired([settings_of(tmp_path)], tmp_path / "ledger.db", SystemClock()) as one:
        waiting = [asyncio.create_task(one.ask(_divided, 1, 4)) for _ in range(clerk.WAITING)]
        await asyncio.sleep(0)
        with pytest.raises(ClerkBusyError):
            await one.ask(_divided, 1, 4)
        assert await asyncio.gather(*waiting) == [0.25] * clerk.WAITING


async def test_it_rests_when_nobody_asks(tmp_path: Path) -> None:
    wrist = Wrist()
    async with hired([settings_of(tmp_path)], tmp_path / "ledger.db", wrist) as one:
        pid, *_ = await one.ask(_seen, "a")
        wrist.at = wrist.at.plus(900 * NS_PER_SECOND)
        await one.rest()
        assert (await one.ask(_seen, "a"))[0] == pid
        wrist.at = wrist.at.plus(900 * NS_PER_SECOND + 1)
        await one.rest()
        assert (await one.ask(_seen, "a"))[0] != pid
