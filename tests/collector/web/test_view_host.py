"""Our own health: what the daemon says, what the ledger says, and what neither knows."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from collector.ledger.opening import editing
from collector.ledger.records import Heartbeat
from collector.ledger.store import put_heartbeat
from collector.web.metrics import LATENESS_BOUNDS_SECONDS
from collector.web.views import host
from collector.web.views.view import HostNow, OutputNow
from config.settings import LedgerSettings, Settings
from probes.values import Duration, Size
from tests.collector.claiming.estate import DAY_MS, OVER_MS
from tests.collector.web.booked import Booked
from tests.collector.web.desks import HOSTILE, Seen, asked, desk
from tests.collector.web.estate import LEDGER

QUIET = (0,) * (len(LATENESS_BOUNDS_SECONDS) + 1)
CENTRAL = OutputNow("central", "held", 1_200, 900, 3, 7, OVER_MS - 5_000, "401 no; check its `token`")
NOW = HostNow(
    since_ms=OVER_MS - DAY_MS,
    synchronised=True,
    lateness_buckets=(990, 9, 1, *QUIET[3:]),
    late_seconds=0.4,
    skipped=2,
    ledger=LEDGER,
    outputs=(CENTRAL,),
    reload_problem="",
    listen="http://127.0.0.1:9850",
)


def beat(booked: Booked, **state: object) -> None:
    row = Heartbeat(
        OVER_MS - 1_000,
        1,
        "0.1.0",
        booked.settings.digest,
        json.dumps({"outputs": {}, "stopped": False, **state}),
    )
    with editing(booked.settings.ledger.path) as connection:
        put_heartbeat(connection, row)


def test_a_running_daemon_tells_how_it_is(booked: Booked) -> None:
    page = host.page(desk(booked), NOW)
    assert (page.running, page.synchronised, page.on_time, page.skipped) == (
        True,
        True,
        "99% within 0.5 ms",
        2,
    )
    assert (page.commit, page.queued, page.dropped) == ("4.0 ms", 3, 0)
    (central,) = page.outputs
    assert (central.lag, central.gaps, central.rejected, central.wrong) == ("1,200", 7, 3, True)
    assert central.success is not None
    assert (page.circuits, page.targets, page.sites) == (5, 6, 1)


def test_without_a_daemon_the_ledger_alone_speaks_and_the_rest_is_not_guessed(booked: Booked) -> None:
    page = host.page(desk(booked), None)
    assert (page.running, page.seen, page.on_time, page.commit) == (False, None, "", "")
    seen = Seen(host.draw(desk(booked), asked("/host")))
    assert "the daemon is not running" in seen.text
    assert {"/metrics", "/api/v1/openapi.json", "/-/ready"} <= set(seen.links)
    assert "No output is configured" in seen.text


@pytest.mark.parametrize(
    ("buckets", "said"),
    [
        (QUIET, ""),
        ((99, 1, *QUIET[2:]), "99% within 0.5 ms"),
        ((98, 1, 1, *QUIET[3:]), "99% within 1 ms"),
        ((0, *QUIET[2:], 1), "over 5 s late"),
    ],
)
def test_lateness_is_told_for_ninety_nine_of_a_hundred(buckets: tuple[int, ...], said: str) -> None:
    assert host.punctual(buckets) == said


def keeping(settings: Settings, keep: str, most: str) -> Settings:
    held = LedgerSettings(path=settings.ledger.path, keep=Duration.parse(keep), max_bytes=Size.parse(most))
    return settings.model_copy(update={"ledger": held})


@pytest.mark.parametrize(
    ("keep", "most", "held", "full", "soon"),
    [
        ("10d", "1G", 100_000_000, "never: what is older than 10d is dropped before that", False),
        ("400d", "1G", 100_000_000, "04 May 2026, in 90 d; then the oldest hours are dropped", False),
        ("400d", "1G", 900_000_000, "04 Feb 2026, in 1 d 2 h; then the oldest hours are dropped", True),
        ("400d", "1G", 2_000_000_000, "now: the oldest hours are dropped", True),
    ],
)
def test_the_ledger_says_when_it_will_be_full(
    booked: Booked, keep: str, most: str, held: int, full: str, soon: bool
) -> None:
    found = host.room(keeping(booked.settings, keep, most), held, OVER_MS - 10 * DAY_MS, OVER_MS)
    assert (found.full, found.soon, found.estimated) == (full, soon, False)


def test_a_young_ledger_is_reckoned_by_its_probes(booked: Booked) -> None:
    found = host.room(booked.settings, 5_000, OVER_MS - 1, OVER_MS)
    assert found.estimated
    assert found.a_day == "2.88 kB", "five probes, a packet each ten minutes, 4 bytes each"


def test_what_check_warns_of_and_what_a_reload_refused_is_told(booked: Booked, tmp_path: Path) -> None:
    config = booked.folder / "linkledger.yaml"
    beat(booked, config_files=[str(config)], config_at_ms=OVER_MS, site="lon", synchronised=False)
    at = desk(booked)
    page = host.page(at, replace(NOW, reload_problem="circuits.x: no"))
    assert page.files == (str(config),)
    config.write_text("site: nowhere\n")
    assert host.page(at, NOW).warnings, "it was read again, as it changed"
    gone = tmp_path / "gone.yaml"
    beat(booked, config_files=[str(gone)], config_at_ms=OVER_MS, site="lon")
    assert host.page(at, NOW).warnings == ()
    assert host.page(at, NOW).on_disk == "the file is no longer there"
    seen = Seen(host.draw(at, asked("/host", host=replace(NOW, reload_problem="circuits.x: no"))))
    assert "The last reload kept the old configuration: circuits.x: no" in seen.text


def test_hostile_failures_are_only_words(booked: Booked) -> None:
    now = replace(NOW, outputs=(replace(CENTRAL, failure=HOSTILE, name=HOSTILE),), reload_problem=HOSTILE)
    assert Seen(host.draw(desk(booked), asked("/host", host=now))).harmless
