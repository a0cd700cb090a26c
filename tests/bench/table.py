"""One measured figure, and how many of them look as a table and as JSON."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from rich.table import Table


@dataclass(frozen=True, slots=True)
class Row:
    """A figure with its unit, its target and what the same work costs a peer, where these exist."""

    name: str
    figure: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None
    peer: str = ""
    """What the peer is and did, for example `fping 5.1, the same addresses`."""
    peer_figure: float | None = None

    @property
    def target(self) -> str:
        """`≤ 250`, `≥ 50,000`, or nothing."""
        limits = (("≤", self.at_most), ("≥", self.at_least))
        return " and ".join(f"{sign} {readable(limit)}" for sign, limit in limits if limit is not None)

    @property
    def met(self) -> bool | None:
        """Whether the figure keeps its target; None when it has none."""
        if self.at_most is None and self.at_least is None:
            return None
        return (self.at_most is None or self.figure <= self.at_most) and (
            self.at_least is None or self.figure >= self.at_least
        )

    @property
    def ratio(self) -> float | None:
        """Our figure as a multiple of the peer's, None without one."""
        return self.figure / self.peer_figure if self.peer_figure else None


def readable(figure: float) -> str:
    """Three digits at least, thousands apart: `12,345`, `12.3`, `0.0123`."""
    if abs(figure) >= 100 or figure == int(figure):
        return f"{figure:,.0f}"
    return f"{figure:.3g}"


def table(rows: Iterable[Row]) -> Table:
    """The rows as a person reads them."""
    view = Table(box=None, pad_edge=False)
    for heading in ("name", "figure", "unit", "target", "met", "to peer", "peer"):
        view.add_column(heading, justify="right" if heading in {"figure", "target", "to peer"} else "left")
    for row in rows:
        ratio = f"{row.ratio:.2f}x" if row.ratio is not None else ""
        met = {True: "yes", False: "NO", None: ""}[row.met]
        view.add_row(row.name, readable(row.figure), row.unit, row.target, met, ratio, row.peer)
    return view


def document(rows: Iterable[Row]) -> Mapping[str, Any]:
    """The rows and the machine that they were measured on, as JSON takes them."""
    machine = {
        "cpus": len(os.sched_getaffinity(0)),
        "machine": platform.machine(),
        "kernel": platform.release(),
        "python": platform.python_version(),
    }
    return {
        "machine": machine,
        "rows": [{**asdict(row), "met": row.met, "ratio": row.ratio} for row in rows],
    }
