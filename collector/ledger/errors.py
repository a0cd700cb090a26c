"""What can be wrong with a ledger. Each message says what happened, where, and what to do."""

# ruff: noqa: N818 - the names say what is the case; each of them is an error by its root

from __future__ import annotations

from pathlib import Path


class LedgerError(Exception):
    """The root of this tree."""


class LedgerLocked(LedgerError):
    """Another daemon writes this ledger; `pid` is its process id, 0 if it could not be read."""

    def __init__(self, path: Path, pid: int) -> None:
        who = f"process {pid}" if pid else "another process"
        super().__init__(
            f"{path}: {who} writes this ledger already; stop it, or give this daemon a ledger.path of its own"
        )
        self.pid = pid


class LedgerTooNew(LedgerError):
    """The file was written by a newer version; it was not touched."""

    def __init__(self, path: Path, found: int, known: int) -> None:
        super().__init__(
            f"{path}: is a ledger of schema {found}, this version knows {known} at most; "
            f"nothing was changed: install the newer version again, or give another ledger.path"
        )


class LedgerOlder(LedgerError):
    """The file is of an older schema, and copying it before its upgrade takes longer than was allowed."""

    def __init__(self, path: Path, found: int, size: int) -> None:
        super().__init__(
            f"{path}: is a ledger of schema {found}; a copy ({size:,} bytes) is made before it is upgraded"
        )


class NotALedger(LedgerError):
    """The file is another program's SQLite database; it was not touched."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path}: is a SQLite database, but not a ledger; nothing was changed: give another ledger.path"
        )


class LedgerUnwritable(LedgerError):
    """The file, or the directory beside it, can't be written."""


class LedgerUnreadable(LedgerError):
    """The file can't be read, or not as a database."""


class LedgerClosed(LedgerError):
    """A job was handed in, or still waited, when the ledger was closed."""


class ChunkDamaged(LedgerError):
    """Bytes that are not a chunk, or not a whole one."""
