"""A dashboard as Grafana reads it: classic JSON, schema 39 (file provisioning refuses the newer form)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from collector.dashboards.model import (
    Annotation,
    Column,
    Dashboard,
    Kind,
    Language,
    Link,
    Panel,
    Query,
    Row,
    Step,
    Variable,
    Word,
)

SCHEMA = 39
WIDTH = 24
SOURCE = "datasource"
"""The variable that every panel takes its data from."""
NOW: frozenset[Kind] = frozenset({"stat", "bargauge", "table"})
"""What shows one moment: asked of that moment alone, for the last value of a chart may be hours old."""
PLUGIN: Mapping[Language, str] = {"promql": "prometheus", "influxql": "influxdb"}
Json = dict[str, Any]


def as_json(board: Dashboard) -> Json:
    """All of it, in the order in which Grafana's own export has it."""
    source = {"type": PLUGIN[board.language], "uid": f"${{{SOURCE}}}"}
    return {
        "uid": board.uid,
        "title": board.title,
        "description": board.description,
        "tags": ["linkledger", board.language],
        "schemaVersion": SCHEMA,
        "version": 1,
        "editable": False,
        "graphTooltip": 1,
        "refresh": board.refresh,
        "timezone": "browser",
        "time": {"from": board.begin, "to": "now"},
        "links": [_others(board), *(_board_link(one) for one in board.links)],
        "annotations": {"list": [_annotation(one, source, board.language) for one in board.annotations]},
        "templating": {
            "list": [_sources(board.language), *(_variable(one, source, board) for one in board.variables)]
        },
        "panels": list(_laid_out(board, source)),
    }


def _others(board: Dashboard) -> Json:
    return {
        "type": "dashboards",
        "title": "linkledger",
        "tags": ["linkledger", board.language],
        "asDropdown": False,
        "includeVars": True,
        "keepTime": True,
        "targetBlank": False,
    }


def _board_link(link: Link) -> Json:
    return {
        "type": "link",
        "title": link.title,
        "url": link.url,
        "icon": "external link",
        "tooltip": link.title,
        "includeVars": False,
        "keepTime": False,
        "targetBlank": link.new_tab,
    }


def _annotation(one: Annotation, source: Json, language: Language) -> Json:
    common = {"name": one.name, "datasource": source, "enable": True, "hide": False, "iconColor": one.colour}
    if language == "promql":
        asked = {"expr": one.query, "step": "60s", "titleFormat": one.title, "textFormat": "", "tagKeys": ""}
        return {**common, **asked, "useValueForTime": False}
    text, tags = one.texts
    # where `target` is missing, Grafana takes the query for a panel's and doesn't know text from tags
    target = {
        "refId": "Anno",
        "rawQuery": True,
        "fromAnnotations": True,
        "query": one.query,
        "textColumn": text,
        "tagsColumn": tags,
    }
    return {**common, "target": target}


def _sources(language: Language) -> Json:
    return {
        "name": SOURCE,
        "label": "Data source",
        "type": "datasource",
        "query": PLUGIN[language],
        "regex": "",
        "multi": False,
        "includeAll": False,
        "hide": 0,
        "current": {},
    }


def _variable(one: Variable, source: Json, board: Dashboard) -> Json:
    asked: object = {"query": one.query, "refId": one.name} if board.language == "promql" else one.query
    everything: Json = {"allValue": one.every, "current": {"text": ["All"], "value": ["$__all"]}}
    return {
        "name": one.name,
        "label": one.label,
        "type": "query",
        "datasource": source,
        "query": asked,
        "definition": one.query,
        "regex": one.pattern,
        "multi": one.several,
        "includeAll": one.several,
        "hide": 0,
        "refresh": 2,
        "sort": 1,
        **(everything if one.several else {"current": {}}),
    }


def _laid_out(board: Dashboard, source: Json) -> Iterator[Json]:
    """Headings and panels with their ids and places."""
    number, y = 0, 0
    for row in board.rows:
        number += 1
        yield _heading(row, number, y)
        x, y, deepest = 0, y + 1, 0
        for panel in row.panels:
            number += 1
            if x + panel.width > WIDTH:
                x, y, deepest = 0, y + deepest, 0
            place = {"h": panel.height, "w": panel.width, "x": x, "y": y}
            yield _panel(panel, number, place, source, board.language)
            x, deepest = x + panel.width, max(deepest, panel.height)
        y += deepest


def _heading(row: Row, number: int, y: int) -> Json:
    place = {"h": 1, "w": WIDTH, "x": 0, "y": y}
    return {
        "id": number,
        "type": "row",
        "title": row.title,
        "collapsed": False,
        "gridPos": place,
        "panels": [],
    }


def _panel(panel: Panel, number: int, place: Json, source: Json, language: Language) -> Json:
    more: Json = {"timeFrom": panel.last, "hideTimeOverride": False} if panel.last else {}
    if panel.interval:
        more["interval"] = panel.interval
    now = panel.kind in NOW
    targets = [
        _target(ref, query, source, language, now=now)
        for ref, query in zip("ABCDEFGH", panel.queries, strict=False)
    ]
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.description,
        "datasource": source,
        "gridPos": place,
        **more,
        "targets": targets,
        "fieldConfig": {
            "defaults": _defaults(panel),
            "overrides": [_override(one) for one in panel.columns if _says(one)],
        },
        "options": _options(panel),
        "transformations": _transformations(panel),
    }


def _target(ref: str, query: Query, source: Json, language: Language, *, now: bool) -> Json:
    common = {"refId": ref, "datasource": source}
    if language == "influxql":
        form = "table" if query.form == "table" else "time_series"
        return {**common, "query": query.text, "rawQuery": True, "resultFormat": form, "alias": query.legend}
    form = {"series": "time_series", "table": "table", "heatmap": "heatmap"}[query.form]
    legend = query.legend or "__auto"
    if query.form == "heatmap":
        legend = "{{le}}"
    return {
        **common,
        "expr": query.text,
        "legendFormat": legend,
        "format": form,
        "instant": now,
        "range": not now,
        "editorMode": "code",
    }


def _defaults(panel: Panel) -> Json:
    found: Json = {"unit": panel.unit, "noValue": panel.nothing, "mappings": _mappings(panel.words)}
    optional = {"decimals": panel.decimals, "min": panel.low, "max": panel.high}
    found |= {name: value for name, value in optional.items() if value is not None}
    found["thresholds"] = _thresholds(panel.steps or (Step(None, "text"),))
    found["color"] = {"mode": "thresholds" if panel.steps or panel.words else "palette-classic"}
    if panel.links:
        found["links"] = [_data_link(one) for one in panel.links]
    return found | {"custom": _custom(panel)}


def _custom(panel: Panel) -> Json:
    if panel.kind == "timeseries":
        return {
            "drawStyle": "line",
            "lineWidth": 1,
            "fillOpacity": 30 if panel.stacked else 0,
            "showPoints": "auto",
            "spanNulls": False,
            "stacking": {"mode": "normal" if panel.stacked else "none", "group": "A"},
        }
    if panel.kind == "state-timeline":
        return {"fillOpacity": 80, "lineWidth": 0, "spanNulls": False}
    if panel.kind == "table":
        return {
            "align": "auto",
            "filterable": not panel.matrix,
            "cellOptions": {"type": "color-text" if panel.words or panel.steps else "auto"},
        }
    return {}


def _options(panel: Panel) -> Json:
    reduced = {"calcs": ["lastNotNull"], "fields": "", "values": False}
    legend = {"showLegend": True, "displayMode": "list", "placement": "bottom", "calcs": []}
    table = {
        "showLegend": True,
        "displayMode": "table",
        "placement": "bottom",
        "calcs": ["lastNotNull", "max"],
    }
    match panel.kind:
        case "stat":
            look: Json = {
                "graphMode": "none",
                "colorMode": "value",
                "textMode": "auto",
                "justifyMode": "center",
            }
            return {"reduceOptions": reduced, "orientation": "auto", **look}
        case "bargauge":
            look = {"displayMode": "basic", "orientation": "horizontal", "showUnfilled": True}
            return {"reduceOptions": reduced, "valueMode": "text", "namePlacement": "left", **look}
        case "timeseries":
            return {"legend": table, "tooltip": {"mode": "multi", "sort": "desc"}}
        case "state-timeline":
            look = {"mergeValues": True, "showValue": "auto", "alignValue": "left", "rowHeight": 0.8}
            return {"legend": legend, "tooltip": {"mode": "single", "sort": "none"}, **look}
        case "heatmap":
            return _heatmap(panel)
        case "table":
            order = [{"displayName": panel.sort[0], "desc": panel.sort[1]}] if panel.sort else []
            return {"showHeader": True, "cellHeight": "sm", "sortBy": order}


def _heatmap(panel: Panel) -> Json:
    return {
        "calculate": False,
        "yAxis": {"unit": panel.unit, "axisPlacement": "left"},
        "color": {"mode": "scheme", "scheme": "Oranges", "steps": 64, "exponent": 0.5},
        "cellGap": 1,
        "filterValues": {"le": 1e-9},
        "rowsFrame": {"layout": "auto"},
        "legend": {"show": True},
        "tooltip": {"mode": "single", "yHistogram": False},
    }


def _transformations(panel: Panel) -> list[Json]:
    """Several answers become one table; the columns stand in our order and under our titles."""
    if panel.kind != "table":
        return []
    if panel.matrix:
        row, column, cell = panel.matrix
        options = {"rowField": row, "columnField": column, "valueField": cell, "emptyValue": "null"}
        return [{"id": "groupingToMatrix", "options": options}]
    merged = [{"id": "merge", "options": {}}] if len(panel.queries) > 1 else []
    order = {one.name: place for place, one in enumerate(panel.columns)}
    titles = {one.name: one.title for one in panel.columns if one.title}
    hidden = {one.name: True for one in panel.columns if one.hidden}
    organised = {"indexByName": order, "renameByName": titles, "excludeByName": hidden}
    return [*merged, {"id": "organize", "options": organised}]


def _says(column: Column) -> bool:
    return bool(
        column.unit
        or column.words
        or column.steps
        or column.links
        or column.dashed
        or column.decimals is not None
    )


def _override(column: Column) -> Json:
    """Matched by the shown title: fields are renamed before they are drawn."""
    made: list[tuple[str, object]] = []
    if column.unit:
        made.append(("unit", column.unit))
    if column.decimals is not None:
        made.append(("decimals", column.decimals))
    if column.words:
        made.append(("mappings", _mappings(column.words)))
    if column.steps:
        made.append(("thresholds", _thresholds(column.steps)))
    if column.steps or any(word.colour for word in column.words):
        made.append(("custom.cellOptions", {"type": "color-text"}))
    if column.dashed:
        made.append(("custom.lineStyle", {"fill": "dash", "dash": [8, 6]}))
        made.append(("color", {"mode": "fixed", "fixedColor": "red"}))
    if column.links:
        made.append(("links", [_data_link(one) for one in column.links]))
    matcher = {"id": "byName", "options": column.title or column.name}
    return {"matcher": matcher, "properties": [{"id": name, "value": value} for name, value in made]}


def _mappings(words: Sequence[Word]) -> list[Json]:
    if not words:
        return []
    options = {
        word.value: {"text": word.text, "index": index, **({"color": word.colour} if word.colour else {})}
        for index, word in enumerate(words)
    }
    return [{"type": "value", "options": options}]


def _thresholds(steps: Sequence[Step]) -> Json:
    return {"mode": "absolute", "steps": [{"color": step.colour, "value": step.at} for step in steps]}


def _data_link(link: Link) -> Json:
    return {"title": link.title, "url": link.url, "targetBlank": link.new_tab}
