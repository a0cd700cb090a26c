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
SERIES = obj(
    *("circuit", "metric", "unit", "from", "to", "step_seconds", "at"),
    circuit=TEXT,
    metric=TEXT,
    unit=TEXT,
    **{"from": {"type": ["number", "string"]}, "to": {"type": ["number", "string"]}},
    step_seconds=NUMBER,
    at=many(NUMBER),
    bands=many(BAND),
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
CARD = obj(
    carrier=TEXT,
    service=maybe(TEXT),
    circuits=many(TEXT),
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
