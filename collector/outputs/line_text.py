"""The texts that a line of line protocol is made of. Pure.

Source: InfluxDB line protocol reference (escaping of tag values: comma, equals sign, space).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

from probes.clock import NS_PER_MS

NOTHING = "_none"
"""Stands for an empty tag value, which no store accepts."""


_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\\\u2028\u2029]")
_SPECIAL = re.compile(r"([,= ])")

Tags = Sequence[tuple[str, str]]


def clean(value: str) -> str:
    r"""A tag value that every store can hold.

    Control characters and backslashes become `_`: the stores disagree on how to read them (a
    backslash before a comma, or at the end, makes InfluxDB 1 take the separator for text). A lone
    surrogate becomes `?`, an empty value NOTHING.
    """
    return _UNFIT.sub("_", value).encode("utf-8", "replace").decode() or NOTHING


def tag_text(value: str) -> str:
    """`clean(value)`, escaped for its place in a line."""
    return _SPECIAL.sub(r"\\\1", clean(value))


def float_text(value: float) -> str:
    """The shortest decimal that reads back as `value`, without an exponent, with a point: 0.0000021."""
    text = repr(float(value))
    if "e" in text:
        text = f"{Decimal(text):f}"
    return text if "." in text else f"{text}.0"


def line(measurement: str, tags: str, fields: Iterable[str], at_ms: int) -> bytes:
    """One line without its line end; `tags` begins with a comma, `fields` are `name=value` texts."""
    return f"{measurement}{tags} {','.join(fields)} {at_ms * NS_PER_MS}".encode()


def tags_text(tags: Tags) -> str:
    """`,name=value` of each tag in the order given."""
    return "".join(f",{name}={tag_text(value)}" for name, value in tags)


def string(text: str) -> str:
    """A string field's value."""
    escaped = _UNFIT.sub("_", text).replace('"', '\\"')
    return '"' + escaped.encode("utf-8", "replace").decode() + '"'
