"""`linkledger report`: a period's report as HTML, PDF, CSV or JSON, or sent as the configuration says."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from collector.cli.chosen import failing, read_settings
from collector.cli.common import (
    BAD_ANSWER,
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
    from collector.reports.making import Wanted
    from collector.reports.ready import Prepared
    from collector.reports.render import Form
    from collector.reports.report import Report
    from collector.reports.sending import Problem
    from config.settings import Settings
    from probes.clock import Instant

EXAMPLES = examples(
    "linkledger report --period 2026-10",
    "linkledger report --period 2026-Q3 --carrier acme --format html,pdf --out reports/",
    "linkledger report --period 2026-W40 --format csv --out -",
    "linkledger report --send monthly-noc --period 2026-10",
)
STDOUT = "-"


@click.command("report", epilog=EXAMPLES)
@click.option(
    "--period",
    help="2026-10, 2026-Q3, 2026, 2026-W40, a day, FROM..TO; left out: the running month.",
)
@click.option("--carrier", help="Only this carrier's circuits.")
@click.option("--site", help="Only this site's circuits.")
@click.option(
    "--format", "formats", default="html", show_default=True, help="Some of html,pdf,csv,json; several: a,b."
)
@click.option("--out", help="A folder, or - for stdout; left out: here.")
@click.option("--send", help="Make and send this report of the configuration now.")
@click.option("--fail-on-breach", is_flag=True, help="Exit 1 when a promise is broken.")
@json_option
@config_option
@verbose_option
def report_command(
    period: str | None,
    carrier: str | None,
    site: str | None,
    formats: str,
    out: str | None,
    send: str | None,
    fail_on_breach: bool,
    as_json: bool,
    config: Path | None,
    verbose: int,
) -> None:
    """Write a period's report: a page for the manager, then every circuit with verdicts, outages and charts.

    It rests on the issued statements, and names their revisions. PDF needs the extra linkledger[pdf].
    """
    from collector.clocks import clock_of
    from collector.reports.making import Wanted
    from collector.reports.render import shows_pictures

    if send is not None:
        if carrier or site or out or as_json:
            fail(USAGE, "--send NAME takes what the configuration says: only --period goes with it")
        _send(send, period, config)
        return
    forms = _forms(formats, out, as_json=as_json)
    settings = read_settings(config)
    now = clock_of(settings).now()
    with failing(), _reported():
        pictured = not as_json and any(shows_pictures(form) for form in forms)
        wanted = Wanted(period or "current", carrier, site, keep=settings.demo is None, pictures=pictured)
        made = _made(settings, now, wanted)
        if as_json:
            from collector.reports.as_json import as_json as document

            print_json(document(made))
        else:
            _write(made, forms, out, verbose)
    broken = any(one.breached for _, one in made.statements)
    sys.exit(BAD_ANSWER if fail_on_breach and broken else 0)


def _forms(text: str, out: str | None, *, as_json: bool) -> list[Form]:
    """The formats that were named, each once."""
    from collector.reports.render import FORMS

    asked = list(dict.fromkeys(part.strip() for part in text.split(",")))
    unknown = [one for one in asked if one not in FORMS]
    if unknown:
        fail(USAGE, f"--format {unknown[0]}: there is {', '.join(FORMS)}")
    if out == STDOUT and len(asked) > 1 and not as_json:
        fail(USAGE, "--out - takes one format: stdout is one file")
    return [one for one in FORMS if one in asked]


@contextmanager
def _reported() -> Iterator[None]:
    """A name that there isn't is exit 2; what this host lacks, or a folder that can't be written, exit 3."""
    from collector.reports.as_pdf import PdfUnavailable

    try:
        yield
    except LookupError as error:
        fail(USAGE, str(error))
    except PdfUnavailable as error:
        fail(UNREACHABLE, str(error))
    except OSError as error:
        fail(UNREACHABLE, f"{error.filename}: {error.strerror}" if error.filename else str(error))


def _made(settings: Settings, now: Instant, wanted: Wanted) -> Report:
    """The report, with a bar on stderr where a person watches."""
    from collector.reports.making import make

    with _bar("judging circuits") as told:
        return make(settings, settings.ledger.path, now, wanted, told=told)


@contextmanager
def _bar(what: str) -> Iterator[Callable[[int, int], None]]:
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _write(made: Report, forms: list[Form], out: str | None, verbose: int) -> None:
    from collector.reports.render import render
    from collector.reports.sending import put_into

    if not list(made.chapters):
        click.echo("no circuit here was in service then: the report is empty", err=True)
    for form in forms:
        file = render(made, form)
        if out == STDOUT:
            click.echo(file.body, nl=False)
            continue
        for path in put_into(Path(out or "."), [file]):
            click.echo(str(path))
            if verbose:
                click.echo(f"{path}: {len(file.body):,} bytes", err=True)


# --- sending


def _send(name: str, period: str | None, config: Path | None) -> None:
    """Make and send a configured report, and keep who has it, so that the daemon needn't."""
    import asyncio

    from collector.clocks import clock_of
    from collector.reports.ready import prepared
    from collector.reports.schedule import newest_over
    from collector.reports.sending import receivers

    settings = _with_secrets(config)
    entry = settings.reports.get(name)
    if entry is None:
        known = ", ".join(settings.reports) or "none"
        fail(USAGE, f"the configuration has no report {name!r}; it has {known}")
    now = clock_of(settings).now()
    zone = entry.timezone or settings.zone
    newest = newest_over(entry.every, zone, now.wall_ms)
    label = period or newest
    with failing(), _reported():
        made = prepared(settings, settings.ledger.path, now, entry, label)
        problems = asyncio.run(_delivered(settings, name, made, now.wall_ms, newest))
    for one in problems:
        click.echo(f"linkledger: {one.why}", err=True)
    if problems:
        sys.exit(UNREACHABLE)
    click.echo(f"{name}, {label}: sent to {', '.join(receivers(entry))}")


def _with_secrets(config: Path | None) -> Settings:
    from config.errors import ConfigErrors
    from config.light import find_config
    from config.load import load

    try:
        path = find_config(config)
        if path is None:
            fail(USAGE, "there is no configuration, and so no report: write one with `linkledger init`")
        return load(path).settings
    except ConfigErrors as errors:
        fail(USAGE, f"the configuration can't be used:\n{errors}")
    except ValueError as error:
        fail(USAGE, str(error))


async def _delivered(
    settings: Settings, name: str, made: Prepared, now_ms: int, newest: str
) -> list[Problem]:
    """Give it to everybody, whoever had it before; gives why some don't have it.

    What the schedule would send next is noted as sent; an older period changes nothing of it.
    """
    from collector.ledger.deliveries import deliveries, put
    from collector.ledger.opening import editing
    from collector.reporting import sent_by_hand
    from collector.reports.sending import deliver

    had: list[str] = []

    async def keep(names: Collection[str]) -> None:
        had.extend(names)

    entry = settings.reports[name]
    problems = await deliver(name, entry, made, host=settings.host, now_ms=now_ms, had=(), keep=keep)
    if had and made.period == newest:
        with editing(settings.ledger.path) as connection:
            before = deliveries(connection).get(name)
            put(connection, sent_by_hand(before, name, newest, had, now_ms, whole=not problems))
    return problems
