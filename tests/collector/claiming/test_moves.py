"""Which state of a claim may follow which: every pair."""

from __future__ import annotations

import pytest

from collector.claiming.moves import CLAIMED, STATES, allowed_from, may_move

AFTER = ("submitted", "accepted", "partly", "rejected", "credited", "reconciled", "expired")
TABLE = {
    #             submitted accepted partly rejected credited reconciled expired
    "none":       "-        -        -      -        -        -          -",
    "detected":   "x        -        -      -        x        -          x",
    "ticketed":   "x        -        -      -        x        -          x",
    "eligible":   "x        -        -      -        x        -          x",
    "submitted":  "x        x        x      x        x        -          -",
    "accepted":   "-        x        x      x        x        -          -",
    "partly":     "x        x        x      x        x        -          -",
    "rejected":   "x        x        x      x        x        x          -",
    "credited":   "x        -        -      -        x        x          -",
    "reconciled": "x        -        -      -        -        -          -",
    "expired":    "x        -        -      -        x        -          x",
}  # fmt: skip


@pytest.mark.parametrize("before", STATES)
@pytest.mark.parametrize(("place", "after"), list(enumerate(AFTER)))
def test_every_pair_of_states_is_a_move_or_none(before: str, place: int, after: str) -> None:
    assert may_move(before, after) == (TABLE[before].split()[place] == "x")


def test_a_word_that_is_no_state_moves_nowhere_and_nothing_moves_back_to_before_a_claim() -> None:
    assert not may_move("banana", "submitted")
    assert allowed_from("banana") == ()
    for before in STATES:
        for after in ("none", "detected", "ticketed", "eligible", "banana"):
            assert not may_move(before, after)


def test_what_was_claimed_is_every_state_that_follows_a_claim() -> None:
    assert {*AFTER} - {"expired"} == CLAIMED
