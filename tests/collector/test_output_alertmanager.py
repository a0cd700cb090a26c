"""The real Alertmanager of Debian: what fires there, stays, and is resolved."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from collector.notices.notice import Event, Notice
from collector.outputs.alertmanager import Alertmanager
from collector.outputs.answers import Action, Do
from collector.outputs.wording import alert, labels
from config.outputs import AlertmanagerOutput
from probes.clock import Clock, SystemClock
from tests.clock import FakeClock
from tests.collector.notices import NOW_MS, about, began, breached, ended
from tests.servers import alertmanager as real

ACCEPT = Action(Do.ACCEPT)
CLOCK = SystemClock()


@asynccontextmanager
async def output(url: str, clock: Clock = CLOCK, **more: Any) -> AsyncIterator[Alertmanager]:  # noqa: ANN401
    settings = AlertmanagerOutput.model_validate({"url": url, **more})
    made = Alertmanager("noc", settings, clock)
    try:
        yield made
    finally:
        await made.aclose()


@pytest.fixture(scope="module")
def server() -> Iterator[real.Alertmanager]:
    with real.Alertmanager() as running:
        yield running


def firing(server: real.Alertmanager, prefix: str) -> dict[str, dict[str, Any]]:
    """The alerts of a test's own circuits, by circuit."""
    return {
        one["labels"]["circuit"]: one
        for one in server.alerts()
        if one["labels"].get("circuit", "").startswith(prefix)
    }


def now(circuit: str) -> Notice:
    return began(circuit, at_ms=CLOCK.now().wall_ms)


@pytest.mark.server("prometheus-alertmanager")
async def test_an_outage_fires_with_all_that_a_desk_needs_and_is_resolved(server: real.Alertmanager) -> None:
    async with output(server.url, labels={"team": "noc", "severity": "page"}) as made:
        assert await made.tell([now("one-a"), now("one-b"), breached("one-c")]) == ACCEPT
        found = firing(server, "one-")
        assert found["one-a"]["labels"] == {
            "alertname": "LinkledgerCircuitDown",
            "site": "lon-01",
            "carrier": "acme",
            "circuit": "one-a",
            "severity": "page",
            "team": "noc",
        }
        told = found["one-a"]["annotations"]
        assert (told["carrier_id"], told["account"], told["noc_phone"]) == (
            *("IZXX/123456/LON", "4711", "+44 20 7946 0000"),
        )
        assert "ruled out: our own network: our reference 10.0.0.1 answered" in told["description"]
        assert "portal" not in told
        assert found["one-c"]["labels"]["objective"] == "availability"
        over = ended("one-a", at_ms=CLOCK.now().wall_ms)
        assert await made.tell([over]) == ACCEPT
        assert set(firing(server, "one-")) == {"one-b", "one-c"}


@pytest.mark.server("prometheus-alertmanager")
async def test_a_re_send_keeps_its_start_and_moves_its_end(server: real.Alertmanager) -> None:
    clock = FakeClock()
    clock.step_wall((CLOCK.now().wall_ms - NOW_MS) / 1000)
    start = began("two", at_ms=clock.now().wall_ms)
    async with output(server.url, clock) as made:
        await made.tell([start])
        before = firing(server, "two")["two"]
        await clock.advance(60)
        assert await made.refresh([start]) == ACCEPT
    after = firing(server, "two")["two"]
    assert after["startsAt"] == before["startsAt"]
    ends = [datetime.fromisoformat(one["endsAt"]) for one in (before, after)]
    assert (ends[1] - ends[0]).total_seconds() == 60
    begins = datetime.fromisoformat(before["startsAt"])
    assert (ends[0] - begins).total_seconds() == 30 + 4 * 60


@pytest.mark.server("prometheus-alertmanager")
async def test_what_no_longer_stands_is_resolved_by_the_next_re_send(server: real.Alertmanager) -> None:
    async with output(server.url) as made:
        await made.refresh([now("three-a"), now("three-b")])
        assert set(firing(server, "three-")) == {"three-a", "three-b"}
        await made.refresh([now("three-b")])
        assert set(firing(server, "three-")) == {"three-b"}


@pytest.mark.server("prometheus-alertmanager")
async def test_a_breach_that_is_mended_before_its_first_re_send_is_resolved(
    server: real.Alertmanager,
) -> None:
    async with output(server.url) as made:
        await made.tell([breached("mended")])
        assert set(firing(server, "mended")) == {"mended"}
        await made.refresh([])
        assert firing(server, "mended") == {}


@pytest.mark.server("prometheus-alertmanager")
async def test_one_bad_alert_is_put_aside_and_not_sent_again(
    server: real.Alertmanager, monkeypatch: pytest.MonkeyPatch
) -> None:
    def with_a_bad_one(notice: Notice, extra: dict[str, str], ends_ms: int) -> dict[str, Any]:
        made = alert(notice, extra, ends_ms)
        return {**made, "labels": {"9": "x"}} if notice.about.circuit == "four-bad" else made

    monkeypatch.setattr("collector.outputs.alertmanager.alert", with_a_bad_one)
    some = [now("four-a"), now("four-bad"), now("four-b")]
    async with output(server.url) as made:
        action = await made.tell(some)
        assert (action.do, action.rejected) == (Do.ACCEPT, 1)
        assert "invalid name" in action.why
        assert await made.refresh(some) == ACCEPT
    assert set(firing(server, "four-")) == {"four-a", "four-b"}


@pytest.mark.server("prometheus-alertmanager")
async def test_it_fires_again_after_a_restart_of_the_alertmanager(server: real.Alertmanager) -> None:
    start = now("five")
    async with output(server.url) as made:
        await made.tell([start])
        server.stop(signal.SIGKILL)
        assert (await made.refresh([start])).do is Do.RETRY
        server.start()
        assert firing(server, "five") == {}
        assert await made.refresh([start]) == ACCEPT
    assert set(firing(server, "five")) == {"five"}


@pytest.mark.server("prometheus-alertmanager")
async def test_another_server_at_its_url_is_said(server: real.Alertmanager) -> None:
    async with output(f"{server.url}/wrong") as made:
        action = await made.refresh([])
    assert (action.do, action.why.endswith("check its `url`")) == (Do.HOLD, True)


@pytest.mark.parametrize(
    ("notices", "name"),
    [
        ([began()], "LinkledgerCircuitDown"),
        ([ended()], "LinkledgerCircuitDown"),
        ([breached()], "LinkledgerSlaBreach"),
    ],
)
def test_start_and_end_are_one_alert(notices: Sequence[Notice], name: str) -> None:
    made = [labels(one, {}) for one in notices]
    assert {one["alertname"] for one in made} == {name}
    assert labels(began(), {}) == labels(ended(), {})


def test_an_identifier_from_outside_stays_on_its_line() -> None:
    notice = replace(began(), about=about(carrier_id="X\nY: \u202ez", portal="a\r\nb"))
    told = alert(notice, {}, NOW_MS)["annotations"]
    assert (told["carrier_id"], told["portal"]) == ("X Y: z", "a b")


async def test_nobody_there_is_tried_again(free_port: Callable[[], int]) -> None:
    async with output(f"http://127.0.0.1:{free_port()}") as made:
        assert (await made.tell([began()])).do is Do.RETRY


def test_an_end_never_lies_before_its_start() -> None:
    made = alert(breached(), {}, NOW_MS)
    assert datetime.fromisoformat(made["startsAt"]) < datetime.fromisoformat(made["endsAt"])
    assert breached().event is Event.BREACH
