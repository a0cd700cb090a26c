"""Tickets that are needed soon."""

from __future__ import annotations

from typing import Any

import pytest

from collector.claiming.running import longest_wait_ms
from collector.ledger.model import Outage
from config.outage import Minimum
from config.settings import Settings
from tests.collector.claiming.estate import DAY_MS, HOUR_MS
from tests.collector.claiming.made import Shelf, revision, seen, statement
from tests.collector.test_statements import JANUARY_MS

START_MS = JANUARY_MS + 10 * DAY_MS
DEADLINE_MS = START_MS + 72 * HOUR_MS


def outage(start_ms: int = START_MS, end_ms: int | None = None, circuit: str = "lon-acme") -> Outage:
    return Outage("lon", "acme", circuit, start_ms, end_ms, "timeout")


def ticket(held: Shelf, **said: Any) -> None:  # noqa: ANN401
    held.note("ticket", id="T", carrier="acme", circuits=("lon-acme",), **said)


def with_terms(settings: Settings, **changes: Any) -> Settings:  # noqa: ANN401
    gold = settings.contracts["gold"].model_copy(update=changes)
    return settings.model_copy(update={"contracts": {**settings.contracts, "gold": gold}})


@pytest.mark.parametrize(
    ("end_ms", "now_ms", "needed"),
    [
        (None, START_MS, True),
        (None, DEADLINE_MS - 1, True),
        (None, DEADLINE_MS, False),
        (START_MS + 1, DEADLINE_MS - 1, True),
    ],
)
def test_an_outage_without_a_ticket_needs_one_until_its_time_is_over(
    settings: Settings, end_ms: int | None, now_ms: int, needed: bool
) -> None:
    found = Shelf(outs=[outage(end_ms=end_ms)]).claims(settings, now_ms)
    assert [one.lapses_ms for one in found] == [DEADLINE_MS] * needed
    for one in found:
        assert (one.scope, one.carrier, one.contract, one.period) == ("lon-acme", "acme", "gold", "2026-01")
        assert seen(one.state, one.currency, one.amount, one.owed, one.revision) == (
            "detected",
            "GBP",
            0,
            0,
            None,
        )
        assert (one.ticket_deadline_ms, one.is_open, one.age_days) == (DEADLINE_MS, True, 0)


@pytest.mark.parametrize(
    ("said", "needed"),
    [
        ({"opened": START_MS}, False),
        ({"opened": START_MS + HOUR_MS}, False),
        ({"opened": START_MS - 1}, True),
        ({"opened": START_MS - HOUR_MS, "closed": START_MS + 1}, False),
        ({"opened": START_MS - HOUR_MS, "closed": START_MS}, True),
        ({"opened": START_MS - HOUR_MS, "outage": START_MS}, False),
        ({"opened": START_MS, "outage": START_MS - 1}, True),
        ({"opened": START_MS, "outage": START_MS + 2 * HOUR_MS}, False),
        ({"opened": START_MS, "outage": START_MS + 2 * HOUR_MS + 1}, True),
    ],
)
def test_a_ticket_that_names_overlaps_or_follows_the_outage_is_its_own(
    settings: Settings, said: dict[str, Any], needed: bool
) -> None:
    held = Shelf(outs=[outage(end_ms=START_MS + 2 * HOUR_MS)])
    ticket(held, **said)
    assert bool(held.claims(settings, START_MS + 3 * HOUR_MS)) == needed


@pytest.mark.parametrize(
    ("minimum", "length_ms", "needed"),
    [
        (Minimum.model_validate({"at_least": "2m"}), 120_000, True),
        (Minimum.model_validate({"at_least": "2m"}), 119_999, False),
        (Minimum.model_validate({"longer_than": "2m"}), 120_000, False),
        (Minimum.model_validate({"longer_than": "2m"}), 120_001, True),
        (Minimum.model_validate({"allowance": "2m"}), 1, True),
        (None, 1, True),
        (Minimum.model_validate({"at_least": "2m"}), None, True),
    ],
)
def test_an_outage_that_was_too_short_to_count_needs_none_but_one_that_goes_on_may_still_grow(
    settings: Settings, minimum: Minimum | None, length_ms: int | None, needed: bool
) -> None:
    terms = settings.contracts["gold"].outage
    assert terms is not None
    changed = with_terms(settings, outage=terms.model_copy(update={"minimum": minimum}))
    end_ms = None if length_ms is None else START_MS + length_ms
    found = Shelf(outs=[outage(end_ms=end_ms)]).claims(changed, START_MS + HOUR_MS)
    assert bool(found) == needed


def test_the_earliest_of_a_circuits_deadlines_is_told(settings: Settings) -> None:
    outs = [outage(START_MS + HOUR_MS), outage(START_MS, START_MS + 1), outage(START_MS + 2, START_MS + 9)]
    (one,) = Shelf(outs=outs).claims(settings, START_MS + 2 * HOUR_MS)
    assert one.ticket_deadline_ms == DEADLINE_MS


def test_none_is_needed_where_no_contract_asks_for_one_or_the_circuit_is_none_of_ours(
    settings: Settings,
) -> None:
    bare = settings.model_copy(
        update={"contracts": {name: one.model_copy(update={"claim": None})
                              for name, one in settings.contracts.items()}}
    )  # fmt: skip
    assert longest_wait_ms(bare) == 0
    assert longest_wait_ms(settings) == 72 * HOUR_MS
    assert Shelf(outs=[outage()]).claims(bare, START_MS + 1) == []
    assert Shelf(outs=[outage(circuit="gone")]).claims(settings, START_MS + 1) == []


def test_a_period_with_a_statement_says_itself_what_it_lacks(settings: Settings) -> None:
    (one,) = Shelf([revision(statement())], outs=[outage()]).claims(settings, START_MS + HOUR_MS)
    assert (one.revision, one.state) == (1, "eligible")
