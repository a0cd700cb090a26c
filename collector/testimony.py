"""The evidence on circuits that a ledger holds: rounds, loads, notes, earlier statements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from ipaddress import ip_address
from itertools import groupby, pairwise

import numpy as np

from collector.agreed import carriers_of, judging_ever
from collector.blame import phase, verdicts
from collector.daily import DailyWitnesses
from collector.ledger.columns import join
from collector.ledger.model import REFERENCE, LedgerReader, Series
from collector.ledger.revisions import Revision
from collector.ledger.rounds import Rounds
from collector.notebook.book import Notebook
from collector.sla.evidence import EarlierPeriod, Evidence, Excuse, Load
from collector.sla.rules import CircuitFacts
from collector.sla.tracks import Measured
from config.contract import Terms
from config.objectives import Available, ThroughputObjective, UtilisationObjective
from config.settings import Bandwidth, ProbeSettings, Settings
from probes.model import Sample

LOADED = frozenset({"utilisation", "throughput"})
"""Metrics that ask how full a circuit is."""
LOOK_BACK_MS = 800 * 86_400_000
"""So far back earlier statements are looked at: a year's cap, and a chronic rule over two of them."""
EVER = (-(2**62), 2**62)
WEEK_MS = 7 * 86_400_000
_SPEED = "if_speed_bytes_per_second"
_RATIOS = {"if_receive_utilisation_ratio": "receive", "if_transmit_utilisation_ratio": "transmit"}


@dataclass
class Testimony:
    """A ledger and a configuration, and what circuits share: notes, and the witnesses of a site."""

    settings: Settings
    reader: LedgerReader

    @cached_property
    def notebook(self) -> Notebook:
        """All notes; read once."""
        return Notebook(self.reader.notes())

    @cached_property
    def _series(self) -> Mapping[tuple[str, str], Sequence[Series]]:
        """The series of each (site, circuit); read once."""
        found: dict[tuple[str, str], list[Series]] = {}
        for one in self.reader.series():
            found.setdefault((one.key.site, one.key.circuit), []).append(one)
        return found

    @cached_property
    def witnesses(self) -> DailyWitnesses:
        """Who witnessed for silent rounds."""
        return DailyWitnesses(self.reader)

    def of(
        self,
        facts: CircuitFacts,
        terms: Terms,
        span: tuple[int, int],
        earlier: tuple[EarlierPeriod, ...] = (),
        packets: tuple[int, int] = EVER,
    ) -> Evidence:
        """All that is known of a circuit; rounds and loads of [from, to) in `span`, in milliseconds.

        Of rounds outside of [from, to) in `packets` only the counts are held.
        """
        return Evidence(
            measured=tuple(self._measured(facts.id, span, packets)),
            excuses=self._excuses(facts),
            tickets=self.notebook.tickets_of(facts.id),
            loads=tuple(self._loads(facts, terms, *span)) if asks_for_loads(terms) else (),
            earlier=earlier,
        )

    def earlier(self, scope: str, contract: str, before_ms: int) -> tuple[EarlierPeriod, ...]:
        """What was stated of earlier periods of a scope that ended by `before_ms`, oldest first."""
        return tuple(
            earlier_period(one)
            for one in self.reader.revisions(scope)
            if one.key.contract == contract and before_ms - LOOK_BACK_MS <= one.key.to_ms <= before_ms
        )

    # --- rounds

    def _measured(self, name: str, span: tuple[int, int], packets: tuple[int, int]) -> Iterator[Measured]:
        circuit = self.settings.circuits[name]
        judging = judging_ever(circuit)
        for series in self._series.get((circuit.site, name), ()):
            if series.key.probe in judging:
                rounds = self._rounds(series, span, packets)
                yield self._judged(series, circuit.probes.get(series.key.probe), rounds)

    def _judged(self, series: Series, probe: ProbeSettings | None, rounds: Rounds) -> Measured:
        key = series.key
        references = self._series.get((key.site, REFERENCE), ())
        needed = self.settings.sites[key.site].reference is not None
        seen = self.witnesses.of(key.site, key.circuit, references, needed=needed)
        dscp, family = class_and_family(probe)
        judged = verdicts(rounds, key.proves, seen, phase(key.site, key.circuit, key.probe))
        return Measured(key.probe, rounds, judged, dscp=dscp, family=family)

    def _rounds(self, series: Series, span: tuple[int, int], packets: tuple[int, int]) -> Rounds:
        """Read a week at a time: what is unpacked on the way is held for one of them only."""
        (from_ms, to_ms), (first_ms, last_ms) = span, packets
        weeks = range(first_ms, min(last_ms, to_ms), WEEK_MS) if packets != EVER else ()
        edges = [from_ms, *(at for at in (*weeks, last_ms) if from_ms < at < to_ms), to_ms]
        parts = []
        for begin, end in pairwise(edges):
            part = self.reader.rounds([series.id], begin, end)[series.id]
            parts.append(part if first_ms <= begin and end <= last_ms else counts_alone(part))
        return join([part for part in parts if len(part)], series.key.every_ms)

    # --- notes

    def _excuses(self, facts: CircuitFacts) -> tuple[Excuse, ...]:
        carriers = tuple(carriers_of(self.settings.circuits[facts.id], facts.timezone))
        noted = self.notebook.excuses_of(facts.id, facts.site, carriers)
        circuit, zone = self.settings.circuits[facts.id], facts.timezone
        planned = tuple(
            Excuse(*one.span_ms(zone), one.exclude_key, one.announced_ms(zone), one.state)
            for one in self.settings.maintenance
            if one.concerns(facts.id, circuit)
        )
        return tuple(sorted((*noted, *planned), key=lambda one: (one.start_ms, one.end_ms, one.kind)))

    # --- loads

    def _loads(self, facts: CircuitFacts, terms: Terms, from_ms: int, to_ms: int) -> Iterator[Load]:
        if facts.bandwidth is None:
            return
        rates, whole = (
            rates_of(facts.bandwidth, rate_named(terms, metric)) for metric in ("utilisation", "throughput")
        )
        circuit = self.settings.circuits[facts.id]
        for series in self._series.get((circuit.site, facts.id), ()):
            if series.key.kind == "snmp":
                samples = self.reader.samples([series.id], from_ms, to_ms)
                yield from loads(series.key.probe, series.key.every_ms, samples, rates, whole)


def counts_alone(rounds: Rounds) -> Rounds:
    """The rounds without their packets."""
    return replace(
        rounds,
        first=np.zeros(len(rounds) + 1, np.int64),
        answered=np.empty(0, np.bool_),
        rtts=np.empty(0, np.int64),
    )


def earlier_period(one: Revision) -> EarlierPeriod:
    """What a stored statement says to those of later periods."""
    told = one.statement
    amount = told["credit"]["amount"]
    return EarlierPeriod(
        label=one.label,
        verdicts={objective["id"]: objective["verdict"] for objective in told["objectives"]},
        credit=None if amount is None else Fraction(amount),
    )


def class_and_family(probe: ProbeSettings | None) -> tuple[int | None, int | None]:
    """The class of service and the address family that a probe's options say; None where they don't."""
    if probe is None:
        return None, None
    dscp = getattr(probe.options, "dscp", None)
    try:
        return dscp, ip_address(probe.address.partition("%")[0]).version
    except ValueError:
        return dscp, None


def asks_for_loads(terms: Terms) -> bool:
    """Whether any promise looks at how full the circuit is."""
    objectives = terms.objectives.by_name().values() if terms.objectives else ()
    return any(
        one.metric in LOADED
        or (isinstance(during := getattr(one, "during", None), Available) and during.utilisation_below)
        for one in objectives
    )


def rate_named(terms: Terms, metric: str) -> str:
    """Of which rate a metric's loads are a share, as the first promise that asks says."""
    objectives = terms.objectives.by_name().values() if terms.objectives else ()
    for one in objectives:
        if isinstance(one, UtilisationObjective | ThroughputObjective) and one.metric == metric:
            return one.of
    for one in objectives:
        during = getattr(one, "during", None)
        if isinstance(during, Available) and during.utilisation_below is not None and during.of:
            return during.of
    return "bandwidth"


def rates_of(bandwidth: Bandwidth, named: str) -> Mapping[str, int]:
    """The named rate in bit/s by direction; one that isn't configured is left out."""
    down, up = bandwidth.down, bandwidth.up
    if named == "commit":
        down = up = bandwidth.commit
    return {
        direction: rate.bits_per_second
        for direction, rate in (("receive", down), ("transmit", up))
        if rate is not None and rate.bits_per_second
    }


def loads(
    probe: str,
    every_ms: int,
    samples: Iterable[Sample],
    rates: Mapping[str, int],
    whole: Mapping[str, int],
) -> Iterator[Load]:
    """Loads out of one series' samples in order of time: `rates` make utilisation, `whole` throughput.

    What a poll tells is of the time since the poll before, and is given from there on.
    """
    slots = [(at_ms, {one.name: one.value for one in some}) for at_ms, some in groupby(samples, _slot)]
    for (before_ms, _), (at_ms, told) in pairwise([(-(2**62), {}), *slots]):
        speed = told.get(_SPEED)
        if not isinstance(speed, int | float) or speed <= 0:
            continue
        for name, direction in _RATIOS.items():
            ratio = told.get(name)
            if isinstance(ratio, int | float) and (direction in rates or direction in whole):
                bits = Fraction(repr(ratio)) * Fraction(repr(speed)) * 8
                yield Load(
                    at_ms=max(before_ms, at_ms - every_ms),
                    probe=probe,
                    direction=direction,
                    utilisation=bits / rates[direction] if direction in rates else None,
                    throughput=bits / whole[direction] if direction in whole else None,
                )


def _slot(sample: Sample) -> int:
    return sample.at_ms
