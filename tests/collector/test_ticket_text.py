"""The text of a ticket: one for the daemon's own notices and for Prometheus's rules."""

from __future__ import annotations

from dataclasses import replace

from collector.notices.notice import OutageFacts
from collector.notices.ticket_text import LINES, page_of, ticket_text
from collector.outputs.wording import alert, text
from tests.collector.notices import NOW_MS, about, began, breached, ended

FACTS = OutageFacts(NOW_MS, "timeout: 10 of 10\nunanswered", common_cause=True)


def test_it_has_all_that_is_known_a_line_each() -> None:
    assert ticket_text(about(), FACTS).splitlines() == [
        "A circuit of yours is down. Please open a trouble ticket.",
        "Your circuit: IZXX/123456/LON",
        "Our name for it: lon-acme",
        "Site: lon-01",
        "Our account: 4711",
        "Down since (UTC): 2026-01-01T00:00:00Z",
        "What we see: timeout: 10 of 10 unanswered",
        "Ruled out here: our own network: our reference 10.0.0.1 answered",
        "All circuits of the site: down together",
        "Please tell us the ticket's number, the cause, and when it will be repaired.",
    ]


def test_what_is_not_known_has_no_line() -> None:
    bare = ticket_text(about(carrier_id="", account="", ruled_out=""), OutageFacts(NOW_MS, ""))
    assert [line.partition(":")[0] for line in bare.splitlines()[1:-1]] == [
        title for title, fact in LINES if fact in ("circuit", "site", "since")
    ]


def test_an_outage_has_its_place_on_the_page_where_anybody_said_how_to_reach_it() -> None:
    here = about(page="https://ledger.example")
    assert page_of(here, FACTS) == "https://ledger.example/outages/lon-acme/2026-01-01T00:00:00Z"
    assert page_of(about(), FACTS) == ""


def test_the_direct_alert_has_the_text_while_the_outage_lasts() -> None:
    start = began()
    assert isinstance(start.facts, OutageFacts)
    assert alert(start, {}, NOW_MS + 1)["annotations"]["ticket"] == ticket_text(start.about, start.facts)
    for other in (ended(), breached()):
        assert "ticket" not in alert(other, {}, NOW_MS + 1)["annotations"]


def test_the_direct_alert_and_the_mail_link_to_the_page() -> None:
    here = replace(began(), about=about(page="https://ledger.example"))
    link = "https://ledger.example/outages/lon-acme/2025-12-31T23:59:30Z"
    assert alert(here, {}, NOW_MS + 1)["annotations"]["page"] == link
    assert link in text([here])
    assert "page" not in alert(began(), {}, NOW_MS + 1)["annotations"]
