"""One target measured a few times, outside the daemon."""

from __future__ import annotations

import pytest

from collector import oneshot
from collector.oneshot import Request, Tally, measure
from probes.clock import Clock, Instant
from probes.model import NO_VIA, Failure, Outcome, ProbeOptions, Reason, Resolver, Round, Slot, Target, Via
from probes.values import Duration
from tests.clock import FakeClock

REQUEST = Request("made", "target", 3, Duration(1_000), Duration(500))


class Known:
    """Every name has an address."""

    def current(self, address: str, via: Via) -> str | Failure:
        return "127.0.0.1"

    async def resolve(self, address: str, via: Via = NO_VIA) -> str | Failure:
        return "127.0.0.1"


class Made:
    """Answers, but for a target that is called `broken`."""

    options = ProbeOptions

    def __init__(self, clock: Clock, resolver: Resolver) -> None:
        self.closed = False

    @classmethod
    def check_address(cls, address: str) -> str:
        return address

    async def run(self, target: Target, slot: Slot, deadline: Instant) -> Outcome:
        if target.address == "broken":
            raise RuntimeError("a defect")
        return Outcome(Round(0, slot.at_ms, slot.every_ms, 0, 1, 1, (10_000,)))

    async def aclose(self) -> None:
        self.closed = True


@pytest.fixture(autouse=True)
def made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oneshot, "probe_kind", lambda kind: Made)


async def test_as_many_rounds_come_as_were_asked_for_one_each_interval() -> None:
    rounds = [one.round async for one in measure(REQUEST, FakeClock(autojump=True), Known())]
    first = rounds[0]
    assert first is not None
    assert [one.at_ms - first.at_ms for one in rounds if one] == [0, 1_000, 2_000]


async def test_a_probe_that_fails_ends_the_measurement_with_its_fault() -> None:
    request = Request("made", "broken", 3, Duration(1_000), Duration(500))
    with pytest.raises(RuntimeError, match="a defect"):
        _ = [one async for one in measure(request, FakeClock(autojump=True), Known())]


def test_a_tally_says_loss_and_spread_and_nothing_that_was_not_measured() -> None:
    tally = Tally()
    assert (tally.loss_percent, tally.seconds()) == (None, {})
    for rtts in ((10_000,), (30_000,), (None,)):
        received = 1 - rtts.count(None)
        tally.add(Round(0, 0, 1_000, 0, 1, received, rtts, Reason.NONE))
    assert tally.loss_percent == pytest.approx(100 / 3)
    assert tally.seconds() == {"min": 0.001, "mean": 0.002, "median": 0.001, "max": 0.003, "jitter": 0.002}
