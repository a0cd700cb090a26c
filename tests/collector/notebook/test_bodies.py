"""Typed notes: what each kind needs, and that none changes on its way through the ledger."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from collector.notebook.bodies import (
    KINDS,
    CarrierBody,
    ClaimBody,
    CreditBody,
    ExcludeBody,
    HoldBody,
    MaintenanceBody,
    NextStep,
    RevisionName,
    TicketBody,
    WithdrawBody,
    made,
    read,
)
from collector.notebook.words import LAST_MS
from config.fields import Money

FROM, TO = "2026-04-03T10:00:00Z", "2026-04-03T11:00:00Z"
WINDOW = {"from": FROM, "to": TO, "circuits": ("a",)}
moments = st.integers(0, LAST_MS - 1)
names = st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=12)
several = st.lists(names, max_size=3).map(tuple)
maybe = st.none() | moments
amounts = st.decimals(0, 10**9, places=2).map(lambda one: Money(Decimal(one), "USD"))


def spans(model: type[Any], **more: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Bodies with time in them."""

    def make(begin: int, length: int, **rest: Any) -> Any:  # noqa: ANN401 - any of the bodies
        return model(start_ms=begin, end_ms=min(LAST_MS, begin + length), **rest)

    return st.builds(make, moments, st.integers(1, 10**9), **more)


tickets = st.builds(
    TicketBody,
    id=names,
    carrier=st.none() | names,
    circuits=several,
    opened=maybe,
    closed=maybe,
    repair_started=maybe,
    dispatched=st.none() | st.booleans(),
    holds=st.lists(spans(HoldBody, reason=names), max_size=2).map(tuple),
    reason=st.none() | names,
)
concerning = {
    "circuits": st.lists(names, min_size=1, max_size=3).map(tuple),
    "reason": names,
    "announced": maybe,
}
claims = st.builds(
    ClaimBody,
    carrier=names,
    period=names,
    circuits=several,
    state=st.sampled_from(
        ["submitted", "accepted", "partly", "rejected", "credited", "reconciled", "expired"]
    ),
    amount=amounts,
    reason_code=names,
    reason=names,
    next_step=st.none() | st.builds(NextStep, what=names, owner=names, by=st.dates()),
    revisions=st.lists(
        st.builds(RevisionName, scope=names, contract=names, revision=st.integers(1, 99)), max_size=2
    ).map(tuple),
)
bodies = st.one_of(
    tickets,
    claims,
    spans(MaintenanceBody, kind=st.sampled_from(["scheduled", "emergency"]), **concerning),
    spans(ExcludeBody, kind=names, state=st.sampled_from(["claimed", "accepted", "disputed"]), **concerning),
    st.builds(
        CarrierBody,
        carrier=names,
        period=names,
        figures=st.dictionaries(names, st.decimals(-100, 100, places=3), min_size=1, max_size=3),
    ),
    st.builds(CreditBody, account=names, carrier_id=names, period=names, amount=amounts, reference=names,
              reason=names),
    st.builds(WithdrawBody, reason=names),
)  # fmt: skip


@settings(max_examples=150)
@given(bodies)
def test_a_note_comes_back_from_the_ledger_as_it_was_written(body: Any) -> None:  # noqa: ANN401
    back = read(body.KIND, body.as_text())
    assert back == body
    assert back is not None
    assert back.as_text() == body.as_text()


def test_an_update_says_only_what_was_given() -> None:
    body = made("ticket", {"id": "T1", "closed": TO, "circuits": (), "opened": None, "dispatched": False})
    assert body.as_text() == '{"closed": "2026-04-03T11:00:00Z", "dispatched": false, "id": "T1"}'
    assert made("ticket", {"id": "T1", "dispatched": None}).as_text() == '{"id": "T1"}'


def test_other_notes_say_their_defaults_so_that_no_later_version_changes_them() -> None:
    text = made("exclude", WINDOW | {"kind": "customer", "reason": "r"}).as_text()
    assert '"state": "claimed"' in text


@pytest.mark.parametrize(
    ("kind", "values", "said"),
    [
        ("ticket", {}, "id: Field required"),
        ("ticket", {"id": "T", "opened": "2026-04-03 10:00"}, "opened: .*needs its offset"),
        ("ticket", {"id": "T", "colour": "red"}, "colour: Extra inputs"),
        ("ticket", {"id": "T\x1b[2J"}, r"id: holds the character U\+001B"),
        ("ticket", {"id": "T\nU"}, "id: "),
        ("ticket", {"id": "T", "holds": ({"from": TO, "to": FROM, "reason": "x"},)}, "holds.0: ends before"),
        ("ticket", {"id": "T", "holds": ({"from": FROM, "to": FROM, "reason": "x"},)}, "or at once"),
        ("maintenance", WINDOW, "moves money: say why"),
        ("maintenance", {"from": FROM, "to": TO, "reason": "r"}, "concerns nobody"),
        ("maintenance", WINDOW | {"reason": "r", "kind": "lunch"}, "kind: Input should be"),
        ("exclude", WINDOW | {"reason": "r", "kind": "customer", "state": "maybe"}, "state: Input should be"),
        ("exclude", {"from": FROM, "circuits": ("a",), "kind": "x", "reason": "r"}, "to: Field required"),
        ("carrier", {"carrier": "acme"}, "says nothing"),
        ("carrier", {"carrier": "acme", "circuits": ("a",), "from": FROM}, "a later `to`"),
        ("carrier", {"carrier": "acme", "circuits": ("a",), "from": FROM, "to": FROM}, "a later `to`"),
        ("carrier", {"carrier": "acme", "from": FROM, "to": TO}, "needs its circuits"),
        ("carrier", {"carrier": "acme", "period": "2026-04"}, "figures need their period"),
        ("carrier", {"carrier": "a", "period": "p", "figures": {"loss": "banana"}}, "figures.loss"),
        ("carrier", {"carrier": "a", "period": "p", "figures": {"availability": "NaN"}}, "finite"),
        ("claim", {"carrier": "a", "period": "p", "state": "submitted"}, "moves money: say why"),
        ("claim", {"carrier": "a", "period": "p", "state": "credited", "reason": "r"}, "needs its amount"),
        ("claim", {"carrier": "a", "period": "p", "state": "partly", "reason": "r"}, "needs its amount"),
        ("claim", {"carrier": "a", "period": "p", "state": "rejected", "reason": "r"}, "reason code"),
        ("claim", {"carrier": "a", "period": "p", "state": "submitted", "reason": "r", "amount": "75"},
         "amount: '75' is not an amount with its currency"),
        ("withdraw", {}, "moves money: say why"),
        ("withdraw", {"reason": "   "}, "reason: "),
        ("withdraw", {"reason": "x" * 2_001}, "reason: "),
    ],
)  # fmt: skip
def test_what_a_note_lacks_or_has_too_much_is_said(kind: str, values: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        made(kind, values)


def test_every_problem_is_said_at_once() -> None:
    with pytest.raises(ValueError, match="id: Field required; opened: "):
        made("ticket", {"opened": "banana"})


def test_a_kind_of_another_version_is_no_error_but_nonsense_in_a_known_one_is() -> None:
    assert read("prophecy", "{}") is None
    with pytest.raises(ValidationError):
        read("ticket", "{}")
    assert set(KINDS) == {
        "ticket",
        "maintenance",
        "exclude",
        "carrier",
        "claim",
        "credit",
        "feedback",
        *("goal", "action", "review", "practice", "dismiss"),
        "withdraw",
    }


@pytest.mark.parametrize("number", ["1e999999", "1e-999999", "9" * 31, "0." + "1" * 16])
def test_a_number_that_no_sum_would_end_with_is_refused(number: str) -> None:
    with pytest.raises(ValueError, match=r"digits|decimal"):
        made("carrier", {"carrier": "acme", "period": "2026-04", "figures": {"availability": number}})
