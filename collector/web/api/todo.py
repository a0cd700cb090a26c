"""What is to be done, and what doing it returned."""

from __future__ import annotations

from collector.analysis.recommendation import Recommendation
from collector.clerk import Desk
from collector.performance.advice.recommendations import as_json, recommendations
from collector.performance.advice.returned import as_json as money_json
from collector.performance.advice.returned import returned
from collector.sla.calendar import DAY_MS
from collector.web.api.asking import known
from collector.web.api.endpoint import Answer, BadParameter, Given
from collector.web.api.paging import Key, paged

_RANK = {"now": 0, "soon": 1, "plan": 2}
YEAR_MS = 365 * DAY_MS
_NEVER = "9999"


def recommended(desk: Desk, given: Given) -> Answer:
    """Recommendations by urgency, then by their day; dismissed ones name who dismissed them."""
    carrier = known(given, "carrier", desk.settings.carriers)
    from_ms, to_ms = given["from"], given["to"]
    if to_ms is not None and from_ms is None:
        raise BadParameter.one("to", "goes with `from`")
    if from_ms is not None and (to_ms if to_ms is not None else desk.now.wall_ms) <= from_ms:
        raise BadParameter.one("from", "is to be before `to`, or before now")
    found = [
        one for one in recommendations(desk, from_ms=from_ms, to_ms=to_ms) if carrier in (None, one.carrier)
    ]
    until_ms = desk.now.wall_ms if to_ms is None else to_ms
    since_ms = until_ms - YEAR_MS if from_ms is None else from_ms
    told = paged(found, _key, given, as_json)
    return Answer(told | {"returned": money_json(returned(desk, since_ms, until_ms, carrier))})


def _key(one: Recommendation) -> Key:
    return _RANK[one.urgency], one.until.isoformat() if one.until else _NEVER, one.key
