"""What happens in the made-up year is told once and fits the estate."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from collector.demo.configuration import configuration
from collector.demo.contracts import CONTRACT_OF
from collector.demo.estate import COMPANIES, NOW_MS, lines, places
from collector.demo.history import history
from collector.demo.knowledge import knowledge
from collector.demo.story import HOUR_MS, at, story
from collector.ledger.model import Outage
from collector.notebook.bodies import KINDS
from config.load import load_text

LINES = lines()


def test_the_estate_is_as_large_as_it_says() -> None:
    assert (len(COMPANIES), len(places()), len(LINES)) == (3, 20, 40)
    assert {line.site for line in LINES} == set(places())
    assert len({place.timezone for place in places().values()}) > 10
    assert {line.service for line in LINES} == {"dia", "mpls", "broadband", "lte", "wave"}


def test_the_configuration_is_without_a_warning() -> None:
    loaded = load_text(configuration(LINES, list(places().values()), "127.0.0.1:0"), "demo", host="demo")
    assert loaded.warnings == ()
    settings = loaded.settings
    assert settings.demo is not None
    assert round(settings.demo.clock.timestamp() * 1000) == NOW_MS
    assert settings.here() == settings.circuits
    january = datetime(2025, 1, 1, tzinfo=UTC).date()
    assert all(circuit.on(january).contract for circuit in settings.circuits.values())
    assert set(settings.contracts) == set(CONTRACT_OF.values())


def test_the_same_circuits_have_the_same_year() -> None:
    assert story(LINES) == story(lines())


def test_fewer_circuits_have_what_happens_to_them_alone() -> None:
    some = lines(3)
    known = {line.id for line in some}
    assert {name for one in story(some).troubles for name in one.circuits} <= known
    for line in some:
        whole = [(one.start_ms, one.end_ms) for one in story(LINES).of(line.id)]
        assert [(one.start_ms, one.end_ms) for one in story(some).of(line.id)] == whole


def test_nothing_that_happens_to_a_circuit_overlaps_but_a_loss() -> None:
    for line in LINES:
        mine = [one for one in story(LINES).of(line.id) if one.kind != "loss"]
        assert all(a.end_ms <= b.start_ms for a, b in pairwise(mine)), line.id


def test_everything_worth_looking_at_happens() -> None:
    told = story(LINES).troubles
    assert {one.kind for one in told} == {"down", "loss", "blind", "off"}
    assert {one.ticket for one in told} == {"at once", "late", "never", "left open"}
    assert any(one.end_ms > NOW_MS for one in told)
    notice = sorted(one.start_ms - one.announced_ms for one in told if one.announced_ms is not None)
    assert notice[0] < 86_400_000 < notice[-1]
    assert max(Counter(name for one in told for name in one.circuits).values()) > 30


def test_each_month_holds_an_outage_of_over_an_hour() -> None:
    long = [
        one for one in story(LINES).troubles if one.kind == "down" and one.end_ms - one.start_ms > 3_600_000
    ]
    assert {datetime.fromtimestamp(one.start_ms / 1000, UTC).month for one in long} == set(range(1, 13))


def test_two_silent_rounds_are_an_outage_and_one_is_none() -> None:
    line, minute = LINES[0], 60_000
    runs = [(0, 10, 1), (10 * minute, 1, 0), (11 * minute, 9, 1), (20 * minute, 2, 0), (22 * minute, 5, 1)]
    found = history([line], {line.id: runs}, 0, 27 * minute)
    assert [(one.start_ms, one.end_ms) for one in found.outages] == [(20 * minute, 22 * minute)]
    assert [one.status for one in found.transitions] == ["up", "down", "up"]
    assert (found.now[0].status, found.now[0].since_ms) == ("up", 22 * minute)


def test_time_in_which_nothing_was_measured_is_unknown() -> None:
    line, minute = LINES[0], 60_000
    found = history([line], {line.id: [(0, 10, 1), (20 * minute, 10, 1)]}, 0, 30 * minute)
    assert [(one.at_ms // minute, one.status) for one in found.transitions] == [
        (0, "up"),
        (10, "unknown"),
        (20, "up"),
    ]


def test_what_people_wrote_can_be_read_by_its_kind() -> None:
    outages = [
        Outage(line.site, line.carrier, line.id, one.start_ms, min(one.end_ms, NOW_MS), "timeout")
        for line in LINES
        for one in story(LINES).of(line.id)
        if one.kind == "down"
    ]
    written = knowledge(LINES, story(LINES), outages)
    seen = {one.kind for one in written}
    assert seen == {
        "ticket",
        "carrier",
        "maintenance",
        "feedback",
        "goal",
        "action",
        "review",
        "practice",
        "dismiss",
    }
    for one in written:
        assert KINDS[one.kind].model_validate_json(one.text())
    assert [one.at_ms for one in written] == sorted(one.at_ms for one in written)
    assert written[-1].at_ms <= NOW_MS


def test_what_adds_to_a_goal_or_an_action_names_its_first_note_by_number() -> None:
    written = knowledge(LINES, story(LINES), [])
    added = [one for one in written if "of" in one.values]
    assert len(added) > 5
    for one in added:
        first = written[one.values["of"] - 1]
        assert (first.kind, "of" in first.values) == (one.kind, False)


def test_a_smaller_estate_has_the_notes_of_its_own_circuits_alone() -> None:
    few = LINES[:6]
    names = {line.id for line in few}
    written = knowledge(few, story(few), [])
    assert {name for one in written for name in one.values.get("circuits", ())} <= names
    assert any(one.kind == "review" for one in written)


@pytest.mark.parametrize("text", ["01-14 02:00", "12-31 23:59"])
def test_a_scripted_time_is_in_utc(text: str) -> None:
    assert f"{datetime.fromtimestamp(at(text) / 1000, UTC):%m-%d %H:%M}" == text


def test_people_write_also_of_a_time_so_short_that_its_first_outage_is_of_today() -> None:
    here = lines(4)
    outage = Outage(here[0].site, here[0].carrier, here[0].id, NOW_MS - HOUR_MS, None, "timeout")
    notes = knowledge(here, story(here), [outage])
    said = [one for one in notes if one.kind == "feedback"]
    assert said
    assert all(one.at_ms <= NOW_MS and one.values["at"] <= NOW_MS for one in said)
