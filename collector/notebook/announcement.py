"""A carrier's announcement of work, as a mail or a calendar file: what it says of when.

It comes from outside: it is read up to a size, nothing in it is followed, and its text is made harmless.
"""

from __future__ import annotations

import email
import email.utils
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from email.policy import EmailPolicy
from itertools import islice
from zoneinfo import ZoneInfo

from icalendar import Calendar, Component

from collector.notebook.words import LONGEST_NAME, moment, sayable
from collector.sla.calendar import ms_of

MOST_BYTES = 2_000_000
MOST_EVENTS = 100
MOST_PARTS = 20
"""So many calendars of one mail are read."""
LONGEST_HEADER = 2_000
"""Of those that are read: the library's time grows with the square of their length."""
_READ = ("content-", "date:", "subject:", "mime-version:")


class AnnouncementError(ValueError):
    """What can't be read of an announcement, and what to do."""


@dataclass(frozen=True, slots=True)
class Announced:
    """One piece of work; times in UTC milliseconds."""

    start_ms: int
    end_ms: int
    announced_ms: int | None
    summary: str
    uid: str
    """Empty where it has none."""
    cancelled: bool


def read_announcement(data: bytes, zone: str | None = None) -> list[Announced]:
    """The work that a mail (.eml) or a calendar (.ics) announces; raises AnnouncementError.

    A mail's own date is when it was announced. Times without a zone are those of `zone`.
    """
    if len(data) > MOST_BYTES:
        raise AnnouncementError(f"has more than {MOST_BYTES:,} bytes: so many are read")
    if data.lstrip(b"\xef\xbb\xbf \r\n\t")[:15].upper() == b"BEGIN:VCALENDAR":
        return list(_events(data, None, "", zone))
    try:
        return _of_mail(data, zone)
    except AnnouncementError:
        raise
    except (RecursionError, LookupError, TypeError, ValueError, AttributeError, AssertionError) as error:
        raise AnnouncementError(
            f"is no mail that can be read ({type(error).__name__}): give --from and --to"
        ) from None


class _Bounded(EmailPolicy):
    """Headers that are looked into have a length that can be."""

    def header_source_parse(self, sourcelines: Sequence[str]) -> tuple[str, str]:
        if sum(map(len, sourcelines)) > LONGEST_HEADER and sourcelines[0].lower().startswith(_READ):
            name = sayable(sourcelines[0].partition(":")[0], LONGEST_NAME)
            raise AnnouncementError(
                f"its header {name} is longer than {LONGEST_HEADER:,} characters: give --from and --to"
            )
        return super().header_source_parse(list(sourcelines))


def _of_mail(data: bytes, zone: str | None) -> list[Announced]:
    mail = email.message_from_bytes(data, policy=_Bounded())
    if not isinstance(mail, EmailMessage) or not mail.keys():
        raise AnnouncementError("is neither a mail nor a calendar: give an .eml or .ics file")
    sent_ms, subject = _sent_ms(mail), sayable(str(mail.get("Subject", "")))
    parts = list(islice(_calendars(mail), MOST_PARTS + 1))
    if len(parts) > MOST_PARTS:
        raise AnnouncementError(f"holds more than {MOST_PARTS} calendars: give --from and --to")
    found = [one for part in parts for one in _events(part, sent_ms, subject, zone)]
    if not found:
        raise AnnouncementError(
            "holds no calendar part, and times in words are not guessed at: give --from and --to"
            + (f" (it was sent {email.utils.format_datetime(_date(mail))})" if sent_ms is not None else "")
        )
    return found


def _calendars(mail: EmailMessage) -> Iterator[bytes]:
    for part in mail.walk():
        name = (part.get_filename() or "").lower()
        if part.get_content_type() in {"text/calendar", "application/ics"} or name.endswith(".ics"):
            content = part.get_payload(decode=True)
            if isinstance(content, bytes):
                yield content


def _date(mail: EmailMessage) -> datetime:
    """Raises ValueError."""
    return email.utils.parsedate_to_datetime(str(mail.get("Date", "")))


def _sent_ms(mail: EmailMessage) -> int | None:
    """When the mail says that it was sent; None where it doesn't say so readably."""
    try:
        at = _date(mail)
        return moment(ms_of(at.replace(tzinfo=ZoneInfo("UTC")) if at.tzinfo is None else at))
    except (ValueError, OverflowError):
        return None


def _events(data: bytes, sent_ms: int | None, subject: str, zone: str | None) -> Iterator[Announced]:
    try:
        calendars = Calendar.from_ical(data.decode("utf-8", "replace"), multiple=True)
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise AnnouncementError(
            f"its calendar can't be read: {sayable(str(error), 200)}; give --from and --to"
        ) from None
    events = [event for one in calendars for event in one.walk("VEVENT")]
    if not events:
        raise AnnouncementError("its calendar holds no event: give --from and --to")
    if len(events) > MOST_EVENTS:
        raise AnnouncementError(f"its calendar holds {len(events)} events: at most {MOST_EVENTS} are taken")
    for calendar in calendars:
        cancels = str(calendar.get("METHOD", "")).upper() == "CANCEL"
        for event in calendar.walk("VEVENT"):
            yield _event(event, sent_ms, subject, zone, cancels)


def _event(event: Component, sent_ms: int | None, subject: str, zone: str | None, cancels: bool) -> Announced:
    summary = sayable(str(event.get("SUMMARY", ""))) or subject or "announced without a word of what"
    if "RRULE" in event or "RDATE" in event:
        raise AnnouncementError(f"{summary!r} repeats: write a note for each time")
    try:
        begin, end = event.get("DTSTART"), event.get("DTEND")
        start_ms = _instant(begin.dt if begin is not None else None, zone, "begins")
        if end is None and event.get("DURATION") is not None:
            end_ms = start_ms + event.get("DURATION").dt // timedelta(milliseconds=1)
        else:
            end_ms = _instant(end.dt if end is not None else None, zone, "ends")
    except AnnouncementError as error:
        raise AnnouncementError(f"{summary!r}: {error}") from None
    except (AttributeError, TypeError, ValueError, OverflowError):
        raise AnnouncementError(f"{summary!r}: its times can't be read: give --from and --to") from None
    if end_ms <= start_ms:
        raise AnnouncementError(f"{summary!r} ends before it begins: give --from and --to")
    cancelled = cancels or str(event.get("STATUS", "")).upper() == "CANCELLED"
    uid = sayable(str(event.get("UID", "")), LONGEST_NAME)
    return Announced(start_ms, end_ms, sent_ms, summary, uid, cancelled)


def _instant(at: object, zone: str | None, what: str) -> int:
    if at is None:
        raise AnnouncementError(f"it isn't said when it {what}: give --from and --to")
    if not isinstance(at, datetime):
        said = "on a day" if isinstance(at, date) else "at a time that can't be read"
        raise AnnouncementError(f"it {what} {said}, without a time: give --from and --to")
    if at.tzinfo is None:
        if zone is None:
            raise AnnouncementError(
                f"the time at which it {what} has no zone: name a circuit or site, whose zone it is"
            )
        at = at.replace(tzinfo=ZoneInfo(zone))
    try:
        return moment(ms_of(at))
    except ValueError as error:
        raise AnnouncementError(str(error)) from None
