"""Numbered statements in the ledger: what was issued stands, a draft waits, and a restore forgets none."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from collector.ledger import revisions
from collector.ledger.backup import back_up, restore
from collector.ledger.migrate import APPLICATION_ID, migrate, schemas
from collector.ledger.notes import record
from collector.ledger.opening import editing
from collector.ledger.reader import SqliteReader
from collector.ledger.revisions import Revision, RevisionError, RevisionKey, State
from collector.ledger.store import put_note
from collector.notebook.bodies import made
from tests.collector.ledgers import BEGIN_MS, PATIENCE, good, key, ledger_at

APRIL = RevisionKey("lon-acme", "gold", 100, 200)
MAY = replace(APRIL, from_ms=200, to_ms=300)


def revision(
    number: int = 1,
    state: State = "issued",
    *,
    of: RevisionKey = APRIL,
    digest: str = "d",
    label: str = "2026-04",
) -> Revision:
    decided = (5, "ann", "why") if state != "draft" else (None, None, None)
    return Revision(of, label, number, digest, '{"circuits": ["lon-acme"]}', ("first", "é"), "{}", 4, "ann",
                    state, *decided)  # fmt: skip


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as one:
        migrate(one, Path("memory"))
        yield one


def test_a_revision_comes_back_as_it_was_kept(connection: sqlite3.Connection) -> None:
    for one in (revision(), revision(2, "draft")):
        revisions.put(connection, one)
    found = revisions.history(connection, APRIL)
    assert found.revisions == (revision(), revision(2, "draft"))
    assert (found.issued, found.draft) == (revision(), revision(2, "draft"))
    assert found.revisions[0].statement == {"circuits": ["lon-acme"]}
    assert revisions.history(connection, MAY).revisions == ()


def test_an_issued_number_is_never_given_again(connection: sqlite3.Connection) -> None:
    revisions.put(connection, revision())
    with pytest.raises(sqlite3.IntegrityError):
        revisions.put(connection, revision(digest="other"))
    assert revisions.history(connection, APRIL).revisions == (revision(),)


def test_a_new_draft_takes_the_place_and_the_number_of_the_one_before(connection: sqlite3.Connection) -> None:
    for one in (revision(), revision(2, "dismissed"), revision(3, "draft")):
        revisions.put(connection, one)
    assert revisions.history(connection, APRIL).next_number == 3
    revisions.put(connection, revision(3, "draft", digest="newer"))
    assert [one.digest for one in revisions.history(connection, APRIL).revisions] == ["d", "d", "newer"]
    assert revisions.drop_draft(connection, APRIL)
    assert not revisions.drop_draft(connection, APRIL)
    assert revisions.history(connection, APRIL).next_number == 3
    assert revisions.history(connection, MAY).next_number == 1


@pytest.mark.parametrize("state", ["issued", "dismissed"])
def test_a_person_decides_on_a_draft_once(connection: sqlite3.Connection, state: State) -> None:
    revisions.put(connection, revision(2, "draft"))
    assert state != "draft"
    done = revisions.decide(connection, revision(2, "draft"), state, at_ms=9, by="bob", reason="seen")
    assert done == replace(revision(2, "draft"), state=state, decided_ms=9, decided_by="bob", reason="seen")
    with pytest.raises(RevisionError, match="revision 2 of lon-acme for 2026-04 is no longer the draft"):
        revisions.decide(connection, revision(2, "draft"), state, at_ms=9, by="bob", reason="seen")


def test_a_draft_that_changed_since_it_was_looked_at_is_not_decided_on(
    connection: sqlite3.Connection,
) -> None:
    revisions.put(connection, revision(2, "draft", digest="newer"))
    with pytest.raises(RevisionError, match="look at it again"):
        revisions.decide(connection, revision(2, "draft"), "issued", at_ms=9, by="bob", reason="seen")
    assert revisions.drafts(connection) == [revision(2, "draft", digest="newer")]


def test_the_latest_that_was_issued_is_what_readers_get(connection: sqlite3.Connection) -> None:
    par = replace(APRIL, scope="par-acme")
    may = revision(of=MAY, label="2026-05")
    for one in (revision(), revision(2), revision(3, "draft"), may, revision(of=par),
                revision(2, "dismissed", of=par)):  # fmt: skip
        revisions.put(connection, one)
    assert revisions.latest(connection) == [revision(2), revision(of=par), may]
    assert revisions.latest(connection, scope="lon-acme") == [revision(2), may]
    assert revisions.latest(connection, label="2026-04") == [revision(2), revision(of=par)]
    assert revisions.latest(connection, "par-acme", "2026-05") == []
    assert revisions.drafts(connection) == [revision(3, "draft")]


def test_carrying_over_brings_what_is_missing_and_changes_nothing_that_was_decided() -> None:
    with (
        closing(sqlite3.connect(":memory:", isolation_level=None)) as now,
        closing(sqlite3.connect(":memory:", isolation_level=None)) as backup,
    ):
        for one in (now, backup):
            migrate(one, Path("memory"))
            revisions.put(one, revision())
        revisions.put(now, revision(2))
        revisions.put(backup, revision(2, "draft"))
        revisions.put(now, revision(of=MAY))
        revisions.put(now, revision(2, "draft", of=MAY))
        assert revisions.carry_over(now, backup) == 3
        assert revisions.history(backup, APRIL) == revisions.history(now, APRIL)
        assert revisions.history(backup, MAY) == revisions.history(now, MAY)
        assert revisions.carry_over(now, backup) == 0


def test_what_the_restored_ledger_decided_stays_and_its_draft_too() -> None:
    with (
        closing(sqlite3.connect(":memory:", isolation_level=None)) as now,
        closing(sqlite3.connect(":memory:", isolation_level=None)) as backup,
    ):
        for one in (now, backup):
            migrate(one, Path("memory"))
        revisions.put(now, revision(digest="theirs"))
        revisions.put(backup, revision(digest="ours"))
        revisions.put(now, revision(3, "draft", of=MAY, digest="theirs"))
        revisions.put(backup, revision(2, "draft", of=MAY, digest="ours"))
        assert revisions.carry_over(now, backup) == 0
        assert {one.digest for one in revisions.history(backup, APRIL).revisions} == {"ours"}
        assert {one.digest for one in revisions.history(backup, MAY).revisions} == {"ours"}


def test_a_ledger_of_before_revisions_has_none_to_bring(connection: sqlite3.Connection) -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as older:
        migrate(older, Path("memory"), schemas()[:2])
        assert revisions.carry_over(older, connection) == 0


# --- upgrade, backup, restore


def of_schema_2(path: Path) -> None:
    """A ledger as the version before made it: a round, a note, and a gap of that schema's kind."""
    with closing(sqlite3.connect(path, isolation_level=None)) as one:
        one.execute("PRAGMA journal_mode = WAL")
        for script in schemas()[:2]:
            one.executescript(script)
        one.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        one.execute("PRAGMA user_version = 2")
        one.execute(
            "INSERT INTO series VALUES "
            "(1, 'edge', 'lon', 'acme', 'lon-acme', 'pe', 'icmp', 10000, 'd1', '', '[]', 'path')"
        )
        one.execute(
            "INSERT INTO log (series, at_ms, epoch, sent, received, reason, timing) "
            "VALUES (1, ?, 1, 1, 1, 0, 0)",
            (BEGIN_MS,),
        )
        one.execute("INSERT INTO log_block VALUES (1, 1, ?, ?)", (BEGIN_MS, BEGIN_MS))
        put_note(one, at_ms=1, author="ann", kind="ticket", body="{}")
        one.execute("INSERT INTO gap (consumer, first_seq, last_seq, rounds, why, at_ms, from_ms, to_ms) "
                    "VALUES ('evidence', 0, -1, 5, 'why', 1, 2, 3)")  # fmt: skip


def test_an_upgrade_from_schema_2_keeps_everything_and_a_copy(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    of_schema_2(path)
    with ledger_at(path) as ledger:
        assert ledger.kept_as == path.with_name("ledger.db.schema-2")
        with ledger.reader() as reader:
            assert (len(reader.scan(0, 9)), len(reader.notes()), len(reader.gaps())) == (1, 1, 1)
            assert reader.revisions() == []
    with editing(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(schemas()),)
        revisions.put(connection, revision())
    with SqliteReader(path) as reader:
        assert (reader.revisions(), reader.revisions_of(APRIL).issued, reader.drafts()) == (
            [revision()], revision(), [],
        )  # fmt: skip


def test_a_restore_keeps_what_people_wrote_after_the_backup(tmp_path: Path) -> None:
    path, copy = tmp_path / "ledger.db", tmp_path / "copy.db"
    with ledger_at(path) as ledger:
        ledger.append([good(ledger.series(key()), BEGIN_MS)])
        assert ledger.settle(PATIENCE)
    with editing(path) as connection:
        put_note(connection, at_ms=1, author="ann", kind="ticket", body="before")
        revisions.put(connection, revision())
    back_up(path, copy)
    with editing(path) as connection:
        body = made("ticket", {"id": "T", "circuits": ("a",), "opened": "2026-01-03T10:00:00Z"})
        record(connection, body, at_ms=2, author="bob")
        revisions.put(connection, revision(2))
    with SqliteReader(path) as reader:
        notes, issued = reader.notes(), reader.revisions()
    done = restore(path, copy, BEGIN_MS + 60_000)
    assert done.carried == 2
    with SqliteReader(path) as reader:
        assert (reader.notes(), reader.revisions()) == (notes, issued)
    assert restore(path, copy, BEGIN_MS + 60_000).carried == 2, "again from the same backup"


def test_a_restore_over_a_ledger_of_an_older_schema_keeps_its_notes(tmp_path: Path) -> None:
    path, copy = tmp_path / "ledger.db", tmp_path / "copy.db"
    with ledger_at(copy):
        pass
    of_schema_2(path)
    assert restore(path, copy, BEGIN_MS).carried == 1


@pytest.mark.parametrize("there", [False, True])
def test_a_restore_over_no_ledger_or_a_damaged_one_carries_nothing(tmp_path: Path, there: bool) -> None:
    path, copy = tmp_path / "ledger.db", tmp_path / "copy.db"
    with ledger_at(copy):
        pass
    if there:
        path.write_text("broken")
    assert restore(path, copy, BEGIN_MS).carried == 0
