"""Where the server may listen."""

from __future__ import annotations

import pytest

from collector.web.listen import objection, parse
from collector.web.webconfig import OPEN, TlsConfig, WebConfig
from config.settings import WebSettings
from probes.values import Secret

LOGIN = WebConfig.model_construct(basic_auth_users={"alice": Secret("x")})
TLS_ONLY = WebConfig.model_construct(tls_server_config=TlsConfig.model_construct(cert="c", key=Secret("k")))


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("127.0.0.1:9850", ("127.0.0.1", 9850)),
        ("[::1]:1", ("::1", 1)),
        (":9850", ("", 9850)),
        ("localhost:0", ("localhost", 0)),
        ("[fe80::1%eth0]:80", ("fe80::1%eth0", 80)),
    ],
)
def test_an_address_and_a_port_are_read(text: str, where: tuple[str, int]) -> None:
    assert parse(text) == where


@pytest.mark.parametrize(
    "text", ["", "9850", "127.0.0.1", "::1:9850", "127.0.0.1:65536", "a b:1", "http://x:1"]
)
def test_what_is_no_address_and_port_says_what_would_be_right(text: str) -> None:
    with pytest.raises(ValueError, match=r"right is ADDRESS:PORT such as 127\.0\.0\.1:9850"):
        parse(text)


@pytest.mark.parametrize(
    ("listen", "config", "public", "allowed"),
    [
        ("127.0.0.1:1", OPEN, False, True),
        ("127.9.9.9:1", OPEN, False, True),
        ("[::1]:1", OPEN, False, True),
        ("localhost:1", OPEN, False, True),
        (":1", OPEN, False, False),
        ("0.0.0.0:1", OPEN, False, False),
        ("[::]:1", OPEN, False, False),
        ("192.0.2.1:1", OPEN, False, False),
        ("edge.example:1", OPEN, False, False),
        ("localhost.evil.example:1", OPEN, False, False),
        ("192.0.2.1:1", TLS_ONLY, False, False),
        ("192.0.2.1:1", LOGIN, False, True),
        ("192.0.2.1:1", OPEN, True, True),
    ],
)
def test_beyond_loopback_somebody_must_have_to_log_in(
    listen: str, config: WebConfig, public: bool, allowed: bool
) -> None:
    said = objection(WebSettings(listen=listen, public=public), config)
    assert (said == "") is allowed
    assert allowed or ("web.config_file" in said and "web.public: true" in said)
