"""Notes as sentences: each kind in words, on the site's clocks, and nothing in them acts."""

from __future__ import annotations

from typing import Any

import pytest

from collector.notebook.bodies import KINDS, made
from collector.times import parse_rfc3339
from collector.web.views.page import Clocks
from collector.web.views.sentences import between, recorded, sentence
from tests.collector.claiming.estate import OVER_MS
from tests.collector.web.booked import CUT_MS, Booked
from tests.collector.web.desks import asked, desk, note, take_back

WHEN = {"from": "2026-07-02T09:00:00Z", "to": "2026-07-02T11:30:00Z"}
TOLD: list[tuple[str, dict[str, Any], str]] = [
    (
        "ticket",
        {"id": "T-9", "carrier": "acme", "circuits": ["lon-acme"], "opened": "2026-07-02T09:05:30Z"},
        "Ticket T-9 of Acme Networks plc opened 02 Jul 2026 10:05:30 BST, for lon-acme",
    ),
    (
        "ticket",
        {"id": "T-9", "acknowledged": WHEN["from"], "closed": WHEN["to"], "dispatched": True},
        "Ticket T-9 taken on 02 Jul 2026 10:00 BST, closed 02 Jul 2026 12:30 BST, somebody went there",
    ),
    (
        "ticket",
        {"id": "T-9", "dispatched": False, "holds": [{**WHEN, "reason": "site_access"}]},
        "Ticket T-9, nobody had to go there, on hold 02 Jul 2026 10:00 to 12:30 BST (site access)",
    ),
    (
        "maintenance",
        {**WHEN, "sites": ["lon"], "carrier": "acme", "kind": "emergency", "reason": "fire"},
        "Emergency maintenance 02 Jul 2026 10:00 to 12:30 BST, "
        "for all circuits at lon of Acme Networks plc, never announced",
    ),
    (
        "exclude",
        {**WHEN, "circuits": ["lon-acme"], "kind": "customer", "state": "disputed", "reason": "no"}
        | {"announced": WHEN["from"]},
        "02 Jul 2026 10:00 to 12:30 BST not to count (customer), for lon-acme, we dispute it, "
        "announced 02 Jul 2026 10:00 BST",
    ),
    (
        "carrier",
        {**WHEN, "carrier": "acme", "circuits": ["lon-acme"], "cause": "a digger", "ticket": "T-9"}
        | {"holds": [{"minutes": "30.0", "reason": "customer_wait"}], "outage": WHEN["from"]},
        "Acme Networks plc puts the outage of lon-acme at 02 Jul 2026 10:00 to 12:30 BST, ticket T-9, "
        "we measured it from 02 Jul 2026 10:00 BST, its cause: a digger, takes off 30 min (customer wait)",
    ),
    (
        "carrier",
        {"carrier": "gone", "period": "2026-04", "figures": {"availability": "99.95"}},
        "gone gives for 2026-04: availability 99.95",
    ),
    (
        "claim",
        {"carrier": "acme", "period": "2026-04", "circuits": ["lon-acme"], "state": "rejected"}
        | {"reason_code": "force majeure", "reason": "they say so", "reference": "C-1"}
        | {"next_step": {"what": "dispute it", "owner": "ann", "by": "2026-06-01"}},
        "Claim against Acme Networks plc for lon-acme, 2026-04: rejected (force majeure), reference C-1, "
        "next: dispute it (ann, by 2026-06-01)",
    ),
    (
        "credit",
        {"carrier": "acme", "account": "A-1", "carrier_id": "CX/1", "period": "2026-04"}
        | {"amount": "75.00 USD", "reference": "CN-1", "issued": "2026-05-09", "reason": "came by mail"},
        "Credit note CN-1 of 75.00 USD from Acme Networks plc for CX/1, 2026-04, account A-1, "
        "issued 2026-05-09",
    ),
    (
        "feedback",
        {"site": "lon", "circuit": "lon-beta", "at": WHEN["from"], "score": 2}
        | {"text": "calls\nbroke", "from": "Bo"},
        "Bo at lon over lon-beta, 02 Jul 2026 10:00 BST, 2 of 5 (bad): “calls broke”",
    ),
    ("feedback", {"site": "lon", "at": WHEN["from"], "score": 5},
     "Somebody at lon, 02 Jul 2026 10:00 BST, 5 of 5 (all was well)"),
    ("withdraw", {"reason": "a mistake"}, ""),
    (
        "goal",
        {"what": "RTT as sold", "owner": "ann", "by": "2026-06-30", "metric": "rtt", "target": "<= 30ms"}
        | {"carrier": "acme", "circuits": ["lon-acme"], "agreed": True},
        "Goal: RTT as sold, with Acme Networks plc, for lon-acme, ann answers for it, by 2026-06-30, "
        "rtt ≤ 30ms, the carrier agrees",
    ),
    ("goal", {"of": 3, "state": "reached", "agreed": False}, "Goal 3, the carrier hasn't agreed, reached"),
    (
        "action",
        {"what": "move to the northern ring", "owner": "bo", "by": "2026-05-01", "goal": 3}
        | {"metric": "rtt", "recommendation": "pair:lon", "state": "doing"},
        "Action: move to the northern ring, bo answers for it, by 2026-05-01, to move rtt, for goal 3, "
        "as pair:lon recommends, doing",
    ),
    (
        "action",
        {"of": 4, "circuits": ["lon-acme"], "state": "done", "done": WHEN["from"]},
        "Action 4, for lon-acme, done 02 Jul 2026 10:00 BST",
    ),
    (
        "review",
        {"period": "2026-Q2", "carrier": "acme", "held": WHEN["from"], "present": ["ann", "Bo"]}
        | {"said": "better", "thanks": "for the ring", "reply": "noted"},
        "Review of 2026-Q2 with Acme Networks plc, held 02 Jul 2026 10:00 BST, present: ann and Bo, "
        "“better”, thanks: “for the ring”, their reply: “noted”",
    ),
    (
        "practice",
        {"carrier": "acme", "topic": "dispute", "text": "send the pcap at once"},
        "What works with Acme Networks plc (dispute): send the pcap at once",
    ),
    (
        "dismiss",
        {"key": "pair:lon", "until": "2026-09-01", "reason": "the new duct comes in August"},
        "Recommendation pair:lon put aside until 2026-09-01",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "values", "told"), TOLD)
def test_a_note_is_a_sentence(booked: Booked, kind: str, values: dict[str, Any], told: str) -> None:
    assert sentence(Clocks(booked.settings, OVER_MS), made(kind, values)) == told


def test_every_kind_of_note_has_its_sentence() -> None:
    assert {kind for kind, _, _ in TOLD} == set(KINDS)


def test_what_this_version_can_not_read_is_said_to_be_so(booked: Booked) -> None:
    assert sentence(Clocks(booked.settings, OVER_MS), None) == "can't be read by this version"


@pytest.mark.parametrize(
    ("begins", "ends", "told"),
    [
        ("2026-01-02T09:00:00Z", "2026-01-02T10:00:01Z", "02 Jan 2026 09:00 to 10:00:01 GMT"),
        ("2026-01-02T23:00:00Z", "2026-01-03T01:00:00Z", "02 Jan 2026 23:00 GMT to 03 Jan 2026 01:00 GMT"),
        ("2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z", "29 Mar 2026 00:30 GMT to 29 Mar 2026 02:30 BST"),
    ],
)
def test_what_both_ends_of_a_time_share_is_said_once(
    booked: Booked, begins: str, ends: str, told: str
) -> None:
    clocks = Clocks(booked.settings, OVER_MS)
    assert between(clocks, parse_rfc3339(begins), parse_rfc3339(ends), "lon") == told


def test_what_was_just_recorded_is_said(booked: Booked) -> None:
    number = note(booked, "feedback", site="lon", at=CUT_MS, score=3)
    told = recorded(desk(booked), asked("/notes", query={"noted": str(number)}))
    assert told == "Somebody at lon, 02 Jan 2026 09:20 GMT, 3 of 5 (so-so)"
    by = take_back(booked, number)
    assert recorded(desk(booked), asked("/", query={"noted": str(by)})) == f"note {number} is withdrawn"


@pytest.mark.parametrize("number", ["", "0", "99", "-1", "٣", "1" * 5000, "<b>"])
def test_a_number_that_is_no_note_s_says_nothing(booked: Booked, number: str) -> None:
    assert recorded(desk(booked), asked("/notes", query={"noted": number})) == ""
