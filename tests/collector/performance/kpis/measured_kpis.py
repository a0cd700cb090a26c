"""A ledger of a hundred days with outages, days and the newest five minutes, and key figures over it."""

from __future__ import annotations

from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

from collector.analysis.readings import Day
from collector.clerk import Desk
from collector.ledger.analysed import put_days
from collector.ledger.bins import BIN_MS
from collector.ledger.opening import connect_writer, transaction
from probes.clock import NS_PER_MS, Instant
from probes.model import Sample
from tests.collector.ledgers import BEGIN_MS, HOUR_MS
from tests.collector.performance.filled import CONFIG, DAY_MS, IN, OUT, SITE, fill, rounds, settings

FIRST = date(2026, 1, 1)
DAYS = 99
NOW_MS = BEGIN_MS + DAYS * DAY_MS + 12 * HOUR_MS
"""2026-04-10 12:00Z, 13:00 in London."""
KPIS = """\
kpis:
  availability: {name: Availability, measure: availability, over: month, target: ">= 99.9%", warning: "< 99%",
    owner: noc, level: business, approved: {by: board, on: 2026-01-01}}
  outages: {measure: outages, over: month, target: "<= 1"}
  mtbf: {measure: mtbf, over: quarter, target: ">= 5d"}
  mttr: {measure: mttr, over: quarter, target: "<= 4h"}
  coverage: {measure: coverage, over: day, target: ">= 99%"}
  rtt: {measure: rtt, over: week, target: "<= 30ms", warning: "> 50ms"}
  peak: {measure: rtt, statistic: max, over: 30d, target: "<= 30ms"}
  load: {name: CPE utilisation, measure: utilisation, over: 5m, target: "<= 60%", warning: "> 70%"}
  carried: {measure: throughput, over: 15m, target: "<= 10M"}
  voice: {measure: mos, over: 1h, target: ">= 4"}
  loss: {measure: loss, over: day, target: "<= 0.5%"}
  still: {measure: jitter, over: month, target: "<= 5ms"}
"""
_DOWN_MS = BEGIN_MS + 94 * DAY_MS, BEGIN_MS + 94 * DAY_MS + 6 * HOUR_MS
"""5 April: a quarter of a day."""


def ledger(path: Path) -> None:
    """`a` was down once and has slowed down; `b` is only up, and its load isn't asked for."""
    polls = []
    for at_ms in range(NOW_MS - 12 * HOUR_MS, NOW_MS, BIN_MS):
        full = 0.82 if at_ms >= NOW_MS - 45 * 60_000 else 0.5
        polls += [Sample(3, at_ms, 1, IN, full), Sample(3, at_ms, 1, OUT, 0.1)]
        polls.append(Sample(3, at_ms, 1, "if_speed_bytes_per_second", 1_250_000.0))
    begin_ms = NOW_MS - 12 * HOUR_MS
    fill(path, {name: rounds(0.5, begin_ms=begin_ms, seed=seed) for seed, name in enumerate("ab")}, polls)
    with closing(connect_writer(path)) as connection, transaction(connection):
        changes = [
            ("a", BEGIN_MS, "up"),
            ("a", _DOWN_MS[0], "down"),
            ("a", _DOWN_MS[1], "up"),
            ("b", BEGIN_MS, "up"),
        ]
        connection.executemany(
            "INSERT INTO transition (site, circuit, at_ms, status, cause) VALUES (?, ?, ?, ?, '')",
            [(SITE, circuit, at_ms, status) for circuit, at_ms, status in changes],
        )
        connection.execute(
            "INSERT INTO outage (site, carrier, circuit, start_ms, end_ms, cause, common_cause) "
            "VALUES (?, 'acme', 'a', ?, ?, 'timeout', 0)",
            (SITE, *_DOWN_MS),
        )
        put_days(connection, [one for circuit in "ab" for one in _days(circuit)])


def _days(circuit: str) -> list[Day]:
    found = []
    for number in range(DAYS):
        rtt = 0.055 if circuit == "a" and number >= 90 else 0.02
        day = FIRST + timedelta(days=number)
        found.append(Day(circuit, "rtt", day, 288, 288, rtt, rtt, 1.1 * rtt, 1.5 * rtt))
        found.append(Day(circuit, "loss", day, 288, 288, 0.0, 0.002, 0.01, 0.02))
        known = 288 if number % 3 == 0 else 0
        found.append(Day(circuit, "jitter", day, known, 288, 0.001, 0.001, 0.002, 0.003))
    return found


def desk(path: Path, kpis: str = KPIS, now_ms: int = NOW_MS) -> Desk:
    """Who asks, over a ledger that is there."""
    held = settings(path, CONFIG + kpis)
    return Desk(held, path, Instant(now_ms * NS_PER_MS, 0))
