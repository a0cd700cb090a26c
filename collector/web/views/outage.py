"""One outage, as an alert links to it: whom to call, what to say, what waiting costs, the ticket's form."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from collector.circuits import Status
from collector.clerk import Desk
from collector.notebook.book import Notebook
from collector.notices.briefing import about
from collector.notices.notice import About, OutageFacts
from collector.notices.ticket_text import ticket_text
from collector.sla.calendar import local_day
from collector.sla.evidence import Ticket
from collector.times import parse_rfc3339, rfc3339, span
from collector.waiting import Waiting, waiting
from collector.web.views.page import link, local, money, render
from collector.web.views.sentences import recorded
from collector.web.views.view import Asked, BadRequest, Drawn, NotFound

APART_MS = 300_000
"""A stored start may lie so far from the one that an alert was sent with: the record corrects it."""


@dataclass(frozen=True, slots=True)
class Page:
    """What the template shows."""

    about: About
    facts: OutageFacts
    stored: bool
    """It is in the record; else it is by the newest rounds alone."""
    over: bool
    tickets: tuple[Ticket, ...]
    """Those that belong to it, the earliest first."""
    tel: str
    text: str
    """Ready for the carrier's form."""
    waiting: Waiting | None
    """What waiting costs; None without a contract."""
    ticket_by_ms: int | None
    lost: str
    """The credit that went with it; empty for none."""
    here: str
    start: str
    rounds: str
    chart: str


def draw(desk: Desk, asked: Asked) -> Drawn:
    """The page; raises BadRequest, NotFound, LedgerError."""
    seen = page(desk, asked)
    title = f"{seen.about.circuit}: outage"
    return render("outage.html", asked, desk.settings, desk.now.wall_ms, title=title, page=seen, span=span,
                  recorded=recorded(desk, asked))  # fmt: skip


def page(desk: Desk, asked: Asked) -> Page:
    """What is shown; raises BadRequest, NotFound."""
    settings, now_ms, name = desk.settings, desk.now.wall_ms, asked.parts["circuit"]
    if name not in settings.circuits:
        raise NotFound(f"the configuration has no circuit {name!r}")
    facts, stored = _facts(desk, asked, name)
    day = local_day(facts.start_ms, settings.zone_of(name))
    who = about(settings, name, settings.circuits[name].on(day))
    end_ms = now_ms if facts.end_ms is None else facts.end_ms
    tickets = _tickets(Notebook(desk.reader.notes("ticket")).tickets_of(name), facts.start_ms, end_ms)
    costs = waiting(settings, desk.reader, name, facts.start_ms, desk.now) if not tickets else None
    return Page(
        about=who,
        facts=facts,
        stored=stored,
        over=facts.end_ms is not None,
        tickets=tickets,
        tel=dialled(who.phone),
        text=ticket_text(who, facts),
        waiting=costs,
        ticket_by_ms=costs.ticket_by_ms if costs else None,
        lost=money(costs.amount, costs.currency) if costs and costs.amount else "",
        here=local("outages", name, asked.parts["start"]),
        start=rfc3339(facts.start_ms),
        rounds=_around(facts, f"/circuits/{name}/rounds", 60_000, now_ms),
        chart=_around(facts, f"/circuits/{name}", 3_600_000, now_ms),
    )


def dialled(phone: str) -> str:
    """A `tel:` address of a number as people write it (RFC 3966); empty for none."""
    digits = re.sub(r"\(0\)|[^\d+]", "", phone)
    return f"tel:{digits}" if sum(one.isdigit() for one in digits) > 2 else ""


def _around(facts: OutageFacts, path: str, margin_ms: int, now_ms: int) -> str:
    """A link to what was measured from before it until after it."""
    end_ms = min(now_ms, (facts.end_ms or now_ms) + margin_ms)
    return link(path, {"from": rfc3339(facts.start_ms - margin_ms), "to": rfc3339(end_ms)})


def _facts(desk: Desk, asked: Asked, name: str) -> tuple[OutageFacts, bool]:
    """The outage of the record that began then, else the one of now that isn't in it yet."""
    try:
        start_ms = parse_rfc3339(asked.parts["start"])
    except (ValueError, OverflowError) as error:
        raise BadRequest(f"the outage's start: {error}") from None
    found = desk.reader.outages(circuit=name, from_ms=start_ms - APART_MS, to_ms=start_ms + APART_MS)
    if found:
        one = min(found, key=lambda each: abs(each.start_ms - start_ms))
        return OutageFacts(one.start_ms, one.cause, one.common_cause, end_ms=one.end_ms), True
    for now in asked.now:
        if now.circuit == name and now.status is Status.DOWN and abs(now.since_ms - start_ms) <= APART_MS:
            return OutageFacts(now.since_ms, now.cause, now.common_cause, provisional=True), False
    last = desk.reader.outages(circuit=name)[-1:]
    newest = f"its newest is /outages/{name}/{rfc3339(last[0].start_ms)}" if last else "none is known of it"
    raise NotFound(f"{name} had no outage that began at {rfc3339(start_ms)}: {newest}")


def _tickets(tickets: Sequence[Ticket], start_ms: int, end_ms: int) -> tuple[Ticket, ...]:
    """The tickets that name the outage or were opened during it; its contract may go by others too."""
    return tuple(
        one
        for one in tickets
        if (start_ms <= one.outage_ms <= end_ms if one.outage_ms is not None
            else one.opened_ms <= end_ms and max(one.opened_ms, one.closed_ms or 0) >= start_ms)
    )  # fmt: skip
