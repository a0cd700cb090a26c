"""`linkledger note goal|action|review|practice|dismiss`: what reviews leave behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from collector.cli.common import examples
from collector.cli.note import WHEN, desk_of, note_command, shared

F = TypeVar("F", bound=Callable[..., Any])
GOAL_STATES = ("open", "reached", "missed", "dropped")
ACTION_STATES = ("open", "doing", "done", "dropped")


def kept_up(command: F) -> F:
    """What a goal and an action have alike."""
    for option in (
        click.option("--metric", help="A metric (availability, rtt, loss ...) or a key of `kpis`."),
        click.option("--circuit", "circuits", multiple=True, help="This circuit; again for more."),
        click.option("--carrier", help="With or against which carrier."),
        click.option("--by", help="Until which day, such as 2026-06-30."),
        click.option("--owner", help="Who answers for it."),
        click.option(
            "--of", type=int, metavar="NUMBER", help="The one that this adds to: what is given stands."
        ),
        click.argument("what", required=False),
    ):
        command = option(command)
    return command


@note_command.command(
    "goal",
    epilog=examples(
        "linkledger note goal 'RTT of London as sold' --owner ann --by 2026-06-30 --carrier acme "
        "--circuit lon-acme --metric rtt --target '<= 30ms'",
        "linkledger note goal --of 12 --target '<= 34ms' --agreed --reason 'the northern ring is full'",
        "linkledger note goal --of 12 --state reached",
    ),
)
@kept_up
@click.option("--target", help="Which value of the metric: '>= 99.95%', '<= 30ms'.")
@click.option("--agreed/--not-agreed", default=None, help="Whether the carrier has agreed to it.")
@click.option("--state", type=click.Choice(GOAL_STATES), help="Left out: as it was; at first, open.")
@shared
def goal_command(**given: Any) -> None:  # noqa: ANN401 - click's
    """What is to be reached, by whom and until when; or what is new of it, with --of.

    A change of the target or the day says why (--reason): both sides can read it later.
    """
    desk_of(given).managed("goal", given)


@note_command.command(
    "action",
    epilog=examples(
        "linkledger note action 'move lon-acme to the northern ring' --owner ann --by 2026-05-15 "
        "--circuit lon-acme --metric rtt --goal 12",
        "linkledger note action --of 14 --state done --done '2026-05-12 06:00' --reason 'in the night'",
    ),
)
@kept_up
@click.option("--goal", type=int, metavar="NUMBER", help="The goal that it serves.")
@click.option(
    "--recommendation", metavar="KEY", help="The recommendation that it follows (`linkledger todo`)."
)
@click.option("--state", type=click.Choice(ACTION_STATES), help="Left out: as it was; at first, open.")
@click.option("--done", help=f"When it was done: its effect is looked for from then on. {WHEN}")
@shared
def action_command(**given: Any) -> None:  # noqa: ANN401 - click's
    """What somebody does about it, and how far that is; or what is new of it, with --of.

    Once it is done, reviews show whether its metric moved, and whether by more than noise.
    """
    if given["done"] and given["state"] is None:
        given["state"] = "done"
    if given["state"] == "done" and not given["done"]:
        given["done"] = "now"
    desk_of(given).managed("action", given)


@note_command.command(
    "review",
    epilog=examples(
        "linkledger note review 2026-Q1 --carrier acme --held '2026-04-08 10:00' --present ann "
        "--said 'Paris creeps up; the ring is due in May' --thanks 'no repeat fault in London'",
        "linkledger note review 2026-Q1 --carrier acme --reply 'the ring is ordered'",
    ),
)
@click.argument("period")
@click.option("--carrier", help="With which carrier; left out: among ourselves.")
@click.option("--held", help=f"When. {WHEN}")
@click.option("--present", multiple=True, metavar="NAME", help="Who was there; again for more.")
@click.option("--said", help="What was found and decided.")
@click.option("--thanks", help="What improved, and whom we thank for it.")
@click.option("--reply", help="The carrier's answer, in its own words.")
@shared
def review_command(**given: Any) -> None:  # noqa: ANN401 - click's
    """A review that was held: what was said, and what the carrier answered."""
    desk_of(given).managed("review", given)


@note_command.command(
    "practice",
    epilog=examples(
        "linkledger note practice acme --topic dispute 'send the list of losses by the minute with the claim'"
    ),
)
@click.argument("carrier")
@click.argument("text")
@click.option("--topic", required=True, help="When it helps: dispute, ticket, escalation, renewal ...")
@shared
def practice_command(**given: Any) -> None:  # noqa: ANN401 - click's
    """What worked with a carrier, kept where the next person looks."""
    desk_of(given).managed("practice", given)


@note_command.command(
    "dismiss",
    epilog=examples(
        "linkledger note dismiss claim:acme/EUR:2026-04 --reason 'settled by telephone'",
        "linkledger note dismiss notice:acme:2026-10-02 --reason 'notice given by registered letter'",
        "linkledger note dismiss remedy:acme-gold/rtt:2026-Q2 --until 2026-09-01 --reason 'asked for'",
    ),
)
@click.argument("key")
@click.option("--until", help="Until which day; left out: for good.")
@shared
def dismiss_command(**given: Any) -> None:  # noqa: ANN401 - click's
    """Put a recommendation aside (`linkledger todo -v` lists them with their keys); it must say why.

    A notice that was given, or won't be, is dismissed likewise: its alert stops, too.
    """
    desk_of(given).managed("dismiss", given)
