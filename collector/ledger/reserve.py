"""Room kept back on the ledger's disk, so that a full disk is a warning before it is a loss."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from collector.ledger.lock import open_shared

RESERVE_BYTES = 64 << 20


class Reserve:
    """A file of `size` bytes that is given up when the disk is full, and made again when it isn't."""

    def __init__(self, path: Path, size: int = RESERVE_BYTES) -> None:
        self._path = path
        self._size = size

    def free(self) -> bool:
        """Give the room up; False when there was none left to give."""
        with suppress(OSError):
            self._path.unlink()
            return True
        return False

    def keep(self) -> bool:
        """Make the file unless it stands; False when there is no room for it and as much again."""
        with suppress(OSError):
            if self._path.stat().st_size >= self._size:
                return True
        if self._size == 0 or free_bytes(self._path.parent) < 2 * self._size:
            return False
        try:
            descriptor = open_shared(self._path, os.O_RDWR)
            try:
                os.posix_fallocate(descriptor, 0, self._size)
            finally:
                os.close(descriptor)
        except OSError:
            self.free()
            return False
        return True


def free_bytes(directory: Path) -> int:
    """What an ordinary user may still write there; 0 when nobody can say."""
    try:
        found = os.statvfs(directory)
    except OSError:
        return 0
    return found.f_bavail * found.f_frsize
