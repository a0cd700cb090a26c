"""A trace as people read it: a table on a terminal, lines elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from rich.console import Group
from rich.table import Table
from rich.text import Text

from probes.model import Outcome

SILENT = "*"


class Row(NamedTuple):
    """One router of one hop; a hop where nobody answered is a row with `SILENT`."""

    ttl: str
    address: str
    rtts: tuple[str, ...]
    beside: str


def trace_of(outcome: Outcome) -> dict[str, Any] | None:
    """The trace among the samples (probes/path/report.py), None when nothing was traced."""
    texts = (sample.value for sample in outcome.samples if sample.name == "path")
    found = next(texts, None)
    return None if found is None else json.loads(str(found))


def rows(trace: dict[str, Any]) -> Iterator[Row]:
    """A row a router, in order of the hops; a second router of a hop leaves its number out."""
    for hop in trace["hops"]:
        if not hop["routers"]:
            yield Row(str(hop["ttl"]), SILENT, (SILENT,) * hop["sent"], "")
        for number, router in enumerate(hop["routers"]):
            lost = SILENT if len(hop["routers"]) == 1 else ""
            rtts = tuple(f"{float(rtt):.3f}" if rtt else lost for rtt in router["rtts_ms"])
            yield Row("" if number else str(hop["ttl"]), router["address"], rtts, _beside(router))


def _beside(router: dict[str, Any]) -> str:
    labels = " ".join(f"{one['label']}/ttl {one['ttl']}" for one in router.get("mpls", ()))
    return "  ".join(filter(None, (router.get("error", ""), f"MPLS {labels}" if labels else "")))


def lines(outcome: Outcome) -> list[str]:
    """The trace in plain text, its end last."""
    trace = trace_of(outcome)
    found = list(rows(trace)) if trace else []
    width = max((len(row.address) for row in found), default=0)
    told = [f"{row.ttl:>4}  {row.address:<{width}}  {_times(row)}  {row.beside}".rstrip() for row in found]
    return [*told, ending(outcome, trace)]


def table(outcome: Outcome) -> Group:
    """The trace for a terminal, its end below it."""
    trace = trace_of(outcome)
    drawn = Table(box=None, header_style="dim", pad_edge=False)
    drawn.add_column("hop", justify="right")
    for name in ("router", "round-trip times", ""):
        drawn.add_column(name)
    for row in rows(trace) if trace else ():
        style = "yellow" if row.address == SILENT else "red" if row.beside.startswith("!") else ""
        drawn.add_row(row.ttl, row.address, _times(row), row.beside, style=style)
    end = Text(ending(outcome, trace), style="bold")
    return Group(drawn, end) if trace else Group(end)


def _times(row: Row) -> str:
    return "".join(f"{rtt:>10}" for rtt in row.rtts) + (" ms" if row.address != SILENT else "")


def ending(outcome: Outcome, trace: dict[str, Any] | None) -> str:
    """Reached, or where the way breaks."""
    detail = outcome.round.detail if outcome.round else ""
    if trace is None:
        return f"not traced: {detail}"
    far = trace["hops"][-1]["ttl"] if trace["hops"] else 0
    said = f"{trace['address']} is {far} hop{'s' if far > 1 else ''} away" if trace["reached"] else ""
    unprivileged = "" if trace["raw"] else "without CAP_NET_RAW: MPLS labels and short quotes are not seen"
    return "; ".join(filter(None, (said, detail, unprivileged)))
