"""`linkledger dashboards`: Grafana's dashboards and provisioning files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from collector.cli.common import UNREACHABLE, USAGE, config_option, examples, fail, verbose_option

if TYPE_CHECKING:
    from config.settings import Settings

BOTH = "both"


@click.command(
    "dashboards",
    epilog=examples(
        "linkledger dashboards --out grafana",
        "linkledger dashboards --out /etc/linkledger/grafana --datasource promql -c linkledger.yaml",
        "linkledger dashboards --generic --out grafana --path /var/lib/grafana/dashboards",
    ),
)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="The folder to write to."
)
@click.option(
    "--datasource",
    type=click.Choice(["promql", "influxql", BOTH]),
    default=BOTH,
    show_default=True,
    help="promql: Prometheus, VictoriaMetrics. influxql: InfluxDB 1, 2, 3.",
)
@click.option(
    "--path", help="Where Grafana finds the folder `dashboards`; /etc/grafana/dashboards unless told."
)
@click.option("--generic", is_flag=True, help="Read no configuration: what every estate can use.")
@config_option
@verbose_option
def dashboards_command(
    out: Path, datasource: str, path: str | None, generic: bool, config: Path | None, verbose: int
) -> None:
    """Write Grafana dashboards, and the files that make Grafana load them.

    From the configuration come carriers' names, links from values to linkledger's page (`web.url`) and
    the address of InfluxDB; without one they are the dashboards that come with linkledger.
    """
    from collector.dashboards.files import LANGUAGES, MOUNTED, files, names_of, store_of
    from collector.dashboards.model import GENERIC
    from collector.dashboards.provisioning import Store

    languages = [one for one in LANGUAGES if datasource in (one, BOTH)]
    settings = None if generic else _settings(config)
    names, store = (names_of(settings), store_of(settings)) if settings else (GENERIC, Store())
    for name, text in files(languages, names, store, path or MOUNTED).items():
        _write(out / name, text)
        if verbose:
            click.echo(out / name, err=True)


def _settings(config: Path | None) -> Settings | None:
    """The configuration in use; None where there is none."""
    from config.checks import ANYWHERE
    from config.errors import ConfigErrors
    from config.light import find_config
    from config.load import load

    path = find_config(config)
    try:
        return load(path, site=ANYWHERE, need_secrets=False).settings if path else None
    except ConfigErrors as errors:
        fail(USAGE, f"the configuration can't be used:\n{errors}")


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        fail(UNREACHABLE, f"{path}: can't be written: {error.strerror}")
