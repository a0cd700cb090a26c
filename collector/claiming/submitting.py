"""Writing down that a claim was sent."""

from __future__ import annotations

from collections.abc import Iterator
from sqlite3 import Connection

from collector.claiming.book import Book
from collector.claiming.pack import Pack
from collector.claiming.refusal import check_move
from collector.ledger.notes import NoteError, record
from collector.ledger.reader import SqliteReader
from collector.notebook.bodies import ClaimBody, made


def submit(connection: Connection, pack: Pack, *, at_ms: int, author: str, reason: str) -> list[int]:
    """Note a claim as submitted, a note a currency, and give their numbers.

    Runs inside the caller's transaction; raises NoteError where something of it was claimed meanwhile.
    """
    reader = SqliteReader.over(connection)
    numbers = []
    for body in _bodies(pack, reason):
        check_move(pack.settings, reader, body, now_ms=at_ms)
        _refuse_twice(pack, reader, body, at_ms)
        numbers.append(record(connection, body, at_ms=at_ms, author=author).id)
    return numbers


def _bodies(pack: Pack, reason: str) -> Iterator[ClaimBody]:
    """Each statement is named; a circuit that is judged alone is named too."""
    for currency, total in pack.claim.totals.items():
        lines = [one for one in pack.claim.lines if one.currency == currency]
        body = made(
            ClaimBody.KIND,
            {
                "carrier": pack.claim.carrier,
                "period": pack.claim.period,
                "circuits": tuple(one.scope for one in lines if one.circuits == (one.scope,)),
                "state": "submitted",
                "amount": f"{total} {currency}",
                "reference": pack.reference,
                "reason": reason,
                "revisions": tuple(
                    {"scope": one.scope, "contract": one.contract, "revision": one.revision} for one in lines
                ),
            },
        )
        if isinstance(body, ClaimBody):
            yield body


def _refuse_twice(pack: Pack, reader: SqliteReader, body: ClaimBody, at_ms: int) -> None:
    """A second claim of the same is none: `submitted` may follow itself only as a note on it."""
    named = {(one.scope, one.contract) for one in body.revisions}
    for one in Book.read(pack.settings, reader, at_ms).group(body.carrier, body.period):
        if (one.scope, one.contract) in named and one.submitted is not None:
            raise NoteError(
                f"{one.scope} was claimed meanwhile, by note {one.notes[-1]}: make the claim again"
            )
