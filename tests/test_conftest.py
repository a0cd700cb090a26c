"""The tests' own furniture: the fake clock and the rules for skips."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from probes.clock import NS_PER_SECOND
from tests.clock import START_MONO_NS, FakeClock
from tests.conftest import missing_server, servers

pytest_plugins = ["pytester"]


async def test_sleepers_wake_at_their_own_moment_in_order_of_time(clock: FakeClock) -> None:
    woken: list[tuple[str, int]] = []

    async def sleeper(name: str, seconds: int) -> None:
        await clock.sleep_until(START_MONO_NS + seconds * NS_PER_SECOND)
        woken.append((name, (clock.now().mono_ns - START_MONO_NS) // NS_PER_SECOND))

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(sleeper("late", 5))
        tasks.create_task(sleeper("early", 2))
        await clock.advance(3)
        assert woken == [("early", 2)]
        await clock.advance(10)
    assert woken == [("early", 2), ("late", 5)]
    assert clock.now().mono_ns == START_MONO_NS + 13 * NS_PER_SECOND


async def test_a_cancelled_sleeper_is_forgotten(clock: FakeClock) -> None:
    task = asyncio.create_task(clock.sleep_until(START_MONO_NS + 1))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert clock.next_wake is None


async def test_autojump_needs_nobody_to_advance_it() -> None:
    clock = FakeClock(autojump=True)
    for hour in range(1, 4):
        await clock.sleep_until(START_MONO_NS + hour * 3600 * NS_PER_SECOND)
    assert clock.now().mono_ns == START_MONO_NS + 3 * 3600 * NS_PER_SECOND


def test_a_wall_step_leaves_the_monotonic_half_alone(clock: FakeClock) -> None:
    before = clock.now()
    clock.step_wall(-3600)
    assert clock.now() - before == 0
    assert clock.now().wall_ns == before.wall_ns - 3600 * NS_PER_SECOND


SKIPPING = """
import pytest

def test_skips():
    pytest.skip("no flux capacitor")

@pytest.mark.xfail(reason="known")
def test_expected():
    assert False
"""


@pytest.mark.parametrize(("ci", "failed", "skipped"), [("true", 1, 0), ("", 0, 1)])
def test_a_skip_is_a_failure_where_ci_is_true(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, ci: str, failed: int, skipped: int
) -> None:
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
    pytester.makepyfile(SKIPPING)
    result = pytester.runpytest_subprocess(
        "-p", "tests.conftest", "-p", "no:asyncio", "-p", "no:cacheprovider"
    )
    result.assert_outcomes(failed=failed, skipped=skipped, xfailed=1)
    if failed:
        result.stdout.fnmatch_lines(["*with CI=true a skip is a failure: *no flux capacitor*"])


def test_a_server_is_known_by_its_package_and_by_its_program() -> None:
    assert servers()["influxdb"] == servers()["influxd"] == ("influxdb", "influxd")


def test_a_missing_server_names_the_package_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.conftest.SBIN", "/nowhere")
    assert missing_server("snmpd") == "snmpd is missing: apt-get install snmpd"
