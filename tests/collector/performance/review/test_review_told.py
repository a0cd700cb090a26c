"""How a pack tells of its time: whose money it is, what is over, one shape everywhere, nothing of ours."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from collector.analysis.finding import Finding
from collector.analysis.forecast import BudgetForecast, TierAhead
from collector.analysis.ratings import Rated, Rating
from collector.analysis.recommendation import Recommendation
from collector.claiming.book import claims_now
from collector.performance.advice.recommendations import recommendations
from collector.performance.cycle.looking import Looked
from collector.performance.kpis.as_json import kpi_json, year_json
from collector.performance.kpis.kpis import kpis_now, yearly
from collector.performance.kpis.look import KpiNow
from collector.performance.review.as_json import as_json
from collector.performance.review.blocks import blocks
from collector.performance.review.headline import headline
from collector.performance.review.kpi_words import told_of
from collector.performance.review.pack import Pack
from collector.performance.review.review import review
from collector.performance.review.theirs import Eyes, narrowed
from collector.performance.scorecards.as_json import card_json
from collector.reports.review.as_html import as_html
from collector.sla.calendar import parse_period
from collector.text_blocks import plain
from config.kpis import Kpi
from config.settings import Settings
from tests.collector.claiming.estate import DAY_MS, OVER_MS
from tests.collector.performance.review.reviewed import desk, reviewed

LABEL = "2026-01"
KPIS = {
    "up": Kpi.model_validate(
        {"name": "Availability", "measure": "availability", "over": "month", "target": ">= 99.9%",
         "owner": "ann", "serves": "to know whom to leave", "because": "they were too good for it"}
    ),
    "rtt": Kpi.model_validate({"measure": "rtt", "over": "month", "target": "<= 1ms", "services": ["dia"]}),
    "load": Kpi.model_validate({"measure": "utilisation", "over": "month", "target": "<= 70%"}),
}  # fmt: skip


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return reviewed(tmp_path_factory.mktemp("told")).model_copy(update={"kpis": KPIS})


@pytest.fixture(scope="module")
def ours(settings: Settings) -> Pack:
    return review(desk(settings), LABEL)


def everything(pack: Pack) -> str:
    return f"{as_json(pack)}\n{as_html(pack)}\n{plain(list(blocks(pack)))}"


# --- whose month it is


@pytest.mark.parametrize(
    ("label", "zone", "within"),
    [
        ("2025-06", "UTC", False),
        ("2025-07", "UTC", True),
        ("2025-09", "America/New_York", True),
        ("2025-09", "Asia/Singapore", True),
        ("2025-10", "Asia/Singapore", False),
    ],
)
def test_the_money_of_a_month_is_that_of_the_quarter_it_is_in_whatever_its_zone(
    settings: Settings, label: str, zone: str, within: bool
) -> None:
    month = parse_period(label, zone, OVER_MS)
    quarter = parse_period("2025-Q3", "Europe/London", OVER_MS)
    one = claims_now(settings, desk(settings).reader, OVER_MS)[0]
    one = replace(one, start_ms=month.start_ms, end_ms=month.end_ms, zone=zone)
    assert one.ended_within(quarter.start_ms, quarter.end_ms, "Europe/London") is within


def test_what_lacks_a_ticket_has_not_lapsed_while_one_can_still_be_written_down(settings: Settings) -> None:
    soon, late = (review(desk(settings, OVER_MS + days * DAY_MS), LABEL).returned for days in (1, 200))
    assert soon is not None
    assert late is not None
    assert [one.by_currency["GBP"].open for one in (soon, late)] == [Decimal("60.00"), Decimal(0)]
    assert [one.by_currency["GBP"].lapsed for one in (soon, late)] == [Decimal(0), Decimal("60.00")]


# --- what is to be done, and what was


def test_what_is_over_when_the_pack_is_made_is_told_last_and_never_as_to_do(settings: Settings) -> None:
    pack = review(desk(settings, OVER_MS + 200 * DAY_MS), LABEL)
    assert pack.was_to_do
    assert {one.until for one in pack.to_do if one.until and one.until < date(2026, 8, 20)} == set()
    told = as_json(pack)["recommendations"]
    assert [one["over"] for one in told] == sorted(one["over"] for one in told)
    assert "Arose in this time, and over by now" in as_html(pack)
    assert not any(one.text in "\n".join(pack.headline) for one in pack.was_to_do)


def test_the_newest_month_that_is_over_has_what_is_open_until_the_next_one_ends(settings: Settings) -> None:
    """28 days of February are over long before March is."""
    at = desk(settings, OVER_MS + 56 * DAY_MS)
    opened = {one.key for one in recommendations(at) if not one.dismissed_by}
    assert opened
    assert opened <= {one.key for one in review(at, "2026-02").to_do}


def test_a_day_that_an_order_names_is_not_said_twice(ours: Pack) -> None:
    order = Recommendation(
        "claim:x:y", "claim", "soon", "acme", (), "Claim it by 9 March 2026", "r", (), date(2026, 3, 9)
    )
    bare = replace(ours, recommendations=(order,), over=frozenset(), actions=(), goals=())
    assert list(headline(bare))[-1] == "Next: Claim it by 9 March 2026."
    other = replace(bare, recommendations=(replace(order, text="Claim it"),))
    assert list(headline(other))[-1] == "Next: Claim it, by 9 March 2026."


def test_a_change_that_went_back_is_not_the_greatest(ours: Pack) -> None:
    worse = next(one for one in ours.anomalies if one.finding.circuit == "lon-acme")
    back = replace(worse.finding, at_ms=worse.finding.at_ms + DAY_MS, before=0.034, after=0.021)
    mended = replace(worse, anomaly=replace(worse.anomaly, finding=back))
    assert any("greatest change: lon-acme" in one for one in headline(replace(ours, anomalies=(worse,))))
    assert not any("greatest" in one for one in headline(replace(ours, anomalies=(worse, mended))))


def test_the_credits_ahead_of_a_budget_are_told(ours: Pack) -> None:
    tier = TierAhead(1_380, Fraction("59.38"), "EUR", "below 99.95%")
    budget = BudgetForecast(
        *("lon-acme", "gold", "availability", "2026-02", 1_339, 0, 1.0),
        *(None, None, None, (tier,), None),
    )  # fmt: skip
    assert "23 min more: 59.38 EUR" in as_html(replace(ours, budgets=(budget,)))


# --- key figures


def test_a_years_pack_says_which_key_figures_told_nothing(settings: Settings) -> None:
    pack = review(desk(settings), "2026")
    assert pack.kpi_years == tuple(yearly(desk(settings), 2026))
    assert as_json(pack)["kpi_years"] == [year_json(one) for one in pack.kpi_years]
    assert "What a year of them told" in as_html(pack)
    assert "A year of key figures" in plain(list(blocks(pack)))
    assert not review(desk(settings), LABEL).kpi_years


def rated(of: str, rating: Rating, kpi: str = "up") -> Rated:
    return Rated(kpi, of, 99.0, "%", rating, 99.9, None, f"Availability of {of} 99%")


def test_many_circuits_that_are_amiss_are_one_line(ours: Pack) -> None:
    one: KpiNow = next(one for one in ours.kpis if one.key == "up")
    bad = [rated(f"c{number}", "critical" if not number else "warning") for number in range(7)]
    few, many = (replace(one, each=tuple(bad[:count])) for count in (6, 7))
    assert told_of(few).endswith("; 5 more circuits are amiss: c1, c2, c3, c4 and c5")
    assert told_of(many).endswith("; 6 more circuits are amiss: c1, c2, c3, c4 and 2 others")


def test_a_goal_may_name_a_circuit_that_the_key_figure_of_the_same_name_is_not_about(
    settings: Settings,
) -> None:
    looked = Looked(desk(settings))
    assert looked.circuits("rtt", ["lon-acme"], "acme") == ("lon-acme",)
    assert looked.circuits("rtt", [], "acme") == ()


# --- one shape


def test_what_the_api_tells_by_itself_reads_the_same_in_the_pack(settings: Settings, ours: Pack) -> None:
    told = as_json(ours)
    assert told["scorecard"] == [card_json(one) for one in ours.scorecards]
    assert told["kpis"] == [kpi_json(one) for one in kpis_now(desk(settings), at_ms=ours.as_of_ms)]


# --- for a carrier's eyes


@pytest.fixture(scope="module")
def theirs(settings: Settings) -> Pack:
    return review(desk(settings), LABEL, "acme")


def test_a_carrier_is_not_told_how_it_is_rated_nor_what_we_do_next(theirs: Pack) -> None:
    told: dict[str, Any] = as_json(theirs)
    for card in told["scorecard"]:
        assert (card["rank"], card["tier"], card["tier_reason"]) == (None, None, "")
        assert {(one["points"], one["weight"]) for one in card["figures"]} == {(None, 0)}
    assert {(one["next_step"], one["lapses"]) for one in told["claims"]} == {("", None)}
    assert {one["credit"] for one in told["breaches"]} == {None}
    assert not any("forecasts" in one for one in theirs.missing)


def test_a_carriers_key_figures_are_of_its_own_circuits_and_say_nothing_of_us(
    settings: Settings, theirs: Pack
) -> None:
    (one,) = theirs.kpis
    own = Eyes(settings, "acme").circuits
    assert {each.of for each in one.each} == own
    assert one.whole.circuits == len(own)
    for ours in ("to know whom to leave", "too good for it"):
        assert ours not in everything(theirs)


def test_growth_that_a_carrier_would_sell_to_is_left_out(settings: Settings, ours: Pack) -> None:
    one = next(one for one in ours.anomalies if one.finding.circuit == "lon-acme")
    full = Finding(
        *("lon-acme", "utilisation", "shift", one.finding.at_ms, None),
        *(0.2, 0.8, 9.0, one.finding.known_ms),
    )  # fmt: skip
    wide = replace(ours, anomalies=(one, replace(one, anomaly=replace(one.anomaly, finding=full))))
    assert [each.finding.metric for each in narrowed(wide, Eyes(settings, "acme")).anomalies] == ["rtt"]


def test_a_day_on_the_terminal_is_as_short_as_its_file(settings: Settings, tmp_path: Path) -> None:
    told = plain(list(blocks(review(desk(settings), "2026-01-10"))))
    assert "In a minute" in told
    assert "Scorecard" not in told
    assert "\nGoals" not in told
