"""The web-config file."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import bcrypt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.web.webconfig import OPEN, WebConfig, WebConfigError, load

HASH = bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode()


def parsed(folder: Path, text: str) -> WebConfig:
    """What a file of this text says."""
    path = folder / "web.yml"
    path.write_text(text)
    return load(path)


def problems(folder: Path, text: str) -> tuple[str, ...]:
    """What is wrong with a file of this text, less the file's name that each begins with."""
    with pytest.raises(WebConfigError) as caught:
        parsed(folder, text)
    begin = f"{folder / 'web.yml'}: "
    assert all(problem.startswith(begin) for problem in caught.value.problems)
    return tuple(problem.removeprefix(begin) for problem in caught.value.problems)


@pytest.mark.parametrize("text", ["", "{}", "# nothing yet"])
def test_an_empty_file_is_plain_http_for_everybody(tmp_path: Path, text: str) -> None:
    assert parsed(tmp_path, text) == OPEN
    assert not OPEN.authenticates
    assert not OPEN.tls_server_config.enabled


def test_a_file_of_every_key_is_read(tmp_path: Path) -> None:
    config = parsed(
        tmp_path,
        f"""
        tls_server_config:
          cert_file: server.crt
          key_file: keys/server.key
          client_ca_file: /etc/ca.crt
          client_auth_type: RequireAndVerifyClientCert
          client_allowed_sans: [scraper.example]
          min_version: TLS13
          max_version: TLS13
          cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_AES_128_GCM_SHA256]
          prefer_server_cipher_suites: false
          curve_preferences: [X25519]
        http_server_config:
          http2: false
          headers:
            Strict-Transport-Security: max-age=31536000
            X-Frame-Options: sameorigin
        basic_auth_users:
          alice: {HASH}
        rate_limit: {{interval: 1s, burst: 20}}
        """,
    )
    tls = config.tls_server_config
    assert (tls.cert_file, tls.key_file, tls.client_ca_file) == (
        tmp_path / "server.crt",
        tmp_path / "keys/server.key",
        Path("/etc/ca.crt"),
    )
    assert config.files() == (tls.cert_file, tls.key_file, tls.client_ca_file)
    assert tls.verifies_clients
    assert config.basic_auth_users["alice"].reveal() == HASH
    assert (config.rate_limit.interval.ms, config.rate_limit.burst) == (1000, 20)
    assert config.warnings == ()


def test_a_hash_is_never_printed(tmp_path: Path) -> None:
    config = parsed(tmp_path, f"basic_auth_users: {{alice: {HASH}}}")
    assert HASH not in repr(config) + str(config) + config.model_dump_json()
    [problem] = problems(tmp_path, "basic_auth_users: {alice: hunter2-in-plain}")
    assert "hunter2" not in problem


CERT = "cert_file: a, key_file: b"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("basic_auth_user: {}", "basic_auth_user: unknown key; did you mean basic_auth_users?"),
        (
            f"tls_server_config: {{{CERT}, certfile: c}}",
            "tls_server_config.certfile: unknown key; did you mean",
        ),
        ("zzz: 1", "zzz: unknown key"),
        ("basic_auth_users: {alice: plain}", "basic_auth_users.alice: this is not a bcrypt hash"),
        (f"{{basic_auth_users: {{a: {HASH}, a: {HASH}}}}}", "not YAML: 'a' is given twice"),
        ("a: [", "not YAML: "),
        ("just text", "Input should be"),
        ("tls_server_config: {cert_file: a}", "tls_server_config: TLS needs a certificate"),
        ("tls_server_config: {key_file: a}", "tls_server_config: TLS needs a certificate"),
        ("tls_server_config: {client_auth_type: NoClientCert}", "tls_server_config: TLS needs a certificate"),
        (
            f"tls_server_config: {{{CERT}, cert: x}}",
            "tls_server_config: give a certificate or a key as a file",
        ),
        (
            f"tls_server_config: {{{CERT}, min_version: SSL3}}",
            "tls_server_config.min_version: Input should be",
        ),
        (
            f"tls_server_config: {{{CERT}, client_ca_file: c}}",
            "tls_server_config: client_ca_file and client_auth",
        ),
        (
            f"tls_server_config: {{{CERT}, client_auth_type: RequireAndVerifyClientCert}}",
            "tls_server_config: client_ca_file and client_auth_type belong together",
        ),
        (
            f"tls_server_config: {{{CERT}, client_ca_file: c, client_auth_type: RequireAnyClientCert}}",
            "tls_server_config.client_auth_type: RequireAnyClientCert takes any certificate",
        ),
        (
            f"tls_server_config: {{{CERT}, client_allowed_sans: [x]}}",
            "tls_server_config: client_allowed_sans needs client_auth_type",
        ),
        (
            f"tls_server_config: {{{CERT}, cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]}}",
            "tls_server_config.cipher_suites.0: 'TLS_RSA_WITH_RC4_128_SHA' is not a cipher suite",
        ),
        (
            "http_server_config: {headers: {Server: x}}",
            "http_server_config.headers: Server can't be set here",
        ),
        (
            "http_server_config: {headers: {X-Frame-Options: allow}}",
            "http_server_config.headers: X-Frame-Options is 'allow'; right is deny or sameorigin",
        ),
        (
            'http_server_config: {headers: {X-XSS-Protection: "a\\r\\nb"}}',
            "http_server_config.headers: X-XSS-Protection holds a line break",
        ),
        ("rate_limit: {interval: 5}", "rate_limit.interval: 5 is not a duration"),
        ("rate_limit: {interval: 1s, burst: 0}", "rate_limit.burst: Input should be greater"),
    ],
)
def test_a_mistake_names_the_file_the_key_and_what_would_be_right(
    tmp_path: Path, text: str, what: str
) -> None:
    [problem] = problems(tmp_path, text)
    assert problem.startswith(what)


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    assert len(problems(tmp_path, "{a: 1, b: 2, rate_limit: {burst: x}}")) == 3


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(WebConfigError, match=r"gone\.yml: can't be read: No such file"):
        load(tmp_path / "gone.yml")


def test_passwords_over_plain_http_are_warned_about(tmp_path: Path) -> None:
    assert "readable" in parsed(tmp_path, f"basic_auth_users: {{alice: {HASH}}}").warnings[0]


@settings(max_examples=60)
@given(content=st.binary(max_size=80) | st.text(max_size=80).map(str.encode))
def test_garbage_is_a_problem_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("garbage") / "web.yml"
    path.write_bytes(content)
    with suppress(WebConfigError):
        assert load(path)
