"""One claim: what it is worth and why, what became of it, its letter, and the forms that take it on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from collector.claiming.book import Book, ClaimNow, claim_now
from collector.claiming.choosing import as_stated
from collector.claiming.letter import LetterError, default_template
from collector.claiming.moves import allowed_from
from collector.claiming.pack import Pack, files_of, zipped
from collector.claiming.track import Track
from collector.clerk import Desk
from collector.ledger.records import Note
from collector.ledger.revisions import Revision
from collector.notebook.bodies import ClaimBody, CreditBody
from collector.notebook.book import Notebook, Written
from collector.sla.statement import money
from collector.web.views.claims import Row, row
from collector.web.views.page import render
from collector.web.views.query import choice
from collector.web.views.sentences import recorded
from collector.web.views.view import Asked, Drawn, NotFound

Json = Mapping[str, Any]
MEANS = {
    "submitted": "it was sent to the carrier",
    "accepted": "the carrier agrees to all of it",
    "partly": "the carrier agrees to a part",
    "rejected": "the carrier refuses",
    "credited": "a credit came",
    "reconciled": "it is settled, nothing more is expected",
    "expired": "it is given up",
}
"""The states that a person may note, in words."""


@dataclass(frozen=True, slots=True)
class Move:
    """Something that became of the claim."""

    note: Note
    what: str
    """The state from then on, or `credit note`."""
    amount: str
    reference: str
    reason: str
    then: str
    """The next step, its owner and day."""
    withdrawn_by: int | None


@dataclass(frozen=True, slots=True)
class Page:
    """What the template shows; `statement` is the revision as JSON, None while the period runs."""

    row: Row
    carrier_ids: tuple[str, ...]
    account: str
    statement: Json | None
    revision: Revision | None
    drafted: bool
    """Computed again it says otherwise, and that waits for a person."""
    moves: tuple[Move, ...]
    allowed: tuple[tuple[str, str], ...]
    """The states that may be noted next, and what each means."""
    suggested: str
    """An amount for the form."""
    names: str
    """The statement as `note claim --statement` names it; empty without one."""
    letter: str
    files: tuple[str, ...]
    why_not: str
    """Why there is no letter; empty when there is."""
    whole: tuple[str, ...]
    """The scopes of the carrier's whole claim of the period, this one included, where there are more."""
    opened: str
    """What the ticket's form begins with: the longest outage that has none."""

    @property
    def offered(self) -> list[tuple[str, str]]:
        """The same for a list to choose from."""
        return [(state, f"{state}: {meaning}") for state, meaning in self.allowed]

    @property
    def claim(self) -> ClaimNow:
        """How it stands."""
        return self.row.claim


def draw(desk: Desk, asked: Asked) -> Drawn:
    """The page; raises NotFound, LedgerError."""
    seen = page(desk, asked.parts)
    title = f"Claim: {seen.claim.scope}, {seen.claim.period}"
    return render("claim.html", asked, desk.settings, desk.now.wall_ms, title=title, page=seen,
                  recorded=recorded(desk, asked))  # fmt: skip


def pack(desk: Desk, asked: Asked) -> Drawn:
    """The zip of this claim, or with `?of=carrier` of all that the carrier's claim of the period holds.

    It only reads: nothing is settled or noted. Raises NotFound, BadRequest, LedgerError.
    """
    book, track = _found(desk, asked.parts)
    whole = choice(asked.query, "of", ("claim", "carrier")) == "carrier"
    made, why = _packed(desk, book.group(track.carrier, track.period.label) if whole else [track])
    if made is None:
        raise NotFound(f"there is nothing to claim: {why}")
    return Drawn(zipped(made), "application/zip", file_name=made.file_name())


def page(desk: Desk, parts: Mapping[str, str]) -> Page:
    """What is shown of one claim; raises NotFound."""
    book, track = _found(desk, parts)
    now = claim_now(track, book.now_ms)
    key = track.revision.key if track.revision else None
    history = desk.reader.revisions_of(key) if key else None
    issued = history.issued if history else None
    made, why = _packed(desk, [track])
    letter, files, why = _written(made, why)
    fellows, _ = as_stated(
        desk.settings, desk.reader, book.group(track.carrier, track.period.label), desk.now
    )
    lines = [line.scope for one in fellows for line in one.lines]
    carrier = desk.settings.carriers.get(track.carrier)
    return Page(
        row=row(desk.settings, now, book.now_ms),
        carrier_ids=tuple(_theirs(desk, now.circuits)),
        account=(carrier and carrier.account) or "",
        statement=issued.statement if issued else None,
        revision=issued,
        drafted=bool(history and history.draft),
        moves=tuple(_moves(Notebook(desk.reader.notes()), track)),
        allowed=tuple((one, MEANS[one]) for one in allowed_from(track.state)) if track.revision else (),
        suggested=_suggested(now),
        names=f"{now.scope}/{now.contract}/{now.revision}" if now.revision else "",
        letter=letter,
        files=files,
        why_not=why,
        whole=tuple(lines) if len(lines) > 1 else (),
        opened=_unticketed(issued.statement if issued else {}),
    )


def _found(desk: Desk, parts: Mapping[str, str]) -> tuple[Book, Track]:
    book = Book.read(desk.settings, desk.reader, desk.now.wall_ms)
    wanted = (parts["scope"], parts["contract"], parts["period"])
    found = next((one for one in book.tracks if one.key == wanted), None)
    if found is None:
        raise NotFound(
            f"there is no claim of {wanted[0]} by {wanted[1]} for {wanted[2]}: a claim comes with the "
            "statement of a period that is over, or with an outage that needs a ticket"
        )
    return book, found


def _packed(desk: Desk, tracks: Sequence[Track]) -> tuple[Pack | None, str]:
    """The claim of these as the command `claim` packs it, or why there is none."""
    claims, left = as_stated(desk.settings, desk.reader, tracks, desk.now)
    if not claims:
        return None, "; ".join(dict.fromkeys(one.why for one in left))
    return Pack(desk.settings, claims[0], default_template(), "letter.txt"), ""


def _written(made: Pack | None, why: str) -> tuple[str, tuple[str, ...], str]:
    """The letter's text, the names of the pack's files, and why there is neither."""
    if made is None:
        return "", (), why
    try:
        found = files_of(made)
    except LetterError as error:
        return "", (), f"the letter's template: {error}"
    return found["letter.txt"].decode(), tuple(found), ""


def _theirs(desk: Desk, circuits: Sequence[str]) -> Iterator[str]:
    for name in circuits:
        known = desk.settings.circuits.get(name)
        if known is not None and known.carrier_id:
            yield known.carrier_id


def _suggested(one: ClaimNow) -> str:
    """As a person writes it: `75.00 USD`."""
    value = one.claimable if one.submitted_ms is None else one.expected
    return f"{money(value)} {one.currency}" if value else ""


def _moves(notebook: Notebook, track: Track) -> Iterator[Move]:
    """The notes that took the claim where it is, and those of them that were withdrawn."""
    counted = {*track.notes, *track.credit_notes}
    for one in notebook.written:
        body = one.body
        if isinstance(body, ClaimBody) and (one.note.id in counted or _was_of(one, body, track)):
            yield _move(one, body)
        elif isinstance(body, CreditBody) and one.note.id in counted:
            yield Move(one.note, "credit note", str(body.amount), body.reference, body.reason or "", "", None)


def _was_of(one: Written, body: ClaimBody, track: Track) -> bool:
    """Whether a note that was withdrawn had been about this claim."""
    same = (body.carrier, body.period) == (track.carrier, track.period.label)
    return (
        one.withdrawn_by is not None and same and (track.names(body) or not (body.circuits or body.revisions))
    )


def _move(one: Written, body: ClaimBody) -> Move:
    step = body.next_step
    return Move(
        note=one.note,
        what=body.state + (f" ({body.reason_code})" if body.reason_code else ""),
        amount=str(body.amount) if body.amount else "",
        reference=body.reference or "",
        reason=body.reason or "",
        then=f"{step.what} ({step.owner}, by {step.by})" if step else "",
        withdrawn_by=one.withdrawn_by,
    )


def _unticketed(statement: Json) -> str:
    """The start of the longest outage that counts and has no ticket, RFC 3339; empty without one."""
    bare = [one for one in statement.get("outages") or () if not one["tickets"] and one["counted_seconds"]]
    longest = max(bare, key=lambda one: one["counted_seconds"], default=None)
    return str(longest["from"]) if longest else ""
