"""Open claims, small."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, cast

import pytest

from collector.claiming.book import ClaimNow
from collector.claims_open import ClaimLine, by_urgency, document, sums
from collector.cli.claims_shown import ROWS, claim_rows, claims_title

NOW_MS = 1_767_225_600_000
DAY_MS = 86_400_000
CLAIM = ClaimLine(
    scope="lon-acme",
    circuits=("lon-acme",),
    carrier="acme",
    contract="gold",
    period="2026-01",
    state="eligible",
    currency="GBP",
    amount="80.00",
    claimable="75.00",
    owed="75.00",
    ticket_deadline_ms=NOW_MS - DAY_MS,
    submit_deadline_ms=NOW_MS + 2 * DAY_MS,
    notice_deadline_ms=NOW_MS + 30 * DAY_MS,
    lapses_ms=NOW_MS + 2 * DAY_MS,
    next_step="send the letter",
    owner="ann",
    due="2026-01-02",
)


def at(days: float | None, **more: Any) -> ClaimLine:  # noqa: ANN401
    return replace(CLAIM, lapses_ms=None if days is None else NOW_MS + round(days * DAY_MS), **more)


def test_a_line_comes_back_from_its_text_also_from_another_versions() -> None:
    assert ClaimLine.read(CLAIM.as_text()) == CLAIM
    assert ClaimLine.read(json.dumps(json.loads(CLAIM.as_text()) | {"colour": "blue"})) == CLAIM


def test_it_is_made_of_a_claim_of_the_book_with_money_to_two_places() -> None:
    class Book:
        """What the book says."""

        scope, circuits, carrier, contract, period = "lon-acme", ("lon-acme",), "acme", "gold", "2026-01"
        state, currency = "eligible", "GBP"
        amount, claimable, owed = Fraction(80), Fraction(14999, 200), Fraction(75)
        ticket_deadline_ms = CLAIM.ticket_deadline_ms
        submit_deadline_ms = lapses_ms = CLAIM.submit_deadline_ms
        notice_deadline_ms = CLAIM.notice_deadline_ms
        next_step, owner, due = "send the letter", "ann", date(2026, 1, 2)

    assert ClaimLine.of(cast(ClaimNow, Book())) == CLAIM


@pytest.mark.parametrize(
    ("state", "names"),
    [
        ("detected", ["ticket", "submit", "notice"]),
        ("ticketed", ["ticket", "submit", "notice"]),
        ("eligible", ["ticket", "submit", "notice"]),
        ("submitted", ["notice"]),
        ("partly", ["notice"]),
    ],
)
def test_a_claim_that_was_sent_has_met_its_own_deadlines(state: str, names: list[str]) -> None:
    assert list(replace(CLAIM, state=state).deadlines) == names


def test_the_deadline_at_which_it_lapses_has_a_name() -> None:
    assert CLAIM.next_deadline == "submit"
    assert at(5).next_deadline is None


@pytest.mark.parametrize(
    ("lapses_ms", "soon"),
    [(0, False), (1, True), (14 * DAY_MS, True), (14 * DAY_MS + 1, False), (-1, False)],
)
def test_within_14_days_it_is_about_to_lapse(lapses_ms: int, soon: bool) -> None:
    assert replace(CLAIM, lapses_ms=NOW_MS + lapses_ms).lapses_soon(NOW_MS) is soon
    assert not replace(CLAIM, lapses_ms=None).lapses_soon(NOW_MS)


def test_what_lapses_first_stands_first_and_what_has_no_deadline_ahead_last() -> None:
    claims = [at(None, scope="none"), at(-1, scope="over"), at(9, scope="later"), at(1, scope="soon"),
              at(None, scope="older", period="2025-12")]  # fmt: skip
    assert [one.scope for one in by_urgency(claims, NOW_MS)] == ["soon", "later", "older", "none", "over"]


def test_two_currencies_are_never_added() -> None:
    claims = [
        CLAIM,
        replace(CLAIM, claimable="0.10"),
        replace(CLAIM, currency="EUR", claimable="1.00", owed="0.00"),
    ]
    nothing = [replace(CLAIM, currency="USD", claimable="0.00", owed="0.00"), replace(CLAIM, currency="")]
    assert list(sums(claims + nothing)) == [
        ("EUR", Decimal("1.00"), Decimal("0.00")),
        ("GBP", Decimal("75.10"), Decimal("150.00")),
    ]


def test_a_document_has_its_times_as_text_and_its_money_as_strings() -> None:
    told = document(replace(CLAIM, ticket_deadline_ms=None))
    assert (told["lapses"], told["submit_deadline"]) == ("2026-01-03T00:00:00Z",) * 2
    assert (told["ticket_deadline"], told["claimable"], told["circuits"]) == (None, "75.00", ["lon-acme"])
    assert not [name for name in told if name.endswith("_ms")]


# --- on the screen


def test_the_title_counts_and_sums_by_currency() -> None:
    claims = [CLAIM, at(20, currency="EUR", claimable="0.00", owed="12.50", state="submitted")]
    assert claims_title(claims, NOW_MS) == (
        "Claims: 2 open, 1 about to lapse, nothing to claim in EUR, 12.50 EUR owed, 75.00 GBP to claim"
    )


def test_no_more_than_a_screenful_is_shown_and_the_rest_is_counted() -> None:
    claims = [at(day) for day in range(1, ROWS + 3)]
    assert len(list(claim_rows(claims, NOW_MS))) == ROWS
    assert claims_title(claims, NOW_MS).endswith("; 2 more: status --json")
    assert "more" not in claims_title(claims[:ROWS], NOW_MS)


@pytest.mark.parametrize(
    ("claim", "left", "step"),
    [
        (CLAIM, "2 d", "ann: send the letter by 2026-01-02"),
        (replace(CLAIM, owner=None, due=None), "2 d", "send the letter"),
        (replace(CLAIM, next_step=None), "2 d", "claim it"),
        (at(-1, next_step=None, ticket_deadline_ms=NOW_MS - DAY_MS), "", ""),
        (at(None, next_step=None), "", ""),
        (
            at(1, next_step=None, ticket_deadline_ms=NOW_MS + DAY_MS, submit_deadline_ms=None),
            "1 d",
            "open a ticket",
        ),
    ],
)
def test_a_row_says_what_is_to_be_done(claim: ClaimLine, left: str, step: str) -> None:
    ((soon, cells),) = claim_rows([claim], NOW_MS)
    assert (cells[0], cells[-1]) == (left, step)
    assert soon is bool(left)
