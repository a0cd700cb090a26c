"""The states of a claim, and which may follow which. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

State = Literal[
    "none", "detected", "ticketed", "eligible", "submitted", "accepted", "partly", "rejected", "credited",
    "reconciled", "expired",
]  # fmt: skip
STATES: tuple[State, ...] = get_args(State)

_BEFORE_CLAIM = ("submitted", "credited", "expired")
"""Some carriers credit without being asked; and what nobody claims expires."""
_ANSWERS = ("accepted", "partly", "rejected", "credited")

MOVES: Mapping[str, tuple[str, ...]] = {
    "none": (),
    "detected": _BEFORE_CLAIM,
    "ticketed": _BEFORE_CLAIM,
    "eligible": _BEFORE_CLAIM,
    "submitted": ("submitted", *_ANSWERS),
    "accepted": _ANSWERS,
    "partly": ("submitted", *_ANSWERS),
    "rejected": ("submitted", "accepted", "partly", "rejected", "credited", "reconciled"),
    "credited": ("submitted", "credited", "reconciled"),
    "reconciled": ("submitted",),
    "expired": ("submitted", "credited", "expired"),
}
"""What a person may note next. A state that may follow itself is a news of it: a reference, a next step.

`submitted` after an answer or a credit is a dispute of it. An expired claim may be noted as submitted,
as it may have been sent in time and be noted later. A rejected one is reconciled by giving it up.
"""

CLAIMED: frozenset[str] = frozenset({"submitted", "accepted", "partly", "rejected", "credited", "reconciled"})
"""The states of what was claimed or credited already."""


def may_move(before: str, after: str) -> bool:
    """Whether a claim in state `before` may be noted as `after`; False for a state that is none."""
    return after in allowed_from(before)


def allowed_from(before: str) -> tuple[str, ...]:
    """The states that may be noted from here."""
    return MOVES.get(before, ())
