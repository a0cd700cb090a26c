"""What verdicts pay: the worked vectors, when a form pays, tables, how credits combine, the least paid."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.sla.case import Case, Judgement
from collector.sla.credits import Award
from collector.sla.objectives import Verdict
from collector.sla.rounding import shown
from tests.collector.sla.money import (
    BREACHED,
    HOUR,
    MET,
    MINUTE,
    Down,
    account,
    case,
    contract,
    judged,
    missed,
    ms,
    outages,
    paid,
    reckoned,
)

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "sla_credits.json").read_text())
PER = {"per": "1h", "gives": "1 day", "partial": "fraction", "each": "period"}
RTT = {"target": "<= 45ms", "stat": "mean", "of": "samples", "lost": "ignore"}
TARGETS: Mapping[str, Mapping[str, Any]] = {
    "rtt": RTT,
    "loss": {"target": "<= 0.1%"},
    "time_to_repair": {"each": "<= 4h"},
}


def availability(credit: Mapping[str, Any], *down: Down, target: str = ">= 100%", **terms: object) -> Case:
    """A case of April with an availability objective alone."""
    promise = {"availability": {"target": target, "credit": credit}}
    return case(contract(promise, **terms), outages(*down))


def given_of(credit: Mapping[str, Any], *down: Down, charge: str = "3000", **more: Any) -> Award:  # noqa: ANN401
    """What an availability objective alone pays."""
    one = availability(credit, *down, **more)
    return paid(one, judged(one), charge=charge)


@pytest.mark.parametrize("vector", GOLDEN, ids=[one["name"] for one in GOLDEN])
def test_the_worked_vectors_pay_what_they_must(vector: Mapping[str, Any]) -> None:
    promises: dict[str, Any] = {"availability": {"target": vector["target"], "credit": vector["credit"]}}
    for name, gives in vector.get("beside", {}).items():
        promises[name] = {**TARGETS[name], "credit": {"flat": gives}}
    terms = contract(promises, **vector.get("terms", {}))
    one = case(terms, outages(*map(tuple, vector["down"])), vector.get("period", "2026-04"))
    beside = [judged(one, name, "100", BREACHED) for name in vector.get("beside", {})]
    award, expect = paid(one, judged(one), *beside, charge=vector["charge"]), vector["expect"]
    line = award.lines[0]
    got = {
        "amount": shown(award.amount, 2),
        "exact": str(award.amount),
        "before_caps": shown(award.before_caps, 2),
        "cut_by_caps": shown(award.cut_by_caps, 2),
        "reason": line.reason,
        "words": award.words[0],
        "percents": {one.objective: str(one.percent) for one in award.lines},
    }
    assert {key: got[key] for key in expect} == expect


def test_an_objective_without_a_credit_has_no_line_and_without_any_nothing_is_paid() -> None:
    one = case(contract({"availability": {"target": ">= 100%"}, "loss": TARGETS["loss"]}))
    assert paid(one, judged(one), judged(one, "loss", "5", BREACHED)) == Award()


@pytest.mark.parametrize(
    ("credit", "verdict", "gate", "amount", "reason"),
    [
        ({"flat": "10%"}, BREACHED, "", "300", "flat 10%"),
        ({"flat": "10%"}, MET, "", "0", "the target is met"),
        ({"flat": "10%", "when": "always"}, MET, "", "300", "flat 10%"),
        ({"flat": "10%"}, Verdict.INSUFFICIENT_DATA, "", "0", "insufficient data"),
        ({"flat": "10%", "when": "always"}, Verdict.INSUFFICIENT_DATA, "", "0", "insufficient data"),
        ({"flat": "10%"}, BREACHED, "cured in 2h", "0", "cured in 2h"),
        ({"flat": "10%", "when": "always"}, BREACHED, "cured in 2h", "300", "flat 10%"),
        ({"bands": [{"below": "99.99%", "gives": "5%"}]}, MET, "", "150", "below 99.99%"),
        ({"bands": [{"below": "99.99%", "gives": "5%"}]}, BREACHED, "cured", "0", "cured"),
        (
            {"bands": [{"below": "99.99%", "gives": "5%"}], "when": "always"},
            BREACHED,
            "cured",
            "150",
            "below 99.99%",
        ),
        (
            {"bands": [{"below": "99.99%", "gives": "5%"}], "when": "breached"},
            MET,
            "",
            "0",
            "the target is met",
        ),
        (
            {"bands": [{"below": "99.99%", "gives": "5%"}], "when": "breached"},
            BREACHED,
            "cured",
            "0",
            "cured",
        ),
        (
            {"bands": [{"below": "99.99%", "gives": "5%"}]},
            Verdict.INSUFFICIENT_DATA,
            "",
            "0",
            "insufficient data",
        ),
        ({"over": "excess", "bands": [{"from": "0%", "gives": "5%"}]}, MET, "", "0", "the target is met"),
        ({"over": "downtime", "bands": [{"from": "1m", "gives": "5%"}]}, MET, "", "150", "from 1 min"),
        (PER, MET, "", "0", "the target is met"),
        (PER | {"when": "always"}, MET, "", "100", "1 begun hour"),
    ],
)
def test_a_form_pays_by_its_table_or_on_a_breach_alone(
    credit: Mapping[str, Any], verdict: Verdict, gate: str, amount: str, reason: str
) -> None:
    one = availability(credit, ("04-03T10:00", 47))
    line = paid(one, judged(one, verdict=verdict, gate=gate)).lines[0]
    assert (line.amount, line.reason) == (Fraction(amount), reason)
    assert line.amount or line.percent is None


def test_a_line_quotes_the_credits_clause_or_the_objectives() -> None:
    for clause, told in (("7.3", "7.3"), (None, "4.1")):
        credit = {"flat": "10%"} | ({"clause": clause} if clause else {})
        terms = contract({"availability": {"target": ">= 100%", "credit": credit, "clause": "4.1"}})
        one = case(terms, outages(("04-03T10:00", 47)))
        assert paid(one, judged(one)).lines[0].clause == told


MEASURED: list[tuple[Sequence[Mapping[str, Any]], int | None, str, str | None]] = [
    ([{"above": "45ms", "gives": "5%"}, {"above": "60ms", "gives": "10%"}], None, "45", None),
    ([{"above": "45ms", "gives": "5%"}, {"above": "60ms", "gives": "10%"}], None, "45.01", "5"),
    ([{"above": "45ms", "gives": "5%"}, {"above": "60ms", "gives": "10%"}], None, "infinite", "10"),
    ([{"from": "45ms", "to": "60ms", "gives": "5%"}], None, "60", None),
    ([{"from": "45ms", "to": "59.99ms", "gives": "5%"}, {"from": "60ms", "gives": "10%"}], 2, "59.99", "5"),
]


@pytest.mark.parametrize(("bands", "places", "measured", "percent"), MEASURED)
def test_a_table_of_the_measured_value_pays_the_band_that_holds_it(
    bands: Sequence[Mapping[str, Any]], places: int | None, measured: str, percent: str | None
) -> None:
    rtt = RTT | {"credit": {"bands": bands}} | ({} if places is None else {"round": {"places": places}})
    one = case(contract({"rtt": rtt}))
    line = paid(one, judged(one, "rtt", measured, unit="ms")).lines[0]
    assert line.percent == (None if percent is None else Fraction(percent))
    assert line.amount == 3000 * Fraction(percent or 0) / 100


def test_what_was_not_measured_has_no_band() -> None:
    one = case(contract({"rtt": RTT | {"credit": {"bands": [{"above": "45ms", "gives": "5%"}]}}}))
    line = paid(one, judged(one, "rtt", None, MET, unit="ms")).lines[0]
    assert (line.amount, line.reason) == (Fraction(0), "as given")


def test_a_value_between_no_edges_says_so() -> None:
    award = given_of({"bands": [{"below": "99%", "gives": "5%"}]}, ("04-03T10:00", 47))
    assert award.words == ("availability: 99.891204% is in no band: no credit",)


@pytest.mark.parametrize(("measured", "percent"), [("14399", None), ("14400", "5"), ("28800", "10")])
def test_a_time_in_seconds_is_held_against_edges_in_any_unit(measured: str, percent: str | None) -> None:
    bands = [{"from": "4h", "to": "08:00:00", "gives": "5%"}, {"from": "8h", "gives": "10%"}]
    one = case(contract({"mttr": {"target": "<= 4h", "credit": {"bands": bands}}}))
    line = paid(one, judged(one, "mttr", measured, unit="s")).lines[0]
    assert line.percent == (None if percent is None else Fraction(percent))


EXCESS = [{"from": "10%", "gives": "10%"}, {"from": "50%", "gives": "20%"}]


@pytest.mark.parametrize(
    ("promise", "measured", "unit", "percent"),
    [
        (RTT | {"target": "<= 40ms"}, "43.9", "ms", None),
        (RTT | {"target": "<= 40ms"}, "44", "ms", "10"),
        (RTT | {"target": "<= 40ms"}, "60", "ms", "20"),
        (RTT | {"target": "<= 40ms"}, "infinite", "ms", "20"),
        ({"target": "<= 0%", "metric": "loss"}, "0.01", "%", "20"),
        ({"target": ">= 80%", "metric": "availability"}, "72", "%", "10"),
        ({"target": "<= 4h", "metric": "mttr"}, "15840", "s", "10"),
    ],
)
def test_an_excess_is_a_share_of_the_target(
    promise: Mapping[str, Any], measured: str, unit: str, percent: str | None
) -> None:
    name = promise.get("metric", "rtt")
    one = case(contract({name: {**promise, "credit": {"over": "excess", "bands": EXCESS}}}))
    line = paid(one, judged(one, name, measured, unit=unit)).lines[0]
    assert line.percent == (None if percent is None else Fraction(percent))


def test_service_better_than_the_target_has_no_excess() -> None:
    credit = {"over": "excess", "when": "always", "bands": EXCESS}
    one = case(contract({"rtt": RTT | {"credit": credit}}))
    assert paid(one, judged(one, "rtt", "10", unit="ms")).amount == 0


@pytest.mark.parametrize(("target", "when"), [("<= 0%", "always"), ("< 0%", "breached")])
def test_nothing_beyond_a_target_of_nothing_has_no_excess(target: str, when: str) -> None:
    credit = {"over": "excess", "when": when, "bands": EXCESS}
    one = case(contract({"loss": {"target": target, "credit": credit}}))
    assert paid(one, judged(one, "loss", "0")).amount == 0
    assert paid(one, judged(one, "loss", "0.001")).lines[0].percent == 20


def test_without_a_single_target_there_is_no_excess_and_no_step() -> None:
    for credit in ({"over": "excess", "bands": EXCESS}, {"per_step": "1h", "gives": "5%"}):
        one = case(contract({"time_to_repair": {"each": "<= 4h", "credit": credit}}))
        line = paid(one, judged(one, "time_to_repair", "20000", BREACHED, unit="s", target=None)).lines[0]
        assert (line.amount, line.reason) == (Fraction(0), "no single target was missed")
    one = case(
        contract(
            {"mttr": {"target": "<= 4h", "credit": {"over": "excess", "when": "always", "bands": EXCESS}}}
        )
    )
    assert paid(one, judged(one, "mttr", None, MET, unit="s")).lines[0].reason == "nothing was measured"


@pytest.mark.parametrize(("minutes", "percent"), [(4.99, None), (5, "5"), (59.99, "5"), (60, "15")])
def test_a_table_of_downtime_looks_at_all_that_counts(minutes: float, percent: str | None) -> None:
    credit = {"over": "downtime", "bands": [{"from": "5m", "gives": "5%"}, {"from": "1h", "gives": "15%"}]}
    half = minutes / 2
    award = given_of(credit, ("04-03T10:00", half), ("04-05T10:00", half))
    assert award.lines[0].percent == (None if percent is None else Fraction(percent))


def test_no_downtime_pays_nothing_in_a_table_that_begins_at_nothing() -> None:
    bands = [{"from": "0m", "to": "1h", "gives": "5%"}, {"from": "1h", "gives": "15%"}]
    assert given_of({"over": "downtime", "bands": bands}).amount == 0
    assert given_of({"over": "downtime", "bands": bands}, ("04-03T10:00", 1)).amount == 150


def test_what_is_free_is_no_downtime_of_the_period() -> None:
    credit = {"over": "downtime", "bands": [{"from": "1h", "gives": "15%"}]}
    terms = contract({"availability": {"target": ">= 100%", "credit": credit}})
    for free, amount in ((0, 450), (MINUTE, 0)):
        one = case(terms, outages(("04-03T10:00", 60)), free_ms=free)
        assert paid(one, judged(one)).amount == amount


def test_a_table_of_each_outage_pays_the_sum_over_outages() -> None:
    bands = [{"from": "4h", "gives": "10%"}, {"from": "8h", "gives": "20%"}]
    credit = {"over": "each_outage", "bands": bands}
    down: tuple[Down, ...] = (("04-03T10:00", 239), ("04-05T10:00", 240), ("04-07T10:00", 481))
    award = given_of(credit, *down)
    assert (award.amount, award.lines[0].percent) == (Fraction(900), Fraction(30))
    assert award.lines[0].reason == "240 min: from 4 h; 481 min: from 8 h"
    assert award.words == (
        "availability: 240 min, from 4 h: 10% of 3,000.00 = 300.00; "
        "481 min, from 8 h: 20% of 3,000.00 = 600.00",
    )
    assert given_of(credit, down[0]).lines[0].reason == "none of 1 outage is in a band"


def test_a_table_of_outages_in_two_kinds_has_no_percent() -> None:
    bands = [{"from": "4h", "gives": "10%"}, {"from": "8h", "gives": "1 day"}]
    award = given_of({"over": "each_outage", "bands": bands}, ("04-05T10:00", 240), ("04-07T10:00", 480))
    assert (award.amount, award.lines[0].percent) == (Fraction(400), None)


def test_of_a_table_of_outages_what_can_not_be_priced_is_named_whichever_band_it_is() -> None:
    bands = [{"from": "4h", "gives": "100.00"}, {"from": "8h", "gives": "10%"}]
    one = availability({"over": "each_outage", "bands": bands}, ("04-05T10:00", 240), ("04-07T10:00", 480))
    award = paid(one, judged(one), charge=None)
    assert award.amount == 100
    assert award.lines[0].reason == "240 min: from 4 h; 480 min: from 8 h; the month's charge is not known"


def test_lengths_that_are_rounded_close_a_printed_table() -> None:
    bands = [{"from": "04:00:00", "to": "07:59:59", "gives": "10%"}, {"from": "08:00:00", "gives": "20%"}]
    rounding = {"down": {"loss_at_least": "100%"}, "clock": {"start": "measured", "end": "restored"}}
    outage = rounding | {"across_periods": "split", "round": {"to": "1s", "mode": "down"}}
    for over in ("downtime", "each_outage"):
        credit = {"over": over, "bands": bands}
        down: Down = ("04-05T10:00", 479 + 59 / 60)
        assert given_of(credit, down, outage=outage).amount == 300


def test_a_repair_credit_is_about_the_outages_that_missed() -> None:
    found = outages(("04-03T10:00", 300, "T1"), ("04-05T10:00", 120, "T2"), ("04-07T23:30", 60, "T3"))
    cases = (missed(found[0], "T1"), missed(found[1], "T2", late=False), missed(found[2], "T3"))
    for credit, amount in (
        (PER, 600),
        (PER | {"each": "outage"}, 600),
        (PER | {"each": "day"}, 700),
        (PER | {"partial": "proportional"}, 600),
        ({"over": "downtime", "bands": [{"from": "6h", "gives": "10%"}]}, 300),
        ({"over": "each_outage", "bands": [{"from": "1h", "gives": "10%"}]}, 600),
        ({"flat": "10%"}, 300),
        ({"flat": "10%", "each": "ticket"}, 600),
        ({"proportional": True}, 25),
    ):
        one = case(contract({"time_to_repair": {"each": "<= 4h", "credit": credit}}), found)
        verdict = judged(one, "time_to_repair", "18000", BREACHED, unit="s", cases=cases)
        assert paid(one, verdict).amount == amount, credit


@pytest.mark.parametrize(
    ("base", "amount"), [("month", "100"), ("period", "300"), ("access", "20"), ("port", "7"), (None, "100")]
)
def test_the_base_chooses_the_charge(base: str | None, amount: str) -> None:
    credit = {"flat": "10%"} | ({"base": base} if base else {})
    one = availability(credit, ("04-03T10:00", 47))
    charges = {"month": "1000", "period": "3000", "access": "200", "port": "70"}
    assert paid(one, judged(one), charge=charges).amount == Fraction(amount)


def test_delivery_pays_of_the_one_time_charge() -> None:
    bands = [{"from": "1bd", "to": "5bd", "gives": "10%"}, {"from": "6bd", "gives": "50%"}]
    charges = {"month": "1000", "once": "400"}
    for late, amount in (("0", 0), ("1", 40), ("5", 40), ("6", 200)):
        one = case(contract({"delivery": {"target": "<= 0bd", "bands": bands}}))
        assert paid(one, judged(one, "delivery", late, unit="bd"), charge=charges).amount == amount


@pytest.mark.parametrize(
    ("credit", "charge", "told"),
    [
        ({"flat": "10%"}, None, "flat 10%; the month's charge is not known"),
        ({"flat": "10%", "base": "port"}, "3000", "flat 10%; the port charge is not known"),
        ({"flat": "1 day"}, None, "flat 1 day; the month's charge is not known"),
        ({"proportional": True}, None, "47 min of 43,200 min; the month's charge is not known"),
    ],
)
def test_a_share_of_a_charge_that_is_not_known_pays_nothing_and_says_so(
    credit: Mapping[str, Any], charge: str | None, told: str
) -> None:
    one = availability(credit, ("04-03T10:00", 47))
    award = paid(one, judged(one), charge=charge)
    assert (award.amount, award.lines[0].reason) == (Fraction(0), told)
    assert award.words[0].endswith(told.partition("; ")[2])


def test_money_needs_no_charge() -> None:
    one = availability({"flat": "50.00 USD"}, ("04-03T10:00", 47))
    award = paid(one, judged(one), charge=None)
    assert (award.amount, award.lines[0].percent) == (Fraction(50), None)
    assert award.words == ("availability: flat 50.00",)


def test_money_of_another_currency_is_never_paid() -> None:
    one = availability({"flat": "50.00 EUR"}, ("04-03T10:00", 47), currency="EUR")
    one = replace(one, terms=one.terms.model_copy(update={"currency": "USD"}))
    with pytest.raises(ValueError, match="can't be paid by a contract in USD: write it in USD"):
        paid(one, judged(one))


def test_a_day_without_a_rate_pays_nothing_and_says_so() -> None:
    one = availability({"flat": "1 day"}, ("04-03T10:00", 47))
    terms = one.terms.model_copy(update={"day_rate": None})
    award = paid(replace(one, terms=terms), judged(one))
    assert (award.amount, award.lines[0].reason) == (
        Fraction(0),
        "flat 1 day; the contract doesn't say what a day is (day_rate)",
    )


@pytest.mark.parametrize(
    ("rate", "amount", "told"),
    [
        ("1/30", "93.33", "1 day of 2,800.00 / 30 = 93.33"),
        ("1/days_in_month", "100.00", "1 day of 2,800.00 / 28 = 100.00"),
        ("12/365", "92.05", "1 day of 2,800.00 x 12 / 365 = 92.05"),
    ],
)
def test_a_day_of_the_charge_is_as_the_contract_says(rate: str, amount: str, told: str) -> None:
    promise = {"availability": {"target": ">= 100%", "credit": {"flat": "1 day"}}}
    one = case(contract(promise, day_rate=rate), outages(("02-03T10:00", 41)), "2026-02")
    award = paid(one, judged(one), charge="2800")
    assert (shown(award.amount, 2), award.words) == (amount, (f"availability: flat {told}",))
    assert (
        given_of({"flat": "1 day"}, ("04-03T10:00", 1)).amount
        == 24 * given_of({"flat": "1 hour"}, ("04-03T10:00", 1)).amount
    )


def three(combine: object, **terms: object) -> tuple[Case, list[Judgement]]:
    """Availability pays 20%, loss 4%, rtt 10%."""
    promises = {
        "availability": {"target": ">= 100%", "credit": {"flat": "20%"}},
        "loss": {**TARGETS["loss"], "credit": {"flat": "4%"}},
        "rtt": {**RTT, "credit": {"flat": "10%"}},
    }
    one = case(contract(promises, combine=combine, **terms), outages(("04-03T10:00", 47)))
    return one, [judged(one), judged(one, "loss", "5"), judged(one, "rtt", "50", unit="ms")]


COMBINED: list[tuple[object, str, str]] = [
    ("sum", "1020", "Together: 600.00 + 120.00 + 300.00 = 1,020.00"),
    ("max", "600", "Of several credits only the largest pays: availability, 600.00"),
    (
        {"groups": [["availability", "loss"], ["rtt"]]},
        "720",
        "Of several credits only the largest pays: availability and loss, 720.00",
    ),
    (
        {"groups": [["availability"], ["loss", "rtt"]]},
        "600",
        "Of several credits only the largest pays: availability, 600.00",
    ),
    (
        {"groups": [["loss", "rtt"]]},
        "600",
        "Of several credits only the largest pays: availability, 600.00",
    ),
    ({"groups": [["availability", "loss", "rtt"]]}, "1020", "Together: 600.00 + 120.00 + 300.00 = 1,020.00"),
]


@pytest.mark.parametrize(("combine", "amount", "told"), COMBINED)
def test_credits_combine_as_the_contract_says_in_any_order(combine: object, amount: str, told: str) -> None:
    one, verdicts = three(combine)
    award = paid(one, *verdicts)
    assert (award.amount, award.words[-1]) == (Fraction(amount), told)
    assert {paid(one, *order).amount for order in permutations(verdicts)} == {Fraction(amount)}
    assert [line.amount for line in award.lines] == [600, 120, 300]


def test_one_credit_that_pays_is_not_said_to_be_combined() -> None:
    one, verdicts = three("max")
    verdicts[1:] = [replace(verdict, verdict=MET) for verdict in verdicts[1:]]
    assert paid(one, *verdicts).words == (
        "availability: flat 20% of 3,000.00 = 600.00",
        "loss: the target is met: no credit",
        "rtt: the target is met: no credit",
    )


@pytest.mark.parametrize(
    ("least", "charge", "amount"),
    [
        ({"more_than": "1.00"}, "10", "0"),
        ({"more_than": "1.00"}, "10.01", "1.001"),
        ({"at_least": "1.00"}, "10", "1"),
        ({"at_least": "1.00"}, "9.99", "0"),
    ],
)
def test_the_least_paid_is_judged_on_the_exact_amount(
    least: Mapping[str, str], charge: str, amount: str
) -> None:
    award = given_of({"flat": "10%"}, ("04-03T10:00", 47), charge=charge, minimum_payout=least)
    assert award.amount == Fraction(amount)
    assert award.after_caps == Fraction(charge) / 10
    assert bool(award.amount) is not award.words[-1].endswith("nothing is paid")


def test_what_is_too_little_after_the_caps_is_not_paid() -> None:
    award = given_of(
        {"flat": "10%"}, ("04-03T10:00", 47), caps={"month": "0.50"}, minimum_payout={"at_least": "1.00"}
    )
    assert (award.before_caps, award.after_caps, award.amount) == (Fraction(300), Fraction(1, 2), Fraction(0))
    assert award.cut_by_caps == Fraction(599, 2)
    assert award.words[-2:] == (
        "Capped at 0.50 (0.50 a month): 299.50 is cut",
        "0.50 is less than 1.00: nothing is paid",
    )


def test_without_an_account_durations_pay_nothing() -> None:
    for credit in (
        PER,
        {"proportional": True},
        {"each_day": True, "gives": "1 day"},
        PER | {"each": "outage"},
    ):
        one = replace(availability(credit, ("04-03T10:00", 47)), account=None)
        assert paid(one, judged(one, measured="99", verdict=BREACHED)).amount == 0


def test_outages_of_other_periods_pay_nothing_here() -> None:
    known = [*outages(("04-03T10:00", 60)), reckoned(ms("03-03T10:00"), ms("03-04T10:00"), belongs=False)]
    terms = contract({"availability": {"target": ">= 100%", "credit": PER | {"each": "outage"}}})
    one = case(terms, account_of=account(known, 720 * HOUR))
    assert paid(one, judged(one)).amount == 100


FORMS: list[Mapping[str, Any]] = [
    {"bands": [{"below": "99.99%", "gives": "5%"}, {"below": "99%", "gives": "10%"}]},
    {"over": "downtime", "bands": [{"from": "5m", "gives": "5%"}, {"from": "3h", "gives": "1 day"}]},
    {"over": "each_outage", "bands": [{"from": "5m", "gives": "1%"}, {"from": "3h", "gives": "2%"}]},
    {"over": "excess", "bands": [{"from": "0.01%", "gives": "1%"}, {"from": "1%", "gives": "2%"}]},
    PER,
    PER | {"partial": "whole", "each": "outage"},
    PER | {"partial": "proportional", "each": "day"},
    PER | {"max_a_day": "2"},
    PER | {"max_a_day": "2", "each": "outage"},
    PER | {"max_a_day": "1.5", "each": "day"},
    {"per_step": "0.1%", "gives": "1%"},
    {"each_day": True, "gives": "1 day"},
    {"flat": "10%"},
    {"proportional": True, "times": "2"},
]
minutes = st.integers(0, 4 * 24 * 60)


@settings(max_examples=80)
@given(st.sampled_from(FORMS), minutes, minutes, st.sampled_from(["whole", "5 of 30"]))
def test_a_credit_never_falls_while_a_lone_outage_grows(
    credit: Mapping[str, Any], one: int, other: int, target: str
) -> None:
    promised = ">= 100%" if target == "whole" else ">= 99.5%"
    shorter, longer = (
        given_of(credit, *([("04-03T10:00", length)] if length else []), target=promised)
        for length in sorted((one, other))
    )
    assert shorter.amount <= longer.amount
    assert longer.amount >= 0


@settings(max_examples=40)
@given(st.sampled_from(FORMS), minutes, st.integers(1, 10**6), st.integers(1, 50))
def test_scaling_the_charge_scales_the_credit(
    credit: Mapping[str, Any], length: int, charge: int, factor: int
) -> None:
    once = given_of(credit, ("04-03T10:00", length + 1), charge=str(charge))
    more = given_of(credit, ("04-03T10:00", length + 1), charge=str(charge * factor))
    assert more.amount == once.amount * factor
    assert more.lines[0].percent == once.lines[0].percent


@settings(max_examples=40)
@given(minutes, st.sampled_from(["0.1", "5", "44"]), st.sampled_from(["50", "45", "90"]))
def test_a_sum_is_no_less_than_groups_and_groups_no_less_than_the_largest(
    length: int, loss: str, rtt: str
) -> None:
    amounts = []
    for combine in ("max", {"groups": [["availability", "rtt"]]}, "sum"):
        one, verdicts = three(combine)
        verdicts = [judged(one), judged(one, "loss", loss), judged(one, "rtt", rtt, unit="ms")]
        amounts.append(paid(one, *verdicts).amount)
    assert amounts == sorted(amounts)
