"""`linkledger claim`: one claim a carrier and period, with all that it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from collector.claiming.moves import STATES
from collector.cli.common import (
    BAD_ANSWER,
    UNREACHABLE,
    USAGE,
    config_option,
    examples,
    fail,
    json_option,
    print_json,
    verbose_option,
)

if TYPE_CHECKING:
    from collector.claiming.choosing import Claim, LeftOut, Minimum
    from collector.claiming.pack import Pack
    from collector.cli.note_desk import Desk


@dataclass(frozen=True, slots=True)
class Request:
    """What a person asked for."""

    desk: Desk
    circuits: tuple[str, ...]
    carrier: str | None
    period: str
    minimum: Minimum | None
    out: Path | None
    template: Path | None
    sender: str | None
    submit: bool
    reason: str


@click.command(
    "claim",
    epilog=examples(
        "linkledger claim --carrier acme --period 2026-04",
        "linkledger claim lon-acme par-acme --period 2026-04 --min 5.00 --out claim.zip --submit",
        "linkledger claim list --carrier acme --state eligible",
    ),
)
@click.argument("circuits", nargs=-1, metavar="[CIRCUIT]...")
@click.option("--carrier", help="All circuits of this carrier.")
@click.option("--period", help="A period that is over: 2026-04, 2026-Q2, 2026.")
@click.option("--min", "minimum", metavar="AMOUNT", help="Leave out smaller credits: 5.00, or '5.00 USD'.")
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FILE.zip|DIR",
    help="Where to write; left out: claim-CARRIER-PERIOD.zip here.",
)  # fmt: skip
@click.option("--submit", is_flag=True, help="Also note that it is submitted, as of now.")
@click.option("--reason", default="the claim was sent to the carrier", show_default=True,
              help="What that note says.")  # fmt: skip
@click.option("--template", type=click.Path(path_type=Path, dir_okay=False), help="The letter's (Jinja2).")
@click.option("--sender", help="Who signs the letter.")
@click.option("--list", "as_list", is_flag=True, help="List the claims instead, by deadline.")
@click.option("--state", type=click.Choice(STATES), help="Of the list: only claims in this state.")
@json_option
@config_option
@verbose_option
def claim_command(
    circuits: tuple[str, ...],
    config: Path | None,
    as_list: bool,
    state: str | None,
    as_json: bool,
    verbose: int,
    **given: Any,  # noqa: ANN401 - click's
) -> None:
    """Claim credits of closed periods: a letter, statements, outages and arithmetic in one zip.

    `claim list` shows every claim by its deadline; `note claim` writes down what becomes of one.
    """
    from collector.cli.claim_list import show_list
    from collector.cli.note_desk import Desk

    desk = Desk.open(config, as_json=as_json, verbose=verbose)
    if circuits[:1] == ("list",) and "list" not in desk.settings.circuits:
        circuits, as_list = circuits[1:], True
    desk.check_known(circuits=circuits, carriers=[given["carrier"]] if given["carrier"] else [])
    if as_list:
        show_list(desk, circuits, given["carrier"], given["period"], state)
    elif state is not None:
        fail(USAGE, "--state is for `claim list`")
    else:
        _make(_request(desk, circuits, given))


def _request(desk: Desk, circuits: tuple[str, ...], given: dict[str, Any]) -> Request:
    from collector.claiming.choosing import Minimum

    if not given["period"]:
        fail(USAGE, "--period is missing: which period is claimed, such as 2026-04?")
    if bool(circuits) == bool(given["carrier"]):
        fail(USAGE, "give circuits, or a carrier (--carrier): what is to be claimed?")
    if not given["reason"].strip():
        fail(USAGE, "--reason: say why")
    try:
        minimum = Minimum.parse(given["minimum"]) if given["minimum"] else None
    except ValueError as error:
        fail(USAGE, f"--min: {error}")
    names = circuits or tuple(
        name for name, one in desk.settings.circuits.items() if given["carrier"] in one.carrier.values
    )
    more = {
        name: given[name] for name in ("carrier", "period", "out", "template", "sender", "submit", "reason")
    }
    return Request(desk, names, minimum=minimum, **more)


def _make(asked: Request) -> None:
    claims, left = _chosen(asked)
    for one in left:
        click.echo(f"left out: {one.scope}: {one.why}", err=True)
    if not claims:
        if asked.desk.as_json:
            print_json({"claims": [], "left_out": _left_json(left)})
        fail(BAD_ANSWER, f"there is nothing to claim for {asked.period}")
    paths = _paths(asked, claims)
    done = [_one(asked, claim, path) for claim, path in zip(claims, paths, strict=True)]
    if asked.desk.as_json:
        print_json({"claims": done, "left_out": _left_json(left)})


def _left_json(left: Sequence[LeftOut]) -> list[dict[str, str]]:
    return [{"circuit": one.scope, "why": one.why} for one in left]


def _chosen(asked: Request) -> tuple[list[Claim], list[LeftOut]]:
    from collector.claiming.choosing import chosen
    from collector.clocks import clock_of
    from collector.ledger.errors import LedgerError

    settings = asked.desk.settings
    try:
        return chosen(
            settings,
            settings.ledger.path,
            circuits=asked.circuits,
            carrier=asked.carrier,
            period=asked.period,
            minimum=asked.minimum,
            now=clock_of(settings).now(),
            by=asked.desk.author,
        )
    except LedgerError as error:
        fail(UNREACHABLE, str(error))
    except ValueError as error:
        fail(USAGE, str(error))


def _paths(asked: Request, claims: Sequence[Claim]) -> list[Path]:
    """A zip for each claim: in a directory under its own name, or the one file that was asked for."""
    out = asked.out or Path()
    if out.suffix.lower() == ".zip" and not out.is_dir():
        if len(claims) > 1:
            told = ", ".join(f"{one.carrier} for {one.period}" for one in claims)
            fail(USAGE, f"--out {out} is one file, and these are {len(claims)} claims ({told}): "
                 "give --out a directory, or --carrier")  # fmt: skip
        return [out]
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fail(UNREACHABLE, f"--out {out}: {error.strerror}")
    return [out / _pack(asked, one).file_name() for one in claims]


def _pack(asked: Request, claim: Claim) -> Pack:
    from collector.claiming.letter import default_template
    from collector.claiming.pack import Pack
    from config.files import Unreadable, read_text

    if asked.template is None:
        text, name = default_template(), "letter.txt"
    else:
        try:
            text, name = read_text(asked.template), str(asked.template)
        except Unreadable as error:
            fail(USAGE, f"--template {asked.template}: {error}")
    return Pack(asked.desk.settings, claim, text, name, asked.sender)


def _one(asked: Request, claim: Claim, path: Path) -> dict[str, Any]:
    """Write one pack, note it where that is wanted, and tell it."""
    from collector.claiming.letter import LetterError
    from collector.claiming.pack import as_json, zipped

    pack = _pack(asked, claim)
    try:
        path.write_bytes(zipped(pack))
    except LetterError as error:
        fail(USAGE, f"the letter's template: {error}")
    except OSError as error:
        fail(UNREACHABLE, f"{path}: can't be written: {error.strerror}")
    notes = _submitted(asked, pack) if asked.submit else []
    if not asked.desk.as_json:
        totals = " and ".join(f"{amount} {currency}" for currency, amount in claim.totals.items())
        click.echo(f"{path}: {totals} of {claim.carrier} for {claim.period}, reference {pack.reference}")
        for number in notes:
            click.echo(f"note {number}: submitted")
    return as_json(pack) | {"file": str(path), "notes": notes}


def _submitted(asked: Request, pack: Pack) -> list[int]:
    from collector.claiming.submitting import submit
    from collector.ledger.errors import LedgerError
    from collector.ledger.opening import editing

    desk = asked.desk
    try:
        with editing(desk.settings.ledger.path) as connection:
            return submit(connection, pack, at_ms=desk.now_ms, author=desk.author, reason=asked.reason)
    except LedgerError as error:
        fail(UNREACHABLE, str(error))
    except ValueError as error:
        fail(USAGE, str(error))
