"""Shorter ways to the same figures: what is narrowed, cut or left out says what the long way said."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.circuits import Status
from collector.ledger.rounds import Rounds
from collector.sla import packets, variation
from collector.sla.calendar import DAY_MS, MONTH, parse_period
from collector.sla.packets import LostAs, by_round, delays
from collector.sla.rules import Rules
from collector.sla.spans import Spans
from collector.sla.timeline import Stretch, Timeline
from collector.sla.tracks import Measured, Track
from config.contract import Terms
from probes.model import Round

LIMIT = 2**31 - 1
EVERY_MS = 1_000


def track(*those: tuple[int | None, ...]) -> Track:
    """Rounds of one probe, one a second; a packet's RTT in units of 100 ns, None for a loss."""
    rows = [
        Round(1, place * EVERY_MS, EVERY_MS, 1, len(rtts), len(rtts) - rtts.count(None), rtts)
        for place, rtts in enumerate(those)
    ]
    columns = Rounds.of(EVERY_MS, rows)
    return Track.of("pe", [Measured("pe", columns, (columns.received > 0).astype(np.int8))])


@pytest.mark.parametrize(("longest", "width"), [(LIMIT, np.int32), (LIMIT + 1, np.int64)])
def test_delays_take_half_the_memory_as_long_as_all_of_them_fit(longest: int, width: type) -> None:
    one = track((0, longest), (5, None))
    assert one.rtts.dtype == width
    keep = np.ones(2, np.bool_)
    units = delays(one, keep)
    assert packets.mean(units, LostAs()) == Fraction(longest + 5, 3 * 10_000)
    assert packets.percentile(units, Fraction(100), LostAs()) == Fraction(longest, 10_000)
    assert packets.percentile(units, Fraction(50), LostAs()) == Fraction(5, 10_000)
    assert packets.share_above(units, longest - 1, LostAs()) == 25
    assert packets.share_above(units, LIMIT + 5, LostAs()) == 0
    assert variation.steps(one, keep).tolist() == [longest, longest - 5]
    assert variation.spread(units.units) == Fraction(longest, 10_000)
    assert by_round(one, keep)[0].tolist() == [longest, 5]


def test_squares_of_narrow_delays_do_not_overflow() -> None:
    low, high = 1, LIMIT
    apart = Fraction(high - low, 2 * 10_000)
    found = variation.deviation(np.array([low, high], np.int32))
    assert found is not None
    assert abs(found - apart) < Fraction(1, 10**30)


def test_a_lost_packets_delay_may_be_longer_than_any_that_came_back() -> None:
    units = delays(track((7, None)), np.ones(1, np.bool_))
    assert packets.percentile(units, Fraction(100), LostAs(units=LIMIT + 9)) == Fraction(LIMIT + 9, 10_000)


place = st.none() | st.integers(0, 2**33)


@settings(max_examples=60)
@given(st.lists(st.lists(place, max_size=4).map(tuple), min_size=1, max_size=6), st.data())
def test_each_rounds_sum_is_that_of_its_own_packets(
    those: list[tuple[int | None, ...]], data: st.DataObject
) -> None:
    one = track(*those)
    keep = np.array(data.draw(st.lists(st.booleans(), min_size=len(those), max_size=len(those))), np.bool_)
    came = [[rtt for rtt in packets_of if rtt is not None] for packets_of in those]
    sums, answered, _ = by_round(one, keep)
    assert sums.tolist() == [sum(rtts) for rtts, kept in zip(came, keep, strict=True) if kept]
    assert answered.tolist() == [len(rtts) for rtts, kept in zip(came, keep, strict=True) if kept]


pairs = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=6).map(Spans.of)


@settings(max_examples=150)
@given(pairs, pairs, st.integers(-2, 32), st.integers(-2, 32))
def test_spans_cut_by_instants_or_each_other_have_their_one_form(
    one: Spans, other: Spans, start: int, end: int
) -> None:
    def instants(spans: Spans) -> set[int]:
        return {at for begin, until in spans for at in range(begin, until)}

    inside = set(range(start, end))
    for found, said in (
        (one.clip(start, end), instants(one) & inside),
        (one.inverse(start, end), inside - instants(one)),
        (one & other, instants(one) & instants(other)),
        (one - other, instants(one) - instants(other)),
    ):
        assert instants(found) == said
        assert found == Spans.of(found.pairs)


@pytest.mark.parametrize("start", range(-1, 12))
@pytest.mark.parametrize("end", range(-1, 12))
def test_a_timeline_is_cut_at_any_two_instants(start: int, end: int) -> None:
    statuses = [Status.UP, Status.DOWN, Status.UNKNOWN, Status.DOWN]
    edges = [0, 2, 5, 6, 10]
    whole = Timeline.of(
        Stretch(*edge, status) for edge, status in zip(pairwise(edges), statuses, strict=True)
    )
    said = {at: one.status for one in whole.stretches for at in range(one.start_ms, one.end_ms)}
    cut = whole.clip(start, end)
    found = {at: one.status for one in cut.stretches for at in range(one.start_ms, one.end_ms)}
    assert found == {at: status for at, status in said.items() if start <= at < end}
    assert cut == Timeline.of(cut.stretches)


def rules(*trailing: str) -> Rules:
    gates = {"only_if": [{"trailing_mean": one} for one in trailing]} if trailing else {}
    rtt = {"stat": "mean", "of": "samples", "lost": "ignore", "target": "<= 45ms"}
    return Rules.of(Terms.model_validate({"objectives": {"rtt": rtt | gates}}), "UTC")


@pytest.mark.parametrize(
    ("trailing", "days_before"), [((), 0), (("10d",), 0), (("30d",), 0), (("90d", "45d"), 60)]
)
def test_packets_are_looked_at_in_the_period_and_where_a_gate_looks_back(
    trailing: tuple[str, ...], days_before: int
) -> None:
    period = parse_period("2026-04", "UTC", 0, MONTH)
    assert rules(*trailing).packets_of(period) == (period.start_ms - days_before * DAY_MS, period.end_ms)
