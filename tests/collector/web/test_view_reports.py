"""Reports: what there is to read, for which carrier, and what became of those that are sent."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from collector.web.views import reports
from collector.web.views.view import BadRequest, ReportsNow
from tests.collector.claiming.estate import DAY_MS, OVER_MS
from tests.collector.test_statements import JANUARY_MS
from tests.collector.web.booked import Booked
from tests.collector.web.desks import HOSTILE, Seen, asked, desk

JANUARY = SimpleNamespace(label="2026-01", from_ms=JANUARY_MS, to_ms=JANUARY_MS + 31 * DAY_MS, closed=True)


def delivery(**more: Any) -> SimpleNamespace:  # noqa: ANN401
    usual = {"name": "monthly", "every": "month", "formats": ("html", "pdf"), "to": ("cfo@acme.example",),
             "period": "2026-01", "state": "sent", "at_ms": OVER_MS, "next_ms": None}  # fmt: skip
    return SimpleNamespace(**{**usual, "failures": 0, "why": "", **more})


def test_each_period_has_a_link_for_each_form_and_keeps_the_carrier(booked: Booked) -> None:
    request = asked("/reports", query={"carrier": "acme"}, reports=ReportsNow((JANUARY,), (), True))
    (period,) = reports.page(desk(booked), request).periods
    assert period.links == tuple((form, f"/reports/2026-01.{form}?carrier=acme") for form in reports.FORMS)


def test_without_the_extra_there_is_no_link_to_a_pdf_and_it_is_said_why(booked: Booked) -> None:
    seen = Seen(reports.draw(desk(booked), asked("/reports", reports=ReportsNow((JANUARY,)))))
    assert not [one for one in seen.links if ".pdf" in one]
    assert "PDF needs the extra linkledger[pdf]" in seen.text


def test_a_failed_delivery_says_why_and_when_it_is_tried_again(booked: Booked) -> None:
    failed = delivery(state="failed", failures=3, why="mail server said 535", next_ms=OVER_MS + 60_000)
    seen = Seen(reports.draw(desk(booked), asked("/reports", reports=ReportsNow((), (failed, delivery())))))
    assert "✗ failed" in seen.text
    assert "mail server said 535 3 times" in seen.text
    assert "in 1 min" in seen.text


def test_with_nothing_to_show_it_says_what_would_bring_something(booked: Booked) -> None:
    seen = Seen(reports.draw(desk(booked), asked("/reports")))
    assert "There is nothing to report yet" in seen.text
    assert "No report is sent by itself" in seen.text


def test_a_carrier_that_is_none_is_refused(booked: Booked) -> None:
    with pytest.raises(BadRequest, match="did you mean 'acme'"):
        reports.page(desk(booked), asked("/reports", query={"carrier": "acmee"}))


def test_hostile_names_are_only_words(booked: Booked) -> None:
    told = ReportsNow((JANUARY,), (delivery(name=HOSTILE, why=HOSTILE, to=(HOSTILE,)),), True)
    assert Seen(reports.draw(desk(booked), asked("/reports", reports=told))).harmless
