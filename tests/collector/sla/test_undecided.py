"""Contracts that leave a decision open: every choice is computed, and nothing is claimable."""

from __future__ import annotations

from typing import Any

import pytest

from config.contract import Contract
from tests.collector.sla.build import base_terms
from tests.collector.sla.joining import circuit, codes, figures, known, made, terms, told

PER_HOUR = {
    "availability": {
        "target": ">= 100%",
        "credit": {"per": "1h", "gives": "1 day", "partial": "fraction", "each": "period"},
    }
}
OVER_THE_EDGE = ("04-30T23:00", "05-01T01:00")
INSIDE = ("04-10T10:00", "04-10T11:30")


def undecided(*keys: str, promises: dict[str, Any] | None = None, **changes: object) -> Contract:
    """A contract in which these keys are open."""
    given = base_terms() | {"combine": "sum", "objectives": promises or PER_HOUR} | changes
    for key in keys:
        given.pop(key, None)
        given["outage"] = {name: value for name, value in given["outage"].items() if name != key}
    return Contract.model_validate(given | {"undecided": list(keys)})


def choices(statement: dict[str, Any]) -> dict[str, tuple[str, str, str]]:
    """Measured, verdict and credit by choice."""
    return {
        one["choice"]: (
            one["objectives"][0]["measured"],
            one["objectives"][0]["verdict"],
            one["credit"],
        )
        for one in statement["undecided"]
    }


def test_where_choices_disagree_there_is_no_verdict_and_the_least_is_credited() -> None:
    statement = told(undecided("across_periods"), known(OVER_THE_EDGE))
    # 60 min of 43,200 in April, all 120, or none: a begun hour is a day of 3000, 100.00
    assert choices(statement) == {
        "across_periods: split": ("99.861111", "breached", "100.00"),
        "across_periods: start": ("99.722222", "breached", "200.00"),
        "across_periods: restoration": ("100.000000", "met", "0.00"),
    }
    assert statement["objectives"][0]["verdict"] == "insufficient_data"
    assert (statement["credit"]["amount"], statement["credit"]["claimable"]) == ("0.00", "0.00")
    assert statement["claim"]["state"] == "none"


def test_where_choices_agree_the_verdict_stands_with_the_least_credit_and_nothing_is_claimable() -> None:
    statement = told(undecided("across_periods"), known(INSIDE, OVER_THE_EDGE))
    # 90 min, and 60, 120 or none of the other: 3, 4 or 2 begun hours
    assert [one[1:] for one in choices(statement).values()] == [
        ("breached", "300.00"),
        ("breached", "400.00"),
        ("breached", "200.00"),
    ]
    # 90 of 43,200 min
    assert figures(statement) == [("99.791667", "breached")]
    assert (statement["credit"]["amount"], statement["credit"]["claimable"]) == ("200.00", "0.00")
    assert codes(statement) == [("undecided", None)]
    assert statement["claim"]["state"] == "detected"
    text = statement["credit"]["blocked_by"][0]["text"]
    assert all(f"across_periods: {one}" in text for one in ("split", "start", "restoration"))


def test_the_figures_beside_the_credit_are_of_the_choice_that_gives_it() -> None:
    statement = told(undecided("across_periods"), known(INSIDE, OVER_THE_EDGE))
    assert [one["from"] for one in statement["outages"]] == ["2026-04-10T10:00:00Z"]
    assert statement["seconds"]["counted_down"] == 5400


def test_of_two_open_keys_every_combination_is_computed() -> None:
    agreed = undecided("across_periods", "denominator", timezone="America/New_York")
    # March in New York has 44,580 min, 44,640 by the days; half an hour in it is 99.932705 or 99.932796
    statement = told(agreed, known(("03-20T10:00", "03-20T10:30")), "2026-03")
    found = choices(statement)
    assert found["denominator: elapsed, across_periods: split"] == ("99.932705", "breached", "100.00")
    assert found["denominator: nominal, across_periods: start"] == ("99.932796", "breached", "100.00")
    assert len(found) == 6
    assert statement["credit"]["amount"] == "100.00"
    # of equal credits the first choice's figures stand
    assert figures(statement) == [("99.932705", "breached")]


@pytest.mark.parametrize(
    ("key", "owed"),
    [
        # 90 min: 1 whole day, 2 begun ones, 1.5
        ("partial", {"whole": "100.00", "fraction": "200.00", "proportional": "150.00"}),
        # outages of 90 and 30 min on two days: 2 hours in all, or 2 + 1 begun ones
        ("each", {"period": "200.00", "outage": "300.00", "day": "300.00"}),
    ],
)
def test_a_credits_own_key_can_be_open(key: str, owed: dict[str, str]) -> None:
    credit = {"per": "1h", "gives": "1 day", "partial": "fraction", "each": "period"}
    del credit[key]
    promises = {"availability": {"target": ">= 100%", "credit": credit}}
    down = [INSIDE] if key == "partial" else [INSIDE, ("04-20T10:00", "04-20T10:30")]
    statement = told(undecided(key, promises=promises), known(*down))
    found = {label.rpartition(" ")[2]: one[2] for label, one in choices(statement).items()}
    assert found == owed
    assert statement["credit"]["amount"] == min(owed.values())
    assert statement["objectives"][0]["verdict"] == "breached"


def test_what_is_decided_has_no_choices_and_its_claim_is_free() -> None:
    statement = told(terms(PER_HOUR), known(INSIDE))
    assert (statement["undecided"], codes(statement)) == ([], [])
    assert statement["credit"]["claimable"] == "200.00"


def test_what_a_choice_disputes_and_measures_is_shown_of_each_circuit() -> None:
    members = [(circuit("x-1"), known(OVER_THE_EDGE)), (circuit("x-2"), known())]
    first, second = (one.as_json() for one in made(undecided("across_periods"), members))
    assert first["objectives"][0]["verdict"] == "insufficient_data"
    assert figures(second) == [("100.000000", "met")]


def test_where_only_another_choice_would_pay_it_is_said_that_nothing_is_decided() -> None:
    # Cut at the edge April breaches 100% and pays 10.00; by the start all of it is March's and April pays 0.
    flat = {"availability": {"target": ">= 100%", "credit": {"flat": "10.00"}}}
    found = told(undecided("across_periods", promises=flat), known(("03-31T23:50", "04-01T00:10")))
    assert (found["credit"]["amount"], found["credit"]["claimable"]) == ("0.00", "0.00")
    assert codes(found) == [("undecided", None)]
