"""The smoke chart, jitter and utilisation."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from collector.charts.lines import jitter, load
from collector.charts.palette import DARK, LIGHT
from collector.charts.smoke import CLASSES, smoke
from collector.curves.band import Band
from tests.collector.charts.made import BEGIN_MS, STEP_MS, curve, loads, of_class, parsed, words

ZONE = "Europe/London"
HOSTILE = '</title><script>alert("1")</script>&\x00\x1b'


def test_medians_are_coloured_and_losses_stand_as_bars_too() -> None:
    root = parsed(smoke(curve([0.02] * 6, [0, 0, 0.1, 0.5, 1.0, 0]), zone=ZONE, title="lon-acme"))
    assert [len(of_class(root, f"s-loss{number}")) for number in range(6)] == [1, 0, 0, 1, 1, 0]
    bars = "".join(one.get("d") or "" for number in range(6) for one in of_class(root, f"c-loss{number}"))
    assert bars.count("M") == 3
    assert [word for _, word in CLASSES] == [
        one for one in words(root) if ("%" in one and "≤" in one) or one in {"0", ">50%"}
    ]


def test_a_gap_breaks_the_band_and_the_line() -> None:
    whole = parsed(smoke(curve([0.02] * 6), zone=ZONE))
    broken = parsed(smoke(curve([0.02, 0.02, None, None, 0.02, 0.02]), zone=ZONE))
    for name in ("c-wide", "c-narrow", "s-quiet"):
        (one,), (other,) = of_class(whole, name), of_class(broken, name)
        assert (one.get("d") or "").count("M") == 1
        assert (other.get("d") or "").count("M") == 2


def test_many_points_make_one_line_whose_losses_are_marked() -> None:
    root = parsed(smoke(curve([0.02] * 700, [0.0] * 699 + [0.3]), zone=ZONE))
    assert (of_class(root, "s-loss0")[0].get("d") or "").count("M") == 1
    assert (of_class(root, "s-loss4")[0].get("d") or "").count("M") == 1


@pytest.mark.parametrize(
    ("medians", "lost", "said"),
    [
        ([None, None], [0, 0], "no data in this time"),
        ([None], [1.0], "nothing was answered in this time"),
        ([0.02] * 99 + [0.9], [0] * 100, "higher than the chart: up to 902 ms"),
    ],
)
def test_what_the_picture_can_not_show_is_said(
    medians: list[float | None], lost: list[float], said: str
) -> None:
    root = parsed(smoke(curve(medians, lost), zone=ZONE))
    assert said in words(root)


def test_one_point_is_a_picture_too() -> None:
    root = parsed(smoke(curve([0.02]), zone=ZONE))
    assert of_class(root, "c-wide")
    assert "median mostly 20 ms, p95 up to 22 ms, 0 of 10 packets lost (0%)" in (root[1].text or "")


def test_bands_are_shaded_in_their_order_and_named() -> None:
    bands = [
        Band(BEGIN_MS, BEGIN_MS + STEP_MS, "outage", HOSTILE),
        Band(BEGIN_MS - 99 * STEP_MS, BEGIN_MS + 2 * STEP_MS, "maintenance", ""),
        Band(BEGIN_MS, BEGIN_MS + 1, "up"),
    ]
    svg = smoke(curve([0.02] * 4), bands, zone=ZONE, title=HOSTILE)
    root = parsed(svg)
    assert "<script" not in svg
    assert [one for one in words(root) if one in {"outage", "maintenance", "up"}] == ["outage", "maintenance"]
    assert svg.index(">maintenance</title>") < svg.index(">outage: "), (
        "an outage lies over what else there is"
    )


def test_palettes_change_colours_and_nothing_else() -> None:
    light, dark = (smoke(curve([0.02, 0.03]), zone=ZONE, palette=one) for one in (LIGHT, DARK))
    assert light != dark
    assert re.sub("#[0-9a-f]{6}", "", light) == re.sub("#[0-9a-f]{6}", "", dark)


def test_jitter_from_bins_is_called_an_estimate() -> None:
    found = curve([0.02, None, 0.03])
    assert words(parsed(jitter(found, zone=ZONE, title="Jitter")))[0] == "Jitter"
    binned = replace(found, source="bins")
    assert "estimated from the spread within five minutes" in words(parsed(jitter(binned, zone=ZONE)))


def test_load_says_when_it_did_not_read_every_hour() -> None:
    nan = float("nan")
    assert "one hour in 7 was read" in words(parsed(load(loads([0.5, nan, 1.0], read=3), zone=ZONE)))
    root = parsed(load(loads([nan]), zone=ZONE))
    assert (root[1].text or "").endswith("no data.")
    (line,) = of_class(parsed(load(loads([0.2, 0.3]), zone=ZONE)), "s-transmit")
    assert line.get("stroke-dasharray"), "in and out are told apart without colour"
