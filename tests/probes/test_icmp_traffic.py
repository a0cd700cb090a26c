"""What is out, and when something is due."""

from __future__ import annotations

from probes.icmp.flight import Flight, Packet, State
from probes.icmp.options import IcmpOptions
from probes.icmp.traffic import Traffic, key_of
from probes.model import Failure, Reason, Slot, Target
from probes.values import Duration

NOWHERE = Failure(Reason.LOCAL, "")


def flight(timeout_ms: int = 1, packets: int = 10) -> Flight:
    options = IcmpOptions(timeout=Duration(timeout_ms), packets=packets)
    return Flight(Target(1, "10.0.0.9", options), Slot(0, 10_000), NOWHERE)


def launch(traffic: Traffic, of: Flight, label: int, deadline_ns: int) -> Packet:
    packet = of.board()
    packet.label, packet.deadline_ns = label, deadline_ns
    traffic.launch(packet)
    return packet


def test_packets_fall_due_each_in_its_own_time_out() -> None:
    traffic, short, long = Traffic(), flight(1), flight(5)
    launch(traffic, long, 1, 50)
    launch(traffic, short, 2, 10)
    launch(traffic, short, 3, 20)
    assert traffic.next_due() == 10
    assert [one.label for one in traffic.overdue(10)] == [2]
    assert [one.label for one in traffic.overdue(100)] == [1, 3]


def test_an_answered_packet_is_never_due() -> None:
    traffic, some = Traffic(), flight()
    first, second = launch(traffic, some, 1, 10), launch(traffic, some, 2, 20)
    first.settle(State.ANSWERED, None)
    assert traffic.next_due() == 20
    second.settle(State.ANSWERED, None)
    assert traffic.next_due() is None
    assert list(traffic.overdue(99)) == []


def test_settled_packets_are_remembered_up_to_a_number() -> None:
    traffic, some = Traffic(remembered=2), flight()
    for label in (1, 2, 3):
        launch(traffic, some, label, 10).settle(State.ANSWERED, None)
    assert traffic.next_due() is None
    assert sorted(traffic.packets) == [2, 3]


def test_a_flying_packet_is_never_forgotten() -> None:
    traffic, some = Traffic(remembered=1), flight()
    launch(traffic, some, 1, 10)
    for label in (2, 3, 4):
        launch(traffic, some, label, 20).settle(State.ANSWERED, None)
    traffic.next_due()
    assert 1 in traffic.packets


def test_a_round_is_closed_once_its_slot_is_over() -> None:
    traffic, some = Traffic(), flight()
    traffic.board(key_of(some.target, some.slot), some, 100)
    assert traffic.next_due() == 100
    assert list(traffic.closing(99)) == []
    assert list(traffic.closing(100)) == [some]
    assert traffic.next_due() is None


def test_a_finished_round_is_not_closed_again() -> None:
    traffic, some = Traffic(), flight()
    traffic.board(key_of(some.target, some.slot), some, 100)
    traffic.leave(some)
    assert list(traffic.closing(100)) == []
    assert not traffic.flights


def test_the_most_that_was_ever_out_is_known() -> None:
    traffic, some = Traffic(), flight()
    launch(traffic, some, 1, 10)
    launch(traffic, some, 2, 10)
    traffic.flying -= 2
    assert (traffic.flying, traffic.flying_peak) == (0, 2)
