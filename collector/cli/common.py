"""What the commands share: options, exit codes, and how an error is told."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

if TYPE_CHECKING:
    from probes.clock import Clock

BAD_ANSWER = 1
"""The answer is there, and it is bad: a breach with --fail-on-breach."""
USAGE = 2
"""The command line or the configuration is wrong."""
UNREACHABLE = 3
"""Something that the command needs could not be reached."""

F = TypeVar("F", bound=Callable[..., Any])


def config_option(command: F) -> F:
    """`-c/--config`."""
    return click.option(
        "-c",
        "--config",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Else $LINKLEDGER_CONFIG, ./linkledger.yaml or /etc/linkledger/linkledger.yaml.",
    )(command)


def json_option(command: F) -> F:
    """`--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")(command)


def verbose_option(command: F) -> F:
    """`-v/--verbose`."""
    return click.option("-v", "--verbose", count=True, help="Say more.")(command)


def examples(*lines: str) -> str:
    """What stands at the end of a command's `--help`."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def fail(code: int, text: str) -> NoReturn:
    """Tell a person what went wrong, and leave with `code`."""
    click.echo(f"linkledger: {text}", err=True)
    sys.exit(code)


def print_json(value: object) -> None:
    """One JSON document on stdout."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def clock_for(config: Path | None) -> Clock:
    """The clock that a command goes by: the system's, or a demo's; reads no more than `ledger_of`."""
    from config.light import demo_clock_ns, find_config
    from probes.clock import StandingClock, SystemClock

    found = find_config(config)
    try:
        stands_ns = demo_clock_ns(found) if found else None
    except (OSError, UnicodeDecodeError):
        stands_ns = None  # `ledger_of` says what is wrong
    return SystemClock() if stands_ns is None else StandingClock(stands_ns)


def ledger_of(config: Path | None) -> Path:
    """The ledger that a command reads: the configuration's, or the one that `run` without one makes.

    Reads no more of the configuration than that, so that `status` answers at once.
    """
    from config.light import STARTER_LEDGER, find_config, ledger_path

    found = find_config(config)
    try:
        return ledger_path(found) if found else STARTER_LEDGER
    except (OSError, UnicodeDecodeError) as error:
        fail(USAGE, f"{found}: the configuration can't be read: {getattr(error, 'strerror', None) or error}")
