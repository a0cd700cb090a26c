"""JSON Schema of a review's pack, as /api/v1/review and `review --json` give it. Pure."""

from __future__ import annotations

from collector.web.api.schemas import ANYTHING, FLAG, TEXT, TIME, many, maybe, obj

REVIEW = obj(
    format=TEXT,
    version={"type": "integer"},
    made_up=FLAG,
    site=TEXT,
    carrier=maybe(TEXT),
    rhythm={"type": "string", "enum": ["daily", "weekly", "monthly", "quarterly", "yearly", "once"]},
    period={
        **obj("label", "from", "to", "timezone", "closed", "as_of", "before", "before_known"),
        "properties": {
            **dict.fromkeys(("label", "timezone", "before"), TEXT),
            **dict.fromkeys(("from", "to", "as_of"), TIME),
            **dict.fromkeys(("closed", "before_known"), FLAG),
        },
    },
    headline=many(TEXT),
    **{
        name: many(ANYTHING)
        for name in (
            *("scorecard", "gaps", "goals", "actions", "recommendations", "anomalies", "forecasts"),
            *("kpis", "kpi_years"),
            *("downtime", "breaches", "claims", "terms", "feedback", "satisfaction", "practices", "held"),
        )
    },
    **{name: many(TEXT) for name in ("changed", "thanks", "missing")},
    returned=maybe(ANYTHING),
    process=maybe(ANYTHING),
)
