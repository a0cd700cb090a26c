"""HTML as tests look at it: its tags, its text, and that it is safe to open."""

from __future__ import annotations

import re
from html.parser import HTMLParser

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"
"""A name that is a program where it isn't escaped."""


class Document(HTMLParser):
    """The start tags of a document with their attributes, and its text."""

    def __init__(self, html: str | bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(html.decode() if isinstance(html, bytes) else html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data

    @property
    def text(self) -> str:
        """What a person reads, with one space between words."""
        return re.sub(r"\s+", " ", self.words)

    def of(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of every such element."""
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def scripts(self) -> list[str]:
        """Scripts that would run beside those of our own files, and handlers and styles in attributes."""
        own = [one.get("src") or "" for one in self.of("script")]
        inline = [name for _, attributes in self.tags for name in attributes if name.startswith("on")]
        styled = [tag for tag, attributes in self.tags if "style" in attributes]
        return [
            *(one for one in own if not one.startswith("/static/")),
            *inline,
            *styled,
            *map(str, self.of("style")),
        ]

    @property
    def strange(self) -> list[str]:
        """What is loaded from elsewhere."""
        loaded = [
            attributes.get("src") or (attributes.get("href") if tag == "link" else None)
            for tag, attributes in self.tags
        ]
        return [one for one in loaded if one is not None and not one.startswith("/")]
