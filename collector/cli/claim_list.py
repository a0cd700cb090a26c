"""`linkledger claim list`: every claim, the next to lapse first."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import click

from collector.claiming.as_json import claim_json
from collector.claiming.book import Book, ClaimNow
from collector.cli.blocks_shown import show_blocks
from collector.cli.common import UNREACHABLE, fail, print_json
from collector.cli.note_desk import Desk
from collector.ledger.errors import LedgerError
from collector.ledger.opening import reading
from collector.ledger.reader import SqliteReader
from collector.sla.calendar import rfc3339
from collector.sla.statement import money
from collector.text_blocks import Grid

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
        "-" if one.lapses_ms is None else rfc3339(one.lapses_ms),
        f"{one.next_step} ({one.owner}, by {one.due})" if one.next_step else "-",
    )


def _shown(amount: Fraction, currency: str) -> str:
    return f"{money(amount)} {currency}" if amount else "-"
