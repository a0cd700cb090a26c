"""Claims, what lapses first on top: what is to be done, by whom, until when, and for how much money."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from collector.claiming.book import UNSENT, Book, ClaimNow
from collector.claiming.moves import STATES
from collector.claims_open import SOON_MS, ClaimLine
from collector.clerk import Desk
from collector.times import span
from collector.web.views.page import local, money, render
from collector.web.views.query import choice, place
from collector.web.views.view import Asked, Drawn
from config.settings import Settings

ROWS = 200
"""A page's length."""
ORDERS = ("deadline", "period", "carrier", "money")
AGES = ((30, "0 to 30 days"), (60, "31 to 60"), (90, "61 to 90"), (None, "over 90"))
"""How long money has been owed: up to so many days, and how that is said."""
TO_DO = {
    "ticket": "Open a ticket",
    "submit": "Claim it",
    "notice": "Use the right that the failures gave, or it is lost",
}
"""What a deadline is for."""
WAITING = {
    "detected": "Wait for the period's end",
    "ticketed": "Wait for the period's end",
    "submitted": "Wait for the carrier's answer",
    "accepted": "Wait for the credit note",
    "partly": "Take it, or dispute the rest",
    "rejected": "Dispute it, or give it up",
    "credited": "Check the credit note, and claim what is missing",
}
"""What is next where no deadline says it and nobody has written it down."""


@dataclass(frozen=True, slots=True)
class Row:
    """One claim; amounts are text with two places, empty where there is nothing."""

    claim: ClaimNow
    carrier: str
    link: str
    left: str
    """How long until it lapses; empty where nothing lapses any more."""
    soon: bool
    to_do: str
    who: str
    """Whose move it is, and until when, where somebody wrote that down."""
    claimable: str
    owed: str
    received: str


@dataclass(frozen=True, slots=True)
class Sum:
    """The money of one currency, and of what is owed how much is how old."""

    currency: str
    claimable: str
    asked: str
    received: str
    owed: str
    ages: tuple[tuple[str, str, int], ...]
    """Age, amount, and its share of the largest in percent."""


@dataclass(frozen=True, slots=True)
class Page:
    """What the template shows."""

    rows: tuple[Row, ...]
    sums: tuple[Sum, ...]
    carriers: tuple[tuple[str, str], ...]
    """Key and name of those that there are claims against."""
    states: tuple[str, ...]
    periods: tuple[str, ...]
    """Those that there are claims for, the newest first, and the one that is asked for."""
    carrier: str
    state: str
    period: str
    order: str
    first: int
    total: int
    soon: int
    unmatched: int
    """Credit notes that fit no claim."""
    any: bool
    """Whether there is any claim at all, whatever the filter."""

    @property
    def period_pairs(self) -> list[tuple[str, str]]:
        """The periods for a list to choose from."""
        return [(one, one) for one in self.periods]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The states that there are, for a list to choose from."""
        return [(one, one) for one in self.states]


def draw(desk: Desk, asked: Asked) -> Drawn:
    """The list; raises BadRequest, LedgerError."""
    book = Book.read(desk.settings, desk.reader, desk.now.wall_ms)
    return render(
        "claims.html", asked, desk.settings, desk.now.wall_ms, title="Claims", page=page(book, asked.query)
    )


def page(book: Book, query: Mapping[str, str]) -> Page:
    """What is shown of the book; raises BadRequest."""
    now_ms = book.now_ms
    claims = [one for one in book.claims if one.state != "none" or one.notice_deadline_ms]
    there = dict.fromkeys(one.carrier for one in claims)
    carriers = sorted((key, carrier_name(book.settings, key)) for key in there)
    states = tuple(one for one in STATES if any(claim.state == one for claim in claims))
    carrier = choice(query, "carrier", ("", *book.settings.carriers, *there))
    state = choice(query, "state", ("", "all", *STATES))
    order = choice(query, "sort", ORDERS)
    period = query.get("period", "")
    found = [
        one
        for one in claims
        if carrier in {"", one.carrier}
        and period in {"", one.period}
        and (one.is_open if not state else state in {"all", one.state})
    ]
    found.sort(key=_order(order, now_ms))
    first = place(query, len(found))
    rows = tuple(row(book.settings, one, now_ms) for one in found)
    return Page(
        rows=rows[first - 1 : first - 1 + ROWS],
        sums=tuple(sums(found)),
        carriers=tuple(carriers),
        states=states,
        periods=tuple(sorted({one.period for one in claims} | ({period} - {""}), reverse=True)),
        carrier=carrier,
        state=state,
        period=period,
        order=order,
        first=first,
        total=len(found),
        soon=sum(one.soon for one in rows),
        unmatched=len(book.unmatched),
        any=bool(claims),
    )


def row(settings: Settings, one: ClaimNow, now_ms: int) -> Row:
    """A claim as the list has it."""
    ahead = one.lapses_ms is not None and one.lapses_ms > now_ms
    return Row(
        claim=one,
        carrier=carrier_name(settings, one.carrier),
        link=link(one),
        left=span((one.lapses_ms - now_ms) // 1000) if ahead and one.lapses_ms is not None else "",
        soon=ahead and one.lapses_ms is not None and one.lapses_ms <= now_ms + SOON_MS,
        to_do=to_do(one, now_ms),
        who=f"{one.owner}, by {one.due}" if one.owner else "",
        claimable=amount(to_claim(one)),
        owed=amount(one.owed),
        received=amount(one.received),
    )


def to_do(one: ClaimNow, now_ms: int) -> str:
    """The next step: what a person noted, else what the deadline ahead is for, else what is waited for."""
    if one.next_step is not None:
        return one.next_step
    if one.revision and one.state in {"detected", "ticketed"} and not one.claimable:
        return "Nothing can be claimed: note its ticket, if there was one"
    if one.lapses_ms is not None and one.lapses_ms > now_ms:
        return TO_DO.get(ClaimLine.of(one).next_deadline or "", "")
    if one.state == "eligible":
        return TO_DO["submit"]
    return WAITING.get(one.state, "")


def to_claim(one: ClaimNow) -> Fraction:
    """What can be claimed and hasn't been."""
    return one.claimable if one.state in UNSENT else Fraction(0)


def link(one: ClaimNow) -> str:
    """The page of one claim."""
    return local("claims", *one.key)


def carrier_name(settings: Settings, key: str) -> str:
    """As it stands on the contract; the key of one that the configuration lacks by now."""
    known = settings.carriers.get(key)
    return known.name if known else key


def amount(value: Fraction) -> str:
    """Two places, without its currency; empty for nothing."""
    return money(value, "") if value else ""


def sums(claims: Sequence[ClaimNow]) -> Iterator[Sum]:
    """The money by currency: two of them are never added."""
    for currency in sorted({one.currency for one in claims if one.currency}):
        ours = [one for one in claims if one.currency == currency]
        owed = [sum((one.owed for one in some), Fraction(0)) for some in _aged(ours)]
        most = max(owed, default=Fraction(0))
        told = Sum(
            currency=currency,
            claimable=_total(ours, to_claim),
            asked=_total(ours, lambda one: one.submitted),
            received=_total(ours, lambda one: one.received),
            owed=amount(sum(owed, Fraction(0))),
            ages=tuple(
                (said, amount(each), round(100 * each / most) if most else 0)
                for (_, said), each in zip(AGES, owed, strict=True)
            ),
        )
        if told.claimable or told.asked or told.received or told.owed:
            yield told


def _total(claims: Iterable[ClaimNow], of: Callable[[ClaimNow], Fraction]) -> str:
    return amount(sum(map(of, claims), Fraction(0)))


def _aged(claims: Sequence[ClaimNow]) -> Iterator[list[ClaimNow]]:
    """The claims of each of AGES."""
    youngest = 0
    for days, _ in AGES:
        yield [one for one in claims if youngest <= one.age_days and (days is None or one.age_days <= days)]
        youngest = (days or 0) + 1


def _order(order: str, now_ms: int) -> Callable[[ClaimNow], tuple[object, ...]]:
    """What lapses first; then what is ours to do, before what the carrier is to do."""

    def by_deadline(one: ClaimNow) -> tuple[object, ...]:
        ahead = one.lapses_ms is not None and one.lapses_ms > now_ms
        theirs = one.state not in UNSENT and one.next_step is None
        when = one.lapses_ms or 0 if ahead else 0
        return not one.is_open, not ahead, when, theirs, one.end_ms, one.carrier, one.scope

    return {
        "deadline": by_deadline,
        "period": lambda one: (-one.end_ms, one.carrier, one.scope),
        "carrier": lambda one: (one.carrier, *by_deadline(one)),
        "money": lambda one: (one.currency, -max(one.owed, to_claim(one)), one.scope),
    }[order]
