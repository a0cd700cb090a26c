"""The stored status and outages, derived from a real ledger behind its watermark."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from sqlite3 import Connection
from types import SimpleNamespace
from typing import TypeVar, cast

import pytest
from structlog.testing import capture_logs

from collector.blame import Verdict
from collector.judge import Judge
from collector.ledger.ledger import Ledger
from collector.ledger.model import REFERENCE, EndedOutage, LogRow, Outage
from collector.live import witness_logs
from collector.targets import Planned
from collector.verdicts import StoredVerdicts
from probes.clock import Instant
from probes.model import Outcome, Round
from tests.clock import FakeClock
from tests.collector.made import BEGIN_MS, SITE, judging, of_epoch, outcome, plan, reference

CUT = "uuuuuddddduuuuuuuuuu"
ALL = "u" * len(CUT)
FIRST = Round(1, BEGIN_MS, 1_000, 1, 1, 1, (1,))

T = TypeVar("T")


class Bench:
    """A ledger with a reference and two circuits, filled and judged a piece at a time."""

    def __init__(self, path: Path) -> None:
        self.ledger = Ledger.open(path / "ledger.db", clock=FakeClock(), commit_every_ms=1)
        self.plans: dict[int, Planned] = {
            self.ledger.series(one.key): one for one in (reference(), plan("a"), plan("b"))
        }
        self.judge = self.fresh_judge()

    def fresh_judge(self) -> Judge:
        return Judge(SITE, self.plans, [judging("a"), judging("b")], needed=True, host="edge")

    def fill(self, *words: str, slots: range | None = None, shuffle: int = 0) -> None:
        """Append the slots' rounds of the reference, a and b, in any order of commits."""
        slots = slots or range(len(words[0]))
        rows = [outcome(series, slot, words[series - 1][slot]) for slot in slots for series in self.plans]
        random.Random(shuffle).shuffle(rows) if shuffle else None
        self.append(rows, watermark=BEGIN_MS + slots.stop * 1_000)

    def append(self, rows: Sequence[Outcome], watermark: int) -> None:
        self.ledger.append(rows, {SITE: watermark})
        assert self.ledger.flush(10)

    def step(self) -> None:
        while self.judge.go_on(self.ledger).result(10):
            pass
        self.ledger.write(lambda _: None).result(10)  # what was judged has been told by now

    def stop(self) -> None:
        self.ledger.write(self.judge.save).result(10)

    def outages(self) -> list[Outage]:
        with self.ledger.reader() as reader:
            return list(reader.outages())

    def sent(self) -> list[Outage]:
        """The ended outages in the log, in the order in which outputs get them."""
        with self.ledger.reader() as reader:
            rows = reader.scan(0, 10_000)
        return [row.derived.outage for row in rows if isinstance(row.derived, EndedOutage)]

    def transitions(self, circuit: str) -> list[tuple[int, str]]:
        with self.ledger.reader() as reader:
            return [((one.at_ms - BEGIN_MS) // 1_000, one.status) for one in reader.transitions(circuit)]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    with made.ledger:
        yield made


def test_an_outage_is_stored_with_its_start_end_and_cause(bench: Bench) -> None:
    bench.fill(ALL, CUT, ALL)
    bench.step()
    (outage,) = bench.outages()
    assert outage == Outage(SITE, "acme", "a", BEGIN_MS + 5_000, BEGIN_MS + 10_000, "timeout: made up")
    assert bench.transitions("a") == [(0, "up"), (5, "down"), (10, "up")]
    assert bench.transitions("b") == [(0, "up")]
    assert bench.sent() == [outage]


def test_the_order_of_commits_changes_nothing(tmp_path: Path) -> None:
    stored = []
    for shuffle in range(4):
        (tmp_path / str(shuffle)).mkdir()
        bench = Bench(tmp_path / str(shuffle))
        with bench.ledger:
            bench.fill(ALL, CUT, CUT[::-1], shuffle=shuffle)
            bench.step()
            stored.append((bench.transitions("a"), bench.transitions("b"), bench.outages()))
    assert stored.count(stored[0]) == len(stored)


def test_nothing_at_or_after_the_watermark_is_stored(bench: Bench) -> None:
    bench.fill(ALL, CUT, ALL, slots=range(6))
    bench.step()
    assert bench.transitions("a") == [(0, "up")]
    assert bench.outages() == []
    assert bench.sent() == []


def test_an_outage_that_is_open_is_not_for_outputs_yet(bench: Bench) -> None:
    bench.fill(ALL, CUT, ALL, slots=range(9))
    bench.step()
    assert [one.end_ms for one in bench.outages()] == [None]
    assert bench.sent() == []


def test_a_cut_of_our_own_gateway_is_stored_as_unknown_and_makes_no_outage(bench: Bench) -> None:
    bench.fill(CUT, CUT, CUT)
    bench.step()
    assert bench.outages() == []
    statuses = [status for _, status in bench.transitions("a")]
    assert statuses == ["up", "unknown", "up"]


def test_circuits_that_fail_together_are_flagged(bench: Bench) -> None:
    bench.fill(ALL, CUT, CUT)
    bench.step()
    assert [(one.circuit, one.common_cause) for one in bench.outages()] == [("a", True), ("b", True)]


@pytest.mark.parametrize("stop", range(1, len(CUT)))
def test_a_judge_that_was_killed_or_stopped_anywhere_stores_the_same(tmp_path: Path, stop: int) -> None:
    whole, broken = Bench(tmp_path / "whole"), Bench(tmp_path / "broken")
    with whole.ledger, broken.ledger:
        whole.fill(ALL, CUT, CUT)
        whole.step()
        broken.fill(ALL, CUT, CUT, slots=range(stop))
        broken.step()
        if stop % 2:
            broken.stop()  # else it was killed, and its last place is older
        broken.judge = broken.fresh_judge()
        broken.fill(ALL, CUT, CUT, slots=range(stop, len(CUT)))
        broken.step()
        assert broken.outages() == whole.outages()
        assert broken.transitions("a") == whole.transitions("a")
        assert broken.sent() == whole.sent()
        assert len(broken.sent()) == 2


class FailingDisk:
    """A ledger whose disk fails: what a job wrote is undone, and the job is run again."""

    def __init__(self, ledger: Ledger, judge: Judge) -> None:
        self.ledger = ledger
        self.judge = judge
        self.told_early: list[bool] = []

    def write(self, job: Callable[[Connection], T]) -> Future[T]:
        """Run the job twice, the first time in vain."""

        def twice(connection: Connection) -> T:
            connection.execute("SAVEPOINT disk")
            job(connection)
            self.told_early.append(self.judge.has_passed(1, FIRST, 0))
            connection.execute("ROLLBACK TO disk")
            return job(connection)

        return self.ledger.write(twice)


@pytest.mark.parametrize("stop", range(1, len(CUT)))
def test_what_a_failing_disk_undid_is_judged_again(tmp_path: Path, stop: int) -> None:
    whole, broken = Bench(tmp_path / "whole"), Bench(tmp_path / "broken")
    with whole.ledger, broken.ledger:
        whole.fill(ALL, CUT, CUT)
        whole.step()
        broken.fill(ALL, CUT, CUT, slots=range(stop))
        broken.step()
        broken.fill(ALL, CUT, CUT, slots=range(stop, len(CUT)))
        broken.judge.go_on(cast(Ledger, FailingDisk(broken.ledger, broken.judge))).result(10)
        broken.step()
        assert broken.outages() == whole.outages()
        assert broken.transitions("a") == whole.transitions("a")
        assert broken.sent() == whole.sent()


def test_what_was_judged_is_told_to_nobody_before_it_is_durable(bench: Bench) -> None:
    bench.fill(ALL, CUT, ALL)
    disk = FailingDisk(bench.ledger, bench.judge)
    bench.judge.go_on(cast(Ledger, disk)).result(10)
    assert disk.told_early == [False]
    bench.step()
    assert bench.judge.has_passed(1, FIRST, 0)


def test_a_step_that_fails_is_logged_once_until_it_succeeds(bench: Bench) -> None:
    def broken(job: object) -> Future[bool]:
        failed: Future[bool] = Future()
        failed.set_exception(ValueError("a defect"))
        return failed

    ledger = cast(Ledger, SimpleNamespace(write=broken))
    with capture_logs() as logs:
        for _ in range(3):
            bench.judge.go_on(ledger)
        bench.step()
        bench.judge.go_on(ledger)
    assert [(entry["event"], entry["problem"]) for entry in logs] == [("judge.failed", "a defect")] * 2


def test_a_stretch_without_a_daemon_is_unknown(bench: Bench) -> None:
    bench.fill(ALL, ALL, ALL, slots=range(5))
    bench.step()
    bench.fill(ALL, ALL, ALL, slots=range(12, 20))
    bench.step()
    assert bench.transitions("a") == [(0, "up"), (5, "unknown"), (12, "up")]


def test_an_output_is_told_the_same_verdict_before_and_after_a_restart(bench: Bench) -> None:
    bench.fill("uuuuudddddduuuuuuuuu", CUT, ALL)
    rows = bench.ledger.reader().scan(0, 1_000)

    def told() -> list[int | None]:
        verdicts = StoredVerdicts()
        logs = witness_logs(bench.plans, ["a", "b"], needed=True)
        verdicts.configure(bench.plans, logs, bench.judge)
        with bench.ledger.reader() as reader:
            return [verdicts.of(row, reader.is_unwitnessed) for row in rows]

    waiting = told()
    assert None in waiting
    bench.step()
    final = told()
    assert None not in final
    assert all(early in (None, late) for early, late in zip(waiting, final, strict=True))
    bench.stop()
    bench.judge = bench.fresh_judge()
    bench.step()
    assert told() == final
    assert {_slot(row): said for row, said in zip(rows, final, strict=True) if row.series == 2 and said == -1}


def _slot(row: LogRow) -> int:
    assert row.outcome.round is not None
    return (row.outcome.round.at_ms - BEGIN_MS) // 1_000


def test_the_outage_of_a_circuit_that_is_no_longer_measured_ends(bench: Bench) -> None:
    bench.fill(ALL, ALL, "uuuuu" + "d" * 15)
    bench.step()
    bench.stop()
    assert [one.end_ms for one in bench.outages()] == [None]
    left = {1: bench.plans[1], 2: bench.plans[2]}
    bench.judge = Judge(SITE, left, [judging("a")], needed=True, host="edge")
    bench.step()
    assert [one.end_ms for one in bench.outages()] == [BEGIN_MS + 20_000]
    assert bench.sent() == bench.outages()


def test_a_circuit_that_was_never_down_may_go(bench: Bench) -> None:
    bench.fill(ALL, CUT, ALL)
    bench.step()
    bench.stop()
    left = {1: bench.plans[1], 2: bench.plans[2]}
    bench.judge = Judge(SITE, left, [judging("a")], needed=True, host="edge")
    bench.fill(ALL, CUT, ALL, slots=range(len(CUT)))
    bench.step()
    assert [one.circuit for one in bench.outages()] == ["a"]


def _told(bench: Bench) -> dict[tuple[int, int, int], int | None]:
    """What an output is told of each round in the log: (series, slot, epoch) -> verdict."""
    verdicts = StoredVerdicts()
    verdicts.configure(bench.plans, witness_logs(bench.plans, ["a", "b"], needed=True), bench.judge)
    with bench.ledger.reader() as reader:
        rows = [row for row in reader.scan(0, 1_000) if row.outcome.round]
        return {
            (row.series, _slot(row), row.outcome.round.epoch): verdicts.of(row, reader.is_unwitnessed)
            for row in rows
            if row.outcome.round
        }


def test_a_silent_round_of_a_probe_that_does_not_judge_is_unknown_too_without_a_witness(
    bench: Bench,
) -> None:
    bench.plans[4] = plan("a", "pe")
    assert bench.ledger.series(bench.plans[4].key) == 4
    bench.judge = bench.fresh_judge()
    bench.append([outcome(4, 0, "d")], watermark=BEGIN_MS + 20_000)
    bench.step()
    assert _told(bench)[4, 0, 1] == Verdict.UNKNOWN


def test_a_round_that_comes_too_late_for_the_status_has_its_verdict_all_the_same(bench: Bench) -> None:
    bench.fill(ALL, ALL, ALL, slots=range(5))
    bench.append([], watermark=BEGIN_MS + 60_000)
    bench.step()
    bench.append([outcome(2, 20, "d")], watermark=BEGIN_MS + 61_000)
    bench.step()
    assert _told(bench)[2, 20, 1] == Verdict.UNKNOWN


def test_after_a_clock_was_set_back_what_is_measured_is_judged_and_nothing_waits_for_the_old_time(
    bench: Bench,
) -> None:
    bench.fill(ALL, "u" * 15 + "d" * 5, ALL, slots=range(20))
    bench.step()
    assert [one.end_ms for one in bench.outages()] == [None]
    bench.append([outcome(3, 20, "d")], watermark=BEGIN_MS + 20_000)  # in flight, and no reference answers
    begin = -7_200
    bench.ledger.open_epoch(
        Instant((BEGIN_MS + begin * 1_000) * 1_000_000, 0), boot_id="", synchronised=True, why="step"
    )
    later = bench.ledger.open_epoch(
        Instant((BEGIN_MS + begin * 1_000) * 1_000_000, 0), boot_id="", synchronised=True, why="step"
    )
    words = {1: "u" * 20, 2: "u" * 20, 3: "uuuuuddddduuuuuuuuuu"}
    rows = [
        of_epoch(later, outcome(series, begin + i, said))
        for series in words
        for i, said in enumerate(words[series])
    ]
    bench.append(rows, watermark=BEGIN_MS + (begin + 20) * 1_000)
    bench.step()
    held = {(one.circuit, one.start_ms): one.end_ms for one in bench.outages()}
    assert held == {
        ("a", BEGIN_MS + 15_000): BEGIN_MS + 20_000,
        ("b", BEGIN_MS + (begin + 5) * 1_000): BEGIN_MS + (begin + 10) * 1_000,
    }
    assert _told(bench)[3, 20, 1] == Verdict.UNKNOWN
    bench.judge = bench.fresh_judge()
    bench.step()
    assert {(one.circuit, one.start_ms): one.end_ms for one in bench.outages()} == held


def test_a_restart_before_the_next_slot_of_a_slow_probe_is_no_clock_that_was_set_back(bench: Bench) -> None:
    bench.fill(ALL, "u" * 5 + "d" * 15, ALL)
    bench.append([], watermark=BEGIN_MS + 600_000)
    bench.step()
    bench.stop()
    bench.judge = bench.fresh_judge()
    epoch = [
        bench.ledger.open_epoch(
            Instant((BEGIN_MS + 30_000) * 1_000_000, 0), boot_id="", synchronised=True, why="start"
        )
        for _ in range(2)
    ][1]
    rows = [of_epoch(epoch, outcome(series, slot, "u")) for slot in (600, 601, 602) for series in (1, 3)]
    rows += [of_epoch(epoch, outcome(2, slot, "d")) for slot in (600, 601, 602)]
    bench.append(rows, watermark=BEGIN_MS + 603_000)
    bench.step()
    assert [(one.start_ms - BEGIN_MS, one.end_ms) for one in bench.outages()][:1] == [
        (5_000, BEGIN_MS + 20_000)
    ]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("u" * 6 + "d" * 14, "timeout: made up; the carrier's pe is silent too"),
        ("u" * 20, "timeout: made up; the carrier's pe answers"),
        ("u" * 6 + "d" * 2 + "u" * 12, "timeout: made up; the carrier's pe is silent too"),
        ("?" * 20, "timeout: made up"),  # it was not asked
    ],
)
@pytest.mark.parametrize("stop", [0, 8, 9, 10])
def test_the_cause_of_an_outage_says_what_the_carriers_own_reference_did(
    bench: Bench, words: str, expected: str, stop: int
) -> None:
    theirs = plan(REFERENCE, "pe", owner="carrier")
    other = plan(REFERENCE, "pe2", owner="carrier", carrier="beta")
    elsewhere = plan(REFERENCE, "pe3", owner="carrier", covers=("b",))
    for one in (theirs, other, elsewhere):
        bench.plans[bench.ledger.series(one.key)] = one
    bench.judge = bench.fresh_judge()
    said = (ALL, "u" * 5 + "d" * 15, ALL, words, ALL, ALL)
    if stop:
        bench.fill(*said, slots=range(stop))
        bench.step()
        bench.stop()
        bench.judge = bench.fresh_judge()
    bench.fill(*said, slots=range(stop, len(ALL)), shuffle=1)
    bench.step()
    assert [one.cause for one in bench.outages()] == [expected]
