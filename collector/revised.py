"""Why a recomputed statement differs from the issued one: in what it was made of, and in minutes and money.

Pure.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Self

from collector.notebook.book import Notebook, Written
from collector.notebook.words import sayable
from collector.sla.calendar import rfc3339
from collector.sla.rounding import shown

_OF_THE_DAY = ("revision", "supersedes", "because", "claim", "engine", "config", "steps")
"""What may change in a closed statement without a figure: who computed it and when, and its words."""
_CREDIT_OF_THE_DAY = ("claimable", "blocked_by")


@dataclass(frozen=True, slots=True)
class Basis:
    """What a statement was computed from; digests stand for what is long."""

    engine: str
    contract: str
    facts: str
    notes: tuple[int, ...]
    planned: str
    """Excuses out of the notes and the configuration."""
    rounds: int
    """Inside the period."""
    earlier: str

    @classmethod
    def read(cls, text: str) -> Self:
        """What was kept as JSON, by whatever version: what this one doesn't know is left out."""
        held = {name: value for name, value in json.loads(text).items() if name in cls.__slots__}
        return cls(**{**held, "notes": tuple(held["notes"])})


def figures_digest(statement: Mapping[str, Any]) -> str:
    """`sha256:...` of a statement's figures as JSON (sorted keys, no spaces, UTF-8).

    Left out is what depends on the moment that one asks (claim, claimable, blocked_by, the number of the
    revision), and what can change without a figure: engine, configuration, and the words of the steps.
    """
    told = {key: value for key, value in statement.items() if key not in _OF_THE_DAY}
    told["credit"] = {
        key: value for key, value in statement["credit"].items() if key not in _CREDIT_OF_THE_DAY
    }
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def because(
    issued: Mapping[str, Any], now: Mapping[str, Any], then: Basis, basis: Basis, notebook: Notebook
) -> Iterator[str]:
    """What changed since a statement was issued, and what that changes; a sentence each."""
    yield from _causes(then, basis, notebook)
    yield from _differences(issued, now)


def _causes(then: Basis, basis: Basis, notebook: Notebook) -> Iterator[str]:
    written = {one.note.id: one for one in notebook.written}
    yield from (_added(written[number]) for number in basis.notes if number not in then.notes)
    gone = (number for number in then.notes if number not in basis.notes and number in written)
    yield from (_gone(written[number], written) for number in gone)
    yield from _other_causes(then, basis)


def _other_causes(then: Basis, basis: Basis) -> Iterator[str]:
    if basis.rounds != then.rounds:
        more = basis.rounds - then.rounds
        yield f"{abs(more):,} rounds {'more' if more > 0 else 'fewer'} of the period are in the ledger"
    if basis.engine != then.engine:
        yield f"Computed by version {basis.engine}, then by version {then.engine}"
    if basis.contract != then.contract:
        yield "The contract was changed in the configuration"
    if basis.facts != then.facts:
        yield "The circuit's facts (charges, dates, who judges it) were changed in the configuration"
    if basis.planned != then.planned and basis.notes == then.notes:
        yield "The planned maintenance was changed in the configuration"
    if basis.earlier != then.earlier:
        yield "A statement of an earlier period was issued since"


def _added(one: Written) -> str:
    return f"Note {one.note.id} of {rfc3339(one.note.at_ms)} by {one.note.author}: {one.note.kind}{_why(one)}"


def _gone(one: Written, written: Mapping[int, Written]) -> str:
    by = written.get(one.withdrawn_by or 0)
    if by is None:
        return f"Note {one.note.id} by {one.note.author} no longer concerns it"
    how = "withdrawn" if by.note.kind == "withdraw" else f"replaced by note {by.note.id}"
    when = f"on {rfc3339(by.note.at_ms)} by {by.note.author}"
    return f"Note {one.note.id} by {one.note.author} was {how} {when}{_why(by)}"


def _why(one: Written) -> str:
    return f" ({sayable(one.body.reason)})" if one.body is not None and one.body.reason else ""


def _differences(issued: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    old, new = issued["seconds"]["counted_down"], now["seconds"]["counted_down"]
    if old != new and old is not None and new is not None:
        yield f"Counted downtime: {_minutes(new)} instead of {_minutes(old)}, {_more(new - old)}"
    before = {one["id"]: one for one in issued["objectives"]}
    for one in now["objectives"]:
        was = before.get(one["id"])
        if was is None:
            yield f"{one['id']}: {one['verdict']}, not judged then"
        elif (was["measured"], was["verdict"]) != (one["measured"], one["verdict"]):
            yield (
                f"{one['id']}: {_figure(one)} ({one['verdict']}) instead of {_figure(was)} ({was['verdict']})"
            )
    yield from _money(issued["credit"], now["credit"])


def _money(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    if (old["amount"], old["currency"]) == (new["amount"], new["currency"]):
        return
    told = f"Credit: {_amount(new)} instead of {_amount(old)}"
    if old["currency"] == new["currency"] and None not in (old["amount"], new["amount"]):
        change = Decimal(new["amount"]) - Decimal(old["amount"])
        told += f", {abs(change)} {new['currency']} {'more' if change > 0 else 'less'}"
    yield told


def _amount(credit: Mapping[str, Any]) -> str:
    return (
        "nothing that can be said" if credit["amount"] is None else f"{credit['amount']} {credit['currency']}"
    )


def _figure(one: Mapping[str, Any]) -> str:
    return "no figure" if one["measured"] is None else f"{one['measured']} {one['unit']}".strip()


def _minutes(seconds: float) -> str:
    return shown(Fraction(str(seconds)) / 60, 2).rstrip("0").rstrip(".") + " min"


def _more(seconds: float) -> str:
    return f"{_minutes(abs(seconds))} {'more' if seconds > 0 else 'less'}"
