"""A month of circuits under a contract with every kind of objective: their configuration and their ledger.

Ten packets in ten seconds, RTTs normal around 20 ms, a packet in two thousand lost; each circuit has the
same rounds, made and packed once, so that a ledger of a thousand circuits takes a minute to write. What is
read back costs the same. The ledger holds nothing but the rounds from MARGIN_HOURS before the month until
as long after it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from collector.ledger.chunks import HOUR_MS, encode
from collector.ledger.ledger import Ledger
from collector.ledger.model import REFERENCE
from collector.ledger.notes import record
from collector.ledger.rounds import REASON_NUMBER, Rounds
from collector.notebook.bodies import made
from collector.targets import planned
from collector.times import rfc3339
from config.load import load_text
from config.settings import Settings
from probes.clock import SystemClock
from probes.model import Reason

PERIOD = "2026-04"
BEGIN_MS = round(datetime(2026, 4, 1, tzinfo=UTC).timestamp() * 1000)
HOURS = 30 * 24
MARGIN_HOURS = 9 * 24
"""So far around the month what is down over its edges is followed."""
END_MS = BEGIN_MS + HOURS * HOUR_MS
NOW_MS = END_MS + MARGIN_HOURS * HOUR_MS
ROUND_MS, PACKETS = 10_000, 10
ROUNDS = HOUR_MS // ROUND_MS
PACKETS_IN_ALL = HOURS * ROUNDS * PACKETS
MINUTE_MS = 60_000
ROUNDS_A_MINUTE = MINUTE_MS // ROUND_MS
OUTAGES = {37: 4, 120: 12, 121: 31, 300: 7, 455: 50, 456: 2, 599: 45}
"""Hour of the month and how many of its minutes the circuit is down, from the fifth one on."""
TICKETED = (121, 455, 599)
BLIND = (200, 330)
"""Hours of the month in whose first minutes nothing was sent."""
RTT, SIGMA, QUEUED = 200_000, 3_000, 1_500
"""20 ms, 300 us, and what the busy hours add; in units of 100 ns."""
BUSY = range(9, 18)

CONFIG = """\
site: edge
sites:
  edge: {timezone: UTC, reference: [{icmp: 192.0.2.254, owner: ours, every: 10s}]}
carriers: {acme: {name: Acme}}
defaults:
  circuits:
    carrier: acme
    site: edge
    contract: all
    active: {from: 2025-01-01}
    monthly_charge: 3000.00 EUR
    probes: {pe: {icmp: 192.0.2.1, every: 10s, packets: 10}}
contracts:
  all:
    carrier: acme
    effective: 2025-01-01
    timezone: UTC
    currency: EUR
    period: calendar_month
    denominator: elapsed
    outage:
      down: {loss_above: 50%, for: 60s, clear: 60s}
      minimum: {at_least: 180s}
      merge_within: 5m
      clock: {start: measured, end: restored, pause: [customer_wait]}
      round: {to: 1m, mode: up, each: outage}
      across_periods: split
    exclude: {maintenance: {effect: numerator, notice: 48h}, customer: {effect: numerator}}
    unknown: {policy: exclude, coverage: 95%}
    objectives:
      availability:
        target: ">= 99.95%"
        credit: {bands: [{below: 99.95%, gives: 5%}, {below: 99.5%, gives: 10%}, {below: 99%, gives: 25%}]}
      rtt: {stat: mean, of: samples, lost: ignore, target: "<= 25ms", while: available, credit: {flat: 1 day}}
      rtt_p99:
        {metric: rtt, stat: p99, of: samples, lost: ignore, target: "<= 20.5ms", while: available,
         credit: {bands: [{above: 20.5ms, gives: 2%}, {above: 25ms, gives: 5%}]}}
      loss: {target: "<= 0.01%", while: available, credit: {per_step: 0.05%, gives: 1%}}
      jitter_ipdv: {metric: jitter, definition: ipdv_mean, target: "<= 2ms", while: available}
      jitter_pdv: {metric: jitter, definition: {pdv: p99}, target: "<= 2ms", while: available}
      mos: {codec: g711, plc: true, delay: half_rtt, method: shortcut, target: ">= 4.0", while: available}
      time_to_repair:
        {each: "<= 30m", credit: {per: 30m, gives: 1 day, partial: whole, each: outage, max_a_day: 2}}
      mttr: {target: "<= 20m", credit: {flat: 1 day}}
    day_rate: 1/30
    combine: sum
    caps: {month: 20%}
    minimum_payout: {more_than: "1.00"}
    chronic: {any: [{outages: 3, longer_than: 10m, within: 30d}], remedy: terminate, notice: 30d}
    claim: {ticket_within: 72h, submit_within: 30d, from: period_end}
circuits:
"""


def name_of(number: int) -> str:
    """The circuit's name."""
    return f"c{number:04}"


def settings(ledger: Path, circuits: int) -> Settings:
    """The configuration of so many circuits."""
    those = "".join(f"  {name_of(number)}: {{}}\n" for number in range(circuits))
    text = f"ledger: {{path: {ledger}}}\n{CONFIG}{those}"
    return load_text(text, "bench.yaml", host="bench", environ={}).settings


def make(path: Path, circuits: int, margin_hours: int = MARGIN_HOURS) -> Settings:
    """The circuits' ledger, complete up to NOW_MS, and its configuration."""
    read, clock = settings(path, circuits), SystemClock()
    with Ledger.open(path, clock=clock, reserve_bytes=0) as ledger:
        ledger.open_epoch(clock.now(), boot_id="bench", synchronised=True, why="start")
        for plan in planned(read, date(2026, 4, 1)):
            ledger.series(plan.key)
        ledger.write(partial(_notes, circuits=circuits)).result()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        chance = np.random.default_rng(1)
        for hour in range(-margin_hours, HOURS + margin_hours):
            _put(connection, hour, chance)
        connection.execute("INSERT INTO watermark VALUES ('edge', ?)", (NOW_MS,))
        connection.execute("INSERT INTO compaction VALUES ('edge', ?, 0)", (NOW_MS,))
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = WAL")
    return read


def _put(connection: sqlite3.Connection, hour: int, chance: np.random.Generator) -> None:
    """An hour of the month, or around it, of every series; their sizes in all don't matter here."""
    number = BEGIN_MS // HOUR_MS + hour
    for rounds, whose in ((measured(hour, chance), "<>"), (answered(hour), "=")):
        connection.execute(
            f"INSERT INTO chunk SELECT ?, id, ?, ?, NULL FROM series WHERE circuit {whose} ?",
            (number, len(rounds), encode(rounds), REFERENCE),
        )
    connection.execute("INSERT INTO hour VALUES (?, 0, 0)", (number,))


def measured(hour: int, chance: np.random.Generator) -> Rounds:
    """An hour of a circuit."""
    came = chance.random(ROUNDS * PACKETS) > 1 / 2_000
    if hour in OUTAGES:
        begin = 5 * ROUNDS_A_MINUTE * PACKETS
        came[begin : begin + OUTAGES[hour] * ROUNDS_A_MINUTE * PACKETS] = False
    rtts = np.rint(chance.normal(RTT + (hour % 24 in BUSY) * QUEUED, SIGMA, int(came.sum()))).astype(np.int64)
    received = came.reshape(ROUNDS, PACKETS).sum(axis=1)
    silent = np.where(received == 0, REASON_NUMBER[Reason.TIMEOUT], REASON_NUMBER[Reason.NONE])
    return _rounds(hour, np.full(ROUNDS, PACKETS), received, silent.astype(np.uint8), came, rtts)


def answered(hour: int) -> Rounds:
    """An hour of the reference, silent in the first minutes of some."""
    received = np.ones(ROUNDS, np.int64)
    if hour in BLIND:
        received[: 10 * ROUNDS_A_MINUTE] = 0
    silent = np.where(received == 0, REASON_NUMBER[Reason.TIMEOUT], REASON_NUMBER[Reason.NONE])
    rtts = np.full(int(received.sum()), 5_000)
    return _rounds(hour, np.ones(ROUNDS, np.int64), received, silent.astype(np.uint8), received > 0, rtts)


def _rounds(
    hour: int,
    sent: NDArray[np.int64],
    received: NDArray[np.int64],
    reason: NDArray[np.uint8],
    came: NDArray[np.bool_],
    rtts: NDArray[np.int64],
) -> Rounds:
    return Rounds(
        every_ms=ROUND_MS,
        at_ms=BEGIN_MS + hour * HOUR_MS + ROUND_MS * np.arange(ROUNDS),
        epoch=np.ones(ROUNDS, np.int64),
        sent=sent,
        received=received,
        reason=reason,
        timing=np.zeros(ROUNDS, np.uint8),
        first=np.concatenate([[0], np.cumsum(sent)]),
        answered=came,
        rtts=rtts,
        detail=("",) * ROUNDS,
    )


def _notes(connection: sqlite3.Connection, circuits: int) -> None:
    """Tickets for the long outages, on hold for a while, and announced work; on every circuit."""
    names = [name_of(number) for number in range(circuits)]
    for hour in TICKETED:
        opened = BEGIN_MS + hour * HOUR_MS + 8 * MINUTE_MS
        hold = {"from": opened + 10 * MINUTE_MS, "to": opened + 15 * MINUTE_MS, "reason": "customer_wait"}
        closed = opened + OUTAGES[hour] * MINUTE_MS
        ticket = {"id": f"T{hour}", "circuits": names, "opened": opened, "closed": closed, "holds": [hold]}
        record(connection, made("ticket", ticket), at_ms=opened, author="bench")
    begin = BEGIN_MS + 300 * HOUR_MS
    work = {"from": begin, "to": begin + 6 * MINUTE_MS, "announced": begin - 72 * HOUR_MS, "carrier": "acme"}
    body = made("maintenance", {**work, "reason": "announced by the carrier"})
    record(connection, body, at_ms=begin, author="bench")


def as_history() -> Iterator[dict[str, Any]]:
    """The month's rounds as a history file has them."""
    chance = np.random.default_rng(1)
    for hour in range(HOURS):
        rounds = measured(hour, chance)
        for place in range(ROUNDS):
            one = rounds.row(1, place)
            yield {
                "at": rfc3339(one.at_ms),
                "every": ROUND_MS // 1000,
                "sent": one.sent,
                "received": one.received,
                "rtt_ms": [None if rtt is None else rtt / 10_000 for rtt in one.rtts],
            }
