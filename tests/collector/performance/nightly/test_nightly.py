"""One night's analysis over a ledger, and the nights after it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from collector.analysis.finding import Finding
from collector.ledger import analysed
from collector.ledger.bins import BIN_MS
from collector.ledger.opening import connect_writer, editing
from collector.ledger.reader import SqliteReader
from collector.ledger.watched import Answers
from collector.performance.nightly import work as nightly
from collector.performance.nightly.work import Analysed, each, keep, slice_of
from tests.collector.ledgers import BEGIN_MS
from tests.collector.performance.filled import CONFIG, DAY_MS, Jump, fill, rounds, settings

JUMPS = (Jump(50, 15),)
DAYS = 60


def at(day: float) -> int:
    return BEGIN_MS + round(day * DAY_MS)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty days of two circuits, of which one's RTT rises on the 50th."""
    path = tmp_path_factory.mktemp("nights") / "l.db"
    fill(path, {"a": rounds(DAYS, JUMPS), "b": rounds(DAYS, seed=2)})
    return path


@pytest.fixture
def path(template: Path, tmp_path: Path) -> Path:
    copied = tmp_path / "l.db"
    copied.write_bytes(template.read_bytes())
    return copied


@pytest.fixture(scope="module")
def once(template: Path) -> Path:
    """The same after one analysis; only to be read."""
    return analysed_once(template)


@pytest.fixture
def after(once: Path, tmp_path: Path) -> Path:
    """The same to be gone on with."""
    copied = tmp_path / "after.db"
    copied.write_bytes(once.read_bytes())
    return copied


def analysed_once(template: Path) -> Path:
    copied = template.with_name("once.db")
    copied.write_bytes(template.read_bytes())
    night(copied, DAYS)
    with closing(connect_writer(copied)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return copied


def night(path: Path, day: float, names: Sequence[str] = ("a", "b"), *, anew: bool = False) -> list[Analysed]:
    done = list(each(settings(path), path, at(day), names, anew=anew))
    with editing(path) as connection:
        keep(connection, done)
    return done


def findings(path: Path, circuit: str = "a") -> list[Finding]:
    with SqliteReader(path) as reader:
        return [one for one in reader.findings(circuit=circuit) if one.metric == "rtt"]


def test_the_first_night_walks_over_all_that_there_is(once: Path) -> None:
    (rise,) = findings(once)
    assert (rise.kind, rise.worse) == ("shift", True)
    assert abs(rise.at_ms - at(50)) <= 2 * BIN_MS
    assert (rise.after - rise.before) == pytest.approx(0.015, rel=0.1)
    assert findings(once, "b") == []
    with SqliteReader(once) as reader:
        days = reader.days("a", "rtt")
        assert (len(days), len(reader.days("a", "utilisation"))) == (DAYS, 0)
        assert {one.known for one in days} == {288}
    with closing(Answers(once)) as ask:
        assert ask(analysed.untils) == {"a": at(DAYS), "b": at(DAYS)}


@pytest.mark.slow
def test_a_rise_is_news_as_it_begins_and_once_it_has_stayed(path: Path) -> None:
    told = [
        (day, one.kind)
        for day in (49, 51, 52, 53)
        for one in night(path, day, ["a"])[0].news
        if one.metric == "rtt"
    ]
    assert told == [(51, "excursion"), (52, "shift")]
    assert [one.kind for one in findings(path)] == ["shift"]


@pytest.mark.slow
def test_nights_find_what_one_look_at_all_finds(path: Path, once: Path) -> None:
    for day in (40, 51, DAYS):
        night(path, day, ["a"])
    by_night, whole = findings(path), findings(once)
    assert [(one.kind, one.worse) for one in by_night] == [(one.kind, one.worse) for one in whole]
    assert abs(by_night[0].at_ms - whole[0].at_ms) <= 2 * BIN_MS


def test_a_night_sums_the_last_days_again_and_no_other(path: Path) -> None:
    night(path, 40.5, ["a"])
    (second,) = night(path, 41.5, ["a"])
    assert sorted({one.day.isoformat() for one in second.days}) == [
        "2026-02-08",
        "2026-02-09",
        "2026-02-10",
        "2026-02-11",
    ]
    with SqliteReader(path) as reader:
        assert {one.known for one in reader.days("a", "rtt")[:-1]} == {288}
        assert reader.days("a", "rtt")[-1].known == 144


@pytest.mark.slow
def test_a_rise_that_is_kept_is_not_found_again_when_the_window_has_passed_it(tmp_path: Path) -> None:
    path = tmp_path / "l.db"
    fill(path, {"a": rounds(95, JUMPS)})
    for day in (60, 80, 95):
        night(path, day, ["a"])
    assert len(findings(path)) == 1


def test_a_clock_that_went_back_makes_the_analysis_look_again(after: Path) -> None:
    (a,) = night(after, 45, ["a"])
    assert (a.until_ms, a.news) == (at(45), ())
    assert [one for one in findings(after) if one.at_ms < at(45)] == []


def test_before_there_is_enough_there_are_days_and_no_findings(path: Path) -> None:
    (a, _) = night(path, 20)
    assert ([*a.changed], len(a.days)) == ([], 60)
    with SqliteReader(path) as reader:
        assert len(reader.days("a", "loss")) == 20


def test_where_too_little_is_known_what_was_found_stays(after: Path) -> None:
    kept, path = findings(after), after
    with connect_writer(path) as connection:
        connection.execute("DELETE FROM bins")
    night(path, DAYS + 10, ["a"])
    assert findings(path) == kept


@pytest.mark.parametrize("day", [-1, 0])
def test_a_circuit_without_data_is_no_trouble(path: Path, day: float) -> None:
    text = CONFIG.replace("b: {}", "b: {}, new: {}")
    done = list(each(settings(path, text), path, at(day), ["new", "a"]))
    assert done == [Analysed("new", None), Analysed("a", None)]


def test_when_the_judging_probe_changes_the_old_ones_level_is_no_news(after: Path) -> None:
    kept, path = findings(after), after
    other = CONFIG.replace("      pe:", "      ce:")
    (a,) = each(settings(path, other), path, at(DAYS), ["a"])
    assert (a.changed, a.days, a.problem) == ((), (), "")
    assert findings(path) == kept


def test_one_circuits_trouble_is_told_and_touches_no_other(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(readings: object, zone: str, **_: int) -> list[Finding]:
        if getattr(readings, "circuit", "") == "a":
            raise ValueError("odd")
        return []

    monkeypatch.setattr(nightly, "detect", refuse)
    (a, b) = night(path, DAYS)
    assert (a.problem, a.until_ms, b.problem) == ("ValueError: odd", None, "")
    (again, _) = each(settings(path), path, at(DAYS), ["a", "b"])
    assert again.problem == "ValueError: odd"


def test_a_process_ends_after_its_share(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nightly, "DAYS_A_SLICE", DAYS)
    monkeypatch.setattr("os.nice", lambda by: by)
    assert [one.circuit for one in slice_of(settings(path), path, at(DAYS), ["a", "b"])] == ["a"]


def test_a_history_of_a_clock_that_was_wrong_for_an_hour_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "l.db"
    fill(path, {"a": rounds(5), "b": rounds(0.5, begin_ms=0)})
    with connect_writer(path) as connection:
        connection.execute("UPDATE bins SET series = 1 WHERE series = 2")
    (a,) = each(settings(path), path, at(5), ["a"])
    assert a.days_read <= 26 * 31 + 1
    assert len(a.days) == 15
