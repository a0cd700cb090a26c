"""Ledgers that are put aside, never deleted: damaged ones, and those that a backup took the place of."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from collector.ledger.errors import LedgerUnwritable
from collector.ledger.opening import beside, is_damage, untouched, why_unwritable

DAMAGED, REPLACED, OLDER = ".damaged-", ".replaced-", ".schema-"
"""What stands behind a ledger's name in the names of files that once were in its place."""
WAL_FILES = ("-wal", "-shm")
PARTIAL = ".partial"
"""What stands behind the name of a copy that is not whole."""
_MAGIC = b"SQLite format 3\0"
_SMALL_TABLES = ("series", "epoch", "cursor", "watermark", "compaction", "hour", "outage", "gap")
"""Checked whole at every start; of the large ones only the two ends are read."""


def set_aside_if_damaged(path: Path, now_ms: int) -> Path | None:
    """Rename a damaged file, and what belongs to it, and return its new name; None when it is sound.

    A `.suspect` file beside it, left by a writer that met damage, asks for a look at every page.
    Raises LedgerUnwritable.
    """
    try:
        suspect = beside(path, ".suspect")
        if not path.exists() or path.stat().st_size == 0:
            return None
        damaged = _is_damaged(path, thoroughly=suspect.exists())
        suspect.unlink(missing_ok=True)
        return set_aside(path, DAMAGED, now_ms) if damaged else None
    except OSError as error:
        raise LedgerUnwritable(why_unwritable(path, error)) from error


def set_aside(path: Path, why: str, now_ms: int) -> Path:
    """Rename a ledger to its name, `why` and the moment; what belongs to it goes first.

    So a crash between two renames leaves no `-wal` beside another file than its own. Raises OSError.
    """
    aside = _name_aside(path, why, now_ms)
    path.rename(aside)
    return aside


def replace(path: Path, successor: Path, now_ms: int) -> Path:
    """Put `successor` in a ledger's place, and give the ledger's new name; there is one at every moment.

    What waits in its `-wal` is folded in first: without it a crash would leave a ledger with rounds
    missing. Nobody may have it open. Raises OSError.
    """
    with suppress(sqlite3.Error), closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    aside = _name_aside(path, REPLACED, now_ms)
    try:
        aside.hardlink_to(path)
    except OSError:  # a file system without them
        path.rename(aside)
    successor.replace(path)
    return aside


def _name_aside(path: Path, why: str, now_ms: int) -> Path:
    """The name under which a ledger is put aside; what belongs to it has gone there."""
    aside = unused(beside(path, f"{why}{datetime.fromtimestamp(now_ms // 1000, UTC):%Y%m%dT%H%M%SZ}"))
    for suffix in WAL_FILES:
        if beside(path, suffix).exists():
            beside(path, suffix).rename(beside(aside, suffix))
    return aside


def unused(wanted: Path) -> Path:
    """`wanted`, or with the first number behind it of which there is no file."""
    found, number = wanted, 1
    while found.exists():
        number += 1
        found = beside(wanted, f"-{number}")
    return found


def asides(path: Path, *kinds: str) -> list[Path]:
    """What lies beside a ledger of these kinds (all, when none is named), by name."""
    wanted = tuple(path.name + kind for kind in kinds or (DAMAGED, REPLACED, OLDER))
    try:
        beside_it = sorted(path.parent.iterdir())
    except OSError:
        return []
    no_ledger = (*WAL_FILES, PARTIAL)
    return [one for one in beside_it if one.name.startswith(wanted) and not one.name.endswith(no_ledger)]


def damage(path: Path) -> str:
    """What is missing for as long as a damaged file lies beside the ledger, and what to do; else empty."""
    found = asides(path, DAMAGED)
    if not found:
        return ""
    names = ", ".join(str(one) for one in found)
    return (
        f"{names}: was damaged and set aside, and what it held is missing here: bring a backup back "
        "(`linkledger ledger restore`), or read what can be read (`linkledger export --ledger`); "
        "then move the file away"
    )


def _is_damaged(path: Path, *, thoroughly: bool) -> bool:
    with path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            return True
    with closing(untouched(path)) as connection:
        try:
            return not _is_sound(connection, thoroughly)
        except sqlite3.DatabaseError as error:
            if is_damage(error):
                return True
            raise LedgerUnwritable(why_unwritable(path, error)) from error


def _is_sound(connection: sqlite3.Connection, thoroughly: bool) -> bool:
    if thoroughly:
        return says_ok(connection, "quick_check(1)")
    present = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    for table, key in (("log", "seq"), ("chunk", "hour")):
        for order in ("ASC", "DESC") if table in present else ():
            connection.execute(f"SELECT * FROM {table} ORDER BY {key} {order} LIMIT 1").fetchall()  # noqa: S608
    return all(says_ok(connection, f"quick_check({name})") for name in _SMALL_TABLES if name in present)


def says_ok(connection: sqlite3.Connection, check: str) -> bool:
    """Whether SQLite finds nothing wrong; `check` is a pragma."""
    return bool(connection.execute(f"PRAGMA {check}").fetchone()[0] == "ok")
