"""Blocks of text on a terminal: in colour, and in as many columns as there is room for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from collector.statement_text import blocks
from collector.text_blocks import Block, Facts, Grid, Sentences, cleaned, fits, lines_of, plain

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

COLOURS = {"met": "green", "breached": "bold red", "insufficient data": "yellow"}


def show(statements: Sequence[Mapping[str, Any]], *, steps: bool) -> None:
    """Print statements one after another on stdout."""
    show_blocks([block for one in statements for block in blocks(one, steps=steps)])


def show_blocks(parts: Sequence[Block]) -> None:
    """Print blocks; in colour only on a terminal."""
    from rich.console import Console

    console = Console()
    if not console.is_terminal:
        click.echo(plain(parts), nl=False)
        return
    for part in parts:
        _print(console, part)


def _print(console: Console, part: Block) -> None:
    from rich.table import Table
    from rich.text import Text

    if part.title:
        console.print(Text(cleaned(part.title), style="bold"))
    if isinstance(part, Grid):
        console.print(_table(part, console.width))
    elif isinstance(part, Facts):
        table = Table(box=None, show_header=False, pad_edge=True)
        for name, value in part.rows:
            table.add_row(Text(name, style="dim"), Text(cleaned(value)))
        console.print(table)
    else:
        for line in list(lines_of(Sentences("", part.lines, part.numbered))):
            console.print(Text(line))
    console.print()


def _table(grid: Grid, room: int) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table, widths = Table(box=box.SIMPLE_HEAD, pad_edge=False), grid.fitting(room)
    whole = fits(widths, room)
    for name, width in widths.items():
        table.add_column(
            name,
            justify="right" if name in grid.numbers else "left",
            overflow="fold",
            min_width=width if whole else None,
        )
    for row in grid.rows:
        cells = dict(zip(grid.header, map(cleaned, row), strict=True))
        table.add_row(*(Text(cells[name], style=_style(cells[name])) for name in widths))
    return table


def _style(cell: str) -> str:
    return COLOURS.get(cell.removesuffix(" (indicative)"), "")
