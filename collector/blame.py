"""Is a round evidence about the circuit, or our own fault? Pure.

A round that was answered is its own witness: the circuit carried it. A round that was not needs
one of our references to have answered, or our own network may be what failed:

| received | reason                                   | witness | proves: path | proves: service |
|----------|------------------------------------------|---------|--------------|-----------------|
| some     | none, timeout, unreachable               | any     | up           | up              |
| some     | local, resolve                           | any     | up           | unknown         |
| any      | refused reset tls protocol auth mismatch | any     | up           | down            |
| none     | timeout, unreachable                     | yes     | down         | down            |
| none     | timeout, unreachable                     | no      | unknown      | unknown         |
| none     | local, resolve, or nothing was sent      | any     | unknown      | unknown         |

A reference bears witness for a round when it answered in an interval that the round's packets fell
into, or in the intervals on *both* sides. One side is not enough: when our own gateway dies just
after the reference was answered and just before the circuit's packet leaves, that round is down,
and with a one-sided neighbour the next would be too: two in a row, an outage that never was.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from hashlib import blake2b
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from collector.ledger.rounds import REASON_NUMBER, Rounds
from probes.model import Reason, Round

CARRIED = frozenset({Reason.REFUSED, Reason.RESET, Reason.TLS, Reason.PROTOCOL, Reason.AUTH, Reason.MISMATCH})
"""Somebody at the far end said no: the circuit carried the question and the answer."""
SILENT = frozenset({Reason.TIMEOUT, Reason.UNREACHABLE})
"""Nothing came back, or a router beyond said that nothing would."""
OURS = frozenset({Reason.LOCAL, Reason.RESOLVE})
"""This host could not find out: what was answered until then says that the circuit carries, and no more."""

NO_WITNESS = "no reference of ours answered"


class Verdict(IntEnum):
    """What one round says of its circuit."""

    DOWN = 0
    UP = 1
    UNKNOWN = -1


def phase(site: str, circuit: str, probe: str) -> float:
    """A series' place in its slot, in [0, 1): so that a thousand targets don't fire at once.

    A hash of its name and not a random number: the same after a restart, and known to whoever
    reads the ledger and asks when a packet left.
    """
    name = "\0".join((site, circuit, probe)).encode()
    return int.from_bytes(blake2b(name, digest_size=4).digest(), "big") / 2**32


def in_the_air(at_ms: int, every_ms: int, packets: int, phase: float) -> tuple[int, int]:
    """When the first and the last packet of a slot leave, in ms."""
    spacing = every_ms / max(packets, 1)
    return int(at_ms + phase * spacing), int(at_ms + (max(packets, 1) - 1 + phase) * spacing)


@dataclass(frozen=True, slots=True)
class Witnesses:
    """When references of ours answered: disjoint stretches [begins, ends) in ms, in order.

    `reach_ms` is how far from a round a stretch on either side may lie and still be beside it (the
    longest reference interval). `needed` is False where a site accepts to have no reference.
    """

    begins: NDArray[np.int64]
    ends: NDArray[np.int64]
    reach_ms: int
    needed: bool = True

    @classmethod
    def of(cls, references: Iterable[Rounds]) -> Witnesses:
        """The stretches in which any of `references` (each the rounds of one series) answered."""
        columns = list(references)
        begins = [one.at_ms[one.received > 0] for one in columns]
        ends = [one.at_ms[one.received > 0] + one.every_ms for one in columns]
        reach = max((one.every_ms for one in columns if len(one)), default=0)
        return cls(*_union(np.concatenate([*begins, _NONE]), np.concatenate([*ends, _NONE])), reach)

    @classmethod
    def not_needed(cls) -> Witnesses:
        """For a site with `reference: none`: every failure counts."""
        return cls(_NONE, _NONE, 0, needed=False)

    def saw(self, first_ms: NDArray[np.int64], last_ms: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether a witness stands for packets sent from `first_ms` to `last_ms`; shapes (n,)."""
        if not self.needed:
            return np.ones(len(first_ms), np.bool_)
        if not len(self.begins):
            return np.zeros(len(first_ms), np.bool_)
        after = np.searchsorted(self.ends, first_ms, side="right")
        begin = np.append(self.begins, _NEVER)[after]
        inside = begin <= last_ms
        end_before = np.insert(self.ends, 0, -_NEVER)[after]
        return inside | ((end_before >= first_ms - self.reach_ms) & (begin <= last_ms + self.reach_ms))


class Seen(Protocol):
    """Whoever knows who witnessed."""

    def saw(self, first_ms: NDArray[np.int64], last_ms: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether a witness stands for packets sent from `first_ms` to `last_ms`; shapes (n,)."""


_NONE: NDArray[np.int64] = np.empty(0, np.int64)
_NEVER = 2**61


def _union(begins: NDArray[np.int64], ends: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Merge stretches that touch or overlap."""
    if not len(begins):
        return _NONE, _NONE
    order = np.argsort(begins, kind="stable")
    begins, ends = begins[order], np.maximum.accumulate(ends[order])
    fresh = np.concatenate([[True], begins[1:] > ends[:-1]])
    last = np.concatenate([np.flatnonzero(fresh)[1:] - 1, [len(begins) - 1]])
    return begins[fresh], ends[last]


def verdict(one: Round, proves: str, witnessed: bool) -> Verdict:
    """The table above for one round."""
    if one.reason in CARRIED:
        return Verdict.DOWN if proves == "service" else Verdict.UP
    if one.received:
        return Verdict.UNKNOWN if proves == "service" and one.reason in OURS else Verdict.UP
    if one.reason in SILENT and one.sent and witnessed:
        return Verdict.DOWN
    return Verdict.UNKNOWN


def needs_witness(one: Round) -> bool:
    """Whether the verdict hangs on a reference's answer."""
    return not one.received and one.sent > 0 and one.reason in SILENT


def verdicts(rounds: Rounds, proves: str, witnesses: Seen, phase: float = 0.0) -> NDArray[np.int8]:
    """The table above for a column of rounds; shape (n,), values of Verdict.

    Witnesses are asked about silent rounds only.
    """
    silent = np.flatnonzero((rounds.received == 0) & (rounds.sent > 0) & _among(rounds, SILENT))
    result = np.full(len(rounds), Verdict.UNKNOWN, np.int8)
    result[rounds.received > 0] = Verdict.UP
    if proves == "service":
        result[_among(rounds, OURS)] = Verdict.UNKNOWN
    if len(silent):
        at_ms, sent = rounds.at_ms[silent], rounds.sent[silent]
        spacing = rounds.every_ms / sent
        first = (at_ms + phase * spacing).astype(np.int64)
        last = (at_ms + (sent - 1 + phase) * spacing).astype(np.int64)
        result[silent[witnesses.saw(first, last)]] = Verdict.DOWN
    result[_among(rounds, CARRIED)] = Verdict.DOWN if proves == "service" else Verdict.UP
    return result


def unknown_cause(one: Round) -> str:
    """Why a round that decides nothing decides nothing, for a person."""
    if one.reason in OURS:
        return f"{one.reason}: {one.detail}" if one.detail else str(one.reason)
    return NO_WITNESS if one.sent else "nothing was sent"


def _among(rounds: Rounds, reasons: Iterable[Reason]) -> NDArray[np.bool_]:
    numbers: Sequence[int] = [REASON_NUMBER[reason] for reason in reasons]
    return np.isin(rounds.reason, numbers)
