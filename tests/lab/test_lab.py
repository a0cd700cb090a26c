"""The lab tells the truth: measured with Debian's ping and fping, not with anything of ours."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from math import sqrt
from pathlib import Path
from random import Random
from statistics import quantiles

import pytest

from probes.clock import SystemClock
from tests.lab import Lab, netns
from tests.lab.carrier import Direction
from tests.lab.lab import Host
from tests.lab.wan import ROOT, Wan

FAR = "203.0.113.77"


@pytest.fixture
def line() -> Iterator[tuple[Host, Host, Wan]]:
    """Edge and far host joined by the WAN "acme", 203.0.113.0/24 behind it."""
    with Lab() as lab:
        edge, far = lab.host("edge"), lab.host("far")
        wan = lab.wan("acme", edge, far, seed=7)
        far.answer("203.0.113.0/24")
        edge.route("203.0.113.0/24", wan)
        yield edge, far, wan


def ping(host: Host, *options: str) -> tuple[int, int, float | None]:
    """(sent, received, quickest RTT in ms) of Debian's ping."""
    printed = host.run(["ping", "-q", "-n", *options, FAR], check=False).stdout
    counts = re.search(r"(\d+) packets transmitted, (\d+) received", printed)
    assert counts, printed
    quickest = re.search(r"= ([\d.]+)/[\d.]+/", printed)
    return int(counts[1]), int(counts[2]), float(quickest[1]) if quickest else None


@pytest.mark.slow
@pytest.mark.root
@pytest.mark.server("iputils-ping")
@pytest.mark.parametrize("delay_ms", [0, 2, 20])
def test_an_rtt_is_never_less_than_twice_the_delay_and_can_be_that(
    line: tuple[Host, Host, Wan], delay_ms: int
) -> None:
    edge, _, wan = line
    wan.set(delay_ms=delay_ms)
    sent, received, quickest = ping(edge, "-c", "60", "-i", "0.02")
    assert (sent, received) == (60, 60)
    # A busy machine makes many of them longer, and so their mean, but not all sixty.
    assert quickest is not None
    assert 2 * delay_ms <= quickest <= 2 * delay_ms + 0.5


@pytest.mark.slow
@pytest.mark.root
@pytest.mark.server("iputils-ping")
def test_jitter_spreads_the_rtt_and_leaves_its_mean(line: tuple[Host, Host, Wan]) -> None:
    edge, _, wan = line
    wan.set(delay_ms=10, jitter_ms=4)
    printed = edge.run(["ping", "-n", "-c", "100", "-i", "0.02", FAR]).stdout
    rtts = [float(figure) for figure in re.findall(r"time=([\d.]+) ms", printed)]
    first, middle, third = quantiles(rtts, n=4)  # a busy machine makes some longer, but not half of them
    assert min(rtts) >= 12
    assert middle == pytest.approx(20, abs=1.5)
    assert third - first == pytest.approx(16 * (1 - sqrt(1 / 2)), abs=2)  # two even spreads of +-4 ms


@pytest.mark.slow
@pytest.mark.root
@pytest.mark.server("fping")
def test_loss_is_within_its_binomial_bounds_and_counted_exactly(line: tuple[Host, Host, Wan]) -> None:
    edge, _, wan = line
    wan.set(way="there", loss=0.1)
    count = 600
    printed = edge.run(["fping", "-q", "-c", str(count), "-p", "2", "-t", "100", FAR], check=False).stderr
    match = re.search(r"= (\d+)/(\d+)/", printed)
    assert match, printed
    sent, received = int(match[1]), int(match[2])
    there, back = wan.counts()
    assert (there.entered, there.lost) == (sent, sent - received)
    assert (back.entered, back.lost, back.delivered) == (received, 0, received)
    assert abs(there.lost - 0.1 * count) <= 4 * sqrt(count * 0.1 * 0.9)


@pytest.mark.slow
@pytest.mark.root
@pytest.mark.server("iputils-ping")
def test_nothing_crosses_between_cut_and_restore(line: tuple[Host, Host, Wan]) -> None:
    edge, _, wan = line
    before = SystemClock().now().wall_ms
    cut_ms = wan.cut()
    assert before <= cut_ms <= SystemClock().now().wall_ms
    assert ping(edge, "-c", "5", "-i", "0.02", "-W", "0.2") == (5, 0, None)
    assert wan.counts()[0].cut == 5
    assert wan.restore() > cut_ms
    assert ping(edge, "-c", "5", "-i", "0.02")[1] == 5


@pytest.mark.slow
@pytest.mark.root
@pytest.mark.server("iputils-ping")
def test_a_cut_takes_what_is_on_its_way(line: tuple[Host, Host, Wan]) -> None:
    edge, _, wan = line
    wan.set(delay_ms=2_000)
    child = edge.popen(["ping", "-q", "-c", "3", "-i", "0.02", "-W", "1", FAR], stdout=subprocess.DEVNULL)
    while wan.counts()[0].entered < 3:
        assert child.poll() is None
    wan.cut()
    wan.restore()
    there, _ = wan.counts()
    assert (there.entered, there.cut, there.delivered) == (3, 3, 0)


@pytest.mark.slow
@pytest.mark.root
@pytest.mark.server("iputils-ping")
def test_duplicates_arrive_twice(line: tuple[Host, Host, Wan]) -> None:
    edge, _, wan = line
    wan.set(way="back", duplicate=1.0)
    assert "+9 duplicates" in edge.run(["ping", "-q", "-n", "-c", "10", "-i", "0.02", FAR]).stdout


@pytest.mark.root
def test_every_address_behind_the_line_answers(line: tuple[Host, Host, Wan]) -> None:
    edge, _, _ = line
    for last in (1, 128, 254):
        assert "1 received" in edge.run(["ping", "-q", "-c", "1", "-W", "1", f"203.0.113.{last}"]).stdout


@pytest.mark.root
def test_a_cable_can_be_pulled_and_a_router_forwards() -> None:
    with Lab() as lab:
        edge, gateway, far = lab.host("edge"), lab.router("gw"), lab.host("far")
        cable, wan = lab.link(edge, gateway), lab.wan("acme", gateway, far)
        far.answer("203.0.113.0/24")
        gateway.route("203.0.113.0/24", wan)
        gateway.route("198.51.100.0/24", cable)  # forgotten at the cut, there again after it
        edge.route("default", cable)
        far.route("default", wan)
        one = ["ping", "-q", "-c", "1", "-W", "1", FAR]
        assert edge.run(one, check=False).returncode == 0
        cable.cut()
        assert edge.run(one, check=False).returncode != 0
        cable.restore()
        assert "198.51.100.0/24" in gateway.ip("route", "show")
        assert edge.run([*one[:3], "3", *one[4:]], check=False).returncode == 0


@pytest.mark.root
def test_the_smallest_metric_wins_and_the_next_takes_over() -> None:
    with Lab() as lab:
        edge, far = lab.host("edge"), lab.host("far")
        first, second = lab.wan("acme", edge, far), lab.wan("beta", edge, far)
        far.answer("203.0.113.0/24")
        edge.route("203.0.113.0/24", first, metric=10)
        edge.route("203.0.113.0/24", second, metric=20)
        edge.run(["ping", "-q", "-c", "1", "-W", "1", FAR])
        edge.unroute("203.0.113.0/24", first, metric=10)
        edge.run(["ping", "-q", "-c", "1", "-W", "1", FAR])
        assert [wan.counts()[0].entered for wan in (first, second)] == [1, 1]


@pytest.mark.root
def test_nothing_is_left_behind_also_after_an_error() -> None:
    mine = f"{netns.PREFIX}{os.getpid()}-"

    def fail_in_the_middle() -> None:
        with Lab() as lab:
            edge, far = lab.host("edge"), lab.host("far")
            lab.wan("acme", edge, far)
            assert len(list(netns.RUN.glob(f"{mine}*"))) == 2
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        fail_in_the_middle()
    assert not list(netns.RUN.glob(f"{mine}*"))


@pytest.mark.slow
@pytest.mark.root
def test_the_next_lab_removes_what_a_killed_one_left() -> None:
    script = """
        from tests.lab import Lab
        lab = Lab()
        lab.wan("acme", lab.host("edge"), lab.host("far"))
        print("ready", flush=True)
        input()
    """
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        left = list(netns.RUN.glob(f"{netns.PREFIX}{child.pid}-*"))
        assert len(left) == 2
        child.send_signal(signal.SIGKILL)
    with Lab():
        assert not any(name.exists() for name in left)


def way(**settings: float) -> Direction:
    """A direction of no device, its dice seeded."""
    return Direction(out=-1, dice=Random(1), **settings)  # type: ignore[arg-type]


def test_jitter_alone_keeps_the_order() -> None:
    direction = way(delay_ms=5, jitter_ms=5)
    out = [moment for now in range(0, 10_000_000, 100_000) for moment in direction.moments(now, 84)]
    assert out == sorted(out)


def test_a_reordered_packet_overtakes_those_on_their_way() -> None:
    direction = way(delay_ms=5)
    slow = direction.moments(0, 84)
    direction.reorder = 1.0
    assert direction.moments(1_000, 84) < slow


def test_a_rate_spaces_packets_by_their_length_and_drops_what_waits_over_a_second() -> None:
    direction = way(rate_bits=8_000)  # a byte a millisecond
    assert [direction.moments(0, 500), direction.moments(0, 500)] == [[500_000_000], [1_000_000_000]]
    assert direction.moments(0, 500) == [1_500_000_000]
    assert direction.moments(0, 500) == []
    assert direction.counts["overflowed"] == 1


def test_the_same_seed_loses_the_same_packets() -> None:
    first, second = way(loss=0.3), way(loss=0.3)
    assert [first.moments(now, 84) for now in range(200)] == [second.moments(now, 84) for now in range(200)]


def test_lab_names_carry_their_process() -> None:
    assert Path(netns.inside("lab1-1-edge", ["true"])[1].partition("=")[2]) == netns.RUN / "lab1-1-edge"
