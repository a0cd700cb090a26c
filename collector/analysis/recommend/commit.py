"""What is bought against what is used: the next tier up, or a cheaper one that fits. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from collector.analysis.recommend.rules import recommend
from collector.analysis.recommend.words import day, money, percent, quarter, rate
from collector.analysis.recommendation import Recommendation

WINDOW_DAYS = 90
ENOUGH_DAYS = 60
"""So many of the 90 days must be known; fewer say nothing."""
BUSY = 0.95
"""The busy days: all but one in twenty use less."""
FULL = 0.8
"""A line whose busy hours fill this much of it has no room left."""
ROOM = 0.7
"""A tier fits where the busy hours fill no more of it than this."""
HALF = 0.5


@dataclass(frozen=True, slots=True)
class Tier:
    """What the carrier sells, and for how much a month."""

    bits: float
    monthly: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Load:
    """How full a circuit was on the last 90 days: each day's 95th percentile as a ratio of the line rate."""

    circuit: str
    carrier: str
    name: str
    line_bits: float
    """The interface's rate: what the ratios are of."""
    bought_bits: float
    """The circuit's bandwidth."""
    commit_bits: float | None
    """None: all of the bandwidth is paid for."""
    days: tuple[float, ...]
    charge: Decimal | None
    currency: str
    tiers: tuple[Tier, ...]
    """Of the same carrier and service, in any order; none: no price is known."""
    as_of: date
    link: str
    term_until: date | None = None
    """Before that the charge may be fixed."""

    @property
    def paid_bits(self) -> float:
        """The commit, else the bandwidth."""
        return self.commit_bits or self.bought_bits


def busy(days: Sequence[float]) -> float:
    """The 95th percentile of the days' own, by the nearest rank: 1 day in 20 is busier."""
    ranked = sorted(days)
    return ranked[min(len(ranked) - 1, max(0, -(-int(len(ranked) * BUSY * 1000) // 1000) - 1))]


def rule(loads: Iterable[Load], today: date) -> Iterator[Recommendation]:
    """One a circuit whose commit (or line) is too small, or far too large."""
    for one in loads:
        if len(one.days) < ENOUGH_DAYS:
            continue
        used = busy(one.days) * one.line_bits
        if _is_over(one, used):
            yield _over(one, used, today)
        elif used < HALF * one.paid_bits:
            found = _under(one, used, today)
            if found is not None:
                yield found


def _is_over(one: Load, used: float) -> bool:
    return used > one.commit_bits if one.commit_bits else used > FULL * one.bought_bits


def _over(one: Load, used: float, today: date) -> Recommendation:
    tiers = [tier for tier in one.tiers if used <= ROOM * tier.bits and tier.bits > one.paid_bits]
    fits = min(tiers, key=lambda tier: (tier.monthly, tier.bits), default=None)
    what = "its commit" if one.commit_bits else f"{percent(FULL)} of its bandwidth"
    order = f"Ask {one.name} for the price of more bandwidth for {one.circuit}"
    if fits is not None:
        price = money(fits.monthly, fits.currency)
        order = f"Order {rate(fits.bits)} for {one.circuit} from {one.name} at {price} a month"
    return recommend(
        *("commit", one.circuit, quarter(one.as_of)),
        text=f"{order}: its busy hours use {rate(used)}, more than {what}",
        today=today,
        urgency="soon",
        carrier=one.carrier,
        circuits=(one.circuit,),
        evidence=[*_evidence(one, used), *_priced(one, fits)],
        link=one.link,
    )


def _under(one: Load, used: float, today: date) -> Recommendation | None:
    """None where prices are known and no cheaper tier fits."""
    paid = one.paid_bits
    fitting = [tier for tier in one.tiers if used <= ROOM * tier.bits and tier.bits < paid]
    cheaper = [
        tier
        for tier in fitting
        if one.charge is not None and tier.currency == one.currency and tier.monthly < one.charge
    ]
    best = min(cheaper, key=lambda tier: (tier.monthly, -tier.bits), default=None)
    if one.tiers and best is None:
        return None
    order, saving = f"Ask {one.name} for the price of a smaller commit for {one.circuit}", None
    if best is not None and one.charge is not None:
        saving = one.charge - best.monthly
        order = (
            f"Move {one.circuit} to {rate(best.bits)} at {money(best.monthly, best.currency)} a month: "
            f"that saves {money(saving, best.currency)} a month"
        )
    else:
        order = f"{order}: its busy hours use {rate(used)} of the {rate(paid)} that are paid for"
    return recommend(
        *("commit", one.circuit, quarter(one.as_of)),
        text=order,
        today=today,
        carrier=one.carrier,
        circuits=(one.circuit,),
        evidence=[*_evidence(one, used), *_priced(one, best)],
        amount=saving,
        currency=one.currency if saving is not None else "",
        link=one.link,
    )


def _evidence(one: Load, used: float) -> Iterator[str]:
    yield (
        f"On 19 days of 20 the busy hours (95th percentile) of {one.circuit} stay under {rate(used)}, "
        f"{percent(used / one.bought_bits)} of its {rate(one.bought_bits)}; "
        f"{len(one.days)} of {WINDOW_DAYS} days are known."
    )
    if one.commit_bits:
        yield f"The commit is {rate(one.commit_bits)}."
        over = sum(each * one.line_bits > one.commit_bits for each in one.days)
        if over:
            yield f"It was above the commit on {over} of {len(one.days)} days: bursts are billed."


def _priced(one: Load, tier: Tier | None) -> Iterator[str]:
    if one.charge is not None:
        yield f"It costs {money(one.charge, one.currency)} a month."
    if tier is not None:
        yield f"{one.name} lists {rate(tier.bits)} at {money(tier.monthly, tier.currency)}."
    else:
        yield "No tier for it has a price in the configuration (`carriers.*.prices`): none is reckoned."
    if one.term_until is not None:
        yield f"The term binds until {day(one.term_until)}: ask whether the tier may change before."
