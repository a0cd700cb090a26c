"""What stands of a computed statement: the revision that was issued, and the draft that waits beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collector.ledger.opening import reading
from collector.ledger.reader import SqliteReader
from collector.ledger.revisions import History, Revision, RevisionKey
from collector.revised import figures_digest
from collector.sla.calendar import local_day
from collector.sla.rounding import counted
from collector.sla.rules import cycle_of
from collector.sla.statement import Statement
from config.settings import Settings

MOST_DRAFTS = 10
"""So many are told one by one."""
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Standing:
    """One statement as it is shown, and what is kept of its period."""

    told: Json
    """With `revision`, `supersedes`, `because` and `digest` of the revision; null where it is none."""
    history: History | None
    """None where the period has no numbers: it runs, or is none of the contract's own."""
    digest: str
    """Of the figures as they are today; of those that were issued where nothing was computed."""

    @property
    def breached(self) -> bool:
        """Whether any promise is broken by what is shown."""
        return any(one["verdict"] == "breached" for one in self.told["objectives"])

    @property
    def name(self) -> str:
        """`lon-acme, 2026-01`."""
        return f"{self.told['circuit']}, {self.told['period']['label']}"

    @property
    def issued(self) -> Revision | None:
        """The revision that stands."""
        return self.history.issued if self.history else None

    @property
    def draft(self) -> Revision | None:
        """The revision that waits for a person."""
        return self.history.draft if self.history else None


@dataclass
class Office:
    """A configuration and its ledger, where revisions are kept."""

    settings: Settings
    ledger: Path

    def unsettled(self, found: Sequence[Statement]) -> list[Statement]:
        """Those that have no revision, or have a draft, or are neither what was issued nor dismissed."""
        return [
            one
            for one, history in zip(found, self._histories(found), strict=True)
            if history is not None and not _settled(one, history)
        ]

    def standing(self, found: Sequence[Statement], *, recompute: bool) -> list[Standing]:
        """What stands of each; with `recompute` what was computed is shown, whatever was issued."""
        return [
            _standing(one, history, recompute)
            for one, history in zip(found, self._histories(found), strict=True)
        ]

    def _histories(self, found: Sequence[Statement]) -> list[History | None]:
        with reading(self.ledger), SqliteReader(self.ledger) as reader:
            return [reader.revisions_of(_key(one)) if self._numbered(one) else None for one in found]

    def _numbered(self, one: Statement) -> bool:
        """Numbers are for closed periods of the contract's own."""
        period = one.period
        terms = self.settings.contracts[one.contract].terms_on(local_day(period.start_ms, period.zone))
        return one.closed and cycle_of(terms).owns(period)


def _key(one: Statement) -> RevisionKey:
    return RevisionKey(one.circuit, one.contract, one.period.start_ms, one.period.end_ms)


def _settled(one: Statement, history: History) -> bool:
    issued = history.issued
    if issued is None or history.draft is not None:
        return False
    refused = (
        held for held in history.revisions if held.number > issued.number and held.state == "dismissed"
    )
    digest = figures_digest(one.as_json())
    return any(figures_digest(held.statement) == digest for held in (issued, *refused))


def _standing(one: Statement, history: History | None, recompute: bool) -> Standing:
    today = one.as_json()
    digest = figures_digest(today)
    issued = history.issued if history else None
    if issued is None or recompute:
        kept = digest if recompute and history is not None else None
        unnumbered = today | {"revision": None, "supersedes": None, "because": []}
        return Standing(_beside(unnumbered, kept), history, digest)
    told = issued.statement
    if figures_digest(told) == digest:
        # A claim is judged at the moment that one asks: of the same figures today's stands, and the
        # arithmetic that ends with it.
        of_today = {key: today["credit"][key] for key in ("claimable", "blocked_by")}
        told |= {"credit": told["credit"] | of_today, "claim": today["claim"], "steps": today["steps"]}
    return Standing(_beside(told, issued.digest), history, digest)


def as_issued(history: History) -> Standing | None:
    """The revision that stands, as it was issued: nothing is computed. None where there is none."""
    issued = history.issued
    if issued is None:
        return None
    return Standing(_beside(issued.statement, issued.digest), history, issued.digest)


def _beside(told: Json, digest: str | None) -> Json:
    """The statement with its digest, behind what is said of its revision."""
    found: Json = {}
    for key, value in told.items():
        found[key] = value
        if key == "because":
            found["digest"] = digest
    return found


def drafted(standing: Sequence[Standing], again: str) -> Iterator[str]:
    """What waits for a person's word, and how to give it; a line each."""
    waiting = [one for one in standing if one.draft is not None]
    for one in waiting[:MOST_DRAFTS]:
        yield from _draft(one)
    if len(waiting) > MOST_DRAFTS:
        yield f"and {counted(len(waiting) - MOST_DRAFTS, 'draft')} more: --circuit shows one"
    if waiting:
        which = "it" if len(waiting) == 1 else f"all {len(waiting)}"
        yield f"to issue {which}:    {again} --issue --reason WHY"
        yield f"to dismiss {which}:  {again} --dismiss --reason WHY"


def _draft(one: Standing) -> Iterator[str]:
    if one.draft is None or one.issued is None:
        return
    yield (
        f"{one.name}: recomputed it differs from revision {one.issued.number}, which stands; "
        f"draft revision {one.draft.number} waits:"
    )
    yield from (f"  {sentence}" for sentence in one.draft.because)


def waiting(standing: Sequence[Standing], *, kept: bool) -> Iterator[str]:
    """Periods that are over and have no number yet; `kept` says whether one could have been given."""
    found = [one for one in standing if one.history is not None and one.issued is None]
    why = "measurements may still come" if kept else "this user can't write the ledger"
    if kept and not any(one.told["seconds"][each] for one in found for each in ("up", "down")):
        why = "nothing is known of the period"
    if len(found) == 1:
        yield f"{found[0].name}: no revision is issued yet: {why}"
    elif found:
        yield f"{counted(len(found), 'statement')} of closed periods have no revision yet: {why}"


def compared(standing: Sequence[Standing]) -> Iterator[str]:
    """Whether what was computed again is what was issued; a line for each that has a number."""
    for one in standing:
        if one.issued is not None:
            same = one.digest == figures_digest(one.issued.statement)
            yield f"{one.name}: {'equals' if same else 'differs from'} revision {one.issued.number}"
