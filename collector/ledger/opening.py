"""Connections to a ledger's file, and what to say when there can be none."""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from collector.ledger.errors import LedgerTooNew, LedgerUnreadable, LedgerUnwritable
from collector.ledger.lock import open_shared
from collector.ledger.migrate import check_version, migrate, schemas
from collector.ledger.reserve import free_bytes

BUSY_SECONDS = 5
_MAGIC = b"SQLite format 3\0"
_SMALL_TABLES = ("series", "epoch", "cursor", "watermark", "compaction", "hour", "outage", "gap")
"""Checked whole at every start; of the large ones only the two ends are read."""
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def connect_writer(path: Path) -> sqlite3.Connection:
    """The one connection that appends, on a new or existing file of the newest schema.

    Raises LedgerUnwritable, LedgerTooNew, NotALedger.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o770)
        os.close(open_shared(path, os.O_RDWR))
        _refuse_what_is_not_ours(path)
        connection = sqlite3.connect(
            path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA journal_size_limit = 67108864")
        migrate(connection, path)
    except (OSError, sqlite3.Error) as error:
        raise LedgerUnwritable(why_unwritable(path, error)) from error
    return connection


def connect_reader(path: Path) -> sqlite3.Connection:
    """A connection that can only read; raises LedgerUnreadable, LedgerTooNew, NotALedger."""
    try:
        with path.open("rb"):
            pass
        connection = _read_only(path)
    except (OSError, sqlite3.Error) as error:
        raise LedgerUnreadable(_why_unreadable(path, error)) from error
    try:
        version = check_version(connection, path, len(schemas()))
    except sqlite3.Error as error:
        connection.close()
        raise LedgerUnreadable(_why_unreadable(path, error)) from error
    except LedgerTooNew:
        connection.close()
        raise
    if version < len(schemas()):
        connection.close()
        raise LedgerUnreadable(
            f"{path}: is a ledger of schema {version}, this version reads {len(schemas())}: "
            "start this version's daemon on it once"
        )
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Everything inside becomes durable together, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


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
        return _set_aside(path, now_ms) if damaged else None
    except OSError as error:
        raise LedgerUnwritable(why_unwritable(path, error)) from error


def _set_aside(path: Path, now_ms: int) -> Path:
    moment = datetime.fromtimestamp(now_ms // 1000, UTC).strftime("%Y%m%dT%H%M%SZ")
    aside = beside(path, f".damaged-{moment}")
    number = 1
    while aside.exists():
        number += 1
        aside = beside(path, f".damaged-{moment}-{number}")
    path.rename(aside)
    for suffix in ("-wal", "-shm"):
        if beside(path, suffix).exists():
            beside(path, suffix).rename(beside(aside, suffix))
    return aside


def beside(path: Path, suffix: str) -> Path:
    """`ledger.db` and `.lock` give `ledger.db.lock`."""
    return path.with_name(path.name + suffix)


def is_damage(error: sqlite3.Error) -> bool:
    """Whether SQLite says that the file itself is wrong."""
    return (getattr(error, "sqlite_errorcode", 0) & 0xFF) in _DAMAGE


def why_unwritable(path: Path, error: OSError | sqlite3.Error) -> str:
    """One sentence: what happened, and what to do."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    room = free_bytes(path.parent)
    if isinstance(error, sqlite3.Error) and is_damage(error):
        return (
            f"{path}: the file is damaged ({error}); restart the daemon: "
            "it will set the file aside and begin a new one"
        )
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and room < 1 << 20):
        return (
            f"{path}: the disk is full ({room} bytes free); free some space or lower ledger.max_bytes; "
            "measuring goes on, and what was measured waits in memory"
        )
    if code == sqlite3.SQLITE_BUSY:
        return (
            f"{path}: another process has held the write lock for over {BUSY_SECONDS} s; "
            "find it with `fuser` and stop it"
        )
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{path}: the disk is full ({room} bytes free); free some space or lower ledger.max_bytes"
    if isinstance(error, OSError) and not isinstance(error, PermissionError):
        return f"{path}: can't be written: {error.strerror}; correct the disk or ledger.path"
    return f"{path}: can't be written ({error}); {_owner_hint(path)}"


def _refuse_what_is_not_ours(path: Path) -> None:
    """Look before anything is changed, and that is before the journal mode is."""
    if path.stat().st_size:
        with closing(_untouched(path)) as connection:
            check_version(connection, path, len(schemas()))


def _read_only(path: Path) -> sqlite3.Connection:
    """Read-only; a file at rest in a directory that we can't write in needs no shared memory.

    SQLite can't read a WAL file without its `-shm`, and may not make one there. With no `-wal`
    beside it nothing is being written, so it is read as it stands.
    """
    connection = _connected(path, "mode=ro")
    try:
        connection.execute("SELECT 1 FROM sqlite_schema").fetchone()
    except sqlite3.OperationalError:
        connection.close()
        if beside(path, "-wal").exists():
            raise
        connection = _connected(path, "mode=ro&immutable=1")
    connection.execute("PRAGMA query_only = 1")
    return connection


def _untouched(path: Path) -> sqlite3.Connection:
    """Read-only for the holder of the lock, without leaving a `-wal` where there was none."""
    wal = beside(path, "-wal")
    at_rest = not wal.exists() or wal.stat().st_size == 0
    return _connected(path, "mode=ro&immutable=1" if at_rest else "mode=ro")


def _connected(path: Path, how: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?{how}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )


def _is_damaged(path: Path, *, thoroughly: bool) -> bool:
    with path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            return True
    with closing(_untouched(path)) as connection:
        try:
            return not _is_sound(connection, thoroughly)
        except sqlite3.DatabaseError as error:
            if is_damage(error):
                return True
            raise LedgerUnwritable(why_unwritable(path, error)) from error


def _is_sound(connection: sqlite3.Connection, thoroughly: bool) -> bool:
    if thoroughly:
        return _says_ok(connection, "quick_check(1)")
    present = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    for table, key in (("log", "seq"), ("chunk", "hour")):
        for order in ("ASC", "DESC") if table in present else ():
            connection.execute(f"SELECT * FROM {table} ORDER BY {key} {order} LIMIT 1").fetchall()  # noqa: S608
    return all(_says_ok(connection, f"quick_check({name})") for name in _SMALL_TABLES if name in present)


def _says_ok(connection: sqlite3.Connection, check: str) -> bool:
    return bool(connection.execute(f"PRAGMA {check}").fetchone()[0] == "ok")


def _why_unreadable(path: Path, error: OSError | sqlite3.Error) -> str:
    if isinstance(error, FileNotFoundError):
        return f"{path}: there is no ledger; give the ledger.path of the daemon, or start it once"
    if isinstance(error, sqlite3.Error) and is_damage(error):
        return f"{path}: is damaged or no ledger at all ({error}); the daemon sets it aside when it starts"
    return f"{path}: can't be read ({error}); {_owner_hint(path)}"


def _owner_hint(path: Path) -> str:
    """Who may: the file's and its directory's owner and mode beside who asks."""
    parts = []
    for what in (path, path.parent):
        try:
            found = what.stat()
        except OSError:
            continue
        parts.append(f"{what} is {stat.filemode(found.st_mode)} of uid {found.st_uid}, gid {found.st_gid}")
    return (
        f"this process is uid {os.geteuid()}, gid {os.getegid()}; {'; '.join(parts)}; "
        "it needs read and write on the directory and the file: join their group, or correct owner and mode"
    )
