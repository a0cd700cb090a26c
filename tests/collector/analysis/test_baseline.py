"""What is usual: robust to outages, gaps and spikes, and silent where too little is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from collector.analysis.baseline import FLOORS, Baseline, counting_spread, known_days, learn, packets_of
from collector.analysis.readings import METRICS, Floats, NotEnough, Readings
from tests.collector.analysis.made_series import START_MS, ZONE, Change, Line, made, season, step

DAY_MS = 86_400_000


def learnt(readings: Readings) -> Baseline:
    found = learn(readings, ZONE)
    assert isinstance(found, Baseline)
    return found


def test_the_band_follows_the_season_of_the_sites_clock() -> None:
    readings = made(1, 28)
    after = START_MS + 28 * DAY_MS + 300_000 * np.arange(7 * 288)
    low, middle, high = learnt(readings).band(after)
    assert np.abs(middle - (0.020 + 0.004 * season(after, ZONE))).max() < 0.001
    assert (low >= 0).all()
    assert (low < middle).all()
    assert (middle < high).all()


def test_nearly_all_of_the_next_week_lies_inside_the_band() -> None:
    whole = made(2, 35, Line(spikes=0))
    before = whole.between(START_MS, START_MS + 28 * DAY_MS)
    after = whole.between(START_MS + 28 * DAY_MS, whole.end_ms)
    low, _, high = learnt(before).band(after.at_ms)
    outside = (after.values < low) | (after.values > high)
    assert outside[~np.isnan(after.values)].mean() < 0.01


def test_spikes_an_excursion_and_gaps_hardly_move_it() -> None:
    at_ms = START_MS + 28 * DAY_MS + 300_000 * np.arange(288)
    calm = learnt(made(3, 28, Line(spikes=0, gaps=0))).band(at_ms)
    torn = [Change(step(3), step(3.5), 0.05), Change(step(9), step(12), np.nan)]
    rough = learnt(made(3, 28, Line(spikes=0.02, gaps=0), torn)).band(at_ms)
    assert np.abs(calm[1] - rough[1]).max() < 0.0006


def test_a_slow_drift_is_followed_to_the_last_days() -> None:
    drifting = learnt(made(4, 28, Line(season=0, trend_a_day=0.000_2)))
    assert float(np.median(drifting.level)) == pytest.approx(0.020 + 26.5 * 0.000_2, abs=0.000_4)


@pytest.mark.parametrize("metric", METRICS)
def test_values_that_never_differ_have_the_least_spread(metric: str) -> None:
    flat = learnt(Readings("c", metric, START_MS, np.full(28 * 288, 0.04)))
    least, share = FLOORS[metric]
    assert float(flat.spread.min()) >= 0.999 * max(least, 0.04 * share) > 0


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (np.zeros(0), "not enough data of rtt of lon-acme, 0 of 21 days"),
        (np.array([0.02]), "not enough data of rtt of lon-acme, 0 of 21 days"),
        (np.full(28 * 288, np.nan), "not enough data of rtt of lon-acme, 0 of 21 days"),
        (np.full(6 * 288, 0.02), "not enough data of rtt of lon-acme, 6 of 21 days"),
        (np.where(np.arange(28 * 288) % 288 < 140, 0.02, np.nan), "0 of 21 days"),
    ],
)
def test_too_little_is_said_in_days(values: Floats, sentence: str) -> None:
    found = learn(Readings("lon-acme", "rtt", START_MS, values), ZONE)
    assert isinstance(found, NotEnough)
    assert str(found).endswith(sentence)


def test_a_time_of_the_week_that_was_never_measured_has_no_band() -> None:
    readings = made(5, 28, Line(gaps=0))
    night = (readings.at_ms + 3_600_000) % DAY_MS < 6 * 3_600_000
    known = replace(readings, values=np.where(night, np.nan, readings.values))
    _, middle, _ = learnt(known).band(readings.at_ms[:288])
    assert np.isnan(middle).sum() == pytest.approx(72 - 12, abs=2)


def test_all_packets_lost_are_an_outage_and_no_loss() -> None:
    values = np.full(28 * 288, 0.0)
    values[: 5 * 288] = 1.0
    assert float(learnt(Readings("c", "loss", START_MS, values)).level.max()) == 0
    nothing = learn(Readings("c", "loss", START_MS, np.ones(28 * 288)), ZONE)
    assert isinstance(nothing, NotEnough)


@pytest.mark.parametrize("packets", [15, 300, 1500])
def test_loss_tells_how_many_packets_it_was_counted_of(packets: int) -> None:
    found = packets_of(made(6, 28, Line("loss", 0.002, 0, packets=packets)).values, "loss")
    assert found == pytest.approx(packets, rel=0.01)
    assert packets_of(np.zeros(9), "loss") == 300


def test_one_lost_packet_is_no_more_than_chance() -> None:
    for packets in (15, 300, 1500):
        spread = float(counting_spread(np.zeros(1), packets)[0])
        assert 1 / packets <= spread * 1.01
    assert known_days(np.zeros(287)) == 0


def test_jitter_that_is_told_in_steps_spreads_by_a_step_at_least() -> None:
    chance = np.random.default_rng(7)
    values: Floats = np.where(chance.random(28 * 288) < 0.1, 0.000_68, 0.0)
    assert float(learnt(Readings("c", "jitter", START_MS, values)).spread.min()) >= 0.000_68
