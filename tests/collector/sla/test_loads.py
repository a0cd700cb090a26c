"""How full a circuit was, and what it carried."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from collector.sla.evidence import Load
from tests.collector.sla.cases import a_case, at, judged, told

USE = {"metric": "utilisation", "stat": "p95", "target": "<= 80%"}
CARRIED = {"metric": "throughput", "target": ">= 90%"}


def used(direction: str, *percents: int, start: float = 0) -> list[Load]:
    """A measurement an hour."""
    return [
        Load(at(start + hour), "cpe", direction, Fraction(one, 100), Fraction(one, 100))
        for hour, one in enumerate(percents)
    ]


BOTH = [*used("receive", 10, 20, 90), *used("transmit", 50, 60, 70)]


@pytest.mark.parametrize(
    ("changes", "figure", "verdict"),
    [
        ({}, 90, "breached"),
        ({"target": "<= 90%"}, 90, "met"),
        ({"target": "< 90%"}, 90, "breached"),
        ({"stat": "mean"}, 60, "met"),
        ({"stat": "p50"}, 60, "met"),
        ({"direction": "forward"}, 70, "met"),
        ({"direction": "reverse"}, 90, "breached"),
        ({"direction": "both", "stat": "p50"}, 50, "met"),
        ({"direction": "worst", "stat": "p50"}, 60, "met"),
    ],
)
def test_the_worse_direction_of_the_load_stands(changes: dict[str, Any], figure: int, verdict: str) -> None:
    one = judged(USE | changes, a_case(loads=BOTH))
    assert told(one, "measured", "verdict", "unit", "bounds") == (figure, verdict, "%", (figure, figure))


def test_the_worse_throughput_is_the_lower_one() -> None:
    one = judged(CARRIED, a_case(loads=BOTH))
    assert told(one, "measured", "verdict") == (40, "breached")
    assert one.words == "the mean of 3 measurements, of the bandwidth, receive, the worse way"
    fast = judged(CARRIED, a_case(loads=used("", 88, 92)))
    words = "the mean of 2 measurements, of the bandwidth"
    assert told(fast, "measured", "verdict", "words") == (90, "met", words)


def test_only_what_was_measured_in_the_period_counts() -> None:
    loads = [*used("receive", 99, start=-1), *used("receive", 10, 20), *used("receive", 99, start=720)]
    one = judged(USE | {"stat": "max"}, a_case(loads=loads))
    assert told(one, "measured", "coverage") == (20, 100)


def test_a_load_is_known_from_its_first_measurement_on() -> None:
    one = judged(USE, a_case(loads=used("receive", 10, start=360)))
    assert told(one, "coverage", "bounds") == (50, None)


@pytest.mark.parametrize("objective", [USE, CARRIED, USE | {"stat": {"share_above": "1ms"}}])
def test_a_load_that_nobody_measured_says_nothing(objective: dict[str, Any]) -> None:
    one = judged(objective, a_case(loads=[Load(at(1))]))
    assert told(one, "measured", "verdict") == (None, "insufficient_data")
    assert judged(objective, a_case()).coverage == 0
