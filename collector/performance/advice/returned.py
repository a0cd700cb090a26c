"""What holding carriers to their contracts returned: money due, claimed, received, lapsed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from fractions import Fraction
from typing import Any

from collector.analysis.money import exact
from collector.claiming.book import UNSENT, ClaimNow
from collector.clerk import Desk
from collector.performance.advice.facts.look import book_of
from collector.sla.calendar import DAY_MS

_NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Money:
    """The credits of some periods in one currency, exact to the cent.

    `due` is what the statements give. It is claimed, still open to be claimed, or lapsed; what was
    claimed is received, waited for, or refused.
    """

    due: Decimal = _NOTHING
    claimed: Decimal = _NOTHING
    """What was asked for, or came without being asked."""
    received: Decimal = _NOTHING
    waiting: Decimal = _NOTHING
    """Asked for or accepted, and not here yet."""
    refused: Decimal = _NOTHING
    """Asked for, and rejected or given up."""
    lapsed: Decimal = _NOTHING
    """The time to claim it is over, or a ticket that it needed came too late."""
    open: Decimal = _NOTHING
    """Can still be claimed, some of it only once a ticket is written down."""
    claims: int = 0
    """So many claims were sent."""
    days: int | None = None
    """Median from asking to the credit note; None where none came."""


@dataclass(frozen=True, slots=True)
class Returned:
    """Of the periods whose last day lies in [from, to)."""

    from_ms: int
    to_ms: int
    by_currency: Mapping[str, Money]
    """In order of the currency's code: two are never added."""


def returned(desk: Desk, from_ms: int, to_ms: int, carrier: str | None = None) -> Returned:
    """What came of the credits of every period whose last day lies in [from, to); raises LedgerError."""
    book, zone = book_of(desk), desk.settings.zone
    found = [
        one
        for one in book.claims
        if one.ended_within(from_ms, to_ms, zone) and one.currency and carrier in {None, one.carrier}
    ]
    came = {one.id: one.at_ms for one in desk.reader.notes("credit")}
    sums = {
        currency: _sum([one for one in found if one.currency == currency], came, desk.now.wall_ms)
        for currency in sorted({one.currency for one in found})
    }
    return Returned(from_ms, to_ms, {currency: one for currency, one in sums.items() if one.due})


def as_json(one: Returned) -> dict[str, Any]:
    """As the API, the command and the pack give it: amounts are text."""
    return {
        currency: {
            name: str(value) if isinstance(value, Decimal) else value for name, value in asdict(each).items()
        }
        for currency, each in one.by_currency.items()
    }


def _sum(claims: Iterable[ClaimNow], came: Mapping[int, int], now_ms: int) -> Money:
    claims = list(claims)
    parts = [_parts(one, now_ms) for one in claims]
    amounts = {
        field.name: exact(sum((part.get(field.name, Fraction(0)) for part in parts), Fraction(0)))
        for field in fields(Money)
        if field.name not in {"claims", "days"}
    }
    days = sorted(_days(claims, came))
    return Money(
        **amounts,
        claims=sum(one.submitted_ms is not None for one in claims),
        days=days[len(days) // 2] if days else None,
    )


def _parts(one: ClaimNow, now_ms: int) -> dict[str, Fraction]:
    """Where the money of one claim is."""
    parts = {"due": one.amount, "received": one.received, "waiting": one.owed}
    if one.state in UNSENT and not one.received:
        return {"due": one.amount} | _unsent(one, now_ms)
    asked = max(one.submitted, one.received, one.expected)
    return parts | {"claimed": asked, "refused": max(Fraction(0), asked - one.received - one.owed)}


def _unsent(one: ClaimNow, now_ms: int) -> dict[str, Fraction]:
    """Of what nobody has asked for: until its day is over it can be, where nothing blocks it for good."""
    if one.revision is None:
        return {}
    if one.state == "detected" and one.submit_deadline_ms is not None and now_ms < one.submit_deadline_ms:
        return {"open": one.amount}  # nobody has written a ticket down: there may have been one
    if one.state == "expired":
        return {"lapsed": one.amount}
    return {"open": one.claimable, "lapsed": max(Fraction(0), one.amount - one.claimable)}


def _days(claims: Iterable[ClaimNow], came: Mapping[int, int]) -> Iterator[int]:
    for one in claims:
        notes = [came[number] for number in one.credit_notes if number in came]
        if notes and one.submitted_ms is not None:
            yield max(0, min(notes) - one.submitted_ms) // DAY_MS
