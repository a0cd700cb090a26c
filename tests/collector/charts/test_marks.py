"""The usual band and flags on a chart, told without colour too."""

from __future__ import annotations

import numpy as np

from collector.charts.marks import USUAL_WORDS, Flag
from collector.charts.smoke import smoke
from collector.curves.usual import Usual
from tests.collector.charts.made import BEGIN_MS, STEP_MS, curve, of_class, parsed, words

ZONE = "Europe/London"


def band(n: int, low: float = 0.018, high: float = 0.022) -> Usual:
    return Usual(np.full(n, low), np.full(n, (low + high) / 2), np.full(n, high))


def test_the_band_is_an_outline_that_breaks_at_gaps_and_has_its_words() -> None:
    usual = band(6)
    usual.low[3] = usual.high[3] = np.nan
    root = parsed(smoke(curve([0.02] * 6), zone=ZONE, usual=usual))
    lines = [one for one in of_class(root, "s-usual") if one.get("stroke-dasharray") == "4 3"]
    assert len(lines) == 2
    assert all((one.get("d") or "").count("M") == 2 for one in lines)
    assert USUAL_WORDS in words(root)
    assert "Usually between 18 ms and 22 ms." in "".join(root.itertext())


def test_without_a_band_there_is_no_legend_of_one() -> None:
    nothing = Usual(*(np.full(2, np.nan),) * 3)
    for usual in (None, nothing):
        root = parsed(smoke(curve([0.02] * 2), zone=ZONE, usual=usual))
        assert USUAL_WORDS not in words(root)
        assert not [one for one in of_class(root, "s-usual") if one.get("d")]


def test_a_band_beside_the_medians_widens_the_axis() -> None:
    root = parsed(smoke(curve([0.02] * 6), zone=ZONE, usual=band(6, 0.029, 0.031)))
    assert "30 ms" in words(root)


def test_flags_stand_where_something_changed_with_their_sentence() -> None:
    flags = [
        Flag(BEGIN_MS + STEP_MS, True, "RTT rose <b>"),
        Flag(BEGIN_MS + 3 * STEP_MS, False, "RTT fell"),
        Flag(BEGIN_MS + 60 * STEP_MS, True, "beyond the chart"),
    ]
    root = parsed(smoke(curve([0.02] * 6), zone=ZONE, flags=flags))
    assert len(of_class(root, "c-down")) == 1
    assert len(of_class(root, "c-up")) == 1
    assert "RTT rose <b>" in "".join(root.itertext())
