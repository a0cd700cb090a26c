"""What all rules have in common: names, keys, order, and the words they are said in."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.analysis.recommend import RULES, ordered, recommend, words
from collector.analysis.recommendation import Recommendation, Urgency
from collector.notebook.words import LONGEST_NAME

TODAY = date(2026, 4, 1)
ROOT = Path(__file__).parents[4]
names = st.sampled_from(sorted(RULES))


def made(rule: str = "claim", about: str = "a", period: str = "2026-03", **more: object) -> Recommendation:
    return recommend(rule, about, period, text="do it", today=TODAY, **more)


def test_the_page_about_performance_lists_every_rule_as_it_is() -> None:
    page = (ROOT / "docs" / "performance.md").read_text()
    told = page.partition("## Recommendations\n")[2].partition("\n## ")[0]
    listed = re.findall(r"^\| `(\w+)` \| (\w+) \| (.+) \|$", told, re.MULTILINE)
    assert listed == [(one.name, one.urgency, one.says) for one in RULES.values()]


def test_every_rule_has_a_module_or_is_in_one() -> None:
    folder = ROOT / "collector" / "analysis" / "recommend"
    source = "".join(path.read_text() for path in sorted(folder.glob("*.py")) if path.name != "rules.py")
    assert [name for name in RULES if f'"{name}"' not in source] == []


@given(names, st.text("abc-./", min_size=1, max_size=400), st.just("2026-Q1"))
def test_a_key_is_stable_unique_and_short_enough_to_be_dismissed(rule: str, about: str, period: str) -> None:
    one = made(rule, about, period)
    assert one.key == made(rule, about, period, urgency="plan").key
    assert one.key != made(rule, about + "x", period).key
    assert len(one.key) <= LONGEST_NAME


@pytest.mark.parametrize(
    ("urgency", "left", "becomes"),
    [
        ("soon", 15, "soon"),
        ("soon", 14, "now"),
        ("soon", 0, "now"),
        ("soon", -1, "soon"),
        ("plan", 1, "plan"),
        ("now", None, "now"),
        ("soon", None, "soon"),
    ],
)
def test_a_near_day_makes_it_urgent(urgency: Urgency, left: int | None, becomes: str) -> None:
    until = None if left is None else TODAY + timedelta(left)
    assert made(urgency=urgency, until=until).urgency == becomes


def test_they_stand_by_urgency_then_by_day_then_by_money_and_each_once() -> None:
    far = date(2027, 1, 1)
    found = [
        made(about="plan", urgency="plan", until=far),
        made(about="rich", amount=Decimal(9), currency="EUR"),
        made(about="poor", amount=Decimal(1), currency="EUR"),
        made(about="dated", until=far),
        made(about="now", urgency="now"),
    ]
    names = [one.key.split(":")[1] for one in ordered([*found, replace(found[1], text="again")])]
    assert names == ["now", "dated", "rich", "poor", "plan"]


@given(st.permutations([made(about=name) for name in "abcdef"]))
def test_their_order_does_not_depend_on_who_came_first(some: list[Recommendation]) -> None:
    assert ordered(some) == ordered(reversed(some))


@pytest.mark.parametrize(
    ("said", "is_"),
    [
        (words.day(date(2026, 5, 31)), "31 May 2026"),
        (words.period("2026-04"), "April 2026"),
        (words.period("2026-Q2"), "the second quarter of 2026"),
        (words.period("2026-W14"), "2026-W14"),
        (words.period("2026-13"), "2026-13"),
        (words.money(Fraction(2001, 2), "USD"), "1,000.50 USD"),
        (words.money(Fraction(1, 200), "USD"), "0.01 USD"),
        (words.money(Fraction(-1, 200), ""), "-0.01"),
        (words.rate(2.5e9), "2.5 Gbit/s"),
        (words.rate(999.9e6), "1000 Mbit/s"),
        (words.rate(64_000), "64 kbit/s"),
        (words.rate(12), "12 bit/s"),
        (words.length("12mo"), "12 months"),
        (words.length("1y"), "1 year"),
        (words.floored(0.9999999), "99.999%"),
        (words.floored(1.0), "100.000%"),
        (words.listed(["a"]), "a"),
        (words.listed(["a", "b", "c"]), "a, b and c"),
        (words.listed(list("abcdef")), "a, b, c and 3 more"),
        (words.quarter(date(2026, 12, 31)), "2026-Q4"),
        (words.moment(1_772_504_040_000, "Europe/London"), "3 March 2026 02:14"),
    ],
)
def test_how_things_are_said(said: str, is_: str) -> None:
    assert said == is_
