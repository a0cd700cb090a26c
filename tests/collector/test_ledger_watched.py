"""What the watch over contracts keeps in the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from sqlite3 import Connection

import pytest

from collector.ledger import revisions, watched
from collector.ledger.opening import connect_writer
from collector.ledger.records import Transition
from collector.ledger.revisions import Revision, RevisionKey
from collector.ledger.store import put_transition
from collector.ledger.watched import Mark, OpenClaim

FIRST = Revision(
    RevisionKey("a", "gold", 100, 200), "2026-01", 1, "d1", "{}", (), "{}", 1, "linkledger", "issued"
)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    with closing(connect_writer(tmp_path / "ledger.db")) as opened:
        yield opened


def later(number: int, state: str = "draft", **key: object) -> Revision:
    one = replace(FIRST, number=number, digest=f"d{number}", state=state)  # type: ignore[arg-type]
    return replace(one, key=replace(FIRST.key, **key))  # type: ignore[arg-type]


def test_the_mark_stays_where_it_was_put(connection: Connection) -> None:
    assert watched.mark(connection) is None
    watched.put_mark(connection, Mark(note=3))
    watched.put_mark(connection, Mark(note=5))
    assert watched.mark(connection) == Mark(note=5)


def test_the_mark_of_another_time_is_read(connection: Connection) -> None:
    connection.execute("INSERT INTO consumer_state (name, state) VALUES ('sla', '{\"note\": 3}')")
    assert watched.mark(connection) == Mark(note=3, trusted_ms=0)


def test_a_circuit_is_known_from_its_first_status_on(connection: Connection) -> None:
    assert watched.first_known_ms(connection, "a") == 0
    for at_ms, name in ((70, "a"), (40, "a"), (10, "b")):
        put_transition(connection, Transition("lon", name, at_ms, "up", ""))
    assert watched.first_known_ms(connection, "a") == 40


def test_the_last_issued_period_of_each_scope_and_contract_is_known(connection: Connection) -> None:
    for one in (FIRST, later(2), later(1, "issued", from_ms=200, to_ms=300), later(1, "issued", scope="b")):
        revisions.put(connection, one)
    revisions.put(connection, later(1, "draft", from_ms=300, to_ms=400))
    assert watched.settled_until(connection) == {("a", "gold"): 300, ("b", "gold"): 200}


@pytest.mark.parametrize(
    ("from_ms", "to_ms", "found"),
    [(0, 100, []), (0, 101, [100]), (199, 201, [100, 200]), (200, 300, [200]), (300, 400, [])],
)
def test_closed_periods_are_found_by_the_time_that_they_touch(
    connection: Connection, from_ms: int, to_ms: int, found: list[int]
) -> None:
    for one in (later(1, "issued", from_ms=200, to_ms=300), FIRST, later(2, "issued")):
        revisions.put(connection, one)
    assert [one.key.from_ms for one in watched.issued_between(connection, from_ms, to_ms)] == found


def test_a_revision_is_untold_until_it_is_told_in_the_state_that_it_is_in(connection: Connection) -> None:
    revisions.put(connection, FIRST)
    revisions.put(connection, later(2))
    first, draft = watched.untold(connection)
    assert [(one.number, one.state) for one in (first, draft)] == [(1, "issued"), (2, "draft")]
    watched.put_revisions_told(connection, [(first.row, "issued"), (draft.row, "draft")])
    assert watched.untold(connection) == []
    revisions.decide(connection, later(2), "issued", at_ms=5, by="eve", reason="agreed")
    assert [(one.row, one.state) for one in watched.untold(connection)] == [(draft.row, "issued")]


def test_a_state_that_changed_while_it_was_told_is_told_again(connection: Connection) -> None:
    revisions.put(connection, later(2))
    (draft,) = watched.untold(connection)
    revisions.decide(connection, later(2), "dismissed", at_ms=5, by="eve", reason="no")
    watched.put_revisions_told(connection, [(draft.row, draft.state)])
    assert [one.state for one in watched.untold(connection)] == ["dismissed"]


def test_a_sweep_tells_so_many_revisions_at_most(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watched, "MOST_NEWS", 2)
    for number in (1, 2, 3):
        revisions.put(connection, later(number, "issued"))
    assert [one.number for one in watched.untold(connection)] == [1, 2]


def test_what_was_told_is_known_until_it_is_very_old(connection: Connection) -> None:
    watched.put_told(connection, ["a", "b"], 1_000)
    watched.put_told(connection, ["a", "c"], 2_000)
    assert watched.told(connection, ["a", "c", "d"]) == {"a", "c"}
    assert watched.told(connection, []) == set()
    watched.put_told(connection, [], 1_000 + watched.KEEP_SAID_MS)
    assert watched.told(connection, ["a", "b", "c"]) == {"a", "b", "c"}
    watched.put_told(connection, [], 1_001 + watched.KEEP_SAID_MS)
    assert watched.told(connection, ["a", "b", "c"]) == {"c"}


def test_only_the_newest_sweeps_claims_are_kept(connection: Connection) -> None:
    claims = [OpenClaim("b", "gold", "2026-01", "{}"), OpenClaim("a", "gold", "2026-01", "{}")]
    watched.put_claims(connection, claims)
    assert watched.claims(connection) == claims[::-1]
    watched.put_claims(connection, claims[:1])
    assert watched.claims(connection) == claims[:1]
