"""Forecasts out of a ledger: what its figures, statements, outages and days say."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner

from collector.analysis.forecast import BudgetForecast, Crossing
from collector.analysis.readings import Day, NotEnough
from collector.clerk import Desk
from collector.cli import cli
from collector.ledger.analysed import put_days
from collector.ledger.foreseen import foreseen, put_foreseen
from collector.ledger.ledger import Ledger
from collector.ledger.model import Outage
from collector.ledger.opening import editing
from collector.ledger.records import Figures as Row
from collector.ledger.revisions import Revision, RevisionKey, put
from collector.ledger.store import put_figures, record_outage
from collector.ledger.watched import Answers
from collector.performance.forecasts.forecasts import budgets, crossings, tiers_ahead
from collector.performance.forecasts.past_downtime import LONGEST_DAYS, Told, by_day, past
from collector.performance.forecasts.thresholds import thresholds
from collector.performance.nightly.foresight import foreseen_now
from collector.sla.calendar import day_start_ms, rfc3339
from collector.sla.figures import Figures, ObjectiveFigure
from collector.sla_watch import ahead_now
from config.load import load
from config.settings import Settings
from probes.clock import NS_PER_MS, NS_PER_SECOND, Instant
from tests.clock import FakeClock
from tests.collector.test_statements import CONFIG

ZONE = "UTC"
TODAY = date(2026, 7, 11)
HOUR_MS = 3_600_000
LINE = "    bandwidth: {down: 100M, up: 100M, commit: 40M}\n"
CPE = "cpe: {snmp: 192.0.2.1, interface: wan0, credentials: c}"
MONTHS = [date(2026, month, 1) for month in range(1, 8)]


def at_ms(day: date, hour: float = 0) -> int:
    return day_start_ms(day, ZONE) + round(hour * HOUR_MS)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """lon-acme has a commit of 40 of 100 Mbit/s and a device that tells how full it is."""
    text = CONFIG.replace("    monthly_charge: 100.00 GBP\n", f"    monthly_charge: 100.00 GBP\n{LINE}", 1)
    text = text.replace(
        "{pe: {icmp: 192.0.2.1, every: 1m, packets: 2}}",
        f"{{pe: {{icmp: 192.0.2.1, every: 1m, packets: 2}}, {CPE}}}",
        1,
    )
    text += "credentials: {c: {version: 2c, community: public}}\ndemo: {clock: 2026-07-11T12:00:00Z}\n"
    path = tmp_path / "linkledger.yaml"
    path.write_text(text)
    read = load(path).settings
    Ledger.open(read.ledger.path, clock=FakeClock(), reserve_bytes=0).close()
    return read


@pytest.fixture
def desk(settings: Settings) -> Desk:
    return Desk(settings, settings.ledger.path, Instant(at_ms(TODAY, 12) * NS_PER_MS, 0))


def figures(left: float = 1_200.0, circuit: str = "lon-acme") -> Figures:
    one = ObjectiveFigure(
        "availability", "availability_ratio", 0.9995, 0.999, "met", False, False, left, 2_678.4
    )
    return Figures(circuit, "gold", "2026-07", at_ms(TODAY, 12), False, (one,))


def judged(settings: Settings, *some: Figures) -> None:
    rows = [Row(one.circuit, one.as_of_ms, json.dumps(one.as_json())) for one in some]
    with editing(settings.ledger.path) as connection:
        put_figures(connection, rows)


def issued(settings: Settings, month: int, *minutes: tuple[int, float], coverage: str = "100.000000") -> None:
    """A closed month's statement with outages of so many minutes on a day at noon."""
    first, after = MONTHS[month - 1], MONTHS[month]
    outages = [
        {
            "from": rfc3339(at_ms(first + timedelta(days=day - 1), 12)),
            "to": rfc3339(at_ms(first + timedelta(days=day - 1), 12) + round(60_000 * lasted)),
            "counted_seconds": 60 * lasted,
        }
        for day, lasted in minutes
    ]
    statement = {
        "circuits": ["lon-acme"],
        "coverage": coverage,
        "outages": outages,
        "objectives": [],
        "credit": {"amount": "0.00"},
    }
    key = RevisionKey("lon-acme", "gold", at_ms(first), at_ms(after))
    one = Revision(key, f"{first:%Y-%m}", 1, f"d{month}", json.dumps(statement), (), "{}", 0, "x", "issued")
    with editing(settings.ledger.path) as connection:
        put(connection, one)


def half_a_year(settings: Settings) -> None:
    for month in range(1, 7):
        issued(settings, month, (4, 12.0), (11, 20.0), (23, 9.0))


def filled(settings: Settings, n: int, slope: float = 0.001, metric: str = "utilisation") -> None:
    """Days up to yesterday of a line that is 30% full today."""
    noise = (0.004, -0.003, 0.001, -0.004, 0.003, 0.0, -0.001, 0.002, -0.002)
    with editing(settings.ledger.path) as connection:
        for back in range(1, n + 1):
            value = 0.3 - slope * back + noise[back % len(noise)]
            day = TODAY - timedelta(days=back)
            put_days(connection, [Day("lon-acme", metric, day, 288, 288, value, value, value, value)])


# --- budgets


def test_a_budget_rests_on_the_statements_of_the_past(settings: Settings, desk: Desk) -> None:
    half_a_year(settings)
    judged(settings, figures())
    (found,) = budgets(desk)
    assert isinstance(found, BudgetForecast)
    assert (found.circuit, found.objective, found.period, found.budget_seconds) == (
        "lon-acme",
        "availability",
        "2026-07",
        2678,
    )
    assert (found.first, found.last, found.today) == (date(2026, 7, 1), date(2026, 7, 31), TODAY)
    assert (found.days, found.outages) == (191, 18)
    assert 0.2 < found.chance < 0.95
    assert found.earliest is not None
    assert found.backtest is not None
    assert found.backtest.tried > 10
    assert found.backtest.unit == "days"


def test_it_isnt_computed_twice_until_the_figures_are_new(settings: Settings, desk: Desk) -> None:
    half_a_year(settings)
    judged(settings, figures())
    before = budgets(desk, ["lon-acme"])
    judged(settings, figures())
    assert budgets(desk, ["lon-acme"])[0] is before[0]
    judged(settings, replace(figures(100.0), as_of_ms=at_ms(TODAY, 12) + 1))
    assert budgets(desk, ["lon-acme"])[0] != before[0]


@pytest.mark.parametrize("months", [(), (6,)])
def test_without_four_weeks_or_three_outages_there_is_no_pace(
    settings: Settings, desk: Desk, months: Sequence[int]
) -> None:
    for month in months:
        issued(settings, month, (4, 12.0))
    judged(settings, figures(2_678.4))
    (found,) = budgets(desk)
    assert isinstance(found, NotEnough)
    assert (found.have, found.what) == ((1, "outages") if months else (10, "days"))


def test_figures_of_a_period_that_is_over_or_of_another_version_give_none(
    settings: Settings, desk: Desk
) -> None:
    judged(settings, replace(figures(), period="2026-06"), replace(figures(circuit="lon-beta"), closed=True))
    with editing(settings.ledger.path) as connection:
        put_figures(connection, [Row("lon-free", 0, '{"circuit": "lon-free"}')])
    assert budgets(desk) == []


# --- the past


def test_only_months_that_follow_without_a_gap_are_looked_at() -> None:
    spans = [Told(at_ms(one), at_ms(after)) for one, after in pairwise(MONTHS)]
    found, periods = past([*spans[:3], *spans[4:]], at_ms(MONTHS[6]), at_ms(TODAY), 0.0, (), ZONE)
    assert (found.first, len(periods)) == (date(2026, 5, 1), 2)


def test_what_counted_in_the_running_period_lies_where_its_outages_lie() -> None:
    """Two outages of one and three hours, of which the contract counted half."""
    outages = [
        Outage("lon", "acme", "a", at_ms(TODAY, -47), at_ms(TODAY, -46), "x", False),
        Outage("lon", "acme", "a", at_ms(TODAY, -25.5), at_ms(TODAY, -22.5), "x", False),
    ]
    found, _ = past((), at_ms(MONTHS[6]), at_ms(TODAY), 7_200.0, outages, ZONE)
    assert found.seconds.tolist()[-3:] == [0.0, 1_800 + 2_700, 2_700]
    assert (found.outages, found.seconds.sum()) == (2, 7_200)


def test_an_outage_over_midnight_is_shared_by_both_days_also_when_clocks_change() -> None:
    begin = day_start_ms(date(2026, 3, 29), "Europe/London") - HOUR_MS
    found = list(by_day(begin, begin + 4 * HOUR_MS, 400.0, "Europe/London"))
    assert found == [(date(2026, 3, 28), 100.0), (date(2026, 3, 29), 300.0)]


def test_a_month_of_which_little_is_known_ends_the_past(settings: Settings, desk: Desk) -> None:
    half_a_year(settings)
    with editing(settings.ledger.path) as connection:
        connection.execute("DELETE FROM revision WHERE label = '2026-03'")
    issued(settings, 3, (4, 12.0), coverage="60.000000")
    judged(settings, figures())
    (found,) = budgets(desk)
    assert isinstance(found, BudgetForecast)
    assert found.days == (TODAY - date(2026, 4, 1)).days


def test_no_more_than_a_year_is_looked_back() -> None:
    old = Told(at_ms(TODAY) - (LONGEST_DAYS + 1) * 24 * HOUR_MS, at_ms(MONTHS[6]))
    found, periods = past([old], at_ms(MONTHS[6]), at_ms(TODAY), 0.0, (), ZONE)
    assert (found.first, periods) == (MONTHS[6], [])


# --- levels


def test_thresholds_are_shares_of_the_line_and_the_contracts_mean(settings: Settings) -> None:
    found = [(one.metric, one.value, one.name) for one in thresholds(settings, "lon-acme", TODAY)]
    assert found == [
        ("utilisation", 0.4, "commit"),
        ("utilisation", 1.0, "line rate"),
        ("rtt", 0.025, "contract"),
    ]
    assert thresholds(settings, "lon-free", TODAY) == []


def test_a_line_that_fills_up_reaches_its_commit_in_a_hundred_days(settings: Settings, desk: Desk) -> None:
    filled(settings, 120)
    commit, line, rtt = crossings(desk, ["lon-acme"])
    assert isinstance(commit, Crossing)
    assert isinstance(line, Crossing)
    assert commit.likely is not None
    assert commit.earliest is not None
    assert commit.latest is not None
    assert abs((commit.likely - TODAY).days - 100) <= 5
    assert commit.earliest <= commit.likely <= commit.latest
    assert commit.backtest is not None
    assert commit.backtest.error < 0.01
    assert line.likely is not None
    assert line.likely > commit.likely
    assert str(rtt) == "not enough data of rtt of lon-acme, 0 of 28 days"


def test_what_a_night_adds_is_seen_ten_minutes_later(settings: Settings, desk: Desk) -> None:
    assert not any(isinstance(one, Crossing) for one in crossings(desk, ["lon-acme"]))
    filled(settings, 60)
    desk.now = Instant(desk.now.wall_ns + 600 * NS_PER_SECOND, desk.now.mono_ns)
    assert any(isinstance(one, Crossing) for one in crossings(desk, ["lon-acme"]))


def test_of_the_whole_estate_it_is_what_the_night_found(settings: Settings, desk: Desk) -> None:
    filled(settings, 120)
    day, rows = foreseen_now(settings, settings.ledger.path, desk.now)
    with editing(settings.ledger.path) as connection:
        put_foreseen(connection, day, rows[:1])
    assert crossings(desk) == crossings(desk, ["lon-acme"])[:1]
    later = Desk(settings, desk.ledger, Instant(desk.now.wall_ns + 3 * 86_400 * 10**9, 0))
    assert len(crossings(later)) > 1


def test_nothing_is_kept_before_the_first_night(settings: Settings) -> None:
    assert Answers(settings.ledger.path)(foreseen) is None


# --- what is shown


def test_metrics_have_the_likely_day_and_the_chance_and_not_what_is_spent(
    settings: Settings, desk: Desk
) -> None:
    half_a_year(settings)
    filled(settings, 120)
    day, rows = foreseen_now(settings, settings.ledger.path, desk.now)
    with editing(settings.ledger.path) as connection:
        put_foreseen(connection, day, rows)
    found = ahead_now(settings, settings.ledger.path, desk.now, [figures(150.0)])
    (end,) = found.budget_ends
    assert (end.site, end.carrier, end.contract) == ("lon", "acme", "gold")
    assert end.at_seconds is not None
    assert desk.now.wall_ms / 1000 < end.at_seconds < at_ms(date(2026, 8, 1)) / 1000
    assert end.chance is not None
    assert end.chance > 0.8
    assert [one.threshold for one in found.crossings] == ["commit", "line rate"]
    (spent,) = ahead_now(settings, settings.ledger.path, desk.now, [figures(-5.0)]).budget_ends
    assert (spent.at_seconds, spent.chance) == (None, None)


def test_a_circuit_without_a_contract_has_no_credits_ahead(desk: Desk) -> None:
    assert tiers_ahead(desk, "lon-free") is None


def asked(settings: Settings, *words: str) -> str:
    config = settings.ledger.path.parent / "linkledger.yaml"
    found = CliRunner().invoke(cli, ["forecast", *words, "-c", str(config)])
    assert found.exit_code == 0, found.output
    return found.output


def test_the_command_says_it_in_sentences_with_the_error_beside_each(settings: Settings) -> None:
    half_a_year(settings)
    judged(settings, figures())
    filled(settings, 120)
    with editing(settings.ledger.path) as connection:
        record_outage(
            connection, Outage("lon", "acme", "lon-acme", at_ms(TODAY, -2), at_ms(TODAY, -1.5), "x", False)
        )
    told = asked(settings, "lon-acme")
    assert "20 min of 44 min left; " in told
    assert "tried " in told
    assert "it reaches the commit (40%) on " in told
    document = json.loads(asked(settings, "--carrier", "acme", "--json"))
    assert [one["kind"] for one in document["budgets"]] == ["budget"]
    assert [one["threshold_name"] for one in document["crossings"] if one["kind"] == "crossing"] == [
        "commit",
        "line rate",
    ]
    assert document["credits_ahead"][0]["circuit"] == "lon-acme"


def test_the_command_says_where_there_is_nothing_and_who_isnt_there(settings: Settings) -> None:
    assert "there is nothing to forecast" in asked(settings, "lon-free")
    config = settings.ledger.path.parent / "linkledger.yaml"
    found = CliRunner().invoke(cli, ["forecast", "lon-nobody", "-c", str(config)])
    assert (found.exit_code, "has no circuit 'lon-nobody'" in found.output) == (2, True)
