"""The committed dashboards, judged: Grafana's own dashboard-linter's rules, and ours.

dashboard-linter's rules on job and instance hold for linkledger's own dashboard alone; .lint beside the
dashboards says why. Its rule that a query is PromQL is held by a real Prometheus in tests/e2e.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest

from tests.collector.dashboards.grafana import Json, dashboards, panels, read, text_of
from tests.collector.dashboards.schema import Dashboard

EACH = pytest.mark.parametrize("path", dashboards(), ids=lambda path: f"{path.parent.name}-{path.stem}")
PROMQL = pytest.mark.parametrize("path", dashboards("promql"), ids=lambda path: path.stem)
UNITS = {
    *("none", "s", "d", "percentunit", "bytes", "bps", "pps", "ops", "dateTimeFromNow", "dateTimeAsIso"),
}
"""Of Grafana's units (packages/grafana-data, valueFormats) those that we use."""
TIMESTAMPED = {"dateTimeFromNow", "dateTimeAsIso"}
COUNTER = re.compile(r"\w+_total\b")
USED = re.compile(r"\$\{?(\w+)")
MACROS = {"timeFilter", "datasource"}


def everything_asked(board: Json) -> str:
    """All that a dashboard asks, in one text."""
    asked = [text_of(one) for panel in panels(board) for one in panel["targets"]]
    asked += [one.get("expr") or one["target"]["query"] for one in board["annotations"]["list"]]
    asked += [one["definition"] for one in board["templating"]["list"] if one["type"] == "query"]
    asked += [link["url"] for link in board["links"] if "url" in link]
    return "\n".join(asked)


def test_there_are_five_dashboards_in_each_language() -> None:
    for language in ("promql", "influxql"):
        names = {path.stem for path in dashboards(language)}
        assert names == {"estate", "circuit", "carrier", "claims", "itself"}


@EACH
def test_it_is_what_grafana_reads(path: Path) -> None:
    assert Dashboard.model_validate_json(path.read_text()).panels


def test_no_two_dashboards_share_an_uid_or_a_title() -> None:
    boards = [read(path) for path in dashboards()]
    for name in ("uid", "title"):
        assert max(Counter(board[name] for board in boards).values()) == 1


@EACH
def test_panels_have_ids_of_their_own_and_don_t_overlap(path: Path) -> None:
    found = read(path)["panels"]
    assert max(Counter(panel["id"] for panel in found).values()) == 1
    places = [panel["gridPos"] for panel in found]
    assert all(one["x"] + one["w"] <= 24 for one in places)
    for a, b in combinations(places, 2):
        beside = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
        below = a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]
        assert beside or below, (a, b)


@EACH
def test_each_line_of_panels_fills_the_width_at_one_height(path: Path) -> None:
    lines: dict[int, list[Json]] = {}
    for panel in panels(read(path)):
        lines.setdefault(panel["gridPos"]["y"], []).append(panel["gridPos"])
    for places in lines.values():
        assert sum(one["w"] for one in places) == 24
        assert len({one["h"] for one in places}) == 1


@EACH
def test_a_panel_says_what_it_shows_in_which_unit(path: Path) -> None:
    titles = [panel["title"] for panel in panels(read(path))]
    assert max(Counter(titles).values()) <= 2
    for panel in panels(read(path)):
        assert panel["description"].endswith("."), panel["title"]
        defaults = panel["fieldConfig"]["defaults"]
        units = [defaults["unit"]]
        for override in panel["fieldConfig"]["overrides"]:
            units += [one["value"] for one in override["properties"] if one["id"] == "unit"]
        assert set(units) <= UNITS, panel["title"]
        assert defaults["noValue"] not in ("0", "0%", "100%"), panel["title"]
        assert defaults["noValue"] or panel["type"] == "table"
        if panel["type"] in ("timeseries", "state-timeline"):
            assert panel["options"]["legend"]["showLegend"] is True


@EACH
def test_a_chart_of_several_series_names_each(path: Path) -> None:
    for panel in panels(read(path)):
        if panel["type"] in ("timeseries", "state-timeline", "bargauge"):
            legends = [one.get("legendFormat", one.get("alias")) for one in panel["targets"]]
            assert all(legend not in ("", "__auto") for legend in legends), panel["title"]
            assert len(set(legends)) == len(legends), panel["title"]


@EACH
def test_every_source_is_the_one_that_a_person_chose(path: Path) -> None:
    board = read(path)
    first = board["templating"]["list"][0]
    assert (first["name"], first["label"], first["type"]) == ("datasource", "Data source", "datasource")
    used = [board["annotations"]["list"], board["templating"]["list"][1:]]
    used += [[panel, *panel["targets"]] for panel in panels(board)]
    assert {one["datasource"]["uid"] for group in used for one in group} == {"${datasource}"}
    assert {one["datasource"]["type"] for group in used for one in group} == {first["query"]}


@EACH
def test_every_variable_is_used_and_every_used_one_is_there(path: Path) -> None:
    board = read(path)
    names = {one["name"] for one in board["templating"]["list"]} - {"datasource"}
    shown = "\n".join(text_of(one) for panel in panels(board) for one in panel["targets"])
    assert {
        name for name in names if not re.search(rf"\${{?{name}\b", shown + everything_asked(board))
    } == set()
    used = {name for name in USED.findall(everything_asked(board)) if not name.startswith(("__", "tag_"))}
    assert used - MACROS == names


@EACH
def test_a_dashboard_leads_to_the_others_with_its_time_and_its_choices(path: Path) -> None:
    board = read(path)
    language = path.parent.name
    assert set(board["tags"]) == {"linkledger", language}
    others = board["links"][0]
    assert (others["type"], others["tags"]) == ("dashboards", ["linkledger", language])
    assert (others["includeVars"], others["keepTime"]) == (True, True)


@EACH
def test_a_link_from_a_value_leads_to_a_dashboard_that_is_there(path: Path) -> None:
    uids = {read(one)["uid"] for one in dashboards(path.parent.name)}
    for link in re.findall(r'"url": "(/d/[^"]+)"', path.read_text()):
        assert link.split("/")[2].split("?")[0] in uids
        assert "${__url_time_range}" in link
        assert "${datasource:queryparam}" in link


@EACH
def test_no_colour_stands_alone_where_there_is_a_status(path: Path) -> None:
    for panel in panels(read(path)):
        if panel["type"] == "state-timeline":
            (mapping,) = panel["fieldConfig"]["defaults"]["mappings"]
            words = {word["text"]: word["color"] for word in mapping["options"].values()}
            assert words == {"▼ down": "red", "? unknown": "orange", "▲ up": "green"}


@EACH
def test_a_gap_is_never_bridged_nor_made_a_number(path: Path) -> None:
    for panel in panels(read(path)):
        assert panel["fieldConfig"]["defaults"]["custom"].get("spanNulls", False) is False
        for target in panel["targets"]:
            assert "fill(0)" not in text_of(target)
            assert "fill(previous)" not in text_of(target)
            assert "vector(0)" not in text_of(target)
            assert ("GROUP BY time" in text_of(target)) == ("fill(null)" in text_of(target))


@EACH
def test_currencies_are_never_added(path: Path) -> None:
    for panel in panels(read(path)):
        for target in panel["targets"]:
            if "credit_amount" in text_of(target):
                by = re.search(r"(?:sum|max) by \(([^)]*)\)", text_of(target))
                assert by
                assert "currency" in by[1]
            if 'sum("each") AS "credit"' in text_of(target):
                assert text_of(target).endswith('GROUP BY "contract"')


@PROMQL
def test_a_counter_is_looked_at_by_its_rate_over_grafana_s_rate_interval(path: Path) -> None:
    board = read(path)
    for panel in panels(board):
        for target in panel["targets"]:
            text = target["expr"]
            for name in COUNTER.findall(text):
                assert re.search(rf"(rate|increase)\({name}\{{[^}}]*\}}\[", text), (panel["title"], name)
            for window in re.findall(r"\brate\([^\[]*\[([^\]]*)\]", text):
                assert window == "$__rate_interval"
            for window in re.findall(r"\bincrease\([^\[]*\[([^\]]*)\]", text):
                assert window in ("$__rate_interval", "$__range")


@PROMQL
def test_a_query_of_the_heatmap_is_the_only_one_of_its_kind(path: Path) -> None:
    for panel in panels(read(path)):
        forms = {target["format"] for target in panel["targets"]}
        assert len(forms) == 1
        assert ("heatmap" in forms) == (panel["type"] == "heatmap")
        assert ("table" in forms) == (panel["type"] == "table")


@PROMQL
def test_what_shows_one_moment_is_asked_of_that_moment_alone(path: Path) -> None:
    # The last value of a chart may be hours old: a circuit that nobody measures any more isn't up.
    for panel in panels(read(path)):
        now = panel["type"] in ("stat", "bargauge", "table")
        assert all((one["instant"], one["range"]) == (now, not now) for one in panel["targets"])


@pytest.mark.parametrize("path", dashboards("influxql"), ids=lambda path: path.stem)
def test_a_status_of_now_looks_a_quarter_of_an_hour_back_and_no_further(path: Path) -> None:
    for panel in panels(read(path)):
        of_rounds = any("linkledger_round" in text_of(one) for one in panel["targets"])
        if of_rounds and (panel["type"] == "stat" or panel["title"] == "Probes that don't say up"):
            assert panel["timeFrom"] == "15m", panel["title"]


def test_linkledger_s_own_dashboard_is_chosen_by_job_and_instance() -> None:
    (path,) = [one for one in dashboards("promql") if one.stem == "itself"]
    board = read(path)
    variables = {one["name"]: one for one in board["templating"]["list"]}
    for name in ("job", "instance"):
        assert variables[name]["allValue"] == ".+"
        assert variables[name]["multi"] is True
    for panel in panels(board):
        for target in panel["targets"]:
            selectors = re.findall(r"\w\{([^}]*)\}", target["expr"])
            assert selectors
            assert all('job=~"$job",instance=~"$instance"' in one for one in selectors)


@pytest.mark.parametrize("word", ["localhost", "http://", "/d/linkledger-overview"])
def test_nothing_of_one_installation_stands_in_a_dashboard(word: str) -> None:
    assert [path for path in dashboards() if word in path.read_text()] == []
