"""`linkledger check`: every problem of a configuration, or what was read."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from collector.cli.common import (
    USAGE,
    config_option,
    fail,
    json_option,
    print_json,
    verbose_option,
)
from config.errors import ConfigErrors, nearest
from config.light import LOCAL, SYSTEM, VARIABLE, find_config

if TYPE_CHECKING:
    from config.draft import Draft
    from config.errors import Problem
    from config.load import Loaded
    from config.settings import ProbeSettings, Settings
    from config.traffic import Traffic

EXAMPLES = """\b
Examples:
  linkledger check
  linkledger check /etc/linkledger/linkledger.yaml --json
  linkledger check --explain lon-acme
  linkledger check --schema > linkledger.schema.json
"""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a good configuration holds; `here` is of this host's site alone."""

    site: str
    host: str
    files: int
    sites: int
    carriers: int
    circuits: int
    circuits_here: int
    probes_here: dict[str, int]
    references_here: int
    contracts: int
    outputs: int
    packets_a_month: int
    ledger_bytes_a_month: tuple[int, int]
    traffic_a_month: Traffic
    """Of the whole estate, both ways."""
    traffic_a_month_here: Traffic
    ledger: str
    keep: str
    digest: str


@click.command("check", epilog=EXAMPLES)
@click.argument("path", metavar="[CONFIG]", required=False, type=click.Path(path_type=Path))
@config_option
@click.option("--site", help="Check as if this host stood there.")
@click.option("--explain", metavar="CIRCUIT", help="Say where each value of a circuit comes from.")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of a configuration file.")
@click.option("--without-secrets", is_flag=True, help="Secrets that this user can't read are warnings.")
@json_option
@verbose_option
def check_command(
    path: Path | None,
    config: Path | None,
    site: str | None,
    *,
    explain: str | None,
    schema: bool,
    without_secrets: bool,
    as_json: bool,
    verbose: int,
) -> None:
    """Say everything that is wrong with a configuration, or what it holds. Exit code 2 if it is wrong."""
    from config.load import load_draft
    from config.schema import file_schema

    if schema:
        print_json(file_schema())
        return
    found = find_config(path or config)
    if found is None:
        fail(
            USAGE,
            f"no configuration: neither -c, ${VARIABLE}, ./{LOCAL} nor {SYSTEM} is there; "
            "`linkledger init` writes a first one",
        )
    try:
        loaded, draft = load_draft(found, site=site, need_secrets=not without_secrets)
    except ConfigErrors as errors:
        _tell(found, errors.problems, None, as_json=as_json)
        sys.exit(USAGE)
    if explain is not None:
        _explain(loaded.settings, draft, explain, as_json=as_json)
        return
    _tell(found, loaded.warnings, summary(loaded), as_json=as_json)
    if verbose and not as_json:
        click.echo("\n".join(str(file) for file in loaded.files))


def _explain(settings: Settings, draft: Draft, name: str, *, as_json: bool) -> None:
    from collector.cli.explain import as_json as explained
    from collector.cli.explain import lines
    from config.explain import explain

    if name not in settings.circuits:
        fail(USAGE, f"there is no circuit {name!r}: {nearest(name, settings.circuits)}")
    told = explain(draft, settings.circuits[name], name)
    if as_json:
        print_json(explained(told))
    else:
        click.echo("\n".join(lines(told)))


def _tell(path: Path, problems: tuple[Problem, ...], good: Summary | None, *, as_json: bool) -> None:
    if as_json:
        told = [{**one._asdict(), "severity": str(one.severity)} for one in problems]
        summed = asdict(good) if good else None
        print_json({"config": str(path), "good": good is not None, "problems": told, "summary": summed})
        return
    for one in problems:
        click.secho(str(one), err=True, fg="red" if one.is_error else "yellow")
    kinds = Counter(one.is_error for one in problems)
    counted = [count(kinds[True], "error"), count(kinds[False], "warning")]
    said = ", ".join(one for one in counted if one)
    if good is None:
        click.secho(f"{path}: {said}", err=True, bold=True)
    else:
        click.echo(f"{click.style('good', fg='green', bold=True)}: {path}{f', {said}' if said else ''}")
        click.echo("\n".join(f"  {line}" for line in sentences(good)))


def count(number: int, thing: str) -> str:
    """`2 warnings`, `1 error`; empty for none."""
    return f"{number:,} {thing}{'s' * (number != 1)}" if number else ""


def summary(loaded: Loaded) -> Summary:
    """What a configuration holds."""
    from config.room import BYTES_A_PACKET, packets_a_month
    from config.traffic import total

    settings = loaded.settings
    probes = [probe for circuit in settings.here().values() for probe in circuit.probes.values()]
    references = _references(settings, settings.site)
    everywhere = [probe for circuit in settings.circuits.values() for probe in circuit.probes.values()]
    everywhere += [probe for site in settings.sites for probe in _references(settings, site)]
    packets = packets_a_month([*probes, *references])
    least, most = BYTES_A_PACKET
    return Summary(
        site=settings.site,
        host=settings.host,
        files=len(loaded.files),
        sites=len(settings.sites),
        carriers=len(settings.carriers),
        circuits=len(settings.circuits),
        circuits_here=len(settings.here()),
        probes_here=dict(sorted(Counter(probe.kind for probe in probes).items())),
        references_here=len(references),
        contracts=len(settings.contracts),
        outputs=_outputs(settings),
        packets_a_month=packets,
        ledger_bytes_a_month=(round(packets * least), round(packets * most)),
        traffic_a_month=total(everywhere),
        traffic_a_month_here=total([*probes, *references]),
        ledger=str(settings.ledger.path),
        keep=str(settings.ledger.keep),
        digest=settings.digest,
    )


def _references(settings: Settings, site: str) -> list[ProbeSettings]:
    return [one.probe for one in settings.sites[site].reference or ()]


def _outputs(settings: Settings) -> int:
    return len(settings.outputs.influxdb) + len(settings.outputs.notified())


def sentences(good: Summary) -> list[str]:
    """The summary for a person."""
    from collector.cli.explain import traffic
    from collector.sizes import megabytes

    probes = ", ".join(f"{number:,} {kind}" for kind, number in good.probes_here.items())
    parts = (count(good.contracts, "contract"), count(good.outputs, "output"))
    held = ", ".join(one for one in parts if one) or "no contract, no output"
    least, most = (megabytes(one) for one in good.ledger_bytes_a_month)
    estate = f"{count(good.circuits, 'circuit')} at {count(good.sites, 'site')}"
    return [
        f"{estate} of {count(good.carriers, 'carrier')}; {held}",
        f"this host is {good.host} at {good.site}: {count(good.circuits_here, 'circuit')}, "
        f"probes: {probes}; {count(good.references_here, 'reference') or 'no reference'}",
        f"all probes of the estate in 30 days: {'; '.join(traffic(good.traffic_a_month))}",
        f"the ledger {good.ledger} grows by about {least} to {most} a month and is kept {good.keep}",
    ]
