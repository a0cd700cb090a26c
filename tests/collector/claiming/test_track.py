"""Where notes take one claim, and what of their amounts is its own."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.claiming.track import Track, meant, move, shares
from collector.ledger.records import Note
from collector.notebook.bodies import ClaimBody, CreditBody, made
from tests.collector.claiming.made import seen, track


def body(state: str, **said: Any) -> ClaimBody:  # noqa: ANN401
    usual = {"carrier": "acme", "period": "2026-01", "state": state, "reason": "why"}
    usual |= {"reason_code": "NO"} if state == "rejected" else {}
    found = made("claim", usual | said)
    assert isinstance(found, ClaimBody)
    return found


def go(tracks: list[Track], *bodies: ClaimBody) -> None:
    for number, one in enumerate(bodies, 1):
        move(tracks, Note(number, 1_000 * number, "ann", "claim", "{}", None), one)


def sums(one: Track) -> tuple[object, ...]:
    return one.state, one.submitted, one.accepted, one.expected


@pytest.mark.parametrize(
    ("bodies", "found"),
    [
        ([], ("eligible", None, None, 100)),
        ([body("submitted")], ("submitted", 100, None, 100)),
        ([body("submitted", amount="80 GBP")], ("submitted", 80, None, 80)),
        ([body("submitted", amount="80 GBP"), body("submitted", reference="R")], ("submitted", 80, None, 80)),
        ([body("submitted"), body("accepted")], ("accepted", 100, 100, 100)),
        ([body("submitted"), body("accepted", amount="90 GBP")], ("accepted", 100, 90, 90)),
        ([body("submitted"), body("partly", amount="40 GBP")], ("partly", 100, 40, 40)),
        ([body("submitted"), body("partly", amount="40 GBP"), body("accepted")], ("accepted", 100, 100, 100)),
        ([body("submitted"), body("rejected")], ("rejected", 100, 0, 100)),
        ([body("submitted"), body("rejected"), body("submitted")], ("submitted", 100, None, 100)),
        ([body("submitted"), body("rejected"), body("submitted", amount="6 GBP")], ("submitted", 6, None, 6)),
        ([body("submitted"), body("partly", amount="4 GBP"), body("submitted")],
         ("submitted", 100, None, 100)),
        ([body("expired")], ("expired", None, None, 100)),
    ],
)  # fmt: skip
def test_what_was_asked_accepted_and_is_to_come(
    bodies: list[ClaimBody], found: tuple[str, int | None, int | None, int]
) -> None:
    one = track()
    go([one], *bodies)
    assert sums(one) == found
    assert one.notes == [*range(1, len(bodies) + 1)]


def test_the_first_submission_dates_it_and_the_newest_reference_and_step_stand() -> None:
    one = track()
    named = {"scope": "lon-acme", "contract": "gold", "revision": 2}
    step = {"what": "send the trace", "owner": "bob", "by": "2026-03-10"}
    go(
        [one],
        body("submitted", reference="R-1", revisions=(named,)),
        body("rejected", reason_code="NO_TICKET", next_step=step),
    )  # fmt: skip
    assert one.next_step is not None
    assert (one.submitted_ms, one.reference, one.reason_code, one.next_step.owner, one.claimed_revision) == (
        1_000, "R-1", "NO_TICKET", "bob", 2,
    )  # fmt: skip
    go([one], body("submitted", reference="R-2"))
    assert seen(one.submitted_ms, one.reference, one.reason_code, one.next_step) == (1_000, "R-2", None, None)
    assert one.claimed_revision == 2


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ({"circuits": ("a",)}, "a"),
        ({"circuits": ("b",)}, "b pair"),
        ({"circuits": ("pair",)}, "pair"),
        ({"revisions": ({"scope": "pair", "contract": "gold", "revision": 1},)}, "pair"),
        ({"revisions": ({"scope": "pair", "contract": "other", "revision": 1},)}, ""),
        (
            {"circuits": ("a",), "revisions": ({"scope": "pair", "contract": "gold", "revision": 1},)},
            "a pair",
        ),
        ({"circuits": ("a",), "amount": "5 EUR"}, ""),
        ({}, "a b pair"),
        ({"amount": "5 EUR"}, "e"),
    ],
)
def test_a_note_is_about_what_it_names_or_about_all_that_can_be_claimed(
    said: dict[str, Any], names: str
) -> None:
    tracks = [
        track(scope="a"),
        track(scope="b"),
        track(scope="pair", circuits=("b", "c")),
        track(scope="e", currency="EUR"),
        track("none", "0", scope="none"),
        track("detected", "0", scope="blocked"),
    ]
    wanted = names.split() if said else [*names.split(), "e"]
    assert sorted(one.scope for one in meant(tracks, body("submitted", **said))) == sorted(wanted)


def test_a_note_without_circuits_is_about_what_was_claimed_before_what_could_be() -> None:
    tracks = [track("submitted", scope="a"), track("eligible", scope="b"), track("accepted", scope="c")]
    assert [one.scope for one in meant(tracks, body("rejected"))] == ["a", "c"]
    assert [one.scope for one in meant(tracks, body("submitted"))] == ["a"]
    assert [one.scope for one in meant(tracks, body("expired"))] == ["b"]
    assert meant(tracks, body("reconciled")) == []


def test_an_amount_for_several_is_shared_by_what_should_come_for_each() -> None:
    tracks = [track(claimable="30", scope="a"), track(claimable="10", scope="b")]
    assert shares(tracks, Fraction(40)) == [30, 10]
    assert shares(tracks, Fraction(1)) == [Fraction(3, 4), Fraction(1, 4)]
    assert shares([track(claimable="0"), track(claimable="0")], Fraction(5)) == [Fraction(5, 2)] * 2


@settings(max_examples=50)
@given(
    st.lists(st.integers(0, 10**6), min_size=1, max_size=8),
    st.fractions(min_value=0, max_value=10**6, max_denominator=10**4),
)
def test_shares_add_up_to_the_amount_exactly(weights: list[int], amount: Fraction) -> None:
    assert sum(shares([track(claimable=str(one)) for one in weights], amount)) == amount


@pytest.mark.parametrize(
    ("state", "amounts", "found"),
    [
        ("submitted", ["99.99"], "credited"),
        ("submitted", ["100"], "reconciled"),
        ("submitted", ["100.01"], "reconciled"),
        ("submitted", ["60", "39.99"], "credited"),
        ("submitted", ["60", "40"], "reconciled"),
        ("expired", ["1"], "credited"),
        ("eligible", ["100"], "reconciled"),
    ],
)
def test_credit_notes_reconcile_a_claim_once_all_of_it_came(
    state: str, amounts: list[str], found: str
) -> None:
    one = track(state)
    for number, amount in enumerate(amounts, 7):
        note = made("credit", {"account": "A", "carrier_id": "C", "period": "2026-01", "reference": "R",
                               "amount": f"{amount} GBP", "reason": "r"})  # fmt: skip
        assert isinstance(note, CreditBody)
        one.paid(number, note)
    assert (one.state, one.received) == (found, sum(map(Fraction, amounts)))
    assert one.credit_notes == [7, 8][: len(amounts)]


def test_a_persons_word_and_the_credit_note_are_the_same_money() -> None:
    one = track("submitted")
    go([one], body("credited", amount="70 GBP"))
    assert seen(one.state, one.received) == ("credited", 70)
    note = made("credit", {"account": "A", "carrier_id": "C", "period": "2026-01", "reference": "R",
                           "amount": "60 GBP", "reason": "r"})  # fmt: skip
    assert isinstance(note, CreditBody)
    one.paid(2, note)
    assert seen(one.state, one.received) == ("credited", 70)
    one.paid(3, note)
    assert seen(one.state, one.received) == ("reconciled", 120)
