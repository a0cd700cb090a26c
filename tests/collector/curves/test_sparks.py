"""The last day of every circuit in half hours."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from collector.clerk import Desk
from collector.curves.sparks import POINTS, STEP_MS, Sparks, sparks, sparks_at
from collector.ledger.model import HOUR_MS
from probes.clock import Instant
from probes.model import Outcome, Round
from tests.collector.curves.filled import MINUTE_MS, nearest, pack, read, settings_of, wavy
from tests.collector.ledgers import BEGIN_MS, key, ledger_at

SITE = "lon-01"


def expected(rounds: list[Round], found: Sparks) -> None:
    spark = found.each()["lon-acme"]
    for i in range(POINTS):
        begin = found.from_ms + i * STEP_MS
        inside = [one for one in rounds if begin <= one.at_ms < begin + STEP_MS]
        answers = [rtt for one in inside for rtt in one.rtts if rtt is not None]
        sent = sum(one.sent for one in inside)
        assert spark.rtt[i] == (pytest.approx(nearest(answers, 50), rel=0.021) if answers else None)
        assert spark.loss[i] == (pytest.approx(1 - len(answers) / sent) if sent else None)


def test_bins_the_log_and_what_was_kept_make_one_day(tmp_path: Path) -> None:
    settings, kept = settings_of(tmp_path), dict[str, Any]()
    rounds = wavy(BEGIN_MS, BEGIN_MS + 40 * HOUR_MS)
    path = tmp_path / "l.db"
    with ledger_at(path) as ledger:
        ledger.series(key("lon-acme", SITE, MINUTE_MS))
        ledger.flush(60)
        pack(ledger, SITE, rounds[: 30 * 60])
        ledger.append([Outcome(one) for one in rounds[30 * 60 : 31 * 60 + 10]])
        ledger.flush(60)
        with read(path) as reader:
            now_ms = BEGIN_MS + 31 * HOUR_MS + 10 * MINUTE_MS
            first = sparks(reader, settings, now_ms, kept)
            assert first.from_ms == BEGIN_MS + 31 * HOUR_MS - 47 * STEP_MS
            expected(rounds[: 31 * 60 + 10], first)

            ledger.append([Outcome(one) for one in rounds[31 * 60 + 10 : 32 * 60]])
            ledger.flush(60)
            expected(rounds[: 32 * 60], sparks(reader, settings, now_ms + 49 * MINUTE_MS, kept))

            pack(ledger, SITE, rounds[30 * 60 : 32 * 60])
            later = sparks(reader, settings, now_ms + 2 * HOUR_MS, kept)
            expected(rounds[: 32 * 60], later)
            assert later.each()["lon-acme"].rtt[-1] is None

            much_later = sparks(reader, settings, now_ms + 90 * HOUR_MS, kept)
            assert set(much_later.each()["lon-acme"].loss) == {None}


def test_a_clerk_can_be_asked_and_the_answer_is_small(tmp_path: Path) -> None:
    with ledger_at(tmp_path / "l.db") as ledger:
        ledger.series(key("lon-acme", SITE, MINUTE_MS))
        ledger.append([Outcome(one) for one in wavy(BEGIN_MS, BEGIN_MS + HOUR_MS)])
        ledger.flush(60)
    now = Instant((BEGIN_MS + HOUR_MS) * 1_000_000, 0)
    desk = Desk(settings_of(tmp_path), tmp_path / "l.db", now)
    found = sparks_at(desk)
    assert len(pickle.dumps(found)) < 2_000
    expected(wavy(BEGIN_MS, BEGIN_MS + HOUR_MS), found)
    assert sparks_at(desk).each() == found.each(), "asked again, nothing counts twice"
    desk.reader.close()


def test_circuits_never_measured_have_gaps_alone(tmp_path: Path) -> None:
    with ledger_at(tmp_path / "l.db"):
        pass
    with read(tmp_path / "l.db") as reader:
        found = sparks(reader, settings_of(tmp_path), BEGIN_MS, {})
    assert found.circuits == ("lon-acme",)
    assert found.each()["lon-acme"].rtt == (None,) * POINTS
