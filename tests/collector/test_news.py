"""What the watch over contracts tells the log."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from collector.ledger.revisions import Revision, RevisionKey, State
from collector.news import News, of_claim, of_problem, of_revision, of_verdicts
from collector.sla.figures import Figures, ObjectiveFigure
from tests.collector.test_claims_open import CLAIM, DAY_MS, NOW_MS


def judged(verdict: str, **more: Any) -> Figures:  # noqa: ANN401
    one = ObjectiveFigure("availability", "availability_ratio", 0.5, 0.999, verdict, True, False)
    given: dict[str, Any] = {
        "circuit": "a",
        "contract": "gold",
        "period": "2026-01",
        "as_of_ms": 1,
        "closed": False,
    } | more
    return Figures(objectives=(one,), **given)


@pytest.mark.parametrize(
    ("before", "now", "event"),
    [
        (None, "breached", "sla.violation"),
        (None, "met", None),
        (None, "insufficient_data", None),
        ("met", "breached", "sla.violation"),
        ("breached", "breached", None),
        ("breached", "met", "sla.verdict"),
        ("insufficient_data", "met", "sla.verdict"),
    ],
)
def test_a_verdict_is_told_when_it_changes_or_is_bad_from_the_first(
    before: str | None, now: str, event: str | None
) -> None:
    found = list(of_verdicts(None if before is None else judged(before), judged(now), "a"))
    assert [one.event for one in found] == ([event] if event else [])
    assert all(one.level == ("warning" if event == "sla.violation" else "info") for one in found)


@pytest.mark.parametrize("other", [{"period": "2025-12"}, {"contract": "silver"}])
def test_a_verdict_of_another_period_or_contract_is_none_before(other: dict[str, str]) -> None:
    assert len(list(of_verdicts(judged("breached", **other), judged("breached"), "a"))) == 1
    assert list(of_verdicts(judged("breached", **other), judged("met"), "a")) == []


def test_a_verdict_names_its_scope_only_where_that_is_not_the_circuit() -> None:
    (one,) = of_verdicts(None, judged("breached"), "a")
    assert "scope" not in one.fields
    (one,) = of_verdicts(None, judged("breached"), "a+b")
    assert (one.fields["circuit"], one.fields["scope"]) == ("a", "a+b")


def revision(state: State, verdict: str = "breached", **more: Any) -> Revision:  # noqa: ANN401
    told = {
        "credit": {"amount": "5.00", "claimable": "0.00", "currency": "EUR", "before_caps": "5.00"},
        "objectives": [{"id": "availability", "verdict": verdict}, {"id": "rtt", "verdict": "met"}],
    }
    key = RevisionKey("a", "gold", 0, 1)
    made = Revision(key, "2026-01", 2, "sha256:1", json.dumps(told), ("why",), "{}", 1, "linkledger", state)
    return replace(made, decided_by="eve", reason="agreed", **more)


MONEY = {"amount": "5.00", "claimable": "0.00", "currency": "EUR"}
ABOUT = {"scope": "a", "contract": "gold", "period": "2026-01", "revision": 2}


def test_an_issued_statement_is_told_with_its_money_and_what_it_breaks() -> None:
    assert list(of_revision(revision("issued"), 7)) == [
        News("sla.revision", "info", {**ABOUT, "by": "eve", **MONEY}, (), (7, "issued")),
        News("sla.breach", "warning", {**ABOUT, "objectives": ["availability"], **MONEY}),
    ]


def test_an_issued_statement_that_breaks_nothing_is_no_breach() -> None:
    assert [one.event for one in of_revision(revision("issued", "met"), 7)] == ["sla.revision"]


def test_a_draft_says_why_and_is_remembered_by_what_it_says() -> None:
    (one,) = of_revision(revision("draft"), 7)
    assert one == News(
        "sla.draft",
        "warning",
        {**ABOUT, "because": ["why"], **MONEY},
        ("draft/a/gold/0/2/sha256:1",),
        (7, "draft"),
    )


def test_a_dismissed_draft_names_who_and_why() -> None:
    (one,) = of_revision(revision("dismissed"), 7)
    assert (one.event, one.fields["by"], one.fields["reason"]) == ("sla.dismissed", "eve", "agreed")


@pytest.mark.parametrize(
    ("left_ms", "days"),
    [
        (14 * DAY_MS + 1, None),
        (14 * DAY_MS, "14"),
        (7 * DAY_MS + 1, "14"),
        (7 * DAY_MS, "7"),
        (3 * DAY_MS, "3"),
        (DAY_MS + 1, "3"),
        (DAY_MS, "1"),
        (1, "1"),
        (0, None),
        (-1, None),
    ],
)
def test_a_claim_is_told_by_the_nearest_day_that_has_come(left_ms: int, days: str | None) -> None:
    found = list(of_claim(replace(CLAIM, lapses_ms=NOW_MS + left_ms), NOW_MS))
    assert [one.names[-1].rpartition("/")[2] for one in found] == ([days] if days else [])
    assert all(one.event == "sla.claim_lapses" and one.level == "warning" for one in found)


def test_a_claim_that_lapses_says_what_is_to_be_done() -> None:
    (one,) = of_claim(CLAIM, NOW_MS)
    assert one.fields == {
        "scope": "lon-acme",
        "carrier": "acme",
        "contract": "gold",
        "period": "2026-01",
        "state": "eligible",
        "amount": "80.00",
        "claimable": "75.00",
        "currency": "GBP",
        "deadline": "submit",
        "lapses": "2026-01-03T00:00:00Z",
        "next_step": "send the letter",
        "owner": "ann",
        "due": "2026-01-02",
    }
    assert [name.rpartition("/")[2] for name in one.names] == ["14", "7", "3"]


def test_a_claim_that_has_lapsed_is_told_under_a_name_of_its_own() -> None:
    (one,) = of_claim(replace(CLAIM, state="expired"), NOW_MS)
    assert (one.event, one.names) == ("sla.claim_expired", ("expired/lon-acme/gold/2026-01",))


def test_a_claim_without_a_deadline_is_not_told() -> None:
    assert list(of_claim(replace(CLAIM, lapses_ms=None), NOW_MS)) == []


def test_a_problem_is_remembered_with_its_reason() -> None:
    one = of_problem("a", "gold", "charges in EUR and GBP")
    assert one.names == ("problem/a/gold/charges in EUR and GBP",)
