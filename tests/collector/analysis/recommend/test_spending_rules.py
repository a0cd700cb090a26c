"""Rules about what is bought: commits, circuits that nobody measures or uses, terms, upkeep."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.analysis.recommend import commit, notice, unmeasured, upkeep

TODAY = date(2026, 4, 1)
M = 1e6
TIERS = (
    commit.Tier(100 * M, Decimal("400.00"), "EUR"),
    commit.Tier(200 * M, Decimal("650.00"), "EUR"),
    commit.Tier(1000 * M, Decimal("1900.00"), "EUR"),
)
LOAD = commit.Load(
    *("lon-a", "acme", "Acme", 500 * M, 500 * M, 200 * M, (0.1,) * 90, Decimal("650.00"), "EUR", TIERS),
    *(TODAY, "/circuits/lon-a"),
)


@pytest.mark.parametrize(
    ("load", "said"),
    [
        (LOAD, "Move lon-a to 100 Mbit/s at 400.00 EUR a month: that saves 250.00 EUR a month"),
        (
            replace(LOAD, tiers=()),
            "Ask Acme for the price of a smaller commit for lon-a: its busy hours use 50",
        ),
        (replace(LOAD, tiers=TIERS[1:]), ""),  # no tier below is sold
        (replace(LOAD, charge=Decimal("380.00")), ""),  # none is cheaper
        (replace(LOAD, currency="USD"), ""),  # two currencies can't be compared
        (replace(LOAD, days=(0.15,) * 90), ""),  # 75 of 200
        (replace(LOAD, days=(0.19,) * 90), ""),
        (
            replace(LOAD, days=(0.5,) * 90),
            "Order 1 Gbit/s for lon-a from Acme at 1,900.00 EUR a month: "
            "its busy hours use 250 Mbit/s, more than its commit",
        ),
        (replace(LOAD, days=(0.5,) * 90, tiers=()), "Ask Acme for the price of more bandwidth for lon-a"),
        (replace(LOAD, commit_bits=None, days=(0.5,) * 90), ""),
        (replace(LOAD, commit_bits=None, days=(0.85,) * 90), "Order 1 Gbit/s for lon-a"),
        (replace(LOAD, days=(0.1,) * 59), ""),  # too little is known
        (replace(LOAD, days=(0.1,) * 86 + (0.9,) * 4), "Move lon-a to 100 Mbit/s"),  # 4 of 90 days
        (replace(LOAD, days=(0.1,) * 80 + (0.9,) * 10), "Order 1 Gbit/s"),
    ],
)
def test_a_commit_fits_what_is_used_or_another_is_recommended(load: commit.Load, said: str) -> None:
    found = [one.text for one in commit.rule([load], TODAY)]
    assert found[0].startswith(said) if said else found == []


def test_a_saving_is_exact_and_its_evidence_has_figures() -> None:
    (found,) = commit.rule([replace(LOAD, term_until=date(2027, 1, 31))], TODAY)
    assert (found.amount, found.currency, found.key) == (Decimal("250.00"), "EUR", "commit:lon-a:2026-Q2")
    assert found.evidence[0] == (
        "On 19 days of 20 the busy hours (95th percentile) of lon-a stay under 50 Mbit/s, "
        "10% of its 500 Mbit/s; 90 of 90 days are known."
    )
    assert "The term binds until 31 January 2027: ask whether the tier may change before." in found.evidence


@given(st.lists(st.floats(0, 1), min_size=1, max_size=90))
def test_at_most_one_busy_day_in_twenty_is_above_the_busy_level(days: list[float]) -> None:
    level = commit.busy(days)
    assert level in days
    assert 20 * sum(one > level for one in days) <= len(days)


PAID = unmeasured.Paid(
    *("lon-a", "acme", "Acme", Decimal("100.00"), "EUR", date(2025, 1, 1), date(2026, 3, 25), None, "/x")
)


@pytest.mark.parametrize(
    ("paid", "rules"),
    [
        (PAID, ["unmeasured"]),
        (replace(PAID, last_round=date(2026, 3, 26)), []),
        (replace(PAID, last_round=None), ["unmeasured"]),
        (replace(PAID, last_round=None, since=TODAY - timedelta(3)), []),
        (replace(PAID, last_round=None, since=None), ["unmeasured"]),
        (replace(PAID, measured_here=False), []),
        (replace(PAID, until=TODAY - timedelta(1)), ["unused"]),
        (replace(PAID, until=TODAY, last_round=TODAY), []),
    ],
)
def test_what_is_paid_for_is_measured_and_used(paid: unmeasured.Paid, rules: list[str]) -> None:
    found = [*unmeasured.rule([paid], TODAY), *unmeasured.unused([paid], TODAY)]
    assert [one.rule for one in found] == rules
    assert all(one.amount == Decimal("100.00") for one in found)


def test_a_circuit_that_was_never_measured_says_so() -> None:
    (found,) = unmeasured.rule([replace(PAID, last_round=None, since=None)], TODAY)
    assert found.key == "unmeasured:lon-a:never"
    assert found.evidence[0] == "The ledger holds no round of it."


TERM = notice.Term(
    *("lon-a", "acme", "Acme", date(2026, 9, 30), TODAY + timedelta(100), "12mo", Decimal("900.00"), "EUR"),
    *(("lon-a was up 99.9% of this year.",), "/performance/goals"),
)


@pytest.mark.parametrize(
    ("left", "stage", "urgency"),
    [
        (121, None, ""),
        (120, 120, "plan"),
        (91, 120, "plan"),
        (90, 90, "plan"),
        (60, 60, "soon"),
        (30, 30, "now"),
        (0, 30, "now"),
        (-1, None, ""),
    ],
)
def test_notice_is_told_of_at_120_90_60_and_30_days(left: int, stage: int | None, urgency: str) -> None:
    by = TODAY + timedelta(left)
    found = list(notice.rule([replace(TERM, notice_by=by)], TODAY))
    assert notice.stage(left) == stage
    assert [one.urgency for one in found] == ([urgency] if urgency else [])
    assert [one.key for one in found] == ([f"notice:acme:{by}"] if urgency else [])


def test_terms_of_one_carrier_and_day_are_one_decision() -> None:
    (found,) = notice.rule([TERM, replace(TERM, circuit="lon-b"), replace(TERM, circuit="lon-c")], TODAY)
    assert found.text == "Decide by 10 July 2026 whether 3 circuits stay with Acme, or they renew themselves"
    assert (found.amount, len(found.circuits)) == (Decimal("2700.00"), 3)
    (alone,) = notice.rule([TERM], TODAY)
    assert alone.text == "Decide by 10 July 2026 whether lon-a stays with Acme, or it renews for 12 months"
    (two,) = notice.rule([TERM, replace(TERM, circuit="lon-b", currency="USD")], TODAY)
    assert two.amount is None, "two currencies are never added"


CERTIFICATE = upkeep.Certificate("lon-a", "portal", "https://portal.example", 20.5, "/x")


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (31.0, ""),
        (30.0, "it ends on 1 May 2026"),
        (3.9, "it ends on 4 April 2026"),
        (-1.0, "it has ended"),
    ],
)
def test_a_certificate_is_told_of_thirty_days_ahead(days: float, said: str) -> None:
    found = [one.text for one in upkeep.tls([replace(CERTIFICATE, days_left=days)], TODAY)]
    assert found == ([f"Renew the certificate of https://portal.example: {said}"] if said else [])


def test_an_action_is_late_the_day_after() -> None:
    one = upkeep.Late(7, "claim April", "ann", TODAY, "acme", ("lon-a",), "/x")
    assert list(upkeep.overdue([one], TODAY)) == []
    (found,) = upkeep.overdue([replace(one, by=TODAY - timedelta(2))], TODAY)
    assert found.text == "Do what was due on 30 March 2026, or give it a new day: claim April"
    assert found.evidence == ("ann answers for it; it is 2 days late.",)


def test_a_draft_waits_for_a_person() -> None:
    one = upkeep.Draft("lon-a", "acme", "gold", "2026-02", 2, (), "/x")
    (found,) = upkeep.revision([one], TODAY)
    assert found.text == "Issue or dismiss revision 2 of lon-a for February 2026"
    assert found.evidence
