"""Statements from a ledger: what a contract needs is read circuit by circuit, and judged in `sla/`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from importlib.metadata import version

from collector.blame import Witnesses, phase, verdicts
from collector.ledger.model import REFERENCE, LedgerReader, Series
from collector.ledger.retention import EVIDENCE
from collector.sla.calendar import Period, day_start_ms, local_day, parse_period, rfc3339
from collector.sla.evaluate import evaluate
from collector.sla.rules import CircuitFacts, Rules, cycle_of, in_force, zone_of
from collector.sla.statement import Statement
from collector.sla.tracks import Measured
from collector.targets import up_rule
from collector.verdicts import witnesses
from config.dated import Dated
from config.settings import FACTS, Circuit, Settings, Standing
from probes.clock import Instant

STILL_OPEN_MS = 600_000
"""A watermark no older than this is how far the ledger has come; an older one is a daemon that stopped."""


def statements(
    settings: Settings, reader: LedgerReader, *, period: str, circuits: Iterable[str], now: Instant
) -> list[Statement]:
    """A statement for each of `circuits` that had a contract then; raises ValueError for a bad `period`."""
    return list(each_statement(settings, reader, period=period, circuits=circuits, now=now))


def each_statement(
    settings: Settings, reader: LedgerReader, *, period: str, circuits: Iterable[str], now: Instant
) -> Iterator[Statement]:
    """The same one at a time, so that one circuit's rounds are held at once."""
    bench = Bench(settings, reader, now.wall_ms)
    for circuit in circuits:
        if statement := bench.statement(circuit, period):
            yield statement


@dataclass(frozen=True, slots=True)
class Agreed:
    """A contract, the period that it cuts, and the days of it on which it can hold for a circuit."""

    contract: str
    period: Period
    first: date
    last: date | None
    """None: as long as the circuit is in service."""


def facts_of(settings: Settings, name: str, standing: Standing, agreed: Agreed) -> CircuitFacts:
    """What a contract needs to know of a configured circuit; `standing` are its facts of the first day."""
    circuit = settings.circuits[name]
    return CircuitFacts(
        id=name,
        timezone=settings.sites[circuit.site].timezone,
        up_when=up_rule(standing),
        judged_by=standing.judges(),
        first_day=agreed.first,
        last_day=min(filter(None, (circuit.active.until, agreed.last)), default=None),
        currency=standing.monthly_charge.currency if standing.monthly_charge else "",
    )


def _first_day(circuit: Circuit, period: Period) -> date:
    """The first day of a period on which the circuit is in service."""
    day = local_day(period.start_ms, period.zone)
    return max(day, circuit.active.start) if circuit.active.start else day


def _last_day(period: Period) -> date:
    return local_day(period.end_ms - 1, period.zone)


def _under(circuit: Circuit, period: Period) -> Agreed | None:
    """The first contract of the circuit in a period, until its last one there ends; None without one."""
    first, last = _first_day(circuit, period), _last_day(period)
    days = [first, *(day for day in sorted(circuit.contract.days) if first < day <= last)]
    having = [day for day in days if circuit.contract.at(day)]
    if not having:
        return None
    ended = next((day for day in days if day > having[-1]), None)
    found = circuit.contract.at(having[0]) or ""
    return Agreed(found, period, having[0], ended - timedelta(days=1) if ended else None)


def _changes(circuit: Circuit, agreed: Agreed, site_zone: str) -> Iterator[str]:
    """What changes inside a period, in a sentence each: all of it is judged by its start.

    A statement's days are those of its contract's zone; what is measured changes with the site's.
    """
    period, last = agreed.period, agreed.last or _last_day(agreed.period)
    for name in FACTS:
        fact: Dated[object] = getattr(circuit, name)
        for day in sorted(fact.days):
            at_ms = day_start_ms(day, site_zone)
            if agreed.first < day <= last:
                yield (
                    f"{name} changes on {day.isoformat()}, inside this period: "
                    "all of it is judged by what stood at its start"
                )
            elif period.start_ms < at_ms < period.end_ms and at_ms != day_start_ms(day, period.zone):
                yield (
                    f"{name} changes on {day.isoformat()}, which begins at {rfc3339(at_ms)} at the site, "
                    f"inside this period: it is judged by the days of {period.zone}"
                )


@dataclass
class Bench:
    """A ledger and a configuration, and the witnesses that circuits of a site share."""

    settings: Settings
    reader: LedgerReader
    now_ms: int
    _seen: dict[tuple[str, str, int, int], Witnesses] = field(default_factory=dict)

    def statement(self, name: str, text: str) -> Statement | None:
        """The statement of a circuit and the period that `text` names there; None without a contract then."""
        agreed = self._agreed(name, text)
        if agreed is None:
            return None
        circuit, period = self.settings.circuits[name], agreed.period
        standing = circuit.on(agreed.first)
        contract, facts = (
            self.settings.contracts[agreed.contract],
            facts_of(self.settings, name, standing, agreed),
        )
        now_ms = self._as_of(circuit.site)
        reach = Rules.of(in_force(contract, facts, period)[0], facts.timezone).reach_ms
        span = (period.start_ms - reach, min(period.end_ms + reach, now_ms))
        made = evaluate(
            contract,
            agreed.contract,
            facts,
            period,
            list(self._measured(name, standing.judging(), *span)),
            now_ms=now_ms,
            engine=version("linkledger"),
            config=self.settings.digest,
        )
        changes = _changes(circuit, agreed, facts.timezone)
        return replace(made, steps=(*made.steps, *changes, *self._gaps(period)))

    def _gaps(self, period: Period) -> Iterator[str]:
        """Which evidence of a period the ledger no longer has, and why: that time is unknown."""
        for gap in self.reader.gaps(EVIDENCE):
            if gap.from_ms is None or gap.to_ms is None:
                continue
            if gap.from_ms < period.end_ms and gap.to_ms > period.start_ms:
                yield f"The ledger lacks {rfc3339(gap.from_ms)} to {rfc3339(gap.to_ms)}: {gap.why}"

    def _agreed(self, name: str, text: str) -> Agreed | None:
        """The contract as it stood at the period's start (else the first in it), and the period.

        A period is cut as its own contract says, which today's may not do: the contract that the first
        cut leads to cuts it again.
        """
        circuit = self.settings.circuits[name]
        zone = self.settings.sites[circuit.site].timezone
        today = local_day(self.now_ms, zone)
        cutter = circuit.contract.at(today) or next(iter(circuit.contract.values), None)
        if cutter is None:
            return None
        for _ in range(3):
            found = _under(circuit, self._period(text, cutter, zone, today))
            if found is None or found.contract == cutter:
                break
            cutter = found.contract
        return found

    def _period(self, text: str, contract: str, zone: str, today: date) -> Period:
        terms = self.settings.contracts[contract].terms_on(today)
        return parse_period(text, zone_of(terms, zone), self.now_ms, cycle_of(terms))

    def _as_of(self, site: str) -> int:
        """Up to when the ledger is complete; the clock's time when no daemon fills it any more."""
        watermark = self.reader.watermark(site)
        return watermark if 0 <= self.now_ms - watermark <= STILL_OPEN_MS else self.now_ms

    def _measured(self, name: str, judging: frozenset[str], from_ms: int, to_ms: int) -> Iterator[Measured]:
        for series in self.reader.series(site=self.settings.circuits[name].site, circuit=name):
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
