"""One job of the making: a site's hours, measured and packed, in a process beside others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from collector.blame import Witnesses, phase, verdicts
from collector.demo import signal
from collector.demo.estate import SEED, Line, Place
from collector.demo.signal import HOUR_MS, Span
from collector.demo.story import Story
from collector.ledger.bulk import bins_of, chunks_of
from collector.ledger.chunks import encode_samples
from collector.ledger.rounds import Rounds
from probes.model import Sample
from probes.values import Rate

_REFERENCE, _LINE, _LOAD = range(3)
"""Whose chance it is, beside the seed, the span and the number."""


@dataclass(frozen=True, slots=True)
class Job:
    """Some hours of a site; `series` numbers the probes by (circuit, probe), ("", "") is the reference."""

    place: Place
    number: int
    lines: tuple[Line, ...]
    series: dict[tuple[str, str], int]
    story: Story
    span: Span


@dataclass(slots=True)
class Made:
    """Rows as the ledger's tables have them, and what each circuit's rounds said."""

    chunks: list[tuple[int, int, int, bytes, bytes | None]] = field(default_factory=list)
    """hour, series, rounds, chunk, samples."""
    bins: list[tuple[int, int, bytes]] = field(default_factory=list)
    """series, hour, bins."""
    runs: dict[str, list[tuple[int, int, int]]] = field(default_factory=dict)
    """Circuit -> begin (ms), rounds and verdict of each run of rounds that said the same."""


def work(job: Job) -> Made:
    """Measure and pack."""
    made = Made()
    site_story = [one for line in job.lines[:1] for one in job.story.of(line.id)]
    answers = signal.reference(job.place.id, site_story, job.span, _chance(job, _REFERENCE, job.number))
    _put(made, job.series["", ""], answers, verdicts(answers, "path", Witnesses.not_needed()))
    witnesses = Witnesses.of([answers])
    for line in job.lines:
        chance = _chance(job, _LINE, line.number)
        rounds = signal.measured(line, job.place.timezone, job.story, job.span, chance)
        said = verdicts(rounds, "path", witnesses, phase(line.site, line.id, "pe"))
        made.runs[line.id] = list(runs(rounds, said))
        _put(made, job.series[line.id, "pe"], rounds, said)
        if line.measured_load:
            _put_load(made, job, line)
    return made


def runs(rounds: Rounds, said: NDArray[np.int8]) -> Iterator[tuple[int, int, int]]:
    """Begin (ms), number and verdict of each run of rounds, one after the other, that said the same."""
    if not len(rounds):
        return
    breaks = (np.diff(said) != 0) | (np.diff(rounds.at_ms) != rounds.every_ms)
    edges = [0, *(np.flatnonzero(breaks) + 1).tolist(), len(rounds)]
    for begin, end in pairwise(edges):
        yield int(rounds.at_ms[begin]), end - begin, int(said[begin])


def _put(
    made: Made, series: int, rounds: Rounds, said: NDArray[np.int8], samples: Sequence[bytes | None] = ()
) -> None:
    found = list(chunks_of(rounds))
    beside = samples or [None] * len(found)
    made.chunks += [
        (hour, series, n, data, more) for (hour, n, data), more in zip(found, beside, strict=True)
    ]
    made.bins += [(series, hour, data) for hour, data in bins_of(rounds, said)]


def _put_load(made: Made, job: Job, line: Line) -> None:
    """The SNMP probe's rounds, and how full the line was."""
    series, rounds = job.series[line.id, "cpe"], signal.asked(line, job.story, job.span)
    chance = _chance(job, _LOAD, line.number)
    received, sent = signal.utilisation(line, job.place.timezone, job.story, rounds.at_ms, chance)
    speed = Rate.parse(line.bandwidth).bits_per_second // 8
    samples: list[bytes | None] = []
    for hour in np.unique(rounds.at_ms // HOUR_MS).tolist():
        inside = np.flatnonzero((rounds.at_ms // HOUR_MS == hour) & (rounds.received > 0)).tolist()
        rows = [
            Sample(series, int(rounds.at_ms[i]), 1, name, value)
            for i in inside
            for name, value in (
                ("if_receive_utilisation_ratio", float(received[i])),
                ("if_transmit_utilisation_ratio", float(sent[i])),
                ("if_speed_bytes_per_second", speed),
            )
        ]
        samples.append(encode_samples(rows) if rows else None)
    said = verdicts(rounds, "path", Witnesses.not_needed())
    _put(made, series, rounds, said, samples)


def _chance(job: Job, what: int, number: int) -> np.random.Generator:
    return np.random.default_rng([SEED, what, number, job.span.from_ms // HOUR_MS])
