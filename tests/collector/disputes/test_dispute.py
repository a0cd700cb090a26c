"""What the contract would pay if it had been as the carrier says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from collector.disputes.dispute import Dispute, totals
from collector.disputes.matching import Pair
from collector.disputes.swapping import Stage
from collector.sla.evidence import Excuse, Hold, Ticket
from collector.sla.scopes import Member
from collector.sla.statement import Credited
from tests.collector.disputes.sides import MINUTE, at, between, known, terms, theirs
from tests.collector.sla.build import history, outage, spans

TICKET = outage(clock={"start": "ticket", "end": "ticket_closed", "pause": ["customer_wait"]})
MAINTENANCE = {"exclude": {"maintenance": {"effect": "window"}}}


def money(found: Dispute) -> tuple[int | None, int | None, list[int | None]]:
    """Ours, theirs, and what is between by row, in dollars that are minutes."""
    paid = (found.ours.credit.amount, found.theirs.credit.amount, *(row.between for row in found.rows))
    ours, other, *rows = (None if one is None else int(one) for one in paid)
    return ours, other, rows


def lengths(found: Dispute) -> list[tuple[float, float]]:
    """Minutes of each row: ours, theirs."""
    return [(float(row.ours_ms / MINUTE), float(row.theirs_ms / MINUTE)) for row in found.rows]


def test_their_times_take_the_place_of_ours() -> None:
    found = between(terms(), known(("03T10:00", 47)), [theirs("03T10:20", 27, (5, "access"))])
    assert money(found) == (47, 22, [25])
    assert lengths(found) == [(47, 22)]
    assert found.between == 25
    assert found.rows[0].difference_ms == sum(part.ms for part in found.rows[0].why) == 25 * MINUTE


def test_an_outage_that_they_do_not_report_was_up_and_one_that_we_lack_was_down() -> None:
    found = between(terms(), known(("03T10:00", 47)), [theirs("05T10:00", 30)])
    assert money(found) == (47, 30, [47, -30])
    assert lengths(found) == [(47, 0), (0, 30)]
    assert [[part.kind for part in row.why] for row in found.rows] == [["missing"], ["missing"]]


def test_each_row_is_swapped_alone_and_all_of_them_together() -> None:
    capped = terms(caps={"month": "2%"})
    found = between(
        capped, known(("03T10:00", 40), ("05T10:00", 40)), [theirs("03T10:00", 10), theirs("05T10:00", 30)]
    )
    assert money(found) == (60, 40, [10, 0]), "the cap takes 20 of ours"
    assert found.between == 20


def test_without_any_side_nothing_is_computed_again() -> None:
    found = between(terms(), known(), [])
    assert found.theirs is found.ours
    assert not found.rows
    assert found.between == 0


def test_what_the_contract_excludes_it_excludes_of_theirs_too() -> None:
    window = Excuse(at("03T10:00"), at("03T10:20"), "maintenance")
    ours = known(("03T09:50", 57), excuses=[window])
    for said, counts in (
        (theirs("03T09:50", 57), 37),
        (theirs("03T09:50", 57, (20, "maintenance")), 37),
        (theirs("03T09:50", 57, (25, "maintenance")), 32),
        (theirs("03T09:50", 57, (50, "all but 7")), 7),
        (theirs("03T09:50", 57, (47, "all but 10")), 10),
        (theirs("03T09:50", 57, (46, "all but 11")), 11),
        (theirs("03T09:50", 57, (60, "all")), 0),
    ):
        found = between(terms(**MAINTENANCE), ours, [said])
        assert lengths(found) == [(37, counts)], said.off
        assert found.rows[0].difference_ms == sum(part.ms for part in found.rows[0].why)
        assert found.theirs.times.denominator == found.ours.times.denominator


def test_a_contract_whose_clock_runs_on_tickets_takes_their_times_as_they_give_them() -> None:
    hold = Hold(at("03T10:30"), at("03T10:35"), "customer_wait")
    ticket = Ticket("T1", at("03T10:10"), closed_ms=at("03T11:00"), holds=(hold,))
    ours = known(("03T10:00", 47), tickets=[ticket])
    found = between(terms(outage=TICKET), ours, [theirs("03T10:20", 27, (3, "access"))])
    assert lengths(found) == [(45, 24)], "10:10 to 11:00 less 5; 10:20 to 10:47 less 3"
    assert found.rows[0].difference_ms == sum(part.ms for part in found.rows[0].why)
    assert money(found)[2] == [21]


def test_a_ticket_that_they_name_runs_with_their_times_where_we_had_no_outage() -> None:
    ticket = Ticket("T1", at("03T09:00"), closed_ms=at("03T12:00"))
    one = theirs("03T10:20", 27, ticket="T1")
    assert lengths(between(terms(outage=TICKET), known(tickets=[ticket]), [one])) == [(0, 27)]
    unnamed = replace(one, ticket=None)
    assert lengths(between(terms(outage=TICKET), known(tickets=[ticket]), [unnamed])) == [(0, 180)]


def test_tickets_of_other_outages_and_of_other_clocks_stay_as_they_are() -> None:
    tickets = [Ticket("T1", at("03T10:10"), closed_ms=at("03T10:47")), Ticket("T2", at("05T10:10"))]
    ours = known(("03T10:00", 47), ("05T10:00", 30), tickets=tickets)
    found = between(terms(outage=TICKET), ours, [theirs("03T10:20", 27), theirs("05T10:00", 30)])
    assert lengths(found) == [(37, 27), (20, 30)]
    per_ticket = {"flat": "7.00 USD", "each": "ticket"}
    flat = between(terms(per_ticket), ours, [theirs("03T10:20", 27), theirs("05T10:00", 30)])
    assert money(flat) == (14, 14, [0, 0])


@pytest.mark.parametrize(
    ("across", "told"),
    [("split", [(60, 40)]), ("start", []), ("restoration", [(120, 100)])],
)
def test_an_outage_over_the_periods_edge_is_placed_as_the_contract_places_it(
    across: str, told: list[tuple[int, int]]
) -> None:
    contract = terms(outage=outage(across_periods=across))
    found = between(contract, known(("03-31T23:00", 120)), [theirs("03-31T23:00", 100)])
    assert lengths(found) == told
    for row in found.rows:
        assert row.difference_ms == sum(part.ms for part in row.why)
        assert [part.kind for part in row.why] == ["end"]


@pytest.mark.parametrize(
    ("across", "begin", "minutes", "there"),
    [
        ("split", "03-31T23:00", 60, False),
        ("split", "03-31T23:00", 61, True),
        ("split", "05-01T00:00", 5, False),
        ("split", "30T23:59", 5, True),
        ("start", "01T00:00", 5, True),
        ("start", "03-31T23:59", 5, False),
        ("start", "05-01T00:00", 5, False),
        ("restoration", "03-31T23:00", 60, False),
        ("restoration", "03-31T23:00", 61, True),
        ("restoration", "30T23:00", 60, True),
        ("restoration", "30T23:00", 61, False),
    ],
)
def test_what_they_say_of_another_period_is_left_out(
    across: str, begin: str, minutes: int, there: bool
) -> None:
    contract = terms(outage=outage(across_periods=across))
    found = between(contract, known(), [theirs(begin, minutes)])
    assert bool(found.rows) is there
    assert bool(found.theirs.credit.amount) is there


def test_a_minimum_that_their_times_do_not_reach_takes_all_of_it() -> None:
    contract = terms(outage=outage(minimum={"at_least": "30m"}))
    found = between(contract, known(("03T10:00", 47)), [theirs("03T10:20", 27)])
    assert lengths(found) == [(47, 0)]
    assert [(str(part.kind), float(part.ms / MINUTE)) for part in found.rows[0].why] == [
        ("clock", 20), ("rounding", 27),
    ]  # fmt: skip


def test_an_outage_of_theirs_that_does_not_count_differs_in_nothing() -> None:
    contract = terms(outage=outage(minimum={"at_least": "30m"}))
    (row,) = between(contract, known(), [theirs("03T10:20", 29)]).rows
    assert not row.why
    assert row.between == row.difference_ms == 0


def test_rows_on_which_both_agree_are_not_computed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    real = Stage.swapped

    def swapped(stage: Stage, pairs: Sequence[Pair]) -> Member:
        asked.append(len(pairs))
        return real(stage, pairs)

    monkeypatch.setattr(Stage, "swapped", swapped)
    ours = known(("03T10:00", 40), ("05T10:00", 40), ("07T10:00", 40))
    found = between(terms(), ours, [theirs("03T10:00", 40), theirs("05T10:00", 39)])
    assert asked == [3, 1, 1]
    assert [row.between for row in found.rows] == [0, 1, 40]


def test_what_the_contract_joins_counts_once() -> None:
    contract = terms(outage=outage(merge_within="30m"))
    found = between(
        contract, known(("03T10:00", 20), ("03T10:40", 20)), [theirs("03T10:00", 20), theirs("03T10:40", 10)]
    )
    assert sum(theirs for _, theirs in lengths(found)) == 30
    assert found.rows[0].difference_ms == sum(part.ms for part in found.rows[0].why)


def test_rounds_decide_ours_and_unknown_time_stays_unknown() -> None:
    seen = history(
        at("01T00:00"), at("30T00:00"), spans([("2026-04-03T10:00:00Z", "2026-04-03T10:47:00Z")]),
        spans([("2026-04-10T00:00:00Z", "2026-04-11T00:00:00Z")]),
    )  # fmt: skip
    ours = replace(known(), intervals=None, measured=tuple(seen))
    found = between(terms(), ours, [theirs("03T10:20", 27), theirs("10T10:00", 30)])
    assert money(found) == (47, 57, [20, -30])
    assert found.rows[1].why[0].text == "nothing was measured then"
    assert found.ours.times.unknown - found.theirs.times.unknown == 30 * MINUTE


@pytest.mark.parametrize(
    ("scope", "circuits", "counts"),
    [
        ({"pair": ["x-1", "x-2"]}, ["x-1"], 30),
        ({"pair": ["x-1", "x-2"]}, ["x-1", "x-2"], 20),
        ({"contract": "any_down"}, ["x-1"], 60),
        ({"contract": "any_down"}, ["x-1", "x-2"], 40),
    ],
)
def test_of_circuits_that_are_judged_as_one_those_that_they_name_are_swapped(
    scope: dict[str, object], circuits: list[str], counts: int
) -> None:
    both = [known(("03T10:00", 40)), known(("03T10:00", 60))]
    said = [theirs("03T10:00", 30), theirs("03T10:00", 20, circuit="x-2")]
    stated = [one for one in said if one.circuits <= set(circuits)]
    if len(stated) == 2 and "contract" in scope:
        stated = [replace(one, end_ms=at("03T10:40")) for one in stated]
    found = between(terms(scope=scope), both, stated)
    assert sum(theirs for _, theirs in lengths(found)) == counts
    assert found.theirs.times.counted_down == counts * MINUTE


def test_their_figures_stand_beside_ours_with_what_they_would_decide() -> None:
    figures = {"loss": Decimal("0.1"), "availability": Decimal(100)}
    found = between(terms(), known(("03T10:00", 47)), [], figures)
    first, second = found.figures
    assert (first.name, first.met, first.ours and first.ours.verdict) == ("availability", True, "breached")
    assert (second.name, second.met, second.ours) == ("loss", None, None)
    (short,) = between(terms(), known(), [], {"availability": Decimal("99.99")}).figures
    assert short.met is False


def test_a_figure_of_time_is_read_in_the_unit_of_the_statement() -> None:
    repaired = terms(objectives={
        "availability": {"target": ">= 100%"}, "mttr": {"target": "<= 1h"},
    })  # fmt: skip
    said = between(repaired, known(("03T10:00", 47)), [], {"mttr": Decimal(3600)}).figures
    assert [one.met for one in said] == [True]
    worse = between(repaired, known(), [], {"mttr": Decimal(3601)}).figures
    assert [one.met for one in worse] == [False]


def test_totals_are_by_currency_and_of_what_is_paid_to_the_cent() -> None:
    one = between(terms(), known(("03T10:00", 47)), [theirs("03T10:20", 27)])

    def paid(currency: str | None, ours: Fraction | None, theirs: Fraction | None) -> Dispute:
        return replace(
            one,
            ours=replace(one.ours, credit=Credited(currency, amount=ours)),
            theirs=replace(one.theirs, credit=Credited(currency, amount=theirs)),
        )

    found = [
        paid("USD", Fraction(1, 3), Fraction(0)),
        paid("USD", Fraction(1, 3), Fraction(1, 8)),
        paid("EUR", Fraction(5), Fraction(7)),
        paid("USD", None, Fraction(7)),
        paid(None, Fraction(5), Fraction(7)),
    ]
    assert totals(found) == {
        "EUR": (Fraction(5), Fraction(7)), "USD": (Fraction(66, 100), Fraction(13, 100)),
    }  # fmt: skip
    assert found[3].between is None


def test_json_gives_times_seconds_and_money_as_statements_do() -> None:
    stated = [theirs("03T10:20", 27.5, (5, "access"), cause="fibre cut", ticket="T1")]
    told = between(terms(), known(("03T10:00", 47)), stated, {"availability": Decimal("99.95")}).as_json()
    (row,) = told["outages"]
    assert row["ours"] == [
        {"from": "2026-04-03T10:00:00Z", "to": "2026-04-03T10:47:00Z", "counted_seconds": 2820, "tickets": []}
    ]
    assert row["theirs"] == [
        {"note": 1, "circuits": ["x-1"], "from": "2026-04-03T10:20:00Z", "to": "2026-04-03T10:47:30Z",
         "holds": [{"seconds": 300, "reason": "access"}], "seconds": 1350, "cause": "fibre cut",
         "ticket": "T1"}
    ]  # fmt: skip
    assert (row["ours_seconds"], row["theirs_seconds"], row["difference_seconds"]) == (2820, 1350, 1470)
    assert row["credit_between"] == "24.00", "a begun minute is a dollar: 47 less 23"
    assert [(one["kind"], one["seconds"]) for one in row["why"]] == [
        ("clock", 1200), ("exclusion", 300), ("rounding", -30),
    ]  # fmt: skip
    assert told["credit"] == {"currency": "USD", "ours": "47.00", "theirs": "23.00", "between": "24.00"}
    assert told["figures"] == [
        {"id": "availability", "target": ">= 100%", "unit": "%", "ours": "99.891204", "theirs": "99.95",
         "verdict": "breached", "met_by_theirs": False}
    ]  # fmt: skip
