"""What is derived from the log, table by table: the statements that a `Ledger.write` job uses.

Each function takes the job's connection and commits nothing: what a consumer derived and the cursor
that says so become durable together.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import astuple

from collector.ledger.model import HOUR_MS, Cursor, Gap, Outage
from collector.ledger.records import CircuitNow, Epoch, Event, Figures, Heartbeat, Note, Transition

# --- the whole


def last_seq(connection: sqlite3.Connection) -> int:
    """The newest row's seq, also when the row itself has gone; 0 when there never was one."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'log'").fetchone()
    return row[0] if row else 0


def bytes_in_use(connection: sqlite3.Connection) -> int:
    """Pages in use times their size."""
    pages, free, size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def oldest_ms(connection: sqlite3.Connection) -> int | None:
    """The begin of the oldest hour that has rounds; None in an empty ledger."""
    (hour,) = connection.execute("SELECT min(hour) FROM hour").fetchone()
    (logged,) = connection.execute("SELECT min(min_ms) FROM log_block").fetchone()
    found = [one for one in (hour, None if logged is None else logged // HOUR_MS) if one is not None]
    return min(found) * HOUR_MS if found else None


# --- cursor


def move_cursor(connection: sqlite3.Connection, name: str, seq: int) -> None:
    """The consumer has taken every row up to `seq`; a new name begins to hold the log from here."""
    connection.execute(
        "INSERT INTO cursor (name, seq) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET seq = excluded.seq",
        (name, seq),
    )


def drop_cursor(connection: sqlite3.Connection, name: str) -> None:
    """The consumer is no more: the log isn't held for it."""
    connection.execute("DELETE FROM cursor WHERE name = ?", (name,))


def cursors(connection: sqlite3.Connection) -> list[Cursor]:
    """Every consumer's place, by name."""
    return [Cursor(*row) for row in connection.execute("SELECT name, seq FROM cursor ORDER BY name")]


def cursor(connection: sqlite3.Connection, name: str) -> Cursor | None:
    """One consumer's place; None when it never moved."""
    row = connection.execute("SELECT name, seq FROM cursor WHERE name = ?", (name,)).fetchone()
    return Cursor(*row) if row else None


# --- watermark


def put_watermark(connection: sqlite3.Connection, site: str, at_ms: int) -> None:
    """The site's earliest slot that may still gain a round."""
    connection.execute(
        "INSERT INTO watermark (site, at_ms) VALUES (?, ?) "
        "ON CONFLICT (site) DO UPDATE SET at_ms = excluded.at_ms",
        (site, at_ms),
    )


def watermarks(connection: sqlite3.Connection) -> dict[str, int]:
    """Site -> watermark in ms."""
    return dict(connection.execute("SELECT site, at_ms FROM watermark"))


# --- gap


def record_gap(connection: sqlite3.Connection, gap: Gap) -> None:
    """Keep what a consumer lost; one that goes on where the consumer's last one ended widens it."""
    widened = connection.execute(
        "UPDATE gap SET last_seq = ?, rounds = rounds + ?, at_ms = ? "
        "WHERE id = (SELECT max(id) FROM gap WHERE consumer = ?) AND why = ? AND last_seq + 1 = ? "
        "AND from_ms IS ? AND to_ms IS ?",
        (gap.last_seq, gap.rounds, gap.at_ms, gap.consumer, gap.why, gap.first_seq, gap.from_ms, gap.to_ms),
    )
    if widened.rowcount == 0:
        connection.execute(
            "INSERT INTO gap (consumer, first_seq, last_seq, rounds, why, at_ms, from_ms, to_ms) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            astuple(gap),
        )


def gaps(connection: sqlite3.Connection, consumer: str | None = None) -> list[Gap]:
    """Gaps, oldest first; of one consumer or of all."""
    return [
        Gap(*row)
        for row in connection.execute(
            "SELECT consumer, first_seq, last_seq, rounds, why, at_ms, from_ms, to_ms FROM gap "
            "WHERE ?1 IS NULL OR consumer = ?1 ORDER BY id",
            (consumer,),
        )
    ]


# --- outage


def record_outage(connection: sqlite3.Connection, outage: Outage) -> bool:
    """Keep an outage, or what became of it: its key is (site, circuit, start). True when it ended now."""
    known = connection.execute(
        "SELECT end_ms FROM outage WHERE site = ? AND circuit = ? AND start_ms = ?",
        (outage.site, outage.circuit, outage.start_ms),
    ).fetchone()
    connection.execute(
        "INSERT INTO outage (site, circuit, start_ms, carrier, end_ms, cause, common_cause) "
        "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (site, circuit, start_ms) DO UPDATE SET "
        "carrier = excluded.carrier, end_ms = excluded.end_ms, cause = excluded.cause, "
        "common_cause = excluded.common_cause",
        (
            outage.site,
            outage.circuit,
            outage.start_ms,
            outage.carrier,
            outage.end_ms,
            outage.cause,
            outage.common_cause,
        ),
    )
    return outage.end_ms is not None and known != (outage.end_ms,)


def outages(connection: sqlite3.Connection, circuit: str | None, from_ms: int, to_ms: int) -> list[Outage]:
    """Outages that touch [from, to), by start; of one circuit or of all."""
    return [
        Outage(site, carrier, circuit_id, start_ms, end_ms, cause, bool(common_cause))
        for site, carrier, circuit_id, start_ms, end_ms, cause, common_cause in connection.execute(
            "SELECT site, carrier, circuit, start_ms, end_ms, cause, common_cause FROM outage "
            "WHERE (?1 IS NULL OR circuit = ?1) AND start_ms < ?3 AND (end_ms IS NULL OR end_ms > ?2) "
            "ORDER BY start_ms, site, circuit",
            (circuit, from_ms, to_ms),
        )
    ]


# --- transition


def put_transition(connection: sqlite3.Connection, transition: Transition) -> None:
    """Keep a change of a circuit's stored status; one at the same time is replaced."""
    connection.execute(
        "INSERT OR REPLACE INTO transition (site, circuit, at_ms, status, cause) VALUES (?, ?, ?, ?, ?)",
        (transition.site, transition.circuit, transition.at_ms, transition.status, transition.cause),
    )


def transitions(connection: sqlite3.Connection, circuit: str, from_ms: int, to_ms: int) -> list[Transition]:
    """The status at `from_ms` (the last change before it) and each change until `to_ms`."""
    return [
        Transition(*row)
        for row in connection.execute(
            "SELECT site, circuit, at_ms, status, cause FROM transition "
            "WHERE circuit = ?1 AND at_ms < ?3 AND at_ms >= "
            "coalesce((SELECT max(at_ms) FROM transition WHERE circuit = ?1 AND at_ms <= ?2), ?2) "
            "ORDER BY at_ms",
            (circuit, from_ms, to_ms),
        )
    ]


# --- circuit_now


def put_circuit_now(connection: sqlite3.Connection, rows: Iterable[CircuitNow]) -> None:
    """The status of circuits at this moment."""
    connection.executemany(
        "INSERT OR REPLACE INTO circuit_now (circuit, site, status, since_ms, cause, provisional, at_ms) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            (one.circuit, one.site, one.status, one.since_ms, one.cause, one.provisional, one.at_ms)
            for one in rows
        ),
    )


def keep_circuits(connection: sqlite3.Connection, site: str, circuits: Collection[str]) -> None:
    """Of the site only these circuits are still measured: the others have no status."""
    connection.execute(
        "DELETE FROM circuit_now WHERE site = ? AND circuit NOT IN (SELECT value FROM json_each(?))",
        (site, json.dumps(sorted(circuits))),
    )


def circuit_now(connection: sqlite3.Connection) -> list[CircuitNow]:
    """Every circuit's status, by circuit."""
    return [
        CircuitNow(circuit, site, status, since_ms, cause, bool(provisional), at_ms)
        for circuit, site, status, since_ms, cause, provisional, at_ms in connection.execute(
            "SELECT circuit, site, status, since_ms, cause, provisional, at_ms FROM circuit_now "
            "ORDER BY circuit"
        )
    ]


# --- figures


def put_figures(connection: sqlite3.Connection, rows: Iterable[Figures]) -> None:
    """The newest SLA figures of circuits."""
    connection.executemany(
        "INSERT OR REPLACE INTO figures (circuit, computed_ms, json) VALUES (?, ?, ?)",
        ((one.circuit, one.computed_ms, one.json) for one in rows),
    )


def figures(connection: sqlite3.Connection) -> list[Figures]:
    """Every circuit's newest figures, by circuit."""
    return [
        Figures(*row)
        for row in connection.execute("SELECT circuit, computed_ms, json FROM figures ORDER BY circuit")
    ]


# --- epoch


def last_epoch(connection: sqlite3.Connection) -> Epoch | None:
    """The newest epoch; None before the first round."""
    row = connection.execute(
        "SELECT id, wall_ns, mono_ns, boot_id, synchronised, why FROM epoch ORDER BY id DESC LIMIT 1"
    ).fetchone()
    return Epoch(row[0], row[1], row[2], row[3], bool(row[4]), row[5]) if row else None


# --- config


def put_config(connection: sqlite3.Connection, digest: str, text: str, at_ms: int) -> None:
    """Keep a configuration that was loaded; the first time it was is what stays."""
    connection.execute(
        "INSERT INTO config (digest, text, at_ms) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        (digest, text, at_ms),
    )


def config_of(connection: sqlite3.Connection, digest: str) -> str | None:
    """The text of a configuration; None when it was never loaded."""
    row = connection.execute("SELECT text FROM config WHERE digest = ?", (digest,)).fetchone()
    return row[0] if row else None


# --- heartbeat


def put_heartbeat(connection: sqlite3.Connection, heartbeat: Heartbeat) -> None:
    """The daemon lives."""
    connection.execute(
        "INSERT OR REPLACE INTO heartbeat (id, at_ms, pid, version, config, state) VALUES (1, ?, ?, ?, ?, ?)",
        (heartbeat.at_ms, heartbeat.pid, heartbeat.version, heartbeat.config, heartbeat.state),
    )


def heartbeat(connection: sqlite3.Connection) -> Heartbeat | None:
    """The last sign of life; None before the first."""
    row = connection.execute("SELECT at_ms, pid, version, config, state FROM heartbeat").fetchone()
    return Heartbeat(*row) if row else None


# --- note


def put_note(
    connection: sqlite3.Connection,
    *,
    at_ms: int,
    author: str,
    kind: str,
    body: str,
    withdraws: int | None = None,
) -> int:
    """Append a note and return its number; `body` is JSON."""
    return int(
        connection.execute(
            "INSERT INTO note (at_ms, author, kind, body, withdraws) VALUES (?, ?, ?, ?, ?) RETURNING id",
            (at_ms, author, kind, body, withdraws),
        ).fetchone()[0]
    )


def notes(connection: sqlite3.Connection, kind: str | None = None) -> list[Note]:
    """Notes in the order they were written, withdrawn ones too; of one kind or of all."""
    return [
        Note(*row)
        for row in connection.execute(
            "SELECT id, at_ms, author, kind, body, withdraws FROM note "
            "WHERE ?1 IS NULL OR kind = ?1 ORDER BY id",
            (kind,),
        )
    ]


# --- event


def put_event(connection: sqlite3.Connection, event: Event) -> None:
    """Append what a device said."""
    connection.execute(
        "INSERT INTO event (at_ms, site, circuit, probe, kind, source, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (event.at_ms, event.site, event.circuit, event.probe, event.kind, event.source, event.body),
    )


def events(connection: sqlite3.Connection, circuit: str | None, from_ms: int, to_ms: int) -> list[Event]:
    """Events in [from, to) in the order they came; of one circuit or of all."""
    return [
        Event(*row)
        for row in connection.execute(
            "SELECT at_ms, site, circuit, probe, kind, source, body FROM event "
            "WHERE (?1 IS NULL OR circuit = ?1) AND at_ms >= ?2 AND at_ms < ?3 ORDER BY id",
            (circuit, from_ms, to_ms),
        )
    ]


def newest_events(connection: sqlite3.Connection, limit: int) -> list[Event]:
    """The last events, the newest first."""
    return [
        Event(*row)
        for row in connection.execute(
            "SELECT at_ms, site, circuit, probe, kind, source, body FROM event ORDER BY id DESC LIMIT ?",
            (limit,),
        )
    ]


def count_events(connection: sqlite3.Connection, from_ms: int) -> int:
    """How many events there were from a time on."""
    return int(connection.execute("SELECT count(*) FROM event WHERE at_ms >= ?", (from_ms,)).fetchone()[0])


def drop_events(connection: sqlite3.Connection, before_ms: int, most: int) -> None:
    """Drop events older than `before_ms`, and the oldest of more than `most`."""
    connection.execute(
        "DELETE FROM event WHERE at_ms < ? OR id <= (SELECT max(id) FROM event) - ?", (before_ms, most)
    )
