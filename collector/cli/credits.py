"""`linkledger credits`: what carriers credited, against what they owe."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from collector.claiming.book import Book
from collector.claiming.credit_rows import CreditRow, credit_rows
from collector.claiming.crediting import Matched, Owed, by_age, matched
from collector.cli.blocks_shown import show_blocks
from collector.cli.claim_list import read_book
from collector.cli.common import (
    UNREACHABLE,
    USAGE,
    config_option,
    examples,
    fail,
    json_option,
    print_json,
    verbose_option,
)
from collector.cli.note_desk import Desk
from collector.ledger.errors import LedgerError
from collector.ledger.notes import record
from collector.ledger.opening import editing, reading
from collector.ledger.reader import SqliteReader
from collector.notebook.bodies import CreditBody
from collector.notebook.book import Notebook
from collector.sla.rounding import counted
from collector.sla.statement import money
from collector.text_blocks import Block, Grid, Sentences
from config.errors import Problems
from config.files import Source, Unreadable, read_text

EXAMPLES = examples(
    "linkledger credits",
    "linkledger credits import notes-2026-05.csv --dry-run",
    "linkledger credits list --carrier acme --json",
)
HEADER = ("carrier", "currency", "age in days", "claims", "expected", "received", "owed")
NUMBERS = frozenset(HEADER[3:])


@click.group("credits", invoke_without_command=True, epilog=EXAMPLES)
@click.option("--carrier", help="Only this carrier.")
@json_option
@config_option
@verbose_option
@click.pass_context
def credits_command(
    context: click.Context, carrier: str | None, as_json: bool, config: Path | None, verbose: int
) -> None:
    """Match credit notes with claims; show what is owed against what came, by age."""
    if context.invoked_subcommand is None:
        _list(carrier, as_json, config, verbose)


@credits_command.command("list", epilog=examples("linkledger credits list --carrier acme"))
@click.option("--carrier", help="Only this carrier.")
@json_option
@config_option
@verbose_option
def list_command(carrier: str | None, as_json: bool, config: Path | None, verbose: int) -> None:
    """What carriers owe against what they credited, by carrier, currency and age.

    The age of a claim counts from the day it was submitted, else from the period's end.
    """
    _list(carrier, as_json, config, verbose)


@credits_command.command(
    "import",
    epilog=examples(
        "linkledger credits import notes-2026-05.csv --dry-run",
        "linkledger credits import notes-2026-05.csv",
    ),
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Only say what would be matched.")
@click.option("--reason", help="What the notes say; left out: the file and line.")
@json_option
@config_option
@verbose_option
def import_command(
    file: Path, dry_run: bool, reason: str | None, as_json: bool, config: Path | None, verbose: int
) -> None:
    """Read credit notes from a CSV file, and match each with its claim; a second time changes nothing.

    Columns: account or carrier, carrier_id or circuit, period, amount, currency, reference, and `issued`
    if there is one. A mistake anywhere, and nothing is written.
    """
    desk = Desk.open(config, as_json=as_json, verbose=verbose)
    done = _booked(desk, _read(desk, file, reason), dry_run=dry_run)
    if as_json:
        print_json({"dry_run": dry_run, "credits": [_json(one) for one in done]})
        return
    for one in done:
        click.echo(f"line {one.row.line}: {_sentence(one)}")
    new = sum(one.is_new for one in done)
    how = "would be written" if dry_run else "written"
    click.echo(f"{counted(new, 'credit note')} {how}, {len(done) - new:,} were there before", err=True)


@dataclass(frozen=True, slots=True)
class Booked:
    """A row of the file, its note, and what it is to the claims."""

    row: CreditRow
    note: int | None
    is_new: bool
    withdrawn_by: int | None
    matched: Matched


def _read(desk: Desk, file: Path, reason: str | None) -> list[CreditRow]:
    problems = Problems()
    try:
        source = Source(str(file), file, read_text(file, errors="surrogateescape"))
    except Unreadable as error:
        fail(USAGE, f"{file}: {error}")
    rows = credit_rows(source, desk.settings, problems, reason=reason)
    if problems.has_errors:
        wrong = "\n".join(f"{one.file}:{one.line}:{one.column}: {one.text}" for one in problems.sorted())
        fail(USAGE, f"nothing was imported:\n{wrong}")
    if not rows:
        fail(USAGE, f"{file}: has a header and no row below it")
    return rows


def _booked(desk: Desk, rows: Sequence[CreditRow], *, dry_run: bool) -> list[Booked]:
    """Write what is new, and say what each row is to the claims."""
    path = desk.settings.ledger.path
    try:
        if dry_run:
            with reading(path), SqliteReader(path) as reader:
                return _laid(desk, reader, rows, lambda body: None)
        with editing(path) as connection:
            return _laid(desk, SqliteReader.over(connection), rows, lambda body: record(
                connection, body, at_ms=desk.now_ms, author=desk.author).id)  # fmt: skip
    except LedgerError as error:
        fail(UNREACHABLE, str(error))
    except ValueError as error:
        fail(USAGE, str(error))


def _laid(
    desk: Desk, reader: SqliteReader, rows: Sequence[CreditRow], write: Callable[[CreditBody], int | None]
) -> list[Booked]:
    book = Book.read(desk.settings, reader, desk.now_ms)
    known = {
        one.body.external_id: one
        for one in Notebook(reader.notes()).written
        if isinstance(one.body, CreditBody)
    }
    found = [known.get(row.body.external_id) for row in rows]
    new = [place for place, one in enumerate(found) if one is None]
    fits = matched(book, [row.body for row in rows], new=new)
    return [
        Booked(
            row,
            write(row.body) if one is None else one.note.id,
            one is None,
            one.withdrawn_by if one else None,
            fit,
        )
        for row, one, fit in zip(rows, found, fits, strict=True)
    ]


def _json(one: Booked) -> dict[str, Any]:
    body, fit = one.row.body, one.matched
    known = fit.scope is not None
    return {
        "line": one.row.line,
        "note": one.note,
        "repeated": not one.is_new,
        "withdrawn_by": one.withdrawn_by,
        "reference": body.reference,
        "carrier": body.carrier,
        "account": body.account,
        "carrier_id": body.carrier_id,
        "period": body.period,
        "amount": str(body.amount.amount),
        "currency": body.amount.currency,
        "fit": fit.fit,
        "circuit": fit.scope,
        "expected": money(fit.expected) if known else None,
        "received": money(fit.received) if known else None,
        "difference": money(fit.difference) if known else None,
        "candidates": list(fit.candidates),
    }


def _sentence(one: Booked) -> str:
    body, fit = one.row.body, one.matched
    currency = body.amount.currency
    what = f"{body.reference}: {body.amount} for {body.carrier_id}, {body.period}: "
    if one.withdrawn_by is not None:
        return f"{what}note {one.note} said so and was withdrawn by note {one.withdrawn_by}: it doesn't count"
    if fit.fit == "unmatched":
        near = f"; nearest: {'; '.join(fit.candidates)}" if fit.candidates else ""
        return (
            f"{what}unmatched: no claim of account {body.account} has this circuit, period and currency{near}"
        )
    of = f"{money(fit.received)} of {money(fit.expected)} {currency} received for {fit.scope}"
    if fit.fit == "matched":
        return f"{what}matched: {of}"
    return f"{what}{fit.fit} by {money(abs(fit.difference))} {currency}: {of}"


def _list(carrier: str | None, as_json: bool, config: Path | None, verbose: int) -> None:
    desk = Desk.open(config, as_json=as_json, verbose=verbose)
    desk.check_known(carriers=[carrier] if carrier else [])
    book = read_book(desk)
    rows = by_age(one for one in book.claims if carrier in {None, one.carrier})
    loose = _unmatched(book, carrier)
    if as_json:
        print_json({"owed": [_owed_json(one) for one in rows], "unmatched": loose})
        return
    parts: list[Block] = []
    if rows:
        cells = [
            (one.carrier, one.currency, one.age, str(one.claims),
             *(money(sum_) or "-" for sum_ in (one.expected, one.received, one.owed)))
            for one in rows
        ]  # fmt: skip
        parts.append(Grid("Credits owed and received", HEADER, cells, NUMBERS))
    if loose:
        told = [
            f"note {one['note']}, {one['reference']}: {one['amount']} {one['currency']} for "
            f"{one['carrier_id']}, {one['period']}, account {one['account']}"
            for one in loose
        ]
        parts.append(Sentences("Credit notes that are for no claim", told))
    if parts:
        show_blocks(parts)
    else:
        click.echo("nothing is owed, and nothing was credited", err=True)


def _owed_json(one: Owed) -> dict[str, Any]:
    sums = {name: money(getattr(one, name)) for name in ("expected", "received", "owed")}
    return {"carrier": one.carrier, "currency": one.currency, "age": one.age, "claims": one.claims, **sums}


def _unmatched(book: Book, carrier: str | None) -> list[dict[str, Any]]:
    return [
        {
            "note": note.id,
            "reference": body.reference,
            "carrier": body.carrier,
            "account": body.account,
            "carrier_id": body.carrier_id,
            "period": body.period,
            "amount": str(body.amount.amount),
            "currency": body.amount.currency,
        }
        for note, body in book.unmatched
        if carrier in {None, body.carrier}
    ]
