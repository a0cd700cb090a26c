"""What a contract's terms say about time, and the parts of a period that are judged."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.sla.calendar import DAY_MS, MONTH, QUARTER, YEAR, Cycle, parse_period, rfc3339
from collector.sla.rules import LONG_OUTAGE_MS, CircuitFacts, Rules, cycle_of, in_force, zone_of
from config.fields import Money
from config.periods import Fixed
from config.weekly import Hours
from tests.collector.sla.build import HOUR_MS, contract, ms, outage

MINUTE_MS = 60_000
FACTS = CircuitFacts("x-1", "UTC")
OFFICE = {"Mon-Fri": "07:00-19:00"}
NEW_YORK = "America/New_York"


def rules(zone: str = "UTC", **changes: object) -> Rules:
    return Rules.of(contract(timezone=zone, **changes), "UTC")


def minutes(text: str, zone: str = "UTC", **changes: object) -> Fraction:
    one = rules(zone, **changes)
    period = parse_period(text, zone, 0, one.cycle)
    return one.denominator_ms(period, period.start_ms, period.end_ms) / MINUTE_MS


def percent(down_s: int, whole_min: Fraction) -> Fraction:
    return 100 * (1 - Fraction(down_s, 60) / whole_min)


@pytest.mark.parametrize(
    ("denominator", "zone", "text", "length"),
    [
        ("elapsed", "UTC", "2026-04", 43_200),
        ("elapsed", NEW_YORK, "2026-03", 44_580),
        ("elapsed", NEW_YORK, "2026-11", 43_260),
        ("elapsed", "Europe/London", "2026-10", 44_700),
        ("nominal", NEW_YORK, "2026-03", 44_640),
        ("nominal", NEW_YORK, "2026-11", 43_200),
        ("nominal", "Asia/Beirut", "2018-03-25..2018-03-26", 1_440),
        ("elapsed", "Asia/Beirut", "2018-03-25..2018-03-26", 1_380),
        ("nominal", "America/Havana", "2022-11-06..2022-11-07", 1_440),
        ("elapsed", "America/Havana", "2022-11-06..2022-11-07", 1_500),
        ("elapsed", "UTC", "2026-02", 40_320),
        ("elapsed", "UTC", "2028-02", 41_760),
        ({"fixed": "720h"}, "UTC", "2026-02", 43_200),
        ({"fixed": "720h"}, NEW_YORK, "2026-03", 43_200),
    ],
)
def test_vector_2_a_period_is_divided_by_its_real_its_nominal_or_a_fixed_length(
    denominator: object, zone: str, text: str, length: int
) -> None:
    assert minutes(text, zone, denominator=denominator) == length


@pytest.mark.parametrize(
    ("down_s", "denominator", "zone", "text", "shown"),
    [
        (2_676, "elapsed", NEW_YORK, "2026-03", "99.899955"),
        (2_676, "nominal", NEW_YORK, "2026-03", "99.900090"),
        (41 * 60, "elapsed", "UTC", "2026-02", "99.898313"),
        (41 * 60, "elapsed", "UTC", "2028-02", "99.901820"),
        (41 * 60, {"fixed": "720h"}, "UTC", "2026-02", "99.905093"),
    ],
)
def test_vectors_2_and_3_come_out_of_the_denominators(
    down_s: int, denominator: object, zone: str, text: str, shown: str
) -> None:
    figure = percent(down_s, minutes(text, zone, denominator=denominator))
    assert abs(figure - Fraction(shown)) <= Fraction(1, 2_000_000)


@pytest.mark.parametrize(
    ("denominator", "length"),
    [
        ("elapsed", 20 * 1440),
        ("nominal", 20 * 1440),
        ({"fixed": "720h"}, 20 * 1440),
        ({"fixed": "600h"}, 20 * 1200),
    ],
)
def test_vector_16_a_denominator_is_reduced_to_the_days_of_service(denominator: object, length: int) -> None:
    one, april = rules(denominator=denominator), parse_period("2026-04", "UTC", 0)
    facts = replace(FACTS, first_day=date(2026, 4, 11))
    _, window = in_force(contract(), facts, april)
    served = one.denominator_ms(april, window.start_ms, window.full_end_ms) / MINUTE_MS
    assert served == length
    if denominator != {"fixed": "600h"}:
        assert abs(percent(30 * 60, served) - Fraction("99.895833")) < Fraction(1, 1_000_000)


@pytest.mark.parametrize(
    ("denominator", "length"),
    [("elapsed", 31 * 60 * 24 - 60), ("nominal", 31 * 60 * 24), ({"fixed": "720h"}, 43_200)],
)
def test_a_day_that_has_only_begun_counts_by_its_begun_share(denominator: object, length: int) -> None:
    one, march = rules("Europe/London", denominator=denominator), parse_period("2026-03", "Europe/London", 0)
    noon = ms("2026-03-31T11:00:00Z")
    begun = one.denominator_ms(march, march.start_ms, noon) / MINUTE_MS
    assert begun == (length * Fraction(61, 62) if isinstance(denominator, dict) else length - 720)


@pytest.mark.parametrize(
    ("denominator", "hours", "zone", "text", "length"),
    [
        ("elapsed", OFFICE, "UTC", "2026-04", 22 * 720),
        ("nominal", OFFICE, "UTC", "2026-04", 22 * 720),
        ({"fixed": "264h"}, OFFICE, "UTC", "2026-04", 264 * 60),
        ("elapsed", {"daily": "00:00-06:00"}, "Europe/London", "2026-03", 31 * 360 - 60),
        ("nominal", {"daily": "00:00-06:00"}, "Europe/London", "2026-03", 31 * 360),
        ("elapsed", {"daily": "00:00-06:00"}, "Europe/London", "2026-10", 31 * 360 + 60),
        ("nominal", {"daily": "00:00-06:00"}, "Europe/London", "2026-10", 31 * 360),
        ("elapsed", {"daily": "22:00-02:00"}, "UTC", "2026-04", 30 * 240),
        ("nominal", {"daily": "22:00-02:00"}, "Asia/Kathmandu", "2026-04", 30 * 240),
        ("elapsed", {"Sat": "08:00-12:00,13:00-17:00"}, "UTC", "2026-04", 4 * 480),
        ("elapsed", {"Sun": "00:00-24:00"}, "UTC", "2026-04-01..2026-04-05", 0),
    ],
)
def test_time_off_the_service_hours_is_in_no_denominator(
    denominator: object, hours: dict[str, str], zone: str, text: str, length: int
) -> None:
    assert minutes(text, zone, denominator=denominator, hours=hours) == length


@settings(max_examples=60)
@given(
    st.sampled_from(["elapsed", "nominal", {"fixed": "700h"}]),
    st.sampled_from([None, OFFICE, {"Sat": "22:00-02:00"}]),
    st.sampled_from(["UTC", "Europe/London", "Asia/Kathmandu"]),
    st.integers(1, 30),
)
def test_the_denominators_of_two_parts_add_up_and_another_display_zone_changes_none(
    denominator: object, hours: dict[str, str] | None, zone: str, day: int
) -> None:
    one, other = (
        Rules.of(contract(timezone=zone, denominator=denominator, hours=hours), shown)
        for shown in ("UTC", "Pacific/Apia")
    )
    march = parse_period("2026-03", zone, 0)
    cut = parse_period(f"2026-03-{day:02}", zone, 0).end_ms
    parts = ((march.start_ms, cut), (cut, march.end_ms))
    whole = one.denominator_ms(march, march.start_ms, march.end_ms)
    assert sum(one.denominator_ms(march, *part) for part in parts) == whole
    assert other.denominator_ms(march, march.start_ms, march.end_ms) == whole
    assert (other.zone, other.cycle, other.business) == (one.zone, one.cycle, one.business)


@pytest.mark.parametrize(
    ("period", "cycle"),
    [
        ("calendar_month", MONTH),
        ("calendar_quarter", QUARTER),
        ("calendar_year", YEAR),
        ({"billing_month": 31}, Cycle(1, 1, 31)),
        ({"anniversary_year": "2026-02-10"}, Cycle(12, 2, 10)),
        ({"trailing": "30d"}, Cycle(1, trailing_ms=30 * DAY_MS)),
        ({"mean_of_months": 12}, Cycle(1, mean_of=12)),
    ],
)
def test_each_kind_of_period_is_a_cycle(period: object, cycle: Cycle) -> None:
    assert cycle_of(contract(period=period)) == cycle
    assert rules(period=period).cycle == cycle


def test_the_site_decides_the_zone_where_the_contract_says_so() -> None:
    assert zone_of(contract(timezone="site"), "Asia/Kathmandu") == "Asia/Kathmandu"
    assert zone_of(contract(timezone="Europe/London"), "Asia/Kathmandu") == "Europe/London"
    assert Rules.of(contract(timezone="site"), "Asia/Kathmandu").business.zone == "Asia/Kathmandu"


def test_what_the_terms_say_stands_ready() -> None:
    terms = contract(
        holidays=["2026-12-25"],
        denominator={"fixed": "720h"},
        hours=OFFICE,
        unknown={"policy": "carry", "coverage": "99%"},
        outage=outage(
            minimum={"at_least": "120s"},
            merge_within="30s",
            round={"to": "1m", "mode": "up"},
            across_periods="start",
        ),
    )
    one = Rules.of(terms, "UTC")
    assert one.terms is terms
    assert terms.outage is not None
    assert (one.down, one.minimum, one.clock, one.rounding) == (
        terms.outage.down,
        terms.outage.minimum,
        terms.outage.clock,
        terms.outage.round,
    )
    assert one.merge_within_ms == 30_000
    assert one.coverage == 99
    assert (one.across, one.policy) == ("start", "carry")
    assert one.denominator == Fixed.model_validate({"fixed": "720h"})
    assert one.hours == Hours.parse(OFFICE)
    assert not one.business.is_open(date(2026, 12, 25))
    assert (rules().hours, rules().minimum, rules().rounding, rules().coverage) == (None, None, None, None)


TOTAL = {"loss_at_least": "100%"}
TO_CLOSE = {"start": "measured", "end": "ticket_closed"}


@pytest.mark.parametrize(
    ("changes", "back", "ahead"),
    [
        ({}, 0, 0),
        ({"outage": outage(merge_within="10m")}, 600_000, 600_000),
        ({"outage": outage(minimum={"at_least": "2m"})}, 120_000, 120_000),
        ({"outage": outage(minimum={"longer_than": "2m"})}, 120_000, 120_000),
        ({"outage": outage(minimum={"allowance": "60m"})}, 0, 0),
        ({"outage": outage(down={**TOTAL, "for": "1m", "clear": "2m"})}, 180_000, 180_000),
        ({"outage": outage(down={**TOTAL, "interval": "1s", "consecutive": 10})}, 10_000, 10_000),
        ({"outage": outage(down={**TOTAL, "over": "2h"})}, 2 * HOUR_MS, 2 * HOUR_MS),
        ({"outage": outage(down={**TOTAL, "seconds": "60", "within": "15m"})}, 900_000, 900_000),
        ({"outage": outage(down={"any": [TOTAL, {**TOTAL, "over": "2h"}]})}, 2 * HOUR_MS, 2 * HOUR_MS),
        ({"outage": outage(across_periods="start")}, LONG_OUTAGE_MS, LONG_OUTAGE_MS),
        ({"outage": outage(across_periods="restoration")}, LONG_OUTAGE_MS, LONG_OUTAGE_MS),
        ({"outage": outage(clock={"start": "ticket", "end": "restored"})}, LONG_OUTAGE_MS, LONG_OUTAGE_MS),
        ({"outage": outage(clock=TO_CLOSE)}, LONG_OUTAGE_MS, LONG_OUTAGE_MS),
        ({"objectives": {"time_to_repair": {"each": "<= 4h"}}}, LONG_OUTAGE_MS, LONG_OUTAGE_MS),
        ({"chronic": {"any": [{"outages": 3, "longer_than": "30m", "within": "30d"}]}}, 30 * DAY_MS, 0),
        ({"chronic": {"all": [{"downtime": "24h", "within": "period"}]}}, 0, 0),
        ({"claim": {"ticket_within": "72h"}}, 3 * DAY_MS, 0),
        ({"claim": {"ticket_within": "1bd"}}, 9 * DAY_MS, 0),
        (
            {"objectives": {"availability": {"target": ">= 99.9%", "only_if": [{"trailing_mean": "30d"}]}}},
            30 * DAY_MS, 0,
        ),
        (
            {"chronic": {"any": [{"outages": 3, "within": "30d"}]}, "claim": {"ticket_within": "72h"}},
            30 * DAY_MS, 0,
        ),
    ],
)  # fmt: skip
def test_rounds_are_read_as_far_around_a_period_as_its_rules_look(
    changes: dict[str, Any], back: int, ahead: int
) -> None:
    one = rules(**changes)
    assert (one.back_ms, one.ahead_ms) == (DAY_MS + back, DAY_MS + ahead)
    assert one.reach_ms == DAY_MS + max(back, ahead)


VERSIONS = {
    "versions": [
        {"effective": "2026-04-10", "unknown": {"policy": "up"}},
        {"effective": "2026-01-01", "unknown": {"policy": "down"}},
    ]
}


@pytest.mark.parametrize(
    ("text", "first", "policy", "start"),
    [
        ("2026-04", None, "down", "2026-04-01T00:00:00Z"),
        ("2026-04", date(2026, 4, 20), "down", "2026-04-20T00:00:00Z"),
        ("2026-05", None, "up", "2026-05-01T00:00:00Z"),
        ("2026-04-10", None, "up", "2026-04-10T00:00:00Z"),
        ("2026-04-09..2026-05-01", None, "down", "2026-04-09T00:00:00Z"),
        ("2025-12-20..2026-02-01", None, "down", "2026-01-01T00:00:00Z"),
    ],
)
def test_the_version_in_force_at_the_periods_start_holds_however_late_the_circuit_comes(
    text: str, first: date | None, policy: str, start: str
) -> None:
    versions = contract(effective=None, **VERSIONS)
    terms, window = in_force(versions, replace(FACTS, first_day=first), parse_period(text, "UTC", 0))
    assert terms.unknown is not None
    assert (terms.unknown.policy, rfc3339(window.start_ms)) == (policy, start)


@pytest.mark.parametrize(
    ("first", "last", "effective", "start", "end"),
    [
        (None, None, "2020-01-01", "2026-04-01", "2026-05-01"),
        (date(2026, 4, 11), None, "2020-01-01", "2026-04-11", "2026-05-01"),
        (None, date(2026, 4, 10), "2020-01-01", "2026-04-01", "2026-04-11"),
        (date(2026, 4, 11), None, "2026-04-15", "2026-04-15", "2026-05-01"),
        (date(2026, 4, 20), date(2026, 4, 20), "2026-04-15", "2026-04-20", "2026-04-21"),
        (None, date(2026, 3, 31), "2020-01-01", "2026-04-01", "2026-04-01"),
        (date(2026, 5, 1), None, "2020-01-01", "2026-05-01", "2026-05-01"),
        (None, None, "2026-06-01", "2026-05-01", "2026-05-01"),
    ],
)
def test_what_is_judged_is_in_service_and_not_before_the_contract(
    first: date | None, last: date | None, effective: str, start: str, end: str
) -> None:
    facts = replace(FACTS, first_day=first, last_day=last)
    _, window = in_force(contract(effective=effective), facts, parse_period("2026-04", "UTC", 0))
    assert (rfc3339(window.start_ms)[:10], rfc3339(window.full_end_ms)[:10]) == (start, end)
    assert window.ms == window.end_ms - window.start_ms >= 0


def test_the_days_of_service_are_those_of_the_contracts_zone() -> None:
    april = parse_period("2026-04", "Asia/Kathmandu", 0)
    _, window = in_force(
        contract(timezone="Asia/Kathmandu"), replace(FACTS, first_day=date(2026, 4, 11)), april
    )
    assert rfc3339(window.start_ms) == "2026-04-10T18:15:00Z"


def test_the_currency_is_that_of_the_first_charge() -> None:
    assert FACTS.currency == ""
    assert replace(FACTS, one_time_charge=Money.parse("1.00 EUR")).currency == "EUR"
