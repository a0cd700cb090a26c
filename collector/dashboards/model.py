"""What a dashboard is, as values: a small part of Grafana's classic model, and no more than we use.

`as_json` writes them as Grafana reads them. A panel's place is not said: panels flow from left to right
in the order in which they stand, so that none can overlap another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Language = Literal["promql", "influxql"]
Kind = Literal["stat", "timeseries", "table", "state-timeline", "heatmap", "bargauge"]
Form = Literal["series", "table", "heatmap"]
"""What an answer is: series, one row a series, or the counts of a histogram's buckets."""


@dataclass(frozen=True, slots=True)
class Query:
    """A question to the data source; `legend` names its series."""

    text: str
    legend: str = ""
    form: Form = "series"


@dataclass(frozen=True, slots=True)
class Step:
    """From `at` on a value has this colour; None: from the least on."""

    at: float | None
    colour: str


@dataclass(frozen=True, slots=True)
class Word:
    """A value that is shown as a word, so that its colour is never alone."""

    value: str
    text: str
    colour: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """Where a person goes from a value or a dashboard; Grafana fills in its own `${...}`."""

    title: str
    url: str
    new_tab: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A field of an answer: in a table a column (by its name there), in a chart a series (by its legend)."""

    name: str
    title: str = ""
    """Empty: as it is."""
    unit: str = ""
    decimals: int | None = None
    words: tuple[Word, ...] = ()
    steps: tuple[Step, ...] = ()
    links: tuple[Link, ...] = ()
    dashed: bool = False
    """A line that was agreed, not measured."""
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture or table, and what it asks."""

    kind: Kind
    title: str
    description: str
    queries: tuple[Query, ...]
    width: int
    """Of 24."""
    height: int
    unit: str = "none"
    decimals: int | None = None
    low: float | None = None
    high: float | None = None
    steps: tuple[Step, ...] = ()
    words: tuple[Word, ...] = ()
    columns: tuple[Column, ...] = ()
    links: tuple[Link, ...] = ()
    nothing: str = "no data"
    """What is said where there is no value: never 0."""
    sort: tuple[str, bool] | None = None
    """A table's column and whether the largest comes first."""
    matrix: tuple[str, str, str] | None = None
    """Rows, columns and cells of a table that is laid out as a grid."""
    stacked: bool = False
    last: str = ""
    """Look this far back and no further, such as `15m`; empty: as the dashboard."""
    interval: str = ""
    """No step shorter than this; empty: the data source's."""


@dataclass(frozen=True, slots=True)
class Row:
    """A heading and the panels below it."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Variable:
    """What a person chooses; `query` asks for its values."""

    name: str
    label: str
    query: str
    several: bool = True
    """More than one, and All; else one that must be chosen."""
    every: str = ".*"
    """The regular expression that stands for All."""
    pattern: str = ""
    """Which values are offered; empty: all."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """Marks over the charts; `texts` are InfluxQL's columns for a mark's text and tags."""

    name: str
    query: str
    colour: str
    title: str = ""
    texts: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A dashboard; `uid` is what others link to."""

    uid: str
    title: str
    description: str
    language: Language
    variables: tuple[Variable, ...]
    rows: tuple[Row, ...]
    annotations: tuple[Annotation, ...] = ()
    links: tuple[Link, ...] = ()
    begin: str = "now-24h"
    refresh: str = "1m"


@dataclass(frozen=True, slots=True)
class Names:
    """What the configuration knows and a store doesn't; without one nothing of it."""

    carriers: Mapping[str, str]
    """Names as they stand on the contracts, by key."""
    url: str = ""
    """How people reach linkledger's page; empty: nobody said."""
    interval: str = "1m"
    """The longest time between two rounds of a circuit: no chart of rounds has shorter steps."""


GENERIC = Names({})
