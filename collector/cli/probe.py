"""`linkledger probe`: one measurement now. What it does is in probing.py: completion needs none of it."""

from __future__ import annotations

from pathlib import Path

import click

from collector.cli.common import config_option, json_option, verbose_option
from probes import PROBES

EXAMPLES = """\b
Examples:
  linkledger probe 192.0.2.1
  linkledger probe example.net:443 --count 3
  linkledger probe gateway --every 200ms --json
  linkledger probe lon-acme/far -c linkledger.yaml
  linkledger probe https://example.net/health
  linkledger probe 192.0.2.1 --kind path -o protocol=udp
  linkledger probe 192.0.2.53 --kind dns -o query=example.com -o expect.rcode=NXDOMAIN
"""
COUNT = 5


@click.command("probe", epilog=EXAMPLES)
@click.argument("target")
@click.option(
    "--kind",
    type=click.Choice(sorted(PROBES)),
    help="What to measure with (else: HOST:PORT is tcp, a URL http, HOST icmp).",
)
@click.option(
    "--count", type=click.IntRange(1, 100_000), help=f"How many times.  [default: {COUNT}, a path once]"
)
@click.option("--every", default="1s", show_default=True, help="One in this time.")
@click.option(
    "--timeout", help="How long an answer (a whole path) may take.  [default: the kind's, or the configured]"
)
@click.option(
    "-o", "--option", "given", multiple=True, metavar="KEY=VALUE", help="An option of the kind; repeatable."
)
@json_option
@config_option
@verbose_option
def probe_command(
    target: str,
    kind: str | None,
    count: int | None,
    every: str,
    timeout: str | None,
    given: tuple[str, ...],
    as_json: bool,
    config: Path | None,
    verbose: int,
) -> None:
    """Measure TARGET now and show each answer as it comes.

    TARGET is an address, a name, `gateway`, or CIRCUIT/PROBE of the configuration: that leaves the way
    and with the options that the daemon's packets do.
    """
    from collector.cli.probing import probe

    probe(target, kind, count, (every, timeout), given, config, as_json=as_json, verbose=verbose)
