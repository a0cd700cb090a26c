"""Deadlines of a stored statement."""

from __future__ import annotations

from typing import Any

import pytest

from collector.claiming.dates import Deadlines, deadlines, instant, period_of_statement
from collector.notebook.book import Notebook
from collector.sla.calendar import rfc3339
from config.contract import Contract
from config.settings import Settings
from tests.collector.claiming.made import JANUARY, Shelf, statement
from tests.collector.test_statements import JANUARY_MS

EMPTY = Notebook(())
OUTAGES = [
    {"from": f"2026-01-{start}:00:00Z", "to": f"2026-01-{end}:00:00Z", "counted_seconds": counted,
     "tickets": ids}
    for start, end, counted, ids in (
        ("02T09", "03T01", 60, ["T2", "T1"]), ("10T09", "10T10", 0, ["T3"]), ("30T09", "31T10", 9, []),
    )
]  # fmt: skip


def by_outage(settings: Settings, start: str | None) -> Contract:
    gold = settings.contracts["gold"]
    assert gold.claim is not None
    claim = gold.claim.model_copy(update={"start": start, "submit_within": "5d"})
    return gold.model_copy(update={"claim": claim})


@pytest.mark.parametrize(
    ("start", "days"),
    [
        (None, ["2026-01-06T00:00:00Z"]),
        ("period_end", ["2026-01-06T00:00:00Z"]),
        ("outage_start", ["2026-01-06T00:00:00Z", "2026-01-08T00:00:00Z", "2026-02-05T00:00:00Z"]),
        ("restoration", ["2026-01-06T00:00:00Z", "2026-01-09T00:00:00Z", "2026-02-06T00:00:00Z"]),
        ("ticket_closed", ["2026-01-06T00:00:00Z", "2026-01-10T00:00:00Z"]),
        ("published", ["2026-01-06T00:00:00Z"]),
    ],
)
def test_outages_have_their_own_deadlines_where_the_contract_dates_them_singly(
    settings: Settings, start: str | None, days: list[str]
) -> None:
    shelf = Shelf()
    for number, closed in (("T1", "2026-01-20T09:00:00Z"), ("T2", "2026-01-04T09:00:00Z")):
        shelf.note("ticket", id=number, carrier="acme", circuits=("lon-acme",), opened="2026-01-02T10:00:00Z",
                   closed=closed)  # fmt: skip
    told = statement(outages=OUTAGES, claim={"submit_deadline": "2026-01-06T00:00:00Z"})
    found = deadlines(told, JANUARY, by_outage(settings, start), Notebook(shelf.notes()))
    assert [rfc3339(one) for one in found.submits_ms] == days


def test_a_statement_without_a_deadline_has_none_and_a_contract_that_is_gone_leaves_the_stored_one(
    settings: Settings,
) -> None:
    told = statement(
        outages=OUTAGES, claim={"submit_deadline": None, "ticket_deadline": "2026-01-05T00:00:00Z"}
    )
    found = deadlines(told, JANUARY, by_outage(settings, "outage_start"), EMPTY)
    assert found == Deadlines(instant("2026-01-05T00:00:00Z"), (), None)
    told = statement(claim={"submit_deadline": "2026-03-03T00:00:00Z"})
    assert deadlines(told, JANUARY, None, EMPTY).submits_ms == (instant("2026-03-03T00:00:00Z"),)


@pytest.mark.parametrize(
    ("chronic", "until"),
    [
        (None, None),
        ({"triggered": False, "notice": "30d"}, None),
        ({"triggered": True, "notice": None}, None),
        ({"triggered": True, "notice": "30d"}, "2026-03-03T00:00:00Z"),
        ({"triggered": True, "notice": "5bd"}, "2026-02-07T00:00:00Z"),
    ],
)
def test_a_chronic_failures_right_lasts_for_its_notice_after_the_period(
    settings: Settings, chronic: dict[str, Any] | None, until: str | None
) -> None:
    told = statement(chronic=chronic)
    for contract in (settings.contracts["gold"], None):
        assert deadlines(told, JANUARY, contract, EMPTY).notice_ms == instant(until)


@pytest.mark.parametrize(
    ("now", "submit", "over"),
    [(9, 10, False), (10, 20, False), (19, 20, False), (20, 20, True), (21, 20, True)],
)
def test_the_next_deadline_is_told_and_the_last_one_ends_it(now: int, submit: int, over: bool) -> None:
    dates = Deadlines(None, (10, 20), None)
    assert (dates.submit_ms(now), dates.is_over(now)) == (submit, over)
    assert (Deadlines(None, (), None).submit_ms(now), Deadlines(None, (), None).is_over(now)) == (None, False)


def test_a_statements_period_is_cut_in_its_own_zone() -> None:
    told = {"period": {"timezone": "Europe/London"}}
    assert period_of_statement(told, "2026-01", JANUARY_MS, 5).zone == "Europe/London"
    assert period_of_statement({}, "2026-01", JANUARY_MS, 5).zone == "UTC"
