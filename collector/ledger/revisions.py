"""Statements of closed periods, numbered: what was issued stands for good, a draft waits for a person.

Each function takes a connection and commits nothing. Times are UTC in whole milliseconds.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

State = Literal["issued", "draft", "dismissed"]

_COLUMNS = (
    "scope, contract, label, from_ms, to_ms, number, digest, json, because, basis, made_ms, made_by, "
    "state, decided_ms, decided_by, reason"
)
_BRIEF = "json_remove(json, '$.steps', '$.objectives', '$.undecided', '$.document')"


class RevisionError(ValueError):
    """A revision that can't be issued or dismissed; the sentence says why."""


@dataclass(frozen=True, slots=True)
class RevisionKey:
    """What a revision is of: `scope` is a circuit, or a name for several that are judged as one."""

    scope: str
    contract: str
    from_ms: int
    to_ms: int


@dataclass(frozen=True, slots=True)
class Revision:
    """A numbered statement."""

    key: RevisionKey
    label: str
    number: int
    digest: str
    """Of the statement's figures, without what depends on the moment that one asks."""
    json: str
    because: tuple[str, ...]
    basis: str
    """JSON: what it was computed from."""
    made_ms: int
    made_by: str
    state: State
    decided_ms: int | None = None
    decided_by: str | None = None
    reason: str | None = None

    @property
    def statement(self) -> dict[str, Any]:
        """The statement as JSON, with its number and what it supersedes."""
        found: dict[str, Any] = json.loads(self.json)
        return found


@dataclass(frozen=True, slots=True)
class History:
    """All revisions of one scope and period, by number."""

    revisions: tuple[Revision, ...] = field(default=())

    @property
    def issued(self) -> Revision | None:
        """The latest that was issued."""
        return next((one for one in reversed(self.revisions) if one.state == "issued"), None)

    @property
    def draft(self) -> Revision | None:
        """What waits for a person."""
        return next((one for one in self.revisions if one.state == "draft"), None)

    @property
    def next_number(self) -> int:
        """The number of the next one; a draft that is made again keeps its own."""
        if self.draft is not None:
            return self.draft.number
        return max((one.number for one in self.revisions), default=0) + 1


def put(connection: sqlite3.Connection, revision: Revision) -> None:
    """Keep a revision. A draft takes the place of the draft before it; nothing takes an issued one's.

    Raises sqlite3.IntegrityError for a number that was taken meanwhile.
    """
    drop_draft(connection, revision.key)
    _insert(connection, revision)


def drop_draft(connection: sqlite3.Connection, key: RevisionKey) -> bool:
    """Forget a draft that says nothing new any more; whether there was one."""
    gone = connection.execute(
        "DELETE FROM revision WHERE state = 'draft' "
        "AND scope = ? AND contract = ? AND from_ms = ? AND to_ms = ?",
        (key.scope, key.contract, key.from_ms, key.to_ms),
    )
    return gone.rowcount > 0


def decide(
    connection: sqlite3.Connection, draft: Revision, state: Literal["issued", "dismissed"], *,
    at_ms: int, by: str, reason: str,
) -> Revision:  # fmt: skip
    """Issue or dismiss a draft, once; raises RevisionError where it isn't the draft any more."""
    key = draft.key
    moved = connection.execute(
        "UPDATE revision SET state = ?, decided_ms = ?, decided_by = ?, reason = ? "
        "WHERE scope = ? AND contract = ? AND from_ms = ? AND to_ms = ? AND number = ? AND digest = ? "
        "AND state = 'draft'",
        (
            state,
            at_ms,
            by,
            reason,
            key.scope,
            key.contract,
            key.from_ms,
            key.to_ms,
            draft.number,
            draft.digest,
        ),
    )
    if not moved.rowcount:
        raise RevisionError(
            f"revision {draft.number} of {key.scope} for {draft.label} is no longer the draft that it was: "
            "look at it again"
        )
    return next(one for one in history(connection, key).revisions if one.number == draft.number)


def history(connection: sqlite3.Connection, key: RevisionKey) -> History:
    """Every revision of one scope and period."""
    return History(
        tuple(
            _select(
                connection,
                "scope = ? AND contract = ? AND from_ms = ? AND to_ms = ? ORDER BY number",
                (key.scope, key.contract, key.from_ms, key.to_ms),
            )
        )
    )


def drafts(connection: sqlite3.Connection) -> list[Revision]:
    """What waits for a person, the oldest period first."""
    return _select(connection, "state = 'draft' ORDER BY to_ms, scope", ())


def latest(
    connection: sqlite3.Connection,
    scope: str | None = None,
    label: str | None = None,
    *,
    brief: bool = False,
) -> list[Revision]:
    """The latest issued revision of each scope, contract and period (of all, of one); by period and scope.

    A `brief` one has its statement without steps and objectives: years of an estate fit into memory.
    """
    return _select(
        connection,
        "state = 'issued' AND (?1 IS NULL OR scope = ?1) AND (?2 IS NULL OR label = ?2) "
        "AND number = (SELECT max(number) FROM revision AS other WHERE other.state = 'issued' "
        "AND other.scope = revision.scope AND other.contract = revision.contract "
        "AND other.from_ms = revision.from_ms AND other.to_ms = revision.to_ms) "
        "ORDER BY to_ms, scope, contract",
        (scope, label),
        brief=brief,
    )


def count_issued(connection: sqlite3.Connection) -> int:
    """How many were ever issued. None of them changes or goes, so the same number is the same statements."""
    (n,) = connection.execute("SELECT count(*) FROM revision WHERE state = 'issued'").fetchone()
    return int(n)


def carry_over(source: sqlite3.Connection, target: sqlite3.Connection) -> int:
    """Bring the revisions of `source` that `target` lacks, or knows in an earlier state; their number.

    What was issued in one of both stays issued.
    """
    if not source.execute("SELECT 1 FROM sqlite_schema WHERE name = 'revision'").fetchone():
        return 0
    carried = 0
    for one in _select(source, "1 ORDER BY id", ()):
        known = next((held for held in history(target, one.key).revisions if held.number == one.number), None)
        if known is not None and (known == one or known.state != "draft"):
            continue
        if known is None and one.state == "draft" and history(target, one.key).draft:
            continue
        if known is not None:
            drop_draft(target, one.key)
        _insert(target, one)
        carried += 1
    return carried


def _insert(connection: sqlite3.Connection, one: Revision) -> None:
    key = one.key
    connection.execute(
        f"INSERT INTO revision ({_COLUMNS}) VALUES ({', '.join('?' * 16)})",  # noqa: S608 - names of ours
        (
            *(key.scope, key.contract, one.label, key.from_ms, key.to_ms, one.number, one.digest, one.json),
            *(json.dumps(one.because, ensure_ascii=False), one.basis, one.made_ms, one.made_by),
            *(one.state, one.decided_ms, one.decided_by, one.reason),
        ),
    )


def _select(
    connection: sqlite3.Connection, where: str, values: Sequence[object], *, brief: bool = False
) -> list[Revision]:
    columns = _COLUMNS.replace("json", _BRIEF, 1) if brief else _COLUMNS
    rows = connection.execute(f"SELECT {columns} FROM revision WHERE {where}", values)  # noqa: S608
    return [
        Revision(
            RevisionKey(scope, contract, from_ms, to_ms),
            label,
            number,
            digest,
            text,
            tuple(json.loads(because)),
            *rest,
        )
        for scope, contract, label, from_ms, to_ms, number, digest, text, because, *rest in rows
    ]
