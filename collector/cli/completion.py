"""`linkledger completion`: what lets a shell complete commands, options, and names of the configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import click
from click.shell_completion import CompletionItem, get_completion_class

from collector.cli import ASKED
from collector.cli.common import USAGE, clock_for, examples, fail

MONTHS = 13
_FREE = click.types.StringParamType
"""What has choices or is a file completes itself."""


@click.command(
    "completion",
    epilog=examples(
        "linkledger completion bash > ~/.local/share/bash-completion/completions/linkledger",
        'eval "$(linkledger completion bash)"',
        'linkledger completion zsh > "${fpath[1]}/_linkledger"',
        "linkledger completion fish > ~/.config/fish/completions/linkledger.fish",
    ),
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion_command(shell: str) -> None:
    """Print the script for SHELL that completes commands, options, and the names in the configuration.

    Circuits, carriers, contracts and sites are those of the configuration that the command would read.
    """
    found = get_completion_class(shell)
    if found is None:
        fail(USAGE, f"there is no completion for {shell}")
    click.echo(found(click.Command("linkledger"), {}, "linkledger", ASKED).source_template % _words())


def _words() -> dict[str, str]:
    """What click fills into its scripts."""
    return {
        "complete_func": "_linkledger_completion",
        "complete_var": ASKED,
        "prog_name": "linkledger",
    }


def attach(command: click.Command) -> None:
    """Have a command's parameters, and those of the commands below it, complete what they stand for."""
    for param in command.params:
        if (names := _NAMES.get(param.name or "")) and isinstance(param.type, _FREE):
            vars(param)["shell_complete"] = partial(_items, names)
    for below in getattr(command, "commands", {}).values():
        attach(below)


def _items(
    names: Callable[[Path | None], Iterator[str]], context: click.Context, incomplete: str
) -> list[CompletionItem]:
    config = context.params.get("config")
    return [CompletionItem(name) for name in names(config) if name.startswith(incomplete)]


def _of(section: str, config: Path | None) -> Iterator[str]:
    from config.light import find_config
    from config.light_names import names

    path = find_config(Path(config) if config else None)
    if path is not None:
        yield from names(path, section)


def _probes(config: Path | None) -> Iterator[str]:
    yield from (f"{name}/" for name in _of("circuits", config))


def _periods(config: Path | None) -> Iterator[str]:
    """The month that runs by name and as it runs, then backwards, the quarters, the years."""
    from datetime import UTC, datetime

    now = datetime.fromtimestamp(clock_for(config).now().wall_ms / 1000, UTC)
    months = [divmod(now.year * 12 + now.month - 1 - back, 12) for back in range(MONTHS)]
    yield "current"
    yield from (f"{year}-{month + 1:02}" for year, month in months)
    yield from dict.fromkeys(f"{year}-Q{month // 3 + 1}" for year, month in months)
    yield from dict.fromkeys(f"{year}" for year, _ in months)


def _kinds(_config: Path | None) -> Iterator[str]:
    """The shipped contracts."""
    import config

    folder = Path(config.__file__).parent / "contracts" / "kinds"
    yield from sorted(one.stem for one in folder.glob("*.yaml"))


_NAMES: dict[str, Callable[[Path | None], Iterator[str]]] = {
    "circuit": partial(_of, "circuits"),
    "circuits": partial(_of, "circuits"),
    "explain": partial(_of, "circuits"),
    "carrier": partial(_of, "carriers"),
    "site": partial(_of, "sites"),
    "sites": partial(_of, "sites"),
    "contract_id": partial(_of, "contracts"),
    "period": _periods,
    "kind": _kinds,
    "target": _probes,
}
"""What parameters of these names stand for, in whichever command; a choice of its own completes itself."""
