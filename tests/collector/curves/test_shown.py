"""Curves as JSON."""

from __future__ import annotations

import json
from pathlib import Path

from collector.curves.load import utilisation
from collector.curves.rtt import rtt
from collector.curves.shown import as_json
from collector.curves.status import availability
from probes.model import Outcome
from tests.collector.curves.filled import MINUTE_MS, one_round, read, settings_of
from tests.collector.ledgers import BEGIN_MS, key, ledger_at


def test_curves_are_lists_of_one_length_with_null_for_nothing(tmp_path: Path) -> None:
    settings, end_ms = settings_of(tmp_path), BEGIN_MS + 3 * MINUTE_MS
    with ledger_at(tmp_path / "l.db") as ledger:
        ledger.series(key("lon-acme", "lon-01", MINUTE_MS))
        ledger.append(
            [Outcome(one_round(BEGIN_MS, 200_004, None)), Outcome(one_round(BEGIN_MS + MINUTE_MS, None))]
        )
        ledger.flush(60)
    with read(tmp_path / "l.db") as reader:
        found = as_json(rtt(reader, settings, "lon-acme", BEGIN_MS, end_ms))
        load = as_json(utilisation(reader, settings, "lon-acme", BEGIN_MS, end_ms))
        up = as_json(availability(reader, settings, "lon-acme", BEGIN_MS, end_ms, end_ms))
    second = BEGIN_MS // 1_000
    assert found["at"] == [second, second + 60, second + 120]
    assert (found["from"], found["to"], found["step_seconds"]) == (second, second + 180, 60)
    assert (found["metric"], found["unit"], found["source"]) == ("rtt", "seconds", "rounds")
    assert found["p50"] == [0.02, None, None]
    assert found["loss"] == [0.5, 1.0, None]
    assert (found["sent"], found["received"]) == ([2, 1, 0], [1, 0, 0])
    assert set(load["receive_mean"]) == set(up["ratio"]) == {None}
    assert (load["metric"], up["metric"]) == ("utilisation", "availability")
    for one in (found, load, up):
        assert json.loads(json.dumps(one, allow_nan=False)) == one
