"""Closed periods get numbered statements: the first is issued, what would differ later waits for a person.

`settle` computes and keeps; `issue` and `dismiss` are a person's word on a draft. Each writes in a short
transaction of its own, also beside a daemon.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from collector.ledger import revisions, watched
from collector.ledger.opening import editing, reading
from collector.ledger.reader import SqliteReader
from collector.ledger.revisions import History, Revision, RevisionKey, State
from collector.notebook.book import Notebook
from collector.revised import Basis, because, figures_digest
from collector.sla.calendar import rfc3339
from collector.sla.evidence import Evidence
from collector.sla.rules import cycle_of, in_force
from collector.statements import Bench, Decided
from config.settings import Settings
from probes.clock import Instant

PATIENCE_MS = 86_400_000
"""So long after its data could be complete a period waits for a site that sends nothing any more."""

Outcome = Literal["running", "waiting", "issued", "drafted", "unchanged", "dismissed"]


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of one scope and period.

    `running`: the period isn't over. `waiting`: its data isn't complete, or it was over before anything
    was measured, and nothing is known of it. `issued`: revision 1 was made.
    `drafted`: it would be another now, and waits for a person. `unchanged`: recomputed, it is the issued
    one. `dismissed`: a person has said no to what it would be now.
    """

    key: RevisionKey
    label: str
    outcome: Outcome
    revision: Revision | None
    """The one that was issued or drafted now, or that stands."""
    why: tuple[str, ...] = ()


def settle(
    settings: Settings,
    ledger: Path,
    *,
    period: str,
    circuits: Iterable[str],
    now: Instant,
    by: str,
    incomplete: bool = False,
) -> list[Settlement]:
    """Compute the statements of a period again, and keep what is new of those that are over.

    `by` is who asks, for revision 1. With `incomplete` revision 1 doesn't wait for data that may still
    come, and names what is missing. Raises ValueError for a bad `period`, LedgerError.
    """
    with reading(ledger), SqliteReader(ledger) as reader:
        bench = Bench(settings, reader, now.wall_ms)
        notebook = bench.testimony.notebook
        return [
            _settled(ledger, bench, notebook, one, by, incomplete)
            for cause in bench.causes(circuits, period)
            for one in bench.decided(cause)
        ]


def issue(ledger: Path, drafts: Sequence[Revision], *, now_ms: int, by: str, reason: str) -> list[Revision]:
    """Issue drafts, all or none; raises RevisionError where one is no longer the draft, LedgerError."""
    return _decide(ledger, drafts, "issued", now_ms, by, reason)


def dismiss(ledger: Path, drafts: Sequence[Revision], *, now_ms: int, by: str, reason: str) -> list[Revision]:
    """Say no to drafts; the same figures are not drafted again. Raises as `issue`."""
    return _decide(ledger, drafts, "dismissed", now_ms, by, reason)


def drafts_of(
    ledger: Path, circuits: Iterable[str] | None = None, label: str | None = None
) -> list[Revision]:
    """The drafts that wait, of all or of the statements that these circuits are in; raises LedgerError."""
    wanted = None if circuits is None else set(circuits)
    with reading(ledger), SqliteReader(ledger) as reader:
        return [
            one
            for one in reader.drafts()
            if label in (None, one.label)
            and (wanted is None or wanted & set(one.statement.get("circuits") or [one.key.scope]))
        ]


def _decide(
    ledger: Path,
    drafts: Sequence[Revision],
    state: Literal["issued", "dismissed"],
    now_ms: int,
    by: str,
    reason: str,
) -> list[Revision]:
    if not reason.strip():
        raise revisions.RevisionError("say why (--reason): it is kept with the revision")
    with editing(ledger) as connection:
        return [
            revisions.decide(connection, one, state, at_ms=now_ms, by=by, reason=reason.strip())
            for one in drafts
        ]


def _settled(
    ledger: Path, bench: Bench, notebook: Notebook, one: Decided, by: str, incomplete: bool
) -> Settlement:
    period = one.statement.period
    _check_own(one)
    key = RevisionKey(one.cause.scope, one.cause.contract, period.start_ms, period.end_ms)
    if not one.statement.closed:
        return Settlement(key, period.label, "running", None)
    lacking = tuple(_lacking(bench, one))
    with editing(ledger) as connection:
        past = revisions.history(connection, key)
        basis = _basis(one, notebook)
        if past.issued is None and _says_nothing(one, basis):
            begin_ms = watched.begin_ms(connection, one.cause.circuits)
            if begin_ms is None or begin_ms >= period.end_ms:
                return Settlement(key, period.label, "waiting", None, (_unmeasured(begin_ms),))
        if past.issued is None and not incomplete and _may_still_come(bench, one):
            return Settlement(key, period.label, "waiting", None, lacking)
        found = _next(past, key, one, basis, bench.now_ms, by, lacking, notebook)
        if found.outcome in {"issued", "drafted"} and found.revision is not None:
            revisions.put(connection, found.revision)
        elif found.outcome == "unchanged":
            revisions.drop_draft(connection, key)
    return found


def _check_own(one: Decided) -> None:
    """Numbers are for the contract's own periods; raises ValueError for another."""
    period, facts = one.statement.period, one.members[0][0]
    if not cycle_of(in_force(one.contract, facts, period)[0]).owns(period):
        raise ValueError(
            f"{period.label!r} is no period of contract {one.cause.contract}: only those have revisions; "
            "name one, such as 2026-04"
        )


def _next(
    past: History,
    key: RevisionKey,
    one: Decided,
    basis: Basis,
    now_ms: int,
    by: str,
    lacking: tuple[str, ...],
    notebook: Notebook,
) -> Settlement:
    """What a recomputed statement is to those before it."""
    label, told, issued = one.statement.period.label, one.statement.as_json(), past.issued
    if issued is None:
        first = _revision(key, label, told, past.next_number, None, lacking, basis, now_ms, by, "issued")
        return Settlement(key, label, "issued", first, lacking)
    if figures_digest(told) == figures_digest(issued.statement):
        return Settlement(key, label, "unchanged", issued)
    if any(
        held.state == "dismissed" and held.number > issued.number
        and figures_digest(held.statement) == figures_digest(told)
        for held in past.revisions
    ):  # fmt: skip
        return Settlement(key, label, "dismissed", issued)
    why = tuple(because(issued.statement, told, Basis.read(issued.basis), basis, notebook))
    draft = _revision(key, label, told, past.next_number, issued.number, why, basis, now_ms, by, "draft")
    return Settlement(key, label, "drafted", draft, why)


def _revision(
    key: RevisionKey,
    label: str,
    told: dict[str, Any],
    number: int,
    supersedes: int | None,
    why: tuple[str, ...],
    basis: Basis,
    now_ms: int,
    by: str,
    state: State,
) -> Revision:
    numbered = told | {"revision": number, "supersedes": supersedes, "because": list(why)}
    decided = (now_ms, by, "the first statement of its period") if state == "issued" else (None, None, None)
    return Revision(
        key,
        label,
        number,
        figures_digest(told),
        json.dumps(numbered, ensure_ascii=False),
        why,
        json.dumps(asdict(basis), sort_keys=True),
        now_ms,
        by,
        state,
        *decided,
    )


def _basis(one: Decided, notebook: Notebook) -> Basis:
    """What a statement was computed from."""
    start_ms, end_ms = one.cause.period.start_ms, one.cause.period.end_ms
    return Basis(
        engine=one.statement.engine,
        contract=_short(one.contract.model_dump_json()),
        facts=_short(*(facts for facts, _ in one.members)),
        notes=notebook.touching(one.cause.circuits),
        planned=_short(*(evidence.excuses for _, evidence in one.members)),
        rounds=sum(_rounds(evidence, start_ms, end_ms) for _, evidence in one.members),
        earlier=_short(*(evidence.earlier for _, evidence in one.members[:1])),
    )


def _rounds(evidence: Evidence, start_ms: int, end_ms: int) -> int:
    return sum(
        int(((one.rounds.at_ms >= start_ms) & (one.rounds.at_ms < end_ms)).sum()) for one in evidence.measured
    )


def _short(*values: object) -> str:
    return hashlib.sha256("\n".join(map(repr, values)).encode()).hexdigest()[:16]


def _may_still_come(bench: Bench, one: Decided) -> bool:
    """Whether rounds may still come that the statement looks at."""
    if bench.watermark(one.cause) >= one.complete_ms:
        return False
    return bench.now_ms < one.complete_ms + PATIENCE_MS


def _says_nothing(one: Decided, basis: Basis) -> bool:
    """Whether there is neither a round in the period nor a figure, such as a ticket's, of it."""
    return not basis.rounds and all(each.measured is None for each in one.statement.objectives)


def _unmeasured(begin_ms: int | None) -> str:
    begin = "Nothing was measured yet" if begin_ms is None else f"The measurements begin {rfc3339(begin_ms)}"
    return f"{begin}: nothing is known of the period, and no revision is issued of it"


def _lacking(bench: Bench, one: Decided) -> Iterator[str]:
    """What is missing of a period's data, in a sentence each."""
    yield from one.gaps
    mark = bench.watermark(one.cause)
    if mark < one.complete_ms:
        yield (
            f"The measurements end at {rfc3339(mark)}: of an outage that goes on then the end is unknown"
            if mark > one.cause.period.end_ms
            else f"The measurements end at {rfc3339(mark)}, before the period does"
        )
    if one.statement.times.unknown:
        yield f"Nothing is known of {_minutes(one.statement.times.unknown)} of the period"


def _minutes(ms: int) -> str:
    minutes, rest = divmod(ms, 60_000)
    return f"{minutes:,} min" if not rest else f"{minutes:,} min {rest / 1000:g} s"
