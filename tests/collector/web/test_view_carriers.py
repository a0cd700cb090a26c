"""Carriers side by side for the same service."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from collector.performance.scorecards import scorecards
from collector.web.views import carriers
from collector.web.views.board import Line, ranked
from collector.web.views.page import percent
from collector.web.views.view import BadRequest
from tests.collector.claiming.estate import OVER_MS
from tests.collector.web.booked import Booked
from tests.collector.web.desks import HOSTILE, Seen, asked, desk, note


def lines(page: carriers.Page) -> dict[str, Line]:
    return {line.title: line for service in page.services for _, some in service.parts for line in some}


def texts(page: carriers.Page, title: str) -> dict[str, str]:
    """A row's texts by carrier; who is first is a matter of rank."""
    (service,) = page.services
    cells = lines(page)[title].cells
    return {key: cell.text for (key, _), cell in zip(service.carriers, cells, strict=True)}


def test_the_newest_period_with_statements_is_shown_first(booked: Booked) -> None:
    page = carriers.page(desk(booked), {})
    assert page.period == "2026-01"
    (service,) = page.services
    assert set(service.carriers) == {("acme", "Acme Networks plc"), ("beta", "Beta Telecom")}
    assert [row.rank for row in service.scores.rows] == ["1=", "1="]
    assert service.scores.verdict.endswith("differ within noise: they share rank 1.")
    found = lines(page)
    assert texts(page, "Circuits") == {"acme": "4", "beta": "1"}
    assert texts(page, "Credits due") == {"acme": "100.00 EUR, 160.00 GBP", "beta": "30.00 USD"}
    assert texts(page, "Worst circuit") == {"acme": "97.7598%", "beta": "99.3279%"}
    assert {cell.note for cell in found["Worst circuit"].cells} == {"par-acme", "lon-beta"}
    assert texts(page, "Circuits with a breach") == {"acme": "3 of 4", "beta": "1 of 1"}
    assert all(cell.bad for cell in found["Circuits with a breach"].cells)


def test_a_quarter_and_a_year_can_be_chosen_and_are_made_of_their_months(booked: Booked) -> None:
    page = carriers.page(desk(booked), {"period": "2026-Q1", "service": ""})
    assert [text for text, _, _ in page.longer] == ["2026-Q1", "2026"]
    assert [chosen for _, _, chosen in page.longer] == [True, False]
    assert (
        page.services[0].scores.rows
        == carriers.page(desk(booked), {"period": "2026-01"}).services[0].scores.rows
    )


def test_what_was_claimed_and_received_stands_beside_what_is_due(booked: Booked) -> None:
    said: dict[str, Any] = {
        "carrier": "acme",
        "period": "2026-01",
        "circuits": ("lon-acme",),
        "reason": "mail",
    }
    note(booked, "claim", **said, state="submitted", amount="90.00 GBP")
    page = carriers.page(desk(booked), {})
    assert texts(page, "Claimed") == {"acme": "90.00 GBP", "beta": "–"}
    assert texts(page, "Received") == {"acme": "–", "beta": "–"}


def test_a_period_without_statements_is_computed_and_kept_for_a_while(booked: Booked) -> None:
    at = desk(booked)
    page = carriers.page(at, {"period": "2026-01-01..2026-01-03"})
    assert page.missing == 0
    assert texts(page, "Circuits") == {"acme": "4", "beta": "1"}
    [kept] = at.kept["standing statements"].values()
    carriers.page(at, {"period": "2026-01-01..2026-01-03"})
    assert [*at.kept["standing statements"].values()] == [kept]


def test_where_too_many_would_be_computed_it_is_said_how_many_are_missing(
    booked: Booked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scorecards, "MOST_COMPUTED", 2)
    page = carriers.page(desk(booked), {"period": "2026-01-01..2026-01-02"})
    assert page.missing == 3
    assert "3 circuits are left out" in page.services[0].scores.said[0][1][0]


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
    assert service.scores.verdict == ""
    assert [row.rank for row in service.scores.rows] == [""]
    assert "there is nobody to compare it with" in service.scores.said[0][1][0]


def test_without_a_circuit_under_contract_it_says_what_is_needed(booked: Booked) -> None:
    seen = Seen(carriers.draw(desk(booked, circuits={}), asked("/carriers")))
    assert "Give circuits a contract and a service word" in seen.text


def test_hostile_names_are_only_words(booked: Booked) -> None:
    held = booked.settings
    acme = held.carriers["acme"].model_copy(update={"name": HOSTILE})
    circuits = {name: one.model_copy(update={"service": HOSTILE}) for name, one in held.circuits.items()}
    at = desk(booked, OVER_MS, carriers={**held.carriers, "acme": acme}, circuits=circuits)
    assert Seen(carriers.draw(at, asked("/carriers"))).harmless
