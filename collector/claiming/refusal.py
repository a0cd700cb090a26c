"""Whether a claim's note may be written: what it names must be able to go where the note says."""

from __future__ import annotations

from collections.abc import Sequence

from collector.claiming.book import Book
from collector.claiming.moves import allowed_from, may_move
from collector.claiming.track import Track, meant
from collector.ledger.model import LedgerReader
from collector.ledger.notes import NoteError
from collector.notebook.bodies import ClaimBody
from collector.notebook.book import Notebook
from config.settings import Settings


def check_move(
    settings: Settings, reader: LedgerReader, body: ClaimBody, *, now_ms: int, replaces: int | None = None
) -> None:
    """Raise NoteError where the claim can't go there; `replaces` is a note that is taken back with it.

    A period that has no statement in the ledger is a person's own knowledge: anything may be noted of it.
    """
    if body.external_id is not None and _is_repeat(reader, body.external_id):
        return
    group = Book.read(settings, reader, now_ms, without=replaces).group(body.carrier, body.period)
    if body.circuits or body.revisions:
        for one in group:
            if one.names(body):
                _check(one, body)
    elif group and not meant(group, body):
        raise NoteError(_nobody(group, body))


def _is_repeat(reader: LedgerReader, external_id: str) -> bool:
    written = Notebook(reader.notes(ClaimBody.KIND)).written
    return any(one.body is not None and one.body.external_id == external_id for one in written)


def _check(one: Track, body: ClaimBody) -> None:
    if not may_move(one.state, body.state):
        raise NoteError(
            f"the claim of {one.scope} for {one.period.label} is {_state(one)}{_since(one)}: "
            f"it can't be {body.state}; {_allowed(one.state)}"
        )
    if body.amount is not None and body.amount.currency != one.currency:
        raise NoteError(
            f"the claim of {one.scope} for {one.period.label} is in {one.currency or 'no currency'}, "
            f"not in {body.amount.currency}"
        )


def _state(one: Track) -> str:
    return "none (no credit is due)" if one.state == "none" else one.state


def _since(one: Track) -> str:
    return f" (note {one.notes[-1]} says so)" if one.notes else ""


def _allowed(state: str) -> str:
    allowed = allowed_from(state)
    return f"from here it can be {_or(allowed)}" if allowed else "nothing can be noted of it"


def _nobody(group: Sequence[Track], body: ClaimBody) -> str:
    """Why a note about a whole claim is about nothing."""
    counts: dict[str, int] = {}
    for one in group:
        counts[one.state] = counts.get(one.state, 0) + 1
    told = ", ".join(f"{state} {number}" for state, number in sorted(counts.items()))
    currency = f" in {body.amount.currency}" if body.amount else ""
    moving = sorted({after for state in counts for after in allowed_from(state)})
    then = f"from here they can be {_or(moving)}" if moving else "nothing can be noted of them"
    return (
        f"no claim against {body.carrier} for {body.period}{currency} can be {body.state}: "
        f"of its statements are {told}; {then}"
    )


def _or(words: Sequence[str]) -> str:
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))
