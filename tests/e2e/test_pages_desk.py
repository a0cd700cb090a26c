"""The desk's pages in a browser: carriers, claims, outages, notes, feedback, reports, this host."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import Tab

pytestmark = [pytest.mark.slow, pytest.mark.server("chromium")]
PATHS = (
    *("/carriers", "/carriers/alder", "/claims?state=all", "/notes?form=maintenance", "/feedback"),
    *("/performance", "/performance/kpis", "/performance/goals", "/performance/reviews", "/reports", "/host"),
    *("/performance/kpis?year=2025", "/performance/reviews/2025-11", "/circuits/lon-alder-dia?range=year"),
)


def outage(tab: Tab) -> str:
    """The address of the newest outage."""
    found = tab.page.request.get(f"{tab.base}/api/v1/outages?period=2025&limit=1000").json()["items"]
    newest = max(found, key=lambda one: str(one["from"]))
    return f"/outages/{newest['circuit']}/{newest['from']}"


def claim(tab: Tab) -> str:
    """The address of a claim."""
    link = tab.open("/claims?state=all").locator("main table tbody th a").first.get_attribute("href")
    assert link
    return link


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_stands_in_the_way_of_anybody(desk: Tab, theme: str) -> None:
    page = desk.page
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
    for path in (*PATHS, outage(desk), claim(desk)):
        desk.open(path)
        assert desk.barriers() == [], path
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 844})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, width)
        expect(page.locator("aside.demo")).to_contain_text("Made up")


def test_all_of_it_can_be_read_on_a_phone_without_javascript(plain: Tab) -> None:
    for path in (*PATHS, outage(plain), claim(plain)):
        page = plain.open(path)
        expect(page.locator("h1")).to_be_visible()
        expect(page.locator("nav[aria-label=Pages] [aria-current=page]")).to_have_count(1)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_a_ticket_is_recorded_with_two_taps_on_a_phone(plain: Tab) -> None:
    page = plain.open(outage(plain))
    if page.get_by_text("Record another").count():
        page.get_by_text("Record another").click()
    opened = page.get_by_label("Opened")
    page.get_by_label("Their ticket number").fill("TT-<b>42</b>")
    if opened.is_visible() and not opened.input_value():
        opened.fill("2025-12-31T23:00:00Z")
    page.get_by_role("button", name="Record the ticket").click()
    expect(page.get_by_role("status")).to_contain_text("Recorded as note")
    expect(page.locator("main")).to_contain_text("TT-<b>42</b>")
    page.get_by_role("link", name="Look at it").click()
    expect(page.locator("tr:target")).to_contain_text("TT-<b>42</b>")


def test_a_form_that_is_refused_says_why_and_keeps_what_was_typed(plain: Tab) -> None:
    page = plain.open("/notes?form=maintenance")
    page.get_by_label("From").fill("noon")
    page.get_by_label("To", exact=False).last.fill("2025-12-03T00:00:00Z")
    page.get_by_label("Why").fill("card swap")
    page.get_by_role("button", name="Record it").click()
    expect(page.get_by_role("alert")).to_contain_text("Not recorded")
    expect(page.get_by_label("Why")).to_have_value("card swap")


def test_claims_are_filtered_and_the_pack_is_downloaded(desk: Tab) -> None:
    page = desk.open("/claims?state=all")
    rows = page.locator("main tbody tr")
    assert rows.count() > 0
    page.get_by_label("State").select_option(index=2)
    page.get_by_role("button", name="Show").click()
    assert "state=" in page.url
    desk.open("/claims?state=all")
    for place in range(page.locator("main table.stack tbody th a").count()):
        desk.open("/claims?state=all")
        page.locator("main table.stack tbody th a").nth(place).click()
        link = page.get_by_role("link", name="Download this claim")
        if link.count():
            with page.expect_download() as download:
                link.click()
            assert download.value.suggested_filename.startswith("claim-")
            return


def test_carriers_keep_the_period_when_the_service_changes(desk: Tab) -> None:
    page = desk.open("/carriers?period=2025-11")
    services = page.get_by_role("navigation", name="Service")
    if services.count():
        services.get_by_role("link").last.click()
        page.wait_for_url("**period=2025-11**service=**")
