"""Contracts and histories for tests, in a few words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np

from collector.ledger.rounds import Rounds
from collector.sla.calendar import ms_of
from collector.sla.evaluate import statements_of
from collector.sla.evidence import Evidence
from collector.sla.rules import CircuitFacts
from collector.sla.spans import Spans
from collector.sla.statement import Statement
from collector.sla.tracks import Measured
from config.contract import Contract
from probes.model import Reason, Round

FACTS = CircuitFacts("x-1", "UTC")
HOUR_MS = 3_600_000
NEVER = Spans()
NOTHING = Evidence()


def merged(terms: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Maps merge, all else is replaced; but what is promised is replaced whole."""
    return dict(terms) | {
        key: merged(terms[key], value)
        if isinstance(value, Mapping) and isinstance(terms.get(key), Mapping) and key != "objectives"
        else value
        for key, value in changes.items()
    }


def contract(**changes: object) -> Contract:
    """A contract with every required key; `changes` replace keys whole."""
    return Contract.model_validate(base_terms() | changes)


def base_terms() -> dict[str, Any]:
    """Every required key."""
    return {
        "carrier": "acme",
        "effective": "2020-01-01",
        "timezone": "UTC",
        "currency": "USD",
        "period": "calendar_month",
        "denominator": "elapsed",
        "outage": outage(),
        "unknown": {"policy": "exclude"},
        "day_rate": "1/30",
        "objectives": {"availability": {"target": ">= 99.9%"}},
    }


def outage(**changes: object) -> dict[str, Any]:
    """The required keys of an outage, down on any total loss."""
    terms: dict[str, Any] = {
        "down": {"loss_at_least": "100%"},
        "clock": {"start": "measured", "end": "restored"},
        "across_periods": "split",
    }
    return terms | changes


def ms(text: str) -> int:
    """An RFC 3339 time as UTC milliseconds."""
    return ms_of(datetime.fromisoformat(text))


def spans(pairs: Iterable[Sequence[str]]) -> Spans:
    """Pairs of RFC 3339 times."""
    return Spans.of((ms(start), ms(end)) for start, end in pairs)


def rounds(at_ms: int, every_ms: int, *packets: Sequence[Any]) -> Rounds:
    """Rounds in a row; a packet is its RTT in ms as text, or None for a loss."""
    rows = []
    for place, texts in enumerate(packets):
        units = tuple(None if text is None else int(Decimal(text) * 10_000) for text in texts)
        answered = len(units) - units.count(None)
        reason = Reason.NONE if answered else Reason.TIMEOUT
        rows.append(Round(1, at_ms + place * every_ms, every_ms, 0, len(units), answered, units, reason))
    return Rounds.of(every_ms, rows)


def measured(one: Rounds, probe: str = "pe", verdict: Iterable[int] | None = None) -> Measured:
    """Rounds with a verdict each; by default up where anything was answered, else down."""
    said = (one.received > 0).astype(np.int8) if verdict is None else np.array(list(verdict), np.int8)
    return Measured(probe, one, said)


def history(
    start_ms: int, end_ms: int, down: Spans, unknown: Spans = NEVER, probe: str = "pe"
) -> list[Measured]:
    """A probe whose every stretch of one status is a single long round; silence where it is unknown."""
    up = (down | unknown).inverse(start_ms, end_ms)
    parts: list[tuple[int, int, list[str | None]]] = [(start, end, ["20"]) for start, end in up]
    parts += [(start, end, [None]) for start, end in (down - unknown).clip(start_ms, end_ms)]
    return [measured(rounds(start, end - start, packets), probe) for start, end, packets in parts]


def judged(
    terms: Contract,
    seen: Sequence[Measured],
    period: str = "2026-04",
    facts: CircuitFacts = FACTS,
    now: str = "2030-01-01T00:00:00Z",
    known: Evidence = NOTHING,
) -> Statement:
    """The statement, by default long after the period's end; `known` is what else is known."""
    (made,) = statements_of(
        terms,
        "gold",
        [(facts, replace(known, measured=tuple(seen)))],
        period,
        now_ms=ms(now),
        engine="1.0.0",
        config="sha256:00",
    )
    return made
