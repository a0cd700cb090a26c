"""Brings a report to mailboxes and into a folder: each acknowledges, and what did is never sent twice."""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from collector.mailing import Answers, MailFailed, domain, send
from collector.reports.ready import Prepared
from collector.reports.render import Rendered
from config.reports import ReportMail, ReportSettings
from probes.shown import one_line

LONGEST_SUBJECT = 150
MODE = 0o640

Had = Callable[[Collection[str]], Awaitable[None]]
"""Keeps durably that these have it."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why somebody doesn't have it."""

    why: str
    for_good: bool = False
    """Whether a person has to change something before another try can do better (RFC 5321: 5xx)."""


def receivers(entry: ReportSettings) -> tuple[str, ...]:
    """Everybody who is to have a report: the folder, and mailboxes."""
    folder = (str(entry.folder),) if entry.folder else ()
    return (*folder, *(entry.mail.to if entry.mail else ()))


async def deliver(
    name: str,
    entry: ReportSettings,
    made: Prepared,
    *,
    host: str,
    now_ms: int,
    had: Collection[str],
    keep: Had,
) -> list[Problem]:
    """Give it to all who haven't had it; gives why some still haven't."""
    problems = []
    if entry.folder and str(entry.folder) not in had:
        try:
            await asyncio.to_thread(put_into, entry.folder, made.files)
            await keep([str(entry.folder)])
        except OSError as error:
            problems.append(Problem(f"{entry.folder} can't be written: {error.strerror or error}"))
    if entry.mail:
        left = [address for address in entry.mail.to if address not in had]
        if left:
            message = await asyncio.to_thread(compose, name, entry.mail, made, host, now_ms)
            problems += await _mail(message, left, entry.mail, host, keep)
    return problems


async def _mail(
    message: EmailMessage, addresses: Sequence[str], mail: ReportMail, host: str, keep: Had
) -> list[Problem]:
    try:
        refused: Answers = await send(message, addresses, mail, host)
    except MailFailed as failed:
        return [Problem(f"mail by {mail.server}: {failed}", failed.for_good)]
    if taken := [address for address in addresses if address not in refused]:
        await keep(taken)
    return [
        Problem(f"{address} is refused: {code} {one_line(said)}", code >= 500)
        for address, (code, said) in refused.items()
    ]


def compose(name: str, mail: ReportMail, made: Prepared, host: str, now_ms: int) -> EmailMessage:
    """The mail; the same report has the same Message-ID however often it is sent."""
    message = EmailMessage(policy=SMTP)
    message["From"] = mail.sender
    message["To"] = ", ".join(mail.to)
    message["Subject"] = one_line(made.subject)[:LONGEST_SUBJECT]
    message["Date"] = format_datetime(datetime.fromtimestamp(now_ms // 1000, UTC))
    digest = hashlib.sha256(b"".join(one.body for one in made.files)).hexdigest()[:16]
    place = f"report.{name}.{made.period}.{digest}.{domain(host)}"
    message["Message-ID"] = f"<{place}@{mail.sender.partition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation answers, please
    message.set_content(made.text, cte="quoted-printable")
    for one in made.files:
        kind, _, subtype = one.content_type.partition(";")[0].partition("/")
        message.add_attachment(one.body, maintype=kind, subtype=subtype, filename=one.file_name)
    return message


def put_into(folder: Path, files: Sequence[Rendered]) -> list[Path]:
    """Write each file whole or not at all, durably; raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [_put(folder / one.file_name, one.body) for one in files]
    _sync(folder)
    return paths


def _put(path: Path, body: bytes) -> Path:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(body)
            file.flush()
            os.fchmod(file.fileno(), MODE)
            os.fsync(file.fileno())
        Path(name).replace(path)
    finally:
        with suppress(FileNotFoundError):
            Path(name).unlink()
    return path


def _sync(folder: Path) -> None:
    """A new name is durable once its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
