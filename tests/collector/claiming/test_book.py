"""The book of claims: issued statements, the calendar, and what people noted."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from collector.claiming.book import claims_now
from collector.sla.calendar import rfc3339
from config.settings import Settings
from tests.collector.claiming.estate import DAY_MS, FEBRUARY_MS, LATE_MS, OVER_MS
from tests.collector.claiming.made import Shelf, revision, seen, statement
from tests.collector.test_statements import JANUARY_MS

NONE: dict[str, Any] = {
    "credit": {"amount": "0.00", "claimable": "0.00"},
    "claim": {"state": "none", "submit_deadline": None},
}
TICKET_MS = JANUARY_MS + 5 * DAY_MS
BLOCKED = {
    "credit": {"claimable": "0.00"},
    "claim": {"state": "detected", "ticket_deadline": rfc3339(TICKET_MS)},
}


def shelf(*stated: dict[str, Any]) -> Shelf:
    return Shelf([revision(one) for one in stated or (statement(),)])


@pytest.mark.parametrize(
    ("told", "now_ms", "state", "claimable", "owed", "lapses"),
    [
        ({}, OVER_MS, "eligible", 100, 100, LATE_MS),
        ({}, LATE_MS - 1, "eligible", 100, 100, LATE_MS),
        ({}, LATE_MS, "expired", 0, 0, LATE_MS),
        (NONE, LATE_MS, "none", 0, 0, None),
        (BLOCKED, OVER_MS, "detected", 0, 0, LATE_MS),
        (BLOCKED, TICKET_MS - 1, "detected", 0, 0, TICKET_MS),
        (BLOCKED, TICKET_MS, "detected", 0, 0, LATE_MS),
        (BLOCKED, LATE_MS, "expired", 0, 0, LATE_MS),
        ({"claim": {"submit_deadline": None}}, LATE_MS * 2, "eligible", 100, 100, None),
        ({"credit": {"amount": None, "claimable": None, "currency": None}, "claim": {"state": "none"}},
         OVER_MS, "none", 0, 0, None),
    ],
)  # fmt: skip
def test_without_a_note_the_statement_and_the_calendar_decide(
    settings: Settings, told: dict[str, Any], now_ms: int, state: str, claimable: int, owed: int,
    lapses: int | None,
) -> None:  # fmt: skip
    one = shelf(statement(**told)).one(settings, now_ms)
    assert seen(one.state, one.claimable, one.owed, one.lapses_ms) == (state, claimable, owed, lapses)
    assert one.is_open == (state in {"eligible", "detected"})
    assert (one.revision, one.claimed_revision, one.next_step) == (1, None, None)


@pytest.mark.parametrize(
    ("states", "state", "owed", "is_open"),
    [
        (["submitted"], "submitted", 100, True),
        (["submitted", "accepted"], "accepted", 100, True),
        (["submitted", ("partly", "40 GBP")], "partly", 40, True),
        (["submitted", "rejected"], "rejected", 0, False),
        (["submitted", "rejected", "submitted"], "submitted", 100, True),
        (["submitted", ("credited", "30 GBP")], "credited", 70, True),
        (["submitted", ("credited", "30 GBP"), "reconciled"], "reconciled", 0, False),
        (["expired"], "expired", 0, False),
    ],
)
def test_notes_take_a_claim_from_state_to_state_also_after_its_deadline(
    settings: Settings, states: list[Any], state: str, owed: int, is_open: bool
) -> None:
    held = shelf()
    for one in states:
        word, amount = one if isinstance(one, tuple) else (one, None)
        held.claim(word, amount=amount)
    for now_ms in (OVER_MS, LATE_MS + DAY_MS):
        found = held.one(settings, now_ms)
        assert seen(found.state, found.owed, found.is_open) == (state, owed, is_open)
        assert found.lapses_ms is None or state == "expired"


def test_a_rejection_stays_open_while_there_is_a_next_step(settings: Settings) -> None:
    held = shelf()
    held.claim("submitted")
    held.claim("rejected", next_step={"what": "send the trace", "owner": "bob", "by": "2026-03-10"})
    one = held.one(settings)
    assert one.due is not None
    assert (one.is_open, one.next_step, one.owner, one.due.isoformat()) == (
        True, "send the trace", "bob", "2026-03-10",
    )  # fmt: skip
    assert one.reason_code == "WHY"


def test_a_withdrawn_note_moves_nothing_and_a_foreign_one_moves_another(settings: Settings) -> None:
    held = shelf()
    number = held.claim("submitted", carrier="beta")
    assert held.one(settings).state == "eligible"
    number = held.claim("submitted", period="2026-02")
    assert held.one(settings).state == "eligible"
    number = held.claim("submitted", circuits=("lon-acme",))
    assert held.one(settings).notes == (number,)
    held.note("withdraw", withdraws=number)
    assert held.one(settings).state == "eligible"


def test_the_latest_revision_is_worth_and_the_claim_keeps_the_one_that_it_named(settings: Settings) -> None:
    told = statement(credit={"amount": "120.00", "claimable": "120.00"})
    held = Shelf([revision(told, 2)])
    held.claim(
        "submitted", amount="100 GBP", revisions=({"scope": "lon-acme", "contract": "gold", "revision": 1},)
    )
    one = held.one(settings)
    assert seen(one.revision, one.claimed_revision, one.amount, one.claimable) == (2, 1, 120, 120)
    assert seen(one.submitted, one.expected, one.owed) == (100, 100, 100)


@pytest.mark.parametrize(
    ("submitted_ms", "now_ms", "days"),
    [
        (None, FEBRUARY_MS - 1, 0),
        (None, FEBRUARY_MS + DAY_MS - 1, 0),
        (None, FEBRUARY_MS + DAY_MS, 1),
        (FEBRUARY_MS + 9 * DAY_MS, FEBRUARY_MS + 12 * DAY_MS, 3),
    ],
)
def test_a_claims_age_counts_from_its_submission_else_from_the_periods_end(
    settings: Settings, submitted_ms: int | None, now_ms: int, days: int
) -> None:
    held = shelf()
    if submitted_ms is not None:
        held.claim("submitted", at_ms=submitted_ms)
    assert held.one(settings, now_ms).age_days == days


@pytest.mark.parametrize(
    ("said", "received", "unmatched"),
    [
        ({}, 40, 0),
        ({"carrier": "acme"}, 40, 0),
        ({"carrier_id": "lon-acme"}, 40, 0),
        ({"account": "acme"}, 40, 0),
        ({"carrier": "beta"}, 0, 1),
        ({"account": "A-101"}, 0, 1),
        ({"carrier_id": "CX/1002"}, 0, 1),
        ({"period": "2026-02"}, 0, 1),
        ({"amount": "40 EUR"}, 0, 1),
    ],
)
def test_a_credit_note_is_for_the_claim_of_its_account_circuit_period_and_currency(
    settings: Settings, said: dict[str, Any], received: int, unmatched: int
) -> None:
    held = shelf()
    held.claim("submitted")
    held.credit(**{"amount": "40 GBP", **said})
    book = held.book(settings)
    assert seen(book.claims[0].received, len(book.unmatched)) == (received, unmatched)
    assert book.claims[0].state == ("credited" if received else "submitted")


def test_events_count_in_the_order_in_which_they_were_written(settings: Settings) -> None:
    held = shelf()
    held.claim("submitted")
    held.credit("40 GBP")
    held.claim("submitted", next_step={"what": "ask for the rest", "owner": "bob", "by": "2026-03-10"})
    one = held.one(settings)
    assert seen(one.state, one.received, one.owed, one.owner) == ("submitted", 40, 60, "bob")
    held.credit("60 GBP", reference="CN2")
    one = held.one(settings)
    assert seen(one.state, one.owed, one.credit_notes) == ("reconciled", 0, (2, 4))


def test_a_second_credit_goes_to_the_claim_that_isnt_paid_yet(settings: Settings) -> None:
    pair = statement("pair", circuits=["lon-acme", "ber-acme"])
    held = shelf(statement(), pair)
    held.credit("100 GBP")
    held.credit("70 GBP", reference="CN2")
    held.credit("70 GBP", reference="CN3")
    held.credit("5 GBP", reference="CN4")
    assert [seen(one.scope, one.received) for one in held.claims(settings)] == [
        ("lon-acme", 105),
        ("pair", 140),
    ]


def test_claims_of_two_currencies_share_a_note_each_with_its_own(settings: Settings) -> None:
    euro = statement("par-acme", credit={"currency": "EUR", "amount": "50.00", "claimable": "50.00"})
    third = statement("ber-acme", credit={"amount": "300.00", "claimable": "300.00"})
    held = shelf(statement(), euro, third)
    held.claim("submitted")
    held.claim("partly", amount="200 GBP")
    found = {one.scope: seen(one.state, one.accepted, one.owed) for one in held.claims(settings)}
    assert found == {
        "lon-acme": ("partly", Fraction(50), 50),
        "ber-acme": ("partly", Fraction(150), 150),
        "par-acme": ("submitted", 0, 50),
    }


def test_a_chronic_failures_right_lapses_also_where_nothing_is_to_claim(settings: Settings) -> None:
    told = statement(chronic={"triggered": True, "notice": "10d"}, **NONE)
    one = shelf(told).one(settings)
    until = FEBRUARY_MS + 10 * DAY_MS
    assert (one.notice_deadline_ms, one.lapses_ms) == (until, until)
    held = shelf(statement(chronic={"triggered": True, "notice": "10d"}))
    assert held.one(settings).lapses_ms == until
    assert held.one(settings, until).lapses_ms == LATE_MS
    held.claim("submitted")
    assert held.one(settings, until + 1).lapses_ms == until


def test_claims_stand_by_period_carrier_and_scope(settings: Settings) -> None:
    stated = [statement("ber-acme"), statement("lon-beta", carrier="beta"), statement("ams-acme")]
    found = claims_now(settings, shelf(*stated).reader, OVER_MS)
    assert [one.key for one in found] == [
        ("ams-acme", "gold", "2026-01"), ("ber-acme", "gold", "2026-01"), ("lon-beta", "gold", "2026-01"),
    ]  # fmt: skip
