"""Credit notes laid beside claims: matched, short, over, unmatched; and what is owed by age. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from collector.claiming.book import Book, ClaimNow
from collector.claiming.credited import claim_of, names_of
from collector.claiming.track import NOTHING, Track
from collector.notebook.bodies import CreditBody
from collector.sla.statement import money
from config.settings import Settings

Fit = Literal["matched", "short", "over", "unmatched"]
AGES = ((30, "0-30"), (60, "31-60"), (90, "61-90"))
OVERDUE = "over 90"
MOST_CANDIDATES = 3


@dataclass(frozen=True, slots=True)
class Matched:
    """What a credit note is to the claims; amounts in its currency."""

    body: CreditBody
    fit: Fit
    scope: str | None = None
    expected: Fraction = NOTHING
    received: Fraction = NOTHING
    """By all credit notes of the claim together."""
    candidates: tuple[str, ...] = ()
    """Of one that is unmatched: the claims that come nearest, in words."""

    @property
    def difference(self) -> Fraction:
        """How much more came than should; negative where it is short."""
        return self.received - self.expected


def matched(book: Book, bodies: Sequence[CreditBody], *, new: Iterable[int]) -> list[Matched]:
    """Each credit note with its claim, once all of them are booked.

    `new` are the places in `bodies` of those that aren't in the book yet: they are booked here. So the
    book is used up by this.
    """
    found: list[Track | None] = []
    fresh = set(new)
    stated = [one for one in book.tracks if one.revision is not None]
    for place, body in enumerate(bodies):
        track = claim_of(book.settings, body, stated)
        if track is not None and place in fresh:
            track.paid(0, body)
        found.append(track)
    return [_fit(book, body, track) for body, track in zip(bodies, found, strict=True)]


def _fit(book: Book, body: CreditBody, track: Track | None) -> Matched:
    if track is None:
        return Matched(body, "unmatched", candidates=tuple(candidates(book, body)))
    expected, received = track.expected, track.received
    fit: Fit = "short" if received < expected else "over" if received > expected else "matched"
    return Matched(body, fit, track.scope, expected, received)


def candidates(book: Book, body: CreditBody) -> list[str]:
    """The claims that come nearest to an unmatched credit note, and in what they differ."""
    ranked = sorted(
        ((_likeness(book.settings, body, one), one) for one in book.tracks if one.revision is not None),
        key=lambda found: (-found[0], found[1].period.end_ms, found[1].scope),
    )
    return [_told(book.settings, one) for likeness, one in ranked[:MOST_CANDIDATES] if likeness > 2]


def _likeness(settings: Settings, body: CreditBody, one: Track) -> float:
    """Points for each thing that is the same; a name that is nearly the same has a part of its point."""
    names = [name for circuit in one.circuits for name in names_of(settings, circuit)]
    near = max(difflib.SequenceMatcher(None, body.carrier_id, name).ratio() for name in names)
    known = settings.carriers.get(one.carrier)
    same_carrier = body.carrier == one.carrier or (known is not None and known.account == body.account)
    same = (same_carrier, body.period == one.period.label, body.amount.currency == one.currency)
    return 2 * near + sum(same) + (Fraction(body.amount.amount) == one.expected)


def _told(settings: Settings, one: Track) -> str:
    carrier = settings.carriers.get(one.carrier)
    account = f", account {carrier.account}" if carrier and carrier.account else ""
    circuits = " and ".join(_both_names(settings, name) for name in one.circuits)
    owed = f"{money(one.expected)} {one.currency}".strip()
    return f"{circuits} of {one.carrier}{account}, {one.period.label}, {owed}"


def _both_names(settings: Settings, name: str) -> str:
    known = settings.circuits.get(name)
    return f"{known.carrier_id} ({name})" if known and known.carrier_id else name


@dataclass(frozen=True, slots=True)
class Owed:
    """What carriers owe against what came, of one carrier, currency and age; amounts exact."""

    carrier: str
    currency: str
    age: str
    claims: int
    expected: Fraction
    received: Fraction
    owed: Fraction


def by_age(claims: Iterable[ClaimNow]) -> list[Owed]:
    """Sums by carrier, currency and age in days since the claim, else since the period's end."""
    groups: dict[tuple[str, str, int], list[ClaimNow]] = {}
    for one in claims:
        if one.owed or one.received:
            groups.setdefault((one.carrier, one.currency, _age(one.age_days)), []).append(one)
    return [
        Owed(
            carrier,
            currency,
            [*(name for _, name in AGES), OVERDUE][age],
            len(some),
            sum((one.expected for one in some), NOTHING),
            sum((one.received for one in some), NOTHING),
            sum((one.owed for one in some), NOTHING),
        )
        for (carrier, currency, age), some in sorted(groups.items())
    ]


def _age(days: int) -> int:
    return next((place for place, (most, _) in enumerate(AGES) if days <= most), len(AGES))
