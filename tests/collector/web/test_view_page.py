"""What all pages share: times, money and links, the style sheet's contrast, the vendored uPlot."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from importlib.resources import files

import pytest

from collector.times import span
from collector.web.statics import STATICS
from collector.web.views.page import Clocks, link, local, money, percent, promised, signs, wrong, zones
from collector.web.views.view import Banner
from tests.collector.web.estate import NOW_MS, FakeSources


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (3_661, "1 h 1 min"), (3_605, "1 h"), (200_000, "2 d 7 h")],
)
def test_a_span_is_told_by_its_two_largest_units(seconds: int, text: str) -> None:
    assert span(seconds) == text


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (1.0, "100.0000%"),
        (0.9999999, "99.9999%"),
        (0.9995, "99.9500%"),
        (0.0, "0.0000%"),
        (Fraction(2, 3), "66.6666%"),
        (Decimal("0.99999999"), "99.9999%"),
    ],
)
def test_a_percentage_is_cut_so_that_almost_all_is_not_all(ratio: float, text: str) -> None:
    assert percent(ratio) == text


@pytest.mark.parametrize(("ratio", "text"), [(0.9995, "99.95%"), (1.0, "100%"), (0.5, "50%")])
def test_a_target_reads_as_the_contract_writes_it(ratio: float, text: str) -> None:
    assert promised(ratio) == text


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("1200.00", "USD", "1,200.00 USD"),
        (Fraction(1, 200), "EUR", "0.01 EUR"),
        (Decimal(-5), "GBP", "-5.00 GBP"),
        ("3", None, "3.00"),
        (None, "USD", ""),
    ],
)
def test_money_has_two_places_and_its_currency(
    amount: str | Decimal | Fraction | None, currency: str | None, text: str
) -> None:
    assert money(amount, currency) == text


def test_a_link_keeps_what_is_said_and_leaves_out_what_is_empty() -> None:
    query = {"carrier": "a&b", "site": ""}
    assert link("/", query, first=2, q=None) == "/?carrier=a%26b&first=2"
    assert link("/", query, carrier="") == "/"


def test_a_part_of_a_path_stays_one_part_whatever_is_in_it() -> None:
    assert local("claims", "a/b", "ü?#") == "/claims/a%2Fb/%C3%BC%3F%23"


@pytest.mark.parametrize(
    ("at_ms", "told"), [(NOW_MS - 90_000, "1 min 30 s ago"), (NOW_MS + 86_400_000, "in 1 d")]
)
def test_a_moment_says_how_long_ago_or_ahead_it_is(at_ms: int, told: str) -> None:
    assert Clocks(FakeSources().configuration, NOW_MS).at(at_ms, "lon-01").told == told


def test_a_site_that_is_not_configured_has_utc() -> None:
    clocks = Clocks(FakeSources().configuration, NOW_MS)
    assert clocks.at(NOW_MS, "gone-01").local.endswith(" UTC")
    assert clocks.at(NOW_MS, zone="Asia/Kathmandu").local.endswith(" +0545")
    assert clocks.maybe(None) is None


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio of two #rrggbb colours."""

    def luminance(colour: str) -> float:
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def colours(theme: int) -> dict[str, str]:
    """The sheet's colours in the light (0) or dark (1) theme."""
    sheet = STATICS["style.css"].content.decode()
    pairs = re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", sheet)
    return {name: both[theme] for name, *both in pairs}


GROUNDS = ("ground", "paper", "raised", "down-wash", "unknown-wash", "up-wash", "accent-wash")
STATUSES = ("up", "down", "unknown")
TEXTS = [
    *((ink, ground) for ground in GROUNDS for ink in ("ink", "quiet", "link")),
    *((status, ground) for status in STATUSES for ground in ("paper", "raised", f"{status}-wash")),
    *(("on-accent", "accent"), ("accent", "accent-wash"), ("down", "ground")),
    *(("in", "paper"), ("out", "paper")),
]
GRAPHICS = [
    *((name, "paper") for name in ("edge", "bar", "spark", "loss", "jitter", "loss-0", "loss-1", "loss-2")),
    *((name, "paper") for name in ("loss-3", "loss-4", "loss-5", "accent", "unknown")),
]


@pytest.mark.parametrize("theme", [0, 1])
def test_every_text_colour_stands_out_enough_on_every_ground_it_lies_on(theme: int) -> None:
    found = colours(theme)
    poor = {(ink, ground): round(contrast(found[ink], found[ground]), 2) for ink, ground in TEXTS}
    assert {pair: ratio for pair, ratio in poor.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("theme", [0, 1])
def test_every_mark_stands_out_enough_from_what_is_behind_it(theme: int) -> None:
    found = colours(theme)
    poor = {(mark, ground): round(contrast(found[mark], found[ground]), 2) for mark, ground in GRAPHICS}
    assert {pair: ratio for pair, ratio in poor.items() if ratio < 3} == {}


def test_the_vendored_uplot_is_the_release_that_its_sums_name_and_keeps_its_licence() -> None:
    folder = files("collector.web").joinpath("static", "uplot")
    lines = folder.joinpath("SHA256SUMS").read_text().splitlines()
    sums = {name: digest for digest, name in (line.split() for line in lines)}
    assert set(sums) == {"LICENSE", "uPlot.css", "uPlot.js"}
    for name, digest in sums.items():
        assert sha256(folder.joinpath(name).read_bytes()).hexdigest() == digest, name
    assert "MIT" in folder.joinpath("LICENSE").read_text()
    assert "uplot/uPlot.js" in STATICS


@pytest.mark.parametrize(
    ("at_ms", "text"),
    [
        (NOW_MS // 60_000 * 60_000, r"\d\d:\d\d [A-Z]{3}"),
        (NOW_MS // 60_000 * 60_000 + 7_000, r"\d\d:\d\d:07 [A-Z]{3}"),
    ],
)
def test_seconds_are_told_where_there_are_any(at_ms: int, text: str) -> None:
    told = Clocks(FakeSources().settings(), NOW_MS).at(at_ms)
    assert re.fullmatch(r"\d\d [A-Z][a-z]{2} \d{4} " + text, told.local)
    assert re.fullmatch(r"[-0-9]{10} \d\d:\d\d:\d\d UTC", told.utc), "on hover it is exact"


@pytest.mark.parametrize(
    ("zone", "named"),
    [
        ("America/Chicago", {"GMT-06:00": "CST", "GMT-05:00": "CDT"}),
        ("Europe/London", {"GMT+00:00": "GMT", "GMT+01:00": "BST"}),
        ("Asia/Kolkata", {"GMT+05:30": "IST"}),
    ],
)
def test_the_chart_names_a_zone_as_the_rest_of_the_page_does(zone: str, named: dict[str, str]) -> None:
    assert zones(zone, NOW_MS) == named


@pytest.mark.parametrize(
    ("made_up", "told"), [(True, ("ledger: full",)), (False, ("demo: x", "ledger: full"))]
)
def test_of_a_demo_it_is_said_once_that_it_is_one(made_up: bool, told: tuple[str, ...]) -> None:
    assert wrong(Banner("lon", reasons=("demo: x", "ledger: full"), made_up=made_up)) == told


def test_a_target_is_printed_with_signs_and_not_with_a_program_s() -> None:
    assert signs(">= 99.95%, <= 4 h") == "≥ 99.95%, ≤ 4 h"
