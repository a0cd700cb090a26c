"""`linkledger anomalies`: what isn't as it was, in sentences."""

from __future__ import annotations

from pathlib import Path

import click

from collector.cli.chosen import failing, read_settings
from collector.cli.common import USAGE, config_option, examples, fail, json_option, print_json, verbose_option

EXAMPLES = examples(
    "linkledger anomalies",
    "linkledger anomalies --period 2026-10 --circuit lon-acme",
    "linkledger anomalies --period 2026-Q3 --json",
)


@click.command("anomalies", epilog=EXAMPLES)
@click.option("--period", default="current", show_default=True, help="2026-10, 2026-Q3, 2026, FROM..TO ...")
@click.option("--circuit", help="Only this circuit.")
@json_option
@config_option
@verbose_option
def anomalies_command(
    period: str, circuit: str | None, as_json: bool, config: Path | None, verbose: int
) -> None:
    """Say what changed in RTT, loss, jitter and utilisation, as the nightly analysis found it.

    Each sentence names the time by the site's clock, the size, and the outage or the announced work that
    lay near it.
    """
    from collector.clerk import Desk
    from collector.clocks import clock_of
    from collector.ledger.opening import reading
    from collector.performance.nightly.anomalies import anomalies
    from collector.performance.nightly.anomalies import as_json as shown
    from collector.sla.calendar import parse_period
    from config.errors import nearest

    settings = read_settings(config)
    if circuit is not None and circuit not in settings.circuits:
        fail(USAGE, f"the configuration has no circuit {circuit!r}: {nearest(circuit, settings.circuits)}")
    path, now = settings.ledger.path, clock_of(settings).now()
    try:
        wanted = parse_period(period, settings.zone, now.wall_ms)
    except ValueError as error:
        fail(USAGE, str(error))
    with failing(), reading(path):
        desk = Desk(settings, path, now)
        found = anomalies(desk, wanted.start_ms, wanted.end_ms, None if circuit is None else [circuit])
        analysed = desk.reader.analysed_until()
        desk.reader.close()
    if as_json:
        print_json({"period": wanted.label, "anomalies": [shown(one) for one in found]})
        return
    for one in found:
        click.echo(f"{one.finding.circuit}\t{one.sentence}")
    if not found or verbose:
        click.echo(_ended(len(found), wanted.label, analysed=bool(analysed)), err=True)


def _ended(found: int, label: str, *, analysed: bool) -> str:
    if not analysed:
        return "not analysed yet: the daemon does it each night, and `linkledger analyse` at once"
    return f"{found:,} found in {label}"
