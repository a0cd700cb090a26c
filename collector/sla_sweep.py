"""One sweep over a ledger, in a process of its own: what contracts say of running and of closed periods.

It judges a slice of the estate, settles what is due, and reads the book of claims; the ledger is held
for no longer than one circuit's rounds take to read. What one contract can't be computed for is told and
doesn't stop the others.

A statement on several circuits gives its figures to each of them once; its money, its notices and its
lines in the log stand at one of them alone (the first whose own contract it is), so that sums over
circuits are right.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TypeVar

from collector.claiming.book import claims_now
from collector.claims_open import ClaimLine
from collector.due import Key, Noted, bears_on, key_of, noted_since, unsettled
from collector.ledger import store, watched
from collector.ledger.errors import LedgerError
from collector.ledger.model import HOUR_MS
from collector.ledger.opening import reading
from collector.ledger.reader import SqliteReader
from collector.ledger.watched import Answers, Mark
from collector.news import PROGRAM, News, of_claim, of_problem, of_revision, of_verdicts
from collector.notebook.book import Notebook
from collector.settling import Settlement, settle
from collector.sla.evidence import Ticket
from collector.sla.figures import Figures, figures
from collector.sla.statement import Statement
from collector.statements import Bench, Cause
from collector.ticket_loss import TicketLoss, losses
from config.settings import Settings
from probes.clock import Instant

SLICE = 500
"""So many statements a sweep makes at most; the next one goes on with the others."""
MOST_SETTLED = 100
"""So many closed periods without a statement a sweep settles at most."""
AT_ONCE = 20
"""So many are settled in one go: they share what is read of the notes."""
UNSYNCHRONISED = (
    "the clock isn't synchronised any more, and what it says is over wasn't when it last was: such periods "
    "are settled once it is again (start an NTP client), or by `linkledger sla --period`"
)
MOST_LOSSES = 50
"""Of so many open outages without a ticket a sweep says what they lost: each is judged twice more."""
MOST_TICKETS = 20
"""Of a circuit's newest tickets so many are looked at for its open outage."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Share:
    """A circuit's part of a statement's figures; `bears`: the statement's money and words stand here."""

    figures: Figures
    scope: str
    bears: bool


@dataclass
class Swept:
    """What a sweep found."""

    shares: list[Share] = field(default_factory=list)
    news: list[News] = field(default_factory=list)
    claims: list[ClaimLine] | None = None
    """The open ones; None where this sweep didn't look."""
    tickets: dict[str, tuple[Ticket, ...]] = field(default_factory=dict)
    losses: list[TicketLoss] = field(default_factory=list)
    """Of those that were judged: what the open outages lost that wait for a ticket."""
    mark: Mark | None = None
    """How far notes were looked at; None: no further than before."""
    at: int = 0
    """Where the next sweep goes on; 0: this one came to the end."""
    failed: frozenset[Key] = frozenset()
    """Closed periods that can't be settled as things are."""
    silent: list[tuple[int, str]] = field(default_factory=list)
    """Revisions (row, state) that say what was told before."""
    trouble: str = ""
    """Why nothing could be settled, in a sentence."""


def swept(
    settings: Settings,
    ledger: Path,
    now: Instant,
    at: int = 0,
    failed: frozenset[Key] = frozenset(),
    *,
    synchronised: bool = True,
) -> Swept:
    """Sweep once, from the `at`-th statement on; `failed` isn't settled again. Raises LedgerError.

    What was issued stands for good, so a clock that isn't `synchronised` any more ends no period.
    """
    with reading(ledger), SqliteReader(ledger) as reader, closing(Answers(ledger)) as ask:
        bench = Bench(settings, reader, now.wall_ms)
        return _Sweep(settings, ledger, now, synchronised, bench, reader, ask).run(at, failed)


@dataclass
class _Sweep:
    settings: Settings
    ledger: Path
    now: Instant
    synchronised: bool
    bench: Bench
    reader: SqliteReader
    ask: Answers
    found: Swept = field(default_factory=Swept)

    @cached_property
    def _oldest_ms(self) -> int:
        return self.ask(store.oldest_ms) or 0

    @cached_property
    def _mark(self) -> Mark | None:
        return self.ask(watched.mark)

    def run(self, at: int, failed: frozenset[Key]) -> Swept:
        causes = list(self._causes())
        some, found = causes[at : at + SLICE], self.found
        found.at = at + SLICE if at + SLICE < len(causes) else 0
        found.failed = failed
        self._judge(some)
        try:
            self._settle_missing(causes)
            self._settle_noted(causes)
        except LedgerError as error:
            found.trouble = str(error)
        self._claims(whole=found.at == 0)
        found.news += self._of_revisions()
        found.tickets = _open_tickets(self.bench.testimony.notebook)
        found.news = list(self._untold(found.news))
        return found

    # --- the running period

    def _causes(self) -> Iterator[Cause]:
        """What there are statements about, contract by contract, so that one bad contract stops no other."""
        seen: set[Key] = set()
        for contract, names in self._by_contract().items():
            for cause in self._tried(contract, contract, partial(self.bench.causes, names, "current")):
                if key_of(cause) not in seen:
                    seen.add(key_of(cause))
                    yield cause

    def _by_contract(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name, circuit in self.settings.here().items():
            for contract in dict.fromkeys(one for one in circuit.contract.values if one):
                found.setdefault(contract, []).append(name)
        return found

    def _judge(self, causes: Iterable[Cause]) -> None:
        shares: dict[str, Share] = {}
        for cause in causes:
            for statement in self._tried(cause.scope, cause.contract, partial(self._statements, cause)):
                for share in shared(self.settings, statement):
                    known = shares.get(share.figures.circuit)
                    if known is None or _is_own(self.settings, share):
                        shares[share.figures.circuit] = share
        self.found.shares = list(shares.values())
        before = self._figures_before(set(shares))
        for share in self.found.shares:
            if share.bears:
                now = share.figures
                self.found.news += of_verdicts(before.get(now.circuit), now, share.scope)

    def _statements(self, cause: Cause) -> list[Statement]:
        decided = list(self.bench.decided(cause))
        if len(self.found.losses) < MOST_LOSSES:
            self.found.losses += losses(decided)
        return [one.statement for one in decided]

    def _figures_before(self, names: set[str]) -> dict[str, Figures]:
        return {
            one.circuit: held
            for one in self.reader.figures()
            if one.circuit in names and (held := _read(one.json)) is not None
        }

    # --- closed periods

    def _settle_missing(self, running: Sequence[Cause]) -> None:
        settled = self.ask(watched.settled_until)
        due = unsettled(self.bench, running, settled, self._since_ms)
        over = [one for one in due if one.period.end_ms <= self._believed_ms()]
        left = [one for one in over if key_of(one) not in self.found.failed]
        self._settle([(one.period.label, one.circuits[0], key_of(one)) for one in left[:MOST_SETTLED]])
        if len(over) < len(due):
            self.found.trouble = UNSYNCHRONISED

    def _since_ms(self, cause: Cause) -> int:
        """From when on anything is known of the circuits."""
        return max(self._oldest_ms, min(self.ask(watched.first_known_ms, name) for name in cause.circuits))

    def _believed_ms(self) -> int:
        """Up to when the clock is believed: on a host that never had a synchronised one, in all it says."""
        trusted_ms = self._mark.trusted_ms if self._mark else 0
        return self.now.wall_ms if self.synchronised or not trusted_ms else trusted_ms

    def _settle_noted(self, causes: Sequence[Cause]) -> None:
        """Compute closed periods again that notes since the last sweep bear on."""
        mark, notebook = self._mark, self.bench.testimony.notebook
        newest = max((one.note.id for one in notebook.written), default=0)  # one written since comes next
        if mark is not None and newest > mark.note:
            self._settle_around(causes, noted_since(self.settings, notebook, mark.note))
        trusted_ms = mark.trusted_ms if mark else 0
        if self.synchronised and abs(self.now.wall_ms - trusted_ms) >= HOUR_MS:
            trusted_ms = self.now.wall_ms
        if mark != Mark(newest, trusted_ms):
            self.found.mark = Mark(newest, trusted_ms)

    def _settle_around(self, causes: Sequence[Cause], borne: Sequence[Noted]) -> None:
        """Compute the closed periods again that any of these may change."""
        members = {cause.scope: cause.circuits for cause in causes}
        held = self.ask(watched.issued_between, 0, self.now.wall_ms)
        self._settle(
            [
                (one.label, circuits[0], (one.key.scope, one.key.contract, one.key.from_ms))
                for one in held
                if (circuits := members.get(one.key.scope, (one.key.scope,)))[0] in self.settings.circuits
                and any(bears_on(noted, one, circuits) for noted in borne)
            ]
        )

    def _settle(self, wanted: Sequence[tuple[str, str, Key]]) -> None:
        """Settle (label, circuit, key): many of a period at once, and one by one where that fails."""
        for label in dict.fromkeys(label for label, _, _ in wanted):
            some = [(circuit, key) for one, circuit, key in wanted if one == label]
            for first in range(0, len(some), AT_ONCE):
                part = some[first : first + AT_ONCE]
                try:
                    done = self._settled(label, [circuit for circuit, _ in part])
                except ValueError:
                    done = self._one_by_one(label, part)
                through = {
                    (one.key.scope, one.key.contract, one.key.from_ms)
                    for one in done
                    if one.outcome not in {"running", "waiting"}
                }
                self.found.failed |= {key for _, key in part} - through

    def _one_by_one(self, label: str, some: Sequence[tuple[str, Key]]) -> list[Settlement]:
        done: list[Settlement] = []
        for circuit, (scope, contract, _) in some:
            done += self._tried(scope, contract, partial(self._settled, label, [circuit]))
        return done

    def _settled(self, label: str, circuits: Sequence[str]) -> list[Settlement]:
        return settle(self.settings, self.ledger, period=label, circuits=circuits, now=self.now, by=PROGRAM)

    def _of_revisions(self) -> Iterator[News]:
        for one in self.ask(watched.untold):
            past = self.reader.revisions_of(one.key).revisions
            held = next((each for each in past if each.number == one.number), None)
            if held is not None:
                yield from of_revision(held, one.row)

    # --- claims

    def _claims(self, *, whole: bool) -> None:
        if not whole:
            return
        now_ms = self.now.wall_ms
        claims = claims_now(self.settings, self.reader, now_ms)
        lines = [ClaimLine.of(one) for one in claims if one.is_open or one.state == "expired"]
        self.found.news += [news for one in lines for news in of_claim(one, now_ms)]
        self.found.claims = [one for one in lines if one.state != "expired"]

    # --- what is told

    def _tried(self, scope: str, contract: str, work: Callable[[], list[T]]) -> list[T]:
        """`work()`, or nothing where the contract can't be computed so, which is told."""
        try:
            return work()
        except ValueError as error:
            self.found.news.append(of_problem(scope, contract, str(error)))
            return []

    def _untold(self, news: Iterable[News]) -> Iterator[News]:
        """Without what earlier sweeps told, and each once."""
        news = list(news)
        known = self.ask(watched.told, [name for one in news for name in one.names])
        for one in news:
            if one.names and one.names[-1] in known:
                self.found.silent += [one.revision] if one.revision else []
            else:
                known |= {*one.names}
                yield one


def shared(settings: Settings, statement: Statement) -> Iterator[Share]:
    """A statement's figures, once for each of its circuits that is measured here."""
    whole, here = figures(statement), settings.here()
    own = [
        name for name in statement.circuits if statement.contract in settings.circuits[name].contract.values
    ]
    bearer = (own or list(statement.circuits))[0]
    for name in statement.circuits:
        if name in here:
            bears = name == bearer
            mine = (
                replace(whole, circuit=name)
                if bears
                else replace(whole, circuit=name, credit=None, currency=None)
            )
            yield Share(mine, statement.circuit, bears)


def _is_own(settings: Settings, share: Share) -> bool:
    """Whether the circuit has this contract itself: that goes before a pair's that it only belongs to."""
    return share.figures.contract in settings.circuits[share.figures.circuit].contract.values


def _read(text: str) -> Figures | None:
    """Figures of the last sweep; None where another version wrote them."""
    try:
        return Figures.from_json(json.loads(text))
    except (TypeError, ValueError):
        return None


def _open_tickets(notebook: Notebook) -> dict[str, tuple[Ticket, ...]]:
    """The last tickets by circuit, for the outages that are open now."""
    names = {name for one in notebook.tickets.values() for name in one.circuits}
    return {name: notebook.tickets_of(name)[-MOST_TICKETS:] for name in sorted(names)}
