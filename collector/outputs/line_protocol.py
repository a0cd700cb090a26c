"""Measurements as InfluxDB line protocol. Pure: equal rows give equal bytes, for ever.

A line is `measurement,tags fields timestamp`; the time is the round's slot in nanoseconds. Every
number is computed from integers (RTTs of 100 ns, times of a millisecond) and written as the shortest
decimal that reads back as the same double, so that a line sent again overwrites itself.

What the figures of `linkledger_round` mean:
- `rtt_p50_seconds` and `rtt_p95_seconds` are nearest-rank percentiles: always an RTT that was measured.
- `jitter_seconds` is the mean absolute difference of the RTTs of two packets sent one after the other,
  both answered (the IPDV of RFC 3393); a lost packet breaks the pair, without a pair there is no jitter.
- A field without a value is left out: a loss is an absence, never a number.

Source: InfluxDB line protocol reference (escaping of tag values: comma, equals sign, space).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Final

from collector.ledger.model import Derived, LogRow, Outage, Series, SeriesKey, SlaFigures
from probes.clock import NS_PER_MS
from probes.model import RTT_UNIT_NS, Round, Sample

RTT_UNITS_PER_SECOND = 1_000_000_000 // RTT_UNIT_NS
NOTHING = "_none"
"""Stands for an empty tag value, which no store accepts."""

SAMPLE_FIELDS: Final[Mapping[str, tuple[str, str]]] = {
    "tls_days_left": ("linkledger_tls", "days_left"),
    "tls_verified": ("linkledger_tls", "verified"),
}
"""A sample's measurement and field by the sample's name; one that is not here is not sent."""
WHOLE_FIELDS = frozenset({"verified"})
"""Fields of samples that are integers; every other is a float, whatever type it came in."""

_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\\\u2028\u2029]")
_SPECIAL = re.compile(r"([,= ])")

Tags = Sequence[tuple[str, str]]


def clean(value: str) -> str:
    r"""A tag value that every store can hold.

    Control characters and backslashes become `_`: the stores disagree on how to read them (a
    backslash before a comma, or at the end, makes InfluxDB 1 take the separator for text). A lone
    surrogate becomes `?`, an empty value NOTHING.
    """
    return _UNFIT.sub("_", value).encode("utf-8", "replace").decode() or NOTHING


def tag_text(value: str) -> str:
    """`clean(value)`, escaped for its place in a line."""
    return _SPECIAL.sub(r"\\\1", clean(value))


def float_text(value: float) -> str:
    """The shortest decimal that reads back as `value`, without an exponent, with a point: 0.0000021."""
    text = repr(float(value))
    if "e" in text:
        text = f"{Decimal(text):f}"
    return text if "." in text else f"{text}.0"


def line(measurement: str, tags: str, fields: Iterable[str], at_ms: int) -> bytes:
    """One line without its line end; `tags` begins with a comma, `fields` are `name=value` texts."""
    return f"{measurement}{tags} {','.join(fields)} {at_ms * NS_PER_MS}".encode()


def tags_text(tags: Tags) -> str:
    """`,name=value` of each tag in the order given."""
    return "".join(f",{name}={tag_text(value)}" for name, value in tags)


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


def _string(text: str) -> str:
    escaped = _UNFIT.sub("_", text).replace('"', '\\"')
    return '"' + escaped.encode("utf-8", "replace").decode() + '"'


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
        fields.append(f"reason={_string(one.reason)}")
    return line("linkledger_round", tags, fields, one.at_ms)


def sample_lines(samples: Iterable[Sample], tags: str) -> list[bytes]:
    """One line for each measurement and time among `samples`; NaN, infinity and text are left out."""
    fields: dict[tuple[str, int], list[str]] = {}
    for sample in samples:
        place = SAMPLE_FIELDS.get(sample.name)
        if place is None or isinstance(sample.value, str) or not math.isfinite(sample.value):
            continue
        measurement, field = place
        text = f"{int(sample.value)}i" if field in WHOLE_FIELDS else float_text(sample.value)
        fields.setdefault((measurement, sample.at_ms), []).append(f"{field}={text}")
    return [line(measurement, tags, texts, at_ms) for (measurement, at_ms), texts in fields.items()]


def outage_line(outage: Outage, host: str, *, strings: bool = True) -> bytes:
    """An outage's `linkledger_outage`, at its end; ValueError while it is open."""
    if outage.end_ms is None:
        raise ValueError(f"the outage of {outage.circuit} is not over: it is written at its end")
    fields = [
        f"start_seconds={float_text(outage.start_ms / 1000)}",
        f"duration_seconds={float_text((outage.end_ms - outage.start_ms) / 1000)}",
    ]
    if strings:
        fields.append(f"cause={_string(outage.cause)}")
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
