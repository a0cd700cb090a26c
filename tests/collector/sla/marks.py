"""Rounds and statuses as letters, so that a table of cases can be read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from collector.circuits import Status
from collector.ledger.rounds import Rounds
from collector.sla.timeline import Stretch, Timeline
from collector.sla.tracks import Measured, Track
from config.outage import DenseRule, MefRule, SlidingRule
from probes.model import Reason, Round

LETTERS = {Status.UP: "u", Status.DOWN: "d", Status.UNKNOWN: "?"}
STATUSES = {letter: status for status, letter in LETTERS.items()}
EVERY_MS = 10

Counts = tuple[int, int] | None
"""Packets sent and lost; None: no round."""

_MARKS = {
    ".": (2, 0, Reason.NONE, 1),
    "-": (2, 1, Reason.NONE, 1),
    "x": (2, 2, Reason.TIMEOUT, 0),
    "?": (2, 2, Reason.TIMEOUT, -1),
    "o": (0, 0, Reason.NONE, -1),
    "!": (0, 0, Reason.LOCAL, -1),
}


def one_round(at_ms: int, every_ms: int, mark: str, epoch: int = 0) -> Measured:
    """`.` answered, `-` half lost, `x` lost, `?` lost without a witness, `o` nothing sent, `!` our fault."""
    sent, lost, reason, verdict = _MARKS[mark]
    row = Round(1, at_ms, every_ms, epoch, sent, sent - lost, (), reason)
    return Measured("pe", Rounds.of(every_ms, [row]), np.array([verdict], np.int8))


def rounds_of(marks: str, every_ms: int = EVERY_MS, at_ms: int = 0) -> list[Measured]:
    """A round a letter; a blank is no round at all."""
    return [
        one_round(at_ms + place * every_ms, every_ms, mark) for place, mark in enumerate(marks) if mark != " "
    ]


def track(marks: str, every_ms: int = EVERY_MS, at_ms: int = 0) -> Track:
    """The same as one track."""
    return Track.of("pe", rounds_of(marks, every_ms, at_ms))


def counted(every_ms: int, packets: Sequence[Counts]) -> Track:
    """A track of rounds of which the counts are known, each down or up by itself."""
    rows = [
        (place, sent, sent - lost)
        for place, (sent, lost) in ((place, one) for place, one in enumerate(packets) if one)
    ]
    rounds = Rounds.of(
        every_ms,
        [
            Round(1, place * every_ms, every_ms, 0, sent, received, (), Reason.NONE)
            for place, sent, received in rows
        ],
    )
    return Track.of("pe", [Measured("pe", rounds, (rounds.received > 0).astype(np.int8))])


def letters(timeline: Timeline, cells: int, cell_ms: int = EVERY_MS, at_ms: int = 0) -> str:
    """The status of each cell of time, a letter each; `#` where it changes inside the cell."""
    return "".join(
        _letter(timeline, at_ms + place * cell_ms, at_ms + (place + 1) * cell_ms) for place in range(cells)
    )


def _letter(timeline: Timeline, start_ms: int, end_ms: int) -> str:
    inside = timeline.clip(start_ms, end_ms).stretches
    if not inside:
        return " "
    whole = len(inside) == 1 and inside[0][:2] == (start_ms, end_ms)
    return LETTERS[inside[0].status] if whole else "#"


def timeline(marks: str, cell_ms: int = EVERY_MS, at_ms: int = 0) -> Timeline:
    """Letters as statuses again."""
    return Timeline.of(
        Stretch(at_ms + place * cell_ms, at_ms + (place + 1) * cell_ms, STATUSES[mark])
        for place, mark in enumerate(marks)
        if mark != " "
    )


def as_series(parts: Sequence[Measured]) -> Measured:
    """Rounds as one series."""
    rounds = Rounds.of(EVERY_MS, [part.rounds.row(1, 0) for part in parts])
    return Measured("pe", rounds, np.array([part.verdict[0] for part in parts], np.int8))


TOTAL = {"loss_at_least": "100%"}
ABOVE_HALF = {"loss_above": "50%"}
HALF = {"loss_at_least": "50%"}


def mef_rule(consecutive: int, interval_ms: int = EVERY_MS, loss: dict[str, str] = TOTAL) -> MefRule:
    return MefRule.model_validate({"interval": f"{interval_ms}ms", "consecutive": consecutive} | loss)


def sliding_rule(over_ms: int, loss: dict[str, str]) -> SlidingRule:
    return SlidingRule.model_validate({"over": f"{over_ms}ms"} | loss)


def dense_rule(lossy_ms: int, within_ms: int, loss: dict[str, str] = TOTAL) -> DenseRule:
    seconds = f"{lossy_ms // 1000}.{lossy_ms % 1000:03}"
    return DenseRule.model_validate({"seconds": seconds, "within": f"{within_ms}ms"} | loss)
