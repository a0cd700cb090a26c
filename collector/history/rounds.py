"""The rounds of a history as series: what they say must fit together, and repeated ones are written out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from collector.blame import CARRIED, OURS, Verdict
from collector.history.columns import Column, Ints, Packets, Raw, values_of
from collector.history.problems import Complaints
from collector.ledger.rounds import REASON_NUMBER, Rounds
from collector.sla.calendar import rfc3339
from collector.sla.rounding import counted
from collector.sla.tracks import Measured
from probes.model import Reason, Timing

MOST_ROUNDS = 40_000_000
"""More would not fit in memory: a year of rounds a second are 31.6 million."""
YEAR_10000_MS = 253_402_300_800_000


@dataclass(frozen=True, slots=True)
class _Table:
    """All rounds of a file, in its order; shape (n,) each."""

    at: Ints
    every: Ints
    sent: Ints
    received: Ints
    repeat: Ints
    reason: NDArray[np.uint8]
    packets: Packets
    begin: Ints
    """Where each round's packets begin."""


def measured(raw: Raw, only: str | None, complaints: Complaints) -> dict[str, list[Measured]]:
    """The series of each circuit; `only` is the circuit of entries that name none.

    Worth something only when nothing was complained about: what is wrong is left out of what is looked
    at next.
    """
    before = len(complaints)
    read = values_of(raw, complaints)
    table = _table(*read) if read else None
    if table is not None:
        _check(raw, table, complaints)
    if bad := complaints.rows(raw.name, before):
        return measured(raw.without(bad), only, complaints)
    found: dict[str, list[Measured]] = {}
    if table is None or read is None:
        return found
    for flow, rows in _flows(read[0], only).items():
        ordered = _in_order(raw, table, np.array(rows, np.int64), complaints)
        if ordered is not None:
            found.setdefault(flow[0], []).extend(_series(table, flow, ordered))
    return found


def _table(values: dict[str, Column], packets: Packets) -> _Table:
    sent, received = np.array(values["sent"], np.int64), np.array(values["received"], np.int64)
    silent = np.where(sent > received, REASON_NUMBER[Reason.TIMEOUT], REASON_NUMBER[Reason.NONE])
    said = [-1 if one is None else REASON_NUMBER[Reason(one)] for one in values["reason"]]
    return _Table(
        at=np.array(values["at"], np.int64),
        every=np.array(values["every"], np.int64),
        sent=sent,
        received=received,
        repeat=np.array([one or 1 for one in values["repeat"]], np.int64),
        reason=np.where(np.array(said, np.int64) < 0, silent, said).astype(np.uint8),
        packets=packets,
        begin=np.cumsum(packets.lengths) - packets.lengths,
    )


def _check(raw: Raw, table: _Table, complaints: Complaints) -> None:
    """What each round says must fit together."""
    sent, received, lengths = table.sent, table.received, table.packets.lengths
    so_far = np.concatenate([[0], np.cumsum(table.packets.answered)])
    came = so_far[table.begin + lengths] - so_far[table.begin]
    for row in np.flatnonzero(received > sent).tolist():
        complaints.add(raw.path(row, "received"), f"{received[row]} came back of {sent[row]} that were sent")
    for row in np.flatnonzero((lengths > 0) & (lengths != sent) & (received <= sent)).tolist():
        complaints.add(
            raw.path(row, "rtt_ms"),
            f"has {counted(int(lengths[row]), 'place')} for {counted(int(sent[row]), 'packet')}: "
            f"one each, {raw.lost} for a lost one, or none at all",
        )
    for row in np.flatnonzero(
        (lengths > 0) & (lengths == sent) & (came != received) & (received <= sent)
    ).tolist():
        text = f"has {counted(int(came[row]), 'answer')}, and {received[row]} came back"
        complaints.add(raw.path(row, "rtt_ms"), text)
    if table.repeat.sum() > MOST_ROUNDS:
        most = int(table.repeat.argmax())
        complaints.add(raw.path(most, "repeat"), f"makes over {MOST_ROUNDS:,} rounds in all: split the file")
    elif len(late := np.flatnonzero(table.at + table.every * table.repeat > YEAR_10000_MS)):
        complaints.add(raw.path(int(late[0]), "at"), "reaches beyond the year 9999")


Flow = tuple[str, str, int | None, Literal["forward", "reverse"] | None, int | None]
"""Circuit, probe, class of service, direction, family."""


def _flows(values: dict[str, Column], only: str | None) -> dict[Flow, list[int]]:
    """The rows of each flow, in the file's order."""
    found: dict[Flow, list[int]] = {}
    names = (values[key] for key in ("circuit", "probe", "dscp", "direction", "family"))
    for row, (circuit, probe, dscp, direction, family) in enumerate(zip(*names, strict=True)):
        flow = (circuit or only or "", probe or "", dscp, direction, family)
        found.setdefault(flow, []).append(row)
    return found


def _in_order(raw: Raw, table: _Table, rows: Ints, complaints: Complaints) -> Ints | None:
    """The rows by time; None where two of them overlap."""
    rows = rows[np.argsort(table.at[rows], kind="stable")]
    ends = table.at[rows] + table.every[rows] * table.repeat[rows]
    overlap = np.flatnonzero(ends[:-1] > table.at[rows][1:]).tolist()
    for place in overlap:
        before, after = int(rows[place]), int(rows[place + 1])
        text = f"begins before {rfc3339(int(ends[place]))}, when the round before it ends"
        complaints.add(raw.path(after, "at"), text, raw.path(before, "at"))
    return None if overlap else rows


def _series(table: _Table, flow: Flow, rows: Ints) -> Iterator[Measured]:
    """One series for each length of a round."""
    _, probe, dscp, direction, family = flow
    for every in np.unique(table.every[rows]).tolist():
        rounds = _rounds(table, int(every), rows[table.every[rows] == every])
        yield Measured(probe, rounds, _verdicts(rounds), dscp=dscp, direction=direction, family=family)


def _rounds(table: _Table, every_ms: int, rows: Ints) -> Rounds:
    """Repeated rounds written out, packets and all."""
    repeat = table.repeat[rows]
    each = np.repeat(rows, repeat)
    turn = np.arange(len(each)) - np.repeat(np.cumsum(repeat) - repeat, repeat)
    lengths = table.packets.lengths[each]
    first = np.concatenate([[0], np.cumsum(lengths)])
    places = np.repeat(table.begin[each] - first[:-1], lengths) + np.arange(first[-1])
    answered = table.packets.answered[places]
    return Rounds(
        every_ms=every_ms,
        at_ms=table.at[each] + turn * every_ms,
        epoch=np.zeros(len(each), np.int64),
        sent=table.sent[each],
        received=table.received[each],
        reason=table.reason[each],
        timing=np.full(len(each), int(Timing.MONOTONIC), np.uint8),
        first=first,
        answered=answered,
        rtts=table.packets.units[places][answered],
        detail=("",) * len(each),
    )


_CARRIED = np.array(sorted(REASON_NUMBER[one] for one in CARRIED))
_OURS = np.array(sorted(REASON_NUMBER[one] for one in OURS))


def _verdicts(rounds: Rounds) -> NDArray[np.int8]:
    """Up where anything came back, also a refusal; down where packets were lost; else unknown.

    A history holds what counts as evidence, so that nobody needs to bear witness.
    """
    up = (rounds.received > 0) | np.isin(rounds.reason, _CARRIED)
    down = (rounds.sent > 0) & ~np.isin(rounds.reason, _OURS)
    return np.where(up, Verdict.UP, np.where(down, Verdict.DOWN, Verdict.UNKNOWN)).astype(np.int8)
