"""Who measures, by what configuration and clock, and how its outputs are: the lower half of `status`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from collector.ledger import analysed, places, store
from collector.ledger.aside import DAMAGED, asides
from collector.ledger.deliveries import deliveries
from collector.ledger.places import Place
from collector.ledger.records import Heartbeat
from collector.sizes import megabytes
from collector.times import rfc3339, span

if TYPE_CHECKING:
    from sqlite3 import Connection

STALE_MS = 10_000
"""Without a sign of life for so long nobody is measuring, and every status is unknown."""
DAY_MS = 86_400_000
NEWEST_EVENTS = 5
DIGEST_SHOWN = len("sha256:") + 12
ON_DISK = {
    "differs": "the file on disk differs from it: reload the daemon",
    "bad": "the file on disk can't be used: `linkledger check` says why",
    "gone": "the file is no longer there",
}
_NO_PLACE = {"lag_seconds": None, "gap_rounds": 0, "rewind_to": None, "again": None}
Line = tuple[str, str, bool]
"""A subject, what there is to say, and whether it needs a person."""


def is_alive(beat: Heartbeat, now_ms: int) -> bool:
    """Whether the daemon that left this sign of life still runs."""
    return now_ms - beat.at_ms <= STALE_MS and not json.loads(beat.state)["stopped"]


def about(connection: Connection, ledger: Path, beat: Heartbeat | None, now_ms: int) -> dict[str, Any]:
    """All of it as `status --json` shows it."""
    from importlib.metadata import version  # takes as long as the rest of `status`

    state: dict[str, Any] = json.loads(beat.state) if beat else {}
    running = beat is not None and is_alive(beat, now_ms)
    oldest_ms = store.oldest_ms(connection)
    return {
        "version": version("linkledger"),
        "daemon": beat
        and {"running": running, "version": beat.version, "pid": beat.pid, "seen": rfc3339(beat.at_ms)},
        "config": beat and {"digest": beat.config, "on_disk": on_disk(state, beat.config)},
        "clock": _clock(connection, state),
        "ledger": {
            "path": str(ledger),
            "bytes": store.bytes_in_use(connection),
            "oldest": None if oldest_ms is None else rfc3339(oldest_ms),
            "damaged": [str(one) for one in asides(ledger, DAMAGED)],
        },
        "analysis": analysis_now(connection),
        "outputs": outputs_now(connection, beat, now_ms),
        "reports": reports_now(connection, state),
        "events": _events(connection, now_ms),
    }


def about_lines(known: dict[str, Any], now_ms: int) -> Iterator[Line]:
    """The same for a person."""
    daemon, config, clock, ledger = (known[name] for name in ("daemon", "config", "clock", "ledger"))
    if daemon:
        other = daemon["version"] != known["version"]
        beside = f", this command {known['version']}: restart the daemon" if other else ""
        how = f"pid {daemon['pid']}" if daemon["running"] else "not running"
        yield "daemon", f"{daemon['version']}, {how}{beside}", other or not daemon["running"]
    if config:
        wrong = ON_DISK.get(config["on_disk"] or "", "")
        yield "config", config["digest"][:DIGEST_SHOWN] + (f"; {wrong}" if wrong else ""), bool(wrong)
    if clock:
        state = "synchronised" if clock["synchronised"] else "not synchronised: start an NTP client"
        began = f"epoch {clock['epoch']} began at {clock['since']} ({clock['why']})"
        yield "clock", f"{state}; {began}", not clock["synchronised"]
    held = "" if ledger["oldest"] is None else f", from {ledger['oldest']} on"
    yield "ledger", f"{ledger['path']}, {megabytes(ledger['bytes'])}{held}", False
    yield "analysis", analysis_sentence(known["analysis"]), False
    for one in ledger["damaged"]:
        yield "damaged", f"{one} (was set aside)", True
    for one in known["outputs"]:
        yield "output", f"{one['output']}: {sentence(one)}", bool(one["failure"])
    for one in known["reports"]:
        yield "report", f"{one['report']}: {_report_sentence(one)}", one["state"] == "failed"
    yield from _event_lines(known["events"], now_ms)


def on_disk(state: dict[str, Any], digest: str) -> str | None:
    """How the configuration's files compare with what was loaded: same, differs, bad or gone.

    None where the daemon said nothing of files. Only files that were written since are read.
    """
    files = [Path(one) for one in state.get("config_files", ())]
    if not files:
        return None
    folders = {one.parent for one in files[1:]} - {files[0].parent}  # a new file may be included there
    try:
        newest_ms = max(one.stat().st_mtime_ns for one in (*files, *folders)) // 1_000_000
    except FileNotFoundError:
        return "differs" if files[0].exists() else "gone"
    except OSError:
        return None
    return (
        "same" if newest_ms < state["config_at_ms"] else _compared(files[0], state["site"], digest, newest_ms)
    )


@cache
def _compared(path: Path, site: str, digest: str, newest_ms: int) -> str | None:
    """By the digest, which neither order nor comments change; once for each `newest_ms`."""
    from config.errors import ConfigErrors
    from config.load import load

    with suppress(OSError):
        try:
            return (
                "same" if load(path, site=site, need_secrets=False).settings.digest == digest else "differs"
            )
        except ConfigErrors:
            return "bad"
    return None


def _clock(connection: Connection, state: dict[str, Any]) -> dict[str, Any] | None:
    epoch = store.last_epoch(connection)
    if epoch is None:
        return None
    return {
        "synchronised": state.get("synchronised", epoch.synchronised),
        "epoch": epoch.id,
        "since": rfc3339(epoch.wall_ns // 1_000_000_000 * 1000),
        "why": epoch.why,
    }


def analysis_sentence(done: dict[str, Any] | None) -> str:
    """The same for a person."""
    if done is None:
        return "not analysed yet"
    took = "" if done["seconds"] is None else f" took {done['seconds']:.1f} s"
    circuits = f"{done['circuits']:,} circuits{took}"
    return f"analysed until {done['until']}, {circuits}, {done['findings']:,} findings kept"


def analysis_now(connection: Connection) -> dict[str, Any] | None:
    """How far the ledger is analysed; None before it was."""
    done = analysed.ran(connection)
    return (
        None
        if done is None
        else {
            "until": rfc3339(done.until_ms // 1000 * 1000),
            "done": rfc3339(done.at_ms // 1000 * 1000),
            "seconds": None if done.seconds is None else round(done.seconds, 3),
            "circuits": done.circuits,
            "findings": analysed.count_findings(connection),
        }
    )


def _events(connection: Connection, now_ms: int) -> dict[str, Any]:
    newest: Sequence[dict[str, Any]] = [
        {"at": rfc3339(one.at_ms), "circuit": one.circuit or None, "probe": one.probe,
         "kind": one.kind, "source": one.source}
        for one in store.newest_events(connection, NEWEST_EVENTS)
    ]  # fmt: skip
    return {"last_day": store.count_events(connection, now_ms - DAY_MS), "newest": newest}


def _event_lines(events: dict[str, Any], now_ms: int) -> Iterator[Line]:
    if events["newest"]:
        one = events["newest"][0]
        where = f"{one['circuit'] or 'no circuit of ours'} by {one['source']}"
        yield "events", f"{events['last_day']:,} in 24 h; newest {one['kind']} {where} at {one['at']}", False


def fed(beat: Heartbeat | None, now_ms: int) -> dict[str, Any]:
    """The outputs that a running daemon feeds, by name, each as its last sign of life says."""
    if beat is None or not is_alive(beat, now_ms):
        return {}
    found: dict[str, Any] = json.loads(beat.state).get("outputs", {})
    return found


def outputs_now(connection: Connection, beat: Heartbeat | None, now_ms: int) -> list[dict[str, Any]]:
    """Each output as `--json` shows it here and in `status`.

    First those with a place in the log; then those that a running daemon tells of outages and breaches.
    """
    running = fed(beat, now_ms)
    found = [_with_place(place, running.pop(place.name, {}), now_ms) for place in places.places(connection)]
    return [*found, *({"output": name, **_running(one), **_NO_PLACE} for name, one in running.items())]


def _with_place(place: Place, one: dict[str, Any], now_ms: int) -> dict[str, Any]:
    waits, again = place.waits_since_ms, place.again
    return {
        "output": place.name,
        **_running(one),
        "lag_rounds": place.lag_rounds,
        "lag_seconds": 0 if waits is None else max(0, now_ms - waits) / 1000,
        "gap_rounds": place.gap_rounds,
        "rewind_to": None if place.asked_ms is None else rfc3339(place.asked_ms),
        "again": None if again is None else {**asdict(again), "rounds": place.again_rounds},
    }


def _running(one: dict[str, Any]) -> dict[str, Any]:
    success_ms = one.get("last_success_ms")
    return {
        "state": one.get("state"),
        "failure": one.get("failure") or None,
        "last_success": None if success_ms is None else rfc3339(success_ms),
        "lag_rounds": one.get("lag"),
    }


def sentence(one: dict[str, Any]) -> str:
    """How an output is, for a person; of what `outputs_now` gives."""
    what, lag = "notice" if one["lag_seconds"] is None else "row", one["lag_rounds"]
    parts = [one["state"] or "not fed by a daemon", f"{lag:,} {what}{'s' * (lag != 1)} behind"]
    if one["lag_rounds"] and one["lag_seconds"] is not None:
        parts[1] += f" ({span(round(one['lag_seconds']))})"
    if one["state"]:
        parts.append(f"last success {one['last_success']}" if one["last_success"] else "no success yet")
    if one["again"]:
        parts.append(f"{one['again']['rounds']:,} packed rounds to send again")
    if one["rewind_to"]:
        parts.append(f"a rewind to {one['rewind_to']} is asked for")
    if one["gap_rounds"]:
        parts.append(f"{one['gap_rounds']:,} never taken")
    return ", ".join(parts) + (f": {one['failure']}" if one["failure"] else "")


def reports_now(connection: Connection, state: dict[str, Any]) -> list[dict[str, Any]]:
    """How far each configured report is; `state` is what the daemon's newest sign of life says."""
    held = deliveries(connection)
    return [
        {
            "report": name,
            "period": one.period if one else None,
            "state": one.state if one else "waiting",
            "sent": None if one is None or one.sent_ms is None else rfc3339(one.sent_ms),
            "last_success": None if one is None or one.success_ms is None else rfc3339(one.success_ms),
            "failures": one.failures if one else 0,
            "next_try": None if one is None or one.next_ms is None else rfc3339(one.next_ms),
            "why": (one.why if one else "") or None,
        }
        for name in state.get("reports", ())
        for one in (held.get(name),)
    ]


def _report_sentence(one: dict[str, Any]) -> str:
    if one["period"] is None:
        return "nothing was due yet"
    if one["state"] == "sent":
        return f"{one['period']}, sent {one['sent']}"
    again = f", next try {one['next_try']}" if one["next_try"] else ""
    tried = f"failed {one['failures']:,}x" if one["failures"] else "waiting"
    return f"{one['period']}, {tried}{again}" + (f": {one['why']}" if one["why"] else "")
