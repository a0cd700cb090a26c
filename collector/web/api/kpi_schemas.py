"""What the API answers of key figures, as JSON Schema."""

from __future__ import annotations

from collector.web.api.schemas import ANYTHING, NUMBER, TEXT, TIME, WHOLE, Schema, many, maybe, obj

RATING: Schema = {"type": "string", "enum": ["good", "off target", "warning", "critical", "unknown"]}
RATED = obj(
    kpi=TEXT,
    of=TEXT,
    value=maybe(NUMBER),
    unit=TEXT,
    rating=RATING,
    threshold=maybe(NUMBER),
    target_value=maybe(NUMBER),
    since=maybe(TIME),
    circuits=WHOLE,
    sentence=TEXT,
    beside=maybe(TEXT),
)
KPI = obj(
    kpi=TEXT,
    name=TEXT,
    owner=maybe(TEXT),
    level=maybe(TEXT),
    serves=maybe(TEXT),
    review=maybe(TEXT),
    definition=TEXT,
    measure=TEXT,
    formula=TEXT,
    statistic=maybe(TEXT),
    target=maybe(TEXT),
    warning=maybe(TEXT),
    critical=maybe(TEXT),
    over=TEXT,
    value=maybe(NUMBER),
    unit=TEXT,
    rating=RATING,
    threshold=maybe(NUMBER),
    target_value=maybe(NUMBER),
    since=maybe(TIME),
    circuits=WHOLE,
    sentence=TEXT,
    beside=maybe(TEXT),
    ratings={"type": "object", "additionalProperties": WHOLE},
    circuits_unmeasured=WHOLE,
    benchmark=maybe(obj(key=TEXT, bound=TEXT, source=TEXT, words=TEXT)),
    history=many(obj(at=TIME, value=maybe(NUMBER))),
    each=many(RATED),
    versions=many(ANYTHING),
)
KPI_YEAR = obj(
    kpi=TEXT,
    name=TEXT,
    year=WHOLE,
    owner=maybe(TEXT),
    level=maybe(TEXT),
    verdict={
        "type": "string",
        "enum": ["useful", "never moved", "never warned", "always warned", "not enough data"],
    },
    sentence=TEXT,
    lacking=many(TEXT),
    months=many(obj(month=TEXT, value=maybe(NUMBER), rating=RATING, circuits_warned=WHOLE)),
)
