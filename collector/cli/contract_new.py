"""`linkledger contract new`: asks what a shipped kind leaves to the paper, and writes the contract."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from collector.cli.common import UNREACHABLE, USAGE, config_option, examples, fail, verbose_option

if TYPE_CHECKING:
    from config.contract import Contract
    from config.errors import Path as Key
    from config.new_contract import Question

TOLD = frozenset({"What is promised", "What it pays", "For example"})
"""Parts of an explanation that are printed once the contract is written."""
STDOUT = "-"
THERE = "is there already: name another file with --out, or write over it with --force"


@click.command(
    "new",
    epilog=examples(
        "linkledger contract new --kind bands-on-availability",
        "linkledger contract new --kind ticket-clock --carrier acme --effective 2026-01-01 --yes",
        "linkledger contract new --kind bands-on-availability --set currency=USD --set caps.month=50%",
    ),
)
@click.option("--kind", help="The shipped contract to start from; without it they are listed.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file to write, ID.yaml unless told. `-` prints it.",
)
@click.option("--carrier", help="A key of `carriers`: whose contract it is.")
@click.option("--id", "contract_id", help="The contract's id, CARRIER-KIND unless told.")
@click.option("--effective", metavar="DATE", help="The first day on which it holds, such as 2026-01-01.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="An answer, such as currency=USD; again and again.",
)
@click.option("--yes", is_flag=True, help="Ask nothing: what isn't given is as the kind says.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@config_option
@verbose_option
def new_command(
    kind: str | None,
    out: Path | None,
    carrier: str | None,
    contract_id: str | None,
    effective: str | None,
    settings: tuple[str, ...],
    yes: bool,
    force: bool,
    config: Path | None,
    verbose: int,
) -> None:
    """Write a contract that extends a shipped kind.

    Asks for what only the paper can say, and for the decisions that change the money most; each
    question shows what the kind says. The file is checked before it is kept, with -c its carrier
    too; -v adds the arithmetic of the example.
    """
    kind = _kind(kind)
    given = dict(map(_setting, settings))
    _ready(carrier, effective, yes=yes)
    carrier = carrier or _ask("Whose contract is it? A key of `carriers`", None, _slug)
    _known(carrier, config)
    name = _named(contract_id, f"{carrier}-{kind}", yes=yes)
    effective = effective or _ask("From which day does it hold? Such as 2026-01-01", None, _day)
    path = out or Path(f"{name}.yaml")
    if str(path) != STDOUT and path.exists() and not force:
        fail(USAGE, f"{path} {THERE}")
    own = {
        "carrier": _checked("--carrier", _slug, carrier),
        "effective": _checked("--effective", _day, effective),
    }
    text = _text(name, kind, own, given, ask=not yes)
    if str(path) == STDOUT:
        _good(text, name)
        click.echo(text, nl=False)
    else:
        _tell(name, _kept(text, name, path, force=force), path, steps=verbose > 0)


def _text(name: str, kind: str, own: Mapping[str, str], given: Mapping[Key, Any], *, ask: bool) -> str:
    """The contract's file, from what was given, what is answered now, and what the kind says."""
    from config.new_contract import contract_text, own_terms, questions, terms_of

    terms = terms_of(kind)
    asked = questions(terms)
    answers = {one.key: one.default for one in asked} | dict(given)
    if ask:
        answers |= dict(_answers(terms, [one for one in asked if one.key not in given]))
    comments = {one.key: one.text for one in asked}
    return contract_text(name, kind, {**own, **own_terms(terms, answers)}, comments)


def _kept(text: str, name: str, path: Path, *, force: bool) -> Contract:
    """The contract in the file that was written, or nothing written and the reason told."""
    from config.errors import ConfigErrors
    from config.new_contract import keep

    try:
        return keep(text, name, path, replace=force)
    except ConfigErrors as errors:
        fail(USAGE, f"this makes no good contract, nothing was written:\n{errors}")
    except FileExistsError:
        fail(USAGE, f"{path} {THERE}")
    except OSError as error:
        fail(UNREACHABLE, f"{path} can't be written: {error.strerror}")


def _good(text: str, name: str) -> None:
    """Leave with what is wrong with a contract that is only printed."""
    from config.errors import ConfigErrors
    from config.new_contract import checked

    try:
        checked(text, name, Path(STDOUT))
    except ConfigErrors as errors:
        fail(USAGE, f"this makes no good contract, nothing was printed:\n{errors}")


def _tell(name: str, contract: Contract, path: Path, *, steps: bool) -> None:
    """What was written, in short, and what to do next."""
    from collector.cli.contract import Chosen, show, told_parts

    chosen = Chosen(name, contract)
    show([part for part in told_parts(chosen, steps=steps) if part.title in TOLD])
    click.echo(
        f"\nwrote {path}. Next:\n"
        f"  linkledger contract explain {name} --file {path}      all of it, to read against the paper\n"
        f"  linkledger replay --contract {path} --history HISTORY.json --period 2026-04\n"
        f"  `include: [{path}]` and a circuit's `contract: {name}` in the configuration; linkledger check",
        err=True,
    )


def _kind(kind: str | None) -> str:
    """The kind; without one, or for one that isn't shipped, all of them with a sentence each."""
    from config.errors import nearest
    from config.kinds import PREFIX, kinds
    from config.new_contract import summaries

    named = kind.removeprefix(PREFIX) if kind else ""
    if named not in kinds():
        why = f"there is no kind {kind!r}: {nearest(named, kinds())}" if kind else "choose one with --kind"
        shown = click.HelpFormatter(width=100)
        with shown.indentation():
            shown.write_dl(list(summaries().items()), col_max=40)
        fail(USAGE, f"{why}\n{shown.getvalue().rstrip()}")
    return named


def _ready(carrier: str | None, effective: str | None, *, yes: bool) -> None:
    """Leave unless all is given, or somebody can be asked."""
    missing = [option for option, value in (("--carrier", carrier), ("--effective", effective)) if not value]
    if yes and missing:
        fail(USAGE, f"with --yes give {' and '.join(missing)} too: only the contract's own paper says that")
    if not yes and not is_terminal():
        needed = " and ".join([*missing, "--yes"])
        fail(
            USAGE, f"there is no terminal to ask on: give {needed}, and what differs from the kind with --set"
        )


def is_terminal() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty()


def _known(carrier: str, config: Path | None) -> None:
    """Leave where a configuration is named that hasn't got the carrier."""
    if config is None:
        return
    from collector.cli.contract import settings_of
    from config.errors import nearest

    carriers = settings_of(config).carriers
    if carrier not in carriers:
        fail(USAGE, f"{config} has no carrier {carrier!r}: {nearest(carrier, carriers)}")


def _named(contract_id: str | None, usual: str, *, yes: bool) -> str:
    if contract_id:
        return _checked("--id", _slug, contract_id)
    return usual if yes else _ask("Which id shall it have?", usual, _slug)


def _answers(terms: Mapping[str, Any], asked: list[Question]) -> Iterator[tuple[Key, Any]]:
    from config.new_contract import NONE, written

    click.echo(f"Enter keeps what stands in brackets; {NONE} takes a rule out.", err=True)
    for place, one in enumerate(asked, 1):
        where = "" if len(one.key) < 2 else f"\n   ({one.name})"
        text = f"\n{place}/{len(asked)}  {one.text}{where}"
        answer = _ask(text, written(one.default), lambda given, key=one.key: _fitting(terms, key, given))
        yield one.key, answer


def _fitting(terms: Mapping[str, Any], key: Key, given: str) -> Any:  # noqa: ANN401 - any value of YAML
    """An answer that the contract would take; raises ValueError with what is wrong."""
    from config.new_contract import read_value, refusal

    value = read_value(given)
    if wrong := refusal(terms, key, value):
        raise ValueError(wrong)
    return value


def _ask(text: str, default: str | None, read: Any) -> Any:  # noqa: ANN401 - as `read` returns
    def convert(given: str) -> object:
        try:
            return read(given)
        except ValueError as error:
            raise click.UsageError(str(error)) from error

    return click.prompt(text, default=default, value_proc=convert, err=True)


def _checked(option: str, read: Any, value: str) -> str:  # noqa: ANN401 - a function of a text
    try:
        return str(read(value))
    except ValueError as error:
        fail(USAGE, f"{option}: {error}")


def _slug(text: str) -> str:
    from config.fields import slug

    return slug(text)


def _day(text: str) -> str:
    from datetime import date

    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError(f"{text!r} is not a day such as 2026-01-01") from None


def _setting(text: str) -> tuple[Key, Any]:
    """`outage.across_periods=start` as a place and a value."""
    from config.new_contract import read_value

    name, mark, value = text.partition("=")
    if not mark or not all(name.split(".")):
        fail(USAGE, f"--set {text!r}: write KEY=VALUE, such as currency=USD")
    try:
        return tuple(name.split(".")), read_value(value)
    except ValueError as error:
        fail(USAGE, f"--set {name}: {error}")
