"""Findings out of a real ledger, with what lay near them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from click.testing import CliRunner

from collector.analysis.finding import Finding
from collector.clerk import Desk
from collector.cli import cli
from collector.curves.rtt import rtt
from collector.curves.usual import LONGEST_MS, Usual, usual
from collector.ledger.analysed import put_findings, put_until
from collector.ledger.notes import record
from collector.ledger.opening import editing
from collector.notebook.bodies import made
from collector.performance.nightly.anomalies import anomalies, as_json
from collector.web.api.endpoint import Answer
from collector.web.api.found import anomalies as endpoint
from collector.web.api.history import series
from collector.web.views.changes import changes
from tests.collector.test_settling import EVERY_MS, OVER_MS
from tests.collector.web.january import CUT_MS, desk

MINUTE, DAY_MS = 60_000, 86_400_000
END_MS = CUT_MS + 60 * EVERY_MS
SHIFT = Finding(
    *("lon-acme", "rtt", "shift", END_MS + 20 * MINUTE, None, 0.021, 0.034, 9.04, END_MS + 40 * MINUTE)
)
LATER_MS = CUT_MS + 5 * DAY_MS
LOSS = replace(
    SHIFT,
    metric="loss",
    kind="excursion",
    at_ms=LATER_MS,
    until_ms=LATER_MS + 50 * MINUTE,
    before=0.0,
    after=0.021,
)
IDLE = replace(LOSS, metric="utilisation", at_ms=CUT_MS + 5 * MINUTE, until_ms=END_MS, before=0.4, after=0.0)
GONE = replace(SHIFT, circuit="no-more")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    found = desk(tmp_path_factory.mktemp("january"))
    with editing(found.settings.ledger.path) as connection:
        for one in (SHIFT, LOSS, IDLE, GONE):
            put_findings(connection, one.circuit, one.metric, 0, [one])
        put_until(connection, "lon-acme", OVER_MS)
        work = {"circuits": ("lon-acme",), "from": LOSS.at_ms - MINUTE * 30, "to": LOSS.at_ms + 60 * MINUTE}
        body = made("maintenance", {**work, "announced": CUT_MS, "reason": "splice"})
        record(connection, body, at_ms=CUT_MS, author="ann")
    yield found
    found.reader.close()


def test_each_is_told_with_the_outage_and_the_work_near_it(kept: Desk) -> None:
    shift, loss = anomalies(kept, 0, OVER_MS)
    assert shift.sentence.startswith("RTT rose from 21 to 34 ms on ")
    assert ", 20 min after the outage of " in shift.sentence
    assert loss.sentence.startswith("Loss was 2.1% instead of 0.0% on ")
    assert loss.sentence.endswith(", during announced maintenance")


def test_no_traffic_during_an_outage_is_no_news_and_circuits_that_are_gone_are_left_out(kept: Desk) -> None:
    assert {one.finding.metric for one in anomalies(kept, 0, OVER_MS)} == {"rtt", "loss"}
    assert {one.finding.circuit for one in anomalies(kept, 0, OVER_MS)} == {"lon-acme"}
    assert anomalies(kept, 0, OVER_MS, []) == []


def test_a_shift_counts_where_it_began_alone(kept: Desk) -> None:
    after = SHIFT.at_ms + DAY_MS
    assert [one.finding.metric for one in anomalies(kept, after, OVER_MS, ["lon-acme"])] == ["loss"]
    assert anomalies(kept, OVER_MS - DAY_MS, OVER_MS, ["lon-acme"]) == []


def test_as_json_it_has_ratios_and_times_in_utc(kept: Desk) -> None:
    _, loss = (as_json(one) for one in anomalies(kept, 0, OVER_MS))
    assert (loss["before"], loss["after"], loss["worse"], loss["score"]) == (0.0, 0.021, True, 9.0)
    assert loss["from"].endswith("Z")
    assert [(one["kind"], one["how"], one["label"]) for one in loss["near"]] == [
        ("maintenance", "during", "splice")
    ]


def test_the_api_lists_them_in_pieces(kept: Desk) -> None:
    asked = {"from": CUT_MS - DAY_MS, "to": OVER_MS, "circuit": None, "cursor": None, "limit": 1}
    first = endpoint(kept, asked).document
    assert [one["metric"] for one in first["items"]] == ["rtt"]
    assert first["next"]


def test_a_chart_is_served_with_what_is_usual_and_what_changed(kept: Desk) -> None:
    asked = {"metric": "rtt", "points": 100, "probe": None, "circuit": "lon-acme", "to": OVER_MS}
    told: Answer = series(kept, {**asked, "from": OVER_MS - DAY_MS})
    assert told.document["usual"]["problem"] is None
    assert len(told.document["usual"]["low"]) == len(told.document["at"])
    assert told.document["anomalies"] == []
    early = series(kept, {**asked, "from": SHIFT.at_ms - DAY_MS, "to": SHIFT.at_ms + DAY_MS}).document
    assert [one["metric"] for one in early["anomalies"]] == ["rtt"]
    assert early["usual"]["problem"].startswith("not enough data of rtt of lon-acme, ")


def test_the_usual_band_holds_the_medians_of_a_calm_day(kept: Desk) -> None:
    curve = rtt(kept.reader, kept.settings, "lon-acme", OVER_MS - DAY_MS, OVER_MS, 100)
    band = usual(kept.reader, kept.settings, curve)
    assert isinstance(band, Usual)
    assert band.span is not None
    known = curve.received > 0
    assert ((band.low <= curve.p50) & (curve.p50 <= band.high))[known].all()


def test_of_more_than_a_quarter_there_is_no_band(kept: Desk) -> None:
    curve = rtt(kept.reader, kept.settings, "lon-acme", OVER_MS - LONGEST_MS - DAY_MS, OVER_MS, 100)
    assert usual(kept.reader, kept.settings, curve) is None


def test_the_page_says_the_newest_first_and_flags_what_the_chart_shows(kept: Desk) -> None:
    told = changes(kept, "lon-acme", 0, OVER_MS)
    assert [one.says.split()[0] for one in told.found] == ["Loss", "RTT"]
    assert [one.at_ms for one in told.flags] == [SHIFT.at_ms, LOSS.at_ms]
    assert told.analysed is not None
    assert changes(kept, "par-bolt" if "par-bolt" in kept.settings.circuits else "lon-acme", 0, 1).found == ()


def test_the_command_prints_sentences_or_json(kept: Desk) -> None:
    config = str(kept.settings.ledger.path.parent / "linkledger.yaml")
    done = CliRunner().invoke(cli, ["anomalies", "--period", "2026-01", "-c", config])
    assert done.exit_code == 0, done.output
    assert [line.partition("\t")[0] for line in done.stdout.splitlines()] == ["lon-acme", "lon-acme"]
    words = ["anomalies", "--period", "2026-01", "--circuit", "lon-acme", "--json", "-c", config]
    told = json.loads(CliRunner().invoke(cli, words).stdout)
    assert [one["kind"] for one in told["anomalies"]] == ["shift", "excursion"]


@pytest.mark.parametrize(
    ("words", "said"),
    [(["--circuit", "lon-acne"], "did you mean 'lon-acme'?"), (["--period", "soon"], "is not a period")],
)
def test_the_command_says_what_would_be_right(kept: Desk, words: list[str], said: str) -> None:
    config = str(kept.settings.ledger.path.parent / "linkledger.yaml")
    done = CliRunner().invoke(cli, ["anomalies", *words, "-c", config])
    assert done.exit_code == 2
    assert said in done.stderr
