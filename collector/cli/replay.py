"""`linkledger replay`: any contract over a history file, figures of another tool, or the ledger."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import click

from collector.cli.common import (
    BAD_ANSWER,
    UNREACHABLE,
    USAGE,
    config_option,
    fail,
    json_option,
    print_json,
    verbose_option,
)

if TYPE_CHECKING:
    from collector.history import History
    from collector.sla.statement import Statement
    from config.contract import Contract, Terms
    from config.settings import Settings

EXAMPLES = """\b
Examples:
  linkledger replay --contract acme.yaml --history april.json --period 2026-04
  linkledger replay --contract a.yaml#gold --contract a.yaml#silver --history april.json --period 2026-04
  linkledger replay --contract acme.yaml --intervals outages.csv --charge "1500.00 USD" --period 2026-04
  linkledger replay --contract offer.yaml --ledger --circuit lon-acme --period 2026-10

\b
CSV (comma, semicolon or tab; times with their offset, such as 2026-04-03T10:00:00Z):
  --intervals  from,to,status[,cause][,circuit]      status up, down or unknown; other time is up
  --rounds     at,every,sent,received[,rtt_ms][,repeat][,probe][,dscp][,direction][,family][,circuit]
               every in seconds; rtt_ms joined by ; in sending order, empty for a loss
               or a file that `linkledger export` wrote
  Both together: the intervals say what was down, the rounds feed the other objectives.
"""


T = TypeVar("T")


class Chosen(NamedTuple):
    """A contract, and the name it has in its file."""

    id: str
    contract: Contract


class Sources(NamedTuple):
    """What of the command line says where measurements come from."""

    history: Path | None
    intervals: Path | None
    rounds: Path | None
    ledger: bool
    circuit: str | None
    charge: str | None
    zone: str | None


_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("replay", epilog=EXAMPLES)
@click.option(
    "--contract",
    "contracts",
    multiple=True,
    required=True,
    metavar="FILE[#ID]",
    help="A file with `contracts:`, and which of them; twice: two contracts side by side.",
)
@click.option("--history", type=_FILE, help="A history file (JSON).")
@click.option("--intervals", type=_FILE, help="When it was down, as CSV.")
@click.option("--rounds", type=_FILE, help="What was measured, as CSV.")
@click.option("--ledger", is_flag=True, help="What the configured ledger holds: what-if.")
@click.option("--period", required=True, help="2026-10, 2026-Q3, 2026, a day, current, FROM..TO.")
@click.option("--now", help="Judge as of this time (RFC 3339); else the history's own, or the period's end.")
@click.option("--circuit", help="Only this circuit; with CSV the name of the one that rows don't name.")
@click.option(
    "--charge", metavar="AMOUNT", help="With CSV: what a circuit costs a month, e.g. '1500.00 USD'."
)
@click.option("--zone", metavar="ZONE", help="With CSV: the circuit's time zone, e.g. Europe/London.")
@click.option("--fail-on-breach", is_flag=True, help="Exit 1 when a promise is broken.")
@json_option
@config_option
@verbose_option
def replay_command(
    contracts: tuple[str, ...],
    period: str,
    now: str | None,
    fail_on_breach: bool,
    as_json: bool,
    config: Path | None,
    verbose: int,
    **sources: str | Path | bool | None,
) -> None:
    """Evaluate a contract over a history; -v adds the arithmetic.

    Shows what the contract would pay. Nothing is kept.
    """
    from collector.history.values import moment

    given = Sources(**sources)  # type: ignore[arg-type] # click's options, named as its fields
    _check(given, contracts)
    now_ms = _read("--now", moment, now)
    if given.ledger:
        found = [_over_ledger(one, given, period, now_ms, config) for one in _contracts(contracts, None)]
    else:
        history = _history(given)
        found = [
            _over_history(one, history, given.circuit, period, now_ms)
            for one in _contracts(contracts, history)
        ]
    _show(found, as_json=as_json, steps=verbose > 0)
    breached = any(one.breached for statements in found for one in statements)
    sys.exit(BAD_ANSWER if fail_on_breach and breached else 0)


def _check(given: Sources, contracts: Sequence[str]) -> None:
    from collector.history.values import charge, zone

    tables = given.intervals is not None or given.rounds is not None
    if [given.history is not None, tables, given.ledger].count(True) != 1:
        fail(USAGE, "replay needs one of --history, --ledger, or --intervals and --rounds")
    if not tables and (given.charge or given.zone):
        fail(USAGE, "--charge and --zone go with --intervals and --rounds: a history says its own")
    _read("--charge", charge, given.charge)
    _read("--zone", zone, given.zone)
    if len(contracts) > 2:
        fail(USAGE, f"{len(contracts)} contracts: side by side there are two at most")


def _read(option: str, read: Callable[[object], T], value: str | None) -> T | None:
    """An option's value, refused by its name."""
    try:
        return None if value is None else read(value)
    except ValueError as error:
        fail(USAGE, f"{option}: {error}")


def _contracts(texts: Sequence[str], history: History | None) -> list[Chosen]:
    from config.errors import ConfigErrors

    try:
        return [_contract(text, history) for text in texts]
    except ConfigErrors as errors:
        fail(USAGE, f"the contract can't be used:\n{errors}")


def _contract(text: str, history: History | None) -> Chosen:
    """The contract that is named; else the one that the history's circuits name, or the file's only one."""
    from config.contracts_file import load_contract, load_contracts, split_choice

    path, name = split_choice(text)
    if name is None and history is not None:
        named = {value for one in history.contracts.values() for value in one.values}
        if len(named) == 1 and len(contracts := load_contracts(path)) > 1:
            name = next(iter(named & contracts.keys()), None)
    return Chosen(*load_contract(path, name))


def _history(given: Sources) -> History:
    from collector.history import HistoryErrors, read_csv, read_history
    from config.errors import nearest

    try:
        if given.history is not None:
            history = read_history(given.history)
        else:
            named = given.circuit or "circuit"
            history = read_csv(
                given.intervals, given.rounds, circuit=named, charge=given.charge, zone=given.zone
            )
    except HistoryErrors as errors:
        fail(USAGE, f"the history can't be used:\n{errors}")
    if given.circuit is not None and given.circuit not in history.circuits:
        fail(USAGE, f"there is no circuit {given.circuit!r}: {nearest(given.circuit, history.circuits)}")
    return history


def _over_history(
    chosen: Chosen, history: History, circuit: str | None, period: str, now_ms: int | None
) -> list[Statement]:
    from importlib.metadata import version

    from collector.sla.calendar import local_day
    from collector.sla.evaluate import period_of, statements_of

    now_ms = history.now_ms if now_ms is None else now_ms
    try:
        facts = next(iter(history.circuits.values()))[0]
        cut = period_of(chosen.contract, facts, period, now_ms)
        first_day = local_day(cut.start_ms, cut.zone)
        terms, known = chosen.contract.terms_on(first_day), history.on(first_day)
        _check_facts(chosen, history, terms)
        if circuit is not None and terms.scope == "circuit":
            known = [one for one in known if one[0].id == circuit]
        return statements_of(
            chosen.contract,
            chosen.id,
            known,
            period,
            now_ms=now_ms,
            engine=version("linkledger"),
            config=contract_digest(chosen.contract),
        )
    except ValueError as error:
        fail(USAGE, str(error))


def _check_facts(chosen: Chosen, history: History, terms: Terms) -> None:
    """Refuse what only contract and history together leave open."""
    if terms.timezone in {None, "site"} and history.zoneless:
        names = ", ".join(sorted(history.zoneless))
        what = f"contract {chosen.id!r} goes by the site's time zone, and {names} has no `timezone`"
        fail(USAGE, f'{what}: write such as "timezone": "Europe/London" in a history, --zone with CSV')
    bare = [
        facts.id
        for facts, _ in history.circuits.values()
        if any(not one.currency for one in facts.monthly_charge.values)
    ]
    if terms.currency == "circuit" and bare:
        why = "pays in the currency of the circuit's charge"
        fail(USAGE, f"contract {chosen.id!r} {why}, and {', '.join(bare)} names none: write 1500.00 USD")
    for facts, _ in history.circuits.values():
        paid = {one.currency for one in facts.monthly_charge.values} - {"", terms.currency}
        if terms.currency != "circuit" and paid:
            text = f"pays in {terms.currency}, and {facts.id} costs {', '.join(sorted(paid))}"
            fail(USAGE, f"contract {chosen.id!r} {text}: give the charge in {terms.currency}")


def contract_digest(contract: Contract) -> str:
    """`sha256:...` of all that a contract says, whatever its file looks like."""
    said = contract.model_dump(mode="json", by_alias=True, exclude_none=True)
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _over_ledger(
    chosen: Chosen, given: Sources, period: str, now_ms: int | None, config: Path | None
) -> list[Statement]:
    from collector.clocks import clock_of
    from collector.ledger.errors import LedgerError
    from collector.ledger.opening import reading
    from collector.ledger.reader import SqliteReader
    from collector.statements import what_if
    from probes.clock import NS_PER_MS, Instant

    settings = _settings(config)
    if given.circuit is not None and given.circuit not in settings.circuits:
        known = ", ".join(sorted(settings.circuits)) or "none"
        fail(USAGE, f"the configuration has no circuit {given.circuit!r}; it has {known}")
    carrier = chosen.contract.carrier
    theirs = [name for name, one in settings.circuits.items() if carrier in one.carrier.values]
    if given.circuit is None and not theirs:
        fail(USAGE, f"no circuit is of carrier {carrier!r}: say which one with --circuit")
    now = clock_of(settings).now() if now_ms is None else Instant(now_ms * NS_PER_MS, 0)
    try:
        with reading(settings.ledger.path), SqliteReader(settings.ledger.path) as reader:
            return what_if(
                settings,
                reader,
                contract=chosen.contract,
                contract_id=chosen.id,
                circuits=[given.circuit] if given.circuit else theirs,
                period=period,
                now=now,
            )
    except LedgerError as error:
        fail(UNREACHABLE, str(error))
    except ValueError as error:
        fail(USAGE, str(error))


def _settings(config: Path | None) -> Settings:
    from config.errors import ConfigErrors
    from config.light import find_config
    from config.load import load

    try:
        path = find_config(config)
        if path is None:
            fail(USAGE, "there is no configuration, and so no ledger: replay over a history with --history")
        return load(path, need_secrets=False).settings
    except ConfigErrors as errors:
        fail(USAGE, f"the configuration can't be used:\n{errors}")
    except ValueError as error:
        fail(USAGE, str(error))


def _show(found: Sequence[Sequence[Statement]], *, as_json: bool, steps: bool) -> None:
    from collector.cli.blocks_shown import show, show_blocks
    from collector.cli.compared import compared

    told = [[one.as_json() for one in statements] for statements in found]
    if as_json:
        print_json([one for statements in told for one in statements])
        return
    if len(told) == 2:
        show_blocks(list(compared(*told)))
    if len(told) == 1 or steps:
        show([one for statements in told for one in statements], steps=steps)
