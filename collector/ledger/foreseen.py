"""What the nightly look ahead found, as JSON in one place: thousands of lines aren't drawn on a request."""

from __future__ import annotations

import json
from datetime import date
from sqlite3 import Connection
from typing import Any

_NAME = "forecasts"
"""Under this name `consumer_state` holds them."""


def put_foreseen(connection: Connection, day: date, found: list[dict[str, Any]]) -> None:
    """Keep what was foreseen on a day, in place of what was before."""
    connection.execute(
        "INSERT OR REPLACE INTO consumer_state (name, state) VALUES (?, ?)",
        (_NAME, json.dumps({"day": day.isoformat(), "found": found})),
    )


def foreseen(connection: Connection) -> tuple[date, list[dict[str, Any]]] | None:
    """The day, and what was kept then; None before the first night."""
    row = connection.execute("SELECT state FROM consumer_state WHERE name = ?", (_NAME,)).fetchone()
    if row is None:
        return None
    held = json.loads(row[0])
    return date.fromisoformat(held["day"]), held["found"]
