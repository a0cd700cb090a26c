"""How long outages and tickets took, and what was promised of it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from collector.sla.evidence import Ticket
from collector.sla.judgement import sentence
from collector.sla.reckoning import Excluded
from tests.collector.sla.build import ms, outage
from tests.collector.sla.cases import HOUR, LATE, a_case, april, at, judged, told, without_account

REPAIR = {"metric": "time_to_repair", "each": "<= 4h"}
START = {"metric": "start_of_repair", "each": "<= 2h"}
MTTR = {"metric": "mttr", "target": "<= 4h"}


def ticket(name: str, opened: float, closed: float | None = None, **moments: Any) -> Ticket:  # noqa: ANN401
    known: dict[str, Any] = {
        key: at(value) if key.endswith("_ms") else value for key, value in moments.items()
    }
    return Ticket(name, at(opened), None if closed is None else at(closed), **known)


@pytest.mark.parametrize(
    ("each", "hours", "verdict"),
    [("<= 4h", 4, "met"), ("< 4h", 4, "breached"), ("<= 4h", 4.001, "breached"), ("< 4h", 3.999, "met")],
)
def test_each_repair_is_held_against_its_promise(each: str, hours: float, verdict: str) -> None:
    one = judged(REPAIR | {"each": each}, a_case(down=april((10, 10 + hours), (100, 101))))
    assert told(one, "verdict", "unit", "measured") == (verdict, "s", Fraction(round(hours * HOUR), 1000))
    assert str(one.target) == each
    assert [case.outage_ms for case in one.cases] == [at(10), at(100)]


def test_without_an_outage_the_promise_is_kept_and_there_is_no_figure() -> None:
    one = judged(REPAIR, a_case())
    assert told(one, "verdict", "measured", "cases") == ("met", None, ())
    assert sentence(one) == "time_to_repair, target <= 4 h: met: no case in the period is known"


@pytest.mark.parametrize("objective", [REPAIR, MTTR])
def test_where_nothing_is_known_no_repair_is_judged(objective: dict[str, Any]) -> None:
    dark = a_case(silence=april((0, 720)))
    assert judged(objective, dark).verdict == "insufficient_data"
    assert judged(objective, without_account(a_case())).verdict == "insufficient_data"
    half = april((0, 360))
    assert (
        judged(objective, a_case(silence=half, unknown={"policy": "exclude", "coverage": "50%"})).verdict
        == "met"
    )
    needs = {"policy": "exclude", "coverage": "51%"}
    assert judged(objective, a_case(silence=half, unknown=needs)).verdict == "insufficient_data"


def test_a_repair_that_took_too_long_is_a_breach_whatever_is_unknown_besides() -> None:
    case = a_case(
        down=april((10, 15)), silence=april((100, 500)), unknown={"policy": "exclude", "coverage": "99%"}
    )
    one = judged(REPAIR, case)
    assert told(one, "verdict", "certain", "bounds") == ("breached", True, None)


def test_excluded_time_is_no_time_to_repair_and_an_outage_of_nothing_else_is_no_case() -> None:
    excluded = Excluded(numerator=april((10, 12), (50, 60)))
    one = judged(REPAIR, a_case(down=april((11, 16), (51, 53)), excluded=excluded))
    assert one.measured == 4 * 3600
    assert len(one.cases) == 1
    assert one.cases[0].outage_ms == at(11)


def test_the_minimum_of_availability_changes_no_repair() -> None:
    terms = outage(minimum={"longer_than": "6h"})
    assert judged(REPAIR, a_case(down=april((10, 15)), outage=terms)).verdict == "breached"


@pytest.mark.parametrize(
    ("across", "down", "cases"),
    [
        ("split", (-1, 0.5), 0), ("split", (0, 1), 1), ("split", (719, 725), 1), ("split", (720, 725), 0),
        ("start", (719, 725), 1), ("restoration", (-1, 0.5), 1), ("restoration", (-1, 0), 0),
        ("restoration", (719, 720), 1), ("restoration", (719, 725), 0),
    ],
)  # fmt: skip
def test_a_repair_belongs_to_one_period(across: str, down: tuple[float, float], cases: int) -> None:
    one = judged(REPAIR, a_case(down=april(down), outage=outage(across_periods=across)))
    assert len(one.cases) == cases


@pytest.mark.parametrize(
    ("promise", "missed"),
    [
        ({"each": "<= 4h", "dispatched": "<= 8h"}, [False, True]),
        ({"each": "<= 4h"}, [True, True]),
        ({"dispatched": "<= 8h"}, [False]),
        ({"dispatched": "<= 5h"}, [True]),
        ({"share": {"within": "5h", "at_least": "95%"}}, [True, False]),
    ],
)
def test_a_visit_may_have_a_promise_of_its_own(promise: dict[str, Any], missed: list[bool]) -> None:
    tickets = [ticket("T1", 10.1, 16, dispatched=True)]
    case = a_case(down=april((10, 16), (100, 105)), tickets=tickets)
    one = judged({"metric": "time_to_repair"} | promise, case)
    assert [case.missed for case in one.cases] == missed
    assert one.cases[0].ticket == "T1"


@pytest.mark.parametrize(
    ("at_least", "verdict"), [("75%", "met"), ("75.1%", "breached"), ("74.9%", "met"), ("100%", "breached")]
)
def test_a_share_of_the_repairs_may_be_promised(at_least: str, verdict: str) -> None:
    down = april((10, 14), (20, 24), (30, 34.01), (40, 41))
    one = judged(
        {"metric": "time_to_repair", "share": {"within": "4h", "at_least": at_least}}, a_case(down=down)
    )
    assert told(one, "measured", "unit", "verdict", "bounds") == (75, "%", verdict, (75, 75))
    assert str(one.target) == f">= {at_least} within 4h"
    assert one.words == "= 3 of 4 cases within 4 h"
    assert [case.allowed_ms for case in one.cases] == [4 * HOUR] * 4


def test_business_days_of_a_share_end_with_their_last_day() -> None:
    # 2 April 2026 is a Thursday, the 3rd a holiday, the 6th the first business day after it
    share = {"share": {"within": "1bd", "at_least": "100%"}}
    in_time = a_case(down=april((34, 144)), holidays=["2026-04-03"])
    assert judged({"metric": "time_to_repair"} | share, in_time).verdict == "met"
    late = a_case(down=april((34, 144.001)), holidays=["2026-04-03"])
    assert judged({"metric": "time_to_repair"} | share, late).verdict == "breached"


def test_a_repair_is_rounded_before_it_is_judged() -> None:
    rounding = {"places": 0, "mode": "down"}
    down = april((10, 14 + 0.5 / 3600))
    assert judged(REPAIR, a_case(down=down)).verdict == "breached"
    assert judged(REPAIR | {"round": rounding}, a_case(down=down)).verdict == "met"


@pytest.mark.parametrize(
    ("metric", "moment"), [("start_of_repair", "repair_started_ms"), ("response", "acknowledged_ms")]
)
@pytest.mark.parametrize(
    ("hours", "closed", "verdict", "measured"),
    [
        (12, 20, "met", 7200),
        (12.001, 20, "breached", 7204 - Fraction(4, 10)),
        (None, 20, "insufficient_data", None),
        (None, None, "breached", (ms(LATE) - at(10)) // 1000),
        (9, 20, "met", 0),
    ],
)
def test_a_ticket_is_timed_from_its_opening(
    metric: str, moment: str, hours: float | None, closed: float | None, verdict: str, measured: object
) -> None:
    moments = {} if hours is None else {moment: hours}
    one = judged({"metric": metric, "each": "<= 2h"}, a_case(tickets=[ticket("T1", 10, closed, **moments)]))
    assert told(one, "verdict", "measured", "coverage") == (verdict, measured, 100)


def test_a_moment_that_nobody_wrote_down_leaves_a_breach_and_takes_the_rest() -> None:
    untold = ticket("T0", 5, 6)
    kept = ticket("T1", 10, 20, repair_started_ms=11)
    broken = ticket("T2", 30, 40, repair_started_ms=33)
    assert judged(START, a_case(tickets=[untold, kept])).verdict == "insufficient_data"
    assert judged(START, a_case(tickets=[untold, kept, broken])).verdict == "breached"
    share = {"metric": "start_of_repair", "share": {"within": "2h", "at_least": "50%"}}
    some = judged(share, a_case(tickets=[untold, kept]))
    assert told(some, "verdict", "bounds") == ("met", (50, 100))
    none = judged(share, a_case(tickets=[untold, broken]))
    assert told(none, "verdict", "bounds") == ("insufficient_data", (0, 50))
    more = {"metric": "start_of_repair", "share": {"within": "2h", "at_least": "51%"}}
    assert judged(more, a_case(tickets=[untold, broken])).verdict == "breached"
    assert judged(more, a_case(tickets=[untold, kept])).verdict == "insufficient_data"


def test_a_ticket_that_still_waits_is_a_case_only_once_it_has_waited_too_long() -> None:
    waiting = [ticket("T1", 10, None)]
    until = [
        judged(START, a_case(tickets=waiting, now=now))
        for now in ("2026-04-01T12:00:00Z", "2026-04-01T12:00:01Z")
    ]
    assert [(one.verdict, one.certain) for one in until] == [("met", False), ("breached", True)]


def test_a_moment_that_comes_just_now_is_known() -> None:
    started = [ticket("T1", 10, None, repair_started_ms=11)]
    now = [judged(START, a_case(tickets=started, now=f"2026-04-01T{at}Z")) for at in ("10:59:59", "11:00:00")]
    assert [one.measured for one in now] == [None, 3600]


def test_tickets_without_the_moment_are_told_by_number() -> None:
    untold, kept = [ticket("T0", 5, 6), ticket("T1", 7, 8)], ticket("T2", 10, 20, repair_started_ms=11)
    share = {"metric": "start_of_repair", "share": {"within": "2h", "at_least": "30%"}}
    some = judged(share, a_case(tickets=[*untold, kept]))
    assert some.words == "= 1 of 1 case within 2 h, 2 closed tickets without the moment"
    one = judged(START, a_case(tickets=[untold[0], kept]))
    assert one.words == "the longest of 1 case, 1 closed ticket without the moment, 0 of them too long"


def test_only_tickets_of_the_period_are_timed_and_only_so_far() -> None:
    tickets = [
        ticket("before", -1, 20, repair_started_ms=10),
        ticket("first", 0, 20, repair_started_ms=1),
        ticket("after", 720, 730, repair_started_ms=729),
    ]
    assert [case.ticket for case in judged(START, a_case(tickets=tickets)).cases] == ["first"]
    now = "2026-04-01T00:30:00Z"
    assert judged(START, a_case(tickets=tickets, now=now)).cases == ()
    assert judged(START, a_case(tickets=tickets, now=now)).verdict == "met"


def test_a_ticket_says_which_outage_it_is_of() -> None:
    tickets = [
        ticket("T1", 10.5, 12, repair_started_ms=11),
        ticket("T2", 50, 52, repair_started_ms=51),
    ]
    one = judged(START, a_case(down=april((10, 11.5)), tickets=tickets))
    assert [(case.ticket, case.outage_ms) for case in one.cases] == [("T1", at(10)), ("T2", None)]


@pytest.mark.parametrize(
    ("moments", "closed", "verdict", "measured"),
    [
        ({"notified_ms": 10.25}, 12, "met", 900),
        ({"notified_ms": 10.3}, 12, "breached", 1080),
        ({"notified_ms": 9}, 12, "met", 0),
        ({}, 12, "insufficient_data", None),
        ({}, None, "breached", (ms(LATE) - at(10)) // 1000),
    ],
)
def test_a_notification_is_timed_from_the_measured_start(
    moments: dict[str, float], closed: float | None, verdict: str, measured: object
) -> None:
    promise = {"metric": "notification", "each": "<= 15m"}
    case = a_case(down=april((10, 12), (50, 51)), tickets=[ticket("T1", 10.5, closed, **moments)])
    one = judged(promise, case)
    assert told(one, "verdict", "measured") == (verdict, measured)


@pytest.mark.parametrize(
    ("target", "verdict"), [("<= 2h", "met"), ("< 2h", "breached"), ("<= 119m", "breached")]
)
def test_mttr_is_the_mean_of_counted_time_over_the_outages_that_count(target: str, verdict: str) -> None:
    terms = outage(minimum={"longer_than": "10m"})
    case = a_case(down=april((10, 11), (20, 23), (30, 30.1)), outage=terms)
    one = judged(MTTR | {"target": target}, case)
    assert told(one, "measured", "unit", "verdict", "words") == (7200, "s", verdict, "the mean of 2 outages")


def test_the_shortest_outage_is_one_of_those_that_mttr_is_over() -> None:
    case = a_case(down=april((10, 10 + 1 / HOUR), (20, 21)))
    assert judged(MTTR, case).measured == Fraction(3_600_001, 2000)


def test_mttr_may_be_of_visits_only_and_without_any_it_is_kept() -> None:
    case = a_case(down=april((10, 11), (20, 23)), tickets=[ticket("T1", 20, 23, dispatched=True)])
    one = judged(MTTR | {"only": "dispatched"}, case)
    assert told(one, "measured", "words") == (10_800, "the mean of 1 dispatched outage")
    none = judged(MTTR, a_case())
    assert told(none, "measured", "verdict", "words") == (None, "met", "no outage counted in the period")
    assert judged(MTTR | {"only": "dispatched"}, a_case(down=april((10, 11)))).verdict == "met"


def test_what_an_allowance_frees_is_in_no_mean() -> None:
    terms = outage(minimum={"allowance": "60m"})
    assert judged(MTTR, a_case(down=april((10, 12), (20, 21)), outage=terms)).measured == 3600
    target = outage(minimum={"allowance": "target"})
    case = a_case(down=april((10, 12), (20, 21)), outage=target)
    assert judged(MTTR, case).measured == 5400


def test_bad_days_of_repairs_are_those_on_which_they_began() -> None:
    paid = {"credit": {"each_day": True, "gives": "1 day"}}
    case = a_case(
        down=april((10, 15), (23.5, 30), (60, 61)), tickets=[ticket("T1", 100, 110, repair_started_ms=109)]
    )
    assert [day.day for day in judged(REPAIR | paid, case).missed_days] == [1]
    assert [day.day for day in judged(START | paid, case).missed_days] == [5]
