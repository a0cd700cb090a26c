"""`linkledger todo`: what to do next, why, and until when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from collector.cli.chosen import failing, read_settings
from collector.cli.common import USAGE, config_option, examples, fail, json_option, print_json, verbose_option

if TYPE_CHECKING:
    from collector.analysis.recommendation import Recommendation
    from collector.clerk import Desk
    from collector.text_blocks import Block
    from config.settings import Settings

EXAMPLES = examples("linkledger todo", "linkledger todo --carrier acme -v", "linkledger todo --json")
HEADER = ("when", "what to do", "until", "worth", "rule")
NOTHING = "nothing is to be done: no money waits, no right ends, no circuit is out of line"


@click.command("todo", epilog=EXAMPLES)
@click.option("--carrier", help="Only what concerns this carrier.")
@click.option("--all", "everything", is_flag=True, help="Also what was dismissed.")
@json_option
@config_option
@verbose_option
def todo_command(
    carrier: str | None, everything: bool, as_json: bool, config: Path | None, verbose: int
) -> None:
    """Say what to do next, the most urgent first; with -v also why, and on what figures that rests.

    To put one aside: linkledger note dismiss, with the key that -v shows.
    """
    from collector.clerk import Desk
    from collector.cli.blocks_shown import show_blocks
    from collector.clocks import clock_of
    from collector.ledger.opening import reading
    from collector.performance.advice.recommendations import as_json as told

    settings = read_settings(config)
    _check_carrier(settings, carrier)
    with failing(), reading(settings.ledger.path):
        desk = Desk(settings, settings.ledger.path, clock_of(settings).now())
        found = _chosen(desk, carrier, everything)
        desk.reader.close()
    if as_json:
        print_json([told(one) for one in found])
    elif found:
        show_blocks([*blocks(found), *(why(found) if verbose else ())])
    else:
        click.echo(NOTHING, err=True)


def _check_carrier(settings: Settings, carrier: str | None) -> None:
    if carrier is not None and carrier not in settings.carriers:
        known = ", ".join(settings.carriers)
        fail(USAGE, f"the configuration has no carrier {carrier!r}; it has {known}")


def _chosen(desk: Desk, carrier: str | None, everything: bool) -> list[Recommendation]:
    from collector.performance.advice.recommendations import recommendations

    return [
        one
        for one in recommendations(desk)
        if carrier in {None, one.carrier} and (everything or not one.dismissed_by)
    ]


def blocks(found: Sequence[Recommendation]) -> Iterator[Block]:
    """The list as a table."""
    from collector.text_blocks import Grid

    yield Grid("To do", HEADER, [_row(one) for one in found], frozenset({"worth"}))


def why(found: Sequence[Recommendation]) -> Iterator[Block]:
    """The reason and the evidence of each."""
    from collector.text_blocks import Sentences

    for one in found:
        aside = [f"Dismissed by {one.dismissed_by}: {one.dismissed_why}"] if one.dismissed_by else []
        yield Sentences(one.text, [one.reason, *one.evidence, *aside, f"key: {one.key}"])


def _row(one: Recommendation) -> tuple[str, ...]:
    from collector.analysis.recommend import RULES

    worth = "-"
    if one.amount is not None:
        worth = f"{one.amount:,.2f} {one.currency} {RULES[one.rule].worth}"
    return (
        "dismissed" if one.dismissed_by else one.urgency,
        one.text,
        "-" if one.until is None else one.until.isoformat(),
        worth,
        one.rule,
    )
