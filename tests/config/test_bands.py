"""A credit table says one thing of each value, or is refused with the value that it fails at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.bands import check_bands, credit_problems
from config.credits import Band, Credit
from config.edges import Kind, written
from config.ranges import Worse, grid, paying, ranges, worst
from config.roundest import Stretch, roundest

HUNDREDTH, SECOND = Fraction(1, 100), Fraction(1000)


def table(*bands: Mapping[str, Any]) -> list[Band]:
    """Bands; what they give is 5%, 10%, 15% and so on unless they say so."""
    return [Band.model_validate({"gives": f"{5 * place}%", **band}) for place, band in enumerate(bands, 1)]


def refused(worse: Worse, step: Fraction | None, *bands: Mapping[str, Any], **more: Any) -> dict[str, str]:  # noqa: ANN401
    """Each sentence by its dotted path."""
    found = check_bands(table(*bands), worse=worse, step=step, **more)
    return {".".join(map(str, path)): text for path, text in found}


VECTOR_19 = ({"from": "97.9%", "to": "100%"}, {"from": "95%", "to": "96.89%"})


@pytest.mark.parametrize("step", [None, HUNDREDTH])
@pytest.mark.parametrize(
    "bands", [VECTOR_19, ({"from": "100%", "to": "97.9%"}, {"from": "96.89%", "to": "95%"})]
)
def test_vector_19_a_gap_is_named_by_a_round_value_in_it(
    bands: Sequence[Mapping[str, Any]], step: Fraction | None
) -> None:
    assert refused("lower", step, *bands) == {"1": "97.5% falls between 97.9% and 96.89%: no band"}


@pytest.mark.parametrize("step", [None, SECOND])
def test_vector_19_a_value_with_two_bands_is_named_with_both(step: Fraction | None) -> None:
    bands = ({"from": "04:00:00", "to": "07:59:59"}, {"from": "06:00:00", "to": "19:59:59"})
    assert refused("higher", step, *bands) == {
        "1": "07:00:00 has two bands: `from 04:00:00 to 07:59:59` gives 5%, and "
        "`from 06:00:00 to 19:59:59` gives 10%"
    }


SOUND: dict[str, tuple[Worse, Fraction | None, Sequence[Mapping[str, Any]]]] = {
    "thresholds, of which the worst pays": ("lower", None, [{"below": "99.99%"}, {"below": "99.5%"}]),
    "thresholds near nothing": ("lower", None, [{"below": "0.5%"}, {"below": "0.1%"}]),
    "thresholds in any order": (
        "lower",
        None,
        [{"below": "99%", "gives": "25%"}, {"below": "99.99%", "gives": "5%"}],
    ),
    "thresholds upward": ("higher", None, [{"above": "45ms"}, {"above": "60ms"}]),
    "times from": ("higher", None, [{"from": "5m"}, {"from": "1h"}]),
    "ranges that touch": ("lower", None, [{"from": "99.5%", "to": "99.99%"}, {"from": "99%", "to": "99.5%"}]),
    "ranges printed downward": (
        "lower",
        None,
        [{"from": "99.99%", "to": "99.5%"}, {"from": "99.5%", "to": "99%"}],
    ),
    "ranges a step apart": (
        "lower",
        HUNDREDTH,
        [{"from": "96.9%", "to": "100%"}, {"from": "95%", "to": "96.89%"}],
    ),
    "ranges a step apart, downward": (
        "lower",
        HUNDREDTH,
        [{"from": "100%", "to": "96.9%"}, {"from": "96.89%", "to": "95%"}],
    ),
    "times a second apart": (
        "higher",
        SECOND,
        [
            {"from": "04:00:00", "to": "07:59:59"},
            {"from": "08:00:00", "to": "19:59:59"},
            {"from": "20:00:00"},
        ],
    ),
    "a range and a threshold beyond it": (
        "lower",
        None,
        [{"from": "99.5%", "to": "99.99%"}, {"below": "99.5%"}],
    ),
    "a range inside a threshold": (
        "lower",
        None,
        [{"below": "99.99%", "gives": "5%"}, {"from": "99%", "to": "99.5%", "gives": "1 day"}],
    ),
    "a first range without a lower edge": ("higher", None, [{"to": "1h"}, {"from": "1h"}]),
    "open and strict edges": (
        "higher",
        None,
        [{"above": "1h", "below": "2h"}, {"from": "2h", "below": "3h"}, {"from": "3h"}],
    ),
    "business days": ("higher", None, [{"from": "1bd", "to": "5bd"}, {"from": "6bd", "to": "9bd"}]),
    "one range alone": ("lower", None, [{"from": "99.5%", "to": "99.99%"}]),
    "the same payout twice": (
        "lower",
        None,
        [{"below": "99%", "gives": "5%"}, {"below": "98%", "gives": "5%"}],
    ),
    "a mix that isn't compared": (
        "lower",
        None,
        [
            {"below": "99%", "gives": "50%"},
            {"below": "98%", "gives": "1 day"},
            {"below": "97%", "gives": "9.00"},
        ],
    ),
    "days and hours": (
        "lower",
        None,
        [{"below": "99%", "gives": "23 hours"}, {"below": "98%", "gives": "1 day"}],
    ),
}


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_table_is_not_refused(name: str) -> None:
    worse, step, bands = SOUND[name]
    assert refused(worse, step, *bands) == {}


WRONG: dict[str, tuple[Worse, Fraction | None, Sequence[Mapping[str, Any]], dict[str, str]]] = {
    "printed a step apart without rounding": (
        "lower",
        None,
        [{"from": "96.9%", "to": "100%"}, {"from": "95%", "to": "96.89%"}],
        {"1": "96.895% falls between 96.9% and 96.89%: no band"},
    ),
    "two steps apart": (
        "lower",
        HUNDREDTH,
        [{"from": "96.9%", "to": "100%"}, {"from": "95%", "to": "96.88%"}],
        {"1": "96.89% falls between 96.9% and 96.88%: no band"},
    ),
    "a gap upward": (
        "higher",
        None,
        [{"from": "4h", "to": "8h"}, {"from": "12h", "to": "20h"}],
        {"1": "10h falls between 8h and 12h: no band"},
    ),
    "two gaps": (
        "higher",
        None,
        [{"from": "10ms", "to": "20ms"}, {"from": "30ms", "to": "40ms"}, {"from": "50ms"}],
        {
            "1": "25ms falls between 20ms and 30ms: no band",
            "2": "45ms falls between 40ms and 50ms: no band",
        },
    ),
    "one value between strict edges": (
        "lower",
        None,
        [{"above": "99.9%"}, {"below": "99.9%"}],
        {"1": "99.9% has no band: it is outside of both bands beside it"},
    ),
    "two bands hold their common edge": (
        "lower",
        None,
        [{"from": "99%", "to": "100%"}, {"from": "99%", "to": "98%"}],
        {"1": "99% has two bands: `from 99% to 100%` gives 5%, and `from 99% to 98%` gives 10%"},
    ),
    "a lone upper edge over a range": (
        "lower",
        None,
        [{"from": "95%", "to": "98%"}, {"to": "99%"}],
        {"1": "96% has two bands: `from 95% to 98%` gives 5%, and `to 99%` gives 10%"},
    ),
    "business days with a hole": (
        "higher",
        None,
        [{"from": "1bd", "to": "4bd"}, {"from": "6bd", "to": "9bd"}],
        {"1": "5bd falls between 4bd and 6bd: no band"},
    ),
    "the same band twice": (
        "lower",
        None,
        [{"below": "99%"}, {"below": "99%"}],
        {"1": "`below 99%` can't be reached: every value in it has the band `below 99%`"},
    ),
    "below nothing": (
        "lower",
        None,
        [{"below": "99%"}, {"below": "0%"}],
        {"1": "`below 0%` can't be reached: no value is measured there"},
    ),
    "a payout that falls": (
        "lower",
        None,
        [{"below": "99.5%", "gives": "10%"}, {"below": "99%", "gives": "9.99%"}],
        {
            "1.gives": "`below 99%` gives 9.99%, less than 10% of the better `below 99.5%`: worse service "
            "would pay less"
        },
    ),
    "hours that fall below a day": (
        "higher",
        None,
        [{"from": "1h", "gives": "1 day"}, {"from": "2h", "gives": "23.5 hours"}],
        {
            "1.gives": "`from 2h` gives 23.5 hours, less than 1 day of the better `from 1h`: worse service "
            "would pay less"
        },
    ),
    "a payout that falls behind another kind": (
        "higher",
        None,
        [{"from": "1h", "gives": "9%"}, {"from": "2h", "gives": "1 day"}, {"from": "3h", "gives": "8%"}],
        {"2.gives": "`from 3h` gives 8%, less than 9% of the better `from 1h`: worse service would pay less"},
    ),
    "money that falls": (
        "higher",
        None,
        [{"from": "1h", "gives": "9.00"}, {"from": "2h", "gives": "8.99"}],
        {
            "1.gives": "`from 2h` gives 8.99, less than 9.00 of the better `from 1h`: worse service would "
            "pay less"
        },
    ),
    "a reversed time": (
        "higher",
        None,
        [{"from": "8h", "to": "4h"}],
        {"0": "`from 8h to 4h` is reversed: 4h comes before 8h, turn it round"},
    ),
    "above what it is below": (
        "lower",
        None,
        [{"above": "99%", "below": "98%"}],
        {"0": "`above 99% below 98%` is reversed: 98% comes before 99%, turn it round"},
    ),
    "from beyond below": (
        "lower",
        None,
        [{"from": "99%", "below": "98%"}],
        {"0": "`from 99% below 98%` is reversed: 98% comes before 99%, turn it round"},
    ),
    "above beyond to": (
        "lower",
        None,
        [{"to": "98%", "above": "99%"}],
        {"0": "`to 98% above 99%` is reversed: 98% comes before 99%, turn it round"},
    ),
    "an empty range": (
        "lower",
        None,
        [{"from": "99%", "to": "99%"}],
        {"0": "`from 99% to 99%` is empty: no value lies in it"},
    ),
    "strictly empty": (
        "lower",
        None,
        [{"from": "99%", "below": "99%"}],
        {"0": "`from 99% below 99%` is empty: no value lies in it"},
    ),
    "no edge": ("lower", None, [{}], {"0": "a band needs an edge: below, above, from or to"}),
    "two edges on one side": (
        "lower",
        None,
        [{"below": "99%", "to": "98%"}],
        {"0": "`to 98% below 99%` has two edges on one side: give one on each"},
    ),
    "three edges": (
        "lower",
        None,
        [{"from": "97%", "to": "98%", "below": "99%"}],
        {"0": "`from 97% to 98% below 99%` has two edges on one side: give one on each"},
    ),
    "a wrong unit": (
        "lower",
        None,
        [{"below": "99%"}, {"from": "5ms", "to": "98%"}],
        {"1.from": "'5ms': the unit here is a percentage such as 99.5%"},
    ),
    "a bare number": (
        "higher",
        None,
        [{"above": "45ms"}, {"above": "60"}],
        {"1.above": "'60': the unit here is a time such as 30ms, 4h or 04:00:00"},
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_table_is_refused_with_its_values(name: str) -> None:
    worse, step, bands, expected = WRONG[name]
    assert refused(worse, step, *bands) == expected


def test_a_value_that_cannot_be_is_in_no_reachable_band() -> None:
    bands = [{"above": "90%"}, {"above": "100%"}]
    told = "`above 100%` can't be reached: no value is measured there"
    assert refused("higher", None, *bands, most=Fraction(100)) == {"1": told}
    assert refused("higher", None, *bands) == {}


def test_business_days_may_be_bare_numbers() -> None:
    assert refused("higher", None, {"above": "5"}, kind="bd") == {}
    assert list(refused("higher", None, {"above": "5"}, kind="time")) == ["0.above"]


def test_a_gap_before_the_first_band_is_none_and_neither_is_one_behind_the_last() -> None:
    assert refused("higher", None, {"from": "4h", "to": "8h"}) == {}


HELD: list[tuple[Worse, Fraction | None, Sequence[Mapping[str, Any]], str, str | None]] = [
    ("lower", None, [{"below": "99.5%"}, {"below": "99%"}], "99.5", None),
    ("lower", None, [{"below": "99.5%"}, {"below": "99%"}], "99.499", "5%"),
    ("lower", None, [{"below": "99.5%"}, {"below": "99%"}], "99", "5%"),
    ("lower", None, [{"below": "99.5%"}, {"below": "99%"}], "98.999", "10%"),
    ("lower", None, [{"below": "99%"}, {"below": "99.5%"}], "98.999", "5%"),
    ("higher", None, [{"above": "45ms"}, {"above": "60ms"}], "45", None),
    ("higher", None, [{"above": "45ms"}, {"above": "60ms"}], "60", "5%"),
    ("higher", None, [{"above": "45ms"}, {"above": "60ms"}], "60.001", "10%"),
    ("higher", None, [{"from": "45ms"}, {"from": "60ms"}], "44.999", None),
    ("higher", None, [{"from": "45ms"}, {"from": "60ms"}], "45", "5%"),
    ("higher", None, [{"from": "45ms"}, {"from": "60ms"}], "60", "10%"),
    ("higher", None, [{"from": "45ms", "to": "60ms"}, {"from": "60ms"}], "60", "10%"),
    ("higher", None, [{"from": "45ms", "to": "60ms"}], "60", None),
    ("higher", Fraction(1), [{"from": "45ms", "to": "59ms"}, {"from": "60ms"}], "59", "5%"),
    ("higher", None, [{"from": "45ms", "to": "59ms"}, {"from": "60ms"}], "59", None),
    ("higher", Fraction(1), [{"from": "45ms", "to": "60ms"}, {"from": "60ms"}], "60", "10%"),
    ("lower", HUNDREDTH, [{"from": "96.9%", "to": "100%"}, {"from": "95%", "to": "96.89%"}], "100", "5%"),
    ("lower", HUNDREDTH, [{"from": "96.9%", "to": "100%"}, {"from": "95%", "to": "96.89%"}], "96.89", "10%"),
    ("lower", HUNDREDTH, [{"from": "100%", "to": "96.9%"}, {"from": "96.89%", "to": "95%"}], "95", "10%"),
    ("lower", None, [{"from": "100%", "to": "96.9%"}, {"from": "96.9%", "to": "95%"}], "96.9", "10%"),
    ("lower", None, [{"from": "100%", "to": "96.9%"}, {"from": "96.9%", "to": "95%"}], "95", None),
    ("lower", HUNDREDTH, [{"from": "95%", "to": "100%"}], "100", None),
    ("lower", None, [{"from": "99%"}], "99", "5%"),
    ("lower", None, [{"from": "99%"}], "98", "5%"),
    ("lower", None, [{"from": "99%"}], "99.001", None),
    ("lower", None, [{"to": "99%"}], "99", None),
    ("lower", None, [{"to": "99%"}], "98.9", "5%"),
    ("lower", None, [{"below": "99.99%"}, {"from": "99%", "to": "99.5%"}], "99.2", "10%"),
    ("lower", None, [{"below": "99.99%"}, {"from": "99%", "to": "99.5%"}], "99.5", "5%"),
    ("higher", None, [{"from": "45ms", "to": "60ms"}, {"above": "60ms"}], "infinite", "10%"),
    ("higher", None, [{"from": "45ms", "to": "60ms"}], "infinite", None),
]


@pytest.mark.parametrize(("worse", "step", "bands", "value", "gives"), HELD)
def test_a_value_has_the_worst_band_that_holds_it(
    worse: Worse, step: Fraction | None, bands: Sequence[Mapping[str, Any]], value: str, gives: str | None
) -> None:
    held = ranges(table(*bands), worse, step)
    found = paying(held, "infinite" if value == "infinite" else Fraction(value))
    assert (found and str(found.band.gives)) == gives


def test_the_worst_band_is_the_one_for_the_worst_service() -> None:
    upward = ranges(table({"to": "1h"}, {"from": "2h"}, {"from": "1h", "to": "2h"}), "higher")
    downward = ranges(table({"below": "99%"}, {"below": "98%"}), "lower")
    assert (worst(upward).place, worst(downward).place) == (1, 1)


@pytest.mark.parametrize(
    ("low", "high", "kind", "value"),
    [
        ("96.89", "97.9", "percent", "97.5"),
        ("95", "100", "percent", "98"),
        ("0", "100", "percent", "50"),
        ("99.99", "99.999", "percent", "99.995"),
        ("3.5", "4", "number", "3.8"),
        ("14400000", "28800000", "time", "21600000"),
        ("60000", "180000", "time", "120000"),
        ("10", "20", "time", "15"),
        ("1", "9", "bd", "5"),
    ],
)
def test_an_example_is_the_roundest_value_near_the_middle(
    low: str, high: str, kind: Kind, value: str
) -> None:
    assert roundest(Stretch(Fraction(low), Fraction(high)), kind, None) == Fraction(value)


def test_an_example_can_be_measured() -> None:
    stretch = Stretch(Fraction("99.90"), Fraction("99.95"), low_inside=False, high_inside=False)
    assert roundest(stretch, "percent", Fraction(1, 50)) in {Fraction("99.92"), Fraction("99.94")}


@given(st.fractions(0, 100), st.fractions(0, 100))
def test_an_example_lies_in_its_stretch(one: Fraction, other: Fraction) -> None:
    stretch = Stretch(min(one, other), max(one, other))
    assert stretch.holds(roundest(stretch, "percent", None))


@pytest.mark.parametrize(
    ("value", "kind", "clock", "text"),
    [
        ("97.5", "percent", False, "97.5%"),
        ("25200000", "time", True, "07:00:00"),
        ("25200000", "time", False, "7h"),
        ("359999000", "time", True, "99:59:59"),
        ("1.5", "time", False, "1.5ms"),
        ("25200500", "time", True, "07:00:00.5"),
        ("5", "bd", False, "5bd"),
        ("4.20", "number", False, "4.2"),
    ],
)
def test_a_value_is_written_as_an_edge_is(value: str, kind: Kind, *, clock: bool, text: str) -> None:
    assert written(Fraction(value), kind, as_clock=clock) == text


edges = st.lists(st.integers(1, 9999), min_size=2, max_size=6, unique=True).map(sorted)


@settings(max_examples=60)
@given(edges, st.booleans(), st.data())
def test_a_table_cut_from_one_line_is_sound_and_a_hole_in_it_is_found(
    cuts: list[int], downward: bool, data: st.DataObject
) -> None:
    low_to_high = [(Fraction(low, 100), Fraction(high, 100)) for low, high in pairwise(cuts)]
    worse: Worse = data.draw(st.sampled_from(["lower", "higher"]))
    ordered = low_to_high if worse == "higher" else low_to_high[::-1]
    downward = downward and worse == "lower"
    lines = [
        {"from": f"{float(high if downward else low)}%", "to": f"{float(low if downward else high)}%"}
        for low, high in ordered
    ]
    assert refused(worse, None, *lines) == {}
    if len(lines) > 2:
        hole = data.draw(st.integers(1, len(lines) - 2))
        assert len(refused(worse, None, *lines[:hole], *lines[hole + 1 :])) == 1


@settings(max_examples=60)
@given(st.lists(st.integers(1, 9999), min_size=1, max_size=5, unique=True), st.integers(0, 10000))
def test_a_value_that_a_sound_table_holds_pays_no_less_when_it_gets_worse(
    below: list[int], value: int
) -> None:
    falling = sorted(below, reverse=True)
    held = ranges(table(*({"below": f"{one / 100}%"} for one in falling)), "lower")
    now, later = paying(held, Fraction(value, 100)), paying(held, Fraction(value - 1, 100))
    assert (now.band.gives.value if now else 0) <= (later.band.gives.value if later else 0)


def test_business_days_have_no_halves_and_other_values_only_where_they_are_rounded() -> None:
    assert grid("bd", None) == 1
    assert grid("bd", Fraction(2)) == 2
    assert grid("percent", None) is None
    assert grid("time", SECOND) == SECOND
    assert grid("time", Fraction(0)) is None


def problems(credit: Mapping[str, Any], wants_more: bool = True, kind: Kind = "percent", **more: Any) -> Any:  # noqa: ANN401
    found = credit_problems(Credit.model_validate(credit), wants_more=wants_more, kind=kind, **more)
    return {".".join(map(str, path)): text for path, text in found}


@pytest.mark.parametrize(
    ("credit", "paths"),
    [
        ({"bands": [{"below": "99.9%", "gives": "5%"}]}, []),
        ({"bands": [{"above": "45ms", "gives": "5%"}]}, ["bands.0.above"]),
        ({"over": "downtime", "bands": [{"from": "5m", "gives": "5%"}]}, []),
        ({"over": "downtime", "bands": [{"from": "5%", "gives": "5%"}]}, ["bands.0.from"]),
        ({"over": "each_outage", "bands": [{"from": "5m", "gives": "5%"}]}, []),
        ({"over": "each_outage", "bands": [{"from": "4", "gives": "5%"}]}, ["bands.0.from"]),
        ({"over": "excess", "bands": [{"from": "10%", "gives": "5%"}]}, []),
        ({"over": "excess", "bands": [{"from": "10ms", "gives": "5%"}]}, ["bands.0.from"]),
        (
            {"over": "excess", "bands": [{"from": "10%", "gives": "5%"}, {"from": "5%", "gives": "6%"}]},
            ["bands.0.gives"],
        ),
        ({"per_step": "0.1%", "gives": "1%"}, []),
        ({"per_step": "1ms", "gives": "1%"}, ["per_step"]),
        ({"flat": "5%"}, []),
    ],
)
def test_a_credit_is_checked_by_what_its_table_is_over(credit: Mapping[str, Any], paths: list[str]) -> None:
    assert list(problems(credit)) == paths


def test_a_smaller_value_is_worse_where_the_objective_wants_more() -> None:
    bands = {"bands": [{"below": "4.0", "gives": "5%"}, {"below": "3.5", "gives": "9%"}]}
    assert problems(bands, kind="number") == {}
    assert sorted(problems(bands, wants_more=False, kind="number")) == ["bands.0", "bands.1"]


@pytest.mark.parametrize(
    ("worse", "bands", "said"),
    [
        ("lower", [{"above": "99.5%"}], "a smaller value is worse here, write `below`"),
        ("lower", [{"from": "95%", "to": "99.5%"}, {"above": "99.6%"}], None),
        ("higher", [{"below": "4h"}], "a smaller value is better here, write `from` or `above`"),
        ("higher", [{"to": "4h"}], "a smaller value is better here, write `from` or `above`"),
    ],
)
def test_a_table_that_pays_for_good_service_and_not_for_the_worst_is_turned_round(
    worse: Worse, bands: Sequence[Mapping[str, Any]], said: str | None
) -> None:
    found = refused(worse, None, *bands)
    if said is not None:
        assert list(found) == ["0"]
        assert found["0"].endswith(f"pays for good service, and nothing for the worst: {said}")
    else:
        assert "pays for good service" in found["1"]


def test_a_first_band_without_a_better_edge_is_sound_where_the_worst_is_paid() -> None:
    assert refused("higher", None, {"below": "4h"}, {"from": "4h"}) == {}


def test_outages_have_a_step_of_their_own() -> None:
    bands = [{"from": "00:00:00", "to": "00:59:59", "gives": "5%"}, {"from": "01:00:00", "gives": "9%"}]
    credit = {"over": "downtime", "bands": bands}
    assert problems(credit, length_step=SECOND, step=HUNDREDTH) == {}
    told = "00:59:59.5 falls between 00:59:59 and 01:00:00: no band"
    assert problems(credit, step=SECOND) == {"bands.1": told}


@pytest.mark.parametrize(
    ("credit", "path"),
    [
        ({"flat": "5.00 EUR"}, "flat"),
        ({"per_step": "1%", "gives": "5.00 EUR"}, "gives"),
        ({"bands": [{"below": "9%", "gives": "5.00 EUR"}]}, "bands.0.gives"),
    ],
)
def test_money_of_another_currency_is_refused(credit: Mapping[str, Any], path: str) -> None:
    told = "'5.00 EUR' is in EUR, and the contract pays in USD: write it in USD"
    assert problems(credit, currency="USD") == {path: told}
    assert problems(credit, currency="EUR") == {}
    assert problems(credit) == {}
