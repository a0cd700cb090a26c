"""Scorecards as rows: who is better in a sentence, best only beyond noise, trends as lines."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from collector.analysis.scorecard import Card, Figure
from collector.web.views.scoreboard import Scoreboard, scoreboard, tier_seen
from config.scorecard import ScorecardSettings, Tier
from tests.collector.web.estate import CIRCUITS
from tests.collector.web.estate import settings as estate

SETTINGS = estate(CIRCUITS).model_copy(
    update={
        "scorecard": ScorecardSettings(tiers={name: Tier(where={}) for name in ("gold", "silver", "watch")})
    }
)
TREND = (("2025-Q3", 0.9), ("2025-Q4", 0.99))


def figure(value: float | None, low: float | None = None, high: float | None = None, **more: Any) -> Figure:  # noqa: ANN401
    usual: dict[str, Any] = {
        "peers": 0.5,
        "best": 0.999,
        "circuits": 5,
        "higher_is_better": True,
        "weight": 1,
    }
    return Figure("availability", "ratio", value, low, high, **(usual | more))


def card(carrier: str, rank: int | None, *figures: Figure, **more: Any) -> Card:  # noqa: ANN401
    plain = Card(carrier, "dia", "2026-Q1", ("a",), figures, 80.0, rank, 2, "", "")
    return replace(plain, **more)


def board(*cards: Card) -> Scoreboard:
    return scoreboard(SETTINGS, cards)


@pytest.mark.parametrize(
    ("ranks", "shared", "verdict"),
    [
        ((1, 1), True, "Acme Telecom and Bolt & Sons differ within noise: they share rank 1."),
        (
            (1, 2),
            False,
            "Acme Telecom is better beyond noise. 1: Acme Telecom; 2: Bolt & Sons.",
        ),
        ((None, None), False, ""),
        ((1, None), False, ""),
    ],
)
def test_who_is_better_is_said_in_a_sentence(
    ranks: tuple[int | None, int | None], shared: bool, verdict: str
) -> None:
    found = board(card("acme", ranks[0], shared=shared), card("bolt", ranks[1], shared=shared))
    assert found.verdict == verdict


def test_nobody_is_called_best_whose_figure_lies_within_anothers_interval() -> None:
    clear = board(card("acme", 1, figure(0.999, 0.99, 1.0)), card("bolt", 1, figure(0.9, 0.85, 0.95)))
    noise = board(card("acme", 1, figure(0.999, 0.99, 1.0)), card("bolt", 1, figure(0.99, 0.9, 1.0)))
    alone = board(card("acme", None, figure(0.999, 0.99, 1.0)))
    assert [cell.best for cell in clear.figures[0].cells] == [True, False]
    assert [cell.best for cell in noise.figures[0].cells] == [False, False]
    assert [cell.best for cell in alone.figures[0].cells] == [False]


def test_a_figure_has_its_interval_its_peers_and_its_trend() -> None:
    (row,) = board(card("acme", None, figure(0.999, 0.99, 1.0, trend=TREND))).figures
    (cell,) = row.cells
    assert (cell.text, cell.note) == ("99.9%", "99% to 100%; peers 50%")
    assert (cell.trend.line, cell.trend.dot, cell.trend.width) == ("M0 13L1 3", "M1 3h0", 1)
    assert cell.trend.told == "2025-Q3 90%, 2025-Q4 99%"


def test_a_figure_that_nobody_has_is_not_shown_and_one_that_is_missing_is_a_dash() -> None:
    assert board(card("acme", 1, figure(None)), card("bolt", 1)).figures == ()
    (row,) = board(card("acme", 1, figure(0.9)), card("bolt", 1)).figures
    assert [cell.text for cell in row.cells] == ["90%", "–"]


def test_what_a_figure_counts_is_said_where_weights_differ() -> None:
    loss = replace(figure(0.1, weight=3), name="loss")
    found = board(card("acme", None, figure(0.9), loss))
    assert [row.counts for row in found.figures] == ["counts 1", "counts 3"]
    assert board(card("acme", None, figure(0.9, weight=0))).figures[0].counts == "not in the score"


def test_the_score_is_a_dot_on_its_interval() -> None:
    (row,) = board(card("acme", None, score_low=70.25, score_high=91.0)).rows
    assert (row.interval, row.dot, row.score, row.told) == ("M70.2 8H91", "M80 8h0", "80", "70 to 91")
    (bare,) = board(card("acme", None, score=None)).rows
    assert (bare.interval, bare.dot, bare.score, bare.told) == ("", "", "–", "")


def test_what_is_said_of_all_is_said_once() -> None:
    found = board(card("acme", 1, fairness=("of all", "of acme")), card("bolt", 1, fairness=("of all",)))
    assert found.said == (("", ("of all",)), ("Acme Telecom", ("of acme",)))


@pytest.mark.parametrize(
    ("tier", "icon", "kind"), [("gold", "★", "good"), ("silver", "◆", "info"), ("watch", "⚠", "soon")]
)
def test_a_tiers_icon_tells_its_place(tier: str, icon: str, kind: str) -> None:
    seen = tier_seen(SETTINGS, card("acme", 1, tier=tier, tier_reason="why"))
    assert seen is not None
    assert (seen.icon, seen.kind, seen.reason) == (icon, kind, "why")
    assert tier_seen(SETTINGS, card("acme", 1)) is None
