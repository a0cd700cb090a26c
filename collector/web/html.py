"""How pages are made from templates: what comes from outside is escaped, a missing name is an error."""

from __future__ import annotations

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


@cache
def template(name: str) -> Template:
    """A template of `templates/`, read once."""
    return ENVIRONMENT.get_template(name)


def render(name: str, /, **values: Any) -> bytes:  # noqa: ANN401 - whatever the template shows
    """A whole document as bytes in UTF-8; a lone surrogate of a hostile name becomes a question mark."""
    return template(name).render(**values).encode("utf-8", "replace")
