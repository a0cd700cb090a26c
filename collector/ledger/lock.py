"""One daemon a ledger."""

from __future__ import annotations

import fcntl
import os
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from collector.ledger.errors import LedgerLocked

MODE = 0o660
"""The group that uses the command line reads beside the daemon."""


def open_shared(path: Path, flags: int) -> int:
    """Open or create a file with the ledger's mode, whatever the umask says; returns its descriptor.

    What root makes belongs to whom the directory belongs: the daemon is another user.
    """
    try:
        descriptor = os.open(path, flags | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, MODE)
    except FileExistsError:
        return os.open(path, flags | os.O_CLOEXEC)
    os.fchmod(descriptor, MODE)
    if os.geteuid() == 0:
        folder = path.parent.stat()
        os.fchown(descriptor, folder.st_uid, folder.st_gid)
    return descriptor


class FileLock:
    """Held until it is released or the process ends, however it ends: a left file is no lock."""

    def __init__(self, path: Path, ledger: Path) -> None:
        """Take the lock; raises LedgerLocked with the holder's pid, OSError."""
        self._descriptor = open_shared(path, os.O_RDWR)
        with ExitStack() as undo:
            undo.callback(os.close, self._descriptor)
            self._take(ledger)
            undo.pop_all()

    def _take(self, ledger: Path) -> None:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(self._descriptor, 32, 0).decode("ascii", "replace").strip()
            raise LedgerLocked(ledger, int(holder) if holder.isdecimal() else 0) from error
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)  # on a full disk this fails

    def release(self) -> None:
        """Let the next daemon in. The file stays: removing it could remove the next one's lock."""
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
