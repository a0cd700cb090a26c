"""Rules about failures: pairs, repeats, shifts, what has no remedy, budgets."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.analysis.finding import Finding
from collector.analysis.recommend import budget, pair, remedy, repeat, shift

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
BEGIN_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z
TODAY = date(2026, 4, 1)


def down(day: float, hours: float = 1) -> pair.Down:
    start = BEGIN_MS + int(day * DAY_MS)
    return pair.Down(start, start + int(hours * HOUR_MS))


BUSY = [down(8 * number, 40) for number in range(10)]


def made(first: list[pair.Down], second: list[pair.Down]) -> pair.Pair:
    return pair.Pair(
        "lon-a",
        "lon-b",
        "lon-b was bought to run another way than lon-a",
        ("acme", "beta"),
        ("Acme", "Beta"),
        "UTC",
        tuple(first),
        tuple(second),
        BEGIN_MS,
        BEGIN_MS + 90 * DAY_MS,
        "/outages/lon-a/{start}",
    )


@pytest.mark.parametrize(
    ("first", "second", "fires"),
    [
        ([], [], False),
        ([down(3)], [], False),
        ([down(3)], [down(4)], False),
        ([down(3)], [down(3, 1), down(9)], True),
        ([down(3)], [down(3 + 1 / 24)], False),  # one ends as the other begins
        (
            BUSY,
            [down(day, 40) for day in (1, 9, 17, 25, 36, 44, 52, 60, 68, 76)],
            False,
        ),  # 4 met, 3.7 by chance
    ],
)
def test_a_pair_that_fails_together_more_than_chance(
    first: list[pair.Down], second: list[pair.Down], fires: bool
) -> None:
    assert bool(list(pair.rule([made(first, second)], TODAY))) is fires


def test_it_names_the_time_both_carriers_and_how_likely_chance_is() -> None:
    common = replace(down(3), common_cause=True)
    (found,) = pair.rule([made([common], [down(3.01, 2)])], TODAY)
    assert (
        found.text
        == "Ask Acme and Beta which way lon-a and lon-b run: they failed together on 4 January 2026"
    )
    assert (found.key, found.carrier) == ("pair:lon-a+lon-b:2026-Q1", "")
    assert "both down for 45 min 36 s, with every circuit of the site" in found.evidence[1]
    assert found.evidence[-1].startswith("Of 1 and 1 outage in 90 days, 1 met; chance alone lets 0.0014 meet")
    assert found.link == "/outages/lon-a/2026-01-04T00:00:00Z"


@given(st.lists(st.floats(0, 80), max_size=6), st.lists(st.floats(0, 80), max_size=6))
def test_a_pair_is_the_same_whichever_is_named_first(first: list[float], second: list[float]) -> None:
    one, other = [down(day) for day in first], [down(day) for day in second]
    there, back = made(one, other), made(other, one)
    assert len(pair.together(there)) == len(pair.together(back))
    assert pair.by_chance(there) == pytest.approx(pair.by_chance(back))


@pytest.mark.parametrize(
    ("count", "expected", "chance"), [(0, 0.5, 1.0), (1, 0.0, 0.0), (1, 0.1, 0.0952), (2, 1.0, 0.2642)]
)
def test_the_chance_of_so_many_is_poissons(count: int, expected: float, chance: float) -> None:
    assert pair.at_least(count, expected) == pytest.approx(chance, abs=1e-4)


def faults(*days: float, minutes: float = 30) -> repeat.Faults:
    some = tuple(
        repeat.Fault(start, start + int(minutes * 60_000), "timeout")
        for day in days
        for start in [BEGIN_MS + int(day * DAY_MS)]
    )
    return repeat.Faults("lon-a", "acme", "Acme", "UTC", some, "/circuits/lon-a")


@pytest.mark.parametrize(
    ("circuit", "said"),
    [
        (faults(), ""),
        (faults(1, 20), ""),
        (faults(1, 15, 31), "3 outages in 30 days"),
        (faults(1, 15, 32), ""),
        (faults(1, 2, 3, 4), "4 outages in 3 days"),
        (faults(1, 2, 3, 31, 32), "5 outages in 31 days"),
        (faults(1, 2, 3, minutes=4), ""),  # too short to ask about
        (replace(faults(1, 2, 3), since_ms=BEGIN_MS + 9 * DAY_MS), ""),  # no news
        (faults(1, 2, 3, 60, 61, 62, 63), "4 outages in 3 days"),  # the last run
    ],
)
def test_three_outages_in_thirty_days_ask_for_the_root_cause(circuit: repeat.Faults, said: str) -> None:
    found = list(repeat.rule([circuit], TODAY))
    assert [one.text for one in found] == ([f"Ask Acme for the root cause at lon-a: {said}"] if said else [])


def test_one_more_outage_in_a_quarter_is_no_new_recommendation() -> None:
    (three,), (four,) = (list(repeat.rule([faults(*days)], TODAY)) for days in [(1, 2, 3), (1, 2, 3, 4)])
    assert three.key == four.key == "repeat:lon-a:2026-Q1"


FOUND = Finding(
    "lon-a", "rtt", "shift", BEGIN_MS + 80 * DAY_MS, None, 0.021, 0.034, 9.0, BEGIN_MS + 81 * DAY_MS
)
RISEN = shift.Risen(FOUND, "acme", "Acme", "UTC", "/circuits/lon-a")


@pytest.mark.parametrize(
    ("risen", "fires"),
    [
        (RISEN, True),
        (replace(RISEN, ticketed=True), False),
        (replace(RISEN, finding=replace(FOUND, kind="excursion")), False),
        (replace(RISEN, finding=replace(FOUND, after=0.010)), False),  # better
        (replace(RISEN, finding=replace(FOUND, after=0.0225)), False),  # nobody's business
        (replace(RISEN, finding=replace(FOUND, metric="utilisation", before=0.1, after=0.5)), False),
        (replace(RISEN, finding=replace(FOUND, metric="loss", before=0.0, after=0.02)), True),
        (replace(RISEN, finding=replace(FOUND, at_ms=BEGIN_MS)), False),  # long ago
    ],
)
def test_a_level_that_rose_is_the_carriers_to_explain(risen: shift.Risen, fires: bool) -> None:
    assert bool(list(shift.rule([risen], TODAY))) is fires


def test_a_shift_says_from_what_to_what_and_when() -> None:
    (found,) = shift.rule([RISEN], TODAY)
    assert found.text == (
        "Ask Acme what changed at lon-a: its round-trip time rose from 21 ms to 34 ms on 22 March 2026 00:00"
    )
    old = replace(RISEN, finding=replace(FOUND, at_ms=BEGIN_MS))
    assert list(shift.rule([old], TODAY, since=date(2026, 1, 1)))


FAILING = remedy.Failing(
    *("gold", "acme", "Acme"),
    circuits=("lon-a", "lon-b"),
    times=Counter(availability=4, jitter=9),
    by_circuit={"jitter": [("lon-a", 7), ("lon-b", 2)]},
    promised=frozenset({"availability"}),
    paid=frozenset({"availability"}),
    days=90,
    as_of=TODAY,
    notice_by=date(2026, 6, 30),
    link="/",
)


@pytest.mark.parametrize(
    ("failing", "key"),
    [
        (FAILING, "remedy:gold/jitter:2026-Q2"),
        (replace(FAILING, promised=frozenset({"availability", "jitter"})), "remedy:gold/jitter:2026-Q2"),
        (replace(FAILING, paid=frozenset({"availability", "jitter"})), ""),
        (replace(FAILING, times=Counter(availability=9, jitter=3)), ""),  # what fails most pays
        (replace(FAILING, times=Counter(jitter=2)), ""),
        (replace(FAILING, times=Counter(jitter=2), missed=Counter(jitter=1)), "remedy:gold/jitter:2026-Q2"),
        (
            replace(FAILING, times=Counter(availability=4), missed=Counter(delivery=5)),
            "remedy:gold/delivery:2026-Q2",
        ),
        (replace(FAILING, missed=Counter(availability=6)), ""),  # and what misses most pays
        (replace(FAILING, times=Counter()), ""),
    ],
)
def test_what_fails_most_and_pays_nothing_is_asked_for(failing: remedy.Failing, key: str) -> None:
    assert [one.key for one in remedy.rule([failing], TODAY)] == ([key] if key else [])


def test_a_remedy_is_asked_for_before_notice_is_due_with_where_it_failed() -> None:
    (found,) = remedy.rule([FAILING], TODAY)
    assert found.text == (
        "Ask Acme for an objective with a credit for delay variation in gold "
        "before notice is due on 30 June 2026"
    )
    assert "Most at lon-a (7) and lon-b (2)." in found.evidence


def test_a_promise_that_statements_call_broken_and_nobody_pays_for_is_told_so() -> None:
    missed = replace(FAILING, times=Counter(rtt=1), missed=Counter(rtt=3), promised=frozenset({"rtt"}))
    (found,) = remedy.rule([missed], TODAY)
    assert found.evidence[0] == (
        "In 90 days: 1 time round-trip times above their usual band and the target for the round-trip time "
        "missed in 3 statements; gold has an objective for it that pays nothing."
    )
    (other,) = remedy.rule([replace(missed, missed=Counter(mos=4))], TODAY)
    assert other.text.startswith("Ask Acme for a credit for voice quality in gold")


BUDGET = budget.Budget(
    *("lon-a", "acme", "Acme", "gold", "availability", "2026-04", 1_296.0, 300.0, date(2026, 4, 30), "/x")
)


@pytest.mark.parametrize(
    ("left", "fires"), [(324.0, True), (325.0, False), (0.0, False), (-5.0, False), (1_296.0, False)]
)
def test_a_budget_is_told_of_while_a_quarter_or_less_is_left(left: float, fires: bool) -> None:
    found = list(budget.rule([replace(BUDGET, left_seconds=left)], TODAY))
    assert bool(found) is fires


def test_a_low_budget_puts_off_work() -> None:
    (found,) = budget.rule([BUDGET], TODAY)
    assert found.text == (
        "Put off work on lon-a until 30 April 2026 and watch it: 5 min of downtime are left in April 2026"
    )
