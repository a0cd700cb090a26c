"""Reports by mail and into a folder, with a real mail server, and the daemon's schedule around it."""

from __future__ import annotations

import sqlite3
import ssl
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import asynccontextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

import pytest
import trustme

from collector import reporting
from collector.clerk import Desk
from collector.ledger.deliveries import Delivered
from collector.ledger.ledger import Ledger
from collector.ledger.opening import editing
from collector.reporting import Reporting, delivered, offered, rendered
from collector.reports.as_pdf import PdfUnavailable
from collector.reports.ready import Prepared, Waiting, prepare, prepared
from collector.reports.render import Rendered
from collector.reports.sending import put_into
from config.reports import ReportSettings
from config.settings import Settings
from probes.clock import NS_PER_MS, Instant
from tests.clock import FakeClock
from tests.collector.claiming.estate import DAY_MS, FEBRUARY_MS, HOUR_MS, OVER_MS
from tests.collector.reports.conftest import NOW
from tests.collector.test_statements import JANUARY_MS
from tests.servers.mail import PASSWORD, USER, Postbox, mail_server

NOC, BOSS = "noc@lab.example", "boss@lab.example"
MADE = Prepared(
    "2026-01", "January 2026: all well", "All well.\n", (Rendered(b"<p>", "text/html", "r.html"),)
)


def entry(**more: Any) -> ReportSettings:  # noqa: ANN401
    return ReportSettings.model_validate({"every": "monthly", **more})


def by_mail(box: Postbox, **more: Any) -> ReportSettings:  # noqa: ANN401
    mail = {"server": box.server, "tls": "none", "from": "edge@lab.example", "to": [NOC, BOSS], **more}
    return entry(mail=mail)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Reports are made at once and in this process; the periods that were made, in order."""
    asked: list[str] = []

    async def here(work: Callable[..., Any], *args: Any) -> Any:  # noqa: ANN401
        assert work is prepare
        asked.append(args[-1])
        return MADE

    monkeypatch.setattr(reporting, "in_a_process", here)
    return asked


class Pen:
    """A ledger as far as reports write to it; what is written is durable at once."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, job: Callable[[sqlite3.Connection], None]) -> Future[None]:
        done: Future[None] = Future()
        with editing(self.path) as connection:
            job(connection)
        done.set_result(None)
        return done


class Daemon:
    """The reports of a daemon on a fake clock."""

    def __init__(self, settings: Settings, ledger: Ledger, clock: FakeClock) -> None:
        self.settings, self.ledger, self.clock = settings, ledger, clock
        self.troubles: dict[str, str] = {}
        self.reporting = self.again()

    def again(self) -> Reporting:
        """As after a restart."""
        self.reporting = Reporting(lambda: self.settings, self.ledger, self.clock, self.troubles.__setitem__)
        return self.reporting

    def with_(self, one: ReportSettings) -> None:
        self.settings = self.settings.model_copy(update={"reports": {"noc": one}})

    @property
    def state(self) -> Delivered:
        return self.reporting.states["noc"]

    async def look(self, seconds: float = 0) -> Delivered:
        await self.clock.advance(seconds)
        await self.reporting.look()
        return self.state


@pytest.fixture
def daemon(copy: Settings) -> Daemon:
    clock = FakeClock()
    clock.step_wall((OVER_MS - JANUARY_MS) / 1000)
    return Daemon(copy, cast(Ledger, Pen(copy.ledger.path)), clock)


async def test_a_report_is_sent_once_with_its_files_and_the_summary_as_text(
    daemon: Daemon, quick: list[str]
) -> None:
    async with mail_server() as box:
        daemon.with_(by_mail(box))
        done = await daemon.look()
        assert (done.period, done.had, done.sent_ms, done.failures) == ("2026-01", (NOC, BOSS), OVER_MS, 0)
        await daemon.look(86_400)
        daemon.again()
        await daemon.look(60)
        assert quick == ["2026-01"]
        (mail,) = box.mails
        assert (mail["Subject"], mail["To"]) == ("January 2026: all well", f"{NOC}, {BOSS}")
        assert mail["Auto-Submitted"] == "auto-generated"
        assert str(mail["Message-ID"]).startswith("<report.noc.2026-01.")
        body = mail.get_body(("plain",))
        assert isinstance(body, EmailMessage)
        assert body.get_content().strip() == "All well."
        assert [one.get_filename() for one in mail.iter_attachments()] == ["r.html"]
    assert daemon.troubles["report noc"] == ""


async def test_the_next_period_is_sent_when_it_is_due(daemon: Daemon, quick: list[str]) -> None:
    async with mail_server() as box:
        daemon.with_(by_mail(box))
        await daemon.look()
        until_march = (JANUARY_MS + (31 + 28) * DAY_MS + 6 * HOUR_MS - OVER_MS) / 1000
        await daemon.look(until_march - 1)
        assert quick == ["2026-01"]
        assert (await daemon.look(1)).period == "2026-02"
        assert quick == ["2026-01", "2026-02"]
        assert len(box.mails) == 2


async def test_who_is_refused_for_now_is_tried_again_alone(daemon: Daemon, quick: list[str]) -> None:
    async with mail_server() as box:
        box.on_recipient = lambda address: "450 greylisted" if address == BOSS else "250 OK"
        daemon.with_(by_mail(box))
        held = await daemon.look()
        assert (held.had, held.sent_ms, held.failures) == ((NOC,), None, 1)
        assert held.why == f"{BOSS} is refused: 450 greylisted"
        assert daemon.troubles["report noc"] == held.why
        await daemon.look(59)
        assert len(box.mails) == 1
        box.on_recipient = lambda address: "250 OK"
        daemon.again()
        done = await daemon.look(1)
        assert (done.had, done.why, done.failures) == ((NOC, BOSS), "", 0)
        assert box.recipients == [[NOC], [BOSS]]
        assert daemon.troubles["report noc"] == ""


async def test_a_failed_send_backs_off_and_is_logged_once(
    daemon: Daemon, quick: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    async with mail_server() as box:
        box.on_data = "451 no room now, please"
        daemon.with_(by_mail(box))
        waits = []
        for _ in range(8):
            held = await daemon.look()
            assert held.next_ms is not None
            waits.append((held.next_ms - daemon.clock.now().wall_ms) // 60_000)
            await daemon.clock.advance(waits[-1] * 60)
        assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
        assert "451 no room now" in held.why
    assert capsys.readouterr().out.count("report.failed") == 1


async def test_after_a_crash_between_two_receivers_only_the_second_gets_it(
    daemon: Daemon, quick: list[str], tmp_path: Path
) -> None:
    async with mail_server() as box:
        folder = tmp_path / "reports"
        both = by_mail(box).model_copy(update={"folder": folder})
        daemon.with_(both)
        box.on_data = "451 later"
        held = await daemon.look()
        assert held.had == (str(folder),)
        (folder / "r.html").unlink()
        daemon.again()
        box.on_data = "250 OK"
        done = await daemon.look(60)
        assert done.sent_ms is not None
        assert not (folder / "r.html").exists()
        assert len(box.mails) == 1


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@asynccontextmanager
async def guarded(authority: trustme.CA) -> AsyncIterator[Postbox]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    async with mail_server(tls, auth=True) as box:
        yield box


async def test_starttls_and_a_password_that_is_told_nowhere(
    daemon: Daemon, quick: list[str], authority: trustme.CA, tmp_path: Path
) -> None:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    async with guarded(authority) as box:
        trusting = {"tls": "starttls", "username": USER, "ca_file": tmp_path / "ca.pem", "timeout": "5s"}
        daemon.with_(by_mail(box, **trusting, password="wrong-horse"))
        held = await daemon.look()
        assert "check its `username` and `password`" in held.why
        assert "wrong-horse" not in held.why
        daemon.with_(by_mail(box, **trusting, password=PASSWORD))
        assert (await daemon.look(60)).sent_ms is not None
        assert len(box.mails) == 1


async def test_no_password_goes_to_a_server_without_starttls(daemon: Daemon, quick: list[str]) -> None:
    async with mail_server() as box:
        daemon.with_(by_mail(box, tls="starttls", username=USER, password=PASSWORD))
        held = await daemon.look()
        assert "nothing was sent; check `server` and `tls`" in held.why
        assert box.passwords == []


async def test_what_is_not_settled_is_waited_for_and_is_no_failure(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[Any] = [
        Waiting("lon-acme is not issued yet"),
        PdfUnavailable("no pdf"),
        LookupError("gone"),
        MADE,
    ]

    async def here(*_: Any) -> Any:  # noqa: ANN401
        one = answers.pop(0)
        if isinstance(one, Exception):
            raise one
        return one

    monkeypatch.setattr(reporting, "in_a_process", here)
    async with mail_server() as box:
        daemon.with_(by_mail(box))
        held = await daemon.look()
        assert (held.failures, held.why, daemon.troubles["report noc"]) == (
            0,
            "lon-acme is not issued yet",
            "",
        )
        assert (await daemon.look(599)).failures == 0
        assert (await daemon.look(1)).why == "no pdf"
        assert (await daemon.look(60)).why == "it can't be made: gone"
        assert (await daemon.look(120)).sent_ms is not None


async def test_a_demo_sends_nothing(daemon: Daemon, quick: list[str], tmp_path: Path) -> None:
    daemon.with_(entry(folder=tmp_path))
    daemon.settings = daemon.settings.model_copy(update={"demo": object()})
    await daemon.reporting.look()
    assert quick == []


async def test_the_page_is_told_how_each_report_is(daemon: Daemon, quick: list[str], tmp_path: Path) -> None:
    daemon.with_(entry(folder=tmp_path / "out", formats=["html", "csv"]))
    desk = Desk(daemon.settings, daemon.ledger.path, NOW)
    (before,) = delivered(desk)
    assert (before.state, before.period, before.to) == ("waiting", None, (str(tmp_path / "out"),))
    await daemon.look()
    (after,) = delivered(desk)
    assert (after.state, after.period, after.at_ms, after.formats) == (
        "sent",
        "2026-01",
        OVER_MS,
        ("html", "csv"),
    )


# --- what a report waits for


def test_a_month_waits_for_the_measurements_and_for_its_statements(copy: Settings) -> None:
    monthly = entry(folder=Path("x"), formats=["json"])

    def asked(at_ms: int) -> Prepared | Waiting:
        return prepare(copy, copy.ledger.path, Instant(at_ms * NS_PER_MS, 0), monthly, "2026-01")

    assert isinstance(asked(OVER_MS - DAY_MS), Prepared)
    with sqlite3.connect(copy.ledger.path) as connection:
        connection.execute("DELETE FROM revision WHERE scope = 'par-acme'")
    assert asked(OVER_MS - DAY_MS) == Waiting("the statement of par-acme for 2026-01 is not issued yet")
    with sqlite3.connect(copy.ledger.path) as connection:
        connection.execute("UPDATE watermark SET at_ms = ?", (FEBRUARY_MS - 1,))
    assert asked(OVER_MS - DAY_MS) == Waiting("the measurements of lon have not reached the period's end yet")
    late = asked(FEBRUARY_MS + DAY_MS + HOUR_MS)
    assert isinstance(late, Prepared)
    assert "Not final: of some circuits no statement is issued yet." in late.text


def test_a_mail_says_in_its_text_what_a_manager_must_know(estate: Settings) -> None:
    linked = estate.model_copy(update={"web": estate.web.model_copy(update={"url": "https://ll.example/"})})
    made = prepared(linked, estate.ledger.path, NOW, entry(folder=Path("x"), formats=["csv"]), "2026-01")
    assert made.subject == "January 2026: 4 of 5 circuits did not get what was promised"
    assert "Credit due 160.00 GBP, received 0.00 GBP." in made.text
    assert "2 credits still to be claimed, the first before 3 Mar 2026" in made.text
    assert made.text.endswith("https://ll.example/reports\n")
    assert [one.file_name for one in made.files] == ["linkledger-2026-01.csv"]


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_into(tmp_path / "new", MADE.files)
    assert [one.name for one in (tmp_path / "new").iterdir()] == ["r.html"]

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("collector.reports.sending.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        put_into(tmp_path / "full", MADE.files)
    assert list((tmp_path / "full").iterdir()) == []


def test_the_page_is_offered_the_periods_that_the_ledger_knows(estate: Settings) -> None:
    desk = Desk(estate, estate.ledger.path, NOW)
    found = offered(desk)
    assert [(one.label, one.spoken, one.closed) for one in found] == [
        ("2026-02", "February 2026", False),
        ("2026-01", "January 2026", True),
    ]
    assert rendered(desk, "2026-01", "csv", "beta").file_name == "linkledger-2026-01-beta.csv"
