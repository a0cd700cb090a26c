"""Copies of a whole ledger: a backup, what a restore puts back, and the one that an upgrade keeps.

A copy is of one moment, whatever the daemon writes meanwhile: it is taken page by page inside one read
transaction, which holds up no writer. It grows under the name FILE.partial and has its own name only
when it is whole and on the disk.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from collector.ledger import notes, revisions, store
from collector.ledger.aside import OLDER, PARTIAL, asides, replace, says_ok, unused
from collector.ledger.errors import LedgerError, LedgerOlder, LedgerUnreadable, LedgerUnwritable
from collector.ledger.inventory import Inventory, inventory, newest_ms
from collector.ledger.lock import MODE
from collector.ledger.migrate import check_version, migrate, schemas
from collector.ledger.model import HOUR_MS, Gap
from collector.ledger.opening import (
    beside,
    connect_any,
    is_damage,
    locked,
    reading,
    transaction,
    untouched,
    why_unwritable,
)
from collector.ledger.reader import SqliteReader
from collector.ledger.reserve import free_bytes
from collector.ledger.retention import EVIDENCE

PAGES_A_STEP = 2_048
"""8 MB: so often a person sees that it goes on."""
ROOM_LEFT_BYTES = 64 << 20
"""Room that a copy leaves on its disk."""

Told = Callable[[int, int], None]
"""Hears how many pages are copied, and of how many."""


def unheard(done: int, total: int) -> None:
    """For whom nobody watches."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy that was made: of a ledger of this schema with these contents."""

    path: Path
    schema: int
    file_bytes: int
    held: Inventory


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back, where the ledger of before lies (None: there was none), and what is missing now."""

    held: Inventory
    replaced: Path | None
    gap: Gap | None
    """None when nothing was measured after the backup."""
    carried: int = 0
    """Notes and revisions that the backup didn't have, and that were brought over from there."""


def back_up(path: Path, target: Path, told: Told = unheard) -> Backup:
    """Copy the ledger, also while the daemon writes it; `target` is written over.

    The copy is checked page by page before it has its name. Raises LedgerUnreadable, LedgerTooNew,
    NotALedger, LedgerUnwritable.
    """
    if target.exists() and target.samefile(path):
        raise LedgerUnwritable(f"{target}: is the ledger itself; give the backup another name")
    with reading(path):
        source, schema = connect_any(path)
        with closing(source), _growing(target) as copy:
            _copy(source, copy, told)
            held = _verified(
                copy, f"{path}: is damaged, nothing was kept; `linkledger ledger check` says more"
            )
    return Backup(target, schema, target.stat().st_size, held)


def restore(path: Path, backup: Path, now_ms: int, told: Told = unheard) -> Restored:
    """Put a backup in the ledger's place, and what was there aside; nothing is deleted.

    What was measured after the backup is written down as a gap in the evidence; what people wrote down
    after it, notes and statements that they issued, is brought over. A backup of an older schema is
    brought up to date. Raises LedgerLocked while a daemon writes the ledger, LedgerUnreadable,
    LedgerTooNew, NotALedger, LedgerUnwritable.
    """
    try:
        if path.exists() and backup.exists() and backup.samefile(path):
            raise LedgerUnreadable(f"{backup}: is the ledger itself")
        with locked(path):
            source, _ = connect_any(backup)
            with closing(source):
                _verified(backup, f"{backup}: is damaged: it was not restored, and nothing was changed")
                with _growing(beside(path, ".restored")) as copy:
                    _copy(source, copy, told)
                    gap = _prepare(path, copy, now_ms)
                    carried = _carry_over(path, copy)
                    _belong(copy, path)
            successor = beside(path, ".restored")
            replaced = replace(path, successor, now_ms) if path.exists() else None
            if not replaced:
                successor.rename(path)
            beside(path, ".suspect").unlink(missing_ok=True)
            _sync(path.parent)
            return Restored(_verified(path, f"{path}: is damaged"), replaced, gap, carried)
    except (OSError, sqlite3.Error) as error:
        raise LedgerUnwritable(why_unwritable(path, error)) from error


def keep_older(path: Path, at_most_bytes: int, told: Told = unheard) -> Path | None:
    """Before a ledger of an older schema is upgraded: a copy of it as it is; None when none is needed.

    One that was made before and is still the same is kept, not made again. The caller holds the lock.
    Raises LedgerOlder where more would have to be copied, LedgerUnwritable where there is no room,
    LedgerTooNew, NotALedger.
    """
    try:
        if not path.exists() or not path.stat().st_size:
            return None
        with closing(untouched(path)) as source:
            schema = check_version(source, path, len(schemas()))
            if schema in (0, len(schemas())):
                return None
            for kept in asides(path, f"{OLDER}{schema}"):
                if _same(source, kept):
                    return kept
            if _bytes(source) > at_most_bytes:
                raise LedgerOlder(path, schema, _bytes(source))
            target = unused(beside(path, f"{OLDER}{schema}"))
            with _growing(target) as copy:
                _copy(source, copy, told, "free some, or upgrade by `linkledger ledger upgrade --no-copy`")
                _belong(copy, path)
            return target
    except (OSError, sqlite3.Error) as error:
        raise LedgerUnwritable(why_unwritable(path, error)) from error


@contextmanager
def _growing(target: Path) -> Iterator[Path]:
    """A file beside `target` that takes its name once the block is through; else it is gone."""
    partly = beside(target, PARTIAL)
    try:
        partly.unlink(missing_ok=True)  # of one that was killed
        os.close(os.open(partly, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, MODE))
        yield partly
        _sync(partly)
        partly.replace(target)
        _sync(target.parent)
    except OSError as error:
        raise LedgerUnwritable(why_unwritable(target, error)) from error
    finally:
        partly.unlink(missing_ok=True)


def _copy(
    source: sqlite3.Connection, target: Path, told: Told, way_out: str = "free some, or give another disk"
) -> None:
    """All pages as they are at this moment; raises LedgerUnwritable where there is no room."""
    needed, room = _bytes(source) + ROOM_LEFT_BYTES, free_bytes(target.parent)
    if room < needed:
        raise LedgerUnwritable(
            f"{target.parent}: has no room for a copy of the ledger: {needed:,} bytes are needed, {room:,} "
            f"are free: {way_out}"
        )
    with closing(sqlite3.connect(target, isolation_level=None)) as copy:
        copy.execute("PRAGMA synchronous = OFF")
        copy.execute("PRAGMA journal_mode = OFF")  # half a copy is worth nothing
        source.execute("BEGIN")
        source.execute("SELECT 1 FROM sqlite_schema").fetchone()  # from here on it is this moment's
        try:
            source.backup(copy, pages=PAGES_A_STEP, progress=lambda _, left, of: told(of - left, of))
        except sqlite3.OperationalError as error:
            raise LedgerUnwritable(why_unwritable(target, error)) from error
        finally:
            source.execute("ROLLBACK")
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, which leaves none beside it when it is read


def _verified(path: Path, otherwise: str) -> Inventory:
    """What a file at rest holds; LedgerUnreadable with `otherwise` when a page of it is wrong."""
    with closing(untouched(path)) as connection:
        try:
            sound = says_ok(connection, "quick_check(1)")
            if sound:
                return inventory(connection)
        except sqlite3.DatabaseError as error:
            otherwise = f"{otherwise} ({error})"
    raise LedgerUnreadable(otherwise)


def _prepare(path: Path, copy: Path, now_ms: int) -> Gap | None:
    """Bring a backup up to date, and write down in it what was measured since."""
    with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
        migrate(connection, copy)
        end_ms = newest_ms(connection)
        marks = store.watermarks(connection).values()
        open_ms = min((at_ms for at_ms in marks if end_ms - HOUR_MS < at_ms), default=end_ms)
        since, lacking = _beyond(path, SqliteReader.over(connection), open_ms, end_ms)
        with transaction(connection):
            for one in lacking:
                store.record_gap(connection, one)
        if since == 0:
            return None
        rounds = "an unknown number of rounds" if since is None else f"{since:,} rounds"
        why = f"restored from a backup: {rounds} measured after it are not in this ledger"
        from_ms = min(open_ms, end_ms) or now_ms
        gap = Gap(EVIDENCE, 0, -1, since or 0, why, now_ms, from_ms, now_ms)
        with transaction(connection):
            store.record_gap(connection, gap)
    return gap


def _beyond(path: Path, backup: SqliteReader, open_ms: int, end_ms: int) -> tuple[int | None, Sequence[Gap]]:
    """How many rounds the present ledger has beyond a backup, and what it says itself that it lacks there.

    None when that can't be read. The backup's slots from `open_ms` to `end_ms`, its newest, may have
    gained some after it was made.
    """
    if not path.exists():
        return None, ()
    try:
        with reading(path), SqliteReader(path) as reader:
            late = _rounds(reader, open_ms, end_ms + 1) - _rounds(backup, open_ms, end_ms + 1)
            lacking = [one for one in reader.gaps(EVIDENCE) if one.from_ms and one.from_ms >= open_ms]
            return max(0, late) + _rounds(reader, end_ms + 1), lacking
    except LedgerError:
        return None, ()


def _carry_over(path: Path, copy: Path) -> int:
    """Bring over what people wrote into the present ledger, and the backup doesn't know; their number.

    Nothing where the present one can't be read: it is kept beside, whatever it holds.
    """
    if not path.exists():
        return 0
    try:
        source, _ = connect_any(path)
    except LedgerError:
        return 0
    with closing(source), closing(sqlite3.connect(copy, isolation_level=None)) as target:
        return sum(_carried(carry, source, target) for carry in (notes.carry_over, revisions.carry_over))


def _carried(
    carry: Callable[[sqlite3.Connection, sqlite3.Connection], int],
    source: sqlite3.Connection,
    target: sqlite3.Connection,
) -> int:
    """What `carry` brought over; nothing, and the copy as it was, where the present one is damaged.

    A disk that is full raises: without what people wrote nothing is put in the ledger's place.
    """
    try:
        with transaction(target):
            return carry(source, target)
    except (sqlite3.DatabaseError, ValueError) as error:
        if isinstance(error, sqlite3.Error) and not is_damage(error):
            raise
        return 0


def _rounds(reader: SqliteReader, from_ms: int, to_ms: int = 2**62) -> int:
    return sum(len(rounds) for _, rounds in reader.iter_rounds(from_ms, to_ms))


def _belong(copy: Path, path: Path) -> None:
    """Give the file to whom the ledger belongs: a restore is often called by root."""
    model = (path if path.exists() else path.parent).stat()
    if os.geteuid() == 0:
        os.chown(copy, model.st_uid, model.st_gid)
    copy.chmod(MODE)


def _same(source: sqlite3.Connection, kept: Path) -> bool:
    """Whether a copy holds what the ledger does: the log's newest row says so."""
    try:
        with closing(untouched(kept)) as copy:
            return store.last_seq(copy) == store.last_seq(source)
    except sqlite3.Error:
        return False


def _bytes(connection: sqlite3.Connection) -> int:
    pages, size = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    return int(pages * size)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
