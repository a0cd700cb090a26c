"""What came from outside may stand in a sentence: short, on one line, with nothing that acts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.shown import clean, quoted


@pytest.mark.parametrize(
    ("text", "most", "shown"),
    [
        ("plain", 80, "'plain'"),
        ("it's", 80, '"it\'s"'),
        ("ü\x1b[31m\r\n\u202e", 80, "'ü\\x1b[31m\\r\\n\\u202e'"),
        (b"SSH-2.0\xff", 80, "'SSH-2.0\\\\xff'"),
        ("a" * 11, 10, "'aaaaaaaaaa'…"),
        (b"a" * 99, 10, "'aaaaaaaaaa'…"),
    ],
)
def test_it_is_quoted_escaped_and_cut(text: str | bytes, most: int, shown: str) -> None:
    assert quoted(text, most) == shown


@given(st.text() | st.binary(), st.integers(1, 50))
def test_whatever_it_is_it_can_be_printed_and_is_short(text: str | bytes, most: int) -> None:
    assert quoted(text, most).isprintable()
    assert len(quoted(text, most)) <= 10 * most + 3
    if isinstance(text, str):
        assert clean(text, most).isprintable()
        assert len(clean(text, most)) <= most + 1
