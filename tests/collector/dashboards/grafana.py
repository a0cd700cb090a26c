"""What Grafana does with a dashboard before it asks: it fills in what a person chose.

All of a variable is its `allValue`; several values are `(a|b)`; a macro is the step or the time shown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.deploy.machine import ROOT

GRAFANA = ROOT / "deploy" / "grafana"
VARIABLE = re.compile(r"\$(?:\{(\w+)(?::\w+)?\}|(\w+))")
Json = dict[str, Any]


def dashboards(language: str = "*") -> list[Path]:
    """The committed dashboards."""
    return sorted((GRAFANA / "dashboards").glob(f"{language}/*.json"))


def read(path: Path) -> Json:
    """A dashboard."""
    board: Json = json.loads(path.read_text())
    return board


def panels(board: Json) -> Iterator[Json]:
    """All that show something: headings don't."""
    yield from (panel for panel in board["panels"] if panel["type"] != "row")


def text_of(target: Json) -> str:
    """What a panel's or a variable's target asks."""
    text: str = target["expr"] if "expr" in target else target["query"]
    return text


def chosen(board: Json, single: Mapping[str, str]) -> dict[str, str]:
    """A value for each variable: All where there is All."""
    variables = [one for one in board["templating"]["list"] if one["type"] == "query"]
    return {one["name"]: one["allValue"] if one["includeAll"] else single[one["name"]] for one in variables}


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with all its variables and macros filled in; KeyError for one that nobody gives."""
    return VARIABLE.sub(lambda found: values[found[1] or found[2]], text)


def promql(text: str, values: Mapping[str, str], seconds: int) -> str:
    """A PromQL query over so many seconds, scraped each minute: Grafana's rate interval is four scrapes."""
    macros = {
        "__rate_interval": "240s",
        "__interval": "60s",
        "__interval_ms": "60000",
        "__range": f"{seconds}s",
        "__range_s": str(seconds),
    }
    return filled(text, {**values, **macros})


def influxql(text: str, values: Mapping[str, str], begin_ms: int, end_ms: int) -> str:
    """An InfluxQL query of a time."""
    time = f"time >= {begin_ms}ms and time <= {end_ms}ms"
    return filled(text, {**values, "timeFilter": time, "__interval": "60s"})
