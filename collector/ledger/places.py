"""Where each output is in the ledger, and what it takes to send it again what it had.

An output keeps three cursors in the log (outputs/progress.py). What has left the log is in chunks: so
a *rewind* moves the cursors back to the first row that is in no chunk, and leaves beside them which
packed hours are to be sent again (`Again`). A command only asks for a rewind; whoever feeds the output
carries it out between two batches, so that the two never write over one another's place.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from sqlite3 import Connection

from collector.ledger import store
from collector.ledger.model import HOUR_MS
from collector.ledger.registry import CHUNKS

FILLED, HEAD = "/filled", "/head"
"""What stands behind an output's name in the names of its two other cursors."""
_ASKED, _AGAIN = "rewind:", "again:"
"""What stands before it in the names of its rewind and of what that has still to send."""


@dataclass(frozen=True, slots=True)
class Again:
    """Packed slots of [`from_ms`, `until_ms`) to send again, hour by hour and in it by series.

    Hours before `hour` are done, and of it the series up to `series`.
    """

    from_ms: int
    until_ms: int
    hour: int
    series: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """Where an output is."""

    name: str
    lag_rounds: int
    """Rows of the log that it has not taken yet."""
    waits_since_ms: int | None
    """The slot of the oldest of them; None without."""
    again: Again | None
    again_rounds: int
    """About how many packed rounds are still to be sent again."""
    asked_ms: int | None
    """The time to which it was asked to go back, and has not yet."""
    gap_rounds: int
    """Rounds that it never got."""


def places(connection: Connection) -> list[Place]:
    """Every output that has a place, by name."""
    seqs = {one.name: one.seq for one in store.cursors(connection)}
    return [_place(connection, name, seqs) for name in seqs if not {":", "/"} & set(name)]


def _place(connection: Connection, name: str, seqs: Mapping[str, int]) -> Place:
    taken = seqs[name]
    filled, head = (max(seqs.get(name + suffix, taken), taken) for suffix in (FILLED, HEAD))
    last = store.last_seq(connection)
    oldest = connection.execute(
        "SELECT at_ms FROM log WHERE seq > ? ORDER BY seq LIMIT 1", (taken if taken < filled else head,)
    ).fetchone()
    again = load_again(connection, name)
    return Place(
        name=name,
        lag_rounds=filled - taken + max(0, last - head),
        waits_since_ms=oldest[0] if oldest else None,
        again=again,
        again_rounds=packed_rounds(connection, again.hour, again.until_ms) if again else 0,
        asked_ms=asked(connection, name),
        gap_rounds=sum(gap.rounds for gap in store.gaps(connection, name)),
    )


def packed_rounds(connection: Connection, from_hour: int, until_ms: int) -> int:
    """How many rounds the chunks hold from an hour on."""
    return int(
        connection.execute(
            "SELECT coalesce(sum(rounds), 0) FROM hour WHERE hour >= ? AND hour < ?",
            (from_hour, -(-until_ms // HOUR_MS)),
        ).fetchone()[0]
    )


def ask(connection: Connection, output: str, from_ms: int) -> None:
    """Ask for a rewind; of two that were asked for the one that goes back further stands."""
    earlier = asked(connection, output)
    _put(connection, _ASKED + output, {"from_ms": from_ms if earlier is None else min(from_ms, earlier)})


def asked(connection: Connection, output: str) -> int | None:
    """The time to which an output was asked to go back; None when it wasn't."""
    state = _state(connection, _ASKED + output)
    return state["from_ms"] if state else None


def rewind(connection: Connection, output: str) -> None:
    """Carry out what was asked for: the log by its cursors, what is packed as `Again`."""
    from_ms, here = asked(connection, output), store.cursor(connection, output)
    _forget(connection, _ASKED + output)
    if from_ms is None or here is None:
        return
    packed_seq = min((one.seq for one in store.cursors(connection) if one.name.startswith(CHUNKS)), default=0)
    (first,) = connection.execute(
        "SELECT min(first_seq) FROM log_block WHERE last_seq > ? AND max_ms >= ?", (packed_seq, from_ms)
    ).fetchone()
    seq = here.seq if first is None else min(here.seq, max(packed_seq, first - 1))
    for suffix in ("", FILLED, HEAD):
        store.move_cursor(connection, output + suffix, seq)
    (last_hour,) = connection.execute("SELECT coalesce(max(hour), -1) FROM hour").fetchone()
    unfinished = load_again(connection, output)
    if unfinished:
        from_ms = min(from_ms, max(unfinished.from_ms, unfinished.hour * HOUR_MS))
    until_ms = (last_hour + 1) * HOUR_MS
    again = Again(from_ms, until_ms, from_ms // HOUR_MS) if from_ms < until_ms else None
    put_again(connection, output, again)


def load_again(connection: Connection, output: str) -> Again | None:
    """What a rewind has still to send of packed hours."""
    state = _state(connection, _AGAIN + output)
    return Again(**state) if state else None


def put_again(connection: Connection, output: str, again: Again | None) -> None:
    """Keep how far that has come; None: it is done."""
    if again is None:
        _forget(connection, _AGAIN + output)
    else:
        _put(connection, _AGAIN + output, asdict(again))


def drop(connection: Connection, output: str) -> None:
    """The output is no more: the log isn't held for it, and what it missed is forgotten."""
    for suffix in ("", FILLED, HEAD):
        store.drop_cursor(connection, output + suffix)
    for prefix in (_ASKED, _AGAIN):
        _forget(connection, prefix + output)


def _state(connection: Connection, name: str) -> dict[str, int] | None:
    row = connection.execute("SELECT state FROM consumer_state WHERE name = ?", (name,)).fetchone()
    return json.loads(row[0]) if row else None


def _put(connection: Connection, name: str, state: Mapping[str, int]) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO consumer_state (name, state) VALUES (?, ?)", (name, json.dumps(state))
    )


def _forget(connection: Connection, name: str) -> None:
    connection.execute("DELETE FROM consumer_state WHERE name = ?", (name,))
