"""Whether an answer says what it should, as tables."""

from __future__ import annotations

import re

import pytest

from probes.http.exchange import Answer, Finder
from probes.http.expectations import (
    Question,
    keeps_body,
    needles,
    questions,
    unmet,
    wrong_status,
)
from probes.http.options import HttpExpect
from probes.model import Reason

HEADERS = [("server", "nginx/1.22"), ("x-a", "1"), ("x-a", "2")]


def expecting(**keys: object) -> HttpExpect:
    return HttpExpect.model_validate(keys)


def answer(expect: HttpExpect, body: bytes = b"", status: int = 200, limit: int = 100) -> Answer:
    """An answer as it is after the body was read."""
    one = Answer(limit, Finder(needles(expect)), bytearray() if keeps_body(expect) else None)
    one.status, one.headers = status, HEADERS
    one.take(body)
    return one


def missing(expect: HttpExpect, one: Answer, days_left: float | None = None) -> str | None:
    """The detail of what is not met, regexes searched on the spot."""
    searched: dict[tuple[str, str | None], bool] = {
        (asked.where, asked.regex): re.search(asked.regex, asked.text.decode()) is not None
        for asked in questions(expect, one)
    }
    failure = unmet(expect, one, searched, days_left)
    assert failure is None or failure.reason is Reason.MISMATCH
    return None if failure is None else failure.detail


@pytest.mark.parametrize(
    ("wanted", "status", "reason", "detail"),
    [
        (None, 200, None, ""),
        (None, 302, None, ""),
        (None, 399, None, ""),
        (None, 404, Reason.MISMATCH, "status 404, expected 200 to 399"),
        (None, 500, Reason.MISMATCH, "status 500, expected 200 to 399"),
        (None, 401, Reason.AUTH, "status 401, expected 200 to 399"),
        (None, 403, Reason.AUTH, "status 403, expected 200 to 399"),
        (None, 407, Reason.AUTH, "status 407, expected 200 to 399"),
        (401, 401, None, ""),
        (200, 204, Reason.MISMATCH, "status 204, expected 200"),
        ([200, 204], 204, None, ""),
        ("2xx", 226, None, ""),
        (["2xx", 404], 503, Reason.MISMATCH, "status 503, expected 2xx or 404"),
    ],
)
def test_a_status_is_good_or_it_is_said_what_was_expected(
    wanted: object, status: int, reason: Reason | None, detail: str
) -> None:
    expect = expecting() if wanted is None else expecting(status=wanted)
    failure = wrong_status(expect, answer(expect, status=status))
    assert (failure and failure.reason, failure.detail if failure else "") == (reason, detail)


@pytest.mark.parametrize(
    ("header", "detail"),
    [
        ({"Server": "nginx"}, None),
        ({"SERVER": {"regex": r"^nginx/1\.\d+$"}}, None),
        ({"X-A": "1, 2"}, None),
        ({"Server": "apache"}, "header Server: 'nginx/1.22', expected 'apache' in it"),
        ({"Server": {"regex": "^a"}}, "header Server: 'nginx/1.22', expected regex '^a' in it"),
        ({"X-B": "1"}, "no header X-B, expected '1' in it"),
        ({"X-B": {"regex": "1"}}, "no header X-B, expected regex '1' in it"),
    ],
)
def test_a_header_holds_what_it_should(header: object, detail: str | None) -> None:
    expect = expecting(header=header)
    assert missing(expect, answer(expect)) == detail


@pytest.mark.parametrize(
    ("keys", "detail"),
    [
        ({"body": "well"}, None),
        ({"body": ["well", {"regex": "^all"}]}, None),
        ({"body": ["well", "bad"]}, "no 'bad' in 11 bytes of body"),
        ({"body": {"regex": "^is"}}, "no regex '^is' in 11 bytes of body"),
        ({"not_body": "error"}, None),
        ({"not_body": ["error", {"regex": "w.ll"}]}, "regex 'w.ll' in 11 bytes of body, expected none"),
        ({"body": "well", "not_body": "all"}, "'all' in 11 bytes of body, expected none"),
    ],
)
def test_a_body_holds_what_it_should_and_not_what_it_should_not(
    keys: dict[str, object], detail: str | None
) -> None:
    expect = expecting(**keys)
    assert missing(expect, answer(expect, b"all is well")) == detail


@pytest.mark.parametrize(
    ("keys", "detail"),
    [
        ({"body": "all"}, None),
        ({"body": "well"}, "no 'well' in 6 bytes of body, which is not all of it: see body_limit"),
        ({"not_body": "all"}, "'all' in 6 bytes of body, expected none"),
        (
            {"not_body": "well"},
            "no 'well' in the first 6 bytes of body, and nobody knows of the rest: see body_limit",
        ),
    ],
)
def test_what_a_body_that_was_cut_cannot_show_is_not_met(keys: dict[str, object], detail: str | None) -> None:
    expect = expecting(**keys)
    assert missing(expect, answer(expect, b"all is well", limit=6)) == detail


def test_a_body_that_was_compressed_unasked_is_said_to_be() -> None:
    expect = expecting(body="well")
    one = answer(expect, b"\x1f\x8b")
    one.headers = [("content-encoding", "gzip")]
    assert missing(expect, one) == "no 'well' in 2 bytes of body, which came as 'gzip' unasked"


@pytest.mark.parametrize(
    ("days_left", "detail"),
    [
        (14.5, None),
        (3.25, "the certificate ends in 3.2 days, expected at least 14"),
        (None, "no certificate, expected one for at least 14 days"),
    ],
)
def test_a_certificate_must_be_good_for_as_long_as_was_said(
    days_left: float | None, detail: str | None
) -> None:
    expect = expecting(min_days_left=14)
    assert missing(expect, answer(expect), days_left) == detail


def test_only_regexes_are_asked_for_and_only_where_there_is_a_text() -> None:
    expect = expecting(
        header={"Server": {"regex": "x"}, "X-B": {"regex": "y"}, "X-A": "1"}, body={"regex": "z"}
    )
    assert questions(expect, answer(expect, b"body")) == [
        Question("Server", "x", b"nginx/1.22"),
        Question("", "z", b"body"),
    ]
    plain = expecting(body="z")
    assert answer(plain, b"body").body is None
    assert questions(plain, answer(plain, b"body")) == []
