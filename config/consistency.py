"""Whether the parts of a contract fit together: names of objectives, caps, currencies, credit tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from config.bands import credit_problems
from config.edges import Kind
from config.errors import Path, nearest
from config.objectives import (
    AvailabilityObjective,
    JitterObjective,
    LossObjective,
    MttrObjective,
    Objective,
    OneWayDelayObjective,
    RepairObjective,
    RttObjective,
)
from config.payouts import Payout
from config.remedies import Groups

if TYPE_CHECKING:
    from config.contract import Terms

Found = tuple[Path, str]


def contradictions(terms: Terms) -> Iterator[Found]:
    """What doesn't fit together in one version of a contract, with places and sentences."""
    known = list(terms.objectives.by_name()) if terms.objectives else []
    if isinstance(terms.combine, Groups):
        yield from _groups(terms.combine, known)
    if terms.caps is not None:
        for place, cap in enumerate(terms.caps.shared or ()):
            yield from _listed(cap.objectives, known, ("caps", "shared", place, "objectives"))
    yield from _credits(terms)
    yield from _money(terms)


def _groups(combine: Groups, known: Sequence[str]) -> Iterator[Found]:
    seen = dict[str, int]()
    for number, group in enumerate(combine.groups):
        path: Path = ("combine", "groups", number)
        yield from _listed(group, known, path)
        for place, name in enumerate(group):
            if seen.setdefault(name, number) != number:
                yield (*path, place), f"{name!r} is in another group too: it counts in one"
        if not group:
            yield path, "is empty: name objectives, or leave it out"


def _listed(names: Sequence[str], known: Sequence[str], path: Path) -> Iterator[Found]:
    for place, name in enumerate(names):
        if name not in known:
            yield (*path, place), f"{name!r} is not in `objectives`: {nearest(name, known)}"
        elif name in names[:place]:
            yield (*path, place), f"{name!r} stands here twice"


def _credits(terms: Terms) -> Iterator[Found]:
    rounding = terms.outage.round if terms.outage else None
    for name, objective in (terms.objectives.by_name() if terms.objectives else {}).items():
        credit = objective.pays()
        if credit is None:
            continue
        kind, wants_more = _measure(objective)
        found = credit_problems(
            credit,
            wants_more=wants_more,
            kind=kind,
            step=_step(objective),
            length_step=None if rounding is None else Fraction(rounding.to.ms),
            most=Fraction(100) if isinstance(objective, _SHARES) and kind == "percent" else None,
            currency=_currency(terms),
        )
        holder: Path = ("objectives", name, *(("credit",) if objective.credit else ()))
        yield from (((*holder, *path), text) for path, text in found)


def _step(objective: Objective) -> Fraction | None:
    """How far apart two rounded figures stand, in the unit of the edges: lengths are rounded in seconds."""
    if objective.round is None:
        return None
    in_seconds = isinstance(objective, RepairObjective | MttrObjective) and _measure(objective)[0] == "time"
    return Fraction(1000 if in_seconds else 1, 10**objective.round.places)


_SHARES = (AvailabilityObjective, LossObjective, RttObjective, JitterObjective, OneWayDelayObjective)
"""What is never over 100 where it is a percentage."""
_KINDS: Mapping[str, Kind] = {"%": "percent", "bd": "bd", "": "number"}


def _measure(objective: Objective) -> tuple[Kind, bool]:
    """The kind of an objective's values, and whether a larger one is better."""
    if isinstance(objective, RepairObjective) and objective.each is None and objective.dispatched is None:
        return "percent", True
    units = objective.units()
    kind = _KINDS.get(next(iter(units)), "time") if len(units) == 1 else "time"
    return kind, objective.WANTS_MORE


def _currency(terms: Terms) -> str | None:
    return None if terms.currency == "circuit" else terms.currency


def _money(terms: Terms) -> Iterator[Found]:
    """Sums of two currencies are never added."""
    currency = _currency(terms)
    for path, payout in _limits(terms):
        if currency is not None and payout.currency not in {None, currency}:
            text = f"'{payout}' is in {payout.currency}, and the contract pays in {currency}"
            yield path, f"{text}: write it in {currency}"


def _limits(terms: Terms) -> Iterator[tuple[Path, Payout]]:
    if terms.caps is not None:
        yield from ((("caps", key), payout) for key, payout in terms.caps.amounts().items())
        for place, shared in enumerate(terms.caps.shared or ()):
            path: Path = ("caps", "shared", place)
            yield from (((*path, key), payout) for key, payout in shared.amounts().items())
    least = terms.minimum_payout
    given = {"more_than": least.more_than, "at_least": least.at_least} if least else {}
    yield from ((("minimum_payout", key), one) for key, one in given.items() if one is not None)
