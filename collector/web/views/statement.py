"""`/circuits/{id}/statement`: what a contract got of its promises, with its arithmetic.

A statement is shown from its JSON, as `linkledger sla --json` prints it: what was issued by an older
version reads as well as today's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from collector.agreed import agreed
from collector.clerk import Desk
from collector.sla.calendar import Period, local_day
from collector.sla.rounding import in_words, shown_time
from collector.sla.rules import cycle_of
from collector.standing import Office, Standing
from collector.statement_text import measured, money
from collector.statements import Bench
from collector.times import parse_rfc3339
from collector.web.views import page
from collector.web.views.page import Clocks, Moment, local
from collector.web.views.view import Asked, BadRequest, Drawn, NotFound
from config.benchmarks import beside
from config.bounds import KINDS
from config.errors import nearest
from config.settings import Settings

PERIODS = 13
"""So many are offered: this one and a year."""
FRESH_MS = 60_000
"""A computed statement is shown again for so long, unless a note was written."""
HELD = 64
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Promise:
    """One objective."""

    id: str
    clause: str
    target: str
    measured: str
    verdict: str
    indicative: bool
    remarks: tuple[str, ...]
    credit: str
    reason: str
    beside: str = ""
    """What the industry calls good, with its source; it decides nothing."""


@dataclass(frozen=True, slots=True)
class Counted:
    """One outage, by both clocks."""

    start_ms: int
    end_ms: int
    began: Moment
    ended: Moment
    down: str
    contractual: str
    excluded: str
    counted: str
    lost: str
    """To a late ticket; empty where nothing is."""
    cause: str
    tickets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Numbered:
    """A revision of it."""

    number: int
    state: str
    at: Moment
    by: str
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One statement as a page places it; texts are empty where there is nothing to say."""

    scope: str
    circuits: tuple[str, ...]
    contract: str
    label: str
    zone: str
    closed: bool
    from_ms: int
    to_ms: int
    begins: Moment
    ends: Moment
    as_of: Moment
    revision: str
    because: tuple[str, ...]
    times: tuple[tuple[str, str], ...]
    promises: tuple[Promise, ...]
    outages: tuple[Counted, ...]
    amounts: tuple[tuple[str, str], ...]
    credit: str
    claimable: str
    blocked: tuple[str, ...]
    undecided: tuple[tuple[str, str], ...]
    chronic: tuple[str, ...]
    claim: str
    ticket_by: Moment | None
    submit_by: Moment | None
    claim_href: str
    steps: tuple[str, ...]
    revisions: tuple[Numbered, ...]

    @property
    def breached(self) -> bool:
        """Whether any promise is broken."""
        return any(one.verdict == "breached" for one in self.promises)


def draw(desk: Desk, asked: Asked) -> Drawn:
    """The page; raises BadRequest, NotFound, LedgerError."""
    name = known(desk.settings, asked.parts["circuit"])
    text = asked.query.get("period") or "current"
    return page.render(
        "statement.html",
        asked,
        desk.settings,
        desk.now.wall_ms,
        title=f"Statement for {name}, {text}",
        name=name,
        sheets=sheets(desk, name, text),
        periods=periods(desk.settings, name, desk.now.wall_ms),
        period=text,
    )


def known(settings: Settings, name: str) -> str:
    """A circuit of the configuration; raises NotFound with the nearest."""
    if name not in settings.circuits:
        raise NotFound(f"there is no circuit {name!r}: {nearest(name, settings.circuits)}")
    return name


def sheets(desk: Desk, name: str, text: str) -> tuple[Sheet, ...]:
    """The statements that a circuit is in in a period; raises BadRequest, LedgerError."""
    return tuple(sheet(one, Clocks(desk.settings, desk.now.wall_ms)) for one in standing(desk, name, text))


def standing(desk: Desk, name: str, text: str) -> Sequence[Standing]:
    """What stands of them; computed once a minute. Raises BadRequest, LedgerError."""
    kept: dict[Any, tuple[int, Sequence[Standing]]] = desk.kept.setdefault("statements", {})
    key = (name, text, len(desk.reader.notes()))
    held = kept.get(key)
    if held is not None and 0 <= desk.now.wall_ms - held[0] < FRESH_MS:
        return held[1]
    bench = Bench(desk.settings, desk.reader, desk.now.wall_ms)
    try:
        causes = bench.causes([name], text)
    except ValueError as error:
        raise BadRequest(f"`period`: {error}") from error
    found = [one.statement for cause in causes for one in bench.decided(cause)]
    told = Office(desk.settings, desk.ledger).standing(found, recompute=False)
    while len(kept) >= HELD:
        del kept[next(iter(kept))]
    kept[key] = (desk.now.wall_ms, told)
    return told


def periods(settings: Settings, name: str, now_ms: int) -> tuple[tuple[str, str], ...]:
    """The contract's own periods, newest first, as a list offers them: value and text."""
    now = agreed(settings, name, "current", now_ms)
    if now is None:
        return ()
    period, zone = now.period, now.period.zone
    found = [("current", f"{period.label}, so far")]
    terms = settings.contracts[now.contract].terms_on(local_day(period.start_ms, zone))
    begun = settings.circuits[name].active.start
    while len(found) < PERIODS:
        period = _before(period, cycle_of(terms).containing(period.start_ms - 1, zone))
        if begun is not None and local_day(period.end_ms - 1, zone) < begun:
            break
        found.append((period.label, period.label))
    return tuple(found)


def _before(period: Period, found: Period) -> Period:
    """`found`, which is before `period`; one that trails over months is named by its last month."""
    return found if found.end_ms < period.end_ms else period


def sheet(one: Standing, clocks: Clocks) -> Sheet:
    """A statement as a page places it."""
    told, period = one.told, one.told["period"]
    zone, credit = period["timezone"], told["credit"]
    currency = credit.get("currency")

    def at(text: str | None) -> Moment | None:
        return None if text is None else clocks.at(parse_rfc3339(text), zone=zone)

    def surely(text: str) -> Moment:
        return clocks.at(parse_rfc3339(text), zone=zone)

    names = {"before_caps": "before caps", "cut_by_caps": "cut by caps", "amount": "credit"}
    return Sheet(
        scope=told["circuit"],
        circuits=tuple(told.get("circuits") or (told["circuit"],)),
        contract=told["contract"],
        label=period["label"],
        zone=zone,
        closed=period["closed"],
        from_ms=parse_rfc3339(period["from"]),
        to_ms=parse_rfc3339(period["to"]),
        begins=surely(period["from"]),
        ends=surely(period["to"]),
        as_of=surely(period.get("as_of") or period["to"]),
        revision="" if told.get("revision") is None else str(told["revision"]),
        because=tuple(told.get("because") or ()),
        times=tuple(_times(told)),
        promises=tuple(_promise(each, currency) for each in told["objectives"]),
        outages=tuple(_counted(each, surely) for each in told["outages"]),
        amounts=tuple((word, money(credit.get(key), currency)) for key, word in names.items()),
        credit=money(credit.get("amount"), currency) if credit.get("amount") else "",
        claimable=money(credit.get("claimable"), currency) if credit.get("claimable") else "",
        blocked=tuple(each["text"] for each in credit.get("blocked_by") or ()),
        undecided=tuple(
            (each["choice"], money(each["credit"], currency)) for each in told.get("undecided") or ()
        ),
        chronic=tuple(_chronic(told.get("chronic") or {})),
        claim=told["claim"]["state"].replace("_", " "),
        ticket_by=at(told["claim"].get("ticket_deadline")),
        submit_by=at(told["claim"].get("submit_deadline")),
        claim_href=local("claims", told["circuit"], told["contract"], period["label"]),
        steps=tuple(told.get("steps") or ()),
        revisions=tuple(_numbered(one, clocks, zone)),
    )


def _times(told: Json) -> Iterator[tuple[str, str]]:
    seconds = told["seconds"]
    for key, word in (("up", "up"), ("down", "down"), ("unknown", "unknown"), ("excluded", "excluded")):
        if seconds.get(key) or key in ("up", "down"):
            yield word, length(seconds.get(key))
    if seconds.get("counted_down") is not None:
        whole = length(seconds.get("denominator"))
        yield "counted as down", f"{length(seconds['counted_down'])} of {whole}"
    yield "known", f"{_trimmed(told.get('coverage') or '-')}% of the time"


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def length(seconds: float | None) -> str:
    """A length of time as statements say it: `47 min`, `27 min 30 s`; the steps have the exact one."""
    return "–" if seconds is None else shown_time(round(seconds) * 1000)


def _promise(one: Json, currency: str | None) -> Promise:
    line = one.get("credit") or {}
    share = f" ({line['percent']}%)" if line.get("percent") else ""
    return Promise(
        id=one["id"],
        clause=one.get("clause") or "",
        target=in_words(one.get("target") or "–"),
        measured=measured(one) if one.get("measured") is not None else "–",
        verdict=one["verdict"],
        indicative=bool(one.get("indicative")),
        remarks=tuple(_remarks(one)),
        credit=money(line.get("amount"), currency) + share if line.get("amount") else "",
        reason=line.get("reason") or "",
        beside=_beside(one.get("metric", one["id"])),
    )


def _beside(metric: str) -> str:
    """The usual benchmark of what is promised; empty: no paper here speaks of it."""
    measure = next((one for one in KINDS if one == metric), None)
    found = beside(measure) if measure else None
    return f"benchmark {found.text}: {found.source}" if found else ""


def _remarks(one: Json) -> Iterator[str]:
    """What stands beside a figure: where unknown time or a dispute could put it."""
    ends, refused = one.get("bounds"), one.get("if_disputed_refused")
    if ends and ends[0] != ends[1]:
        worst, best = (measured({**one, "measured": end}) for end in ends)
        yield f"from {worst} to {best}, whatever the unknown time was"
    if refused is not None:
        yield f"{measured({**one, 'measured': refused})} if the disputed exclusions stand after all"


def _counted(one: Json, surely: Callable[[str], Moment]) -> Counted:
    clock = one.get("clock") or {}
    lost = clock.get("lost_to_late_ticket_seconds")
    return Counted(
        start_ms=parse_rfc3339(one["from"]),
        end_ms=parse_rfc3339(one["to"]),
        began=surely(one["from"]),
        ended=surely(one["to"]),
        down=length(one.get("down_seconds")),
        contractual=length(clock.get("contractual_seconds")),
        excluded=length(one["excluded_seconds"]) if one.get("excluded_seconds") else "",
        counted=length(one.get("counted_seconds")),
        lost=length(lost) if lost else "",
        cause=one.get("cause") or "",
        tickets=tuple(map(str, one.get("tickets") or ())),
    )


def _chronic(told: Json) -> Iterator[str]:
    if told.get("triggered"):
        yield f"triggered: {told.get('remedy') or 'the contract names no remedy'}"
    for one in told.get("rules") or ():
        if isinstance(one, Mapping):
            reached = "reached" if one.get("triggered") else "not reached"
            yield f"{in_words(one.get('rule', '–'))}: {reached}"


def _numbered(one: Standing, clocks: Clocks, zone: str) -> Iterator[Numbered]:
    for each in one.history.revisions if one.history else ():
        at_ms, by = each.decided_ms or each.made_ms, each.decided_by or each.made_by
        why = (*each.because, *([each.reason] if each.reason and each.number > 1 else ()))
        yield Numbered(each.number, each.state, clocks.at(at_ms, zone=zone), by, why)
