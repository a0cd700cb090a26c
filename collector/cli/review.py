"""`linkledger review`: the pack of a review, on the terminal, as JSON, or as files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from collector.cli.chosen import failing, read_settings
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

if TYPE_CHECKING:
    from collector.performance.review.pack import Pack
    from collector.reports.review.rendering import Form
    from config.settings import Settings

EXAMPLES = examples(
    "linkledger review",
    "linkledger review --period 2026-Q3 --format html,pdf --out packs/",
    "linkledger review --period 2026-Q3 --for carrier acme --out packs/",
    "linkledger review --period 2026-W40 --json",
)
WHOM = "carrier"
"""The only word that may stand after `--for`."""


@click.command("review", epilog=EXAMPLES)
@click.option(
    "--period", help="2026-10, 2026-Q3, 2026, 2026-W40, a day; left out: the newest month that is over."
)
@click.option(
    "--for",
    "whom",
    nargs=2,
    metavar="carrier NAME",
    help="The pack that this carrier may see: its own figures, peers as an unnamed median.",
)
@click.option("--format", "formats", help="Some of html,pdf,json; several: a,b. With --out: html.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write files into this folder.")
@json_option
@config_option
@verbose_option
def review_command(
    period: str | None,
    whom: tuple[str, str] | None,
    formats: str | None,
    out: Path | None,
    as_json: bool,
    config: Path | None,
    verbose: int,
) -> None:
    """Show what a review decides on: scorecard, goals, actions, money, changes, recommendations."""
    carrier = _carrier(whom)
    forms = _forms(formats)
    if as_json and (forms or out):
        fail(USAGE, "--json goes to stdout: leave out --format and --out")
    settings = read_settings(config)
    with failing(), _named():
        pack = _made(settings, period, carrier, watched=bool(verbose))
        if as_json:
            from collector.performance.review.as_json import as_json as document

            print_json(document(pack))
        elif forms or out:
            _write(pack, forms or ["html"], out or Path())
        else:
            from collector.cli.blocks_shown import show_blocks
            from collector.performance.review.blocks import blocks

            show_blocks(list(blocks(pack)))


def _carrier(whom: tuple[str, str] | None) -> str | None:
    if not whom:
        return None
    if whom[0] != WHOM:
        fail(USAGE, f"--for {whom[0]}: write --for carrier NAME")
    return whom[1]


def _forms(text: str | None) -> list[Form]:
    """The formats that were named, each once."""
    from collector.reports.review.rendering import FORMS

    asked = list(dict.fromkeys(part.strip() for part in text.split(","))) if text else []
    for one in asked:
        if one not in FORMS:
            fail(USAGE, f"--format {one}: there is {', '.join(FORMS)}")
    return [one for one in FORMS if one in asked]


@contextmanager
def _named() -> Iterator[None]:
    """A carrier that there isn't is exit 2; what this host lacks, or can't write, exit 3."""
    from collector.reports.as_pdf import PdfUnavailable

    try:
        yield
    except LookupError as error:
        fail(USAGE, str(error.args[0]))
    except PdfUnavailable as error:
        fail(UNREACHABLE, str(error))
    except OSError as error:
        fail(UNREACHABLE, f"{error.filename}: {error.strerror}" if error.filename else str(error))


def _made(settings: Settings, period: str | None, carrier: str | None, *, watched: bool) -> Pack:
    """The pack, with a line on stderr where a person watches."""
    from collector.clerk import Desk
    from collector.clocks import clock_of
    from collector.ledger.opening import reading
    from collector.performance.review.review import review
    from collector.reports.schedule import newest_over

    now = clock_of(settings).now()
    zone = settings.zone
    label = period or newest_over("monthly", zone, now.wall_ms)
    with reading(settings.ledger.path), _progress() as told:
        desk = Desk(settings, settings.ledger.path, now)

        def heard(part: str) -> None:
            told(part)
            if watched:
                click.echo(f"gathering {part}", err=True)

        return review(desk, label, carrier, heard)


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda part: None
        return
    with console.status("gathering") as status:
        yield lambda part: status.update(f"gathering {part}")


def _write(pack: Pack, forms: list[Form], out: Path) -> None:
    from collector.reports.review.rendering import render
    from collector.reports.sending import put_into

    for form in forms:
        for path in put_into(out, [render(pack, form)]):
            click.echo(str(path))
