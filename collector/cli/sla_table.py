"""All objectives of many statements in one table, from their JSON alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import click

from collector.cli.blocks_shown import show_blocks
from collector.sla.rounding import shown, shown_time
from collector.statement_text import measured, money, verdict
from collector.text_blocks import Grid
from probes.shown import clean

Json = Mapping[str, Any]

HEADER = (
    *("circuit", "contract", "objective", "target", "measured", "verdict", "coverage", "downtime"),
    *("credit", "claimable"),
)
NUMBERS = frozenset({"measured", "coverage", "downtime", "credit", "claimable"})
SPARE = ("coverage", "contract", "downtime", "target")
"""What a narrow terminal leaves out."""
TOGETHER = "all together"
"""The row of what a statement pays after caps, and what of it can be claimed."""


def show_table(statements: Sequence[Json]) -> None:
    """Print them: as a table on a terminal, else a row a line with tabs between."""
    from rich.console import Console

    found = [row for one in statements for row in rows(one)]
    last = list(totals(statements))
    if Console().is_terminal:
        show_blocks([Grid(_title(statements), HEADER, [*found, *last], NUMBERS, SPARE)])
        return
    for row in (HEADER, *found, *last):
        click.echo("\t".join(clean(cell, 500) for cell in row))


def rows(statement: Json) -> Iterator[tuple[str, ...]]:
    """One row an objective, in the order of HEADER; where several could pay, a last one of all together.

    An objective's credit is its own line, before caps and what is paid together.
    """
    objectives, credit = statement["objectives"], statement["credit"]
    currency = credit.get("currency")
    lines = [(one.get("credit") or {}).get("amount") for one in objectives]
    alone = len(lines) == 1 and lines[0] in {None, credit.get("amount")}
    claimable = money(credit.get("claimable"), currency)
    for one, amount in zip(objectives, lines, strict=True):
        yield (
            *(str(statement["circuit"]), str(statement["contract"]), str(one["id"])),
            *(str(one.get("target") or ""), measured(one), verdict(one)),
            *(f"{shown(Fraction(one['coverage']), 2)}%", _down(statement)),
            *(money(amount, currency), claimable if alone and amount is not None else "-"),
        )
    if not alone and any(amount is not None for amount in lines):
        together = (money(credit.get("amount"), currency), claimable)
        yield (
            *(str(statement["circuit"]), str(statement["contract"]), TOGETHER),
            *("", "", "", "", "", *together),
        )


def totals(statements: Sequence[Json]) -> Iterator[tuple[str, ...]]:
    """A row a currency of what is paid in it: sums of two currencies are never added."""
    paid: dict[str, list[Decimal]] = {}
    for credit in (one["credit"] for one in statements):
        if credit.get("currency") and credit.get("amount") is not None:
            found = paid.setdefault(credit["currency"], [Decimal(0), Decimal(0)])
            found[0] += Decimal(credit["amount"])
            found[1] += Decimal(credit.get("claimable") or 0)
    for currency, (amount, claimable) in sorted(paid.items()):
        if amount or claimable:
            blank = ("",) * (len(HEADER) - 3)
            yield (f"total {currency}", *blank, f"{amount:.2f} {currency}", f"{claimable:.2f} {currency}")


def _title(statements: Sequence[Json]) -> str:
    labels = sorted({one["period"]["label"] for one in statements})
    running = "" if all(one["period"]["closed"] for one in statements) else ", so far"
    return f"{', '.join(labels)}{running}"


def _down(statement: Json) -> str:
    times = statement["seconds"]
    seconds = times["down"] if times["counted_down"] is None else times["counted_down"]
    return shown_time(Fraction(str(seconds)) * 1000)
