"""Which circuits a claim is made for, and why each other one is left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from collector.claiming.book import Book, ClaimNow, claim_now
from collector.claiming.moves import CLAIMED
from collector.claiming.track import Track
from collector.ledger.opening import reading
from collector.ledger.reader import SqliteReader
from collector.ledger.revisions import Revision
from collector.revised import figures_digest
from collector.settling import Settlement, settle
from collector.sla.calendar import rfc3339
from collector.sla.statement import money
from collector.statements import statements
from config.settings import Settings
from probes.clock import Instant

Json = Mapping[str, Any]
WAITS = "computed again it says otherwise, and a draft of that waits: issue or dismiss it first"
"""A claim names a statement that stands: a person decides first which one does."""
_MINIMUM = re.compile(r"([0-9]+(?:\.[0-9]+)?)(?: ([A-Z]{3}))?")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A circuit, or what is judged as one, that isn't claimed, and why."""

    scope: str
    why: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a claim: a statement's revision, and what of its credit is claimed."""

    scope: str
    circuits: tuple[str, ...]
    contract: str
    revision: int
    digest: str
    statement: Json
    """The revision; its claim is as it stands now."""
    deadline_ms: int | None
    notice_ms: int | None

    @property
    def currency(self) -> str:
        """Of the credit."""
        return str(self.statement["credit"]["currency"])

    @property
    def amount(self) -> Decimal:
        """What is claimed, to two places."""
        return Decimal(self.statement["credit"]["claimable"])


@dataclass(frozen=True, slots=True)
class Claim:
    """All that is claimed of one carrier for one period."""

    carrier: str
    period: str
    start_ms: int
    end_ms: int
    zone: str
    lines: tuple[Line, ...]

    @property
    def totals(self) -> dict[str, Decimal]:
        """What is claimed by currency: two of them are never added."""
        found: dict[str, Decimal] = {}
        for one in self.lines:
            found[one.currency] = found.get(one.currency, Decimal(0)) + one.amount
        return dict(sorted(found.items()))


@dataclass(frozen=True, slots=True)
class Minimum:
    """The smallest amount worth a line; without a currency it holds in each."""

    amount: Fraction
    currency: str | None = None

    @classmethod
    def parse(cls, text: str) -> Minimum:
        """Read `5` or `5.00 USD`; raises ValueError."""
        match = _MINIMUM.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"{text!r} is not an amount such as 5.00 or '5.00 USD'")
        return cls(Fraction(match[1]), match[2])

    def is_over(self, one: ClaimNow) -> bool:
        """Whether a claim is too small."""
        return self.currency in {None, one.currency} and one.claimable < self.amount


def chosen(
    settings: Settings,
    ledger: Path,
    *,
    circuits: Sequence[str],
    carrier: str | None,
    period: str,
    minimum: Minimum | None,
    now: Instant,
    by: str,
) -> tuple[list[Claim], list[LeftOut]]:
    """What can be claimed of these circuits, a claim a carrier and period, and what is left out.

    Periods that are over are settled first; `by` is who asks. With a `carrier` only what is its own is
    looked at. Raises ValueError for a bad `period`, LedgerError.
    """
    settled, left = _settled(settings, ledger, circuits, period, now, by)
    with reading(ledger), SqliteReader(ledger) as reader:
        book = Book.read(settings, reader, now.wall_ms)
        by_key = {one.key: one for one in book.tracks if one.revision is not None}
        groups: dict[tuple[str, str], list[tuple[Track, Line]]] = {}
        for one in settled:
            track = by_key.get((one.key.scope, one.key.contract, one.label))
            if track is None or carrier not in {None, track.carrier}:
                continue
            found = _line(settings, reader, track, minimum, now, drafted=one.outcome == "drafted")
            if isinstance(found, LeftOut):
                left.append(found)
            else:
                groups.setdefault((track.carrier, one.label), []).append((track, found))
    return [_claim(carrier, lines) for (carrier, _), lines in sorted(groups.items())], left


def as_stated(
    settings: Settings, reader: SqliteReader, tracks: Iterable[Track], now: Instant
) -> tuple[list[Claim], list[LeftOut]]:
    """What can be claimed, or was, by the statements that stand: the same claims, and nothing is settled."""
    groups: dict[tuple[str, str], list[tuple[Track, Line]]] = {}
    left: list[LeftOut] = []
    for track in tracks:
        revision = track.revision
        if revision is not None and track.state in CLAIMED:
            found: Line | LeftOut = _as_claimed(reader, track, revision, now)
        else:
            drafted = revision is not None and reader.revisions_of(revision.key).draft is not None
            found = _line(settings, reader, track, None, now, drafted=drafted)
        if isinstance(found, LeftOut):
            left.append(found)
        else:
            groups.setdefault((track.carrier, track.period.label), []).append((track, found))
    return [_claim(carrier, lines) for (carrier, _), lines in sorted(groups.items())], left


def _as_claimed(reader: SqliteReader, track: Track, revision: Revision, now: Instant) -> Line | LeftOut:
    """The line of what was claimed already, by the revision that it named where it named one."""
    every = reader.revisions_of(revision.key)
    named = next((one for one in every.revisions if one.number == track.claimed_revision), None)
    whole, one = named or every.issued or revision, claim_now(track, now.wall_ms)
    if not Fraction(whole.statement["credit"]["claimable"] or 0):
        return LeftOut(track.scope, _blocked(whole.statement))
    return Line(
        *(track.scope, track.circuits, track.contract, whole.number, whole.digest, whole.statement),
        *(one.submit_deadline_ms, one.notice_deadline_ms),
    )


def _settled(
    settings: Settings, ledger: Path, circuits: Sequence[str], period: str, now: Instant, by: str
) -> tuple[list[Settlement], list[LeftOut]]:
    """Each statement that stands; circuits of one contract at a time, as each cuts its own periods."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for name in circuits:
        groups.setdefault(settings.circuits[name].contract.values, []).append(name)
    found: dict[tuple[str, str, int], Settlement] = {}
    left: list[LeftOut] = []
    wrong: list[ValueError] = []
    for names in groups.values():
        try:
            some = settle(settings, ledger, period=period, circuits=names, now=now, by=by)
        except ValueError as error:
            wrong.append(error)
            left += [LeftOut(name, str(error)) for name in names]
            continue
        found |= {(one.key.scope, one.key.contract, one.key.from_ms): one for one in some}
        left += _unjudged(settings, names, some)
    if wrong and len(wrong) == len(groups):
        raise wrong[0]
    left += [LeftOut(one.key.scope, why) for one in found.values() if (why := _unsettled(one))]
    return [one for one in found.values() if one.revision is not None], left


def _unjudged(settings: Settings, names: Iterable[str], found: Sequence[Settlement]) -> Iterator[LeftOut]:
    """Circuits that no contract judges; those of a scope are judged in it."""
    judged = {one.key.scope for one in found}
    contracts = {one.key.contract for one in found}
    for name in names:
        if name not in judged and contracts.isdisjoint(settings.circuits[name].contract.values):
            yield LeftOut(name, "no contract held for it then")


def _unsettled(one: Settlement) -> str | None:
    """Why there is no statement that a claim could name; None where there is one."""
    if one.outcome == "running":
        return f"the period {one.label} isn't over until {rfc3339(one.key.to_ms)}"
    if one.outcome == "waiting":
        return f"the data of {one.label} isn't complete yet: {'; '.join(one.why) or 'more may still come'}"
    return None


def _line(
    settings: Settings,
    reader: SqliteReader,
    track: Track,
    minimum: Minimum | None,
    now: Instant,
    *,
    drafted: bool,
) -> Line | LeftOut:
    one, revision = claim_now(track, now.wall_ms), track.revision
    why = "it has no statement" if revision is None else _not_claimable(track, revision, one, minimum)
    if drafted and one.state not in CLAIMED:
        why = WAITS
    if revision is None or why:
        return LeftOut(track.scope, why or "")
    told = _of_today(settings, reader, track, revision, now)
    if told is None:
        return LeftOut(track.scope, WAITS)
    if not Fraction(told["credit"]["claimable"] or 0):
        return LeftOut(track.scope, _blocked(told))
    return Line(
        track.scope,
        track.circuits,
        track.contract,
        revision.number,
        revision.digest,
        told,
        one.submit_deadline_ms,
        one.notice_deadline_ms,
    )


def _not_claimable(track: Track, revision: Revision, one: ClaimNow, minimum: Minimum | None) -> str | None:
    if one.state in CLAIMED:
        notes = [*one.notes, *one.credit_notes]
        reference = f", reference {one.reference}" if one.reference else ""
        return f"is {one.state} already, by note {notes[-1] if notes else '-'}{reference}"
    if one.state == "none":
        return f"no credit is due for {one.period}"
    if one.state == "expired":
        return f"the time to claim {money(track.amount)} {one.currency} is over{_until(track)}"
    if not one.claimable:
        return _blocked(revision.statement)
    if minimum is not None and minimum.is_over(one):
        return f"{money(one.claimable)} {one.currency} is under --min {money(minimum.amount)}"
    return None


def _until(track: Track) -> str:
    last = max(track.deadlines.submits_ms, default=None)
    return "" if last is None else f": it had to be claimed before {rfc3339(last)}"


def _blocked(told: Json) -> str:
    credit = told["credit"]
    why = "; ".join(str(one["text"]) for one in credit.get("blocked_by") or ())
    return f"nothing of the credit of {credit['amount']} {credit['currency']} can be claimed: {why or '-'}"


def _of_today(
    settings: Settings, reader: SqliteReader, track: Track, revision: Revision, now: Instant
) -> Json | None:
    """The revision with its claim as of now; None where its figures would be others by now.

    Only where outages have deadlines of their own, and some of them are over, is that computed again.
    """
    whole = reader.revisions_of(revision.key).issued or revision
    stored, dates = whole.statement, track.deadlines.submits_ms
    if not dates or dates[0] > now.wall_ms:
        return stored
    made = statements(settings, reader, period=track.period.label, circuits=track.circuits[:1], now=now)
    for one in made:
        fresh = one.as_json()
        if (one.circuit, one.contract) == (track.scope, track.contract):
            if figures_digest(fresh) != figures_digest(stored):
                return None
            return stored | {"credit": fresh["credit"], "claim": fresh["claim"]}
    return None


def _claim(carrier: str, found: Sequence[tuple[Track, Line]]) -> Claim:
    first = found[0][0].period
    lines = tuple(line for _, line in sorted(found, key=lambda one: (one[1].scope, one[1].contract)))
    return Claim(carrier, first.label, first.start_ms, first.end_ms, first.zone, lines)
