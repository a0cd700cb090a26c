"""`linkledger dispute`: ours and theirs, outage by outage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from collector.cli.chosen import chosen_circuits, failing, read_settings
from collector.cli.common import config_option, examples, json_option, print_json, verbose_option

if TYPE_CHECKING:
    from collector.disputes.dispute import Dispute
    from config.settings import Settings


@click.command(
    "dispute",
    epilog=examples(
        "linkledger dispute --carrier acme --period 2026-10",
        "linkledger dispute --carrier acme --period 2026-10 --circuit lon-acme --json",
    ),
)
@click.option("--carrier", required=True, help="Whose side is laid beside ours.")
@click.option("--period", required=True, help="2026-10, 2026-Q3, 2026, a day, current, FROM..TO.")
@click.option("--circuit", help="Only this circuit.")
@json_option
@config_option
@verbose_option
def dispute_command(
    carrier: str, period: str, circuit: str | None, as_json: bool, config: Path | None, verbose: int
) -> None:
    """Lay each outage side by side: ours, theirs, the minutes and the money between, and why.

    The carrier's side is what `linkledger note carrier` wrote down: outages as it gives them, and its
    figures for the period. Our side is the statement as it is computed today; -v shows rows that agree too.
    """
    from collector.cli.dispute_text import show

    settings = read_settings(config)
    circuits = chosen_circuits(settings, circuit, carrier)
    with failing():
        found = list(_disputes(settings, carrier, circuits, period))
    if as_json:
        print_json(_json(carrier, period, found))
        return
    said = any(one.figures or any(row.pair.theirs for row in one.rows) for one in found)
    if not said:
        click.echo(
            _how_to_record(carrier, period, circuit or next(iter(circuits), "CIRCUIT"), found), err=True
        )
        return
    show(carrier, found, everything=verbose > 0)


def _disputes(settings: Settings, carrier: str, circuits: Sequence[str], period: str) -> Iterator[Dispute]:
    from collector.clocks import clock_of
    from collector.disputes.dispute import dispute
    from collector.disputes.matching import figures, stated
    from collector.ledger.opening import reading
    from collector.ledger.reader import SqliteReader
    from collector.statements import Bench

    path = settings.ledger.path
    with reading(path), SqliteReader(path) as reader:
        bench = Bench(settings, reader, clock_of(settings).now().wall_ms)
        notes = bench.testimony.notebook.carriers_side
        for cause in bench.causes(circuits, period):
            if settings.contracts[cause.contract].carrier != carrier:
                continue
            outages = stated(notes, carrier, cause.circuits)
            theirs = figures(notes, carrier, cause.circuits, cause.period.label)
            for one in bench.decided(cause):
                yield dispute(one, outages, theirs, bench.now_ms)


def _json(carrier: str, period: str, found: Sequence[Dispute]) -> dict[str, Any]:
    from collector.disputes.dispute import totals
    from collector.sla.statement import money

    return {
        "carrier": carrier,
        "period": period,
        "disputes": [one.as_json() for one in found],
        "totals": [
            {
                "currency": currency,
                "ours": money(ours),
                "theirs": money(theirs),
                "between": money(ours - theirs),
            }
            for currency, (ours, theirs) in totals(found).items()
        ],
    }


def _how_to_record(carrier: str, period: str, circuit: str, found: Sequence[Dispute]) -> str:
    """What to do where nothing is known of the carrier's side; of an outage of ours where there is one."""
    from collector.sla.calendar import rfc3339

    if not found:
        return f"no circuit of {carrier} had a contract with it in {period}: there is nothing to compare"
    spans = [
        (rfc3339(outage.start_ms), rfc3339(outage.end_ms), one.ours.circuits[0])
        for one in found
        for outage in one.ours.outages
    ]
    begin, end, name = next(iter(spans), ("2026-04-03T10:20:00Z", "2026-04-03T10:47:00Z", circuit))
    note = f"  linkledger note carrier {carrier} --circuit {name}"
    return "\n".join(
        (
            f"nothing says what {carrier} makes of {period}: write down its outages and its figures:",
            f"{note} --from {begin} --to {end} --hold 5=customer_wait --cause 'fibre cut'",
            f"{note} --period {period} --figure availability=99.95",
        )
    )
