"""A carrier's contract as configuration: the whole schema is read, every mistake is named where it is."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from config.contract import Contract
from config.objectives import Credit
from config.terms import Target, Touches, unevaluated
from tests.collector.sla.build import contract, outage

WHOLE: dict[str, Any] = json.loads((Path(__file__).parents[1] / "golden" / "contract.json").read_text())
"""A contract that has every key of the schema."""
REQUIRED = (
    *("carrier", "effective", "timezone", "currency", "period", "denominator", "unknown", "objectives"),
    *("outage.down", "outage.clock", "outage.across_periods"),
)


def changed(path: str, value: object) -> dict[str, Any]:
    """WHOLE with another value at a dotted path; None takes the key out."""
    whole = copy.deepcopy(WHOLE)
    *parents, last = path.split(".")
    part = whole
    for key in parents:
        part = part[key]
    part[last] = value
    if value is None:
        del part[last]
    return whole


def problems(terms: dict[str, Any]) -> dict[str, str]:
    """Each mistake by the dotted path that its loc is."""
    with pytest.raises(ValidationError) as caught:
        Contract.model_validate(terms)
    return {".".join(map(str, one["loc"])): one["msg"] for one in caught.value.errors()}


def test_every_key_of_the_schema_is_accepted_and_kept() -> None:
    whole = Contract.model_validate(WHOLE)
    assert whole.objectives is not None
    assert list(whole.objectives.by_name()) == list(WHOLE["objectives"])
    assert whole.judged() == ["availability", "rtt", "rtt_p95", "rtt_share", "loss", "jitter", "pdv"]


def test_what_is_not_evaluated_yet_is_named_with_its_path() -> None:
    paths = {".".join(map(str, path)) for path, _ in Contract.model_validate(WHOLE).not_evaluated()}
    assert paths == {
        "holidays",
        "hours",
        "outage.clock.pause",
        "outage.round",
        "exclude.maintenance",
        "exclude.customer",
        "exclude.force_majeure",
        "objectives.availability.credit",
        "objectives.rtt.credit",
        "objectives.rtt_p95.while.utilisation_below",
        "objectives.rtt_p95.dscp",
        "objectives.rtt_p95.direction",
        "objectives.rtt_p95.family",
        "objectives.rtt_p95.each_window",
        "objectives.rtt_p95.only_if",
        "objectives.rtt_share.stat",
        "objectives.mos",
        "objectives.one_way_delay",
        "objectives.time_to_repair",
        "objectives.repaired",
        "objectives.start_of_repair",
        "objectives.response",
        "objectives.notification",
        "objectives.mttr",
        "objectives.utilisation",
        "objectives.throughput",
        "objectives.delivery",
        "day_rate",
        "combine",
        "caps",
        "minimum_payout",
        "chronic",
        "claim",
    }


def test_a_contract_of_what_is_evaluated_has_nothing_to_warn_about() -> None:
    terms = contract(
        period={"billing_month": 15},
        denominator={"fixed": "720h"},
        outage=outage(minimum={"longer_than": "15m", "mode": "deductible"}, merge_within="5m"),
        exclude={"customer": "counts", "clause": "7"},
        measured={"by": "customer"},
    )
    assert terms.not_evaluated() == []


@pytest.mark.parametrize(
    ("path", "value", "later"),
    [
        ("outage.down", {"loss_above": "50%", "interval": "1s", "consecutive": 10}, "outage.down"),
        ("outage.down", {"loss_above": "1%", "over": "2h"}, "outage.down"),
        ("outage.down", {"loss_above": "50%", "seconds": 60, "within": "15m"}, "outage.down"),
        (
            "outage.down",
            {"any": [{"loss_at_least": "100%"}, {"loss_above": "1%", "over": "2h"}]},
            "outage.down",
        ),
        ("outage.down", {"loss_above": "50%", "direction": "either"}, "outage.down.direction"),
        ("outage.minimum", {"allowance": "60m"}, "outage.minimum.allowance"),
        ("outage.minimum", {"allowance": "target"}, "outage.minimum.allowance"),
        ("outage.clock", {"start": "ticket", "end": "restored"}, "outage.clock.start"),
        (
            "outage.clock",
            {"start": {"later_of": ["measured", "ticket"]}, "end": "restored"},
            "outage.clock.start",
        ),
        (
            "outage.clock",
            {"start": "measured", "end": {"earlier_of": ["restored", "ticket_closed"]}},
            "outage.clock.end",
        ),
        ("outage.across_periods", "start", "outage.across_periods"),
        ("scope", {"pair": ["a", "b"]}, "scope"),
        ("scope", {"site": "mean"}, "scope"),
        ("period", {"trailing": "30d"}, "period"),
        ("period", {"mean_of_months": 12, "weighted": False}, "period"),
        ("holidays", "US", "holidays"),
        ("extends", "kinds/bands-on-availability", "extends"),
        ("undecided", ["across_periods"], "undecided"),
        ("claim.submit_within", {"periods": 2}, "claim"),
        ("claim.submit_within", "5bd", "claim"),
        ("objectives.jitter.stat", {"share_above": "10ms"}, "objectives.jitter.stat"),
    ],
)
def test_every_other_form_is_accepted_with_a_warning(path: str, value: object, later: str) -> None:
    terms = changed(path, value)
    if path == "objectives.jitter.stat":
        terms["objectives"]["jitter"]["target"] = "<= 1%"
    said = [".".join(map(str, where)) for where, _ in Contract.model_validate(terms).not_evaluated()]
    assert later in said


@pytest.mark.parametrize(
    "credit",
    [
        {"over": "downtime", "bands": [{"from": "5m", "gives": "5%"}]},
        {"over": "each_outage", "bands": [{"from": "4h", "gives": "10%"}]},
        {"over": "excess", "bands": [{"from": "10%", "gives": "10%"}]},
        {"per": "1h", "gives": "1 day", "partial": "fraction", "each": "outage", "max_a_day": 2},
        {"per_step": "0.1%", "gives": "1%"},
        {"each_day": True, "gives": "1.5 day"},
        {"flat": "10%", "each": "ticket"},
        {"proportional": True, "times": 1},
    ],
)
def test_every_form_of_credit_is_accepted(credit: dict[str, Any]) -> None:
    assert Credit.model_validate(credit).model_fields_set == credit.keys()


@pytest.mark.parametrize(
    ("path", "value", "place", "said"),
    [
        ("denominatr", "elapsed", "denominatr", "did you mean 'denominator'?"),
        ("outage.down.loss_abov", "50%", "outage.down.loss_abov", "did you mean 'loss_above'?"),
        ("outage.clock.strt", "measured", "outage.clock.strt", "did you mean 'start'?"),
        ("exclude.maintenance.efect", "both", "exclude.maintenance.efect", "did you mean 'effect'?"),
        ("objectives.rtt.lots", "ignore", "objectives.rtt.lots", "did you mean 'lost'?"),
        (
            "objectives.rtt.while",
            {"availble": True},
            "objectives.rtt.while.availble",
            "did you mean 'available'?",
        ),
        ("caps.shared", [{"objectives": [], "mnth": "5%"}], "caps.shared.0.mnth", "did you mean 'month'?"),
        ("chronic.any", [{"outage": 3}], "chronic.any.0.outage", "did you mean 'outages'?"),
        (
            "objectives.availability.credit",
            {"band": []},
            "objectives.availability.credit.band",
            "did you mean 'bands'?",
        ),
        (
            "objectives.availabilty",
            {"target": ">= 9%"},
            "objectives.availabilty.metric",
            "did you mean 'availability'?",
        ),
        ("objectives.x", {"metric": "rt", "target": ">= 9%"}, "objectives.x.metric", "did you mean 'rtt'?"),
        ("period", {"biling_month": 3}, "period.biling_month", "did you mean 'billing_month'?"),
    ],
)
def test_an_unknown_key_is_an_error_that_names_the_nearest_one(
    path: str, value: object, place: str, said: str
) -> None:
    found = problems(changed(path, value))
    assert said in found[place]


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("timezone", "Mars/Olympus", "not an IANA time zone"),
        ("effective", "soon", "is not a day"),
        ("period", "month", "'month' is not calendar_month"),
        ("denominator", "real", "'real' is not elapsed, nominal or {fixed: 720h}"),
        ("unknown.policy", "guess", "'exclude'"),
        ("unknown.coverage", "0.99", "'0.99' is not a percentage such as 99.95%"),
        ("outage.down", "50%", "is not a rule such as"),
        ("outage.down.for", "60", "is not a duration"),
        ("outage.down.loss_above", "100%", "loss_at_least: 100%"),
        ("outage.down.loss_at_least", "100%", "give loss_above"),
        ("outage.minimum", {"at_least": "2m", "longer_than": "2m"}, "give one of"),
        ("exclude.customer", "count", "'count' is not `counts`"),
        ("objectives.availability", ">= 99.9%", "must be a map"),
        ("objectives.rtt.credit", "10%", "must be a map"),
        ("caps.shared", "all", "must be a list"),
        ("objectives.availability.target", "99.9%", "is not a target such as"),
        ("objectives.availability.target", "<= 99.9%", "a larger value is better here: use >="),
        ("objectives.availability.target", ">= 99.9ms", "the unit here is %"),
        ("objectives.rtt.target", ">= 45ms", "a smaller value is better here: use <="),
        ("objectives.rtt.target", "<= 45%", "the unit here is ms, s, us"),
        ("objectives.rtt_share.target", "<= 45ms", "the unit here is %"),
        ("objectives.rtt.stat", "p0", "is not a percentile"),
        ("objectives.rtt.stat", "median", "is not a percentile"),
        ("objectives.rtt.stat", "p1/0", "is not a percentile"),
        ("objectives.rtt.lost", "drop", "'drop' is not ignore, infinite or {as: 2000ms}"),
        ("objectives.rtt.round", {"places": 2, "mode": "banker"}, "half_up"),
        ("objectives.jitter.definition", "rfc1889", "is not ipdv_mean"),
    ],
)
def test_nonsense_is_refused_where_it_stands(path: str, value: object, said: str) -> None:
    found = problems(changed(path, value))
    assert any(place.startswith(path.rpartition(".")[0]) and said in text for place, text in found.items()), (
        found
    )


@pytest.mark.parametrize("key", REQUIRED)
def test_a_required_key_is_asked_for_by_name_with_its_choices(key: str) -> None:
    found = problems(changed(key, None))
    assert list(found) == [key]
    assert found[key].startswith(f"{key.rpartition('.')[2]!r} is needed: ")


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("objectives.rtt.stat", "objectives.rtt.stat"),
        ("objectives.rtt.of", "objectives.rtt.of"),
        ("objectives.rtt.lost", "objectives.rtt.lost"),
        ("objectives.loss.target", "objectives.loss.target"),
        ("objectives.jitter.definition", "objectives.jitter.definition"),
        ("day_rate", "day_rate"),
        ("combine", "combine"),
    ],
)
def test_what_is_needed_because_of_another_key_is_asked_for(path: str, key: str) -> None:
    assert "is needed" in problems(changed(path, None))[key]


def test_a_unit_per_time_needs_to_know_how_begun_units_count() -> None:
    found = problems(changed("objectives.availability.credit", {"per": "1h", "gives": "1 day"}))
    assert {place.rpartition(".")[2] for place in found} == {"partial", "each"}


def test_every_problem_is_told_at_once() -> None:
    terms = changed("unknown.coverage", "banana")
    terms["objectives"]["rtt"].pop("lost")
    terms["objectives"]["jitter"]["target"] = ">= 2ms"
    terms["objectives"]["avail"] = {"target": ">= 99%"}
    terms["outage"].pop("clock")
    terms["denominatr"] = terms.pop("denominator")
    assert set(problems(terms)) == {
        *("unknown.coverage", "objectives.rtt.lost", "objectives.jitter.target", "objectives.avail.metric"),
        *("outage.clock", "denominatr", "denominator"),
    }


def test_what_is_undecided_need_not_be_there() -> None:
    terms = changed("outage.across_periods", None) | {"undecided": ["across_periods"]}
    assert Contract.model_validate(terms).outage is not None
    again = changed("denominator", None) | {"undecided": ["denominator"]}
    assert Contract.model_validate(again).denominator is None


def test_a_contract_that_extends_another_may_leave_out_what_stands_there() -> None:
    assert Contract.model_validate({"carrier": "acme", "extends": "kinds/x"}).objectives is None


def test_versions_fill_in_from_beside_them_and_each_must_be_whole() -> None:
    terms = {key: value for key, value in WHOLE.items() if key not in {"effective", "objectives"}}
    terms["versions"] = [
        {"effective": "2026-07-01", "objectives": {"availability": {"target": ">= 99.99%"}}},
        {
            "effective": "2026-01-01",
            "objectives": {"availability": {"target": ">= 99.9%"}},
            "period": "calendar_year",
        },
    ]
    whole = Contract.model_validate(terms)
    early, late, first = (
        whole.terms_on(day) for day in (date(2026, 6, 30), date(2026, 7, 1), date(2020, 1, 1))
    )
    assert (early.period, late.period, first.period) == ("calendar_year", "calendar_month", "calendar_year")
    terms["versions"][1].pop("objectives")
    assert list(problems(terms)) == ["versions.1.objectives"]


@pytest.mark.parametrize(
    ("text", "figure", "met"),
    [
        (">= 99.9%", Fraction(999, 10), True),
        ("> 99.9%", Fraction(999, 10), False),
        (">= 99.9%", Fraction(99_899_999, 1_000_000), False),
        ("<= 45ms", Fraction(45), True),
        ("< 45ms", Fraction(45), False),
        ("<= 1s", Fraction(1001), False),
        ("<= 500us", Fraction(1, 2), True),
        (">= 99%", "infinite", True),
        ("<= 45ms", "infinite", False),
        ("<=45 ms", Fraction(44), True),
    ],
)
def test_a_target_decides_exactly(text: str, figure: Any, met: bool) -> None:  # noqa: ANN401
    assert Target.parse(text).met_by(figure) is met


@given(st.text(max_size=20))
def test_a_text_is_a_target_or_a_value_error(text: str) -> None:
    try:
        target = Target.parse(text)
    except ValueError:
        return
    assert Target.parse(str(target)) == target


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def places(terms: dict[str, Any]) -> list[tuple[int | str, ...]]:
    """Where the mistakes are; none when the contract is taken."""
    try:
        Contract.model_validate(terms)
    except ValidationError as error:
        return [one["loc"] for one in error.errors()]
    return []


@given(st.sampled_from(sorted(WHOLE)), _JSON)
def test_any_value_of_any_key_is_taken_or_refused_with_its_place(key: str, value: object) -> None:
    assert all(places(WHOLE | {key: value}))


@given(
    st.sampled_from(sorted(WHOLE["objectives"])),
    st.sampled_from(["target", "credit", "stat", "while"]),
    _JSON,
)
def test_any_value_in_an_objective_is_taken_or_refused_with_its_place(
    name: str, key: str, value: object
) -> None:
    objectives = WHOLE["objectives"] | {name: WHOLE["objectives"][name] | {key: value}}
    assert all(places(WHOLE | {"objectives": objectives}))


def test_what_could_change_a_verdict_is_told_from_what_could_not() -> None:
    touches = {path[0]: later.touches for path, later in unevaluated(Contract.model_validate(WHOLE))}
    assert (touches["hours"], touches["caps"]) == (Touches.VERDICT, Touches.NOTHING)
    assert touches["exclude"] == Touches.EXCUSE


def test_a_contract_survives_the_way_to_another_process() -> None:
    whole = Contract.model_validate(WHOLE)
    assert pickle.loads(pickle.dumps(whole)) == whole


def test_a_percentage_is_written_out_exactly() -> None:
    told = Contract.model_validate(changed("unknown.coverage", "99.9999995%")).model_dump(mode="json")
    assert told["unknown"]["coverage"] == "99.9999995%"


def test_the_schema_is_one_that_editors_can_use() -> None:
    schema = Contract.model_json_schema()
    assert {"carrier", "objectives", "outage", "versions"} <= set(schema["properties"])
    assert json.loads(json.dumps(schema)) == schema
