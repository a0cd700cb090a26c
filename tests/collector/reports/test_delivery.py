"""What can go wrong between a report and who is to have it, and what then is done."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from collector.ledger.deliveries import Delivered, deliveries
from collector.ledger.watched import Answers
from collector.reporting import sent_by_hand
from collector.reports.sending import put_into
from collector.web.sources import ReportNow
from tests.collector.claiming.estate import OVER_MS
from tests.collector.reports.test_sending import (
    BOSS,
    MADE,
    NOC,
    Daemon,
    by_mail,
    daemon,
    entry,
    quick,
)
from tests.servers.mail import mail_server

__all__ = ["daemon", "quick"]  # fixtures

SIX_HOURS = 6 * 3600


async def test_a_mailbox_that_is_refused_for_good_is_said_and_asked_for_again_after_six_hours(
    daemon: Daemon, quick: list[str]
) -> None:
    async with mail_server() as box:
        box.on_recipient = lambda address: "550 no such user" if address == BOSS else "250 OK"
        daemon.with_(by_mail(box))
        held = await daemon.look()
        assert (held.had, held.failures, held.for_good) == ((NOC,), 1, True)
        assert daemon.troubles["report noc"] == f"{BOSS} is refused: 550 no such user"
        await daemon.look(SIX_HOURS - 1)
        assert len(quick) == 1
        assert (await daemon.look(1)).failures == 2
        assert box.recipients == [[NOC]]  # who has it gets it once


async def test_one_who_is_refused_for_now_keeps_the_quick_pace(daemon: Daemon, quick: list[str]) -> None:
    async with mail_server() as box:
        box.on_recipient = lambda address: "550 no such user" if address == BOSS else "450 greylisted"
        daemon.with_(by_mail(box))
        held = await daemon.look()
        assert (held.for_good, held.next_ms) == (False, OVER_MS + 60_000)
        box.on_recipient = lambda address: "550 no such user" if address == BOSS else "250 OK"
        held = await daemon.look(60)
        assert (held.had, held.for_good) == ((NOC,), True)


async def test_what_a_person_mends_is_tried_at_once(daemon: Daemon, quick: list[str]) -> None:
    async with mail_server() as box:
        box.on_recipient = lambda address: "550 no such user" if address == BOSS else "250 OK"
        daemon.with_(by_mail(box))
        await daemon.look()
        daemon.with_(by_mail(box, to=[NOC]))
        done = await daemon.look(1)
        assert (done.had, done.failures, done.for_good) == ((NOC,), 0, False)
        assert done.sent_ms is not None
        assert len(box.mails) == 1
        assert daemon.troubles["report noc"] == ""


async def test_a_restart_tries_what_waits_for_a_person_and_no_other_before_its_time(
    daemon: Daemon, quick: list[str]
) -> None:
    async with mail_server() as box:
        box.on_data = "554 refused"
        daemon.with_(by_mail(box))
        assert (await daemon.look()).for_good
        daemon.again()
        box.on_data = "451 later"
        assert (await daemon.look(1)).failures == 2
        daemon.again()
        assert (await daemon.look(1)).failures == 2


async def test_a_server_that_hangs_is_given_up_and_the_next_report_goes_out(
    daemon: Daemon, quick: list[str], tmp_path: Path
) -> None:
    async with mail_server() as box:
        box.hangs = True
        daemon.with_(by_mail(box, timeout="200ms"))
        reports = {**daemon.settings.reports, "files": entry(folder=tmp_path / "out")}
        daemon.settings = daemon.settings.model_copy(update={"reports": reports})
        held = await daemon.look()
        assert held.why == f"mail by {box.server}: no answer within 200ms"
        assert not held.for_good
        assert daemon.reporting.states["files"].sent_ms is not None
        assert quick == ["2026-01", "2026-01"]
        box.released.set()


async def test_a_server_that_is_not_there_is_tried_soon(daemon: Daemon, quick: list[str]) -> None:
    async with mail_server() as box:
        gone = by_mail(box)
    daemon.with_(gone)
    held = await daemon.look()
    assert "not reached" in held.why
    assert (held.for_good, held.next_ms) == (False, OVER_MS + 60_000)


async def test_a_report_that_is_removed_while_a_retry_waits_troubles_nobody_any_more(
    daemon: Daemon, quick: list[str]
) -> None:
    async with mail_server() as box:
        box.on_data = "451 later"
        daemon.with_(by_mail(box))
        await daemon.look()
        assert daemon.troubles["report noc"]
        kept = daemon.settings.reports
        daemon.settings = daemon.settings.model_copy(update={"reports": {}})
        await daemon.clock.advance(3600)
        await daemon.reporting.look()
        assert daemon.troubles["report noc"] == ""
        assert daemon.reporting.statistics() == []
        assert box.mails == []
        box.on_data = "250 OK"
        renamed = {"other": kept["noc"]}
        daemon.settings = daemon.settings.model_copy(update={"reports": renamed})
        await daemon.reporting.look()
        assert daemon.reporting.states["other"].sent_ms is not None
        assert len(box.mails) == 1


async def test_metrics_know_each_reports_failures_and_last_success(daemon: Daemon, quick: list[str]) -> None:
    async with mail_server() as box:
        box.on_data = "451 later"
        daemon.with_(by_mail(box))
        assert [(one.report, one.last_success_ms, one.failures_total) for one in told(daemon)] == [
            ("noc", None, 0)
        ]
        await daemon.look()
        assert [(one.last_success_ms, one.failures_total) for one in told(daemon)] == [(None, 1)]
        box.on_data = "250 OK"
        await daemon.look(60)
        assert [(one.last_success_ms, one.failures_total) for one in told(daemon)] == [(OVER_MS + 60_000, 1)]


def told(daemon: Daemon) -> list[ReportNow]:
    return daemon.reporting.statistics()


@pytest.mark.parametrize("why", ["a file is in its place", "read-only"])
async def test_a_folder_that_cannot_be_written_is_a_failure_that_says_so(
    daemon: Daemon, quick: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    folder = tmp_path / "out"
    if why == "read-only":

        def refused(*_: object, **__: object) -> None:
            raise OSError(30, "Read-only file system")

        monkeypatch.setattr("collector.reports.sending.tempfile.mkstemp", refused)
    else:
        folder.write_text("")
    daemon.with_(entry(folder=folder))
    held = await daemon.look()
    assert held.why.startswith(f"{folder} can't be written: ")
    assert (held.failures, held.for_good) == (1, False)
    assert not list(tmp_path.glob("**/*.html"))


def test_a_folder_that_is_missing_is_made_and_a_link_is_not_followed_out_of_it(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("mine")
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "r.html").symlink_to(tmp_path / "victim")
    put_into(tmp_path / "new", MADE.files)
    assert (tmp_path / "victim").read_text() == "mine"
    assert not (tmp_path / "new" / "r.html").is_symlink()
    assert (tmp_path / "new" / "r.html").stat().st_mode & 0o777 == 0o640
    put_into(tmp_path / "a" / "b", MADE.files)
    assert (tmp_path / "a" / "b" / "r.html").exists()


# --- sent by a person


def test_the_newest_period_sent_by_hand_is_not_sent_again() -> None:
    found = sent_by_hand(None, "noc", "2026-01", [NOC, BOSS], 5, whole=True)
    assert (found.sent_ms, found.success_ms, found.had) == (5, 5, (NOC, BOSS))
    failed = Delivered("noc", "2026-01", 1, had=(NOC,), failures=3, next_ms=9, why="x", for_good=True)
    found = sent_by_hand(failed, "noc", "2026-01", [NOC, BOSS], 5, whole=True)
    assert found == Delivered("noc", "2026-01", 1, had=(NOC, BOSS), sent_ms=5, success_ms=5)


def test_whom_a_send_by_hand_did_not_reach_the_daemon_goes_on_with() -> None:
    found = sent_by_hand(None, "noc", "2026-01", [NOC], 5, whole=False)
    assert (found.sent_ms, found.had) == (None, (NOC,))


async def test_a_report_sent_before_its_hour_is_not_followed_by_the_one_before(
    daemon: Daemon, quick: list[str], tmp_path: Path
) -> None:
    daemon.with_(entry(folder=tmp_path, every="daily", at="23:00"))
    await daemon.look()
    before = Answers(daemon.ledger.path)(deliveries)["noc"]
    assert before.period == "2026-02-01"  # of 2 February it isn't 23:00 yet
    ahead = sent_by_hand(before, "noc", "2026-02-02", [str(tmp_path)], OVER_MS, whole=True)
    await daemon.reporting._keep(replace(ahead))
    await daemon.look(3600)
    assert quick == ["2026-02-01"]
    assert daemon.state.period == "2026-02-02"
