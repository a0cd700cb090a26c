"""The server over real sockets."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Sequence
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from collector.web.server import WebUnavailable
from collector.web.webconfig import WebConfigError
from tests.clock import FakeClock
from tests.collector.web.client import asked, problem, status
from tests.collector.web.estate import Estate, outcome
from tests.collector.web.test_live import write
from tests.collector.web.test_webconfig import HASH


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/", "text/html"),
        ("/static/style.css", "text/css"),
        ("/static/icon.svg", "image/svg+xml"),
        ("/metrics", "text/plain"),
        ("/-/healthy", "text/plain"),
        ("/-/ready", "text/plain"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_every_route_answers_with_its_type_and_the_headers_that_protect_it(
    estate: Estate, path: str, content_type: str, method: str
) -> None:
    async with estate.served() as url, asked(url + path, method) as response:
        assert (response.status, response.content_type) == (200, content_type)
        assert bool(await response.read()) is (method == "GET")
        assert response.headers["Content-Security-Policy"].startswith("default-src 'self'")
        assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["Server"] == "linkledger"
        assert ("no-store" in response.headers["Cache-Control"]) is not path.startswith("/static")


async def test_metrics_are_compressed_for_who_takes_it_and_typed_by_what_is_asked_for(
    estate: Estate,
) -> None:
    wanted = {"Accept-Encoding": "gzip", "Accept": "application/openmetrics-text;version=1.0.0"}
    async with estate.served() as url, asked(f"{url}/metrics", headers=wanted) as response:
        assert response.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
        assert gzip.decompress(await response.read()).endswith(b"# EOF\n")


async def test_healthy_and_ready_say_why_not_one_reason_a_line(estate: Estate, clock: FakeClock) -> None:
    async with estate.served() as url:
        estate.health.trouble("ledger", "no space left on device")
        estate.health.trouble("clock", "not synchronised")
        assert await status(f"{url}/-/healthy") == 200
        async with asked(f"{url}/-/ready") as response:
            assert response.status == 503
            assert await response.text() == "ledger: no space left on device\nclock: not synchronised\n"
        await clock.advance(11)
        async with asked(f"{url}/-/healthy") as response:
            assert response.status == 503
            assert (await response.text()).startswith("scheduler: no answer for 11 s\n")


async def test_the_page_shows_the_last_round_and_what_is_wrong(estate: Estate) -> None:
    estate.health.trouble("config", "linkledger.yaml:3:1: sits: unknown key")
    estate.probes.observe([outcome(1, [123_400])])
    plain = {"Accept-Encoding": "identity"}
    async with estate.served() as url, asked(url, headers=plain) as response:
        html = await response.text()
        assert "sits: unknown key" in html
        assert "12.34 ms" in html


@pytest.mark.parametrize(
    ("method", "path", "code", "said"),
    [
        ("GET", "/nowhere", 404, None),
        ("GET", "/static/../server.py", 404, None),
        ("GET", "/static/page.html", 404, None),
        ("POST", "/metrics", 405, None),
        ("GET", "/-/reload", 405, None),
        ("POST", "/-/reload", 403, "set web.reload: true"),
        ("GET", "/?first=x", 400, "from 1"),
        ("GET", "/?first=0", 400, "from 1"),
        ("GET", f"/?first={'9' * 5000}", 400, "from 1"),
        ("GET", "/?first=%D9%A3", 400, "from 1"),
    ],
)
async def test_an_error_is_a_problem_document(
    estate: Estate, method: str, path: str, code: int, said: str | None
) -> None:
    async with estate.served() as url:
        document = await problem(url + path, method)
    assert (document["type"], document["status"]) == ("about:blank", code)
    assert said is None or said in str(document["detail"])
    assert "detail" in document or said is None


async def test_a_wrong_method_is_told_the_right_ones(estate: Estate) -> None:
    async with estate.served() as url, asked(f"{url}/-/reload") as response:
        assert response.headers["Allow"] == "POST"


@pytest.mark.parametrize(
    ("headers", "problems", "code", "times"),
    [
        ({}, (), 200, 1),
        ({"Sec-Fetch-Site": "same-origin"}, (), 200, 1),
        ({"Sec-Fetch-Site": "cross-site"}, (), 403, 0),
        ({}, ("linkledger.yaml:3:1: sits: unknown key",), 500, 1),
    ],
)
async def test_a_reload_is_set_off_by_post_where_it_is_allowed(
    estate: Estate, headers: dict[str, str], problems: Sequence[str], code: int, times: int
) -> None:
    estate.reload_problems = tuple(problems)
    async with estate.served(reload=True) as url:
        assert await status(f"{url}/-/reload", "POST", headers) == code
        if problems:
            assert problems[0] in str((await problem(f"{url}/-/reload", "POST"))["detail"])
    assert estate.reloads == times + len(problems)


async def test_a_handler_that_fails_is_logged_and_tells_the_stranger_nothing(
    estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise RuntimeError("the inside of the house")

    monkeypatch.setattr(estate.health, "silent", fail)
    async with estate.served() as url:
        with capture_logs() as logs:
            document = await problem(f"{url}/-/healthy")
    assert document == {"type": "about:blank", "title": "Internal Server Error", "status": 500}
    [line] = [line for line in logs if line["event"] == "web.request_failed"]
    assert str(line["exc_info"]) == "the inside of the house"


async def test_a_port_in_use_is_one_sentence_and_later_it_starts(estate: Estate) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        web = estate.server(listen=f"127.0.0.1:{port}")
        with pytest.raises(WebUnavailable) as caught:
            await web.start()
    assert str(caught.value) == (
        f"the web server can't listen on 127.0.0.1:{port}: another program listens there already: "
        f"stop it (`ss -ltnp 'sport = :{port}'` names it), or set another port in web.listen"
    )
    await web.start()
    try:
        assert await status(web.url) == 200
    finally:
        await web.stop()


@pytest.mark.parametrize(
    ("listen", "said"),
    [
        ("192.0.2.1:0", "this host has no such address"),
        ("no.such.host.invalid:0", "set an address of this host"),
    ],
)
async def test_an_address_that_is_not_ours_is_one_sentence(estate: Estate, listen: str, said: str) -> None:
    with pytest.raises(WebUnavailable, match=said):
        await estate.server(listen=listen, public=True).start()


def test_beyond_loopback_without_a_login_there_is_no_server(estate: Estate) -> None:
    with pytest.raises(WebConfigError, match="nobody would have to log in"):
        estate.server(listen="0.0.0.0:0")


async def test_what_is_dangerous_and_allowed_is_warned_about(estate: Estate, tmp_path: Path) -> None:
    write(tmp_path / "web.yml", f"basic_auth_users: {{alice: {HASH}}}")
    with capture_logs() as logs:
        async with estate.served(tmp_path / "web.yml"):
            pass
    assert [line["event"] for line in logs] == ["web.config_warning", "web.listening"]
