"""Claims as the rules want them: due, waited for, lost; and rights that failures gave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from collector.analysis.recommend.chase import Waiting
from collector.analysis.recommend.chronic import Reached
from collector.analysis.recommend.claim import Due
from collector.analysis.recommend.lapsed import Lost
from collector.analysis.recommend.words import day, money
from collector.claiming.book import UNSENT, ClaimNow
from collector.claiming.dates import instant
from collector.performance.advice.facts.look import Look, place
from collector.sla.calendar import DAY_MS, local_day

WITHOUT_DATE_MS = 120 * DAY_MS
"""So long a right that has no last day stays on the list."""
LOST_MS = 92 * DAY_MS
"""What lapsed longer ago is no news."""


def dues(look: Look) -> Iterator[Due]:
    """What can be claimed now; of the past all that could, and what became of it."""
    for one, track in look.claims:
        if track.revision is None or _automatic(look, one):
            continue
        if look.past:
            yield _due(look, one, max(one.claimable, track.claimable, one.submitted), _became(look, one))
        elif one.state == "eligible":
            yield _due(look, one, one.claimable, "")


def waiting(look: Look) -> Iterator[Waiting]:
    """Money that was asked for, or comes unasked, and isn't here; now alone."""
    if look.past:
        return
    for one, _ in look.claims:
        if one.due is not None and one.due >= look.today:
            continue  # somebody is at it
        state, amount = _missing(look, one)
        if amount > 0:
            yield Waiting(
                *(one.scope, one.circuits, one.carrier, look.name(one.carrier), one.period, state),
                *(one.age_days, amount, one.currency, _link(one), one.reason_code or ""),
            )


def lost(look: Look) -> Iterator[Lost]:
    """What can't be had any more: of the time, or of the last quarter."""
    for one, track in look.claims:
        if not look.past and one.end_ms < look.now_ms - LOST_MS - 45 * DAY_MS:
            continue
        over = (
            one.state == "expired" or track.deadlines.is_over(look.now_ms) or not track.deadlines.submits_ms
        )
        if track.revision is None or not over:
            continue
        missed = max(Fraction(0), one.amount - track.claimable)
        late = track.claimable if one.state == "expired" else Fraction(0)
        for how, amount in (("ticket", missed if one.state in UNSENT else Fraction(0)), ("claim", late)):
            yield Lost(
                *(one.scope, one.circuits, one.carrier, look.name(one.carrier), one.period),
                *(how, amount, one.currency),
            )


def reached(look: Look) -> Iterator[Reached]:
    """Statements in which failures became a right, while it can be used; of the past all of them."""
    for one, track in look.claims:
        ahead = one.notice_deadline_ms is not None and one.notice_deadline_ms > look.now_ms
        recent = one.notice_deadline_ms is None and one.end_ms > look.now_ms - WITHOUT_DATE_MS
        if track.revision is None or not (look.past or ahead or recent):
            continue
        told = track.revision.statement.get("chronic") or {}
        if told.get("triggered"):
            yield _reached(look, one, told)


def _reached(look: Look, one: ClaimNow, told: Mapping[str, Any]) -> Reached:
    rules = [each for each in told.get("rules") or () if each.get("triggered")]
    starts = sorted({start for each in rules for start in each.get("outages") or ()})
    return Reached(
        one.scope,
        one.circuits,
        one.carrier,
        look.name(one.carrier),
        one.contract,
        one.period,
        str(told.get("remedy") or ""),
        _last_day(one.notice_deadline_ms, one.zone),
        tuple(str(each.get("rule")) for each in rules),
        tuple(look.day(at_ms, one.circuits[0]) for start in starts if (at_ms := instant(start)) is not None),
        f"{place('circuits', one.circuits[0], 'statement')}?period={one.period}",
        over=one.notice_deadline_ms is not None and one.notice_deadline_ms <= look.now_ms,
    )


def _due(look: Look, one: ClaimNow, amount: Fraction, became: str) -> Due:
    return Due(
        *(one.scope, one.circuits, one.carrier, look.name(one.carrier), one.contract, one.period),
        _last_day(one.submit_deadline_ms, one.zone),
        *(amount, one.currency, _link(one), became),
    )


def _missing(look: Look, one: ClaimNow) -> tuple[str, Fraction]:
    """In which state a claim waits, and for how much."""
    if one.state == "eligible" and _automatic(look, one):
        return "automatic", one.claimable
    if one.state == "rejected":
        return one.state, one.submitted if one.is_open or one.age_days <= LOST_MS // DAY_MS else Fraction(0)
    if one.state == "partly":
        return one.state, max(one.submitted - one.accepted, one.owed)
    return one.state, one.owed


def _automatic(look: Look, one: ClaimNow) -> bool:
    contract = look.desk.settings.contracts.get(one.contract)
    claim = contract.terms_on(local_day(one.start_ms, one.zone)).claim if contract else None
    return claim is not None and bool(claim.automatic)


def _became(look: Look, one: ClaimNow) -> str:
    """What became of a claim of the past, in a few words."""
    if one.received:
        return f"{money(one.received, one.currency)} came"
    if one.state in {"submitted", "accepted", "partly", "rejected"} and one.submitted_ms is not None:
        asked = day(local_day(one.submitted_ms, one.zone))
        return f"asked for on {asked}, {'granted in part' if one.state == 'partly' else one.state}"
    return "it lapsed" if one.state == "expired" else ""


def _last_day(deadline_ms: int | None, zone: str) -> date | None:
    """The last whole day before a deadline."""
    return None if deadline_ms is None else local_day(deadline_ms - 1, zone)


def _link(one: ClaimNow) -> str:
    return place("claims", *one.key)


def window_label(look: Look) -> str:
    """The time in a key: its days, or this quarter."""
    if look.past:
        zone = look.desk.settings.zone
        return f"{local_day(look.from_ms, zone).isoformat()}..{(look.today + timedelta(1)).isoformat()}"
    return f"{look.today.year}-Q{(look.today.month + 2) // 3}"
