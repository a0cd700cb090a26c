"""`linkledger contract`: a contract in sentences, and a new one from a shipped kind."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from collector.cli.common import USAGE, config_option, examples, fail, json_option, print_json, verbose_option
from collector.cli.contract_new import new_command
from probes.shown import clean

if TYPE_CHECKING:
    from collector.sla.rules import CircuitFacts
    from collector.wording.lines import Part
    from config.contract import Contract
    from config.settings import Settings
    from probes.clock import Clock

WIDEST = 100
LONGEST = 4_000


class Chosen(NamedTuple):
    """A contract, the name it has, and circuits that have it."""

    id: str
    contract: Contract
    circuits: tuple[CircuitFacts, ...] = ()
    clock: Clock | None = None
    """What the configuration goes by; None: the system's."""


@click.group(
    "contract",
    epilog=examples(
        "linkledger contract explain acme-dia-gold", "linkledger contract new --kind bands-on-availability"
    ),
)
def contract_command() -> None:
    """Read a contract against its paper, or write a new one."""


contract_command.add_command(new_command)


@contract_command.command(
    "explain",
    epilog=examples(
        "linkledger contract explain acme-dia-gold",
        "linkledger contract explain --file acme.yaml",
        "linkledger contract explain --file contracts.yaml#acme-dia-gold --json",
    ),
)
@click.argument("contract_id", metavar="[ID]", required=False)
@click.option(
    "--file", "source", metavar="FILE[#ID]", help="A file with `contracts:`, instead of the configuration."
)
@json_option
@config_option
@verbose_option
def explain_command(
    contract_id: str | None, source: str | None, as_json: bool, config: Path | None, verbose: int
) -> None:
    """Say in plain sentences all that a contract says, and what follows from what it leaves out.

    At the end stands an example in figures, computed as statements are; -v adds its arithmetic.
    """
    chosen = from_file(source, contract_id) if source else from_config(config, contract_id)
    if as_json:
        print_json(told_json(chosen))
    else:
        show(list(told_parts(chosen, steps=verbose > 0)))


def from_file(source: str, contract_id: str | None) -> Chosen:
    """A contract of a contracts file; without a name its only one."""
    from config.contracts_file import load_contract, split_choice
    from config.errors import ConfigErrors

    path, name = split_choice(source)
    if name is not None and contract_id not in {None, name}:
        fail(USAGE, f"{contract_id!r} and {name!r}: name one contract")
    try:
        return Chosen(*load_contract(path, name or contract_id))
    except ConfigErrors as errors:
        fail(USAGE, f"the contract can't be used:\n{errors}")


def from_config(config: Path | None, contract_id: str | None) -> Chosen:
    """A contract of the configuration, with its circuits."""
    from collector.clocks import clock_of
    from config.errors import nearest

    settings = settings_of(config)
    known = settings.contracts
    if contract_id is None and len(known) == 1:
        contract_id = next(iter(known))
    if contract_id is None:
        names = ", ".join(known) or "none"
        fail(USAGE, f"name a contract; the configuration has {names}")
    if contract_id not in known:
        hint = nearest(contract_id, known) if known else "the configuration has none"
        fail(USAGE, f"there is no contract {contract_id!r}: {hint}")
    circuits = tuple(_circuits(settings, contract_id))
    return Chosen(contract_id, known[contract_id], circuits, clock_of(settings))


def settings_of(config: Path | None) -> Settings:
    """The configuration; leaves with every problem where it can't be used."""
    from config.errors import ConfigErrors
    from config.light import find_config
    from config.load import load

    try:
        path = find_config(config)
        if path is None:
            fail(USAGE, "there is no configuration: name a contracts file with --file")
        return load(path, need_secrets=False).settings
    except ConfigErrors as errors:
        fail(USAGE, f"the configuration can't be used:\n{errors}")
    except ValueError as error:
        fail(USAGE, str(error))


def _circuits(settings: Settings, contract_id: str) -> Iterator[CircuitFacts]:
    """Those that have the contract at any time, and a charge."""
    from collector.sla.rules import CircuitFacts

    for name, one in settings.circuits.items():
        if contract_id not in one.contract.values or not one.monthly_charge.values:
            continue
        yield CircuitFacts(
            name,
            settings.sites[one.site].timezone,
            monthly_charge=one.monthly_charge.since_ever(),
            access_charge=one.access_charge,
            port_charge=one.port_charge,
            one_time_charge=one.one_time_charge,
            site=one.site,
        )


def _example(chosen: Chosen) -> Part:
    from datetime import timedelta

    from collector.sla.calendar import local_day
    from collector.wording.example import example
    from probes.clock import SystemClock

    clock = chosen.clock or SystemClock()
    today = local_day(clock.now().wall_ms, "UTC")
    last_month = today.replace(day=1) - timedelta(days=1)
    return example(chosen.contract, chosen.id, chosen.circuits, last_month)


def told_parts(chosen: Chosen, *, steps: bool) -> Iterator[Part]:
    """Everything in the order of reading, with `steps` the example's arithmetic too."""
    from collector.wording.example import STEPS
    from collector.wording.lines import Line, Part
    from collector.wording.whole import told, undecided

    contract, versions = chosen.contract, told(chosen.contract)
    yield Part(f"Contract {chosen.id}, carrier {contract.carrier}", ())
    if (left_open := undecided(contract)) is not None:
        yield left_open
    for one in versions:
        if len(versions) > 1:
            until = f"to {one.until}" if one.until else "on"
            yield Part(f"Version from {one.effective} {until}", ())
        yield from one.parts
    shown = _example(chosen)
    yield shown if steps else Part(shown.title, tuple(one for one in shown.lines if one.text != STEPS))
    yield Part(
        "", (Line("Read this against the paper. What is wrong here will be wrong in every statement."),)
    )


def told_json(chosen: Chosen) -> dict[str, Any]:
    """The same for other programs."""
    from collector.wording.whole import as_json, told, undecided

    left_open = undecided(chosen.contract)
    return {
        "contract": chosen.id,
        "carrier": chosen.contract.carrier,
        "undecided": None if left_open is None else as_json(left_open),
        "versions": [
            {
                "effective": one.effective and one.effective.isoformat(),
                "until": one.until and one.until.isoformat(),
                "parts": [as_json(part) for part in one.parts],
            }
            for one in told(chosen.contract)
        ],
        "example": as_json(_example(chosen)),
    }


def show(parts: Sequence[Part]) -> None:
    """Print parts on stdout, wrapped; headings are bold on a terminal."""
    from rich.console import Console
    from rich.text import Text

    console = Console()
    for place, part in enumerate(parts):
        if place:
            click.echo()
        if part.title:
            title = clean(part.title, LONGEST)
            console.print(Text(title, "bold"), soft_wrap=True) if console.is_terminal else click.echo(title)
        for text in wrapped(part, min(get_terminal_size((WIDEST, 24)).columns, WIDEST)):
            click.echo(text)


def wrapped(part: Part, width: int) -> Iterator[str]:
    """The lines of a part, items under their sentence."""
    margin = "  " if part.title else ""
    for one in part.lines:
        yield from _wrapped(one.text, margin, margin, width)
        for item in one.items:
            yield from _wrapped(item, f"{margin}  - ", f"{margin}    ", width)


def _wrapped(text: str, first: str, later: str, width: int) -> list[str]:
    return textwrap.wrap(
        clean(text, LONGEST),
        max(width, 40),
        initial_indent=first,
        subsequent_indent=later,
        break_long_words=False,
        break_on_hyphens=False,
    )
