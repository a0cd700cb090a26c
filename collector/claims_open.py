"""Open claims as `status`, /metrics and the log show them: small, and read without any statement. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from collector.times import rfc3339

if TYPE_CHECKING:  # `status` reads lines without what a claim is computed with
    from collector.claiming.book import ClaimNow

SOON_MS = 14 * 86_400_000
"""A claim that lapses within this is about to."""
UNSENT = frozenset({"detected", "ticketed", "eligible"})
"""States in which it is our move."""


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """One claim; times in UTC milliseconds, money with two places and never added over currencies."""

    scope: str
    circuits: tuple[str, ...]
    carrier: str
    contract: str
    period: str
    state: str
    currency: str
    amount: str
    """The credit by the latest statement."""
    claimable: str
    owed: str
    ticket_deadline_ms: int | None = None
    submit_deadline_ms: int | None = None
    notice_deadline_ms: int | None = None
    lapses_ms: int | None = None
    next_step: str | None = None
    owner: str | None = None
    due: str | None = None

    @classmethod
    def of(cls, claim: ClaimNow) -> Self:
        """Out of the book of claims."""
        from collector.sla.statement import money

        return cls(
            scope=claim.scope,
            circuits=claim.circuits,
            carrier=claim.carrier,
            contract=claim.contract,
            period=claim.period,
            state=claim.state,
            currency=claim.currency,
            amount=money(claim.amount) or "0.00",
            claimable=money(claim.claimable) or "0.00",
            owed=money(claim.owed) or "0.00",
            ticket_deadline_ms=claim.ticket_deadline_ms,
            submit_deadline_ms=claim.submit_deadline_ms,
            notice_deadline_ms=claim.notice_deadline_ms,
            lapses_ms=claim.lapses_ms,
            next_step=claim.next_step,
            owner=claim.owner,
            due=None if claim.due is None else claim.due.isoformat(),
        )

    def as_text(self) -> str:
        """JSON, to be kept."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def read(cls, text: str) -> Self:
        """What `as_text` gave; keys of another version are left out."""
        held = json.loads(text)
        known = {one.name for one in fields(cls)}
        return cls(
            **{key: value for key, value in held.items() if key in known}
            | {"circuits": tuple(held["circuits"])}
        )

    @property
    def deadlines(self) -> Mapping[str, int]:
        """The deadlines of what is still to be done, by name: a claim that was sent has met its own."""
        ours = self.state in UNSENT
        found = {
            "ticket": self.ticket_deadline_ms if ours else None,
            "submit": self.submit_deadline_ms if ours else None,
            "notice": self.notice_deadline_ms,
        }
        return {name: at_ms for name, at_ms in found.items() if at_ms is not None}

    @property
    def next_deadline(self) -> str | None:
        """The name of the deadline at which it lapses."""
        return next((name for name, at_ms in self.deadlines.items() if at_ms == self.lapses_ms), None)

    def lapses_soon(self, now_ms: int) -> bool:
        """Whether it lapses within 14 days."""
        return self.lapses_ms is not None and now_ms < self.lapses_ms <= now_ms + SOON_MS


def by_urgency(claims: Iterable[ClaimLine], now_ms: int) -> list[ClaimLine]:
    """What lapses first, first; then what has no deadline ahead, the oldest period first."""

    def urgency(one: ClaimLine) -> tuple[bool, int, str, str, str]:
        ahead = one.lapses_ms is not None and one.lapses_ms > now_ms
        return not ahead, one.lapses_ms or 0 if ahead else 0, one.period, one.carrier, one.scope

    return sorted(claims, key=urgency)


def sums(claims: Sequence[ClaimLine]) -> Iterator[tuple[str, Decimal, Decimal]]:
    """Currency, what can be claimed, and what is owed, by currency; a sum of nothing is left out."""
    for currency in sorted({one.currency for one in claims if one.currency}):
        ours = [one for one in claims if one.currency == currency]
        claimable = sum((Decimal(one.claimable) for one in ours), Decimal())
        owed = sum((Decimal(one.owed) for one in ours), Decimal())
        if claimable or owed:
            yield currency, claimable, owed


def document(claim: ClaimLine) -> dict[str, Any]:
    """A claim as `status --json` shows it."""
    times = {
        "ticket_deadline": claim.ticket_deadline_ms,
        "submit_deadline": claim.submit_deadline_ms,
        "notice_deadline": claim.notice_deadline_ms,
        "lapses": claim.lapses_ms,
    }
    told = {one.name: getattr(claim, one.name) for one in fields(claim) if not one.name.endswith("_ms")}
    return told | {
        "circuits": list(claim.circuits),
        **{name: None if at_ms is None else rfc3339(at_ms) for name, at_ms in times.items()},
    }
