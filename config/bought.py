"""Whether what was bought names things that exist: diverse circuits, and services of price lists."""

from __future__ import annotations

from collections.abc import Iterator

from config.draft import CircuitPart, Draft
from config.errors import Path, Place, Problems, nearest
from config.tree import Map, Seq, place_of


def check_bought(draft: Draft, problems: Problems) -> None:
    """Report circuits that can't be diverse from what they name, and prices of nothing."""
    for name, circuit in draft.circuits.items():
        for other, place, path in _named(circuit, "diverse_from"):
            _check_diverse(name, other, draft, problems, place, path)
    words = {word for circuit in draft.circuits.values() if (word := circuit.word("service"))}
    for key in draft.carriers:
        _check_prices(key, draft, words, problems)


def _named(circuit: CircuitPart, key: str) -> Iterator[tuple[str, Place, Path]]:
    names = circuit.entry.map.get(key)
    if isinstance(names, Seq):
        for number, (name, spot) in enumerate(zip(names, names.spots, strict=True)):
            yield str(name), place_of(spot.value), (*circuit.entry.path, key, number)


def _check_diverse(name: str, other: str, draft: Draft, problems: Problems, place: Place, path: Path) -> None:
    mine, theirs = draft.circuits[name], draft.circuits.get(other)
    if other == name:
        problems.error(place, path, "is this circuit itself: name another one")
    elif theirs is None:
        text = f"{other!r} is not in `circuits`: {nearest(other, draft.circuits)}"
        problems.error(place, path, text)
    elif mine.word("site") != theirs.word("site"):
        text = f"{other} stands at {theirs.word('site')}, not at {mine.word('site')}"
        problems.warn(place, path, f"{text}: circuits of two sites seldom stand in for each other")
    elif _carriers(mine) & _carriers(theirs):
        shared = " and ".join(sorted(_carriers(mine) & _carriers(theirs)))
        problems.warn(place, path, f"both are of {shared}: one carrier's failure takes both")


def _carriers(circuit: CircuitPart) -> set[str]:
    return {word for word, _, _ in circuit.words("carrier")}


def _check_prices(key: str, draft: Draft, words: set[str], problems: Problems) -> None:
    part = draft.carriers[key]
    prices = part.entry.map.get("prices")
    if part.model is None or not isinstance(prices, Seq):
        return
    seen = set[tuple[str, int]]()
    for number, (price, spot) in enumerate(zip(part.model.prices, prices.spots, strict=True)):
        path: Path = (*part.entry.path, "prices", number)
        tier = (price.service, price.bandwidth.bits_per_second)
        if tier in seen:
            problems.error(place_of(spot.value), path, "the same service and bandwidth stand here twice")
        seen.add(tier)
        one = prices[number]
        if words and price.service not in words and isinstance(one, Map):
            text = f"no circuit has service {price.service!r}: {nearest(price.service, words)}"
            problems.warn(one.value_place("service"), (*path, "service"), text)
