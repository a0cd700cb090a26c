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
from config.credits import Credit
from config.terms import Target

WHOLE: dict[str, Any] = json.loads((Path(__file__).parents[1] / "golden" / "contract.json").read_text())
"""A contract that has every key of the schema."""
REQUIRED = (
    *("carrier", "effective", "timezone", "currency", "period", "denominator", "unknown", "objectives"),
    *("outage.down", "outage.clock", "outage.across_periods"),
)


def changed(path: str, value: object, given_terms: dict[str, Any] = WHOLE) -> dict[str, Any]:
    """WHOLE, or other terms, with another value at a dotted path; None takes the key out."""
    whole = copy.deepcopy(given_terms)
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
    assert whole.judged() == list(WHOLE["objectives"])


FORMS: list[tuple[str, Any]] = [
    ("outage.down", {"loss_above": "50%", "interval": "1s", "consecutive": 10}),
    ("outage.down", {"loss_above": "1%", "over": "2h"}),
    ("outage.down", {"loss_above": "50%", "seconds": 60, "within": "15m"}),
    ("outage.down", {"any": [{"loss_at_least": "100%"}, {"loss_above": "1%", "over": "2h"}]}),
    ("outage.down", {"loss_above": "50%", "direction": "either"}),
    ("outage.minimum", {"allowance": "60m"}),
    ("outage.minimum", {"allowance": "target"}),
    ("outage.minimum", {"longer_than": "15m", "mode": "deductible"}),
    ("outage.clock", {"start": "ticket", "end": "restored"}),
    ("outage.clock", {"start": {"later_of": ["measured", "ticket"]}, "end": "restored"}),
    (
        "outage.clock",
        {"start": "measured", "end": {"earlier_of": ["restored", "ticket_closed"]}},
    ),
    ("outage.across_periods", "start"),
    ("scope", {"pair": ["a", "b"]}),
    ("scope", {"site": "mean"}),
    ("period", {"trailing": "30d"}),
    ("period", {"mean_of_months": 12, "weighted": False}),
    ("period", {"billing_month": 31}),
    ("denominator", {"fixed": "720h"}),
    ("holidays", "US"),
    ("holidays", "GB-SCT"),
    ("currency", "circuit"),
    ("undecided", []),
    ("claim.submit_within", {"periods": 2}),
    ("claim.submit_within", "5bd"),
    ("caps.month", "500.00 USD"),
    ("caps.month", "500.00"),
    ("day_rate", "1/days_in_month"),
    ("day_rate", "12/365"),
    ("combine", "max"),
    ("minimum_payout", {"at_least": "5"}),
    ("chronic.any", [{"tickets": 3, "within": "period"}]),
    ("chronic.all", [{"failed_periods": 2}]),
    ("exclude.customer", "counts"),
    ("objectives.mos", {"target": ">= 4"}),
    ("objectives.one_way_delay", {"target": "<= 20ms"}),
    ("objectives.utilisation", {"target": "<= 80%"}),
    ("objectives.throughput", {"target": ">= 90%", "stat": "p5"}),
    ("objectives.delivery", {"target": "<= 5bd", "credit": {"flat": "10%"}}),
    ("objectives.jitter", {"definition": "range", "stat": {"share_above": "10ms"}, "target": "<= 1%"}),
]
"""Other forms of keys than WHOLE's: a dotted path and a value."""


@pytest.mark.parametrize(("path", "value"), FORMS)
def test_every_other_form_is_accepted(path: str, value: object) -> None:
    whole = Contract.model_validate(changed(path, value))
    assert Contract.model_validate(whole.written()) == whole


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
    ("path", "value"),
    [("objectives.availability.target", ">= 100%"), ("objectives.mos.target", ">= 4.5")],
)
def test_the_best_that_can_be_measured_may_be_promised(path: str, value: str) -> None:
    assert Contract.model_validate(changed(path, value))


def test_a_key_with_nothing_after_it_is_told_what_belongs_there() -> None:
    assert problems(changed("objectives.availability", {"target": None})) == {
        "objectives.availability.target": "nothing stands after 'target': what was promised, "
        "e.g. '>= 99.9%' or '<= 45ms'"
    }


def test_a_time_to_claim_without_its_unit_is_one_problem_with_both_ways_to_write_it() -> None:
    assert problems(changed("claim", {"submit_within": "30"})) == {
        "claim.submit_within": "'30' is not a duration such as 500ms, 10s, 5m, 2h or 30d, "
        "or business days such as 5bd"
    }


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
        ("objectives.availability.target", "> 100%", "'> 100%' can't be kept: 100% is the most there is"),
        ("objectives.availability.target", ">= 100.01%", "can't be kept: 100% is the most there is"),
        ("objectives.mos.target", ">= 4.51", "can't be kept: 4.5 is the most there is"),
        ("outage.down", {"loss_at_least": "0%"}, "every round loses 0% at least"),
        ("exclude.maintenance.effect", "numerater", "'numerater' is not 'numerator', 'both' or 'window'"),
    ],
)
def test_nonsense_is_refused_where_it_stands(path: str, value: object, said: str) -> None:
    found = problems(changed(path, value))
    assert any(place.startswith(path.rpartition(".")[0]) and said in text for place, text in found.items()), (
        found
    )


@pytest.mark.parametrize(
    ("path", "value", "place", "said"),
    [
        ("scope", {"site": "mean", "pair": ["a", "b"]}, "scope", "give one of site, contract and pair"),
        ("scope", {}, "scope", "give one of site, contract and pair, or write circuit"),
        ("scope", {"pair": ["a"]}, "scope.pair", "takes two circuits at least, each named once"),
        ("scope", {"pair": ["a", "b", "a"]}, "scope.pair", "takes two circuits at least, each named once"),
        ("period", {"trailing": "0s"}, "period", "0s is no period: write such as {trailing: 30d}"),
        ("denominator", {"fixed": "0s"}, "denominator", "0s can't be divided by"),
        ("currency", "usd", "currency", "'usd' is not a currency such as USD (ISO 4217), or circuit"),
        ("currency", "US1", "currency", "'US1' is not a currency"),
        ("holidays", "XX", "holidays", "'XX': no public holidays are known for it: list the dates instead"),
        ("holidays", "France", "holidays", "is not a country code such as GB"),
        ("hours", {"Mon-Fry": "07:00-19:00"}, "hours", "are no days of the week"),
        ("hours", {"Mon": "7-19"}, "hours", "are no hours such as"),
        ("day_rate", "30", "day_rate", "'30' is not a day's share such as 1/30, 1/days_in_month or 12/365"),
        ("day_rate", "1/0", "day_rate", "'1/0' divides by nothing"),
        ("day_rate", "0/30", "day_rate", "is not a day's share"),
        (
            "caps.month",
            "3 days",
            "caps.month",
            "'3 days' can't be a cap: write percent of the charge, or money",
        ),
        ("caps.month", "a lot", "caps.month", "'a lot' is nothing that can be paid"),
        ("caps.shared", [{"objectives": ["rtt"]}], "caps.shared.0", "caps nothing: add event, day"),
        ("minimum_payout", {}, "minimum_payout", "give more_than (strictly more) or at_least (this or more)"),
        ("minimum_payout", {"more_than": "1", "at_least": "1"}, "minimum_payout", "give more_than"),
        ("minimum_payout", {"more_than": "5%"}, "minimum_payout.more_than", "'5%' is not an amount"),
        ("chronic", {"window": "closed"}, "chronic", "has no rule: give any or all"),
        ("chronic.any", [{}], "chronic.any.0", "give one of outages, tickets, downtime and failed_periods"),
        ("chronic.any", [{"outages": 3, "downtime": "1h", "within": "30d"}], "chronic.any.0", "give one of"),
        ("chronic.any", [{"outages": 3}], "chronic.any.0.within", "'within' is needed: inside which time"),
        ("chronic.any", [{"outages": 3, "within": "0s"}], "chronic.any.0", "within: 0s is no time"),
        (
            "chronic.any",
            [{"failed_periods": 3, "of": 2}],
            "chronic.any.0.of",
            "3 of 2 periods can't fail",
        ),
        ("chronic.any", [{"failed_periods": 3, "within": "1d"}], "chronic.any.0.within", "write of"),
        ("chronic.any", [{"outages": 3, "within": "1d", "of": 3}], "chronic.any.0.of", "goes with"),
        (
            "chronic.any",
            [{"downtime": "1h", "within": "1d", "longer_than": "1m"}],
            "chronic.any.0.longer_than",
            "'longer_than' goes with `outages` or `tickets`",
        ),
        (
            "chronic.any",
            [{"outages": 1, "within": "1d", "longer_than": "1m", "at_least": "1m"}],
            "chronic.any.0.at_least",
            "give longer_than (strictly) or at_least, not both",
        ),
        ("claim", {"from": "restoration"}, "claim.from", "'from' says what submit_within runs from"),
        (
            "claim",
            {"submit_within": {"periods": 2}, "from": "restoration"},
            "claim.from",
            "so many periods run from a period's end: write period_end",
        ),
        ("outage.down", {"loss_above": "1%", "over": "0s"}, "outage.down.over", "0s is no window"),
        (
            "outage.down",
            {"loss_above": "1%", "interval": "0s", "consecutive": 2},
            "outage.down.interval",
            "0s is no interval",
        ),
        (
            "outage.down",
            {"loss_above": "1%", "seconds": 60, "within": "59s"},
            "outage.down.seconds",
            "60 seconds never fit in 59s: this would never be down",
        ),
        (
            "outage.down",
            {"loss_above": "1%", "seconds": "1m", "within": "15m"},
            "outage.down.seconds",
            "'1m' is not a number of seconds such as 60",
        ),
        ("outage.round.to", "0s", "outage.round.to", "0s is no unit"),
        ("outage.round", {"to": "7m", "mode": "touched"}, "outage.round.to", "7m doesn't divide a day"),
        ("exclude.maintenance.windows", ["Sun"], "exclude.maintenance.windows.0", "is not a weekly window"),
        (
            "exclude.maintenance.allowance",
            "10h",
            "exclude.maintenance.allowance",
            "'10h' is not a time a year such as 10h/year",
        ),
        ("exclude.maintenance.allowance", "10/year", "exclude.maintenance.allowance", "is not a duration"),
        ("objectives.rtt_p95.dscp", [64], "objectives.rtt_p95.dscp.0", "less than or equal to 63"),
        ("objectives.rtt_p95.each_window.of", "0s", "objectives.rtt_p95.each_window.of", "0s is no window"),
        (
            "objectives.rtt_p95.only_if",
            [{"cure": "30d", "trailing_mean": "30d"}],
            "objectives.rtt_p95.only_if.0",
            "give one of not_cured_within, trailing_mean and cure",
        ),
        (
            "objectives.rtt_p95.only_if",
            [{"cure": "30d", "of": "ticket"}],
            "objectives.rtt_p95.only_if.0.of",
            "'of' goes with `not_cured_within`",
        ),
        (
            "objectives.rtt_p95.while",
            {"available": True, "of": "commit"},
            "objectives.rtt_p95.while.of",
            "'of' goes with `utilisation_below`",
        ),
        ("objectives.time_to_repair", {"clause": "1"}, "objectives.time_to_repair", "give each, dispatched"),
        (
            "objectives.time_to_repair",
            {"target": "<= 4h"},
            "objectives.time_to_repair.target",
            "say `each` (every case), `dispatched` or `share`",
        ),
        (
            "objectives.time_to_repair.each",
            ">= 4h",
            "objectives.time_to_repair.each",
            "a smaller value is better here",
        ),
        ("objectives.time_to_repair.each", "<= 4bd", "objectives.time_to_repair.each", "the unit here is"),
        ("objectives.mttr", {"only": "dispatched"}, "objectives.mttr.target", "'target' is needed"),
        ("objectives.mos.target", ">= 4%", "objectives.mos.target", "the unit here is a bare number"),
        ("objectives.mos.codec", "opus", "objectives.mos.codec", "'g711' or 'g729a'"),
        ("objectives.delivery.target", "<= 5d", "objectives.delivery.target", "the unit here is bd"),
        (
            "objectives.delivery.credit",
            {"flat": "5%"},
            "objectives.delivery.bands",
            "stands beside `credit`: keep one of them",
        ),
        (
            "objectives.availability.while",
            "available",
            "objectives.availability.while",
            "unknown key 'while'",
        ),
    ],
)
def test_what_means_nothing_is_refused_at_its_place(path: str, value: object, place: str, said: str) -> None:
    found = problems(changed(path, value))
    assert said in found.get(place, ""), found


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


def test_versions_fill_in_from_beside_them_and_each_must_be_whole() -> None:
    left_out = {"effective", "objectives", "combine", "caps"}
    terms = {key: value for key, value in WHOLE.items() if key not in left_out}
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


@given(st.lists(st.sampled_from(FORMS), max_size=6, unique_by=lambda one: one[0]))
def test_a_contract_is_written_as_what_it_was_read_from(forms: list[tuple[str, Any]]) -> None:
    given_terms = WHOLE
    for path, value in forms:
        given_terms = changed(path, value, given_terms)
    try:
        whole = Contract.model_validate(given_terms)
    except ValidationError:
        return  # a form may take away what another needs
    written = whole.written()
    assert Contract.model_validate(written) == whole
    assert json.loads(json.dumps(written)) == written
    assert Contract.model_validate(written).written() == written


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
