"""What each answer of a store asks of us."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.outputs.answers import MAX_RETRY_AFTER_MS, Action, Do, classify, retry_after_ms

NOW_MS = 1_767_225_600_000
JSON = {"Content-Type": "application/json"}


def v3_partial(bad: int) -> bytes:
    lines = [
        {"error_message": "invalid column type", "line_number": n, "original_line": "m v=1"}
        for n in range(1, bad + 1)
    ]
    return json.dumps({"error": "partial write of line protocol occurred", "data": lines}).encode()


@pytest.mark.parametrize(
    ("status", "headers", "body", "action"),
    [
        (204, {}, b"", Action(Do.ACCEPT)),
        (200, JSON, b"{}", Action(Do.ACCEPT)),
        (
            200,
            {"content-type": "text/html; charset=utf-8"},
            b"<html>",
            Action(Do.HOLD, "200 with a web page: this URL is not a store's"),
        ),
        (
            400,
            JSON,
            b'{"error":"partial write: field type conflict: input field \\"v\\" dropped=3"}\n',
            Action(
                Do.REJECT, '400: partial write: field type conflict: input field "v" dropped=3', rejected=3
            ),
        ),
        (
            400,
            JSON,
            b'{"error":"partial write: unable to parse \'m bad\': invalid field format dropped=0"}',
            Action(Do.SPLIT, "400: partial write: unable to parse 'm bad': invalid field format dropped=0"),
        ),
        (
            400,
            JSON,
            b'{"error":"unable to parse \'m bad\': invalid field format"}',
            Action(Do.SPLIT, "400: unable to parse 'm bad': invalid field format"),
        ),
        (
            422,
            JSON,
            b'{"code":"unprocessable entity","message":"failure writing points to database: partial write: '
            b'points beyond retention policy dropped=7"}',
            Action(
                Do.REJECT,
                "422: failure writing points to database: partial write: "
                "points beyond retention policy dropped=7",
                rejected=7,
            ),
        ),
        (400, JSON, b'{"code":"invalid","message":"bad line"}', Action(Do.SPLIT, "400: bad line")),
        (
            400,
            JSON,
            v3_partial(2),
            Action(
                Do.REJECT, "400: partial write of line protocol occurred: invalid column type", rejected=2
            ),
        ),
        (
            400,
            JSON,
            v3_partial(100),
            Action(Do.SPLIT, "400: partial write of line protocol occurred: invalid column type"),
        ),
        (
            400,
            JSON,
            b'{"error":"parsing failed for write_lp endpoint","data":{"line_number":2}}',
            Action(Do.SPLIT, "400: parsing failed for write_lp endpoint"),
        ),
        (
            413,
            {"X-Influxdb-Error": "Request Entity Too Large"},
            b"",
            Action(Do.SHRINK, "413: Request Entity Too Large"),
        ),
        (429, {"Retry-After": "30"}, b"slow down", Action(Do.RETRY, "429: slow down", 30_000)),
        (
            503,
            {"RETRY-AFTER": "Thu, 01 Jan 2026 00:02:00 GMT"},
            b"",
            Action(Do.RETRY, "503: without a word", 120_000),
        ),
        (500, {}, b'{"error":"timeout"}', Action(Do.RETRY, "500: timeout")),
        (408, {}, b"", Action(Do.RETRY, "408: without a word")),
        (401, JSON, b'{"error":"authorization failed"}', Action(Do.HOLD, "401: authorization failed")),
        (403, JSON, b'{"error":"not authorized"}', Action(Do.HOLD, "403: not authorized")),
        (
            404,
            JSON,
            b'{"error":"database not found: \\"linkledger\\""}',
            Action(Do.HOLD, '404: database not found: "linkledger"'),
        ),
        (405, {}, b"", Action(Do.HOLD, "405: without a word")),
        (
            302,
            {"Location": "https://store.example/"},
            b"",
            Action(Do.HOLD, "302: redirected to https://store.example/"),
        ),
    ],
)
def test_an_answer_decides(status: int, headers: Mapping[str, str], body: bytes, action: Action) -> None:
    assert classify(status, headers, body, NOW_MS) == action


@pytest.mark.parametrize(
    ("value", "wait_ms"),
    [
        (None, None),
        ("0", 0),
        ("120", 120_000),
        (" 5 ", 5_000),
        ("99999999", MAX_RETRY_AFTER_MS),
        ("Thu, 01 Jan 2026 00:00:10 GMT", 10_000),
        ("Wed, 31 Dec 2025 23:00:00 GMT", 0),
        ("soon", None),
        ("-5", None),
        ("²", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_never_over_an_hour(
    value: str | None, wait_ms: int | None
) -> None:
    assert retry_after_ms(value, NOW_MS) == wait_ms


@given(
    st.integers(100, 599),
    st.dictionaries(st.sampled_from(["Retry-After", "Content-Type", "Location"]), st.text()),
    st.binary(max_size=80)
    | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(
        lambda value: json.dumps({"error": value, "message": value, "data": [value]}).encode()
    ),
)
def test_no_answer_is_too_strange_to_judge(status: int, headers: dict[str, str], body: bytes) -> None:
    action = classify(status, headers, body, NOW_MS)
    assert (action.do is Do.ACCEPT) <= (200 <= status < 300)
    assert action.why.isprintable()
