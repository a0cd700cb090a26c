"""From figures to verdicts: targets, bounds, coverage, budgets, and the verdict in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.sla.judgement import decide, sentence
from collector.sla.reckoning import Excluded
from collector.sla.rules import CircuitFacts
from config.terms import Figure, Target
from tests.collector.sla.build import measured, outage, rounds
from tests.collector.sla.cases import APRIL, HOUR, a_case, april, judged, told, without_account

AVAILABILITY = {"metric": "availability", "target": ">= 99.9%"}
JITTER = {"metric": "jitter", "target": "<= 5ms"}
RTT = {"metric": "rtt", "stat": "mean", "of": "samples", "lost": "ignore", "target": "<= 45ms"}
MONTH = 720 * HOUR


@pytest.mark.parametrize(
    ("figure", "ends", "coverage", "needed", "verdict"),
    [
        (100, None, 100, None, "met"),
        (98, None, 100, None, "breached"),
        (99, None, 0, None, "met"),
        (None, None, 100, None, "insufficient_data"),
        (100, None, 98, 99, "insufficient_data"),
        (100, None, 99, 99, "met"),
        (100, (98, 100), 98, 99, "insufficient_data"),
        (100, (99, 100), 98, 99, "met"),
        (100, (97, 98), 98, 99, "breached"),
        (None, (99, 100), 98, 99, "met"),
        (None, (99, 100), 99, 99, "insufficient_data"),
        ("infinite", None, 100, None, "met"),
    ],
)
def test_a_verdict_needs_a_figure_and_enough_data(
    figure: Figure | None,
    ends: Any,  # noqa: ANN401
    coverage: int,
    needed: int | None,
    verdict: str,
) -> None:
    exact = None if ends is None else (Fraction(ends[0]), Fraction(ends[1]))
    known = Fraction(figure) if isinstance(figure, int) else figure
    least = None if needed is None else Fraction(needed)
    assert decide(Target.parse(">= 99%"), known, exact, Fraction(coverage), least, "%") == verdict


@pytest.mark.parametrize(("figure", "verdict"), [(14_400, "met"), (14_401, "breached")])
def test_seconds_are_held_against_a_target_in_hours(figure: int, verdict: str) -> None:
    ends = (Fraction(figure), Fraction(figure))
    assert decide(Target.parse("<= 4h"), Fraction(figure), None, Fraction(100), None, "s") == verdict
    assert decide(Target.parse("<= 4h"), Fraction(1), ends, Fraction(0), Fraction(1), "s") == verdict


@pytest.mark.parametrize(
    ("minutes", "target", "verdict"),
    [
        (43.2, ">= 99.9%", "met"),
        (43.2, "> 99.9%", "breached"),
        (43.3, ">= 99.9%", "breached"),
        (0, ">= 100%", "met"),
    ],
)
def test_availability_exactly_at_its_target(minutes: float, target: str, verdict: str) -> None:
    one = judged(AVAILABILITY | {"target": target}, a_case(down=april((10, 10 + minutes / 60))))
    assert one.verdict == verdict
    assert one.measured == 100 - Fraction(str(minutes)) * 100 / 43_200


def test_display_never_decides_and_rounding_does_where_the_contract_says_so() -> None:
    down = april((10, 10 + 43.3 / 60))
    assert judged(AVAILABILITY, a_case(down=down)).verdict == "breached"
    rounding = {"round": {"places": 2, "mode": "half_up"}}
    one = judged(AVAILABILITY | rounding, a_case(down=down))
    assert told(one, "measured", "verdict", "places") == (Fraction("99.9"), "met", 2)
    assert one.bounds == (Fraction("99.9"), Fraction("99.9"))


def test_unknown_time_opens_the_bounds() -> None:
    case = a_case(down=april((10, 10 + Fraction(1, 3))), silence=april((20, 23)))  # type: ignore[arg-type]
    one = judged(AVAILABILITY, case)
    assert one.bounds is not None
    worst, best = one.bounds
    assert (one.coverage, worst, best) == (
        100 - Fraction(300, 720),
        100 - Fraction(100 * 200, 43_200),
        100 - Fraction(100 * 20, 43_200),
    )
    strict = judged(AVAILABILITY, replace(case, rules=replace(case.rules, coverage=Fraction("99.6"))))
    assert strict.verdict == "insufficient_data"
    agreed = judged(
        AVAILABILITY | {"target": ">= 99.5%"},
        replace(case, rules=replace(case.rules, coverage=Fraction("99.6"))),
    )
    assert agreed.verdict == "met"


@pytest.mark.parametrize("policy", ["exclude", "up", "down", "carry"])
def test_a_period_of_which_nothing_is_known_is_never_100_and_never_0_percent(policy: str) -> None:
    case = a_case(silence=april((0, 720)), unknown={"policy": policy})
    one = judged(AVAILABILITY, case)
    assert told(one, "measured", "verdict", "bounds", "coverage") == (None, "insufficient_data", None, 0)
    assert sentence(one) == "availability, target >= 99.9%: not judged: nothing is known of the period"
    known = judged(AVAILABILITY, a_case(silence=april((0, 719)), unknown={"policy": "up"}))
    assert told(known, "measured", "verdict") == (100, "met")


@pytest.mark.parametrize(
    ("terms", "left"),
    [
        ({}, 43.2 - 20),
        ({"outage": outage(minimum={"allowance": "15m"})}, 43.2 + 15 - 20),
        ({"outage": outage(minimum={"allowance": "target"})}, 43.2 - 20),
        ({"outage": outage(minimum={"longer_than": "20m"})}, 43.2),
    ],
)
def test_the_budget_is_what_may_still_be_down(terms: dict[str, Any], left: float) -> None:
    one = judged(AVAILABILITY, a_case(down=april((10, 10 + 1 / 3)), **terms))
    assert one.budget_ms == round(left * 60_000)


def test_time_that_left_the_denominator_leaves_no_budget() -> None:
    one = judged(AVAILABILITY, a_case(excluded=Excluded(window=april((0, 72))), silence=april((100, 172))))
    assert one.budget_ms == Fraction(MONTH - 144 * HOUR, 1000)


@pytest.mark.parametrize(
    ("target", "minutes", "certain"),
    [(">= 99.9%", 43.2, False), ("> 99.9%", 43.2, True), (">= 99.9%", 43.3, True), (">= 90%", 40, False)],
)
def test_a_breach_is_certain_once_the_whole_periods_allowance_is_spent(
    target: str, minutes: float, certain: bool
) -> None:
    running = a_case(down=april((1, 1 + minutes / 60)), now="2026-04-02T00:00:00Z")
    assert judged(AVAILABILITY | {"target": target}, running).certain is certain


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"policy": None}, "the contract doesn't say yet what unknown time counts as"),
        ({"denominator": None}, "the contract doesn't say yet what the denominator is"),
        ({}, "the contract doesn't say yet what an outage is"),
    ],
)
def test_without_an_account_availability_says_what_is_undecided(changes: dict[str, Any], why: str) -> None:
    case = without_account(a_case())
    one = judged(AVAILABILITY, replace(case, rules=replace(case.rules, **changes)))
    assert told(one, "verdict", "words", "coverage", "measured") == ("insufficient_data", why, 0, None)


def test_without_a_down_rule_only_what_needs_no_status_is_judged() -> None:
    case = a_case(measured(rounds(APRIL, HOUR, ["20"])))
    blind = replace(
        case, rules=replace(case.rules, down=None), evidence=replace(case.evidence, intervals=None)
    )
    loss: dict[str, Any] = {"metric": "loss", "target": "<= 1%"}
    assert judged(loss, blind).verdict == "met"
    assert judged(loss | {"while": "available"}, blind).verdict == "insufficient_data"
    assert judged(loss | {"while": "available"}, replace(blind, evidence=case.evidence)).verdict == "met"


@pytest.mark.parametrize(
    ("objective", "words"),
    [
        (
            AVAILABILITY | {"clause": "4.1"},
            "it = 1 - 60 min counted / 43,200 min = 99.861111%, target >= 99.9% (clause 4.1): breached",
        ),
        (
            {"metric": "loss", "target": "<= 1%"},
            "it = 1 lost of 4 packets sent = 25%, target <= 1%: breached",
        ),
        (
            RTT | {"round": {"places": 1}},
            "it: the mean of 3 answered packets (1 lost, left out) = 20.3 ms, target <= 45 ms: met",
        ),
        (
            RTT | {"stat": "p99", "lost": "infinite"},
            "it: the 99th percentile of 4 sent packets (1 lost, as infinite) = infinite, "
            "target <= 45 ms: breached",
        ),
        (
            {"metric": "time_to_repair", "each": "<= 30m"},
            "it: the longest of 1 case, 1 of them too long = 60 min, target <= 30 min: breached",
        ),
        (
            {"metric": "mos", "target": ">= 4"},
            "it: the mean score of 3 answered rounds for G711 = 4.404513, target >= 4: met",
        ),
        (
            RTT | {"stat": {"share_above": "20ms"}, "target": "<= 5%", "lost": "infinite"},
            "it: 2 of 4 sent packets (1 lost, as infinite) took more than 20 ms = 50%, "
            "target <= 5%: breached",
        ),
        (
            RTT | {"of": {"means_of": "1h"}, "stat": "max"},
            "it: the largest of 3 means of 1 h (lost packets left out) = 21 ms, target <= 45 ms: met",
        ),
        (
            RTT | {"stat": "max", "round": {"places": 2, "mode": "half_up"}},
            "it: the largest of 3 answered packets (1 lost, left out) = 21.00 ms, target <= 45 ms: met",
        ),
        (
            RTT | {"of": {"means_of": "1h"}, "stat": {"share_above": "20ms"}, "target": "<= 5%"},
            "it: 1 of 3 means of 1 h (lost packets left out) were more than 20 ms = 33.333333%, "
            "target <= 5%: breached",
        ),
        (
            JITTER | {"definition": "ipdv_mean"},
            "it: the mean difference within 1 pair of neighbouring packets = 1 ms, target <= 5 ms: met",
        ),
        (
            JITTER | {"definition": "ipdv_mean", "stat": {"share_above": "1ms"}, "target": "<= 5%"},
            "it: 0 of 1 pair of neighbouring packets differed by more than 1 ms = 0%, target <= 5%: met",
        ),
        (
            JITTER | {"definition": "rfc3550"},
            "it: the running estimate of RFC 3550 over 1 pair of neighbouring packets = 0.0625 ms, "
            "target <= 5 ms: met",
        ),
        (
            JITTER | {"definition": "range"},
            "it: the largest less the least of the delays of 3 answered packets (1 lost, left out) = 1 ms, "
            "target <= 5 ms: met",
        ),
        (
            JITTER | {"definition": {"pdv": "p95"}},
            "it: the 95th percentile of what 3 answered packets (1 lost, left out) took beyond the least "
            "delay = 1 ms, target <= 5 ms: met",
        ),
        (
            JITTER | {"definition": {"pdv": "p95"}, "stat": {"share_above": "1ms"}, "target": "<= 5%"},
            "it: 0 of 4 sent packets (1 lost, not among them) took more than 1 ms beyond the least "
            "delay = 0%, target <= 5%: met",
        ),
        (
            {"metric": "delivery", "target": "<= 0bd"},
            "it: due on 2026-04-01, delivered on 2026-04-02 = 1 business day, "
            "target <= 0 business days: breached",
        ),
        (
            {"metric": "utilisation", "target": "<= 80%"},
            "it, target <= 80%: not judged: nobody measured the utilisation",
        ),
        (
            AVAILABILITY | {"only_if": [{"cure": "1d"}]},
            "it = 1 - 60 min counted / 43,200 min = 99.861111%, target >= 99.9%: breached; it does not pay: "
            "it was not breached in a period that ended 1 day or more before this one's end",
        ),
    ],
)  # fmt: skip
def test_a_verdict_is_a_sentence(objective: dict[str, Any], words: str) -> None:
    facts = CircuitFacts("x-1", "UTC", due=date(2026, 4, 1), delivered=date(2026, 4, 2))
    seen = measured(rounds(APRIL, HOUR, ["20"], ["21"], [None], ["20"]))
    assert sentence(judged(objective, a_case(seen, down=april((2, 3)), facts=facts), "it")) == words


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.integers(0, 700), st.integers(1, 90)), max_size=5),
    st.integers(0, 700),
    st.integers(1, 20),
)
def test_an_exclusion_never_lowers_availability(down: list[tuple[int, int]], start: int, hours: int) -> None:
    gone = april(*((begin, begin + minutes / 60) for begin, minutes in down))
    without = judged(AVAILABILITY, a_case(down=gone)).measured
    excluded = Excluded(numerator=april((start, start + hours)))
    found = judged(AVAILABILITY, a_case(down=gone, excluded=excluded)).measured
    assert isinstance(found, Fraction)
    assert isinstance(without, Fraction)
    assert found >= without
