"""The provisional status on the event loop."""

from __future__ import annotations

from typing import Any

from collector.blame import Verdict
from collector.circuits import Status
from collector.live import SLACK_MS, Live, Waiting
from probes.model import Outcome
from tests.collector.made import BEGIN_MS, judging, of_epoch, outcome, plan, reference

GATEWAY, A, B = 1, 2, 3
REACHED = 2 * 1_000
"""How long a silent round waits for a witness with a reference a second."""


class Following:
    """A Live with two circuits and a reference, and what it decided."""

    def __init__(self, *, needed: bool = True) -> None:
        self.decided: list[tuple[int, Verdict]] = []
        self.live = Live(self._decided)
        self.plans = {GATEWAY: reference(), A: plan("a"), B: plan("b")}
        self.live.configure(self.plans, [judging("a"), judging("b")], needed=needed, now_ms=BEGIN_MS)

    def _decided(self, decided: Outcome, verdict: Verdict) -> None:
        assert decided.round is not None
        self.decided.append((decided.round.series, verdict))

    def observe(self, series: int, slot: int, said: str) -> None:
        self.live.observe([outcome(series, slot, said)], BEGIN_MS + (slot + 1) * 1_000)

    def status(self, circuit: str) -> tuple[Status, int]:
        change = self.live.statuses()[circuit]
        return change.status, (change.at_ms - BEGIN_MS) // 1_000


def test_an_answered_round_counts_at_once_and_a_silent_one_beside_an_answered_reference_too() -> None:
    following = Following()
    for slot in range(5):
        following.observe(GATEWAY, slot, "u")
        following.observe(A, slot, "uuddd"[slot])
        following.observe(B, slot, "u")
    assert following.status("a") == (Status.DOWN, 2)
    assert following.status("b") == (Status.UP, 0)


def test_when_our_own_gateway_is_cut_the_circuits_are_unknown_and_not_down() -> None:
    following = Following()
    for slot in range(12):
        said = "u" if slot < 4 else "d"
        for series in (GATEWAY, A, B):
            following.observe(series, slot, said)
    following.live.tick(BEGIN_MS + 12_000 + REACHED + SLACK_MS)
    assert following.status("a")[0] is following.status("b")[0] is Status.UNKNOWN
    assert Verdict.DOWN not in [verdict for series, verdict in following.decided if series == A]


def test_a_silent_round_waits_for_a_witness_and_keeps_the_order_of_its_series() -> None:
    following = Following()
    following.observe(A, 0, "d")
    following.observe(A, 1, "u")
    assert following.decided == []
    following.observe(GATEWAY, 0, "u")
    assert following.decided == [(GATEWAY, Verdict.UP), (A, Verdict.DOWN), (A, Verdict.UP)]


def test_a_round_without_a_witness_is_unknown_once_none_can_come_any_more() -> None:
    following = Following()
    following.observe(A, 0, "d")
    following.live.tick(BEGIN_MS + 1_000 + REACHED)
    assert following.decided == []
    following.live.tick(BEGIN_MS + 1_000 + REACHED + SLACK_MS)
    assert following.decided == [(A, Verdict.UNKNOWN)]


def test_a_site_that_accepts_to_have_no_reference_counts_every_failure() -> None:
    following = Following(needed=False)
    for slot, said in enumerate("uudd"):
        following.observe(A, slot, said)
    assert following.status("a") == (Status.DOWN, 2)


def test_a_probe_that_falls_silent_turns_its_circuit_unknown_and_only_that_one() -> None:
    following = Following()
    for slot in range(3):
        following.observe(A, slot, "u")
        following.observe(B, slot, "u")
    following.live.tick(BEGIN_MS + 3_000 + 1_000 + SLACK_MS + 500)
    assert following.status("a") == (Status.UP, 0)
    following.observe(B, 3, "u")
    following.live.tick(BEGIN_MS + 5_000 + 1_000 + SLACK_MS)
    assert following.status("a") == (Status.UNKNOWN, 3)


def test_what_changed_is_told_once() -> None:
    following = Following()
    assert set(following.live.changed()) == {"a", "b"}
    for slot in range(2):
        following.observe(A, slot, "u")
    assert {name: change.status for name, change in following.live.changed().items()} == {"a": Status.UP}
    following.observe(A, 2, "u")
    assert following.live.changed() == {}


def test_a_reload_keeps_the_status_of_what_is_unchanged() -> None:
    following = Following()
    for slot in range(2):
        following.observe(A, slot, "u")
    plans = {one: known for one, known in following.plans.items() if one != B}
    following.live.configure(plans, [judging("a")], needed=True, now_ms=BEGIN_MS + 2_000)
    assert following.status("a") == (Status.UP, 0)
    assert set(following.live.statuses()) == {"a"}


def test_references_shared_by_circuits_are_kept_in_one_log() -> None:
    following = Following()
    assert following.live.logs["a"] is following.live.logs["b"]


def test_a_round_that_overtakes_a_lost_one_waits_its_turn() -> None:
    following = Following()
    for slot, said in ((0, "u"), (1, "u"), (2, "d"), (4, "u"), (3, "d"), (5, "u")):
        following.observe(GATEWAY, slot, "u")
        following.observe(A, slot, said)
    assert [int(said) for series, said in following.decided if series == A] == [1, 1, 0, 0, 1, 1]
    assert following.status("a") == (Status.UP, 4)


def test_a_round_whose_forerunner_never_comes_is_taken_once_that_can_no_longer_come() -> None:
    following = Following()
    following.observe(A, 0, "u")
    following.observe(A, 1, "u")
    following.observe(A, 4, "u")
    assert len(following.decided) == 2
    following.live.tick(BEGIN_MS + 2_000 + 1_000 + 1_000 + SLACK_MS + 1)
    assert len(following.decided) == 3


def test_a_clock_that_steps_back_does_not_freeze_the_status() -> None:
    following = Following()
    for slot in range(5):
        following.observe(GATEWAY, slot, "u")
        following.observe(A, slot, "u")
    for slot in range(-3_600, -3_590):
        for series, said in ((GATEWAY, "u"), (A, "d")):
            stepped = of_epoch(2, outcome(series, slot, said))
            following.live.observe([stepped], BEGIN_MS + (slot + 1) * 1_000)
    assert following.status("a") == (Status.DOWN, -3_600)


def test_a_round_that_was_in_flight_when_the_clock_stepped_changes_nothing_any_more() -> None:
    following = Following()
    for slot in range(2):
        following.observe(GATEWAY, slot, "u")
        following.observe(A, slot, "u")
    for slot in (3_600, 3_601):
        stepped = [of_epoch(2, outcome(series, slot, "u")) for series in (GATEWAY, A)]
        following.live.observe(stepped, BEGIN_MS + (slot + 1) * 1_000)
    following.live.observe([outcome(A, 2, "d")], BEGIN_MS + 3_602_000)
    following.live.tick(BEGIN_MS + 3_602_000)
    assert following.status("a") == (Status.UP, 3_600)
    following.live.observe([of_epoch(2, outcome(A, 3_602, "u"))], BEGIN_MS + 3_603_000)
    assert following.status("a") == (Status.UP, 3_600)


def test_what_answered_before_the_clock_stepped_back_bears_no_witness_after_it() -> None:
    following = Following()
    for slot in range(3_600):
        following.observe(GATEWAY, slot, "u")
    following.live.step_back(BEGIN_MS + 5_000)
    for slot in range(10, 20):
        following.live.observe([of_epoch(2, outcome(A, slot, "d"))], BEGIN_MS + (slot + 1) * 1_000)
    following.live.tick(BEGIN_MS + 30_000)
    assert following.status("a")[0] is Status.UNKNOWN


def test_a_reference_that_is_silent_is_down_as_its_stored_rounds_are() -> None:
    following = Following()
    following.observe(GATEWAY, 0, "d")
    assert following.decided == [(GATEWAY, Verdict.DOWN)]


def test_a_circuit_that_flaps_for_days_takes_no_more_room_than_a_steady_one() -> None:
    following = Following()
    for slot in range(2_000):
        following.observe(GATEWAY, slot, "u")
        following.observe(A, slot, "uudd"[slot % 4])
        following.live.changed()
    assert len(following.live._followers["a"].tracks["far"].changes) < 5


def test_a_cause_that_becomes_known_is_told() -> None:
    following = Following()
    following.live.changed()
    following.observe(A, 0, "?")
    assert [change.cause for change in following.live.changed().values()] == ["local: made up"]


def test_while_thousands_wait_for_a_witness_a_finished_round_looks_at_none_of_them() -> None:
    following = Following()
    following.observe(A, 0, "d")
    looked = following.live._series[A].waiting = Counted(following.live._series[A].waiting)
    following.observe(B, 0, "u")
    assert looked.looks == 0
    following.observe(GATEWAY, 0, "u")
    assert looked.looks > 0


class Counted(list[Waiting]):
    """Rounds that wait, and how often somebody looked at them."""

    looks = 0

    def __getitem__(self, index: Any) -> Any:  # noqa: ANN401 - as list has it
        self.looks += 1
        return super().__getitem__(index)
