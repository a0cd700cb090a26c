"""Lists in pieces, by their laws."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.web.api.endpoint import BadParameter
from collector.web.api.paging import cursor_of, key_of, paged

KEYS = st.tuples(st.integers(), st.text(max_size=5))


@given(st.sets(KEYS, max_size=30), st.integers(1, 10))
def test_the_pages_joined_are_the_whole_in_order(entries: set[tuple[int, str]], limit: int) -> None:
    found: list[tuple[int, str]] = []
    cursor = None
    while True:
        page = paged(entries, lambda one: one, {"limit": limit, "cursor": cursor}, lambda one: one)
        assert len(page["items"]) <= limit
        found += page["items"]
        if page["next"] is None:
            break
        cursor = key_of(page["next"])
    assert found == sorted(entries)


@given(KEYS)
def test_a_cursor_stands_for_its_entry(key: tuple[int, str]) -> None:
    assert key_of(cursor_of(key)) == key


@given(st.text(max_size=50))
def test_any_other_text_is_refused_or_an_entry(text: str) -> None:
    with suppress(ValueError):
        key = key_of(text)
        assert key_of(cursor_of(key)) == key


def test_an_entry_that_has_gone_since_shifts_nothing() -> None:
    cursor = key_of(cursor_of(("b",)))
    page = paged(["a", "c", "d"], lambda one: (one,), {"limit": 1, "cursor": cursor}, lambda one: one)
    assert page["items"] == ["c"]


def test_a_cursor_of_another_list_is_refused() -> None:
    with pytest.raises(BadParameter, match="of another list"):
        paged(["a"], lambda one: (one,), {"limit": 1, "cursor": (7,)}, lambda one: one)
