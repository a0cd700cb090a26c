"""Contracts in a few words, as plain values, for the tests beside this file."""

from __future__ import annotations

from typing import Any


def terms(**changes: object) -> dict[str, Any]:
    """A contract with every required key; `changes` replace keys whole, None takes one out."""
    given: dict[str, Any] = {
        "carrier": "acme",
        "effective": "2020-01-01",
        "timezone": "UTC",
        "currency": "USD",
        "period": "calendar_month",
        "denominator": "elapsed",
        "outage": outage(),
        "unknown": {"policy": "exclude"},
        "objectives": {"availability": {"target": ">= 99.9%"}},
    }
    return {key: value for key, value in (given | changes).items() if value is not None}


def outage(**changes: object) -> dict[str, Any]:
    """The required keys of an outage; None takes one out."""
    given: dict[str, Any] = {
        "down": {"loss_at_least": "100%"},
        "clock": {"start": "measured", "end": "restored"},
        "across_periods": "split",
    }
    return {key: value for key, value in (given | changes).items() if value is not None}
