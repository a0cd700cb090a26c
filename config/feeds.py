"""Whether a circuit's probes can feed the rules of its contract, and its facts the money."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from config.contract import Contract, Terms
from config.draft import Draft
from config.errors import Problems
from config.objectives import (
    Available,
    DeliveryObjective,
    JitterObjective,
    MosObjective,
    Objective,
    OneWayDelayObjective,
    RttObjective,
    Sampled,
    ThroughputObjective,
    UtilisationObjective,
)
from config.outage import AnyRule, DenseRule, DownRule, LossRule, MefRule, SlidingRule
from config.settings import Circuit, JudgedBy, ProbeSettings

SPLITTING = frozenset({"stamp"})
"""Kinds of probe that tell the two directions apart."""
WITHOUT_RTT = frozenset({"path"})
LOADED = frozenset({"snmp"})
"""Kinds of probe that tell how full a circuit is."""


def check_feeds(draft: Draft, problems: Problems) -> None:
    """Report, for every circuit, the rules of its contracts that it can never answer."""
    for part in draft.circuits.values():
        if part.model is None:
            continue
        for word, place, path in part.words("contract"):
            contract = draft.contracts[word].model if word in draft.contracts else None
            if contract is None:
                continue
            for text in dict.fromkeys(_refusals(word, contract, part.model)):
                problems.error(place, path, text)
            for text in dict.fromkeys(_gaps(word, contract, part.model)):
                problems.warn(place, path, text)


@dataclass(frozen=True, slots=True)
class _Judges:
    """Which of a circuit's probes answer which question, at any time under a contract."""

    probes: Mapping[str, ProbeSettings]
    chosen: tuple[JudgedBy, ...]
    able: tuple[str, ...]

    @classmethod
    def of(cls, name: str, circuit: Circuit) -> _Judges:
        standings = [circuit.on(day) for day in sorted({date.min, *circuit.days()})]
        under = [one for one in standings if one.contract == name]
        return cls(circuit.probes, tuple(one.judges() for one in under), under[0].able if under else ())

    def of_metric(self, metric: str) -> list[ProbeSettings]:
        """The probes that answer one of availability, rtt, loss and jitter."""
        names = dict[str, None]()
        for one in self.chosen:
            given = getattr(one, metric)
            names |= dict.fromkeys(self.able if given == "least" else given or ())
        return [self.probes[name] for name in names if name in self.probes]


def _refusals(name: str, contract: Contract, circuit: Circuit) -> Iterator[str]:
    judges = _Judges.of(name, circuit)
    for terms in contract.each_version():
        down = terms.outage.down if terms.outage else None
        for rule in _rules(down) if down else ():
            for probe in judges.of_metric("availability"):
                yield from (f"contract {name!r}, outage.down: {text}" for text in _unfed(rule, probe))
        for key, objective in (terms.objectives.by_name() if terms.objectives else {}).items():
            for text in _unfed_objective(objective, judges):
                yield f"contract {name!r}, objectives.{key}: {text}"


def _rules(down: DownRule) -> Iterator[LossRule]:
    """The rule itself, or all that an `any` is made of."""
    if isinstance(down, AnyRule):
        for one in down.any:
            yield from _rules(one)
    else:
        yield down


def _unfed(rule: LossRule, probe: ProbeSettings) -> Iterator[str]:
    every = probe.options.every
    rounds = f"probe {probe.name!r} has a round every {every}"
    if isinstance(rule, MefRule) and rule.interval.ms % every.ms:
        text = f"intervals of {rule.interval}, but {rounds}"
        yield f"{text}: let it run every {rule.interval}, or a part of that, or write interval: {every}"
    if isinstance(rule, SlidingRule) and rule.over < every:
        yield f"a window of {rule.over}, but {rounds}: write over: {every} at least, or let it run more often"
    if isinstance(rule, DenseRule) and rule.within < every:
        text = f"a window of {rule.within}, but {rounds}"
        yield f"{text}: write within: {every} at least, or let it run more often"
    if rule.direction is not None and probe.kind not in SPLITTING:
        text = f"direction {rule.direction}, but probe {probe.name!r} ({probe.kind}) can't tell which way"
        yield f"{text} a packet was lost: take direction out"


def _unfed_objective(objective: Objective, judges: _Judges) -> Iterator[str]:
    if not isinstance(objective, Sampled) or isinstance(objective, OneWayDelayObjective):
        return
    metric = "rtt" if isinstance(objective, MosObjective) else objective.metric
    probes = judges.of_metric(metric)
    if not probes:
        return
    named = _named(probes)
    if isinstance(objective, RttObjective | JitterObjective | MosObjective) and all(
        one.kind in WITHOUT_RTT for one in probes
    ):
        yield f"no round-trip time comes from {named}: add a probe such as icmp to judge {objective.metric}"
    if objective.direction is not None and not any(one.kind in SPLITTING for one in probes):
        text = f"direction {objective.direction}, but {named} can't tell directions apart"
        yield f"{text}: take direction out"
    classes = [getattr(one.options, "dscp", 0) for one in probes]
    if objective.dscp is not None and not set(objective.dscp) & set(classes):
        wanted = ", ".join(map(str, objective.dscp))
        text = f"dscp {wanted}, but packets of {named} have {', '.join(map(str, dict.fromkeys(classes)))}"
        yield f"{text}: add a probe with dscp: {objective.dscp[0]} to judge {metric}"


def _named(probes: Iterable[ProbeSettings]) -> str:
    names = [repr(one.name) for one in probes]
    return f"probe{'s' * (len(names) > 1)} {', '.join(names)}"


def _gaps(name: str, contract: Contract, circuit: Circuit) -> Iterator[str]:
    """What a contract asks of a circuit that nobody says or measures: figures will be missing."""
    for terms in contract.each_version():
        objectives = terms.objectives.by_name() if terms.objectives else {}
        for key, objective in objectives.items():
            yield from (f"contract {name!r}, objectives.{key}: {text}" for text in _lacks(objective, circuit))
        yield from (f"contract {name!r}: {text}" for text in _unpaid(terms, circuit))


def _lacks(objective: Objective, circuit: Circuit) -> Iterator[str]:
    kinds = {probe.kind for probe in circuit.probes.values()}
    loads = isinstance(objective, UtilisationObjective | ThroughputObjective)
    busy = objective.during if isinstance(objective, Sampled) else None
    below = isinstance(busy, Available) and busy.utilisation_below is not None
    if (loads or below) and not kinds & LOADED:
        yield "no probe measures the load (snmp does): it will have no figure"
    of = getattr(objective, "of", None) if loads else busy.of if isinstance(busy, Available) else None
    if of == "commit" and not any(one.commit for one in circuit.bandwidth.values):
        yield "of commit, but the circuit has no bandwidth.commit: it will have no figure"
    if isinstance(objective, OneWayDelayObjective) and not kinds & SPLITTING:
        yield "no probe measures one way (stamp does): it will have no figure"
    if isinstance(objective, DeliveryObjective) and circuit.due is None:
        yield "the circuit has no `due`: add the day on which it was to be delivered"


def _unpaid(terms: Terms, circuit: Circuit) -> Iterator[str]:
    """Charges that credits are shares of and that nobody wrote down."""
    charges = {"access": circuit.access_charge, "port": circuit.port_charge}
    for objective in (terms.objectives.by_name() if terms.objectives else {}).values():
        credit = objective.pays()
        if credit is None or (credit.payouts and all(one.kind == "money" for one in credit.payouts)):
            continue
        if isinstance(objective, DeliveryObjective):
            base, charge = "one_time", circuit.one_time_charge is not None
        elif credit.base in charges:
            base, charge = str(credit.base), charges[credit.base] is not None
        else:
            base, charge = "monthly", bool(circuit.monthly_charge.values)
        if not charge:
            yield f"credits are shares of {base}_charge, which the circuit doesn't say: none can be computed"
    yield from _mixed(terms, circuit)


def _mixed(terms: Terms, circuit: Circuit) -> Iterator[str]:
    given = (*circuit.monthly_charge.values, circuit.access_charge, circuit.port_charge)
    theirs = {one.currency for one in (*given, circuit.one_time_charge) if one is not None}
    for currency in sorted(theirs - {terms.currency}) if terms.currency not in {None, "circuit"} else ():
        yield f"pays in {terms.currency}, and a charge of the circuit is in {currency}"
