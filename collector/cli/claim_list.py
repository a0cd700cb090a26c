"""`linkledger claim list`: every claim, the next to lapse first."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import click

from collector.claiming.book import Book, ClaimNow
from collector.cli.common import UNREACHABLE, fail, print_json
from collector.cli.note_desk import Desk
from collector.cli.text_blocks import Grid, show_blocks
from collector.ledger.errors import LedgerError
from collector.ledger.opening import reading
from collector.ledger.reader import SqliteReader
from collector.sla.calendar import rfc3339
from collector.sla.statement import money

HEADER = ("circuit", "carrier", "period", "state", "credit", "claimable", "asked", "accepted", "received",
          "owed", "lapses", "next step")  # fmt: skip
NUMBERS = frozenset(HEADER[4:10])
FAR_MS = 2**62


def read_book(desk: Desk) -> Book:
    """The book of claims; leaves where the ledger can't be read."""
    path = desk.settings.ledger.path
    try:
        with reading(path), SqliteReader(path) as reader:
            return Book.read(desk.settings, reader, desk.now_ms)
    except LedgerError as error:
        fail(UNREACHABLE, str(error))


def show_list(
    desk: Desk, circuits: Sequence[str], carrier: str | None, period: str | None, state: str | None
) -> None:
    """Print the claims of these circuits; without a state those of which something is or was to claim."""
    found = [
        one
        for one in read_book(desk).claims
        if carrier in {None, one.carrier}
        and period in {None, one.period}
        and (one.state == state if state else one.state != "none" or one.notice_deadline_ms is not None)
        and (not circuits or not {one.scope, *one.circuits}.isdisjoint(circuits))
    ]
    found.sort(key=lambda one: (not one.is_open, one.lapses_ms or FAR_MS, one.end_ms, one.carrier, one.scope))
    if desk.as_json:
        print_json([claim_json(one) for one in found])
    elif found:
        show_blocks([Grid("Claims", HEADER, [_row(one) for one in found], NUMBERS)])
    else:
        click.echo("there is no such claim", err=True)


def _row(one: ClaimNow) -> tuple[str, ...]:
    return (
        one.scope,
        one.carrier,
        one.period,
        one.state + (f" ({one.reason_code})" if one.reason_code else ""),
        _shown(one.amount, one.currency),
        _shown(one.claimable, one.currency),
        _shown(one.submitted, one.currency),
        _shown(one.accepted, one.currency),
        _shown(one.received, one.currency),
        _shown(one.owed, one.currency),
        _at(one.lapses_ms) or "-",
        f"{one.next_step} ({one.owner}, by {one.due})" if one.next_step else "-",
    )


def _shown(amount: Fraction, currency: str) -> str:
    return f"{money(amount)} {currency}" if amount else "-"


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
