"""Means over months and over circuits: figures, what is in no mean, verdicts, credits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from collector.sla.evidence import Evidence
from collector.sla.means import mean_judgement
from collector.sla.objectives import Verdict
from collector.sla.spans import Spans
from tests.collector.sla.build import history, measured, rounds, spans
from tests.collector.sla.cases import a_case
from tests.collector.sla.cases import judged as judged_alone
from tests.collector.sla.joining import circuit, codes, excuse, figures, known, terms, ticket, told
from tests.collector.sla.money import ms

THREE = {"mean_of_months": 3}
PLAIN = {"availability": {"target": ">= 99.9%"}}
FLAT = {"availability": {"target": ">= 99.9%", "credit": {"flat": "10%"}}}
# February 2026 has 40,320 min, March 44,640, April 43,200
IN_FEBRUARY = ("02-03T00:00", "02-03T06:43")  # 403 min
IN_APRIL = ("04-03T00:00", "04-03T07:12")  # 432 min: 1%


@pytest.mark.parametrize(
    ("period", "measured"),
    [
        # February 403 of 40,320 min: 99.000496; March 100; April 99
        (THREE, "99.333499"),
        (THREE | {"weighted": False}, "99.333499"),
        # 835 of all 128,160 min
        (THREE | {"weighted": True}, "99.348471"),
        # of March and April alone; of April alone
        ({"mean_of_months": 2}, "99.500000"),
        ({"mean_of_months": 1}, "99.000000"),
    ],
)
def test_a_mean_of_months_is_over_their_figures_or_weighted_by_their_length(
    period: dict[str, Any], measured: str
) -> None:
    statement = told(terms(PLAIN, period=period), known(IN_FEBRUARY, IN_APRIL))
    assert figures(statement) == [(measured, "breached")]
    assert statement["period"]["label"] == "2026-04"
    assert statement["period"]["to"] == "2026-05-01T00:00:00Z"


def test_a_mean_of_months_tells_of_all_its_time() -> None:
    statement = told(terms(FLAT, period=THREE), known(IN_FEBRUARY, IN_APRIL))
    one = statement["objectives"][0]
    assert statement["period"]["from"] == "2026-02-01T00:00:00Z"
    assert statement["seconds"] == {
        "period": 7_689_600, "denominator": 7_689_600, "up": 7_639_500, "down": 50_100,
        "counted_down": 50_100, "excluded": 0, "unknown": 0,
    }  # fmt: skip
    assert [each["down_seconds"] for each in statement["outages"]] == [24_180, 25_920]
    # (7,689,600 - 50,100) / 2 and 50,100 / 2
    assert statement["reliability"] == {"outages": 2, "mtbf_seconds": 3_819_750, "mttr_seconds": 25_050}
    assert (one["bounds"], one["budget_remaining_seconds"]) == (["99.333499", "99.333499"], None)
    # ten percent of one month's charge of 3000, not of three
    assert (one["credit"]["amount"], statement["credit"]["amount"]) == ("300.00", "300.00")
    assert any("99.000496%, March 100%, April 99%" in step for step in statement["steps"])


@pytest.mark.parametrize("weighted", [True, False])
def test_months_before_the_contract_or_the_service_are_in_no_mean(weighted: bool) -> None:
    year = {
        "period": {"mean_of_months": 12, "weighted": weighted},
        "unknown": {"policy": "exclude", "coverage": "99%"},
    }
    # March 100 and April 99: 99.5; weighted 432 of 87,840 min: 99.508197
    expected = "99.508197" if weighted else "99.500000"
    one = known(IN_FEBRUARY, IN_APRIL)
    by_contract = told(terms(PLAIN, **year, effective="2026-03-01"), one)
    by_service = told(terms(PLAIN, **year), one, facts=circuit(first=date(2026, 3, 1)))
    for statement in (by_contract, by_service):
        assert figures(statement) == [(expected, "breached")]
        assert (statement["coverage"], statement["objectives"][0]["coverage"]) == ("100.000000",) * 2
        assert statement["seconds"]["period"] == 87_840 * 60


def test_a_month_that_the_service_only_began_in_weighs_as_much_as_any_or_its_days() -> None:
    facts = circuit(first=date(2026, 3, 22))
    # ten days of March with 144 of 14,400 min down: 99; April 100
    one = known(("03-25T00:00", "03-25T02:24"))
    assert figures(told(terms(PLAIN, period={"mean_of_months": 2}), one, facts=facts))[0][0] == "99.500000"
    weighted = {"mean_of_months": 2, "weighted": True}
    # 144 of 57,600 min
    assert figures(told(terms(PLAIN, period=weighted), one, facts=facts))[0][0] == "99.750000"


def test_nothing_in_service_is_judged_as_nothing() -> None:
    statement = told(terms(PLAIN, period=THREE), known(), facts=circuit(last=date(2026, 1, 31)))
    assert figures(statement) == [(None, "insufficient_data")]
    assert (statement["seconds"]["period"], statement["coverage"]) == (0, "0.000000")


@pytest.mark.parametrize(
    ("target", "down", "verdict", "bounds"),
    [
        # April is unknown for 72 of 720 h: of the mean 95% is known, from 90 and 100 to 100 and 100
        (">= 99.9%", (), "insufficient_data", ["95.000000", "100.000000"]),
        (">= 95%", (), "met", ["95.000000", "100.000000"]),
        # and down for 36 h: at best 95, at worst 85, and March 100
        (">= 97.6%", ("04-20T00:00", "04-21T12:00"), "breached", ["92.500000", "97.500000"]),
        (">= 97.5%", ("04-20T00:00", "04-21T12:00"), "insufficient_data", ["92.500000", "97.500000"]),
    ],
)
def test_under_the_coverage_a_means_bounds_must_agree(
    target: str, down: tuple[str, ...], verdict: str, bounds: list[str]
) -> None:
    silence = spans([("2026-04-10T00:00:00Z", "2026-04-13T00:00:00Z")])
    when = Spans.of([(ms(down[0]), ms(down[1]))] if down else [])
    evidence = Evidence(tuple(history(ms("03-01T00:00"), ms("05-01T00:00"), when, silence)))
    promise = {"availability": {"target": target}}
    agreed = terms(promise, period={"mean_of_months": 2}, unknown={"policy": "exclude", "coverage": "96%"})
    one = told(agreed, evidence)["objectives"][0]
    assert (one["coverage"], one["verdict"], one["bounds"]) == ("95.000000", verdict, bounds)


def test_an_outage_over_the_edge_of_two_months_is_one_outage_in_two_pieces() -> None:
    chronic = {"any": [{"outages": 2, "within": "60d"}], "remedy": "terminate"}
    agreed = terms(FLAT, period=THREE, chronic=chronic, claim={"ticket_within": "72h"})
    down = ("03-31T23:00", "04-01T07:00")
    statement = told(agreed, known(down))
    pieces = [(one["from"], one["down_seconds"], one["counted_seconds"]) for one in statement["outages"]]
    assert pieces == [("2026-03-31T23:00:00Z", 3600, 3600), ("2026-04-01T00:00:00Z", 25_200, 25_200)]
    assert codes(statement) == [("no_ticket", "2026-03-31T23:00:00Z")]
    assert statement["credit"]["claimable"] == "0.00"
    assert statement["chronic"]["triggered"] is False
    second = ("04-20T00:00", "04-20T00:01")
    assert told(agreed, known(down, second))["chronic"]["rules"][0]["outages"] == [
        "2026-03-31T23:00:00Z",
        "2026-04-20T00:00:00Z",
    ]


def test_the_claim_of_a_mean_is_the_mean_without_blocked_outages() -> None:
    promise = {
        "availability": {
            "target": ">= 99.9%",
            "credit": {"bands": [{"below": "99.9%", "gives": "5%"}, {"below": "99.6%", "gives": "10%"}]},
        }
    }
    agreed = terms(promise, period=THREE, claim={"ticket_within": "72h"})
    one = known(IN_FEBRUARY, IN_APRIL, tickets=[ticket("T1", "04-03T00:10", "04-03T07:12")])
    # 99.333499 is 10% of 3000; without February's, (100 + 100 + 99) / 3 = 99.666667 is 5%
    statement = told(agreed, one)
    assert (statement["credit"]["amount"], statement["credit"]["claimable"]) == ("300.00", "150.00")


def test_a_running_mean_is_certain_only_when_no_month_can_make_up_for_it() -> None:
    promise = {"availability": {"target": ">= 99%"}}
    agreed, down = terms(promise, period={"mean_of_months": 2}), ("04-01T00:00", "04-01T12:00")
    # 12 h of a day are down: April is 50 so far, more than its 7.2 h; at its end 98.33, the mean 99.17
    running = told(agreed, known(down), now="04-02T00:00")["objectives"][0]
    assert (running["measured"], running["verdict"], running["certain"]) == ("75.000000", "breached", False)
    both = told(agreed, known(down, ("03-01T00:00", "03-01T12:00")), now="04-02T00:00")["objectives"][0]
    # March is 98.387097, and April can't come above 98.33
    assert (both["verdict"], both["certain"]) == ("breached", True)
    over = told(agreed, known(down), now="05-01T00:00")["objectives"][0]
    assert (over["measured"], over["verdict"], over["certain"]) == ("99.166667", "met", True)


def test_what_we_dispute_in_any_month_is_told_of_the_mean() -> None:
    disputed = known(IN_APRIL, excuses=[excuse(*IN_APRIL, state="disputed")])
    agreed = terms(PLAIN, period={"mean_of_months": 2}, exclude={"customer": {"effect": "numerator"}})
    one = told(agreed, disputed)["objectives"][0]
    assert (one["measured"], one["if_disputed_refused"]) == ("99.500000", "100.000000")


@pytest.mark.parametrize(
    ("down", "expected"),
    [
        # no outage at all; one of 2 h in April; and one of 1 h in March: the mean of 3600 and 7200
        ((), (None, "met")),
        ((("04-03T00:00", "04-03T02:00"),), ("7200.000000", "breached")),
        ((("04-03T00:00", "04-03T02:00"), ("03-03T00:00", "03-03T01:00")), ("5400.000000", "met")),
    ],
)
def test_a_month_without_outages_is_in_no_mean_of_their_lengths(
    down: tuple[tuple[str, str], ...], expected: tuple[str | None, str]
) -> None:
    agreed = terms({"mttr": {"target": "<= 90m"}}, period=THREE)
    assert figures(told(agreed, known(*down))) == [expected]


def test_a_mean_of_what_was_infinite_once_is_infinite() -> None:
    promise = {"rtt": {"stat": "mean", "of": "samples", "lost": "infinite", "target": "<= 45ms"}}
    march = measured(rounds(ms("03-10T00:00"), 60_000, ["20"]))
    april = measured(rounds(ms("04-10T00:00"), 60_000, ["40", None]))
    agreed = terms(promise, period={"mean_of_months": 2})
    assert figures(told(agreed, Evidence((march, april)))) == [("infinite", "breached")]
    good = measured(rounds(ms("04-10T00:00"), 60_000, ["60"]))
    assert figures(told(agreed, Evidence((march, good)))) == [("40.000000", "met")]


def _two(first: Mapping[str, Any], second: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a Judgement
    """The mean of two verdicts on an availability of 99 and 100."""
    case = a_case()
    plain = judged_alone({"metric": "availability", "target": ">= 99.9%"}, case)
    parts = [
        replace(plain, measured=Fraction(99), verdict=Verdict.BREACHED, **first),
        replace(plain, measured=Fraction(100), **second),
    ]
    return mean_judgement(parts, [case, case])


@pytest.mark.parametrize(
    ("first", "second", "gate"),
    [
        ({"gate": "cured in time"}, {"gate": "cured in time", "verdict": Verdict.BREACHED}, "cured in time"),
        ({"gate": "cured in time"}, {"gate": "", "verdict": Verdict.BREACHED}, ""),
        ({"gate": ""}, {"gate": "cured in time", "verdict": Verdict.BREACHED}, ""),
        # of a promise that was kept nobody asked
        ({"gate": "cured in time"}, {"gate": "", "verdict": Verdict.MET}, "cured in time"),
    ],
)
def test_a_gate_stops_a_mean_where_it_stops_every_part_that_is_broken(
    first: dict[str, Any], second: dict[str, Any], gate: str
) -> None:
    assert _two(first, second).gate == gate


def test_the_bad_days_of_a_mean_are_those_of_its_parts() -> None:
    days = date(2026, 4, 3), date(2026, 4, 5)
    joined = _two({"missed_days": days}, {"missed_days": days[:1]})
    assert (joined.missed_days, joined.measured, joined.budget_ms) == (days, Fraction(199, 2), None)


def test_bounds_of_a_mean_are_open_where_those_of_a_part_are() -> None:
    ends = Fraction(98), Fraction(100)
    assert _two({"bounds": ends}, {"bounds": None}).bounds is None
    assert _two({"bounds": ends}, {"bounds": (Fraction(99), Fraction(99))}).bounds == (
        Fraction(197, 2),
        Fraction(199, 2),
    )
