"""Claims: the list by deadline, and one claim with its letter, its history and its forms."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from collector.claiming.book import Book
from collector.ledger.reader import SqliteReader
from collector.web.views import claim as one_claim
from collector.web.views import claims
from collector.web.views.view import BadRequest, NotFound
from tests.collector.claiming.estate import DAY_MS, LATE_MS, OVER_MS
from tests.collector.web.booked import Booked
from tests.collector.web.desks import HOSTILE, Seen, asked, desk, note, take_back

PARTS = {"scope": "lon-acme", "contract": "gold", "period": "2026-01"}
HERE = "/claims/lon-acme/gold/2026-01"
SAID: dict[str, Any] = {
    "carrier": "acme",
    "period": "2026-01",
    "circuits": ("lon-acme",),
    "reason": "their mail",
}
Listed = Callable[..., claims.Page]


@pytest.fixture
def listed(booked: Booked) -> Listed:
    def listing(now_ms: int = OVER_MS, **query: str) -> claims.Page:
        with SqliteReader(booked.settings.ledger.path) as reader:
            return claims.page(Book.read(booked.settings, reader, now_ms), query)

    return listing


def scopes(page: claims.Page) -> list[str]:
    return [row.claim.scope for row in page.rows]


def test_what_is_open_is_listed_with_its_money_by_currency(listed: Listed) -> None:
    page = listed()
    assert scopes(page) == ["ams-acme", "lon-acme", "par-acme", "lon-beta"]
    assert [(one.currency, one.claimable, one.owed) for one in page.sums] == [
        ("EUR", "100.00", "100.00"), ("GBP", "100.00", "100.00"), ("USD", "30.00", "30.00"),
    ]  # fmt: skip
    assert page.sums[0].ages[0] == ("0 to 30 days", "100.00", 100)
    assert page.sums[0].ages[3] == ("over 90", "", 0)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"carrier": "beta"}, ["lon-beta"]),
        ({"state": "eligible"}, ["lon-acme", "par-acme", "lon-beta"]),
        ({"state": "detected"}, ["ams-acme"]),
        ({"state": "submitted"}, []),
        ({"period": "2025-12"}, []),
        ({"sort": "carrier"}, ["ams-acme", "lon-acme", "par-acme", "lon-beta"]),
        ({"sort": "money"}, ["par-acme", "lon-acme", "ams-acme", "lon-beta"]),
        ({"first": "99"}, ["ams-acme", "lon-acme", "par-acme", "lon-beta"]),
        ({"first": "4"}, ["lon-beta"]),
    ],
)
def test_it_can_be_filtered_sorted_and_paged(listed: Listed, query: dict[str, str], found: list[str]) -> None:
    assert scopes(listed(**query)) == found


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"state": "eligibel"}, "did you mean 'eligible'"),
        ({"carrier": "acmee"}, "did you mean 'acme'"),
        ({"sort": "size"}, "`sort`"),
        ({"first": "0"}, "whole number from 1"),
        ({"first": "1" * 99}, "whole number from 1"),
    ],
)
def test_a_parameter_that_is_none_is_told_with_what_would_be_right(
    listed: Listed, query: dict[str, str], said: str
) -> None:
    with pytest.raises(BadRequest, match=said):
        listed(**query)


def test_what_lapses_first_stands_on_top_and_what_is_sent_below(booked: Booked, listed: Listed) -> None:
    note(booked, "claim", **SAID, state="submitted", amount="100.00 GBP")
    page = listed(LATE_MS - 5 * DAY_MS)
    assert scopes(page)[-1] == "lon-acme"
    assert [(row.left, row.soon) for row in page.rows] == [("5 d", True)] * 3 + [("", False)]
    assert page.soon == 3


@pytest.mark.parametrize(
    ("scope", "moved", "said"),
    [
        ("lon-acme", {}, "Claim it"),
        ("ams-acme", {}, "Nothing can be claimed: note its ticket, if there was one"),
        ("lon-acme", {"state": "submitted"}, "Wait for the carrier's answer"),
        ("lon-acme", {"state": "accepted"}, "Wait for the credit note"),
        ("lon-acme", {"state": "rejected", "reason_code": "NO", "next_step": {
            "what": "send the trace", "owner": "ann", "by": "2026-02-20"}}, "send the trace"),
    ],
)  # fmt: skip
def test_each_says_what_is_to_be_done_next(
    booked: Booked, listed: Listed, scope: str, moved: dict[str, Any], said: str
) -> None:
    if moved.get("state") in {"accepted", "rejected"}:
        note(booked, "claim", **SAID, state="submitted")
    if moved:
        note(booked, "claim", **{**SAID, **moved})
    (row,) = [one for one in listed(state="all").rows if one.claim.scope == scope]
    assert row.to_do == said
    assert row.who == ("ann, by 2026-02-20" if said == "send the trace" else "")


def test_what_was_sent_is_no_longer_to_claim(booked: Booked, listed: Listed) -> None:
    note(booked, "claim", **SAID, state="submitted", amount="100.00 GBP")
    (pounds,) = [one for one in listed().sums if one.currency == "GBP"]
    assert (pounds.claimable, pounds.asked, pounds.owed) == ("", "100.00", "100.00")
    assert claims.amount(Fraction(99_999, 1000)) == "100.00"


def test_the_page_stands_also_when_there_is_no_claim_at_all(booked: Booked) -> None:
    empty = Book(booked.settings, (), (), OVER_MS)
    assert not claims.page(empty, {}).any
    seen = Seen(claims.draw(desk(booked), asked("/claims", query={"carrier": "beta", "state": "credited"})))
    assert "No claim fits" in seen.text


def test_a_claim_shows_its_arithmetic_its_letter_and_the_moves_that_are_allowed(booked: Booked) -> None:
    page = one_claim.page(desk(booked), PARTS)
    assert page.statement is not None
    assert page.statement["steps"]
    assert [state for state, _ in page.allowed] == ["submitted", "credited", "expired"]
    assert (page.suggested, page.names) == ("100.00 GBP", "lon-acme/gold/1")
    assert page.letter.startswith("To: Acme Networks plc")
    assert page.whole == ("lon-acme", "par-acme")
    seen = Seen(one_claim.draw(desk(booked), asked(HERE, parts=PARTS)))
    assert seen.fields["statement"] == "lon-acme/gold/1"
    assert {f"{HERE}/pack.zip", f"{HERE}/pack.zip?of=carrier"} <= set(seen.links)


def test_the_pack_is_the_commands_zip_and_making_it_notes_nothing(booked: Booked) -> None:
    at = desk(booked)
    before = len(at.reader.notes())
    made = one_claim.pack(at, asked(HERE, parts=PARTS))
    assert (made.content_type, made.file_name) == ("application/zip", "claim-acme-2026-01.zip")
    files = zipfile.ZipFile(io.BytesIO(made.body)).namelist()
    assert files[-1] == "MANIFEST"
    assert {"letter.txt", "statements/lon-acme.json"} <= set(files)
    whole = one_claim.pack(at, asked(HERE, parts=PARTS, query={"of": "carrier"}))
    assert "statements/par-acme.json" in zipfile.ZipFile(io.BytesIO(whole.body)).namelist()
    assert len(at.reader.notes()) == before


def test_its_history_names_who_moved_it_and_keeps_what_was_withdrawn(booked: Booked) -> None:
    wrong = note(booked, "claim", **SAID, state="submitted", amount="1.00 GBP")
    take_back(booked, wrong)
    note(booked, "claim", **SAID, state="submitted", amount="90.00 GBP", reference="C-12")
    note(booked, "credit", account="A-100", carrier_id="CX/1001", period="2026-01", amount="20.00 GBP",
         reference="CN-1", carrier="acme", reason="came by mail")  # fmt: skip
    page = one_claim.page(desk(booked), PARTS)
    told = [(one.what, one.amount, one.reference, one.withdrawn_by is not None) for one in page.moves]
    assert told == [
        ("submitted", "1.00 GBP", "", True),
        ("submitted", "90.00 GBP", "C-12", False),
        ("credit note", "20.00 GBP", "CN-1", False),
    ]
    assert page.row.owed == "70.00"
    assert page.letter, "what was sent can be read again"


def test_a_claim_that_needs_a_ticket_says_so_and_for_which_outage(booked: Booked) -> None:
    page = one_claim.page(desk(booked), PARTS | {"scope": "ams-acme"})
    assert page.letter == ""
    assert "no ticket" in page.why_not
    assert page.opened == "2026-01-04T11:20:00Z"


@pytest.mark.parametrize("parts", [{"scope": "nobody"}, {"period": "2026-02"}, {"contract": "silver"}])
def test_a_claim_that_there_isnt_is_not_found(booked: Booked, parts: dict[str, str]) -> None:
    with pytest.raises(NotFound, match="there is no claim of"):
        one_claim.page(desk(booked), PARTS | parts)
    with pytest.raises(NotFound):
        one_claim.pack(desk(booked), asked(HERE, parts=PARTS | {"scope": "ber-acme"}))


def test_who_may_only_read_gets_no_form_and_is_told_why(booked: Booked) -> None:
    seen = Seen(one_claim.draw(desk(booked), asked(HERE, author="", parts=PARTS)))
    assert not seen.fields
    assert "To write here, log in" in seen.text


def test_a_refused_form_stands_again_with_what_was_typed(booked: Booked) -> None:
    typed = {"kind": "claim", "state": "credited", "amount": "lots", "reason": HOSTILE}
    seen = Seen(one_claim.draw(desk(booked), asked(HERE, parts=PARTS, problem="amount: no", given=typed)))
    assert "Not recorded: amount: no" in seen.text
    assert (seen.fields["amount"], seen.fields["reason"]) == ("lots", HOSTILE)


def test_hostile_words_are_only_words(booked: Booked) -> None:
    note(booked, "claim", **SAID | {"reason": HOSTILE}, state="submitted", reference=HOSTILE)
    assert Seen(one_claim.draw(desk(booked), asked(HERE, parts=PARTS))).harmless
