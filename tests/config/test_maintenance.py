"""Planned windows: when they are, and whom they concern."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from config.maintenance import MaintenanceWindow, Moment
from tests.config.estate import GOOD, changed, load_text_at, problems_of, texts

HOUR_MS = 3_600_000
SPAN = {"from": "2026-05-03 02:00", "to": "2026-05-03 04:00"}


def ms(text: str) -> int:
    """An instant with its offset, as UTC milliseconds."""
    return Moment.parse(text).ms("UTC")


@pytest.mark.parametrize(
    ("text", "zone", "instant"),
    [
        ("2026-05-03T02:00:00Z", "America/New_York", "2026-05-03T02:00:00Z"),
        ("2026-05-03T02:00:00+01:00", "America/New_York", "2026-05-03T01:00:00Z"),
        ("2026-05-03 02:00", "UTC", "2026-05-03T02:00:00Z"),
        ("2026-05-03 02:00", "Europe/London", "2026-05-03T01:00:00Z"),
        ("2026-05-03 02:00:30", "America/New_York", "2026-05-03T06:00:30Z"),
        ("2026-05-03T02:00", "Asia/Kathmandu", "2026-05-02T20:15:00Z"),
        ("2026-03-08 02:30", "America/New_York", "2026-03-08T07:30:00Z"),
        ("2026-11-01 01:30", "America/New_York", "2026-11-01T05:30:00Z"),
    ],
)
def test_a_time_is_an_instant_by_its_offset_or_by_the_sites_clock(text: str, zone: str, instant: str) -> None:
    assert Moment.parse(text).ms(zone) == ms(instant)


def test_the_epoch_is_zero() -> None:
    assert ms("1970-01-01T00:00:01Z") == 1000


@pytest.mark.parametrize(
    "text",
    ["", "Sunday", "2026-05-03", "2026-05-03 2:00", "2026-05-03 25:00", "2026-02-29 02:00", "1777770000"],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no time|not a time"):
        Moment.parse(text)


@given(st.text(max_size=25) | st.datetimes().map(str))
def test_a_text_is_a_time_or_a_value_error(text: str) -> None:
    try:
        moment = Moment.parse(text)
    except ValueError:
        return
    assert Moment.parse(str(moment)) == moment
    assert Moment.parse(moment) is moment


@pytest.mark.parametrize(
    ("begin", "end", "good"),
    [
        ("2026-05-03 02:00", "2026-05-03 02:00:01", True),
        ("2026-05-03 02:00", "2026-05-03 02:00", False),
        ("2026-05-03 02:00", "2026-05-03 01:59", False),
        ("2026-05-03T02:00:00Z", "2026-05-03T03:00:00+02:00", False),
        ("2026-05-03T02:00:00+02:00", "2026-05-03T01:00:00Z", True),
        ("2026-05-03 02:00", "2026-05-03T04:00:00Z", False),
    ],
)
def test_a_window_ends_after_it_begins(begin: str, end: str, good: bool) -> None:
    span = {"from": begin, "to": end}
    if good:
        assert str(MaintenanceWindow.model_validate(span).end) == end
        return
    with pytest.raises(ValidationError) as refused:
        MaintenanceWindow.model_validate(span)
    assert [one["loc"] for one in refused.value.errors()] == [("to",)]


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ({}, "maintenance"),
        ({"kind": "scheduled"}, "maintenance"),
        ({"kind": "emergency"}, "emergency_maintenance"),
        ({"kind": "force_majeure"}, "force_majeure"),
    ],
)
def test_a_kind_is_judged_by_its_key_of_exclude(kind: dict[str, str], key: str) -> None:
    assert MaintenanceWindow.model_validate(SPAN | kind).exclude_key == key


def test_its_times_are_of_each_circuits_own_clock() -> None:
    window = MaintenanceWindow.model_validate(SPAN | {"announced": "2026-05-01T00:00:00Z"})
    begin, end = window.span_ms("Europe/London")
    assert (begin, end - begin) == (ms("2026-05-03T01:00:00Z"), 2 * HOUR_MS)
    assert window.span_ms("UTC") == (begin + HOUR_MS, end + HOUR_MS)
    assert window.announced_ms("Europe/London") == ms("2026-05-01T00:00:00Z")
    assert MaintenanceWindow.model_validate(SPAN).announced_ms("UTC") is None


@pytest.mark.parametrize(
    ("given_keys", "concerned"),
    [
        ({}, True),
        ({"circuits": ["lon-acme"]}, True),
        ({"circuits": ["other"]}, False),
        ({"sites": ["lon-01"], "carriers": ["acme"]}, True),
        ({"sites": ["lon-01"], "carriers": ["blink"]}, False),
        ({"sites": ["par-01"]}, False),
    ],
)
def test_each_list_narrows_whom_it_concerns(
    tmp_path: Path, given_keys: dict[str, list[str]], concerned: bool
) -> None:
    circuit = load_text_at(tmp_path, GOOD).settings.circuits["lon-acme"]
    window = MaintenanceWindow.model_validate(SPAN | given_keys)
    assert window.concerns("lon-acme", circuit) is concerned


def test_a_circuits_carrier_is_that_of_the_day_on_which_the_window_begins(tmp_path: Path) -> None:
    text = changed(
        ("  acme: {name: Acme Telecom}", "  acme: {name: A}\n  blink: {name: B}"),
        (
            "    carrier: acme\n    site",
            "    carrier: [{value: blink}, {from: 2026-05-03, value: acme}]\n    site",
        ),
    )
    circuit = load_text_at(tmp_path, text).settings.circuits["lon-acme"]
    window = MaintenanceWindow.model_validate(SPAN | {"carriers": ["acme"]})
    before = MaintenanceWindow.model_validate(
        {"from": "2026-05-02 23:00", "to": "2026-05-03 04:00", "carriers": ["acme"]}
    )
    assert (window.concerns("x", circuit), before.concerns("x", circuit)) == (True, False)


def test_a_kind_that_no_contract_excludes_is_warned_of(tmp_path: Path) -> None:
    windows = "maintenance: [{from: 2026-05-03 02:00, to: 2026-05-03 04:00, kind: KIND}]\n"
    text = changed(("unknown:", "exclude: {customer: {effect: numerator}}\n    unknown:")) + windows
    assert problems_of(tmp_path, text.replace("KIND", "customer")) == ()
    assert problems_of(tmp_path, text.replace("KIND", "emergency")) == ()
    assert texts(problems_of(tmp_path, text.replace("KIND", "costumer"))) == [
        "29:68: warning: maintenance[0].kind: no contract has exclude.costumer, so this counts as downtime: "
        "did you mean 'customer'?"
    ]
