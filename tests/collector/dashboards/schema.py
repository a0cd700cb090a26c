"""Grafana's classic dashboard as far as we use it, strictly: an unknown key or a wrong type is an error.

Read off Grafana's own model (kinds/dashboard, schema 39 to 41) by hand; Grafana itself ignores what it
does not know, so that a slip of the pen would show as a panel that looks wrong, and nowhere else.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

Text = Annotated[str, Field(min_length=1)]


class Strict(BaseModel):
    """Knows its keys."""

    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel)


class Source(Strict):
    type: Literal["prometheus", "influxdb"]
    uid: Literal["${datasource}"]


class Place(Strict):
    h: Annotated[int, Field(ge=1)]
    w: Annotated[int, Field(ge=1, le=24)]
    x: Annotated[int, Field(ge=0, le=23)]
    y: Annotated[int, Field(ge=0)]


class DataLink(Strict):
    title: Text
    url: Text
    target_blank: bool


class Step(Strict):
    color: Text
    value: float | int | None


class Thresholds(Strict):
    mode: Literal["absolute"]
    steps: Annotated[list[Step], Field(min_length=1)]


class Word(Strict):
    text: Text
    index: int
    color: str | None = None


class Mapping(Strict):
    type: Literal["value"]
    options: dict[str, Word]


class Colour(Strict):
    mode: Literal["thresholds", "palette-classic"]


class Defaults(Strict):
    unit: Text
    no_value: str
    mappings: list[Mapping]
    thresholds: Thresholds
    color: Colour
    custom: dict[str, Any]
    decimals: int | None = None
    min: float | int | None = None
    max: float | int | None = None
    links: list[DataLink] = []


class Matcher(Strict):
    id: Literal["byName"]
    options: Text


class Property(Strict):
    id: Literal[
        "unit",
        "decimals",
        "mappings",
        "thresholds",
        "custom.cellOptions",
        "custom.lineStyle",
        "color",
        "links",
    ]
    value: Any


class Override(Strict):
    matcher: Matcher
    properties: Annotated[list[Property], Field(min_length=1)]


class FieldConfig(Strict):
    defaults: Defaults
    overrides: list[Override]


class PromqlTarget(Strict):
    ref_id: Text
    datasource: Source
    expr: Text
    legend_format: Text
    format: Literal["time_series", "table", "heatmap"]
    instant: bool
    range: bool
    editor_mode: Literal["code"]


class InfluxqlTarget(Strict):
    ref_id: Text
    datasource: Source
    query: Text
    raw_query: Literal[True]
    result_format: Literal["time_series", "table"]
    alias: str


class Transformation(Strict):
    id: Literal["merge", "organize", "groupingToMatrix"]
    options: dict[str, Any]


class Heading(Strict):
    id: int
    type: Literal["row"]
    title: Text
    collapsed: Literal[False]
    grid_pos: Place
    panels: list[Any]


class Panel(Strict):
    id: int
    type: Literal["stat", "timeseries", "table", "state-timeline", "heatmap", "bargauge"]
    title: Text
    description: Text
    datasource: Source
    grid_pos: Place
    targets: Annotated[list[PromqlTarget | InfluxqlTarget], Field(min_length=1)]
    field_config: FieldConfig
    options: dict[str, Any]
    transformations: list[Transformation]
    time_from: str | None = None
    hide_time_override: bool | None = None
    interval: str | None = None


class DatasourceVariable(Strict):
    name: Literal["datasource"]
    label: Literal["Data source"]
    type: Literal["datasource"]
    query: Literal["prometheus", "influxdb"]
    regex: str
    multi: Literal[False]
    include_all: Literal[False]
    hide: Literal[0]
    current: dict[str, Any]


class PromqlAsked(Strict):
    query: Text
    ref_id: Text


class QueryVariable(Strict):
    name: Text
    label: Text
    type: Literal["query"]
    datasource: Source
    query: PromqlAsked | str
    definition: Text
    regex: str
    multi: bool
    include_all: bool
    hide: Literal[0]
    refresh: Literal[2]
    sort: Literal[1]
    current: dict[str, Any]
    all_value: str | None = None


class Variables(Strict):
    list: list[DatasourceVariable | QueryVariable]


class InfluxqlMark(Strict):
    ref_id: Text
    raw_query: Literal[True]
    from_annotations: Literal[True]
    query: Text
    text_column: Text
    tags_column: Text


class Annotation(Strict):
    name: Text
    datasource: Source
    enable: bool
    hide: bool
    icon_color: Text
    expr: str | None = None
    step: str | None = None
    title_format: str | None = None
    text_format: str | None = None
    tag_keys: str | None = None
    use_value_for_time: bool | None = None
    target: InfluxqlMark | None = None


class Annotations(Strict):
    list: list[Annotation]


class BoardLink(Strict):
    type: Literal["dashboards", "link"]
    title: Text
    as_dropdown: bool = False
    tags: list[str] = []
    url: str | None = None
    icon: str | None = None
    tooltip: str | None = None
    include_vars: bool
    keep_time: bool
    target_blank: bool


class Shown(Strict):
    from_: Annotated[str, Field(alias="from")]
    to: Literal["now"]


class Dashboard(Strict):
    uid: Annotated[str, Field(pattern=r"^[a-z-]{1,40}$")]
    title: Text
    description: Text
    tags: list[str]
    schema_version: Annotated[int, Field(ge=39, le=41)]
    version: int
    editable: Literal[False]
    graph_tooltip: Literal[0, 1, 2]
    refresh: Text
    timezone: Literal["browser"]
    time: Shown
    links: list[BoardLink]
    annotations: Annotations
    templating: Variables
    panels: list[Heading | Panel]
