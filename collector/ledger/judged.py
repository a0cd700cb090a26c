"""What the judge keeps beside transitions and outages: its place, its state, and what found no witness."""

from __future__ import annotations

from collections.abc import Iterable
from sqlite3 import Connection

from collector.ledger.store import cursor, move_cursor


def keep_place(connection: Connection, name: str, seq: int, state: str) -> None:
    """Everything up to `seq` is judged; `state` is what it takes to go on from there."""
    move_cursor(connection, name, seq)
    connection.execute("INSERT OR REPLACE INTO consumer_state (name, state) VALUES (?, ?)", (name, state))


def place(connection: Connection, name: str) -> tuple[int, str]:
    """Where `keep_place` left off; (0, "") when it never was called."""
    known = cursor(connection, name)
    row = connection.execute("SELECT state FROM consumer_state WHERE name = ?", (name,)).fetchone()
    return (known.seq, row[0]) if known and row else (0, "")


def put_unwitnessed(connection: Connection, seqs: Iterable[int]) -> None:
    """These silent rounds are unknown: no reference of ours answered beside them."""
    connection.executemany("INSERT OR IGNORE INTO unwitnessed (seq) VALUES (?)", ((seq,) for seq in seqs))


def is_unwitnessed(connection: Connection, seq: int) -> bool:
    """Whether the round at `seq` is among them."""
    return connection.execute("SELECT 1 FROM unwitnessed WHERE seq = ?", (seq,)).fetchone() is not None


def forget_unwitnessed(connection: Connection) -> None:
    """Drop the marks of rows that have left the log."""
    connection.execute("DELETE FROM unwitnessed WHERE seq < coalesce((SELECT min(seq) FROM log), 0)")
