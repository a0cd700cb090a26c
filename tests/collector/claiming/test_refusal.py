"""Notes of claims that may not be written, and what is said then."""

from __future__ import annotations

from typing import Any

import pytest

from collector.claiming.refusal import check_move
from collector.ledger.notes import NoteError
from collector.notebook.bodies import ClaimBody, made
from config.settings import Settings
from tests.collector.claiming.estate import OVER_MS
from tests.collector.claiming.made import Shelf, revision, statement
from tests.collector.claiming.test_book import NONE

LON: dict[str, Any] = {"circuits": ("lon-acme",)}


def refused(held: Shelf, settings: Settings, state: str, *, replaces: int | None = None, **said: Any) -> str:  # noqa: ANN401
    """Why a note can't be written; empty where it can."""
    usual = {"carrier": "acme", "period": "2026-01", "state": state, "reason": "why"}
    usual |= {"reason_code": "NO"} if state == "rejected" else {}
    body = made("claim", usual | said)
    assert isinstance(body, ClaimBody)
    try:
        check_move(settings, held.reader, body, now_ms=OVER_MS, replaces=replaces)
    except NoteError as error:
        return str(error)
    return ""


@pytest.fixture
def held() -> Shelf:
    return Shelf([revision(statement()), revision(statement("ber-acme", **NONE))])


@pytest.mark.parametrize(
    ("before", "state", "said", "why"),
    [
        ([], "submitted", LON, ""),
        ([], "submitted", {}, ""),
        ([], "submitted", {"circuits": ("ber-acme",)},
         "the claim of ber-acme for 2026-01 is none (no credit is due): it can't be submitted; "
         "nothing can be noted of it"),
        ([], "accepted", LON,
         "the claim of lon-acme for 2026-01 is eligible: it can't be accepted; "
         "from here it can be submitted, credited or expired"),
        (["submitted"], "reconciled", LON,
         "the claim of lon-acme for 2026-01 is submitted (note 1 says so): it can't be reconciled; "
         "from here it can be submitted, accepted, partly, rejected or credited"),
        (["submitted"], "accepted", {**LON, "amount": "5 EUR"},
         "the claim of lon-acme for 2026-01 is in GBP, not in EUR"),
        (["submitted"], "accepted", {"amount": "5 EUR"},
         "no claim against acme for 2026-01 in EUR can be accepted: of its statements are none 1, "
         "submitted 1; from here they can be accepted, credited, partly, rejected or submitted"),
        ([], "rejected", {},
         "no claim against acme for 2026-01 can be rejected: of its statements are eligible 1, none 1; "
         "from here they can be credited, expired or submitted"),
        (["submitted"], "rejected", {}, ""),
        (["submitted", "rejected"], "submitted", LON, ""),
        ([], "accepted", {"revisions": ({"scope": "lon-acme", "contract": "gold", "revision": 1},)},
         "the claim of lon-acme for 2026-01 is eligible: it can't be accepted; "
         "from here it can be submitted, credited or expired"),
    ],
)  # fmt: skip
def test_a_move_that_cant_be_is_refused_with_what_can(
    held: Shelf, settings: Settings, before: list[str], state: str, said: dict[str, Any], why: str
) -> None:
    for one in before:
        held.claim(one)
    assert refused(held, settings, state, **said) == why


def test_where_nothing_is_to_claim_at_all_nothing_can_be_noted(settings: Settings) -> None:
    held = Shelf([revision(statement(**NONE))])
    assert refused(held, settings, "submitted").endswith("none 1; nothing can be noted of them")


@pytest.mark.parametrize(
    "said",
    [{"period": "2025-12"}, {"carrier": "beta"}, {"period": "2025-12", **LON}, {"circuits": ("par-acme",)}],
)
def test_of_what_has_no_statement_anything_may_be_noted(
    held: Shelf, settings: Settings, said: dict[str, Any]
) -> None:
    assert refused(held, settings, "reconciled", **said) == ""


def test_a_note_that_takes_anothers_place_is_tried_without_it_and_a_repeat_is_no_move(
    held: Shelf, settings: Settings
) -> None:
    held.claim("submitted")
    number = held.claim("rejected", external_id="mail-7")
    assert "can't be expired" in refused(held, settings, "expired", **LON)
    assert refused(held, settings, "expired", replaces=1, **LON) == ""
    assert refused(held, settings, "accepted", replaces=number, **LON) == ""
    held.claim("accepted")
    assert "can't be reconciled" in refused(held, settings, "reconciled", **LON)
    assert refused(held, settings, "reconciled", external_id="mail-7", **LON) == ""
