"""What the nightly analysis keeps: days, and findings. Both are written again when they are known better."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta

from collector.analysis.finding import Finding
from collector.analysis.readings import METRICS, Day
from collector.ledger.chunks import HOUR_MS

_EPOCH = date(1970, 1, 1)
Connection = sqlite3.Connection
"""For who is handed one and writes by these functions."""
_RAN, _OF_CIRCUIT = "analysis", "analysis/"
"""Under these names `consumer_state` holds how far it has come."""
DAY_MS = 86_400_000


def put_days(connection: sqlite3.Connection, days: Iterable[Day]) -> None:
    """Keep days in place of what was known of them."""
    connection.executemany(
        "INSERT OR REPLACE INTO daily (circuit, metric, day, known, steps, median, mean, p95, highest) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                *(one.circuit, one.metric, (one.day - _EPOCH).days, one.known, one.steps),
                *(one.median, one.mean, one.p95, one.highest),
            )
            for one in days
        ),
    )


def put_findings(
    connection: sqlite3.Connection, circuit: str, metric: str, from_ms: int, found: Iterable[Finding]
) -> None:
    """Keep what was found from a time on, in place of what was known from then on."""
    connection.execute(
        "DELETE FROM finding WHERE circuit = ? AND metric = ? AND at_ms >= ?", (circuit, metric, from_ms)
    )
    connection.executemany(
        "INSERT OR REPLACE INTO finding "
        "(circuit, metric, kind, at_ms, until_ms, before, after, score, known_ms) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                *(one.circuit, one.metric, one.kind, one.at_ms, one.until_ms),
                *(one.before, one.after, one.score, one.known_ms),
            )
            for one in found
        ),
    )


def days(
    connection: sqlite3.Connection, circuit: str, metric: str, first: date | None, last: date | None
) -> Sequence[Day]:
    """A circuit's days from `first` to `last`, both inside, in order; None: no bound."""
    bounds = ((first or date.min) - _EPOCH).days, ((last or date.max) - _EPOCH).days
    rows = connection.execute(
        "SELECT day, known, steps, median, mean, p95, highest FROM daily "
        "WHERE circuit = ? AND metric = ? AND day BETWEEN ? AND ? ORDER BY day",
        (circuit, metric, *bounds),
    )
    return [Day(circuit, metric, _EPOCH + timedelta(days=day), *rest) for day, *rest in rows]


def day_rows(
    connection: sqlite3.Connection, circuit: str, metric: str
) -> Sequence[tuple[int, int, float, float]]:
    """A circuit's days as bare (day since 1970, known, median, mean), in order: quick by the million."""
    return connection.execute(
        "SELECT day, known, median, mean FROM daily WHERE circuit = ? AND metric = ? ORDER BY day",
        (circuit, metric),
    ).fetchall()


def findings(
    connection: sqlite3.Connection, circuit: str | None, from_ms: int, to_ms: int
) -> Sequence[Finding]:
    """What was found that touches [from, to), by time; of one circuit or of all."""
    rows = connection.execute(
        "SELECT circuit, metric, kind, at_ms, until_ms, before, after, score, known_ms FROM finding "
        "WHERE at_ms < ? AND coalesce(until_ms, ?) > ? AND (? IS NULL OR circuit = ?) "
        "ORDER BY at_ms, circuit, metric",
        (to_ms, 2**62, from_ms, circuit, circuit),
    )
    return [Finding(*row) for row in rows]


# --- how far it has come


@dataclass(frozen=True, slots=True)
class Ran:
    """The newest analysis of everything."""

    at_ms: int
    """When it was done."""
    until_ms: int
    """Up to when the measurements were looked at."""
    seconds: float | None
    """How long it took; None where nobody measured it, as in a demo that is the same each time."""
    circuits: int


def put_ran(connection: sqlite3.Connection, one: Ran) -> None:
    """An analysis has come to its end."""
    _put_state(connection, _RAN, json.dumps(asdict(one)))


def ran(connection: sqlite3.Connection) -> Ran | None:
    """The newest analysis that came to its end; None before the first."""
    row = connection.execute("SELECT state FROM consumer_state WHERE name = ?", (_RAN,)).fetchone()
    return Ran(**json.loads(row[0])) if row else None


def put_until(connection: sqlite3.Connection, circuit: str, until_ms: int) -> None:
    """A circuit is analysed so far."""
    _put_state(connection, f"{_OF_CIRCUIT}{circuit}", str(until_ms))


def untils(connection: sqlite3.Connection) -> dict[str, int]:
    """Circuit -> up to when, in ms, it is analysed; without those that never were."""
    rows = connection.execute(
        "SELECT name, state FROM consumer_state WHERE name GLOB ?", (f"{_OF_CIRCUIT}*",)
    )
    return {name.removeprefix(_OF_CIRCUIT): int(state) for name, state in rows}


def first_bins_ms(connection: sqlite3.Connection, series: Iterable[int]) -> int | None:
    """When the oldest bins of some series begin; None where there are none."""
    hours = [
        connection.execute("SELECT min(hour) FROM bins WHERE series = ?", (number,)).fetchone()[0]
        for number in series
    ]
    return min((hour * HOUR_MS for hour in hours if hour is not None), default=None)


def count_findings(connection: sqlite3.Connection) -> int:
    """How many findings are kept."""
    (n,) = connection.execute("SELECT count(*) FROM finding").fetchone()
    return int(n)


def drop(connection: sqlite3.Connection, circuits: Iterable[str], before_ms: int) -> None:
    """Forget what some circuits' days were before a time, and findings that were over by then."""
    for circuit in circuits:
        connection.executemany(
            "DELETE FROM daily WHERE circuit = ? AND metric = ? AND day < ?",
            ((circuit, metric, before_ms // DAY_MS) for metric in METRICS),
        )
        connection.execute(
            "DELETE FROM finding WHERE circuit = ? AND max(at_ms, coalesce(until_ms, at_ms)) < ?",
            (circuit, before_ms),
        )


def _put_state(connection: sqlite3.Connection, name: str, state: str) -> None:
    connection.execute("INSERT OR REPLACE INTO consumer_state (name, state) VALUES (?, ?)", (name, state))
