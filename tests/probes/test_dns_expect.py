"""What a DNS answer must be."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from probes.dns.expect import DnsExpectation, canonical, fits, shown
from probes.dns.wire import Answer, Question
from probes.model import Reason
from tests.probes.dns_rounds import TXT, A

MX, AAAA, DS = 15, 28, 43
QUESTION = Question((b"example", b"test"), A, 1)


def answer(*values: str, **changes: Any) -> Answer:  # noqa: ANN401
    plain = {"rcode": 0, "authoritative": False, "authenticated": False, "count": len(values), "ttl": 60}
    return Answer(values=values, **plain | changes)


ONE, TWO = "192.0.2.1", "192.0.2.2"


@pytest.mark.parametrize(
    ("expect", "came", "said"),
    [
        ({}, answer(ONE), None),
        ({}, answer(), None),
        ({}, answer(rcode=3), "rcode NXDOMAIN, expected NOERROR"),
        ({}, answer(rcode=25), "rcode 25, expected NOERROR"),
        ({"rcode": "nxdomain"}, answer(rcode=3), None),
        ({"rcode": ["NXDOMAIN", "REFUSED"]}, answer(rcode=5), None),
        ({"rcode": ["NXDOMAIN", "REFUSED"]}, answer(ONE), "rcode NOERROR, expected NXDOMAIN or REFUSED"),
        ({"answer": ONE}, answer(TWO, ONE), None),
        ({"answer": [ONE, TWO]}, answer(TWO, ONE), None),
        ({"answer": [ONE, TWO]}, answer(ONE), f"answered {ONE}, expected {TWO}"),
        ({"answer": ONE}, answer(), f"no answer of type A, expected {ONE}"),
        ({"answer": "192.0.*"}, answer(TWO), None),
        ({"answer": "192.0.*"}, answer("198.51.100.1"), "answered 198.51.100.1, expected 192.0.*"),
        ({"answer": ONE, "exact": True}, answer(ONE), None),
        ({"answer": ONE, "exact": True}, answer(ONE, TWO), f"answered {TWO} too, expected {ONE} alone"),
        ({"answer": "192.0.2.*", "exact": True}, answer(ONE, TWO), None),
        ({"min_answers": 2}, answer(ONE, TWO), None),
        ({"min_answers": 2}, answer(ONE), "1 answers of type A, expected at least 2"),
        ({"authoritative": True}, answer(authoritative=True), None),
        ({"authoritative": True}, answer(), "the answer is not authoritative, expected otherwise"),
        ({"authoritative": False}, answer(), None),
        ({"authenticated": True}, answer(), "the answer is not authenticated, expected otherwise"),
        (
            {"authenticated": False},
            answer(authenticated=True),
            "the answer is authenticated, expected otherwise",
        ),
    ],
)
def test_an_answer_is_as_expected_or_the_first_difference_is_said(
    expect: dict[str, Any], came: Answer, said: str | None
) -> None:
    failure = DnsExpectation(**expect).judge(came, QUESTION)
    assert (failure and (failure.reason, failure.detail)) == (said and (Reason.MISMATCH, said))


@pytest.mark.parametrize(
    ("rdtype", "written", "kept"),
    [
        (A, "192.0.2.1", "192.0.2.1"),
        (A, "192.0.2.*", "192.0.2.*"),
        (AAAA, "2001:DB8:0:0::1", "2001:db8::1"),
        (MX, "10 Mail.Example.test", "10 mail.example.test."),
        (MX, "10 mail.example.test.", "10 mail.example.test."),
        (MX, "10 MX*.example.test.", "10 mx*.example.test."),
        (TXT, "v=spf1 -all", "v=spf1 -all"),
        (TXT, '"v=spf1" " -all"', "v=spf1 -all"),
        (TXT, "v=spf1 *", "v=spf1 *"),
        (DS, "1 8 2 ABCD" + "00" * 30, "1 8 2 abcd" + "00" * 30),
        (65_280, r"\# 2 0AFF", r"\# 2 0aff"),
    ],
)
def test_a_value_may_be_written_in_any_of_its_forms(rdtype: int, written: str, kept: str) -> None:
    assert canonical(written, 1, rdtype) == kept


@pytest.mark.parametrize(
    ("expected", "value", "does"),
    [
        ("a*", "abc", True),
        ("*", "", True),
        ("*c", "abc", True),
        ("a*c", "abcd", False),
        ("a?c*", "abc", False),
        ("a?c*", "a?cd", True),
        ("[a]*", "a", False),
        ("[a]*", "[a]b", True),
        ("a*b", "a\nb", True),
    ],
)
def test_only_a_star_stands_for_anything(expected: str, value: str, does: bool) -> None:
    assert fits(expected, value) is does


def test_no_value_takes_a_pattern_long() -> None:
    assert not fits("*a" * 30 + "*b", "a" * 65_000)


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_value_fits_itself_and_a_star_fits_all(value: str, other: str) -> None:
    assert fits("*", value)
    assert fits(value, value)
    assert fits(f"{value}*".replace("**", "*"), value.replace("*", "") + other) or "*" in value


def test_what_came_is_shown_in_part_and_without_what_moves_a_cursor() -> None:
    assert shown([ONE, TWO]) == f"{ONE}, {TWO}"
    assert shown(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"
    assert shown(["\x1b[2J", "x" * 61]) == f"?[2J, {'x' * 60}…"


@pytest.mark.parametrize(
    ("expect", "said"),
    [
        ({"rcode": "NOPE"}, "'NOPE' is not a response code such as NOERROR, NXDOMAIN, SERVFAIL or REFUSED"),
        ({"rcode": []}, "is an empty list: name a response code such as NOERROR"),
        ({"exact": True}, "exact needs `answer`, the values that may be there"),
        ({"min_answers": -1}, "greater than or equal to 0"),
        ({"answers": ONE}, "Extra inputs are not permitted"),
    ],
)
def test_an_expectation_that_nothing_can_meet_is_refused(expect: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match="1 validation error") as caught:
        DnsExpectation(**expect)
    assert said in str(caught.value)
