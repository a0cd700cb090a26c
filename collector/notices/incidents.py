"""What is to be told, and when: the status of circuits and the figures of contracts become notices. Pure.

The stored outage is the truth, but it waits for the watermark and for every witness, half a minute
where probes run each ten seconds. So an outage's start is told from its record if that is there
within `PATIENCE_MS`, and else by the newest rounds, marked provisional. Its end is told from the
record alone, and once the circuit is *up* again and stays so for `STEADY_MS`:

- A circuit that comes and goes meanwhile is one incident: one start, one end. One whose only outage is
  over before its start could be told is told whole.
- A stretch of unknown is no recovery. A restart in the middle of an outage leaves one (the rounds in
  flight are lost), so the end is told only when it is up, or `UNKNOWN_MS` later as "unknown since".

A breach is told once for an objective and period, also when the figure recovers and falls again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from collector.circuits import Change, Status
from collector.ledger.model import Outage
from collector.notices.notice import About, BreachFacts, Event, Notice, OutageFacts
from collector.times import span

PATIENCE_MS = 6_000
"""So long an outage that the newest rounds show waits for its record."""
STEADY_MS = 60_000
"""So long a circuit must be up before an outage whose start was told counts as over."""
UNKNOWN_MS = 300_000
"""So long nobody can say whether a circuit is still down before its outage counts as over."""
UNCONFIRMED_MS = 60_000
"""So far the stored history must be past a recovery before it is said to have no outage at all."""
LOOK_BACK_MS = 86_400_000
"""How long after its end an outage may be stored and still be told."""

Describe = Callable[[str], About]
Breaches = Mapping[str, Sequence[BreachFacts]]
"""Circuit -> what is breached of its running period."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known at one moment of the circuits that are measured here."""

    now_ms: int
    live: Mapping[str, Change]
    """By the newest rounds: every circuit that is measured."""
    stored: Sequence[Outage]
    """Those that are open, or ended within LOOK_BACK_MS, by start."""
    judged_ms: int
    """How far the stored history has come."""
    breaches: Breaches | None = None
    """None while no figure is known yet."""


@dataclass
class Incidents:
    """What has been told: who is down, which stretches are over, which breaches are known."""

    open: dict[str, Notice] = field(default_factory=dict)
    breached: dict[tuple[str, str, str, str], Notice] = field(default_factory=dict)
    _over: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    _waiting: dict[str, int] = field(default_factory=dict)
    """Since when the newest rounds have shown an outage that is not told."""

    def told(self, notice: Notice) -> None:
        """A notice is written down."""
        circuit, facts = notice.about.circuit, notice.facts
        if isinstance(facts, BreachFacts):
            self.breached[circuit, *facts.key] = notice
        elif facts.end_ms is None:
            self.open[circuit] = notice
        else:
            begun = self.open.pop(circuit, notice).facts
            begin_ms = min(one.start_ms for one in (begun, facts) if isinstance(one, OutageFacts))
            over = [*self._over.get(circuit, ()), (begin_ms, facts.end_ms)]
            self._over[circuit] = [one for one in over if one[1] > notice.at_ms - 2 * LOOK_BACK_MS]

    def standing(self, breaches: Breaches | None) -> list[Notice]:
        """What was told and still holds: open outages, and breaches of the running periods."""
        held = {(circuit, *one.key) for circuit, found in (breaches or {}).items() for one in found}
        return [*self.open.values(), *(one for key, one in self.breached.items() if key in held)]

    def take(self, seen: Seen, describe: Describe) -> list[Notice]:
        """What is to be told now, in order; `told` is called once it is written down."""
        stored: dict[str, list[Outage]] = {}
        for outage in seen.stored:
            stored.setdefault(outage.circuit, []).append(outage)
        down = [name for name, change in seen.live.items() if change.status is Status.DOWN]
        self._waiting = {name: self._waiting.get(name, seen.now_ms) for name in down if name not in self.open}
        together = len(seen.live) > 1 and len(down) == len(seen.live)
        late = any(seen.now_ms - since >= PATIENCE_MS for since in self._waiting.values())
        found = []
        for name in sorted({*stored, *down, *self.open}):
            start = self.open.get(name) or self._start(
                name, stored.get(name, ()), seen, describe, late=late, together=together
            )
            if start is None:
                continue
            if name not in self.open:
                found.append(start)
            elif _is_unsteady(name, seen):
                continue
            if end := _end(start, stored.get(name, ()), seen):
                found.append(end)
        return [*found, *self._new_breaches(seen, describe)]

    def _start(
        self,
        name: str,
        stored: Sequence[Outage],
        seen: Seen,
        describe: Describe,
        *,
        late: bool,
        together: bool,
    ) -> Notice | None:
        """The start of a circuit's outage that is not told yet, if there is one to tell.

        Once one has waited long enough (`late`) all that wait are told: they may have one cause.
        """
        if name not in seen.live:
            return None
        fresh = next((one for one in stored if not self._is_over(one)), None)
        if fresh:
            facts = OutageFacts(fresh.start_ms, fresh.cause, fresh.common_cause)
        elif name in self._waiting and late:
            now = seen.live[name]
            facts = OutageFacts(now.at_ms, now.cause, common_cause=together, provisional=True)
        else:
            return None
        return Notice(Event.OUTAGE_START, seen.now_ms, describe(name), facts)

    def _is_over(self, outage: Outage) -> bool:
        """Whether an ended outage was told, perhaps as a part of a longer one."""
        end_ms = outage.end_ms
        return end_ms is not None and any(
            outage.start_ms < end and begin < end_ms for begin, end in self._over.get(outage.circuit, ())
        )

    def _new_breaches(self, seen: Seen, describe: Describe) -> Iterator[Notice]:
        for circuit, found in sorted((seen.breaches or {}).items()):
            for one in found:
                if (circuit, *one.key) not in self.breached:
                    yield Notice(Event.BREACH, seen.now_ms, describe(circuit), one)


def _is_unsteady(name: str, seen: Seen) -> bool:
    """Whether a circuit has only just come up."""
    live = seen.live.get(name)
    return live is not None and live.status is Status.UP and seen.now_ms - live.at_ms < STEADY_MS


def _end(start: Notice, stored: Iterable[Outage], seen: Seen) -> Notice | None:
    """The end of an outage whose start is told, if it is over."""
    facts, live = start.facts, seen.live.get(start.about.circuit)
    if isinstance(facts, BreachFacts):
        return None
    if live is None:
        over = replace(facts, end_ms=seen.now_ms, after="it is no longer measured")
        return replace(start, event=Event.OUTAGE_END, at_ms=seen.now_ms, facts=over)
    own = [one for one in stored if one.end_ms is None or one.end_ms > facts.start_ms]
    over_ms = own[-1].end_ms if own else live.at_ms
    after = _after(live, own, over_ms, seen)
    if over_ms is None or not after:
        return None
    over = OutageFacts(
        start_ms=own[0].start_ms if own else min(facts.start_ms, over_ms),
        cause=own[-1].cause if own else facts.cause,
        common_cause=any(one.common_cause for one in own) if own else facts.common_cause,
        end_ms=over_ms,
        down_ms=sum(one.end_ms - one.start_ms for one in own if one.end_ms is not None),
        outages=len(own),
        after=after,
    )
    return replace(start, event=Event.OUTAGE_END, at_ms=seen.now_ms, facts=over)


def _after(live: Change, own: Sequence[Outage], over_ms: int | None, seen: Seen) -> str:
    """What followed the end of an incident; empty while it isn't over."""
    if live.status is Status.DOWN or over_ms is None:
        return ""
    if not own:
        passed = seen.judged_ms > live.at_ms + UNCONFIRMED_MS
        return f"{live.status}; the stored history shows no outage" if passed else ""
    if live.status is Status.UP:
        gap = span((live.at_ms - over_ms) // 1000)
        return "up again" if live.at_ms <= over_ms else f"unknown for {gap}, then up again"
    return f"unknown since then: {live.cause}" if seen.now_ms - over_ms >= UNKNOWN_MS else ""
