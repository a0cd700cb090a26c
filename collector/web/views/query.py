"""What a page's address says, read so that a mistake is answered with what would be right. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from collector.web.views.view import BadRequest
from config.errors import nearest

LONGEST = 9
"""Digits of a number: more are none that a page could mean."""


def choice(query: Mapping[str, str], name: str, known: Iterable[str]) -> str:
    """One of the `known` words, the first where nothing is said; raises BadRequest."""
    words = tuple(known)
    given = query.get(name, words[0])
    if given not in words:
        raise BadRequest(f"`{name}`: {given!r} is none: {nearest(given, [one for one in words if one])}")
    return given


def number(query: Mapping[str, str], name: str, default: int) -> int:
    """A whole number from 1; raises BadRequest."""
    given = query.get(name, str(default))
    if not (given.isascii() and given.isdecimal() and len(given) <= LONGEST and int(given) > 0):
        raise BadRequest(f"`{name}` is a whole number from 1")
    return int(given)


def place(query: Mapping[str, str], total: int) -> int:
    """The number of the first row to show, `first`; one past the end shows the beginning."""
    first = number(query, "first", 1)
    return first if first <= total else 1
