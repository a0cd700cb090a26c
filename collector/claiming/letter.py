"""The letter of a claim: plain text out of a template, with nothing in it that acts on a terminal.

A template is Jinja2 and gets: `carrier` (name, account, ways: how to reach it), `reference`, `period`
(label, spoken), `circuits` and `contracts` (how many), `table` (rows of text), `totals` (texts such as
`10.00 GBP`), `lines` (each with names, document, from, to, zone, promises, outages, money, revision,
statement, digest), `basis`, `deadlines` (sentences), and `sender`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from collector.claiming.choosing import Claim, Line
from collector.sla.calendar import Period, rfc3339, spoken
from collector.sla.rounding import counted, shown_time
from collector.statement_text import measured
from config.settings import Settings
from probes.shown import clean

Json = Mapping[str, Any]
LONGEST = 4_000
MOST_OUTAGES = 20
"""So many stand in the letter; all are in outages.csv."""


class LetterError(ValueError):
    """A template that can't be used; the sentence says where and why."""


def default_template() -> str:
    """The template that is used where none is given."""
    return files(__package__).joinpath("templates", "letter.txt").read_text(encoding="utf-8")


def letter(
    settings: Settings, claim: Claim, reference: str, *, template: str, name: str, sender: str | None
) -> str:
    """The letter's text; `name` is what a mistake in the template is told under. Raises LetterError."""
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # plain text; `finalize` takes out what could act
        finalize=_printable,
    )
    try:
        return environment.from_string(template).render(**_said(settings, claim, reference, sender))
    except TemplateSyntaxError as error:
        raise LetterError(f"{name}:{error.lineno}: {error.message}") from None
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
        raise LetterError(f"{name}: {error}") from None


def _printable(value: object) -> object:
    return clean(value, LONGEST) if isinstance(value, str) else value


def _said(settings: Settings, claim: Claim, reference: str, sender: str | None) -> dict[str, Any]:
    lines = [_line(settings, one) for one in claim.lines]
    period = Period(claim.period, claim.start_ms, claim.end_ms, claim.zone)
    return {
        "carrier": _carrier(settings, claim.carrier),
        "reference": reference,
        "period": {"label": claim.period, "spoken": spoken(period).removesuffix(f" in {claim.zone}")},
        "circuits": sum(len(one.circuits) for one in claim.lines),
        "contracts": len({one.contract for one in claim.lines}),
        "table": list(_table(settings, claim.lines)),
        "totals": [f"{amount} {currency}" for currency, amount in claim.totals.items()],
        "lines": lines,
        "basis": list(_basis(claim)),
        "deadlines": list(_deadlines(claim)),
        "sender": sender,
    }


def _carrier(settings: Settings, key: str) -> dict[str, Any]:
    known = settings.carriers.get(key)
    if known is None:
        return {"name": key, "account": None, "ways": []}
    return {
        "name": known.name,
        "account": known.account,
        "ways": [way for way in (known.noc.mail, known.noc.phone, known.noc.portal) if way],
    }


def theirs(settings: Settings, name: str) -> str:
    """A circuit as the carrier names it; our name where it has none."""
    known = settings.circuits.get(name)
    return known.carrier_id if known and known.carrier_id else name


def _table(settings: Settings, lines: Sequence[Line]) -> Iterator[str]:
    """A row a line: your circuit, ours, the breached promises, the amount."""
    rows = [("", "your circuit", "our name", "not kept", "claimed")]
    for number, one in enumerate(lines, 1):
        names = ", ".join(theirs(settings, name) for name in one.circuits)
        missed = ", ".join(
            each["id"] for each in one.statement["objectives"] if each["verdict"] == "breached"
        )
        rows.append((f"{number}.", names, one.scope, missed or "-", f"{one.amount} {one.currency}"))
    cells = [[clean(cell, LONGEST) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        begin = "  ".join(cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False))
        yield f"{begin}  {row[-1].rjust(widths[-1])}"


def _line(settings: Settings, one: Line) -> dict[str, Any]:
    told = one.statement
    at = partial(wall, zone=told["period"]["timezone"])
    names = ", ".join(
        mine if theirs(settings, mine) == mine else f"{theirs(settings, mine)} (with us: {mine})"
        for mine in one.circuits
    )
    joined = f", judged as one: {one.scope}" if one.circuits != (one.scope,) else ""
    return {
        "names": f"{'Circuit' if len(one.circuits) == 1 else 'Circuits'} {names}{joined}",
        "document": _document(told),
        "from": at(told["period"]["from"]),
        "to": at(told["period"]["to"]),
        "zone": told["period"]["timezone"],
        "promises": [_promise(each, told) for each in told["objectives"] if _matters(each)],
        "outages": list(_outages(told, at)),
        "money": list(_money(one)),
        "revision": one.revision,
        "statement": f"{one.scope} by {one.contract}",
        "digest": one.digest,
    }


def _document(told: Json) -> str:
    document = told.get("document") or {}
    title = document.get("title") or document.get("file") or told["contract"]
    clause = f", clause {document['clause']}" if document.get("clause") else ""
    version = f", in force from {told['effective']}" if told.get("effective") else ""
    ours = f" (with us: {told['contract']})" if title != told["contract"] else ""
    return f"{title}{clause}{version}{ours}"


def _matters(objective: Json) -> bool:
    credit = objective.get("credit") or {}
    return objective["verdict"] == "breached" or credit.get("amount") not in {None, "0.00"}


def _promise(one: Json, told: Json) -> str:
    """What was promised, what was measured, and what that gives."""
    clause = f", clause {one['clause']}" if one.get("clause") else ""
    promised = f"promised {one['target']}, " if one.get("target") else ""
    said = f"{one['id']}{clause}: {promised}measured {measured(one)}"
    credit = one.get("credit")
    if not credit or credit.get("amount") is None:
        return said
    percent = f", {credit['percent']}% of the charge" if credit.get("percent") else ""
    why = f" ({credit['reason']})" if credit.get("reason") else ""
    return f"{said}: credit {credit['amount']} {told['credit']['currency']}{percent}{why}"


def _outages(told: Json, at: partial[str]) -> Iterator[str]:
    found = [one for one in told["outages"] if one["counted_seconds"]]
    for one in found[:MOST_OUTAGES]:
        tickets = ", ".join(map(str, one["tickets"]))
        counting = shown_time(round(one["counted_seconds"] * 1000))
        ticket = f", your ticket {tickets}" if tickets else ", no ticket"
        yield f"Outage {at(one['from'])} to {at(one['to'])}: {counting} counted{ticket}"
    if len(found) > MOST_OUTAGES:
        yield f"and {counted(len(found) - MOST_OUTAGES, 'outage')} more: see outages.csv"


def _money(one: Line) -> Iterator[str]:
    credit = one.statement["credit"]
    currency = credit["currency"]
    if credit["cut_by_caps"] not in {None, "0.00"}:
        yield (
            f"Credits together {credit['before_caps']} {currency}, of which the contract's limits "
            f"take {credit['cut_by_caps']} {currency}"
        )
    less = "" if credit["amount"] == credit["claimable"] else f" of a credit of {credit['amount']} {currency}"
    yield f"Claimed: {credit['claimable']} {currency}{less}"
    if less:
        yield from (f"Not claimed: {block['text']}" for block in credit["blocked_by"])


def _basis(claim: Claim) -> Iterator[str]:
    yield "Our own measurement of the circuits, judged by the contracts' own rules. With this letter come:"
    yield "statements/: each circuit's statement, to read and as JSON; its revision is numbered for good,"
    yield "    and the digest above is of its figures;"
    yield "arithmetic.txt: every figure computed step by step;"
    yield "outages.csv: every outage with what counts of it, and its tickets;"
    yield "claim.json: this claim for a program; MANIFEST: the sha256 of every file here."


def _deadlines(claim: Claim) -> Iterator[str]:
    dates = sorted({one.deadline_ms for one in claim.lines if one.deadline_ms is not None})
    if dates:
        first = wall(rfc3339(dates[0]), zone=claim.zone)
        which = "this claim must be made" if len(dates) == 1 else "the first of these lines must be claimed"
        yield f"By the contract {which} before {first} ({claim.zone})."
    for one in claim.lines:
        if one.notice_ms is not None:
            remedy = (one.statement.get("chronic") or {}).get("remedy") or "what the contract gives then"
            until = wall(rfc3339(one.notice_ms), zone=claim.zone)
            yield (
                f"{one.scope} failed chronically by the contract: until {until} we may use our right "
                f"to {remedy}, and reserve it."
            )


def wall(text: str, zone: str) -> str:
    """A time as a clock in the contract's zone shows it, with its offset: `2026-04-01 00:00:00 +01:00`."""
    local = datetime.fromisoformat(text).astimezone(ZoneInfo(zone))
    shown = local.replace(tzinfo=None).isoformat(" ", "milliseconds" if local.microsecond else "seconds")
    return f"{shown} {local.isoformat()[-6:]}"
