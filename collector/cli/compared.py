"""Two contracts over the same circuits, side by side: what each would say, and what lies between."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from collector.statement_text import Json, measured, money, verdict
from collector.text_blocks import Block, Facts, Grid

HEADER = (
    *("objective", "target A", "measured A", "verdict A", "credit A"),
    *("target B", "measured B", "verdict B", "credit B", "B - A"),
)
NUMBERS = frozenset({"measured A", "credit A", "measured B", "credit B", "B - A"})
TOTALS = (("before_caps", "before caps"), ("amount", "credit"), ("claimable", "claimable"))


def compared(first: Sequence[Json], second: Sequence[Json]) -> Iterator[Block]:
    """A table a circuit (or scope) that either contract judges, in the first one's order."""
    others = {one["circuit"]: one for one in second}
    for left in first:
        yield from _pair(left, others.pop(left["circuit"], None))
    for right in others.values():
        yield from _pair(None, right)


def _pair(left: Json | None, right: Json | None) -> Iterator[Block]:
    either = left or right or {}
    sides = [("A", left), ("B", right)]
    yield Facts(
        f"{either.get('circuit', '-')}, {' / '.join(dict.fromkeys(_label(one) for _, one in sides if one))}",
        [(name, _named(one)) for name, one in sides],
    )
    yield Grid(
        "", HEADER, [*_objectives(left or {}, right or {}), *_totals(left or {}, right or {})], NUMBERS
    )


def _label(one: Json) -> str:
    return str(one["period"]["label"])


def _named(one: Json | None) -> str:
    if one is None:
        return "does not judge it alone"
    effective = f", in force from {one['effective']}" if one.get("effective") else ""
    return f"{one['contract']}{effective}; {one['period']['from']} to {one['period']['to']}"


def _objectives(left: Json, right: Json) -> Iterator[tuple[str, ...]]:
    ours, theirs = ({one["id"]: one for one in side.get("objectives", ())} for side in (left, right))
    for name in dict.fromkeys((*ours, *theirs)):
        a, b = ours.get(name), theirs.get(name)
        yield (
            name,
            *_side(a, left),
            *_side(b, right),
            _between(_amount(a), _amount(b), left, right),
        )


def _side(one: Json | None, statement: Json) -> tuple[str, ...]:
    if one is None:
        return ("-",) * 4
    return (
        str(one.get("target") or "-"),
        measured(one),
        verdict(one),
        money(_amount(one), _currency(statement)),
    )


def _amount(one: Json | None) -> str | None:
    line = (one or {}).get("credit") or {}
    amount: str | None = line.get("amount")
    return amount


def _currency(statement: Json) -> str | None:
    currency: str | None = (statement.get("credit") or {}).get("currency")
    return currency


def _totals(left: Json, right: Json) -> Iterator[tuple[str, ...]]:
    for key, name in TOTALS:
        a, b = ((side.get("credit") or {}).get(key) for side in (left, right))
        shown = (money(a, _currency(left)), money(b, _currency(right)))
        yield (name, "", "", "", shown[0], "", "", "", shown[1], _between(a, b, left, right))


def _between(a: str | None, b: str | None, left: Json, right: Json) -> str:
    """The difference; none between two currencies, nor where neither says an amount. What isn't paid is 0."""
    paying = [side for side, amount in ((left, a), (right, b)) if amount is not None]
    currencies = {_currency(side) for side in paying}
    if len(currencies) != 1:
        return "-"
    return money(f"{Decimal(b or 0) - Decimal(a or 0):+.2f}", next(iter(currencies)))
