"""Mail: what it says, and a mail server that is as unwilling as real ones are."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trustme
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.notices.notice import OutageFacts
from collector.outputs.answers import Action, Do
from collector.outputs.mail import Mail, compose
from collector.outputs.wording import DETAILED, LISTED
from config.outputs import MailOutput
from tests.collector.notices import NOW_MS, SECOND, about, began, breached, ended
from tests.servers.mail import PASSWORD, USER, Postbox, mail_server

ACCEPT = Action(Do.ACCEPT)
NOC, BOSS = "noc@lab.example", "boss@lab.example"


def mail(box: Postbox | str, **more: Any) -> Mail:  # noqa: ANN401
    return Mail("desk", configured(box if isinstance(box, str) else box.server, **more), "edge lon-01")


def configured(server: str = "127.0.0.1:25", **more: Any) -> MailOutput:  # noqa: ANN401
    plain = {"server": server, "tls": "none", "from": "edge@lab.example", "to": [NOC, BOSS]}
    return MailOutput.model_validate({**plain, **more})


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return path


async def test_it_says_what_happened_and_whom_to_call() -> None:
    async with mail_server() as box:
        assert await mail(box).tell([began(number=7)]) == ACCEPT
    (one,) = box.mails
    assert box.recipients == [[NOC, BOSS]]
    assert one["Subject"] == "[linkledger] DOWN: lon-acme (Acme Telecom)"
    assert (one["From"], one["To"]) == ("edge@lab.example", f"{NOC}, {BOSS}")
    assert one["Auto-Submitted"] == "auto-generated"
    assert one["Message-ID"] == f"<7-7.{NOW_MS}.edge-lon-01@lab.example>"
    assert one["Date"] == "Thu, 01 Jan 2026 00:00:00 +0000"
    text = one.get_content().replace("\r\n", "\n")
    assert text.startswith("lon-acme (Acme Telecom) is down since 31 Dec 2025 23:59:30 GMT\n")
    for fact in (
        "cause          timeout: 10 of 10 unanswered within 2s",
        "ruled out      our own network: our reference 10.0.0.1 answered",
        "their circuit  IZXX/123456/LON",
        "our account    4711",
        "call           +44 20 7946 0000",
        "since          2025-12-31T23:59:30Z",
    ):
        assert f"  {fact}\n" in text
    assert "portal" not in text


@pytest.mark.parametrize(
    ("notices", "subject"),
    [
        ([ended()], "UP AGAIN: lon-acme (Acme Telecom), 1 min 20 s"),
        ([began(), ended()], "UP AGAIN: lon-acme (Acme Telecom), 1 min 20 s"),
        ([breached()], "BREACHED: lon-acme (Acme Telecom) availability 99.900000%"),
        ([began("a"), ended("b"), breached("c")], "1 down, 1 over, 1 breached at lon-01"),
        ([ended(), began()], "1 down, 1 over: lon-acme (Acme Telecom)"),
        ([began("a", common_cause=True), began("b", common_cause=True)], "2 down at lon-01, a common cause"),
    ],
)
def test_its_subject_tells_what_there_is(notices: list[Any], subject: str) -> None:
    assert compose(notices, configured(), "edge")["Subject"] == f"[linkledger] {subject}"


def test_an_outage_that_is_over_when_it_is_told_is_told_in_one_sentence() -> None:
    text = compose([began(), ended()], configured(), "edge").get_content()
    assert text.startswith(
        "lon-acme (Acme Telecom) was down from 31 Dec 2025 23:59:30 GMT "
        "to 01 Jan 2026 00:00:50 GMT: 1 min 20 s"
    )


def test_a_storm_is_one_mail_of_bounded_length() -> None:
    storm = [began(f"c{number}", common_cause=True) for number in range(900)]
    message = compose(storm, configured(), "edge")
    text = message.get_content()
    assert message["Subject"] == "[linkledger] 900 down at lon-01, a common cause"
    assert f"  and {900 - LISTED} more\n" in text
    assert text.count(" [IZXX/123456/LON]\n") == LISTED
    assert text.count("their circuit") == DETAILED
    assert len(text) < 60_000


@settings(max_examples=60)
@given(st.text(max_size=60), st.text(max_size=400))
def test_nothing_from_outside_makes_a_header_or_a_line_of_its_own(name: str, cause: str) -> None:
    facts = OutageFacts(NOW_MS, f"{cause}\r\nBcc: evil@example.net\r\n\r\nbody")
    notice = replace(began(), about=about("a", carrier_name=f"{name}\r\nBcc: evil@example.net"), facts=facts)
    message = compose([notice], configured(), "edge\r\nBcc: x")
    assert message.keys() == [
        *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"),
        *("Content-Type", "Content-Transfer-Encoding", "MIME-Version"),
    ]
    assert b"\nBcc:" not in bytes(message)
    assert not any(line.startswith("Bcc:") for line in message.get_content().splitlines())


async def test_a_long_subject_is_not_folded_and_the_body_is() -> None:
    async with mail_server() as box:
        assert await mail(box).tell([began("a-circuit-" + 5 * "with-a-long-name-", number=1)]) == ACCEPT
    (one,) = box.mails
    assert one["Subject"].startswith("[linkledger] DOWN: a-circuit-with")
    assert max(map(len, str(one.get_payload()).splitlines())) <= 78


async def test_the_password_goes_out_after_starttls(tls: ssl.SSLContext, ca_file: Path) -> None:
    async with mail_server(tls, auth=True) as box:
        made = mail(box, tls="starttls", ca_file=ca_file, username=USER, password=PASSWORD)
        assert await made.tell([began()]) == ACCEPT
    assert (len(box.mails), box.passwords) == (1, [PASSWORD])


async def test_implicit_tls_from_the_first_byte(tls: ssl.SSLContext, ca_file: Path) -> None:
    async with mail_server(tls, implicit=True) as box:
        assert await mail(box, tls="implicit", ca_file=ca_file).tell([began()]) == ACCEPT
    assert len(box.mails) == 1


async def test_a_server_without_starttls_gets_neither_mail_nor_password() -> None:
    async with mail_server() as box:
        action = await mail(box, tls="starttls", username=USER, password=PASSWORD).tell([began()])
    assert (action.do, "STARTTLS" in action.why, "`tls`" in action.why) == (Do.HOLD, True, True)
    assert box.mails == []


async def test_a_certificate_of_somebody_else_holds_the_mail(tls: ssl.SSLContext) -> None:
    async with mail_server(tls) as box:
        action = await mail(box, tls="starttls").tell([began()])
    assert (action.do, "set `ca_file`" in action.why) == (Do.HOLD, True)


async def test_a_wrong_password_is_said_and_not_shown(tls: ssl.SSLContext, ca_file: Path) -> None:
    async with mail_server(tls, auth=True) as box:
        made = mail(box, tls="starttls", ca_file=ca_file, username=USER, password="wr0ng-horse")
        action = await made.tell([began()])
    assert (action.do, action.why.endswith("check its `username` and `password`")) == (Do.HOLD, True)
    assert "wr0ng-horse" not in action.why


async def test_a_greylisted_address_is_tried_again_alone() -> None:
    async with mail_server() as box:
        made = mail(box)
        box.on_recipient = lambda address: "451 4.7.1 later" if address == BOSS else "250 OK"
        action = await made.tell([began(number=1)])
        assert (action.do, action.why) == (Do.RETRY, f"not taken for now, {BOSS}: 451 4.7.1 later")
        box.on_recipient = lambda address: "250 OK"
        assert await made.tell([began(number=1)]) == ACCEPT
    assert box.recipients == [[NOC], [BOSS]]


async def test_a_full_mailbox_makes_nobody_else_read_anything_twice() -> None:
    async with mail_server() as box:
        made = mail(box)
        box.on_recipient = lambda address: "452 4.2.2 full" if address == BOSS else "250 OK"
        for told in ([began("a", number=1)], [began("a", number=1), began("b", number=2)]):
            assert (await made.tell(told)).do is Do.RETRY
        box.on_recipient = lambda address: "250 OK"
        assert await made.tell([began("a", number=1), began("b", number=2)]) == ACCEPT
    assert box.recipients == [[NOC], [NOC], [BOSS]]
    assert [str(one["Message-ID"]).split(".")[0] for one in box.mails] == ["<1-1", "<2-2", "<1-2"]


async def test_an_address_that_is_refused_for_good_is_said_and_the_others_get_theirs() -> None:
    async with mail_server() as box:
        box.on_recipient = lambda address: "550 no such user" if address == BOSS else "250 OK"
        action = await mail(box).tell([began()])
    assert action == Action(Do.ACCEPT, f"{BOSS} is refused: 550 no such user")
    assert box.recipients == [[NOC]]


@pytest.mark.parametrize(
    ("answer", "do"), [("550 no such user", Do.HOLD), ("451 greylisted, come back", Do.RETRY)]
)
async def test_where_nobody_is_taken_nothing_is_given_up(answer: str, do: Do) -> None:
    async with mail_server() as box:
        made = mail(box)
        box.on_recipient = lambda address: answer
        for _ in range(2):
            assert (await made.tell([began(number=1)])).do is do
        box.on_recipient = lambda address: "250 OK"
        assert await made.tell([began(number=1)]) == ACCEPT
    assert box.recipients == [[NOC, BOSS]]


@pytest.mark.parametrize(("answer", "do"), [("554 spam", Do.HOLD), ("452 no room", Do.RETRY)])
async def test_a_refusal_of_the_mail_itself(answer: str, do: Do) -> None:
    async with mail_server() as box:
        box.on_data = answer
        action = await mail(box).tell([began()])
    assert (action.do, action.why.startswith(answer)) == (do, True)


async def test_a_server_that_hangs_costs_its_time_out_and_no_more() -> None:
    async with mail_server() as box:
        box.hangs = True
        action = await mail(box, timeout="200ms").tell([began()])
    assert action == Action(Do.RETRY, "no answer within 200ms")


async def test_nobody_there_is_tried_again(free_port: Callable[[], int]) -> None:
    assert (await mail(f"127.0.0.1:{free_port()}").tell([began()])).do is Do.RETRY


def test_the_same_notices_make_the_same_mail() -> None:
    some = [began(number=1), ended("b", at_ms=NOW_MS + SECOND, number=2)]
    assert bytes(compose(some, configured(), "edge")) == bytes(compose(some, configured(), "edge"))
