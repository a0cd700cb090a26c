"""What a view is given, and what it gives back. Values alone: they travel between two processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from collector.web.sources import CircuitNow


@dataclass(frozen=True, slots=True)
class Banner:
    """What stands at the top of every page."""

    site: str
    """Where this host stands."""
    down: int = 0
    unknown: int = 0
    up: int = 0
    reasons: tuple[str, ...] = ()
    """Why the daemon is not ready; empty when it is."""
    made_up: bool = False
    """All of it is a demo's."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, as far as a view needs to know it."""

    path: str
    """The path without the query, for links back to this very view."""
    parts: Mapping[str, str] = field(default_factory=dict)
    """The variable parts of the path, such as `circuit`."""
    query: Mapping[str, str] = field(default_factory=dict)
    """Unchecked: a view reads its own parameters, and raises BadRequest with what would be right."""
    author: str = ""
    """Whose name a note would bear; empty: this person may only read."""
    banner: Banner = field(default_factory=lambda: Banner(""))
    now: tuple[CircuitNow, ...] = ()
    """The circuits that the path names, as they are now; empty where none of them is measured here."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """An answer."""

    body: bytes
    content_type: str = "text/html"
    etag: str = ""
    """Of what will never change, such as a closed period's statement; empty: it may."""


class BadRequest(ValueError):  # noqa: N818 - the name of the answer (RFC 9110 15.5.1)
    """A parameter that can't be understood; the text says which, and what would be right."""


class NotFound(LookupError):  # noqa: N818 - the name of the answer (RFC 9110 15.5.5)
    """There is no such thing; the text says what there is."""
