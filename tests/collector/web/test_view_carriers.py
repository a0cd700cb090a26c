"""Carriers side by side for the same service."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from collector.web.views import carriers
from collector.web.views.board import Line, ranked
from collector.web.views.page import percent
from collector.web.views.view import BadRequest
from tests.collector.claiming.estate import OVER_MS
from tests.collector.web.booked import Booked
from tests.collector.web.desks import HOSTILE, Seen, asked, desk, note


def lines(page: carriers.Page) -> dict[str, Line]:
    return {line.title: line for service in page.services for _, some in service.parts for line in some}


def test_the_newest_period_with_statements_is_shown_first(booked: Booked) -> None:
    page = carriers.page(desk(booked), {})
    assert page.period == "2026-01"
    (service,) = page.services
    assert service.carriers == (("acme", "Acme Networks plc"), ("beta", "Beta Telecom"))
    assert service.notes == (
        "A carrier has fewer than three circuits of it: one bad circuit decides its figures.",
    )
    found = lines(page)
    assert [cell.text for cell in found["Circuits"].cells] == ["4", "1"]
    assert [cell.text for cell in found["Credits due"].cells] == ["100.00 EUR, 160.00 GBP", "30.00 USD"]
    assert [(cell.text, cell.note) for cell in found["Worst circuit"].cells] == [
        ("97.7598%", "par-acme"), ("99.3279%", "lon-beta"),
    ]  # fmt: skip
    assert [(cell.text, cell.bad) for cell in found["Circuits with a breach"].cells] == [
        ("3 of 4", True), ("1 of 1", True),
    ]  # fmt: skip


def test_what_was_claimed_and_received_stands_beside_what_is_due(booked: Booked) -> None:
    said: dict[str, Any] = {
        "carrier": "acme",
        "period": "2026-01",
        "circuits": ("lon-acme",),
        "reason": "mail",
    }
    note(booked, "claim", **said, state="submitted", amount="90.00 GBP")
    found = lines(carriers.page(desk(booked), {}))
    assert [cell.text for cell in found["Claimed"].cells] == ["90.00 GBP", "–"]
    assert [cell.text for cell in found["Received"].cells] == ["–", "–"]


def test_a_period_without_statements_is_computed_and_kept_for_a_while(booked: Booked) -> None:
    at = desk(booked)
    page = carriers.page(at, {"period": "2026-01-01..2026-01-03"})
    assert page.missing == 0
    assert [cell.text for cell in lines(page)["Circuits"].cells] == ["4", "1"]
    [kept] = at.kept["standing statements"].values()
    carriers.page(at, {"period": "2026-01-01..2026-01-03"})
    assert [*at.kept["standing statements"].values()] == [kept]


def test_where_too_many_would_be_computed_it_is_said_how_many_are_missing(
    booked: Booked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carriers, "MOST_COMPUTED", 2)
    assert carriers.page(desk(booked), {"period": "2026-01-01..2026-01-02"}).missing == 3


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"period": "january"}, "`period`"),
        ({"service": "dai"}, "`service`"),
        ({"period": "2026-13"}, "`period`"),
    ],
)
def test_a_parameter_that_is_none_is_refused(booked: Booked, query: dict[str, str], said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        carriers.page(desk(booked), query)


def test_the_best_is_marked_only_where_there_is_somebody_to_compare_with() -> None:
    two = ranked("x", "", [Fraction(1), Fraction(2), None], str)
    assert [(cell.text, cell.best) for cell in two.cells] == [("1", True), ("2", False), ("–", False)]
    assert [cell.best for cell in ranked("x", "", [Fraction(1), Fraction(2)], str, most=True).cells] == [
        False,
        True,
    ]
    assert [cell.best for cell in ranked("x", "", [Fraction(1)], str).cells] == [False]
    assert [cell.best for cell in ranked("x", "", [Fraction(1), Fraction(1)], str).cells] == [False, False]


def test_a_share_just_under_all_does_not_read_as_all() -> None:
    assert percent(Fraction(999_999, 1_000_000)) == "99.9999%"
    assert percent(Fraction(9_999_999, 10_000_000)) == "99.9999%"


def test_one_carrier_alone_is_said_to_be_alone(booked: Booked) -> None:
    page = carriers.page(desk(booked, circuits={"lon-beta": booked.settings.circuits["lon-beta"]}), {})
    (service,) = page.services
    assert service.notes == ("Only one carrier gives this service here: nobody to compare it with.",)


def test_without_a_circuit_under_contract_it_says_what_is_needed(booked: Booked) -> None:
    seen = Seen(carriers.draw(desk(booked, circuits={}), asked("/carriers")))
    assert "Give circuits a contract and a service word" in seen.text


def test_hostile_names_are_only_words(booked: Booked) -> None:
    held = booked.settings
    acme = held.carriers["acme"].model_copy(update={"name": HOSTILE})
    circuits = {name: one.model_copy(update={"service": HOSTILE}) for name, one in held.circuits.items()}
    at = desk(booked, OVER_MS, carriers={**held.carriers, "acme": acme}, circuits=circuits)
    assert Seen(carriers.draw(at, asked("/carriers"))).harmless
