"""Readings of five minutes out of bins, chunks and the newest rounds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from collector.analysis.readings import METRICS
from collector.curves.probes import NotMeasuredError
from collector.ledger.bins import BIN_MS, DOWN, UNKNOWN
from collector.ledger.chunks import HOUR_MS
from collector.ledger.reader import SqliteReader
from collector.performance.nightly.reading import measured, readings
from collector.performance.nightly.usage import utilisation
from probes.model import Outcome, Sample
from tests.collector.ledgers import BEGIN_MS, good, key, ledger_at, reference_key
from tests.collector.performance.filled import (
    CONFIG,
    IN,
    OUT,
    PACKETS,
    SITE,
    Jump,
    fill,
    rounds,
    settings,
)

DAY_BINS = 288


def test_the_median_the_loss_and_the_jitter_are_those_of_the_packets(tmp_path: Path) -> None:
    made, said = rounds(0.5, [Jump(0.25, 10)])
    path = tmp_path / "l.db"
    fill(path, {"a": (made, said)})
    with SqliteReader(path) as reader:
        rtt, loss, jitter = measured(reader, settings(path), "a", BEGIN_MS, BEGIN_MS + 12 * HOUR_MS)
    for place in (0, 70, 71, 72, 143):
        answered = made.rtts[int(made.received[:place].sum()) : int(made.received[: place + 1].sum())] / 1e7
        lower_middle = np.sort(answered)[(len(answered) - 1) // 2]
        assert rtt.values[place] == pytest.approx(lower_middle, rel=0.02)
        assert loss.values[place] == 1 - len(answered) / PACKETS
        apart = np.abs(answered[:, None] - answered[None, :]).mean()
        assert jitter.values[place] == pytest.approx(apart, abs=0.02 * answered.max())
    assert (len(rtt), rtt.start_ms, rtt.metric) == (144, BEGIN_MS, "rtt")


def test_one_metric_is_what_all_together_are(tmp_path: Path) -> None:
    path = tmp_path / "l.db"
    fill(path, {"a": rounds(0.5)})
    span = BEGIN_MS + HOUR_MS + 1, BEGIN_MS + 3 * HOUR_MS + 1
    with SqliteReader(path) as reader:
        together = measured(reader, settings(path), "a", *span)
        for whole in together:
            alone = readings(reader, settings(path), "a", whole.metric, *span)
            np.testing.assert_array_equal(alone.values, whole.values)
            assert alone.start_ms == BEGIN_MS + HOUR_MS
            assert len(alone) == 25


@pytest.mark.parametrize(("verdict", "lost"), [(DOWN, 1.0), (UNKNOWN, np.nan)])
def test_silence_is_loss_where_a_witness_answered_and_else_an_absence(
    tmp_path: Path, verdict: int, lost: float
) -> None:
    made, said = rounds(0.5)
    silent = slice(30, 33)
    came = made.answered.reshape(-1, PACKETS)
    before, gone = int(came[:30].sum()), int(came[silent].sum())
    came[silent] = False
    made.received[silent] = 0
    made.rtts.setflags(write=True)
    rtts = np.delete(made.rtts, range(before, before + gone))
    said[silent] = verdict
    path = tmp_path / "l.db"
    fill(path, {"a": (replace(made, rtts=rtts), said)})
    with SqliteReader(path) as reader:
        rtt, loss, jitter = measured(reader, settings(path), "a", BEGIN_MS, BEGIN_MS + 12 * HOUR_MS)
    np.testing.assert_array_equal(loss.values[29:34][1:4], [lost] * 3)
    assert np.isnan([*rtt.values[silent], *jitter.values[silent]]).all()
    assert np.isfinite([*loss.values[[29, 33]], *rtt.values[[29, 33]]]).all()


@pytest.mark.parametrize(("answers", "lost"), [(True, 1.0), (False, np.nan)])
def test_the_newest_rounds_are_judged_by_their_witnesses_too(
    tmp_path: Path, answers: bool, lost: float
) -> None:
    path = tmp_path / "l.db"
    text = CONFIG.replace("reference: none", "reference: [{icmp: 192.0.2.254, owner: ours, every: 10s}]")
    with ledger_at(path) as ledger:
        circuit = ledger.series(key("a", SITE, 10_000))
        reference = ledger.series(reference_key(SITE))
        ledger.flush(60)
        for at_ms in range(BEGIN_MS, BEGIN_MS + 2 * BIN_MS, 10_000):
            dead = at_ms >= BEGIN_MS + BIN_MS
            here = good(circuit, at_ms, *((None, None) if dead else (100_000, 120_000)))
            seen = good(reference, at_ms, *((None,) if dead and not answers else (5_000,)))
            ledger.append([here, seen])
        ledger.flush(60)
    with SqliteReader(path) as reader:
        read = settings(path, text)
        rtt, loss, _ = measured(reader, read, "a", BEGIN_MS, BEGIN_MS + 3 * BIN_MS)
        packed = measured(reader, read, "a", BEGIN_MS, BEGIN_MS + 3 * BIN_MS, newest=False)
    np.testing.assert_array_equal(loss.values, [0, lost, np.nan])
    assert rtt.values[0] == pytest.approx(0.011, rel=0.1)
    assert np.isnan(rtt.values[1:]).all()
    assert all(np.isnan(one.values).all() for one in packed)


def test_the_smallest_loss_counts_where_the_contract_counts_it(tmp_path: Path) -> None:
    path = tmp_path / "l.db"
    text = CONFIG.replace("      cpe:", "      ce: {icmp: 192.0.2.3, every: 5m, packets: 10}\n      cpe:")
    judged = "circuits: {a: {judged_by: {availability: [pe], rtt: [pe], loss: least}}}"
    text = text.replace("circuits: {a: {}, b: {}}", judged)
    with ledger_at(path) as ledger:
        numbers = [ledger.series(key("a", SITE, BIN_MS, probe=probe)) for probe in ("pe", "ce")]
        ledger.flush(60)
        for number, lost in zip(numbers, (5, 2), strict=True):
            ledger.append([good(number, BEGIN_MS, *[None] * lost, *[100_000] * (10 - lost), every_ms=BIN_MS)])
        ledger.flush(60)
    with SqliteReader(path) as reader:
        loss = readings(reader, settings(path, text), "a", "loss", BEGIN_MS, BEGIN_MS + BIN_MS)
    np.testing.assert_allclose(loss.values, [0.2])


def polls(at_ms: int, received: float | str, sent: float) -> list[Sample]:
    return [Sample(1, at_ms, 1, IN, received), Sample(1, at_ms, 1, OUT, sent), Sample(1, at_ms, 1, "up", "x")]


def test_utilisation_is_the_fuller_directions_mean(tmp_path: Path) -> None:
    path = tmp_path / "l.db"
    said = [
        *polls(BEGIN_MS, 0.2, 0.5),
        *polls(BEGIN_MS + 60_000, 0.4, 0.1),
        *polls(BEGIN_MS + BIN_MS, "?", 0.7),
    ]
    fill(path, {"a": rounds(0.5)}, said)
    with SqliteReader(path) as reader:
        whole = utilisation(reader, settings(path), "a", BEGIN_MS, BEGIN_MS + 3 * BIN_MS)
        later = utilisation(reader, settings(path), "a", BEGIN_MS + BIN_MS, BEGIN_MS + 2 * BIN_MS)
        none = utilisation(reader, settings(path), "b", BEGIN_MS, BEGIN_MS + BIN_MS)
    np.testing.assert_allclose(whole.values, [0.3, 0.7, np.nan])
    np.testing.assert_allclose(later.values, [0.7])
    assert np.isnan(none.values).all()


def test_utilisation_takes_the_newest_polls_out_of_the_log(tmp_path: Path) -> None:
    path = tmp_path / "l.db"
    with ledger_at(path) as ledger:
        number = ledger.series(key("a", SITE, BIN_MS, probe="cpe", kind="snmp"))
        ledger.flush(60)
        ledger.append(
            [Outcome(None, (Sample(number, BEGIN_MS, 1, IN, 0.25), Sample(number, BEGIN_MS, 1, "up", "x")))]
        )
        ledger.flush(60)
    with SqliteReader(path) as reader:
        found = utilisation(reader, settings(path), "a", BEGIN_MS, BEGIN_MS + BIN_MS)
        packed = utilisation(reader, settings(path), "a", BEGIN_MS, BEGIN_MS + BIN_MS, newest=False)
    np.testing.assert_allclose(found.values, [0.25])
    assert np.isnan(packed.values).all()


@pytest.mark.parametrize("metric", METRICS)
def test_a_circuit_that_was_never_measured_has_absences_only(tmp_path: Path, metric: str) -> None:
    path = tmp_path / "l.db"
    fill(path, {"a": rounds(0.1)})
    with SqliteReader(path) as reader:
        found = readings(reader, settings(path), "b", metric, BEGIN_MS, BEGIN_MS + HOUR_MS)
        assert len(found) == 12
        assert np.isnan(found.values).all()
        with pytest.raises(NotMeasuredError, match="there is no circuit 'nobody'"):
            readings(reader, settings(path), "nobody", metric, BEGIN_MS, BEGIN_MS + HOUR_MS)


def test_a_damaged_hour_of_bins_is_an_absence(tmp_path: Path) -> None:
    path = tmp_path / "l.db"
    fill(path, {"a": rounds(0.5)})
    with ledger_at(path) as ledger:
        hour = BEGIN_MS // HOUR_MS + 3
        ledger.write(lambda it: it.execute("UPDATE bins SET data = x'00' WHERE hour = ?", (hour,))).result(60)
    with SqliteReader(path) as reader:
        rtt = readings(reader, settings(path), "a", "rtt", BEGIN_MS, BEGIN_MS + 5 * HOUR_MS)
    assert np.isnan(rtt.values[36:48]).all()
    assert np.isfinite(rtt.values[[35, 48]]).all()
