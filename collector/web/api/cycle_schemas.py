"""What goals, actions and contract terms look like in answers."""

from __future__ import annotations

from typing import get_args

from collector.performance.cycle.goals import GoalStanding
from collector.performance.cycle.term_dates import Stage
from collector.web.api.schemas import (
    ANYTHING,
    DATE,
    DECIMAL,
    FLAG,
    MONEY,
    NUMBER,
    TEXT,
    TIME,
    WHOLE,
    Schema,
    many,
    maybe,
    obj,
)

STANDINGS: tuple[str, ...] = get_args(GoalStanding)
ACTION_STATES = ("open", "doing", "done", "dropped", "overdue")
CHANGE = obj(note=WHOLE, at=TIME, author=TEXT, given=ANYTHING, before=ANYTHING, reason=TEXT)
_BOTH: dict[str, Schema] = {
    "number": {**WHOLE, "description": "of its first note: what later notes name it by"},
    "what": TEXT,
    "owner": TEXT,
    "by": DATE,
    "carrier": TEXT,
    "circuits": many(TEXT),
    "metric": TEXT,
    "days_left": {"type": "integer"},
    "changes": many(CHANGE),
}
GOAL = obj(
    **_BOTH,
    target=TEXT,
    agreed=FLAG,
    state={"type": "string", "enum": ["open", "reached", "missed", "dropped"]},
    standing={"type": "string", "enum": list(STANDINGS)},
    value=maybe(NUMBER),
    unit=TEXT,
    measured=TEXT,
    gap=maybe(NUMBER),
)
EFFECT = obj(
    metric=TEXT,
    unit=TEXT,
    before=maybe(NUMBER),
    after=maybe(NUMBER),
    days_before=WHOLE,
    days_after=WHOLE,
    p=maybe(NUMBER),
    verdict={"type": "string", "enum": ["better", "worse", "no more than noise", "not enough data"]},
    sentence=TEXT,
)
ACTION = obj(
    **_BOTH,
    goal=maybe(WHOLE),
    recommendation=TEXT,
    state={"type": "string", "enum": ["open", "doing", "done", "dropped"]},
    overdue=FLAG,
    done=maybe(TIME),
    effect=maybe(EFFECT),
    strip=many({"type": "array", "items": {"type": ["string", "number"]}, "minItems": 2, "maxItems": 2}),
)
TERM = obj(
    circuit=TEXT,
    site=TEXT,
    carrier=TEXT,
    contract=TEXT,
    service=TEXT,
    until=DATE,
    renewed=WHOLE,
    renews=TEXT,
    notice_by=maybe(DATE),
    days_left={"type": "integer"},
    stage={"type": "string", "enum": list(get_args(Stage))},
    decided=TEXT,
    availability=maybe(NUMBER),
    breaches=WHOLE,
    monthly_charge=maybe(DECIMAL),
    currency=TEXT,
    price=maybe(DECIMAL),
    peers_price=maybe(DECIMAL),
    credits=MONEY,
)
