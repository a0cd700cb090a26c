"""`linkledger note`: what people know and probes can't."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from collector.cli.common import config_option, examples, json_option, print_json, verbose_option

if TYPE_CHECKING:
    from collector.cli.note_desk import Desk

F = TypeVar("F", bound=Callable[..., Any])
WHEN = "RFC 3339, `2026-04-03 10:15` on the clocks of the circuit's site, or now."


@click.group(
    "note",
    epilog=examples(
        "linkledger note ticket lon-acme --id T-4711 --opened now",
        "linkledger note maintenance --import announcement.eml --circuit lon-acme",
        "linkledger note list --circuit lon-acme",
    ),
)
def note_command() -> None:
    """Write down what people know and probes can't: tickets, maintenance, claims, goals, actions, reviews.

    A note is never edited: a later one adds to it, or withdraws it.
    """


def shared(command: F) -> F:
    """What every command that writes a note takes."""
    for option in (
        verbose_option,
        config_option,
        json_option,
        click.option("--replaces", type=int, metavar="NOTE", help="Withdraw this note with it."),
        click.option("--external-id", help="Its id in another system: written once, however often sent."),
        click.option("--reason", help="Why; needed where money is touched."),
    ):
        command = option(command)
    return command


def times(*names: str) -> Callable[[F], F]:
    """An option for each moment."""

    def wrap(command: F) -> F:
        for name in reversed(names):
            command = click.option(f"--{name}", help=WHEN if name == names[0] else None)(command)
        return command

    return wrap


def concerned(command: F) -> F:
    """Whom a note concerns."""
    command = click.option("--carrier", help="All circuits of this carrier.")(command)
    command = click.option("--site", "sites", multiple=True, help="All circuits of this site.")(command)
    return click.option("--circuit", "circuits", multiple=True, help="This circuit; again for more.")(command)


@note_command.command(
    "ticket",
    epilog=examples(
        "linkledger note ticket lon-acme --id T-4711 --opened '2026-04-03 10:15'",
        "linkledger note ticket --id T-4711 --closed now",
        "linkledger note ticket --id T-4711 --hold '2026-04-03 11:00..2026-04-03 11:30=customer_wait'",
    ),
)
@click.argument("circuits", nargs=-1, metavar="[CIRCUIT]...")
@click.option("--id", "id_", required=True, help="The carrier's number; again for what is new of it.")
@click.option("--carrier", help="Whose ticket it is; left out: the circuits' carrier.")
@times("opened", "closed", "reported", "acknowledged", "notified", "repair-started", "outage")
@click.option("--dispatched/--not-dispatched", default=None, help="Whether somebody had to go there.")
@click.option("--hold", "holds", multiple=True, metavar="FROM..TO=WHY", help="Replaces the holds of before.")
@shared
def ticket_command(circuits: tuple[str, ...], id_: str, **given: Any) -> None:  # noqa: ANN401 - click's
    """A trouble ticket at the carrier, or what is new of one: what is given stands."""
    desk = desk_of(given)
    desk.ticket(circuits, id_, given)


@note_command.command(
    "maintenance",
    epilog=examples(
        "linkledger note maintenance --circuit lon-acme --from '2026-05-03 02:00' --to '2026-05-03 04:00' "
        "--announced 2026-04-28T09:00:00Z --reason 'card swap'",
        "linkledger note maintenance --import announcement.eml --circuit lon-acme",
    ),
)
@concerned
@times("from", "to", "announced")
@click.option("--emergency", is_flag=True, help="In an emergency: exclude.emergency_maintenance judges it.")
@click.option(
    "--import", "file", type=click.Path(path_type=Path, dir_okay=False), help="Read an .eml or .ics file."
)
@shared
def maintenance_command(file: Path | None, **given: Any) -> None:  # noqa: ANN401 - click's
    """Work that the carrier announced; the contract says whether it counts."""
    desk_of(given).maintenance(file, given)


@note_command.command(
    "exclude",
    epilog=examples(
        "linkledger note exclude --circuit lon-acme --kind customer --state accepted "
        "--from '2026-04-03 10:15' --to '2026-04-03 10:40' --reason 'our own power'"
    ),
)
@concerned
@click.option("--kind", required=True, help="The key under the contract's `exclude`, such as customer.")
@click.option("--state", type=click.Choice(["claimed", "accepted", "disputed"]), default="claimed")
@times("from", "to", "announced")
@shared
def exclude_command(**given: Any) -> None:  # noqa: ANN401 - click's
    """Time that somebody says should not count, and whether we agree."""
    desk_of(given).exclude(given)


@note_command.command(
    "carrier",
    epilog=examples(
        "linkledger note carrier acme --circuit lon-acme --from 2026-04-03T10:20:00Z --to "
        "2026-04-03T10:47:00Z --hold 5=customer_wait --cause 'fibre cut'",
        "linkledger note carrier acme --circuit lon-acme --period 2026-04 --figure availability=99.95",
    ),
)
@click.argument("carrier")
@click.option("--circuit", "circuits", multiple=True, help="This circuit; again for more.")
@times("from", "to", "outage")
@click.option("--ticket", help="Under which ticket.")
@click.option("--hold", "holds", multiple=True, metavar="MINUTES=WHY", help="What it takes off.")
@click.option("--cause", help="The reason for the outage that it gives.")
@click.option("--period", help="Of which period its figures are.")
@click.option("--figure", "figures", multiple=True, metavar="NAME=NUMBER", help="A figure of it.")
@shared
def carrier_command(**given: Any) -> None:  # noqa: ANN401 - click's
    """The carrier's own side: an outage as it saw it, or its figures for a period."""
    desk_of(given).carrier(given)


@note_command.command(
    "claim",
    epilog=examples(
        "linkledger note claim acme --period 2026-04 --circuit lon-acme --state submitted "
        "--amount '75.00 USD' --reference C-12 --statement lon-acme/acme-dia-gold/1 --reason 'sent by mail'",
        "linkledger note claim acme --period 2026-04 --state rejected --reason-code NO_TICKET "
        "--reason 'their mail of 2 June' --next 'send the trace' --owner ann --by 2026-06-10",
    ),
)
@click.argument("carrier")
@click.option("--period", required=True, help="Of which period, such as 2026-04.")
@click.option("--circuit", "circuits", multiple=True, help="Only this circuit; again for more.")
@click.option(
    "--state",
    required=True,
    type=click.Choice(["submitted", "accepted", "partly", "rejected", "credited", "reconciled", "expired"]),
)
@click.option("--amount", help="How much was asked, accepted or credited: '75.00 USD'.")
@click.option("--reference", help="The carrier's reference.")
@click.option("--reason-code", help="Why it was rejected, as the carrier codes it.")
@click.option("--next", "what", help="What is to be done now; with --owner and --by.")
@click.option("--owner", help="Who is to do it.")
@click.option("--by", help="Until which day.")
@click.option("--statement", "statements", multiple=True, metavar="SCOPE/CONTRACT/REVISION",
              help="A statement that it names.")  # fmt: skip
@shared
def claim_command(**given: Any) -> None:  # noqa: ANN401 - click's
    """A claim goes to another state."""
    desk_of(given).claim(given)


@note_command.command(
    "feedback",
    epilog=examples(
        "linkledger note feedback lon-01 --score 2 --text 'calls broke' --at '2026-04-03 10:00' --from ann"
    ),
)
@click.argument("site")
@click.option(
    "--score", required=True, type=click.IntRange(1, 5), help="1: nothing worked, to 5: all was well."
)
@click.option("--at", default="now", show_default=True, help=WHEN)
@click.option("--text", help="What happened.")
@click.option("--circuit", help="Over which circuit, where that is known.")
@click.option("--from", "who", help="Who says so.")
@shared
def feedback_command(**given: Any) -> None:  # noqa: ANN401 - click's
    """How it went for somebody who works over the circuits; the page shows it beside what was measured."""
    desk_of(given).feedback(given)


@note_command.command("withdraw", epilog=examples("linkledger note withdraw 12 --reason 'the wrong circuit'"))
@click.argument("number", type=int, metavar="NOTE")
@click.option("--reason", required=True, help="Why.")
@json_option
@config_option
@verbose_option
def withdraw_command(number: int, reason: str, **given: Any) -> None:  # noqa: ANN401 - click's
    """Take a note back: it counts no longer, and stays to be seen."""
    desk_of(given).withdraw(number, reason)


@note_command.command(
    "list",
    epilog=examples("linkledger note list", "linkledger note list --circuit lon-acme --kind ticket --json"),
)
@click.option("--circuit", help="Only those that concern this circuit.")
@click.option(
    "--kind",
    help="Only this kind: ticket, maintenance, exclude, carrier, claim, credit, feedback, goal, action, "
    "review, practice, dismiss, withdraw.",
)
@json_option
@config_option
@verbose_option
def list_command(
    circuit: str | None, kind: str | None, as_json: bool, config: Path | None, verbose: int
) -> None:
    """Show notes in the order in which they were written, withdrawn ones too."""
    from collector.cli.chosen import failing
    from collector.cli.note_desk import Desk
    from collector.notebook.listing import listed

    desk = Desk.open(config, as_json=as_json, verbose=verbose)
    with failing():
        rows = listed(desk.settings, desk.notebook(), circuit, kind)
    if as_json:
        print_json(rows)
        return
    for row in rows:
        taken = f"\twithdrawn by note {row['withdrawn_by']}" if row["withdrawn_by"] else ""
        click.echo(f"{row['note']}\t{row['at']}\t{row['author']}\t{row['kind']}\t{row['says']}{taken}")
    if not rows:
        click.echo("there is no such note", err=True)


def desk_of(given: dict[str, Any]) -> Desk:
    """Where notes are written; takes the options that are every command's out of `given`."""
    from collector.cli.note_desk import Desk

    return Desk.open(given.pop("config"), as_json=given.pop("as_json"), verbose=given.pop("verbose"))
