"""`linkledger output test`: whether a notice arrives, before one has to."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from collector.cli.common import UNREACHABLE, USAGE, config_option, examples, fail, verbose_option
from probes.clock import NS_PER_MS, SystemClock

if TYPE_CHECKING:
    from collector.notices.notice import Notice
    from collector.outputs.answers import Action
    from config.settings import Settings


@click.command("test", epilog=examples("linkledger output test noc"))
@click.argument("name")
@config_option
@verbose_option
def test_command(name: str, config: Path | None, verbose: int) -> None:
    """Send a made-up notice, marked as a test, to an Alertmanager, a webhook or a mailbox.

    It goes out from here, with the configuration as it is in the file: the daemon has no part in it.
    """
    settings = _settings(config)
    outputs = settings.outputs.notified()
    if name in settings.outputs.influxdb:
        fail(USAGE, f"{name} is a store: `linkledger output list` says how it is")
    if name not in outputs:
        known = ", ".join(outputs) or "none"
        fail(USAGE, f"`outputs` has no {name!r} that is told of outages and breaches; it has: {known}")
    notice = made_up(settings)
    if verbose:
        click.echo(f"of the circuit {notice.about.circuit}", err=True)
    action = asyncio.run(_tell(settings, name, notice))
    if action.do != "accept":
        fail(UNREACHABLE, f"{name}: {action.why}")
    click.echo(f"{name} took it{f', but {action.why}' if action.why else ''}")


def made_up(settings: Settings) -> Notice:
    """An outage of the first circuit here that never was."""
    from collector.notices.briefing import about
    from collector.notices.notice import Event, Notice, OutageFacts
    from collector.sla.calendar import local_day

    now_ms = SystemClock().now().wall_ns // NS_PER_MS
    name, circuit = next(iter(settings.here().items()))
    standing = circuit.on(local_day(now_ms, settings.sites[circuit.site].timezone))
    facts = OutageFacts(now_ms, "a test: nothing is down")
    return Notice(Event.OUTAGE_START, now_ms, about(settings, name, standing), facts, test=True)


async def _tell(settings: Settings, name: str, notice: Notice) -> Action:
    from collector.notices.telling import make

    notifier = make(name, settings.outputs.notified()[name], settings.host, SystemClock())
    try:
        return await notifier.tell([notice])
    finally:
        await notifier.aclose()


def _settings(config: Path | None) -> Settings:
    from config.errors import ConfigErrors
    from config.light import find_config
    from config.load import load

    try:
        path = find_config(config)
        if path is None:
            fail(USAGE, "there is no configuration, and so nobody to tell: write one with `linkledger init`")
        return load(path).settings
    except ConfigErrors as errors:
        fail(USAGE, f"the configuration can't be used:\n{errors}")
    except ValueError as error:
        fail(USAGE, str(error))
