"""How full a circuit was."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from collector.curves import load
from collector.curves.load import utilisation
from collector.curves.probes import NotMeasuredError
from collector.ledger.model import HOUR_MS
from probes.model import Outcome, Sample
from tests.collector.curves.filled import MINUTE_MS, pack, read, settings_of, wavy
from tests.collector.ledgers import BEGIN_MS, key, ledger_at

IN, OUT = "if_receive_utilisation_ratio", "if_transmit_utilisation_ratio"


def polled(at_ms: int, received: float, sent: float) -> list[Sample]:
    return [
        Sample(1, at_ms, 1, IN, received),
        Sample(1, at_ms, 1, OUT, sent),
        Sample(1, at_ms, 1, "interface", "Gi0/1"),
    ]


def made(path: Path, hours: int, *newest: Sample) -> Path:
    end_ms = BEGIN_MS + hours * HOUR_MS
    samples = [
        one
        for at_ms in range(BEGIN_MS, end_ms, 30 * MINUTE_MS)
        for one in polled(at_ms, (at_ms // MINUTE_MS % 60) / 100 + 0.1, 0.25)
    ]
    with ledger_at(path) as ledger:
        ledger.series(key("lon-acme", "lon-01", MINUTE_MS, probe="cpe", kind="snmp"))
        ledger.flush(60)
        pack(ledger, "lon-01", wavy(BEGIN_MS, end_ms, every_ms=30 * MINUTE_MS), samples)
        ledger.append([Outcome(None, (one,)) for one in newest])
        ledger.flush(60)
    return path


def test_mean_and_maximum_of_each_direction_from_chunks_and_log(tmp_path: Path) -> None:
    path = made(tmp_path / "l.db", 2, *polled(BEGIN_MS + 2 * HOUR_MS, 0.9, 0.8))
    with read(path) as reader:
        curve = utilisation(reader, settings_of(tmp_path), "lon-acme", BEGIN_MS, BEGIN_MS + 50 * HOUR_MS, 50)
    assert (curve.probe, curve.step_ms, curve.hours_read) == ("cpe", HOUR_MS, 2)
    np.testing.assert_allclose(curve.receive_mean[:4], [0.25, 0.25, 0.9, np.nan])
    np.testing.assert_allclose(curve.receive_max[:4], [0.4, 0.4, 0.9, np.nan])
    np.testing.assert_allclose(curve.transmit_mean[:4], [0.25, 0.25, 0.8, np.nan])


def test_of_a_long_time_some_hours_are_read_and_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "MOST_HOURS", 20)
    with read(made(tmp_path / "l.db", 100)) as reader:
        curve = utilisation(reader, settings_of(tmp_path), "lon-acme", BEGIN_MS, BEGIN_MS + 100 * HOUR_MS)
    assert (curve.hours_read, curve.hours_there, curve.step_ms) == (20, 100, 6 * HOUR_MS)
    assert not np.isnan(curve.receive_mean).any(), "each point holds an hour that was read"
    assert curve.receive_max[3] == 0.4


def test_strides_meet_every_hour_of_the_day() -> None:
    for stride in load._STRIDES:
        assert {hour * stride % 24 for hour in range(24)} == set(range(24))


def test_a_circuit_without_polls_has_an_empty_curve(tmp_path: Path) -> None:
    with ledger_at(tmp_path / "l.db"):
        pass
    with read(tmp_path / "l.db") as reader:
        curve = utilisation(reader, settings_of(tmp_path), "lon-acme", BEGIN_MS, BEGIN_MS + HOUR_MS)
        assert np.isnan(curve.receive_mean).all()
        with pytest.raises(NotMeasuredError):
            utilisation(reader, settings_of(tmp_path), "nowhere", BEGIN_MS, BEGIN_MS + HOUR_MS)
