"""Lists in pieces: a cursor says after which entry the next piece begins. Pure.

It names the entry and not its place, so that what is added or goes meanwhile shifts nothing.
"""

from __future__ import annotations

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from collector.web.api.endpoint import BadParameter, Parameter
from collector.web.api.kinds import Kind, whole

MOST = 1_000
LONGEST = 2_000
Key = tuple[str | int, ...]
T = TypeVar("T")


def cursor_of(key: Key) -> str:
    """The text that stands for an entry."""
    return urlsafe_b64encode(json.dumps(key, separators=(",", ":")).encode()).decode().rstrip("=")


def key_of(text: str) -> Key:
    """The entry that a cursor stands for; raises ValueError for what is none."""
    try:
        if len(text) > LONGEST or not text.isascii():
            raise ValueError("too long")
        padded = text + "=" * (-len(text) % 4)
        key = json.loads(urlsafe_b64decode(padded.encode()).decode())
    except (ValueError, binascii.Error, RecursionError):
        key = None
    good = isinstance(key, list) and key and all(type(one) in (str, int) for one in key)
    if not good:
        raise ValueError("is to be the `next` of an answer to the same question")
    return tuple(key)


LIMIT = Parameter("limit", whole(1, MOST), "how many entries at most", "100", "100")
CURSOR = Parameter(
    "cursor",
    Kind({"type": "string", "minLength": 1, "maxLength": LONGEST}, key_of),
    "where to go on: `next` of the answer before",
    cursor_of(("lon-acme",)),
)
PAGING = (LIMIT, CURSOR)


def paged(
    entries: Iterable[T], key: Callable[[T], Key], given: Mapping[str, Any], shown: Callable[[T], Any]
) -> dict[str, Any]:
    """`{"items": [...], "next": ...}`: the entries after the cursor in order of their key, which is unique.

    Raises BadParameter for a cursor of another list.
    """
    ordered = sorted(entries, key=key)
    after, limit = given["cursor"], given["limit"]
    try:
        begin = 0 if after is None else bisect_right(ordered, after, key=key)
    except TypeError:  # a number where a text stands
        raise BadParameter.one("cursor", "is of another list") from None
    piece = ordered[begin : begin + limit]
    more = begin + limit < len(ordered)
    return {"items": [shown(one) for one in piece], "next": cursor_of(key(piece[-1])) if more else None}
