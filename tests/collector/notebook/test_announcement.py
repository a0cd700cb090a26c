"""Announcements of work: what is read of a mail or a calendar, and what is never trusted."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.notebook.announcement import MOST_BYTES, Announced, AnnouncementError, read_announcement
from collector.sla.calendar import rfc3339

EVENT = """\
BEGIN:VEVENT
UID:w1
DTSTAMP:20260420T080000Z
DTSTART:20260503T010000Z
DTEND:20260503T030000Z
SUMMARY:Card swap
END:VEVENT
"""


def calendar(event: str = EVENT, head: str = "") -> bytes:
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//y//EN\n{head}{event}END:VCALENDAR\n"
    return text.replace("\n", "\r\n").encode()


def mail(body: bytes, headers: str = "Date: Tue, 28 Apr 2026 09:00:00 +0200\nSubject: Work\n") -> bytes:
    return (
        headers.encode() + b"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=B\n\n--B\n"
        b"Content-Type: text/plain\n\nStart: tomorrow\n--B\nContent-Type: text/calendar; charset=utf-8\n\n"
        + body
        + b"\n--B--\n"
    )


def told(one: Announced) -> tuple[str, str, str | None]:
    said = None if one.announced_ms is None else rfc3339(one.announced_ms)
    return rfc3339(one.start_ms), rfc3339(one.end_ms), said


UTC_TIMES = ("2026-05-03T01:00:00Z", "2026-05-03T03:00:00Z")


def test_a_calendar_says_when_and_what() -> None:
    (one,) = read_announcement(calendar())
    assert told(one) == (*UTC_TIMES, None)
    assert (one.summary, one.uid, one.cancelled) == ("Card swap", "w1", False)


@pytest.mark.parametrize(
    ("headers", "announced"),
    [
        ("Date: Tue, 28 Apr 2026 09:00:00 +0200\n", "2026-04-28T07:00:00Z"),
        ("Date: Tue, 28 Apr 2026 09:00:00 -0000\n", "2026-04-28T09:00:00Z"),
        ("Date: yesterday\n", None),
        ("Subject: no date\n", None),
    ],
)
def test_a_mails_own_date_is_when_it_was_announced(headers: str, announced: str | None) -> None:
    (one,) = read_announcement(mail(calendar(), headers))
    assert told(one) == (*UTC_TIMES, announced)


@pytest.mark.parametrize(
    ("lines", "zone", "times"),
    [
        (
            "DTSTART;TZID=Europe/London:20260503T020000\nDTEND;TZID=Europe/London:20260503T040000",
            None,
            UTC_TIMES,
        ),
        ("DTSTART:20260503T020000\nDTEND:20260503T040000", "Europe/London", UTC_TIMES),
        ("DTSTART:20260503T010000Z\nDURATION:PT2H", None, UTC_TIMES),
    ],
)
def test_times_are_read_in_their_own_zone_or_else_in_the_sites(
    lines: str, zone: str | None, times: tuple[str, str]
) -> None:
    event = EVENT.replace("DTSTART:20260503T010000Z\nDTEND:20260503T030000Z", lines)
    (one,) = read_announcement(calendar(event), zone)
    assert told(one)[:2] == times


def test_every_event_is_taken_and_a_subject_stands_in_for_a_summary() -> None:
    second = EVENT.replace("w1", "w2").replace("SUMMARY:Card swap\n", "STATUS:CANCELLED\n")
    found = read_announcement(mail(calendar(EVENT + second)))
    assert [(one.uid, one.summary, one.cancelled) for one in found] == [
        ("w1", "Card swap", False), ("w2", "Work", True),
    ]  # fmt: skip
    (alone,) = read_announcement(calendar(second))
    assert alone.summary == "announced without a word of what"


def test_a_cancellation_is_told_as_one() -> None:
    (one,) = read_announcement(calendar(head="METHOD:CANCEL\n"))
    assert one.cancelled


def test_text_from_outside_is_made_harmless() -> None:
    (one,) = read_announcement(calendar(EVENT.replace("Card swap", "\x1b[2J red\\n<b>" + "x" * 5_000)))
    assert one.summary.startswith("[2J red <b>xxx")
    assert len(one.summary) == 2_000


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"x" * (MOST_BYTES + 1), "has more than 2,000,000 bytes: so many are read"),
        (b"", "neither a mail nor a calendar"),
        (b"From here on\nnothing", "neither a mail nor a calendar"),
        (mail(b"no calendar"), "its calendar can't be read"),
        (b"Subject: x\nDate: Tue, 28 Apr 2026 09:00:00 +0200\n\nStart: tomorrow",
         "times in words are not guessed at: "
         r"give --from and --to \(it was sent Tue, 28 Apr 2026 09:00:00 \+0200\)"),
        (calendar(""), "holds no event"),
        (calendar(EVENT * 101), "holds 101 events: at most 100"),
        (calendar(EVENT.replace("SUMMARY", "RRULE:FREQ=WEEKLY\nSUMMARY")), "'Card swap' repeats"),
        (calendar(EVENT.replace("20260503T010000Z", "20260503T010000")), "begins has no zone"),
        (calendar(EVENT.replace("START:20260503T010000Z", "START;VALUE=DATE:20260503")), "begins on a day"),
        (calendar(EVENT.replace("DTSTART:20260503T010000Z\n", "")), "it isn't said when it begins"),
        (calendar(EVENT.replace("DTEND:20260503T030000Z\n", "")), "it isn't said when it ends"),
        (calendar(EVENT.replace("20260503T030000Z", "20260503T010000Z")), "ends before it begins"),
        (calendar(EVENT.replace("20260503T030000Z", "banana")), "Card swap|can't be read"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_with_the_way_out(data: bytes, said: str) -> None:
    with pytest.raises(AnnouncementError, match=said):
        read_announcement(data)


@settings(max_examples=60)
@given(st.integers(0, 300), st.binary(max_size=12), st.booleans())
def test_no_spoilt_file_does_anything_but_be_read_or_refused(
    place: int, spoilt: bytes, as_mail: bool
) -> None:
    data = mail(calendar()) if as_mail else calendar()
    place = min(place, len(data))
    try:
        found = read_announcement(data[:place] + spoilt + data[place + len(spoilt) :], "UTC")
    except AnnouncementError:
        return
    assert all(one.start_ms < one.end_ms for one in found)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"From: a\n" + b"Content-Type: message/rfc822\n\n" * 20_000, "no mail that can be read"),
        (b"From: a\nContent-Type: text/calendar" + b"; a=b" * 200_000 + b"\n\nx", "Content-Type is longer"),
        (b"From: a\nSubject: " + b"=?utf-8?q?a?=\n " * 50_000 + b"\n\nx", "Subject is longer than 2,000"),
        (b"From: a\nContent-Type: text/calendar; x=" + b"(" * 1_900 + b"\n\nx", "no mail that can be read"),
        (b"From: a\nContent-Type: multipart/mixed; boundary=b\n\n"
         + b"--b\nContent-Type: text/calendar\n\nx\n" * 21, "more than 20 calendars"),
    ],
)  # fmt: skip
def test_a_mail_made_to_keep_its_reader_busy_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(AnnouncementError, match=said):
        read_announcement(data)


def test_headers_that_are_not_looked_into_may_be_long() -> None:
    headers = "To: " + "a@example.com, " * 10_000 + "a@example.com\n"
    assert len(read_announcement(mail(calendar(), headers))) == 1
