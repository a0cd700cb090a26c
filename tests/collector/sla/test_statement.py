"""A statement as other programs read it: its keys, its numbers, and what its digest is of."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.circuits import Status
from collector.ledger.rounds import Rounds
from collector.revised import figures_digest
from collector.sla.evidence import Evidence
from collector.sla.statement import money, plain
from collector.sla.timeline import Stretch, Timeline
from collector.sla.tracks import Measured
from config.contract import Contract
from config.settings import JudgedBy
from probes.model import Reason, Round
from tests.collector.sla.build import measured, outage, rounds
from tests.collector.sla.joining import PER_OUTAGE, circuit, clocked, excuse, known, made, terms, ticket, told
from tests.collector.sla.money import ms

FIRST = ("04-03T10:00", "04-03T11:00")


def whole() -> dict[str, Any]:
    """A statement in which every part says something."""
    agreed = terms(
        {
            "availability": {"clause": "4.1", **PER_OUTAGE["availability"]},
            "rtt": {"stat": "mean", "of": "samples", "lost": "ignore", "target": "<= 45ms"},
        },
        document={"title": "Acme DIA SLA v3"},
        outage=clocked("ticket"),
        exclude={"customer": {"effect": "numerator"}},
        chronic={"any": [{"outages": 1, "within": "30d"}], "remedy": "terminate", "notice": "30d"},
        claim={"ticket_within": "72h", "submit_within": "30d"},
        caps={"month": "3%"},
    )
    evidence = known(
        FIRST,
        ("04-21T10:00", "04-21T11:00"),
        tickets=[ticket("T1", "04-03T10:10", "04-03T11:00")],
        excuses=[excuse("04-03T10:30", "04-03T10:40")],
        cause="fibre cut",
    )
    return told(agreed, evidence, now="05-02T00:00")


def test_every_part_of_a_statement_has_its_keys_and_exact_figures() -> None:
    told = whole()
    assert told["period"] == {
        "label": "2026-04", "from": "2026-04-01T00:00:00Z", "to": "2026-05-01T00:00:00Z", "timezone": "UTC",
        "closed": True, "as_of": "2026-05-01T00:00:00Z",
    }  # fmt: skip
    assert (told["circuit"], told["contract"], told["carrier"]) == ("x-1", "gold", "acme")
    assert (told["effective"], told["revision"], told["supersedes"]) == ("2020-01-01", 1, None)
    assert (told["because"], told["engine"], told["config"]) == ([], "1.0.0", "sha256:00")
    assert told["document"] == {"title": "Acme DIA SLA v3"}
    # 3000 s of the first's hour come after its ticket, 10 min of them excused; the second has no ticket
    assert told["seconds"] == {
        "period": 2_592_000, "denominator": 2_592_000, "up": 2_584_800, "down": 7200, "counted_down": 6000,
        "excluded": 600, "unknown": 0,
    }  # fmt: skip
    assert told["outages"][0] == {
        "from": "2026-04-03T10:00:00Z", "to": "2026-04-03T11:00:00Z", "down_seconds": 3600,
        "excluded_seconds": 600, "counted_seconds": 2400,
        # opened at once 3600 - 600 would count: 600 more
        "clock": {"measured_seconds": 3600, "contractual_seconds": 3000, "lost_to_late_ticket_seconds": 600},
        "cause": "fibre cut", "tickets": ["T1"],
    }  # fmt: skip
    assert told["reliability"] == {"outages": 2, "mtbf_seconds": 1_293_000, "mttr_seconds": 3000}


def test_objectives_credit_chronic_and_claim_are_told_with_money_as_text() -> None:
    told = whole()
    availability, rtt = told["objectives"]
    assert availability == {
        "id": "availability", "metric": "availability", "target": ">= 100%", "measured": "99.768519",
        "unit": "%", "bounds": ["99.768519", "99.768519"], "coverage": "100.000000",
        "if_disputed_refused": None, "indicative": False, "verdict": "breached", "certain": True,
        "budget_remaining_seconds": "-6000.000", "clause": "4.1",
        "credit": {"percent": None, "amount": "200.00", "reason": "2 begun hours"},
    }  # fmt: skip
    assert (rtt["measured"], rtt["unit"], rtt["verdict"], rtt["credit"]) == (
        None,
        "ms",
        "insufficient_data",
        None,
    )
    credit = told["credit"]
    blocked = credit.pop("blocked_by")
    # 3% of 3000 is 90; the first alone is 100 before its cap
    assert credit == {
        "currency": "USD", "before_caps": "200.00", "cut_by_caps": "110.00", "amount": "90.00",
        "claimable": "90.00",
    }  # fmt: skip
    assert [list(one) for one in blocked] == [["code", "outage", "text"]]
    assert told["chronic"]["rules"][0] == {
        "rule": "1 outage within 30d", "triggered": True, "outages": ["2026-04-03T10:00:00Z"],
    }  # fmt: skip
    assert {**told["chronic"], "rules": []} == {
        "triggered": True, "remedy": "terminate", "notice": "30d", "rules": [],
    }  # fmt: skip
    assert told["claim"] == {
        "state": "eligible", "ticket_deadline": "2026-04-24T10:00:00Z",
        "submit_deadline": "2026-05-31T00:00:00Z",
    }  # fmt: skip
    assert told["undecided"] == []


def test_a_period_that_runs_has_no_revision_and_says_how_far_it_is_judged() -> None:
    statement = told(terms(), known(FIRST), now="04-10T00:00")
    assert (statement["revision"], statement["period"]["closed"]) == (None, False)
    assert statement["period"]["as_of"] == "2026-04-10T00:00:00Z"
    assert statement["seconds"]["period"] == 9 * 86_400


def test_parts_of_a_second_are_numbers_and_whole_ones_are_whole() -> None:
    stretch = Stretch(ms("04-03T10:00"), ms("04-03T10:00") + 1500, Status.DOWN)
    seconds = told(terms(), Evidence(intervals=Timeline.of([stretch])))["seconds"]
    assert (seconds["down"], seconds["up"], seconds["unknown"]) == (1.5, 2_591_998.5, 0)
    assert [type(seconds[key]) for key in ("down", "unknown")] == [float, int]


@pytest.mark.parametrize(
    ("amount", "told"),
    [(None, None), (Fraction(1, 200), "0.01"), (Fraction(123_456, 1000), "123.46"), (Fraction(0), "0.00")],
)
def test_money_is_rounded_half_up_once(amount: Fraction | None, told: str | None) -> None:
    assert money(amount) == told


@pytest.mark.parametrize(("value", "text"), [(5, "5"), (Fraction(5, 2), "2.5"), (10, "10"), (0, "0")])
def test_a_plain_number_has_no_needless_zeros(value: int | Fraction, text: str) -> None:
    assert plain(Fraction(value)) == text


DOWN = np.zeros(1, np.int8)
CLAIM = {"ticket_within": "72h", "submit_within": "30d"}


def test_the_digest_is_the_same_whenever_one_asks_though_the_claim_is_not() -> None:
    agreed, evidence = terms(claim=CLAIM), known(FIRST, ("04-21T10:00", "04-21T11:00"))
    found = [told(agreed, evidence, now=now) for now in ("05-01T00:00", "05-30T00:00", "07-01T00:00", None)]
    assert len({figures_digest(one) for one in found}) == 1
    assert len({json.dumps(one["claim"]) for one in found}) == 2
    assert len({json.dumps(one["credit"]["blocked_by"]) for one in found}) == 2


def test_the_digest_changes_with_a_figure() -> None:
    (one,) = made(terms(), [(circuit(), known(FIRST))])
    same = replace(one, revision=3, supersedes=2, because=("a note",), engine="2.0.0")
    assert figures_digest(same.as_json()) == figures_digest(one.as_json())
    second_more = known(("04-03T10:00", "04-03T11:01"))
    assert figures_digest(told(terms(), second_more)) != figures_digest(one.as_json())
    dearer = told(terms(), known(FIRST), facts=circuit(charge="3000.30 USD"))
    assert figures_digest(dearer) != figures_digest(one.as_json())


_HOUR = 3_600_000
_STARTS = st.lists(st.integers(0, 700), max_size=6, unique=True)
_NOTES = st.lists(st.integers(0, 5), max_size=5)


def _rich() -> Contract:
    promises = {
        **PER_OUTAGE,
        "rtt": {"stat": "p95", "of": "samples", "lost": "infinite", "target": "<= 45ms"},
        "jitter": {"definition": "ipdv_mean", "target": "<= 2ms"},
        "time_to_repair": {"each": "<= 4h"},
        "response": {"each": "<= 1h"},
    }
    return terms(
        promises,
        exclude={"customer": {"effect": "both", "allowance": "4h/year"}},
        claim=CLAIM,
        outage=outage(merge_within="1h", minimum={"at_least": "30m"}),
    )


def test_the_cause_of_an_outage_is_that_of_the_first_probe_by_name() -> None:
    reasons = {"b": Reason.REFUSED, "a": Reason.UNREACHABLE}
    lost = [
        Measured(
            probe, Rounds.of(60_000, [Round(1, ms("04-03T10:00"), 60_000, 0, 1, 0, (None,), reason)]), DOWN
        )
        for probe, reason in reasons.items()
    ]
    for order in (lost, lost[::-1]):
        assert [one["cause"] for one in told(terms(), Evidence(tuple(order)))["outages"]] == ["unreachable"]


def test_the_cause_of_an_outage_is_that_of_the_probe_that_judges_it() -> None:
    rows = {"a": Reason.UNREACHABLE, "b": Reason.REFUSED}
    lost = tuple(
        Measured(
            probe, Rounds.of(60_000, [Round(1, ms("04-03T10:00"), 60_000, 0, 1, 0, (None,), reason)]), DOWN
        )
        for probe, reason in rows.items()
    )
    facts = replace(circuit(), judged_by=JudgedBy(availability=("b",)))
    assert [one["cause"] for one in told(terms(), Evidence(lost), facts=facts)["outages"]] == ["refused"]


@given(_STARTS, _NOTES, st.lists(st.booleans(), min_size=12, max_size=12), st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_the_order_in_which_anything_is_given_changes_no_byte(
    opened: list[int],
    excused: list[int],
    lost: list[bool],
    random: Any,  # noqa: ANN401 - random.Random
) -> None:
    april = ms("04-01T00:00")
    tickets = [
        ticket(f"T{place}", "04-01T00:00", late_ms=at // 100 * 100 * _HOUR) for place, at in enumerate(opened)
    ]
    # several of one start and end, accepted or disputed
    excuses = [
        replace(
            excuse("04-01T00:00", "04-01T02:00"),
            start_ms=april + at % 2 * 100 * _HOUR,
            end_ms=april + (at % 2 * 100 + 2) * _HOUR,
            state="accepted" if at < 3 else "disputed",
        )
        for at in excused
    ]
    series = [
        measured(rounds(april + place * _HOUR, _HOUR, [None] if gone else [str(20 + place)]), f"p{place % 2}")
        for place, gone in enumerate(lost)
    ]
    stretches = [
        Stretch(
            april + at * _HOUR, april + (at + 1) * _HOUR, Status.DOWN, frozenset({"cause:x", f"cause:{at}"})
        )
        for at in opened
    ]

    def said(*, mixed: bool, by_intervals: bool) -> str:
        def order(things: Sequence[Any]) -> list[Any]:
            return random.sample(things, len(things)) if mixed else list(things)

        evidence = Evidence(
            tuple(order(series)),
            Timeline.of(order(stretches)) if by_intervals else None,
            tuple(order(excuses)),
            tuple(order(tickets)),
        )
        return json.dumps(told(_rich(), evidence))

    for by_intervals in (True, False):
        assert said(mixed=False, by_intervals=by_intervals) == said(mixed=True, by_intervals=by_intervals)


@pytest.mark.parametrize("scope", ["circuit", {"contract": "any_down"}, {"contract": "mean"}])
@pytest.mark.parametrize("now", [None, "04-20T12:00", "06-01T00:00"])
def test_another_display_zone_changes_nothing_where_the_contract_names_its_own(
    scope: object, now: str | None
) -> None:
    agreed = terms(
        timezone="America/New_York",
        scope=scope,
        hours={"Mon-Fri": "07:00-19:00"},
        claim={"ticket_within": "2bd", "submit_within": "5bd"},
    )
    said = [
        [
            one.as_json()
            for one in made(
                agreed,
                [(circuit(zone=zone), known(FIRST)), (circuit("x-2", zone=zone), known())],
                now=now,
            )
        ]
        for zone in ("UTC", "Pacific/Auckland", "America/Los_Angeles")
    ]
    assert said[0] == said[1] == said[2]
    site = terms(timezone="site")
    zones = {made(site, [(circuit(zone=zone), known())])[0].period.zone for zone in ("UTC", "Asia/Tokyo")}
    assert zones == {"UTC", "Asia/Tokyo"}
