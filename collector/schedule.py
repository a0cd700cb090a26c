"""When each packet leaves. Pure: it is told the time and says what is due.

A slot `at` is a multiple of `every` since the Unix epoch: no drift, and common to all probes of a
circuit. Packet i of n leaves at `at + (i + u) * every / n`, where u is the series' phase. A packet
that is over one spacing late isn't sent any more; a slot of which nothing could be sent is skipped,
counted, and unknown (nobody measured it), not lost.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from probes.clock import NS_PER_MS
from probes.model import Shot, Slot, Target

Fired = Callable[[int, int], None]


@dataclass(slots=True)
class Entry:
    """One target on the schedule. `slot_ms` and `index` name the packet that leaves next."""

    target: Target
    phase: float
    every_ms: int
    packets: int
    slot_ms: int = 0
    index: int = 0
    sent: int = 0
    """Packets of the current slot handed out so far."""

    def due_ns(self) -> int:
        """When the next packet leaves, in wall nanoseconds."""
        return self.slot_ms * NS_PER_MS + int((self.index + self.phase) * self.spacing_ns)

    @property
    def spacing_ns(self) -> int:
        """Between two packets."""
        return self.every_ms * NS_PER_MS // self.packets

    def begin(self, now_ns: int, after_ms: int) -> None:
        """Take the first slot that begins after `after_ms` and whose first packet is still to come."""
        first_ns = now_ns - int(self.phase * self.spacing_ns)
        every_ns = self.every_ms * NS_PER_MS
        slot = -(-first_ns // every_ns) * self.every_ms
        if slot <= after_ms:
            slot = (after_ms // self.every_ms + 1) * self.every_ms
        self.slot_ms, self.index, self.sent = slot, 0, 0


@dataclass(slots=True)
class Due:
    """What is due now; `late_ns` says of each shot how long ago it was due."""

    shots: list[Shot] = field(default_factory=list)
    late_ns: list[int] = field(default_factory=list)
    skipped_slots: int = 0


class Schedule:
    """All targets in the order in which their next packets leave."""

    def __init__(self, epoch: int = 0) -> None:
        self.epoch = epoch
        self._entries: dict[int, Entry] = {}
        self._heap: list[tuple[int, int]] = []

    def __len__(self) -> int:
        return len(self._entries)

    def entries(self) -> Mapping[int, Entry]:
        """What is scheduled, by series."""
        return self._entries

    def add(self, entries: Iterable[Entry], now_ns: int, after_ms: int = 0) -> None:
        """Schedule more targets; no slot up to `after_ms` is run (an earlier process may have)."""
        for entry in entries:
            entry.begin(now_ns, after_ms)
            self._entries[entry.target.series] = entry
            heapq.heappush(self._heap, (entry.due_ns(), entry.target.series))

    def remove(self, series: Iterable[int]) -> None:
        """Forget targets; the others keep their slots."""
        gone = set(series)
        self._entries = {name: entry for name, entry in self._entries.items() if name not in gone}
        self._heap = [item for item in self._heap if item[1] not in gone]
        heapq.heapify(self._heap)

    def retarget(self, target: Target) -> None:
        """Measure a series by other means (a new pass phrase, say) in the slots that it has."""
        self._entries[target.series].target = target

    def restart(self, now_ns: int, epoch: int) -> int:
        """Begin a new epoch after a clock step: each target goes on with its first slot from now.

        A slot that already ran may come again when the clock stepped back: its round's key holds the
        epoch. Returns the number of slots that a step forward leapt over.
        """
        self.epoch = epoch
        leapt = 0
        self._heap = []
        for series, entry in self._entries.items():
            first_missed_ms = entry.slot_ms + (entry.every_ms if entry.sent else 0)
            entry.begin(now_ns, after_ms=0)
            leapt += max(0, (entry.slot_ms - first_missed_ms) // entry.every_ms)
            self._heap.append((entry.due_ns(), series))
        heapq.heapify(self._heap)
        return leapt

    def next_ns(self) -> int | None:
        """When the next packet leaves, in wall nanoseconds; None when nothing is scheduled."""
        return self._heap[0][0] if self._heap else None

    def take(self, now_ns: int) -> Due:
        """What is due at `now_ns`, in order."""
        due = Due()
        heap, entries = self._heap, self._entries
        while heap and heap[0][0] <= now_ns:
            due_ns, series = heap[0]
            entry = entries[series]
            if now_ns - due_ns > entry.spacing_ns:
                self._leap(entry, now_ns, due)
            else:
                due.shots.append(
                    Shot(entry.target, Slot(entry.slot_ms, entry.every_ms, self.epoch), entry.index)
                )
                due.late_ns.append(now_ns - due_ns)
                entry.sent += 1
                self._advance(entry, due)
            heapq.heapreplace(heap, (entry.due_ns(), series))
        return due

    def _advance(self, entry: Entry, due: Due) -> None:
        entry.index += 1
        if entry.index == entry.packets:
            due.skipped_slots += not entry.sent
            entry.slot_ms += entry.every_ms
            entry.index = entry.sent = 0

    def _leap(self, entry: Entry, now_ns: int, due: Due) -> None:
        """Drop one late packet, and whole slots at once when it is later than that."""
        self._advance(entry, due)
        behind = (now_ns - entry.due_ns()) // (entry.every_ms * NS_PER_MS)
        if entry.index == 0 and behind > 0:
            entry.slot_ms += behind * entry.every_ms
            due.skipped_slots += behind
