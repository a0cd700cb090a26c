"""What a key figure's value is worth, since when, and in which words."""

from __future__ import annotations

from fractions import Fraction
from math import inf, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.analysis.kpis import Since, judged, length, rate, sentence, shown, since
from collector.analysis.ratings import Rating
from collector.analysis.voice import scores
from collector.sla.mos import Codec, score
from config.bounds import KINDS, Measure
from config.kpis import Definition, Kpi

MINUTE_MS = 60_000


def definition(measure: Measure = "utilisation", **bounds: str) -> Definition:
    return Kpi.model_validate({"measure": measure, **bounds}).definitions()[0]


FULL = definition(target="<= 60%", warning="> 70%", critical="> 85%")


@pytest.mark.parametrize(
    ("value", "rating", "threshold"),
    [
        (None, "unknown", None),
        (nan, "unknown", None),
        (inf, "unknown", None),
        (60.0, "good", "<= 60%"),
        (60.1, "off target", "<= 60%"),
        (70.0, "off target", "<= 60%"),
        (70.1, "warning", "> 70%"),
        (85.0, "warning", "> 70%"),
        (85.1, "critical", "> 85%"),
    ],
)
def test_a_value_is_rated_by_the_worst_bound_that_it_crosses(
    value: float | None, rating: Rating, threshold: str | None
) -> None:
    found, bound = rate(value, FULL)
    assert (found, bound and str(bound)) == (rating, threshold)


def test_what_nobody_asks_anything_of_is_good() -> None:
    assert rate(99.0, definition()) == ("good", None)
    assert judged("good", None, definition()) == "there is no target"


def test_a_bound_below_is_crossed_downwards() -> None:
    held = definition("availability", target=">= 99.95%", warning="< 99.9%", critical="< 99.5%")
    assert [rate(one, held)[0] for one in (99.95, 99.92, 99.8, 99.4)] == [
        "good", "off target", "warning", "critical",
    ]  # fmt: skip
    assert judged(*rate(99.8, held), held) == "below its low threshold of 99.9%"
    assert judged(*rate(99.4, held), held) == "below its critical threshold of 99.5%"
    assert judged(*rate(99.92, held), held) == "below its target of 99.95%"


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([50, 80, 80, 80], Since(1, 3, whole=True)),
        ([80, 80, 80, 80], Since(0, 4, whole=False)),
        ([50, nan, 80], Since(2, 1, whole=True)),
        ([50, 80, nan, nan, nan, 80], Since(1, 2, whole=True)),
        ([50, 80, nan, nan, nan, nan, 80], Since(6, 1, whole=False)),
        ([80, 80, nan], None),
        ([], None),
    ],
)
def test_since_when_a_rating_holds_passes_over_a_few_absences(
    values: list[float], found: Since | None
) -> None:
    assert since(range(len(values)), values, [FULL] * len(values)) == found


def test_each_value_is_rated_by_what_held_then() -> None:
    before, now = FULL, definition(target="<= 40%", warning="> 45%")
    assert since([0, 1, 2], [50, 50, 50], [before, before, now]) == Since(2, 1, whole=True)
    assert since([0, 1], [50, 50], [None, now]) == Since(1, 1, whole=False)


def test_the_sentence_says_value_bound_and_for_how_long() -> None:
    held = definition(target="<= 70%", warning="> 70%")
    rating, bound = rate(82.0, held)
    told = sentence("CPE utilisation", "lon-acme", 82.0, rating, bound, held, f"for {length(45 * MINUTE_MS)}")
    assert told == "CPE utilisation of lon-acme 82%, above its high threshold of 70%, for 45 minutes"
    assert sentence("Load", "", 7.0, *rate(7.0, held), held, "") == "Load 7%, meets its target of 70%"


@pytest.mark.parametrize(
    ("minutes", "text"),
    [(0, "0 minutes"), (1, "1 minute"), (119, "119 minutes"), (120, "2 hours"), (2_880, "2 days")],
)  # fmt: skip
def test_a_length_of_time_has_one_unit(minutes: int, text: str) -> None:
    assert length(minutes * MINUTE_MS) == text


def test_values_are_shown_in_the_unit_of_their_measure_without_idle_zeros() -> None:
    said: list[tuple[Measure, float, str]] = [
        ("availability", 100.0, "100%"), ("availability", 99.9954, "99.995%"), ("rtt", 21.04, "21 ms"),
        ("mttr", 0.5, "0.5 h"), ("mos", 4.1, "4.1 of 5"), ("throughput", 2146.34, "2,146.3 Mbit/s"),
        ("outages", 2.0, "2"), ("tls_days", 30.4, "30 d"),
    ]  # fmt: skip
    assert [shown(value, KINDS[measure]) for measure, value, _ in said] == [text for *_, text in said]


@settings(max_examples=40)
@given(rtt_ms=st.integers(0, 700), lost=st.integers(0, 100).map(lambda percent: Fraction(percent, 100)))
def test_voice_is_scored_as_the_contracts_score_it(rtt_ms: int, lost: Fraction) -> None:
    codec, delay = Codec(Fraction(0), Fraction("4.3")), Fraction(rtt_ms, 2)
    beyond = max(Fraction(0), delay - Fraction("177.3"))
    exact = score(codec.rating(100 * lost) - Fraction("0.024") * delay - Fraction("0.11") * beyond)
    assert scores(np.array([rtt_ms / 1000]), np.array([float(lost)]))[0] == pytest.approx(
        float(exact), abs=1e-9
    )


def test_voice_of_what_was_not_answered_is_not_known() -> None:
    assert np.isnan(scores(np.array([nan, 0.02]), np.array([1.0, nan]))).all()
