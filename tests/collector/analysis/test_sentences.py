"""Findings as a person reads them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from collector.analysis.finding import Finding
from collector.analysis.near import Event, Near
from collector.analysis.sentences import figures, sentence

ZONE = "Europe/Berlin"


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


AT = ms("2026-03-03T01:15")


def told(near: tuple[Near, ...] = (), **facts: Any) -> str:  # noqa: ANN401
    known = {
        "circuit": "c",
        "metric": "rtt",
        "kind": "shift",
        "at_ms": AT,
        "until_ms": None,
        "before": 0.021,
        "after": 0.034,
        "score": 9.0,
        "known_ms": AT,
        **facts,
    }
    return sentence(Finding(**known), ZONE, near)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({}, "RTT rose from 21 to 34 ms on 3 March 02:15"),
        ({"after": 0.0174}, "RTT fell from 21.0 to 17.4 ms on 3 March 02:15"),
        ({"metric": "loss", "before": 0.0, "after": 0.02}, "Loss rose from 0.0 to 2.0% on 3 March 02:15"),
        (
            {"metric": "jitter", "before": 0.0004, "after": 0.00093},
            "Jitter rose from 0.40 to 0.93 ms on 3 March 02:15",
        ),
        (
            {
                "metric": "utilisation",
                "kind": "excursion",
                "before": 0.3,
                "after": 0.82,
                "until_ms": AT + 3_000_000,
            },
            "Utilisation was 82% instead of 30% on 3 March from 02:15 to 03:05",
        ),
        (
            {"kind": "excursion", "until_ms": ms("2026-03-04T01:15")},
            "RTT was 34 ms instead of 21 ms on 3 March from 02:15 to 4 March 02:15",
        ),
        ({"kind": "excursion"}, "RTT has been 34 ms instead of 21 ms since 3 March 02:15"),
    ],
)
def test_a_finding_is_a_sentence_by_the_clock_of_the_site(facts: dict[str, Any], said: str) -> None:
    assert told(**facts) == said


@pytest.mark.parametrize(
    ("event", "how", "apart", "said"),
    [
        ("outage", "after", 20, "20 min after the outage of 01:40-02:08 ended"),
        ("outage", "end", 0, "as the outage of 01:40-02:08 ended"),
        ("outage", "during", 0, "during the outage of 01:40-02:08"),
        ("outage", "before", 90, "1 h 30 min before the outage of 01:40-02:08 began"),
        ("outage", "after", 0, "right after the outage of 01:40-02:08 ended"),
        ("maintenance", "during", 0, "during announced maintenance"),
        ("maintenance", "after", 120, "2 h after announced maintenance ended"),
        ("restart", "at", 0, "at this host's own restart"),
        ("route", "after", 6, "6 min after a change of the route"),
    ],
)
def test_what_lay_near_is_told_with_it(event: Any, how: Any, apart: int, said: str) -> None:  # noqa: ANN401
    begin, end = ms("2026-03-03T00:40"), ms("2026-03-03T01:08")
    beside = Event(event, begin, begin if event in ("restart", "route") else end)
    assert told((Near(beside, how, apart * 60_000),)) == f"RTT rose from 21 to 34 ms on 3 March 02:15, {said}"


def test_an_outage_of_another_day_has_its_date() -> None:
    beside = Event("outage", ms("2026-03-01T22:00"), ms("2026-03-03T01:12"))
    assert told((Near(beside, "end"),)).endswith("as the outage of 1 March 23:00-3 March 02:12 ended")


@pytest.mark.parametrize(
    ("metric", "values", "said"),
    [
        ("rtt", (0.268_9, 0.310_2), ("269", "310")),
        ("rtt", (0.0077, 0.0140), ("7.7", "14.0")),
        ("rtt", (0.0201, 0.0223), ("20.1", "22.3")),
        ("rtt", (0.000_05, 0.000_09), ("0.05", "0.09")),
        ("loss", (0.0, 0.000_12), ("0.00", "0.01")),
        ("loss", (0.02, 0.02), ("2.0", "2.0")),
    ],
)
def test_figures_have_the_digits_that_tell_them_apart(
    metric: str, values: tuple[float, ...], said: tuple[str, ...]
) -> None:
    assert figures(metric, *values) == said
