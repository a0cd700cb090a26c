"""`linkledger kpi`: the key figures now, or what each told in a year."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from collector.cli.chosen import failing, read_settings
from collector.cli.common import USAGE, config_option, examples, fail, json_option, print_json, verbose_option

if TYPE_CHECKING:
    from collector.performance.kpis.look import KpiNow
    from collector.performance.kpis.year import KpiYear
    from collector.text_blocks import Block
    from config.settings import Settings

EXAMPLES = examples(
    "linkledger kpi", "linkledger kpi availability", "linkledger kpi --year 2025", "linkledger kpi --json"
)
NOTHING = "no key figure is configured: config/examples/kpis.yaml has a dozen to begin with"
MOST_CIRCUITS = 10
"""Of one that isn't named so many circuits are told, where they are not good."""


@click.command("kpi", epilog=EXAMPLES)
@click.argument("name", required=False)
@click.option("--year", type=click.IntRange(1970, 9998), help="What each told in a year, month by month.")
@json_option
@config_option
@verbose_option
def kpi_command(name: str | None, year: int | None, as_json: bool, config: Path | None, verbose: int) -> None:
    """Show key figures with what they are worth and for how long; with a NAME each of its circuits too."""
    from collector.clerk import Desk
    from collector.clocks import clock_of
    from collector.ledger.opening import reading
    from collector.performance.kpis.kpis import kpis_now, yearly

    settings = read_settings(config)
    wanted = _chosen(settings, name)
    with failing(), reading(settings.ledger.path):
        desk = Desk(settings, settings.ledger.path, clock_of(settings).now())
        years = [one for one in yearly(desk, year) if one.kpi in wanted] if year else []
        found = [] if year else kpis_now(desk, kpis=wanted)
        desk.reader.close()
    if as_json:
        _print_json(found, years)
    elif not settings.kpis:
        click.echo(NOTHING, err=True)
    elif year and not years:
        click.echo(f"nothing of {year} is known: its first month isn't over yet, or it lies ahead", err=True)
    else:
        from collector.cli.blocks_shown import show_blocks

        show_blocks(list(_year(years) if year else _now(found, everything=name is not None)))


def _chosen(settings: Settings, name: str | None) -> list[str]:
    if name is None:
        return list(settings.kpis)
    if name not in settings.kpis:
        from config.errors import nearest

        fail(USAGE, f"the configuration has no key figure {name!r}: {nearest(name, settings.kpis)}")
    return [name]


def _print_json(found: Sequence[KpiNow], years: Sequence[KpiYear]) -> None:
    from collector.performance.kpis.as_json import kpi_json, year_json

    print_json([*(kpi_json(one) for one in found), *(year_json(one) for one in years)])


def _now(found: Sequence[KpiNow], *, everything: bool) -> Iterator[Block]:
    from collector.analysis.kpis import shown
    from collector.text_blocks import Grid, Sentences

    header = ("key figure", "value", "rating", "target", "circuits", "owner", "reason")
    rows = [
        (
            one.name,
            "-" if one.whole.value is None else shown(one.whole.value, one.definition.kind),
            one.whole.rating,
            str(one.definition.target or "-"),
            ", ".join(f"{count} {rating}" for rating, count in one.counted.items()),
            one.kpi.owner or "nobody",
            one.whole.sentence,
        )
        for one in found
    ]
    yield Grid("Key figures", header, rows, frozenset({"value"}), spare=("owner", "target", "circuits"))
    for one in found:
        some = [row for row in one.each if everything or row.rating in ("critical", "warning", "off target")]
        lines = [row.sentence for row in (some if everything else some[:MOST_CIRCUITS])]
        if len(some) > len(lines):
            lines.append(f"and {len(some) - len(lines)} more: linkledger kpi {one.key}")
        if lines:
            yield Sentences(one.name, lines)
        if everything:
            yield Sentences("Definition", list(_definition(one)))


def _definition(one: KpiNow) -> Iterator[str]:
    if one.definition.definition:
        yield one.definition.definition
    yield one.definition.kind.formula
    if one.beside:
        yield f"beside it: {one.beside.told}: {one.beside.words}"
    for held in one.kpi.definitions():
        bounds = ", ".join(
            f"{key} {bound}" for key in ("target", "warning", "critical") if (bound := getattr(held, key))
        )
        approved = (
            f"approved by {held.approved.by} on {held.approved.on}" if held.approved else "approved by nobody"
        )
        because = f", because {held.because}" if held.because else ""
        begins = f"from {held.start}" if held.start else "from the beginning"
        yield f"{begins}: {bounds or 'no bounds'}; {approved}{because}"


def _year(years: Sequence[KpiYear]) -> Iterator[Block]:
    from collector.text_blocks import Grid

    header = ("key figure", "verdict", "owner", "without", "reason")
    rows = [
        (one.name, one.verdict, one.owner or "nobody", ", ".join(one.lacking), one.sentence) for one in years
    ]
    yield Grid(f"Key figures of {years[0].year}" if years else "Key figures", header, rows, spare=("owner",))
