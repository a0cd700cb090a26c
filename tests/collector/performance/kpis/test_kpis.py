"""Key figures out of a ledger: values, ratings, since when, and what a year of them told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.analysis.ratings import Rated
from collector.clerk import Desk
from collector.kpi_watch import values_now
from collector.ledger.opening import reading
from collector.performance.kpis.as_json import kpi_json, year_json
from collector.performance.kpis.kpis import kpis_now, rated, yearly
from tests.collector.ledgers import BEGIN_MS, HOUR_MS
from tests.collector.performance.filled import DAY_MS
from tests.collector.performance.kpis.measured_kpis import NOW_MS, desk, ledger


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("kpis") / "l.db"
    ledger(path)
    return path


@pytest.fixture
def at(filled: Path) -> Iterator[Desk]:
    with reading(filled):
        yield desk(filled)


@pytest.fixture(scope="module")
def found(filled: Path) -> dict[tuple[str, str], Rated]:
    with reading(filled):
        return {(one.kpi, one.of): one for one in rated(desk(filled))}


@pytest.mark.parametrize(
    ("kpi", "of", "told"),
    [
        (
            "availability",
            "a",
            "Availability of a 97.38%, below its low threshold of 99%, this month",
        ),
        ("availability", "b", "Availability of b 100%, meets its target of 99.9%, for 4 months or more"),
        ("availability", "", "Availability 98.69%, below its low threshold of 99%, this month"),
        ("outages", "a", "outages of a 1, meets its target of 1, for 4 months or more"),
        ("outages", "", "outages 0.5, meets its target of 1, for 4 months or more"),
        ("mtbf", "a", "mtbf of a 9.3 d, meets its target of 5 d, this quarter"),
        ("mtbf", "b", "mtbf of b: no outage in 9 days of service, longer than its target"),
        ("mttr", "a", "mttr of a 6 h, above its target of 4 h, this quarter"),
        ("mttr", "b", "mttr of b: no outage this quarter, so nothing was repaired"),
        ("rtt", "a", "rtt of a 55 ms, above its high threshold of 50 ms, for 2 weeks"),
        ("rtt", "", "rtt 37.5 ms, above its target of 30 ms, for 2 weeks"),
        ("peak", "b", "peak of b 30 ms, meets its target of 30 ms, for 90 days or more"),
        ("load", "a", "CPE utilisation of a 82%, above its high threshold of 70%, for 45 minutes"),
        ("loss", "b", "loss of b 0.2%, meets its target of 0.5%, for 31 days or more"),
        ("still", "a", "still of a: not enough data, 3 of 5 days"),
    ],
)
def test_a_value_is_told_with_its_worth_and_for_how_long(
    found: dict[tuple[str, str], Rated], kpi: str, of: str, told: str
) -> None:
    assert found[kpi, of].sentence == told


def test_since_when_is_a_time(found: dict[tuple[str, str], Rated]) -> None:
    assert found["load", "a"].since_ms == NOW_MS - 45 * 60_000
    assert found["mttr", "b"].since_ms is None


def test_throughput_is_utilisation_times_what_the_device_says(found: dict[tuple[str, str], Rated]) -> None:
    one = found["carried", "a"]
    assert one.value == pytest.approx(8.2)
    assert (one.unit, one.rating) == ("Mbit/s", "good")


def test_voice_is_scored_by_round_trip_and_loss(found: dict[tuple[str, str], Rated]) -> None:
    value = found["voice", "a"].value
    assert value is not None
    assert 4.2 < value < 4.42


def test_a_benchmark_stands_beside_what_papers_speak_of(found: dict[tuple[str, str], Rated]) -> None:
    assert found["rtt", "a"].benchmark.startswith("<= 200 ms (ITU-T Y.1541")
    assert found["availability", "a"].benchmark == ""


def test_what_no_probe_tells_of_is_left_out(at: Desk) -> None:
    kpis = 'kpis: {shown: {measure: tls_days, over: 1h, target: ">= 30d"}}'
    assert kpis_now(desk(at.ledger, kpis)) == []


def test_one_that_has_no_definition_yet_is_left_out(at: Desk) -> None:
    kpis = "kpis: {later: {measure: rtt, versions: [{from: 2027-01-01}]}}"
    assert kpis_now(desk(at.ledger, kpis)) == []


def test_past_values_are_held_against_the_bounds_of_their_time(at: Desk) -> None:
    kpis = (
        "kpis: {rtt: {measure: rtt, over: week, versions: "
        '[{from: 2026-01-01, target: "<= 60ms"}, {from: 2026-04-06, target: "<= 30ms"}]}}'
    )
    (one,) = kpis_now(desk(at.ledger, kpis))
    worst = one.each[0]
    assert (worst.of, worst.sentence) == ("a", "rtt of a 55 ms, above its target of 30 ms, this week")


def test_an_answer_is_given_again_for_a_minute(at: Desk) -> None:
    first = kpis_now(at)
    assert kpis_now(at) is first
    assert kpis_now(at, kpis=["rtt"]) is not first
    assert [one.key for one in kpis_now(at, kpis=["rtt"])] == ["rtt"]


def test_the_past_can_be_asked_for(at: Desk) -> None:
    before = {(one.kpi, one.of): one for one in rated(at, at_ms=NOW_MS - 11 * DAY_MS)}
    assert before["availability", "a"].rating == "good"
    assert before["rtt", "a"].rating == "good"


def test_at_its_end_a_month_is_told_of_and_not_the_next_one(filled: Path) -> None:
    april_ms = BEGIN_MS + 90 * DAY_MS - HOUR_MS  # midnight in London
    found = {(one.kpi, one.of): one for one in rated(desk(filled), at_ms=april_ms)}
    assert found["outages", "a"].sentence == "outages of a 0, meets its target of 1, for 3 months or more"
    assert found["mttr", "a"].sentence == "mttr of a: no outage this quarter, so nothing was repaired"
    assert found["loss", "b"].value is not None


def test_of_some_circuits_a_key_figure_is_theirs_alone(filled: Path) -> None:
    (one,) = kpis_now(desk(filled), kpis=["availability"], circuits={"b"})
    assert ([each.of for each in one.each], one.whole.value) == (["b"], 100.0)


def test_the_worst_circuits_come_first_and_are_counted(at: Desk) -> None:
    one = next(one for one in kpis_now(at) if one.key == "availability")
    assert [row.of for row in one.each] == ["a", "b"]
    assert dict(one.counted) == {"warning": 1, "good": 1}
    assert one.worst == "warning"
    load = next(one for one in kpis_now(at) if one.key == "load")
    assert load.unmeasured == 0


def test_an_empty_ledger_knows_nothing_and_says_so(tmp_path: Path) -> None:
    from tests.collector.ledgers import ledger_at

    with ledger_at(tmp_path / "l.db"), reading(tmp_path / "l.db"):
        for one in rated(desk(tmp_path / "l.db")):
            assert one.rating == "unknown", one
            assert "not enough data, 0 of" in one.sentence


def test_a_year_says_which_key_figures_told_anything(at: Desk) -> None:
    year = {one.kpi: one for one in yearly(at, 2026)}
    assert year["availability"].verdict == "useful"
    assert year["availability"].months[3].warned == 1
    assert year["loss"].verdict == "never moved"
    assert year["still"].verdict == "not enough data"
    assert year["peak"].verdict == "useful"
    assert year["outages"].lacking == ("owner", "approval")
    assert [month.label for month in year["rtt"].months] == ["2026-01", "2026-02", "2026-03", "2026-04"]
    assert yearly(at, 2027) == []


def test_what_always_or_never_warned_is_told(at: Desk) -> None:
    kpis = (
        'kpis: {high: {measure: rtt, over: month, target: "<= 1ms"}, '
        'moved: {measure: rtt, over: month, target: "<= 900ms"}}'
    )
    assert [(one.kpi, one.verdict) for one in yearly(desk(at.ledger, kpis), 2026)] == [
        ("high", "always warned"), ("moved", "never warned"),
    ]  # fmt: skip


def test_json_has_the_definition_its_versions_and_every_circuit(at: Desk) -> None:
    told = kpi_json(kpis_now(at)[0])
    assert (told["kpi"], told["rating"], told["over"], told["target"]) == (
        "availability", "warning", "month", ">= 99.9%",
    )  # fmt: skip
    assert told["versions"][0]["approved_by"] == "board"
    assert [one["of"] for one in told["each"]] == ["a", "b"]
    assert told["history"][-1]["at"] == "2026-03-31T23:00:00Z"
    assert year_json(yearly(at, 2026)[0])["months"][0]["month"] == "2026-01"


def test_metrics_are_in_seconds_ratios_and_bytes(at: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.nice", lambda _: 0)
    values = {(one.kpi, one.circuit): one for one in values_now(at.settings, at.ledger, at.now)}
    assert values["mttr", "a"].value == 6 * 3600
    assert values["load", "a"].value == pytest.approx(0.82)
    assert values["carried", "a"].value == pytest.approx(1_025_000)
    assert values["mttr", "b"].value is None
    assert (values["load", "a"].site, values["load", "a"].carrier) == ("lon", "acme")
    assert (values["load", ""].carrier, values["load", ""].rating) == ("", "warning")
