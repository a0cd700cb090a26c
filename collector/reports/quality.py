"""How well a report's time is known: why it isn't, what the ledger lost, and whether the clock was right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from collector.ledger.model import Gap
from collector.ledger.reader import SqliteReader
from collector.ledger.records import Epoch, Transition
from collector.ledger.retention import EVIDENCE
from collector.reports.report import Quality
from collector.reports.words import day_and_time
from probes.clock import NS_PER_MS

UNKNOWN = "unknown"
NOT_MEASURED = "not measured"
WORDS = {
    "": "the reason wasn't noted",
    NOT_MEASURED: "nothing was measured",
}


def quality_of(reader: SqliteReader, circuits: Sequence[str], from_ms: int, to_ms: int, zone: str) -> Quality:
    """What is said of the data of some circuits in [from, to)."""
    seconds: Counter[str] = Counter()
    for name in circuits:
        for why, ms in unknown_times(reader.transitions(name, 0, to_ms), from_ms, to_ms):
            seconds[why] += ms
    return Quality(
        tuple(
            sorted(
                ((WORDS.get(why, why), ms) for why, ms in seconds.items()), key=lambda one: (-one[1], one[0])
            )
        ),
        tuple(gap_words(reader.gaps(EVIDENCE), from_ms, to_ms, zone)),
        is_unsynchronised(reader.epochs(), from_ms, to_ms),
    )


def unknown_times(transitions: Iterable[Transition], from_ms: int, to_ms: int) -> Iterator[tuple[str, int]]:
    """Why a circuit's status was unknown within [from, to), and for how many milliseconds; pieces."""
    steps = sorted(transitions, key=lambda one: one.at_ms)
    first = next((one.at_ms for one in steps), to_ms)
    if first > from_ms:
        yield NOT_MEASURED, min(first, to_ms) - from_ms
    ends = [*(one.at_ms for one in steps[1:]), to_ms]
    for one, end_ms in zip(steps, ends, strict=False):
        inside = min(end_ms, to_ms) - max(one.at_ms, from_ms)
        if one.status == UNKNOWN and inside > 0:
            yield one.cause, inside


def gap_words(gaps: Iterable[Gap], from_ms: int, to_ms: int, zone: str) -> Iterator[str]:
    """What the ledger no longer has of [from, to), in a sentence each; what touches is told as one."""
    spans = sorted(
        (gap.from_ms, gap.to_ms, gap.why)
        for gap in gaps
        if gap.from_ms is not None and gap.to_ms is not None and gap.from_ms < to_ms and gap.to_ms > from_ms
    )
    joined: list[tuple[int, int, str]] = []
    for begin, end, why in spans:
        if joined and joined[-1][1] >= begin and joined[-1][2] == why:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end), why)
        else:
            joined.append((begin, end, why))
    for begin, end, why in joined:
        yield f"The ledger lacks {day_and_time(begin, zone)} to {day_and_time(end, zone)}: {why}"


def is_unsynchronised(epochs: Iterable[Epoch], from_ms: int, to_ms: int) -> bool:
    """Whether an epoch that reaches into [from, to) began with a clock that nothing had set."""
    known = sorted(epochs, key=lambda one: one.wall_ns)
    ends = [*(one.wall_ns // NS_PER_MS for one in known[1:]), to_ms]
    return any(
        not one.synchronised and one.wall_ns // NS_PER_MS < to_ms and end_ms > from_ms
        for one, end_ms in zip(known, ends, strict=False)
    )
