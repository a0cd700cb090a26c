"""Several circuits judged as one: which belong together, and what time, notes and promises they share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce

from collector.circuits import Status
from collector.sla.case import Case
from collector.sla.evidence import Evidence
from collector.sla.reckoning import Excluded
from collector.sla.rules import CircuitFacts
from collector.sla.spans import Spans
from collector.sla.status import together
from collector.sla.timeline import Stretch, Timeline
from config.contract import Scope, Terms

Member = tuple[CircuitFacts, Evidence]


@dataclass(frozen=True, slots=True)
class Group:
    """Circuits that one statement is about; `how` says what of them makes it down."""

    name: str
    members: tuple[Member, ...]
    how: str
    """alone | any_down | all_down | mean"""


def groups_of(terms: Terms, contract_id: str, members: Sequence[Member]) -> Iterator[Group]:
    """The groups that the contract's scope makes of its circuits, in the order of their first member."""
    scope = terms.scope
    if not isinstance(scope, Scope):
        yield from (Group(member[0].id, (member,), "alone") for member in members)
    elif scope.pair is not None:
        pair = tuple(member for member in members if member[0].id in scope.pair)
        if pair:
            yield Group("+".join(scope.pair), pair, "all_down")
    elif scope.contract is not None:
        yield Group(contract_id, tuple(members), scope.contract)
    else:
        for site in dict.fromkeys(facts.site for facts, _ in members):
            here = tuple(member for member in members if member[0].site == site)
            yield Group(site or contract_id, here, scope.site or "any_down")


_EVER_MS = 2**62


def absent(case: Case) -> Spans:
    """All time in which a circuit is not in service, or its contract doesn't hold yet.

    Time before the period's start, and after its end, is as the time at that edge.
    """
    window, period = case.window, case.period
    begins = window.start_ms if window.start_ms > period.start_ms else -_EVER_MS
    ends = window.full_end_ms if window.full_end_ms < period.end_ms else _EVER_MS
    return Spans.of([(-_EVER_MS, begins), (ends, _EVER_MS)])


def in_service(cases: Sequence[Case], how: str) -> list[Case]:
    """The cases, each with a status that decides nothing while its circuit is absent.

    Where all of them are, they are up. What is known around the period stays: outages over its edge are
    judged whole.
    """
    edges = [
        edge
        for one in cases
        if one.status.stretches
        for edge in (one.status.said.pairs[0][0], one.status.said.pairs[-1][1])
    ]
    if not edges:
        return list(cases)
    nobody = reduce(Spans.__and__, map(absent, cases))
    neutral = Status.DOWN if how == "all_down" else Status.UP
    return [replace(one, status=_neutral(one, min(edges), max(edges), neutral, nobody)) for one in cases]


def _neutral(case: Case, first_ms: int, last_ms: int, neutral: Status, nobody: Spans) -> Timeline:
    away = absent(case).clip(first_ms, last_ms)
    here = [
        stretch for pair in away.inverse(first_ms, last_ms) for stretch in case.status.clip(*pair).stretches
    ]
    gone = Timeline.of([*here, *(Stretch(start, end, neutral) for start, end in away)])
    return gone.over(nobody, Status.UP)


def joint_status(cases: Sequence[Case], how: str) -> Timeline:
    """The status of circuits together, before anything is excluded."""
    return _together([one.status for one in cases], how)


def _together(timelines: Sequence[Timeline], how: str) -> Timeline:
    return together(timelines, "all_down" if how == "all_down" else "any_down")


def joint_excluded(cases: Sequence[Case], how: str, off_hours: Spans) -> Excluded:
    """What exclusions of single circuits take out of all of them together.

    That is time in which each one in service is excused, and time that is down, or unknown, only because
    of an excused one.
    """
    status, eased = joint_status(cases, how), _together([_eased(one) for one in cases], how)
    only_excused = (
        (status.where(Status.DOWN) - eased.where(Status.DOWN))
        | (status.where(Status.UNKNOWN) & eased.where(Status.UP))
        | reduce(Spans.__and__, (one.excluded.noted | absent(one) for one in cases))
    )
    return Excluded(
        numerator=only_excused & _either(one.excluded.numerator for one in cases),
        both=only_excused & _either(one.excluded.both for one in cases),
        window=only_excused & _either(one.excluded.window for one in cases),
        off_hours=off_hours,
    ).ranked()


def joint_evidence(cases: Sequence[Case]) -> Evidence:
    """What people said of any of the circuits; of what was measured, nothing.

    A ticket or a note that is about several of them is there once.
    """
    every = [one.evidence for one in cases]
    return Evidence(
        intervals=every[0].intervals if all(one.intervals is not None for one in every) else None,
        tickets=tuple({ticket.id: ticket for one in every for ticket in one.tickets}.values()),
        excuses=tuple(dict.fromkeys(excuse for one in every for excuse in one.excuses)),
        earlier=next((one.earlier for one in every if one.earlier), ()),
    )


def _eased(case: Case) -> Timeline:
    return case.status.over(case.excluded.noted & case.status.said, Status.UP)


def _either(spans: Iterator[Spans]) -> Spans:
    return reduce(Spans.__or__, spans)
