"""The example in figures at an explanation's end is a statement's own arithmetic."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from collector.sla.rules import CircuitFacts
from collector.wording.example import example
from collector.wording.lines import Part
from config.contract import Contract
from config.dated import Dated
from config.fields import Money
from tests.collector.wording.samples import PER, SAMPLES, availability, of_outage, rtt
from tests.config.contracts import outage, terms

APRIL = date(2026, 4, 30)
LON = CircuitFacts("lon", "Europe/London", monthly_charge=Dated.always(Money(Decimal("1200.00"), "USD")))
TABLE = {"bands": [{"below": "99.9%", "gives": "5%"}, {"below": "99.8%", "gives": "10%"}]}


def shown(given: dict[str, Any], *circuits: CircuitFacts, day: date = APRIL) -> Part:
    """The example of a contract."""
    return example(Contract.model_validate(given), "gold", circuits, day)


def test_the_shortest_round_outage_that_breaks_the_promise_is_told_with_its_credit() -> None:
    first, steps = shown(availability(TABLE), LON).lines
    assert first.text == (
        "In April 2026 in UTC one outage, on 3 April from 10:00 to 10:45 (45 min), with a ticket opened 5 "
        "min after it began and closed at its end, on lon, which costs 1,200.00 USD a month, would give:"
    )
    assert first.items == (
        "availability = 1 - 45 min counted / 43,200 min = 99.895833%, target >= 99.9%: breached, which "
        "pays 60.00 (below 99.9%).",
        "A credit of 60.00 USD, of which 60.00 is claimable.",
    )
    assert steps.items[0] == "April 2026 in UTC has 43,200 min."
    assert not any("The history says itself" in one for one in steps.items)


def test_without_a_circuit_one_is_made_up_and_said_to_be() -> None:
    first = shown(availability(TABLE)).lines[0]
    assert "on a made-up circuit that costs 1,000.00 USD a month" in first.text
    assert first.items[-1] == "A credit of 50.00 USD, of which 50.00 is claimable."


def test_the_clock_of_the_contract_counts_in_the_example_too() -> None:
    given = availability(PER, outage=outage(clock={"start": "ticket", "end": "ticket_closed"}))
    first = shown(given, day=APRIL).lines[0]
    assert "(60 min)" in first.text
    assert "55 min counted" in first.items[0]


def test_what_stands_in_the_way_of_a_claim_is_said() -> None:
    given = availability(TABLE, measured={"by": "carrier"})
    assert "of which 0.00 is claimable: " in shown(given).lines[0].items[-1]


def test_caps_show_what_they_cut() -> None:
    told = shown(availability(TABLE, caps={"month": "1%"})).lines[0].items[-1]
    assert (
        told
        == "A credit of 10.00 USD (50.00 before caps and the minimum payout), of which 10.00 is claimable."
    )


def test_a_contract_that_pays_nothing_still_has_its_breach() -> None:
    first = shown(terms()).lines[0]
    assert first.items == (
        "availability = 1 - 45 min counted / 43,200 min = 99.895833%, target >= 99.9%: breached.",
    )


def test_an_outage_breaks_no_promise_about_packets() -> None:
    (line,) = shown(rtt()).lines
    assert line.text == "No outage of up to 10,080 min alone breaks a promise of this contract."


def test_what_the_example_has_no_data_for_is_named() -> None:
    given = terms(objectives={**rtt()["objectives"], **availability(TABLE)["objectives"]})
    first, steps, left = shown(given).lines
    assert left.text == "Not part of this example, which has no packets, loads or dates: rtt."
    assert not any(one.startswith("rtt") for one in (*first.items, *steps.items))


def test_the_period_is_the_first_whole_one_of_a_contract_that_is_yet_to_come() -> None:
    text = shown(availability(TABLE) | {"effective": "2027-02-15"}).lines[0].text
    assert text.startswith("In March 2027 in UTC")


def test_the_outage_lies_in_the_service_hours() -> None:
    weekdays = shown(availability(TABLE, hours={"Mon-Fri": "07:00-19:00"})).lines[0].text
    assert "on 3 April from 10:00" in weekdays  # a Friday
    sundays = shown(availability(TABLE, hours={"Sun": "07:00-09:00"})).lines[0].text
    assert "on 5 April from 07:00" in sundays


def test_a_pair_is_down_together() -> None:
    text = shown(availability(TABLE, scope={"pair": ["line", "backup"]})).lines[0].text
    assert "on line and backup (charges made up) that cost 2,000.00 USD a month" in text


def test_a_night_outage_names_the_day_on_which_it_ends() -> None:
    given = availability({"flat": "5%"}) | of_outage(minimum={"longer_than": "20h"})
    given["objectives"] = {"availability": {"target": ">= 99.9%", "credit": {"flat": "5%"}}}
    assert "on 3 April from 10:00 to 10:00 on 4 April (1,440 min)" in shown(given).lines[0].text


@pytest.mark.parametrize("key", sorted(SAMPLES))
def test_every_contract_has_an_example_or_says_that_there_is_none(key: str) -> None:
    part = shown(SAMPLES[key].terms)
    assert part.title == "For example"
    assert part.lines[0].items or "No outage of up to" in part.lines[0].text
