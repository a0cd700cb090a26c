"""The outages that a statement's JSON tells of. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from collector.analysis.months import Down
from collector.sla.calendar import ms_of

Json = Mapping[str, Any]


def span_ms(told: Json) -> tuple[int, int]:
    """A statement's period in UTC milliseconds; of one that runs, what is over of it."""
    period = told["period"]
    ends = [_instant(period[end]) for end in ("to", "as_of") if period.get(end)]
    return _instant(period["from"]), min(ends)


def outages_of(told: Json) -> list[Down]:
    """Each of them, or the piece of it that lies in the period; one that lasts ends with what is over."""
    return [
        Down(
            _instant(one["from"]),
            _instant(one["to"]) if one["to"] else span_ms(told)[1],
            float(one["down_seconds"]),
        )
        for one in told["outages"]
    ]


def _instant(text: str) -> int:
    return ms_of(datetime.fromisoformat(text))
