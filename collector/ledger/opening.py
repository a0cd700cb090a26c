"""Connections to a ledger's file, and what to say when there can be none."""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from collector.ledger.errors import LedgerUnreadable, LedgerUnwritable
from collector.ledger.lock import FileLock, open_shared
from collector.ledger.migrate import check_version, migrate, schemas
from collector.ledger.reserve import free_bytes

BUSY_SECONDS = 5
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def locked(path: Path) -> FileLock:
    """The lock of whoever writes the ledger; raises LedgerLocked, LedgerUnwritable."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o770)
        return FileLock(beside(path, ".lock"), path)
    except OSError as error:
        raise LedgerUnwritable(why_unwritable(path, error)) from error


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
    connection, version = connect_any(path)
    if version < len(schemas()):
        connection.close()
        raise LedgerUnreadable(
            f"{path}: is a ledger of schema {version}, this version reads {len(schemas())}: "
            "start this version's daemon on it once, or run `linkledger ledger upgrade`"
        )
    return connection


def connect_any(path: Path) -> tuple[sqlite3.Connection, int]:
    """The same for a ledger of any schema that we know, and its schema."""
    with ExitStack() as undo:
        try:
            _look(path)
            connection = undo.enter_context(closing(_read_only(path)))
            version = check_version(connection, path, len(schemas()))
        except (OSError, sqlite3.Error) as error:
            raise LedgerUnreadable(why_unreadable(path, error)) from error
        undo.pop_all()
    return connection, version


def _look(path: Path) -> None:
    """Say what SQLite has one word for; raises OSError, LedgerUnreadable.

    It is not opened for that: to close a file drops every POSIX lock that this process holds on it, and
    without the writer's the next command that closes the ledger would take it for unused, and delete
    the `-wal` from under the writer.
    """
    found = path.stat()
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not found.st_size:
        raise LedgerUnreadable(f"{path}: is empty; the daemon makes a ledger of it at its start")


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """What SQLite finds wrong with the file while it is read becomes LedgerUnreadable."""
    try:
        yield
    except sqlite3.Error as error:
        raise LedgerUnreadable(why_unreadable(path, error)) from error


@contextmanager
def editing(path: Path) -> Iterator[sqlite3.Connection]:
    """A short transaction of a command, also while the daemon writes.

    Raises LedgerUnreadable, LedgerTooNew, NotALedger, LedgerUnwritable.
    """
    connect_reader(path).close()
    try:
        with closing(_connected(path, "mode=rw")) as connection:
            connection.execute("PRAGMA synchronous = FULL")
            with transaction(connection):
                yield connection
    except (OSError, sqlite3.Error) as error:
        raise LedgerUnwritable(why_unwritable(path, error)) from error


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
        with closing(untouched(path)) as connection:
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


def untouched(path: Path) -> sqlite3.Connection:
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


def why_unreadable(path: Path, error: OSError | sqlite3.Error) -> str:
    """The same for whoever reads."""
    if isinstance(error, FileNotFoundError):
        return f"{path}: there is no ledger; give the ledger.path of the daemon, or start it once"
    if isinstance(error, sqlite3.Error) and is_damage(error):
        return (
            f"{path}: is damaged or no ledger at all ({error}); `linkledger ledger check` says what, and the "
            "daemon sets a damaged one aside when it starts"
        )
    if (getattr(error, "sqlite_errorcode", 0) & 0xFF) in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        room = free_bytes(path.parent)
        if room < 1 << 20:
            return (
                f"{path}: can't be read: the disk is full ({room} bytes free), and SQLite needs a little room"
            )
    if isinstance(error, IsADirectoryError):
        return f"{path}: is a directory; give a file as ledger.path"
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
