"""Whether a credit can be claimed: tickets in time, deadlines, and what is left without blocked outages."""

from __future__ import annotations

from typing import Any

import pytest

from collector.sla.claims import needs_ticket
from collector.sla.evidence import Ticket
from tests.collector.sla.build import outage
from tests.collector.sla.joining import circuit, clocked, codes, figures, known, made, terms, ticket, told
from tests.collector.sla.money import ms

FIRST, SECOND = ("04-03T10:00", "04-03T11:00"), ("04-21T10:00", "04-21T11:00")
T1, T2 = ticket("T1", "04-03T10:05", "04-03T11:00"), ticket("T2", "04-21T10:05", "04-21T11:00")
FIRST_AT, SECOND_AT = "2026-04-03T10:00:00Z", "2026-04-21T10:00:00Z"
BANDS = {"bands": [{"below": "99.99%", "gives": "5%"}, {"below": "99.5%", "gives": "10%"}]}


@pytest.mark.parametrize(
    ("changes", "needed"),
    [
        ({}, False),
        ({"claim": {"submit_within": "30d"}}, False),
        ({"claim": {"automatic": True}}, False),
        ({"claim": {"ticket_within": "72h"}}, True),
        ({"claim": {"ticket_within": "72h", "automatic": True}}, True),
        ({"outage": clocked("ticket")}, True),
        ({"outage": clocked("reported")}, True),
        ({"outage": clocked({"later_of": ["measured", "ticket"]})}, True),
        ({"outage": clocked({"later_of": ["measured"]})}, False),
        ({"outage": clocked(end="ticket_closed")}, True),
        ({"outage": clocked(end={"earlier_of": ["restored", "ticket_closed"]})}, True),
        ({"outage": clocked(end={"earlier_of": ["restored"]})}, False),
    ],
)
def test_a_ticket_is_needed_where_it_must_be_in_time_or_runs_the_clock(
    changes: dict[str, Any], needed: bool
) -> None:
    agreed = terms(**changes)
    assert needs_ticket(agreed) is needed
    # one begun hour: a day of 3000, 100.00; without its ticket the measured clock stands
    statement = told(agreed, known(FIRST), now="05-01T00:00")
    assert statement["credit"]["amount"] == "100.00"
    assert codes(statement) == ([("no_ticket", FIRST_AT)] if needed else [])
    assert statement["credit"]["claimable"] == ("0.00" if needed else "100.00")
    assert figures(statement)[0][1] == "breached", "a missing ticket leaves the breach"


@pytest.mark.parametrize(
    ("within", "changes", "last"),
    [
        # a duration from the measured start, 3 April 10:00; its last instant is in time
        ("72h", {}, ms("04-06T10:00")),
        ("0s", {}, ms("04-03T10:00")),
        # 3 April 2026 is a Friday: the next business day ends with Monday, the first instant of Tuesday isn't
        ("1bd", {}, ms("04-07T00:00") - 1),
        ("1bd", {"holidays": ["2026-04-06"]}, ms("04-08T00:00") - 1),
        ("1bd", {"timezone": "America/New_York"}, ms("04-07T04:00") - 1),
        ("0bd", {}, ms("04-04T00:00") - 1),
    ],
)
def test_a_ticket_is_late_from_the_instant_after_its_last(
    within: str, changes: dict[str, Any], last: int
) -> None:
    agreed = terms(claim={"ticket_within": within}, **changes)
    long = ("04-03T10:00", "04-20T10:00")
    assert codes(told(agreed, known(long, tickets=[Ticket("T1", last)]))) == []
    late = told(agreed, known(long, tickets=[Ticket("T1", last + 1)]))
    assert codes(late) == [("late_ticket", FIRST_AT)]
    assert late["credit"]["claimable"] == "0.00"
    assert late["credit"]["blocked_by"][0]["text"].startswith("Ticket T1 of the outage of 2026-04-03")


def test_of_several_tickets_the_earliest_decides_whether_one_was_late() -> None:
    long, tickets = ("04-03T10:00", "04-20T10:00"), [ticket("T2", "04-19T00:00"), ticket("T1", "04-04T00:00")]
    assert codes(told(terms(claim={"ticket_within": "72h"}), known(long, tickets=tickets))) == []


@pytest.mark.parametrize(
    ("now", "said"),
    [("04-06T09:59", "one is due by"), ("04-06T10:00", "one was due by"), ("06-01T00:00", "one was due by")],
)
def test_a_missing_ticket_is_named_with_its_deadline(now: str, said: str) -> None:
    statement = told(terms(claim={"ticket_within": "72h"}), known(FIRST), now=now)
    text = statement["credit"]["blocked_by"][0]["text"]
    assert said in text
    assert statement["claim"]["ticket_deadline"] == "2026-04-06T10:00:00Z"


def test_the_ticket_deadline_is_the_earliest_of_outages_without_one() -> None:
    agreed = terms(claim={"ticket_within": "72h"})
    third = ("04-25T10:00", "04-25T11:00")
    statement = told(agreed, known(FIRST, SECOND, third, tickets=[T1]))
    assert statement["claim"]["ticket_deadline"] == "2026-04-24T10:00:00Z"  # 72 h after the second's start
    assert told(agreed, known(FIRST, tickets=[T1]))["claim"]["ticket_deadline"] is None
    assert told(terms(), known(FIRST))["claim"]["ticket_deadline"] is None


def test_without_a_credit_a_ticket_is_due_all_the_same_and_no_claim() -> None:
    agreed = terms(
        {"availability": {"target": ">= 99%"}}, claim={"ticket_within": "72h", "submit_within": "30d"}
    )
    assert told(agreed, known(FIRST))["claim"] == {
        "state": "none", "ticket_deadline": "2026-04-06T10:00:00Z", "submit_deadline": None,
    }  # fmt: skip


def test_an_outage_that_counts_nothing_needs_no_ticket() -> None:
    agreed = terms(claim={"ticket_within": "72h"}, outage=outage(minimum={"at_least": "2h"}))
    statement = told(agreed, known(FIRST, ("04-21T10:00", "04-21T12:00"), tickets=[T2]))
    assert (codes(statement), statement["credit"]["claimable"]) == ([], "200.00")


@pytest.mark.parametrize(
    ("start", "down", "closed", "deadline"),
    [
        # ten days after the 20th end with the 30th, after the 21st with 1 May
        ("outage_start", ("04-20T23:30", "04-21T00:30"), "04-22T09:00", "2026-05-01T00:00:00Z"),
        ("restoration", ("04-20T23:30", "04-21T00:30"), "04-22T09:00", "2026-05-02T00:00:00Z"),
        ("ticket_closed", ("04-20T23:30", "04-21T00:30"), "04-22T09:00", "2026-05-03T00:00:00Z"),
        ("ticket_closed", ("04-20T23:30", "04-21T00:30"), None, None),
        ("published", ("04-20T23:30", "04-21T00:30"), "04-22T09:00", None),
    ],
)
def test_a_claims_time_runs_from_each_outages_own_event(
    start: str, down: tuple[str, str], closed: str | None, deadline: str | None
) -> None:
    agreed = terms(claim={"submit_within": "10d", "from": start})
    one = ticket("T1", "04-20T23:40", closed)
    statement = told(agreed, known(down, tickets=[one]), now="04-30T12:00")
    assert statement["claim"]["submit_deadline"] == deadline
    assert codes(statement) == []


@pytest.mark.parametrize(
    ("now", "claimable", "blocked", "state", "deadline"),
    [
        # ten days after 3 April end with the 13th, after 21 April with 1 May
        (ms("04-14T00:00") - 1, "100.00", [], "detected", "2026-04-14T00:00:00Z"),
        (ms("05-01T00:00"), "100.00", [FIRST_AT], "eligible", "2026-05-02T00:00:00Z"),
        (ms("05-02T00:00") - 1, "100.00", [FIRST_AT], "eligible", "2026-05-02T00:00:00Z"),
        (ms("05-02T00:00"), "0.00", [FIRST_AT, SECOND_AT], "expired", "2026-05-02T00:00:00Z"),
    ],
)
def test_an_outage_whose_time_is_over_is_no_longer_claimable_and_the_others_are(
    now: int, claimable: str, blocked: list[str], state: str, deadline: str
) -> None:
    agreed = terms(claim={"submit_within": "10d", "from": "outage_start"})
    statement = told(agreed, known(FIRST, SECOND), now=now)
    assert codes(statement) == [("submit_deadline_passed", at) for at in blocked]
    assert (statement["credit"]["claimable"], statement["claim"]["state"]) == (claimable, state)
    assert statement["claim"]["submit_deadline"] == deadline


@pytest.mark.parametrize(
    ("now", "deadline"),
    [
        # thirty days after 3 and 21 April end with 3 and 21 May
        ("05-01T00:00", "2026-05-04T00:00:00Z"),
        ("05-04T00:00", "2026-05-22T00:00:00Z"),
        ("05-22T00:00", "2026-05-22T00:00:00Z"),
    ],
)
def test_of_several_deadlines_the_next_is_shown_and_the_last_when_all_are_over(
    now: str, deadline: str
) -> None:
    agreed = terms(claim={"submit_within": "30d", "from": "outage_start"})
    assert told(agreed, known(FIRST, SECOND), now=now)["claim"]["submit_deadline"] == deadline


@pytest.mark.parametrize(
    ("zone", "period", "within", "deadline"),
    [
        ("UTC", "2026-04", "30d", "2026-05-31T00:00:00Z"),  # 30 April and 30 days: all of 30 May
        ("America/New_York", "2026-03", "30d", "2026-05-01T04:00:00Z"),  # 30 April ends in summer time
        ("America/New_York", "2026-02", "7d", "2026-03-08T05:00:00Z"),  # 7 March, the day before the change
        ("America/New_York", "2026-02", "8d", "2026-03-09T04:00:00Z"),  # 8 March has 23 hours
        ("America/New_York", "2026-10", "1d", "2026-11-02T05:00:00Z"),  # 1 November has 25 hours
        ("Europe/London", "2026-02", "30d", "2026-03-30T23:00:00Z"),  # 30 March, in summer time
        ("UTC", "2026-04", "5bd", "2026-05-08T00:00:00Z"),  # 1, 4, 5, 6 and 7 May
        ("America/New_York", "2026-10", "5bd", "2026-11-07T05:00:00Z"),  # 2 to 6 November
        ("UTC", "2026-04", {"periods": 2}, "2026-07-01T00:00:00Z"),
        ("America/New_York", "2026-01", {"periods": 2}, "2026-04-01T04:00:00Z"),
    ],
)
def test_a_claims_time_runs_from_the_last_day_of_the_period(
    zone: str, period: str, within: object, deadline: str
) -> None:
    agreed = terms(timezone=zone, claim={"submit_within": within})
    day = f"{period[5:]}-10"
    one = known((f"{day}T10:00", f"{day}T10:30"))
    over_ms = ms(deadline[5:16])
    last, over = told(agreed, one, period, over_ms - 1), told(agreed, one, period, over_ms)
    assert last["claim"] == {"state": "eligible", "ticket_deadline": None, "submit_deadline": deadline}
    assert (codes(last), last["credit"]["claimable"]) == ([], "100.00")
    assert (over["claim"]["state"], over["claim"]["submit_deadline"]) == ("expired", deadline)
    assert (codes(over), over["credit"]["claimable"]) == ([("submit_deadline_passed", None)], "0.00")


@pytest.mark.parametrize(
    "claim",
    [
        {"submit_within": "30d", "automatic": True},
        {"submit_within": "30d", "from": "outage_start", "automatic": True},
        {"submit_within": "30d", "from": "published"},
        {"ticket_within": "72h"},
    ],
)
def test_a_claim_without_a_known_deadline_never_expires(claim: dict[str, Any]) -> None:
    statement = told(terms(claim=claim), known(FIRST, tickets=[T1]))
    assert statement["claim"]["submit_deadline"] is None
    assert (statement["claim"]["state"], statement["credit"]["claimable"]) == ("eligible", "100.00")
    assert any("without a claim" in step for step in statement["steps"]) is ("automatic" in claim)


@pytest.mark.parametrize(
    ("now", "with_ticket", "changes", "state"),
    [
        ("04-03T10:30", False, {}, "detected"),
        ("04-03T10:30", True, {}, "ticketed"),
        (ms("05-01T00:00") - 1, True, {}, "ticketed"),
        (ms("05-01T00:00"), True, {}, "eligible"),
        (ms("05-01T00:00"), False, {}, "detected"),
        (ms("05-31T00:00") - 1, True, {}, "eligible"),
        (ms("05-31T00:00"), True, {}, "expired"),
        (ms("05-31T00:00"), False, {}, "expired"),
        (ms("05-01T00:00"), True, {"measured": {"by": "carrier"}}, "detected"),
        (None, True, {}, "eligible"),
    ],
)
def test_the_state_of_a_claim_goes_by_the_calendar(
    now: str | int | None, with_ticket: bool, changes: dict[str, Any], state: str
) -> None:
    agreed = terms(claim={"ticket_within": "72h", "submit_within": "30d"}, **changes)
    one = known(FIRST, tickets=[T1] if with_ticket else [])
    assert told(agreed, one, now=now)["claim"]["state"] == state


def test_without_a_credit_there_is_nothing_to_claim_and_nothing_blocks() -> None:
    promise = {"availability": {"target": ">= 99%", "credit": {"flat": "10%"}}}
    agreed = terms(
        promise, claim={"ticket_within": "72h", "submit_within": "30d"}, measured={"by": "carrier"}
    )
    statement = told(agreed, known(FIRST), now="12-01T00:00")
    assert (statement["claim"]["state"], statement["claim"]["submit_deadline"]) == ("none", None)
    assert (codes(statement), statement["credit"]["claimable"]) == ([], "0.00")


def test_without_blocked_outages_a_credit_may_fall_by_a_band() -> None:
    agreed = terms({"availability": {"target": ">= 99.9%", "credit": BANDS}}, claim={"ticket_within": "72h"})
    down = ("04-03T10:00", "04-03T12:00"), ("04-21T10:00", "04-21T12:00")
    statement = told(agreed, known(*down, tickets=[T1]))
    # 240 of 43,200 min: 99.444444, 10% of 3000; without the second 99.722222, 5%
    assert figures(statement) == [("99.444444", "breached")]
    assert (statement["credit"]["amount"], statement["credit"]["claimable"]) == ("300.00", "150.00")
    assert codes(statement) == [("no_ticket", SECOND_AT)]


def test_without_blocked_outages_each_outages_own_credit_is_gone() -> None:
    long = ("04-10T10:00", "04-10T12:30")
    statement = told(terms(claim={"ticket_within": "72h"}), known(FIRST, long, SECOND, tickets=[T1]))
    # 1 + 3 + 1 begun hours at 100; only the first has a ticket
    assert (statement["credit"]["amount"], statement["credit"]["claimable"]) == ("500.00", "100.00")
    assert codes(statement) == [("no_ticket", "2026-04-10T10:00:00Z"), ("no_ticket", SECOND_AT)]


def test_a_blocked_repair_is_no_case_of_what_can_be_claimed() -> None:
    promise = {"time_to_repair": {"each": "<= 4h", "credit": {"flat": "10%"}}}
    agreed = terms(promise, claim={"ticket_within": "72h"})
    long = ("04-21T10:00", "04-21T15:00")
    blocked = told(agreed, known(FIRST, long, tickets=[T1]))
    assert figures(blocked) == [("18000.000000", "breached")]
    assert (blocked["credit"]["amount"], blocked["credit"]["claimable"]) == ("300.00", "0.00")
    free = told(agreed, known(FIRST, long, tickets=[T2]))
    assert (codes(free), free["credit"]["claimable"]) == ([("no_ticket", FIRST_AT)], "300.00")


def test_all_that_stands_in_the_way_is_named_what_bars_the_whole_first() -> None:
    agreed = terms(
        claim={"ticket_within": "24h", "submit_within": "10d"},
        measured={"by": "carrier"},
        denominator=None,
        undecided=["denominator"],
    )
    late = ("04-10T10:00", "04-12T10:30")
    statement = told(agreed, known(FIRST, late, SECOND, tickets=[T1, ticket("T3", "04-11T10:00", late_ms=1)]))
    assert codes(statement) == [
        ("not_ours_to_measure", None),
        ("undecided", None),
        ("submit_deadline_passed", None),
        ("late_ticket", "2026-04-10T10:00:00Z"),
        ("no_ticket", SECOND_AT),
    ]
    assert statement["credit"]["claimable"] == "0.00"
    for one in statement["credit"]["blocked_by"]:
        assert any(one["text"] in step for step in statement["steps"])


@pytest.mark.parametrize("now", [None, "05-01T00:00", "05-02T00:00"])
def test_without_a_now_the_claim_is_of_the_periods_end_and_later_data_is_known_all_the_same(
    now: str | None,
) -> None:
    agreed = terms(outage=outage(minimum={"at_least": "2h"}), claim={"submit_within": "0bd"})
    statement = told(agreed, known(("04-30T23:00", "05-01T01:30")), now=now)
    # 150 min in all reach the minimum, 60 of them in April; at the end of April only these are known
    counted = 0 if now == "05-01T00:00" else 3600
    assert statement["seconds"]["counted_down"] == counted
    assert statement["period"]["closed"] is True
    # 0 business days after 30 April end with it: the period's end is too late already
    assert statement["claim"]["state"] == ("expired" if counted else "none")


def test_a_current_period_needs_to_know_the_time() -> None:
    with pytest.raises(ValueError, match="'current' needs to know the time: say --now"):
        made(terms(), [(circuit(), known())], "current", None)
