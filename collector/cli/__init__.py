"""The command line, a file a command. A command's module is imported when it is called."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

ASKED = "_LINKLEDGER_COMPLETE"
"""Set by a shell that asks what could stand next."""
COMMANDS = {
    "demo": "collector.cli.demo:demo_command",
    "init": "collector.cli.init:init_command",
    "check": "collector.cli.check:check_command",
    "run": "collector.cli.run:run_command",
    "status": "collector.cli.status:status_command",
    "probe": "collector.cli.probe:probe_command",
    "report": "collector.cli.report:report_command",
    "review": "collector.cli.review:review_command",
    "export": "collector.cli.export:export_command",
    "contract": "collector.cli.contract:contract_command",
    "sla": "collector.cli.sla:sla_command",
    "note": "collector.cli.note_review:note_command",  # which adds its own to those of note.py
    "claim": "collector.cli.claim:claim_command",
    "credits": "collector.cli.credits:credits_command",
    "dispute": "collector.cli.dispute:dispute_command",
    "scorecard": "collector.cli.scorecard:scorecard_command",
    "analyse": "collector.cli.analyse:analyse_command",
    "anomalies": "collector.cli.anomalies:anomalies_command",
    "todo": "collector.cli.todo:todo_command",
    "forecast": "collector.cli.forecast:forecast_command",
    "kpi": "collector.cli.kpi:kpi_command",
    "replay": "collector.cli.replay:replay_command",
    "ledger": "collector.cli.ledger:ledger_command",
    "output": "collector.cli.output:output_command",
    "dashboards": "collector.cli.dashboards:dashboards_command",
    "rules": "collector.cli.rules:rules_command",
    "completion": "collector.cli.completion:completion_command",
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
        if ASKED in os.environ:
            import_module("collector.cli.completion").attach(command)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands' names and the options, without importing any command either."""
        from click.shell_completion import CompletionItem

        named = [
            CompletionItem(name, help=text) for name, text in SUMMARIES.items() if name.startswith(incomplete)
        ]
        return named or click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The lists in `--help`, without importing anything."""
        widest = max(map(len, SUMMARIES))
        for title, some in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(widest), text) for name, text in some.items()])


SECTIONS = {
    "Begin": {
        "demo": "Make up an estate and a year of it, and show its page.",
        "init": "Write a starter configuration from what this host has.",
        "check": "Say everything that is wrong with a configuration.",
        "run": "Measure, keep, push, serve and judge: the daemon.",
    },
    "Look": {
        "status": "Show the circuits as they are; --watch live.",
        "probe": "Measure one target now.",
        "report": "Write a period's report, or send it.",
        "export": "Write the raw rounds as CSV.",
    },
    "Contracts and money": {
        "contract": "Say a contract in plain sentences; write a new one.",
        "sla": "Show what each contract got of its promises.",
        "note": "Write down tickets, maintenance, feedback, goals, actions.",
        "claim": "Claim credits: a letter, and what it rests on.",
        "credits": "Match credit notes with claims; show what is owed.",
        "dispute": "Lay a carrier's outages beside ours, in minutes and money.",
        "replay": "Try a contract on a history, or on the ledger.",
    },
    "Performance": {
        "todo": "Say what to do next, why, and until when.",
        "kpi": "Show key figures, what they are worth, and for how long.",
        "anomalies": "Say what changed in RTT, loss, jitter, utilisation.",
        "forecast": "Say when budgets of downtime end, and lines fill up.",
        "scorecard": "Compare carriers fairly: figures, score, rank, tier.",
        "review": "Show the pack of a review, or write it, for ourselves or for a carrier.",
        "analyse": "Do now what the daemon does each night.",
    },
    "Look after it": {
        "ledger": "Back the ledger up, bring it back, look into it, check it.",
        "output": "See where each output is; send it again what it had.",
    },
    "For other tools": {
        "dashboards": "Write Grafana dashboards.",
        "rules": "Write rules for Prometheus and routes for Alertmanager.",
        "completion": "Print what lets a shell complete commands and names.",
    },
}
SUMMARIES = {name: text for some in SECTIONS.values() for name, text in some.items()}


@click.group(
    cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="linkledger")
def cli() -> None:
    """Measure carrier circuits and hold carriers to their contracts."""
