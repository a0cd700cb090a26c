"""`linkledger rules`: rules for Prometheus and routes for Alertmanager, made from the configuration."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from collector.cli.common import UNREACHABLE, USAGE, config_option, examples, fail, verbose_option

if TYPE_CHECKING:
    from collector.rules.facts import Facts


@click.command(
    "rules",
    epilog=examples(
        "linkledger rules --out /etc/prometheus/linkledger",
        "linkledger rules --out . --runbook https://wiki.example/linkledger/runbook",
        "linkledger rules --out . --generic",
    ),
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="The folder to write linkledger.rules.yml, alertmanager.yml and linkledger.tmpl into.",
)
@click.option("--generic", is_flag=True, help="Read no configuration: what every estate can use.")
@click.option(
    "--runbook",
    metavar="URL",
    default="docs/runbook.md",
    show_default=True,
    help="Where docs/runbook.md can be read: alerts link to its sections.",
)
@config_option
@verbose_option
def rules_command(out: Path, generic: bool, runbook: str, config: Path | None, verbose: int) -> None:
    """Write alert and recording rules for Prometheus (or vmalert), and routes for Alertmanager.

    They are made from the configuration: with each carrier's account and NOC, the links to your page
    (web.url), and times that fit your probes. Make them again when it changes. The configuration may be
    one for many hosts, and this host none of them.
    """
    from collector.rules.facts import Facts
    from collector.rules.files import written

    facts, name = (Facts(), "") if generic else _facts(config)
    if not generic and not facts.url:
        click.echo("linkledger: `web.url` isn't set: the alerts have no links to the page", err=True)
    for file, text in written(facts, runbook=runbook, config=name).items():
        _write(out / file, text)
        if verbose:
            click.echo(f"wrote {out / file}", err=True)


def _facts(config: Path | None) -> tuple[Facts, str]:
    """What of the configuration stands in the rules, and the configuration's name."""
    from collector.rules.facts import facts_of
    from config.checks import ANYWHERE
    from config.errors import ConfigErrors
    from config.light import find_config
    from config.load import load

    path = find_config(config)
    if path is None:
        fail(USAGE, "no configuration found: name one with -c, or say --generic")
    try:
        settings = load(path, site=ANYWHERE, need_secrets=False).settings
    except ConfigErrors as errors:
        fail(USAGE, f"the configuration can't be used:\n{errors}")
    return facts_of(settings), path.name


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        fail(UNREACHABLE, f"{path} can't be written: {error.strerror}")
