"""When each packet leaves."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from collector.schedule import Due, Entry, Schedule
from probes.clock import NS_PER_MS
from probes.model import ProbeOptions, Target
from probes.values import Duration

SECOND = 1_000 * NS_PER_MS
MIDNIGHT_NS = 1_767_225_600 * SECOND
MIDNIGHT_MS = MIDNIGHT_NS // NS_PER_MS


def entry(series: int, every_ms: int = 10_000, packets: int = 10, phase: float = 0.5) -> Entry:
    target = Target(series, f"127.0.0.{series}", ProbeOptions(every=Duration(every_ms)))
    return Entry(target, phase, every_ms, packets)


def slots(due: Due) -> list[tuple[int, int, int]]:
    return [(shot.target.series, shot.slot.at_ms - MIDNIGHT_MS, shot.index) for shot in due.shots]


def run(
    schedule: Schedule, until_ns: int, step_ns: int = 50 * NS_PER_MS, begin_ns: int = MIDNIGHT_NS
) -> list[Due]:
    return [schedule.take(now) for now in range(begin_ns, until_ns + 1, step_ns)]


def test_packet_i_leaves_at_the_slot_plus_i_and_its_phase_spacings() -> None:
    schedule = Schedule()
    schedule.add([entry(1, phase=0.25)], MIDNIGHT_NS)
    leaves = []
    for _ in range(11):
        due_ns = schedule.next_ns()
        assert due_ns is not None
        leaves.append((due_ns - MIDNIGHT_NS) // NS_PER_MS)
        assert len(schedule.take(due_ns).shots) == 1
    assert leaves == [250, 1250, 2250, 3250, 4250, 5250, 6250, 7250, 8250, 9250, 10250]


def test_slots_are_multiples_of_every_since_the_epoch_whenever_one_starts() -> None:
    schedule = Schedule()
    schedule.add([entry(1)], MIDNIGHT_NS + 3 * SECOND + 7)
    due = run(schedule, MIDNIGHT_NS + 31 * SECOND, begin_ns=MIDNIGHT_NS + 3 * SECOND + 7)
    at = sorted({slot for one in due for _, slot, _ in slots(one)})
    assert at == [10_000, 20_000, 30_000]


def test_a_slot_whose_first_packet_is_still_to_come_is_run_at_once() -> None:
    schedule = Schedule()
    schedule.add([entry(1, every_ms=1_000, packets=1, phase=0.9)], MIDNIGHT_NS + 500 * NS_PER_MS)
    assert schedule.next_ns() == MIDNIGHT_NS + 900 * NS_PER_MS


def test_after_a_restart_the_first_slot_is_one_that_no_earlier_process_ran() -> None:
    schedule = Schedule()
    schedule.add([entry(1, every_ms=1_000, packets=1, phase=0.9)], MIDNIGHT_NS, after_ms=MIDNIGHT_MS + 2_000)
    assert schedule.next_ns() == MIDNIGHT_NS + 3_900 * NS_PER_MS


def test_a_thousand_dead_targets_dont_move_a_live_ones_slots() -> None:
    alone, crowd = Schedule(), Schedule()
    alone.add([entry(0)], MIDNIGHT_NS)
    crowd.add([entry(i) for i in range(1_001)], MIDNIGHT_NS)
    until = MIDNIGHT_NS + 20 * SECOND
    mine = [one for due in run(crowd, until) for one in slots(due) if one[0] == 0]
    assert mine == [one for due in run(alone, until) for one in slots(due)]


def test_a_packet_over_one_spacing_late_is_not_sent_and_the_rest_of_the_slot_is() -> None:
    schedule = Schedule()
    schedule.add([entry(1)], MIDNIGHT_NS)
    run(schedule, MIDNIGHT_NS + 2 * SECOND)
    due = schedule.take(MIDNIGHT_NS + 6 * SECOND)  # stalled for four seconds
    assert slots(due) == [(1, 0, 5)]
    assert due.skipped_slots == 0
    assert due.late_ns == [SECOND // 2]


def test_slots_that_could_not_run_are_counted_however_long_the_stall() -> None:
    schedule = Schedule()
    schedule.add([entry(1), entry(2, every_ms=1_000, packets=1)], MIDNIGHT_NS)
    due = schedule.take(MIDNIGHT_NS + 86_400 * SECOND + 400 * NS_PER_MS)
    assert due.skipped_slots == 8_639 + 86_399
    assert slots(due) == [(1, 86_390_000, 9), (2, 86_399_000, 0)]
    assert schedule.next_ns() == MIDNIGHT_NS + 86_400 * SECOND + 500 * NS_PER_MS


def test_removed_targets_fire_no_more_and_the_others_keep_their_slots() -> None:
    schedule = Schedule()
    schedule.add([entry(1), entry(2)], MIDNIGHT_NS)
    run(schedule, MIDNIGHT_NS + 3 * SECOND)
    schedule.remove([1])
    due = run(schedule, MIDNIGHT_NS + 6 * SECOND, begin_ns=MIDNIGHT_NS + 3 * SECOND)
    assert [one for due in due for one in slots(due)] == [(2, 0, 3), (2, 0, 4), (2, 0, 5)]


def test_a_clock_that_stepped_back_runs_the_slots_again_in_a_new_epoch() -> None:
    schedule = Schedule(epoch=1)
    schedule.add([entry(1)], MIDNIGHT_NS)
    run(schedule, MIDNIGHT_NS + 25 * SECOND)
    leapt = schedule.restart(MIDNIGHT_NS + 9 * SECOND, epoch=2)
    due = run(schedule, MIDNIGHT_NS + 11 * SECOND, begin_ns=MIDNIGHT_NS + 9 * SECOND)
    shots = [shot for one in due for shot in one.shots]
    assert leapt == 0
    assert {(shot.slot.at_ms - MIDNIGHT_MS, shot.slot.epoch) for shot in shots} == {(10_000, 2)}


def test_a_clock_that_stepped_forward_says_how_many_slots_it_leapt_over() -> None:
    schedule = Schedule(epoch=1)
    schedule.add([entry(1)], MIDNIGHT_NS)
    run(schedule, MIDNIGHT_NS + 5 * SECOND)
    assert schedule.restart(MIDNIGHT_NS + 3_605 * SECOND, epoch=2) == 360  # the first ran in part


@given(
    every_s=st.integers(1, 60),
    packets=st.integers(1, 20),
    phase=st.floats(0, 0.9999),
    steps=st.lists(st.integers(1, 90_000), max_size=60),
)
def test_no_packet_leaves_twice_early_or_out_of_order_whatever_the_stalls(
    every_s: int, packets: int, phase: float, steps: list[int]
) -> None:
    schedule = Schedule()
    one = entry(1, every_s * 1_000, packets, phase)
    schedule.add([one], MIDNIGHT_NS)
    now, seen = MIDNIGHT_NS, []
    for step in steps:
        now += step * NS_PER_MS
        due = schedule.take(now)
        seen += [(shot.slot.at_ms, shot.index) for shot in due.shots]
        assert all(0 <= late <= every_s * SECOND / packets for late in due.late_ns)
    assert seen == sorted(set(seen))
    assert all(at % (every_s * 1_000) == 0 for at, _ in seen)
