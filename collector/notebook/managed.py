"""Goals and actions as all their notes together tell them, with each change and its reason. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from collector.ledger.records import Note
from collector.notebook.management import ActionBody, GoalBody

U = TypeVar("U", GoalBody, ActionBody)
_ABOUT_THE_NOTE = frozenset({"of", "reason", "external_id"})
"""Fields that say something of the note that has them, and nothing of the thing."""


@dataclass(frozen=True, slots=True)
class Change:
    """What one note said of it."""

    note: int
    at_ms: int
    author: str
    given: Mapping[str, Any]
    """The fields that it gives, by their names, as the body holds them."""
    before: Mapping[str, Any]
    """What stood there before; empty for the first note."""
    reason: str
    """Empty where none is given."""


@dataclass(frozen=True, slots=True)
class Managed(Generic[U]):
    """A goal or an action: the fields that its last notes give stand."""

    number: int
    """Of its first note: what others call it by."""
    said: U
    changes: tuple[Change, ...]
    """The first is how it was written down; never empty."""

    @property
    def state(self) -> str:
        """`open` until a note says otherwise."""
        return self.said.state or "open"

    @property
    def notes(self) -> tuple[int, ...]:
        """The numbers of its notes, in order."""
        return tuple(one.note for one in self.changes)

    def since_ms(self, state: str) -> int | None:
        """When it was last noted to be in a state; None where it never was."""
        return next((one.at_ms for one in reversed(self.changes) if one.given.get("state") == state), None)

    def as_of(self, at_ms: int) -> Managed[U] | None:
        """As it was known at a moment; None before it was written down."""
        known = [one for one in self.changes if one.at_ms <= at_ms]
        if not known:
            return None
        said = self.said
        for one in reversed(self.changes[len(known) :]):
            said = said.model_copy(update=dict(one.before))
        return Managed(self.number, said, tuple(known))


KnownGoal = Managed[GoalBody]
KnownAction = Managed[ActionBody]


def managed(notes: Iterable[tuple[Note, U]]) -> dict[int, Managed[U]]:
    """By the number of their first note, in the order in which they were written down.

    A note about one that doesn't stand (it was withdrawn, or never was) says nothing.
    """
    found: dict[int, Managed[U]] = {}
    for note, body in notes:
        if body.of is None:
            found[note.id] = Managed(note.id, body, (_change(note, body, {}),))
        elif body.of in found:
            found[body.of] = _updated(found[body.of], note, body)
    return found


def _updated(known: Managed[U], note: Note, body: U) -> Managed[U]:
    given = dict(_given(body))
    before = {name: getattr(known.said, name) for name in given}
    said = known.said.model_copy(update=given)
    return Managed(known.number, said, (*known.changes, _change(note, body, before)))


def _change(note: Note, body: GoalBody | ActionBody, before: Mapping[str, Any]) -> Change:
    return Change(note.id, note.at_ms, note.author, dict(_given(body)), before, body.reason or "")


def _given(body: GoalBody | ActionBody) -> Iterator[tuple[str, Any]]:
    for name in type(body).model_fields:
        if name in body.model_fields_set and name not in _ABOUT_THE_NOTE:
            yield name, getattr(body, name)
