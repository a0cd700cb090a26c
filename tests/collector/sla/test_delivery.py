"""Business days from the day on which a circuit was due."""

from __future__ import annotations

from datetime import date

import pytest

from collector.sla.rules import CircuitFacts
from tests.collector.sla.cases import LATE, a_case, judged, told

DELIVERY = {"metric": "delivery", "target": "<= 0bd"}
APRIL_2 = date(2026, 4, 2)  # a Thursday


@pytest.mark.parametrize(
    ("due", "delivered", "now", "figure", "verdict", "certain"),
    [
        (APRIL_2, APRIL_2, LATE, 0, "met", True),
        (APRIL_2, date(2026, 4, 1), LATE, 0, "met", True),
        (APRIL_2, date(2026, 4, 3), LATE, 1, "breached", True),
        (APRIL_2, date(2026, 4, 6), LATE, 1, "breached", True),
        (APRIL_2, date(2026, 4, 7), LATE, 2, "breached", True),
        (date(2026, 3, 31), date(2026, 4, 1), LATE, 1, "breached", True),
        (APRIL_2, date(2026, 5, 1), LATE, None, "met", True),
        (APRIL_2, None, LATE, None, "met", True),
        (APRIL_2, None, "2026-05-01T00:00:00.001Z", None, "met", True),
        (APRIL_2, None, "2026-05-01T00:00:00Z", 19, "breached", True),
        (APRIL_2, date(2026, 5, 1), "2026-05-01T00:00:00Z", None, "met", True),
        (date(2026, 5, 4), None, "2026-05-01T00:00:00Z", 0, "met", True),
        (APRIL_2, None, "2026-04-02T23:59:59Z", 0, "met", False),
        (APRIL_2, None, "2026-04-05T12:00:00Z", 1, "breached", True),
        (APRIL_2, date(2026, 4, 9), "2026-04-02T12:00:00Z", 0, "met", False),
        (None, APRIL_2, LATE, None, "met", True),
    ],
)
def test_a_delivery_is_judged_in_the_period_that_holds_it(
    due: date | None, delivered: date | None, now: str, figure: int | None, verdict: str, certain: bool
) -> None:
    facts = CircuitFacts("x-1", "UTC", due=due, delivered=delivered)
    one = judged(
        DELIVERY,
        a_case(facts=facts, now=now, holidays=["2026-04-06"]),
    )
    assert told(one, "measured", "verdict", "unit") == (figure, verdict, "bd")
    if now == LATE or one.measured is not None:
        assert one.certain is certain


def test_a_later_target_leaves_room() -> None:
    facts = CircuitFacts("x-1", "UTC", due=APRIL_2, delivered=date(2026, 4, 8))
    assert judged(DELIVERY | {"target": "<= 4bd"}, a_case(facts=facts)).verdict == "met"
    assert judged(DELIVERY | {"target": "< 4bd"}, a_case(facts=facts)).verdict == "breached"
