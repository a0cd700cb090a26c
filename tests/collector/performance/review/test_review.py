"""The pack of a review: what it gathers, and that a carrier's pack names nobody else."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from collector.performance.advice.recommendations import recommendations
from collector.performance.advice.returned import returned
from collector.performance.cycle.goals import goals
from collector.performance.nightly.anomalies import anomalies
from collector.performance.review.as_json import as_json
from collector.performance.review.blocks import blocks
from collector.performance.review.headline import MOST
from collector.performance.review.pack import Pack
from collector.performance.review.review import review
from collector.performance.scorecards.scorecards import cards
from collector.reports.review.as_html import as_html
from collector.reports.review.rendering import file_name, subject, text
from collector.text_blocks import plain
from collector.web.api.review_schema import REVIEW
from config.settings import Settings
from tests.clock import FakeClock
from tests.collector.claiming.estate import DAY_MS, OVER_MS, written
from tests.collector.ledgers import ledger_at
from tests.collector.performance.review.reviewed import ACME_SAYS, BETA_SAYS, desk, reviewed
from tests.collector.test_statements import JANUARY_MS

LABEL = "2026-01"
OF_BETA = re.compile(r"beta|B77|silver", re.IGNORECASE)
OF_ACME = re.compile(r"acme|CX/|A-100|gold", re.IGNORECASE)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return reviewed(tmp_path_factory.mktemp("reviewed"))


@pytest.fixture(scope="module")
def ours(settings: Settings) -> Pack:
    return review(desk(settings), LABEL)


@pytest.fixture(scope="module")
def theirs(settings: Settings) -> Pack:
    return review(desk(settings), LABEL, "acme")


def everything(pack: Pack) -> str:
    """All that a reader of any form could see."""
    document = json.dumps(as_json(pack), ensure_ascii=False)
    return "\n".join([document, as_html(pack), plain(list(blocks(pack))), text(pack), subject(pack)])


def test_each_part_is_what_its_owner_says(settings: Settings, ours: Pack) -> None:
    at = desk(settings)
    assert ours.scorecards == tuple(cards(at, LABEL))
    assert ours.goals == tuple(goals(at))
    assert [one.anomaly for one in ours.anomalies] == anomalies(at, ours.period.start_ms, ours.period.end_ms)
    assert ours.returned == returned(at, ours.period.start_ms, ours.period.end_ms)
    assert {one.key for one in ours.recommendations} >= {one.key for one in recommendations(at)}


def test_the_broken_promises_come_with_the_worst_first(ours: Pack) -> None:
    assert [one.scope for one in ours.breaches] == ["par-acme", "lon-acme", "ams-acme", "lon-beta"]
    assert ours.headline[0].startswith("4 promises broken on 4 circuits, the worst par-acme, 2026-01")


def test_the_headline_is_read_in_a_minute(ours: Pack) -> None:
    assert 3 <= len(ours.headline) <= MOST
    assert all(one.endswith(".") for one in ours.headline)
    assert "1 action is overdue: “change the card”." in ours.headline


def test_downtime_stands_beside_that_of_the_period_before(ours: Pack) -> None:
    acme = next(one for one in ours.downtime if one.carrier == "acme")
    assert (acme.outages, acme.worst, acme.before_outages) == (3, "par-acme", 0)
    assert acme.down_ms == (60 + 100 + 30) * 600_000
    assert "Acme Networks plc: 3 outages, 1 d 7 h down" in ours.changed


def test_a_time_before_the_first_measurement_is_no_time_without_outages(
    settings: Settings, ours: Pack
) -> None:
    assert ours.changed[0] == "nothing was measured the month before: there is nothing to compare with"
    assert "the month before isn't known" in as_html(ours)
    february = review(desk(settings, OVER_MS + 28 * DAY_MS), "2026-02")
    assert february.before_known
    assert "Acme Networks plc: no outage; 3 outages, 1 d 7 h down the month before" in february.changed


def test_a_finding_brings_the_days_around_it(ours: Pack) -> None:
    one = next(one for one in ours.anomalies if one.finding.circuit == "lon-acme")
    assert "RTT rose from 21 to 34 ms" in one.sentence
    assert [day.day for day, _, _ in one.days] == list(range(1, 21))


def test_thanks_are_what_people_said_and_the_reply_is_kept(ours: Pack, theirs: Pack) -> None:
    assert "repairs were quick" in ours.thanks
    assert [one.reply for one in ours.said] == [ACME_SAYS, BETA_SAYS]
    assert [one.reply for one in theirs.said] == [ACME_SAYS]


def test_a_carriers_pack_names_no_other_carrier_and_no_circuit_of_one(
    settings: Settings, theirs: Pack
) -> None:
    assert not OF_BETA.findall(everything(theirs))
    assert not OF_ACME.findall(everything(review(desk(settings), LABEL, "beta")))


def test_a_carriers_pack_has_nothing_of_our_own_affairs(theirs: Pack) -> None:
    assert (theirs.recommendations, theirs.terms, theirs.practices, theirs.crossings) == ((), (), (), ())
    assert theirs.process is None
    assert theirs.returned is None
    assert all(one.state == "submitted" for one in theirs.claims)
    assert all(card.rank is None and not card.due and not card.fairness for card in theirs.scorecards)
    assert all(figure.best is None for card in theirs.scorecards for figure in card.figures)


def test_a_carrier_sees_the_goals_that_it_agreed_to_with_the_reason_of_each_change(theirs: Pack) -> None:
    (goal,) = theirs.goals
    assert (goal.what, goal.agreed) == ("availability kept", True)
    assert [one.reason for one in goal.changes][-1] == "the ring is built in summer"
    assert [one.what for one in theirs.actions] == ["change the card"]
    assert "the ring is built in summer" in as_html(theirs)


def test_feedback_that_names_another_carrier_stays_with_us(ours: Pack, theirs: Pack) -> None:
    assert len(ours.feedback) == 2
    assert [one.text for one in theirs.feedback] == ["calls broke off"]


def test_the_document_has_what_the_schema_promises(ours: Pack, theirs: Pack) -> None:
    for pack in (ours, theirs):
        told = as_json(pack)
        assert set(REVIEW["required"]) <= set(told)
        for name in ("scorecard", "goals", "actions", "recommendations", "anomalies"):
            assert isinstance(told[name], list)
    assert len(as_json(ours)["scorecard"]) == 2
    assert as_json(theirs)["carrier"] == "acme"


def test_the_html_says_the_figures_of_its_parts(ours: Pack) -> None:
    html = as_html(ours)
    told = [one.measured for one in ours.breaches] + [one.sentence for one in ours.anomalies]
    told += [one.text for one in ours.recommendations][:3] + list(ours.changed)
    assert [one for one in told if _escaped(one) not in html] == []
    assert html.count('class="chart chart-interval"') > 5
    assert "<script" not in html
    assert "http-equiv" in html


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("'", "&#39;").replace(">", "&gt;").replace("<", "&lt;")


@pytest.mark.parametrize(("label", "parts"), [("2026-01-10", "What changed"), ("2026-W02", "Actions")])
def test_a_day_and_a_week_have_packs_of_their_own(settings: Settings, label: str, parts: str) -> None:
    html = as_html(review(desk(settings), label))
    assert parts in html
    assert "How we worked" not in html


@pytest.mark.parametrize("label", ["2025-11", "2026-01-05..2026-01-08"])
def test_a_time_of_which_little_is_known_says_so_and_never_fails(settings: Settings, label: str) -> None:
    pack = review(desk(settings), label)
    assert as_html(pack)
    assert plain(list(blocks(pack)))
    if label == "2025-11":
        assert not pack.breaches
        assert "No circuit was down." not in pack.headline


def test_an_empty_ledger_says_that_nothing_was_measured(tmp_path: Path) -> None:
    settings = written(tmp_path)
    with ledger_at(settings.ledger.path, FakeClock()):
        pass
    pack = review(desk(settings), LABEL)
    assert "nothing was measured in this time" in pack.missing
    assert "Nothing was measured in this time." in as_html(pack)


def test_a_period_that_runs_is_told_so_far(settings: Settings) -> None:
    pack = review(desk(settings, JANUARY_MS + 20 * DAY_MS), LABEL)
    assert (pack.closed, pack.as_of_ms) == (False, JANUARY_MS + 20 * DAY_MS)
    assert "so far" in as_html(pack)


def test_what_cannot_be_reviewed_is_refused(settings: Settings) -> None:
    with pytest.raises(LookupError, match="did you mean 'acme'"):
        review(desk(settings), LABEL, "acmee")
    with pytest.raises(ValueError, match="is not a period"):
        review(desk(settings), "someday")


def test_files_are_named_by_period_and_carrier(ours: Pack, theirs: Pack) -> None:
    assert file_name(ours, "html") == "linkledger-review-2026-01.html"
    assert file_name(theirs, "pdf") == "linkledger-review-2026-01-acme.pdf"


def test_hostile_words_are_only_words(settings: Settings, ours: Pack) -> None:
    hostile: dict[str, Any] = {"headline": ("<script>alert(1)</script>",), "carrier_name": "<img>"}
    html = as_html(replace(ours, **hostile))
    assert "<script>" not in html
