"""Scorecards: what each carrier delivered of a service."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from collector.scorecards import Scorecard, scorecards
from tests.collector.web.estate import CIRCUITS, circuit, settings

DAY = 86_400
SETTINGS = settings({**CIRCUITS, "lon-more": circuit(service="dia")})


def statement(name: str = "lon-acme", carrier: str = "acme", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """One of a day, all of it up."""
    seconds = {"up": DAY, "down": 0, "unknown": 0, "counted_down": 0, "denominator": DAY}
    plain = {
        "circuit": name,
        "circuits": [name],
        "carrier": carrier,
        "seconds": seconds | more.pop("seconds", {}),
        "outages": [],
        "objectives": [],
        "credit": {"currency": "", "amount": None, "claimable": None},
    }
    return plain | more


def verdicts(*words: str) -> list[dict[str, str]]:
    return [{"verdict": word} for word in words]


def outage(start: str, seconds: int) -> dict[str, Any]:
    """One from its start (RFC 3339) on."""
    end = datetime.fromisoformat(start) + timedelta(seconds=seconds)
    return {"from": start, "to": end.isoformat(), "down_seconds": seconds}


def money(currency: str, amount: str | None, claimable: str | None = None) -> dict[str, str | None]:
    return {"currency": currency, "amount": amount, "claimable": claimable}


def one(*statements: dict[str, Any]) -> Scorecard:
    [found] = scorecards(SETTINGS, statements)
    return found


def test_there_is_a_card_for_each_service_and_carrier() -> None:
    told = [
        statement("lon-bolt", "bolt"),
        statement("lon-acme"),
        statement("lon-wave"),
        statement("lon-more"),
        statement("lon-acme", "bolt"),
    ]
    found = scorecards(SETTINGS, told)
    assert [(each.service, each.carrier, each.circuits) for each in found] == [
        ("", "acme", ("lon-wave",)),
        ("broadband", "bolt", ("lon-bolt",)),
        ("dia", "acme", ("lon-acme", "lon-more")),
        ("dia", "bolt", ("lon-acme",)),
    ]


@pytest.mark.parametrize(
    ("circuits", "service"),
    [
        (["lon-acme", "lon-more"], "dia"),
        (["lon-acme", "lon-bolt"], ""),
        (["lon-acme", "lon-wave"], ""),
        (["gone"], ""),
    ],
)
def test_circuits_that_are_judged_together_have_a_service_where_they_share_it(
    circuits: list[str], service: str
) -> None:
    assert one(statement("pair", circuits=circuits)).service == service


@pytest.mark.parametrize(
    ("seconds", "availability", "contractual"),
    [
        ({}, Fraction(1), Fraction(1)),
        ({"up": DAY - 864, "down": 864, "counted_down": 432}, Fraction(99, 100), Fraction(199, 200)),
        ({"up": 0, "down": DAY, "counted_down": DAY}, Fraction(0), Fraction(0)),
        ({"up": DAY // 2, "unknown": DAY // 2}, Fraction(1), Fraction(1)),
        ({"up": 0, "unknown": DAY}, None, Fraction(1)),
        ({"up": 0, "denominator": 0}, None, None),
    ],
)
def test_availability_is_a_share_of_what_is_known(
    seconds: dict[str, int], availability: Fraction | None, contractual: Fraction | None
) -> None:
    found = one(statement(seconds=seconds))
    assert (found.availability, found.contractual) == (availability, contractual)


@pytest.mark.parametrize(
    ("lengths", "mean"), [([], None), ([600], 600), ([600, 900], 750), ([1, 2], Fraction(3, 2))]
)
def test_the_time_to_repair_is_a_mean(lengths: list[int], mean: Fraction | None) -> None:
    outages = [outage(f"2026-01-{day:02}T00:00:00Z", each) for day, each in enumerate(lengths, 1)]
    found = one(statement(outages=outages))
    assert (found.outages, found.repair_seconds) == (len(lengths), mean)


@pytest.mark.parametrize(
    ("said", "breached", "undecided"),
    [
        ((), False, False),
        (("met",), False, False),
        (("met", "breached"), True, False),
        (("insufficient_data", "met"), False, True),
        (("insufficient_data", "breached"), True, False),
    ],
)
def test_what_is_broken_is_not_undecided_too(said: tuple[str, ...], breached: bool, undecided: bool) -> None:
    found = one(statement(objectives=verdicts(*said)))
    assert (bool(found.breached), bool(found.undecided)) == (breached, undecided)


def test_an_outage_over_a_months_end_is_one_of_both_months_together() -> None:
    january = statement(outages=[outage("2026-01-31T23:00:00Z", 3600)])
    february = statement(outages=[outage("2026-02-01T00:00:00Z", 1800)])
    found = one(january, february)
    assert (found.outages, found.repair_seconds) == (1, Fraction(5400))


def test_a_circuit_that_broke_a_promise_in_two_months_is_named_once() -> None:
    found = one(
        statement(objectives=verdicts("breached")),
        statement(objectives=verdicts("breached")),
        statement(objectives=verdicts("insufficient_data")),
    )
    assert (found.breached, found.undecided) == (("lon-acme",), ())


def test_money_is_added_within_a_currency_and_zeros_are_left_out() -> None:
    found = one(
        statement(credit=money("USD", "10.10", "0.00")),
        statement("lon-more", credit=money("USD", "0.20", "0.20")),
        statement("lon-more", credit=money("GBP", "5.00")),
        statement("lon-more", credit=money("EUR", "0.00")),
    )
    assert found.credits == {"USD": Decimal("10.30"), "GBP": Decimal("5.00")}
    assert found.claimable == {"USD": Decimal("0.20")}
