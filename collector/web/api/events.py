"""Server-sent events: what changed, told to everybody who listens, encoded once.

A page opened on fifty screens costs what one costs. Who can't keep up is let go, and comes back by itself
with everything anew (WHATWG HTML 9.2: a browser connects again).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from collector.times import rfc3339
from collector.web.api.now import circuit_now, figure_now
from collector.web.sources import CircuitNow, FigureNow, Sources
from collector.web.sparks import Lines
from probes.clock import NS_PER_SECOND, Clock
from probes.model import RTT_UNIT_NS, Round

EVERY_NS = NS_PER_SECOND
"""How often it is looked what changed."""
TURNS = 5
"""The last rounds of a fifth of the circuits are told at each look: of the others they come a bit later."""
COMMENT_NS = 15 * NS_PER_SECOND
"""So often something comes, so that a proxy between doesn't take the line for dead."""
CLIENTS = 200
WAITING = 8
"""So many events may wait for a client; with one more it is let go."""
END = b""
"""Stands in a client's queue where there is nothing more to come."""
_COMMENT = b": still here\n\n"

Queue = asyncio.Queue[bytes]
Latest = Callable[[], Mapping[tuple[str, str], Round]]
Newest = Callable[[], Awaitable[Lines]]


class Events:
    """Looks once a second while anybody listens; used on the event loop only."""

    def __init__(
        self, sources: Sources, clock: Clock, latest: Latest = dict, lines: Newest | None = None
    ) -> None:
        """`latest` gives the last rounds by (circuit, probe), `lines` the last 24 hours as pictures."""
        self._sources = sources
        self._clock = clock
        self._latest = latest
        self._newest_lines = lines
        self._clients: set[Queue] = set()
        self._joining = 0
        self._circuits: dict[str, CircuitNow] = {}
        self._figures: dict[tuple[str, str], FigureNow] = {}
        self._figures_seen: Sequence[FigureNow] = ()
        self._rounds: dict[str, Round] = {}
        self._lines: Lines = {}
        self._turn = 0
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def is_full(self) -> bool:
        """Whether one more listener is turned away."""
        return self._closed or len(self._clients) + self._joining >= CLIENTS

    async def join(self) -> Queue:
        """A queue of what comes from now on; its first two events hold everything as it is.

        All of it takes longer to encode than the event loop may be held, so a thread does it; what changed
        meanwhile is told after it.
        """
        if not self._clients:
            self._figures_seen = self._sources.figures()
            self._circuits, self._figures = _circuits(self._sources), _figures(self._figures_seen)
        circuits, figures = self._circuits, self._figures
        queue: Queue = asyncio.Queue(WAITING)
        self._joining += 1  # its place is taken while the thread is waited for
        try:
            for event in await asyncio.to_thread(_everything, circuits, figures):
                queue.put_nowait(event)
        finally:
            self._joining -= 1
        for event in (
            *_changes("circuits", circuits, self._circuits, circuit_now),
            *_changes("figures", figures, self._figures, figure_now),
        ):
            queue.put_nowait(event)
        self._clients.add(queue)
        if self._closed:
            _end(queue)
        elif self._task is None or self._task.done():
            self._task = asyncio.create_task(self._watch(), name="web events")
        return queue

    def leave(self, queue: Queue) -> None:
        """Nobody reads this queue any more."""
        self._clients.discard(queue)

    async def close(self) -> None:
        """Let everybody go."""
        self._closed = True
        for queue in self._clients:
            _end(queue)
        self._clients.clear()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def look(self) -> None:
        """Tell what changed since the last look."""
        for event in (*self._changed_circuits(), *self._changed_figures(), *self._changed_rounds()):
            self._tell(event)

    async def _watch(self) -> None:
        said_ns = self._clock.now().mono_ns
        while self._clients:
            await self._clock.sleep_until(self._clock.now().mono_ns + EVERY_NS)
            self.look()
            await self._look_at_lines()
            if self._clock.now().mono_ns - said_ns >= COMMENT_NS:
                said_ns = self._clock.now().mono_ns
                self._tell(_COMMENT)

    def _tell(self, event: bytes) -> None:
        for queue in tuple(self._clients):
            if queue.full():
                self._clients.discard(queue)
                _end(queue)
            else:
                queue.put_nowait(event)

    def _changed_circuits(self) -> Iterator[bytes]:
        before, self._circuits = self._circuits, _circuits(self._sources)
        yield from _changes("circuits", before, self._circuits, circuit_now)
        if gone := [name for name in before if name not in self._circuits]:
            yield _event("gone", gone)

    def _changed_figures(self) -> Iterator[bytes]:
        seen = self._sources.figures()
        if seen is self._figures_seen:
            return  # they are computed once a minute, and are thousands
        self._figures_seen = seen
        before, self._figures = self._figures, _figures(seen)
        yield from _changes("figures", before, self._figures, figure_now)

    def _changed_rounds(self) -> Iterator[bytes]:
        """The last rounds that weren't told yet, of the circuits whose turn it is."""
        latest, self._turn = self._latest(), (self._turn + 1) % TURNS
        changed = []
        for one in list(self._circuits.values())[self._turn :: TURNS]:
            keys = ((one.circuit, probe) for probe in one.rtt_probes)
            last = next((latest[key] for key in keys if key in latest), None)
            if last is not None and self._rounds.get(one.circuit) is not last:
                self._rounds[one.circuit] = last
                changed.append(_round(one.circuit, last))
        if changed:
            yield _event("rounds", changed)

    async def _look_at_lines(self) -> None:
        """They are new every five minutes, and then all of them."""
        if self._newest_lines is None:
            return
        before, self._lines = self._lines, await self._newest_lines()
        if self._lines is not before:
            for event in await asyncio.to_thread(_changed_lines, before, self._lines):
                self._tell(event)


def _circuits(sources: Sources) -> dict[str, CircuitNow]:
    return {one.circuit: one for one in sources.circuits()}


def _figures(figures: Iterable[FigureNow]) -> dict[tuple[str, str], FigureNow]:
    return {(one.circuit, one.objective): one for one in figures}


def _round(circuit: str, last: Round) -> dict[str, Any]:
    """What a round says: the mean of its answers, and the share that was lost; null: nothing to say."""
    answered = [one for one in last.rtts if one is not None]
    return {
        "circuit": circuit,
        "at": rfc3339(last.at_ms),
        "rtt_seconds": sum(answered) * RTT_UNIT_NS / 1e9 / len(answered) if answered else None,
        "loss": (last.sent - last.received) / last.sent if last.sent else None,
    }


def _changed_lines(before: Lines, after: Lines) -> list[bytes]:
    changed = [
        {"circuit": name, "rtt": rtt, "loss": loss}
        for name, (rtt, loss) in after.items()
        if before.get(name) != (rtt, loss)
    ]
    return [_event("lines", changed)] if changed else []


def _changes(
    name: str, before: Mapping[Any, Any], after: Mapping[Any, Any], shown: Callable[[Any], Any]
) -> Iterator[bytes]:
    """An event with what is new, or another than it was."""
    changed = [
        shown(one)
        for key, one in after.items()
        if (known := before.get(key)) is not one and known != one  # comparing thousands of values takes time
    ]
    if changed:
        yield _event(name, changed)


def _everything(
    circuits: Mapping[str, CircuitNow], figures: Mapping[tuple[str, str], FigureNow]
) -> tuple[bytes, ...]:
    every_circuit = _event("circuits", map(circuit_now, circuits.values()))
    return every_circuit, _event("figures", map(figure_now, figures.values()))


def _event(name: str, items: Iterable[Any]) -> bytes:
    """As the wire has it; JSON holds no line feed, so it is one line of data."""
    data = json.dumps(list(items), separators=(",", ":"))
    return f"event: {name}\ndata: {data}\n\n".encode()


def _end(queue: Queue) -> None:
    while not queue.empty():
        queue.get_nowait()
    queue.put_nowait(END)
