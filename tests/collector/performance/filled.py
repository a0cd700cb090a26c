"""Ledgers of months in five-minute bins, written at once."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from collector.ledger.bins import BIN_MS, DOWN, UP
from collector.ledger.bulk import bins_of
from collector.ledger.chunks import HOUR_MS, encode_samples
from collector.ledger.model import Series
from collector.ledger.opening import connect_writer, transaction
from collector.ledger.registry import insert_series
from collector.ledger.rounds import Rounds
from config.load import load_text
from config.settings import Settings
from probes.model import Sample
from tests.collector.ledgers import BEGIN_MS, key

DAY_MS = 86_400_000
SITE = "lon"
PACKETS = 10
CONFIG = """\
site: lon
sites: {lon: {timezone: Europe/London, reference: none}}
carriers: {acme: {name: Acme}}
credentials: {all: {version: 2c, community: test}}
defaults:
  circuits:
    carrier: acme
    site: lon
    probes:
      pe: {icmp: 192.0.2.1, every: 5m, packets: 10}
      cpe: {snmp: 192.0.2.2, credentials: all, interface: wan, every: 5m}
circuits: {a: {}, b: {}}
"""
IN, OUT = "if_receive_utilisation_ratio", "if_transmit_utilisation_ratio"


@dataclass(frozen=True, slots=True)
class Jump:
    """From a day on the RTT is so many ms higher, until another (None: for good)."""

    day: float
    by_ms: float
    until: float | None = None


def settings(path: Path, text: str = CONFIG) -> Settings:
    """The configuration over a ledger."""
    return load_text(f"ledger: {{path: {path}}}\n{text}", "test.yaml", host="edge", environ={}).settings


def rounds(
    days: float, jumps: Sequence[Jump] = (), *, seed: int = 1, begin_ms: int = BEGIN_MS
) -> tuple[Rounds, NDArray[np.int8]]:
    """Rounds each five minutes of a line of 20 ms with a daily swing, and their verdicts."""
    chance = np.random.default_rng(seed)
    n = round(days * DAY_MS) // BIN_MS
    at_ms = begin_ms + BIN_MS * np.arange(n)
    day = (at_ms - begin_ms) / DAY_MS
    level = 200_000 + 20_000 * np.sin(day * 2 * np.pi)
    for one in jumps:
        level += 10_000 * one.by_ms * ((day >= one.day) & (one.until is None or day < one.until))
    came = chance.random(n * PACKETS) > 1 / 500
    rtts = np.repeat(level, PACKETS) + chance.normal(0, 4_000, n * PACKETS)
    received = came.reshape(n, PACKETS).sum(axis=1)
    made = Rounds(
        every_ms=BIN_MS,
        at_ms=at_ms,
        epoch=np.ones(n, np.int64),
        sent=np.full(n, PACKETS),
        received=received,
        reason=np.zeros(n, np.uint8),
        timing=np.zeros(n, np.uint8),
        first=np.arange(n + 1) * PACKETS,
        answered=came,
        rtts=np.rint(rtts[came]).astype(np.int64),
        detail=("",) * n,
    )
    return made, np.where(received > 0, UP, DOWN).astype(np.int8)


def fill(
    path: Path, made: dict[str, tuple[Rounds, NDArray[np.int8]]], polls: Sequence[Sample] = ()
) -> list[int]:
    """A new ledger with these circuits' bins, and what the first one's device said; the series."""
    end_ms = max(int(one.at_ms[-1]) for one, _ in made.values()) + BIN_MS
    numbers: list[int] = []
    with closing(connect_writer(path)) as connection, transaction(connection):
        for circuit, (found, said) in made.items():
            numbers.append(len(numbers) + 1)
            insert_series(connection, Series(numbers[-1], key(circuit, SITE, BIN_MS)), 0)
            connection.executemany(
                "INSERT INTO bins VALUES (?, ?, ?)",
                ((numbers[-1], hour, data) for hour, data in bins_of(found, said)),
            )
        number = len(numbers) + 1
        polled = key(next(iter(made), "a"), SITE, BIN_MS, probe="cpe", kind="snmp")
        insert_series(connection, Series(number, polled), 0)
        for hour in sorted({one.at_ms // HOUR_MS for one in polls}):
            packed = encode_samples(one for one in polls if one.at_ms // HOUR_MS == hour)
            connection.execute("INSERT INTO chunk VALUES (?, ?, 12, x'', ?)", (hour, number, packed))
            connection.execute("INSERT INTO hour VALUES (?, 0, 0)", (hour,))
        connection.execute("INSERT INTO compaction VALUES (?, ?, 0)", (SITE, end_ms // HOUR_MS * HOUR_MS))
        connection.execute("INSERT INTO watermark VALUES (?, ?)", (SITE, end_ms))
    return [*numbers, number]
