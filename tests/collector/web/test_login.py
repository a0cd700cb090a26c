"""Who gets in, over real connections: passwords, certificates, the rate limit."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import aiohttp
import pytest
import trustme

from tests.clock import FakeClock
from tests.collector.web.client import asked, status
from tests.collector.web.estate import Estate
from tests.collector.web.test_auth import login
from tests.collector.web.test_live import AUTHORITY, certificate, write
from tests.collector.web.test_webconfig import HASH

ALICE = {"Authorization": login("alice", "secret")}


async def test_the_login_stands_before_every_path(estate: Estate, tmp_path: Path) -> None:
    write(tmp_path / "web.yml", f"basic_auth_users: {{alice: {HASH}}}")
    async with estate.served(tmp_path / "web.yml") as url:
        for path in ("/", "/metrics", "/-/reload", "/nowhere", "/static/style.css"):
            assert await status(url + path) == 401
        assert await status(f"{url}/metrics", headers={"Authorization": login("alice", "no")}) == 401
        assert await status(f"{url}/metrics", headers=ALICE) == 200
        async with asked(f"{url}/metrics") as response:
            assert response.headers["WWW-Authenticate"] == 'Basic realm="linkledger", charset="UTF-8"'


async def test_a_new_password_holds_from_the_next_request_on(estate: Estate, tmp_path: Path) -> None:
    write(tmp_path / "web.yml", f"basic_auth_users: {{alice: {HASH}}}")
    async with estate.served(tmp_path / "web.yml") as url:
        assert await status(url, headers=ALICE) == 200
        write(tmp_path / "web.yml", f"basic_auth_users: {{bob: {HASH}}}")
        assert await status(url, headers=ALICE) == 401
        write(tmp_path / "web.yml", "basic_auth_users: nonsense")
        async with asked(f"{url}/-/ready", headers={"Authorization": login("bob", "secret")}) as response:
            assert response.status == 503
            assert "stay in force" in await response.text()


async def test_the_files_headers_replace_ours(estate: Estate, tmp_path: Path) -> None:
    write(tmp_path / "web.yml", "http_server_config: {headers: {X-Frame-Options: sameorigin}}")
    async with estate.served(tmp_path / "web.yml") as url, asked(url) as response:
        assert response.headers["X-Frame-Options"] == "sameorigin"


async def test_more_requests_than_the_rate_limit_are_told_to_wait(
    estate: Estate, clock: FakeClock, tmp_path: Path
) -> None:
    write(tmp_path / "web.yml", "rate_limit: {interval: 1s, burst: 2}")
    async with estate.served(tmp_path / "web.yml") as url:
        assert [await status(url) for _ in range(3)] == [200, 200, 429]
        await clock.advance(1)
        assert [await status(url) for _ in range(2)] == [200, 429]


def trusting() -> ssl.SSLContext:
    """A client's context that knows the tests' authority."""
    made = ssl.create_default_context()
    AUTHORITY.configure_trust(made)
    return made


async def shown_certificate(url: str) -> bytes | None:
    host, _, port = url.removeprefix("https://").partition(":")
    _, writer = await asyncio.open_connection(host, int(port), ssl=trusting(), server_hostname="localhost")
    shown: bytes | None = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    await writer.wait_closed()
    return shown


async def test_a_renewed_certificate_is_shown_from_the_next_handshake_on(
    estate: Estate, tmp_path: Path
) -> None:
    write(tmp_path / "web.yml", certificate(tmp_path))
    async with estate.served(tmp_path / "web.yml") as url:
        before = await shown_certificate(url)
        assert before == await shown_certificate(url)
        certificate(tmp_path)
        assert await shown_certificate(url) != before


async def test_a_client_certificate_is_asked_for_and_its_name_checked(estate: Estate, tmp_path: Path) -> None:
    AUTHORITY.cert_pem.write_to_path(tmp_path / "ca.crt")
    section = certificate(tmp_path, "127.0.0.1").strip().removesuffix("}")
    write(
        tmp_path / "web.yml",
        f"{section}, client_ca_file: ca.crt, client_auth_type: RequireAndVerifyClientCert, "
        "client_allowed_sans: [scraper.example]}",
    )
    right, wrong = trusting(), trusting()
    AUTHORITY.issue_cert("scraper.example").configure_cert(right)
    AUTHORITY.issue_cert("else.example").configure_cert(wrong)
    async with estate.served(tmp_path / "web.yml") as url:
        async with asked(url, tls=right) as response:
            assert response.status == 200
        async with asked(url, tls=wrong) as response:
            assert response.status == 403
        stranger = trusting()
        trustme.CA().issue_cert("scraper.example").configure_cert(stranger)
        for refused in (trusting(), stranger):
            with pytest.raises(aiohttp.ClientError):
                async with asked(url, tls=refused):
                    pass
