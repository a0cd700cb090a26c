"""Statements from a ledger: what a contract needs is read circuit by circuit, and judged in `sla/`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import version

from collector.blame import Witnesses, phase, verdicts
from collector.ledger.model import REFERENCE, LedgerReader, Series
from collector.sla.calendar import local_day, parse_period
from collector.sla.evaluate import evaluate
from collector.sla.rules import CircuitFacts, Rules, cycle_of, in_force, zone_of
from collector.sla.statement import Statement
from collector.sla.tracks import Measured
from collector.targets import up_rule
from collector.verdicts import witnesses
from config.settings import Settings
from probes.clock import Instant

STILL_OPEN_MS = 600_000
"""A watermark no older than this is how far the ledger has come; an older one is a daemon that stopped."""


def statements(
    settings: Settings, reader: LedgerReader, *, period: str, circuits: Iterable[str], now: Instant
) -> list[Statement]:
    """A statement for each of `circuits` that has a contract; raises ValueError for a bad `period`."""
    return list(each_statement(settings, reader, period=period, circuits=circuits, now=now))


def each_statement(
    settings: Settings, reader: LedgerReader, *, period: str, circuits: Iterable[str], now: Instant
) -> Iterator[Statement]:
    """The same one at a time, so that one circuit's rounds are held at once."""
    bench = Bench(settings, reader, now.wall_ms)
    for circuit in circuits:
        if settings.circuits[circuit].contract is not None:
            yield bench.statement(circuit, period)


def facts_of(settings: Settings, name: str) -> CircuitFacts:
    """What a contract needs to know of a configured circuit."""
    circuit = settings.circuits[name]
    return CircuitFacts(
        id=name,
        timezone=settings.sites[circuit.site].timezone,
        up_when=up_rule(circuit),
        judged_by=circuit.judges(),
        first_day=circuit.active.start,
        last_day=circuit.active.until,
        currency=circuit.monthly_charge.currency if circuit.monthly_charge else "",
    )


@dataclass
class Bench:
    """A ledger and a configuration, and the witnesses that circuits of a site share."""

    settings: Settings
    reader: LedgerReader
    now_ms: int
    _seen: dict[tuple[str, str, int, int], Witnesses] = field(default_factory=dict)

    def statement(self, name: str, text: str) -> Statement:
        """The statement of a circuit that has a contract, of the period that `text` names there."""
        circuit = self.settings.circuits[name]
        contract_id = circuit.contract or ""
        contract, facts = self.settings.contracts[contract_id], facts_of(self.settings, name)
        terms = contract.terms_on(local_day(self.now_ms, facts.timezone))
        period = parse_period(text, zone_of(terms, facts.timezone), self.now_ms, cycle_of(terms))
        now_ms = self._as_of(circuit.site)
        reach = Rules.of(in_force(contract, facts, period)[0], facts.timezone).reach_ms
        span = (period.start_ms - reach, min(period.end_ms + reach, now_ms))
        return evaluate(
            contract,
            contract_id,
            facts,
            period,
            list(self._measured(name, *span)),
            now_ms=now_ms,
            engine=version("linkledger"),
            config=self.settings.digest,
        )

    def _as_of(self, site: str) -> int:
        """Up to when the ledger is complete; the clock's time when no daemon fills it any more."""
        watermark = self.reader.watermark(site)
        return watermark if 0 <= self.now_ms - watermark <= STILL_OPEN_MS else self.now_ms

    def _measured(self, name: str, from_ms: int, to_ms: int) -> Iterator[Measured]:
        circuit = self.settings.circuits[name]
        judging = circuit.judging()
        for series in self.reader.series(site=circuit.site, circuit=name):
            if series.key.probe in judging:
                yield self._of_series(series, from_ms, to_ms)

    def _of_series(self, series: Series, from_ms: int, to_ms: int) -> Measured:
        key = series.key
        rounds = self.reader.rounds([series.id], from_ms, to_ms)[series.id]
        seen = self._witnesses(key.site, key.circuit, from_ms, to_ms)
        place = phase(key.site, key.circuit, key.probe)
        return Measured(key.probe, rounds, verdicts(rounds, key.proves, seen, place))

    def _witnesses(self, site: str, circuit: str, from_ms: int, to_ms: int) -> Witnesses:
        """Who witnessed for a circuit; read once a site where its references speak for all circuits."""
        references = self.reader.series(site=site, circuit=REFERENCE)
        shared = not any(series.key.covers for series in references)
        key = (site, "" if shared else circuit, from_ms, to_ms)
        if key not in self._seen:
            needed = self.settings.sites[site].reference is not None
            self._seen = {key: witnesses(self.reader, site, circuit, from_ms, to_ms, needed=needed)}
        return self._seen[key]
