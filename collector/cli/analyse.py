"""`linkledger analyse`: the nightly analysis, now."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from collector.cli.chosen import failing, read_settings
from collector.cli.common import (
    BAD_ANSWER,
    config_option,
    examples,
    fail,
    json_option,
    print_json,
    verbose_option,
)
from collector.times import rfc3339

if TYPE_CHECKING:
    from collector.performance.nightly.whole import Done
    from config.settings import Settings

Told = Callable[[int, int], None]


@click.command(
    "analyse", epilog=examples("linkledger analyse", "linkledger analyse --all", "linkledger analyse --json")
)
@click.option("--all", "anew", is_flag=True, help="Begin with the oldest bins again.")
@json_option
@config_option
@verbose_option
def analyse_command(anew: bool, as_json: bool, config: Path | None, verbose: int) -> None:
    """Find what isn't as it was, and sum up the days: what the daemon does each night.

    Prints what is new since the last time. Exit code 1 when a circuit could not be analysed.
    """
    from collector.clocks import clock_of
    from collector.performance.nightly.whole import analyse

    settings = read_settings(config)
    with failing(), _bar() as told:
        done = analyse(settings, settings.ledger.path, clock_of(settings), anew=anew, told=told)
    if as_json:
        print_json(_document(done))
    else:
        click.echo("\n".join(_lines(settings, done, verbose)))
    if done.problems:
        fail(BAD_ANSWER, "; ".join(f"{name}: {problem}" for name, problem in done.problems.items()))


@contextmanager
def _bar() -> Iterator[Told]:
    """On stderr, where a person watches."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("analysing", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _document(done: Done) -> dict[str, Any]:
    return {
        "until": rfc3339(done.ran.until_ms // 1000 * 1000),
        "circuits": done.ran.circuits,
        "seconds": None if done.ran.seconds is None else round(done.ran.seconds, 3),
        "days": done.days,
        "findings": [
            {
                "circuit": one.circuit,
                "metric": one.metric,
                "kind": one.kind,
                "at": rfc3339(one.at_ms),
                "until": None if one.until_ms is None else rfc3339(one.until_ms),
                "before": one.before,
                "after": one.after,
                "score": round(one.score, 2),
            }
            for one in done.news
        ],
        "failed": dict(done.problems),
    }


def _lines(settings: Settings, done: Done, verbose: int) -> Iterator[str]:
    from collector.analysis.sentences import sentence

    for one in done.news:
        zone = settings.zone_of(one.circuit)
        yield f"{one.circuit}: {sentence(one, zone)}"
    ran = done.ran
    new = f"{len(done.news):,} new finding{'s' * (len(done.news) != 1)}"
    until = rfc3339(ran.until_ms // 1000 * 1000)
    yield f"analysed {ran.circuits:,} circuits until {until} in {ran.seconds or 0:.1f} s: {new}"
    if verbose:
        yield f"{done.days:,} days summed up"
