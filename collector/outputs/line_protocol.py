"""Measurements as InfluxDB line protocol. Pure: equal rows give equal bytes, for ever.

A line is `measurement,tags fields timestamp`; the time is the round's slot in nanoseconds. Every
number is computed from integers (RTTs of 100 ns, times of a millisecond) and written as the shortest
decimal that reads back as the same double, so that a line sent again overwrites itself.

What the figures of `linkledger_round` mean:
- `rtt_p50_seconds` and `rtt_p95_seconds` are nearest-rank percentiles: always an RTT that was measured.
- `jitter_seconds` is the mean absolute difference of the RTTs of two packets sent one after the other,
  both answered (the IPDV of RFC 3393); a lost packet breaks the pair, without a pair there is no jitter.
- A field without a value is left out: a loss is an absence, never a number.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from collector.ledger.model import Derived, LogRow, Outage, Series, SeriesKey, SlaFigures
from collector.outputs.line_text import Tags, float_text, line, string, tags_text
from collector.outputs.sample_lines import sample_lines
from probes.model import RTT_UNIT_NS, Round

RTT_UNITS_PER_SECOND = 1_000_000_000 // RTT_UNIT_NS


def series_tags(key: SeriesKey) -> str:
    """The six tags of everything that a probe measured, always all and always in this order."""
    return tags_text(
        (
            ("host", key.host),
            ("site", key.site),
            ("carrier", key.carrier),
            ("circuit", key.circuit),
            ("probe", key.probe),
            ("kind", key.kind),
        )
    )


def _seconds(units: int, count: int = 1) -> str:
    """`units` of 100 ns shared by `count`, in seconds: one correctly rounded division of integers."""
    return float_text(units / (count * RTT_UNITS_PER_SECOND))


def _rtt_fields(rtts: Sequence[int | None]) -> list[str]:
    answered = sorted(rtt for rtt in rtts if rtt is not None)
    if not answered:
        return []
    count = len(answered)
    fields = [
        f"rtt_min_seconds={_seconds(answered[0])}",
        f"rtt_mean_seconds={_seconds(sum(answered), count)}",
        f"rtt_max_seconds={_seconds(answered[-1])}",
        f"rtt_p50_seconds={_seconds(answered[(count * 50 + 99) // 100 - 1])}",
        f"rtt_p95_seconds={_seconds(answered[(count * 95 + 99) // 100 - 1])}",
    ]
    steps = [abs(b - a) for a, b in pairwise(rtts) if a is not None and b is not None]
    if steps:
        fields.append(f"jitter_seconds={_seconds(sum(steps), len(steps))}")
    return fields


def round_line(one: Round, tags: str, status: int, *, strings: bool = True) -> bytes:
    """A round's `linkledger_round`; `status` is 1 up, 0 down, -1 unknown.

    Without `strings` the reason is left out (VictoriaMetrics stores any string as 0).
    """
    fields = [
        f"sent={one.sent}i",
        f"received={one.received}i",
        *_rtt_fields(one.rtts),
        f"status={status}i",
    ]
    if strings:
        fields.append(f"reason={string(one.reason)}")
    return line("linkledger_round", tags, fields, one.at_ms)


def outage_line(outage: Outage, host: str, *, strings: bool = True) -> bytes:
    """An outage's `linkledger_outage`, at its end; ValueError while it is open."""
    if outage.end_ms is None:
        raise ValueError(f"the outage of {outage.circuit} is not over: it is written at its end")
    fields = [
        f"start_seconds={float_text(outage.start_ms / 1000)}",
        f"duration_seconds={float_text((outage.end_ms - outage.start_ms) / 1000)}",
    ]
    if strings:
        fields.append(f"cause={string(outage.cause)}")
    tags = _circuit_tags(host, outage.site, outage.carrier, outage.circuit)
    return line("linkledger_outage", tags_text(tags), fields, outage.end_ms)


def sla_line(figures: SlaFigures) -> bytes:
    """A circuit's `linkledger_sla` at the time it was computed."""
    floats = {
        "availability_ratio": figures.availability_ratio,
        "budget_remaining_seconds": figures.budget_remaining_seconds,
        "credit": figures.credit,
    }
    fields = [f"{name}={float_text(value)}" for name, value in floats.items() if value is not None]
    tags = [
        *_circuit_tags(figures.host, figures.site, figures.carrier, figures.circuit),
        ("contract", figures.contract),
        ("period", figures.period),
    ]
    return line(
        "linkledger_sla", tags_text(tags), [*fields, f"violations={figures.violations}i"], figures.at_ms
    )


def derived_line(derived: Derived, *, strings: bool = True) -> bytes:
    """The one line of what was derived."""
    if isinstance(derived, SlaFigures):
        return sla_line(derived)
    return outage_line(derived.outage, derived.host, strings=strings)


def _circuit_tags(host: str, site: str, carrier: str, circuit: str) -> Tags:
    return (("host", host), ("site", site), ("carrier", carrier), ("circuit", circuit))


class RowEncoder:
    """Ledger rows as lines; a series' tags are made once."""

    def __init__(self, *, strings: bool) -> None:
        self._strings = strings
        self._tags: dict[int, str] = {}

    def lines(self, row: LogRow, series: Series, status: int) -> list[bytes]:
        """What was derived; or the row's round, then its samples. A row may give no line at all."""
        if row.derived is not None:
            return [derived_line(row.derived, strings=self._strings)]
        tags = self._tags.get(series.id)
        if tags is None:
            tags = self._tags[series.id] = series_tags(series.key)
        one = row.outcome.round
        made = [] if one is None else [round_line(one, tags, status, strings=self._strings)]
        return made + sample_lines(row.outcome.samples, tags)
