"""Counters of what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.web.metrics import (
    BUCKETS,
    LAST_AT_MS,
    LATENESS_BOUNDS_SECONDS,
    LOST,
    OK,
    RECEIVED,
    RTT_BOUNDS_SECONDS,
    RTT_SUM,
    SENT,
    UNITS_PER_SECOND,
    UNKNOWN,
    ProbeMetrics,
    SchedulerMetrics,
    TargetNow,
    Value,
)
from probes.model import Outcome, Round, Sample
from tests.clock import FakeClock
from tests.collector.web.estate import EVERY_MS, NOW_MS, key, outcome


@pytest.fixture
def metrics(clock: FakeClock) -> ProbeMetrics:
    """One target, series 1."""
    made = ProbeMetrics(clock)
    made.declare(1, key(), 2_000)
    return made


def only(metrics: ProbeMetrics) -> TargetNow:
    [target] = metrics.snapshot()
    return target


def test_every_counter_of_a_target_exists_at_zero_once_it_is_declared(metrics: ProbeMetrics) -> None:
    assert set(only(metrics).cells) == {0}


def test_a_lost_packet_is_sent_and_not_received_and_in_no_bucket(metrics: ProbeMetrics) -> None:
    metrics.observe([outcome(1, [123_456, None, 40_000])])
    cells = only(metrics).cells
    assert (cells[SENT], cells[RECEIVED], sum(cells[:BUCKETS]), cells[RTT_SUM]) == (3, 2, 2, 163_456)


def test_a_round_of_counts_alone_has_packets_and_no_rtt(metrics: ProbeMetrics) -> None:
    metrics.observe([Outcome(Round(1, NOW_MS, EVERY_MS, 0, sent=2, received=1))])
    cells = only(metrics).cells
    assert (cells[SENT], cells[RECEIVED], sum(cells[:BUCKETS])) == (2, 1, 0)


@given(rtts=st.lists(st.integers(0, 40_000_000) | st.none(), min_size=1, max_size=40))
def test_a_bucket_counts_the_rtts_up_to_its_bound(rtts: list[int | None]) -> None:
    metrics = ProbeMetrics(FakeClock())
    metrics.declare(1, key(), 2_000)
    metrics.observe([outcome(1, rtts)])
    up_to = list(accumulate(only(metrics).cells[:BUCKETS]))
    answered = [rtt for rtt in rtts if rtt is not None]
    for bound, count in zip(RTT_BOUNDS_SECONDS, up_to, strict=False):
        assert count == sum(rtt <= bound * UNITS_PER_SECOND for rtt in answered)
    assert up_to[-1] == len(answered)


@pytest.mark.parametrize(("verdict", "cell"), [(1, OK), (0, LOST), (-1, UNKNOWN)])
def test_a_verdict_is_counted_when_it_stands(metrics: ProbeMetrics, verdict: int, cell: int) -> None:
    metrics.judge(1, verdict)
    assert {place: only(metrics).cells[place] for place in (OK, LOST, UNKNOWN)} == {
        OK: 0,
        LOST: 0,
        UNKNOWN: 0,
        cell: 1,
    }


def test_a_straggler_is_counted_and_is_not_the_last_round(metrics: ProbeMetrics) -> None:
    metrics.observe([outcome(1, [10], at_ms=NOW_MS), outcome(1, [20], at_ms=NOW_MS - EVERY_MS)])
    cells = only(metrics).cells
    assert (cells[LAST_AT_MS], cells[SENT]) == (NOW_MS, 2)
    assert metrics.latest()["lon-acme", "pe"].rtts == (10,)


def test_after_the_clock_stepped_back_the_new_epochs_round_is_the_last(metrics: ProbeMetrics) -> None:
    metrics.observe([outcome(1, [10])])
    metrics.observe([Outcome(Round(1, NOW_MS - 3_600_000, EVERY_MS, epoch=1, sent=1, received=1))])
    assert only(metrics).cells[LAST_AT_MS] == NOW_MS - 3_600_000
    assert metrics.latest()["lon-acme", "pe"].epoch == 1


def test_what_was_forgotten_is_gone_and_its_last_packets_change_nothing(metrics: ProbeMetrics) -> None:
    metrics.forget(1)
    metrics.observe([outcome(1, [10])])
    metrics.judge(1, 1)
    metrics.forget(1)
    assert list(metrics.snapshot()) == []


def test_a_new_target_does_not_inherit_the_row_of_a_forgotten_one(metrics: ProbeMetrics) -> None:
    metrics.observe([outcome(1, [10])])
    metrics.forget(1)
    metrics.declare(2, key("lon-bolt"), 2_000)
    assert set(only(metrics).cells) == {0}


def test_a_probe_whose_options_changed_goes_on_counting(metrics: ProbeMetrics) -> None:
    metrics.observe([outcome(1, [10])])
    metrics.declare(2, key(options="1", every_ms=1_000), 2_000)
    metrics.forget(1)
    metrics.observe([outcome(2, [10])])
    assert only(metrics).cells[SENT] == 2


def test_declaring_twice_changes_nothing(metrics: ProbeMetrics) -> None:
    metrics.observe([outcome(1, [10])])
    metrics.declare(1, key(), 2_000)
    metrics.forget(1)
    assert list(metrics.snapshot()) == []


def found(metrics: ProbeMetrics) -> list[Mapping[str, Value]]:
    return [facts.samples for facts in metrics.snapshot().facts()]


async def test_a_sample_and_a_last_round_are_absent_once_three_intervals_old(
    metrics: ProbeMetrics, clock: FakeClock
) -> None:
    seen = outcome(1, [10]).round
    metrics.observe([Outcome(seen, (Sample(1, NOW_MS, 0, "tls_days_left", 12.5),))])
    await clock.advance(30)
    assert (found(metrics), len(metrics.latest())) == ([{"tls_days_left": 12.5}], 1)
    await clock.advance(0.001)
    assert (found(metrics), len(metrics.latest())) == ([], 0)


async def test_a_time_out_longer_than_the_interval_lengthens_what_counts_as_fresh(clock: FakeClock) -> None:
    metrics = ProbeMetrics(clock)
    metrics.declare(1, key(every_ms=1_000), 5_000)
    metrics.observe([outcome(1, [10])])
    await clock.advance(6)
    assert metrics.latest()
    await clock.advance(0.001)
    assert not metrics.latest()


def test_what_an_answer_no_longer_says_is_gone_at_once_and_a_silence_takes_nothing(
    metrics: ProbeMetrics,
) -> None:
    up, beside = Sample(1, NOW_MS, 0, "if_index", 4), Sample(1, NOW_MS, 0, "sys_uptime_seconds", 7.0)
    metrics.observe([Outcome(None, (up, beside))])
    metrics.observe([outcome(1, [None])])
    assert found(metrics) == [{"if_index": 4, "sys_uptime_seconds": 7.0}]
    assert metrics.if_indexes() == {("lon-acme", "pe"): 4}
    metrics.observe([Outcome(None, (beside,))])
    assert found(metrics) == [{"sys_uptime_seconds": 7.0}]
    assert metrics.if_indexes() == {}


def test_long_texts_and_samples_of_strangers_are_not_kept(metrics: ProbeMetrics) -> None:
    long, short = Sample(1, NOW_MS, 0, "path", "x" * 257), Sample(1, NOW_MS, 0, "interface", "x" * 256)
    metrics.observe([Outcome(None, (long, short, Sample(9, NOW_MS, 0, "n", 1)))])
    assert found(metrics) == [{"interface": "x" * 256}]


def test_a_snapshot_keeps_the_numbers_of_its_moment(metrics: ProbeMetrics) -> None:
    before = metrics.snapshot()
    metrics.observe([outcome(1, [10])])
    [target] = before
    assert target.cells[SENT] == 0


def test_lateness_is_a_histogram_and_skips_are_a_sum() -> None:
    scheduler = SchedulerMetrics()
    scheduler.late([0.0004, 0.0005, 0.0006, 9.0])
    scheduler.skipped(2)
    scheduler.skipped(3)
    assert scheduler.buckets == [2, 1, *[0] * (len(LATENESS_BOUNDS_SECONDS) - 2), 1]
    assert scheduler.late_seconds == pytest.approx(9.0015)
    assert scheduler.skipped_slots == 5
