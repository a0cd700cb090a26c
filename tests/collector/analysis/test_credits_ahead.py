"""The credits ahead are those that the contract's engine gives, found without telling it how."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from collector.analysis.credits_ahead import NO_MORE, OF_A_MEAN, Ahead, ahead
from collector.analysis.forecast import TierAhead
from collector.circuits import Status
from collector.sla.evaluate import period_of
from collector.sla.evidence import Evidence, Excuse, Ticket
from collector.sla.rules import CircuitFacts
from collector.sla.scopes import Group
from collector.sla.timeline import Stretch, Timeline
from config.dated import Dated
from config.fields import Money
from tests.collector.sla.build import contract, ms, outage

MINUTE, HOUR, DAY = 60, 3_600, 86_400
NOW = ms("2026-04-11T00:00:00Z")
FACTS = CircuitFacts("x-1", "UTC", monthly_charge=Dated.always(Money.parse("1000.00 USD")))
BANDS = {"bands": [{"below": "99.9%", "gives": "10%"}, {"below": "99.5%", "gives": "25%"}]}
ALLOWED = 30 * DAY // 1000
"""99.9% of April allows 43 min 12 s."""


def promised(credit: object, target: str = ">= 99.9%") -> dict[str, Any]:
    return {"availability": {"target": target, "credit": credit}}


def looked(
    terms: dict[str, Any],
    *down: tuple[str, str],
    tickets: tuple[Ticket, ...] = (),
    excuses: tuple[Excuse, ...] = (),
) -> Ahead:
    """Ten days into April, with what was down so far."""
    history = Timeline.of(Stretch(ms(start), ms(end), Status.DOWN) for start, end in down)
    evidence = Evidence(intervals=history, tickets=tickets, excuses=excuses)
    made = contract(**terms)
    period = period_of(made, FACTS, "2026-04", NOW)
    return ahead(made, Group("x-1", ((FACTS, evidence),), "alone"), period, NOW)


def brief(found: Ahead) -> list[tuple[int, Fraction | int]]:
    return [(one.more_seconds, one.amount) for one in found.tiers]


HOUR_DOWN = ("2026-04-03T10:00:00Z", "2026-04-03T11:00:00Z")
TEN_MINUTES = ("2026-04-03T10:00:00Z", "2026-04-03T10:10:00Z")
DAYS_CHARGE = Fraction(1000, 30)
PER_HOUR = {"per": "1h", "gives": "1 day", "partial": "whole", "each": "outage"}


@pytest.mark.parametrize(
    ("objectives", "changes", "down", "owed", "expected"),
    [
        pytest.param(
            promised(BANDS),
            {},
            (),
            0,
            [(ALLOWED + 1, 100), (5 * ALLOWED + 1, 250)],
            id="bands: a second below the edge, and not at it",
        ),
        pytest.param(
            promised(BANDS),
            {},
            (TEN_MINUTES,),
            0,
            [(ALLOWED - 600 + 1, 100), (5 * ALLOWED - 600 + 1, 250)],
            id="bands: what was down already is taken off",
        ),
        pytest.param(
            promised(BANDS),
            {},
            (HOUR_DOWN,),
            100,
            [(5 * ALLOWED - HOUR + 1, 250)],
            id="bands: a tier that is owed already isn't ahead",
        ),
        pytest.param(
            promised(BANDS),
            {"outage": outage(minimum={"at_least": "5m"})},
            (("2026-04-03T10:00:00Z", "2026-04-03T10:43:00Z"),),
            0,
            [(5 * MINUTE, 100), (5 * ALLOWED - 43 * MINUTE + 1, 250)],
            id="bands: the shortest outage that counts at all",
        ),
        pytest.param(
            promised({"per_step": "0.1%", "gives": "5%"}),
            {},
            (),
            0,
            [(n * ALLOWED + 1, 50 * n) for n in range(1, 7)],
            id="percent over target: each begun tenth",
        ),
        pytest.param(
            promised(PER_HOUR),
            {},
            (HOUR_DOWN,),
            DAYS_CHARGE,
            [(n * HOUR, (n + 1) * DAYS_CHARGE) for n in range(1, 7)],
            id="per outage: each whole hour of one more",
        ),
        pytest.param(
            promised({"flat": "75.00 USD"}),
            {},
            (TEN_MINUTES,),
            0,
            [(ALLOWED - 600 + 1, 75)],
            id="flat: one sum",
        ),
        pytest.param(
            promised(BANDS),
            {"caps": {"month": "20%"}},
            (),
            0,
            [(ALLOWED + 1, 100), (5 * ALLOWED + 1, 200)],
            id="caps: no more than the contract pays",
        ),
        pytest.param(
            promised(BANDS),
            {"minimum_payout": {"more_than": "150.00 USD"}},
            (),
            0,
            [(5 * ALLOWED + 1, 250)],
            id="the least that is paid",
        ),
        pytest.param(
            promised(BANDS),
            {"hours": {"Mon-Fri": "08:00-18:00"}},
            (),
            0,
            [(792 + 1, 100), (3960 + 1, 250)],
            id="service hours: only what falls into them counts",
        ),
    ],
)
def test_tiers_ahead_are_as_computed_by_hand(
    objectives: dict[str, Any],
    changes: dict[str, Any],
    down: tuple[tuple[str, str], ...],
    owed: Fraction,
    expected: list[tuple[int, Fraction | int]],
) -> None:
    found = looked({"objectives": objectives, **changes}, *down)
    assert found.owed == owed
    assert brief(found) == expected


def test_a_tier_names_the_contracts_own_words_and_currency() -> None:
    found = looked({"objectives": promised(BANDS)})
    assert found.tiers[0] == TierAhead(ALLOWED + 1, Fraction(100), "USD", "below 99.9%")


def test_what_grows_with_every_second_is_told_at_an_hour_four_and_a_day() -> None:
    found = looked({"objectives": promised({"proportional": "1"}, ">= 100%")})
    month = 30 * DAY
    assert brief(found) == [(more, Fraction(1000 * more, month)) for more in (HOUR, 4 * HOUR, DAY)]


def test_at_the_cap_nothing_more_can_be_owed() -> None:
    found = looked({"objectives": promised({"flat": "75.00 USD"})}, HOUR_DOWN)
    assert found.owed == 75
    assert (found.tiers, found.note) == ((), NO_MORE)


def test_an_outage_that_goes_on_is_the_one_that_grows() -> None:
    """It began an hour ago: the per-outage form pays its second hour in one more, not in two."""
    terms = {"objectives": promised(PER_HOUR)}
    found = looked(terms, ("2026-04-10T22:30:00Z", "2026-04-11T00:00:00Z"))
    assert found.owed == DAYS_CHARGE
    assert brief(found)[0] == (HOUR // 2, 2 * DAYS_CHARGE)


def test_a_ticket_that_nobody_closed_pulls_no_new_outage_to_itself() -> None:
    forgotten = Ticket("T-1", opened_ms=ms("2026-04-02T00:00:00Z"), outage_ms=ms("2026-04-02T00:00:00Z"))
    terms = {
        "objectives": promised(BANDS),
        "outage": outage(clock={"start": "ticket", "end": "ticket_closed"}),
    }
    assert brief(looked(terms, tickets=(forgotten,))) == brief(looked(terms))


def test_a_clock_that_starts_with_the_ticket_counts_as_if_it_were_opened_at_once() -> None:
    terms = {"objectives": promised(BANDS), "outage": outage(clock={"start": "ticket", "end": "restored"})}
    assert brief(looked(terms))[0] == (ALLOWED + 1, 100)


def test_announced_work_ahead_counts_nothing() -> None:
    work = Excuse(NOW, NOW + 3_600_000, "maintenance", announced_ms=NOW - 30 * DAY * 1000)
    terms = {
        "objectives": promised(BANDS),
        "exclude": {"maintenance": {"effect": "numerator", "notice": "5d"}},
    }
    found = looked(terms, excuses=(work,))
    assert brief(found)[0] == (ALLOWED + 1, 100)


def test_of_readings_that_are_undecided_the_least_counts() -> None:
    """Whether the twenty minutes after midnight count here is open: one reading gives them to March."""
    over = ("2026-03-31T23:50:00Z", "2026-04-01T00:20:00Z")
    open_terms = {"objectives": promised(BANDS), "undecided": ["across_periods"]}
    unsaid = {name: value for name, value in outage().items() if name != "across_periods"}
    found = looked({**open_terms, "outage": unsaid}, over)
    assert brief(found)[0] == (ALLOWED + 1, 100)
    assert brief(looked({"objectives": promised(BANDS)}, over))[0] == (ALLOWED - 20 * MINUTE + 1, 100)


def test_of_a_mean_of_months_nothing_is_told_ahead() -> None:
    terms = {"objectives": promised(BANDS), "period": {"mean_of_months": 3}}
    made = contract(**terms)
    period = period_of(made, FACTS, "current", NOW)
    found = ahead(made, Group("x-1", ((FACTS, Evidence(intervals=Timeline())),), "alone"), period, NOW)
    assert (found.owed, found.tiers, found.note) == (None, (), OF_A_MEAN)


def test_circuits_that_are_judged_as_one_are_down_together() -> None:
    """any_down: the charge of both, for an outage of either."""
    other = replace(FACTS, id="x-2", site="s")
    first = replace(FACTS, site="s")
    evidence = Evidence(intervals=Timeline())
    made = contract(objectives=promised(BANDS), scope={"site": "any_down"})
    period = period_of(made, FACTS, "2026-04", NOW)
    found = ahead(made, Group("s", ((first, evidence), (other, evidence)), "any_down"), period, NOW)
    assert brief(found) == [(ALLOWED + 1, 200), (5 * ALLOWED + 1, 500)]


def test_in_the_last_second_of_a_period_there_is_nothing_ahead() -> None:
    made = contract(objectives=promised(BANDS))
    period = period_of(made, FACTS, "2026-04", NOW)
    group = Group("x-1", ((FACTS, Evidence(intervals=Timeline())),), "alone")
    assert ahead(made, group, period, period.end_ms - 1).note == NO_MORE
