"""What statements call a statistic, a length of time and a moment."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

import pytest

from collector.sla.calendar import moment
from collector.sla.rounding import in_words, joined, trimmed
from collector.sla.stat_words import above_words, packets_words, stat_words
from config.measures import Lost, LostAs
from config.terms import INFINITE
from tests.collector.sla.build import ms

AS_2_S = LostAs.model_validate({"as": "2s"})
Rule = Literal["ignore", "infinite"]


@pytest.mark.parametrize(
    ("stat", "words"),
    [
        ("mean", "the mean"),
        ("max", "the largest"),
        ("p1", "the 1st percentile"),
        ("p2", "the 2nd percentile"),
        ("p3", "the 3rd percentile"),
        ("p11", "the 11th percentile"),
        ("p12", "the 12th percentile"),
        ("p13", "the 13th percentile"),
        ("p50", "the 50th percentile"),
        ("p91", "the 91st percentile"),
        ("p95", "the 95th percentile"),
        ("p100", "the 100th percentile"),
        ("p99.9", "the 99.9th percentile"),
        ("p99.1", "the 99.1th percentile"),
    ],
)
def test_a_statistic_is_named_in_words(stat: str, words: str) -> None:
    assert stat_words(stat) == words


@pytest.mark.parametrize(
    ("answered", "lost", "rule", "words"),
    [
        (8628, 12, "infinite", "8,640 sent packets (12 lost, as infinite)"),
        (8628, 12, "ignore", "8,628 answered packets (12 lost, left out)"),
        (8628, 12, AS_2_S, "8,640 sent packets (12 lost, as 2 s)"),
        (8628, 0, "infinite", "8,628 sent packets (none lost)"),
        (1, 0, "ignore", "1 answered packet (none lost)"),
        (0, 1, "infinite", "1 sent packet (1 lost, as infinite)"),
    ],
)
def test_packets_are_told_with_what_a_lost_one_counts_as(
    answered: int, lost: int, rule: Lost, words: str
) -> None:
    assert packets_words(answered, lost, rule) == words


@pytest.mark.parametrize(
    ("answered", "lost", "rule", "words"),
    [
        (8502, 0, "infinite", "900 of 8,502 sent packets"),
        (8500, 2, "infinite", "900 of 8,502 sent packets (2 lost, as infinite)"),
        (8500, 2, "ignore", "900 of 8,502 sent packets (2 lost, not among them)"),
        (8500, 2, AS_2_S, "900 of 8,502 sent packets (2 lost, as 2 s)"),
    ],
)
def test_a_share_is_told_as_so_many_of_all(answered: int, lost: int, rule: Lost, words: str) -> None:
    assert above_words(Fraction(100 * 900, 8502), answered, lost, rule) == words


def test_a_share_of_nothing_is_none_of_none() -> None:
    assert above_words(None, 0, 0, "ignore") == "0 of 0 sent packets"
    assert above_words(Fraction(100), 1, 0, "ignore") == "1 of 1 sent packet"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("15m", "15 min"),
        ("<= 54ms", "<= 54 ms"),
        (">= 80% within 2bd", ">= 80% within 2 business days"),
        ("<= 0bd", "<= 0 business days"),
        ("from 1bd to 5bd", "from 1 business day to 5 business days"),
        ("1h30m", "1 h 30 min"),
        ("30d", "30 days"),
        ("1d", "1 day"),
        ("2w", "2 weeks"),
        ("500us", "500 us"),
        ("longer than 12h within 90d:", "longer than 12 h within 90 days:"),
        ("0.5m,", "0.5 min,"),
        ("1 day", "1 day"),
        ("at least 99.95%", "at least 99.95%"),
        ("04:00:00", "04:00:00"),
        ("X-1h of par-2d and 5mm", "X-1h of par-2d and 5mm"),
    ],
)
def test_lengths_of_a_contract_are_said_with_their_units(text: str, words: str) -> None:
    assert in_words(text) == words


@pytest.mark.parametrize(
    ("names", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a or b"), (["a", "b", "c"], "a, b or c")]
)
def test_names_are_joined_as_in_a_sentence(names: list[str], text: str) -> None:
    assert joined(names, "or") == text


def test_a_trimmed_figure_has_no_needless_zero() -> None:
    assert [trimmed(Fraction(one)) for one in ("100", "99.9375", "0", "0.0000001")] == [
        *("100", "99.9375", "0", "0"),
    ]
    assert trimmed(INFINITE) == INFINITE


@pytest.mark.parametrize(
    ("at", "zone", "text"),
    [
        ("2026-04-03T10:00:00Z", "America/New_York", "2026-04-03 06:00:00 -04:00"),
        ("2026-10-25T00:30:00Z", "Europe/Berlin", "2026-10-25 02:30:00 +02:00"),
        ("2026-10-25T01:30:00Z", "Europe/Berlin", "2026-10-25 02:30:00 +01:00"),
        ("2026-04-03T10:00:00.250Z", "Asia/Kolkata", "2026-04-03 15:30:00.250 +05:30"),
        ("2026-04-03T10:00:00Z", "UTC", "2026-04-03 10:00:00 +00:00"),
    ],
)
def test_a_moment_is_said_as_the_wall_shows_it(at: str, zone: str, text: str) -> None:
    assert moment(ms(at), zone) == text
