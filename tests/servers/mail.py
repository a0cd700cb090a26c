"""A mail server on a free port of loopback (aiosmtpd), which can be as unwilling as real ones are."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "edge", "correct-horse"


@dataclass
class Postbox:
    """What arrived, and how it answers."""

    host: str = "127.0.0.1"
    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    passwords: list[str] = field(default_factory=list)
    on_recipient: Callable[[str], str] = lambda address: "250 OK"
    on_data: str = "250 OK"
    hangs: bool = False
    released: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def server(self) -> str:
        """host:port."""
        return f"{self.host}:{self.port}"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.on_recipient(address)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.hangs:
            await self.released.wait()
        if self.on_data.startswith("250"):
            content = cast(bytes, envelope.content)
            self.mails.append(cast(EmailMessage, message_from_bytes(content, policy=cast(Any, POLICY))))
            self.recipients.append(list(envelope.rcpt_tos))
        return self.on_data

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        """Right for USER and PASSWORD alone."""
        assert isinstance(data, LoginPassword)
        self.passwords.append(data.password.decode())
        good = (data.login.decode(), data.password.decode()) == (USER, PASSWORD)
        return AuthResult(success=good, handled=False)


@asynccontextmanager
async def mail_server(
    tls: ssl.SSLContext | None = None, *, implicit: bool = False, auth: bool = False
) -> AsyncIterator[Postbox]:
    """A server with STARTTLS where it has a certificate, or TLS from the first byte (`implicit`)."""
    box, loop = Postbox(), asyncio.get_running_loop()

    def factory() -> SMTP:
        return SMTP(
            box,
            hostname="mail.test",
            loop=loop,
            tls_context=None if implicit else tls,
            require_starttls=tls is not None and not implicit,
            authenticator=box.authenticate if auth else None,
            auth_required=auth,
            auth_require_tls=tls is not None and not implicit,
            enable_SMTPUTF8=False,
        )

    server = await loop.create_server(factory, "127.0.0.1", 0, ssl=tls if implicit else None)
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        box.released.set()
        server.close()
        await server.wait_closed()
