"""Raw rounds and samples as CSV, exactly as they were kept. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import pairwise

from collector.ledger.model import Series
from collector.ledger.rounds import REASONS, Rounds
from collector.times import rfc3339
from probes.clock import NS_PER_SECOND
from probes.model import RTT_UNIT_NS, Sample

HEADER = (
    "at",
    "site",
    "carrier",
    "circuit",
    "probe",
    "kind",
    "every_seconds",
    "sent",
    "received",
    "rtt_seconds",
    "reason",
    "detail",
)
SAMPLE_HEADER = ("at", "site", "carrier", "circuit", "probe", "kind", "name", "value")
UNITS_A_SECOND = NS_PER_SECOND // RTT_UNIT_NS


def lines(series: Series, rounds: Rounds) -> str:
    """The rounds of one series as CSV lines, without the header.

    `rtt_seconds` holds the packets in sending order joined by `;`, an empty place for a loss; it is
    wholly empty where only the counts are known.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    key = series.key
    every = seconds(key.every_ms * (UNITS_A_SECOND // 1000))
    for at_ms, sent, received, reason, rtts, detail in zip(
        rounds.at_ms.tolist(),
        rounds.sent.tolist(),
        rounds.received.tolist(),
        rounds.reason.tolist(),
        _places(rounds),
        rounds.detail,
        strict=True,
    ):
        name = REASONS[reason]
        row = (rfc3339(at_ms), key.site, key.carrier, key.circuit, key.probe, key.kind)
        writer.writerow((*row, every, sent, received, rtts, name, detail))
    return text.getvalue()


def sample_lines(series: Series, samples: Iterable[Sample]) -> str:
    """What the probe of one series found beside its rounds as CSV lines, without the header."""
    text = io.StringIO()
    key = series.key
    where = (key.site, key.carrier, key.circuit, key.probe, key.kind)
    csv.writer(text, lineterminator="\n").writerows(
        (rfc3339(one.at_ms), *where, one.name, one.value) for one in samples
    )
    return text.getvalue()


def header(columns: Iterable[str] = HEADER) -> str:
    """The first line."""
    return ",".join(columns) + "\n"


def seconds(units: int) -> str:
    """A time in units of 100 ns as seconds, without a digit that was not measured."""
    whole, part = divmod(units, UNITS_A_SECOND)
    return f"{whole}.{part:07d}".rstrip("0").rstrip(".")


def _places(rounds: Rounds) -> Iterator[str]:
    """Each round's packets as one text."""
    texts = iter([seconds(rtt) for rtt in rounds.rtts.tolist()])
    answered, first = rounds.answered.tolist(), rounds.first.tolist()
    for begin, end in pairwise(first):
        yield ";".join(next(texts) if came else "" for came in answered[begin:end])
