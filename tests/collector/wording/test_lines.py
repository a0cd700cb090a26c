"""The small words that all sentences share."""

from __future__ import annotations

import pytest

from collector.wording.lines import (
    at_the_edge,
    cited,
    listed,
    numbered,
    promised,
    sentence,
    spoken,
    unabridged,
)
from config.contract import Claim
from config.terms import Target

CLAIM = Claim(clause="5.1")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1m", "1 minute"),
        ("48h", "48 hours"),
        ("1h30m", "1 hour 30 minutes"),
        ("5bd", "5 business days"),
        ("1bd", "1 business day"),
        ("0.5ms", "0.5 milliseconds"),
        ("90 s", "90 seconds"),
        ("2w", "2 weeks"),
        ("99.9%", "99.9%"),
        ("target", "target"),
        ("", ""),
    ],
)
def test_a_length_is_told_in_full_and_all_else_as_it_is(text: str, told: str) -> None:
    assert spoken(text) == told


def test_lengths_inside_a_sentence_are_told_in_full() -> None:
    told = unabridged("for 1m or longer, 60 s of 15m, p95m, 3 outages, 1.5h.")
    assert told == "for 1 minute or longer, 60 seconds of 15 minutes, p95m, 3 outages, 1.5 hours."


@pytest.mark.parametrize(
    ("text", "told", "edge"),
    [
        (">= 99.9%", "99.9% or more", "exactly 99.9% keeps it"),
        ("> 99.9%", "more than 99.9%", "exactly 99.9% breaks it"),
        ("<= 45ms", "45 milliseconds or less", "exactly 45 milliseconds keeps it"),
        ("<1bd", "less than 1 business day", "exactly 1 business day breaks it"),
        (">= 4.0", "4.0 or more", "exactly 4.0 keeps it"),
    ],
)
def test_a_promise_says_what_its_very_edge_is(text: str, told: str, edge: str) -> None:
    assert promised(Target.parse(text)) == told
    assert at_the_edge(Target.parse(text)) == edge


@pytest.mark.parametrize(
    ("names", "told"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_names_are_listed_as_people_do(names: list[str], told: str) -> None:
    assert listed(names) == told


def test_a_clause_stands_before_the_end_of_its_sentence_once() -> None:
    assert cited("It pays.", CLAIM, None, CLAIM) == "It pays (clause 5.1)."
    assert cited("One of:", CLAIM, Claim(clause="6")) == "One of (clause 5.1, 6):"
    assert cited("It pays.", None, Claim()) == "It pays."


def test_a_sentence_begins_and_ends_like_one() -> None:
    assert (sentence("by rtt"), sentence("Any of:"), sentence("It is so.")) == (
        "By rtt.",
        "Any of:",
        "It is so.",
    )
    assert numbered(["this", "that"]) == "(1) this; (2) that"
