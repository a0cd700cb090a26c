"""What is derived from rounds and sent as they are: ended outages and SLA figures, a row of the log each.

So all laws of the log hold for them. An output has one place for rounds and these together and sends
them in the order of commits; what `keep` or `max_bytes` drops before it was sent is in its gap record;
a back-fill, a rewind and the drain at a stop take them along. The row says all that its line does,
so that a re-send is byte-identical. It is never evidence: chunks don't have it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict

from collector.ledger.model import Derived, EndedOutage, Outage, SlaFigures

_INSERT = """
    INSERT INTO log (series, at_ms, epoch, derived)
    SELECT max(id), ?, 0, ? FROM series WHERE site = ? AND circuit = ?
"""


def append(connection: sqlite3.Connection, found: Sequence[Derived]) -> None:
    """Append them to the log; sqlite3.IntegrityError for a circuit that has no series."""
    slots = [_append(connection, one) for one in found]
    if slots:
        (last,) = connection.execute("SELECT last_insert_rowid()").fetchone()
        connection.execute(
            "INSERT INTO log_block (first_seq, last_seq, min_ms, max_ms) VALUES (?, ?, ?, ?)",
            (last - len(slots) + 1, last, min(slots), max(slots)),
        )


def _append(connection: sqlite3.Connection, one: Derived) -> int:
    """Append one, in the slot of its line's time, which is returned."""
    where, at_ms = (one, one.at_ms) if isinstance(one, SlaFigures) else (one.outage, one.outage.end_ms)
    if at_ms is None:
        raise ValueError(f"the outage of {where.circuit} is not over")
    connection.execute(_INSERT, (at_ms, json.dumps(asdict(one)), where.site, where.circuit))
    return at_ms


def from_text(text: str) -> Derived:
    """What was appended."""
    fields = json.loads(text)
    if "outage" in fields:
        return EndedOutage(fields["host"], Outage(**fields["outage"]))
    return SlaFigures(**fields)
