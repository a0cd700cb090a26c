"""JSON as a history needs it: exact numbers, no key twice, and the line of any value on demand."""

from __future__ import annotations

import gc
import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from typing import Any

from collector.history.problems import HistoryErrors
from collector.history.values import NotANumber
from config.errors import Path, Place, Problem, dotted

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{},:]|[^\s\[\]{},:"]++')
_LINE_END = re.compile(r"\r\n?|\n")


class _KeyTwice(Exception):  # noqa: N818 - a fact about a text
    """A map has a key twice, which JSON's reader would let pass."""


def read_json(text: str, file: str) -> Any:  # noqa: ANN401 - whatever it holds
    """The value that a text is; numbers with a point are Decimals, NaN and infinities NotANumber.

    Raises HistoryErrors where it is no JSON, or has a key twice.
    """
    try:
        return json.loads(
            text, parse_float=_decimal, parse_constant=NotANumber, object_pairs_hook=_without_doubles
        )
    except json.JSONDecodeError as error:
        what = f"is not JSON: {error.msg[0].lower()}{error.msg[1:]}"
        raise HistoryErrors([Problem(*_place(file, _lines(text), error.pos), "", what)]) from None
    except _KeyTwice:
        raise HistoryErrors(_doubles(file, text)) from None
    except RecursionError:
        raise HistoryErrors([Problem(file, 0, 0, "", "is nested too deeply to be a history")]) from None
    except ValueError:  # Python's own limit for a whole number's digits
        raise HistoryErrors([Problem(file, 0, 0, "", "holds a number of thousands of digits")]) from None


def _decimal(text: str) -> Decimal | NotANumber:
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent beyond all reason
        return NotANumber(text)


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _KeyTwice
    return found


@contextmanager
def no_garbage() -> Iterator[None]:
    """A big file makes millions of objects that stay: looking through them takes longer than reading."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def places(text: str, file: str, wanted: set[Path]) -> Mapping[Path, Place]:
    """Where the values at the wanted paths begin, in a text that is good JSON."""
    lines = _lines(text)
    return {path: _place(file, lines, at) for path, at in _values(text) if path in wanted}


def _doubles(file: str, text: str) -> Iterator[Problem]:
    seen: set[Path] = set()
    lines = _lines(text)
    for path, at in _values(text):
        if path in seen:
            why = f"key {path[-1]!r} stands here a second time: keep one of them"
            yield Problem(*_place(file, lines, at), dotted(path), why)
        seen.add(path)


def _lines(text: str) -> list[int]:
    """Where each line begins."""
    return [0, *(end.end() for end in _LINE_END.finditer(text))]


def _place(file: str, lines: list[int], at: int) -> Place:
    line = bisect_right(lines, at)
    return Place(file, line, at - lines[line - 1] + 1)


def _values(text: str) -> Iterator[tuple[Path, int]]:
    """Every value of a good JSON text: its path, and where it begins; holders before what they hold."""
    path: list[str | int | None] = []
    """The key or place in each holder that is open; None where a key comes next."""
    maps: list[bool] = []
    for match in _TOKEN.finditer(text):
        part = match[0]
        if part in "]}":
            maps.pop()
            path.pop()
        elif part == ",":
            last = path[-1]
            path[-1] = None if maps[-1] else int(last or 0) + 1
        elif maps and maps[-1] and path[-1] is None:
            path[-1] = json.loads(part)
        elif part != ":":
            yield tuple(path), match.start()  # type: ignore[arg-type] # a value never stands where a key is due
            if part in "[{":
                maps.append(part == "{")
                path.append(None if part == "{" else 0)
