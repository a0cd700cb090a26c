"""Made notices, for tests of who is told."""

from __future__ import annotations

from typing import Any

from collector.notices.notice import About, BreachFacts, Event, Notice, OutageFacts
from tests.clock import START_WALL_NS

NOW_MS = START_WALL_NS // 1_000_000
"""2026-01-01T00:00:00Z."""
SECOND, MINUTE = 1_000, 60_000


def about(circuit: str = "lon-acme", **more: Any) -> About:  # noqa: ANN401
    """A circuit in London."""
    facts = {
        "site": "lon-01",
        "timezone": "Europe/London",
        "carrier": "acme",
        "carrier_name": "Acme Telecom",
        "carrier_id": "IZXX/123456/LON",
        "account": "4711",
        "phone": "+44 20 7946 0000",
        "ruled_out": "our own network: our reference 10.0.0.1 answered",
    }
    return About(circuit=circuit, **{**facts, **more})


def began(circuit: str = "lon-acme", at_ms: int = NOW_MS, number: int = 0, **more: Any) -> Notice:  # noqa: ANN401
    """An outage began half a minute before it is told."""
    facts = OutageFacts(at_ms - 30 * SECOND, "timeout: 10 of 10 unanswered within 2s", **more)
    return Notice(Event.OUTAGE_START, at_ms, about(circuit), facts, number=number)


def ended(circuit: str = "lon-acme", at_ms: int = NOW_MS + MINUTE, number: int = 0) -> Notice:
    """The same outage is over after 80 s."""
    facts = OutageFacts(
        NOW_MS - 30 * SECOND,
        "timeout: 10 of 10 unanswered within 2s",
        end_ms=NOW_MS + 50 * SECOND,
        down_ms=80 * SECOND,
        after="up again",
    )
    return Notice(Event.OUTAGE_END, at_ms, about(circuit), facts, number=number)


def breached(circuit: str = "lon-acme", period: str = "2026-01", number: int = 0) -> Notice:
    """An availability that is no longer what was promised."""
    facts = BreachFacts("gold", period, "availability", ">= 99.95%", "99.900000%", "4.1", final=False)
    return Notice(Event.BREACH, NOW_MS, about(circuit), facts, number=number)
