"""A whole contract in its parts: versions with dates, what is undecided, and rules that are read wrongly."""

from __future__ import annotations

from datetime import date

import pytest

from collector.wording.whole import as_json, told, undecided
from config.contract import Contract
from config.decisions import CHOICES
from tests.collector.wording.samples import BANDS, availability, excluded, of_outage, rtt, said
from tests.config.contracts import outage, terms

TITLES = [
    *("Paper", "Period", "What counts as down", "What counts", "What is promised", "What it pays", "Claims"),
    "Chronic failures",
]


def test_the_parts_stand_in_the_order_of_a_paper() -> None:
    (one,) = told(Contract.model_validate(terms()))
    assert [part.title for part in one.parts] == TITLES
    assert all(part.lines for part in one.parts)
    assert (one.effective, one.until) == (date(2020, 1, 1), None)


def test_each_version_has_its_days_and_tells_only_what_changes() -> None:
    later = {"effective": "2026-07-01", "timezone": "Asia/Kathmandu"}
    first, second = told(Contract.model_validate(terms(versions=[later])))
    assert (first.until, second.effective, second.until) == (date(2026, 6, 30), date(2026, 7, 1), None)
    same = {
        part.title
        for part in second.parts
        if [one.text for one in part.lines] == ["As in the version before."]
    }
    assert same == set(TITLES) - {"Paper", "Period"}
    assert "Asia/Kathmandu" in second.parts[1].lines[1].text
    assert not any("As in the version before" in one.text for part in first.parts for one in part.lines)


def test_what_is_decided_has_no_part_of_its_own() -> None:
    assert undecided(Contract.model_validate(terms())) is None


def test_what_is_undecided_stands_with_its_choices_and_what_they_mean() -> None:
    given = terms(outage=outage(across_periods=None), unknown=None, undecided=["across_periods", "unknown"])
    part = undecided(Contract.model_validate(given))
    assert part is not None
    across, policy, last = part.lines
    assert across.items == (
        "split: an outage over the period's edge is cut there.",
        "start: an outage belongs whole to the period in which it begins.",
        "restoration: an outage belongs whole to the period in which it ends.",
    )
    assert policy.text == "unknown is still in dispute. It may be one of 4:"
    assert policy.items[0] == "exclude: it leaves the denominator."
    assert "nothing is claimable until all is decided" in last.text
    assert as_json(part)["lines"][0] == {"text": across.text, "items": list(across.items)}


def open_terms(name: str) -> dict[str, object]:
    """A contract that leaves one decision open."""
    paid = {"per": "1h", "gives": "1 day", "partial": "whole", "each": "outage"}
    delay = {"stat": "mean", "of": "samples", "lost": "ignore", "target": "<= 45ms", "credit": {"flat": "5%"}}
    objectives = {"availability": {"target": ">= 99%", "credit": paid}, "rtt": delay}
    given = terms(objectives=objectives, day_rate="1/30", combine="sum", undecided=[name])
    holders = [given, given["outage"], given["outage"]["clock"], given["unknown"], paid, delay]
    next(one for one in holders if name in one).pop(name)
    return {key: value for key, value in given.items() if value != {}}


@pytest.mark.parametrize("name", sorted(CHOICES.keys() - {"start", "end", "policy"}))
def test_every_choice_that_may_be_open_says_what_it_means(name: str) -> None:
    part = undecided(Contract.model_validate(open_terms(name)))
    assert part is not None
    assert [item.partition(": ")[0] for item in part.lines[0].items] == [str(one) for one in CHOICES[name]]


@pytest.mark.parametrize("name", ["clock.start", "clock.end"])
def test_a_clock_that_is_open_says_what_its_choices_mean(name: str) -> None:
    clock = {"start": "measured", "end": "restored"}
    del clock[name.partition(".")[2]]
    part = undecided(Contract.model_validate(terms(outage=outage(clock=clock), undecided=[name])))
    assert part is not None
    assert part.lines[0].text.startswith(name.partition(".")[2]) or part.lines[0].text.startswith(name)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (terms(), "The zone UTC decides where a day and a period begin and end"),
        (terms(), "No coverage is asked for: however little was measured"),
        (terms(), "Outages that do not touch are never joined"),
        (terms(), "Nothing stops the clock while an outage lasts."),
        (terms(), "An outage over the period's edge is cut there: each piece is counted, banded and rounded"),
        (terms(), "Nothing is paid, whatever is broken."),
        (terms(), "No deadline for a claim."),
        (terms(exclude={"customer": "counts"}), "Time noted as customer counts as downtime like any other."),
        (excluded(), "Planned maintenance: it is not counted as down, and stays in"),
        (excluded(), "it needs no notice."),
        (excluded(), "Emergency maintenance and every other kind of note excludes nothing"),
        (
            excluded(effect="both"),
            "what of it was down is not counted, and leaves what downtime is divided by too",
        ),
        (
            of_outage(clock={"start": "ticket", "end": "restored"}),
            "Each outage needs a ticket, since the clock runs on",
        ),
        (
            of_outage(clock={"start": "ticket", "end": "restored"}),
            "Without a ticket the measured times stand",
        ),
        (of_outage(minimum={"allowance": "target"}), "What the availability target allows is free."),
        (
            of_outage(minimum={"at_least": "2m", "mode": "deductible"}),
            "The first 2 minutes of each outage are never counted",
        ),
        (availability(BANDS), "`below` is strict: the value itself is not in the line."),
        (availability(BANDS), "the one that pays the most counts, alone."),
        (availability(BANDS), "It pays by its own measure, whether the promise is broken or kept."),
        (availability(BANDS | {"when": "breached"}), "It pays only where the promise is broken."),
        (availability(BANDS), "rounded half up to two places once"),
        (rtt(), "All packets of the period are judged, also those sent while the circuit is down."),
        (rtt(), "A lost packet is left out: only answers have a delay."),
        (
            terms(measured={"between": "cpe_pe", "by": "customer"}),
            "by the customer. Our measurement may decide.",
        ),
    ],
)
def test_rules_that_readers_get_wrong_are_said_outright(given: dict[str, object], says: str) -> None:
    assert says in said(given)


def test_a_rule_that_isnt_there_is_not_told_of() -> None:
    text = said(terms())
    assert "A missing or late ticket" not in text
    assert "A day of a monthly charge" not in text
    assert "Of several versions" not in text
    assert "their credits add up" not in said(availability(BANDS))


RANGES = [{"from": "10m", "to": "44m", "gives": "5%"}, {"from": "45m", "to": "99m", "gives": "9%"}]
TOUCHING = [{"from": "10m", "to": "45m", "gives": "5%"}, {"from": "45m", "to": "99m", "gives": "9%"}]
SHARES = [{"from": "99%", "to": "99.9%", "gives": "5%"}, {"from": "98%", "to": "98.9%", "gives": "9%"}]


def over_downtime(bands: list[dict[str, str]], **of: object) -> str:
    """What is said of a table over all downtime."""
    return said(availability({"over": "downtime", "bands": bands}, outage=outage(**of)))


def test_the_end_of_a_band_is_said_as_the_engine_takes_it() -> None:
    minutes = {"to": "1m", "mode": "up"}
    told = over_downtime(RANGES, round=minutes)
    assert (
        "`to` holds 44 minutes and 99 minutes too: values are rounded, and lines stand a step apart. " in told
    )
    assert "The table goes by the counted time, as it was rounded." in told
    exact = over_downtime(TOUCHING)
    assert "`from` holds the value itself; `to` does not hold 45 minutes or 99 minutes itself." in exact
    assert "The table goes by the counted time, exactly." in exact
    mixed = over_downtime(
        [*RANGES[:1], {"from": "45m", "to": "1h", "gives": "9%"}, {"from": "1h", "gives": "10%"}],
        round=minutes,
    )
    assert "`to` holds 44 minutes too: " in mixed
    assert "`to` does not hold 1 hour itself." in mixed


def test_a_rounded_share_has_its_neighbours_edge_inside() -> None:
    objective = {"target": ">= 99.9%", "round": {"places": 1}, "credit": {"bands": SHARES}}
    told = said(terms(objectives={"availability": objective}))
    assert "`to` holds 99.9% and 98.9% too: " in told
    assert "The table goes by the rounded figure." in told
    bare = said(
        terms(objectives={"availability": {**objective, "round": None, "credit": {"bands": SHARES[:1]}}})
    )
    assert "`to` does not hold 99.9% itself." in bare
    assert "The table goes by the exact figure." in bare
