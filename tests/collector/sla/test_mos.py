"""The mean opinion score, against the plain definition of G.107."""

from __future__ import annotations

import math
from decimal import Decimal, getcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.sla.mos import Answers, Codec, mean_score, score
from collector.sla.rounding import shown
from tests.collector.sla.build import measured, rounds
from tests.collector.sla.cases import APRIL, a_case, judged

G711, PLC = Codec(Fraction(0), Fraction("4.3")), Codec(Fraction(0), Fraction("25.1"))
G729A = Codec(Fraction(11), Fraction(19))
Row = tuple[int, int, int]
"""The sum of delays in units of 100 ns, packets answered and lost."""
ROWS = st.lists(
    st.tuples(st.integers(0, 60_000_000), st.integers(1, 3), st.integers(0, 3)), min_size=1, max_size=12
)


def answers(rows: list[Row]) -> Answers:
    units, answered, lost = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    return Answers(units, answered, lost, answered + lost)


def plain(rows: list[Row], codec: Codec, one_way: Fraction) -> Fraction:
    total = Fraction(0)
    for units, answered, lost in rows:
        ppl = Fraction(100 * lost, answered + lost)
        d = one_way * Fraction(units, answered * 10_000)
        impairment = Fraction("0.024") * d + max(Fraction(0), Fraction("0.11") * (d - Fraction("177.3")))
        ie_eff = codec.ie + (95 - codec.ie) * ppl / (ppl / codec.burst + codec.bpl)
        r = Fraction("93.2") - impairment - ie_eff
        mos = 1 + Fraction("0.035") * r + r * (r - 60) * (100 - r) * Fraction(7, 10**6)
        total += 1 if r <= 0 else max(Fraction(1), mos)
    return total / len(rows)


@settings(max_examples=150)
@given(
    ROWS,
    st.sampled_from([G711, PLC, G729A, Codec(Fraction(0), Fraction("4.3"), Fraction(2))]),
    st.sampled_from([Fraction(1), Fraction(1, 2)]),
)
def test_the_shortcut_is_exact(rows: list[Row], codec: Codec, one_way: Fraction) -> None:
    assert mean_score(answers(rows), codec, one_way=one_way, method="shortcut") == plain(rows, codec, one_way)


@settings(max_examples=80)
@given(ROWS)
def test_the_full_delay_impairment_is_right_to_ten_places(rows: list[Row]) -> None:
    getcontext().prec = 40
    total = 0.0
    for units, answered, lost in rows:
        d = units / (answered * 10_000)
        x = math.log2(d / 100) if d > 100 else 0.0
        idd = 25 * ((1 + x**6) ** (1 / 6) - 3 * (1 + (x / 3) ** 6) ** (1 / 6) + 2)
        ppl = 100 * lost / (answered + lost)
        r = 93.2 - idd - 95 * ppl / (ppl + 4.3)
        total += 1 if r <= 0 else max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6)
    found = mean_score(answers(rows), G711, one_way=Fraction(1), method="full")
    assert found is not None
    assert math.isclose(float(found), total / len(rows), abs_tol=1e-10)
    assert Decimal(1) <= Decimal(found.numerator) / Decimal(found.denominator) <= Decimal("4.5")


def test_up_to_100_ms_the_full_method_sees_no_delay_at_all() -> None:
    without = mean_score(answers([(0, 1, 0)]), G711, one_way=Fraction(1), method="full")
    assert (
        mean_score(answers([(1_000_000, 1, 0)]), G711, one_way=Fraction(1), method="full")
        == without
        == score(Fraction("93.2"))
    )
    beyond = mean_score(answers([(1_500_000, 1, 0)]), G711, one_way=Fraction(1), method="full")
    assert beyond is not None
    assert without is not None
    assert beyond < without


@pytest.mark.parametrize(
    ("rating", "mos"),
    [
        ("-5", "1"),
        ("0", "1"),
        ("3", "1"),
        ("6.5", "1"),
        ("60", "3.1"),
        ("93.2", "4.409286"),
        ("100", "4.5"),
        ("120", "4.5"),
    ],
)
def test_a_rating_is_worth_between_1_and_4_and_a_half(rating: str, mos: str) -> None:
    assert shown(score(Fraction(rating)), 6) == shown(Fraction(mos), 6)


def test_a_score_just_above_the_bottom_is_more_than_1() -> None:
    assert score(Fraction("6.6")) > 1


def test_no_round_has_no_score() -> None:
    empty = np.empty(0, np.int64)
    assert (
        mean_score(Answers(empty, empty, empty, empty), G711, one_way=Fraction(1), method="shortcut") is None
    )


def test_large_sums_do_not_leave_64_bits() -> None:
    rows = [(60_000_000_000, 100, 0)] * 50 + [(2_000_000, 100, 1)] * 50
    assert mean_score(answers(rows), PLC, one_way=Fraction(1), method="shortcut") == plain(
        rows, PLC, Fraction(1)
    )


def test_rounds_without_an_answer_have_no_score() -> None:
    case = a_case(measured(rounds(APRIL, 60_000, ["150"], [None], [])))
    one = judged({"metric": "mos", "target": ">= 4.0"}, case)
    assert one.measured is not None
    assert (shown(one.measured, 3), one.words) == ("4.372", "the mean score of 1 answered round for G711")
    rtt = judged({"metric": "mos", "target": ">= 4.0", "delay": "rtt", "plc": True}, case)
    assert rtt.measured is not None
    assert one.measured > rtt.measured  # type: ignore[operator]
    assert rtt.words == "the mean score of 1 answered round for G711 with loss concealment"
