"""The book of claims: what each carrier owes for each period, how far that is, and until when.

No rounds are read: what a closed period is worth stands in its latest issued revision, and the notes say
what became of it. Amounts are exact, and each has its currency: nothing here adds two of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Self

from collector.claiming.credited import claim_of, names_of
from collector.claiming.dates import deadlines, period_of_statement
from collector.claiming.moves import State, may_move
from collector.claiming.running import tickets_needed
from collector.claiming.track import NOTHING, Track, move
from collector.ledger.model import LedgerReader
from collector.ledger.records import Note
from collector.ledger.revisions import Revision
from collector.notebook.bodies import ClaimBody, CreditBody
from collector.notebook.book import Notebook
from collector.sla.calendar import DAY_MS, local_day
from config.settings import Settings

__all__ = ["Book", "ClaimNow", "claims_now", "may_move"]

UNSENT = frozenset({"detected", "ticketed", "eligible", "expired"})
"""What nobody has claimed yet."""
SETTLED = frozenset({"none", "reconciled", "expired"})


@dataclass(frozen=True, slots=True)
class ClaimNow:
    """One claim as it stands: of a circuit, or of several that are judged as one, for one period."""

    scope: str
    circuits: tuple[str, ...]
    carrier: str
    contract: str
    period: str
    start_ms: int
    end_ms: int
    zone: str
    state: State
    currency: str
    """Of every amount; empty where nothing says it."""
    amount: Fraction
    """The credit by the latest issued statement."""
    claimable: Fraction
    """What of it can be claimed, or could when it was; 0 once the time for that is over."""
    submitted: Fraction
    accepted: Fraction
    received: Fraction
    expected: Fraction
    """What should come: what was accepted, else what was asked, else what can be asked."""
    owed: Fraction
    """What should come and hasn't; 0 where nothing more is to be expected."""
    ticket_deadline_ms: int | None
    submit_deadline_ms: int | None
    notice_deadline_ms: int | None
    """Until when the right that a chronic failure gave must be used."""
    lapses_ms: int | None
    """The earliest deadline still ahead of what is to be done; where all are over, the last of them."""
    revision: int | None
    """The latest issued; None while the period runs."""
    claimed_revision: int | None
    """The one that the claim named."""
    submitted_ms: int | None
    age_days: int
    """Whole days since it was submitted, else since the period's end."""
    reference: str | None = None
    reason_code: str | None = None
    next_step: str | None = None
    owner: str | None = None
    due: date | None = None
    """Until when the next step is to be done."""
    notes: tuple[int, ...] = ()
    """The claim's notes, in order; the last one decides."""
    credit_notes: tuple[int, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether anything is still to be done or to come."""
        return self.state not in SETTLED and (self.state != "rejected" or self.next_step is not None)

    def ended_within(self, from_ms: int, to_ms: int, zone: str) -> bool:
        """Whether its last day is one of those of [from, to) in that zone, each by its own calendar.

        June of a contract in UTC is June also for a report of London, where it ends an hour into July.
        """
        last = local_day(self.end_ms - 1, self.zone)
        return local_day(from_ms, zone) <= last <= local_day(to_ms - 1, zone)

    @property
    def key(self) -> tuple[str, str, str]:
        """Scope, contract and period: what there is one claim of."""
        return self.scope, self.contract, self.period


@dataclass(frozen=True, slots=True)
class Book:
    """Every claim with the notes that concern it, so that a later note can be tried on it."""

    settings: Settings
    tracks: tuple[Track, ...]
    unmatched: tuple[tuple[Note, CreditBody], ...]
    """Credit notes that are for no claim that is known."""
    now_ms: int

    @classmethod
    def read(
        cls, settings: Settings, reader: LedgerReader, now_ms: int, *, without: int | None = None
    ) -> Self:
        """The book as it stands, or as it would without one of the notes; raises LedgerError."""
        notebook = Notebook([one for one in reader.notes() if one.id != without])
        stated = [_stated(settings, one, notebook, now_ms) for one in reader.revisions(brief=True)]
        unmatched = tuple(_follow(settings, stated, notebook))
        known = {one.key for one in stated}
        needed = tickets_needed(settings, reader, notebook, now_ms)
        tracks = (*stated, *(one for one in needed if one.key not in known))
        return cls(settings, tracks, unmatched, now_ms)

    @property
    def claims(self) -> list[ClaimNow]:
        """Every claim as it stands now, by period, carrier and scope."""
        found = (claim_now(one, self.now_ms) for one in self.tracks)
        return sorted(found, key=lambda one: (one.end_ms, one.carrier, one.scope, one.contract))

    def group(self, carrier: str, period: str) -> list[Track]:
        """The claims against a carrier for one period that have a statement."""
        return [
            one
            for one in self.tracks
            if (one.carrier, one.period.label) == (carrier, period) and one.revision is not None
        ]


def claims_now(settings: Settings, reader: LedgerReader, now_ms: int) -> list[ClaimNow]:
    """Every claim, by period, carrier and scope; also those of which there is nothing to claim (`none`).

    Of a period that has no statement yet there is one only where a ticket is needed. Raises LedgerError.
    """
    return Book.read(settings, reader, now_ms).claims


def _follow(
    settings: Settings, tracks: Iterable[Track], notebook: Notebook
) -> Iterator[tuple[Note, CreditBody]]:
    """Take every standing note's word in the order in which they were written; what fits none is given."""
    groups: dict[tuple[str, str], list[Track]] = {}
    named: dict[tuple[str, str], list[Track]] = {}
    for one in tracks:
        groups.setdefault((one.carrier, one.period.label), []).append(one)
        for name in {each for circuit in one.circuits for each in names_of(settings, circuit)}:
            named.setdefault((name, one.period.label), []).append(one)
    for written in notebook.standing:
        body = written.body
        if isinstance(body, ClaimBody):
            move(groups.get((body.carrier, body.period), ()), written.note, body)
        elif isinstance(body, CreditBody):
            found = claim_of(settings, body, named.get((body.carrier_id, body.period), ()))
            if found is None:
                yield written.note, body
            else:
                found.paid(written.note.id, body)


def _stated(settings: Settings, revision: Revision, notebook: Notebook, now_ms: int) -> Track:
    """A claim as its statement alone has it, at this moment."""
    told, key = revision.statement, revision.key
    period = period_of_statement(told, revision.label, key.from_ms, key.to_ms)
    dates = deadlines(told, period, settings.contracts.get(key.contract), notebook)
    credit: dict[str, Any] = told.get("credit") or {}
    state: State = (told.get("claim") or {}).get("state") or "none"
    return Track(
        key.scope,
        tuple(told.get("circuits") or (key.scope,)),
        str(told.get("carrier") or ""),
        key.contract,
        period,
        "expired" if state in UNSENT and dates.is_over(now_ms) else state,
        str(credit.get("currency") or ""),
        Fraction(credit.get("amount") or 0),
        Fraction(credit.get("claimable") or 0),
        dates,
        revision,
    )


def claim_now(one: Track, now_ms: int) -> ClaimNow:
    """How a claim stands at a moment."""
    step, since = one.next_step, one.submitted_ms if one.submitted_ms is not None else one.period.end_ms
    return ClaimNow(
        scope=one.scope,
        circuits=one.circuits,
        carrier=one.carrier,
        contract=one.contract,
        period=one.period.label,
        start_ms=one.period.start_ms,
        end_ms=one.period.end_ms,
        zone=one.period.zone,
        state=one.state,
        currency=one.currency,
        amount=one.amount,
        claimable=NOTHING if one.state == "expired" else one.claimable,
        submitted=one.submitted or NOTHING,
        accepted=one.accepted or NOTHING,
        received=one.received,
        expected=one.expected,
        owed=_owed(one),
        ticket_deadline_ms=one.deadlines.ticket_ms,
        submit_deadline_ms=one.deadlines.submit_ms(now_ms),
        notice_deadline_ms=one.deadlines.notice_ms,
        lapses_ms=_lapses_ms(one, now_ms),
        revision=one.revision.number if one.revision else None,
        claimed_revision=one.claimed_revision,
        submitted_ms=one.submitted_ms,
        age_days=max(0, now_ms - since) // DAY_MS,
        reference=one.reference,
        reason_code=one.reason_code,
        next_step=step.what if step else None,
        owner=step.owner if step else None,
        due=step.by if step else None,
        notes=tuple(one.notes),
        credit_notes=tuple(one.credit_notes),
    )


def _owed(one: Track) -> Fraction:
    if one.state in SETTLED or one.state == "rejected":
        return NOTHING
    return max(NOTHING, one.expected - one.received)


def _lapses_ms(one: Track, now_ms: int) -> int | None:
    dates = sorted(_still_to_meet(one, now_ms))
    return next((at_ms for at_ms in dates if at_ms > now_ms), dates[-1] if dates else None)


def _still_to_meet(one: Track, now_ms: int) -> Iterator[int]:
    """The deadlines of what is still to be done: a claim that was sent has met its own."""
    submit = one.deadlines.submit_ms(now_ms)
    if one.deadlines.ticket_ms is not None and one.state in UNSENT:
        yield one.deadlines.ticket_ms
    if submit is not None and one.state in UNSENT:
        yield submit
    if one.deadlines.notice_ms is not None:
        yield one.deadlines.notice_ms
