"""Statements from a ledger: what contracts need is read circuit by circuit, and judged in `sla/`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.metadata import version

from collector.agreed import Agreed, agreed, changes, facts_of, held_by
from collector.ledger.model import LedgerReader
from collector.ledger.retention import EVIDENCE
from collector.sla.calendar import Period, rfc3339
from collector.sla.evaluate import period_of, statements_of
from collector.sla.evidence import Evidence
from collector.sla.rules import CircuitFacts, Rules, in_force
from collector.sla.scopes import Member, groups_of
from collector.sla.statement import Statement
from collector.testimony import Testimony
from config.contract import Contract, Scope, Terms
from config.settings import Settings
from probes.clock import Instant

STILL_OPEN_MS = 600_000
"""A watermark no older than this is how far the ledger has come; an older one is a daemon that stopped."""


def statements(
    settings: Settings, reader: LedgerReader, *, period: str, circuits: Iterable[str], now: Instant
) -> list[Statement]:
    """A statement for each of `circuits` that had a contract then; raises ValueError for a bad `period`.

    Circuits that their contract judges as one have one statement together.
    """
    return list(each_statement(settings, reader, period=period, circuits=circuits, now=now))


def each_statement(
    settings: Settings, reader: LedgerReader, *, period: str, circuits: Iterable[str], now: Instant
) -> Iterator[Statement]:
    """The same one at a time, so that one circuit's rounds are held at once."""
    bench = Bench(settings, reader, now.wall_ms)
    for cause in bench.causes(circuits, period):
        yield from (one.statement for one in bench.decided(cause))


def what_if(
    settings: Settings,
    reader: LedgerReader,
    *,
    contract: Contract,
    contract_id: str,
    circuits: Iterable[str],
    period: str,
    now: Instant,
) -> list[Statement]:
    """What another contract would make of what was measured; its scope joins `circuits` alone."""
    bench = Bench(settings, reader, now.wall_ms)
    found = []
    for name in circuits:
        zone = settings.zone_of(name)
        cut = period_of(contract, CircuitFacts(id=name, timezone=zone), period, now.wall_ms)
        found.append((name, held_by(settings.circuits[name], contract_id, cut)))
    return [
        one.statement
        for cause in _joined(contract, settings, found)
        for one in bench.decided(cause, contract)
    ]


@dataclass(frozen=True, slots=True)
class Cause:
    """What one statement is about: circuits that a contract judges as one, and the period."""

    scope: str
    contract: str
    period: Period
    members: tuple[tuple[str, Agreed], ...]

    @property
    def circuits(self) -> tuple[str, ...]:
        """The circuits' ids."""
        return tuple(name for name, _ in self.members)


@dataclass(frozen=True, slots=True)
class Decided:
    """A statement, and what it was made of."""

    cause: Cause
    contract: Contract
    statement: Statement
    members: tuple[Member, ...]
    complete_ms: int
    """From when on no round can come that would change it."""
    gaps: tuple[str, ...]
    """What the ledger lacks of the period."""


@dataclass
class Bench:
    """A ledger and a configuration, and what many statements share."""

    settings: Settings
    reader: LedgerReader
    now_ms: int
    _engine: str = field(default_factory=lambda: version("linkledger"))

    @cached_property
    def testimony(self) -> Testimony:
        """The evidence, and what circuits share of it."""
        return Testimony(self.settings, self.reader)

    def causes(self, circuits: Iterable[str], text: str) -> list[Cause]:
        """What statements there are about these circuits in the period that `text` names, each once.

        A statement on several circuits is about all that belong to it, also those that aren't named.
        Raises ValueError for a period that can't be read.
        """
        found: list[Cause] = []
        covered: set[tuple[str, str]] = set()
        judged: dict[str, Agreed | None] = {}
        for name in circuits:
            one = self._agreed(judged, name, text)
            if one is not None and (one.contract, name) not in covered:
                for cause in self._around(judged, name, one, text):
                    found.append(cause)
                    covered |= {(cause.contract, member) for member in cause.circuits}
        return found

    def decided(self, cause: Cause, contract: Contract | None = None) -> Iterator[Decided]:
        """The statement about a cause (one, or none where nothing of it is in force then)."""
        judging = contract or self.settings.contracts[cause.contract]
        now_ms = min(self._as_of(self.settings.circuits[name].site) for name in cause.circuits)
        members, complete_ms = [], cause.period.end_ms
        for name, one in cause.members:
            facts = facts_of(self.settings, name, one)
            terms = in_force(judging, facts, one.period)[0]
            rules = Rules.of(terms, facts.timezone)
            complete_ms = max(complete_ms, one.period.end_ms + rules.ahead_ms)
            members.append((facts, self._evidence(cause, facts, terms, rules, now_ms)))
        made = statements_of(
            judging,
            cause.contract,
            members,
            cause.period.label,
            now_ms=now_ms,
            engine=self._engine,
            config=self.settings.digest,
        )
        gaps = tuple(self._gaps(cause.period))
        told = [
            sentence
            for name, one in cause.members
            for sentence in changes(
                self.settings.circuits[name],
                one,
                self.settings.zone_of(name),
            )
        ]
        for statement in made:
            whole = replace(statement, steps=(*statement.steps, *dict.fromkeys(told), *gaps))
            yield Decided(cause, judging, whole, tuple(members), complete_ms, gaps)

    def watermark(self, cause: Cause) -> int:
        """Up to when the rounds of all circuits of a cause are in the ledger for good."""
        return min(self.reader.watermark(self.settings.circuits[name].site) for name in cause.circuits)

    def _evidence(
        self, cause: Cause, facts: CircuitFacts, terms: Terms, rules: Rules, now_ms: int
    ) -> Evidence:
        period = cause.period
        span = (period.start_ms - rules.back_ms, min(period.end_ms + rules.ahead_ms, now_ms))
        earlier = self.testimony.earlier(cause.scope, cause.contract, period.start_ms)
        return self.testimony.of(facts, terms, span, earlier, rules.packets_of(period))

    def _agreed(self, judged: dict[str, Agreed | None], name: str, text: str) -> Agreed | None:
        if name not in judged:
            judged[name] = agreed(self.settings, name, text, self.now_ms)
        return judged[name]

    def _around(self, judged: dict[str, Agreed | None], name: str, one: Agreed, text: str) -> Iterator[Cause]:
        """The statements that a circuit is part of."""
        contract = self.settings.contracts[one.contract]
        scope = in_force(contract, facts_of(self.settings, name, one), one.period)[0].scope
        if not isinstance(scope, Scope):
            yield Cause(name, one.contract, one.period, ((name, one),))
            return
        found = []
        for other in self.settings.circuits:
            theirs = self._agreed(judged, other, text)
            if theirs is not None and theirs.contract == one.contract:
                found.append((other, theirs))
            elif other in (scope.pair or ()):
                found.append((other, held_by(self.settings.circuits[other], one.contract, one.period)))
        yield from (cause for cause in _joined(contract, self.settings, found) if name in cause.circuits)

    def _gaps(self, period: Period) -> Iterator[str]:
        """Which evidence of a period the ledger no longer has, and why: that time is unknown."""
        for gap in self.reader.gaps(EVIDENCE):
            if gap.from_ms is None or gap.to_ms is None:
                continue
            if gap.from_ms < period.end_ms and gap.to_ms > period.start_ms:
                yield f"The ledger lacks {rfc3339(gap.from_ms)} to {rfc3339(gap.to_ms)}: {gap.why}"

    def _as_of(self, site: str) -> int:
        """Up to when the ledger is complete; the clock's time when no daemon fills it any more."""
        watermark = self.reader.watermark(site)
        return watermark if 0 <= self.now_ms - watermark <= STILL_OPEN_MS else self.now_ms


def _joined(contract: Contract, settings: Settings, found: list[tuple[str, Agreed]]) -> Iterator[Cause]:
    """The causes that a contract's scope makes of its circuits; periods are cut alike in one of them."""
    by_name = dict(found)
    members: list[Member] = [(facts_of(settings, name, one), Evidence()) for name, one in found]
    if not members:
        return
    first, agreed_first = members[0][0], found[0][1]
    terms = in_force(contract, first, agreed_first.period)[0]
    for group in groups_of(terms, agreed_first.contract, members):
        names = [facts.id for facts, _ in group.members]
        yield Cause(
            group.name,
            agreed_first.contract,
            by_name[names[0]].period,
            tuple((name, by_name[name]) for name in names),
        )
