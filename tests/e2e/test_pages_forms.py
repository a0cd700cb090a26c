"""Every form that writes a note, sent once by a browser without JavaScript, and refused once."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import Tab
from tests.e2e.test_pages_desk import claim

pytestmark = [pytest.mark.slow, pytest.mark.server("chromium")]
CIRCUIT = "lon-alder-dia"


def recorded(page: Page, *words: str) -> None:
    """The page says what was written, not only that something was."""
    for one in ("Recorded as note", *words):
        expect(page.get_by_role("status")).to_contain_text(one)


def form(page: Page, of: str) -> Page:
    """Open the form of a kind on /notes."""
    page.get_by_role("navigation", name="Kinds of notes").get_by_role("link", name=of).click()
    return page


def test_a_ticket_is_recorded_where_the_circuit_is(plain: Tab) -> None:
    page = plain.open(f"/circuits/{CIRCUIT}")
    page.get_by_text("Add a ticket").click()
    page.get_by_label("Their ticket number").fill("ALD-77")
    page.get_by_label("Opened").fill("yesterday")
    page.get_by_role("button", name="Record the ticket").click()
    expect(page.get_by_role("alert")).to_contain_text("Not recorded")
    expect(page.get_by_label("Their ticket number")).to_have_value("ALD-77")
    page.get_by_label("Opened").fill("2025-12-20 10:15")
    page.get_by_role("button", name="Record the ticket").click()
    recorded(page, "Ticket ALD-77", "opened 20 Dec 2025 10:15 GMT", CIRCUIT)
    assert page.url.startswith(f"{plain.base}/circuits/{CIRCUIT}?noted=")


def test_maintenance_an_exclusion_and_their_withdrawal(plain: Tab) -> None:
    page = form(plain.open("/notes"), "Maintenance")
    fields = page.locator("form[method=post]")
    fields.get_by_label("Circuit", exact=True).select_option(CIRCUIT)
    fields.get_by_label("From").fill("2025-12-21 22:00")
    fields.get_by_label("To", exact=False).last.fill("2025-12-21 23:00")
    fields.get_by_label("Why").fill("card swap")
    page.get_by_role("button", name="Record it").click()
    recorded(page, f"Maintenance 21 Dec 2025 22:00 to 23:00 GMT, for {CIRCUIT}, never announced")
    form(page, "Exclusion")
    fields.get_by_label("Circuit", exact=True).select_option(CIRCUIT)
    fields.get_by_label("From").fill("2025-12-22 08:00")
    fields.locator("[name=to]").fill("2025-12-22 07:00")
    fields.locator("[name=excuse]").fill("customer")
    fields.get_by_label("State").select_option("disputed")
    fields.get_by_label("Why").fill("nobody was let in")
    page.get_by_role("button", name="Record it").click()
    expect(page.get_by_role("alert")).to_contain_text("later than")
    expect(fields.get_by_label("State")).to_have_value("disputed")
    expect(fields.get_by_label("Circuit", exact=True)).to_have_value(CIRCUIT)
    fields.locator("[name=to]").fill("2025-12-22 09:00")
    page.get_by_role("button", name="Record it").click()
    recorded(page, "not to count (customer)", "we dispute it")
    page.get_by_role("link", name="Withdraw note").first.click()
    expect(fields).to_contain_text("22 Dec 2025 08:00 to 09:00 GMT not to count")
    fields.get_by_label("Why").fill("the wrong circuit")
    page.get_by_role("button", name="Withdraw it").click()
    recorded(page, "is withdrawn")


def test_a_claim_is_moved_and_what_was_typed_is_kept_when_it_is_refused(plain: Tab) -> None:
    page = plain.open(claim(plain))
    fields = page.locator("form").filter(has=page.get_by_role("button", name="Record it"))
    states = fields.get_by_label("From now on it is")
    states.select_option(index=0)
    state = states.input_value()
    fields.get_by_label("Amount").fill("a lot")
    fields.get_by_label("Why, or on what ground").fill("sent by mail")
    page.get_by_role("button", name="Record it").click()
    expect(page.get_by_role("alert")).to_contain_text("amount")
    expect(fields.get_by_label("Why, or on what ground")).to_have_value("sent by mail")
    expect(states).to_have_value(state)
    fields.get_by_label("Amount").fill("1.00 EUR")
    fields.get_by_label("Their reference").fill("REF-1")
    page.get_by_role("button", name="Record it").click()
    recorded(page, "Claim against", state, "1.00 EUR", "REF-1")


def test_feedback_is_written_down_for_somebody_who_called(plain: Tab) -> None:
    page = plain.open(f"/feedback?site=lon-01&circuit={CIRCUIT}")
    fields = page.locator("form[method=post]")
    expect(fields.get_by_label("Over which circuit")).to_have_value(CIRCUIT)
    fields.get_by_label("Who says so").fill("Bo")
    fields.locator("label", has_text="bad").click()
    fields.get_by_label("What happened").fill("calls broke at 10:00")
    page.get_by_role("button", name="Record it").click()
    recorded(page, f"Bo at lon-01 over {CIRCUIT}", "2 of 5 (bad): “calls broke at 10:00”")
    expect(page.locator("article.say").first).to_contain_text("calls broke at 10:00")
