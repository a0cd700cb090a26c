"""What lies near a finding."""

from __future__ import annotations

import pytest

from collector.analysis.finding import Finding
from collector.analysis.near import Event, Kind, near

MINUTE = 60_000
AT = 1_000 * MINUTE


def finding(at_ms: int = AT) -> Finding:
    return Finding("lon-acme", "rtt", "shift", at_ms, None, 0.021, 0.034, 9.0, at_ms)


@pytest.mark.parametrize(
    ("kind", "begin", "end", "how", "apart"),
    [
        ("outage", -60, 30, "during", 0),
        ("outage", 5, 30, "during", 0),  # the five minutes in which it began
        ("outage", -60, -20, "after", 20),
        ("outage", -60, -3, "end", 0),
        ("outage", -60, 4, "end", 0),
        ("outage", -12, 3, "during", 0),
        ("outage", -300, -121, None, 0),
        ("outage", 20, 30, "before", 20),
        ("outage", 31, 60, None, 0),
        ("maintenance", -60, 60, "during", 0),
        ("restart", 5, 5, "at", 0),
        ("restart", -30, -30, "after", 30),
        ("route", 2, 2, "at", 0),
    ],
)
def test_an_event_lies_to_a_finding(kind: Kind, begin: int, end: int, how: str | None, apart: int) -> None:
    told = near(finding(), [Event(kind, AT + begin * MINUTE, AT + end * MINUTE)])
    assert [(one.how, one.apart_ms // MINUTE) for one in told] == ([] if how is None else [(how, apart)])


def test_the_likeliest_explanation_comes_first() -> None:
    far = Event("outage", AT - 100 * MINUTE, AT - 60 * MINUTE)
    work = Event("maintenance", AT - 100 * MINUTE, AT + MINUTE * 60)
    close = Event("outage", AT - 50 * MINUTE, AT - 15 * MINUTE)
    over = Event("outage", AT - 50 * MINUTE, AT)
    assert [one.event for one in near(finding(), [far, close, work, over])] == [over, work, close, far]
