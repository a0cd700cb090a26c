"""Claims, statements and notes for tables: a reader that holds what it is given."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, cast

from collector.claiming.book import Book, ClaimNow
from collector.claiming.dates import Deadlines
from collector.claiming.track import Track
from collector.ledger.model import LedgerReader, Outage
from collector.ledger.records import Note
from collector.ledger.revisions import Revision, RevisionKey
from collector.notebook.bodies import made
from collector.sla.calendar import Period, rfc3339
from config.settings import Settings
from tests.collector.claiming.estate import FEBRUARY_MS, LATE_MS, OVER_MS
from tests.collector.test_statements import JANUARY_MS

JANUARY = Period("2026-01", JANUARY_MS, FEBRUARY_MS, "UTC")
NO_DATES = Deadlines(None, (), None)


def track(state: str = "eligible", claimable: str = "100", **more: Any) -> Track:  # noqa: ANN401
    """A claim of lon-acme for January, in GBP."""
    scope = more.pop("scope", "lon-acme")
    given: dict[str, Any] = {
        "scope": scope, "circuits": (scope,), "carrier": "acme", "contract": "gold", "period": JANUARY,
        "state": state, "currency": "GBP", "amount": Fraction(claimable), "claimable": Fraction(claimable),
        "deadlines": NO_DATES,
    }  # fmt: skip
    return Track(**(given | more))


def statement(scope: str = "lon-acme", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """As much of a statement's JSON as a claim needs; `credit` and `claim` are laid over what is usual."""
    credit = {"currency": "GBP", "amount": "100.00", "claimable": "100.00", "blocked_by": []}
    claim = {"state": "eligible", "ticket_deadline": None, "submit_deadline": rfc3339(LATE_MS)}
    return {
        "circuit": scope,
        "circuits": [scope],
        "carrier": "acme",
        "contract": "gold",
        "period": {"timezone": "UTC"},
        "outages": [],
        **more,
        "credit": credit | more.get("credit", {}),
        "claim": claim | more.get("claim", {}),
    }


def revision(told: dict[str, Any], number: int = 1, label: str = "2026-01") -> Revision:
    """The revision of a statement for January."""
    key = RevisionKey(told["circuit"], told["contract"], JANUARY_MS, FEBRUARY_MS)
    return Revision(key, label, number, "sha256:d", json.dumps(told), (), "{}", OVER_MS, "ann", "issued")


def seen(*values: object) -> tuple[object, ...]:
    """What is held against a table: a fraction may be written as a whole number there."""
    return values


@dataclass
class Shelf:
    """A reader of what stands on it, and nothing else."""

    stated: Sequence[Revision] = ()
    noted: list[Note] = field(default_factory=list)
    outs: Sequence[Outage] = ()

    def note(self, kind: str, *, at_ms: int = OVER_MS, withdraws: int | None = None, **said: Any) -> int:  # noqa: ANN401
        """Write a note, and give its number."""
        body = made(kind, {"reason": None if kind == "ticket" else "why", **said})
        number = len(self.noted) + 1
        self.noted.append(Note(number, at_ms, "ann", kind, body.as_text(), withdraws))
        return number

    def claim(self, state: str, *, at_ms: int = OVER_MS, **said: Any) -> int:  # noqa: ANN401
        """A claim's note against acme for January."""
        usual = {"carrier": "acme", "period": "2026-01", "state": state}
        usual |= {"reason_code": "WHY"} if state == "rejected" else {}
        return self.note("claim", at_ms=at_ms, **(usual | said))

    def credit(self, amount: str, **said: Any) -> int:  # noqa: ANN401
        """A credit note for lon-acme and January."""
        usual = {"account": "A-100", "carrier_id": "CX/1001", "period": "2026-01", "reference": "CN"}
        return self.note("credit", amount=amount, **(usual | said))

    @property
    def reader(self) -> LedgerReader:
        """As the book takes it."""
        return cast("LedgerReader", self)

    def notes(self, kind: str | None = None) -> list[Note]:
        return [one for one in self.noted if kind in {None, one.kind}]

    def revisions(
        self, scope: str | None = None, label: str | None = None, *, brief: bool = False
    ) -> Sequence[Revision]:
        return self.stated

    def outages(
        self, *, circuit: str | None = None, from_ms: int = 0, to_ms: int = 2**62
    ) -> Sequence[Outage]:
        return [one for one in self.outs if (one.end_ms is None or one.end_ms > from_ms)
                and circuit in {None, one.circuit} and one.start_ms < to_ms]  # fmt: skip

    def book(self, settings: Settings, now_ms: int = OVER_MS) -> Book:
        return Book.read(settings, self.reader, now_ms)

    def claims(self, settings: Settings, now_ms: int = OVER_MS) -> list[ClaimNow]:
        return self.book(settings, now_ms).claims

    def one(self, settings: Settings, now_ms: int = OVER_MS) -> ClaimNow:
        (found,) = self.claims(settings, now_ms)
        return found
