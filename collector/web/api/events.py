"""Server-sent events: what changed, told to everybody who listens, encoded once.

A page opened on fifty screens costs what one costs. Who can't keep up is let go, and comes back by itself
with everything anew (WHATWG HTML 9.2: a browser connects again).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from collector.web.api.now import circuit_now, figure_now
from collector.web.sources import CircuitNow, FigureNow, Sources
from probes.clock import NS_PER_SECOND, Clock

EVERY_NS = NS_PER_SECOND
"""How often it is looked what changed."""
COMMENT_NS = 15 * NS_PER_SECOND
"""So often something comes, so that a proxy between doesn't take the line for dead."""
CLIENTS = 200
WAITING = 8
"""So many events may wait for a client; with one more it is let go."""
END = b""
"""Stands in a client's queue where there is nothing more to come."""
_COMMENT = b": still here\n\n"

Queue = asyncio.Queue[bytes]


class Events:
    """Looks once a second while anybody listens; used on the event loop only."""

    def __init__(self, sources: Sources, clock: Clock) -> None:
        self._sources = sources
        self._clock = clock
        self._clients: set[Queue] = set()
        self._circuits: dict[str, CircuitNow] = {}
        self._figures: dict[tuple[str, str], FigureNow] = {}
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def is_full(self) -> bool:
        """Whether one more listener is turned away."""
        return self._closed or len(self._clients) >= CLIENTS

    async def join(self) -> Queue:
        """A queue of what comes from now on; its first two events hold everything as it is.

        All of it takes longer to encode than the event loop may be held, so a thread does it; what changed
        meanwhile is told after it.
        """
        if not self._clients:
            self._circuits, self._figures = _circuits(self._sources), _figures(self._sources)
        circuits, figures = self._circuits, self._figures
        queue: Queue = asyncio.Queue(WAITING)
        for event in await asyncio.to_thread(_everything, circuits, figures):
            queue.put_nowait(event)
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
        for event in (*self._changed_circuits(), *self._changed_figures()):
            self._tell(event)

    async def _watch(self) -> None:
        said_ns = self._clock.now().mono_ns
        while self._clients:
            await self._clock.sleep_until(self._clock.now().mono_ns + EVERY_NS)
            self.look()
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
        before, self._figures = self._figures, _figures(self._sources)
        yield from _changes("figures", before, self._figures, figure_now)


def _circuits(sources: Sources) -> dict[str, CircuitNow]:
    return {one.circuit: one for one in sources.circuits()}


def _figures(sources: Sources) -> dict[tuple[str, str], FigureNow]:
    return {(one.circuit, one.objective): one for one in sources.figures()}


def _changes(
    name: str, before: Mapping[Any, Any], after: Mapping[Any, Any], shown: Callable[[Any], Any]
) -> Iterator[bytes]:
    """An event with what is new, or another than it was."""
    if changed := [shown(one) for key, one in after.items() if before.get(key) != one]:
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
