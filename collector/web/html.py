"""How pages are made from templates: what comes from outside is escaped, a missing name is an error."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from collector.web.statics import static

ENVIRONMENT = Environment(
    loader=PackageLoader(__package__),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
ENVIRONMENT.globals["static"] = static


PIECE = 32_768
"""So many characters are drawn at once: some milliseconds of CPU."""


@cache
def template(name: str) -> Template:
    """A template of `templates/`, read once."""
    return ENVIRONMENT.get_template(name)


def render(name: str, /, **values: Any) -> bytes:  # noqa: ANN401 - whatever the template shows
    """A whole document as bytes in UTF-8; a lone surrogate of a hostile name becomes a question mark."""
    return template(name).render(**values).encode("utf-8", "replace")


def pieces(name: str, /, **values: Any) -> Iterator[bytes]:  # noqa: ANN401
    """The same in pieces, each made when it is asked for, after the values that come as iterators."""
    gathered: list[str] = []
    size = 0
    for text in template(name).generate(**values):
        gathered.append(text)
        size += len(text)
        if size >= PIECE:
            yield "".join(gathered).encode("utf-8", "replace")
            gathered, size = [], 0
    yield "".join(gathered).encode("utf-8", "replace")
