"""Which page is drawn by which view. One table; a new page is one line here and one module in views/."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from urllib.parse import unquote

from collector.clerk import Desk
from collector.web.packing import Packed, packed
from collector.web.views.view import Asked


@dataclass(frozen=True, slots=True)
class Page:
    """`path` as aiohttp matches it; `view` is a module of views/, or `module:function` where not `draw`."""

    path: str
    view: str


PAGES = (
    Page("/circuits/{circuit}", "circuit"),
    Page("/circuits/{circuit}/rtt.svg", "circuit:picture"),
    Page("/circuits/{circuit}/statement", "statement"),
    Page("/circuits/{circuit}/rounds", "rounds"),
    Page("/carriers", "carriers"),
    Page("/carriers/{carrier}", "carrier"),
    Page("/claims", "claims"),
    Page("/claims/{scope}/{contract}/{period}", "claim"),
    Page("/claims/{scope}/{contract}/{period}/pack.zip", "claim:pack"),
    Page("/outages/{circuit}/{start}", "outage"),
    Page("/performance", "todo"),
    Page("/performance/kpis", "kpis"),
    Page("/performance/goals", "goals"),
    Page("/performance/reviews", "reviews"),
    Page("/performance/reviews/{period}", "review"),
    Page("/notes", "notes"),
    Page("/feedback", "feedback"),
    Page("/feedback/{site}/{token}", "feedback:open_form"),
    Page("/reports", "reports"),
    Page("/host", "host"),
)
"""Every page that is drawn from the ledger, in the clerk's process; `/` is drawn in the daemon (front.py)."""


def drawn(desk: Desk, view: str, asked: Asked, *, gzip: bool) -> Packed:
    """A view's answer, packed where who asks takes that; runs in the clerk's process.

    Raises what the view raises: BadRequest, NotFound, LedgerError.
    """
    module, _, function = view.partition(":")
    draw = getattr(import_module(f"collector.web.views.{module}"), function or "draw")
    return packed(draw(desk, asked), gzip=gzip)


def page_of(path: str) -> tuple[Page | None, dict[str, str], str]:
    """The page at a local path (its query aside), the variable parts of the path, and the path alone."""
    bare = path.partition("?")[0]
    given = bare.split("/")
    for page in PAGES:
        pattern = page.path.split("/")
        if len(pattern) == len(given) and all(_fits(*both) for both in zip(pattern, given, strict=True)):
            named = zip(pattern, given, strict=True)
            parts = {name.strip("{}"): unquote(value) for name, value in named if name.startswith("{")}
            return page, parts, bare
    return None, {}, bare


def _fits(pattern: str, given: str) -> bool:
    return bool(given) if pattern.startswith("{") else pattern == given
