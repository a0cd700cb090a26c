"""`/circuits/{id}`: one circuit, its chart, its outages by both clocks, its statement and its notes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from collector.analysis.recommend.words import length as spelled
from collector.charts.smoke import smoke
from collector.clerk import Desk
from collector.curves.bands import bands
from collector.curves.rtt import rtt
from collector.curves.usual import Usual, usual
from collector.ledger.model import Outage
from collector.notebook.bodies import WithdrawBody
from collector.notebook.book import Notebook
from collector.notebook.listing import concerns_circuit
from collector.sla.calendar import local_day
from collector.web.views import page
from collector.web.views.changes import changes
from collector.web.views.forecast import forecasts
from collector.web.views.page import Clocks, Moment, link, local, zones
from collector.web.views.sentences import recorded, sentence
from collector.web.views.statement import Counted, Sheet, known, length, periods, sheets
from collector.web.views.view import Asked, BadRequest, Drawn
from collector.web.views.window import RANGES, Window, window
from config.settings import Bandwidth, Circuit, Settings, Term

PICTURE = (960, 340)
NOTES = 50
"""So many notes stand on the page, the newest; /notes has all."""
Fact = tuple[str, str, str]
"""What it is, what it says, and where it leads to; empty: nowhere."""


@dataclass(frozen=True, slots=True)
class Broken:
    """An outage: as it was measured, and as the contract counts it."""

    began: Moment
    ended: Moment | None
    lasted: str
    cause: str
    common_cause: bool
    counted: Counted | None
    """None where no statement of the period names it."""
    href: str


@dataclass(frozen=True, slots=True)
class Noted:
    """A note about it."""

    number: int
    kind: str
    at: Moment
    author: str
    says: str
    why: str


def draw(desk: Desk, asked: Asked) -> Drawn:
    """The page; raises BadRequest, NotFound, LedgerError."""
    settings, now_ms = desk.settings, desk.now.wall_ms
    name = known(settings, asked.parts["circuit"])
    period = asked.query.get("period") or "current"
    found = sheets(desk, name, period)
    first = _span(found) if "period" in asked.query and period != "current" else None
    looked = window(asked.query, now_ms, first or "day")
    site = settings.circuits[name].site
    clocks = Clocks(settings, now_ms, site)
    return page.render(
        "circuit.html",
        asked,
        settings,
        now_ms,
        title=name,
        name=name,
        circuit=settings.circuits[name],
        now=next(iter(asked.now), None),
        since=clocks.at(asked.now[0].since_ms, site) if asked.now else None,
        facts=tuple(_facts(settings, name, now_ms)),
        window=looked,
        changes=changes(desk, name, looked.from_ms, looked.to_ms),
        zone=settings.sites[site].timezone,
        ranges=_ranges(asked, looked),
        sheets=found,
        periods=periods(settings, name, now_ms),
        period=period,
        outages=tuple(_outages(desk, clocks, name, found, _span(found) or (looked.from_ms, looked.to_ms))),
        notes=tuple(_noted(desk, clocks, name))[:NOTES],
        excuses=_excuses(settings, found),
        forecast=forecasts(desk, name),
        recorded=recorded(desk, asked),
        zones=zones(settings.sites[site].timezone, now_ms),
    )


def picture(desk: Desk, asked: Asked) -> Drawn:
    """`rtt.svg`: the smoke chart for who reads without JavaScript; raises BadRequest, NotFound."""
    settings, now_ms = desk.settings, desk.now.wall_ms
    name = known(settings, asked.parts["circuit"])
    looked = window(asked.query, now_ms)
    try:
        curve = rtt(desk.reader, settings, name, looked.from_ms, looked.to_ms)
    except LookupError as error:
        raise BadRequest(str(error)) from error
    shaded = bands(desk.reader, settings, name, looked.from_ms, looked.to_ms, now_ms)
    band = usual(desk.reader, settings, curve)
    flags = changes(desk, name, looked.from_ms, looked.to_ms).flags
    zone = settings.zone_of(name)
    width, height = PICTURE
    drawn = smoke(
        *(curve, shaded),
        zone=zone,
        title=f"RTT of {name}",
        width=width,
        height=height,
        usual=band if isinstance(band, Usual) else None,
        flags=flags,
    )
    return Drawn(drawn.encode("utf-8", "replace"), "image/svg+xml")


def _span(found: Sequence[Sheet]) -> tuple[int, int] | None:
    """From when to when the shown statements are."""
    if not found:
        return None
    return min(one.from_ms for one in found), max(one.to_ms for one in found)


def _ranges(asked: Asked, looked: Window) -> list[tuple[str, str, bool]]:
    period = asked.query.get("period")
    return [
        (text, link(asked.path, {"period": period, "range": name}), looked.range == name)
        for name, (text, _) in RANGES.items()
    ]


# --- facts


def _facts(settings: Settings, name: str, now_ms: int) -> Iterator[Fact]:
    """What is known of it beside its measurements, as of today; a fact that isn't known isn't there."""
    circuit = settings.circuits[name]
    day = local_day(now_ms, settings.sites[circuit.site].timezone)
    standing = circuit.on(day)
    carrier = settings.carriers[standing.carrier]
    yield "carrier", carrier.name, link("/carriers")
    yield from _known(("carrier's id", circuit.carrier_id), ("our account", carrier.account))
    yield "site", circuit.site, link("/", site=circuit.site)
    yield from _known(("service", circuit.service), ("bandwidth", _bandwidth(standing.bandwidth)))
    charge = standing.monthly_charge
    yield from _known(
        ("monthly charge", page.money(charge.amount, charge.currency) if charge else None),
        ("contract", standing.contract),
        ("in service", _served(circuit)),
        ("term", _term(circuit.term, day) if circuit.term else None),
    )
    noc = carrier.noc
    if noc.phone:
        yield "NOC phone", noc.phone, f"tel:{''.join(c for c in noc.phone if c in '+0123456789')}"
    if noc.mail:
        yield "NOC mail", noc.mail, f"mailto:{noc.mail}"
    if noc.portal:
        yield "NOC portal", noc.portal, noc.portal if noc.portal.startswith(("https://", "http://")) else ""


def _known(*facts: tuple[str, str | None]) -> Iterator[Fact]:
    yield from ((what, text, "") for what, text in facts if text)


def _bandwidth(bought: Bandwidth | None) -> str:
    if bought is None:
        return ""
    told = [f"{rate}bit/s {word}" for rate, word in ((bought.down, "down"), (bought.up, "up")) if rate]
    return ", ".join([*told, *([f"{bought.commit}bit/s committed"] if bought.commit else [])])


def _served(circuit: Circuit) -> str:
    start, until = circuit.active.start, circuit.active.until
    return " ".join([*([f"from {start}"] if start else []), *([f"until {until}"] if until else [])])


def _term(term: Term, day: date) -> str:
    if term.until is None:
        return ""
    ends = "ended" if term.until < day else "ends"
    notice = f", {spelled(str(term.notice))} of notice" if term.notice else ""
    renews = f", renews for {spelled(str(term.renews))}" if term.renews else ""
    return f"{ends} {term.until}{notice}{renews}"


# --- outages and notes


def _outages(
    desk: Desk, clocks: Clocks, name: str, found: Sequence[Sheet], span: tuple[int, int]
) -> Iterator[Broken]:
    """The outages of a time, newest first, each with what the statement makes of it."""
    site = desk.settings.circuits[name].site
    counted = [one for sheet in found if name in sheet.circuits for one in sheet.outages]
    from_ms, to_ms = span
    for one in reversed(desk.reader.outages(circuit=name, from_ms=from_ms, to_ms=to_ms)):
        ends = clocks.now_ms if one.end_ms is None else one.end_ms
        began = clocks.at(one.start_ms, site)
        yield Broken(
            began=began,
            ended=clocks.maybe(one.end_ms, site),
            lasted=length((ends - one.start_ms) // 1000),
            cause=one.cause,
            common_cause=one.common_cause,
            counted=next((each for each in counted if _same(one, ends, each)), None),
            href=local("outages", name, began.iso),
        )


def _same(one: Outage, ends_ms: int, each: Counted) -> bool:
    """Whether the contract's outage is this one: its own rule may begin and end it a round apart."""
    return each.start_ms < ends_ms and one.start_ms < each.end_ms


def _noted(desk: Desk, clocks: Clocks, name: str) -> Iterator[Noted]:
    """The notes about it, the newest first; without those that were taken back, and those that took them."""
    site, book = desk.settings.circuits[name].site, Notebook(desk.reader.notes())
    for one in reversed(book.written):
        note, gone = one.note, one.withdrawn_by is not None or one.note.kind == WithdrawBody.KIND
        if not gone and concerns_circuit(desk.settings, book, one, name):
            why = (one.body and one.body.reason) or ""
            yield Noted(
                note.id, note.kind, clocks.at(note.at_ms, site), note.author, sentence(clocks, one.body), why
            )


def _excuses(settings: Settings, found: Sequence[Sheet]) -> tuple[tuple[str, str], ...]:
    """The kinds of exclusions that the contract names, for a form; maintenance has its own."""
    kinds: dict[str, None] = {}
    for one in found:
        contract = settings.contracts[one.contract]
        for terms in (contract, *contract.versions):
            kinds |= dict.fromkeys((terms.exclude and terms.exclude.model_extra) or {})
    named = [one for one in kinds if not one.endswith("maintenance")]
    return tuple((one, one.replace("_", " ")) for one in named)
