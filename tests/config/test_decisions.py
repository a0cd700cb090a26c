"""What a contract leaves undecided: named, filled in, and computed each way."""

from __future__ import annotations

import pickle
from datetime import date
from math import prod
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from config.contract import Contract
from config.decisions import CHOICES, choices, filled, value_at, without
from config.objectives import RttObjective
from tests.config.contracts import outage, terms

PAID = {"availability": {"target": ">= 99.9%", "credit": {"per": "1h", "gives": "1 day", "each": "outage"}}}
RTT = {"rtt": {"stat": "mean", "of": "samples", "target": "<= 45ms"}}


def problems(given_terms: dict[str, Any]) -> dict[str, str]:
    """Each mistake by its dotted place."""
    with pytest.raises(ValidationError) as caught:
        Contract.model_validate(given_terms)
    return {".".join(map(str, one["loc"])): one["msg"] for one in caught.value.errors()}


@pytest.mark.parametrize(
    ("changes", "undecided", "labels"),
    [
        ({"period": None}, ["period"], [f"period: {one}" for one in CHOICES["period"]]),
        ({"denominator": None}, ["denominator"], ["denominator: elapsed", "denominator: nominal"]),
        (
            {"outage": outage(across_periods=None)},
            ["across_periods"],
            ["across_periods: split", "across_periods: start", "across_periods: restoration"],
        ),
        (
            {"outage": outage(across_periods=None)},
            ["outage.across_periods"],
            [f"outage.across_periods: {one}" for one in CHOICES["across_periods"]],
        ),
        (
            {"outage": outage(clock={"end": "restored"})},
            ["clock.start"],
            ["clock.start: measured", "clock.start: reported", "clock.start: ticket"],
        ),
        (
            {"outage": outage(clock={"start": "ticket"})},
            ["end"],
            ["end: restored", "end: ticket_closed"],
        ),
        (
            {"outage": outage(clock=None)},
            ["clock"],
            [
                f"clock.start: {start}, clock.end: {end}"
                for start in CHOICES["start"]
                for end in CHOICES["end"]
            ],
        ),
        ({"unknown": None}, ["unknown"], [f"unknown: {one}" for one in CHOICES["policy"]]),
        (
            {"unknown": {"coverage": "99%"}},
            ["unknown.policy"],
            [f"unknown.policy: {one}" for one in CHOICES["policy"]],
        ),
        (
            {"objectives": PAID},
            ["partial", "day_rate"],
            [
                f"day_rate: {rate}, partial: {partial}"
                for rate in CHOICES["day_rate"]
                for partial in CHOICES["partial"]
            ],
        ),
        ({"objectives": RTT}, ["lost"], ["lost: ignore", "lost: infinite"]),
        (
            {"objectives": RTT | {"late": {"metric": "rtt"} | RTT["rtt"]}},
            ["lost"],
            ["lost: ignore", "lost: infinite"],
        ),
        (
            {"objectives": RTT | {"late": {"metric": "rtt"} | RTT["rtt"]}},
            ["rtt.lost", "late.lost"],
            [f"rtt.lost: {one}, late.lost: {other}" for one in CHOICES["lost"] for other in CHOICES["lost"]],
        ),
    ],
)
def test_there_is_a_contract_for_every_way_to_decide(
    changes: dict[str, object], undecided: list[str], labels: list[str]
) -> None:
    contract = Contract.model_validate(terms(**changes, undecided=undecided))
    alternatives = contract.alternatives()
    assert [label for label, _ in alternatives] == labels
    assert all(one.undecided is None and len(one.alternatives()) == 1 for _, one in alternatives)
    assert len({str(one.written()) for _, one in alternatives}) == len(labels)


def test_a_choice_is_made_in_every_place_that_its_name_means() -> None:
    objectives = RTT | {"late": {"metric": "rtt"} | RTT["rtt"]}
    contract = Contract.model_validate(terms(objectives=objectives, undecided=["lost"]))
    _, last = contract.alternatives()[-1]
    assert last.objectives is not None
    found = last.objectives.by_name().values()
    assert [one.lost for one in found if isinstance(one, RttObjective)] == ["infinite", "infinite"]


def test_what_is_undecided_holds_its_first_choice_and_is_written_without_it() -> None:
    given_terms = terms(denominator=None, undecided=["denominator"])
    contract = Contract.model_validate(given_terms)
    assert (contract.denominator, contract.undecided) == ("elapsed", ("denominator",))
    assert "denominator" not in contract.written()
    assert Contract.model_validate(contract.written()) == contract
    assert pickle.loads(pickle.dumps(contract)).alternatives() == contract.alternatives()


def test_a_contract_with_nothing_undecided_is_its_own_only_alternative() -> None:
    contract = Contract.model_validate(terms())
    assert contract.alternatives() == [("", contract)]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"undecided": ["denominator"]},
            {"undecided.0": "'denominator' has a value: take it out here, or take the value out"},
        ),
        ({"undecided": ["day_rate"]}, {"undecided.0": "nothing here depends on 'day_rate': take it out"}),
        ({"undecided": ["objectives"]}, {"undecided.0": "'objectives' can't be left open: known here: "}),
        (
            {"undecided": ["acros_periods"]},
            {"undecided.0": "'acros_periods' can't be left open: did you mean 'across_periods'?"},
        ),
        (
            {"denominator": None, "undecided": ["denominator", "period"]},
            {"undecided.1": "'period' has a value"},
        ),
        ({"denominator": None}, {"denominator": "'denominator' is needed: "}),
        (
            {"outage": outage(clock=None), "undecided": ["clock.start"]},
            {"outage.clock.end": "'end' is needed: "},
        ),
    ],
)
def test_a_name_that_is_no_open_decision_is_refused(changes: dict[str, object], said: dict[str, str]) -> None:
    found = problems(terms(**changes))
    assert list(found) == list(said)
    assert all(found[place].startswith(text) for place, text in said.items())


def test_sixty_four_ways_are_computed_and_more_are_refused() -> None:
    objectives = RTT | {"late": {"metric": "rtt"} | RTT["rtt"]}
    few = terms(
        objectives=objectives, denominator=None, unknown=None, outage=outage(clock={"start": "measured"})
    )
    names = ["rtt.lost", "late.lost", "denominator", "unknown", "clock.end"]
    assert len(Contract.model_validate(few | {"undecided": names}).alternatives()) == 64
    few["objectives"] |= {"third": objectives["late"]}
    many = problems(few | {"undecided": [*names, "third.lost"]})
    assert many["undecided"].startswith("128 ways to decide these: at most 64")


def test_a_version_may_decide_what_is_undecided_beside_it() -> None:
    contract = Contract.model_validate(
        terms(
            effective=None,
            denominator=None,
            undecided=["denominator"],
            versions=[{"effective": "2026-01-01"}, {"effective": "2026-07-01", "denominator": "nominal"}],
        )
    )
    early, late = contract.each_version()
    assert (early.denominator, early.undecided) == ("elapsed", ("denominator",))
    assert (late.denominator, late.undecided) == ("nominal", None)
    found = [[one.denominator for one in other.each_version()] for _, other in contract.alternatives()]
    assert found == [["elapsed", "nominal"], ["nominal", "nominal"]]


def test_a_version_may_leave_open_what_stands_in_it_alone() -> None:
    versions = [
        {"effective": "2026-01-01", "outage": outage()},
        {"effective": "2026-07-01", "outage": outage(across_periods=None), "undecided": ["across_periods"]},
    ]
    contract = Contract.model_validate(terms(effective=None, outage=None, versions=versions))
    assert [one.undecided for one in contract.each_version()] == [None, ("across_periods",)]
    for label, other in contract.alternatives():
        chosen = [one.outage.across_periods for one in other.each_version() if one.outage]
        assert chosen == ["split", label.removeprefix("across_periods: ")]


def test_a_date_beside_versions_makes_what_stands_there_the_first_of_them() -> None:
    contract = Contract.model_validate(
        terms(effective="2026-01-01", versions=[{"effective": "2026-07-01", "period": "calendar_year"}])
    )
    days = (date(2025, 1, 1), date(2026, 6, 30), date(2026, 7, 1))
    periods = [contract.terms_on(day).period for day in days]
    assert periods == ["calendar_month", "calendar_month", "calendar_year"]


OPEN = {
    "period": ["period"],
    "denominator": ["denominator"],
    "across_periods": ["outage", "across_periods"],
    "unknown": ["unknown", "policy"],
    "clock.end": ["outage", "clock", "end"],
}


@given(st.sets(st.sampled_from(sorted(OPEN)), max_size=3))
@settings(max_examples=25)
def test_the_alternatives_are_all_combinations_of_the_choices(names: set[str]) -> None:
    left = without(terms(), [tuple(OPEN[name]) for name in names])
    given_terms = {**left, "undecided": sorted(names)}
    offered = choices(given_terms)
    assert set(offered) == names
    found = Contract.model_validate(given_terms).alternatives()
    assert len(found) == prod(len(one) for one in offered.values())
    assert len({label for label, _ in found}) == len(found)


@given(st.lists(st.sampled_from([tuple(path) for path in OPEN.values()]), unique=True))
@settings(max_examples=25)
def test_what_is_put_in_can_be_taken_out_again(paths: list[tuple[str, ...]]) -> None:
    bare = without(terms(), paths)
    assert all(value_at(bare, path) is None for path in paths)
    whole = filled(bare, [(path, value_at(terms(), path)) for path in paths])
    assert whole == terms()
