"""The circuits' pages in a browser: read, filtered, zoomed, with keys alone and without JavaScript."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from collector.times import parse_rfc3339
from tests.e2e.browser import Tab

pytestmark = [pytest.mark.slow, pytest.mark.server("chromium")]
MADE_UP = re.compile(r'<aside class="demo".*?</aside>', re.DOTALL)


def first(tab: Tab) -> str:
    """The circuit that needs a person most."""
    name = tab.open("/").locator("#circuits tbody tr").first.get_attribute("data-id")
    assert name
    return name


def asked(page: Page) -> dict[str, list[str]]:
    """What the address asks for, told by the page itself: the browser's driver hears of a change later."""
    return parse_qs(str(page.evaluate("location.search")).removeprefix("?"))


def wait_for_asked(page: Page, name: str) -> None:
    """Until the address asks for something of this name."""
    page.wait_for_url(lambda url: name in parse_qs(urlsplit(url).query))


def looked_at(page: Page) -> tuple[int, int]:
    """The time of the chart as the address has it, in seconds."""
    wait_for_asked(page, "from")
    query = asked(page)
    begin, end = (parse_rfc3339(query[name][0]) // 1000 for name in ("from", "to"))
    return begin, end


def drawn(page: Page) -> None:
    """Wait until the chart stands."""
    expect(page.locator("#chart-rtt canvas")).to_be_visible()
    expect(page.locator("#charts")).not_to_have_attribute("aria-busy", "true")


@pytest.mark.parametrize(
    ("path", "theme"),
    [
        ("/", "light"),
        ("/", "dark"),
        ("/circuits/{}?period=2025-12", "light"),
        ("/circuits/{}?period=2025-12", "dark"),
        ("/circuits/{}/statement?period=2025-12", "light"),
        ("/circuits/{}/rounds", "dark"),
    ],
)
def test_nothing_stands_in_the_way_of_anybody(desk: Tab, path: str, theme: str) -> None:
    page = desk.page
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
    desk.open(path.format(first(desk)))
    if "?period" in path and "statement" not in path:
        drawn(page)
    assert desk.barriers() == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_is_typed_filters_at_once_and_stands_in_the_address(desk: Tab) -> None:
    name = first(desk)
    page = desk.page
    page.keyboard.press("/")
    page.keyboard.type(name)
    expect(page.locator("#circuits tbody tr:visible")).to_have_count(1)
    expect(page.locator("#passing")).to_have_text("1")
    page.wait_for_url(f"**/?q={name}")
    page.reload()
    expect(page.locator("#circuits tbody tr:visible")).to_have_count(1)
    page.get_by_label("Search").fill("nothing like it")
    expect(page.locator("#none")).to_be_visible()


def test_the_theme_that_was_chosen_is_kept(desk: Tab) -> None:
    page = desk.open("/")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Theme").click()
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark != light


def test_from_the_table_to_the_raw_rounds_is_two_clicks(desk: Tab) -> None:
    name = first(desk)
    page = desk.page
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    page.get_by_role("link", name="Raw rounds of this time").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Rounds of {name}")
    expect(page.locator("table.rounds tbody tr").first).to_be_visible()


def test_the_first_stop_of_the_keyboard_skips_to_the_content(desk: Tab) -> None:
    page = desk.open("/")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the content")
    page.keyboard.press("Enter")
    expect(page.locator(":focus")).to_have_id("main")


def test_the_chart_is_zoomed_moved_and_put_back_with_keys_and_the_address_follows(desk: Tab) -> None:
    page = desk.open(f"/circuits/{first(desk)}?range=week")
    drawn(page)
    with page.expect_response(lambda one: "metric=rtt" in one.url) as finer:
        page.locator("#chart-rtt").press("+")
    expect(page.locator("#jitter-estimated")).to_be_visible()  # so long a time is drawn from bins
    expect(page.locator("#chart-damage")).to_be_hidden()
    begin, end = looked_at(page)
    assert end - begin == 7 * 86_400 // 2
    assert finer.value.json()["step_seconds"] < 900
    page.locator("#chart-rtt").press("ArrowLeft")
    moved, _ = looked_at(page)
    assert moved == begin - (end - begin) // 4
    page.locator("#chart-rtt").press("0")
    wait_for_asked(page, "range")
    assert asked(page) == {"range": ["week"]}


def test_a_drag_and_the_wheel_zoom_and_a_double_click_puts_back(desk: Tab) -> None:
    page = desk.open(f"/circuits/{first(desk)}?range=day")
    drawn(page)
    over = page.locator("#chart-rtt .u-over")
    box = over.bounding_box()
    assert box
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.25, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, middle, steps=4)
    # the chart marks what was dragged over with its next picture: a person never lets go before
    expect(page.locator("#chart-rtt .u-select")).not_to_have_css("width", "0px")
    page.mouse.up()
    begin, end = looked_at(page)
    assert end - begin == pytest.approx(43_200, rel=0.02)
    before = page.evaluate("location.href")
    page.mouse.wheel(0, -100)
    page.wait_for_url(lambda url: url != before)
    nearer = looked_at(page)
    assert nearer[1] - nearer[0] < end - begin
    over.dblclick()
    page.wait_for_url("**range=day**")
    expect(page.locator("#readout b")).to_contain_text("ms")


def test_a_range_is_one_click_and_keeps_the_period(desk: Tab) -> None:
    page = desk.open(f"/circuits/{first(desk)}?period=2025-12")
    drawn(page)
    with page.expect_response(lambda one: "metric=rtt" in one.url):
        page.get_by_role("link", name="6 h", exact=True).click()
    assert asked(page) == {"period": ["2025-12"], "range": ["6h"]}
    expect(page.get_by_role("link", name="6 h", exact=True)).to_have_attribute("aria-current", "true")


def test_another_period_is_one_choice(desk: Tab) -> None:
    page = desk.open(f"/circuits/{first(desk)}")
    page.get_by_label("Period").select_option("2025-11")
    page.wait_for_url("**period=2025-11")
    expect(page.get_by_role("heading", name="Outages, 2025-11")).to_be_visible()


def test_without_javascript_all_of_it_can_be_read(plain: Tab) -> None:
    name = first(plain)
    page = plain.page
    page.get_by_label("Status", exact=True).select_option("up")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("#circuits tbody tr:visible").first).to_have_class("up")
    plain.open(f"/circuits/{name}")
    assert page.locator("img.picture").evaluate("one => one.complete && one.naturalWidth > 0")
    page.get_by_role("link", name="week", exact=True).click()
    page.wait_for_url("**range=week**")
    page.locator("summary", has_text="How it was computed").click()
    expect(page.locator("ol.steps li").first).to_be_visible()


def test_a_change_stands_in_its_row_at_once_and_a_lost_connection_is_said(desk: Tab) -> None:
    """The demo's clock stands and it tells no events: here it is a daemon that tells one and hangs up."""
    page = desk.page
    name = first(desk)
    row = page.locator(f'tr[data-id="{name}"]')
    told = {
        "circuit": name,
        "status": "up",
        "since": "2025-12-31T23:58:00Z",
        "cause": None,
        "provisional": True,
    }
    event = (
        f"event: circuits\ndata: {json.dumps([told | {'common_cause': False, 'outage_ticketed': None}])}\n\n"
    )
    whole = page.content()
    page.route(
        "**/api/v1/events",
        lambda route: route.fulfill(body=event, headers={"Content-Type": "text/event-stream"}),
    )
    page.route(
        re.compile(r"/$"), lambda route: route.fulfill(body=MADE_UP.sub("", whole), content_type="text/html")
    )
    desk.open("/")
    expect(row).to_have_class("up")
    expect(row.locator(".status")).to_have_text("▲ up")
    expect(row).to_contain_text("provisional")
    expect(page.locator("#live")).to_contain_text("Not live since")
