"""Packets that become a round."""

from __future__ import annotations

import pytest

from probes.icmp.causes import overrun, unanswered
from probes.icmp.flight import Flight, State, explain
from probes.icmp.options import IcmpOptions
from probes.model import Failure, Reason, Slot, Target, Timing

SILENCE = unanswered(2_000)
HOST = Failure(Reason.UNREACHABLE, "host unreachable, says 10.0.0.1")
NO_ROUTE = Failure(Reason.LOCAL, "not sent: Network is unreachable")
NO_NAME = Failure(Reason.RESOLVE, "pe.example: no such name")


def flight(*fates: int | Failure, packets: int | None = None) -> Flight:
    """A flight whose packets were answered in so long, or failed."""
    options = IcmpOptions(packets=packets or len(fates))
    made = Flight(Target(7, "10.0.0.9", options), Slot(60_000, 10_000, 3), NO_ROUTE)
    for fate in fates:
        packet = made.board()
        if isinstance(fate, Failure):
            packet.settle(State.FAILED, fate)
        else:
            packet.rtt = fate
            packet.settle(State.ANSWERED, None)
    return made


@pytest.mark.parametrize(
    ("failures", "packets", "expected"),
    [
        pytest.param([], 10, (Reason.NONE, ""), id="nothing went wrong"),
        pytest.param([SILENCE] * 3, 10, (Reason.TIMEOUT, "3 of 10 unanswered within 2s"), id="some lost"),
        pytest.param([SILENCE], 1, (Reason.TIMEOUT, "1 of 1 unanswered within 2s"), id="the only one lost"),
        pytest.param([HOST] * 2, 2, (Reason.UNREACHABLE, HOST.detail), id="all refused"),
        pytest.param(
            [HOST, SILENCE, SILENCE],
            10,
            (Reason.TIMEOUT, f"2 of 10 unanswered within 2s; 1 of 10: {HOST.detail}"),
            id="the reason of most",
        ),
        pytest.param(
            [SILENCE, HOST],
            2,
            (Reason.UNREACHABLE, f"1 of 2: {HOST.detail}; 1 of 2 unanswered within 2s"),
            id="between equals an answer says more than silence",
        ),
        pytest.param(
            [SILENCE, HOST, NO_ROUTE],
            3,
            (
                Reason.LOCAL,
                f"1 of 3: {NO_ROUTE.detail}; 1 of 3: {HOST.detail}; 1 of 3 unanswered within 2s",
            ),
            id="between equals our own trouble blames least",
        ),
        pytest.param([NO_NAME] * 10, 10, (Reason.RESOLVE, NO_NAME.detail), id="no address"),
        pytest.param(
            [overrun(4)],
            10,
            (Reason.LOCAL, "1 of 10: receive buffer overran, up to 4 datagrams dropped"),
            id="overrun",
        ),
    ],
)
def test_a_round_carries_the_reason_of_most_failures(
    failures: list[Failure], packets: int, expected: tuple[Reason, str]
) -> None:
    assert explain(failures, packets) == expected


def test_a_round_keeps_rtts_in_sending_order_with_gaps_for_losses() -> None:
    made = flight(110, SILENCE, 90, HOST).conclude()
    assert (made.series, made.at_ms, made.every_ms, made.epoch) == (7, 60_000, 10_000, 3)
    assert (made.sent, made.received, made.rtts) == (4, 2, (110, None, 90, None))


def test_what_this_host_kept_back_was_not_sent() -> None:
    made = flight(110, NO_ROUTE, SILENCE, overrun(1)).conclude()
    assert (made.sent, made.received, made.rtts) == (2, 1, (110, None))


def test_a_round_of_which_nothing_could_be_sent_says_why() -> None:
    made = flight(NO_NAME, NO_NAME).conclude()
    assert (made.sent, made.received, made.rtts, made.reason) == (0, 0, (), Reason.RESOLVE)


def test_a_round_says_the_coarsest_clock_that_it_used() -> None:
    made = flight(1, 2, 3)
    made.packets[1].timing = Timing.MONOTONIC
    assert made.conclude().timing is Timing.MONOTONIC


def test_a_round_is_finished_when_all_its_packets_are_settled() -> None:
    made = flight(1, packets=2)
    assert not made.finished()
    packet = made.board()
    assert not made.finished()
    packet.settle(State.ANSWERED, None)
    assert made.finished()


def test_a_closed_round_is_finished_without_packets_that_were_never_handed_over() -> None:
    made = flight(1, packets=2)
    made.closed = True
    assert made.finished()
