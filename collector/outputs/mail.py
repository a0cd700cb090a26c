"""Notices by mail; how a mail is sent is mailing.py's.

An address that is refused for now (greylisting, a full
mailbox) is tried again alone, while the others get what is new and nothing twice; one that is refused
for good is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from collector.mailing import Answers, MailFailed, domain, send
from collector.notices.notice import Notice
from collector.outputs.answers import Action, Do, one_line
from collector.outputs.http import without_secrets
from collector.outputs.wording import digest, subject, text
from config.outputs import MailOutput

LONGEST_SUBJECT = 150


class Mail:
    """A notifier (see notifier.Notifier) to some mailboxes."""

    gather_ms, apart_ms, resend_ms = 4_000, 60_000, None

    def __init__(self, name: str, settings: MailOutput, host: str) -> None:
        self.name = name
        self._settings = settings
        self._host = domain(host)
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
            return await send(message, addresses, self._settings, self._host)
        except MailFailed as failed:
            return Action(Do.HOLD if failed.for_good else Do.RETRY, str(failed))

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
    place = f"{notices[0].number}-{last.number}.{last.at_ms}.{domain(host)}"
    message["Message-ID"] = f"<{place}@{settings.sender.partition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation answers, please
    message.set_content(text(told), cte="quoted-printable")
    return message
