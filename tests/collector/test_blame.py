"""Whose fault a silence is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.blame import CARRIED, Verdict, Witnesses, in_the_air, phase, unknown_cause, verdict, verdicts
from collector.ledger.rounds import Rounds
from collector.witness import WitnessLog
from probes.model import Reason, Round

UP, DOWN, UNKNOWN = Verdict.UP, Verdict.DOWN, Verdict.UNKNOWN


def a_round(reason: Reason, sent: int, received: int, at_ms: int = 0, every_ms: int = 10_000) -> Round:
    return Round(1, at_ms, every_ms, 0, sent, received, reason=reason)


@pytest.mark.parametrize(
    ("reason", "sent", "received", "witnessed", "path", "service"),
    [
        (Reason.NONE, 10, 10, False, UP, UP),
        (Reason.TIMEOUT, 10, 3, False, UP, UP),
        (Reason.UNREACHABLE, 10, 1, True, UP, UP),
        (Reason.LOCAL, 7, 7, False, UP, UNKNOWN),
        (Reason.RESOLVE, 1, 1, False, UP, UNKNOWN),
        (Reason.TIMEOUT, 10, 0, True, DOWN, DOWN),
        (Reason.UNREACHABLE, 10, 0, True, DOWN, DOWN),
        (Reason.TIMEOUT, 10, 0, False, UNKNOWN, UNKNOWN),
        (Reason.UNREACHABLE, 10, 0, False, UNKNOWN, UNKNOWN),
        (Reason.LOCAL, 0, 0, True, UNKNOWN, UNKNOWN),
        (Reason.LOCAL, 3, 0, True, UNKNOWN, UNKNOWN),
        (Reason.RESOLVE, 0, 0, True, UNKNOWN, UNKNOWN),
        (Reason.TIMEOUT, 0, 0, True, UNKNOWN, UNKNOWN),
        *[(reason, 1, received, False, UP, DOWN) for reason in sorted(CARRIED) for received in (0, 1)],
    ],
)
def test_a_round_says_what_the_table_says(
    reason: Reason, sent: int, received: int, witnessed: bool, path: Verdict, service: Verdict
) -> None:
    one = a_round(reason, sent, received)
    assert verdict(one, "path", witnessed) is path
    assert verdict(one, "service", witnessed) is service


def references(*answered_slots: int, every_ms: int = 1_000) -> Rounds:
    return Rounds.of(every_ms, [Round(2, at, every_ms, 0, 2, 2) for at in answered_slots])


@pytest.mark.parametrize(
    ("answered", "said"),
    [
        ((5_000,), DOWN),  # in the very slot
        ((4_000, 6_000), DOWN),  # on both sides
        ((4_000,), UNKNOWN),  # only before: our own gateway may have died in between
        ((6_000,), UNKNOWN),  # only after
        ((), UNKNOWN),
        ((2_000, 6_000), UNKNOWN),  # before, but long before
    ],
)
def test_a_silent_round_is_down_only_beside_a_reference_that_answered(
    answered: tuple[int, ...], said: Verdict
) -> None:
    silent = Rounds.of(1_000, [a_round(Reason.TIMEOUT, 1, 0, at_ms=5_000, every_ms=1_000)])
    witnesses = Witnesses.of([references(*answered), references()])
    assert verdicts(silent, "path", witnesses, phase=0.5).tolist() == [said]


def test_a_cut_of_our_own_gateway_never_makes_two_down_rounds_in_a_row() -> None:
    """Whatever the phases: the reference answers, the gateway dies, the circuit's packet leaves."""
    for cut in range(0, 3_000, 50):
        for circuit_phase in (0.0, 0.25, 0.5, 0.99):
            slots = range(0, 20_000, 1_000)
            answered = [at for at in slots if at + 100 < 5_000 + cut or at + 600 > 12_000 + cut]
            lost = [at for at in slots if 5_000 + cut <= at + circuit_phase * 1_000 < 12_000 + cut]
            silent = Rounds.of(1_000, [a_round(Reason.TIMEOUT, 1, 0, at, 1_000) for at in lost])
            said = verdicts(silent, "path", Witnesses.of([references(*answered)]), circuit_phase)
            assert not np.any((said[1:] == DOWN) & (said[:-1] == DOWN)), (cut, circuit_phase)


def test_a_site_without_a_reference_that_says_so_counts_every_failure() -> None:
    silent = Rounds.of(1_000, [a_round(Reason.TIMEOUT, 1, 0)])
    assert verdicts(silent, "path", Witnesses.not_needed()).tolist() == [DOWN]


@given(
    answered=st.lists(st.integers(0, 60), max_size=30),
    first=st.integers(0, 60_000),
    length=st.integers(0, 20_000),
    every_ms=st.sampled_from([1_000, 2_000, 5_000]),
)
def test_the_growing_log_and_the_columns_see_the_same(
    answered: list[int], first: int, length: int, every_ms: int
) -> None:
    log = WitnessLog(every_ms)
    for slot in answered:
        log.add(slot * every_ms, every_ms)
    columns = Witnesses.of([references(*(slot * every_ms for slot in answered), every_ms=every_ms)])
    if not answered:
        columns = Witnesses(columns.begins, columns.ends, every_ms)
    seen = columns.saw(np.array([first]), np.array([first + length]))
    assert log.saw(first, first + length) == bool(seen[0])
    assert log.begins == columns.begins.tolist()
    assert log.ends == columns.ends.tolist()


@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(Reason)), st.integers(0, 3), st.integers(0, 3)),
        min_size=1,
        max_size=20,
    ),
    st.lists(st.integers(0, 30), max_size=20),
    st.sampled_from(["path", "service"]),
    st.floats(0, 0.999),
)
def test_one_round_and_a_column_of_rounds_are_judged_alike(
    facts: list[tuple[Reason, int, int]], answered: list[int], proves: str, place: float
) -> None:
    rows = [
        a_round(reason, max(sent, received), received, at_ms=i * 1_000, every_ms=1_000)
        for i, (reason, sent, received) in enumerate(facts)
    ]
    log = WitnessLog(1_000)
    for slot in answered:
        log.add(slot * 1_000, 1_000)
    witnesses = Witnesses.of([references(*(slot * 1_000 for slot in answered))])
    alone = [verdict(one, proves, log.saw(*in_the_air(one.at_ms, 1_000, one.sent, place))) for one in rows]
    if not answered:
        alone = [verdict(one, proves, witnessed=False) for one in rows]
    assert verdicts(Rounds.of(1_000, rows), proves, witnesses, place).tolist() == alone


def test_phases_are_stable_and_spread_over_the_slot() -> None:
    places = [phase("lon-01", f"circuit-{i}", "far") for i in range(1_000)]
    assert phase("lon-01", "circuit-7", "far") == places[7]
    assert all(60 <= sum(i / 10 <= place < (i + 1) / 10 for place in places) <= 140 for i in range(10))


def test_packets_are_spread_evenly_over_their_slot() -> None:
    assert in_the_air(100_000, 10_000, 10, 0.5) == (100_500, 109_500)
    assert in_the_air(100_000, 10_000, 1, 0.5) == (105_000, 105_000)


@pytest.mark.parametrize(
    ("reason", "detail", "sent", "said"),
    [
        (Reason.LOCAL, "no route to 192.0.2.1", 0, "local: no route to 192.0.2.1"),
        (Reason.RESOLVE, "", 0, "resolve"),
        (Reason.TIMEOUT, "", 10, "no reference of ours answered"),
        (Reason.NONE, "", 0, "nothing was sent"),
    ],
)
def test_unknown_has_a_cause_that_a_person_can_read(
    reason: Reason, detail: str, sent: int, said: str
) -> None:
    assert unknown_cause(Round(1, 0, 1_000, 0, sent, 0, reason=reason, detail=detail)) == said
