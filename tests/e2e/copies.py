"""The same rounds as the ledger tells them and as a store keeps them, made comparable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from tests.servers.influxdb import InfluxDB


class Fact(NamedTuple):
    """What both sides know of a round; RTTs in whole nanoseconds."""

    circuit: str
    probe: str
    at_ns: int
    sent: int
    received: int
    rtt_min_ns: int | None
    rtt_max_ns: int | None
    reason: str


def round_key(row: Mapping[str, str]) -> tuple[str, ...]:
    """What makes a row of the export this round and no other."""
    return tuple(row[name] for name in ("site", "carrier", "circuit", "probe", "kind", "at"))


def told(rows: Iterable[Mapping[str, str]]) -> list[Fact]:
    """The facts of `linkledger export`'s rows."""
    return sorted(_told(row) for row in rows)


def stored(store: InfluxDB, database: str = "linkledger") -> list[Fact]:
    """The facts of every linkledger_round point in the store."""
    query = (
        "SELECT sent, received, rtt_min_seconds, rtt_max_seconds, reason "
        "FROM linkledger_round GROUP BY circuit, probe"
    )
    return sorted(
        Fact(
            circuit=row["circuit"],
            probe=row["probe"],
            at_ns=row["time"],
            sent=row["sent"],
            received=row["received"],
            rtt_min_ns=_nanoseconds(row["rtt_min_seconds"]),
            rtt_max_ns=_nanoseconds(row["rtt_max_seconds"]),
            reason=row["reason"],
        )
        for row in store.rows(database, query)
    )


def _told(row: Mapping[str, str]) -> Fact:
    rtts = [float(rtt) for rtt in row["rtt_seconds"].split(";") if rtt]
    return Fact(
        circuit=row["circuit"],
        probe=row["probe"],
        at_ns=round(datetime.fromisoformat(row["at"]).timestamp() * 1_000) * 1_000_000,
        sent=int(row["sent"]),
        received=int(row["received"]),
        rtt_min_ns=_nanoseconds(min(rtts, default=None)),
        rtt_max_ns=_nanoseconds(max(rtts, default=None)),
        reason=row["reason"],
    )


def _nanoseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1e9)
