"""A web-config file that changes under a running server."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

import pytest
import trustme

from collector.web import tls
from collector.web.live import LiveConfig
from collector.web.webconfig import WebConfig, WebConfigError, load
from tests.collector.web.test_webconfig import HASH

AUTHORITY = trustme.CA()


def write(path: Path, text: str) -> None:
    """Replace a file, with a modification time that differs from the one before."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text)
    os.utime(path, ns=(before + 10**9, before + 10**9))


def certificate(folder: Path, name: str = "localhost") -> str:
    """A fresh certificate and key beside web.yml, and the section that names them."""
    issued = AUTHORITY.issue_cert(name)
    write(folder / "server.crt", b"".join(blob.bytes() for blob in issued.cert_chain_pems).decode())
    write(folder / "server.key", issued.private_key_pem.bytes().decode())
    return "tls_server_config: {cert_file: server.crt, key_file: server.key}\n"


def anything(config: WebConfig) -> str:
    return ""


def test_without_a_file_nothing_is_asked_for() -> None:
    live = LiveConfig(None, anything)
    assert live.context is None
    assert not live.config.authenticates


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "web.yml"
    write(path, "")
    live = LiveConfig(path, anything)
    assert not live.config.authenticates
    write(path, f"basic_auth_users: {{alice: {HASH}}}")
    assert live.config.authenticates


def test_a_bad_change_keeps_the_settings_and_says_so_until_it_is_mended(tmp_path: Path) -> None:
    path, users = tmp_path / "web.yml", f"basic_auth_users: {{alice: {HASH}}}"
    write(path, users)
    live = LiveConfig(path, anything)
    write(path, "basic_auth_user: {}")
    assert live.config.authenticates
    assert "did you mean basic_auth_users?" in live.problem
    path.unlink()
    assert live.config.authenticates
    assert "can't be read" in live.problem
    path.write_text(users)
    assert live.config.authenticates
    assert live.problem == ""


def test_a_change_cannot_take_away_the_login_that_the_address_needs(tmp_path: Path) -> None:
    path = tmp_path / "web.yml"
    write(path, f"basic_auth_users: {{alice: {HASH}}}")
    live = LiveConfig(path, lambda config: "" if config.authenticates else "nobody would have to log in")
    write(path, "")
    assert live.config.authenticates
    assert "nobody would have to log in" in live.problem


def test_a_renewed_certificate_makes_a_new_context(tmp_path: Path) -> None:
    write(tmp_path / "web.yml", certificate(tmp_path))
    live = LiveConfig(tmp_path / "web.yml", anything)
    before = live.context
    assert live.context is before
    certificate(tmp_path)
    assert live.context is not before


def test_a_half_renewed_certificate_waits_for_its_key(tmp_path: Path) -> None:
    write(tmp_path / "web.yml", certificate(tmp_path))
    live = LiveConfig(tmp_path / "web.yml", anything)
    before, key = live.context, (tmp_path / "server.key").read_text()
    certificate(tmp_path)
    renewed = (tmp_path / "server.key").read_text()
    write(tmp_path / "server.key", key)
    assert live.context is before
    assert "can't be used" in live.problem
    write(tmp_path / "server.key", renewed)
    assert live.context is not before
    assert live.problem == ""


@pytest.mark.parametrize("begins_with_tls", [True, False])
def test_tls_is_switched_by_a_restart_only(tmp_path: Path, begins_with_tls: bool) -> None:
    texts = [certificate(tmp_path), ""]
    first, then = texts if begins_with_tls else reversed(texts)
    write(tmp_path / "web.yml", first)
    live = LiveConfig(tmp_path / "web.yml", anything)
    write(tmp_path / "web.yml", then)
    assert (live.context is not None) is begins_with_tls
    assert "only by a restart" in live.problem


@pytest.mark.parametrize("missing", ["server.crt", "server.key"])
def test_a_certificate_that_cannot_be_read_is_named(tmp_path: Path, missing: str) -> None:
    write(tmp_path / "web.yml", certificate(tmp_path))
    (tmp_path / missing).unlink()
    with pytest.raises(WebConfigError, match=f"{missing} can't be read"):
        LiveConfig(tmp_path / "web.yml", anything)


def test_the_settings_of_tls_reach_the_context(tmp_path: Path) -> None:
    certificate(tmp_path)
    AUTHORITY.cert_pem.write_to_path(tmp_path / "ca.crt")
    write(
        tmp_path / "web.yml",
        """
        tls_server_config:
          cert_file: server.crt
          key_file: server.key
          client_ca_file: ca.crt
          client_auth_type: VerifyClientCertIfGiven
          min_version: TLS12
          max_version: TLS12
          cipher_suites: [TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]
          prefer_server_cipher_suites: false
          curve_preferences: [CurveP384]
        """,
    )
    made = tls.context(load(tmp_path / "web.yml").tls_server_config)
    assert (made.minimum_version, made.maximum_version) == (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2)
    assert made.verify_mode is ssl.CERT_OPTIONAL
    below_13 = [one["name"] for one in made.get_ciphers() if one["protocol"] != "TLSv1.3"]
    assert below_13 == ["ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384"]
    assert not made.options & ssl.OP_CIPHER_SERVER_PREFERENCE


def test_an_authority_that_is_none_is_named(tmp_path: Path) -> None:
    section = certificate(tmp_path).strip().removesuffix("}")
    write(tmp_path / "ca.crt", "no certificate")
    write(
        tmp_path / "web.yml",
        f"{section}, client_ca_file: ca.crt, client_auth_type: RequireAndVerifyClientCert}}",
    )
    with pytest.raises(WebConfigError, match=r"client authority .*ca\.crt can't be used"):
        LiveConfig(tmp_path / "web.yml", anything)


def test_a_certificate_and_key_may_stand_in_the_file_itself(tmp_path: Path) -> None:
    issued = AUTHORITY.issue_cert("localhost")
    chain = "".join(blob.bytes().decode() for blob in issued.cert_chain_pems)
    values = {"cert": chain, "key": issued.private_key_pem.bytes().decode()}
    lines = "".join(
        f"  {name}: |\n" + "".join(f"    {line}\n" for line in text.splitlines())
        for name, text in values.items()
    )
    write(tmp_path / "web.yml", f"tls_server_config:\n{lines}")
    open_before = len(list(Path("/proc/self/fd").iterdir()))
    assert LiveConfig(tmp_path / "web.yml", anything).context is not None
    assert len(list(Path("/proc/self/fd").iterdir())) == open_before
