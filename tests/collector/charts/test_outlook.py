"""A period as a strip: the bar lies where the days lie, and nothing is drawn that isn't known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from xml.etree import ElementTree as ET

import pytest

from collector.charts.outlook import WIDTH, Outlook, outlook
from collector.charts.palette import LIGHT

SVG = "{http://www.w3.org/2000/svg}"
MONTH = Outlook(
    date(2026, 11, 1), date(2026, 11, 30), date(2026, 11, 13), date(2026, 11, 22), date(2026, 11, 19), None
)


def drawn(one: Outlook) -> ET.Element:
    return ET.fromstring(outlook(one, LIGHT, title="Budget <of> x", told="20 min left"))


def bars(one: Outlook) -> list[tuple[float, float]]:
    """(from, to) of the bars that say when it may end."""
    found = [each for each in drawn(one).iter(f"{SVG}rect") if each.get("class") == "c-down"]
    return [
        (float(each.get("x", "")), float(each.get("x", "")) + float(each.get("width", ""))) for each in found
    ]


@pytest.mark.parametrize(
    ("latest", "end"), [(None, WIDTH), (date(2026, 11, 24), WIDTH * 24 / 30), (date(2026, 11, 30), WIDTH)]
)
def test_the_bar_spans_the_days_on_which_it_may_end(latest: date | None, end: float) -> None:
    ((begin, until),) = bars(replace(MONTH, latest=latest))
    assert begin == pytest.approx(WIDTH * 18 / 30, abs=0.1)
    assert until == pytest.approx(end, abs=0.2)


def test_the_dot_stands_on_the_middle_of_the_likely_day() -> None:
    (dot,) = drawn(MONTH).iter(f"{SVG}circle")
    assert float(dot.get("cx", "")) == pytest.approx(WIDTH * 21.5 / 30, abs=0.1)


def test_what_most_likely_lasts_has_no_dot_and_what_surely_lasts_no_bar() -> None:
    assert not list(drawn(replace(MONTH, likely=None)).iter(f"{SVG}circle"))
    assert not bars(replace(MONTH, likely=None, earliest=None))


def test_it_says_in_words_what_it_shows() -> None:
    svg = drawn(MONTH)
    assert (svg.findtext(f"{SVG}title"), svg.findtext(f"{SVG}desc")) == ("Budget <of> x", "20 min left")
    assert [one.text for one in svg.iter(f"{SVG}text")] == ["1 Nov", "30 Nov", "today"]


def test_near_an_edge_today_isnt_written_over_the_dates() -> None:
    words = [one.text for one in drawn(replace(MONTH, today=date(2026, 11, 2))).iter(f"{SVG}text")]
    assert words == ["1 Nov", "30 Nov"]
