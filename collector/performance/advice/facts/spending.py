"""What is paid for: how full it is, whether it is measured, until when it binds, what budget is left."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from collector.analysis.recommend.budget import Budget
from collector.analysis.recommend.commit import WINDOW_DAYS, Load, Tier
from collector.analysis.recommend.notice import Term
from collector.analysis.recommend.unmeasured import SILENT_DAYS, Paid
from collector.analysis.recommend.words import floored, money
from collector.ledger.model import HOUR_MS, Series
from collector.performance.advice.facts.look import Look, place
from collector.performance.cycle.terms import TermNow
from collector.sla.calendar import DAY_MS, local_day, parse_period
from collector.sla.figures import Figures
from collector.sla.rounding import counted
from config.settings import Bandwidth, Circuit
from probes.model import Sample

FRESH_MS = 2 * HOUR_MS
SPEED = "if_speed_bytes_per_second"


def loads(look: Look, samples: Mapping[str, list[Sample]]) -> Iterator[Load]:
    """How full circuits were on the 90 days before the end, where their devices say it."""
    first = look.today - timedelta(days=WINDOW_DAYS - 1)
    for name, circuit in look.circuits.items():
        standing = look.standing(name)
        bought = _bits(standing.bandwidth)
        if bought is None or not any(one.kind == "snmp" for one in circuit.probes.values()):
            continue
        days = look.desk.reader.days(name, "utilisation", first, look.today)
        kept = tuple(one.p95 for one in days if 2 * one.known >= one.steps)
        if not kept:
            continue
        speed = [float(one.value) * 8 for one in samples.get(name, ()) if one.name == SPEED and one.value]
        charge, commit = standing.monthly_charge, standing.bandwidth and standing.bandwidth.commit
        yield Load(
            *(name, standing.carrier, look.name(standing.carrier), speed[-1] if speed else bought, bought),
            float(commit.bits_per_second) if commit else None,
            kept,
            charge.amount if charge else None,
            charge.currency if charge else "",
            tuple(_tiers(look, standing.carrier, circuit)),
            look.today,
            f"{place('circuits', name)}?range=30d",
            circuit.term.until if circuit.term else None,
        )


def _bits(bandwidth: Bandwidth | None) -> float | None:
    """The larger direction."""
    given = [one.bits_per_second for one in (bandwidth.down, bandwidth.up) if one] if bandwidth else []
    return float(max(given)) if given else None


def _tiers(look: Look, carrier: str, circuit: Circuit) -> Iterator[Tier]:
    known = look.desk.settings.carriers.get(carrier)
    for one in known.prices if known else ():
        if one.service == circuit.service:
            yield Tier(float(one.bandwidth.bits_per_second), one.monthly.amount, one.monthly.currency)


def paid(look: Look) -> Iterator[Paid]:
    """Circuits with a charge, and when they were last measured; now alone."""
    if look.past:
        return
    settings, series = look.desk.settings, look.desk.reader.series()
    newest = _newest(look, series)
    sites, here = {one.key.site for one in series}, settings.here()
    for name, circuit in settings.circuits.items():
        standing, last = look.standing(name), newest.get(name)
        if standing.monthly_charge is not None:
            yield Paid(
                *(name, standing.carrier, look.name(standing.carrier)),
                *(standing.monthly_charge.amount, standing.monthly_charge.currency, circuit.active.start),
                local_day(last, look.zone(name)) if last is not None else None,
                *(circuit.active.until, place("circuits", name), name in here or circuit.site in sites),
            )


def _newest(look: Look, series: Sequence[Series]) -> Mapping[str, int]:
    """Circuit -> about when its newest round was, in ms."""
    reader, found = look.desk.reader, dict[str, int]()
    hours = reader.pictures().last_hours([one.id for one in series])
    for one in series:
        if one.id in hours:
            found[one.key.circuit] = max(found.get(one.key.circuit, 0), hours[one.id] * HOUR_MS)
    for now in reader.circuit_now():
        if now.status in {"up", "down"}:  # what was measured a moment ago is in no bin yet
            found[now.circuit] = max(found.get(now.circuit, 0), now.at_ms)
    for name, numbers in _silent(look, series, found).items():
        late = reader.rounds(numbers, found.get(name, 0), look.now_ms).values()
        if newest := [int(one.at_ms[-1]) for one in late if len(one)]:
            found[name] = max(newest)
    return found


def _silent(look: Look, series: Sequence[Series], known: Mapping[str, int]) -> Mapping[str, list[int]]:
    """The series of circuits that seem silent: what isn't packed yet must be looked through for them."""
    since_ms, found = look.now_ms - SILENT_DAYS * DAY_MS, dict[str, list[int]]()
    for one in series:
        name = one.key.circuit
        if name in look.circuits and known.get(name, 0) < since_ms:
            found.setdefault(name, []).append(one.id)
    return found


def samples(look: Look) -> Mapping[str, list[Sample]]:
    """What devices and servers said in the last two hours, by circuit: line rates, certificates."""
    told = {
        one.id: one.key.circuit
        for one in look.desk.reader.series()
        if one.key.kind in {"snmp", "http", "tcp"} and one.key.circuit in look.circuits
    }
    found: dict[str, list[Sample]] = {}
    if told:
        for sample in look.desk.reader.samples(list(told), look.to_ms - FRESH_MS, look.to_ms):
            found.setdefault(told[sample.series], []).append(sample)
    return found


def terms(look: Look, known: list[TermNow]) -> Iterator[Term]:
    """Contract terms with a day for notice."""
    for one in known:
        if one.notice_by is not None:
            yield Term(
                *(one.circuit, one.carrier, look.name(one.carrier), one.until, one.notice_by, one.renews),
                *(one.monthly_charge, one.currency, tuple(_delivered(one))),
                "/performance/goals#terms",
            )


def _delivered(one: TermNow) -> Iterator[str]:
    if one.availability is not None:
        broken = counted(one.breaches, "promise") if one.breaches else "no promise"
        missed = f", {broken} {'were' if one.breaches > 1 else 'was'} broken"
        yield f"{one.circuit} was up {floored(one.availability)} of this year{missed}."
    if one.price is not None and one.peers_price is not None and one.peers_price > 0:
        beside = f"others like it {money(one.peers_price, one.currency)}"
        yield f"{one.circuit} costs {money(one.price, one.currency)} a Mbit/s a month, {beside}."


def budgets(look: Look) -> Iterator[Budget]:
    """What is left of running periods, as the last sweep reckoned it; now alone."""
    for held in look.desk.reader.figures() if not look.past else ():
        if held.circuit not in look.circuits:
            continue
        try:
            one = Figures.from_json(json.loads(held.json))
        except (TypeError, ValueError):
            continue  # another version's
        if not one.closed:
            yield from _left(look, one)


def _left(look: Look, one: Figures) -> Iterator[Budget]:
    zone, carrier = look.zone(one.circuit), look.standing(one.circuit).carrier
    for each in one.objectives:
        if each.budget_seconds and each.budget_remaining_seconds is not None:
            end_ms = parse_period(one.period, zone, look.now_ms).end_ms
            yield Budget(
                *(one.circuit, carrier, look.name(carrier), one.contract, each.objective, one.period),
                *(each.budget_seconds, each.budget_remaining_seconds, local_day(end_ms - 1, zone)),
                place("circuits", one.circuit),
            )


def notice_days(known: list[TermNow]) -> Mapping[str, date]:
    """The last day for notice by circuit."""
    return {one.circuit: one.notice_by for one in known if one.notice_by is not None}
