"""A carrier's own page: its cards, worst circuits, repeat faults, notice and money."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from collector.clerk import Desk
from collector.web.routes import page_of
from collector.web.views import carrier
from collector.web.views.view import BadRequest, NotFound
from config.settings import Term
from tests.collector.performance.scorecards.made_statements import MONTHS, SITES, desk, note, quiet, statement
from tests.collector.web.desks import HOSTILE, Seen, asked

TIERS = (
    "scorecard:\n  tiers:\n    gold: {where: {availability: '>= 99.95%'}, means: first choice}\n"
    "    watch: {where: {}}\n"
)
BAD = [
    statement(f"{site}-bolt", month, (f"{month}-05T10:00:00Z", 7200), (f"{month}-20T10:00:00Z", 3600))
    for month in MONTHS
    for site in SITES[:3]
]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    at = desk(tmp_path_factory.mktemp("carrier"), [*quiet("acme"), *BAD], TIERS)
    begin = {"from": "2026-02-20T01:00:00Z", "to": "2026-02-20T02:00:00Z"}
    note(at, "maintenance", circuits=["lon-bolt", "ber-bolt"], reason=HOSTILE, **begin)  # type: ignore[arg-type]
    note(at, "practice", carrier="bolt", topic="dispute", text="send the path's hops at once")
    return at


def test_its_card_is_told_with_rank_tier_and_figures(shared: Desk) -> None:
    page = carrier.page(shared, "bolt", {"period": "2026-Q1"})
    (service,) = page.services
    assert (service.name, service.row.rank, service.of, service.circuits) == ("dia", "2", 2, 3)
    assert service.row.tier is not None
    assert (service.row.tier.name, service.row.tier.icon, service.row.tier.kind) == ("watch", "⚠", "soon")
    found = {line.title: line for line in service.figures}
    assert found["Time to repair"].value == "1 h 30 min"
    assert found["Availability"].peers == "100%"
    assert "2026-Q1" in found["Availability"].trend.told
    assert service.due == "90.00 EUR"


def test_the_worst_circuits_and_what_came_back_are_listed(shared: Desk) -> None:
    page = carrier.page(shared, "bolt", {"period": "2026-Q1"})
    assert [one.circuit for one in page.circuits] == ["ams-bolt", "ber-bolt", "lon-bolt"]
    assert (page.circuits[0].outages, page.circuits[0].repeats, page.circuits[0].down) == (6, 6, "9 h")
    assert len(page.repeats) == 18
    assert page.repeats[0].path.startswith("/outages/ams-bolt/2026-01-05T10")


def test_work_that_was_announced_as_one_stands_on_one_line(shared: Desk) -> None:
    (work,) = carrier.page(shared, "bolt", {"period": "2026-Q1"}).works
    assert set(work.circuits) == {"lon-bolt", "ber-bolt"}
    assert (work.kept, work.owed, work.announced) == (False, "5 days", None)
    assert carrier.page(shared, "acme", {"period": "2026-Q1"}).works == ()


def test_what_worked_with_it_stands_there(shared: Desk) -> None:
    assert [one.text for one in carrier.page(shared, "bolt", {}).practices] == [
        "send the path's hops at once"
    ]
    assert carrier.page(shared, "acme", {}).practices == ()


def test_its_contract_terms_stand_there_whatever_the_period(shared: Desk) -> None:
    circuits = dict(shared.settings.circuits)
    term = Term(until=date(2027, 3, 31), notice="90d", renews="12mo")
    circuits["lon-bolt"] = circuits["lon-bolt"].model_copy(update={"term": term})
    held = Desk(shared.settings.model_copy(update={"circuits": circuits}), shared.ledger, shared.now)
    (row,) = carrier.page(held, "bolt", {"period": "2026-Q1"}).terms
    assert (row.one.circuit, row.notice, row.renews) == ("lon-bolt", "31 Dec 2026", "renews for 12 months")
    drawn = carrier.draw(held, asked("/carriers/bolt", parts={"carrier": "bolt"}, query={"period": "2026"}))
    assert "Contract terms" in Seen(drawn).text
    assert carrier.page(held, "acme", {}).terms == ()


def test_it_has_an_address_of_its_own_and_hostile_names_are_only_words(shared: Desk) -> None:
    found, parts, path = page_of("/carriers/bolt?period=2026-Q1")
    assert found is not None
    assert (found.view, parts) == ("carrier", {"carrier": "bolt"})
    seen = Seen(carrier.draw(shared, asked(path, parts=parts, query={"period": "2026-Q1"})))
    assert seen.harmless
    assert "first choice" not in seen.text
    assert "/circuits/lon-bolt" in seen.links


def test_what_there_is_not_is_said(shared: Desk, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="did you mean 'bolt'"):
        carrier.page(shared, "bolts", {})
    with pytest.raises(BadRequest, match="`period`"):
        carrier.page(shared, "bolt", {"period": "soon"})
    empty = desk(tmp_path, [])
    drawn = carrier.draw(empty, asked("/carriers/acme", parts={"carrier": "acme"}, query={"period": "2024"}))
    assert "No statement on a circuit of this carrier" in Seen(drawn).text
