"""What a TLS handshake on a connected socket tells: is the certificate good, and for how long?

The handshake verifies as a browser would (chain, dates and name). When that fails, the certificate
that the server showed is read all the same: an expired certificate should say since when. What is
read from it is not trusted with anything but a number and a name to show.

TLS runs in memory, over a socket that stays ours: what is sent and read, and when, is decided here.
"""

from __future__ import annotations

import asyncio
import ssl
import warnings
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import socket
from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID
from pydantic import Field, field_validator

from probes.clock import Clock, Instant
from probes.failure import of_tls
from probes.model import Failure, ProbeOptions, Reason
from probes.resolve import check_host
from probes.shown import clean

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_US_PER_DAY = 86_400_000_000
_READ_BYTES = 16_384
_ENCODING_DER = 2
"""`_ssl.ENCODING_DER`"""
_HAS_EXPIRED = 10
"""X509_V_ERR_CERT_HAS_EXPIRED (openssl/x509_vfy.h)."""
_LONGEST_NAME = 120


class TlsOptions(ProbeOptions):
    """What every probe takes that may speak TLS."""

    tls_verify: bool = Field(True, description="judge the certificate; without it it is only read")
    tls_server_name: str | None = Field(None, description="the name to ask for; left out: the target's own")
    tls_ca_file: Path | None = Field(None, description="trust these authorities (PEM), not the system's")

    @field_validator("tls_server_name")
    @classmethod
    def _is_a_name(cls, name: str | None) -> str | None:
        return None if name is None else check_host(name)


@dataclass(frozen=True, slots=True)
class TlsFacts:
    """What one handshake told.

    `days_left` is None when no readable certificate came, negative once it has expired. `verified`
    is None when that was not asked, or when the handshake did not get as far.
    """

    days_left: float | None
    verified: bool | None
    failure: Failure | None = None
    issuer: str | None = None
    """The issuer's common name and organisation, fit to be shown."""

    def samples(self) -> dict[str, float | str | None]:
        """The facts by the names of their samples."""
        verified = None if self.verified is None else int(self.verified)
        return {"tls_days_left": self.days_left, "tls_verified": verified, "tls_issuer": self.issuer}


NO_FACTS = TlsFacts(None, None)


class TrustStores:
    """The certificates that servers are judged by, read once a day and off the event loop.

    Loading the system's takes 10 to 40 ms; a day is how long a renewed store may go unseen. `speaks`
    are the protocols that are offered (ALPN, RFC 7301); none: the server is not told.
    """

    def __init__(self, clock: Clock, speaks: Sequence[str] = ()) -> None:
        self._clock = clock
        self._speaks = speaks
        self._loading: dict[tuple[bool, Path | None], tuple[int, asyncio.Task[ssl.SSLContext]]] = {}

    async def of(self, options: TlsOptions, seconds: float) -> ssl.SSLContext | Failure:
        """The context that `options` ask for, or why there is none within `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                return await self.context(options.tls_verify, options.tls_ca_file)
        except TimeoutError:
            said = "not read in time"
        except OSError as error:
            said = error.strerror or str(error)
        return Failure(Reason.LOCAL, f"tls_ca_file {options.tls_ca_file or 'left out'}: {said}")

    async def context(self, verify: bool, ca_file: Path | None) -> ssl.SSLContext:
        """A client context; `ca_file` (PEM) stands instead of the system's store. Raises OSError."""
        key, today = (verify, ca_file), self._clock.now().wall_ns // (_US_PER_DAY * 1000)
        day, task = self._loading.get(key, (None, None))
        if task is None or day != today or (task.done() and (task.cancelled() or task.exception())):
            task = asyncio.create_task(asyncio.to_thread(_load, verify, ca_file, self._speaks))
            self._loading[key] = today, task
        return await asyncio.shield(task)  # one round's time-out must not take it from the others

    async def aclose(self) -> None:
        """Wait for what is being loaded."""
        loading = [task for _, task in self._loading.values()]
        self._loading.clear()
        await asyncio.gather(*loading, return_exceptions=True)


def _load(verify: bool, ca_file: Path | None, speaks: Sequence[str]) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca_file)
    if speaks:
        context.set_alpn_protocols(speaks)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


class TlsStream:
    """TLS on a connected, non-blocking socket, which stays the caller's to close."""

    def __init__(self, sock: socket, context: ssl.SSLContext, server_name: str) -> None:
        self._sock = sock
        self._context = context
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        asked_for = server_name.partition("%")[0].removesuffix(".")  # no zone, no root: RFC 6066 section 3
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=asked_for)

    async def shake_hands(self, clock: Clock, seconds: float) -> TlsFacts:
        """Do so within `seconds`; raises only cancellation."""
        error: OSError | None = None
        try:
            async with asyncio.timeout(seconds):
                await self._shake_hands()
        except OSError as caught:  # an SSLError and a TimeoutError are one too
            error = caught
        certificate = _certificate(self._tls)
        left = None if certificate is None else days_left(certificate, clock.now())
        return TlsFacts(
            days_left=left,
            verified=_verified(self._context, error),
            failure=None if error is None else _why_not(error, left),
            issuer=None if certificate is None else issuer(certificate),
        )

    async def _shake_hands(self) -> None:
        while True:
            try:
                self._tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                await self._exchange()
        await self._flush()

    async def send(self, data: bytes) -> None:
        """Send all of it; raises OSError."""
        self._tls.write(data)
        await self._flush()

    async def receive(self, most: int) -> bytes:
        """Some bytes, none once the server has ended; raises OSError."""
        while True:
            try:
                return self._tls.read(most)
            except ssl.SSLWantReadError:
                await self._exchange()
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):  # many servers end without a close_notify
                return b""

    def say_goodbye(self) -> None:
        """Send close_notify, or the alert that says why, without waiting: a full server misses nothing."""
        with suppress(OSError):
            self._tls.unwrap()
        with suppress(OSError):
            self._sock.send(self._outgoing.read())

    async def _exchange(self) -> None:
        """Send what waits, read what comes; its end makes the next step raise SSLEOFError."""
        await self._flush()
        await asyncio.sleep(0)  # a socket that always has bytes would never let another task run
        if data := await asyncio.get_running_loop().sock_recv(self._sock, _READ_BYTES):
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    async def _flush(self) -> None:
        await asyncio.get_running_loop().sock_sendall(self._sock, self._outgoing.read())


async def inspect(
    sock: socket, context: ssl.SSLContext, server_name: str, clock: Clock, seconds: float
) -> TlsFacts:
    """Shake hands on `sock` within `seconds` and say goodbye; raises only cancellation."""
    stream = TlsStream(sock, context, server_name)
    facts = await stream.shake_hands(clock, seconds)
    stream.say_goodbye()
    return facts


def _why_not(error: OSError, left: float | None) -> Failure:
    """Why the handshake failed; of a certificate that has ended, when that was."""
    failure = of_tls(error)
    if left is None or left > 0 or getattr(error, "verify_code", None) != _HAS_EXPIRED:
        return failure
    hours = int(-left * 24)
    since = f"{hours} h" if hours < 48 else f"{hours // 24} days"
    return Failure(failure.reason, f"{failure.detail} {since} ago")


def _verified(context: ssl.SSLContext, error: OSError | None) -> bool | None:
    if context.verify_mode == ssl.CERT_NONE:
        return None
    if isinstance(error, ssl.SSLCertVerificationError):
        return False
    return True if error is None else None


def _certificate(tls: ssl.SSLObject) -> bytes | None:
    """The certificate the server showed, in DER, also when it was not accepted.

    `getpeercert` gives none after a failed handshake. `get_unverified_chain` does; it became public
    in Python 3.13 and is an attribute of the inner object before.
    """
    if hasattr(tls, "get_unverified_chain"):
        chain: Sequence[bytes] | None = tls.get_unverified_chain()
    else:
        # The one way to a certificate that was not accepted before Python 3.13 made it public.
        inner: Any = tls._sslobj  # type: ignore[attr-defined]  # noqa: SLF001
        chain = [one.public_bytes(_ENCODING_DER) for one in inner.get_unverified_chain() or ()]
    return chain[0] if chain else None


def days_left(der: bytes, now: Instant) -> float | None:
    """Days until the certificate's notAfter (RFC 5280 section 4.1.2.5); None when `der` is no certificate."""
    try:
        end = _read(der).not_valid_after_utc
    except _UNREADABLE:
        return None
    return ((end - _EPOCH) // _MICROSECOND - now.wall_ns // 1000) / _US_PER_DAY


def issuer(der: bytes) -> str | None:
    """Who signed it: common name, organisation (RFC 5280 section 4.1.2.4); None where neither is there."""
    try:
        name = _read(der).issuer
        found = [name.get_attributes_for_oid(oid) for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)]
    except _UNREADABLE:
        return None
    words = [str(one[0].value) for one in found if one]
    return clean(", ".join(words), _LONGEST_NAME) if words else None


def _read(der: bytes) -> x509.Certificate:
    with warnings.catch_warnings(action="ignore"):  # it may be odd in ways that are not ours to judge
        return x509.load_der_x509_certificate(der)


_UNREADABLE = (ValueError, x509.InvalidVersion)
