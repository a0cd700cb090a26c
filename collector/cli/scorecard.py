"""`linkledger scorecard`: the carriers compared fairly, and whether one is better beyond noise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from collector.cli.common import (
    USAGE,
    config_option,
    examples,
    fail,
    json_option,
    print_json,
    verbose_option,
)

if TYPE_CHECKING:
    from collector.analysis.money import Money
    from collector.analysis.scorecard import Card
    from collector.text_blocks import Block
    from config.settings import Settings

RANKS = (
    "rank",
    "carrier",
    "score",
    "90% interval",
    "tier",
    "circuits",
    "due",
    "claimed",
    "received",
    "reason",
)
RANK_NUMBERS = frozenset({"score", "90% interval", "circuits", "due", "claimed", "received"})
FIGURES = ("figure", "value", "90% interval", "peers' median", "best", "points")
NUMBERS = frozenset(FIGURES[1:])


@click.command(
    "scorecard",
    epilog=examples(
        "linkledger scorecard --period 2026-Q3",
        "linkledger scorecard --period 2026 --service dia",
        "linkledger scorecard --period 2026-Q3 --carrier acme --json",
    ),
)
@click.option(
    "--period", default="current", show_default=True, help="2026-10, 2026-Q3, 2026, a week, FROM..TO."
)
@click.option("--carrier", help="Only this carrier's cards; its peers stay in the comparison.")
@click.option("--service", help="Only this service.")
@json_option
@config_option
@verbose_option
def scorecard_command(
    period: str,
    carrier: str | None,
    service: str | None,
    as_json: bool,
    config: Path | None,
    verbose: int,
) -> None:
    """Compare the carriers of each service: figures beside the peers' median, score, rank and tier.

    Who shares a rank (1=) can't be told apart from noise.
    """
    from collector.cli.blocks_shown import show_blocks
    from collector.cli.chosen import failing, read_settings
    from collector.performance.scorecards.as_json import card_json

    settings = read_settings(config)
    _check(settings, carrier, service)
    with failing():
        found = _cards(settings, period, carrier, service)
    if as_json:
        print_json([card_json(one) for one in found])
    elif found:
        show_blocks(list(_blocks(found)))
    else:
        click.echo("there is no statement that a scorecard could be made of", err=True)


def _check(settings: Settings, carrier: str | None, service: str | None) -> None:
    """Leave where the configuration has no such carrier or service, and say what comes nearest."""
    from config.errors import nearest

    words = sorted({one.service for one in settings.circuits.values() if one.service})
    for option, given, known in (
        ("--carrier", carrier, list(settings.carriers)),
        ("--service", service, words),
    ):
        if given is not None and given not in known:
            fail(USAGE, f"{option} {given}: {nearest(given, known)}")


def _cards(settings: Settings, period: str, carrier: str | None, service: str | None) -> list[Card]:
    from collector.clerk import Desk
    from collector.clocks import clock_of
    from collector.ledger.opening import reading
    from collector.performance.scorecards.scorecards import cards

    path = settings.ledger.path
    with reading(path):
        return cards(Desk(settings, path, clock_of(settings).now()), period, carrier, service)


def _blocks(cards: Sequence[Card]) -> Iterator[Block]:
    """A table of ranks for each service, and one of figures for each card."""
    from collector.text_blocks import Grid, Sentences

    for service in dict.fromkeys(one.service for one in cards):
        some = [one for one in cards if one.service == service]
        title = f"{service or 'no service word'}, {some[0].period}"
        yield Grid(title, RANKS, [_rank_row(one) for one in some], RANK_NUMBERS, ("90% interval",))
        for one in some:
            rows = list(_figure_rows(one))
            yield Grid(f"{one.carrier}, {title}", FIGURES, rows, NUMBERS, ("best", "90% interval"))
            if one.fairness:
                yield Sentences("", one.fairness)


def _rank_row(card: Card) -> tuple[str, ...]:
    from collector.analysis.shown_figures import spoken

    return (
        card.rank_text or "-",
        card.carrier,
        _plain(spoken(card.score, "points")),
        _interval(card.score_low, card.score_high, "points"),
        card.tier or "-",
        str(len(card.all_circuits)),
        _money(card.due),
        _money(card.claimed),
        _money(card.received),
        card.tier_reason,
    )


def _figure_rows(card: Card) -> Iterator[tuple[str, ...]]:
    from collector.analysis.comparing import title
    from collector.analysis.shown_figures import spoken

    for one in card.figures:
        if one.value is not None:
            value, peers, best = (_plain(spoken(each, one.unit)) for each in (one.value, one.peers, one.best))
            points = _plain(spoken(one.points, "points")) if one.weight else "not in it"
            yield title(one.name), value, _interval(one.low, one.high, one.unit), peers, best, points


def _interval(low: float | None, high: float | None, unit: str) -> str:
    from collector.analysis.shown_figures import spoken

    return "-" if low is None or high is None else f"{spoken(low, unit)} to {spoken(high, unit)}"


def _money(amounts: Money) -> str:
    return ", ".join(f"{amounts[one]:,.2f} {one}" for one in sorted(amounts)) or "-"


def _plain(text: str) -> str:
    """As a terminal without such signs shows it too."""
    return "-" if text == "–" else text.replace("×", "x")
