"""What fails most under a contract, and pays nothing. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from collector.analysis.recommend.rules import recommend
from collector.analysis.recommend.words import day, listed, quarter
from collector.analysis.recommendation import Recommendation
from collector.sla.rounding import counted

FEW = 3
"""What failed less often than this is no pattern."""
NAMES: Mapping[str, str] = {
    "availability": "outages",
    "rtt": "round-trip times above their usual band",
    "loss": "loss above its usual band",
    "jitter": "delay variation above its usual band",
    "time_to_repair": "outages longer than four hours",
    "chronic": "circuits that failed three times within 30 days",
}
ASK: Mapping[str, str] = {
    "availability": "a credit for availability",
    "rtt": "an objective with a credit for the round-trip time",
    "loss": "an objective with a credit for loss",
    "jitter": "an objective with a credit for delay variation",
    "time_to_repair": "a time to repair with a credit",
    "chronic": "a right to leave after chronic failure",
}
"""Of a metric that isn't here: a credit for it."""
_WORDS: Mapping[str, str] = {
    "rtt": "the round-trip time",
    "jitter": "delay variation",
    "mos": "voice quality",
}


@dataclass(frozen=True, slots=True)
class Failing:
    """What failed under one contract in a time: by metric (a key of NAMES), how often."""

    contract: str
    carrier: str
    name: str
    circuits: tuple[str, ...]
    times: Mapping[str, int]
    by_circuit: Mapping[str, Sequence[tuple[str, int]]]
    """Where: by metric, (circuit, how often), the most first."""
    promised: frozenset[str]
    """Metrics that it has an objective (or rules) for."""
    paid: frozenset[str]
    """Of these those that pay a credit or give a right."""
    days: int
    as_of: date
    notice_by: date | None
    """The next day for notice of any of its circuits: then terms are open."""
    link: str
    missed: Mapping[str, int] = field(default_factory=dict)
    """In how many issued statements an objective was missed, by its metric."""


def rule(contracts: Iterable[Failing], today: date) -> Iterator[Recommendation]:
    """One a contract, where what fails most often there is without remedy."""
    for one in contracts:
        most = max({*one.times, *one.missed}, key=lambda name: (_often(one, name), name), default="")
        if most and _often(one, most) >= FEW and most not in one.paid:
            yield _one(one, most, today)


def _often(one: Failing, metric: str) -> int:
    """How often it failed: what was measured, and the statements that miss its target."""
    return one.times.get(metric, 0) + one.missed.get(metric, 0)


def _one(one: Failing, most: str, today: date) -> Recommendation:
    by = f" before notice is due on {day(one.notice_by)}" if one.notice_by else " at the next renewal"
    why = "has an objective for it that pays nothing" if most in one.promised else "promises nothing for it"
    return recommend(
        *("remedy", f"{one.contract}/{most}", quarter(one.as_of)),
        text=f"Ask {one.name} for {ASK.get(most) or f'a credit for {_words(most)}'} in {one.contract}{by}",
        today=today,
        urgency="plan",
        carrier=one.carrier,
        circuits=one.circuits,
        evidence=[*_evidence(one, most, why)],
        link=one.link,
    )


def _words(metric: str) -> str:
    return _WORDS.get(metric, metric.replace("_", " "))


def _evidence(one: Failing, most: str, why: str) -> Iterator[str]:
    times, missed = one.times.get(most, 0), one.missed.get(most, 0)
    told = [f"{counted(times, 'time')} {NAMES[most]}"] if times else []
    if missed:
        told.append(f"the target for {_words(most)} missed in {counted(missed, 'statement')}")
    yield f"In {one.days} days: {listed(told)}; {one.contract} {why}."
    where = [f"{name} ({times})" for name, times in one.by_circuit.get(most, ())]
    if where:
        yield f"Most at {listed(where)}."
    others = [
        f"{times} {NAMES[name]}{'' if name in one.paid else ' (without remedy)'}"
        for name, times in sorted(one.times.items(), key=lambda item: -item[1])
        if name != most and times
    ]
    if others:
        yield f"Beside that, over {counted(len(one.circuits), 'circuit')}: {listed(others, 6)}."
