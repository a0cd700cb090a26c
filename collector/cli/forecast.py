"""`linkledger forecast`: when budgets of downtime end, when lines fill up, and what more downtime costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from collector.cli.chosen import failing, read_settings
from collector.cli.common import USAGE, config_option, examples, fail, json_option, print_json, verbose_option

if TYPE_CHECKING:
    from collector.text_blocks import Block
    from config.settings import Settings

Json = Mapping[str, Any]
EXAMPLES = examples(
    "linkledger forecast",
    "linkledger forecast lon-acme",
    "linkledger forecast --carrier acme --json",
)
NOTHING = "no circuit has a budget of downtime, or a level that it could reach: there is nothing to forecast"


@click.command("forecast", epilog=EXAMPLES)
@click.argument("circuits", nargs=-1)
@click.option("--carrier", help="Only this carrier's circuits.")
@json_option
@config_option
@verbose_option
def forecast_command(
    circuits: tuple[str, ...], carrier: str | None, as_json: bool, config: Path | None, verbose: int
) -> None:
    """Say when budgets of downtime end at the present pace, and when lines fill up.

    Beside each stands how far off the same forecast was when it was tried on the past. Of circuits that
    are named (three at most), and of those most at risk, it also says what more downtime would cost the
    carrier.
    """
    from collector.clerk import Desk
    from collector.cli.blocks_shown import show_blocks
    from collector.clocks import clock_of
    from collector.ledger.opening import reading
    from collector.performance.forecasts.document import document

    settings = read_settings(config)
    chosen = _chosen(settings, circuits, carrier)
    path = settings.ledger.path
    with failing(), reading(path):
        desk = Desk(settings, path, clock_of(settings).now())
        told = document(desk, chosen)
        desk.reader.close()
    if as_json:
        print_json(told)
        return
    parts = list(blocks(told))
    if not parts:
        click.echo(NOTHING)
        return
    show_blocks(parts)


def _chosen(settings: Settings, circuits: Sequence[str], carrier: str | None) -> list[str] | None:
    """The circuits that are asked for; None: all."""
    for name in circuits:
        if name not in settings.circuits:
            fail(USAGE, f"the configuration has no circuit {name!r}; it has {_names(settings.circuits)}")
    if carrier is not None and carrier not in settings.carriers:
        fail(USAGE, f"the configuration has no carrier {carrier!r}; it has {_names(settings.carriers)}")
    if not circuits and carrier is None:
        return None
    return [
        name
        for name in circuits or settings.here()
        if carrier is None or carrier in settings.circuits[name].carrier.values
    ]


def _names(known: Mapping[str, object]) -> str:
    return ", ".join(sorted(known)) or "none"


def blocks(told: Json) -> Iterator[Block]:
    """What a person reads: budgets, those that end first; levels; credits ahead."""
    from collector.text_blocks import Grid

    budgets = sorted((one for one in told["budgets"] if one["kind"] == "budget"), key=_urgency)
    if budgets:
        header: tuple[str, ...] = ("circuit", "objective", "period", "forecast", "before")
        yield Grid("Budgets of downtime", header, _rows(budgets, header), spare=("objective", "period"))
    levels = sorted((one for one in told["crossings"] if one["kind"] == "crossing"), key=_soonest)
    if levels:
        header = ("circuit", "forecast", "before")
        yield Grid("Levels that are reached", header, _rows(levels, header))
    yield from _credits(told["credits_ahead"])
    yield from _lacking([*told["budgets"], *told["crossings"]])


def _rows(found: Sequence[Json], header: Sequence[str]) -> list[tuple[str, ...]]:
    keys = [_KEYS.get(name, name) for name in header]
    return [tuple(one[key] for key in keys) for one in found]


_KEYS = {"forecast": "sentence", "before": "tried"}


def _urgency(one: Json) -> tuple[bool, float, str]:
    return not one["spent"], -one["chance"], one["circuit"]


def _soonest(one: Json) -> tuple[bool, str, str, str]:
    return not one["reached"], one["likely"] or one["earliest"] or "9999", one["circuit"], one["metric"]


def _credits(ahead: Sequence[Json]) -> Iterator[Block]:
    from collector.sla.rounding import in_words
    from collector.text_blocks import Grid, Sentences

    rows = [
        (
            one["circuit"],
            tier["more"],
            f"{tier['amount']} {tier['currency']}",
            in_words(tier["reason"]),
        )
        for one in ahead
        for tier in one["tiers"]
    ]
    header = ("circuit", "one more outage of", "owed then", "reason")
    if rows:
        yield Grid("Credits ahead", header, rows, frozenset(header[1:3]))
    notes = [f"{one['circuit']}: {one['note']}" for one in ahead if one["note"]]
    if notes:
        yield Sentences("" if rows else "Credits ahead", notes)


def _lacking(found: Sequence[Json]) -> Iterator[Block]:
    """What there is too little for; of many only how many, by what is lacking."""
    from collector.sla.rounding import counted
    from collector.text_blocks import Sentences

    lacking = [one for one in found if one["kind"] == "not_enough"]
    if not lacking:
        return
    lines = [f"{one['about']}: {one['sentence']}" if one["about"] else one["sentence"] for one in lacking]
    if len(lines) > _MOST_LINES:
        by_what: dict[str, int] = {}
        for one in lacking:
            by_what[one["what"]] = by_what.get(one["what"], 0) + 1
        lines = [
            f"{counted(n, 'forecast')} for which there are too few {what}" for what, n in by_what.items()
        ]
    yield Sentences("Not enough to go by", lines)


_MOST_LINES = 6
