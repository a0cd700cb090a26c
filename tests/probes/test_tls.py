"""What a handshake tells of a certificate, also of one that is not accepted."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import example, given, settings
from hypothesis import strategies as st

from probes.clock import NS_PER_SECOND, Instant, SystemClock
from probes.model import Failure, Reason
from probes.tls import TlsFacts, TlsOptions, TrustStores, days_left, inspect, issuer
from tests.clock import FakeClock
from tests.probes.peers import CA, server_context, serving

DAY = timedelta(days=1)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
AT_NOW = Instant(int(NOW.timestamp()) * NS_PER_SECOND, 0)


def der(certificate: trustme.LeafCert) -> bytes:
    pem = certificate.cert_chain_pems[0].bytes()
    return x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)


DER = der(CA.issue_cert("service.test", not_before=NOW - DAY, not_after=NOW + 30.25 * DAY))
VERSION_AT = 12


@asynccontextmanager
async def connected(context: ssl.SSLContext) -> AsyncIterator[socket.socket]:
    """A socket connected to a TLS server of that context."""
    async with serving(context=context) as peer:
        with socket.socket() as sock:
            sock.setblocking(False)
            await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", peer.port))
            yield sock


def client(*, verify: bool = True) -> ssl.SSLContext:
    context = ssl.create_default_context()
    CA.configure_trust(context)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


async def facts_of(
    server: ssl.SSLContext, context: ssl.SSLContext | None = None, name: str = "service.test"
) -> TlsFacts:
    async with connected(server) as sock:
        return await inspect(sock, context or client(), name, SystemClock(), 5.0)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_good_certificate_is_verified_and_its_days_are_told(version: ssl.TLSVersion) -> None:
    server = server_context(30)
    server.maximum_version = version
    facts = await facts_of(server)
    assert (facts.verified, facts.failure) == (True, None)
    assert facts.days_left == pytest.approx(30, abs=0.01)


async def test_an_expired_certificate_is_not_accepted_and_says_since_when() -> None:
    facts = await facts_of(server_context(-3))
    assert facts.verified is False
    assert facts.failure == Failure(
        Reason.TLS, "certificate not accepted: certificate has expired 3 days ago"
    )
    assert facts.days_left == pytest.approx(-3, abs=0.01)


@pytest.mark.parametrize(
    ("context", "name", "detail"),
    [
        (client(), "other.test", "Hostname mismatch, certificate is not valid for 'other.test'."),
        (client(), "192.0.2.1", "IP address mismatch, certificate is not valid for '192.0.2.1'."),
        (ssl.create_default_context(), "service.test", "unable to get local issuer certificate"),
    ],
)
async def test_a_wrong_name_or_an_unknown_authority_is_not_accepted_and_the_days_are_told(
    context: ssl.SSLContext, name: str, detail: str
) -> None:
    facts = await facts_of(server_context(), context, name)
    assert facts.verified is False
    assert facts.failure is not None
    assert facts.failure.detail == f"certificate not accepted: {detail}"
    assert facts.days_left is not None
    assert facts.days_left > 0


async def test_without_verification_only_the_days_are_told() -> None:
    facts = await facts_of(server_context(-3), client(verify=False))
    assert (facts.verified, facts.failure) == (None, None)
    assert facts.days_left == pytest.approx(-3, abs=0.01)


async def test_protocols_that_do_not_meet_are_tls_without_a_certificate() -> None:
    server, context = server_context(), client()
    server.maximum_version = ssl.TLSVersion.TLSv1_2
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    facts = await facts_of(server, context)
    assert facts == TlsFacts(None, None, Failure(Reason.TLS, "closed by the server during the TLS handshake"))


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        (b"HTTP/1.0 400 Bad Request\r\n\r\n", "TLS handshake failed: wrong version number"),
        (b"\x16\x03\x03\xff\xff" + bytes(400), "TLS handshake failed: packet length too long"),
        (b"", "closed by the server during the TLS handshake"),
    ],
)
async def test_garbage_instead_of_tls_is_tls(answer: bytes, detail: str) -> None:
    near, far = socket.socketpair()
    with near, far:
        near.setblocking(False)
        far.sendall(answer)
        far.shutdown(socket.SHUT_WR)
        facts = await inspect(near, client(), "service.test", SystemClock(), 5.0)
    assert facts.failure is not None
    assert (facts.failure.reason, facts.failure.detail) == (Reason.TLS, detail)
    assert (facts.days_left, facts.verified) == (None, None)


@given(st.binary(min_size=1, max_size=300))
@settings(max_examples=40)
def test_no_answer_makes_the_handshake_raise(answer: bytes) -> None:
    context = client()

    async def shake() -> TlsFacts:
        near, far = socket.socketpair()
        with near, far:
            near.setblocking(False)
            far.sendall(answer)
            far.shutdown(socket.SHUT_WR)
            return await inspect(near, context, "service.test", SystemClock(), 5.0)

    facts = asyncio.run(shake())
    assert facts.failure is not None
    assert facts.failure.reason is Reason.TLS


async def test_a_certificate_that_ended_today_says_how_many_hours_ago() -> None:
    facts = await facts_of(server_context(-0.15))
    assert facts.failure is not None
    assert facts.failure.detail == "certificate not accepted: certificate has expired 3 h ago"


async def test_a_silent_server_ends_with_the_time_that_was_left() -> None:
    near, far = socket.socketpair()
    with near, far:
        near.setblocking(False)
        facts = await inspect(near, client(), "service.test", SystemClock(), 0.02)
    assert facts.failure is not None
    assert facts.failure.detail == "no end of the TLS handshake in time"


def test_days_left_are_counted_to_the_second_by_the_wall_clock() -> None:
    assert days_left(DER, AT_NOW) == 30.25
    assert days_left(DER, AT_NOW.plus(31 * 86_400 * NS_PER_SECOND)) == -0.75


@given(st.binary(max_size=200))
def test_no_bytes_make_the_certificate_reader_raise(data: bytes) -> None:
    assert days_left(data, AT_NOW) is None


@given(at=st.integers(0, len(DER) - 1), byte=st.integers(0, 255), cut=st.booleans())
@example(at=VERSION_AT, byte=1, cut=False)
@settings(max_examples=400)
def test_a_damaged_certificate_gives_days_or_none(at: int, byte: int, cut: bool) -> None:
    damaged = DER[:at] + bytes([byte]) + (b"" if cut else DER[at + 1 :])
    assert isinstance(days_left(damaged, AT_NOW), float | None)
    assert isinstance(issuer(damaged), str | None)


def test_the_issuer_is_told_by_its_names() -> None:
    assert issuer(DER) == "trustme v1.2.1"
    assert issuer(signed_by(x509.NameAttribute(NameOID.COMMON_NAME, "R11"),
                            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Let's Encrypt"))) == (
        "R11, Let's Encrypt"
    )  # fmt: skip
    assert issuer(signed_by(x509.NameAttribute(NameOID.COUNTRY_NAME, "GB"))) is None
    assert issuer(b"no certificate") is None


def test_an_issuer_that_means_ill_is_short_and_can_be_printed() -> None:
    told = issuer(signed_by(x509.NameAttribute(NameOID.COMMON_NAME, "\x1b[31mCA\n\u202e" * 5)))
    assert told is not None
    assert told.isprintable()
    assert len(told) <= 121


def signed_by(*names: x509.NameAttribute[str]) -> bytes:
    """A certificate that says it was signed by an authority of these names."""
    key = ec.generate_private_key(ec.SECP256R1())
    start = x509.CertificateBuilder(issuer_name=x509.Name(names), subject_name=x509.Name([]))
    made = (
        start.public_key(key.public_key()).serial_number(1).not_valid_before(NOW).not_valid_after(NOW + DAY)
    )
    return made.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


async def test_a_store_is_read_once_and_shared() -> None:
    stores = TrustStores(FakeClock())
    first, second = await asyncio.gather(stores.context(True, None), stores.context(True, None))
    assert first is second
    assert first.verify_mode is ssl.CERT_REQUIRED
    assert first.check_hostname
    await stores.aclose()


async def test_a_store_that_is_not_read_in_time_is_our_own_fault(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    os.mkfifo(path)
    stores = TrustStores(FakeClock())
    failure = await stores.of(TlsOptions(tls_ca_file=path), 0)
    assert failure == Failure(Reason.LOCAL, f"tls_ca_file {path}: not read in time")
    os.close(os.open(path, os.O_WRONLY))  # its end
    await stores.aclose()


async def test_a_store_is_read_again_after_a_day() -> None:
    clock = FakeClock()
    stores = TrustStores(clock)
    first = await stores.context(True, None)
    await clock.advance(86_399)
    assert await stores.context(True, None) is first
    await clock.advance(1)
    assert await stores.context(True, None) is not first


async def test_without_verification_nothing_is_asked_of_a_certificate() -> None:
    context = await TrustStores(FakeClock()).context(False, None)
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_NONE, False)


async def test_a_file_of_authorities_stands_instead_of_the_systems(tmp_path: Path) -> None:
    CA.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = await TrustStores(FakeClock()).context(True, tmp_path / "ca.pem")
    assert len(context.get_ca_certs()) == 1
    assert (await facts_of(server_context(), context)).verified is True


async def test_a_store_that_could_not_be_read_is_tried_again(tmp_path: Path) -> None:
    stores = TrustStores(FakeClock())
    with pytest.raises(FileNotFoundError):
        await stores.context(True, tmp_path / "ca.pem")
    CA.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    assert await stores.context(True, tmp_path / "ca.pem")


async def test_who_stops_waiting_for_a_store_takes_it_from_nobody() -> None:
    stores = TrustStores(FakeClock())
    first = asyncio.create_task(stores.context(True, None))
    second = asyncio.create_task(stores.context(True, None))
    await asyncio.sleep(0)
    first.cancel()
    assert await second
