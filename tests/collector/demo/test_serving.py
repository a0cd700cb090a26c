"""A demo's page: served from its ledger, at its own time, and marked as made up."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import aiohttp
import pytest

from collector.circuits import Status
from collector.demo.making import Demo
from collector.demo.serving import MADE_UP, DemoServing
from collector.shown import Shown
from config.load import load
from config.settings import Settings

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("demo")]
PATIENCE_SECONDS = 60


async def asked(settings: Settings, *paths: str) -> list[tuple[int, str]]:
    """What a page answers, once its first sweep is through."""
    serving, stop, where = DemoServing(settings), asyncio.Event(), asyncio.get_running_loop().create_future()
    running = asyncio.create_task(serving.run(stop, where.set_result))
    try:
        async with asyncio.timeout(PATIENCE_SECONDS), aiohttp.ClientSession() as client:
            url = await where
            while not serving.shown.figures():
                await asyncio.sleep(0.05)
            found = []
            for path in paths:
                async with client.get(url + path) as answer:
                    found.append((answer.status, await answer.text()))
            return found
    finally:
        stop.set()
        await running


@pytest.fixture
def mine(demo: Demo, tmp_path: Path) -> Settings:
    """A copy of the demo: a sweep writes into it."""
    for path in (demo.config, demo.ledger):
        shutil.copy(path, tmp_path / path.name)
    return load(tmp_path / demo.config.name, environ={}).settings


def test_it_is_healthy_and_ready_says_what_it_is(mine: Settings) -> None:
    healthy, ready, page, metrics = asyncio.run(asked(mine, "/-/healthy", "/-/ready", "/", "/metrics"))
    assert healthy[0] == 200
    assert ready[0] == 503
    assert MADE_UP in ready[1]
    assert page[0] == 200
    assert "made up" in page[1]
    for name in mine.circuits:
        assert name in page[1]
    assert "linkledger_sla_availability_ratio{" in metrics[1]


def test_every_circuit_of_every_site_is_shown_as_the_ledger_has_it(settings: Settings) -> None:
    shown = Shown(settings, settings.ledger.path)
    shown.look()
    assert [one.circuit for one in shown.circuits()] == list(settings.circuits)
    assert all(one.status is Status.UP and one.contract and one.rtt_probes for one in shown.circuits())
    assert all((one.circuit, one.rtt_probes[0]) in shown.latest() for one in shown.circuits())
    assert all(one.sent and one.at_ms % one.every_ms == 0 for one in shown.latest().values())
    assert shown.ledger().bytes > 1_000_000
    assert (list(shown.figures()), list(shown.claims()), list(shown.outputs())) == ([], [], [])
