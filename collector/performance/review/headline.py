"""What a manager reads of a review in a minute: five sentences at most, all of them computed. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice

from collector.analysis.money import by_currency
from collector.analysis.recommend.words import day
from collector.performance.advice.returned import Money
from collector.performance.review.changed import said_before
from collector.performance.review.pack import Pack, Pictured
from collector.sla.calendar import local_day
from collector.sla.rounding import counted, joined
from collector.times import span

MOST = 5
NAMED = 3
"""So many of what is overdue are named."""
_SHADOWS = {"outage", "maintenance"}


def headline(pack: Pack) -> Iterator[str]:
    """The worst, the money, the greatest change, what is overdue, and what is due next."""
    yield from islice(_all(pack), MOST)


def _all(pack: Pack) -> Iterator[str]:
    yield from (one for one in (_broken(pack) or _worst(pack), *_money(pack), _greatest(pack)) if one)
    yield from (one for one in (_overdue(pack), _next(pack)) if one)


def _worst(pack: Pack) -> str:
    outages = sum(one.outages for one in pack.downtime)
    if not outages:
        return "" if _unmeasured(pack) else "No circuit was down."
    worst = max(pack.downtime, key=lambda one: (one.worst_ms, one.carrier))
    total, past = (
        span(sum(value) // 1000)
        for value in (
            [one.down_ms for one in pack.downtime],
            [one.before_ms for one in pack.downtime],
        )
    )
    earlier = f" ({past} {said_before(pack)})" if pack.before_known else ""
    return (
        f"{counted(outages, 'outage')}, {total} down in all{earlier}, the longest "
        f"{worst.worst} of {pack.names.get(worst.carrier, worst.carrier)} with "
        f"{span(worst.worst_ms // 1000)}."
    )


def _broken(pack: Pack) -> str:
    """How many promises, on how many circuits, and the worst of them."""
    if not pack.breaches:
        return ""
    circuits = {name for one in pack.breaches for name in one.circuits}
    said = f"{counted(len(pack.breaches), 'promise')} broken on {counted(len(circuits), 'circuit')}"
    return f"{said}, the worst {pack.breaches[0].sentence}."


def _unmeasured(pack: Pack) -> bool:
    return any("nothing was measured" in one for one in pack.missing)


def _money(pack: Pack) -> Iterator[str]:
    """One sentence, whatever the currencies."""
    sums = [_sums(*one) for one in pack.returned.by_currency.items()] if pack.returned else []
    if sums:
        yield f"Credits: {'; '.join(sums)}."
    if pack.carrier:
        for currency, owed in by_currency((one.currency, one.owed) for one in pack.claims).items():
            yield f"{owed:,.2f} {currency} of what was claimed is still owed."


def _sums(currency: str, one: Money) -> str:
    claimed = f"{one.claimed:,.2f} claimed, {one.received:,.2f} received" if one.claimed else "none claimed"
    parts = (
        (one.waiting, "still awaited"),
        (one.refused, "refused"),
        (one.open, "can still be claimed"),
        (one.lapsed, "lapsed"),
    )
    rest = "".join(f", {amount:,.2f} {what}" for amount, what in parts if amount)
    return f"{one.due:,.2f} {currency} due, {claimed}{rest}"


def _greatest(pack: Pack) -> str:
    """Of the changes for the worse the first by `rank` that is more than an outage's shadow, and lasts."""
    worse = [
        one
        for one in pack.anomalies
        if one.finding.worse and not explained(one) and not _mended(one, pack.anomalies)
    ]
    if not worse:
        return ""
    greatest = min(worse, key=rank)
    return f"The greatest change: {greatest.finding.circuit}, {greatest.sentence}."


def _mended(one: Pictured, all_: Sequence[Pictured]) -> bool:
    """Whether its level went back later in the same time."""
    about = one.finding.circuit, one.finding.metric
    return any(
        (each.finding.circuit, each.finding.metric) == about
        and each.finding.kind == "shift"
        and not each.finding.worse
        and each.finding.at_ms > one.finding.at_ms
        for each in all_
    )


def rank(one: Pictured) -> tuple[bool, bool, float, int]:
    """What stays before what passed, what nothing explains before what an outage does, the greatest first."""
    finding = one.finding
    return finding.kind != "shift", explained(one), -abs(finding.score), finding.at_ms


def explained(one: Pictured) -> bool:
    """Whether it is what an outage or announced work does to any figure."""
    return any(near.how == "during" and near.event.kind in _SHADOWS for near in one.anomaly.near)


def _overdue(pack: Pack) -> str:
    late = [one.what for one in pack.actions if one.overdue]
    missed = [one.what for one in pack.goals if one.overdue]
    parts = [
        f"{counted(len(some), word)} {'is' if len(some) == 1 else 'are'} overdue: {_quoted(some)}"
        for some, word in ((late, "action"), (missed, "goal"))
        if some
    ]
    return f"{'; '.join(parts)}." if parts else ""


def _quoted(some: Sequence[str]) -> str:
    named = [f"“{one.rstrip('.')}”" for one in some[:NAMED]]
    return joined([*named, f"{len(some) - NAMED} more"] if some[NAMED:] else named)


def _next(pack: Pack) -> str:
    """What must be done first, of all that has a day."""
    found = sorted(_dated(pack), key=lambda one: (one[0], one[1]))
    if not found:
        return ""
    by, what = found[0]
    return f"Next: {what}." if day(by) in what else f"Next: {what}, by {day(by)}."


def _dated(pack: Pack) -> Iterator[tuple[date, str]]:
    """A goal that is on target needs nothing."""
    today = local_day(pack.now_ms, pack.period.zone)
    for one in pack.to_do:
        if one.until is not None and one.until >= today:
            yield one.until, one.text.rstrip(".")
    for action in pack.actions:
        if action.is_open and action.by >= today:
            yield action.by, f"“{action.what.rstrip('.')}”"
    for goal in pack.goals:
        if goal.is_open and goal.by >= today and goal.standing != "on target":
            yield goal.by, f"the goal “{goal.what.rstrip('.')}”"
