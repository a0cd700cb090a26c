"""What is to be done: gathered from a real ledger, shown with its reason, put aside, and made an action."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from collector.analysis.finding import Finding
from collector.analysis.readings import Day
from collector.analysis.recommendation import Recommendation
from collector.clerk import Desk
from collector.ledger.analysed import put_days, put_findings
from collector.ledger.model import Outage
from collector.ledger.opening import editing
from collector.ledger.store import record_outage
from collector.performance.advice.facts.faults import failing
from collector.performance.advice.facts.look import Look
from collector.performance.advice.recommendations import as_json, recommendations
from collector.performance.advice.returned import as_json as money_json
from collector.performance.advice.returned import returned
from collector.web.api import todo as api
from collector.web.api.endpoint import BadParameter
from collector.web.views import todo
from collector.web.views.view import BadRequest
from config.dated import Dated
from config.fields import Money
from config.prices import Price
from config.settings import Active, Bandwidth, Term
from probes.values import Rate
from tests.collector.claiming.estate import DAY_MS, FEBRUARY_MS, HOUR_MS, LATE_MS, OVER_MS
from tests.collector.test_statements import JANUARY_MS
from tests.collector.web.booked import Booked
from tests.collector.web.desks import HOSTILE, Seen, asked, desk, note, take_back

HERE = "/performance"
CLAIM = "claim:acme/GBP:2026-01"


def keys(at: Desk, rule: str = "", **time: int) -> list[str]:
    return [one.key for one in recommendations(at, **time) if rule in {"", one.rule}]


def one(at: Desk, rule: str, **time: int) -> Recommendation:
    (found,) = [each for each in recommendations(at, **time) if each.rule == rule]
    return found


def test_what_a_month_leaves_to_do(booked: Booked) -> None:
    found = recommendations(desk(booked))
    assert [each.key for each in found] == [
        "claim:acme/EUR:2026-01",
        CLAIM,
        "ticket:ams-acme:2026-01-04T112000Z",
        "claim:beta/USD:2026-01",
    ]
    claim = found[1]
    assert claim.text == "Claim January 2026 from Acme Networks plc by 2 March 2026: 100.00 GBP for 1 circuit"
    assert claim.link == "/claims/lon-acme/gold/2026-01"
    assert found[2].amount == Decimal("60.00")
    assert as_json(claim)["amount"] == "100.00"


def test_a_claim_near_its_day_is_urgent_and_afterwards_it_has_lapsed(booked: Booked) -> None:
    near = recommendations(desk(booked, LATE_MS - 5 * DAY_MS))
    assert {each.urgency for each in near if each.rule == "claim"} == {"now"}
    late = desk(booked, LATE_MS + DAY_MS)
    assert not keys(late, "claim")
    assert keys(late, "lapsed") == [
        "lapsed:acme/EUR/claim:2026-Q1",
        "lapsed:acme/GBP/claim:2026-Q1",
        "lapsed:acme/GBP/ticket:2026-Q1",
        "lapsed:beta/USD/claim:2026-Q1",
    ]


def test_what_was_claimed_is_chased_after_thirty_days(booked: Booked) -> None:
    note(booked, "claim", carrier="acme", period="2026-01", circuits=("lon-acme",), state="submitted",
         amount="100.00 GBP", reason="mail")  # fmt: skip
    assert CLAIM not in keys(desk(booked))
    assert not keys(desk(booked, OVER_MS + 29 * DAY_MS), "chase")
    assert keys(desk(booked, OVER_MS + 30 * DAY_MS), "chase") == ["chase:acme/GBP/submitted:2026-01"]


def test_of_the_past_it_says_what_arose_then_and_what_became_of_it(booked: Booked) -> None:
    at = desk(booked, LATE_MS + DAY_MS)
    past = recommendations(at, from_ms=JANUARY_MS, to_ms=FEBRUARY_MS)
    claims = [each for each in past if each.rule == "claim"]
    assert [each.key for each in claims] == [
        "claim:acme/EUR:2026-01", CLAIM, "claim:beta/USD:2026-01",
    ]  # fmt: skip
    assert claims[1].evidence == ("lon-acme: 100.00 GBP by gold; it lapsed.",)
    assert claims[1].urgency == "plan"
    assert keys(at, from_ms=FEBRUARY_MS, to_ms=LATE_MS) == []


@pytest.mark.parametrize(
    ("until", "now_ms", "dismissed"),
    [
        (None, OVER_MS, True),
        (None, LATE_MS - DAY_MS, True),
        ("2026-02-10", OVER_MS, True),
        ("2026-02-03", OVER_MS, True),
        ("2026-02-02", OVER_MS, False),
    ],
)
def test_what_is_dismissed_never_comes_back_before_its_day(
    booked: Booked, until: str | None, now_ms: int, dismissed: bool
) -> None:
    note(booked, "dismiss", key=CLAIM, reason="they pay by themselves", until=until)
    (found,) = [each for each in recommendations(desk(booked, now_ms)) if each.key == CLAIM]
    assert (found.dismissed_by, found.dismissed_why) == (
        ("ann", "they pay by themselves") if dismissed else ("", "")
    )


def test_a_dismissal_that_is_withdrawn_brings_it_back_at_once(booked: Booked) -> None:
    at = desk(booked)
    number = note(booked, "dismiss", key=CLAIM, reason="why")
    assert one_named(at, CLAIM).dismissed_by == "ann"
    take_back(booked, number)
    assert one_named(at, CLAIM).dismissed_by == ""


def one_named(at: Desk, key: str) -> Recommendation:
    return next(each for each in recommendations(at) if each.key == key)


def test_it_is_gathered_once_in_five_minutes_until_something_is_written(booked: Booked) -> None:
    at = desk(booked)
    assert recommendations(at)[0] is recommendations(at)[0]
    note(booked, "feedback", site="lon", score=3, at=OVER_MS)
    assert len(at.kept["recommendations"]) == 1
    recommendations(at)
    assert len(at.kept["recommendations"]) == 2


def down(booked: Booked, circuit: str, start_ms: int, hours: float | None = 1) -> None:
    end_ms = None if hours is None else start_ms + int(hours * HOUR_MS)
    carrier = circuit.partition("-")[2]
    with editing(booked.settings.ledger.path) as connection:
        record_outage(connection, Outage("lon", carrier, circuit, start_ms, end_ms, "timeout", False))


def test_an_outage_that_goes_on_without_a_ticket_is_the_first_thing(booked: Booked) -> None:
    down(booked, "lon-acme", OVER_MS - HOUR_MS, None)
    found = recommendations(desk(booked))[0]
    assert found.key == "ticket:lon-acme:2026-02-02T230000Z"
    assert found.until == date(2026, 2, 5)
    assert found.link == "/outages/lon-acme/2026-02-02T23:00:00Z"
    note(booked, "ticket", id="T-9", carrier="acme", circuits=("lon-acme",), opened=OVER_MS)
    assert "ticket:lon-acme:2026-02-02T230000Z" not in keys(desk(booked))


def changed(booked: Booked, circuit: str, **facts: Any) -> dict[str, Any]:  # noqa: ANN401
    circuits = dict(booked.settings.circuits)
    circuits[circuit] = circuits[circuit].model_copy(update=facts)
    return {"circuits": circuits}


def test_diverse_circuits_that_fell_together_are_told_of(booked: Booked) -> None:
    down(booked, "lon-beta", JANUARY_MS + 200 * 600_000 + HOUR_MS)  # lon-acme was down then
    at = desk(booked, **changed(booked, "lon-beta", diverse_from=("lon-acme",)))
    assert one(at, "pair").circuits == ("lon-acme", "lon-beta")
    assert keys(at, "pair", from_ms=JANUARY_MS, to_ms=FEBRUARY_MS)
    assert not keys(at, "pair", from_ms=FEBRUARY_MS, to_ms=OVER_MS), "it was before"
    assert not keys(desk(booked), "pair"), "nobody says that they are diverse"


def test_three_outages_ask_for_the_cause_unless_work_excuses_them(booked: Booked) -> None:
    for day in range(3):
        down(booked, "ber-acme", OVER_MS - (day + 1) * 5 * DAY_MS)
    assert keys(desk(booked), "repeat") == ["repeat:ber-acme:2026-Q1"]
    start = OVER_MS - 5 * DAY_MS
    work: dict[str, Any] = {"from": start - 1, "to": start + HOUR_MS}
    note(
        booked,
        "maintenance",
        circuits=("ber-acme",),
        reason="their mail",
        **work,
    )
    assert not keys(desk(booked), "repeat")


def test_what_the_analysis_found_is_asked_of_the_carrier_and_of_the_contract(booked: Booked) -> None:
    at_ms = OVER_MS - 10 * DAY_MS
    found = [Finding("ber-acme", "rtt", "shift", at_ms, None, 0.02, 0.03, 8.0, at_ms + DAY_MS)]
    found += [
        Finding("ber-acme", "rtt", "excursion", at_ms - day * DAY_MS, at_ms, 0.02, 0.03, 8.0, at_ms)
        for day in range(1, 9)
    ]
    with editing(booked.settings.ledger.path) as connection:
        put_findings(connection, "ber-acme", "rtt", 0, found)
    assert one(desk(booked), "shift").carrier == "acme"
    assert keys(desk(booked), "remedy") == ["remedy:gold/rtt:2026-Q1"]


def test_what_issued_statements_call_broken_is_a_failure_under_its_contract(booked: Booked) -> None:
    found = failing(Look(desk(booked), JANUARY_MS, OVER_MS, past=False), {})
    assert {one.contract: dict(one.missed) for one in found} == {
        "gold": {"availability": 3},
        "silver": {"availability": 1},
    }


def test_a_load_is_held_against_the_commit_and_the_price_list(booked: Booked) -> None:
    acme = booked.settings.carriers["acme"]
    tier = Price(service="dia", bandwidth=Rate.parse("50M"), monthly=Money(Decimal("300.00"), "GBP"))
    probes = booked.settings.circuits["ber-acme"].probes
    polled = {**probes, "cpe": probes["pe"].model_copy(update={"kind": "snmp"})}
    bought = Bandwidth(down=Rate.parse("100M"))
    changes = changed(booked, "ber-acme", service="dia", probes=polled, bandwidth=Dated.always(bought))
    with editing(booked.settings.ledger.path) as connection:
        put_days(
            connection,
            [
                Day("ber-acme", "utilisation", date.fromordinal(date(2026, 2, 3).toordinal() - day), 288, 288,
                    0.1, 0.1, 0.2, 0.3)
                for day in range(70)
            ],
        )  # fmt: skip
    priced = {**booked.settings.carriers, "acme": acme.model_copy(update={"prices": (tier,)})}
    found = one(desk(booked, **changes, carriers=priced), "commit")
    assert found.text.startswith("Move ber-acme to 50 Mbit/s at 300.00 GBP a month: that saves 200.00 GBP")
    assert "Ask Acme Networks plc for the price" in one(desk(booked, **changes), "commit").text


def test_what_is_not_measured_any_more_or_out_of_service_is_told_of(booked: Booked) -> None:
    quiet = OVER_MS + 20 * DAY_MS
    assert "unmeasured:lon-acme:2026-02-02" in keys(desk(booked, quiet), "unmeasured")
    assert not keys(desk(booked), "unmeasured")
    ended = changed(booked, "ber-acme", active=Active(until=date(2026, 1, 31)))
    assert keys(desk(booked, **ended), "unused") == ["unused:ber-acme:2026-01-31"]


def test_a_term_is_told_of_before_notice_is_due_also_as_it_was_then(booked: Booked) -> None:
    term = Term(until=date(2026, 6, 30), notice="90d", renews="12mo")
    changes = changed(booked, "ber-acme", term=term)
    found = one(desk(booked, **changes), "notice")
    assert (found.until, found.urgency) == (date(2026, 4, 1), "soon")
    later = desk(booked, OVER_MS + 100 * DAY_MS, **changes)
    assert keys(later, "notice", from_ms=JANUARY_MS, to_ms=FEBRUARY_MS) == ["notice:acme:2026-04-01"]


def test_an_action_whose_day_is_over_is_told_of(booked: Booked) -> None:
    number = note(booked, "action", what="move it", owner="ann", by="2026-02-01")
    assert keys(desk(booked), "overdue") == [f"overdue:{number}:2026-02-01"]
    note(booked, "action", of=number, state="done", done=OVER_MS)
    assert not keys(desk(booked), "overdue")


def test_the_return_adds_up_in_each_currency(booked: Booked) -> None:
    note(booked, "claim", carrier="acme", period="2026-01", circuits=("lon-acme",), state="submitted",
         amount="100.00 GBP", reason="mail")  # fmt: skip
    note(booked, "credit", account="A-100", carrier_id="CX/1001", period="2026-01", amount="80.00 GBP",
         reference="CN-1", carrier="acme", reason="mail", at_ms=OVER_MS + 9 * DAY_MS)  # fmt: skip
    for now_ms in (OVER_MS + 10 * DAY_MS, LATE_MS + DAY_MS):
        found = returned(desk(booked, now_ms), JANUARY_MS, FEBRUARY_MS)
        assert list(found.by_currency) == ["EUR", "GBP", "USD"]
        for sums in found.by_currency.values():
            assert sums.due == sums.claimed + sums.open + sums.lapsed
            assert sums.claimed == sums.received + sums.waiting + sums.refused
    pounds = found.by_currency["GBP"]
    assert (pounds.received, pounds.waiting, pounds.days, pounds.claims) == (
        Decimal("80.00"), Decimal("20.00"), 9, 1,
    )  # fmt: skip
    assert money_json(found)["GBP"]["due"] == "160.00"
    assert returned(desk(booked), FEBRUARY_MS, LATE_MS).by_currency == {}


# --- the page


@pytest.fixture
def seen(booked: Booked) -> Callable[..., Seen]:
    def drawn(author: str = "ann", **more: object) -> Seen:
        return Seen(todo.draw(desk(booked), asked(HERE, author, **more)))

    return drawn


def test_the_page_shows_each_with_its_reason_its_day_and_what_it_is_worth(seen: Callable[..., Seen]) -> None:
    page = seen()
    assert "Claim January 2026 from Acme Networks plc by 2 March 2026" in page.text
    assert "A credit is due and nobody has claimed it." in page.text
    assert "27 days left" in page.text
    assert "100.00 EUR and 160.00 GBP and 30.00 USD are to be had" in page.text
    assert {"/performance", "/performance/goals", "/claims/lon-acme/gold/2026-01"} <= set(page.links)
    assert "What the last twelve months returned in GBP" in page.text


def test_a_form_stands_in_one_card_alone_and_only_for_who_may_write(seen: Callable[..., Seen]) -> None:
    page = seen(query={"do": "dismiss", "key": CLAIM})
    assert (page.fields["kind"], page.fields["key"], page.fields["back"]) == ("dismiss", CLAIM, HERE)
    page = seen(query={"do": "action", "key": CLAIM})
    assert page.fields["recommendation"] == CLAIM
    assert (page.fields["carrier"], page.fields["circuits"], page.fields["owner"]) == (
        "acme",
        "lon-acme",
        "ann",
    )
    assert page.fields["by"] == "2026-03-02"
    assert page.fields["what"].startswith("Claim January 2026")
    reader = seen("", query={"do": "dismiss", "key": CLAIM})
    assert "kind" not in reader.fields
    assert "To write here, log in" in reader.text


def test_a_form_that_was_refused_stands_where_it_stood_with_what_was_typed(seen: Callable[..., Seen]) -> None:
    given = {"kind": "dismiss", "key": CLAIM, "reason": HOSTILE}
    page = seen(given=given, problem=f"wrong: {HOSTILE}")
    assert page.harmless
    assert page.fields["reason"] == HOSTILE


def test_what_is_dismissed_stands_below_with_who_and_why(booked: Booked, seen: Callable[..., Seen]) -> None:
    note(booked, "dismiss", key=CLAIM, reason="they pay unasked")
    assert "1 dismissed" in seen().text
    assert "ann: they pay unasked" in seen().text
    assert "3 recommendations" in seen().text


def test_an_action_that_follows_one_is_named_in_its_card(booked: Booked, seen: Callable[..., Seen]) -> None:
    number = note(
        booked, "action", what="claim it", owner="bob", by="2026-02-20", recommendation=CLAIM, carrier="acme"
    )
    assert f"action {number}: bob, by 20 February 2026" in seen().text


def test_what_stands_above_counts_what_fits_the_filter_and_all(seen: Callable[..., Seen]) -> None:
    assert " 4 recommendations, what matters most" in seen().text
    assert " 1 of 4 recommendations, what matters most" in seen(query={"carrier": "beta"}).text


@pytest.mark.parametrize(
    ("query", "found"),
    [({}, 4), ({"carrier": "beta"}, 1), ({"rule": "ticket"}, 1), ({"carrier": "beta", "rule": "ticket"}, 0)],
)
def test_it_can_be_filtered(booked: Booked, query: dict[str, str], found: int) -> None:
    page = todo.page(desk(booked), asked(HERE, query=query))
    assert page.total == sum(len(group.rows) for group in page.groups) == found
    assert page.all_open == 4


@pytest.mark.parametrize(
    "query", [{"carrier": "acmee"}, {"rule": "clam"}, {"first": "0"}, {"do": "x", "key": CLAIM}]
)
def test_a_parameter_that_is_none_is_told(booked: Booked, query: dict[str, str]) -> None:
    with pytest.raises(BadRequest):
        todo.page(desk(booked), asked(HERE, query=query))


# --- the API


PLAIN = {"carrier": None, "from": None, "to": None, "limit": 100, "cursor": None}


def test_the_api_gives_them_with_what_was_returned(booked: Booked) -> None:
    told = api.recommended(desk(booked), PLAIN).document
    assert sorted(each["key"] for each in told["items"]) == sorted(keys(desk(booked)))
    assert told["returned"]["EUR"]["open"] == "100.00"
    past = api.recommended(desk(booked), PLAIN | {"from": JANUARY_MS, "to": FEBRUARY_MS, "carrier": "beta"})
    assert [each["key"] for each in past.document["items"]] == ["claim:beta/USD:2026-01"]


@pytest.mark.parametrize(
    "given", [{"to": FEBRUARY_MS}, {"from": FEBRUARY_MS, "to": JANUARY_MS}, {"carrier": "x"}]
)
def test_the_api_refuses_a_time_that_is_none(booked: Booked, given: dict[str, object]) -> None:
    with pytest.raises(BadParameter):
        api.recommended(desk(booked), PLAIN | given)
