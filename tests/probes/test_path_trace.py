"""What a trace asks next, and what it adds up to."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.clock import NS_PER_MS, Instant
from probes.failure import IcmpError
from probes.model import Reason, Slot, Target
from probes.path.marks import Answer, MplsLabel
from probes.path.options import PathOptions
from probes.path.report import conclude, sign
from probes.path.trace import Ended, Plan, Trace
from tests.probes.tcp_rounds import round_of, samples_of

GOAL = "192.0.2.9"
SLOT = Slot(0, 300_000)
WAIT_MS = 1_000
START = Instant(1_767_225_600 * 10**9, 10**12)
EXCEEDED, HOST, PORT, PROHIBITED, TOO_BIG = (11, 0), (3, 1), (3, 3), (3, 13), (3, 4)

Hops = dict[int, tuple[str, tuple[int, int] | None]]
"""Who answers at a TTL, and the type and code of the error, None for the target's own answer."""


class Network:
    """Answers a trace packet by packet: `asked` keeps the TTLs."""

    def __init__(self, hops: Hops, **plan: int) -> None:
        self.trace = Trace(
            GOAL, Plan(**{"max_hops": 30, "queries": 3, "gap": 5} | plan, wait_ns=WAIT_MS * NS_PER_MS)
        )
        self.hops = hops
        self.now = START
        self.asked: list[int] = []

    def pass_ms(self, ms: float) -> None:
        self.now = self.now.plus(round(ms * NS_PER_MS))

    def ask(self) -> int | None:
        """Send what is due; its TTL."""
        ttl = self.trace.due_hop()
        if ttl is not None:
            self.trace.sent(ttl, self.now, len(self.asked))
            self.asked.append(ttl)
        return ttl

    def answer(self, index: int, mtu: int = 0, labels: tuple[MplsLabel, ...] = ()) -> None:
        """Let the network answer a packet 2 ms later."""
        found = self.hops.get(self.asked[index])
        if found:
            self.pass_ms(2)
            error = IcmpError(4, *found[1], found[0]) if found[1] else None
            self.trace.answered(Answer(index, found[0], error, mtu, labels), self.now)

    def run(self, until_ms: float = 20_000) -> Trace:
        """To the end, each packet answered at once or never."""
        while not self.trace.done and (self.now - START) < until_ms * NS_PER_MS:
            if self.ask() is not None:
                self.answer(len(self.asked) - 1)
                continue
            due = self.trace.next_due()
            assert due is not None
            if due - START.mono_ns > until_ms * NS_PER_MS:
                break
            self.now = self.now.plus(due - self.now.mono_ns)
            self.trace.expire(due)
        self.trace.cut()
        return self.trace


def row(*sources: str, end: tuple[str, tuple[int, int] | None] | None = (GOAL, None)) -> Hops:
    """Routers in a row, "" for one that is silent, and what stands behind them."""
    hops: Hops = {ttl: (source, EXCEEDED) for ttl, source in enumerate(sources, 1) if source}
    if end:
        hops |= dict.fromkeys(range(len(sources) + 1, 31), end)
    return hops


def concluded(network: Network, **options: object) -> tuple[int, int, Reason, str]:
    made = round_of(conclude(network.trace, target(**options), SLOT, "icmp", raw=True))
    return made.sent, made.received, made.reason, made.detail


def target(**options: object) -> Target:
    return Target(7, GOAL, PathOptions.model_validate(options))


def test_each_hop_is_asked_three_times_and_none_beyond_the_target() -> None:
    network = Network(row("10.0.0.1", "10.0.0.2"))
    trace = network.run()
    assert sorted(network.asked) == [1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert network.asked[:3] == [1, 2, 3]
    assert (trace.final, trace.reached, trace.ended) == (3, True, Ended.TARGET)
    assert concluded(network) == (3, 3, Reason.NONE, "")


def test_before_anything_came_back_no_more_than_the_gap_is_asked() -> None:
    network = Network({})
    assert [network.ask() for _ in range(6)] == [1, 2, 3, 4, 5, None]
    network.hops = row("10.0.0.1", "10.0.0.2")
    network.answer(1)
    assert [network.ask() for _ in range(4)] == [6, 7, 2, None]


def test_a_silent_path_of_thirty_hops_ends_when_each_was_waited_for() -> None:
    network = Network({}, gap=30)
    network.run()
    assert len(network.asked) == 90
    assert network.now - START == 3 * WAIT_MS * NS_PER_MS
    assert network.trace.ended is Ended.MAX_HOPS
    assert concluded(network) == (3, 0, Reason.TIMEOUT, "no answer from any hop, asked up to hop 30")


A, B, C, D = "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"
MANY = [f"10.0.1.{n}" for n in range(1, 31)]


@pytest.mark.parametrize(
    ("hops", "said"),
    [
        pytest.param(row(A, "", C), (3, 3, Reason.NONE, ""), id="a silent router in between"),
        pytest.param(
            row(A, B, end=None),
            (3, 0, Reason.TIMEOUT, f"no answer beyond hop 2 ({B}), asked up to hop 7"),
            id="a cut",
        ),
        pytest.param(
            row(A, B, end=(C, HOST)),
            (3, 0, Reason.UNREACHABLE, f"hop 3: {C} says: host unreachable"),
            id="a router that can't",
        ),
        pytest.param(
            row(A, end=(GOAL, PROHIBITED)),
            (3, 3, Reason.REFUSED, "the target says: administratively prohibited"),
            id="a target that forbids has answered",
        ),
        pytest.param(
            row(A, end=(GOAL, PORT)), (3, 3, Reason.NONE, ""), id="a closed port is what UDP aims at"
        ),
        pytest.param(
            row(A, end=(C, PORT)),
            (3, 0, Reason.UNREACHABLE, f"hop 2: {C} says: port unreachable"),
            id="a firewall that plays the target is not it",
        ),
        pytest.param(
            row(A, *[B, C] * 15, end=None),
            (
                3,
                0,
                Reason.UNREACHABLE,
                f"not reached in 30 hops; {B} answers at hops 2, 4, 6: a routing loop",
            ),
            id="a loop",
        ),
        pytest.param(row(*MANY), (3, 0, Reason.UNREACHABLE, "not reached in 30 hops"), id="too far"),
        pytest.param(
            row(A, A, end=None),
            (3, 0, Reason.TIMEOUT, f"no answer beyond hop 2 ({A}), asked up to hop 7"),
            id="one router twice in a row is no loop",
        ),
    ],
)
def test_the_round_says_where_the_way_breaks(hops: Hops, said: tuple[int, int, Reason, str]) -> None:
    network = Network(hops)
    network.run()
    assert concluded(network) == said


def test_our_own_hosts_word_ends_the_trace() -> None:
    for code, said in (
        (HOST, (1, 0, Reason.UNREACHABLE, "the next hop answers no ARP or neighbour discovery")),
        (PROHIBITED, (0, 0, Reason.LOCAL, "this host itself says: administratively prohibited")),
    ):
        network = Network({}, gap=1)
        network.ask()
        network.trace.refuse(Answer(0, "10.0.0.100", IcmpError(4, *code, "10.0.0.100")))
        assert (network.trace.done, network.trace.due_hop()) == (True, None)
        network.trace.cut()
        assert concluded(network) == said


def test_an_answer_after_the_wait_is_a_loss_even_if_nothing_was_read_before() -> None:
    network = Network(row(A), queries=1)
    network.ask()
    network.ask()
    network.pass_ms(WAIT_MS)
    network.answer(1)
    network.trace.expire(network.now.mono_ns)
    assert (network.trace.last, network.trace.final) == (0, None)


def test_the_second_answer_to_a_packet_is_none() -> None:
    network = Network(row(A), queries=1)
    network.ask()
    network.answer(0)
    network.hops = {1: (B, HOST)}
    network.answer(0)
    assert [one.source for one in network.trace.hops()[0].answers] == [A]


def test_a_packet_still_out_when_time_is_up_never_was() -> None:
    network = Network(row(A, end=None))
    network.run(until_ms=1_500)
    assert network.trace.ended is Ended.TIMEOUT
    assert [len(hop.packets) for hop in network.trace.hops()] == [3, 1, 1, 1, 1, 1]
    text = f"no answer beyond hop 1 ({A}), asked up to hop 6, until the timeout of 1500ms"
    assert concluded(network, timeout="1500ms") == (1, 0, Reason.TIMEOUT, text)


def test_a_timeout_that_leaves_no_time_to_wait_is_our_own_fault() -> None:
    network = Network(row(A, end=None))
    network.run(until_ms=500)
    made = concluded(network, timeout="500ms", wait="500ms")
    said = f"no answer beyond hop 1 ({A}) within the trace's timeout of 500ms: too short to say more"
    assert made == (0, 0, Reason.LOCAL, said)


def test_a_target_that_answers_some_of_it_is_up_with_loss() -> None:
    network = Network(row())
    network.ask()
    network.answer(0)
    network.hops = {}
    network.run()
    assert concluded(network) == (3, 1, Reason.TIMEOUT, "2 of 3 unanswered within 1s")


def test_the_samples_hold_the_hops_with_their_times_labels_and_signs() -> None:
    network = Network({1: (A, EXCEEDED), 2: (C, TOO_BIG)}, queries=2, gap=2)
    network.ask()
    network.answer(0, labels=(MplsLabel(16_001, 5, 1),))
    network.ask()
    network.answer(1, mtu=1_400)
    network.hops = {1: (B, EXCEEDED)}
    network.run()
    outcome = conclude(network.trace, target(), SLOT, "icmp", raw=True)
    mpls = [{"label": 16_001, "tc": 5, "ttl": 1}]
    assert json.loads(str(samples_of(outcome)["path"])) == {
        "protocol": "icmp",
        "address": GOAL,
        "reached": False,
        "ended": "error",
        "raw": True,
        "hops": [
            {
                "ttl": 1,
                "sent": 2,
                "routers": [
                    {"address": A, "rtts_ms": ["2.0000", None], "mpls": mpls},
                    {"address": B, "rtts_ms": [None, "2.0000"]},
                ],
            },
            {
                "ttl": 2,
                "sent": 2,
                "routers": [{"address": C, "rtts_ms": ["2.0000", None], "error": "!F-1400"}],
            },
        ],
    }
    assert "path_hops" not in samples_of(outcome)
    assert round_of(outcome).detail == f"hop 2: {C} says: fragmentation needed (MTU 1400)"


@pytest.mark.parametrize(
    ("error", "mtu", "shown"),
    [
        ((4, 3, 0), 0, "!N"),
        ((4, 3, 1), 0, "!H"),
        ((4, 3, 13), 0, "!X"),
        ((4, 3, 9), 0, "!<9>"),
        ((6, 1, 0), 0, "!N"),
        ((6, 1, 1), 0, "!X"),
        ((6, 1, 3), 0, "!H"),
        ((6, 2, 0), 1_280, "!F-1280"),
    ],
)
def test_the_signs_are_those_of_traceroute(error: tuple[int, int, int], mtu: int, shown: str) -> None:
    assert sign(IcmpError(*error, A), mtu) == shown


sources = st.sampled_from(["", A, B, C, D, GOAL])
codes = st.sampled_from([None, EXCEEDED, HOST, PORT, PROHIBITED])


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(st.integers(1, 12), st.tuples(sources.filter(bool), codes)),
    st.integers(1, 12),
    st.integers(1, 4),
    st.integers(1, 12),
    st.integers(1, 6_000),
)
def test_whatever_answers_the_trace_ends_and_adds_up(
    hops: Hops, max_hops: int, queries: int, gap: int, until_ms: int
) -> None:
    honest: Hops = {ttl: (GOAL, None) if not code else (source, code) for ttl, (source, code) in hops.items()}
    network = Network(honest, max_hops=max_hops, queries=queries, gap=gap)
    trace = network.run(until_ms)
    assert all(1 <= ttl <= max_hops and network.asked.count(ttl) <= queries for ttl in network.asked)
    assert trace.done or trace.ended is Ended.TIMEOUT
    made = conclude(trace, target(), SLOT, "icmp", raw=True).round
    assert made is not None
    assert (made.received > 0) == trace.reached
    assert (made.reason is Reason.NONE) <= trace.reached


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"wait": "3s", "timeout": "2s"}, "wait (3s) must be from 1ms to timeout (2s)"),
        ({"wait": "0s"}, "wait (0ms) must be from 1ms"),
        ({"protocol": "tcp"}, "'icmp' or 'udp'"),
        ({"max_hops": 65}, "64"),
        ({"size": 15}, "16"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match="validation error") as caught:
        PathOptions.model_validate(options)
    assert said in str(caught.value)
