"""Verdicts over packets: which rounds are looked at, by whom, in which direction, and what they say."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.sla.evidence import Load
from collector.sla.reckoning import Excluded
from collector.sla.rounding import shown
from collector.sla.rules import CircuitFacts, Judges
from collector.sla.tracks import Measured
from config.settings import JudgedBy
from tests.collector.sla.build import measured, rounds
from tests.collector.sla.cases import APRIL, DAY, HOUR, a_case, april, at, judged, told

GOLDEN = Path(__file__).parents[2] / "golden" / "sla_packets.json"
RTT = {"metric": "rtt", "stat": "mean", "of": "samples", "lost": "ignore", "target": "<= 45ms"}
LOSS = {"metric": "loss", "target": "<= 1%"}
PDV = {"metric": "jitter", "definition": {"pdv": "p100"}, "target": "<= 5ms"}


def hourly(*texts: str | None, probe: str = "pe", start: float = 0, **flow: Any) -> Measured:  # noqa: ANN401
    """A round of one packet an hour."""
    return replace(measured(rounds(at(start), HOUR, *([one] for one in texts)), probe), **flow)


def by(
    *,
    rtt: tuple[str, ...] | None = None,
    loss: tuple[str, ...] | Literal["least"] | None = None,
    jitter: tuple[str, ...] | None = None,
) -> JudgedBy:
    return JudgedBy.model_construct(availability=None, rtt=rtt, loss=loss, jitter=jitter)


@pytest.mark.parametrize("vector", json.loads(GOLDEN.read_text()), ids=lambda vector: vector["name"])
def test_each_golden_vector_comes_out(vector: dict[str, Any]) -> None:
    packets = [texts for times, texts in vector["rounds"] for _ in range(times)]
    one = judged(vector["objective"], a_case(measured(rounds(APRIL, vector["every"] * 1000, *packets))))
    assert one.measured is not None
    assert (shown(one.measured, one.places).rstrip("0"), one.verdict) == (
        vector["measured"].rstrip("0"),
        vector["verdict"],
    )


@pytest.mark.parametrize(
    ("objective", "unit"),
    [
        (RTT, "ms"),
        (RTT | {"stat": {"share_above": "10ms"}, "target": "<= 1%"}, "%"),
        (LOSS, "%"),
        (PDV, "ms"),
        (PDV | {"stat": {"share_above": "10ms"}, "target": "<= 1%"}, "%"),
        ({"metric": "mos", "target": ">= 4"}, ""),
        ({"metric": "one_way_delay", "direction": "forward", "target": "<= 4ms"}, "ms"),
    ],
)
def test_figures_are_in_the_metrics_own_unit(objective: dict[str, Any], unit: str) -> None:
    assert judged(objective, a_case()).unit == unit


@pytest.mark.parametrize(
    ("target", "verdict"),
    [("<= 45ms", "met"), ("< 45ms", "breached"), ("<= 44.999ms", "breached"), ("< 45.001ms", "met")],
)
def test_exactly_at_the_target_is_decided_by_its_sign(target: str, verdict: str) -> None:
    assert judged(RTT | {"target": target}, a_case(hourly("44", "46"))).verdict == verdict


@pytest.mark.parametrize(
    "objective",
    [
        RTT,
        LOSS,
        PDV,
        PDV | {"definition": "ipdv_mean"},
        PDV | {"definition": "rfc3550"},
        PDV | {"definition": "stddev"},
        PDV | {"definition": "range"},
        RTT | {"stat": {"share_above": "10ms"}, "target": "<= 1%"},
        RTT | {"of": {"means_of": "1h"}},
        RTT | {"of": {"means_of": "1h"}, "stat": "max"},
        {"metric": "mos", "target": ">= 4"},
        {"metric": "mos", "target": ">= 4", "method": "full"},
        {"metric": "one_way_delay", "target": "<= 4ms"},
        RTT | {"direction": "worst"},
    ],
)
def test_without_a_round_nothing_is_said(objective: dict[str, Any]) -> None:
    one = judged(objective, a_case())
    assert told(one, "measured", "verdict", "coverage", "bounds") == (None, "insufficient_data", 0, None)
    elsewhere = judged(objective, a_case(hourly("20", start=-2)))
    assert told(elsewhere, "measured", "verdict") == (None, "insufficient_data")


@pytest.mark.parametrize(
    ("objective", "figure"),
    [
        (RTT, None),
        (RTT | {"lost": "infinite"}, "infinite"),
        (RTT | {"lost": {"as": "2s"}}, 2000),
        (RTT | {"stat": "p50", "lost": "infinite"}, "infinite"),
        (RTT | {"stat": {"share_above": "10ms"}, "target": "<= 1%"}, 0),
        (RTT | {"stat": {"share_above": "10ms"}, "target": "<= 1%", "lost": "infinite"}, 100),
        (RTT | {"stat": {"share_above": "2s"}, "target": "<= 1%", "lost": {"as": "2s"}}, 0),
        (RTT | {"stat": {"share_above": "1999ms"}, "target": "<= 1%", "lost": {"as": "2s"}}, 100),
        (RTT | {"of": {"means_of": "1h"}}, None),
        (RTT | {"of": {"means_of": "1h"}, "lost": "infinite"}, "infinite"),
        (LOSS, 100),
        (PDV, None),
        (PDV | {"lost": "infinite"}, "infinite"),
        (PDV | {"lost": {"as": "2s"}}, 2000),
        (PDV | {"definition": "range", "lost": "infinite"}, "infinite"),
        (PDV | {"definition": "stddev", "lost": {"as": "2s"}}, 0),
        (PDV | {"definition": "ipdv_mean", "lost": "infinite"}, None),
        ({"metric": "mos", "target": ">= 4"}, None),
    ],
)
def test_where_all_is_lost_the_contract_says_what_that_is(objective: dict[str, Any], figure: object) -> None:
    assert judged(objective, a_case(hourly(None, None))).measured == figure


@pytest.mark.parametrize(
    ("changes", "figure"),
    [
        ({}, 9),
        ({"lost": "infinite"}, "infinite"),
        ({"lost": {"as": "25ms"}}, 9),
        ({"lost": {"as": "40ms"}}, 19 + 1),
        ({"lost": {"as": "1ms"}}, 9),
        ({"definition": {"pdv": "p50"}, "lost": {"as": "40ms"}}, 9),
        ({"definition": "range", "lost": {"as": "40ms"}}, 20),
        ({"stat": {"share_above": "8ms"}, "target": "<= 1%"}, Fraction(100, 3)),
        ({"stat": {"share_above": "9ms"}, "target": "<= 1%"}, 0),
        ({"stat": {"share_above": "9ms"}, "target": "<= 1%", "lost": "infinite"}, Fraction(100, 3)),
        ({"stat": {"share_above": "19ms"}, "target": "<= 1%", "lost": {"as": "40ms"}}, Fraction(100, 3)),
        ({"stat": {"share_above": "20ms"}, "target": "<= 1%", "lost": {"as": "40ms"}}, 0),
    ],
)
def test_variation_counts_a_lost_packet_as_it_is_told(changes: dict[str, Any], figure: object) -> None:
    assert judged(PDV | changes, a_case(hourly("20", "29", None))).measured == figure


def test_of_several_tracks_pdv_is_above_each_ones_least_and_stddev_is_the_worst_ones() -> None:
    case = a_case(hourly("20", "21"), hourly("80", "84", probe="far"))
    assert judged(PDV, case).measured == 4
    assert judged(PDV | {"definition": "range"}, case).measured == 4
    assert judged(PDV | {"definition": "ipdv_mean"}, case).measured == Fraction(5, 2)


@pytest.mark.parametrize(
    ("during", "figure"),
    [
        ("always", Fraction(150, 5)),
        ("available", Fraction(10 + 40 + 50, 3)),
        ({"available": True, "utilisation_below": "80%"}, Fraction(10 + 50, 2)),
        ({"available": False, "utilisation_below": "80%"}, Fraction(10 + 20 + 30 + 50, 4)),
        ({"available": False, "utilisation_below": "80.1%"}, Fraction(150, 5)),
    ],
)
def test_while_leaves_out_down_excluded_and_busy_time(during: object, figure: Fraction) -> None:
    loads = [
        Load(at(2.5), "cpe", "receive", Fraction("0.8")),
        Load(at(3.5), "cpe", "receive", Fraction("0.1")),
    ]
    case = a_case(
        hourly("10", "20", "30", "40", "50"),
        down=april((1, 2)),
        excluded=Excluded(numerator=april((2, 3))),
        loads=[*loads, Load(at(0.5), "cpe", "transmit", Fraction("0.2")), Load(at(3.2), "cpe", "receive")],
    )
    assert judged(RTT | {"while": during}, case).measured == figure


def test_a_round_at_the_end_of_an_outage_is_available_and_one_at_its_start_is_not() -> None:
    case = a_case(hourly("10", "20", "30"), down=april((1, 2)))
    assert judged(RTT | {"while": "available"}, case).measured == 20
    assert (
        judged(RTT | {"while": "available"}, a_case(hourly("10", "20", "30"), down=april((0.5, 1)))).measured
        == 20
    )


def test_available_time_is_left_out_of_a_load_in_any_direction_until_the_next_of_its_own() -> None:
    loads = [
        Load(at(0.5), "cpe", "receive", Fraction("0.9")),
        Load(at(1.5), "cpe", "transmit", Fraction("0.1")),
        Load(at(3), "cpe", "receive", Fraction("0.1")),
    ]
    case = a_case(hourly("10", "20", "30", "40"), loads=loads)
    assert judged(RTT | {"while": {"available": False, "utilisation_below": "90%"}}, case).measured == 25


FORWARD = hourly("10", "12", probe="far", direction="forward", dscp=34, family=4)
REVERSE = hourly("30", "40", probe="far", direction="reverse", dscp=34, family=4)
WHOLE = hourly("50", "52", dscp=0, family=6)


@pytest.mark.parametrize(
    ("changes", "figure"),
    [
        ({}, Fraction(10 + 12 + 30 + 40 + 50 + 52, 6)),
        ({"direction": "forward"}, 11),
        ({"direction": "reverse"}, 35),
        ({"direction": "worst"}, 35),
        ({"dscp": [0]}, 51),
        ({"dscp": [34, 46]}, 23),
        ({"dscp": [46]}, None),
        ({"family": 6}, 51),
        ({"family": "4", "direction": "forward"}, 11),
    ],
)
def test_classes_directions_and_families_are_told_apart(changes: dict[str, Any], figure: object) -> None:
    assert judged(RTT | changes, a_case(FORWARD, REVERSE, WHOLE)).measured == figure


@pytest.mark.parametrize(
    ("direction", "figure"),
    [(None, 23), ("both", 23), ("forward", 11), ("reverse", 35), ("worst", 35)],
)
def test_one_way_delay_never_is_a_round_trip(direction: str | None, figure: int) -> None:
    objective = {"metric": "one_way_delay", "target": "<= 20ms"} | (
        {"direction": direction} if direction else {}
    )
    one = judged(objective, a_case(FORWARD, REVERSE, WHOLE))
    assert told(one, "measured", "unit") == (figure, "ms")
    assert judged(objective, a_case(WHOLE)).measured is None


def test_the_worse_way_is_the_lower_one_where_more_is_better() -> None:
    case = a_case(hourly("10", direction="forward"), hourly("400", direction="reverse"))
    worse = judged({"metric": "mos", "target": ">= 4", "direction": "worst", "delay": "one_way"}, case)
    reverse = judged({"metric": "mos", "target": ">= 4", "direction": "reverse", "delay": "one_way"}, case)
    assert worse.measured == reverse.measured
    assert "reverse, the worse way" in worse.words
    alone = a_case(hourly("10", direction="forward"))
    assert judged(RTT | {"direction": "worst"}, alone).words.endswith(", forward")


def test_a_round_trip_stands_for_both_ways_and_is_looked_at_where_none_is_named() -> None:
    case = a_case(hourly("10"), hourly("4", direction="forward"), hourly("8", direction="reverse"))
    assert judged(RTT, case).measured == 10
    assert judged(RTT | {"direction": "both"}, case).measured == 6
    assert judged(RTT | {"direction": "both"}, a_case(hourly("10"))).measured == 10
    assert judged(RTT | {"direction": "forward"}, a_case(hourly("10"))).measured is None


def test_named_probes_answer_and_jitter_falls_back_to_those_of_rtt() -> None:
    facts = CircuitFacts("x-1", "UTC", judged_by=by(rtt=("far",), loss=("pe",)))
    case = a_case(hourly("10", None), hourly("30", "33", probe="far"), facts=facts)
    assert judged(RTT, case).measured == Fraction(63, 2)
    assert judged(LOSS, case).measured == 50
    assert judged(PDV, case).measured == 3
    own = replace(facts, judged_by=by(rtt=("far",), jitter=("pe",)))
    assert judged(PDV, a_case(hourly("10", "11"), hourly("30", "33", probe="far"), facts=own)).measured == 1


def test_who_judges_may_change_within_the_period() -> None:
    facts = CircuitFacts("x-1", "UTC", judged_by=by(rtt=("pe",), loss=("pe",)))
    later = Judges(at(2), "any", by(rtt=("far",), loss="least"))
    case = a_case(
        hourly("10", "20", "90", None),
        hourly("91", "92", "30", "40", probe="far"),
        facts=replace(facts, later_judges=(later,)),
    )
    assert judged(RTT, case).measured == Fraction(10 + 20 + 30 + 40, 4)
    assert judged(LOSS, case).measured == 0
    never = replace(facts, later_judges=(replace(later, from_ms=APRIL + 40 * DAY),))
    assert judged(RTT, replace(case, circuit=never, scene=replace(case.scene, circuit=never))).measured == 40
    before = replace(facts, later_judges=(replace(later, from_ms=APRIL - 1),))
    assert judged(RTT, replace(case, scene=replace(case.scene, circuit=before))).measured == Fraction(253, 4)


def test_a_pair_over_a_change_of_judges_stays_a_pair_where_the_probe_goes_on() -> None:
    facts = CircuitFacts("x-1", "UTC", judged_by=by(rtt=("pe",)))
    facts = replace(facts, later_judges=(Judges(at(2), "all", by(rtt=("pe",))),))
    case = a_case(hourly("10", "11", "15", "15"), facts=facts)
    assert judged(PDV | {"definition": "ipdv_mean"}, case).measured == Fraction(5, 3)


def test_coverage_is_of_service_hours_and_noted_time_is_known() -> None:
    seen = hourly(*["20"] * 240)
    third = judged(RTT, a_case(seen))
    assert told(third, "coverage", "bounds") == (Fraction(100, 3), None)
    noted = a_case(seen, excluded=Excluded(numerator=april((230, 480))))
    assert judged(RTT, noted).coverage == Fraction(200, 3)
    closed = a_case(seen, excluded=Excluded(off_hours=april((240, 720))))
    full = judged(RTT, closed)
    assert told(full, "coverage", "bounds") == (100, (20, 20))


@pytest.mark.parametrize(("needed", "verdict"), [("33.3%", "met"), ("33.4%", "insufficient_data")])
def test_under_the_needed_coverage_packets_say_nothing(needed: str, verdict: str) -> None:
    case = a_case(hourly(*["20"] * 240), unknown={"policy": "exclude", "coverage": needed})
    one = judged(RTT, case)
    assert told(one, "measured", "verdict") == (20, verdict)


def test_a_running_period_is_judged_so_far_and_nothing_is_certain() -> None:
    one = judged(RTT, a_case(hourly("20", "30", "99"), now="2026-04-01T02:00:00Z"))
    assert told(one, "measured", "certain", "coverage") == (25, False, 100)
    assert judged(RTT, a_case(hourly("20"))).certain


def test_daily_means_are_of_local_days() -> None:
    # April begins at 04:00 in UTC there
    case = a_case(hourly(*["40"] * 24, "70", start=4), timezone="America/New_York")
    assert judged(RTT | {"of": {"means_of": "1d"}}, case).measured == 55
    assert (
        judged(
            RTT | {"of": {"means_of": "1d"}, "stat": {"share_above": "69ms"}, "target": "<= 1%"}, case
        ).measured
        == 50
    )


@settings(max_examples=60)
@given(
    st.lists(st.one_of(st.none(), st.integers(1, 90)), min_size=1, max_size=30),
    st.sampled_from(["mean", "max", "p50", "p95", {"share_above": "40ms"}]),
    st.sampled_from(["ignore", "infinite", {"as": "60ms"}]),
)
def test_round_trips_are_what_the_plain_definition_says(
    delays: list[int | None],
    stat: Any,  # noqa: ANN401
    lost: Any,  # noqa: ANN401
) -> None:
    target = "<= 1%" if isinstance(stat, dict) else "<= 1ms"
    case = a_case(hourly(*(None if one is None else str(one) for one in delays)))
    found = judged(RTT | {"stat": stat, "lost": lost, "target": target}, case).measured
    assert found == plain(delays, stat, lost)


def plain(delays: Iterable[int | None], stat: Any, lost: Any) -> object:  # noqa: ANN401
    every = list(delays)
    of_lost = {"ignore": None, "infinite": 10**9}.get(lost) if isinstance(lost, str) else 60
    values = [of_lost if one is None else one for one in every]
    if isinstance(stat, dict):
        return Fraction(100 * sum(one is not None and one > 40 for one in values), len(every))
    known = sorted(one for one in values if one is not None)
    if not known:
        return None
    if stat == "mean":
        return "infinite" if known[-1] == 10**9 else Fraction(sum(known), len(known))
    percent = 100 if stat == "max" else int(stat[1:])
    value = next(one for one in known if 100 * sum(other <= one for other in known) >= percent * len(known))
    return "infinite" if value == 10**9 else value
