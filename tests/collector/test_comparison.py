"""Carriers side by side: worst circuits, promises, money and tickets beside the scorecards."""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.claiming.book import ClaimNow
from collector.comparison import Compared, Speed, compared, speed
from collector.sla.evidence import Ticket
from tests.collector.web.estate import CIRCUITS
from tests.collector.web.estate import settings as estate_settings

SETTINGS = estate_settings(CIRCUITS)
DAY = 86_400


def objective(metric: str, measured: str | None, verdict: str = "met", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"id": metric, "metric": metric, "measured": measured, "verdict": verdict, "unit": "ms",
            "target": "<= 30ms"} | more  # fmt: skip


def statement(circuit: str = "lon-acme", *objectives: dict[str, Any], **more: Any) -> dict[str, Any]:  # noqa: ANN401
    seconds = {"up": DAY - 600, "down": 600, "unknown": 0, "counted_down": 600, "denominator": DAY}
    return {
        "circuit": circuit,
        "circuits": [circuit],
        "carrier": "acme",
        "coverage": "100.000000",
        "outages": [{"from": "2026-01-02T00:00:00Z", "to": "2026-01-02T00:10:00Z", "down_seconds": 600}],
        "objectives": list(objectives),
        "credit": {"currency": "GBP", "amount": "10.00", "claimable": "10.00"},
        **more,
        "seconds": seconds | more.get("seconds", {}),
    }


def claim(**more: Any) -> ClaimNow:  # noqa: ANN401
    usual = {"carrier": "acme", "circuits": ("lon-acme",), "currency": "GBP", "submitted": Fraction(10),
             "received": Fraction(0)}  # fmt: skip
    return cast("ClaimNow", SimpleNamespace(**(usual | more)))


def one(*statements: dict[str, Any], claims: tuple[ClaimNow, ...] = (), **tickets: Any) -> Compared:  # noqa: ANN401
    (found,) = compared(SETTINGS, statements, claims, {"lon-acme": tuple(tickets.get("tickets", ()))})
    return found


def test_the_worst_circuit_is_named_and_the_coverage_is_a_mean() -> None:
    bad = statement("lon-wave", seconds={"up": DAY - 6_000, "down": 6_000}, coverage="50.000000")
    found = compared(SETTINGS, [statement("lon-acme") | {"circuits": ["lon-wave"]}, bad], [], {})[0]
    assert (found.worst, found.worst_circuit) == (Fraction(DAY - 6_000, DAY), "lon-wave")
    assert found.coverage == Fraction(3, 4)


def test_without_any_known_time_nothing_is_said_of_it() -> None:
    found = one(statement(seconds={"up": 0, "down": 0, "unknown": DAY}, coverage="0.000000"))
    assert (found.worst, found.worst_circuit, found.coverage) == (None, "", Fraction(0))


def test_a_promise_is_a_median_with_its_worst_circuit_and_its_verdicts() -> None:
    rows = [
        statement("lon-acme", objective("rtt", "10.000")) | {"circuit": "a"},
        statement("lon-acme", objective("rtt", "40.000", "breached")) | {"circuit": "b"},
        statement("lon-acme", objective("rtt", None, "insufficient_data")) | {"circuit": "c"},
    ]
    (rtt,) = one(*rows).promises
    assert (rtt.median, rtt.worst, rtt.worst_circuit) == (Fraction(25), Fraction(40), "b")
    assert (rtt.kept, rtt.broken, rtt.undecided, rtt.targets) == (1, 1, 1, ("<= 30ms",))


def test_of_a_score_the_lowest_is_the_worst() -> None:
    rows = [
        statement("lon-acme", objective("mos", value, unit="")) | {"circuit": value}
        for value in ("4.1", "3.2")
    ]
    (mos,) = one(*rows).promises
    assert mos.worst_circuit == "3.2"


@pytest.mark.parametrize("measured", ["infinite", None])
def test_what_is_no_number_is_not_compared_as_one(measured: str | None) -> None:
    (rtt,) = one(statement("lon-acme", objective("rtt", measured, "breached"))).promises
    assert (rtt.median, rtt.worst, rtt.broken) == (None, None, 1)


def test_money_is_summed_within_its_currency_and_of_the_carriers_own_circuits() -> None:
    claims = (
        claim(),
        claim(received=Fraction(4)),
        claim(currency="EUR", submitted=Fraction(7)),
        claim(carrier="bolt"),
        claim(circuits=("lon-bolt",)),
        claim(currency=""),
    )
    found = one(statement(), claims=claims)
    assert found.claimed == {"GBP": 20, "EUR": 7}
    assert found.received == {"GBP": 4}


def ticket(number: str, opened_ms: int, **more: Any) -> Ticket:  # noqa: ANN401
    return Ticket(number, opened_ms, **more)


def test_tickets_speed_is_a_mean_and_a_ticket_of_two_circuits_counts_once() -> None:
    known = [
        ticket("T-1", 0, acknowledged_ms=60_000, closed_ms=600_000),
        ticket("T-1", 0, acknowledged_ms=60_000, closed_ms=600_000),
        ticket("T-2", 0, closed_ms=1_200_000),
    ]
    assert speed(known) == Speed(2, Fraction(60), Fraction(900))
    assert speed([]) == Speed()
    assert one(statement(), tickets=known).speed.tickets == 2


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=9))
def test_a_mean_lies_between_its_ends(closed: list[int]) -> None:
    found = speed([ticket(str(place), 0, closed_ms=at) for place, at in enumerate(closed)]).closed
    assert found is not None
    assert min(closed) <= 1000 * found <= max(closed)
