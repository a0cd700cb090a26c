"""Our own health: is the measuring well, how full is the ledger, do outputs keep up, what is configured."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collector.about import ON_DISK, about
from collector.clerk import Desk
from collector.ledger.opening import connect_reader
from collector.sizes import megabytes
from collector.sla.calendar import DAY_MS, local_day
from collector.targets import planned
from collector.times import parse_rfc3339, span
from collector.web.metrics import LATENESS_BOUNDS_SECONDS
from collector.web.views.page import Clocks, Moment, render
from collector.web.views.view import Asked, Drawn, HostNow, OutputNow
from config.errors import ConfigErrors
from config.load import load
from config.room import BYTES_A_PACKET, MONTH_MS, packets_a_month
from config.settings import Settings

ON_TIME = 99
"""Per cent of the packets whose lateness is told."""
SOON_MS = 30 * DAY_MS
BESIDE = "linkledger.yaml"
"""The name of a demo's configuration, which lies beside its ledger."""
WARNINGS = 50
"""So many are shown; `linkledger check` prints all."""


@dataclass(frozen=True, slots=True)
class Output:
    """How one output is."""

    name: str
    state: str
    wrong: bool
    lag: str
    success: Moment | None
    sent: str
    gaps: int
    rejected: int
    failure: str


@dataclass(frozen=True, slots=True)
class Room:
    """How full the ledger is, and when it will be."""

    bytes: str
    limit: str
    share: int
    """Of the limit, in per cent."""
    a_day: str
    estimated: bool
    """By the probes that are configured: the ledger is too young to tell."""
    full: str
    """When the limit is reached, in words."""
    soon: bool


@dataclass(frozen=True, slots=True)
class Page:
    """What the template shows."""

    known: dict[str, Any]
    """As `linkledger status --json` tells it."""
    running: bool
    seen: Moment | None
    since: Moment | None
    synchronised: bool | None
    epoch: str
    on_time: str
    skipped: int
    room: Room
    oldest: Moment | None
    analysed: Moment | None
    """Up to when the ledger is analysed."""
    keep: str
    commit: str
    queued: int
    dropped: int
    damaged: tuple[str, ...]
    outputs: tuple[Output, ...]
    on_disk: str
    """What is wrong of the file on disk; empty: nothing."""
    files: tuple[str, ...]
    loaded: Moment | None
    warnings: tuple[str, ...]
    more_warnings: int
    reload_problem: str
    targets: int
    circuits: int
    sites: int
    url: str


def draw(desk: Desk, asked: Asked) -> Drawn:
    """The page; raises LedgerError."""
    seen = page(desk, asked.host)
    return render("host.html", asked, desk.settings, desk.now.wall_ms, title="This host", page=seen)


def page(desk: Desk, now: HostNow | None) -> Page:
    """What is shown; `now` is what only the daemon knows."""
    settings, now_ms, clocks = desk.settings, desk.now.wall_ms, Clocks(desk.settings, desk.now.wall_ms)
    beat = desk.reader.heartbeat()
    with closing(connect_reader(desk.ledger)) as connection:
        known = about(connection, desk.ledger, beat, now_ms)
    daemon, clock, ledger = known["daemon"] or {}, known["clock"] or {}, known["ledger"]
    oldest_ms = None if ledger["oldest"] is None else parse_rfc3339(ledger["oldest"])
    state = json.loads(beat.state) if beat else {}
    files, warnings = configured(desk, state)
    day = local_day(now_ms, str(clocks.zone()))
    return Page(
        known=known,
        running=now is not None or (settings.demo is None and bool(daemon.get("running"))),
        seen=clocks.maybe(beat.at_ms if beat else None),
        since=clocks.maybe(now.since_ms if now else None),
        synchronised=now.synchronised if now else clock.get("synchronised"),
        epoch=f"epoch {clock['epoch']} since {clock['since']} ({clock['why']})" if clock else "",
        on_time=punctual(now.lateness_buckets) if now else "",
        skipped=now.skipped if now else 0,
        room=room(settings, ledger["bytes"], oldest_ms, now_ms),
        oldest=clocks.maybe(oldest_ms),
        analysed=clocks.maybe(parse_rfc3339(known["analysis"]["until"]) if known["analysis"] else None),
        keep=str(settings.ledger.keep),
        commit=f"{now.ledger.last_commit_seconds * 1000:.1f} ms" if now else "",
        queued=now.ledger.queued if now else 0,
        dropped=now.ledger.dropped if now else 0,
        damaged=tuple(ledger["damaged"]),
        outputs=tuple(outputs(known["outputs"], now.outputs if now else (), clocks)),
        on_disk=ON_DISK.get((known["config"] or {}).get("on_disk") or "", ""),
        files=files,
        loaded=clocks.maybe(state.get("config_at_ms")),
        warnings=warnings[:WARNINGS],
        more_warnings=max(0, len(warnings) - WARNINGS),
        reload_problem=now.reload_problem if now else "",
        targets=len(planned(settings, day)),
        circuits=len(settings.here()),
        sites=len(settings.sites),
        url=now.listen if now else "",
    )


def punctual(buckets: Sequence[int]) -> str:
    """Within which time 99% of the packets were handed over; empty before the first."""
    total, so_far = sum(buckets), 0
    for count, bound in zip(buckets, (*LATENESS_BOUNDS_SECONDS, None), strict=True):
        so_far += count
        if total and 100 * so_far >= ON_TIME * total:
            return f"{ON_TIME}% within {bound * 1000:g} ms" if bound else "over 5 s late"
    return ""


def room(settings: Settings, held: int, oldest_ms: int | None, now_ms: int) -> Room:
    """How the ledger grows: as it did so far, or for less than a day's data as its probes will make it."""
    limit, keep_ms = settings.ledger.max_bytes.bytes, settings.ledger.keep.ms
    age_ms = 0 if oldest_ms is None else now_ms - oldest_ms
    estimated = age_ms < DAY_MS
    if estimated:
        probes = [one for circuit in settings.here().values() for one in circuit.probes.values()]
        a_day = round(packets_a_month(probes) * BYTES_A_PACKET[1] * DAY_MS / MONTH_MS)
    else:
        a_day = held * DAY_MS // age_ms
    full, soon = _full(limit, held, a_day, keep_ms, now_ms, settings)
    share = min(100, round(100 * held / limit))
    return Room(megabytes(held), megabytes(limit), share, megabytes(a_day), estimated, full, soon)


def _full(
    limit: int, held: int, a_day: int, keep_ms: int, now_ms: int, settings: Settings
) -> tuple[str, bool]:
    """When the limit is reached, in words, and whether that is near."""
    if held >= limit:
        return "now: the oldest hours are dropped", True
    if not a_day or a_day * keep_ms // DAY_MS <= limit:
        return f"never: what is older than {settings.ledger.keep} is dropped before that", False
    left_ms = (limit - held) * DAY_MS // a_day
    when = Clocks(settings, now_ms).at(now_ms + left_ms)
    return (
        f"{when.local[:11]}, in {span(left_ms // 1000)}; then the oldest hours are dropped",
        left_ms < 30 * DAY_MS,
    )


def outputs(known: Sequence[dict[str, Any]], now: Sequence[OutputNow], clocks: Clocks) -> Iterator[Output]:
    """Each output by what the ledger has of its place and what the daemon says of it."""
    live = {one.name: one for one in now}
    for one in known:
        yield _output(one, live.pop(one["output"], None), clocks)
    for other in live.values():
        place = {"output": other.name, "lag_rounds": other.lag_rounds, "lag_seconds": None, "gap_rounds": 0}
        told = {**place, "state": other.state, "failure": other.failure, "last_success": None}
        yield _output(told, other, clocks)


def _output(one: dict[str, Any], live: OutputNow | None, clocks: Clocks) -> Output:
    lag = live.lag_rounds if live else one["lag_rounds"] or 0
    behind = f" ({span(round(one['lag_seconds']))})" if lag and one["lag_seconds"] else ""
    success_ms = parse_rfc3339(one["last_success"]) if one["last_success"] else None
    success_ms = live.last_success_ms if live else success_ms
    failure = live.failure if live else one["failure"] or ""
    return Output(
        name=one["output"],
        state=(live.state if live else one["state"]) or "not fed",
        wrong=bool(failure) or not (live or one["state"]),
        lag=f"{lag:,}{behind}",
        success=clocks.maybe(success_ms),
        sent=f"{live.sent_total:,}" if live else "",
        gaps=max(one["gap_rounds"] or 0, live.gap_rounds_total if live else 0),
        rejected=live.rejected_total if live else 0,
        failure=failure,
    )


def configured(desk: Desk, state: dict[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The configuration's files, and what `linkledger check` warns of; read again once they change."""
    files = tuple(state.get("config_files", ()))
    if desk.settings.demo is not None:  # nobody measures, so nobody noted which file it runs by
        files = tuple(str(one) for one in [desk.ledger.with_name(BESIDE)] if one.is_file())
    try:
        mark = tuple(Path(one).stat().st_mtime_ns for one in files)
    except OSError:
        return files, ()
    if not files:
        return files, ()
    held = desk.kept.get("host.warnings")
    if held is None or held[0] != (files, mark):
        try:
            found = load(Path(files[0]), site=desk.settings.site, need_secrets=False).warnings
            told = tuple(str(one) for one in found)
        except ConfigErrors as errors:
            told = tuple(str(errors).splitlines())
        held = desk.kept["host.warnings"] = ((files, mark), told)
    warnings: tuple[str, ...] = held[1]
    return files, warnings
