"""Credit notes laid beside claims, and what is owed by age."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from collector.claiming.crediting import Matched, Owed, by_age, matched
from collector.notebook.bodies import CreditBody, made
from config.settings import Settings
from tests.collector.claiming.made import Shelf, revision, seen, statement


def credit(amount: str, **said: Any) -> CreditBody:  # noqa: ANN401
    usual = {
        "account": "A-100",
        "carrier_id": "CX/1001",
        "period": "2026-01",
        "reference": "R",
        "reason": "r",
    }
    body = made("credit", {**usual, "amount": amount, **said})
    assert isinstance(body, CreditBody)
    return body


def laid(
    settings: Settings, *bodies: CreditBody, new: bool = True, states: tuple[Any, ...] = ()
) -> list[Matched]:
    euro = statement("par-acme", credit={"currency": "EUR", "amount": "50.00", "claimable": "50.00"})
    held = Shelf([revision(statement()), revision(euro)])
    for state, amount in states:
        held.claim(state, circuits=("lon-acme",), amount=amount)
    return matched(held.book(settings), bodies, new=range(len(bodies)) if new else ())


@pytest.mark.parametrize(
    ("amount", "states", "fit", "difference"),
    [
        ("100 GBP", (), "matched", 0),
        ("99.99 GBP", (), "short", "-1/100"),
        ("100.01 GBP", (), "over", "1/100"),
        ("40 GBP", (("submitted", "40 GBP"),), "matched", 0),
        ("40 GBP", (("submitted", None), ("partly", "40 GBP")), "matched", 0),
        ("41 GBP", (("submitted", None), ("partly", "40 GBP")), "over", 1),
    ],
)
def test_a_credit_is_held_against_what_was_accepted_asked_or_could_be(
    settings: Settings, amount: str, states: tuple[Any, ...], fit: str, difference: Any  # noqa: ANN401
) -> None:  # fmt: skip
    (one,) = laid(settings, credit(amount), states=states)
    assert (one.fit, one.scope, one.difference) == (fit, "lon-acme", Fraction(difference))


def test_several_rows_pay_one_claim_together(settings: Settings) -> None:
    found = laid(settings, credit("60 GBP"), credit("40 GBP", reference="S"))
    assert [seen(one.fit, one.received) for one in found] == [("matched", 100)] * 2


def test_what_is_booked_already_is_not_booked_again(settings: Settings) -> None:
    (one,) = laid(settings, credit("60 GBP"), new=False)
    assert seen(one.fit, one.received) == ("short", 0)


@pytest.mark.parametrize(
    ("said", "first"),
    [
        ({"carrier_id": "CX/101"}, "CX/1001 (lon-acme) of acme, account A-100, 2026-01, 100.00 GBP"),
        ({"amount": "50 EUR", "carrier_id": "CX-1002"},
         "CX/1002 (par-acme) of acme, account A-100, 2026-01, 50.00 EUR"),
        ({"account": "A-200"}, "CX/1001 (lon-acme) of acme, account A-100, 2026-01, 100.00 GBP"),
        ({"period": "2026-02"}, "CX/1001 (lon-acme) of acme, account A-100, 2026-01, 100.00 GBP"),
    ],
)  # fmt: skip
def test_an_unmatched_credit_names_what_comes_nearest(
    settings: Settings, said: dict[str, Any], first: str
) -> None:
    (one,) = laid(settings, credit(**{"amount": "100 GBP", **said}))
    assert (one.fit, one.scope) == ("unmatched", None)
    assert one.candidates[0] == first


def test_what_is_like_nothing_names_nothing(settings: Settings) -> None:
    (one,) = laid(settings, credit("7 CHF", account="Z", carrier_id="QQQ", period="2020-01"))
    assert one.candidates == ()


@pytest.mark.parametrize(
    ("days", "age"),
    [(0, "0-30"), (30, "0-30"), (31, "31-60"), (60, "31-60"), (61, "61-90"), (90, "61-90"), (91, "over 90")],
)
def test_ages_end_with_their_last_day(settings: Settings, days: int, age: str) -> None:
    one = replace(Shelf([revision(statement())]).one(settings), age_days=days)
    assert [found.age for found in by_age([one])] == [age]


def test_sums_are_by_carrier_currency_and_age_and_nothing_else_is_added(settings: Settings) -> None:
    one = Shelf([revision(statement())]).one(settings)
    paid = replace(one, received=one.claimable, owed=one.owed - one.owed)
    none = replace(one, owed=one.owed - one.owed)
    euro, beta, old = replace(one, currency="EUR"), replace(one, carrier="beta"), replace(one, age_days=91)
    assert by_age([one, paid, none, euro, beta, old]) == [
        Owed("acme", "EUR", "0-30", 1, one.expected, none.received, one.owed),
        Owed("acme", "GBP", "0-30", 2, 2 * one.expected, one.claimable, one.owed),
        Owed("acme", "GBP", "over 90", 1, one.expected, none.received, one.owed),
        Owed("beta", "GBP", "0-30", 1, one.expected, none.received, one.owed),
    ]
