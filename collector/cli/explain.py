"""How `linkledger check --explain CIRCUIT` shows what a configuration says of a circuit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from collector.sizes import megabytes
from config.explain import Explanation
from config.traffic import Traffic

SUM = "all of them"


def as_json(told: Explanation) -> dict[str, Any]:
    """The explanation as other programs read it."""
    plain = asdict(told)
    plain["traffic_a_month"] = plain.pop("traffic")
    plain["traffic_a_month_sum"] = asdict(_sum(told))
    return plain


def lines(told: Explanation) -> Iterator[str]:
    """The explanation for a person: values, judges, traffic."""
    yield f"circuit {told.circuit}"
    yield from _table([(one.key, one.value, one.layer, ", ".join(one.places)) for one in told.values])
    for judges in told.judges:
        yield ""
        yield f"who judges{f' from {judges.since}' if judges.since else ''}"
        rows = [(question, names) for question, names in judges.judged_by.items()]
        yield from _table([("up when", judges.up_when), *rows])
    yield ""
    yield "traffic in 30 days, with IP headers"
    each = [(name, *traffic(one)) for name, one in told.traffic.items()]
    yield from _table([*each, *([(SUM, *traffic(_sum(told)))] if len(each) > 1 else [])])


def traffic(one: Traffic) -> tuple[str, str]:
    """What goes out and what comes back, for a person."""
    bound = "at most " * one.at_most
    return (
        f"out {bound}{one.packets_out:,} packets, {megabytes(one.bytes_out)}",
        f"back {bound}{one.packets_in:,} packets, {megabytes(one.bytes_in)}",
    )


def _sum(told: Explanation) -> Traffic:
    return sum(told.traffic.values(), Traffic())


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield f"  {'  '.join(cells)}".rstrip()
