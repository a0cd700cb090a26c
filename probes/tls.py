"""What a TLS handshake on a connected socket tells: is the certificate good, and for how long?

The handshake verifies as a browser would (chain, dates and name). When that fails, the certificate
that the server showed is read all the same: an expired certificate should say since when. What is
read from it is not trusted with anything but a number.
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

from probes.clock import Clock, Instant
from probes.failure import of_tls
from probes.model import Failure

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_US_PER_DAY = 86_400_000_000
_READ_BYTES = 16_384
_ENCODING_DER = 2
"""`_ssl.ENCODING_DER`"""


@dataclass(frozen=True, slots=True)
class TlsFacts:
    """What one handshake told.

    `days_left` is None when no readable certificate came, negative once it has expired. `verified`
    is None when that was not asked, or when the handshake did not get as far.
    """

    days_left: float | None
    verified: bool | None
    failure: Failure | None = None


NO_FACTS = TlsFacts(None, None)


class TrustStores:
    """The certificates that servers are judged by, read once a day and off the event loop.

    Loading the system's takes 10 to 40 ms; a day is how long a renewed store may go unseen.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._loading: dict[tuple[bool, Path | None], tuple[int, asyncio.Task[ssl.SSLContext]]] = {}

    async def context(self, verify: bool, ca_file: Path | None) -> ssl.SSLContext:
        """A client context; `ca_file` (PEM) stands instead of the system's store. Raises OSError."""
        key, today = (verify, ca_file), self._clock.now().wall_ns // (_US_PER_DAY * 1000)
        day, task = self._loading.get(key, (None, None))
        if task is None or day != today or (task.done() and (task.cancelled() or task.exception())):
            task = asyncio.create_task(asyncio.to_thread(_load, verify, ca_file))
            self._loading[key] = today, task
        return await asyncio.shield(task)  # one round's time-out must not take it from the others

    async def aclose(self) -> None:
        """Wait for what is being loaded."""
        loading = [task for _, task in self._loading.values()]
        self._loading.clear()
        await asyncio.gather(*loading, return_exceptions=True)


def _load(verify: bool, ca_file: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca_file)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


async def inspect(
    sock: socket, context: ssl.SSLContext, server_name: str, clock: Clock, seconds: float
) -> TlsFacts:
    """Shake hands on the connected, non-blocking `sock` within `seconds`; raises only cancellation.

    The goodbye (close_notify, or the alert that says why) is sent, the socket stays open.
    """
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    asked_for = server_name.partition("%")[0].removesuffix(".")  # no zone, no root: RFC 6066 section 3
    tls = context.wrap_bio(incoming, outgoing, server_hostname=asked_for)
    error: OSError | None = None
    try:
        async with asyncio.timeout(seconds):
            await _shake_hands(sock, tls, incoming, outgoing)
    except OSError as caught:  # an SSLError and a TimeoutError are one too
        error = caught
    _say_goodbye(sock, tls, outgoing)
    certificate = _certificate(tls)
    return TlsFacts(
        days_left=None if certificate is None else days_left(certificate, clock.now()),
        verified=_verified(context, error),
        failure=None if error is None else of_tls(error),
    )


async def _shake_hands(
    sock: socket, tls: ssl.SSLObject, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO
) -> None:
    loop, done = asyncio.get_running_loop(), False
    while not done:
        try:
            tls.do_handshake()
            done = True
        except ssl.SSLWantReadError:
            pass
        await loop.sock_sendall(sock, outgoing.read())
        if not done:
            _feed(incoming, await loop.sock_recv(sock, _READ_BYTES))


def _feed(incoming: ssl.MemoryBIO, data: bytes) -> None:
    if data:
        incoming.write(data)
    else:
        incoming.write_eof()  # the next step of the handshake raises SSLEOFError


def _say_goodbye(sock: socket, tls: ssl.SSLObject, outgoing: ssl.MemoryBIO) -> None:
    """Send what there is to say without waiting; a server whose buffer is full misses nothing."""
    with suppress(OSError):
        tls.unwrap()
    with suppress(OSError):
        sock.send(outgoing.read())


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
        with warnings.catch_warnings(action="ignore"):  # it may be odd in ways that are not ours to judge
            end = x509.load_der_x509_certificate(der).not_valid_after_utc
    except (ValueError, x509.InvalidVersion):
        return None
    return ((end - _EPOCH) // _MICROSECOND - now.wall_ns // 1000) / _US_PER_DAY
