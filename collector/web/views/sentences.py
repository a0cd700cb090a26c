"""Notes as sentences for people: who did what, when on the clocks of the site, and for how much.

What a program reads of a note is its JSON; what the terminal prints is `notebook.listing.says`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from collector.clerk import Desk
from collector.notebook.bodies import (
    CarrierBody,
    ClaimBody,
    CreditBody,
    ExcludeBody,
    FeedbackBody,
    MaintenanceBody,
    TicketBody,
    WithdrawBody,
)
from collector.notebook.body import Body
from collector.notebook.book import Notebook
from collector.notebook.words import sayable
from collector.sla.rounding import joined
from collector.web.views import review_sentences
from collector.web.views.page import Clocks
from collector.web.views.review_sentences import carrier_name as _carrier
from collector.web.views.view import Asked

SCORES: Mapping[int, str] = {1: "nothing worked", 2: "bad", 3: "so-so", 4: "good", 5: "all was well"}
"""What each score of feedback means."""
UNREADABLE = "can't be read by this version"
_HAPPENED = (
    ("reported", "reported {}"),
    ("opened", "opened {}"),
    ("acknowledged", "taken on {}"),
    ("notified", "we were told {}"),
    ("repair_started", "repair begun {}"),
    ("closed", "closed {}"),
)
"""The moments of a ticket in the order in which they come."""
_STANDS = {"claimed": "the carrier claims it", "accepted": "we accept it", "disputed": "we dispute it"}
_DIGITS = 9


def sentence(clocks: Clocks, body: Body | None) -> str:
    """One note in one line, without its reason; of an update only what is new."""
    if body is None:
        return UNREADABLE
    told = ", ".join(_TELLERS[type(body)](clocks, body))
    return sayable(told, len(told))


def recorded(desk: Desk, asked: Asked) -> str:
    """What was just recorded, where the address says that something was (`?noted=12`); else empty."""
    number = asked.query.get("noted", "")
    if not (number.isascii() and number.isdecimal() and len(number) <= _DIGITS):
        return ""
    found = next((one for one in desk.reader.notes() if one.id == int(number)), None)
    if found is None:
        return ""
    if found.withdraws is not None and found.kind == WithdrawBody.KIND:
        return f"note {found.withdraws} is withdrawn"
    return sentence(Clocks(desk.settings, desk.now.wall_ms), Notebook([found]).written[0].body)


def between(clocks: Clocks, from_ms: int, to_ms: int, site: str = "") -> str:
    """`14 Jan 2025 02:00 to 06:00 GMT`: what both ends share is said once."""
    begins, ends = clocks.at(from_ms, site).local, clocks.at(to_ms, site).local
    day, zone = begins[:12], begins.rsplit(" ", 1)[1]
    if not ends.startswith(day) or not ends.endswith(f" {zone}"):
        return f"{begins} to {ends}"
    return f"{begins.removesuffix(f' {zone}')} to {ends.removeprefix(day)}"


def _ticket(clocks: Clocks, body: TicketBody) -> Iterator[str]:
    site = _site_of(clocks, body.circuits)

    def at(ms: int) -> str:
        return clocks.at(ms, site).local

    given = [(form, getattr(body, name)) for name, form in _HAPPENED]
    happened = [form.format(at(ms)) for form, ms in given if ms is not None]
    of = f" of {_carrier(clocks, body.carrier)}" if body.carrier else ""
    yield f"Ticket {body.id}{of}" + (f" {happened[0]}" if happened else "")
    yield from happened[1:]
    if body.circuits:
        yield f"for {joined(body.circuits)}"
    if body.outage is not None:
        yield f"for the outage that began {at(body.outage)}"
    if body.dispatched is not None:
        yield "somebody went there" if body.dispatched else "nobody had to go there"
    for one in body.holds:
        yield f"on hold {between(clocks, one.start_ms, one.end_ms, site)} ({_words(one.reason)})"


def _maintenance(clocks: Clocks, body: MaintenanceBody) -> Iterator[str]:
    site = _site_of(clocks, body.circuits, body.sites)
    kind = "Emergency maintenance" if body.kind == "emergency" else "Maintenance"
    yield f"{kind} {between(clocks, body.start_ms, body.end_ms, site)}"
    yield _concern(clocks, body)
    yield _announced(clocks, body, site)


def _exclude(clocks: Clocks, body: ExcludeBody) -> Iterator[str]:
    site = _site_of(clocks, body.circuits, body.sites)
    yield f"{between(clocks, body.start_ms, body.end_ms, site)} not to count ({_words(body.kind)})"
    yield _concern(clocks, body)
    yield _STANDS[body.state]
    if body.announced is not None:
        yield _announced(clocks, body, site)


def _announced(clocks: Clocks, body: MaintenanceBody | ExcludeBody, site: str) -> str:
    if body.announced is None:
        return "never announced"
    return f"announced {clocks.at(body.announced, site).local}"


def _concern(clocks: Clocks, body: MaintenanceBody | ExcludeBody) -> str:
    """Whom it concerns: the circuits that are in every list that is given."""
    told = joined(body.circuits) if body.circuits else "all circuits"
    where = f" at {joined(body.sites)}" if body.sites else ""
    return f"for {told}{where}" + (f" of {_carrier(clocks, body.carrier)}" if body.carrier else "")


def _carrier_side(clocks: Clocks, body: CarrierBody) -> Iterator[str]:
    site, who = _site_of(clocks, body.circuits), _carrier(clocks, body.carrier)
    if body.start is not None and body.end is not None:
        when = between(clocks, body.start, body.end, site)
        yield f"{who} puts the outage of {joined(body.circuits)} at {when}"
    if body.figures:
        figures = joined([f"{_words(name)} {value}" for name, value in body.figures.items()])
        yield f"{who} gives for {body.period}: {figures}"
    if body.ticket:
        yield f"ticket {body.ticket}"
    if body.outage is not None:
        yield f"we measured it from {clocks.at(body.outage, site).local}"
    if body.cause:
        yield f"its cause: {body.cause}"
    for one in body.holds:
        yield f"takes off {one.minutes.normalize():f} min ({_words(one.reason)})"


def _claim(clocks: Clocks, body: ClaimBody) -> Iterator[str]:
    names = joined(body.circuits or [one.scope for one in body.revisions])
    over = f" for {names}" if names else ""
    code = f" ({body.reason_code})" if body.reason_code else ""
    yield f"Claim against {_carrier(clocks, body.carrier)}{over}, {body.period}: {body.state}{code}"
    if body.amount is not None:
        yield str(body.amount)
    if body.reference:
        yield f"reference {body.reference}"
    if body.next_step is not None:
        step = body.next_step
        yield f"next: {step.what} ({step.owner}, by {step.by})"


def _credit(clocks: Clocks, body: CreditBody) -> Iterator[str]:
    sender = f" from {_carrier(clocks, body.carrier)}" if body.carrier else ""
    yield f"Credit note {body.reference} of {body.amount}{sender} for {body.carrier_id}"
    yield body.period
    yield f"account {body.account}"
    if body.issued is not None:
        yield f"issued {body.issued}"


def _feedback(clocks: Clocks, body: FeedbackBody) -> Iterator[str]:
    who = f"{body.who} at {body.site}" if body.who else f"Somebody at {body.site}"
    over = f" over {body.circuit}" if body.circuit else ""
    said = f": “{body.text}”" if body.text else ""
    when = clocks.at(body.at, body.site).local
    yield f"{who}{over}, {when}, {body.score} of 5 ({SCORES[body.score]}){said}"


def _withdraw(_clocks: Clocks, _body: WithdrawBody) -> Iterator[str]:
    """Which note it takes back stands beside it, and why."""
    yield from ()


_TELLERS: Mapping[type[Body], Callable[..., Iterator[str]]] = {
    TicketBody: _ticket,
    MaintenanceBody: _maintenance,
    ExcludeBody: _exclude,
    CarrierBody: _carrier_side,
    ClaimBody: _claim,
    CreditBody: _credit,
    FeedbackBody: _feedback,
    WithdrawBody: _withdraw,
    **review_sentences.TELLERS,
}


def _site_of(clocks: Clocks, circuits: Sequence[str], sites: Sequence[str] = ()) -> str:
    """On whose clocks its times are told: those of its first circuit's site."""
    known = next((clocks.settings.circuits[one] for one in circuits if one in clocks.settings.circuits), None)
    return known.site if known else next(iter(sites), "")


def _words(name: str) -> str:
    return name.replace("_", " ")
