"""Strips, calendars, bars, sparklines and palettes."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.charts.bars import budget, comparing
from collector.charts.palette import DARK, LIGHT, Palette, stylesheet
from collector.charts.spark import spark
from collector.charts.strip import duration, month, timeline
from collector.charts.svg import element, number
from collector.curves.band import Band
from collector.curves.status import Day
from tests.collector.charts.made import BEGIN_MS, SVG, of_class, parsed, words

DAY_MS = 86_400_000
HOUR_MS = 3_600_000


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_colours_can_be_told_from_the_paper(palette: Palette) -> None:
    colours = asdict(palette)
    for name in ("ink", "quiet"):
        assert contrast(colours[name], palette.paper) >= 4.5, name
    for name in set(colours) - {"ink", "quiet", "paper", "grid", "wide", "narrow"}:
        assert contrast(colours[name], palette.paper) >= 3, name


def test_the_style_sheet_has_a_class_for_every_colour_in_both_schemes() -> None:
    sheet = stylesheet()
    assert sheet.count("{") == sheet.count("}")
    assert sheet.count(".c-no-data") == sheet.count(".s-loss5") == 2
    assert LIGHT.receive in sheet
    assert DARK.receive in sheet


def test_a_strip_tells_by_shape_too() -> None:
    bands = [
        Band(BEGIN_MS + i * HOUR_MS, BEGIN_MS + (i + 1) * HOUR_MS, kind, "<why>")
        for i, kind in enumerate(("up", "down", "unknown", "no_data"))
    ]
    root = parsed(timeline(bands, zone="UTC"))
    heights = {one.get("class"): one.get("height") for one in root.iter(f"{SVG}rect")}
    assert len(set(heights.values())) == 4
    assert "down for 1 h." in (root[1].text or "")
    assert parsed(timeline([], zone="UTC"))[1].text == "No data."


def test_a_calendar_has_a_cell_a_day_and_says_the_down_time() -> None:
    days = [Day(date(2026, 10, 1) + timedelta(days=i), up_ms=DAY_MS) for i in range(29)]
    days += [
        Day(date(2026, 10, 30), up_ms=DAY_MS - HOUR_MS, down_ms=HOUR_MS),
        Day(date(2026, 10, 31), no_data_ms=DAY_MS),
    ]
    root = parsed(month(days, title="October"))
    assert [one for one in words(root) if one.isdigit()] == [str(i) for i in range(1, 32)]
    assert root[1].text == "2026-10-30: down 1 h"
    assert len(of_class(root, "c-down")) == 1
    assert [one.findtext(f"{SVG}title") for one in of_class(root, "c-no-data")] == ["2026-10-31: no data 1 d"]
    parsed(month([]))


@pytest.mark.parametrize(
    ("ms", "said"),
    [(0, "0 s"), (59_999, "59 s"), (60_000, "1 min"), (7_500_000, "2 h 5 min"), (3 * DAY_MS + 1, "3 d")],
)
def test_durations_are_said_shortly(ms: int, said: str) -> None:
    assert duration(ms) == said


@pytest.mark.parametrize(
    ("used", "width", "name"),
    [
        (Fraction(0), None, ""),
        (Decimal("0.5"), "80", "c-up"),
        (Fraction(4, 5), "128", "c-unknown"),
        (Fraction(3), "160", "c-down"),
    ],
)
def test_a_budget_fills_and_is_struck_when_it_is_gone(
    used: Fraction | Decimal, width: str | None, name: str
) -> None:
    root = parsed(budget(used, label="budget used"))
    bars = list(root.iter(f"{SVG}rect"))[1:]
    assert [one.get("width") for one in bars] == ([width] if width else [])
    assert all(one.get("class") == name for one in bars)
    assert bool(of_class(root, "s-paper")) is (used > 1)


def test_bars_compare_from_nought_and_a_missing_figure_is_said() -> None:
    rows = [("Acme & Sons", 20.0, "20 ms"), ("b" * 40, 10, "10 ms"), ("None", None, "")]
    root = parsed(comparing(rows, title="RTT", target=40, target_text="promised"))
    bars = [float(one.get("width") or 0) for one in of_class(root, "c-receive")]
    assert bars[0] == pytest.approx(2 * bars[1])
    assert {"no data", "promised", "Acme & Sons"} <= set(words(root))
    assert max(map(len, words(root))) <= 26
    parsed(comparing([], title="nothing"))


def walked(path: str) -> dict[int, int]:
    """Where a sparkline goes: x -> y."""
    found: dict[int, int] = {}
    x = y = 0
    for letter, rest in re.findall(r"([Mlh])([^Mlh]*)", path):
        numbers = [int(one) for one in re.findall(r"-?\d+", rest)]
        if letter == "M":
            x, y = numbers
            found[x] = y
        elif letter == "h":
            for _ in range(numbers[0]):
                x += 1
                found[x] = y
        else:
            for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
                x, y = x + dx, y + dy
                found[x] = y
    return found


values = st.lists(st.none() | st.floats(0.0001, 1.0), min_size=48, max_size=48)


@given(values)
def test_a_sparkline_passes_every_point_and_no_gap(rtt: list[float | None]) -> None:
    path = spark(rtt, [None] * 48)
    there = walked(path.line)
    assert set(there) == {i for i, one in enumerate(rtt) if one is not None}
    assert all(0 <= y <= 16 for y in there.values())
    known = [(one, there[i]) for i, one in enumerate(rtt) if one is not None]
    assert all(a[1] >= b[1] for a in known for b in known if a[0] < b[0]), "higher is higher"
    assert len(path.line) < 350
    assert path.loss == ""


def test_noise_is_no_mountain_and_a_level_line_is_short() -> None:
    assert spark([0.02] * 48, [0.0] * 48).line == "M0 8h47"
    noisy = walked(spark([0.02, 0.0201] * 24, [0] * 48).line)
    assert max(noisy.values()) - min(noisy.values()) <= 1


def test_losses_are_bars_from_below() -> None:
    assert spark([None] * 4, [0.0, 0.001, 0.5, 1.0]).loss == "M1 16v-2M2 16v-8M3 16v-16"
    assert spark([None] * 4, [None] * 4).line == ""


def test_numbers_and_texts_are_short_and_safe() -> None:
    assert [number(one) for one in (1.0, 1.25, -0.04, 99.96)] == ["1", "1.2", "0", "100"]
    assert element("a", class_="x", font_size=2, none=None) == '<a class="x" font-size="2"/>'
    assert element("a", title='"<&\x07') == '<a title="&quot;&lt;&amp; "/>'
