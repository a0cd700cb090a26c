"""The forms of a credit: one each, with its own keys; and what can be paid, exactly as written."""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from config.credits import Band, Credit
from config.edges import Edge, Kind, Limit, Number
from config.payouts import Gives, Payout

PER = {"per": "1h", "gives": "1 day", "partial": "fraction", "each": "period"}
BANDS = {"bands": [{"below": "99.9%", "gives": "5%"}]}


def problems(credit: Mapping[str, Any]) -> dict[str, str]:
    """Each mistake by the dotted path that its loc is."""
    with pytest.raises(ValidationError) as caught:
        Credit.model_validate(credit)
    return {".".join(map(str, one["loc"])): one["msg"] for one in caught.value.errors()}


FORMS: list[tuple[Mapping[str, Any], str, bool]] = [
    (BANDS, "bands", False),
    (BANDS | {"over": "downtime"}, "bands", False),
    (BANDS | {"over": "each_outage"}, "bands", False),
    (BANDS | {"over": "excess"}, "bands", True),
    (PER | {"max_a_day": "2"}, "per", True),
    ({"per_step": "0.1%", "gives": "1%"}, "per_step", True),
    ({"each_day": True, "gives": "1 day"}, "each_day", True),
    ({"flat": "10%"}, "flat", True),
    ({"flat": "10%", "each": "ticket"}, "flat", True),
    ({"proportional": True, "times": "1.5"}, "proportional", True),
]


@pytest.mark.parametrize(("credit", "form", "needs_breach"), FORMS)
def test_each_form_is_told_by_its_key_and_says_whether_it_needs_a_breach(
    credit: Mapping[str, Any], form: str, *, needs_breach: bool
) -> None:
    read = Credit.model_validate(credit)
    assert (read.form, read.needs_breach) == (form, needs_breach)
    assert not Credit.model_validate({**credit, "when": "always"}).needs_breach
    assert Credit.model_validate({**credit, "when": "breached"}).needs_breach


@pytest.mark.parametrize("credit", [credit for credit, _, _ in FORMS])
def test_a_credit_prints_as_it_was_read(credit: Mapping[str, Any]) -> None:
    read = Credit.model_validate(credit)
    printed = json.loads(read.model_dump_json(exclude_none=True, by_alias=True))
    assert printed == credit
    assert Credit.model_validate(printed) == read
    assert pickle.loads(pickle.dumps(read)) == read


ONE_FORM = "give one of bands, per, per_step, each_day, flat and proportional"
WRONG: list[tuple[Mapping[str, Any], dict[str, str]]] = [
    ({}, {"": f"no form of a credit is given: {ONE_FORM}"}),
    ({"gives": "5%"}, {"": f"no form of a credit is given: {ONE_FORM}"}),
    (
        {"flat": "5%"} | PER,
        {"": f"`per` and `flat` are forms of their own: {ONE_FORM}"},
    ),
    (
        {"flat": "5%", "proportional": True} | BANDS,
        {"": f"`bands`, `flat` and `proportional` are forms of their own: {ONE_FORM}"},
    ),
    (
        {"per": "1h", "gives": "1 day"},
        {
            "partial": "'partial' is needed with `per`: whole units, a begun unit counts "
            "(`fraction thereof`), or in proportion",
            "each": "'each' is needed with `per`: over the period's total, or over each outage, day or "
            "ticket alone",
        },
    ),
    (
        {"per_step": "0.1%"},
        {"gives": "'gives' is needed with `per_step`: N% of the charge, N day, N hour, or money"},
    ),
    (
        {"each_day": True},
        {"gives": "'gives' is needed with `each_day`: N% of the charge, N day, N hour, or money"},
    ),
    (
        {"flat": "5%", "max_a_day": 2},
        {"max_a_day": "'max_a_day' doesn't go with `flat`: beside `flat` stand each, when, base"},
    ),
    (
        {"flat": "5%", "gives": "5%"},
        {"gives": "'gives' doesn't go with `flat`: beside `flat` stand each, when, base"},
    ),
    (
        BANDS | {"partial": "whole"},
        {"partial": "'partial' doesn't go with `bands`: beside `bands` stand over, when, base"},
    ),
    (
        {"proportional": True, "over": "downtime"},
        {
            "over": "'over' doesn't go with `proportional`: beside `proportional` stand times, when, base",
        },
    ),
    (
        PER | {"each": "ticket"},
        {"each": "'ticket' goes with `flat`: a unit per time has each: period, outage or day"},
    ),
    (
        {"flat": "5%", "each": "outage"},
        {"each": "'outage' goes with `per`: a flat sum has each: ticket, or none"},
    ),
    (
        {"each_day": False, "gives": "5%"},
        {"each_day": "write each_day: true, or leave it out and choose another form"},
    ),
    (
        {"proportional": False},
        {"proportional": "write proportional: true, or leave it out and choose another form"},
    ),
    (PER | {"per": "0h"}, {"per": "a unit needs a time to be paid for, such as 1h"}),
    (
        {"per_step": "0%", "gives": "1%"},
        {"per_step": "a step of nothing would pay without end: give its size"},
    ),
    (
        {"flat": "much"},
        {"flat": "'much' is nothing that can be paid, such as 5%, 1 day, 2.5 hours, 50.00 or 50.00 USD"},
    ),
    (
        {"bands": [{"below": "x", "gives": "5%"}]},
        {"bands.0.below": "'x' is no edge of a table, such as 99.5%, 30ms, 4h, 04:00:00, 5bd or 4.0"},
    ),
    ({"proportional": True, "times": "-1"}, {"times": "'-1' is not a number such as 2 or 1.5"}),
]


@pytest.mark.parametrize(("credit", "told"), WRONG)
def test_what_makes_no_form_is_refused_where_it_stands(
    credit: Mapping[str, Any], told: dict[str, str]
) -> None:
    assert problems(credit) == told


def test_an_empty_table_is_refused() -> None:
    assert problems({"bands": []}) == {"bands": "a table needs a band, such as {below: 99.9%, gives: 5%}"}


@pytest.mark.parametrize(
    ("credit", "in_days"),
    [
        ({"flat": "1 day"}, True),
        ({"flat": "1.5 hours"}, True),
        ({"flat": "10%"}, False),
        (PER, True),
        (PER | {"gives": "5%"}, False),
        ({"bands": [{"below": "9%", "gives": "5%"}, {"below": "8%", "gives": "1 hour"}]}, True),
        ({"proportional": True}, False),
    ],
)
def test_a_days_rate_is_needed_where_any_payout_is_days_or_hours(
    credit: Mapping[str, Any], *, in_days: bool
) -> None:
    assert Credit.model_validate(credit).pays_in_days() is in_days


@pytest.mark.parametrize(
    ("text", "kind", "value", "currency"),
    [
        ("5%", "percent", "5", None),
        ("2.5 %", "percent", "2.5", None),
        ("1 day", "day", "1", None),
        ("2.5 days", "day", "2.5", None),
        ("1 hour", "hour", "1", None),
        ("12 hours", "hour", "12", None),
        ("50.00", "money", "50", None),
        ("50.00 USD", "money", "50", "USD"),
    ],
)
def test_a_payout_is_read(text: str, kind: str, value: str, currency: str | None) -> None:
    read = Payout.parse(text)
    assert (read.kind, read.value, read.currency, str(read)) == (kind, Fraction(value), currency, text)
    assert Payout.parse(read) is read
    assert read.in_days is (kind in {"day", "hour"})


@pytest.mark.parametrize("text", ["", "-5%", "5 %%", "1 week", "day", "50 usd", "1e3", "٣%"])
def test_what_is_no_payout_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="nothing that can be paid"):
        Payout.parse(text)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("99.5%", "percent", "99.5"),
        ("99.5 %", "percent", "99.5"),
        ("45ms", "time", "45"),
        ("0.5ms", "time", "0.5"),
        ("59.99 ms", "time", "59.99"),
        ("1h 30m", None, ""),
        ("1w", "time", "604800000"),
        ("500us", "time", "0.5"),
        ("4h", "time", "14400000"),
        ("1h30m", "time", "5400000"),
        ("2d", "time", "172800000"),
        ("04:00:00", "time", "14400000"),
        ("07:59:59", "time", "28799000"),
        ("100:00:00", "time", "360000000"),
        ("04:60:00", None, ""),
        ("04:00", None, ""),
        ("1bd", "bd", "1"),
        ("4.0", "number", "4"),
        ("4,0", None, ""),
        ("-1%", None, ""),
        ("", None, ""),
        ("banana", None, ""),
    ],
)
def test_an_edge_is_read_in_its_unit_or_refused(text: str, kind: Kind | None, value: str) -> None:
    if kind is None:
        with pytest.raises(ValueError, match="is no edge of a table"):
            Edge.parse(text)
        return
    read = Edge.parse(text)
    assert (read.kind, read.value, str(read)) == (kind, Fraction(value), text)
    assert Edge.parse(read) is read


def test_a_number_of_a_file_is_an_edge_too() -> None:
    assert Edge.parse(4).value == 4
    assert TypeAdapter(Number).validate_python(1.5) == Fraction(3, 2)


@given(st.integers(0, 10**6), st.integers(0, 59), st.integers(0, 59))
def test_a_time_on_a_clock_is_the_same_as_in_units(hours: int, minutes: int, seconds: int) -> None:
    clock = Edge.parse(f"{hours}:{minutes:02}:{seconds:02}")
    assert clock.value == Edge.parse(f"{hours}h{minutes}m{seconds}s").value
    assert clock.as_clock
    assert not Edge.parse(f"{hours}h").as_clock


@pytest.mark.parametrize("kind", [Limit, Number, Gives])
def test_each_has_a_json_schema(kind: Any) -> None:  # noqa: ANN401 - annotated types
    assert "pattern" in TypeAdapter(kind).json_schema()


def test_a_band_says_its_edges_as_the_file_does() -> None:
    band = Band.model_validate({"to": "99.99%", "from": "99.5%", "gives": "5%"})
    assert list(band.edges) == ["from", "to"]
    assert str(band) == "from 99.5% to 99.99%"
    assert str(Band.model_validate({"below": "9%", "above": "8%", "gives": "5%"})) == "above 8% below 9%"
