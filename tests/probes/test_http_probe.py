"""An HTTP round against real servers: phases, expectations, redirects."""

from __future__ import annotations

import asyncio
import socket
import threading
from pathlib import Path

import pytest
from aiohttp import BasicAuth, web

from probes.clock import SystemClock
from probes.http.options import HttpOptions
from probes.http.probe import HttpProbe
from probes.model import Probe, Reason, Timing, Via
from probes.resolve import SystemResolver
from probes.values import Duration, Secret
from tests.probes.http_rounds import SLOT, Routes, names, probe, text, website
from tests.probes.peers import closed_port, full_port, server_context, serving
from tests.probes.tcp_rounds import round_of, samples_of
from tests.servers.processes import Server


def test_it_is_a_probe() -> None:
    clock = SystemClock()
    made: Probe = HttpProbe(clock, SystemResolver(clock))
    assert made.options is HttpOptions


async def test_a_good_answer_has_the_handshakes_rtt_and_each_phase_that_happened() -> None:
    async with website(text()) as port:
        outcome = await probe(f"http://127.0.0.1:{port}/health?a=b")
    got, found = round_of(outcome), samples_of(outcome)
    assert (got.series, got.at_ms, got.every_ms, got.epoch) == (7, SLOT.at_ms, SLOT.every_ms, SLOT.epoch)
    assert (got.sent, got.received, got.reason, got.detail) == (1, 1, Reason.NONE, "")
    assert got.timing is Timing.TCP_INFO
    (rtt,) = got.rtts
    assert rtt is not None
    assert found["http_connect_seconds"] == pytest.approx(rtt / 1e7)
    assert names(found) == {"http_connect_seconds", "http_first_byte_seconds", "http_total_seconds"}
    assert (found["http_status"], found["http_body_bytes"], found["http_redirects"]) == (200, 11, 0)
    phases = [float(found[name]) for name in names(found) - {"http_total_seconds"}]
    assert 0 < sum(phases) < float(found["http_total_seconds"])


async def test_tls_and_a_name_are_phases_too_and_the_certificate_is_told(ca_file: Path) -> None:
    async with website(text(), server_context(20)) as port:
        outcome = await probe(f"https://service.test:{port}/", tls_ca_file=ca_file)
    got, found = round_of(outcome), samples_of(outcome)
    assert (got.received, got.reason) == (1, Reason.NONE)
    assert names(found) == {f"http_{one}_seconds" for one in ("dns", "connect", "tls", "first_byte", "total")}
    assert found["tls_days_left"] == pytest.approx(20, abs=0.01)
    assert (found["tls_verified"], found["tls_issuer"]) == (1, "trustme v1.2.1")


async def test_a_busy_event_loop_makes_no_circuit_slow() -> None:
    async with website(text()) as port:
        running = asyncio.create_task(probe(f"http://127.0.0.1:{port}/"))
        asyncio.get_running_loop().call_soon(threading.Event().wait, 0.1)
        (rtt,) = round_of(await running).rtts
    assert rtt is not None
    assert rtt < 50_000  # 5 ms


async def echo(request: web.Request) -> web.StreamResponse:
    """What came, in words."""
    said = BasicAuth.decode(request.headers["Authorization"]) if "Authorization" in request.headers else None
    words = [request.method, request.host, request.headers.get("X-Key", ""), await request.text(), str(said)]
    return web.Response(text="|".join(words))


async def test_what_was_configured_is_what_the_server_gets() -> None:
    async with website({"/": echo}) as port:
        outcome = await probe(
            f"http://127.0.0.1:{port}",
            method="POST",
            body="grüße",
            headers={"Host": "www.example", "X-Key": Secret("k")},
            basic_auth={"username": "ada", "password": "p:ss"},
            expect={
                "body": "POST|www.example|k|grüße|BasicAuth(login='ada', password='p:ss', encoding='latin1')",
                "header": {"Content-Type": {"regex": r"^text/plain\b"}},
            },
        )
    assert (round_of(outcome).reason, round_of(outcome).detail) == (Reason.NONE, "")


@pytest.mark.parametrize(
    ("status", "reason", "detail"),
    [
        (500, Reason.MISMATCH, "status 500, expected 200 to 399"),
        (401, Reason.AUTH, "status 401, expected 200 to 399"),
    ],
)
async def test_an_answer_that_is_not_good_is_an_answer_all_the_same(
    status: int, reason: Reason, detail: str
) -> None:
    async with website(text(status=status)) as port:
        outcome = await probe(f"http://127.0.0.1:{port}/")
    got = round_of(outcome)
    assert (got.received, len(got.rtts), got.reason, got.detail) == (1, 1, reason, detail)
    assert samples_of(outcome)["http_status"] == status
    assert "http_total_seconds" in samples_of(outcome)


@pytest.mark.parametrize(
    ("expect", "detail"),
    [
        ({"body": "all is well"}, ""),
        ({"body": {"regex": r"all\s+is"}, "not_body": {"regex": "error"}}, ""),
        ({"body": {"regex": "^is"}}, "no regex '^is' in 11 bytes of body"),
        ({"header": {"X-Word": {"regex": "^a$"}}}, "header X-Word: 'b', expected regex '^a$' in it"),
        ({"min_days_left": 3}, "no certificate, expected one for at least 3 days"),
    ],
)
async def test_expectations_are_judged_and_what_came_is_said(expect: dict[str, object], detail: str) -> None:
    async with website(text(X_Word="b")) as port:
        got = round_of(await probe(f"http://127.0.0.1:{port}/", expect=expect))
    assert (got.received, got.reason, got.detail) == (
        1,
        Reason.MISMATCH if detail else Reason.NONE,
        detail,
    )


async def test_a_regex_without_an_end_is_our_own_fault_and_holds_nobody_up() -> None:
    async with website(text("a" * 60)) as port:
        expect = {"body": {"regex": "(a+)+b"}}
        got = round_of(await probe(f"http://127.0.0.1:{port}/", expect=expect))
    assert (got.received, got.reason) == (1, Reason.LOCAL)
    assert got.detail == "the regexes of expect were not through 60 bytes in 1 s: make them simpler"


async def test_a_body_longer_than_the_limit_is_good_and_it_is_said() -> None:
    async with website(text("y" * 3_000)) as port:
        outcome = await probe(f"http://127.0.0.1:{port}/", body_limit="1k")
    got = round_of(outcome)
    assert (got.reason, got.detail) == (
        Reason.NONE,
        "the body goes on after 1000 bytes: see body_limit",
    )
    assert samples_of(outcome)["http_body_bytes"] == 1_000


def to(location: str, status: int = 302) -> Routes:
    """A site that redirects from / and answers elsewhere with what it got."""

    async def lead_on(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, headers={"Location": location})

    return {"/": lead_on, "/{any:.+}": echo}


async def test_a_redirect_is_told_and_not_followed_unless_asked_for() -> None:
    async with website(to("/b")) as port:
        outcome = await probe(f"http://127.0.0.1:{port}/")
    found = samples_of(outcome)
    assert (round_of(outcome).reason, round_of(outcome).detail) == (
        Reason.NONE,
        "302 to '/b', not followed",
    )
    assert (found["http_status"], found["http_redirects"], found["http_location"]) == (302, 0, "/b")


async def test_a_redirect_is_followed_and_the_round_is_the_first_handshakes() -> None:
    async with website(to("/b", 303)) as port:
        outcome = await probe(
            f"http://127.0.0.1:{port}/", method="POST", body="x", follow=1, expect={"body": "GET|"}
        )
    got, found = round_of(outcome), samples_of(outcome)
    assert (got.sent, got.received, got.reason, got.detail) == (1, 1, Reason.NONE, "")
    assert (found["http_status"], found["http_redirects"], found["http_location"]) == (200, 1, "/b")
    (rtt,) = got.rtts
    assert rtt is not None
    assert float(found["http_connect_seconds"]) > rtt / 1e7  # of both connections


async def test_to_another_origin_no_password_goes() -> None:
    async with website({"/there": echo}) as there, website(to(f"//service.test:{there}/there")) as here:
        outcome = await probe(
            f"http://127.0.0.1:{here}/",
            follow=1,
            basic_auth={"username": "ada", "password": "p"},
            headers={"X-Key": Secret("k")},
            expect={"body": f"GET|service.test:{there}|||None"},
        )
    assert (round_of(outcome).reason, round_of(outcome).detail) == (Reason.NONE, "")


@pytest.mark.parametrize(
    ("location", "reason", "detail"),
    [
        ("/", Reason.MISMATCH, "302 to '/': a loop of 1 redirects"),
        ("http://a.test/", Reason.RESOLVE, "redirected to 'http://a.test/': a.test: no address"),
        ("ftp://x/", Reason.MISMATCH, "302 to 'ftp://x/': is not a URL such as"),
    ],
)  # fmt: skip
async def test_a_redirect_that_leads_nowhere_is_said(location: str, reason: Reason, detail: str) -> None:
    async with website(to(location)) as port:
        outcome = await probe(f"http://127.0.0.1:{port}/", follow=3)
    got = round_of(outcome)
    assert (got.sent, got.received, len(got.rtts), got.reason) == (1, 1, 1, reason)
    assert got.detail.startswith(detail)
    assert samples_of(outcome)["http_location"] == location


async def test_a_redirect_to_a_closed_port_is_refused_there_and_the_circuit_has_answered() -> None:
    with closed_port() as closed:
        async with website(to(f"http://127.0.0.1:{closed}/")) as port:
            got = round_of(await probe(f"http://127.0.0.1:{port}/", follow=1))
    assert (got.received, len(got.rtts), got.reason) == (1, 1, Reason.REFUSED)
    assert got.detail == f"redirected to 'http://127.0.0.1:{closed}/': Connection refused"


async def test_from_https_to_http_nothing_is_followed(ca_file: Path) -> None:
    async with website(to("http://service.test/"), server_context()) as port:
        got = round_of(await probe(f"https://service.test:{port}/", follow=1, tls_ca_file=ca_file))
    assert (got.reason, got.received) == (Reason.MISMATCH, 1)
    assert got.detail == "302 to 'http://service.test/': not followed, since it leads from https to http"


async def test_of_two_certificates_the_one_that_ends_first_is_told(ca_file: Path) -> None:
    elsewhere = website({"/": echo}, server_context(30, "two.service.test"))
    async with (
        elsewhere as there,
        website(to(f"https://two.service.test:{there}/"), server_context(5)) as here,
    ):
        outcome = await probe(
            f"https://service.test:{here}/", follow=1, tls_ca_file=ca_file, expect={"min_days_left": 6}
        )
    assert samples_of(outcome)["tls_days_left"] == pytest.approx(5, abs=0.01)
    assert round_of(outcome).detail == "the certificate ends in 5.0 days, expected at least 6"


async def test_a_server_name_is_asked_for_at_its_own_origin_alone(ca_file: Path) -> None:
    elsewhere = website({"/": echo}, server_context(name="two.service.test"))
    async with (
        elsewhere as there,
        website(to(f"https://two.service.test:{there}/"), server_context()) as here,
    ):
        outcome = await probe(
            f"https://127.0.0.1:{here}/", follow=1, tls_ca_file=ca_file, tls_server_name="service.test"
        )
    assert (round_of(outcome).reason, samples_of(outcome)["tls_verified"]) == (Reason.NONE, 1)


async def test_what_does_not_connect_is_what_a_tcp_round_says() -> None:
    with closed_port() as closed, full_port() as full:
        refused = round_of(await probe(f"http://127.0.0.1:{closed}/"))
        silent = round_of(await probe(f"http://127.0.0.1:{full}/", timeout=Duration(100)))
        local = round_of(await probe("http://127.0.0.1:1/", Via(interface="nosuch0")))
        unresolved = round_of(nowhere := await probe("http://nowhere.test/"))
    assert (refused.sent, refused.received, refused.reason) == (1, 1, Reason.REFUSED)
    assert (silent.sent, silent.received, silent.rtts) == (1, 0, (None,))
    assert (silent.reason, silent.detail) == (Reason.TIMEOUT, "no answer to 1 SYN in 100ms")
    assert (local.sent, local.reason) == (0, Reason.LOCAL)
    assert local.detail.startswith("leaving by interface nosuch0: No such device")
    assert (unresolved.sent, unresolved.reason) == (0, Reason.RESOLVE)
    assert nowhere.samples == ()


async def test_the_source_is_what_the_server_sees() -> None:
    async def who(request: web.Request) -> web.StreamResponse:
        return web.Response(text=request.remote)

    async with website({"/": who}) as port:
        outcome = await probe(
            f"http://127.0.0.1:{port}/", Via(source="127.9.8.7"), expect={"body": "127.9.8.7"}
        )
    assert round_of(outcome).reason is Reason.NONE


async def test_cancellation_comes_through_and_closes_the_socket() -> None:
    async with serving() as silent:
        running = asyncio.create_task(probe(f"http://127.0.0.1:{silent.port}/"))
        await silent.accepted.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        await silent.ended.wait()


NGINX = """
daemon off; pid {folder}/nginx.pid; error_log stderr;
events {{}}
http {{
  access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  gzip on; gzip_types *; gzip_min_length 1;
  server {{
    listen 127.0.0.1:{port};
    location = /health {{ add_header X-From nginx; return 200 "all is well\\n"; }}
    location = /old {{ return 301 /health; }}
    location = /secret {{ return 403; }}
  }}
}}
"""


class Nginx(Server):
    """nginx with three places."""

    program = "nginx"

    def arguments(self) -> list[str]:
        """One process of its own, with nothing outside its folder."""
        config = self.folder / "nginx.conf"
        config.write_text(NGINX.format(folder=self.folder, port=self.port))
        return ["-e", "stderr", "-p", str(self.folder), "-c", str(config)]

    def is_ready(self) -> bool:
        """Whether it listens."""
        with socket.create_connection(("127.0.0.1", self.port)):
            return True


@pytest.mark.server("nginx")
async def test_nginx_is_understood() -> None:
    with Nginx() as server:
        expect = {"status": 200, "body": "all is well", "header": {"X-From": "nginx", "Server": "nginx/"}}
        good = await probe(f"{server.url}/old", follow=1, expect=expect)
        forbidden = await probe(f"{server.url}/secret")
        head = await probe(f"{server.url}/health", method="HEAD")
    assert (round_of(good).reason, round_of(good).detail) == (Reason.NONE, "")
    assert samples_of(good)["http_redirects"] == 1
    assert (round_of(forbidden).reason, samples_of(forbidden)["http_status"]) == (Reason.AUTH, 403)
    assert (round_of(head).reason, samples_of(head)["http_body_bytes"]) == (Reason.NONE, 0)
