"""Gathers the facts, asks every rule what it recommends, and marks what a person has put aside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from collector.analysis.recommend import (
    budget,
    chase,
    chronic,
    claim,
    commit,
    lapsed,
    notice,
    ordered,
    pair,
    remedy,
    repeat,
    shift,
    ticket,
    unmeasured,
    upkeep,
)
from collector.analysis.recommendation import Recommendation
from collector.clerk import Desk
from collector.ledger.records import Note
from collector.notebook.management import DismissBody
from collector.performance.advice.facts import faults, money, spending, tickets
from collector.performance.advice.facts import upkeep as lying
from collector.performance.advice.facts.look import Look, as_of
from collector.performance.advice.returned import Returned, returned
from collector.performance.cycle.terms import terms
from collector.sla.calendar import DAY_MS, local_day

__all__ = ["Returned", "as_json", "open_ones", "recommendations", "returned"]

BACK_MS = 92 * DAY_MS
"""How far back is looked where no time is given, unless a rule says otherwise."""
_KEPT = "recommendations"
_MOST_KEPT = 16


def recommendations(
    desk: Desk, *, from_ms: int | None = None, to_ms: int | None = None
) -> list[Recommendation]:
    """What is to be done now; with a time, what arose in it. The most urgent first; raises LedgerError.

    Dismissed ones are among them, with who dismissed them and why: `dismissed_by` is empty of open ones.
    At the clerk's desk: what was gathered in these five minutes isn't again until notes, drafts or
    outages have come.
    """
    key = (from_ms, to_ms, as_of(desk))
    kept: dict[Any, list[Recommendation]] = desk.kept.setdefault(_KEPT, {})
    if key not in kept:
        while len(kept) >= _MOST_KEPT:
            del kept[next(iter(kept))]
        kept[key] = _found(_look(desk, from_ms, to_ms))
    return list(kept[key])


def open_ones(found: Iterable[Recommendation]) -> list[Recommendation]:
    """Without those that a person has put aside."""
    return [one for one in found if not one.dismissed_by]


def as_json(one: Recommendation) -> dict[str, Any]:
    """As the API, the command and the pack give it: amounts are text."""
    return {
        "key": one.key,
        "rule": one.rule,
        "urgency": one.urgency,
        "carrier": one.carrier or None,
        "circuits": list(one.circuits),
        "text": one.text,
        "reason": one.reason,
        "evidence": list(one.evidence),
        "until": None if one.until is None else one.until.isoformat(),
        "amount": None if one.amount is None else f"{one.amount:.2f}",
        "currency": one.currency or None,
        "link": one.link or None,
        "dismissed_by": one.dismissed_by or None,
        "dismissed_why": one.dismissed_why or None,
    }


def _look(desk: Desk, from_ms: int | None, to_ms: int | None) -> Look:
    now_ms = desk.now.wall_ms
    past = from_ms is not None or to_ms is not None
    until_ms = min(now_ms, now_ms if to_ms is None else to_ms)
    since_ms = until_ms - BACK_MS if from_ms is None else from_ms
    return Look(desk, min(since_ms, until_ms), until_ms, past)


def _found(look: Look) -> list[Recommendation]:
    zone = look.desk.settings.zone
    today = local_day(look.now_ms, zone)
    aside = look.notebook.set_aside(today)
    return [_marked(one, aside) for one in ordered(_ruled(look))]


def _ruled(look: Look) -> Iterator[Recommendation]:
    today = look.today
    yield from claim.rule(money.dues(look), today)
    yield from chase.rule(money.waiting(look), today)
    yield from lapsed.rule(money.lost(look), today, money.window_label(look))
    yield from chronic.rule(money.reached(look), today)
    yield from ticket.rule(tickets.untold(look), today)
    yield from pair.rule(faults.pairs(look), today)
    yield from repeat.rule(faults.repeated(look), today)
    since = local_day(look.from_ms, look.desk.settings.zone)
    yield from shift.rule(faults.risen(look), today, since if look.past else None)
    yield from _of_contracts(look)
    told = spending.samples(look)
    yield from commit.rule(spending.loads(look, told), today)
    paid = list(spending.paid(look))
    yield from unmeasured.rule(paid, today)
    yield from unmeasured.unused(paid, today)
    yield from budget.rule(spending.budgets(look), today)
    yield from upkeep.tls(lying.certificates(look, told), today)
    yield from upkeep.revision(lying.drafts(look), today)
    yield from upkeep.overdue(lying.late(look), today)


def _of_contracts(look: Look) -> Iterator[Recommendation]:
    known = terms(look.desk_then)
    yield from notice.rule(spending.terms(look, known), look.today)
    yield from remedy.rule(faults.failing(look, spending.notice_days(known)), look.today)


def _marked(one: Recommendation, aside: Mapping[str, tuple[Note, DismissBody]]) -> Recommendation:
    """The same, with who put it aside and why, where somebody did."""
    if one.key not in aside:
        return one
    note, body = aside[one.key]
    return replace(one, dismissed_by=note.author, dismissed_why=body.reason or "")
