"""Several circuits judged as one: their status, notes, tickets, charges, and promises about packets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from collector.sla.evidence import Evidence
from collector.sla.spans import Spans
from tests.collector.sla.build import history, measured, outage, rounds, spans
from tests.collector.sla.joining import (
    Member,
    circuit,
    codes,
    excuse,
    figures,
    known,
    made,
    terms,
    ticket,
)
from tests.collector.sla.money import ms

APRIL, MAY = ms("04-01T00:00"), ms("05-01T00:00")
PLAIN = {"availability": {"target": ">= 99.9%"}}
FLAT = {"availability": {"target": ">= 99.9%", "credit": {"flat": "10%"}}}
EXCUSED = {"customer": {"effect": "numerator"}}
A, B = circuit("x-1", site="lon"), circuit("x-2", "1000.00 USD", site="lon")
FIRST, SECOND = ("04-03T10:00", "04-03T12:00"), ("04-03T11:00", "04-03T13:00")


def joint(
    how: str,
    *members: Member,
    promises: Mapping[str, Any] = PLAIN,
    period: str = "2026-04",
    now: str | None = None,
    **changes: object,
) -> dict[str, Any]:
    """The one statement of a contract's circuits together."""
    (one,) = made(terms(promises, scope={"contract": how}, **changes), members, period, now)
    return one.as_json()


@pytest.mark.parametrize(
    ("scope", "name", "measured"),
    [
        # down together for 1 h, one of them for 3 h, each for 2 h, of 720
        ({"pair": ["x-2", "x-1"]}, "x-2+x-1", "99.861111"),
        ({"site": "all_down"}, "lon", "99.861111"),
        ({"site": "any_down"}, "lon", "99.583333"),
        ({"site": "mean"}, "lon", "99.722222"),
        ({"contract": "all_down"}, "gold", "99.861111"),
        ({"contract": "any_down"}, "gold", "99.583333"),
        ({"contract": "mean"}, "gold", "99.722222"),
    ],
)
def test_a_scope_is_down_when_any_is_or_all_are_or_as_a_mean(
    scope: dict[str, Any], name: str, measured: str
) -> None:
    (one,) = made(terms(PLAIN, scope=scope), [(A, known(FIRST)), (B, known(SECOND))])
    statement = one.as_json()
    assert (statement["circuit"], statement["circuits"]) == (name, ["x-1", "x-2"])
    assert figures(statement)[0][0] == measured


@pytest.mark.parametrize(
    ("scope", "step"),
    [
        ({"pair": ["x-1", "x-2"]}, "x-1 and x-2 stand in for each other: down is when all of them are"),
        ({"contract": "any_down"}, "x-1 and x-2 are judged as one: down is when any of them is"),
        ({"site": "all_down"}, "x-1 and x-2 are judged as one: down is when all of them are"),
        ({"site": "mean"}, "x-1 and x-2 are judged alone, and the mean of their figures decides"),
    ],
)
def test_the_first_step_says_what_makes_several_circuits_down(scope: dict[str, Any], step: str) -> None:
    (one,) = made(terms(PLAIN, scope=scope), [(A, known(FIRST)), (B, known(SECOND))])
    assert one.steps[0] == step


@pytest.mark.parametrize(
    ("how", "times", "outages", "reliability"),
    [
        # 2,592,000 s in April
        ("any_down", (2_592_000, 10_800), ["2026-04-03T10:00:00Z"], (1, 2_581_200, 10_800)),
        ("all_down", (2_592_000, 3600), ["2026-04-03T11:00:00Z"], (1, 2_588_400, 3600)),
        # of a mean over two circuits: all of their time, each one's outages, (5,184,000 - 14,400) / 2
        (
            "mean",
            (5_184_000, 14_400),
            ["2026-04-03T10:00:00Z", "2026-04-03T11:00:00Z"],
            (2, 2_584_800, 7200),
        ),
    ],
)
def test_times_outages_and_reliability_are_of_the_scope(
    how: str, times: tuple[int, int], outages: list[str], reliability: tuple[int, int, int]
) -> None:
    statement = joint(how, (A, known(FIRST)), (B, known(SECOND)))
    seconds = statement["seconds"]
    assert (seconds["period"], seconds["down"]) == times
    assert seconds["up"] + seconds["down"] + seconds["unknown"] == seconds["period"]
    assert [one["from"] for one in statement["outages"]] == outages
    assert tuple(statement["reliability"].values()) == reliability


def test_an_outage_of_a_scope_has_the_cause_of_the_member_that_was_down() -> None:
    members = (A, known()), (B, known(SECOND, cause="fibre cut"))
    for how in ("any_down", "mean"):
        assert [one["cause"] for one in joint(how, *members)["outages"]] == ["fibre cut"]
    lost = [measured(rounds(APRIL, 60_000, ["20"])), measured(rounds(APRIL + 60_000, 60_000, [None]))]
    up = [measured(rounds(APRIL, 60_000, ["20"], ["20"]))]
    by_rounds = (A, Evidence(tuple(up))), (B, Evidence(tuple(lost)))
    assert [one["cause"] for one in joint("any_down", *by_rounds)["outages"]] == ["timeout"]


@pytest.mark.parametrize(
    ("how", "measured"),
    [
        # the first is alone on 3 April: 2 h of 720; the other, from the 16th, is down for 30 min then
        ("all_down", "99.722222"),
        ("any_down", "99.652778"),
        # 2 h of 720 and 30 min of 360 h: the mean of 99.722222 and 99.861111
        ("mean", "99.791667"),
    ],
)
def test_a_circuit_decides_nothing_while_it_is_not_in_service(how: str, measured: str) -> None:
    late = replace(B, first_day=date(2026, 4, 16))
    before_and_in_service = known(("04-05T10:00", "04-10T10:00"), ("04-20T10:00", "04-20T10:30"))
    statement = joint(how, (A, known(FIRST)), (late, before_and_in_service), promises=FLAT)
    assert figures(statement) == [(measured, "breached")]
    assert statement["coverage"] == "100.000000"
    # 3000 and 15 of 30 days of 1000, ten percent of it
    assert statement["credit"]["amount"] == "350.00"


@pytest.mark.parametrize("how", ["any_down", "all_down", "mean"])
def test_a_circuit_that_is_in_service_in_another_month_changes_nothing(how: str) -> None:
    gone = replace(B, last_day=date(2026, 3, 31))
    statement = joint(
        how, (A, known(FIRST)), (gone, known(SECOND)), unknown={"policy": "exclude", "coverage": "99%"}
    )
    assert figures(statement) == [("99.722222", "breached")]
    assert (statement["seconds"]["down"], statement["coverage"]) == (7200, "100.000000")


@pytest.mark.parametrize("how", ["any_down", "all_down", "mean"])
def test_where_no_circuit_is_in_service_nothing_is_judged(how: str) -> None:
    gone = [(replace(one, last_day=date(2026, 3, 31)), Evidence()) for one in (A, B)]
    statement = joint(how, *gone)
    assert figures(statement) == [(None, "insufficient_data")]
    assert statement["seconds"]["period"] == 0


def test_time_in_which_none_is_in_service_is_not_down() -> None:
    first, second = replace(A, last_day=date(2026, 4, 10)), replace(B, first_day=date(2026, 4, 21))
    statement = joint("all_down", (first, known()), (second, known()))
    assert figures(statement) == [("100.000000", "met")]


@pytest.mark.parametrize(
    ("changes", "counted"),
    [
        # 23:00 to 01:30: all 150 min are April's, or reach the minimum with the hour in April
        ({"outage": outage(across_periods="start")}, 9000),
        ({"outage": outage(minimum={"at_least": "150m"})}, 3600),
        ({"outage": outage(minimum={"longer_than": "150m"})}, 0),
    ],
)
@pytest.mark.parametrize("how", ["any_down", "all_down"])
def test_an_outage_of_several_over_the_edge_is_judged_whole(
    how: str, changes: dict[str, Any], counted: int
) -> None:
    long = known(("04-30T23:00", "05-01T01:30"))
    other = long if how == "all_down" else known()
    assert joint(how, (A, long), (B, other), **changes)["seconds"]["counted_down"] == counted


@pytest.mark.parametrize("how", ["any_down", "all_down"])
def test_an_outage_of_several_that_began_before_the_period_is_judged_whole(how: str) -> None:
    long = known(("03-31T23:00", "04-01T01:30"))
    other = long if how == "all_down" else known()
    # 150 min reach the minimum, 90 of them lie in April
    whole = outage(minimum={"at_least": "150m"})
    assert joint(how, (A, long), (B, other), outage=whole)["seconds"]["counted_down"] == 5400
    # who begins on 1 April can't have kept the pair up before it
    new = replace(B, first_day=date(2026, 4, 1))
    ended = joint(how, (A, long), (new, other), outage=outage(across_periods="restoration"))
    assert ended["seconds"]["counted_down"] == 9000


@pytest.mark.parametrize(
    ("how", "excused", "counted", "excluded", "measured"),
    [
        # down from 10 to 13; 10 to 11 is the first's alone, 11 to 13 also the other's
        ("any_down", "first", 7200, 3600, "99.722222"),
        ("any_down", "both", 0, 10_800, "100.000000"),
        # the first one's downtime isn't counted as down: so they are not both down
        ("all_down", "first", 0, 3600, "100.000000"),
        # the first is 100, the other has 2 h of 720
        ("mean", "first", 7200, 7200, "99.861111"),
        ("mean", "both", 0, 14_400, "100.000000"),
    ],
)
def test_a_note_on_one_circuit_excuses_what_is_down_only_because_of_it(
    how: str, excused: str, counted: int, excluded: int, measured: str
) -> None:
    first = known(FIRST, excuses=[excuse(*FIRST)])
    second = known(SECOND, excuses=[excuse(*SECOND)] if excused == "both" else [])
    statement = joint(how, (A, first), (B, second), exclude=EXCUSED)
    assert (statement["seconds"]["counted_down"], statement["seconds"]["excluded"]) == (counted, excluded)
    assert figures(statement)[0][0] == measured


def test_a_window_of_all_circuits_leaves_the_denominator_though_nothing_was_down() -> None:
    window = {"customer": {"effect": "window"}}
    first, second = known(excuses=[excuse(*FIRST)]), known(excuses=[excuse(*SECOND)])
    # both are excused from 11 to 12: 720 h less one
    both = joint("any_down", (A, first), (B, second), exclude=window)
    assert both["seconds"]["denominator"] == 2_588_400
    alone = joint("any_down", (A, first), (replace(B, last_day=date(2026, 4, 2)), known()), exclude=window)
    assert alone["seconds"]["denominator"] == 2_584_800, "who isn't in service needs no excuse"


@pytest.mark.parametrize("how", ["any_down", "mean"])
def test_what_we_dispute_about_any_circuit_is_told(how: str) -> None:
    disputed = known(SECOND, excuses=[excuse(*SECOND, state="disputed")])
    one = joint(how, (A, known()), (B, disputed), exclude=EXCUSED)["objectives"][0]
    # 2 h of 720, of a mean half of it
    assert one["measured"] == ("99.722222" if how == "any_down" else "99.861111")
    assert one["if_disputed_refused"] == "100.000000"
    assert any(
        "it is disputed" in step for step in joint(how, (A, known()), (B, disputed), exclude=EXCUSED)["steps"]
    )


@pytest.mark.parametrize(
    ("how", "unknown", "coverage"),
    [
        # the first is silent for 72 of 720 h
        ("any_down", 259_200, "90.000000"),
        ("all_down", 0, "100.000000"),
        ("mean", 259_200, "95.000000"),
    ],
)
def test_what_is_unknown_of_one_is_unknown_where_it_could_decide(
    how: str, unknown: int, coverage: str
) -> None:
    silence = spans([("2026-04-10T00:00:00Z", "2026-04-13T00:00:00Z")])
    silent = Evidence(tuple(history(APRIL, MAY, Spans(), silence)))
    up = Evidence(tuple(history(APRIL, MAY, Spans())))
    statement = joint(how, (A, silent), (B, up))
    assert (statement["seconds"]["unknown"], statement["coverage"]) == (unknown, coverage)
    excused = replace(silent, excuses=(excuse("04-10T00:00", "04-13T00:00"),))
    noted = joint(how, (A, excused), (B, up), exclude=EXCUSED)
    assert (noted["seconds"]["unknown"], noted["coverage"]) == (0, "100.000000")


def test_a_ticket_of_any_circuit_is_a_ticket_of_the_scope() -> None:
    down, claim = ("04-03T10:00", "04-03T11:00"), {"ticket_within": "72h"}
    other = known(down, tickets=[ticket("T1", "04-03T10:10", "04-03T11:00")])
    for how in ("any_down", "all_down"):
        statement = joint(how, (A, known(down)), (B, other), promises=FLAT, claim=claim)
        assert (codes(statement), statement["outages"][0]["tickets"]) == ([], ["T1"])


def test_under_a_mean_each_circuits_outage_needs_its_own_ticket() -> None:
    down = ("04-03T10:00", "04-03T11:00")
    promise = {
        "availability": {
            "target": ">= 99.99%",
            "credit": {"bands": [{"below": "100%", "gives": "5%"}, {"below": "99.9%", "gives": "10%"}]},
        }
    }
    with_ticket = known(down, tickets=[ticket("T1", "04-03T10:10", "04-03T11:00")])
    statement = joint(
        "mean", (A, with_ticket), (B, known(down)), promises=promise, claim={"ticket_within": "72h"}
    )
    # an hour of 720 each: 99.861111, 10% of 4000; the second's counting as up: 99.930556, 5%
    assert (figures(statement)[0][0], statement["credit"]["amount"]) == ("99.861111", "400.00")
    assert codes(statement) == [("no_ticket", "2026-04-03T10:00:00Z")]
    assert statement["credit"]["claimable"] == "200.00"


@pytest.mark.parametrize("how", ["any_down", "all_down", "mean"])
def test_the_charges_of_a_scope_add_up(how: str) -> None:
    statement = joint(how, (A, known(FIRST)), (B, known(FIRST)), promises=FLAT)
    assert (statement["credit"]["currency"], statement["credit"]["amount"]) == ("USD", "400.00")


def test_charges_in_two_currencies_are_refused_in_a_sentence() -> None:
    euros = circuit("x-2", "1000.00 EUR")
    with pytest.raises(ValueError, match="charges in EUR and USD can't be added: give each currency"):
        joint("any_down", (A, known(FIRST)), (euros, known(FIRST)), promises=FLAT, currency="circuit")


RTT = {"stat": "mean", "of": "samples", "lost": "ignore", "target": "<= 45ms"}


def _pinged(*delays: str | None) -> Evidence:
    return Evidence((measured(rounds(APRIL, 60_000, list(delays))),))


@pytest.mark.parametrize(
    ("how", "delays", "expected"),
    [
        ("any_down", ["40", "90", "50"], ("90.000000", "breached")),
        ("any_down", ["40", "50", "90"], ("90.000000", "breached")),
        ("any_down", ["40", "30", "35"], ("40.000000", "met")),
        ("any_down", ["40", None, "35"], (None, "insufficient_data")),
        ("any_down", ["40", None, "90"], ("90.000000", "breached")),
        ("all_down", ["90", "40", "30"], ("30.000000", "met")),
        ("all_down", ["90", "50", "70"], ("50.000000", "breached")),
        ("all_down", ["90", None, "70"], (None, "insufficient_data")),
        ("all_down", ["90", None, "40"], ("40.000000", "met")),
        ("mean", ["40", "90", "50"], ("60.000000", "breached")),
        ("mean", ["40", "50", "30"], ("40.000000", "met")),
        ("mean", ["40", None, "60"], ("50.000000", "breached")),
    ],
)
def test_a_promise_on_packets_is_the_worst_circuits_or_the_bests_or_a_mean(
    how: str, delays: Sequence[str | None], expected: tuple[str | None, str]
) -> None:
    members = [(circuit(f"x-{place}"), _pinged(one)) for place, one in enumerate(delays)]
    assert figures(joint(how, *members, promises={"rtt": RTT})) == [expected]


def test_of_more_is_better_the_worst_is_the_least() -> None:
    promise = {"mos": {"codec": "g711", "delay": "rtt", "method": "shortcut", "target": ">= 4.0"}}
    members = [(A, _pinged("300")), (B, _pinged("20"))]
    # R = 93.2 - 0.024 x 20 = 92.72 is MOS 4.397 of one; the other's 300 ms lie under it
    worst = figures(joint("any_down", *members, promises=promise))[0][0]
    best = figures(joint("all_down", *members, promises=promise))[0][0]
    assert worst is not None
    assert best is not None
    assert float(worst) < 4.0 < 4.39 < float(best) < 4.41


def test_the_infinite_is_the_worst_and_who_is_not_in_service_is_not_asked() -> None:
    promise = {"rtt": RTT | {"lost": "infinite"}}
    members = [(A, _pinged("90")), (B, _pinged("20", None))]
    assert figures(joint("any_down", *members, promises=promise)) == [("infinite", "breached")]
    gone = replace(A, last_day=date(2026, 3, 31))
    for how in ("any_down", "all_down", "mean"):
        absent = joint(how, (gone, _pinged("90")), (B, _pinged("20")), promises={"rtt": RTT})
        assert figures(absent) == [("20.000000", "met")]


@pytest.mark.parametrize(
    ("promise", "expected"),
    [
        ({"each": "<= 4h"}, ("18000.000000", "breached")),
        ({"each": "<= 5h"}, ("18000.000000", "met")),
        # two of three cases: each counts, not each circuit (that would be 50)
        ({"share": {"within": "4h", "at_least": "66%"}}, ("66.666667", "met")),
        ({"share": {"within": "4h", "at_least": "67%"}}, ("66.666667", "breached")),
    ],
)
def test_under_a_mean_every_repair_counts(promise: dict[str, Any], expected: tuple[str, str]) -> None:
    long = known(("04-03T10:00", "04-03T15:00"))
    two = known(("04-03T10:00", "04-03T11:00"), ("04-21T10:00", "04-21T12:00"))
    statement = joint("mean", (A, long), (B, two), promises={"time_to_repair": promise})
    assert figures(statement) == [expected]


def test_under_a_mean_without_any_repair_the_promise_is_kept() -> None:
    promises = {"time_to_repair": {"each": "<= 4h"}, "mttr": {"target": "<= 4h"}}
    statement = joint("mean", (A, known()), (B, known()), promises=promises)
    assert figures(statement) == [(None, "met"), (None, "met")]
    one = joint("mean", (A, known(FIRST)), (B, known()), promises=promises)
    assert figures(one) == [("7200.000000", "met"), ("7200.000000", "met")]


def test_each_site_has_its_own_statement_in_the_order_of_its_first_circuit() -> None:
    far = circuit("x-3", site="par")
    members = [(far, known()), (A, known(FIRST)), (circuit("x-4", site="par"), known(SECOND)), (B, known())]
    found = made(terms(PLAIN, scope={"site": "any_down"}), members)
    assert [(one.circuit, one.circuits) for one in found] == [
        ("par", ("x-3", "x-4")),
        ("lon", ("x-1", "x-2")),
    ]
    assert [one.times.down for one in found] == [7_200_000, 7_200_000]


def test_without_a_scope_each_circuit_has_its_own_statement() -> None:
    found = made(terms(PLAIN), [(B, known(FIRST)), (A, known())])
    assert [(one.circuit, one.times.down) for one in found] == [("x-2", 7_200_000), ("x-1", 0)]
    assert made(terms(PLAIN), []) == []


def test_a_pair_is_judged_without_the_contracts_other_circuits() -> None:
    members = [(A, known(FIRST)), (circuit("x-9"), known(FIRST)), (B, known(FIRST))]
    (one,) = made(terms(PLAIN, scope={"pair": ["x-1", "x-2"]}), members)
    assert one.circuits == ("x-1", "x-2")
    assert made(terms(PLAIN, scope={"pair": ["y-1", "y-2"]}), members) == []


@pytest.mark.parametrize("now", [None, "04-20T00:00", "06-20T00:00"])
def test_the_scope_is_that_of_the_version_in_force_at_the_periods_start(now: str | None) -> None:
    versions = [{"effective": "2026-05-01", "scope": {"contract": "any_down"}}]
    agreed = terms(PLAIN, versions=versions)
    members = [(A, known(FIRST)), (B, known())]
    assert [one.circuit for one in made(agreed, members, "2026-04", now)] == ["x-1", "x-2"]
    assert [one.circuit for one in made(agreed, members, "2026-05", now)] == ["gold"]


def test_service_hours_hold_for_a_scopes_outage_over_the_edge() -> None:
    # Thursday 30 April 18:00 to Friday 1 May 08:00: one hour of service before 19:00, one after 07:00
    long = known(("04-30T18:00", "05-01T08:00"))
    hours, whole = {"Mon-Fri": "07:00-19:00"}, outage(across_periods="start")
    statement = joint("any_down", (A, long), (B, known()), hours=hours, outage=whole)
    assert statement["seconds"]["counted_down"] == 7200
