"""When failures become a right to leave: how many, how long, within what time, and which period says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.sla.chronic import ChronicFinding, RuleFinding, chronic, rule_words
from collector.sla.evidence import EarlierPeriod
from collector.sla.spans import Spans
from config.remedies import ChronicRule
from tests.collector.sla.money import BREACHED, MET, MINUTE, Down, case, contract, judged, ms, outages

THREE: Mapping[str, Any] = {"outages": 3, "longer_than": "30m", "within": "30d"}


def found(
    rules: Mapping[str, Any],
    *down: Down,
    period: str = "2026-04",
    verdict: str = "met",
    earlier: Sequence[EarlierPeriod] = (),
    cycle: object = None,
    **terms: object,
) -> ChronicFinding:
    """What the chronic rules say of a period and these outages."""
    promise = {"availability": {"target": ">= 99.9%"}, "loss": {"target": "<= 0.1%"}}
    if cycle is not None:
        terms["period"] = cycle
    one = case(contract(promise, chronic=rules, **terms), period=period, earlier=earlier)
    verdicts = [
        judged(one, verdict=MET),
        judged(one, "loss", "1", BREACHED if verdict == "breached" else MET),
    ]
    return chronic(one, verdicts, outages(*down))


def test_a_contract_without_a_rule_never_triggers() -> None:
    one = case(contract({"availability": {"target": ">= 99.9%"}}))
    assert chronic(one, [judged(one)], outages(("04-03T10:00", 9999))) == ChronicFinding()


def test_what_is_found_names_the_rule_the_outages_and_the_remedy() -> None:
    rules = {"any": [THREE], "remedy": "terminate", "notice": "30d"}
    down: list[Down] = [("04-03T10:00", 31), ("04-04T10:00", 31), ("04-05T10:00", 31)]
    assert found(rules, *down) == ChronicFinding(
        triggered=True,
        rules=(
            RuleFinding(
                "3 outages longer than 30m within 30d",
                True,
                (ms("04-03T10:00"), ms("04-04T10:00"), ms("04-05T10:00")),
            ),
        ),
        remedy="terminate",
        notice="30d",
    )
    quiet = found(rules, *down[:2])
    assert quiet == ChronicFinding(
        False, (RuleFinding("3 outages longer than 30m within 30d", False),), "terminate", "30d"
    )


@pytest.mark.parametrize(
    ("length", "minutes", "triggered"),
    [
        ({}, 0.01, True),
        ({"longer_than": "30m"}, 30, False),
        ({"longer_than": "30m"}, 30 + 1 / MINUTE, True),
        ({"at_least": "30m"}, 30, True),
        ({"at_least": "30m"}, 30 - 1 / MINUTE, False),
    ],
)
def test_longer_than_is_strict_and_at_least_is_not(
    length: Mapping[str, str], minutes: float, *, triggered: bool
) -> None:
    rule = {"outages": 2, "within": "period", **length}
    down: list[Down] = [("04-03T10:00", 600), ("04-05T10:00", minutes)]
    assert found({"any": [rule]}, *down).triggered is triggered


@pytest.mark.parametrize(
    ("window", "last", "triggered"),
    [
        (None, "04-13T09:59", True),
        (None, "04-13T10:00", False),
        ("half_open", "04-13T09:59", True),
        ("half_open", "04-13T10:00", False),
        ("closed", "04-13T10:00", True),
        ("closed", "04-13T10:01", False),
    ],
)
def test_the_edge_of_the_time_is_inside_where_it_is_closed(
    window: str | None, last: str, *, triggered: bool
) -> None:
    rules = {"any": [{"outages": 2, "within": "10d"}]} | ({"window": window} if window else {})
    # Placed by their starts: that the first one lasts long changes nothing.
    assert found(rules, ("04-03T10:00", 3000), (last, 5)).triggered is triggered


def test_days_are_24_hours_whatever_the_clocks_do() -> None:
    rules = {"any": [{"outages": 2, "within": "1d"}]}
    # 01:30 in New York on the 8th, and 24 h later: 02:30 on the 9th; the clocks went on between them.
    for minute, triggered in (("29", True), ("30", False)):
        down: list[Down] = [("03-08T06:30", 5), (f"03-09T06:{minute}", 5)]
        one = found(rules, *down, period="2026-03", timezone="America/New_York")
        assert one.triggered is triggered


@pytest.mark.parametrize(
    ("period", "triggered", "count"),
    [("2026-03", False, 0), ("2026-04", True, 3), ("2026-05", False, 0)],
)
def test_the_period_that_holds_the_last_outage_triggers(period: str, *, triggered: bool, count: int) -> None:
    down: list[Down] = [("03-25T10:00", 40), ("03-28T10:00", 40), ("04-01T00:00", 40)]
    one = found({"any": [THREE]}, *down, period=period)
    assert (one.triggered, len(one.rules[0].outages)) == (triggered, count)


def test_only_outages_of_the_period_count_within_it() -> None:
    rules = {"any": [{"outages": 2, "within": "period"}]}
    assert not found(rules, ("03-31T23:59", 40), ("04-03T10:00", 40), ("05-01T00:00", 5)).triggered
    assert found(rules, ("04-01T00:00", 40), ("04-30T23:59", 40)).triggered
    assert found(rules, ("04-30T23:59", 40), ("04-01T00:00", 40)).rules[0].outages[0] == ms("04-01T00:00")


def test_what_is_excluded_shortens_an_outage_and_an_outage_of_nothing_is_none() -> None:
    rules = {"any": [{"outages": 2, "longer_than": "30m", "within": "period"}]}
    terms = contract({"availability": {"target": ">= 99.9%"}}, chronic=rules)
    one = case(terms)
    first, second = outages(("04-03T10:00", 31), ("04-05T10:00", 31))
    shorter = replace(second, remaining=Spans.of([(second.start_ms, second.start_ms + 30 * MINUTE)]))
    assert chronic(one, [judged(one)], [first, second]).triggered
    assert not chronic(one, [judged(one)], [first, shorter]).triggered
    any_length = {"any": [{"outages": 2, "within": "period"}]}
    one = case(contract({"availability": {"target": ">= 99.9%"}}, chronic=any_length))
    assert chronic(one, [judged(one)], [first, shorter]).triggered
    assert not chronic(one, [judged(one)], [first, replace(second, remaining=Spans())]).triggered


def test_an_outage_counts_here_whatever_the_minimum_says() -> None:
    rules = {"any": [{"outages": 1, "within": "period"}]}
    one = case(contract({"availability": {"target": ">= 99.9%"}}, chronic=rules))
    (whole,) = outages(("04-03T10:00", 1))
    assert chronic(one, [judged(one)], [replace(whole, counted=Spans())]).triggered


@pytest.mark.parametrize(
    ("down", "within", "triggered"),
    [
        ([("04-03T10:00", 720), ("04-05T10:00", 719)], "period", False),
        ([("04-03T10:00", 720), ("04-05T10:00", 720)], "period", True),
        ([("04-03T10:00", 1440)], "10d", True),
        ([("04-03T10:00", 720), ("04-13T09:59", 720)], "10d", True),
        ([("04-03T10:00", 720), ("04-13T10:00", 720)], "10d", False),
        ([("03-31T10:00", 720), ("04-03T10:00", 720)], "period", False),
        ([("03-31T10:00", 720), ("04-03T10:00", 720)], "10d", True),
    ],
)
def test_downtime_is_at_least_so_much(down: list[Down], within: str, *, triggered: bool) -> None:
    assert found({"any": [{"downtime": "24h", "within": within}]}, *down).triggered is triggered


def test_a_ticket_of_two_outages_is_one() -> None:
    rules = {"any": [{"tickets": 2, "within": "30d"}]}
    same: list[Down] = [("04-03T10:00", 5, "A"), ("04-05T10:00", 5, "A"), ("04-06T10:00", 5)]
    assert not found(rules, *same).triggered
    assert found(rules, *same, ("04-07T10:00", 5, "B")).triggered
    assert found(rules, *same, ("04-07T10:00", 5, "B")).rules[0].text == "2 tickets within 30d"


def failed(*labels: str) -> list[EarlierPeriod]:
    """Earlier periods; a name that ends with `+` broke no promise."""
    return [
        EarlierPeriod(
            label.rstrip("+"), {"availability": "met", "rtt": "met" if "+" in label else "breached"}
        )
        for label in labels
    ]


PERIODS: list[tuple[Mapping[str, int], str, list[str], bool]] = [
    ({"failed_periods": 3}, "breached", ["2026-02", "2026-03"], True),
    ({"failed_periods": 3}, "breached", ["2026-03", "2026-02"], True),
    ({"failed_periods": 3}, "met", ["2026-02", "2026-03"], False),
    ({"failed_periods": 3}, "breached", ["2026-02+", "2026-03"], False),
    ({"failed_periods": 3}, "breached", ["2026-01", "2026-02+", "2026-03"], False),
    ({"failed_periods": 3, "of": 4}, "breached", ["2026-01", "2026-02+", "2026-03"], True),
    ({"failed_periods": 3, "of": 4}, "breached", ["2026-01", "2026-03"], True),
    ({"failed_periods": 3, "of": 4}, "breached", ["2025-12", "2026-03"], False),
    ({"failed_periods": 3, "of": 4}, "met", ["2026-01", "2026-02", "2026-03"], True),
    ({"failed_periods": 1}, "breached", [], True),
    ({"failed_periods": 2}, "breached", ["2026-05"], False),
]


@pytest.mark.parametrize(("rule", "verdict", "earlier", "triggered"), PERIODS)
def test_failed_periods_are_of_the_last_so_many(
    rule: Mapping[str, int], verdict: str, earlier: list[str], *, triggered: bool
) -> None:
    one = found({"any": [rule]}, verdict=verdict, earlier=failed(*earlier))
    assert one.triggered is triggered
    count = rule["failed_periods"]
    plural = "" if count == 1 else "s"
    assert one.rules[0].text == f"{count} failed period{plural} of the last {rule.get('of', count)}"


@pytest.mark.parametrize(
    ("cycle", "period", "before"),
    [
        ("calendar_quarter", "2026-Q1", "2025-Q4"),
        ("calendar_year", "2026", "2025"),
        ({"billing_month": 31}, "2026-03", "2026-02"),
        ({"trailing": "90d"}, "2026-04", "2026-03"),
        ({"mean_of_months": 3}, "2026-04", "2026-03"),
    ],
)
def test_the_period_before_is_the_contracts_own(cycle: object, period: str, before: str) -> None:
    rules = {"any": [{"failed_periods": 2}]}
    for label, triggered in ((before, True), ("2024-01" if before != "2025" else "2023", False)):
        one = found(rules, period=period, verdict="breached", earlier=failed(label), cycle=cycle)
        assert one.triggered is triggered


LATER: Mapping[str, Any] = {"outages": 4, "within": "30d"}
NOW: Mapping[str, Any] = {"outages": 1, "within": "30d"}


@pytest.mark.parametrize(
    ("rules", "triggered"),
    [
        ({"any": [NOW, LATER]}, True),
        ({"any": [LATER, LATER]}, False),
        ({"all": [NOW, LATER]}, False),
        ({"all": [NOW, NOW]}, True),
        ({"any": [NOW], "all": [NOW]}, True),
        ({"any": [NOW], "all": [LATER]}, False),
        ({"any": [LATER], "all": [NOW]}, False),
    ],
)
def test_one_of_any_and_each_of_all_must_hold(rules: Mapping[str, Any], *, triggered: bool) -> None:
    one = found(rules, ("04-03T10:00", 5))
    assert one.triggered is triggered
    assert len(one.rules) == sum(map(len, rules.values()))


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (THREE, "3 outages longer than 30m within 30d"),
        ({"outages": 1, "at_least": "4h", "within": "period"}, "1 outage of at least 4h in the period"),
        ({"tickets": 5, "within": "90d"}, "5 tickets within 90d"),
        ({"downtime": "24h", "within": "period"}, "1d of downtime in the period"),
    ],
)
def test_a_rule_is_said_in_words(rule: Mapping[str, Any], words: str) -> None:
    assert rule_words(ChronicRule.model_validate(rule)) == words


@settings(max_examples=60)
@given(st.permutations([1, 4, 8, 12, 20, 25]), st.integers(1, 6), st.integers(1, 30))
def test_the_order_of_outages_changes_nothing_and_one_more_never_takes_a_right_away(
    days: list[int], count: int, within: int
) -> None:
    rules = {"any": [{"outages": count, "within": f"{within}d"}]}
    down: list[Down] = [(f"04-{day:02}T10:00", 5) for day in days]
    ordered = found(rules, *sorted(down))
    assert found(rules, *down) == ordered
    assert found(rules, *down[:-1]).triggered <= ordered.triggered
    dense = any(sum(last - within < day <= last for day in days) >= count for last in days)
    assert ordered.triggered is dense
