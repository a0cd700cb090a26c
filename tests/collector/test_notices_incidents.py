"""What is told of outages and breaches, and when: tables of what was seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from collector.circuits import Change, Status
from collector.ledger.model import Outage
from collector.notices.incidents import (
    PATIENCE_MS,
    STEADY_MS,
    UNCONFIRMED_MS,
    UNKNOWN_MS,
    Breaches,
    Incidents,
    Seen,
)
from collector.notices.notice import BreachFacts, Event, Notice, OutageFacts, from_text
from tests.collector.notices import NOW_MS, SECOND, about, began, breached, ended

UP, DOWN, UNKNOWN = Status.UP, Status.DOWN, Status.UNKNOWN
START, END, BREACH = Event.OUTAGE_START, Event.OUTAGE_END, Event.BREACH


def outage(begin: int, end: int | None = None, circuit: str = "a", **more: bool) -> Outage:
    """A stored outage; seconds from now."""
    end_ms = None if end is None else NOW_MS + end * SECOND
    return Outage("lon-01", "acme", circuit, NOW_MS + begin * SECOND, end_ms, "timeout", **more)


class Watched:
    """Incidents over a made time: `look` gives what is told, which is then told."""

    def __init__(self) -> None:
        self.incidents = Incidents()

    def look(
        self,
        at: int,
        live: Mapping[str, tuple[Status, int]],
        stored: Sequence[Outage] = (),
        judged: int | None = None,
        breaches: Breaches | None = None,
    ) -> list[Notice]:
        """At a second: each circuit's status and since when, and the stored outages."""
        changes = {
            name: Change(NOW_MS + since * SECOND, status, "live") for name, (status, since) in live.items()
        }
        judged_ms = NOW_MS + (at if judged is None else judged) * SECOND
        seen = Seen(NOW_MS + at * SECOND, changes, stored, judged_ms, breaches)
        found = self.incidents.take(seen, about)
        for one in found:
            self.incidents.told(from_text(one.to_text(), 1))
        return found


def facts(notice: Notice) -> OutageFacts:
    assert isinstance(notice.facts, OutageFacts)
    return notice.facts


def seconds(notice: Notice) -> tuple[Event, int, int | None]:
    """Event, start and end from now on."""
    one = facts(notice)
    end = None if one.end_ms is None else (one.end_ms - NOW_MS) // SECOND
    return notice.event, (one.start_ms - NOW_MS) // SECOND, end


def test_a_stored_outage_is_told_at_once_and_only_once() -> None:
    watched = Watched()
    assert watched.look(0, {"a": (UP, -99)}) == []
    (told,) = watched.look(3, {"a": (DOWN, 0)}, [outage(0)])
    assert seconds(told) == (START, 0, None)
    assert not facts(told).provisional
    assert watched.look(4, {"a": (DOWN, 0)}, [outage(0)]) == []


def test_an_outage_whose_record_is_late_is_told_by_the_newest_rounds() -> None:
    watched = Watched()
    patience = PATIENCE_MS // SECOND
    assert watched.look(20, {"a": (DOWN, 0), "b": (UP, 0)}) == []
    assert watched.look(20 + patience - 1, {"a": (DOWN, 0), "b": (UP, 0)}) == []
    (told,) = watched.look(20 + patience, {"a": (DOWN, 0), "b": (UP, 0)})
    assert (seconds(told), facts(told).provisional) == ((START, 0, None), True)
    assert watched.look(60, {"a": (DOWN, 0), "b": (UP, 0)}, [outage(0)]) == []


def test_what_is_down_all_together_by_the_newest_rounds_has_a_common_cause() -> None:
    watched = Watched()
    watched.look(0, {"a": (DOWN, 0), "b": (DOWN, 0)})
    told = watched.look(9, {"a": (DOWN, 0), "b": (DOWN, 0)})
    assert [facts(one).common_cause for one in told] == [True, True]
    alone = Watched()
    alone.look(0, {"a": (DOWN, 0)})
    assert not facts(alone.look(9, {"a": (DOWN, 0)})[0]).common_cause


def test_the_end_is_told_from_the_record_alone() -> None:
    watched = Watched()
    watched.look(3, {"a": (DOWN, 0)}, [outage(0)])
    steady = 50 + STEADY_MS // SECOND
    assert watched.look(steady, {"a": (UP, 50)}, [outage(0)]) == []
    (told,) = watched.look(steady + 1, {"a": (UP, 50)}, [outage(0, 50)])
    assert (seconds(told), facts(told).down_ms, facts(told).after) == ((END, 0, 50), 50 * SECOND, "up again")
    assert watched.look(steady + 2, {"a": (UP, 50)}, [outage(0, 50)]) == []


def test_an_outage_that_was_over_before_it_could_be_told_is_told_whole() -> None:
    watched = Watched()
    told = watched.look(9, {"a": (UP, 4)}, [outage(0, 4)])
    assert [seconds(one) for one in told] == [(START, 0, None), (END, 0, 4)]
    assert watched.look(10, {"a": (UP, 4)}, [outage(0, 4)]) == []


def test_a_circuit_that_comes_and_goes_is_told_as_one_incident() -> None:
    watched = Watched()
    watched.look(3, {"a": (DOWN, 0)}, [outage(0)])
    assert watched.look(20, {"a": (DOWN, 15)}, [outage(0, 10)]) == []
    assert watched.look(40, {"a": (UP, 30)}, [outage(0, 10), outage(15)]) == []
    assert watched.look(60, {"a": (UP, 30)}, [outage(0, 10), outage(15, 30)]) == []
    (told,) = watched.look(30 + STEADY_MS // SECOND, {"a": (UP, 30)}, [outage(0, 10), outage(15, 30)])
    assert seconds(told) == (END, 0, 30)
    assert (facts(told).down_ms, facts(told).outages) == (25 * SECOND, 2)


def test_a_circuit_that_flaps_for_an_hour_is_told_twice() -> None:
    watched, told = Watched(), list[Notice]()
    outages = list[Outage]()
    for begin in range(0, 3_600, 30):
        watched.look(begin + 3, {"a": (DOWN, begin)}, [*outages, outage(begin)])
        outages.append(outage(begin, begin + 15))
        told += watched.look(begin + 29, {"a": (UP, begin + 15)}, outages)
    assert told == []
    (end,) = watched.look(3_700, {"a": (UP, 3_585)}, outages)
    assert (seconds(end), facts(end).outages) == ((END, 0, 3_585), 120)


def test_unknown_is_no_recovery_but_not_for_ever() -> None:
    watched = Watched()
    watched.look(3, {"a": (DOWN, 0)}, [outage(0)])
    assert watched.look(40, {"a": (UNKNOWN, 20)}, [outage(0, 20)]) == []
    late = 20 + UNKNOWN_MS // SECOND
    assert watched.look(late - 1, {"a": (UNKNOWN, 20)}, [outage(0, 20)]) == []
    (told,) = watched.look(late, {"a": (UNKNOWN, 20)}, [outage(0, 20)])
    assert (seconds(told), facts(told).after) == ((END, 0, 20), "unknown since then: live")


def test_a_restart_in_an_outage_tells_nothing_and_its_end_says_what_is_not_known() -> None:
    watched = Watched()
    watched.look(3, {"a": (DOWN, 0)}, [outage(0)])
    assert watched.look(30, {"a": (UNKNOWN, 30)}, [outage(0, 20)]) == []
    (told,) = watched.look(35 + STEADY_MS // SECOND, {"a": (UP, 35)}, [outage(0, 20)])
    assert (seconds(told), facts(told).after) == ((END, 0, 20), "unknown for 15 s, then up again")


def test_what_the_stored_history_does_not_confirm_is_taken_back() -> None:
    watched = Watched()
    watched.look(0, {"a": (DOWN, 0)})
    watched.look(9, {"a": (DOWN, 0)})
    over = 30 + UNCONFIRMED_MS // SECOND
    assert watched.look(over, {"a": (UP, 30)}, judged=over) == []
    (told,) = watched.look(over + 9, {"a": (UP, 30)}, judged=over + 1)
    assert (told.event, facts(told).after) == (END, "up; the stored history shows no outage")


def test_a_circuit_that_is_no_longer_measured_is_no_longer_down() -> None:
    watched = Watched()
    watched.look(3, {"a": (DOWN, 0)}, [outage(0)])
    (told,) = watched.look(9, {}, [outage(0)])
    assert (told.event, facts(told).after) == (END, "it is no longer measured")
    assert watched.look(10, {}, [outage(0)]) == []


def test_who_reads_back_what_was_told_tells_nothing_again() -> None:
    after = Incidents()
    for notice in (began(number=1), ended(number=2), breached(number=3), began("b", number=4)):
        after.told(from_text(notice.to_text(), notice.number))
    assert list(after.open) == ["b"]
    broken = {"lon-acme": [breach_of(breached())]}
    assert [one.number for one in after.standing(broken)] == [4, 3]
    assert [one.number for one in after.standing({})] == [4]
    live = {name: Change(NOW_MS, status, "") for name, status in (("lon-acme", UP), ("b", DOWN))}
    stored = [outage(-30, 50, "lon-acme"), outage(-30, None, "b")]
    seen = Seen(NOW_MS + 90 * SECOND, live, stored, NOW_MS, broken)
    assert after.take(seen, about) == []


def breach_of(notice: Notice) -> BreachFacts:
    assert isinstance(notice.facts, BreachFacts)
    return notice.facts


@pytest.mark.parametrize(("period", "count"), [("2026-01", 0), ("2026-02", 1)])
def test_a_breach_is_told_once_a_period(period: str, count: int) -> None:
    watched = Watched()
    first = {"a": [breach_of(breached())]}
    assert watched.look(0, {"a": (UP, -9)}) == [], "no figures yet"
    assert [one.event for one in watched.look(1, {"a": (UP, -9)}, breaches=first)] == [BREACH]
    assert watched.look(2, {"a": (UP, -9)}, breaches={}) == []
    again = {"a": [breach_of(breached(period=period))]}
    assert len(watched.look(3, {"a": (UP, -9)}, breaches=again)) == count


def test_once_one_has_waited_long_enough_all_that_wait_are_told_together() -> None:
    watched = Watched()
    patience = PATIENCE_MS // SECOND
    watched.look(20, {"a": (DOWN, 0), "b": (UP, 0)})
    watched.look(25, {"a": (DOWN, 0), "b": (DOWN, 10)})
    told = watched.look(20 + patience, {"a": (DOWN, 0), "b": (DOWN, 10)})
    assert [one.about.circuit for one in told] == ["a", "b"]
    assert watched.look(60, {"a": (DOWN, 0), "b": (DOWN, 10)}) == []
