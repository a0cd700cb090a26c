"""Contract terms: until when notice must be given, beside what the circuit delivers and costs."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from statistics import median

import numpy as np

from collector.analysis.money import exact
from collector.analysis.recommend.notice import key
from collector.clerk import Desk
from collector.notebook.book import Notebook
from collector.performance.cycle.term_dates import Stage, TermDates, dates
from collector.performance.kpis.sources import Sources
from collector.sla.calendar import day_start_ms, local_day
from config.settings import Settings

__all__ = ["Stage", "TermNow", "terms"]

MEGA = 1_000_000


@dataclass(frozen=True, slots=True)
class TermNow:
    """A circuit's contract term."""

    circuit: str
    site: str
    carrier: str
    contract: str
    """Empty without one."""
    service: str
    until: date
    """Last day of the term that runs; renewals are rolled forward."""
    renewed: int
    """How often it has renewed itself."""
    renews: str
    """For how long it renews next: `12mo`; empty: it ends."""
    notice_by: date | None
    """Last day for notice; None where it just ends."""
    days_left: int
    """Until that day (else the term's end); negative once it is over."""
    stage: Stage
    decided: str
    """What was decided, in the words of who did; empty: nothing yet, as far as anybody noted."""
    availability: float | None
    """This year's, 0 to 1; None where nothing is known."""
    breaches: int
    """Promises broken in this year's issued statements."""
    monthly_charge: Decimal | None
    currency: str
    price: Decimal | None
    """A month's charge for a Mbit/s of `bandwidth.down`, to the cent."""
    peers_price: Decimal | None
    """The median of the other circuits with the same service and currency."""
    credits: Mapping[str, Fraction]
    """What this year's issued statements give, by currency."""


def terms(desk: Desk) -> list[TermNow]:
    """Every circuit in service that has a term, the nearest notice first; raises LedgerError."""
    today = local_day(desk.now.wall_ms, desk.settings.zone)
    dated = {name: dates(one, today) for name, one in desk.settings.circuits.items()}
    prices = _prices(desk.settings, today)
    alike: dict[tuple[str, str], list[Fraction]] = {}
    for service, currency, price in sorted(prices.values(), key=lambda one: one[2]):
        alike.setdefault((service, currency), []).append(price)
    years = _years(desk, today)
    sources = Sources(desk, desk.now.wall_ms, 0)
    aside = Notebook([*desk.reader.notes("dismiss"), *desk.reader.notes("withdraw")]).set_aside(today)
    said = {name: body.reason or "" for name, (_, body) in aside.items()}
    found = [
        _term(sources, name, one, today, prices, alike, years.get(name, _Year()), said)
        for name, one in dated.items()
        if one is not None
    ]
    return sorted(found, key=lambda one: (one.stage in {"over", "decided"}, one.days_left, one.circuit))


def _term(
    sources: Sources,
    name: str,
    one: TermDates,
    today: date,
    prices: Mapping[str, tuple[str, str, Fraction]],
    all_prices: Mapping[tuple[str, str], Sequence[Fraction]],
    year: _Year,
    said: Mapping[str, str],
) -> TermNow:
    circuit = sources.desk.settings.circuits[name]
    standing = circuit.on(today)
    charge, mine = standing.monthly_charge, prices.get(name)
    peers = _others(all_prices[mine[:2]], mine[2]) if mine else []
    notice = key(standing.carrier, one.notice_by) if one.notice_by else ""
    return TermNow(
        circuit=name,
        site=circuit.site,
        carrier=standing.carrier,
        contract=standing.contract or "",
        service=circuit.service or "",
        until=one.until,
        renewed=one.renewed,
        renews=(circuit.term and circuit.term.renews) or "",
        notice_by=one.notice_by,
        days_left=((one.notice_by or one.until) - today).days,
        stage="decided" if notice in said else one.stage(today),
        decided=said.get(notice, ""),
        availability=_availability(sources, name, today),
        breaches=year.breaches,
        monthly_charge=charge.amount if charge else None,
        currency=charge.currency if charge else "",
        price=exact(mine[2]) if mine else None,
        peers_price=exact(median(peers)) if peers else None,
        credits=year.credits,
    )


def _others(known: Sequence[Fraction], mine: Fraction) -> list[Fraction]:
    """The one or two in the middle of prices in order, without one's own: of many, sorting takes long."""
    place, n = bisect_left(known, mine), len(known) - 1
    middle = range((n - 1) // 2, n // 2 + 1) if n else ()
    return [known[each + (each >= place)] for each in middle]


def _prices(settings: Settings, today: date) -> dict[str, tuple[str, str, Fraction]]:
    """(service, currency, price of a Mbit/s) of each circuit in service that has both charge and rate."""
    found = {}
    for name, one in settings.circuits.items():
        charge, bought, until = one.monthly_charge.at(today), one.bandwidth.at(today), one.active.until
        if charge and bought and bought.down and (until is None or until >= today):
            mbit = Fraction(bought.down.bits_per_second, MEGA)
            found[name] = (one.service or "", charge.currency, Fraction(charge.amount) / mbit)
    return found


def _availability(sources: Sources, name: str, today: date) -> float | None:
    zone = sources.desk.settings.zone_of(name)
    bounds = np.array([day_start_ms(date(today.year, 1, 1), zone), sources.at_ms], np.int64)
    up, down = (float(one[0]) for one in sources.status(name).within(bounds))
    return up / (up + down) if up + down else None


@dataclass(frozen=True, slots=True)
class _Year:
    """What this year's statements say of a circuit."""

    breaches: int = 0
    credits: Mapping[str, Fraction] = field(default_factory=dict)


def _years(desk: Desk, today: date) -> dict[str, _Year]:
    """By circuit; what is judged for several circuits stands at each of them."""
    begin_ms = day_start_ms(date(today.year, 1, 1), desk.settings.zone)
    found: dict[str, _Year] = {}
    held = desk.reader.revisions(brief=True)
    labels = dict.fromkeys(one.label for one in held if begin_ms < one.key.to_ms <= desk.now.wall_ms)
    for revision in (one for label in labels for one in desk.reader.revisions(label=label)):
        told = revision.statement  # with its objectives: a month at a time fits into memory
        broken = sum(one.get("verdict") == "breached" for one in told.get("objectives") or ())
        credit = told.get("credit") or {}
        for name in told.get("circuits") or [revision.key.scope]:
            known = found.get(name, _Year())
            paid = dict(_added(known.credits, str(credit.get("currency") or ""), credit.get("amount")))
            found[name] = replace(known, breaches=known.breaches + broken, credits=paid)
    return found


def _added(
    known: Mapping[str, Fraction], currency: str, amount: str | None
) -> Iterator[tuple[str, Fraction]]:
    yield from known.items()
    if currency and amount and Fraction(amount):
        yield currency, known.get(currency, Fraction(0)) + Fraction(amount)
