"""The rounds that a statement is made of, out of a ledger: read in parts, packets only where needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest

from collector import testimony
from collector.ledger.columns import between
from collector.ledger.model import Series
from collector.ledger.rounds import Rounds
from collector.sla.rules import CircuitFacts
from collector.sla.tracks import Measured
from collector.testimony import WEEK_MS
from config.contract import Terms
from config.load import load_text
from probes.model import Reason, Round
from tests.collector.ledgers import key

CONFIG = """\
site: lon
sites: {lon: {timezone: UTC, reference: none}}
carriers: {acme: {name: Acme}}
circuits: {lon-acme: {carrier: acme, site: lon, probes: {pe: {icmp: 192.0.2.1, every: 1h, packets: 3}}}}
"""
EVERY_MS = 3_600_000
BEGIN_MS = 20_000 * 24 * EVERY_MS
HOURS = 40 * 24
END_MS = BEGIN_MS + HOURS * EVERY_MS
FACTS = CircuitFacts("lon-acme", "UTC", site="lon")


def all_rounds() -> Rounds:
    """A round an hour: the middle packet is lost, every tenth round altogether."""
    rows = []
    for hour in range(HOURS):
        rtts = (None,) * 3 if hour % 10 == 0 else (200_000 + hour, None, 300_000)
        received, reason = (0, Reason.TIMEOUT) if hour % 10 == 0 else (2, Reason.NONE)
        rows.append(Round(1, BEGIN_MS + hour * EVERY_MS, EVERY_MS, 1, 3, received, rtts, reason))
    return Rounds.of(EVERY_MS, rows)


@dataclass
class Fake:
    """A ledger with one series; it notes what was read."""

    kept: Rounds = field(default_factory=all_rounds)
    read: list[tuple[int, int]] = field(default_factory=list)

    def series(self, *, site: str | None = None, circuit: str | None = None) -> Sequence[Series]:
        return [Series(1, key(every_ms=EVERY_MS)), Series(2, key("other", every_ms=EVERY_MS))]

    def rounds(self, series: Sequence[int], from_ms: int, to_ms: int) -> Mapping[int, Rounds]:
        assert list(series) == [1]
        self.read.append((from_ms, to_ms))
        return {1: between(self.kept, from_ms, to_ms)}

    def notes(self) -> Sequence[object]:
        return ()


def measured(reader: Fake, span: tuple[int, int], *packets: tuple[int, int]) -> Measured:
    settings = load_text(CONFIG, "x.yaml", host="edge", environ={}).settings
    evidence = testimony.Testimony(settings, reader)  # type: ignore[arg-type]
    (found,) = evidence.of(FACTS, Terms(), span, (), *packets).measured
    return found


def columns(rounds: Rounds) -> list[list[int]]:
    some = (rounds.at_ms, rounds.epoch, rounds.sent, rounds.received, rounds.reason, rounds.timing)
    return [column.tolist() for column in some]


HOUR = EVERY_MS


@pytest.mark.parametrize(
    ("span", "packets"),
    [
        ((BEGIN_MS, END_MS), (BEGIN_MS + 48 * HOUR, END_MS - 96 * HOUR)),
        ((BEGIN_MS, END_MS), (BEGIN_MS, END_MS)),
        ((BEGIN_MS, END_MS), (BEGIN_MS, BEGIN_MS + WEEK_MS)),
        ((BEGIN_MS, END_MS), (BEGIN_MS + HOUR, BEGIN_MS + WEEK_MS + 2 * HOUR)),
        ((BEGIN_MS, END_MS), (BEGIN_MS - 90 * WEEK_MS, END_MS - 5 * HOUR)),
        ((BEGIN_MS, BEGIN_MS + 30 * HOUR), (BEGIN_MS + 10 * HOUR, END_MS)),
        ((BEGIN_MS, BEGIN_MS + 30 * HOUR), (BEGIN_MS + 50 * HOUR, END_MS)),
        ((BEGIN_MS - 9 * HOUR, END_MS + HOUR), (END_MS, END_MS + HOUR)),
    ],
)
def test_rounds_come_whole_and_packets_only_where_they_are_asked_for(
    span: tuple[int, int], packets: tuple[int, int]
) -> None:
    reader = Fake()
    found = measured(reader, span, packets)
    whole = between(reader.kept, *span)
    assert columns(found.rounds) == columns(whole)
    for place in range(len(whole)):
        at_ms, one = int(whole.at_ms[place]), found.rounds.row(1, place)
        assert one.rtts == (whole.row(1, place).rtts if packets[0] <= at_ms < packets[1] else ())
    assert np.array_equal(found.verdict, (whole.received > 0).astype(np.int8))
    assert len(found.rounds.detail) == len(whole)


def test_without_a_word_on_packets_all_are_there_and_read_at_once() -> None:
    reader = Fake()
    found = measured(reader, (BEGIN_MS, END_MS))
    assert reader.read == [(BEGIN_MS, END_MS)]
    assert np.array_equal(found.rounds.rtts, reader.kept.rtts)


def test_no_more_than_a_week_with_packets_is_read_at_once_and_nothing_twice() -> None:
    reader = Fake()
    measured(reader, (BEGIN_MS, END_MS), (BEGIN_MS + 24 * HOUR, END_MS - 24 * HOUR))
    edges = [BEGIN_MS, *range(BEGIN_MS + 24 * HOUR, END_MS - 24 * HOUR, WEEK_MS), END_MS - 24 * HOUR, END_MS]
    assert reader.read == list(pairwise(edges))


def test_the_ledger_is_asked_once_for_its_series() -> None:
    settings = load_text(CONFIG, "x.yaml", host="edge", environ={}).settings
    asked = []

    class Counting(Fake):
        def series(self, *, site: str | None = None, circuit: str | None = None) -> Sequence[Series]:
            asked.append((site, circuit))
            return super().series(site=site, circuit=circuit)

    evidence = testimony.Testimony(settings, Counting())  # type: ignore[arg-type]
    for _ in range(2):
        evidence.of(FACTS, Terms(), (BEGIN_MS, END_MS))
    assert asked == [(None, None)]
