"""What people's notes take out, and why not more."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.sla.evidence import Excuse
from collector.sla.exclusions import excluded_of, rulings, why
from collector.sla.reckoning import Excluded
from collector.sla.rules import Rules
from collector.sla.spans import Spans
from tests.collector.sla.counting import NEVER, excuse, minute, minutes, ms, rules, window

HOUR = 60
DAY = 24 * HOUR


def its(how: object, kind: str = "maintenance", **others: object) -> Rules:
    return rules(exclude={kind: how}, **others)


def found(terms: Rules, *excuses: Excuse, off_hours: Spans = NEVER, disputed: bool = False) -> Excluded:
    return excluded_of(terms.terms.exclude, excuses, terms, off_hours, disputed=disputed)


@pytest.mark.parametrize("effect", ["numerator", "both", "window"])
def test_a_note_takes_out_what_its_kind_does(effect: str) -> None:
    out = found(its({"effect": effect}), excuse(10, 20))
    others = {"numerator", "both", "window"} - {effect}
    assert getattr(out, effect) == out.noted == out.everything == minutes((10, 20))
    assert not any(getattr(out, other) for other in others)


def test_without_another_word_a_note_is_not_counted_as_down() -> None:
    assert found(its({}), excuse(10, 20)).numerator == minutes((10, 20))


@pytest.mark.parametrize(
    "terms",
    [rules(), its("counts"), its({}, kind="customer"), its("counts", kind="customer"), rules(exclude={})],
)
def test_a_kind_that_counts_or_is_left_out_takes_nothing_out(terms: Rules) -> None:
    assert found(terms, excuse(10, 20)) == Excluded()


@pytest.mark.parametrize(
    ("state", "disputed", "taken"),
    [
        ("claimed", False, True),
        ("accepted", False, True),
        ("disputed", False, False),
        ("claimed", True, True),
        ("accepted", True, True),
        ("disputed", True, True),
    ],
)
def test_a_disputed_note_takes_effect_only_where_the_dispute_is_refused(
    state: Literal["claimed", "accepted", "disputed"], disputed: bool, taken: bool
) -> None:
    out = found(its({}), excuse(10, 20, state=state), disputed=disputed)
    assert out.numerator == (minutes((10, 20)) if taken else NEVER)


@pytest.mark.parametrize(
    ("announced", "taken"),
    [(10 - 48 * HOUR, True), (10 - 48 * HOUR + 0.001, False), (-9999, True), (15, False), (None, False)],
)
def test_notice_is_kept_when_all_of_it_lies_before_the_start(announced: float | None, taken: bool) -> None:
    out = found(its({"notice": "48h"}), excuse(10, 20, announced=announced))
    assert bool(out.numerator) is taken


def test_without_a_notice_rule_nobody_asks_when_it_was_announced() -> None:
    assert found(its({}), excuse(10, 20, announced=30)).numerator


@pytest.mark.parametrize(
    ("announced", "start", "taken"),
    [
        # Monday the 13th is MARK; two business days after Thursday 10:00 are Monday 10:00.
        (-4 * DAY + 10 * HOUR, 10 * HOUR, True),
        (-4 * DAY + 10 * HOUR, 10 * HOUR - 0.001, False),
        (-4 * DAY + 10 * HOUR + 0.001, 10 * HOUR, False),
        # From a Saturday, and from a Sunday, the second one is Tuesday.
        (-2 * DAY + 10 * HOUR, DAY + 10 * HOUR, True),
        (-1 * DAY + 10 * HOUR, DAY + 10 * HOUR - 0.001, False),
    ],
)
def test_notice_in_business_days_ends_at_the_same_clock_time(
    announced: float, start: float, taken: bool
) -> None:
    out = found(its({"notice": "2bd"}), excuse(start, start + 60, announced=announced))
    assert bool(out.numerator) is taken


def test_holidays_are_no_business_days_of_notice() -> None:
    late = excuse(10 * HOUR, 11 * HOUR, announced=-4 * DAY + 10 * HOUR)
    assert found(its({"notice": "2bd"}, holidays=["2026-04-09"]), late).numerator
    assert not found(its({"notice": "2bd"}, holidays=["2026-04-10"]), late).numerator


def test_only_what_lies_inside_the_windows_is_taken_out() -> None:
    terms = its({"windows": ["Mon 02:00-04:00", "Tue 02:00-04:00"]})
    assert found(terms, excuse(60, 180)).numerator == minutes((120, 180))
    assert found(terms, excuse(0, 2 * DAY)).numerator == minutes((120, 240), (DAY + 120, DAY + 240))
    assert found(terms, excuse(240, 300)) == Excluded()


def test_windows_are_of_the_contracts_zone_and_take_nothing_out_alone() -> None:
    terms = its({"windows": ["Mon 02:00-04:00"]}, timezone="Europe/Berlin")
    assert found(terms, excuse(0, 180)).numerator == minutes((0, 120))
    assert found(terms) == Excluded()


@pytest.mark.parametrize(
    ("lengths", "taken"),
    [
        ([60, 60], minutes((0, 60), (DAY, DAY + 60))),
        ([120], minutes((0, 120))),
        ([121], minutes((0, 120))),
        ([90, 60], minutes((0, 90), (DAY, DAY + 30))),
        ([120, 60], minutes((0, 120))),
        ([60, 60, 60], minutes((0, 60), (DAY, DAY + 60))),
    ],
)
def test_an_allowance_is_used_up_in_order_of_start(lengths: list[int], taken: Spans) -> None:
    notes = [excuse(day * DAY, day * DAY + length) for day, length in enumerate(lengths)]
    terms = its({"allowance": "2h/year"})
    assert found(terms, *notes).numerator == taken
    assert found(terms, *reversed(notes)).numerator == taken


def test_only_what_takes_effect_uses_up_an_allowance() -> None:
    terms = its({"allowance": "1h/year", "notice": "1h", "windows": ["daily 00:00-02:00"]})
    notes = [
        excuse(0, 60, announced=0),
        excuse(60, 90, announced=-60, state="disputed"),
        excuse(100, 500, announced=-60),
        excuse(DAY, DAY + 90, announced=-60),
    ]
    assert found(terms, *notes).numerator == minutes((100, 120), (DAY, DAY + 40))
    assert found(terms, *notes, disputed=True).numerator == minutes((60, 90), (100, 120), (DAY, DAY + 10))


def test_overlapping_notes_use_an_allowance_once() -> None:
    terms = its({"allowance": "1h/year"})
    notes = [excuse(0, 40), excuse(20, 50), excuse(100, 200)]
    assert found(terms, *notes).numerator == minutes((0, 50), (100, 110))
    assert [one.time for one in rulings(terms.terms.exclude, notes, terms)] == [
        minutes((0, 40)),
        minutes((20, 50)),
        minutes((100, 110)),
    ]


def test_an_allowance_is_each_local_years_own() -> None:
    terms = its({"allowance": "1h/year"}, timezone="America/New_York")
    new_year = ms("2027-01-01T05:00:00Z")
    note = Excuse(new_year - 2 * 3_600_000, new_year + 2 * 3_600_000, "maintenance")
    hour = 3_600_000
    assert found(terms, note).numerator == Spans.of(
        [(new_year - 2 * hour, new_year - hour), (new_year, new_year + hour)]
    )


def test_each_kind_has_an_allowance_of_its_own() -> None:
    terms = rules(exclude={"maintenance": {"allowance": "1h/year"}, "customer": {"allowance": "30m/year"}})
    out = found(terms, excuse(0, 60), excuse(100, 160, "customer"))
    assert out.numerator == minutes((0, 60), (100, 130))


def test_where_effects_overlap_window_beats_both_beats_numerator() -> None:
    terms = rules(
        exclude={
            "maintenance": {"effect": "numerator"},
            "customer": {"effect": "both"},
            "force_majeure": {"effect": "window"},
        }
    )
    notes = [excuse(0, 100), excuse(50, 150, "customer"), excuse(140, 160, "force_majeure")]
    out = found(terms, *notes, excuse(90, 95, "force_majeure"))
    assert out.numerator == minutes((0, 50))
    assert out.both == minutes((50, 90), (95, 140))
    assert out.window == minutes((90, 95), (140, 160))
    assert out.noted == minutes((0, 160))


def test_time_outside_of_the_service_hours_is_out_whatever_the_notes_say() -> None:
    out = found(its({"effect": "window"}), excuse(10, 30), off_hours=minutes((20, 60)))
    assert (out.window, out.off_hours) == (minutes((10, 20)), minutes((20, 60)))
    assert out.everything == minutes((10, 60))
    both = found(its({"effect": "both"}), excuse(10, 30), off_hours=minutes((20, 60)))
    assert both.both == minutes((10, 20))
    counted = found(its({}), excuse(10, 30), off_hours=minutes((20, 60)))
    assert counted.numerator == minutes((10, 20))


@given(
    st.lists(
        st.tuples(st.integers(0, 90), st.integers(0, 40), st.sampled_from(["a", "b", "c"])), max_size=6
    ).flatmap(lambda notes: st.tuples(st.just(notes), st.permutations(notes)))
)
def test_the_order_of_the_notes_does_not_matter(
    notes: tuple[list[tuple[int, int, str]], list[tuple[int, int, str]]],
) -> None:
    terms = rules(
        exclude={
            "a": {"effect": "numerator", "allowance": "30m/year"},
            "b": {"effect": "both"},
            "c": {"effect": "window"},
        }
    )
    one, other = (
        found(terms, *(excuse(start, start + length, kind) for start, length, kind in order))
        for order in notes
    )
    assert one == other
    assert one.numerator.total_ms + one.both.total_ms + one.window.total_ms == one.noted.total_ms


FROM = "Maintenance from 2026-04-13 00:10:00 +00:00 to 2026-04-13 00:30:00 +00:00: "


@pytest.mark.parametrize(
    ("how", "others", "text"),
    [
        ({}, {}, "20 min not counted as down"),
        (
            {"effect": "both"},
            {},
            "20 min not counted as down, and downtime in it leaves the denominator too",
        ),
        ({"effect": "window"}, {}, "20 min left out of downtime and denominator"),
        ("counts", {}, "counts as downtime: the contract doesn't exclude maintenance"),
        ({}, {"state": "disputed"}, "counts as downtime: it is disputed"),
        (
            {"notice": "48h"},
            {"announced": 5},
            "counts as downtime: announced too late, at 2026-04-13 00:05:00 +00:00: "
            "48 h before its start is needed",
        ),
        (
            {"notice": "5bd"},
            {},
            "counts as downtime: nothing says when it was announced, and "
            "5 business days before its start is needed",
        ),
        (
            {"windows": ["Mon 00:20-01:00"]},
            {},
            "10 min not counted as down; the rest counts: outside of its windows (Mon 00:20-01:00 in UTC)",
        ),
        (
            {"windows": ["Mon 02:00-04:00", "Tue 02:00-04:00"]},
            {},
            "counts as downtime: outside of its windows (Mon 02:00-04:00, Tue 02:00-04:00 in UTC)",
        ),
        (
            {"allowance": "5m/year"},
            {},
            "5 min not counted as down; the rest counts: the allowance of 5 min a year is used up",
        ),
        (
            {"allowance": "5m/year", "windows": ["Mon 00:20-01:00"]},
            {},
            "5 min not counted as down; the rest counts: outside of its windows (Mon 00:20-01:00 in UTC), "
            "and the allowance of 5 min a year is used up",
        ),
    ],
)
def test_a_sentence_says_how_far_a_note_excludes_and_why_not_further(
    how: object, others: dict[str, Any], text: str
) -> None:
    terms = its(how)
    assert why(terms.terms.exclude, [excuse(10, 30, **others)], terms, window(0, 60)) == (FROM + text,)


def test_a_kind_is_spoken_in_words() -> None:
    terms = its("counts", kind="emergency_maintenance")
    [said] = why(terms.terms.exclude, [excuse(10, 30, "emergency_maintenance")], terms, window(0, 60))
    assert said.startswith("Emergency maintenance from ")
    assert said.endswith("the contract doesn't exclude emergency maintenance")


def test_a_dispute_that_was_refused_is_said_as_such() -> None:
    terms = its({})
    note = excuse(10, 30, state="disputed")
    assert why(terms.terms.exclude, [note], terms, window(0, 60), disputed=True) == (
        FROM + "20 min not counted as down",
    )


@pytest.mark.parametrize(
    ("start", "end", "told"),
    [(60, 120, True), (0, 60, False), (0, 60.001, True), (120, 130, False), (119.999, 130, True)],
)
def test_sentences_are_of_notes_that_touch_the_judged_time(start: float, end: float, told: bool) -> None:
    terms = its({})
    assert bool(why(terms.terms.exclude, [excuse(start, end)], terms, window(60, 120))) is told


def test_a_note_of_another_period_is_not_told_but_uses_up_the_allowance() -> None:
    terms = its({"allowance": "1h/year"})
    notes = [excuse(-100, -50), excuse(0, 60)]
    [said] = why(terms.terms.exclude, notes, terms, window(0, 600))
    assert "10 min not counted as down; the rest counts: the allowance of 1 h a year is used up" in said
    assert minute(10) == minutes((0, 10)).pairs[0][1]
