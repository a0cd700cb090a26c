"""At most so many of something within a time, by name."""

from __future__ import annotations

from collections import deque

from probes.clock import Clock

NAMES = 1_000
"""So many are remembered; the one that was longest ago goes first."""


class Window:
    """Counts what was admitted within the last `length_ns`."""

    def __init__(self, clock: Clock, most: int, length_ns: int) -> None:
        self._clock = clock
        self._most = most
        self._length_ns = length_ns
        self._admitted: dict[str, deque[int]] = {}

    def admits(self, name: str) -> bool:
        """Whether one more of this name is within what is allowed; then it is counted."""
        now_ns = self._clock.now().mono_ns
        times = self._admitted.pop(name, None) or deque()
        while times and now_ns - times[0] >= self._length_ns:
            times.popleft()
        self._admitted[name] = times
        while len(self._admitted) > NAMES:
            del self._admitted[next(iter(self._admitted))]
        if len(times) >= self._most:
            return False
        times.append(now_ns)
        return True
