"""One claim on its way: where the notes take it, and what was asked, accepted and received. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from collector.claiming.dates import Deadlines
from collector.claiming.moves import CLAIMED, State, may_move
from collector.ledger.records import Note
from collector.ledger.revisions import Revision
from collector.notebook.bodies import ClaimBody, CreditBody, NextStep
from collector.sla.calendar import Period

NOTHING = Fraction(0)


@dataclass(slots=True)
class Track:
    """What is known of one claim while its notes are read in the order in which they were written."""

    scope: str
    circuits: tuple[str, ...]
    carrier: str
    contract: str
    period: Period
    state: State
    currency: str
    amount: Fraction
    claimable: Fraction
    deadlines: Deadlines
    revision: Revision | None = None
    submitted: Fraction | None = None
    accepted: Fraction | None = None
    noted: Fraction = NOTHING
    """Received, by the last claim's note that says so."""
    credited: Fraction = NOTHING
    """Received, by credit notes."""
    submitted_ms: int | None = None
    reference: str | None = None
    reason_code: str | None = None
    next_step: NextStep | None = None
    claimed_revision: int | None = None
    notes: list[int] = field(default_factory=list)
    credit_notes: list[int] = field(default_factory=list)

    @property
    def received(self) -> Fraction:
        """A credit note and a person's word that it came are the same money."""
        return max(self.noted, self.credited)

    @property
    def expected(self) -> Fraction:
        """What should come: what was accepted, else what was asked, else what can be asked."""
        return self.accepted or self.asked

    @property
    def asked(self) -> Fraction:
        """What was asked, else what can be asked."""
        return self.claimable if self.submitted is None else self.submitted

    @property
    def key(self) -> tuple[str, str, str]:
        """What there is one claim of."""
        return self.scope, self.contract, self.period.label

    def names(self, body: ClaimBody) -> bool:
        """Whether a claim's note names this one: its circuit, or its statement."""
        if any((one.scope, one.contract) == (self.scope, self.contract) for one in body.revisions):
            return True
        return not {*self.circuits, self.scope}.isdisjoint(body.circuits)

    def moved(self, note: Note, body: ClaimBody, share: Fraction | None) -> None:
        """Go where a note says; `share` is this claim's part of the note's amount."""
        if body.state == "submitted":
            self._submitted(note, body, share)
        elif body.state in {"accepted", "partly"}:
            self.accepted = self.asked if share is None else share
        elif body.state == "rejected":
            self.accepted = NOTHING
        elif body.state == "credited" and share is not None:
            self.noted = share
        self.state, self.next_step, self.reason_code = body.state, body.next_step, body.reason_code
        self.reference = body.reference or self.reference
        self.notes.append(note.id)

    def _submitted(self, note: Note, body: ClaimBody, share: Fraction | None) -> None:
        if share is not None or self.submitted is None:
            self.submitted = self.claimable if share is None else share
        self.accepted = None
        self.submitted_ms = note.at_ms if self.submitted_ms is None else self.submitted_ms
        named = [one.revision for one in body.revisions
                 if (one.scope, one.contract) == (self.scope, self.contract)]  # fmt: skip
        self.claimed_revision = named[0] if named else self.claimed_revision

    def paid(self, note: int, body: CreditBody) -> None:
        """A credit note came; `note` is its number."""
        self.credited += Fraction(body.amount.amount)
        self.state = "reconciled" if self.received >= self.expected else "credited"
        self.credit_notes.append(note)


def meant(tracks: Sequence[Track], body: ClaimBody) -> list[Track]:
    """Which claims of a carrier and period a note is about.

    Without circuits and statements it is about the whole claim: all that are in it already and may
    move so, else all that can be claimed. An amount is only for claims in its currency.
    """
    fitting = [one for one in tracks if body.amount is None or one.currency == body.amount.currency]
    if body.circuits or body.revisions:
        return [one for one in fitting if one.names(body)]
    moving = [one for one in fitting if may_move(one.state, body.state)]
    inside = [one for one in moving if one.state in CLAIMED]
    return inside or [one for one in moving if one.claimable > 0]


def shares(tracks: Sequence[Track], amount: Fraction) -> list[Fraction]:
    """An amount for several claims in proportion to what should come for each; alike where nothing should."""
    weights = [one.expected for one in tracks]
    total = sum(weights, NOTHING)
    if not total:
        return [amount / len(tracks) for _ in tracks]
    return [amount * weight / total for weight in weights]


def move(tracks: Sequence[Track], note: Note, body: ClaimBody) -> None:
    """Take a note's word for the claims that it is about."""
    about = meant(tracks, body)
    parts: Sequence[Fraction | None] = [None] * len(about)
    if body.amount is not None and about:
        parts = shares(about, Fraction(body.amount.amount))
    for one, part in zip(about, parts, strict=True):
        one.moved(note, body, part)
