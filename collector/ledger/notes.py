"""Notes on their way into the ledger: appended in one short transaction, never edited, written once.

Who writes is for the caller to know: the Unix login of a command, the authenticated user of the web.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from collector.ledger import store
from collector.ledger.records import Note
from collector.notebook.bodies import TicketBody, WithdrawBody
from collector.notebook.body import Body
from collector.notebook.book import Notebook, updated
from collector.notebook.management import ActionBody, GoalBody


class NoteError(ValueError):
    """A note that can't be written as it is; the sentence says why, and what would be right."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A note's number, and whether it had been written before (then nothing was written)."""

    id: int
    repeated: bool = False


def record(
    connection: sqlite3.Connection, body: Body, *, at_ms: int, author: str, replaces: int | None = None
) -> Recorded:
    """Append a note; one whose `external_id` a note of its kind had before, withdrawn or not, is a repeat.

    `replaces` is a note of the same kind that is taken back with it. Runs inside the caller's
    transaction. Raises NoteError.
    """
    notes = store.notes(connection)
    if repeat := _repeat(notes, body):
        return Recorded(repeat, repeated=True)
    if replaces is not None:
        _check_withdrawable(notes, replaces, body.KIND)
    if isinstance(body, TicketBody):
        _check_ticket([one for one in notes if one.id != replaces], body)
    if isinstance(body, GoalBody | ActionBody):
        _check_named([one for one in notes if one.id != replaces], body)
    return Recorded(
        store.put_note(
            connection, at_ms=at_ms, author=author, kind=body.KIND, body=body.as_text(), withdraws=replaces
        )
    )


def withdraw(connection: sqlite3.Connection, number: int, *, at_ms: int, author: str, reason: str) -> int:
    """Take a note back, and give the number of the note that says so; the same rules as `record`."""
    notes = store.notes(connection)
    _check_withdrawable(notes, number)
    body = WithdrawBody(reason=reason)
    return store.put_note(
        connection, at_ms=at_ms, author=author, kind=body.KIND, body=body.as_text(), withdraws=number
    )


def carry_over(source: sqlite3.Connection, target: sqlite3.Connection) -> int:
    """Append to `target` the notes of `source` that it lacks, and give their number.

    They keep their numbers where these are free, and go on withdrawing what they withdrew.
    """
    here = {one.id: one for one in store.notes(target)}
    same = {_said(one): one.id for one in here.values()}
    moved: dict[int, int] = {}
    carried = 0
    for one in store.notes(source):
        withdraws = None if one.withdraws is None else moved.get(one.withdraws, one.withdraws)
        note = Note(one.id, one.at_ms, one.author, one.kind, one.body, withdraws)
        known = one.id if here.get(one.id) == note else same.get(_said(note))
        if known is None or known in moved.values():
            known, carried = _insert(target, note, free=one.id not in here), carried + 1
            here[known] = note
        moved[one.id] = known
    return carried


def _said(note: Note) -> tuple[int, str, str, str, int | None]:
    return note.at_ms, note.author, note.kind, note.body, note.withdraws


def _insert(connection: sqlite3.Connection, note: Note, *, free: bool) -> int:
    inserted = connection.execute(
        "INSERT INTO note (id, at_ms, author, kind, body, withdraws) VALUES (?, ?, ?, ?, ?, ?)",
        (note.id if free else None, *_said(note)),
    )
    return int(inserted.lastrowid or 0)


def _repeat(notes: list[Note], body: Body) -> int | None:
    """The note that says the same already."""
    if body.external_id is None:
        return None
    for one in Notebook([note for note in notes if note.kind == body.KIND]).written:
        if one.body is not None and one.body.external_id == body.external_id:
            return one.note.id
    return None


def _check_withdrawable(notes: list[Note], number: int, kind: str | None = None) -> None:
    note = next((one for one in notes if one.id == number), None)
    taken_by = next((one for one in notes if one.withdraws == number), None)
    if note is None:
        raise NoteError(f"there is no note {number}: `linkledger note list` shows them all")
    if note.kind == WithdrawBody.KIND:
        raise NoteError(f"note {number} withdraws note {note.withdraws}: that can't be taken back; "
                          f"write what note {note.withdraws} said again")  # fmt: skip
    if taken_by is not None:
        raise NoteError(f"note {number} was withdrawn already, by note {taken_by.id} of {taken_by.author}")
    if kind is not None and note.kind != kind:
        raise NoteError(f"note {number} is of kind {note.kind}: a note of kind {kind} can't replace it")


def _check_ticket(notes: list[Note], body: TicketBody) -> None:
    """With what is known of the ticket before it must be a ticket that can count."""
    known = Notebook(notes).tickets.get((body.carrier or "", body.id))
    if problem := updated(known, 0, body).problem:
        news = "" if known else f"; nothing is known of a ticket {body.id!r} yet"
        raise NoteError(f"ticket {body.id}: {problem}{news}")


def _check_named(notes: list[Note], body: GoalBody | ActionBody) -> None:
    """What it adds to must stand, and so must the goal that an action serves."""
    book = Notebook(notes)
    goals, actions = list(book.goals), list(book.actions)
    named = [
        ("of", "a goal", body.of, goals)
        if isinstance(body, GoalBody)
        else ("of", "an action", body.of, actions)
    ]
    if isinstance(body, ActionBody):
        named.append(("goal", "a goal", body.goal, goals))
    for field, kind, number, known in named:
        if number is not None and number not in known:
            there = f"there are {', '.join(map(str, known))}" if known else "there is none yet"
            raise NoteError(f"{field}: {number} is not the number of {kind}'s first note: {there}")
