"""Rounds as columns: what of them counts, and how series of one probe are joined."""

from __future__ import annotations

import numpy as np
import pytest

from collector.blame import Verdict
from collector.ledger.rounds import Rounds
from collector.sla.tracks import Measured, Track
from probes.model import Reason, Round
from tests.collector.sla.marks import EVERY_MS, rounds_of, track


def one(sent: int, received: int, verdict: Verdict, reason: Reason = Reason.NONE) -> Track:
    rounds = Rounds.of(EVERY_MS, [Round(1, 0, EVERY_MS, 0, sent, received, (), reason)])
    return Track.of("pe", [Measured("pe", rounds, np.array([verdict], np.int8))])


@pytest.mark.parametrize(
    ("sent", "received", "verdict", "lost", "failed", "known"),
    [
        (1, 1, Verdict.UP, 0, 0, True),
        (1, 0, Verdict.DOWN, 1, 1, True),
        (4, 1, Verdict.UP, 3, 3, True),
        (4, 0, Verdict.UP, 0, 0, True),
        (4, 3, Verdict.DOWN, 1, 4, True),
        (4, 0, Verdict.UNKNOWN, 4, 4, False),
        (0, 0, Verdict.UP, 0, 0, False),
    ],
)
def test_what_is_lost_and_what_has_failed_is_told_by_the_verdict(
    sent: int, received: int, verdict: Verdict, lost: int, failed: int, known: bool
) -> None:
    """A refusal (answered by somebody, up for the path) lost nothing; a service that said no failed whole."""
    found = one(sent, received, verdict)
    assert (found.lost[0], found.failed[0], found.known[0]) == (lost, failed, known)


def test_a_round_ends_where_the_next_begins_and_else_after_its_interval() -> None:
    series = [*rounds_of("..", at_ms=0), *rounds_of(". .", at_ms=15)]
    found = Track.of("pe", series)
    assert list(zip(found.at_ms.tolist(), found.end_ms.tolist(), strict=True)) == [
        (0, 10),
        (10, 15),
        (15, 25),
        (35, 45),
    ]
    assert found.fresh.tolist() == [True] * 4


def test_known_time_leaves_out_gaps_and_what_is_no_evidence() -> None:
    assert track(".x?. o.").known_time().pairs == ((0, 20), (30, 40), (60, 70))
    assert not track("").known_time()


@pytest.mark.parametrize(
    ("start", "end", "inside"),
    [
        (0, 40, [True, True, False, True]),
        (1, 30, [False, True, False, False]),
        (10, 11, [False, True, False, False]),
    ],
)
def test_known_rounds_are_inside_by_their_begin(start: int, end: int, inside: list[bool]) -> None:
    assert track("..?.").inside(start, end).tolist() == inside


def test_the_cause_is_the_most_frequent_reason_of_failed_rounds() -> None:
    rows = [
        Round(1, place * EVERY_MS, EVERY_MS, 0, 1, received, (), reason)
        for place, (received, reason) in enumerate(
            [
                (0, Reason.TIMEOUT),
                (0, Reason.UNREACHABLE),
                (0, Reason.UNREACHABLE),
                (1, Reason.NONE),
                (0, Reason.TIMEOUT),
                (0, Reason.TIMEOUT),
            ]
        )
    ]
    rounds = Rounds.of(EVERY_MS, rows)
    found = Track.of("pe", [Measured("pe", rounds, np.array([0, 0, 0, 1, -1, -1], np.int8))])
    assert found.cause(0, 60) == "unreachable"
    assert found.cause(0, 10) == "timeout"
    assert found.cause(30, 60) == ""


def test_a_track_keeps_the_class_direction_and_family_of_its_series() -> None:
    rounds = Rounds.of(EVERY_MS, [])
    series = Measured("pe", rounds, np.empty(0, np.int8), dscp=46, direction="reverse", family=6)
    found = Track.of("pe", [series])
    assert (found.dscp, found.direction, found.family, len(found)) == (46, "reverse", 6, 0)
    assert Track.of("pe", []).direction is None
