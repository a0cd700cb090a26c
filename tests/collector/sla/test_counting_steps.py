"""What a statement says of each outage and of the denominator."""

from __future__ import annotations

from typing import Any

import pytest

from collector.sla.case import Case
from collector.sla.counting_steps import Part, counting
from collector.sla.hours import off_hours
from collector.sla.reckoning import Excluded
from collector.sla.wording import denominator_words
from config.weekly import Hours
from tests.collector.sla.cases import APRIL, HOUR, a_case, april

DAY_HOURS = {"Mon-Fri": "08:00-18:00"}


def steps(case: Case, *parts: Part) -> list[str]:
    """All steps of the count; of one part where none are named."""
    assert case.account is not None
    return list(counting(case, case.account, parts or [Part("", case)]))


def told(case: Case) -> list[str]:
    """What is said of each outage, without its edges."""
    return [one.split(": ", 1)[1] for one in steps(case) if one.startswith("Outage 2026")]


def outage(**terms: Any) -> dict[str, Any]:  # noqa: ANN401
    """Outage terms with one thing said."""
    down = {"loss_at_least": "100%"}
    clock = {"start": "measured", "end": "restored"}
    return {"outage": {"down": down, "clock": clock, "across_periods": "split", **terms}}


@pytest.mark.parametrize(
    ("minimum", "hours", "words"),
    [
        ({"at_least": "1h"}, 0.999, "down 59 min 56.4 s, shorter than 1 h: not counted"),
        ({"at_least": "1h"}, 1, "down 60 min, counted 60 min"),
        ({"longer_than": "1h"}, 1, "down 60 min, not longer than 1 h: not counted"),
        ({"longer_than": "1h"}, 1.5, "down 90 min, counted 90 min"),
        ({"at_least": "1h", "mode": "deductible"}, 1, "down 60 min, nothing exceeds 1 h: not counted"),
        ({"at_least": "1h", "mode": "deductible"}, 1.5, "down 90 min, counted 30 min"),
        ({"longer_than": "1h", "mode": "deductible"}, 1, "down 60 min, not longer than 1 h: not counted"),
    ],
)
def test_an_outage_under_the_minimum_says_why_it_is_not_counted(
    minimum: dict[str, Any], hours: float, words: str
) -> None:
    assert told(a_case(down=april((2, 2 + hours)), **outage(minimum=minimum))) == [words]


def test_an_outage_that_is_excluded_altogether_counts_nothing_and_is_not_called_short() -> None:
    one = a_case(
        down=april((2, 3)),
        excluded=Excluded(numerator=april((1, 4))),
        **outage(minimum={"at_least": "1h"}),
    )
    assert told(one) == ["down 60 min, excluded 60 min, counted 0 min"]


def test_time_off_the_service_hours_is_not_called_excluded() -> None:
    # 1 April 2026 is a Wednesday: 17:30 to 19:00, of which an hour is off, and 10 min are noted
    off = off_hours(Hours.parse(DAY_HOURS), "UTC", APRIL, APRIL + 24 * HOUR)
    one = a_case(down=april((17.5, 19)), excluded=Excluded(numerator=april((17.5, 17.75)), off_hours=off))
    assert told(one) == ["down 90 min, outside service hours 60 min, excluded 15 min, counted 15 min"]


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ("down", "not measured for 60 min, counted as down, counted 60 min"),
        ("carry", None),
        ("up", None),
        ("exclude", None),
    ],
)
def test_time_that_nobody_measured_is_not_called_down(policy: str, words: str | None) -> None:
    one = a_case(silence=april((2, 3)), unknown={"policy": policy})
    assert told(one) == ([words] if words else [])


def test_unknown_time_behind_an_outage_is_told_apart_from_it() -> None:
    one = a_case(down=april((1, 2)), silence=april((2, 2.5)), unknown={"policy": "carry"})
    assert told(one) == ["down 60 min, not measured for 30 min, as down as before, counted 90 min"]


def test_an_outage_over_the_edge_is_told_as_a_piece_where_it_is_cut() -> None:
    down = april((-1, 2))
    assert told(a_case(down=down, **outage())) == ["a piece of its 180 min, down 120 min, counted 120 min"]
    whole = a_case(down=april((719, 722)), now="2026-06-01T00:00:00Z", **outage(across_periods="start"))
    assert told(whole) == ["down 180 min, counted 180 min"]


def test_parts_are_told_by_name_with_a_denominator_each() -> None:
    one, other = a_case(down=april((5, 6))), a_case(down=april((2, 3)))
    found = steps(one, Part("X-1", one), Part("X-2", other))
    assert found == [
        "X-2: outage 2026-04-01 02:00:00 +00:00 to 2026-04-01 03:00:00 +00:00: down 60 min, counted 60 min",
        "X-1: outage 2026-04-01 05:00:00 +00:00 to 2026-04-01 06:00:00 +00:00: down 60 min, counted 60 min",
        "X-1: the denominator is real time: 43,200 min",
        "X-2: the denominator is real time: 43,200 min",
    ]


@pytest.mark.parametrize(("n", "last"), [(12, "p: the"), (13, "Each of 13 parts is divided by its own")])
def test_more_than_twelve_parts_are_not_told_one_by_one(n: int, last: str) -> None:
    one = a_case()
    assert steps(one, *[Part("p", one)] * n)[-1].startswith(last)


def test_more_than_ten_outages_are_told_by_their_sum() -> None:
    one = a_case(down=april(*((2 * place, 2 * place + 1) for place in range(12))))
    assert steps(one)[10:12] == ["2 more outages: 120 min counted", "The sum is 720 min"]


def test_a_sum_that_is_rounded_is_told_before_and_after() -> None:
    rounding = {"to": "1h", "mode": "down", "each": "period"}
    one = a_case(down=april((2, 3.75)), **outage(round=rounding))
    assert "The sum is 105 min, rounded 60 min" in steps(one)


def test_what_leaves_the_denominator_is_named() -> None:
    one = a_case(silence=april((2, 3)), excluded=Excluded(window=april((5, 7))))
    assert steps(one)[-1] == (
        "The denominator is real time: 43,200 min less 60 min unknown and 120 min excluded, 43,020 min in all"
    )


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({}, "real time"),
        ({"denominator": "nominal"}, "nominal, a day has 24 h"),
        ({"denominator": {"fixed": "30d"}}, "fixed at 720 h a period"),
        ({"denominator": {"fixed": "2190h"}}, "fixed at 2,190 h a period"),
        ({"denominator": {"fixed": "90m"}}, "fixed at 90 min a period"),
        (
            {"hours": DAY_HOURS | {"Sat": "08:00-12:00"}},
            "real time in service hours (Mon-Fri 08:00-18:00, Sat 08:00-12:00)",
        ),
    ],
)
def test_a_denominator_is_said_in_words(terms: dict[str, Any], words: str) -> None:
    assert denominator_words(a_case(**terms).terms) == words
