"""What is kept of reviews that were held, and what worked with a carrier: out of the notes."""

from __future__ import annotations

from dataclasses import dataclass

from collector.clerk import Desk
from collector.notebook.book import Notebook


@dataclass(frozen=True, slots=True)
class Said:
    """A review that was held, as one note tells it."""

    note: int
    at_ms: int
    """When it was written down."""
    author: str
    period: str
    carrier: str
    """Empty: among ourselves."""
    held_ms: int | None
    present: tuple[str, ...]
    said: str
    thanks: str
    reply: str


@dataclass(frozen=True, slots=True)
class Practice:
    """What worked with a carrier."""

    note: int
    carrier: str
    topic: str
    text: str
    author: str


def held(desk: Desk, label: str | None = None, carrier: str | None = None) -> list[Said]:
    """The reviews of a period (None: of any), with a carrier (`` among ourselves, None: all), oldest first.

    Raises LedgerError.
    """
    return [
        Said(
            note=note.id,
            at_ms=note.at_ms,
            author=note.author,
            period=body.period,
            carrier=body.carrier or "",
            held_ms=body.held,
            present=tuple(body.present),
            said=body.said or "",
            thanks=body.thanks or "",
            reply=body.reply or "",
        )
        for note, body in Notebook(desk.reader.notes()).reviews
        if label in {None, body.period} and carrier in {None, body.carrier or ""}
    ]


def practices(desk: Desk) -> list[Practice]:
    """What worked, carrier by carrier and topic by topic; raises LedgerError."""
    found = [
        Practice(note.id, body.carrier, body.topic, body.text, note.author)
        for note, body in Notebook(desk.reader.notes()).practices
    ]
    return sorted(found, key=lambda one: (one.carrier, one.topic, one.note))
