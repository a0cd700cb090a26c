"""What an explanation is made of: parts of lines, and the small words that all of them share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from config.terms import Target, Term
from probes.values import Duration

_UNITS = {
    "us": "microsecond",
    "ms": "millisecond",
    "s": "second",
    "m": "minute",
    "h": "hour",
    "d": "day",
    "w": "week",
    "bd": "business day",
}
_LENGTH = re.compile(r"(\d+(?:\.\d+)?)\s*(us|ms|s|m|h|d|w|bd)")
_WITHIN = re.compile(rf"(?<![\w.-]){_LENGTH.pattern}(?![\w-])")


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence, and what is listed under it."""

    text: str
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """Lines under a heading."""

    title: str
    lines: tuple[Line, ...]


def cited(text: str, *terms: Term | None) -> str:
    """The sentence with the clauses that it was read from, before its full stop or colon."""
    clauses = list(dict.fromkeys(one.clause for one in terms if one is not None and one.clause))
    if not clauses:
        return text
    return f"{text[:-1]} (clause {', '.join(clauses)}){text[-1]}"


def lines(*texts: str) -> tuple[Line, ...]:
    """A line for each sentence; empty ones are left out."""
    return tuple(Line(text) for text in texts if text)


def spoken(length: Duration | str) -> str:
    """`48h` as `48 hours`, `5bd` as `5 business days`, `1h30m` as `1 hour 30 minutes`."""
    text = str(length)
    found = list(_LENGTH.finditer(text))
    if not found or "".join(one[0] for one in found) != text:
        return text
    return " ".join(f"{one[1]} {_UNITS[one[2]]}{'' if one[1] == '1' else 's'}" for one in found)


def unabridged(text: str) -> str:
    """A sentence with its lengths of time in full: `for 1m or longer` as `for 1 minute or longer`."""
    return _WITHIN.sub(lambda one: spoken(one[0]), text)


def listed(names: Iterable[str], word: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    known = list(names)
    return f" {word} ".join([*([", ".join(known[:-1])] if known[:-1] else []), *known[-1:]])


def promised(target: Target) -> str:
    """`>= 99.9%` as `99.9% or more`, `< 45ms` as `less than 45 milliseconds`."""
    value = spoken(target.text.removeprefix(target.operator).strip())
    return {
        ">=": f"{value} or more",
        "<=": f"{value} or less",
        ">": f"more than {value}",
        "<": f"less than {value}",
    }[target.operator]


def at_the_edge(target: Target) -> str:
    """Whether the promised value itself keeps the promise."""
    kept = "keeps" if "=" in target.operator else "breaks"
    return f"exactly {spoken(target.text.removeprefix(target.operator).strip())} {kept} it"


def sentence(text: str) -> str:
    """With a capital letter and a full stop."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', ':')) else '.'}"


def numbered(first: Sequence[str]) -> str:
    """`(1) this; (2) that`."""
    return "; ".join(f"({place}) {text}" for place, text in enumerate(first, 1))
