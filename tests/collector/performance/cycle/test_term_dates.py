"""A contract's term: when it ends, how it renews, and the last day for notice."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from collector.performance.cycle.term_dates import dates, later
from config.settings import Active, Circuit, Term


def circuit(active_until: date | None = None, **term: str) -> Circuit:
    said: dict[str, Any] = {
        "term": Term.model_validate(term) if term else None,
        "active": Active.model_construct(start=None, until=active_until),
    }
    return Circuit.model_construct(**said)


@pytest.mark.parametrize(
    ("term", "today", "until", "renewed", "notice", "stage"),
    [
        ({"notice": "90d", "renews": "12mo"}, "2026-01-01", "2026-12-31", 0, "2026-10-02", "later"),
        ({"notice": "90d", "renews": "12mo"}, "2026-06-04", "2026-12-31", 0, "2026-10-02", "120"),
        ({"notice": "90d", "renews": "12mo"}, "2026-10-02", "2026-12-31", 0, "2026-10-02", "30"),
        ({"notice": "90d", "renews": "12mo"}, "2026-10-03", "2026-12-31", 0, "2026-10-02", "over"),
        ({"notice": "90d", "renews": "12mo"}, "2027-01-01", "2027-12-31", 1, "2027-10-02", "later"),
        ({"notice": "3mo", "renews": "1y"}, "2028-07-20", "2028-12-31", 2, "2028-09-30", "90"),
        ({"notice": "30d"}, "2027-03-01", "2026-12-31", 0, "2026-12-01", "over"),
        ({"renews": "1mo"}, "2026-12-15", "2026-12-31", 0, "2026-12-31", "30"),
        ({"notice": "60d", "renews": "1mo"}, "2026-12-15", "2027-02-28", 2, "2026-12-30", "30"),
        ({}, "2026-11-15", "2026-12-31", 0, None, "60"),
    ],
)
def test_a_term_is_rolled_forward_and_its_notice_is_the_last_day_in_time(
    term: dict[str, str], today: str, until: str, renewed: int, notice: str | None, stage: str
) -> None:
    found = dates(circuit(None, until="2026-12-31", **term), date.fromisoformat(today))
    assert found is not None
    assert (found.until.isoformat(), found.renewed) == (until, renewed)
    assert (found.notice_by and found.notice_by.isoformat()) == notice
    assert found.stage(date.fromisoformat(today)) == stage


def test_without_a_term_or_out_of_service_there_is_none() -> None:
    assert dates(circuit(), date(2026, 1, 1)) is None
    assert dates(circuit(notice="90d"), date(2026, 1, 1)) is None
    assert dates(circuit(date(2026, 1, 31), until="2026-12-31"), date(2026, 2, 1)) is None


@pytest.mark.parametrize(
    ("day", "span", "times", "found"),
    [
        ("2026-01-31", "1mo", 1, "2026-02-28"),
        ("2028-02-29", "1y", 1, "2029-02-28"),
        ("2026-03-01", "12mo", -1, "2025-03-01"),
        ("2026-01-10", "2w", -1, "2025-12-27"),
    ],
)
def test_months_end_with_their_last_day(day: str, span: str, times: int, found: str) -> None:
    assert later(date.fromisoformat(day), span, times).isoformat() == found
