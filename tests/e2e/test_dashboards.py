"""Every query of every dashboard answers on real servers that hold what our daemon says.

What real daemons say in half a minute is in test_dashboards_live.py. Grafana itself is not in Debian: what it
does to a query before it asks is in tests/collector/dashboards/grafana.py.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.collector.dashboards.grafana import (
    Json,
    chosen,
    dashboards,
    influxql,
    panels,
    promql,
    read,
    text_of,
)
from tests.e2e.dashboard_data import BEGIN_SECONDS, END_SECONDS, STEP_SECONDS, Past, past
from tests.servers.influxdb import InfluxDB
from tests.servers.processes import http, http_json
from tests.servers.prometheus import Prometheus
from tests.servers.victoria_metrics import VictoriaMetrics

pytestmark = pytest.mark.slow

CHOSEN = {"circuit": "lon-acme"}
SECONDS = END_SECONDS - BEGIN_SECONDS
RECENT_SECONDS = 900
"""Of panels that look back no further."""
Ask = Callable[[str, bool], Sequence[Any]]
"""Rows or series that a query answers; the flag: of the last moment alone."""


class Filled(Prometheus):
    """Debian's Prometheus over blocks that promtool made of the daemon's text; it scrapes nothing."""

    def __init__(self, text: str) -> None:
        super().__init__("http://127.0.0.1:9", interval="1h")
        source = self.folder / "past.txt"
        source.write_text(text)
        words = ["promtool", "tsdb", "create-blocks-from", "openmetrics", str(source)]
        done = subprocess.run(
            [*words, str(self.folder / "data")], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    def arguments(self) -> list[str]:
        """Whatever the clock says, the blocks are kept."""
        return [*super().arguments(), "--storage.tsdb.retention.time=100y"]


@pytest.fixture(scope="module")
def written() -> Past:
    """Two hours of everything."""
    return asyncio.run(past())


@pytest.fixture(scope="module")
def prometheus(written: Past) -> Iterator[Ask]:
    """It, filled."""
    with Filled(written.openmetrics) as server:
        yield lambda text, instant: promql_answer(server.url, text, instant)


@pytest.fixture(scope="module")
def victoria_metrics(written: Past) -> Iterator[Ask]:
    """It, filled."""
    with VictoriaMetrics() as server:
        http(f"{server.url}/api/v1/import/prometheus", data=written.prometheus.encode())
        http(f"{server.url}/internal/force_flush")
        yield lambda text, instant: promql_answer(server.url, text, instant)


@pytest.fixture(scope="module")
def influxdb(written: Past) -> Iterator[InfluxDB]:
    """It, filled."""
    with InfluxDB() as server:
        server.create_database("linkledger")
        http(f"{server.url}/write?db=linkledger", data=written.lines)
        yield server


def promql_answer(url: str, text: str, instant: bool) -> Sequence[Any]:
    """As Grafana asks: at the end of the time shown, or for each step in it."""
    if instant:
        answer = http_json(f"{url}/api/v1/query", {"query": text, "time": str(END_SECONDS)})
    else:
        span = {"start": str(BEGIN_SECONDS), "end": str(END_SECONDS), "step": str(STEP_SECONDS)}
        answer = http_json(f"{url}/api/v1/query_range", {"query": text, **span})
    result: list[Any] = answer["data"]["result"]
    return result


def silent_promql(board: Json, ask: Ask) -> Iterator[str]:
    """The queries of a dashboard that answer nothing, named."""
    values = chosen(board, CHOSEN)
    for panel in panels(board):
        for target in panel["targets"]:
            text = promql(text_of(target), values, SECONDS)
            found = ask(text, target["instant"])
            if not found:
                yield f"{panel['title']}: {text}"
            for label in re.findall(r"{{(\w+)}}", target["legendFormat"]):
                if not all(label in series["metric"] for series in found):
                    yield f"{panel['title']}: no {label} in {text}"
    for mark in board["annotations"]["list"]:
        if not ask(promql(mark["expr"], values, SECONDS), False):
            yield f"annotation: {mark['expr']}"


@pytest.mark.server("prometheus")
@pytest.mark.parametrize("path", dashboards("promql"), ids=lambda path: path.stem)
def test_a_real_prometheus_answers_every_query(path: Path, prometheus: Ask) -> None:
    assert list(silent_promql(read(path), prometheus)) == []


@pytest.mark.server("victoria-metrics")
@pytest.mark.parametrize("path", dashboards("promql"), ids=lambda path: path.stem)
def test_a_real_victoria_metrics_answers_every_query(path: Path, victoria_metrics: Ask) -> None:
    assert list(silent_promql(read(path), victoria_metrics)) == []


@pytest.mark.server("influxdb")
@pytest.mark.parametrize("path", dashboards("influxql"), ids=lambda path: path.stem)
def test_a_real_influxdb_answers_every_query(path: Path, influxdb: InfluxDB) -> None:
    board = read(path)
    values = chosen(board, CHOSEN)
    asked = [
        (panel["title"], one["query"], one["alias"], panel)
        for panel in panels(board)
        for one in panel["targets"]
    ]
    asked += [(mark["name"], mark["target"]["query"], "", {}) for mark in board["annotations"]["list"]]
    for title, query, alias, panel in asked:
        begin = END_SECONDS - RECENT_SECONDS if "timeFrom" in panel else BEGIN_SECONDS
        text = influxql(query, values, begin * 1000, END_SECONDS * 1000)
        rows = influxdb.rows("linkledger", text)
        assert answered(rows), (title, text)
        tags = set(re.findall(r"\$tag_(\w+)", alias))
        assert all(tags <= row.keys() for row in rows), (title, alias)


@pytest.mark.server("influxdb")
@pytest.mark.parametrize("path", dashboards("influxql"), ids=lambda path: path.stem)
def test_a_real_influxdb_offers_something_to_choose(path: Path, influxdb: InfluxDB) -> None:
    board = read(path)
    values = chosen(board, CHOSEN)
    for one in board["templating"]["list"]:
        if one["type"] == "query":
            assert influxdb.rows("linkledger", influxql(one["query"], values, 0, 0)), one["name"]


@pytest.mark.server("prometheus")
@pytest.mark.parametrize("path", dashboards("promql"), ids=lambda path: path.stem)
def test_a_real_prometheus_offers_something_to_choose(path: Path, prometheus: Ask) -> None:
    board = read(path)
    values = chosen(board, CHOSEN)
    for one in board["templating"]["list"]:
        if one["type"] == "query":
            text = one["definition"].removeprefix("label_values(").removesuffix(")")
            metric, _, label = promql(text, values, SECONDS).rpartition(", ")
            found = prometheus(f"count by ({label}) ({metric})", True)
            assert any(series["metric"].get(label) for series in found), one["name"]


def shown_columns(panel: Json) -> set[str]:
    """What a table names among its answer's columns; the values' own names are Grafana's."""
    options = next(one["options"] for one in panel["transformations"] if one["id"] == "organize")
    return {name for name in options["indexByName"] if name != "Time" and not name.startswith("Value")}


def tables(board: Json) -> list[Json]:
    """The tables with a row a series."""
    found = [one for one in panels(board) if one["type"] == "table"]
    return [one for one in found if all(step["id"] != "groupingToMatrix" for step in one["transformations"])]


@pytest.mark.server("prometheus")
@pytest.mark.parametrize("path", dashboards("promql"), ids=lambda path: path.stem)
def test_a_table_shows_just_the_labels_that_prometheus_answers(path: Path, prometheus: Ask) -> None:
    board = read(path)
    values = chosen(board, CHOSEN)
    for panel in tables(board):
        texts = [promql(text_of(one), values, SECONDS) for one in panel["targets"]]
        labels = {label for text in texts for series in prometheus(text, True) for label in series["metric"]}
        assert labels == shown_columns(panel), panel["title"]


@pytest.mark.server("influxdb")
@pytest.mark.parametrize("path", dashboards("influxql"), ids=lambda path: path.stem)
def test_a_table_shows_just_the_columns_that_influxdb_answers(path: Path, influxdb: InfluxDB) -> None:
    board = read(path)
    for panel in tables(board):
        (target,) = panel["targets"]
        text = influxql(target["query"], chosen(board, CHOSEN), BEGIN_SECONDS * 1000, END_SECONDS * 1000)
        columns = {name for row in influxdb.rows("linkledger", text) for name in row}
        assert columns - {"time"} == shown_columns(panel), panel["title"]


def answered(rows: Sequence[Json]) -> bool:
    """Whether there is any value."""
    return any(value is not None for row in rows for name, value in row.items() if name != "time")
