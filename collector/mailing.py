"""One mail over SMTP (RFC 5321), with STARTTLS unless told otherwise; what notices and reports share.

A password never goes out before the connection is encrypted where `tls` says that it is to be: a
server that offers no STARTTLS gets nothing.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Iterable, Mapping, Sequence
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Protocol

import aiosmtplib

from config.fields import listen_address
from probes.shown import one_line
from probes.values import Duration, Secret

ON_THE_WIRE = SMTP.clone(max_line_length=400)
"""Headers are not folded at 78: a subject would begin with a line break, which some readers show."""

Answers = Mapping[str, tuple[int, str]]
"""What the server said of each address that it refused: code and text."""


class MailServer(Protocol):
    """The keys of a configuration that say how mail goes out."""

    @property
    def server(self) -> str:
        """host:port."""

    @property
    def tls(self) -> str:
        """starttls, implicit or none."""

    @property
    def username(self) -> str | None:
        """None: the server asks for nobody."""

    @property
    def password(self) -> Secret | None:
        """Of the user."""

    @property
    def sender(self) -> str:
        """The address that it comes from."""

    @property
    def ca_file(self) -> Path | None:
        """Whom to trust instead of the system's authorities."""

    @property
    def timeout(self) -> Duration:
        """For the whole conversation."""


class MailFailed(Exception):  # noqa: N818 - what became of it
    """A conversation that came to nothing; the sentence may quote the server."""

    def __init__(self, why: str, *, for_good: bool) -> None:
        """`for_good`: a person has to change something first."""
        super().__init__(why)
        self.for_good = for_good

    def without(self, secret: Secret | None) -> MailFailed:
        """The same with `***` for the secret, should the server have echoed it."""
        told = str(self)
        hidden = told.replace(secret.reveal(), "***") if secret and secret.reveal() else told
        return MailFailed(hidden, for_good=self.for_good)


async def send(message: EmailMessage, addresses: Sequence[str], settings: MailServer, host: str) -> Answers:
    """Send it; gives who was refused. `host` is what we say at EHLO. Raises MailFailed, or cancellation."""
    try:
        async with asyncio.timeout(settings.timeout.seconds):
            return await _talk(message, addresses, settings, domain(host))
    except aiosmtplib.SMTPRecipientsRefused as error:
        return {one.recipient: (one.code, one.message) for one in error.recipients}
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        raise _failed(error, settings).without(settings.password) from error


def domain(host: str) -> str:
    """A host's name, fit for EHLO and a Message-ID."""
    return re.sub(r"[^A-Za-z0-9.-]+", "-", host).strip("-.") or "localhost"


async def _talk(message: EmailMessage, addresses: Sequence[str], settings: MailServer, host: str) -> Answers:
    server, port = listen_address(settings.server)
    tls = None
    if settings.tls != "none":
        tls = await asyncio.to_thread(ssl.create_default_context, cafile=settings.ca_file)
    client = aiosmtplib.SMTP(
        hostname=server,
        port=port,
        local_hostname=host,
        timeout=settings.timeout.seconds,
        use_tls=settings.tls == "implicit",
        start_tls=settings.tls == "starttls",
        tls_context=tls,
        username=settings.username,
        password=settings.password.reveal() if settings.password else None,
    )
    try:
        await client.connect()
        text = await asyncio.to_thread(message.as_bytes, policy=ON_THE_WIRE)
        refused, _ = await client.sendmail(settings.sender, list(addresses), text)
        return {address: (answer.code, answer.message) for address, answer in refused.items()}
    finally:
        client.close()


def _failed(error: Exception, settings: MailServer) -> MailFailed:
    """What became of a conversation that came to nothing."""
    if isinstance(error, TimeoutError | aiosmtplib.SMTPTimeoutError):
        return MailFailed(f"no answer within {settings.timeout}", for_good=False)
    causes = list(_causes(error))
    untrusted = next((one for one in causes if isinstance(one, ssl.SSLCertVerificationError)), None)
    if untrusted:
        why = f"its certificate is not trusted ({untrusted}); set `ca_file` to its authority's"
        return MailFailed(why, for_good=True)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        said = f"{error.code} {one_line(error.message)}"
        if error.code < 500:
            return MailFailed(said, for_good=False)
        if isinstance(error, aiosmtplib.SMTPAuthenticationError):
            return MailFailed(f"{said}; check its `username` and `password`", for_good=True)
        return MailFailed(f"{said}; check `server`, `from` and what the server allows us", for_good=True)
    if "STARTTLS" in str(error) or "AUTH" in str(error):
        said = one_line(str(error)).rstrip(".")
        return MailFailed(f"{said}: nothing was sent; check `server` and `tls`", for_good=True)
    if settings.ca_file and any(isinstance(one, FileNotFoundError | PermissionError) for one in causes):
        return MailFailed(f"`ca_file` {settings.ca_file} can't be used: {error}", for_good=True)
    return MailFailed(f"not reached: {one_line(str(error) or type(error).__name__)}", for_good=False)


def _causes(error: BaseException | None) -> Iterable[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
