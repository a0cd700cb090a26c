"""The open claims of `linkledger status`: what lapses first, the money by currency, the next step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from collector.claims_open import ClaimLine, by_urgency, document, sums
from collector.times import span

ROWS = 10
"""So many stand on the screen; `--json` has them all."""
WHAT = {
    "ticket": "open a ticket",
    "submit": "claim it",
    "notice": "use the right that the failures gave, or it is lost",
}


def claims_title(claims: Sequence[ClaimLine], now_ms: int) -> str:
    """How many there are, and the sums: two currencies are never added."""
    soon = sum(one.lapses_soon(now_ms) for one in claims)
    parts = [f"Claims: {len(claims)} open", *([f"{soon} about to lapse"] if soon else [])]
    for currency, claimable, owed in sums(claims):
        parts.append(f"{claimable:,} {currency} to claim" if claimable else f"nothing to claim in {currency}")
        if owed != claimable:
            parts.append(f"{owed:,} {currency} owed")
    more = len(claims) - ROWS
    return ", ".join(parts) + (f"; {more} more: status --json" if more > 0 else "")


def claim_rows(claims: Sequence[ClaimLine], now_ms: int) -> Iterator[tuple[bool, tuple[str, ...]]]:
    """Whether it is about to lapse, and its cells, the most urgent first."""
    for one in by_urgency(claims, now_ms)[:ROWS]:
        money = f"{one.claimable} {one.currency}".strip()
        yield (
            one.lapses_soon(now_ms),
            (_left(one, now_ms), one.scope, one.carrier, one.period, one.state, money, _next(one, now_ms)),
        )


def claims_document(claims: Sequence[ClaimLine], now_ms: int) -> list[dict[str, Any]]:
    """What `--json` prints, the most urgent first."""
    return [document(one) for one in by_urgency(claims, now_ms)]


def _left(one: ClaimLine, now_ms: int) -> str:
    return "" if one.lapses_ms is None or one.lapses_ms <= now_ms else span((one.lapses_ms - now_ms) // 1000)


def _next(one: ClaimLine, now_ms: int) -> str:
    """What a person noted; else what the deadline that is ahead is for."""
    if one.next_step is not None:
        by = f" by {one.due}" if one.due else ""
        return f"{one.owner}: {one.next_step}{by}" if one.owner else f"{one.next_step}{by}"
    ahead = one.lapses_ms is not None and one.lapses_ms > now_ms
    return WHAT.get(one.next_deadline or "", "") if ahead else ""
