"""How far each scheduled report is: who has had which period's, and when the next try is.

A row of `consumer_state` each, so that a restart neither forgets nor repeats what was acknowledged.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict, dataclass, fields

_PREFIX = "report "


@dataclass(frozen=True, slots=True)
class Delivered:
    """A report's newest period, and what became of it; times in UTC milliseconds."""

    report: str
    period: str
    tried_ms: int
    had: tuple[str, ...] = ()
    """The mailboxes and the folder that have it."""
    sent_ms: int | None = None
    """When the last of them had it; None: not all have."""
    next_ms: int | None = None
    """Not tried again before this."""
    failures: int = 0
    """In a row; 0 while it only waits for its data."""
    why: str = ""
    """Why it isn't sent, in a sentence."""
    success_ms: int | None = None
    """When a report of this name was last sent, of whatever period."""
    for_good: bool = False
    """Whether a person has to change something first: it is tried more rarely."""

    @property
    def state(self) -> str:
        """`sent`, `failed`, or `waiting`: for its data, or for its time."""
        return "sent" if self.sent_ms is not None else "failed" if self.failures else "waiting"


def deliveries(connection: sqlite3.Connection) -> dict[str, Delivered]:
    """Every report's, by its name; also of those that are no longer configured."""
    rows = connection.execute(
        "SELECT name, state FROM consumer_state WHERE name GLOB ? ORDER BY name", (f"{_PREFIX}*",)
    )
    return {name.removeprefix(_PREFIX): _read(name.removeprefix(_PREFIX), state) for name, state in rows}


def put(connection: sqlite3.Connection, one: Delivered) -> None:
    """Keep it in place of what was known before."""
    connection.execute(
        "INSERT OR REPLACE INTO consumer_state (name, state) VALUES (?, ?)",
        (_PREFIX + one.report, json.dumps(asdict(one), ensure_ascii=False)),
    )


def _read(name: str, text: str) -> Delivered:
    held = json.loads(text)
    known = {one.name for one in fields(Delivered)}
    kept = {key: value for key, value in held.items() if key in known}
    return Delivered(**kept | {"report": name, "had": tuple(held["had"])})
