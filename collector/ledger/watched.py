"""What the watch over contracts keeps: how far it has looked, what it has told, and the open claims.

Each function takes a connection and commits nothing. Times are UTC in whole milliseconds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from sqlite3 import Connection
from typing import Concatenate, ParamSpec, TypeVar

from collector.ledger.opening import connect_reader
from collector.ledger.revisions import RevisionKey
from collector.ledger.store import oldest_ms

P = ParamSpec("P")
T = TypeVar("T")

_MARK = "sla"
"""Under this name `consumer_state` holds the mark."""
KEEP_SAID_MS = 1200 * 86_400_000
"""What was told so long ago is forgotten: nothing that it was about is told again by then."""
MOST_NEWS = 500
"""So many revisions a sweep tells at most; the next tells the others."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How far earlier sweeps have looked."""

    note: int = 0
    """The newest note whose closed periods were computed again."""
    trusted_ms: int = 0
    """The time of a sweep by a synchronised clock; 0: there was none yet."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A closed period that has its statement."""

    key: RevisionKey
    label: str


@dataclass(frozen=True, slots=True)
class Untold:
    """A revision that went into a state since the last sweep; `row` is its place in the table."""

    row: int
    key: RevisionKey
    number: int
    state: str


@dataclass(frozen=True, slots=True)
class OpenClaim:
    """A claim that isn't settled, as JSON."""

    scope: str
    contract: str
    period: str
    json: str


class Answers:
    """A connection that can only read, for questions to the ledger; raises as `connect_reader`."""

    def __init__(self, ledger: Path) -> None:
        self._connection = connect_reader(ledger)

    def __call__(
        self, question: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """What a function of a connection says."""
        return question(self._connection, *args, **kwargs)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def keep(
    connection: Connection,
    at_ms: int,
    seen: Mark | None,
    names: Sequence[str],
    revisions: Iterable[tuple[int, str]],
    claims: Iterable[OpenClaim] | None,
) -> None:
    """Keep all that a sweep has seen and told; None is what it didn't look at."""
    if seen is not None:
        put_mark(connection, seen)
    put_told(connection, names, at_ms)
    put_revisions_told(connection, revisions)
    if claims is not None:
        put_claims(connection, claims)


def mark(connection: Connection) -> Mark | None:
    """How far earlier sweeps have looked; None before the first."""
    row = connection.execute("SELECT state FROM consumer_state WHERE name = ?", (_MARK,)).fetchone()
    return Mark(**json.loads(row[0])) if row else None


def put_mark(connection: Connection, one: Mark) -> None:
    """A sweep has looked so far."""
    connection.execute(
        "INSERT OR REPLACE INTO consumer_state (name, state) VALUES (?, ?)", (_MARK, json.dumps(asdict(one)))
    )


def first_known_ms(connection: Connection, circuit: str) -> int:
    """From when on the circuit's status is stored; 0 where nothing says it."""
    (first,) = connection.execute(
        "SELECT min(at_ms) FROM transition WHERE circuit = ?", (circuit,)
    ).fetchone()
    return first or 0


def begin_ms(connection: Connection, circuits: Iterable[str]) -> int | None:
    """From when on anything is known of any of the circuits; None in a ledger without a round."""
    oldest = oldest_ms(connection)
    if oldest is None:
        return None
    return max(oldest, min(first_known_ms(connection, name) for name in circuits))


# --- revisions, without their statements


def settled_until(connection: Connection) -> dict[tuple[str, str], int]:
    """(scope, contract) -> the end of the last period that has an issued statement."""
    rows = connection.execute(
        "SELECT scope, contract, max(to_ms) FROM revision WHERE state = 'issued' GROUP BY scope, contract"
    )
    return {(scope, contract): to_ms for scope, contract, to_ms in rows}


def issued_between(connection: Connection, from_ms: int, to_ms: int) -> list[Issued]:
    """The closed periods with a statement that touch [from, to), the oldest first."""
    rows = connection.execute(
        "SELECT DISTINCT scope, contract, from_ms, to_ms, label FROM revision INDEXED BY revision_by_state "
        "WHERE state = 'issued' AND to_ms > ? AND from_ms < ? ORDER BY to_ms, scope, contract",
        (from_ms, to_ms),
    )
    return [Issued(RevisionKey(*key), label) for *key, label in rows]


def untold(connection: Connection) -> list[Untold]:
    """Revisions in a state that the log hasn't told, the oldest first."""
    rows = connection.execute(
        "SELECT id, scope, contract, from_ms, to_ms, number, state FROM revision "
        "WHERE told IS NOT state ORDER BY id LIMIT ?",
        (MOST_NEWS,),
    )
    return [Untold(row, RevisionKey(*key), number, state) for row, *key, number, state in rows]


def put_revisions_told(connection: Connection, rows: Iterable[tuple[int, str]]) -> None:
    """(row, state): the log has told that the revision is in this state."""
    connection.executemany("UPDATE revision SET told = ?2 WHERE id = ?1", rows)


# --- what was told


def told(connection: Connection, names: Iterable[str]) -> set[str]:
    """Which of these were told already."""
    rows = connection.execute(
        "SELECT what FROM said WHERE what IN (SELECT value FROM json_each(?))", (json.dumps(list(names)),)
    )
    return {what for (what,) in rows}


def put_told(connection: Connection, names: Sequence[str], at_ms: int) -> None:
    """These were told; what was told very long ago is forgotten."""
    connection.executemany(
        "INSERT OR IGNORE INTO said (what, at_ms) VALUES (?, ?)", ((one, at_ms) for one in names)
    )
    connection.execute("DELETE FROM said WHERE at_ms < ?", (at_ms - KEEP_SAID_MS,))


# --- claims


def put_claims(connection: Connection, rows: Iterable[OpenClaim]) -> None:
    """These are the open claims; what is kept of others is gone."""
    connection.execute("DELETE FROM claim_now")
    connection.executemany(
        "INSERT INTO claim_now (scope, contract, period, json) VALUES (?, ?, ?, ?)",
        ((one.scope, one.contract, one.period, one.json) for one in rows),
    )


def claims(connection: Connection) -> list[OpenClaim]:
    """The open claims of the newest sweep."""
    return [
        OpenClaim(*row)
        for row in connection.execute(
            "SELECT scope, contract, period, json FROM claim_now ORDER BY period, scope, contract"
        )
    ]
