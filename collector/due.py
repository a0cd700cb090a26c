"""Which closed periods are to be settled: those that lack a statement, and those that a later note bears on.

Nothing here reads a round. What is settled already is known by the issued revisions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from collector.agreed import facts_of
from collector.ledger.watched import Issued
from collector.notebook.bodies import Concern, ExcludeBody, MaintenanceBody, TicketBody
from collector.notebook.body import Body
from collector.notebook.book import Notebook, Written
from collector.settling import PATIENCE_MS
from collector.sla.calendar import DAY_MS, MONTH
from collector.sla.rules import Rules, cycle_of, in_force
from collector.statements import Bench, Cause
from config.settings import Settings

REACH_MS = 35 * DAY_MS
"""A note bears on periods so near to its time: a ticket may follow its outage, a rule may look back."""
Key = tuple[str, str, int]
"""Scope, contract and the period's begin."""


@dataclass(frozen=True, slots=True)
class Noted:
    """What one note bears on: these circuits, around [from, to)."""

    circuits: frozenset[str]
    from_ms: int
    to_ms: int


def key_of(cause: Cause) -> Key:
    """What there is one statement of."""
    return cause.scope, cause.contract, cause.period.start_ms


def unsettled(
    bench: Bench,
    running: Sequence[Cause],
    settled: Mapping[tuple[str, str], int],
    since_ms: Callable[[Cause], int],
) -> list[Cause]:
    """The closed periods whose data is there and that have no statement yet, the oldest first.

    From the `running` ones back to the last that has one, and to where the measurements begin
    (`since_ms`). A look-up for each of `running` where nothing is due.
    """
    found: list[Cause] = []
    seen: set[Key] = set()
    frontier = list(running)
    while frontier:
        before: dict[int, list[str]] = {}
        for cause in frontier:
            end_ms = _end_before(bench.settings, cause)
            if settled.get((cause.scope, cause.contract), 0) < end_ms and since_ms(cause) < end_ms:
                before.setdefault(end_ms - 1, []).append(cause.circuits[0])
        frontier = []
        for at_ms, names in before.items():
            for cause in replace(bench, now_ms=at_ms).causes(names, "current"):
                if key_of(cause) not in seen and _is_missing(cause, settled, since_ms):
                    seen.add(key_of(cause))
                    frontier.append(cause)
        found += frontier
    return sorted(
        (one for one in found if _is_due(bench, one)), key=lambda one: (one.period.end_ms, one.scope)
    )


def noted_since(settings: Settings, notebook: Notebook, note: int) -> list[Noted]:
    """What the notes after number `note` bear on; one that bears on no statement is left out."""
    newer = (_noted(settings, notebook, one) for one in notebook.written if one.note.id > note)
    return [one for one in newer if one is not None]


def bears_on(noted: Noted, issued: Issued, circuits: Iterable[str]) -> bool:
    """Whether a note may change the statement of a closed period, which is about `circuits`."""
    key = issued.key
    near = key.from_ms < noted.to_ms + REACH_MS and noted.from_ms - REACH_MS < key.to_ms
    return near and not noted.circuits.isdisjoint(circuits)


# --- periods


def _is_missing(
    cause: Cause, settled: Mapping[tuple[str, str], int], since_ms: Callable[[Cause], int]
) -> bool:
    end_ms = cause.period.end_ms
    return settled.get((cause.scope, cause.contract), 0) < end_ms and since_ms(cause) < end_ms


def _end_before(settings: Settings, cause: Cause) -> int:
    """The end of the period before; periods that end with a month overlap, and are told by it."""
    period = cause.period
    facts = facts_of(settings, *cause.members[0])
    cycle = cycle_of(in_force(settings.contracts[cause.contract], facts, period)[0])
    if cycle.trailing_ms or cycle.mean_of:
        return MONTH.containing(period.end_ms - 1, period.zone).start_ms
    return period.start_ms


def _is_due(bench: Bench, cause: Cause) -> bool:
    """Whether it is over, something of it is judged, and no round is still waited for."""
    if cause.period.end_ms > bench.now_ms:
        return False
    contract, complete_ms, judged = bench.settings.contracts[cause.contract], cause.period.end_ms, False
    for name, one in cause.members:
        facts = facts_of(bench.settings, name, one)
        terms, window = in_force(contract, facts, one.period)
        judged = judged or window.start_ms < window.end_ms
        complete_ms = max(complete_ms, one.period.end_ms + Rules.of(terms, facts.timezone).ahead_ms)
    return judged and (bench.now_ms >= complete_ms + PATIENCE_MS or bench.watermark(cause) >= complete_ms)


# --- notes


def _noted(settings: Settings, notebook: Notebook, written: Written) -> Noted | None:
    """What a note bears on; what takes another back bears on what that one did too."""
    bodies = [written.body]
    if written.note.withdraws is not None:
        bodies += [one.body for one in notebook.written if one.note.id == written.note.withdraws]
    parts = [part for body in bodies if (part := _borne_on(settings, notebook, body)) is not None]
    if not parts:
        return None
    return Noted(
        frozenset[str]().union(*(one.circuits for one in parts)),
        min(one.from_ms for one in parts),
        max(one.to_ms for one in parts),
    )


def _borne_on(settings: Settings, notebook: Notebook, body: Body | None) -> Noted | None:
    if isinstance(body, MaintenanceBody | ExcludeBody):
        return Noted(_concerned(settings, body), body.start_ms, body.end_ms)
    if isinstance(body, TicketBody):
        return _of_ticket(notebook, body)
    return None


def _concerned(settings: Settings, body: Concern) -> frozenset[str]:
    """The circuits that a note may mean; whose they were on the day decides when it is computed."""
    return frozenset(
        name
        for name, one in settings.circuits.items()
        if (not body.circuits or name in body.circuits)
        and (not body.sites or one.site in body.sites)
        and (body.carrier is None or body.carrier in one.carrier.values)
    )


def _of_ticket(notebook: Notebook, body: TicketBody) -> Noted | None:
    """A ticket bears on all that any of its notes says of it."""
    mine = [
        said
        for one in notebook.written
        if isinstance(said := one.body, TicketBody) and (said.carrier, said.id) == (body.carrier, body.id)
    ]
    circuits = frozenset(name for one in mine for name in one.circuits)
    times = [
        at_ms
        for one in mine
        for at_ms in (one.opened, one.closed, one.reported, one.outage)
        if at_ms is not None
    ]
    if not circuits or not times:
        return None
    return Noted(circuits, min(times), max(times) + 1)
