"""How far an output has come, as three places in the ledger. Pure.

```
 1 ......... taken ......... filled ......... head ......... end
   done              to do            done            to do
```

Mostly the three are one: everything up to `taken` is done. After a long cut, where the newest is
wanted first, a *back-fill* opens: `filled` and `head` jump to the ledger's end, new rows move `head`
up as ever, and what was missed is filled in from `filled` down to `taken`. When they meet, the
back-fill is over and the three are one again. All three are cursors, so a restart goes on where it was.
Beside them stands what a rewind has still to send again from packed hours, which no cursor speaks of.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from collector.ledger.places import FILLED, HEAD, Again


@dataclass(frozen=True, slots=True)
class Span:
    """Rows with `after` < seq <= `upto`."""

    after: int
    upto: int

    def __len__(self) -> int:
        return self.upto - self.after


@dataclass(frozen=True, slots=True)
class Progress:
    """Rows up to `taken` are done, and those in (`filled`, `head`]; taken <= filled <= head."""

    taken: int
    filled: int
    head: int
    again: Again | None = None
    """Packed hours that are to be sent again; None: none."""

    def __post_init__(self) -> None:
        if not 0 <= self.taken <= self.filled <= self.head:
            raise ValueError(f"{self} is not in order")
        if self.taken == self.filled < self.head:
            raise ValueError(f"{self} has an open back-fill with nothing to fill")

    @classmethod
    def at(cls, seq: int) -> Progress:
        """Everything up to `seq` is done."""
        return cls(seq, seq, seq)

    @classmethod
    def load(
        cls, name: str, cursor: Callable[[str], int | None], again: Again | None = None
    ) -> Progress | None:
        """What was kept under `name`, or None for a new output.

        The main cursor rules when it was set by hand: moved back, what lies between is filled in again;
        moved on, the other two follow.
        """
        taken, filled, head = (cursor(name + suffix) for suffix in ("", FILLED, HEAD))
        if taken is None:
            return None
        if filled is None or head is None or not taken < filled <= head:
            return cls(taken, taken, taken, again)
        return cls(taken, filled, head, again)

    def cursors(self, name: str) -> dict[str, int]:
        """What to keep, by cursor name."""
        return {name: self.taken, name + FILLED: self.filled, name + HEAD: self.head}

    @property
    def filling(self) -> bool:
        """Whether a back-fill is open."""
        return self.taken < self.filled

    def lag(self, end: int) -> int:
        """How many rows are to do."""
        return self.filled - self.taken + max(0, end - self.head)

    def back_fill(self, end: int) -> Progress:
        """Open a back-fill: the rows up to `end` are for later, the newest of them first."""
        return self if self.filling or end <= self.head else replace(self, filled=end, head=end)

    def ahead(self, end: int, limit: int) -> Span:
        """The next new rows, `limit` at most."""
        return Span(self.head, max(self.head, min(self.head + limit, end)))

    def behind(self, limit: int) -> Span:
        """The newest rows still to be filled in, `limit` at most."""
        return Span(max(self.taken, self.filled - limit), self.filled)

    def done(self, span: Span) -> Progress:
        """After `span`, which `ahead` or `behind` gave (or a shorter one that begins or ends there)."""
        if span.after == self.head:
            return replace(self, head=span.upto) if self.filling else self._level(span.upto)
        if span.upto != self.filled:
            raise ValueError(f"{span} is not next to {self}")
        if span.after == self.taken:
            return self._level(self.head)
        return replace(self, filled=span.after)

    def _level(self, seq: int) -> Progress:
        return replace(self, taken=seq, filled=seq, head=seq)
