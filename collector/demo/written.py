"""A note of the made-up year, before it is in the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from collector.notebook.bodies import made


@dataclass(frozen=True, slots=True)
class Written:
    """A note to be written; `values` as `bodies.made` takes them."""

    at_ms: int
    author: str
    kind: str
    values: Mapping[str, Any]
    name: str = ""
    """How others of reviews.toml speak of it."""

    def text(self) -> str:
        """The note's body as the ledger keeps it."""
        return made(self.kind, self.values).as_text()
