"""What happened to counters between two polls: the design's vector, a table, and laws."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.clock import NS_PER_SECOND
from probes.snmp.counters import Reading, Track, difference, follow, line_octets, uptime_seconds

MINUTE = 60
FAST = 100_000_000


def reading(
    at_seconds: float,
    octets: int = 0,
    *,
    bits: int = 64,
    ticks: int | None = None,
    speed: int = FAST,
    errors: int = 0,
    discontinuity: int = 0,
    boots: int | None = None,
) -> Reading:
    """A reading of one direction's octets and errors; the agent's time is ours, unless said."""
    return Reading(
        mono_ns=round(at_seconds * NS_PER_SECOND),
        counters={"receive_bytes": octets, "receive_errors": errors},
        narrow=("receive_bytes", "receive_errors") if bits == 32 else ("receive_errors",),
        uptime_ticks=round(at_seconds * 100) + 500_000 if ticks is None else ticks,
        engine=None if boots is None else (b"engine", boots),
        discontinuity=discontinuity,
        speed_bits_per_second=speed,
    )


def between(then: Reading, now: Reading) -> Track:
    """The track over two readings."""
    return follow(follow(None, then), now)


def test_the_designs_vector_of_a_wrap() -> None:
    then, now = reading(0, 4_294_000_000, bits=32, speed=0), reading(300, 1_000_000, bits=32, speed=0)
    track = between(then, now)
    assert track.deltas["receive_bytes"] == 1_967_296
    assert track.seconds == 300
    assert track.totals["receive_bytes"] == 4_294_000_000 + 1_967_296


@pytest.mark.parametrize(
    ("before", "now", "elapsed", "seconds"),
    [
        (4_294_950_000, 12_704, 300, 300.0),
        (1_000_000, 12_704, 300, None),
        (1_000_000, 1_006_000, 60, 60.0),
        (1_000_000, 1_006_500, 60, 65.0),
        (1_000_000, 1_000_000, 60, None),
        (1_000_000, 1_004_000, 60, None),
        (1_000_000, 1_060_000, 60, None),
        (10_000, 20_000, 300, None),
        (2**32 - 1, 0, 60, None),
        (2**32 - 1, 5_999, 60, 60.0),
        (1_000_000, 1_000_200, 1, 2.0),
    ],
)
def test_sysuptime_goes_on_wraps_or_begins_anew(
    before: int, now: int, elapsed: float, seconds: float | None
) -> None:
    assert uptime_seconds(before, now, elapsed) == seconds


@pytest.mark.parametrize(
    ("before", "now", "bits", "most", "delta"),
    [
        (100, 250, 64, None, 150),
        (100, 100, 64, None, 0),
        (2**63, 5, 64, None, None),
        (2**32 - 1, 0, 32, None, 1),
        (2**31 + 1, 0, 32, None, 2**31 - 1),
        (2**31 - 1, 0, 32, None, None),
        (2**32 - 1000, 0, 32, 1000, 1000),
        (2**32 - 1001, 0, 32, 1000, None),
    ],
)
def test_a_counter_goes_on_wraps_or_is_reset(
    before: int, now: int, bits: int, most: float | None, delta: int | None
) -> None:
    assert difference(before, now, narrow=bits == 32, most=most) == delta


@pytest.mark.parametrize(
    ("then", "now", "says"),
    [
        (
            reading(0, 10**12),
            reading(MINUTE, 5_000, ticks=3_000),
            "sysUpTime went from 5000 s to 30 s in 60 s",
        ),
        (reading(0, 10**12, boots=4), reading(MINUTE, 10**12 + 1, boots=5), "count of boots"),
        (reading(0, 100, discontinuity=0), reading(MINUTE, 200, discontinuity=77), "DiscontinuityTime"),
        (reading(0, 10**12), reading(MINUTE, 5_000), "receive_bytes was reset (from 1000000000000 to 5000)"),
        (reading(0, 4 * 10**9, bits=32), reading(MINUTE, 3 * 10**9, bits=32), "was reset"),
        (reading(0, 10, errors=5), reading(MINUTE, 20, errors=2), "receive_errors was reset"),
        (reading(0, 10, bits=32), reading(MINUTE, 20, bits=64), "was reset"),
        (reading(0, 0), reading(MINUTE, 2 * 10**9), "100000000 bit/s can't carry"),
        (
            reading(0, 10, bits=32, speed=10**10),
            reading(MINUTE, 20, bits=32, speed=10**10),
            "32 bits and may have gone round",
        ),
    ],
)
def test_an_interval_that_may_mean_nothing_is_left_out(then: Reading, now: Reading, says: str) -> None:
    track = between(then, now)
    assert says in track.dropped
    assert track.deltas == {}
    assert track.utilisation("receive_bytes") is None


@pytest.mark.parametrize(
    ("then", "now"),
    [
        (reading(0, 100, discontinuity=0), reading(MINUTE, 200, discontinuity=0)),
        (reading(0, 100, discontinuity=9), reading(MINUTE, 200, discontinuity=9)),
        (reading(0, 100, boots=4), reading(MINUTE, 200, boots=4)),
        (reading(0, 100, boots=4), reading(MINUTE, 200)),
        (reading(0, 2**32 - 50, bits=32), reading(MINUTE, 50, bits=32)),
        (reading(0, 100, ticks=2**32 - 100), reading(MINUTE, 200, ticks=5_900)),
        (reading(0, 100, errors=2**32 - 1), reading(MINUTE, 200, errors=3)),
    ],
)
def test_an_interval_that_goes_on_is_kept(then: Reading, now: Reading) -> None:
    track = between(then, now)
    assert track.dropped == ""
    assert track.deltas["receive_bytes"] == 100
    assert track.utilisation("receive_bytes") == pytest.approx(100 * 8 / 60 / FAST)


def test_the_first_reading_has_totals_and_nothing_else() -> None:
    track = follow(None, reading(0, 123))
    assert track.totals == {"receive_bytes": 123, "receive_errors": 0}
    assert (track.deltas, track.dropped, track.utilisation("receive_bytes")) == ({}, "", None)


def test_without_a_sysuptime_our_own_clock_has_to_do() -> None:
    then, now = (
        replace(reading(0, 0), uptime_ticks=None),
        replace(reading(MINUTE, 750_000_000), uptime_ticks=None),
    )
    assert between(then, now).utilisation("receive_bytes") == 1.0


def test_the_agents_own_seconds_make_the_utilisation() -> None:
    track = between(reading(0, 0, ticks=1_000), reading(60, 75_000_000, ticks=7_200))
    assert track.seconds == 62.0
    assert track.utilisation("receive_bytes") == pytest.approx(75_000_000 * 8 / 62 / FAST)


def test_of_unknown_speed_there_is_no_utilisation() -> None:
    assert (
        between(reading(0, 0, speed=0), reading(MINUTE, 10**12, speed=0)).utilisation("receive_bytes") is None
    )


def test_a_counter_that_appears_later_begins_then() -> None:
    then = replace(reading(0, 5), counters={"receive_errors": 0})
    track = between(then, reading(MINUTE, 1_000))
    assert track.totals["receive_bytes"] == 1_000
    assert "receive_bytes" not in track.deltas


def test_totals_go_on_from_the_agents_own_value_after_a_reset() -> None:
    track = follow(None, reading(0, 2**32 - 50, bits=32))
    track = follow(track, reading(60, 50, bits=32))
    assert track.totals["receive_bytes"] == 2**32 + 50
    track = follow(track, reading(120, 7, bits=32, ticks=100))
    assert track.totals["receive_bytes"] == 7
    track = follow(track, reading(180, 107, bits=32, ticks=6_100))
    assert track.totals["receive_bytes"] == 107


@pytest.mark.parametrize(
    ("then", "now", "broken", "total"),
    [
        (reading(0, 10**12), reading(MINUTE, 5_000, ticks=3_000), "", 5_000),
        (reading(0, 10**12), reading(MINUTE, 10**12 + 5, ticks=3_000), "", 10**12 + 5),
        (reading(0, 10**12), reading(MINUTE, 10**11, ticks=3_000), "", 0),
        (reading(0, 5_000), reading(MINUTE, 10**12), "it moved", 0),
        (reading(0, 10**12), reading(MINUTE, 10**11), "it moved", 0),
        (reading(0, 5_000), reading(MINUTE, 10**12, discontinuity=7), "", 0),
        (reading(0, 5_000, speed=0), reading(MINUTE, 6_000, speed=0, discontinuity=7), "", 0),
        (reading(0, 5_000, speed=0), reading(MINUTE, 70, speed=0, discontinuity=7), "", 70),
        (reading(0, 0), reading(MINUTE, 2 * 10**9), "", 2 * 10**9),
    ],
)
def test_where_counters_begin_anew_a_total_makes_no_step_that_the_line_cannot_carry(
    then: Reading, now: Reading, broken: str, total: int
) -> None:
    track = follow(follow(None, then), now, broken)
    assert track.dropped
    assert track.totals["receive_bytes"] == total


STEPS = st.lists(
    st.tuples(
        st.integers(1, 600),
        st.integers(0, 2**32 - 1),
        st.sampled_from([32, 64]),
        st.sampled_from([0, 10_000_000, FAST, 10**10]),
        st.sampled_from([None, 0, 2**32 - 100]),
        st.sampled_from([0, 0, 0, 9]),
    ),
    min_size=2,
    max_size=12,
)


def tracks(steps: list[tuple[int, int, int, int, int | None, int]]) -> list[Track]:
    """A life of readings, as bad as they come."""
    found, track, at = [], None, 0
    for seconds, octets, bits, speed, ticks, discontinuity in steps:
        at += seconds
        now = reading(
            at, octets, bits=bits, speed=speed, ticks=ticks, discontinuity=discontinuity, errors=octets // 3
        )
        track = follow(track, now)
        found.append(track)
    return found


@given(steps=STEPS)
def test_no_difference_is_negative_or_more_than_the_line_carries(
    steps: list[tuple[int, int, int, int, int | None, int]],
) -> None:
    for before, track in pairwise(tracks(steps)):
        assert all(delta >= 0 for delta in track.deltas.values())
        speed = max(track.reading.speed_bits_per_second, before.reading.speed_bits_per_second)
        if track.reading.speed_bits_per_second and track.deltas:
            assert track.deltas["receive_bytes"] <= line_octets(speed, track.seconds)
        utilisation = track.utilisation("receive_bytes")
        assert utilisation is None or 0 <= utilisation <= 1


@given(steps=STEPS)
def test_no_rate_over_the_totals_shows_what_the_line_cannot_carry(
    steps: list[tuple[int, int, int, int, int | None, int]],
) -> None:
    for before, track in pairwise(tracks(steps)):
        total, then = track.totals["receive_bytes"], before.totals["receive_bytes"]
        if not track.dropped:
            assert total == then + track.deltas["receive_bytes"] >= then
        elif track.reading.speed_bits_per_second and "can't carry" not in track.dropped:
            speed = max(track.reading.speed_bits_per_second, before.reading.speed_bits_per_second)
            increase = total - then if total >= then else total
            assert increase <= line_octets(speed, track.seconds)


@given(increments=st.lists(st.integers(0, 7 * 10**8), min_size=2, max_size=40))
def test_a_32_bit_counter_adds_up_to_what_passed_over_all_its_wraps(increments: list[int]) -> None:
    track, passed = follow(None, reading(0, 0, bits=32)), 0
    for minute, increment in enumerate(increments, 1):
        passed += increment
        track = follow(track, reading(minute * MINUTE, passed % 2**32, bits=32))
        assert track.dropped == ""
        assert track.totals["receive_bytes"] == passed
