"""Rules about money and rights: claims, what is waited for, what lapsed, tickets, chronic failure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from collector.analysis.recommend import chase, chronic, claim, lapsed, ticket
from collector.analysis.recommendation import Recommendation

TODAY = date(2026, 5, 10)
DUE = claim.Due(
    *("lon-acme", ("lon-acme",), "acme", "Acme", "gold", "2026-04", date(2026, 5, 31)),
    *(Fraction(100), "USD", "/claims/lon-acme/gold/2026-04"),
)
WAITING = chase.Waiting(
    *("lon-acme", ("lon-acme",), "acme", "Acme", "2026-02", "submitted", 31, Fraction(50), "USD", "/claims/x")
)
LOST = lapsed.Lost("lon-acme", ("lon-acme",), "acme", "Acme", "2026-01", "claim", Fraction(30), "USD")
NOON_MS = 1_778_414_400_000  # 2026-05-10T12:00:00Z
HOUR_MS = 3_600_000
DOWN = ticket.Untold(
    *("lon-acme", "acme", "Acme", "Europe/London", NOON_MS - 2 * HOUR_MS, None, NOON_MS, "/outages/x")
)
REACHED = chronic.Reached(
    *("lon-acme", ("lon-acme",), "acme", "Acme", "gold", "2026-04", "terminate", date(2026, 6, 30)),
    *(("3 outages within 30d",), (date(2026, 4, 1), date(2026, 4, 3), date(2026, 4, 9)), "/x"),
)


def test_a_claim_names_its_carrier_its_day_its_money_and_its_circuits() -> None:
    other = replace(DUE, scope="par-acme", circuits=("par-acme", "par-two"), amount=Fraction(50))
    (found,) = claim.rule([DUE, other], TODAY)
    assert found.text == "Claim April 2026 from Acme by 31 May 2026: 150.00 USD for 3 circuits"
    assert (found.key, found.urgency, found.until) == ("claim:acme/USD:2026-04", "soon", date(2026, 5, 31))
    assert (found.amount, found.currency) == (Decimal("150.00"), "USD")
    assert found.circuits == ("lon-acme", "par-acme", "par-two")
    assert found.evidence[0] == "lon-acme: 100.00 USD by gold, to be claimed by 31 May 2026."
    assert found.link.startswith("/claims?carrier=acme&period=2026-04")


@pytest.mark.parametrize(
    ("dues", "urgencies"),
    [
        ([], []),
        ([replace(DUE, amount=Fraction(0))], []),
        ([replace(DUE, until=None)], ["soon"]),
        ([replace(DUE, until=TODAY + timedelta(15))], ["soon"]),
        ([replace(DUE, until=TODAY + timedelta(14))], ["now"]),
        ([replace(DUE, became="50.00 USD came")], ["plan"]),
        ([DUE, replace(DUE, currency="EUR")], ["soon", "soon"]),
        ([DUE, replace(DUE, carrier="beta")], ["soon", "soon"]),
        ([DUE, replace(DUE, label="2026-03")], ["soon", "soon"]),
    ],
)
def test_claims_are_one_a_carrier_period_and_currency(dues: list[claim.Due], urgencies: list[str]) -> None:
    assert [one.urgency for one in claim.rule(dues, TODAY)] == urgencies


@pytest.mark.parametrize(
    ("waiting", "said"),
    [
        (WAITING, "Ask Acme for an answer on the claim for February 2026: 50.00 USD for 1 circuit"),
        (replace(WAITING, state="accepted"), "Ask Acme for the credit note for February 2026: 50.00"),
        (replace(WAITING, state="partly"), "Take what Acme grants for February 2026, or dispute the rest"),
        (replace(WAITING, state="rejected"), "Dispute Acme's refusal for February 2026, or give it up"),
        (replace(WAITING, state="automatic"), "which it owes without a claim"),
        (replace(WAITING, days=29), ""),
        (replace(WAITING, amount=Fraction(0)), ""),
        (replace(WAITING, state="reconciled"), ""),
    ],
)
def test_money_is_asked_for_after_thirty_days(waiting: chase.Waiting, said: str) -> None:
    found = list(chase.rule([waiting], TODAY))
    assert (said in found[0].text) if said else not found


def test_a_period_that_joins_makes_it_a_new_recommendation() -> None:
    (one,) = chase.rule([WAITING], TODAY)
    (two,) = chase.rule([WAITING, replace(WAITING, label="2026-03")], TODAY)
    assert (one.key, two.key) == ("chase:acme/USD/submitted:2026-02", "chase:acme/USD/submitted:2026-03")
    assert two.amount == Decimal("100.00")


@pytest.mark.parametrize(
    ("lost", "texts"),
    [
        ([LOST], ["Name somebody who claims from Acme at each month's end: 30.00 USD lapsed in 1 credit"]),
        (
            [replace(LOST, how="ticket")],
            ["Have the alert open a ticket with Acme by itself: 30.00 USD lapsed in 1 credit"],
        ),
        ([replace(LOST, amount=Fraction(0))], []),
        ([], []),
    ],
)
def test_what_lapsed_says_what_would_have_kept_it(lost: list[lapsed.Lost], texts: list[str]) -> None:
    assert [one.text for one in lapsed.rule(lost, TODAY, "2026-Q2")] == texts


def told(one: ticket.Untold) -> Recommendation | None:
    return next(iter(ticket.rule([one], TODAY)), None)


@pytest.mark.parametrize(
    ("outage", "said"),
    [
        (DOWN, "Open a ticket with Acme for lon-acme now: it is down"),
        (replace(DOWN, start_ms=NOON_MS - 600_000), ""),
        (replace(DOWN, end_ms=NOON_MS), ""),
        (
            replace(DOWN, waits=True, lost_ms=HOUR_MS, lost=Fraction(4), currency="EUR"),
            "Open a ticket with Acme for lon-acme now: its clock has lost 1 h and 4.00 EUR",
        ),
        (replace(DOWN, waits=True, start_ms=NOON_MS - 60_000), "Open a ticket with Acme for lon-acme now"),
        (
            replace(DOWN, end_ms=NOON_MS, by_ms=NOON_MS + HOUR_MS),
            "Open a ticket with Acme for lon-acme before 10 May 2026 14:00, or its outage pays nothing",
        ),
        (
            replace(DOWN, end_ms=NOON_MS, at_stake=Fraction(60), currency="USD"),
            "Record the ticket for lon-acme's outage of 10 May 2026 11:00, if there was one: 60.00 USD waits",
        ),
    ],
)
def test_an_outage_without_a_ticket(outage: ticket.Untold, said: str) -> None:
    found = told(outage)
    assert (found is not None and found.text.startswith(said)) if said else found is None


def test_what_is_lost_already_is_no_worth_and_what_waits_is() -> None:
    going = told(replace(DOWN, waits=True, lost_ms=HOUR_MS, lost=Fraction(4), currency="EUR"))
    over = told(replace(DOWN, end_ms=NOON_MS, at_stake=Fraction(60), currency="USD"))
    assert going is not None
    assert over is not None
    assert (going.urgency, going.amount) == ("now", None)
    assert (over.urgency, over.amount, over.currency) == ("soon", Decimal("60.00"), "USD")


@pytest.mark.parametrize(
    ("reached", "urgency", "said"),
    [
        (REACHED, "soon", "Decide by 30 June 2026 whether to keep lon-acme with Acme"),
        (replace(REACHED, until=TODAY), "now", "the right to terminate"),
        (replace(REACHED, until=None), "plan", "Decide whether to keep lon-acme"),
        (replace(REACHED, remedy=""), "soon", "its contract calls it chronic"),
    ],
)
def test_a_right_that_failures_gave_is_told_until_its_day(
    reached: chronic.Reached, urgency: str, said: str
) -> None:
    (found,) = chronic.rule([reached], TODAY)
    assert found.urgency == urgency
    assert said in found.text
    assert "The outages began on 1 April 2026, 3 April 2026 and 9 April 2026." in found.evidence
