"""Outages and findings as the rules want them: untold, together, again and again, without remedy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial

from collector.analysis.finding import Finding
from collector.analysis.recommend.pair import Down, Pair, together
from collector.analysis.recommend.remedy import Failing
from collector.analysis.recommend.repeat import Fault, Faults, runs
from collector.analysis.recommend.shift import RECENT_DAYS, Risen
from collector.ledger.model import Outage
from collector.performance.advice.facts.look import Look, place
from collector.performance.nightly.anomalies import anomalies
from collector.sla.calendar import DAY_MS
from collector.sla.evidence import Excuse
from config.contract import Scope, Terms
from config.objectives import Objective
from config.settings import Circuit

PAIR_MS = 365 * DAY_MS
RUN_MS = 30 * DAY_MS
REMEDY_MS = 90 * DAY_MS
LONG_REPAIR_MS = 4 * 3_600_000
NEAR_TICKET_MS = 2 * DAY_MS


def pairs(look: Look) -> Iterator[Pair]:
    """Circuits that must not fail together; of the past those whose last failure together lies in it."""
    for (first, second), why in _diverse(look).items():
        found = _pair(look, first, second, why)
        met = together(found)
        if met and (not look.past or met[-1].start_ms >= look.from_ms):
            yield found


def _diverse(look: Look) -> Mapping[tuple[str, str], str]:
    """Each pair once, and who says so."""
    found = dict[tuple[str, str], str]()
    known = look.desk.settings.circuits
    for name, circuit in look.circuits.items():
        for other in circuit.diverse_from:
            if other in known:
                pair = (name, other) if name < other else (other, name)
                found.setdefault(pair, f"{name} was bought to run another way than {other}")
    for key, contract in look.desk.settings.contracts.items():
        scope = contract.terms_on(look.today).scope
        named = sorted(scope.pair or ()) if isinstance(scope, Scope) else []
        for place_, one in enumerate(named):
            for other in named[place_ + 1 :]:
                if one in known and other in known:
                    found.setdefault((one, other), f"{key} judges {one} and {other} as a redundant pair")
    return found


def _pair(look: Look, first: str, second: str, why: str) -> Pair:
    carriers = tuple(look.standing(name).carrier for name in (first, second))
    downs = [
        tuple(
            Down(one.start_ms, one.end_ms or look.to_ms, one.common_cause)
            for one in look.outages.get(name, ())
            if one.start_ms >= look.to_ms - PAIR_MS
        )
        for name in (first, second)
    ]
    return Pair(
        *(
            first,
            second,
            why,
            carriers,
            tuple(map(look.name, carriers)),
            look.zone(first),
            downs[0],
            downs[1],
        ),
        *(look.to_ms - PAIR_MS, look.to_ms, f"{place('outages', first)}/{{start}}"),
    )


def repeated(look: Look) -> Iterator[Faults]:
    """Circuits with the outages that nothing excuses, of the time and the 30 days before it."""
    since_ms = look.from_ms if look.past else look.to_ms - RUN_MS
    for name, outages in look.outages.items():
        if name in look.circuits and outages[-1].start_ms >= since_ms:
            circuit = look.circuits[name]
            kept = [one for one in outages if one.start_ms >= since_ms - RUN_MS]
            yield _faults(look, name, circuit, kept, since_ms)


def _faults(look: Look, name: str, circuit: Circuit, outages: list[Outage], since_ms: int) -> Faults:
    carrier = look.standing(name).carrier
    excuses = look.notebook.excuses_of(name, circuit.site, [(0, carrier)])
    faults = tuple(
        Fault(one.start_ms, one.end_ms or look.to_ms, one.cause)
        for one in outages
        if not any(_covers(excuse, one) for excuse in excuses)
    )
    return Faults(
        name, carrier, look.name(carrier), look.zone(name), faults, place("circuits", name), since_ms
    )


def _covers(excuse: Excuse, outage: Outage) -> bool:
    return excuse.state == "accepted" and excuse.start_ms <= outage.start_ms < excuse.end_ms


def risen(look: Look) -> Iterator[Risen]:
    """Shifts for the worse that were found in the time, or in the last 30 days and go on."""
    from_ms = look.from_ms if look.past else look.to_ms - RECENT_DAYS * DAY_MS
    found = [
        one
        for one in look.desk.reader.findings(from_ms=from_ms, to_ms=look.to_ms)
        if one.kind == "shift" and one.worse and one.circuit in look.circuits and one.at_ms >= from_ms
    ]
    where = {one.circuit for one in found if look.past or one.until_ms is None}
    for told in anomalies(look.desk, from_ms, look.to_ms, where) if where else ():
        one = told.finding
        if one in found and (look.past or one.until_ms is None):
            carrier = look.standing(one.circuit).carrier
            yield Risen(
                *(one, carrier, look.name(carrier), look.zone(one.circuit), place("circuits", one.circuit)),
                ticketed=_ticketed(look, one),
                told=f"{told.sentence}.",
            )


def _ticketed(look: Look, found: Finding) -> bool:
    return any(
        found.at_ms - NEAR_TICKET_MS <= one.opened_ms <= found.at_ms + RECENT_DAYS * DAY_MS
        for one in look.notebook.tickets_of(found.circuit)
    )


def failing(look: Look, notice: Mapping[str, date]) -> Iterator[Failing]:
    """What failed under each contract in the time, or in the last 90 days.

    `notice` is the next last day for notice, by circuit.
    """
    from_ms = look.from_ms if look.past else look.to_ms - REMEDY_MS
    members: dict[str, list[str]] = {}
    for name in look.circuits:
        contract = look.standing(name).contract
        if contract in look.desk.settings.contracts:
            members.setdefault(str(contract), []).append(name)
    findings: dict[str, list[Finding]] = {}
    for one in look.desk.reader.findings(from_ms=from_ms, to_ms=look.to_ms):
        if one.worse and one.at_ms >= from_ms:
            findings.setdefault(one.circuit, []).append(one)
    broken = _broken(look, from_ms)
    for contract, names in members.items():
        counts = {name: _counts(look, name, from_ms, findings.get(name, [])) for name in names}
        missed = {name: _by_metric(look, contract, broken.get((contract, name), ())) for name in names}
        days = [notice[name] for name in names if name in notice and notice[name] >= look.today]
        yield _failing(look, contract, (counts, missed), from_ms, min(days, default=None))


def _broken(look: Look, from_ms: int) -> Mapping[tuple[str, str], Sequence[str]]:
    """What issued statements of periods that ended in the time call broken, by contract and circuit.

    What is judged for several circuits stands at each of them.
    """
    held = look.desk.reader.revisions(brief=True)
    labels = dict.fromkeys(one.label for one in held if from_ms < one.key.to_ms <= look.to_ms)
    found: dict[tuple[str, str], list[str]] = {}
    for revision in (one for label in labels for one in look.desk.reader.revisions(label=label)):
        told = revision.statement
        names = [one["id"] for one in told.get("objectives") or () if one.get("verdict") == "breached"]
        for circuit in told.get("circuits") or [revision.key.scope]:
            found.setdefault((revision.key.contract, circuit), []).extend(names)
    return found


def _by_metric(look: Look, contract: str, objectives: Iterable[str]) -> Counter[str]:
    """How often each metric's objective was broken, by the names in the terms of today."""
    terms = look.desk.settings.contracts[contract].terms_on(look.today)
    held = terms.objectives.by_name() if terms.objectives else {}
    return Counter(_metric(name, held[name]) for name in objectives if name in held)


def _metric(name: str, objective: Objective) -> str:
    found = objective.metric or name
    return "time_to_repair" if found == "mttr" else found


def _counts(look: Look, name: str, from_ms: int, findings: list[Finding]) -> Counter[str]:
    """How often each thing failed at a circuit."""
    outages = [one for one in look.outages.get(name, ()) if one.start_ms >= from_ms]
    faults = [Fault(one.start_ms, one.end_ms or look.to_ms, one.cause) for one in outages]
    found = Counter(one.metric for one in findings if one.metric != "utilisation")
    found["availability"] = len(outages)
    found["time_to_repair"] = sum(one.end_ms - one.start_ms > LONG_REPAIR_MS for one in faults)
    found["chronic"] = len(runs(faults))
    return found


def _failing(
    look: Look,
    contract: str,
    counted: tuple[Mapping[str, Counter[str]], Mapping[str, Counter[str]]],
    from_ms: int,
    notice_by: date | None,
) -> Failing:
    counts, missed = counted
    both = {name: counts[name] + missed[name] for name in counts}
    held = look.desk.settings.contracts[contract]
    terms, carrier = held.terms_on(look.today), held.carrier
    times: Counter[str] = sum(counts.values(), Counter())
    promised, paid = _promises(terms)
    broken: Counter[str] = sum(missed.values(), Counter())
    worst = {
        metric: sorted(
            ((name, each[metric]) for name, each in both.items() if each[metric]),
            key=partial(_most, both, metric),
        )
        for metric in {*times, *broken}
    }
    hit = tuple(name for name, each in both.items() if each.total())
    return Failing(
        *(contract, carrier, look.name(carrier), hit, times, worst, promised, paid),
        *((look.to_ms - from_ms) // DAY_MS, look.today, notice_by, f"/?carrier={carrier}"),
        missed=broken,
    )


def _most(counts: Mapping[str, Counter[str]], metric: str, item: tuple[str, int]) -> tuple[int, str]:
    return -counts[item[0]][metric], item[0]


def _promises(terms: Terms) -> tuple[frozenset[str], frozenset[str]]:
    """The metrics that a contract has an objective for, and those that it pays for."""
    promised, paid = set[str](), set[str]()
    for name, objective in (terms.objectives.by_name() if terms.objectives else {}).items():
        metric = _metric(name, objective)
        promised.add(metric)
        if objective.pays() is not None:
            paid.add(metric)
    if terms.chronic is not None:
        promised.add("chronic")
        paid.add("chronic")
    return frozenset(promised), frozenset(paid)
