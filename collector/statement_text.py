"""A statement as text for people, from its JSON alone.

Whoever has the JSON of a statement (this version's or an older one's) can print it: a key that is
missing is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from collector.sla.calendar import moment
from collector.sla.rounding import counted, in_words, joined, shown_time
from collector.text_blocks import Block, Facts, Grid, Sentences
from config.terms import INFINITE

Json = Mapping[str, Any]


def blocks(statement: Json, *, steps: bool = True) -> Iterator[Block]:
    """What a statement says, in the order in which a billing desk reads it."""
    yield Facts(_title(statement), list(_head(statement)))
    yield Grid(
        "Objectives",
        ("objective", "clause", "target", "measured", "verdict", "credit", "why"),
        [_objective(one, statement) for one in statement.get("objectives", ())],
        frozenset({"measured", "credit"}),
    )
    if notes := list(_remarks(statement)):
        yield Sentences("", notes)
    yield from _outages(statement)
    yield Facts("Credit", list(_money(statement)))
    if blocked := list(_blocks(statement)):
        yield Sentences("What blocks a claim", blocked)
    yield from _undecided(statement)
    if chronic := list(_chronic(statement)):
        yield Sentences("Chronic failure", chronic)
    yield Facts("Claim", list(_claim(statement)))
    if steps and statement.get("steps"):
        yield Sentences("How it was computed", list(statement["steps"]), numbered=True)


def _title(statement: Json) -> str:
    running = "" if _period(statement).get("closed", True) else ", so far"
    return f"Statement for {statement.get('circuit', '-')}, {_period(statement).get('label', '-')}{running}"


def _period(statement: Json) -> Json:
    found: Json = statement.get("period") or {}
    return found


def _at(text: str | None, statement: Json) -> str:
    """A time as a wall in the contract's zone shows it, with its offset."""
    if text is None:
        return "-"
    at_ms = round(datetime.fromisoformat(text).timestamp() * 1000)
    return moment(at_ms, _period(statement).get("timezone") or "UTC")


def _time(seconds: float | None) -> str:
    """A length of time; JSON's number is read digit for digit."""
    return "-" if seconds is None else shown_time(Fraction(Decimal(str(seconds))) * 1000)


def _head(statement: Json) -> Iterator[tuple[str, str]]:
    period, times = _period(statement), statement.get("seconds") or {}
    circuits = statement.get("circuits") or []
    if list(circuits) not in ([], [statement.get("circuit")]):
        yield "circuits", ", ".join(circuits)
    effective = f", in force from {statement['effective']}" if statement.get("effective") else ""
    yield "contract", f"{statement.get('contract', '-')}{effective}"
    if statement.get("carrier"):
        yield "carrier", str(statement["carrier"])
    document = statement.get("document") or {}
    if document:
        title = document.get("title") or document.get("file") or "-"
        file = f" ({document['file']})" if document.get("file") and document.get("title") else ""
        yield "document", f"{title}{file}{_clause(document)}"
    yield "period", f"{_at(period.get('from'), statement)} to {_at(period.get('to'), statement)}"
    yield "zone", str(period.get("timezone", "-"))
    if not period.get("closed", True):
        yield "judged up to", _at(period.get("as_of"), statement)
    yield from _revision(statement)
    yield "known", f"{_trimmed(statement.get('coverage', '-'))}% of the time"
    for key, name in (("up", "up"), ("down", "down"), ("unknown", "unknown"), ("excluded", "excluded")):
        if times.get(key) or key in {"up", "down"}:
            yield name, _time(times.get(key))
    if times.get("counted_down") is not None:
        yield "counted as down", f"{_time(times['counted_down'])} of {_time(times.get('denominator'))}"


def _revision(statement: Json) -> Iterator[tuple[str, str]]:
    if statement.get("revision") is None:
        return
    supersedes = f", in place of {statement['supersedes']}" if statement.get("supersedes") else ""
    because = f": {'; '.join(statement['because'])}" if statement.get("because") else ""
    yield "revision", f"{statement['revision']}{supersedes}{because}"


def _clause(part: Json) -> str:
    return f", clause {part['clause']}" if part.get("clause") else ""


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def measured(one: Json) -> str:
    """An objective's figure with its unit; a line where there is none."""
    return _figure(one.get("measured"), one.get("unit") or "")


def _figure(value: str | None, unit: str) -> str:
    """`99.717200%`, `20.3 ms`; of repairs `390 min`, of delivery `4 business days`."""
    if value is None:
        return "-"
    if value != INFINITE and unit == "s":
        return shown_time(Fraction(value) * 1000)
    if value != INFINITE and unit == "bd":
        return counted(int(Fraction(value)), "business day")
    return f"{value}{unit}" if unit == "%" else f"{value} {unit}".rstrip()


def verdict(one: Json) -> str:
    """An objective's verdict in words."""
    word = str(one.get("verdict", "-")).replace("_", " ")
    return f"{word} (indicative)" if one.get("indicative") else word


def money(amount: str | None, currency: str | None) -> str:
    """An amount with its currency; a line where nothing can be said."""
    if amount is None:
        return "-"
    sign = "+" if amount.startswith("+") else ""
    return f"{sign}{Decimal(amount):,} {currency or ''}".rstrip()


def _currency(statement: Json) -> str | None:
    found: str | None = (statement.get("credit") or {}).get("currency")
    return found


def _objective(one: Json, statement: Json) -> tuple[str, ...]:
    line = one.get("credit") or {}
    percent = f" ({line['percent']}%)" if line.get("percent") else ""
    return (
        str(one.get("id", "-")),
        str(one.get("clause") or ""),
        in_words(one.get("target") or "-"),
        measured(one),
        verdict(one),
        money(line.get("amount"), _currency(statement)) + percent if line else "-",
        str(line.get("reason") or ""),
    )


def _remarks(statement: Json) -> Iterator[str]:
    """What stands beside a figure: where unknown time or a dispute could put it."""
    for one in statement.get("objectives", ()):
        name, ends = one.get("id"), one.get("bounds")
        unit = one.get("unit") or ""
        if ends and ends[0] != ends[1]:
            worst, best = (_figure(end, unit) for end in ends)
            yield f"{name}: from {worst} to {best}, whatever the unknown time was"
        if one.get("if_disputed_refused") is not None:
            refused = _figure(one["if_disputed_refused"], unit)
            yield f"{name}: {refused} if the disputed exclusions stand after all"
        if one.get("indicative"):
            yield f"{name}: indicative, as another's measurement decides"


def _outages(statement: Json) -> Iterator[Block]:
    found = statement.get("outages", ())
    if not found:
        yield Sentences("Outages", ["none"])
        return
    lost = [(one.get("clock") or {}).get("lost_to_late_ticket_seconds") or 0 for one in found]
    header = ("from", "to", "down", "excluded", "counted", "ticket", "cause")
    rows = [
        (
            _at(one.get("from"), statement),
            _at(one.get("to"), statement),
            _time(one.get("down_seconds")),
            _time(one.get("excluded_seconds")),
            _time(one.get("counted_seconds")),
            ", ".join(map(str, one.get("tickets") or ())) or "none",
            str(one.get("cause") or ""),
        )
        for one in found
    ]
    yield Grid(
        f"Outages: {counted(len(found), 'outage')}", header, rows, frozenset({"down", "excluded", "counted"})
    )
    late = [
        f"{_time(seconds)} of the outage of {_at(one.get('from'), statement)} is lost to a late ticket"
        for one, seconds in zip(found, lost, strict=True)
        if seconds
    ]
    if late:
        yield Sentences("", late)


def _money(statement: Json) -> Iterator[tuple[str, str]]:
    credit, currency = statement.get("credit") or {}, _currency(statement)
    names = {"before_caps": "before caps", "cut_by_caps": "cut by caps", "amount": "credit"}
    for key, name in (names | {"claimable": "claimable"}).items():
        yield name, money(credit.get(key), currency)


def _blocks(statement: Json) -> Iterator[str]:
    for one in (statement.get("credit") or {}).get("blocked_by") or ():
        text, outage = str(one.get("text", "")), one.get("outage")
        named = not outage or any(at in text for at in (outage, _at(outage, statement)))
        where = "" if named else f", outage of {_at(outage, statement)}"
        yield f"{str(one.get('code', '')).replace('_', ' ')}{where}: {text}"


def _undecided(statement: Json) -> Iterator[Block]:
    choices = statement.get("undecided") or ()
    if not choices:
        return
    rows = [
        (
            str(choice.get("choice", "-")),
            "; ".join(
                f"{one.get('id')} {measured(one)} {verdict(one)}" for one in choice.get("objectives", ())
            ),
            money(choice.get("credit"), _currency(statement)),
        )
        for choice in choices
    ]
    title = "What the contract leaves undecided: each reading"
    yield Grid(title, ("reading", "verdicts", "credit"), rows, frozenset({"credit"}))


def _chronic(statement: Json) -> Iterator[str]:
    chronic = statement.get("chronic") or {}
    rules = chronic.get("rules") or ()
    if chronic.get("triggered"):
        remedy = f": {chronic.get('remedy') or 'the contract names no remedy'}"
        notice = f", with {in_words(chronic['notice'])} of notice" if chronic.get("notice") else ""
        yield f"triggered{remedy}{notice}"
    elif rules:
        yield "not triggered"
    for one in rules:
        if not isinstance(one, Mapping):
            yield str(one)
            continue
        outages = [_at(at, statement) for at in one.get("outages") or ()]
        by = f" by the outages of {joined(outages)}" if outages else ""
        yield f"{in_words(one.get('rule', '-'))}: {'reached' if one.get('triggered') else 'not reached'}{by}"


def _claim(statement: Json) -> Iterator[tuple[str, str]]:
    claim = statement.get("claim") or {}
    yield "state", str(claim.get("state") or "-")
    for key, name in (("ticket_deadline", "ticket before"), ("submit_deadline", "submit before")):
        if claim.get(key):
            yield name, _at(claim[key], statement)
