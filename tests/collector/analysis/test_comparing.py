"""Scorecards: laws that hold of any estate, and truth that a generator knows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.analysis.comparing import compared
from collector.analysis.drawing import Sums, sums_of
from collector.analysis.figures import MEASURES
from collector.analysis.months import Month
from collector.analysis.ranking import beyond_noise
from collector.analysis.scorecard import Card
from collector.analysis.weighting import by_carrier
from config.scorecard import FIGURES, ScorecardSettings, Tier
from tests.collector.analysis.made_months import carrier, faulty, month

PLAIN = ScorecardSettings()
ONLY = ScorecardSettings(weights={name: int(name in {"availability", "outages"}) for name in FIGURES})
FEW = settings(max_examples=8, deadline=None)


def cards(*carriers: list[Month], scheme: ScorecardSettings = PLAIN) -> dict[str, Card]:
    found = compared([one for some in carriers for one in some], "2026-Q1", scheme)
    return {one.carrier: one for one in found}


def copied(months: list[Month], name: str) -> list[Month]:
    return [replace(one, carrier=name, circuit=f"{one.circuit}-too") for one in months]


def sums(months: list[Month]) -> Sums:
    (circuits,) = by_carrier(months).values()
    return sums_of(list(circuits.values()), [1.0] * len(circuits))


def better(months: list[Month], minutes: float) -> list[Month]:
    """Every circuit-month was up longer by the same time, as far as it was down."""
    return [
        replace(
            one,
            up_seconds=one.up_seconds + min(one.down_seconds, 60 * minutes),
            down_seconds=max(0.0, one.down_seconds - 60 * minutes),
        )
        for one in months
    ]


@FEW
@given(st.integers(0, 99), st.randoms(use_true_random=False))
def test_the_order_of_the_months_changes_nothing(seed: int, random: object) -> None:
    months = [*carrier("acme", 4, 3, 1.0, seed), *carrier("bolt", 5, 3, 2.0, seed + 1)]
    mixed = list(months)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert compared(mixed, "x", PLAIN) == compared(months, "x", PLAIN)


@FEW
@given(st.integers(0, 99), st.integers(1, 7))
def test_a_carrier_that_is_copied_shares_its_rank_and_its_figures(seed: int, circuits: int) -> None:
    acme = carrier("acme", circuits, 2, 1.0, seed)
    found = cards(acme, copied(acme, "bolt"))
    assert found["acme"].rank == found["bolt"].rank == 1
    assert found["acme"].shared
    assert found["acme"].score == found["bolt"].score
    assert [one.value for one in found["acme"].figures] == [one.value for one in found["bolt"].figures]


@FEW
@given(st.integers(0, 99), st.integers(1, 240))
def test_who_gets_better_everywhere_has_a_higher_score_and_no_worse_rank(seed: int, minutes: int) -> None:
    acme, bolt = carrier("acme", 6, 3, 1.0, seed), carrier("bolt", 6, 3, 2.0, seed + 1)
    only = ScorecardSettings(weights={name: int(name == "availability") for name in FIGURES})
    before, after = cards(acme, bolt, scheme=only), cards(acme, better(bolt, minutes), scheme=only)
    assert (after["bolt"].score or 0) >= (before["bolt"].score or 0)
    assert (after["bolt"].rank or 0) <= (before["bolt"].rank or 0)


@pytest.mark.parametrize("name", ["availability", "outages", "mttr", "breaches"])
def test_a_weight_of_nought_takes_a_figure_out_of_the_score(name: str) -> None:
    acme = [faulty(month(str(place)), 1, 5) for place in range(4)]
    whole = cards(acme)["acme"]
    without = cards(acme, scheme=ScorecardSettings(weights={name: 0}))["acme"]
    figure = without.figure(name)
    assert figure is not None
    assert (figure.weight, figure.value) == (0, whole.figure(name).value)  # type: ignore[union-attr]
    counted = [one.points for one in without.figures if one.weight and one.points is not None]
    assert without.score == pytest.approx(sum(counted) / len(counted))


def test_carriers_that_are_alike_share_a_rank_in_nine_of_ten_seeds_and_unlike_ones_do_not() -> None:
    weights = np.array([float(ONLY.weights[one.name]) for one in MEASURES])
    told = {"alike": 0, "unlike": 0}
    for seed in range(40):
        acme = sums(carrier("acme", 8, 3, 1.0, 3 * seed))
        for word, faults in (("alike", 1.0), ("unlike", 6.0)):
            bolt = sums(carrier("bolt", 6, 3, faults, 3 * seed + int(faults)))
            found = beyond_noise({"acme": acme, "bolt": bolt}, weights, seed)
            told[word] += bool(found) if word == "alike" else found == {("acme", "bolt")}
    assert told["alike"] <= 4
    assert told["unlike"] >= 36


def test_a_figure_stands_beside_the_peers_median_and_the_best() -> None:
    found = cards(
        [month("a", "acme", loss_ratio=0.01)],
        [month("b", "bolt", loss_ratio=0.02)],
        [month("c", "coil", loss_ratio=0.04)],
    )
    loss = found["acme"].figure("loss")
    assert loss is not None
    assert loss.peers == pytest.approx(0.03)
    assert (loss.value, loss.best) == (0.01, 0.01)
    assert (loss.low, loss.high, loss.circuits) == (None, None, 1)


def test_what_is_not_known_of_all_is_left_out_of_the_score_and_it_is_said() -> None:
    found = cards([month("a", "acme", loss_ratio=0.5)], [month("b", "bolt")])
    assert found["acme"].score == 100
    assert "The score is without packet loss: not known of every carrier." in found["acme"].fairness
    assert not any("packet loss" in text for text in found["bolt"].fairness)


def test_one_carrier_alone_has_a_score_and_no_rank() -> None:
    (one,) = cards(carrier("acme", 5, 2, 1.0, 1)).values()
    assert one.score is not None
    assert (one.rank, one.rank_text, one.of) == (None, "", 1)
    assert one.fairness == (
        "It is the only carrier of this service here: there is nobody to compare it with.",
    )


def test_a_carrier_of_which_nothing_is_known_has_no_score_and_spoils_nobodys() -> None:
    dark = [month("b", "bolt", up_seconds=0.0, judged=False)]
    found = cards([month("a", "acme")], dark, [month("c", "coil")])
    assert (found["bolt"].score, found["bolt"].rank, found["bolt"].tier) == (None, None, "")
    assert (found["acme"].rank, found["acme"].of) == (1, 2)


def test_different_services_are_never_compared() -> None:
    wave = [replace(one, service="wave") for one in copied([month()], "bolt")]
    found = compared([month(), *wave], "x", PLAIN)
    assert [(one.service, one.rank) for one in found] == [("dia", None), ("wave", None)]


def test_thin_and_few_is_said() -> None:
    half = [month(str(place), up_seconds=1_000_000.0) for place in range(2)]
    (one,) = cards(half).values()
    assert "Only 39% of its time is known: what is unknown is left out, not guessed." in one.fairness
    assert any("fewer than 3 circuits" in text for text in one.fairness)
    assert (one.score_low, one.score_high) == (None, None)


def test_too_few_circuits_to_tell_carriers_apart_is_said() -> None:
    acme = [month(str(place)) for place in range(3)]
    bad = [faulty(month(str(place), "bolt"), *range(1, 9)) for place in range(3)]
    found = cards(acme, bad)
    assert found["acme"].rank == found["bolt"].rank == 1
    assert any("too few circuits to tell it" in text for text in found["acme"].fairness)


def test_trends_are_by_quarter_and_an_absence_is_none() -> None:
    old, new = [month("a", "acme", loss_ratio=0.02)], [month("a", "acme", loss_ratio=0.01)]
    other = [month("b", "bolt", loss_ratio=0.03)]
    found = compared([*new, *other], "x", PLAIN, {"2025-Q4": old, "2026-Q1": [*new, *other]})
    by_name = {one.carrier: one for one in found}
    assert by_name["acme"].figure("loss").trend == (("2025-Q4", 0.02), ("2026-Q1", 0.01))  # type: ignore[union-attr]
    assert by_name["bolt"].figure("loss").trend == (("2025-Q4", None), ("2026-Q1", 0.03))  # type: ignore[union-attr]
    assert [label for label, _ in by_name["bolt"].score_trend] == ["2025-Q4", "2026-Q1"]


def test_tiers_may_ask_for_the_score() -> None:
    scheme = ScorecardSettings(tiers={"gold": Tier(where={"score": ">= 95"}), "rest": Tier(where={})})
    found = cards([month("a", "acme")], [faulty(month("b", "bolt"), *range(1, 20))], scheme=scheme)
    assert (found["acme"].tier, found["bolt"].tier) == ("gold", "rest")
    assert found["bolt"].tier_reason.startswith("gold needs score >= 95: it is ")


def test_nothing_gives_no_cards() -> None:
    assert compared([], "x", PLAIN) == []
