"""A claim as other programs read it."""

from __future__ import annotations

from typing import Any

from collector.claiming.book import ClaimNow
from collector.sla.calendar import rfc3339
from collector.sla.statement import money


def _at(at_ms: int | None) -> str | None:
    return None if at_ms is None else rfc3339(at_ms)


def claim_json(one: ClaimNow) -> dict[str, Any]:
    """A claim as other programs read it; amounts are strings of two places, null what isn't known."""
    amounts = ("amount", "claimable", "submitted", "accepted", "received", "expected", "owed")
    step = None
    if one.next_step is not None and one.due is not None:
        step = {"what": one.next_step, "owner": one.owner, "by": one.due.isoformat()}
    return {
        "circuit": one.scope,
        "circuits": list(one.circuits),
        "carrier": one.carrier,
        "contract": one.contract,
        "period": one.period,
        "state": one.state,
        "open": one.is_open,
        "currency": one.currency or None,
        **{name: money(getattr(one, name)) for name in amounts},
        "ticket_deadline": _at(one.ticket_deadline_ms),
        "submit_deadline": _at(one.submit_deadline_ms),
        "notice_deadline": _at(one.notice_deadline_ms),
        "lapses": _at(one.lapses_ms),
        "revision": one.revision,
        "claimed_revision": one.claimed_revision,
        "age_days": one.age_days,
        "reference": one.reference,
        "reason_code": one.reason_code,
        "next_step": step,
        "notes": list(one.notes),
        "credit_notes": list(one.credit_notes),
    }
