"""Whole statements: golden vectors, running periods, undecided contracts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.ledger.rounds import Rounds
from collector.sla.calendar import parse_period
from collector.sla.objectives import Verdict
from collector.sla.spans import Spans
from collector.sla.tracks import Measured
from config.settings import JudgedBy
from probes.model import Round
from tests.collector.sla.build import (
    FACTS,
    HOUR_MS,
    contract,
    history,
    judged,
    measured,
    ms,
    outage,
    rounds,
    spans,
)

GOLDEN = Path(__file__).parents[2] / "golden"
AVAILABILITY = json.loads((GOLDEN / "sla_availability.json").read_text())
PACKETS = json.loads((GOLDEN / "sla_packets.json").read_text())
APRIL = ms("2026-04-01T00:00:00Z")
MAY = ms("2026-05-01T00:00:00Z")
RTT = {"stat": "mean", "of": "samples", "lost": "ignore", "target": "<= 45ms"}


@pytest.mark.parametrize("vector", AVAILABILITY, ids=lambda vector: vector["name"])
def test_availability_gives_the_golden_vectors_figures(vector: dict[str, Any]) -> None:
    terms = contract(
        timezone=vector.get("zone", "UTC"),
        denominator=vector.get("denominator", "elapsed"),
        outage=outage(**({"minimum": vector["minimum"]} if "minimum" in vector else {})),
        unknown={"policy": vector.get("policy", "exclude")},
        objectives={"availability": {"target": vector.get("target", ">= 99.9%")}},
    )
    period = parse_period(vector["period"], str(terms.timezone), 0)
    down = spans(vector.get("down", []))
    for place, length in enumerate(vector.get("lengths", [])):
        begin = period.start_ms + (place + 1) * HOUR_MS
        down |= Spans.of([(begin, begin + length * 1000)])
    seen = history(
        period.start_ms - 48 * HOUR_MS, period.end_ms + 48 * HOUR_MS, down, spans(vector.get("unknown", []))
    )
    first = date.fromisoformat(vector["first_day"]) if "first_day" in vector else None
    told = judged(terms, seen, vector["period"], replace(FACTS, first_day=first)).as_json()
    found = {
        "period_seconds": told["seconds"]["period"],
        "down_seconds": told["seconds"]["down"],
        "counted_seconds": told["seconds"]["counted_down"],
        "denominator_seconds": told["seconds"]["denominator"],
        "coverage": told["coverage"],
        **{key: told["objectives"][0][key] for key in ("measured", "verdict", "bounds")},
    }
    assert {key: found[key] for key in vector["expect"]} == vector["expect"]
    times = told["seconds"]
    assert times["up"] + times["down"] + times["unknown"] == times["period"]


@pytest.mark.parametrize("vector", PACKETS, ids=lambda vector: vector["name"])
def test_packets_give_the_golden_vectors_figures(vector: dict[str, Any]) -> None:
    packets = [texts for times, texts in vector["rounds"] for _ in range(times)]
    seen = [measured(rounds(APRIL, vector["every"] * 1000, *packets))]
    one = judged(contract(objectives={"it": vector["objective"]}), seen).as_json()["objectives"][0]
    assert (one["measured"], one["verdict"]) == (vector["measured"], vector["verdict"])


@pytest.mark.parametrize(
    ("stat", "lost", "shown", "verdict"),
    [
        ("p95", "ignore", "93.000000", "met"),
        ("p95", "infinite", "95.000000", "met"),
        ("p98", "ignore", "96.000000", "met"),
        ("p98", "infinite", "infinite", "breached"),
        ("max", "ignore", "97.000000", "met"),
        ("mean", "infinite", "infinite", "breached"),
        ("p100", {"as": "2s"}, "2000.000000", "breached"),
    ],
)
def test_vector_12_percentiles_are_nearest_rank_and_can_be_infinite(
    stat: str, lost: object, shown: str, verdict: str
) -> None:
    packets = [*(str(one) for one in range(1, 98)), None, None, None]
    objective = {"stat": stat, "of": "samples", "lost": lost, "target": "<= 1000ms"}
    statement = judged(contract(objectives={"rtt": objective}), [measured(rounds(APRIL, 1000, packets))])
    told = statement.as_json()["objectives"][0]
    assert (told["measured"], told["verdict"]) == (shown, verdict)


def test_rounds_in_down_time_are_left_out_while_available() -> None:
    packets: list[list[str | None]] = [["10", "10"], [None, None], ["10", None]]
    one = [measured(rounds(APRIL, 60_000, *packets))]
    terms = contract(
        objectives={
            "all": {"metric": "loss", "target": "<= 10%"},
            "up": {"metric": "loss", "target": "<= 30%", "while": "available"},
            "map": {"metric": "loss", "target": "<= 30%", "while": {"available": True}},
        }
    )
    shown = [objective["measured"] for objective in judged(terms, one).as_json()["objectives"]]
    assert shown == ["50.000000", "25.000000", "25.000000"]


def test_a_round_that_is_no_evidence_counts_for_nothing() -> None:
    packets: list[list[str | None]] = [["10"], [None], ["20"]]
    seen = [measured(rounds(APRIL, 60_000, *packets), verdict=[1, -1, 1])]
    statement = judged(contract(objectives={"rtt": RTT, "loss": {"target": "<= 0.1%"}}), seen)
    assert [one.measured for one in statement.objectives] == [15, 0]
    assert statement.times.down == 0


def test_an_answer_that_says_no_is_neither_loss_nor_downtime() -> None:
    refused = Rounds.of(60_000, [Round(1, APRIL, 60_000, 0, 1, 0)])
    statement = judged(contract(objectives={"loss": {"target": "<= 0.1%"}}), [measured(refused, verdict=[1])])
    assert statement.times.up == 60_000
    assert statement.objectives[0].measured == 0


def test_a_service_that_failed_is_down_though_packets_came_back() -> None:
    failed = rounds(APRIL, 60_000, ["20"])
    statement = judged(contract(), [measured(failed, verdict=[0])])
    assert statement.times.down == 60_000


def test_an_outage_over_the_edge_is_judged_whole_and_split_at_it() -> None:
    down = spans([("2026-03-31T23:55:00Z", "2026-04-01T00:05:00Z")])
    terms = contract(outage=outage(minimum={"at_least": "10m"}))
    statement = judged(terms, history(APRIL - HOUR_MS, MAY, down))
    assert [(one.start_ms, int(one.counted_ms)) for one in statement.outages] == [(APRIL, 300_000)]
    alone = judged(terms, history(APRIL, MAY, down))
    assert statement.times.counted_down == 300_000
    assert alone.times.counted_down == 0


def test_of_a_deductible_the_first_minutes_are_free() -> None:
    down = spans(
        [("2026-04-02T00:00:00Z", "2026-04-02T00:20:00Z"), ("2026-04-03T00:00:00Z", "2026-04-03T00:10:00Z")]
    )
    terms = contract(outage=outage(minimum={"longer_than": "15m", "mode": "deductible"}))
    assert judged(terms, history(APRIL, MAY, down)).times.counted_down == 300_000


def test_outages_that_lie_close_are_one_and_their_gap_is_not_counted() -> None:
    down = spans(
        [("2026-04-02T00:00:00Z", "2026-04-02T00:10:00Z"), ("2026-04-02T00:14:00Z", "2026-04-02T00:20:00Z")]
    )
    terms = contract(outage=outage(merge_within="5m", minimum={"at_least": "16m"}))
    statement = judged(terms, history(APRIL, MAY, down))
    assert [(one.down_ms, int(one.counted_ms), one.cause) for one in statement.outages] == [
        (960_000, 960_000, "timeout")
    ]


def test_two_probes_are_up_as_the_circuit_says() -> None:
    near = history(APRIL, MAY, spans([("2026-04-02T00:00:00Z", "2026-04-02T01:00:00Z")]), probe="near")
    far = history(APRIL, MAY, spans([("2026-04-02T00:30:00Z", "2026-04-02T02:00:00Z")]), probe="far")
    down = [
        judged(contract(), [*near, *far], facts=replace(FACTS, up_when=rule)).times.down // 60_000
        for rule in ("any", "all", 2)
    ]
    assert down == [30, 120, 120]


def test_a_judging_probe_without_any_round_is_unknown_and_not_up() -> None:
    near = history(APRIL, MAY, Spans(), probe="near")
    judges = JudgedBy(availability=("near", "far"))
    statement = judged(contract(), near, facts=replace(FACTS, up_when="all", judged_by=judges))
    assert statement.times.unknown == MAY - APRIL
    assert statement.objectives[0].verdict == "insufficient_data"


def test_the_least_loss_of_a_slot_is_its_loss() -> None:
    near = measured(rounds(APRIL, 60_000, [None, "1"], ["1", "1"], [None, None]), "near")
    far = measured(rounds(APRIL, 60_000, ["1", "1"], [None, "1"], [None, "1"]), "far")
    facts = replace(FACTS, judged_by=JudgedBy(loss="least"))
    statement = judged(contract(objectives={"loss": {"target": "<= 0.1%"}}), [near, far], facts=facts)
    assert statement.as_json()["objectives"][0]["measured"] == "16.666667"


@pytest.mark.parametrize(
    ("coverage", "down", "verdict"),
    [
        ("99%", [], "insufficient_data"),
        ("50%", [], "met"),
        ("99%", [("2026-04-01T00:00:00Z", "2026-04-02T00:00:00Z")], "breached"),
    ],
)
def test_under_the_coverage_there_is_a_verdict_only_where_both_bounds_agree(
    coverage: str, down: list[tuple[str, str]], verdict: str
) -> None:
    unknown = spans([("2026-04-20T00:00:00Z", "2026-04-25T00:00:00Z")])
    terms = contract(unknown={"policy": "exclude", "coverage": coverage})
    assert judged(terms, history(APRIL, MAY, spans(down), unknown)).objectives[0].verdict == verdict


def test_a_period_that_runs_is_judged_so_far_with_what_is_left_of_its_budget() -> None:
    down = spans([("2026-04-01T01:00:00Z", "2026-04-01T01:10:00Z")])
    statement = judged(contract(), history(APRIL, APRIL + 10 * HOUR_MS, down), now="2026-04-01T10:00:00Z")
    told = statement.as_json()
    one = told["objectives"][0]
    assert (told["period"]["closed"], told["period"]["as_of"]) == (False, "2026-04-01T10:00:00Z")
    assert told["seconds"]["denominator"] == 36_000
    assert (one["verdict"], one["certain"]) == ("breached", False)
    assert one["budget_remaining_seconds"] == "1992.000"


def test_a_breach_is_certain_as_soon_as_the_whole_periods_budget_is_spent() -> None:
    down = spans([("2026-04-01T01:00:00Z", "2026-04-01T01:44:00Z")])
    statement = judged(contract(), history(APRIL, APRIL + 10 * HOUR_MS, down), now="2026-04-01T10:00:00Z")
    one = statement.objectives[0]
    assert (one.verdict, one.certain) == (Verdict.BREACHED, True)
    assert one.budget_ms == -48_000
    assert any("over what the whole period allows" in step for step in statement.steps)


def test_nothing_is_judged_before_the_contract_is_effective_or_after_the_service_ends() -> None:
    facts = replace(FACTS, last_day=date(2026, 4, 19))
    statement = judged(contract(effective="2026-04-10"), history(APRIL, MAY, Spans()), facts=facts)
    assert statement.times.period == 10 * 24 * HOUR_MS
    gone = judged(contract(), history(APRIL, MAY, Spans()), facts=replace(FACTS, last_day=date(2026, 3, 1)))
    assert (gone.times.period, gone.objectives[0].verdict) == (0, "insufficient_data")


def test_of_several_versions_the_one_in_force_at_the_periods_start_holds() -> None:
    versions = [
        {"effective": "2026-04-02", "objectives": {"availability": {"target": ">= 99.5%"}}},
        {"effective": "2026-01-01", "objectives": {"availability": {"target": ">= 99.9%"}}},
    ]
    terms = contract(versions=versions)
    targets = [str(judged(terms, [], period).objectives[0].target) for period in ("2026-04", "2026-05")]
    assert targets == [">= 99.9%", ">= 99.5%"]


def test_what_another_measures_is_judged_and_marked_and_nothing_of_it_can_be_claimed() -> None:
    down = spans([("2026-04-01T01:00:00Z", "2026-04-01T02:00:00Z")])
    promise = {"availability": {"target": ">= 99.9%", "credit": {"flat": "10.00"}}}
    told = judged(
        contract(measured={"by": "carrier"}, objectives=promise), history(APRIL, MAY, down)
    ).as_json()
    assert (told["objectives"][0]["indicative"], told["objectives"][0]["verdict"]) == (True, "breached")
    assert (told["credit"]["amount"], told["credit"]["claimable"]) == ("10.00", "0.00")
    assert [one["code"] for one in told["credit"]["blocked_by"]] == ["not_ours_to_measure"]


def _undecided(**changes: object) -> dict[str, Any]:
    promise = {"availability": {"target": ">= 99.9%", "credit": {"flat": "10.00"}}}
    terms = contract(undecided=["denominator"], denominator=None, objectives=promise, **changes)
    down = spans([("2026-03-10T12:00:00Z", "2026-03-10T12:44:36Z")])
    march, april = ms("2026-03-01T05:00:00Z"), ms("2026-04-01T04:00:00Z")
    return judged(terms, history(march, april, down), "2026-03").as_json()


def test_an_undecided_key_is_computed_each_way_and_nothing_is_claimable_until_it_is_decided() -> None:
    told = _undecided(timezone="America/New_York")
    one = told["objectives"][0]
    assert one["verdict"] == "insufficient_data"
    choices = {each["choice"]: each["objectives"][0] for each in told["undecided"]}
    assert choices["denominator: elapsed"]["measured"] == "99.899955"
    assert choices["denominator: nominal"]["verdict"] == "met"
    assert told["credit"]["amount"] == "0.00"


def test_where_every_choice_agrees_the_verdict_stands_and_is_still_not_claimable() -> None:
    told = _undecided()
    assert (told["objectives"][0]["verdict"], told["credit"]["amount"]) == ("breached", "10.00")
    assert told["credit"]["claimable"] == "0.00"
    assert [one["code"] for one in told["credit"]["blocked_by"]] == ["undecided"]


def test_jitter_is_that_of_the_probes_whose_rtt_counts_unless_others_are_named() -> None:
    facts = replace(FACTS, judged_by=JudgedBy(availability=("a",), rtt=("a",), loss="least"))
    terms = contract(objectives={"jitter": {"definition": "range", "target": "<= 2ms"}})
    seen = [
        measured(rounds(APRIL, 60_000, ["1"], ["2"]), "a"),
        measured(rounds(APRIL, 60_000, ["1"], ["9"]), "b"),
    ]
    assert judged(terms, seen, facts=facts).objectives[0].measured == 1


def test_a_period_that_is_not_the_contracts_own_is_judged_in_its_place_and_says_so() -> None:
    statement = judged(contract(period="calendar_quarter"), [], "2026-05")
    assert any("asked for" in step for step in statement.steps)
    assert not any("asked for" in step for step in judged(contract(), [], "2026-05").steps)


def test_the_steps_read_as_arithmetic() -> None:
    down = spans([("2026-04-02T00:00:00Z", "2026-04-02T00:47:00Z")])
    steps = judged(contract(), history(APRIL, MAY, down)).steps
    assert steps == (
        "April 2026 in UTC has 43,200 min",
        "Down is at least 100% of a round's packets lost, until the first round without",
        "Up 43,153 min, down 47 min, unknown 0 min: 100% of the time is known",
        "Outage 2026-04-02 00:00:00 +00:00 to 2026-04-02 00:47:00 +00:00: down 47 min, counted 47 min",
        "The denominator is real time: 43,200 min",
        "availability = 1 - 47 min counted / 43,200 min = 99.891204%, target >= 99.9%: breached",
    )


def test_a_statement_as_json_has_every_key_of_its_schema() -> None:
    down = spans([("2026-04-02T00:00:00Z", "2026-04-02T00:47:00Z")])
    told = json.loads(json.dumps(judged(contract(), history(APRIL, MAY, down)).as_json()))
    assert list(told) == [
        "circuit", "circuits", "contract", "carrier", "document", "effective", "revision", "supersedes",
        "because", "engine", "config", "period", "seconds", "coverage", "outages", "reliability",
        "objectives", "credit", "chronic", "claim", "undecided", "steps",
    ]  # fmt: skip
    assert told["period"] | {"as_of": None} == {
        "label": "2026-04", "from": "2026-04-01T00:00:00Z", "to": "2026-05-01T00:00:00Z", "timezone": "UTC",
        "closed": True, "as_of": None,
    }  # fmt: skip
    assert told["outages"][0]["clock"]["measured_seconds"] == 2820
    assert told["reliability"] == {"outages": 1, "mtbf_seconds": 2_589_180, "mttr_seconds": 2820}
    assert told["credit"] == {
        "currency": "USD", "before_caps": "0.00", "cut_by_caps": "0.00", "amount": "0.00",
        "claimable": "0.00", "blocked_by": [],
    }  # fmt: skip


def test_a_closed_period_evaluated_again_is_byte_identical() -> None:
    seen = history(APRIL, MAY, spans([("2026-04-02T00:00:00Z", "2026-04-02T00:47:00Z")]))
    once, later = (
        json.dumps(judged(contract(), seen, now=now).as_json())
        for now in ("2026-05-01T00:00:00Z", "2027-01-01T00:00:00Z")
    )
    assert once == later


_PIECES = st.lists(st.tuples(st.integers(0, 720), st.integers(1, 48)), max_size=8)


def _set_of(pieces: list[tuple[int, int]]) -> Spans:
    return Spans.of((APRIL + at * HOUR_MS, APRIL + (at + length) * HOUR_MS) for at, length in pieces)


@given(_PIECES, _PIECES)
@settings(max_examples=40, deadline=None)
def test_unknown_as_up_is_no_worse_than_excluded_and_that_no_worse_than_down(
    down: list[tuple[int, int]], unknown: list[tuple[int, int]]
) -> None:
    seen = history(APRIL, MAY, _set_of(down), _set_of(unknown))
    figures = [
        judged(contract(unknown={"policy": policy}), seen).objectives[0].measured
        for policy in ("up", "exclude", "down")
    ]
    known = [figure for figure in figures if figure is not None and figure != "infinite"]
    assert known == sorted(known, reverse=True)


@given(_PIECES, _PIECES, st.integers(1, 719))
@settings(max_examples=40, deadline=None)
def test_cutting_rounds_at_any_instant_changes_nothing(
    down: list[tuple[int, int]], unknown: list[tuple[int, int]], cut: int
) -> None:
    at, quiet = APRIL + cut * HOUR_MS, _set_of(unknown)
    whole = history(APRIL, MAY, _set_of(down), quiet)
    halves = [*history(APRIL, at, _set_of(down), quiet.clip(APRIL, at))]
    halves += history(at, MAY, _set_of(down), quiet.clip(at, MAY))
    terms = contract(outage=outage(minimum={"at_least": "5h"}, merge_within="2h"))
    assert judged(terms, whole).as_json() == judged(terms, halves).as_json()


@given(_PIECES, _PIECES)
@settings(max_examples=40, deadline=None)
def test_the_parts_add_up_and_the_bounds_hold_the_figure(
    down: list[tuple[int, int]], unknown: list[tuple[int, int]]
) -> None:
    statement = judged(
        contract(outage=outage(minimum={"at_least": "5h"})),
        history(APRIL, MAY, _set_of(down), _set_of(unknown)),
    )
    times, one = statement.times, statement.objectives[0]
    assert times.up + times.down + times.unknown == times.period == MAY - APRIL
    if one.measured is not None and one.bounds is not None:
        assert one.bounds[0] <= one.measured <= one.bounds[1]  # type: ignore[operator]


def test_a_months_statement_stands_on_series_that_took_turns() -> None:
    """A changed option makes a new series, and changing it back the old one again."""
    whole = rounds(APRIL, 60_000, *([str(one)] for one in range(20, 29)))
    old = Rounds.of(60_000, [whole.row(1, place) for place in (0, 1, 2, 6, 7, 8)])
    new = Rounds.of(60_000, [whole.row(1, place) for place in (3, 4, 5)])
    terms = contract(objectives={"rtt": RTT, "jitter": {"definition": "ipdv_mean", "target": "<= 2ms"}})
    statement = judged(terms, [measured(new), measured(old)])
    assert [one.measured for one in statement.objectives] == [24, 1]
    assert "6 pairs" in statement.objectives[1].words
    assert statement.times.up == 9 * 60_000


def test_a_measured_series_may_be_empty() -> None:
    empty = Measured("pe", Rounds.of(60_000, []), np.empty(0, np.int8))
    objectives: dict[str, Mapping[str, object]] = {"availability": {"target": ">= 99.9%"}, "rtt": RTT}
    objectives["loss"] = {"target": "<= 1%"}
    objectives |= {
        f"j{place}": {"metric": "jitter", "definition": definition, "target": "<= 1ms"}
        for place, definition in enumerate(["ipdv_mean", "rfc3550", "stddev", "range", {"pdv": "p99"}])
    }
    objectives["means"] = {**RTT, "metric": "rtt", "of": {"means_of": "5m"}}
    statement = judged(contract(objectives=objectives), [empty])
    assert {one.verdict for one in statement.objectives} == {"insufficient_data"}
