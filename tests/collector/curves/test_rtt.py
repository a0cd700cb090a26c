"""Round-trip times, loss and jitter over time, against a slow reference."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from collector.curves.probes import NotMeasuredError, rtt_probes
from collector.curves.rtt import RttCurve, rtt, rtt_of
from collector.ledger.model import HOUR_MS
from collector.sla.calendar import local_day
from probes.model import Outcome, Round
from tests.collector.curves.filled import (
    DAY_MS,
    MINUTE_MS,
    nearest,
    one_round,
    pack,
    read,
    settings_of,
    wavy,
    write,
)
from tests.collector.ledgers import BEGIN_MS, key, ledger_at

SITE = "lon-01"
END_MS = BEGIN_MS + DAY_MS


def made(path: Path, packed: list[Round], logged: list[Round] | None = None, series: int = 1) -> Path:
    with ledger_at(path) as ledger:
        for number in range(series):
            ledger.series(key("lon-acme", SITE, MINUTE_MS, options=f"d{number}"))
        ledger.flush(60)
        if packed:
            pack(ledger, SITE, packed)
        ledger.append([Outcome(one) for one in logged or []])
        ledger.flush(60)
    return path


def check_exact(curve: RttCurve, rounds: list[Round]) -> None:
    """Every point against a look at every packet."""
    for i, at_ms in enumerate(curve.at_ms.tolist()):
        inside = [
            one
            for one in rounds
            if at_ms <= one.at_ms < at_ms + curve.step_ms and curve.from_ms <= one.at_ms < curve.to_ms
        ]
        answers = [rtt for one in inside for rtt in one.rtts if rtt is not None]
        assert curve.sent[i] == sum(one.sent for one in inside)
        assert curve.received[i] == len(answers)
        if answers:
            for name, percent in (("p5", 5), ("p25", 25), ("p50", 50), ("p75", 75), ("p95", 95)):
                assert getattr(curve, name)[i] == nearest(answers, percent)
            assert (curve.min[i], curve.max[i]) == (min(answers) / 1e7, max(answers) / 1e7)
            assert curve.mean[i] == pytest.approx(sum(answers) / len(answers) / 1e7)
        else:
            assert np.isnan([getattr(curve, name)[i] for name in ("p5", "p50", "p95", "min", "mean")]).all()


def test_a_day_from_chunks_is_exact(tmp_path: Path) -> None:
    rounds = wavy(BEGIN_MS, END_MS)
    path = made(tmp_path / "l.db", rounds)
    with read(path) as reader:
        curve = rtt(reader, settings_of(tmp_path), "lon-acme", BEGIN_MS, END_MS, 100)
    assert (curve.source, curve.probe, curve.step_ms, curve.jitter_exact) == ("rounds", "pe", 900_000, True)
    check_exact(curve, rounds)


def test_the_open_hour_in_the_log_and_the_chunks_are_one_curve(tmp_path: Path) -> None:
    rounds = wavy(BEGIN_MS, BEGIN_MS + 3 * HOUR_MS)
    path = made(tmp_path / "l.db", rounds[:120], rounds[120:])
    with read(path) as reader:
        check_exact(rtt_of(reader, reader.series(), BEGIN_MS + 5, BEGIN_MS + 3 * HOUR_MS - 90_000), rounds)


def test_series_before_and_after_a_changed_option_are_one_curve(tmp_path: Path) -> None:
    middle = BEGIN_MS + 90 * MINUTE_MS + HOUR_MS // 2
    rounds = [*wavy(BEGIN_MS, middle), *wavy(middle, BEGIN_MS + 4 * HOUR_MS, series=2)]
    path = made(tmp_path / "l.db", rounds, series=2)
    with read(path) as reader:
        curve = rtt(reader, settings_of(tmp_path), "lon-acme", BEGIN_MS, BEGIN_MS + 4 * HOUR_MS, 50)
    check_exact(curve, rounds)
    assert not np.isnan(curve.p50).any()


def test_points_without_rounds_are_gaps_and_points_without_answers_are_losses(tmp_path: Path) -> None:
    rounds = [
        one_round(BEGIN_MS, 1_000, None),
        one_round(BEGIN_MS + 2 * MINUTE_MS, None, None),
        one_round(BEGIN_MS + 3 * MINUTE_MS, 3_000, 1_000),
    ]
    with read(made(tmp_path / "l.db", [], rounds)) as reader:
        curve = rtt_of(reader, reader.series(), BEGIN_MS, BEGIN_MS + 5 * MINUTE_MS, 50)
    assert curve.sent.tolist() == [2, 0, 2, 2, 0]
    np.testing.assert_array_equal(curve.loss, [0.5, np.nan, 1.0, 0.0, np.nan])
    np.testing.assert_array_equal(curve.p50, [0.0001, np.nan, np.nan, 0.0001, np.nan])
    np.testing.assert_array_equal(curve.jitter, [np.nan, np.nan, np.nan, 0.0002, np.nan])


def test_jitter_joins_rounds_that_follow_each_other_and_no_others(tmp_path: Path) -> None:
    rounds = [
        one_round(BEGIN_MS, 1_000),
        one_round(BEGIN_MS + MINUTE_MS, 1_500),
        one_round(BEGIN_MS + 3 * MINUTE_MS, 9_000),
        one_round(BEGIN_MS + 4 * MINUTE_MS, None),
        one_round(BEGIN_MS + 5 * MINUTE_MS, 2_000),
        one_round(BEGIN_MS + 6 * MINUTE_MS, 2_100, None, 2_900, 2_800),
    ]
    with read(made(tmp_path / "l.db", [], rounds)) as reader:
        curve = rtt_of(reader, reader.series(), BEGIN_MS, BEGIN_MS + 7 * MINUTE_MS, 50)
    nan = np.nan
    np.testing.assert_allclose(curve.jitter, [nan, 0.00005, nan, nan, nan, nan, 0.00001])


def test_a_long_time_from_bins_agrees_with_the_rounds_within_a_bucket(tmp_path: Path) -> None:
    end_ms = BEGIN_MS + 5 * DAY_MS
    rounds = wavy(BEGIN_MS, end_ms - 2 * HOUR_MS)
    newest = wavy(end_ms - 2 * HOUR_MS, end_ms)
    with read(made(tmp_path / "l.db", rounds, newest)) as reader:
        curve = rtt_of(reader, reader.series(), BEGIN_MS, end_ms, 200)
    assert (curve.source, curve.step_ms, curve.jitter_exact) == ("bins", HOUR_MS, False)
    for i, at_ms in enumerate(curve.at_ms.tolist()):
        inside = [one for one in [*rounds, *newest] if at_ms <= one.at_ms < at_ms + HOUR_MS]
        answers = [rtt for one in inside for rtt in one.rtts if rtt is not None]
        assert (curve.sent[i], curve.received[i]) == (sum(one.sent for one in inside), len(answers))
        assert (curve.min[i], curve.max[i]) == (min(answers) / 1e7, max(answers) / 1e7)
        for name, percent in (("p5", 5), ("p50", 50), ("p95", 95)):
            assert getattr(curve, name)[i] == pytest.approx(nearest(answers, percent), rel=0.021)
        distances = np.abs(np.subtract.outer(answers, answers)).mean() / 1e7
        assert curve.jitter[i] == pytest.approx(distances, rel=0.1), "alike in all bins of this line"


def test_a_gap_of_days_is_a_gap_in_a_long_curve(tmp_path: Path) -> None:
    rounds = [*wavy(BEGIN_MS, END_MS), *wavy(BEGIN_MS + 3 * DAY_MS, BEGIN_MS + 4 * DAY_MS)]
    with read(made(tmp_path / "l.db", rounds)) as reader:
        curve = rtt_of(reader, reader.series(), BEGIN_MS, BEGIN_MS + 4 * DAY_MS, 100)
    there = curve.sent > 0
    assert np.isnan(curve.p50[~there]).all()
    assert there.tolist() == [i < 24 or i >= 72 for i in range(96)]


@pytest.mark.parametrize("span_ms", [1, MINUTE_MS, HOUR_MS, 400 * DAY_MS])
def test_an_empty_time_is_a_curve_of_gaps(tmp_path: Path, span_ms: int) -> None:
    with read(made(tmp_path / "l.db", wavy(BEGIN_MS, END_MS))) as reader:
        begin = END_MS + DAY_MS
        curve = rtt(reader, settings_of(tmp_path), "lon-acme", begin, begin + span_ms)
    assert len(curve.at_ms) >= 1
    assert curve.sent.sum() == 0
    assert np.isnan(curve.p50).all()
    assert np.isnan(curve.loss).all()


def test_a_circuit_not_measured_yet_has_an_empty_curve(tmp_path: Path) -> None:
    with read(made(tmp_path / "l.db", [], series=0)) as reader:
        curve = rtt(reader, settings_of(tmp_path), "lon-acme", BEGIN_MS, END_MS)
    assert (curve.probe, int(curve.sent.sum())) == ("pe", 0)


def test_unknown_circuits_and_probes_are_named(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    with read(made(tmp_path / "l.db", wavy(BEGIN_MS, BEGIN_MS + HOUR_MS))) as reader:
        with pytest.raises(NotMeasuredError, match="no circuit 'nowhere'"):
            rtt(reader, settings, "nowhere", BEGIN_MS, END_MS)
        with pytest.raises(NotMeasuredError, match=r"'far' of lon-acme .*: pe"):
            rtt(reader, settings, "lon-acme", BEGIN_MS, END_MS, probe="far")
        with pytest.raises(ValueError, match="points"):
            rtt(reader, settings, "lon-acme", BEGIN_MS, END_MS, 3)


def test_the_judging_probe_comes_first(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    assert rtt_probes(settings, "lon-acme", local_day(BEGIN_MS, "UTC")) == ("pe",)


def test_a_damaged_hour_of_bins_is_a_gap_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "l.db"
    with ledger_at(path) as ledger:
        ledger.series(key("lon-acme", SITE, MINUTE_MS))
        ledger.flush(60)
        pack(ledger, SITE, wavy(BEGIN_MS, BEGIN_MS + 3 * DAY_MS))
        hour = BEGIN_MS // HOUR_MS + 30
        write(ledger, "UPDATE bins SET data = substr(data, 1, 40) WHERE hour = ?", hour)
        write(ledger, "UPDATE chunk SET data = substr(data, 1, 40) WHERE hour = ?", hour)
    with read(path) as reader:
        long = rtt_of(reader, reader.series(), BEGIN_MS, BEGIN_MS + 3 * DAY_MS, 100)
        day = rtt_of(reader, reader.series(), BEGIN_MS + DAY_MS, BEGIN_MS + 2 * DAY_MS, 50)
        other = rtt_of(reader, reader.series(), BEGIN_MS, BEGIN_MS + DAY_MS, 50)
    assert (long.source, day.source) == ("bins", "rounds")
    assert (long.damaged_hours, day.damaged_hours, other.damaged_hours) == (1, 1, 0)
    assert np.flatnonzero(long.sent == 0).tolist() == [30]
    assert np.flatnonzero(day.sent < 90).tolist() == [12, 13]


def test_bins_at_the_edges_of_a_long_time_belong_to_it_or_not(tmp_path: Path) -> None:
    path = made(tmp_path / "l.db", wavy(BEGIN_MS - HOUR_MS, BEGIN_MS + 5 * DAY_MS))
    with read(path) as reader:
        curve = rtt_of(reader, reader.series(), BEGIN_MS, BEGIN_MS + 4 * DAY_MS, 100)
        shifted = rtt_of(reader, reader.series(), BEGIN_MS + 1, BEGIN_MS + 4 * DAY_MS + 1, 100)
    assert (curve.sent == 180).all(), "60 rounds of three packets an hour, none from outside"
    assert (shifted.sent[0], shifted.sent[-1]) == (165, 15), "whole bins that begin in the time"


def test_a_series_that_changes_within_five_minutes_is_one_point_of_a_long_curve(tmp_path: Path) -> None:
    middle = BEGIN_MS + 2 * DAY_MS + 2 * MINUTE_MS
    rounds = [*wavy(BEGIN_MS, middle), *wavy(middle, BEGIN_MS + 4 * DAY_MS, series=2)]
    with read(made(tmp_path / "l.db", rounds, series=2)) as reader:
        curve = rtt_of(reader, reader.series(), BEGIN_MS, BEGIN_MS + 4 * DAY_MS, 100)
    assert (curve.sent == 180).all()
    assert int(curve.received.sum()) == sum(one.received for one in rounds)
