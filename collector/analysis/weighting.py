"""Which circuits of a service are compared, and what each weighs: like is held against like. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from collector.analysis.months import Month
from collector.sla.rounding import counted, joined

COMMON_SITES = 4
"""Fewer sites in common are no ground: 4 circuits against 4 are the fewest that chance can be told from."""
COMMON_SHARE = 0.5
"""At least so much of each carrier's circuits must stand at the common sites."""
SHOWN = 4
Circuits = Mapping[str, Sequence[Month]]
"""A carrier's months by circuit, in order of the circuits' names."""


@dataclass(frozen=True, slots=True)
class Weighing:
    """The circuits that are compared, by carrier, and what an hour of each weighs."""

    carriers: Mapping[str, Circuits]
    weights: Mapping[str, Sequence[float]]
    """In the order of the circuits."""
    common: tuple[str, ...] = ()
    """The sites that all serve, where only they are compared; empty: every circuit is."""
    said: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By carrier what was done and what makes it less than fair; no other carrier is named."""


def weighed(months: Sequence[Month]) -> Weighing:
    """How the carriers of one service are compared.

    Over the sites that all serve, each of which weighs alike, where there are four at least with half
    of each carrier's circuits; else over all circuits, of which each known hour weighs alike.
    """
    carriers = by_carrier(months)
    common = _common(carriers)
    if not common:
        alike = {carrier: [1.0] * len(held) for carrier, held in carriers.items()}
        said = {carrier: tuple(_differences(carrier, carriers)) for carrier in carriers}
        return Weighing(carriers, alike, (), said)
    inside = {
        carrier: {name: some for name, some in held.items() if some[0].site in common}
        for carrier, held in carriers.items()
    }
    weights = {carrier: _by_site(held) for carrier, held in inside.items()}
    said = {carrier: tuple(_kept(common, held, inside[carrier])) for carrier, held in carriers.items()}
    return Weighing(inside, weights, tuple(sorted(common)), said)


def by_carrier(months: Sequence[Month]) -> dict[str, dict[str, list[Month]]]:
    """Months by carrier and circuit, all in order, whatever order they come in."""
    found: dict[str, dict[str, list[Month]]] = {}
    for one in sorted(months, key=lambda month: (month.carrier, month.circuit, month.start_ms)):
        found.setdefault(one.carrier, {}).setdefault(one.circuit, []).append(one)
    return found


def _common(carriers: Mapping[str, Circuits]) -> frozenset[str]:
    """The sites that all serve; empty where they are no ground, or all stand at the same ones anyway."""
    sites = [frozenset(some[0].site for some in held.values()) for held in carriers.values()]
    if len(sites) < 2:
        return frozenset()
    common = frozenset.intersection(*sites)
    enough = all(
        sum(some[0].site in common for some in held.values()) >= COMMON_SHARE * len(held)
        for held in carriers.values()
    )
    return common if len(common) >= COMMON_SITES and enough else frozenset()


def _by_site(held: Circuits) -> list[float]:
    """What makes each site weigh alike: the inverse of what is known there."""
    known: dict[str, float] = {}
    for some in held.values():
        known[some[0].site] = known.get(some[0].site, 0.0) + sum(one.known_seconds for one in some)
    mean = sum(known.values()) / len(known)
    return [mean / known[some[0].site] if known[some[0].site] else 0.0 for some in held.values()]


def _kept(common: frozenset[str], held: Circuits, inside: Circuits) -> Iterator[str]:
    yield f"Compared over the {counted(len(common), 'site')} that all serve, each weighing alike."
    if left := len(held) - len(inside):
        yield f"{counted(left, 'circuit')} elsewhere {'is' if left == 1 else 'are'} left out of its figures."


def _differences(carrier: str, carriers: Mapping[str, Circuits]) -> Iterator[str]:
    if len(carriers) < 2:
        return
    mine = {some[0].site for some in carriers[carrier].values()}
    theirs = {some[0].site for name, held in carriers.items() if name != carrier for some in held.values()}
    if only := sorted(mine - theirs):
        yield f"It serves {counted(len(only), 'site')} that no other does: {_names(only)}."
    if lacks := sorted(theirs - mine):
        yield f"Others serve {counted(len(lacks), 'site')} that it doesn't: {_names(lacks)}."
    if only or lacks:
        yield "So each circuit's known time weighs alike, wherever it is."


def _names(names: Sequence[str]) -> str:
    return (
        joined(names) if len(names) <= SHOWN else f"{', '.join(names[:SHOWN])} and {len(names) - SHOWN} more"
    )
