"""The command line, a file a command. A command's module is imported when it is called."""

from __future__ import annotations

from importlib import import_module

import click

COMMANDS = {
    "init": "collector.cli.init:init_command",
    "check": "collector.cli.check:check_command",
    "run": "collector.cli.run:run_command",
    "probe": "collector.cli.probe:probe_command",
    "status": "collector.cli.status:status_command",
    "sla": "collector.cli.sla:sla_command",
    "dispute": "collector.cli.dispute:dispute_command",
    "note": "collector.cli.note:note_command",
    "claim": "collector.cli.claim:claim_command",
    "credits": "collector.cli.credits:credits_command",
    "replay": "collector.cli.replay:replay_command",
    "contract": "collector.cli.contract:contract_command",
    "export": "collector.cli.export:export_command",
    "ledger": "collector.cli.ledger:ledger_command",
    "output": "collector.cli.output:output_command",
}


class LazyGroup(click.Group):
    """Knows its commands by name, so that `--help` and `status` don't pay for the daemon's imports."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order of a newcomer's first day."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in `--help`, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl(list(SUMMARIES.items()))


SUMMARIES = {
    "init": "Write a starter configuration from what this host has.",
    "check": "Say everything that is wrong with a configuration.",
    "run": "Measure, keep, push, serve and judge: the daemon.",
    "probe": "Measure one target now.",
    "status": "Show the circuits as they are.",
    "sla": "Show what each contract got of its promises.",
    "dispute": "Lay a carrier's outages beside ours: the minutes and the money between.",
    "note": "Write down what people know: tickets, maintenance, exclusions, claims.",
    "claim": "Claim credits: one letter a carrier and period, with what it rests on.",
    "credits": "Match credit notes with claims; show what is owed, by age.",
    "replay": "Try a contract on a history, on another tool's figures, or on the ledger.",
    "contract": "Say a contract in plain sentences; write a new one.",
    "export": "Write the raw rounds as CSV.",
    "ledger": "Back the ledger up, bring it back, look into it, check it.",
    "output": "See where each output is; send it again what it had.",
}


@click.group(
    cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="linkledger")
def cli() -> None:
    """Measure carrier circuits and hold carriers to their contracts."""
