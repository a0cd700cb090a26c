"""What to do next, why, and by when. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

Urgency = Literal["now", "soon", "plan"]


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One thing to do; `key` is the same each time that the same rule finds the same thing."""

    key: str
    """`rule:about:period`: what a dismissal names."""
    rule: str
    """claim, ticket, chronic, pair, commit, unmeasured, remedy, notice ..."""
    urgency: Urgency
    carrier: str
    """Empty where it concerns no one carrier."""
    circuits: tuple[str, ...]
    text: str
    """What to do, as an order: `Claim April 2026 from Acme: 150.00 USD for 3 circuits`."""
    reason: str
    """The rule, in a sentence."""
    evidence: tuple[str, ...]
    """The figures that it rests on, in sentences."""
    until: date | None = None
    amount: Decimal | None = None
    """What it is worth, where that can be said."""
    currency: str = ""
    link: str = ""
    """The page's path where it is done."""
    dismissed_by: str = ""
    dismissed_why: str = ""
    """Set where a person has dismissed it; then it is no longer open."""
