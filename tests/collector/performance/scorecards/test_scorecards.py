"""Scorecards of a period, out of a ledger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from collector.analysis.readings import Day
from collector.clerk import Desk
from collector.ledger.analysed import put_days
from collector.ledger.opening import editing
from collector.performance.scorecards.as_json import card_json
from collector.performance.scorecards.period_statements import period_statements
from collector.performance.scorecards.scorecards import cards, scored
from collector.performance.scorecards.works import works
from tests.collector.performance.scorecards.made_statements import (
    MONTHS,
    SITES,
    desk,
    issue,
    note,
    quiet,
    statement,
)

BAD = [
    statement(f"{site}-bolt", month, (f"{month}-05T10:00:00Z", 7200), (f"{month}-20T10:00:00Z", 7200))
    for month in MONTHS
    for site in SITES
]
Made = Callable[..., Desk]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Acme without a fault, Bolt with two a month on each circuit; nobody writes to it."""
    return desk(tmp_path_factory.mktemp("shared"), [*quiet("acme"), *BAD])


def value(at: Desk, label: str, carrier: str, figure: str) -> float | None:
    (card,) = cards(at, label, carrier)
    found = card.figure(figure)
    return found.value if found else None


@pytest.mark.parametrize("label", ["2026-Q1", "2026", "2026-03"])
def test_who_is_clearly_better_ranks_first_in_every_kind_of_period(shared: Desk, label: str) -> None:
    found = cards(shared, label)
    assert [(one.carrier, one.rank_text, one.of) for one in found] == [("acme", "1", 2), ("bolt", "2", 2)]
    assert (found[0].service, found[0].period) == ("dia", label)


def test_a_carriers_own_card_is_the_same_as_among_all(shared: Desk) -> None:
    assert cards(shared, "2026-Q1", "bolt") == [cards(shared, "2026-Q1")[1]]
    assert cards(shared, "2026-Q1", service="dia") == cards(shared, "2026-Q1")
    assert cards(shared, "2026-Q1", service="wave") == []


def test_a_quarters_figures_are_those_of_its_months(shared: Desk) -> None:
    assert value(shared, "2026-Q1", "bolt", "mttr") == 7200
    assert value(shared, "2026-Q1", "bolt", "breaches") == 1
    assert value(shared, "2026-Q1", "bolt", "outages") == pytest.approx(6 / (90 / 30), rel=0.01)
    assert value(shared, "2026-Q1", "acme", "availability") == 1


def test_a_fault_is_a_repeat_of_one_in_the_month_before(shared: Desk) -> None:
    found = [one for one in scored(shared, "2026-01").repeats if one.circuit == "lon-bolt"]
    assert [one.before.start_ms // 86_400_000 for one in found] == [
        (date(2025, 12, 20) - date(1970, 1, 1)).days, (date(2026, 1, 5) - date(1970, 1, 1)).days,
    ]  # fmt: skip


def test_the_trend_is_over_quarters_that_have_statements(shared: Desk) -> None:
    figure = cards(shared, "2026-Q1", "bolt")[0].figure("mttr")
    assert figure is not None
    assert figure.trend == (("2025-Q4", 7200.0), ("2026-Q1", 7200.0))


def test_months_without_a_statement_are_said(tmp_path: Path) -> None:
    at = desk(tmp_path, quiet("acme", "bolt", months=["2026-01", "2026-02"]))
    said = "No statement is issued yet for 2026-03: it isn't in the figures."
    assert said in cards(at, "2026-Q1")[0].fairness
    assert not period_statements(at, "2026-Q1", at.settings.circuits, 9).settled
    assert period_statements(at, "2026-01", at.settings.circuits, 9).settled


def test_a_period_that_is_none_is_refused(shared: Desk) -> None:
    with pytest.raises(ValueError, match="is not a period"):
        cards(shared, "2026-Q5")


def test_a_period_without_statements_has_no_cards(shared: Desk) -> None:
    assert cards(shared, "2024") == []


def test_it_is_kept_until_something_is_written(tmp_path: Path) -> None:
    at = desk(tmp_path, quiet("acme", "bolt"))
    first = scored(at, "2026-Q1")
    assert scored(at, "2026-Q1") is first
    note(at, "maintenance", circuits=["lon-acme"], reason="x", **window(3, 10))
    assert scored(at, "2026-Q1") is not first


def test_a_statement_that_is_issued_meanwhile_counts_at_once(tmp_path: Path) -> None:
    at = desk(tmp_path, quiet("acme", months=MONTHS[:-1]))
    assert scored(at, "2026-Q1").statements.lacking == ("2026-03",)
    issue(at, *quiet("acme", months=MONTHS[-1:]))
    assert scored(at, "2026-Q1").statements.lacking == ()


def test_money_is_by_currency_and_days_run_from_the_claim_to_the_credit_note(tmp_path: Path) -> None:
    at = desk(tmp_path, [*quiet("acme"), *BAD])
    sent = {"carrier": "bolt", "period": "2026-01", "circuits": ("lon-bolt",), "reason": "monthly"}
    day = 86_400_000
    january_end = (date(2026, 2, 1) - date(1970, 1, 1)).days * day
    note(at, "claim", at_ms=january_end + 9 * day, state="submitted", amount="10.00 EUR", **sent)
    note(
        at, "credit", at_ms=january_end + 40 * day, account="bolt", carrier="bolt", carrier_id="lon-bolt",
        period="2026-01", amount="4.00 EUR", reference="CN-1", issued="2026-03-02", reason="came",
    )  # fmt: skip
    (card,) = cards(at, "2026-Q1", "bolt")
    assert (card.due, card.claimed, card.received) == (
        {"EUR": Decimal(120)}, {"EUR": Decimal(10)}, {"EUR": Decimal(4)},
    )  # fmt: skip
    assert card.days_to_credit == Fraction(20)
    assert value(at, "2026-Q1", "bolt", "days_to_credit") == 20
    assert card_json(card)["received"] == {"EUR": "4.00"}
    assert cards(at, "2026-Q1", "acme")[0].days_to_credit is None


def window(month: int, day: int, ahead: int | None = None) -> dict[str, Any]:
    said = {"from": f"2026-0{month}-{day:02}T01:00:00Z", "to": f"2026-0{month}-{day:02}T03:00:00Z"}
    if ahead is None:
        return said
    told = date(2026, month, day) - timedelta(days=ahead)
    return said | {"announced": f"{told}T01:00:00Z"}


def test_notice_is_kept_where_it_was_given_as_early_as_the_contract_wants(tmp_path: Path) -> None:
    at = desk(tmp_path, quiet("acme", "bolt"))
    note(at, "maintenance", circuits=["lon-acme", "par-acme"], reason="upgrade", **window(2, 20, 5))
    note(at, "maintenance", circuits=["ber-acme"], reason="late", **window(2, 21, 4))
    note(at, "maintenance", circuits=["ams-acme"], reason="never told", **window(3, 21))
    note(at, "maintenance", circuits=["ams-acme"], reason="cable", kind="emergency", **window(3, 22))
    assert value(at, "2026-Q1", "acme", "notice") == 0.5
    assert value(at, "2026-Q1", "bolt", "notice") is None
    assert [(one.circuit, one.kept, one.owed) for one in works(at, "acme")] == [
        ("lon-acme", True, "5 days"), ("par-acme", True, "5 days"), ("ber-acme", False, "5 days"),
        ("ams-acme", False, "5 days"),
    ]  # fmt: skip
    assert works(at, "bolt") == []


def days_of(circuit: str, metric: str, first: date, count: int, figure: float) -> list[Day]:
    return [
        Day(circuit, metric, first + timedelta(days=place), 288, 288, figure, figure, figure, figure)
        for place in range(count)
    ]


def test_rtt_loss_and_jitter_come_from_the_nightly_analysis(tmp_path: Path) -> None:
    at = desk(tmp_path, quiet("acme", "bolt"))
    with editing(at.ledger) as connection:
        for site in SITES:
            name = f"{site}-acme"
            put_days(connection, days_of(name, "rtt", date(2025, 11, 1), 60, 0.012))
            put_days(connection, days_of(name, "rtt", date(2026, 1, 1), 31, 0.018))
            put_days(connection, days_of(name, "loss", date(2026, 1, 1), 31, 0.0002))
            put_days(connection, days_of(name, "jitter", date(2026, 1, 1), 31, 0.0015))
    found = {one.name: one.value for one in cards(at, "2026-01", "acme")[0].figures}
    assert found["rtt_baseline"] == pytest.approx(1.5)
    assert found["rtt_distance"] == pytest.approx(1.8)
    assert found["loss"] == pytest.approx(0.0002)
    assert found["jitter"] == pytest.approx(0.0015)
    assert value(at, "2026-01", "bolt", "rtt_distance") is None


def test_without_28_known_days_there_is_no_baseline(tmp_path: Path) -> None:
    at = desk(tmp_path, quiet("acme"))
    with editing(at.ledger) as connection:
        put_days(connection, days_of("lon-acme", "rtt", date(2026, 1, 1), 27, 0.012))
    assert value(at, "2026-01", "acme", "rtt_baseline") is None
    assert value(at, "2026-01", "acme", "rtt_distance") == pytest.approx(1.2)


def test_loss_is_the_statements_where_the_analysis_never_looked(tmp_path: Path) -> None:
    objectives = [
        {"id": "loss", "metric": "loss", "unit": "%", "measured": "0.5", "target": "<= 1%", "verdict": "met"}
    ]
    at = desk(tmp_path, [statement("lon-acme", "2026-01", objectives=objectives)])
    assert value(at, "2026-01", "acme", "loss") == pytest.approx(0.005)


def test_the_tiers_of_the_configuration_are_given(tmp_path: Path) -> None:
    tail = "scorecard:\n  tiers:\n    gold: {where: {availability: '>= 99.95%'}}\n    watch: {where: {}}\n"
    at = desk(tmp_path, [*quiet("acme"), *BAD], tail)
    assert [(one.carrier, one.tier) for one in cards(at, "2026-Q1")] == [("acme", "gold"), ("bolt", "watch")]
