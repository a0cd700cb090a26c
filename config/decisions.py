"""The decisions that change a contract's answer, and those of them that are still open.

`undecided: [across_periods, ...]` names keys that are left out because their meaning is in dispute. Only
a key with a few known choices can be: the statement computes each. What is left open is filled in with
the first choice, so that the contract is whole, and every other choice makes a contract of its own.
Terms are given as a file has them: plain maps, lists and scalars.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from config.errors import Path, nearest
from config.payouts import Payout

Given = Mapping[str, Any]
MOST_COMBINATIONS = 64

CHOICES: Mapping[str, tuple[object, ...]] = {
    "period": ("calendar_month", "calendar_quarter", "calendar_year"),
    "denominator": ("elapsed", "nominal"),
    "start": ("measured", "reported", "ticket"),
    "end": ("restored", "ticket_closed"),
    "across_periods": ("split", "start", "restoration"),
    "policy": ("exclude", "up", "down", "carry"),
    "day_rate": ("1/30", "1/days_in_month", "12/365"),
    "combine": ("sum", "max"),
    "lost": ("ignore", "infinite"),
    "partial": ("whole", "fraction", "proportional"),
    "each": ("period", "outage", "day"),
}
"""What a decision may be, by the last key of its path."""
_WHOLE = {"start", "end", "policy"}
"""Keys that the map above them may stand for: `clock`, `unknown`."""
_TERMS: tuple[Path, ...] = (
    ("period",),
    ("denominator",),
    ("outage", "clock", "start"),
    ("outage", "clock", "end"),
    ("outage", "across_periods"),
    ("unknown", "policy"),
)


@dataclass(frozen=True, slots=True)
class Open:
    """A decision that is left open: where it would stand, the name it has in words, and its choices."""

    path: Path
    label: str

    @property
    def choices(self) -> tuple[object, ...]:
        """What it may be, as a file says it."""
        return CHOICES[str(self.path[-1])]


def value_at(given: object, path: Path) -> Any:  # noqa: ANN401 - any value that YAML can hold
    """What stands under a path of keys and places; None where nothing does."""
    for key in path:
        if isinstance(given, Mapping):
            given = given.get(key)
        elif isinstance(given, Sequence) and isinstance(key, int) and key < len(given):
            given = given[key]
        else:
            return None
    return given


def decisions(terms: Given) -> Iterator[Path]:
    """Where each decision with known choices stands, or would stand, in the terms of one version."""
    yield from _TERMS
    paying = list(_credits(terms))
    if any(pays_in_days(credit) for _, credit in paying):
        yield ("day_rate",)
    if len(paying) > 1:
        yield ("combine",)
    for name, objective in _objectives(terms):
        if objective.get("metric", name) == "rtt":
            yield ("objectives", name, "lost")
    for path, credit in paying:
        if credit.get("per") is not None:
            yield from ((*path, key) for key in ("partial", "each"))


def _objectives(terms: Given) -> Iterator[tuple[str, Given]]:
    objectives = terms.get("objectives")
    for name, one in objectives.items() if isinstance(objectives, Mapping) else ():
        if isinstance(one, Mapping):
            yield name, one


def _credits(terms: Given) -> Iterator[tuple[Path, Given]]:
    for name, objective in _objectives(terms):
        if isinstance(credit := objective.get("credit"), Mapping):
            yield ("objectives", name, "credit"), credit
        elif objective.get("bands") is not None:
            yield ("objectives", name), {"bands": objective["bands"]}


def pays_in_days(credit: Given) -> bool:
    """Whether any payout is a number of days or hours, which need a day's rate."""
    bands = credit.get("bands")
    lines = [one for one in bands if isinstance(one, Mapping)] if isinstance(bands, Sequence) else []
    given = [credit.get("gives"), credit.get("flat"), *(line.get("gives") for line in lines)]
    return any(one is not None and _in_days(one) for one in given)


def _in_days(text: object) -> bool:
    try:
        return Payout.parse(text).in_days
    except ValueError:
        return False


def stands_for(name: str, path: Path) -> bool:
    """Whether a name under `undecided` means the decision at a path: its end, or all of it."""
    forms = [path, path[:-1]] if path[-1] in _WHOLE else [path]
    return any(f".{'.'.join(map(str, form))}".endswith(f".{name}") for form in forms)


def _label(name: str, path: Path) -> str:
    last = str(path[-1])
    return name if name.rpartition(".")[2] == last or last == "policy" else f"{name}.{last}"


def _names(given: Given) -> list[str]:
    names = given.get("undecided")
    return [str(one) for one in names] if isinstance(names, list | tuple) else []


def versions_of(given: Given) -> list[tuple[Path, Given]]:
    """The terms of each version, filled in from beside `versions`, with where the version stands."""
    versions = given.get("versions")
    if not isinstance(versions, Sequence) or isinstance(versions, str) or not versions:
        return [((), given)]
    own = {key: value for key, value in given.items() if key != "versions"}
    found: list[tuple[Path, Given]] = [
        (("versions", place), {**own, **version})
        for place, version in enumerate(versions)
        if isinstance(version, Mapping)
    ]
    return [((), own), *found] if own.get("effective") is not None else found


def left_open(given: Given) -> list[Open]:
    """Every decision of a contract that its `undecided` names and that nothing is said of."""
    found = dict[Path, Open]()
    for root, terms in versions_of(given):
        for path in decisions(terms):
            name = next((one for one in _names(terms) if stands_for(one, path)), None)
            if name is not None and value_at(terms, path) is None:
                here = (*root, *path) if value_at(given, (*root, path[0])) is not None else path
                found.setdefault(here, Open(here, _label(name, path)))
    return list(found.values())


def filled(given: Given, chosen: Iterable[tuple[Path, object]]) -> dict[str, Any]:
    """A copy with values put in; maps on the way that aren't there are made."""
    whole = dict(given)
    for path, value in chosen:
        whole = _put(whole, path, value)
    return whole


def _put(holder: Any, path: Path, value: object) -> Any:  # noqa: ANN401 - a map or a list
    if not path:
        return value
    key, rest = path[0], path[1:]
    if isinstance(key, int):
        return [_put(one, rest, value) if place == key else one for place, one in enumerate(holder)]
    below = holder.get(key)
    inner = below if isinstance(below, Mapping | list | tuple) else {}
    return {**holder, key: _put(inner, rest, value)}


def without(given: Any, paths: Iterable[Path]) -> Any:  # noqa: ANN401 - a map or a list
    """A copy with the values at some paths taken out, and the maps that this leaves empty."""
    for path in paths:
        given = _take(given, path)
    return given


def _take(holder: Any, path: Path) -> Any:  # noqa: ANN401 - a map or a list
    key, rest = path[0], path[1:]
    if isinstance(key, int):
        return [_take(one, rest) if place == key else one for place, one in enumerate(holder)]
    if key not in holder:
        return holder
    inner = _take(holder[key], rest) if rest else None
    kept = {one: value for one, value in holder.items() if one != key}
    return {one: inner if one == key else value for one, value in holder.items()} if inner else kept


def first_choices(given: Given) -> list[tuple[Path, object]]:
    """What stands in for each decision that is left open."""
    return [(one.path, one.choices[0]) for one in left_open(given)]


def combinations(given: Given) -> list[tuple[str, list[tuple[Path, object]]]]:
    """Every way to decide what is open: in words such as `across_periods: split`, and the values."""
    open_ones = left_open(given)
    labels = dict.fromkeys(one.label for one in open_ones)
    by_label = {label: [one for one in open_ones if one.label == label] for label in labels}
    each_way = product(*(ones[0].choices for ones in by_label.values()))
    return [
        (
            ", ".join(f"{label}: {value}" for label, value in zip(by_label, values, strict=True)),
            [
                (one.path, value)
                for ones, value in zip(by_label.values(), values, strict=True)
                for one in ones
            ],
        )
        for values in each_way
    ]


def choices(given: Given) -> dict[str, tuple[object, ...]]:
    """What is left open, by the name it has in words, with what each may be."""
    return {one.label: one.choices for one in left_open(given)}


def misnamed(given: Given) -> list[tuple[Path, str]]:
    """What is wrong under `undecided`, with places and sentences."""
    found, versions = list[tuple[Path, str]](), versions_of(given)
    for root, holder in {(): given, **{root: value_at(given, root) for root, _ in versions if root}}.items():
        applying = [terms for at, terms in versions if at == root or not root]
        for place, name in enumerate(_names(holder)):
            if text := _wrong(name, applying):
                found.append(((*root, "undecided", place), text))
    many = 1
    for ways in choices(given).values():
        many *= len(ways)
    if many > MOST_COMBINATIONS:
        text = f"{many} ways to decide these: at most {MOST_COMBINATIONS} are computed, so decide some"
        found.append((("undecided",), text))
    return found


def _wrong(name: str, versions: Sequence[Given]) -> str:
    meant = [(terms, path) for terms in versions for path in decisions(terms) if stands_for(name, path)]
    if any(value_at(terms, path) is None for terms, path in meant):
        return ""
    if meant:
        return f"{name!r} has a value: take it out here, or take the value out"
    if name in CHOICES or any(name == str(path[-1]) for path in _TERMS):
        return f"nothing here depends on {name!r}: take it out"
    known = [*CHOICES.keys() - _WHOLE, "clock", "clock.start", "clock.end", "unknown"]
    return f"{name!r} can't be left open: {nearest(name, known)}"
