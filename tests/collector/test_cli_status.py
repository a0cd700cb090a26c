"""`linkledger status`: who measures, by what, and how its outputs are; on a hundred columns."""

from __future__ import annotations

import json
import os
from contextlib import closing
from dataclasses import replace
from importlib.metadata import version
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from collector.about import about, about_lines, on_disk
from collector.claims_open import document
from collector.cli import cli
from collector.cli.status import WIDEST, look, screen
from collector.ledger.deliveries import Delivered, put
from collector.ledger.opening import connect_reader, editing
from collector.ledger.records import CircuitNow, Event, Heartbeat
from collector.ledger.store import heartbeat, move_cursor, put_circuit_now, put_event, put_heartbeat
from collector.ledger.watched import OpenClaim, put_claims
from config.load import load
from probes.clock import Instant, SystemClock
from tests.collector.ledgers import BEGIN_MS, PATIENCE, good, key, ledger_at
from tests.collector.test_claims_open import CLAIM

CONFIG = """\
site: lon
ledger: {path: ledger.db}
sites: {lon: {timezone: UTC, reference: none}}
carriers: {acme: {name: Acme}}
circuits:
  lon-acme: {carrier: acme, site: lon, probes: {pe: {icmp: 192.0.2.1}}}
"""
LATER_NS = 2_000_000_000_000_000_000


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A ledger with one round, an output and an event, and the configuration that it was measured by."""
    (tmp_path / "linkledger.yaml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    with ledger_at(tmp_path / "ledger.db") as ledger:
        ledger.open_epoch(Instant(BEGIN_MS * 10**6, 0), boot_id="", synchronised=False, why="step")
        ledger.append([good(ledger.series(key()), BEGIN_MS)])
        assert ledger.flush(PATIENCE)
    now_ms = SystemClock().now().wall_ms
    with editing(tmp_path / "ledger.db") as connection:
        move_cursor(connection, "central", 0)
        cause = "timeout: 10 of 10 unanswered within 2s, and the carrier's own reference was silent too"
        circuits = [CircuitNow("lon-acme", "lon", "down", BEGIN_MS, cause, provisional=True, at_ms=BEGIN_MS)]
        put_circuit_now(connection, circuits)
        put_event(connection, Event(now_ms, "lon", "lon-acme", "cpe", "link_down", "192.0.2.9", "{}"))
    return tmp_path / "ledger.db"


def beat(path: Path, age_ms: int = 0, **changed: Any) -> None:  # noqa: ANN401 - fields of JSON
    """A sign of life, of a daemon that loaded the configuration as it is."""
    now_ms = SystemClock().now().wall_ms
    config = path.with_name("linkledger.yaml")
    state = {
        "reasons": ["output central: 401: wrong token"],
        "synchronised": True,
        "stopped": False,
        "outputs": {"central": {"state": "held", "failure": "401: wrong token", "last_success_ms": None}},
        "site": "lon",
        "config_files": [str(config)],
        "config_at_ms": now_ms + 60_000,
    } | changed
    digest = load(config).settings.digest
    row = Heartbeat(
        now_ms - age_ms, 4711, changed.get("version", version("linkledger")), digest, json.dumps(state)
    )
    with editing(path) as connection:
        put_heartbeat(connection, row)


def told() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(run("--json").stdout)
    return document


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["status", *words])


def drawn(path: Path, width: int = WIDEST) -> str:
    """What a person sees on a terminal."""
    connection = connect_reader(path)
    console = Console(file=StringIO(), width=width)
    console.print(screen(look(connection, path, SystemClock().now().wall_ms)))
    connection.close()
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_json_says_who_measures_by_what_and_how_the_outputs_are(path: Path) -> None:
    beat(path)
    found = told()
    assert found["daemon"]["running"] is True
    assert (found["daemon"]["pid"], found["daemon"]["version"]) == (4711, found["version"])
    assert found["config"] == {
        "digest": load(path.with_name("linkledger.yaml")).settings.digest,
        "on_disk": "same",
    }
    assert found["clock"] == {
        "synchronised": True,
        "epoch": 1,
        "since": "2026-01-01T00:00:00Z",
        "why": "step",
    }
    assert found["ledger"]["oldest"] == "2026-01-01T00:00:00Z"
    (output,) = found["outputs"]
    assert (output["output"], output["state"], output["failure"]) == ("central", "held", "401: wrong token")
    assert (output["lag_rounds"], output["lag_seconds"] > 0) == (1, True)
    assert found["events"]["last_day"] == 1
    assert found["events"]["newest"][0]["kind"] == "link_down"
    assert found["circuits"][0]["status"] == "down"


def test_open_claims_are_shown_with_what_is_to_be_done_and_in_json(path: Path) -> None:
    beat(path)
    assert told()["claims"] == []
    assert "Claims" not in drawn(path)
    now_ms = SystemClock().now().wall_ms
    lapses_ms = now_ms + 5 * 86_400_000 + 60_000
    later = replace(CLAIM, scope="lon-far", lapses_ms=lapses_ms + 10**10, next_step=None)
    claims = [later, replace(CLAIM, lapses_ms=lapses_ms)]
    with editing(path) as connection:
        put_claims(
            connection, [OpenClaim(one.scope, one.contract, one.period, one.as_text()) for one in claims]
        )
    assert [one["scope"] for one in told()["claims"]] == ["lon-acme", "lon-far"]
    assert told()["claims"][0] | {"lapses": None} == document(claims[1]) | {"lapses": None}
    said = " ".join(drawn(path).split())
    assert "Claims: 2 open, 1 about to lapse, 150.00 GBP to claim" in said
    assert "ann: send the letter by 2026-01-02" in said
    assert "5 d" in said


def test_a_daemon_that_is_gone_makes_every_circuit_unknown(path: Path) -> None:
    beat(path, age_ms=60_000)
    found = told()
    assert found["daemon"]["running"] is False
    assert found["circuits"][0]["status"] == "unknown"
    assert found["outputs"][0]["state"] is None


def test_a_ledger_that_nobody_fills_yet_says_so(path: Path) -> None:
    found = told()
    assert (found["daemon"], found["config"]) == (None, None)
    assert found["trouble"] == "no daemon has measured yet"


def test_a_damaged_file_is_spoken_of_for_as_long_as_it_lies_there(path: Path) -> None:
    aside = path.with_name("ledger.db.damaged-20260101T000000Z")
    aside.touch()
    assert told()["ledger"]["damaged"] == ["ledger.db.damaged-20260101T000000Z"]
    assert "was damaged and set aside" in run().stderr
    assert "damaged-20260101T000000Z(wassetaside)" in "".join(drawn(path).split())
    aside.unlink()
    assert "damaged" not in run().stderr


@pytest.mark.parametrize("width", [100, 80])
def test_the_table_fits_and_says_all_that_needs_a_person(path: Path, width: int) -> None:
    beat(path, version="0.0.9", synchronised=False)
    text = drawn(path, width)
    assert max(map(len, text.splitlines())) <= width
    said = " ".join(text.split())
    assert f"0.0.9, pid 4711, this command {version('linkledger')}: restart the daemon" in said
    assert "not synchronised: start an NTP client" in said
    assert "central: held, 1 row behind" in said
    assert "401: wrong token" in said
    assert "1 in 24 h; newest link_down lon-acme by 192.0.2.9" in said


# --- the configuration on disk


def state(config: Path, **more: object) -> dict[str, Any]:
    return {"config_files": [str(config)], "config_at_ms": LATER_NS // 10**6 - 1, "site": "lon", **more}


def write(config: Path, text: str) -> None:
    """As if it had been edited after it was loaded."""
    config.write_text(text)
    os.utime(config, ns=(LATER_NS, LATER_NS))


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (CONFIG, "same"),
        (f"# a comment\n{CONFIG}", "same"),
        (CONFIG.replace("192.0.2.1", "192.0.2.2"), "differs"),
        (CONFIG.replace("192.0.2.1", "192.0.2.1, packts: 3"), "bad"),
    ],
    ids=["touched", "a comment", "another target", "a mistake"],
)
def test_an_edited_file_is_compared_by_what_it_means(tmp_path: Path, text: str, answer: str) -> None:
    config = tmp_path / "linkledger.yaml"
    config.write_text(CONFIG)
    digest = load(config).settings.digest
    assert on_disk(state(config, config_at_ms=LATER_NS), digest) == "same"
    write(config, text)
    assert on_disk(state(config), digest) == answer


def test_a_file_that_is_gone_or_was_never_there_is_said(tmp_path: Path) -> None:
    assert on_disk(state(tmp_path / "none.yaml"), "") == "gone"
    assert on_disk({"config_files": []}, "") is None
    assert on_disk({}, "") is None


def test_columns_that_hold_nothing_leave_their_room_to_the_cause(path: Path) -> None:
    beat(path)
    connection = connect_reader(path)
    with closing(connection):
        console = Console(width=80, file=StringIO(), force_terminal=True)
        console.print(screen(look(connection, path, SystemClock().now().wall_ms)))
    assert isinstance(console.file, StringIO)
    shown = console.file.getvalue()
    assert "availability" not in shown
    assert len([line for line in shown.splitlines() if "timeout" in line or "silent" in line]) == 2


def test_without_a_daemon_each_circuits_cause_is_two_words_and_the_rest_is_said_once(path: Path) -> None:
    beat(path, age_ms=60_000)
    found = told()
    assert [one["cause"] for one in found["circuits"]] == ["no daemon"]
    assert found["trouble"].startswith("no daemon has measured since")


@pytest.mark.parametrize(
    ("held", "line"),
    [
        (None, "noc: nothing was due yet"),
        (Delivered("noc", "2026-01", 0, ("a",), sent_ms=0, success_ms=0), "noc: 2026-01, sent 1970-01-01T00"),
        (
            Delivered("noc", "2026-01", 0, next_ms=60_000, failures=2, why="450 greylisted"),
            "noc: 2026-01, failed 2x, next try 1970-01-01T00:01:00Z: 450 greylisted",
        ),
        (
            Delivered("noc", "2026-01", 0, next_ms=60_000, why="not settled"),
            "noc: 2026-01, waiting, next try 1970-01-01T00:01:00Z: not settled",
        ),
    ],
)
def test_each_configured_report_has_a_line(path: Path, held: Delivered | None, line: str) -> None:
    beat(path, reports=["noc"])
    with editing(path) as connection:
        put(connection, Delivered("gone", "2025-12", 0, failures=9, why="no longer configured"))
        if held:
            put(connection, held)
    (one,) = told()["reports"]
    assert (one["report"], one["state"]) == ("noc", held.state if held else "waiting")
    with closing(connect_reader(path)) as connection:
        known = about(connection, path, heartbeat(connection), SystemClock().now().wall_ms)
    (found,) = [one for one in about_lines(known, 0) if one[0] == "report"]
    assert found[1].startswith(line)
    assert found[2] is (one["state"] == "failed")
