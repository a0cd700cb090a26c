"""A clerk's desk over the made-up January, and how a view is asked at it."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

from collector.clerk import Desk
from collector.ledger.notes import record, withdraw
from collector.ledger.opening import editing
from collector.notebook.bodies import made
from collector.web.views.view import Asked, Drawn
from probes.clock import NS_PER_MS, Instant
from tests.collector.claiming.estate import OVER_MS
from tests.collector.web.booked import Booked

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


def desk(booked: Booked, now_ms: int = OVER_MS, **settings: Any) -> Desk:  # noqa: ANN401
    """The desk; `settings` are laid over the configuration."""
    held = booked.settings.model_copy(update=settings)
    return Desk(held, held.ledger.path, Instant(now_ms * NS_PER_MS, 0))


def note(booked: Booked, of_kind: str, /, *, at_ms: int = OVER_MS, author: str = "ann", **said: Any) -> int:  # noqa: ANN401
    """Write a note, and give its number."""
    with editing(booked.settings.ledger.path) as connection:
        return record(connection, made(of_kind, said), at_ms=at_ms, author=author).id


def take_back(booked: Booked, number: int, reason: str = "a mistake") -> int:
    """Withdraw a note."""
    with editing(booked.settings.ledger.path) as connection:
        return withdraw(connection, number, at_ms=OVER_MS, author="bob", reason=reason)


def asked(path: str, author: str = "ann", **more: Any) -> Asked:  # noqa: ANN401
    """A request of somebody who may write."""
    return replace(Asked(path, author=author), **more)


class Seen(HTMLParser):
    """What a browser would make of a page: its tags, its text, its links and the fields of its forms."""

    def __init__(self, drawn: Drawn) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.fields: dict[str, str] = {}
        self.handlers: list[str] = []
        self.words: list[str] = []
        self.feed(drawn.body.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        self.tags.append(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on") or name == "style"]
        if tag == "a":
            self.links.append(held.get("href") or "")
        if tag in {"input", "select", "textarea"} and held.get("name"):
            self.fields[str(held["name"])] = held.get("value") or ""

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        """All of it on one line."""
        return " ".join(" ".join(self.words).split())

    @property
    def harmless(self) -> bool:
        """Nothing that came from outside became a tag, a handler or an address that runs."""
        scripts = self.tags.count("script") <= 2  # the theme's, and the page's own
        runs = any(one.lower().startswith(("javascript:", "data:")) for one in self.links)
        return scripts and not self.handlers and not runs and "alert(1)" in self.text
