"""Schema versions: numbered, each only adds, all in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from pathlib import Path

from collector.ledger.errors import LedgerTooNew, NotALedger

APPLICATION_ID = 0x4C4B4C47
"""`LKLG` in the file's header: whose it is."""


_SCRIPTS = ("schema.sql", "schema_2.sql", "schema_3.sql", "schema_4.sql")


@cache
def schemas() -> tuple[str, ...]:
    """Script i makes schema i+1 of schema i; schema 0 is an empty file."""
    folder = resources.files("collector.ledger")
    return tuple(folder.joinpath(name).read_text() for name in _SCRIPTS)


def check_version(connection: sqlite3.Connection, path: Path, known: int) -> int:
    """The file's schema; raises LedgerTooNew or NotALedger before anything was changed."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    owner: int = connection.execute("PRAGMA application_id").fetchone()[0]
    tables: int = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if owner != APPLICATION_ID and tables:
        raise NotALedger(path)
    if version > known:
        raise LedgerTooNew(path, version, known)
    return version


def migrate(connection: sqlite3.Connection, path: Path, scripts: Sequence[str] | None = None) -> int:
    """Bring the file to the newest schema and return its number; a failure leaves it as it was.

    `connection` is in autocommit mode.
    """
    known = schemas() if scripts is None else scripts
    version = check_version(connection, path, len(known))
    if version == len(known):
        return version
    connection.execute("BEGIN IMMEDIATE")
    try:
        for script in known[version:]:
            for statement in _statements(script):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(known)}")
    except sqlite3.Error:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
    return len(known)


def _statements(script: str) -> Iterator[str]:
    """The statements of a script one by one: `executescript` would commit before each script."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
