"""Witnesses out of a ledger, a day at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from collector.blame import Verdict, verdicts
from collector.daily import DAY_MS, DailyWitnesses
from collector.ledger.columns import between
from collector.ledger.model import REFERENCE, Series
from collector.ledger.rounds import Rounds
from collector.verdicts import AROUND_MS, witnesses
from probes.model import Reason, Round
from tests.collector.ledgers import key, reference_key

EVERY_MS = 60_000
BEGIN_MS = 20_000 * DAY_MS
REFERENCES = (Series(1, reference_key("lon", EVERY_MS)),)
PRIVATE = (Series(1, key(REFERENCE, "lon", EVERY_MS, owner="ours", covers=("a",))),)


@dataclass
class Fake:
    """A ledger of references that answered in these minutes since BEGIN_MS; it notes what was read."""

    references: Sequence[Series]
    minutes: range
    read: list[tuple[int, int]] = field(default_factory=list)

    def series(self, *, site: str | None = None, circuit: str | None = None) -> Sequence[Series]:
        assert (site, circuit) == ("lon", REFERENCE)
        return self.references

    def rounds(self, series: Sequence[int], from_ms: int, to_ms: int) -> Mapping[int, Rounds]:
        self.read.append((from_ms, to_ms))
        return {number: between(minutes(self.minutes, received=1), from_ms, to_ms) for number in series}


def minutes(which: range, received: int) -> Rounds:
    """A round of one packet in each of these minutes."""
    reason, rtts = (Reason.NONE, (5_000,)) if received else (Reason.TIMEOUT, (None,))
    rows = (
        Round(1, BEGIN_MS + minute * EVERY_MS, EVERY_MS, 1, 1, received, rtts, reason) for minute in which
    )
    return Rounds.of(EVERY_MS, rows)


DAY = 24 * 60


@pytest.mark.parametrize(
    ("answered", "silent"),
    [
        (range(3 * DAY), range(100, 130)),
        (range(3 * DAY), range(DAY - 10, DAY + 10)),
        (range(DAY, 3 * DAY), range(DAY - 10, DAY + 10)),
        (range(DAY), range(DAY - 10, DAY + 10)),
        (range(0), range(100, 130)),
        (range(0, 3 * DAY, 7), range(3 * DAY)),
    ],
)
def test_rounds_are_judged_as_by_all_references_at_once(answered: range, silent: range) -> None:
    ledger, rounds = Fake(REFERENCES, answered), minutes(silent, received=0)
    daily = DailyWitnesses(ledger).of("lon", "a", REFERENCES, needed=True)  # type: ignore[arg-type]
    whole = witnesses(ledger, "lon", "a", BEGIN_MS, BEGIN_MS + 3 * DAY_MS, needed=True)  # type: ignore[arg-type]
    assert verdicts(rounds, "path", daily, 0.5).tolist() == verdicts(rounds, "path", whole, 0.5).tolist()


def test_only_days_with_a_silent_round_are_read_and_each_once() -> None:
    ledger = Fake(REFERENCES, range(3 * DAY))
    daily = DailyWitnesses(ledger)  # type: ignore[arg-type]
    for circuit in ("a", "b"):
        seen = daily.of("lon", circuit, REFERENCES, needed=True)
        assert set(verdicts(minutes(range(3 * DAY), received=1), "path", seen)) == {Verdict.UP}
        assert set(verdicts(minutes(range(DAY, DAY + 5), received=0), "path", seen)) == {Verdict.DOWN}
    begin = BEGIN_MS + DAY_MS
    assert ledger.read == [(begin - AROUND_MS, begin + DAY_MS + AROUND_MS)]


def test_references_that_speak_for_some_circuits_are_looked_at_for_each() -> None:
    ledger, silent = Fake(PRIVATE, range(DAY)), minutes(range(5), received=0)
    daily = DailyWitnesses(ledger)  # type: ignore[arg-type]
    said = {
        circuit: set(verdicts(silent, "path", daily.of("lon", circuit, PRIVATE, needed=True)))
        for circuit in ("a", "b")
    }
    assert said == {"a": {Verdict.DOWN}, "b": {Verdict.UNKNOWN}}


def test_a_site_without_a_reference_needs_no_witness_and_nothing_is_read() -> None:
    ledger = Fake((), range(0))
    seen = DailyWitnesses(ledger).of("lon", "a", (), needed=False)  # type: ignore[arg-type]
    assert np.all(verdicts(minutes(range(5), received=0), "path", seen) == Verdict.DOWN)
    assert ledger.read == []
