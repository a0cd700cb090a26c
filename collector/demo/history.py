"""Status, outages and what the daemon would have stored of them, by the daemon's own rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from collector.blame import NO_WITNESS, Verdict
from collector.circuits import Change, Follower
from collector.demo.estate import EVERY_MS, Line
from collector.ledger.model import Outage
from collector.ledger.records import CircuitNow, Transition
from collector.outages import Outages

_CAUSES = {Verdict.UP: "answered", Verdict.DOWN: "timeout", Verdict.UNKNOWN: NO_WITNESS}

Run = tuple[int, int, int]
"""Begin (ms), rounds and verdict of rounds that said the same, one after the other."""


@dataclass
class History:
    """What became of every circuit."""

    transitions: list[Transition] = field(default_factory=list)
    outages: list[Outage] = field(default_factory=list)
    now: list[CircuitNow] = field(default_factory=list)


def history(lines: Sequence[Line], runs: Mapping[str, Iterable[Run]], from_ms: int, now_ms: int) -> History:
    """Judge the runs of each circuit's rounds."""
    found = History()
    for site in dict.fromkeys(line.site for line in lines):
        mine = [line for line in lines if line.site == site]
        changes = {line.id: _changes(runs[line.id], from_ms) for line in mine}
        for name, (settled, last) in changes.items():
            found.transitions += [Transition(site, name, one.at_ms, one.status, one.cause) for one in settled]
            found.now.append(CircuitNow(name, site, last.status, last.at_ms, last.cause, False, now_ms))
        found.outages += _outages(site, mine, {name: settled for name, (settled, _) in changes.items()})
    return found


def _changes(runs: Iterable[Run], from_ms: int) -> tuple[list[Change], Change]:
    """Every change of a circuit's status, and how it is now."""
    follower = Follower({"pe": EVERY_MS}, "any", from_ms)
    settled: list[Change] = []
    for at_ms, rounds, said in runs:
        verdict = Verdict(said)
        # The first says it, the second confirms it, and the rest is one long round of the same.
        for begin, length in ((0, 1), (1, 1), (2, rounds - 2)):
            if begin < rounds and length > 0:
                begin_ms = at_ms + begin * EVERY_MS
                follower.take("pe", begin_ms, length * EVERY_MS, verdict, _CAUSES[verdict])
        settled += follower.settled()
    return settled, follower.now()


def _outages(site: str, lines: Sequence[Line], changes: Mapping[str, Sequence[Change]]) -> list[Outage]:
    """The site's outages, with the flag of a common cause."""
    judging = Outages(site, {line.id: line.carrier for line in lines})
    found: dict[tuple[str, int], Outage] = {}
    order = sorted((one.at_ms, name, one) for name, known in changes.items() for one in known)
    for _, name, change in order:
        for outage in [*judging.take(name, change), *judging.flag()]:
            found[outage.circuit, outage.start_ms] = outage
    return sorted(found.values(), key=lambda one: (one.start_ms, one.circuit))
