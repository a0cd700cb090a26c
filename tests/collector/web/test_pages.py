"""The table of circuits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.circuits import Status
from collector.times import span
from collector.web import pages
from collector.web.pages import Page, Seen, draw, page, percent
from collector.web.sources import CircuitNow
from probes.model import Reason
from tests.collector.web.estate import (
    AVAILABILITY,
    CIRCUITS,
    NOW_MS,
    FakeSources,
    circuit,
    now,
    outcome,
)
from tests.collector.web.estate import settings as configuration


def seen(shown: Sequence[CircuitNow] | None = None, **more: object) -> Seen:
    """What there is to show of the made-up estate."""
    sources = FakeSources()
    plain = Seen(
        sources.configuration, sources.shown if shown is None else shown, sources.judged, {}, (), NOW_MS
    )
    return replace(plain, **more)  # type: ignore[arg-type]  # fields by name


def table(what: Seen, first: int = 1) -> Page:
    return page(what, first, 0)


class Elements(HTMLParser):
    """The start tags of a document with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_what_needs_a_person_comes_first() -> None:
    shown = [
        now("calm", Status.UP, 9000),
        now("lon-acme", Status.UP),
        now("dark", Status.UNKNOWN),
        now("short", Status.DOWN, 1),
        now("long", Status.DOWN, 90),
        now("also-calm", Status.UP),
    ]
    order = [row.now.circuit for row in table(seen(shown)).rows]
    assert order == ["long", "short", "dark", "lon-acme", "also-calm", "calm"]


def test_a_status_is_a_word_and_a_shape_beside_its_colour() -> None:
    text = re.sub(r"\s+", " ", Elements(draw(seen())).text)
    for said in ("▲ up", "▼ down", "? unknown"):
        assert text.count(said) == 1


def test_since_when_is_told_in_the_sites_zone_with_utc_beside_it() -> None:
    summer = replace(now("lon-bolt", Status.DOWN), since_ms=1_783_000_000_000)
    [row] = table(seen([summer], now_ms=1_783_000_000_000 + 7_384_000)).rows
    assert (row.since.local, row.since.utc, row.since.iso, row.since.ago) == (
        "02 Jul 2026 14:46:40 BST",
        "2026-07-02 13:46:40 UTC",
        "2026-07-02T13:46:40Z",
        "2 h 3 min",
    )


def test_a_down_circuit_shows_its_cause_and_an_up_one_does_not() -> None:
    shown = [now("lon-bolt", Status.DOWN, cause="unreachable: 192.0.2.9 said so"), now("lon-acme", Status.UP)]
    shown[1] = replace(shown[1], cause="answered")
    text = Elements(draw(seen(shown))).text
    assert "unreachable: 192.0.2.9 said so" in text
    assert "answered" not in text


def test_provisional_and_common_cause_are_said() -> None:
    text = Elements(draw(seen([now("lon-bolt", Status.DOWN, provisional=True, common_cause=True)]))).text
    assert "provisional" in text
    assert "common cause" in text


def test_a_breached_availability_shows_how_far_over_it_is() -> None:
    row = next(row for row in table(seen()).rows if row.now.circuit == "lon-acme")
    assert row.availability == pages.Figure("99.9375 %", "99.95 %", "5 min 24 s over", violated=True)
    assert "breached · promised 99.95 % 5 min 24 s over" in re.sub(r"\s+", " ", Elements(draw(seen())).text)


def test_a_kept_availability_shows_what_is_left() -> None:
    kept = replace(AVAILABILITY, measured=0.99999, violated=False, budget_remaining_seconds=1250.4)
    row = next(row for row in table(seen(figures=[kept])).rows if row.now.circuit == "lon-acme")
    assert row.availability == pages.Figure("99.9990 %", "99.95 %", "20 min 50 s left", violated=False)


def test_other_breached_objectives_are_named() -> None:
    slow = replace(AVAILABILITY, objective="rtt", metric="rtt_seconds", measured=0.2)
    row = next(row for row in table(seen(figures=[slow])).rows if row.now.circuit == "lon-acme")
    assert (row.availability, row.broken) == (None, ("rtt",))


def test_without_a_figure_nothing_is_invented() -> None:
    early = replace(AVAILABILITY, measured=None, violated=None, budget_remaining_seconds=None)
    text = re.sub(r"\s+", " ", Elements(draw(seen(figures=[early]))).text)
    assert "no figure yet promised 99.95 %" in text
    assert text.count("no contract") == 2


def test_rtt_and_loss_are_those_of_the_last_round_of_the_judging_probe() -> None:
    first, second = outcome(1, [100_000, None, 300_000, None]).round, outcome(2, [10_000]).round
    assert first
    assert second
    rounds = {("lon-acme", "pe"): first, ("lon-acme", "other"): second}
    row = next(row for row in table(seen(rounds=rounds)).rows if row.now.circuit == "lon-acme")
    assert (row.rtt, row.loss) == ("20.00 ms", "50 %")


def test_a_round_without_an_answer_has_loss_and_no_rtt() -> None:
    lost = outcome(1, [None], reason=Reason.TIMEOUT).round
    assert lost
    row = next(
        row for row in table(seen(rounds={("lon-acme", "pe"): lost})).rows if row.now.circuit == "lon-acme"
    )
    assert (row.rtt, row.loss) == ("", "100 %")


def test_reasons_stand_above_the_table() -> None:
    html = draw(seen(reasons=("ledger: no space left on device", "config: <bad>")))
    assert "no space left on device" in html
    assert html.index("no space left") < html.index("<table")
    assert "config: &lt;bad&gt;" in html


def test_an_empty_estate_says_where_circuits_come_from() -> None:
    html = draw(seen([]))
    assert "<table" not in html
    assert "linkledger check" in html


def test_a_long_table_is_cut_into_pages_with_links() -> None:
    shown = [now(f"c{n:04}", Status.UP) for n in range(1_201)]
    first, last = draw(seen(shown), 1), draw(seen(shown), 1_001)
    assert "Circuits 1 to 500 of 1201" in Elements(first).text
    assert 'href="/?first=501&amp;refresh=off"' in first
    assert "c1200" in last
    assert 'rel="prev" href="/?first=501&amp;refresh=off"' in last
    assert 'rel="next"' not in last


def test_the_page_is_drawn_again_unless_the_reader_said_stop() -> None:
    assert '<meta http-equiv="refresh" content="30">' in draw(seen(), 1, 30)
    assert 'href="/?first=1&amp;refresh=off"' in draw(seen(), 1, 30)
    assert "http-equiv" not in draw(seen(), 1, 0)


HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"


def test_hostile_names_are_text_and_nothing_else() -> None:
    estate = configuration({HOSTILE: circuit(carrier_id=HOSTILE)})
    hostile = CircuitNow(HOSTILE, HOSTILE, HOSTILE, Status.DOWN, NOW_MS, HOSTILE)
    figures = [replace(AVAILABILITY, circuit=HOSTILE, objective=HOSTILE, metric="rtt_seconds")]
    html = draw(seen([hostile], settings=estate, figures=figures, reasons=(HOSTILE,)))
    found = Elements(html)
    assert {tag for tag, _ in found.tags} & {"script", "img"} == set()
    assert found.text.count(HOSTILE) >= 5
    assert not [name for _, attributes in found.tags for name in attributes if name.startswith("on")]


@settings(max_examples=50)
@given(text=st.text(st.characters(codec="utf-8"), max_size=40))
def test_no_name_adds_an_element(text: str) -> None:
    def shape(name: str) -> list[str]:
        shown = CircuitNow("lon-01", name, name, Status.DOWN, NOW_MS, f"cause {name}")
        return [tag for tag, _ in Elements(draw(seen([shown]))).tags]

    assert shape(text) == shape("harmless")


def test_everything_the_page_loads_comes_from_here() -> None:
    for tag, attributes in Elements(draw(seen(), 1, 30)).tags:
        source = attributes.get("src") or (attributes.get("href") if tag in ("link", "a") else None)
        assert source is None or source.startswith("/"), (tag, source)
        assert "style" not in attributes
    assert set(CIRCUITS) == {row.now.circuit for row in table(seen()).rows}


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (3_661, "1 h 1 min"), (3_605, "1 h"), (200_000, "2 d 7 h")],
)
def test_a_span_is_told_by_its_two_largest_units(seconds: int, text: str) -> None:
    assert span(seconds) == text


@pytest.mark.parametrize(
    ("ratio", "text"),
    [(1.0, "100.0000 %"), (0.9999999, "99.9999 %"), (0.9995, "99.9500 %"), (0.0, "0.0000 %")],
)
def test_a_percentage_is_cut_so_that_almost_all_is_not_all(ratio: float, text: str) -> None:
    assert percent(ratio) == text


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio of two #rrggbb colours."""

    def luminance(colour: str) -> float:
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [0, 1])
def test_every_text_colour_stands_out_enough_on_every_ground_it_lies_on(theme: int) -> None:
    sheet = pages.STATIC["style.css"][0].decode()
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", sheet.split("prefers-color-scheme")[theme]))
    for ground in ("ground", "paper", "down-wash", "unknown-wash"):
        for ink in ("ink", "quiet", "link"):
            assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)
    for status in ("up", "down", "unknown"):
        for ground in ("paper", f"{status}-wash"):
            assert contrast(colours[status], colours[ground]) >= 4.5, (status, ground)
    assert contrast(colours["down"], colours["down-wash"]) >= 4.5


def test_only_a_circuit_without_a_contract_is_said_to_have_none() -> None:
    html = draw(seen(figures=()))
    assert html.count("no contract") == len(CIRCUITS) - 1
    assert html.count("no figure yet") == 1


def test_a_page_beyond_the_last_says_how_many_circuits_there_are() -> None:
    text = " ".join(Elements(draw(seen(), first=900)).text.split())
    assert f"There are {len(CIRCUITS)} circuits and no more" in text


def test_each_output_is_shown_with_its_last_success_and_what_holds_it() -> None:
    text = " ".join(Elements(draw(seen(outputs=FakeSources().stores))).text.split())
    assert "central: sending, last success 5 s ago, 12 waiting" in text
    assert "desk: held, no success yet, 2 waiting" in text
    assert "535 no; check its `username` and `password`" in text
