"""Whether the daemon answers (`/-/healthy`, the watchdog) and whether all is well (`/-/ready`).

Two questions. *Healthy* asks that the parts *answer*, not that they succeed: on a full disk the
writer answers "no space", and a restart would help nobody. *Ready* asks that nothing is wrong, and
says what is.
"""

from __future__ import annotations

from collections.abc import Mapping

from probes.clock import NS_PER_MS, NS_PER_SECOND, Clock


class Health:
    """Heartbeats of the parts, and the troubles that stand.

    `limits_ms` names each part that must beat (`scheduler`, `ledger writer`) and how long it may be
    silent. A beat may come from any thread. The event loop needs none: without it nobody would answer.
    """

    def __init__(self, clock: Clock, limits_ms: Mapping[str, int]) -> None:
        self._clock = clock
        self._limits_ms = dict(limits_ms)
        self._beats = dict.fromkeys(limits_ms, clock.now().mono_ns)
        self._troubles: dict[str, str] = {}

    def beat(self, part: str) -> None:
        """`part` answers."""
        self._beats[part] = self._clock.now().mono_ns

    def trouble(self, subject: str, sentence: str) -> None:
        """Something is wrong with `subject`; a new sentence replaces the old, an empty one ends it."""
        if sentence:
            self._troubles[subject] = " ".join(sentence.split())
        else:
            self._troubles.pop(subject, None)

    def silent(self) -> tuple[str, ...]:
        """A sentence for each part that no longer answers; empty: healthy."""
        now_ns = self._clock.now().mono_ns
        return tuple(
            f"{part}: no answer for {(now_ns - self._beats[part]) // NS_PER_SECOND} s"
            for part, limit_ms in self._limits_ms.items()
            if now_ns - self._beats[part] > limit_ms * NS_PER_MS
        )

    def reasons(self) -> tuple[str, ...]:
        """A sentence for everything that is wrong; empty: ready."""
        return (*self.silent(), *(f"{subject}: {what}" for subject, what in self._troubles.items()))
