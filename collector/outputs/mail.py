"""Mail over SMTP (RFC 5321), with STARTTLS unless told otherwise.

A password never goes out before the connection is encrypted where `tls` says that it is to be: a
server that offers no STARTTLS gets nothing. An address that is refused for now (greylisting, a full
mailbox) is tried again alone, while the others get what is new and nothing twice; one that is refused
for good is said.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import aiosmtplib

from collector.notices.notice import Notice
from collector.outputs.answers import Action, Do, one_line
from collector.outputs.http import without_secrets
from collector.outputs.wording import digest, subject, text
from config.fields import listen_address
from config.outputs import MailOutput

LONGEST_SUBJECT = 150
ON_THE_WIRE = SMTP.clone(max_line_length=400)
"""Headers are not folded at 78: a subject would begin with a line break, which some readers show."""

Answers = Mapping[str, tuple[int, str]]
"""What the server said of each address that it refused: code and text."""


class Mail:
    """A notifier (see notifier.Notifier) to some mailboxes."""

    gather_ms, apart_ms, resend_ms = 4_000, 60_000, None

    def __init__(self, name: str, settings: MailOutput, host: str) -> None:
        self.name = name
        self._settings = settings
        self._host = _domain(host)
        self._had: dict[str, int] = {}
        """The last notice that each address got, or refused for good."""
        self._never: dict[str, str] = {}
        """Who refused what is being told for good, and with what words."""

    async def tell(self, notices: Sequence[Notice]) -> Action:
        """One mail; tried again, each address gets what it hasn't had."""
        groups: dict[int, list[str]] = {}
        for address in self._settings.to:
            groups.setdefault(self._had.get(address, -1), []).append(address)
        later = []
        for had, addresses in groups.items():
            missing = [one for one in notices if one.number > had]
            if not missing:
                continue
            answers = await self._deliver(missing, addresses)
            if isinstance(answers, Action):
                return self._hidden(answers)
            later += self._note(answers, addresses, notices[-1].number)
        return self._hidden(self._settle(later))

    async def refresh(self, standing: Sequence[Notice]) -> Action:
        """Nothing: it was told once."""
        return Action(Do.ACCEPT)

    async def aclose(self) -> None:
        """Nothing is held between two mails."""

    async def _deliver(self, notices: Sequence[Notice], addresses: list[str]) -> Answers | Action:
        """Who was refused; or what to do where the conversation came to nothing."""
        message = compose(notices, self._settings, self._host)
        try:
            async with asyncio.timeout(self._settings.timeout.seconds):
                return await self._send(message, addresses)
        except aiosmtplib.SMTPRecipientsRefused as error:
            return {one.recipient: (one.code, one.message) for one in error.recipients}
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            return _failed(error, self._settings)

    async def _send(self, message: EmailMessage, addresses: list[str]) -> Answers:
        """Who was refused, if at least one address was taken."""
        settings = self._settings
        host, port = listen_address(settings.server)
        tls = None
        if settings.tls != "none":
            tls = await asyncio.to_thread(ssl.create_default_context, cafile=settings.ca_file)
        client = aiosmtplib.SMTP(
            hostname=host,
            port=port,
            local_hostname=self._host,
            timeout=settings.timeout.seconds,
            use_tls=settings.tls == "implicit",
            start_tls=settings.tls == "starttls",
            tls_context=tls,
            username=settings.username,
            password=settings.password.reveal() if settings.password else None,
        )
        try:
            await client.connect()
            refused, _ = await client.sendmail(
                settings.sender, addresses, message.as_bytes(policy=ON_THE_WIRE)
            )
            return {address: (answer.code, answer.message) for address, answer in refused.items()}
        finally:
            client.close()

    def _note(self, refused: Answers, addresses: Iterable[str], last: int) -> list[str]:
        """Keep who has had what up to `last`; gives who is to be asked again, and what he said."""
        later = []
        for address in addresses:
            code, said = refused.get(address, (250, ""))
            if code >= 500:
                self._never[address] = f"{code} {one_line(said)}"
            if 400 <= code < 500:
                later.append(f"{address}: {code} {one_line(said)}")
            else:
                self._had[address] = last
        return later

    def _settle(self, later: Sequence[str]) -> Action:
        """What became of it."""
        if later:
            return Action(Do.RETRY, f"not taken for now, {'; '.join(later)}")
        never = "; ".join(f"{one} is refused: {why}" for one, why in self._never.items())
        nobody = self._never.keys() == set(self._settings.to)
        self._never = {}
        if nobody:
            self._had = {}
            return Action(Do.HOLD, f"nobody gets it: {never}; check `to` and `from`")
        return Action(Do.ACCEPT, never)

    def _hidden(self, action: Action) -> Action:
        why = without_secrets(action.why, [self._settings.password])
        return Action(action.do, why)


def compose(notices: Sequence[Notice], settings: MailOutput, host: str) -> EmailMessage:
    """The mail that tells of some notices, the same each time; no header can be broken by a name."""
    told = digest(notices)
    last = notices[-1]
    message = EmailMessage(policy=SMTP)
    message["From"] = settings.sender
    message["To"] = ", ".join(settings.to)
    message["Subject"] = one_line(subject(told))[:LONGEST_SUBJECT]
    message["Date"] = format_datetime(datetime.fromtimestamp(last.at_ms // 1000, UTC))
    place = f"{notices[0].number}-{last.number}.{last.at_ms}.{_domain(host)}"
    message["Message-ID"] = f"<{place}@{settings.sender.partition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation answers, please
    message.set_content(text(told), cte="quoted-printable")
    return message


def _domain(host: str) -> str:
    """A host's name, fit for EHLO and a Message-ID."""
    return re.sub(r"[^A-Za-z0-9.-]+", "-", host).strip("-.") or "localhost"


def _failed(error: Exception, settings: MailOutput) -> Action:
    """What to do after a conversation that came to nothing."""
    if isinstance(error, TimeoutError | aiosmtplib.SMTPTimeoutError):
        return Action(Do.RETRY, f"no answer within {settings.timeout}")
    causes = list(_causes(error))
    untrusted = next((one for one in causes if isinstance(one, ssl.SSLCertVerificationError)), None)
    if untrusted:
        why = f"its certificate is not trusted ({untrusted}); set `ca_file` to its authority's"
        return Action(Do.HOLD, why)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        said = f"{error.code} {one_line(error.message)}"
        if error.code < 500:
            return Action(Do.RETRY, said)
        if isinstance(error, aiosmtplib.SMTPAuthenticationError):
            return Action(Do.HOLD, f"{said}; check its `username` and `password`")
        return Action(Do.HOLD, f"{said}; check `server`, `from` and what the server allows us")
    if "STARTTLS" in str(error) or "AUTH" in str(error):
        said = one_line(str(error)).rstrip(".")
        return Action(Do.HOLD, f"{said}: nothing was sent; check `server` and `tls`")
    if settings.ca_file and any(isinstance(one, FileNotFoundError | PermissionError) for one in causes):
        return Action(Do.HOLD, f"`ca_file` {settings.ca_file} can't be used: {error}")
    return Action(Do.RETRY, f"not reached: {one_line(str(error) or type(error).__name__)}")


def _causes(error: BaseException | None) -> Iterable[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
