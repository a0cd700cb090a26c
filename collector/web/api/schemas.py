"""JSON Schema (2020-12) of what the API answers. Pure."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]


def obj(*required: str, **properties: Schema) -> Schema:
    """An object; all that is named is there, and later versions may add to it."""
    return {"type": "object", "required": list(required or properties), "properties": properties}


def many(items: Schema) -> Schema:
    """A list."""
    return {"type": "array", "items": items}


def maybe(schema: Schema) -> Schema:
    """The same or null: what isn't known."""
    return {**schema, "type": [schema["type"], "null"]}


def page(items: Schema) -> Schema:
    """A piece of a list; `next` is null on the last one."""
    return obj(items=many(items), next=maybe(TEXT))


TEXT: Schema = {"type": "string"}
TIME: Schema = {"type": "string", "format": "date-time"}
NUMBER: Schema = {"type": "number"}
WHOLE: Schema = {"type": "integer"}
FLAG: Schema = {"type": "boolean"}
DECIMAL: Schema = {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"}
"""What decides anything (percentages, money) is text, so that no reader rounds it."""
ANYTHING: Schema = {"type": "object"}
STATUS: Schema = {"type": "string", "enum": ["up", "down", "unknown"]}

FIGURE = obj(
    circuit=TEXT,
    contract=TEXT,
    objective=TEXT,
    metric=TEXT,
    measured=maybe(NUMBER),
    target=maybe(NUMBER),
    violated=maybe(FLAG),
    budget_remaining_seconds=maybe(NUMBER),
)
CIRCUIT = obj(
    *(
        "circuit",
        "status",
        "since",
        "cause",
        "site",
        "carrier",
        "carrier_id",
        "service",
        "contract",
        "figures",
    ),
    circuit=TEXT,
    status={"enum": ["up", "down", "unknown", None]},
    since=maybe(TIME),
    cause=maybe(TEXT),
    provisional=FLAG,
    common_cause=FLAG,
    outage_open=FLAG,
    outage_ticketed=maybe(FLAG),
    site=TEXT,
    carrier=maybe(TEXT),
    carrier_id=maybe(TEXT),
    service=maybe(TEXT),
    contract=maybe(TEXT),
    figures=many(FIGURE),
)
LAST_ROUND = obj(at=TIME, sent=WHOLE, received=WHOLE, rtt_mean_seconds=maybe(NUMBER), reason=TEXT)
PROBE = obj(probe=TEXT, kind=TEXT, target=TEXT, last=maybe(LAST_ROUND))
ONE_CIRCUIT = obj(*(*CIRCUIT["required"], "probes"), **{**CIRCUIT["properties"], "probes": many(PROBE)})
OUTPUT = obj(output=TEXT, state=TEXT, lag=WHOLE, last_success=maybe(TIME), failure=maybe(TEXT))
STATUS_NOW = obj(
    at=TIME,
    site=TEXT,
    ready=FLAG,
    reasons=many(TEXT),
    made_up=FLAG,
    counts=obj(up=WHOLE, down=WHOLE, unknown=WHOLE),
    outputs=many(OUTPUT),
    claims=many(ANYTHING),
)
BAND: Schema = {
    "type": "array",
    "description": "from, to (seconds since the Unix epoch), kind such as outage, label",
    "prefixItems": [NUMBER, NUMBER, TEXT, TEXT],
    "minItems": 4,
    "maxItems": 4,
}
NEAR = obj(
    kind={"type": "string", "enum": ["outage", "maintenance", "restart", "route"]},
    **{"from": TIME, "to": maybe(TIME)},
    how={"type": "string", "enum": ["during", "at", "end", "after", "before"]},
    apart_seconds=WHOLE,
    label=maybe(TEXT),
)
ANOMALY = obj(
    circuit=TEXT,
    metric={"type": "string", "enum": ["rtt", "loss", "jitter", "utilisation"]},
    kind={"type": "string", "enum": ["shift", "excursion"]},
    **{"from": TIME, "to": maybe(TIME)},
    before=NUMBER,
    after=NUMBER,
    worse=FLAG,
    score=NUMBER,
    known=TIME,
    sentence=TEXT,
    near=many(NEAR),
)
USUAL = obj(
    "problem",
    problem=maybe(TEXT),
    low=many(maybe(NUMBER)),
    middle=many(maybe(NUMBER)),
    high=many(maybe(NUMBER)),
)
"""Where the RTT usually lies at each point, by the 28 days before; or why that isn't known."""
SERIES = obj(
    *("circuit", "metric", "unit", "from", "to", "step_seconds", "at"),
    circuit=TEXT,
    metric=TEXT,
    unit=TEXT,
    **{"from": {"type": ["number", "string"]}, "to": {"type": ["number", "string"]}},
    step_seconds=NUMBER,
    at=many(NUMBER),
    bands=many(BAND),
    usual=USUAL,
    anomalies=many(ANOMALY),
)
ROUND = obj(
    at=TIME,
    circuit=TEXT,
    carrier=TEXT,
    site=TEXT,
    probe=TEXT,
    kind=TEXT,
    every_seconds=NUMBER,
    sent=WHOLE,
    received=WHOLE,
    rtt_seconds=many(maybe(NUMBER)),
    reason=TEXT,
    detail=maybe(TEXT),
)
OUTAGE = obj(
    circuit=TEXT,
    carrier=TEXT,
    site=TEXT,
    **{"from": TIME, "to": maybe(TIME)},
    seconds=maybe(NUMBER),
    cause=TEXT,
    common_cause=FLAG,
)
STATEMENT = obj(
    *("circuit", "circuits", "contract", "carrier", "period", "seconds", "outages", "objectives", "credit"),
    circuit=TEXT,
    circuits=many(TEXT),
    contract=TEXT,
    carrier=TEXT,
    revision=maybe(WHOLE),
    period=obj(label=TEXT, **{"from": TIME, "to": TIME}, timezone=TEXT, closed=FLAG),
    seconds=ANYTHING,
    outages=many(ANYTHING),
    objectives=many(ANYTHING),
    credit=ANYTHING,
)
MONEY: Schema = {"type": "object", "additionalProperties": DECIMAL}
TREND = many(obj(quarter=TEXT, value=maybe(NUMBER)))
INTERVAL = maybe({"type": "array", "items": NUMBER, "minItems": 2, "maxItems": 2})
CARD = obj(
    carrier=TEXT,
    service=maybe(TEXT),
    period=TEXT,
    circuits=many(TEXT),
    compared=many(TEXT),
    score=maybe(NUMBER),
    score_interval=INTERVAL,
    score_trend=TREND,
    rank=maybe(WHOLE),
    rank_shared=FLAG,
    of=WHOLE,
    tier=maybe(TEXT),
    tier_reason=TEXT,
    figures=many(
        obj(
            name=TEXT,
            unit=TEXT,
            value=maybe(NUMBER),
            interval=INTERVAL,
            peers_median=maybe(NUMBER),
            best=maybe(NUMBER),
            circuits=WHOLE,
            higher_is_better=FLAG,
            points=maybe(NUMBER),
            weight=WHOLE,
            trend=TREND,
        )
    ),
    due=MONEY,
    claimed=MONEY,
    received=MONEY,
    days_to_credit=maybe(NUMBER),
    fairness=many(TEXT),
    availability=maybe(DECIMAL),
    contractual_availability=maybe(DECIMAL),
    seconds=ANYTHING,
    outages=WHOLE,
    mean_repair_seconds=maybe(WHOLE),
    breached=many(TEXT),
    insufficient_data=many(TEXT),
    credits=MONEY,
    claimable=MONEY,
)
CLAIM = obj(
    *("circuit", "circuits", "carrier", "contract", "period", "state", "open", "claimable", "owed"),
    circuit=TEXT,
    circuits=many(TEXT),
    carrier=TEXT,
    contract=TEXT,
    period=TEXT,
    state=TEXT,
    open=FLAG,
    currency=maybe(TEXT),
    claimable=maybe(DECIMAL),
    owed=maybe(DECIMAL),
    lapses=maybe(TIME),
)
RECOMMENDATION = obj(
    key=TEXT,
    rule=TEXT,
    urgency={"type": "string", "enum": ["now", "soon", "plan"]},
    carrier=maybe(TEXT),
    circuits=many(TEXT),
    text=TEXT,
    reason=TEXT,
    evidence=many(TEXT),
    until={"type": ["string", "null"], "format": "date"},
    amount=maybe(DECIMAL),
    currency=maybe(TEXT),
    link=maybe(TEXT),
    dismissed_by=maybe(TEXT),
    dismissed_why=maybe(TEXT),
)
RETURNED = obj(
    due=DECIMAL,
    claimed=DECIMAL,
    received=DECIMAL,
    waiting=DECIMAL,
    refused=DECIMAL,
    lapsed=DECIMAL,
    open=DECIMAL,
    claims=WHOLE,
    days=maybe(WHOLE),
)
RECOMMENDED = obj(
    items=many(RECOMMENDATION),
    next=maybe(TEXT),
    returned={
        "type": "object",
        "description": "by currency, of the periods that ended in the time, or in the last 365 days",
        "additionalProperties": RETURNED,
    },
)
NOTE = obj(
    note=WHOLE,
    at=TIME,
    author=TEXT,
    kind=TEXT,
    body={},
    withdraws=maybe(WHOLE),
    withdrawn_by=maybe(WHOLE),
    says=TEXT,
)
NEW_NOTE: Schema = {
    "type": "object",
    "required": ["kind"],
    "properties": {
        "kind": TEXT,
        "external_id": {**TEXT, "description": "its id in another system: a repeat of it writes nothing"},
        "reason": TEXT,
        "replaces": {**WHOLE, "description": "the note that is taken back with it"},
    },
    "additionalProperties": True,
}
PROBLEM = obj(
    "title",
    "status",
    type=TEXT,
    title=TEXT,
    status=WHOLE,
    detail=TEXT,
    errors=many(obj(parameter=TEXT, problem=TEXT)),
)
BACKTEST = obj(
    tried=WHOLE,
    horizon_days=WHOLE,
    error=NUMBER,
    unit=TEXT,
    hits=WHOLE,
    brier=maybe(NUMBER),
    at_risk=maybe(WHOLE),
)
DATE: Schema = {"type": "string", "format": "date"}
LACKING = obj(kind={"const": "not_enough"}, have=WHOLE, need=WHOLE, what=TEXT, about=TEXT, sentence=TEXT)
BUDGET_FORECAST = obj(
    kind={"const": "budget"},
    circuit=TEXT,
    contract=TEXT,
    objective=TEXT,
    period=TEXT,
    budget_seconds=WHOLE,
    left_seconds=WHOLE,
    spent=FLAG,
    chance=NUMBER,
    likely=maybe(DATE),
    earliest=maybe(DATE),
    latest=maybe(DATE),
    backtest=maybe(BACKTEST),
    sentence=TEXT,
    tried=TEXT,
)
CROSSING = obj(
    kind={"const": "crossing"},
    circuit=TEXT,
    metric=TEXT,
    threshold=NUMBER,
    threshold_name=TEXT,
    level=NUMBER,
    a_month=NUMBER,
    growing=FLAG,
    reached=FLAG,
    likely=maybe(DATE),
    earliest=maybe(DATE),
    latest=maybe(DATE),
    backtest=maybe(BACKTEST),
    sentence=TEXT,
    tried=TEXT,
)
TIER_AHEAD = obj(more_seconds=WHOLE, more=TEXT, amount=maybe(DECIMAL), currency=TEXT, reason=TEXT)
CREDITS_AHEAD = obj(
    circuit=TEXT, owed=maybe(DECIMAL), currency=maybe(TEXT), tiers=many(TIER_AHEAD), note=maybe(TEXT)
)
FORECASTS = obj(
    at=TIME,
    budgets=many({"oneOf": [BUDGET_FORECAST, LACKING]}),
    crossings=many({"oneOf": [CROSSING, LACKING]}),
    credits_ahead=many(CREDITS_AHEAD),
)
