"""`linkledger ledger`: the file itself: back it up, bring it back, look into it, check it, upgrade it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from collector.about import analysis_now, analysis_sentence
from collector.cli.common import (
    BAD_ANSWER,
    UNREACHABLE,
    USAGE,
    clock_for,
    config_option,
    examples,
    fail,
    json_option,
    ledger_of,
    print_json,
    verbose_option,
)
from collector.ledger import places, store
from collector.ledger.aside import asides
from collector.ledger.errors import LedgerError
from collector.ledger.migrate import schemas
from collector.ledger.opening import connect_any, reading
from collector.sizes import megabytes
from collector.times import rfc3339, span
from probes.clock import NS_PER_SECOND

if TYPE_CHECKING:
    from collector.ledger.inventory import Inventory

Told = Callable[[int, int], None]


@click.group(
    "ledger",
    epilog=examples(
        "linkledger ledger backup /mnt/backup/lon-01.db", "linkledger ledger info", "linkledger ledger check"
    ),
)
def ledger_command() -> None:
    """Back the ledger up, bring it back, look into it, check it."""


@ledger_command.command(
    "backup",
    epilog=examples(
        "linkledger ledger backup /mnt/backup/lon-01.db",
        "linkledger ledger backup /mnt/backup/lon-01.db --force --json",
    ),
)
@click.argument("target", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Write over FILE once the new backup is whole.")
@json_option
@config_option
@verbose_option
def backup_command(target: Path, force: bool, as_json: bool, config: Path | None, verbose: int) -> None:
    """Copy the ledger as it is at this moment, also while the daemon writes it.

    FILE appears when the copy is whole, checked and on the disk. It is a ledger like any other:
    `linkledger ledger info FILE` looks into it.
    """
    from collector.ledger.backup import back_up

    if target.exists() and not force:
        fail(USAGE, f"{target}: is there already; give another name, or --force to write over it")
    clock, path = clock_for(config), ledger_of(config)
    begun = clock.now()
    with _failing(), _progress("copying", verbose) as told:
        made = back_up(path, target, told)
    seconds = round((clock.now() - begun) / NS_PER_SECOND, 3)
    if as_json:
        held = _told(made.held)
        print_json({"ledger": str(path), "backup": str(target), "schema": made.schema, **held,
                    "file_bytes": made.file_bytes, "seconds": seconds})  # fmt: skip
    else:
        click.echo(
            f"{target}: {megabytes(made.file_bytes)} in {seconds:.1f} s, {_contents(made.held)}; checked"
        )


@ledger_command.command(
    "restore",
    epilog=examples("linkledger ledger restore /mnt/backup/lon-01.db"),
)
@click.argument("backup", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@json_option
@config_option
@verbose_option
def restore_command(backup: Path, as_json: bool, config: Path | None, verbose: int) -> None:
    """Put a backup in the ledger's place; what stands there now is put aside, not deleted.

    The daemon must be stopped. What was measured after the backup is unknown in every statement from
    then on, which says why. Outputs go on from where the backup knew them to be.
    """
    from collector.ledger.backup import restore

    path = ledger_of(config)
    with _failing(), _progress("restoring", verbose) as told:
        done = restore(path, backup, clock_for(config).now().wall_ms, told)
    if as_json:
        gap = asdict(done.gap) if done.gap else None
        print_json({"ledger": str(path), "backup": str(backup), **_told(done.held),
                    "replaced": str(done.replaced) if done.replaced else None, "gap": gap,
                    "carried": done.carried})  # fmt: skip
        return
    click.echo(f"{path}: {_contents(done.held)}")
    if done.carried:
        click.echo(f"notes and statements' revisions that the backup lacks, brought over: {done.carried:,}")
    if done.replaced:
        click.echo(f"what stood there before is kept as {done.replaced}")
    if done.gap and done.gap.from_ms:
        click.echo(f"from {rfc3339(done.gap.from_ms)} on: {done.gap.why}")


@ledger_command.command(
    "upgrade", epilog=examples("linkledger ledger upgrade", "linkledger ledger upgrade --no-copy")
)
@click.option("--no-copy", is_flag=True, help="Keep no copy of the ledger as it is.")
@config_option
@verbose_option
def upgrade_command(no_copy: bool, config: Path | None, verbose: int) -> None:
    """Bring a ledger of an older version up to date, which the daemon's start does too.

    A copy of it as it is stays beside it (ledger.db.schema-N); --no-copy is for where there is no room
    for one, and a backup elsewhere. The daemon must be stopped.
    """
    from collector.ledger.backup import keep_older
    from collector.ledger.opening import connect_writer, locked

    path = ledger_of(config)
    with _failing():
        connect_any(path)[0].close()
        with locked(path):
            with _progress("copying", verbose) as told:
                kept = None if no_copy else keep_older(path, 2**62, told)
            connect_writer(path).close()
    if kept:
        click.echo(f"as it was it is kept as {kept}")
    click.echo(f"{path}: is of schema {len(schemas())}")


@ledger_command.command(
    "info", epilog=examples("linkledger ledger info", "linkledger ledger info /mnt/backup/lon-01.db --json")
)
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@json_option
@config_option
@verbose_option
def info_command(file: Path | None, as_json: bool, config: Path | None, verbose: int) -> None:
    """Say what the ledger holds, or another FILE such as a backup, and what lies beside it."""
    path = file or ledger_of(config)
    with _failing():
        found = _info(path)
    if as_json:
        print_json(found)
    else:
        click.echo("\n".join(_lines(found, verbose)))


@ledger_command.command(
    "check", epilog=examples("linkledger ledger check", "linkledger ledger check /mnt/backup/lon-01.db")
)
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@json_option
@config_option
@verbose_option
def check_command(file: Path | None, as_json: bool, config: Path | None, verbose: int) -> None:
    """Read every page and unpack every chunk; exit code 1 and what is wrong, if anything is."""
    from collector.ledger.inventory import problems

    path = file or ledger_of(config)
    with _failing(), reading(path):
        connection, _ = connect_any(path)
        with closing(connection), _progress("checking", verbose) as told:
            found = list(problems(connection, told))
    if as_json:
        print_json({"ledger": str(path), "good": not found, "problems": found})
    for problem in found if not as_json else ():
        click.echo(problem)
    if found:
        fail(BAD_ANSWER, f"{path}: {len(found):,} problems; bring a backup back with "
             "`linkledger ledger restore`, or read on: all else stays readable")  # fmt: skip
    if not as_json:
        click.echo(f"{path}: every page and every chunk is good")


@contextmanager
def _failing() -> Iterator[None]:
    try:
        yield
    except LedgerError as error:
        fail(UNREACHABLE, str(error))


@contextmanager
def _progress(what: str, verbose: int) -> Iterator[Told]:
    """A bar on stderr where a person watches."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=not verbose, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _info(path: Path) -> dict[str, Any]:
    from collector.ledger.inventory import inventory

    with reading(path):
        connection, schema = connect_any(path)
        with closing(connection):
            found = {"ledger": str(path), "schema": schema, **_told(inventory(connection))}
            found["file_bytes"] = path.stat().st_size
            if schema == len(schemas()):  # an older one is read when it is upgraded
                found["sites"] = sorted(store.watermarks(connection))
                found["cursors"] = {one.name: one.seq for one in store.cursors(connection)}
                found["outputs"] = [asdict(one) for one in places.places(connection)]
                found["analysis"] = analysis_now(connection)
                found["gaps"] = [asdict(one) for one in store.gaps(connection)]
    found["beside"] = {str(one): one.stat().st_size for one in asides(path)}
    return found


def _told(held: Inventory) -> dict[str, Any]:
    times = {"oldest": held.oldest_ms, "newest": held.newest_ms}
    return {
        "bytes": held.bytes,
        "free_bytes": held.free_bytes,
        "rounds": held.rounds,
        "series": held.series,
        **{name: None if at_ms is None else rfc3339(at_ms) for name, at_ms in times.items()},
    }


def _contents(held: Inventory) -> str:
    if held.newest_ms is None or held.oldest_ms is None:
        return "no round yet"
    return f"{held.rounds:,} rounds of {held.series:,} series up to {rfc3339(held.newest_ms)}"


def _lines(found: dict[str, Any], verbose: int) -> Iterator[str]:
    """What `info` says to a person."""
    yield (
        f"{found['ledger']}: schema {found['schema']}, {megabytes(found['bytes'])} in use, "
        f"{megabytes(found['free_bytes'])} free inside"
    )
    if found["newest"]:
        held = f"{found['rounds']:,} rounds of {found['series']:,} series"
        yield f"  {held}, {found['oldest']} to {found['newest']}"
    else:
        yield "  no round yet"
    if "analysis" in found:
        yield f"  {analysis_sentence(found['analysis'])}"
    for place in found.get("outputs", ()):
        yield f"  output {place['name']}: {_behind(place)}"
    for name, seq in found.get("cursors", {}).items() if verbose else ():
        yield f"  cursor {name} at {seq:,}"
    for gap in found.get("gaps", ()):
        yield f"  gap of {gap['consumer']}, {rfc3339(gap['at_ms'] // 1000 * 1000)}: {_missing(gap)}"
    for name, size in found["beside"].items():
        yield f"  beside it {name}, {megabytes(size)}"


def _behind(place: dict[str, Any]) -> str:
    behind = f"{place['lag_rounds']:,} rows behind"
    return f"{behind}, {place['again_rounds']:,} packed rounds to send again" if place["again"] else behind


def _missing(gap: dict[str, Any]) -> str:
    rounds = f"{gap['rounds']:,} rounds, {gap['why']}" if gap["from_ms"] is None else gap["why"]
    if gap["from_ms"] is None:
        return rounds
    return f"{rounds} ({rfc3339(gap['from_ms'])}, for {span((gap['to_ms'] - gap['from_ms']) // 1000)})"
