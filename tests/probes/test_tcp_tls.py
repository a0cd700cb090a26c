"""TLS on a measured connection."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from probes.model import Reason
from probes.values import Duration
from tests.probes.peers import closed_port, server_context, serving
from tests.probes.tcp_rounds import (
    SLOT,
    probe,
    round_of,
    samples_of,
)

ISSUER = {"tls_issuer": "trustme v1.2.1"}


async def test_tls_adds_three_samples_and_leaves_the_round_alone(ca_file: Path) -> None:
    async with serving(context=server_context(20)) as peer:
        outcome = await probe(f"service.test:{peer.port}", tls=True, tls_ca_file=ca_file)
    got = round_of(outcome)
    assert (got.sent, got.received, len(got.rtts), got.reason) == (1, 1, 1, Reason.NONE)
    assert got.rtts[0] is not None
    assert got.rtts[0] < 50_000
    assert samples_of(outcome) == {"tls_days_left": pytest.approx(20, abs=0.01), "tls_verified": 1, **ISSUER}
    assert {(one.series, one.at_ms, one.epoch) for one in outcome.samples} == {(7, SLOT.at_ms, SLOT.epoch)}


@pytest.mark.parametrize(
    ("days", "name", "detail"),
    [
        (-2, "service.test", "certificate has expired 2 days ago"),
        (20, "other.test", "Hostname mismatch, certificate is not valid for 'service.test'."),
    ],
)
async def test_a_certificate_that_is_not_accepted_is_tls_and_the_circuit_has_answered(
    ca_file: Path, days: int, name: str, detail: str
) -> None:
    async with serving(context=server_context(days, name)) as peer:
        outcome = await probe(f"service.test:{peer.port}", tls=True, tls_ca_file=ca_file)
    got = round_of(outcome)
    assert (got.sent, got.received, len(got.rtts)) == (1, 1, 1)
    assert (got.reason, got.detail) == (Reason.TLS, f"certificate not accepted: {detail}")
    left = pytest.approx(days, abs=0.01)
    assert samples_of(outcome) == {"tls_days_left": left, "tls_verified": 0, **ISSUER}


async def test_a_name_with_a_closing_dot_is_asked_for_without_it(ca_file: Path) -> None:
    async with serving(context=server_context()) as peer:
        outcome = await probe(f"service.test.:{peer.port}", tls=True, tls_ca_file=ca_file)
    assert samples_of(outcome)["tls_verified"] == 1


async def test_a_server_name_can_be_asked_for_by_name(ca_file: Path) -> None:
    async with serving(context=server_context(20)) as peer:
        outcome = await probe(
            f"127.0.0.1:{peer.port}", tls=True, tls_ca_file=ca_file, tls_server_name="Service.TEST"
        )
    assert samples_of(outcome)["tls_verified"] == 1


async def test_without_verification_an_expired_certificate_is_good_and_its_days_are_told() -> None:
    async with serving(context=server_context(-2)) as peer:
        outcome = await probe(f"127.0.0.1:{peer.port}", tls=True, tls_verify=False)
    assert round_of(outcome).reason is Reason.NONE
    assert samples_of(outcome) == {"tls_days_left": pytest.approx(-2, abs=0.01), **ISSUER}


async def test_garbage_instead_of_tls_is_tls_and_the_rtt_stays() -> None:
    def greet(transport: asyncio.Transport) -> None:
        transport.write(b"SSH-2.0-OpenSSH_9.2\r\n")
        transport.close()

    async with serving(greet) as peer:
        outcome = await probe(f"127.0.0.1:{peer.port}", tls=True)
    got = round_of(outcome)
    assert (got.sent, got.received, len(got.rtts)) == (1, 1, 1)
    assert (got.reason, got.detail) == (Reason.TLS, "TLS handshake failed: wrong version number")
    assert outcome.samples == ()


async def test_a_server_that_is_silent_in_tls_is_tls_at_the_deadline_and_the_rtt_stays() -> None:
    async with serving() as peer:
        got = round_of(await probe(f"127.0.0.1:{peer.port}", tls=True, timeout=Duration(150)))
    assert (got.sent, got.received, len(got.rtts)) == (1, 1, 1)
    assert (got.reason, got.detail) == (Reason.TLS, "no end of the TLS handshake in time")


async def test_no_tls_is_tried_where_nobody_answered() -> None:
    with closed_port() as port:
        outcome = await probe(f"127.0.0.1:{port}", tls=True)
    assert round_of(outcome).reason is Reason.REFUSED
    assert outcome.samples == ()


@pytest.mark.parametrize(("text", "what"), [(None, "No such file or directory"), ("garbage", "X509")])
async def test_a_file_of_authorities_that_cannot_be_read_is_our_own_fault_and_is_named(
    tmp_path: Path, text: str | None, what: str
) -> None:
    path = tmp_path / "ca.pem"
    if text:
        path.write_text(text)
    got = round_of(await probe("127.0.0.1:1", tls=True, tls_ca_file=path))
    assert (got.sent, got.reason) == (0, Reason.LOCAL)
    assert str(path) in got.detail
    assert what in got.detail
