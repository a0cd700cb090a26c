"""How we work ourselves: tickets and claims in time, actions overdue, reviews held."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median_low

from collector.agreed import carriers_of
from collector.analysis.money import Money, by_currency
from collector.claiming.book import ClaimNow, claims_now
from collector.claiming.running import ticket_due_ms
from collector.clerk import Desk
from collector.ledger.model import HOUR_MS, Outage
from collector.notebook.book import Notebook
from collector.performance.cycle.goals import ActionNow, actions
from collector.sla.calendar import DAY_MS, day_start_ms, local_day
from config.settings import Settings

REVIEW_MS = 31 * DAY_MS
"""The review of a quarter is due so long after its end."""
QUARTER_MS = 89 * DAY_MS
"""The shortest; of a quarter before the measurements began there is nothing to review."""


@dataclass(frozen=True, slots=True)
class Share:
    """So many of those that were due."""

    good: int
    due: int

    @property
    def ratio(self) -> float:
        """0 to 1."""
        return self.good / self.due

    def __str__(self) -> str:
        return f"{self.good} of {self.due}"


@dataclass(frozen=True, slots=True)
class Process:
    """Our own work in [from, to); a share is None where nothing was due."""

    from_ms: int
    to_ms: int
    ticketed: Share | None
    """Outages that needed a ticket by their contract, and have one in time."""
    unticketed: tuple[tuple[str, int], ...]
    """The others: circuit, and the outage's begin in ms."""
    claimed: Share | None
    """Claims made, of all that were made in the time or whose deadline fell into it."""
    claimed_money: Money
    lapsed_money: Money
    actions_done: Share | None
    """Actions done by their day, of those whose day fell into the time."""
    actions_overdue: int
    """Open though their day is over, at the end of the time."""
    ticket_seconds: int | None
    """Median from an outage's begin to its ticket."""
    reviews: Share | None
    """Quarterly reviews held, one a carrier and quarter; each is due a month after the quarter."""
    reviews_missing: tuple[str, ...]
    """`acme 2026-Q1`: those that weren't."""


def process(desk: Desk, from_ms: int, to_ms: int) -> Process:
    """Our own work in a time; raises LedgerError."""
    to_ms = min(to_ms, desk.now.wall_ms)
    book = Notebook(desk.reader.notes())
    ticketed, unticketed, waits = _tickets(desk, book, from_ms, to_ms)
    made, lapsed = _claims(desk, from_ms, to_ms)
    known = actions(desk)
    done, due = _actions(desk.settings, known, from_ms, to_ms)
    hours = desk.reader.hours()
    since_ms = hours[0] * HOUR_MS if hours else to_ms
    held, missing = _reviews(desk.settings, book, max(from_ms, since_ms + QUARTER_MS + REVIEW_MS), to_ms)
    return Process(
        from_ms=from_ms,
        to_ms=to_ms,
        ticketed=_share(ticketed, ticketed + len(unticketed)),
        unticketed=tuple(unticketed),
        claimed=_share(len(made), len(made) + len(lapsed)),
        claimed_money=by_currency((one.currency, one.submitted) for one in made),
        lapsed_money=by_currency((one.currency, one.amount) for one in lapsed),
        actions_done=_share(done, due),
        actions_overdue=sum(_is_overdue(desk.settings, one, to_ms) for one in known),
        ticket_seconds=median_low(waits) // 1000 if waits else None,
        reviews=_share(held, held + len(missing)),
        reviews_missing=tuple(missing),
    )


def _share(good: int, due: int) -> Share | None:
    return Share(good, due) if due else None


# --- tickets


def _tickets(
    desk: Desk, book: Notebook, from_ms: int, to_ms: int
) -> tuple[int, list[tuple[str, int]], list[int]]:
    """How many were ticketed in time, which weren't, and how long each ticket took."""
    good, bad, waits = 0, [], []
    for outage in desk.reader.outages(from_ms=from_ms, to_ms=to_ms):
        if outage.start_ms < from_ms or outage.circuit not in desk.settings.circuits:
            continue
        due_ms = ticket_due_ms(desk.settings, outage)
        if due_ms is None or _is_planned(desk.settings, book, outage):
            continue
        opened_ms = opened(book, outage, to_ms)
        if opened_ms is not None:
            waits.append(max(0, opened_ms - outage.start_ms))
        if opened_ms is not None and opened_ms <= due_ms:
            good += 1
        elif due_ms <= to_ms:  # of one that can still be ticketed nothing is to be said
            bad.append((outage.circuit, outage.start_ms))
    return good, bad, waits


def _is_planned(settings: Settings, book: Notebook, outage: Outage) -> bool:
    """Whether it began in work that was announced, or in time that we agreed not to count."""
    circuit = settings.circuits[outage.circuit]
    zone = settings.sites[circuit.site].timezone
    excuses = book.excuses_of(outage.circuit, circuit.site, carriers_of(circuit, zone))
    return any(one.start_ms <= outage.start_ms < one.end_ms and one.state == "accepted" for one in excuses)


def opened(book: Notebook, outage: Outage, now_ms: int) -> int | None:
    """When the first ticket about an outage was opened; None without any."""
    end_ms = now_ms if outage.end_ms is None else outage.end_ms
    about = []
    for one in book.tickets_of(outage.circuit):
        if one.outage_ms is not None:
            if outage.start_ms <= one.outage_ms <= end_ms:
                about.append(one.opened_ms)
        elif one.opened_ms <= end_ms + DAY_MS and (one.closed_ms or one.opened_ms) >= outage.start_ms:
            about.append(one.opened_ms)
    return min(about, default=None)


# --- claims


def _claims(desk: Desk, from_ms: int, to_ms: int) -> tuple[list[ClaimNow], list[ClaimNow]]:
    """Those that were made in the time (or due in it and made), and those that lapsed in it."""
    made, lapsed = [], []
    for one in claims_now(desk.settings, desk.reader, desk.now.wall_ms):
        due_ms = one.submit_deadline_ms
        due = due_ms is not None and from_ms <= due_ms < to_ms
        if one.submitted_ms is not None:
            if due or from_ms <= one.submitted_ms < to_ms:
                made.append(one)
        elif due and one.amount:
            lapsed.append(one)
    return made, lapsed


# --- actions and reviews


def _actions(settings: Settings, known: Iterable[ActionNow], from_ms: int, to_ms: int) -> tuple[int, int]:
    """How many were done by their day, of how many."""
    zone = settings.zone
    first, end = local_day(from_ms, zone), local_day(to_ms, zone)
    due = [one for one in known if first <= one.by < end and one.state != "dropped"]
    done = [one for one in due if one.done_ms is not None and local_day(one.done_ms, zone) <= one.by]
    return len(done), len(due)


def _is_overdue(settings: Settings, one: ActionNow, at_ms: int) -> bool:
    """Whether it was open at a moment though its day was over."""
    if one.changes[0].at_ms > at_ms or one.by >= local_day(at_ms, settings.zone):
        return False
    states = [
        change.given["state"] for change in one.changes if change.at_ms <= at_ms and "state" in change.given
    ]
    settled = states[-1] in {"done", "dropped"} if states else False
    return not settled and (one.done_ms is None or one.done_ms > at_ms)


def _reviews(settings: Settings, book: Notebook, from_ms: int, to_ms: int) -> tuple[int, list[str]]:
    """How many quarterly reviews were held that fell due in the time, and which weren't."""
    told = {(body.carrier or "", body.period) for note, body in book.reviews if note.at_ms <= to_ms}
    due = [
        (carrier, label)
        for label, first, last in _quarters(from_ms - REVIEW_MS, to_ms - REVIEW_MS, settings.zone)
        for carrier in _served(settings, first, last)
    ]
    missing = [f"{carrier} {label}" for carrier, label in due if (carrier, label) not in told]
    return len(due) - len(missing), missing


def _quarters(from_ms: int, to_ms: int, zone: str) -> Iterator[tuple[str, date, date]]:
    """The quarters that end in a time: label, first and last day."""
    day = local_day(from_ms, zone).replace(day=1)
    while day_start_ms(day, zone) < to_ms:
        if day.month in {1, 4, 7, 10} and day_start_ms(day, zone) >= from_ms:
            last = day - timedelta(days=1)
            number = (last.month + 2) // 3
            yield f"{last.year}-Q{number}", date(last.year, 3 * number - 2, 1), last
        day = (day + timedelta(days=32)).replace(day=1)


def _served(settings: Settings, first: date, last: date) -> list[str]:
    """The carriers of the circuits that were in service on a quarter's last day, and began before it."""
    found = set()
    for one in settings.circuits.values():
        start, until = one.active.start, one.active.until
        if (start is None or start <= first) and (until is None or until >= last):
            found.add(one.on(last).carrier)
    return sorted(found)
