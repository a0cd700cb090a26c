"""What contracts make of what was measured: statements, scorecards, claims."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

from collector.analysis.scorecard import Card
from collector.claiming.as_json import claim_json
from collector.claiming.book import claims_now
from collector.clerk import Desk
from collector.performance.scorecards.as_json import card_json
from collector.performance.scorecards.scorecards import scored
from collector.scorecards import Scorecard, scorecards
from collector.sla.calendar import local_day
from collector.standing_statements import Stood, stood
from collector.web.api.asking import known
from collector.web.api.endpoint import Answer, BadParameter, Given
from collector.web.api.paging import paged

Json = dict[str, Any]


def sla(desk: Desk, given: Given) -> Answer:
    """Statements as `sla --json` prints them."""
    found = _statements(desk, given)
    return Answer([one.told for one in found.statements], found.etag)


def carriers(desk: Desk, given: Given) -> Answer:
    """Scorecards by service and rank."""
    carrier = known(given, "carrier", desk.settings.carriers)
    try:
        found = scored(desk, given["period"], given["service"])
    except ValueError as error:
        raise BadParameter.one("period", str(error)) from None
    stated = {(one.carrier, one.service): one for one in scorecards(desk.settings, found.statements.told)}
    items = [
        _card(one, stated.get((one.carrier, one.service)))
        for one in found.cards
        if carrier in {None, one.carrier}
    ]
    etag = hashlib.sha256(repr(items).encode()).hexdigest()[:32] if found.statements.settled else ""
    return Answer({"items": items, "next": None}, etag)


def claims(desk: Desk, given: Given) -> Answer:
    """Claims, by the end of their period."""
    carrier = known(given, "carrier", desk.settings.carriers)
    wanted = [
        one
        for one in claims_now(desk.settings, desk.reader, desk.now.wall_ms)
        if carrier in (None, one.carrier)
        and given["period"] in (None, one.period)
        and given["state"] in (None, one.state)
        and given["circuit"] in (None, one.scope, *one.circuits)
    ]
    return Answer(
        paged(
            wanted,
            lambda one: (one.end_ms, one.carrier, one.scope, one.contract, one.period),
            given,
            claim_json,
        )
    )


def _statements(desk: Desk, given: Given) -> Stood:
    settings = desk.settings
    circuit = known(given, "circuit", settings.circuits) if "circuit" in given else None
    carrier = known(given, "carrier", settings.carriers) if "carrier" in given else None
    chosen = [circuit] if circuit else list(_of(desk, carrier, given.get("service")))
    try:
        return stood(desk, given["period"], chosen)
    except ValueError as error:
        raise BadParameter.one("period", str(error)) from None


def _of(desk: Desk, carrier: str | None, service: str | None) -> Iterable[str]:
    """The circuits that are a carrier's today, and of a service."""
    for name, circuit in desk.settings.circuits.items():
        today = local_day(desk.now.wall_ms, desk.settings.sites[circuit.site].timezone)
        if carrier in (None, circuit.carrier.at(today)) and service in (None, circuit.service):
            yield name


def _card(card: Card, stated: Scorecard | None) -> Json:
    """The card, and what the contracts' statements say in exact numbers."""
    told = card_json(card)
    if stated is None:
        return told
    return told | {
        "availability": _percent(stated.availability),
        "contractual_availability": _percent(stated.contractual),
        "seconds": {
            "up": stated.up_seconds,
            "down": stated.down_seconds,
            "unknown": stated.unknown_seconds,
            "counted_down": stated.counted_seconds,
            "denominator": stated.denominator_seconds,
        },
        "outages": stated.outages,
        "mean_repair_seconds": None if stated.repair_seconds is None else int(stated.repair_seconds),
        "breached": list(stated.breached),
        "insufficient_data": list(stated.undecided),
        "credits": dict(_money(stated.credits.items())),
        "claimable": dict(_money(stated.claimable.items())),
    }


def _percent(share: Fraction | None) -> str | None:
    """As statements tell it: percent to six places, cut, so that 99.9999999 is not 100."""
    if share is None:
        return None
    millionths = int(share * 100_000_000)
    return f"{millionths // 1_000_000}.{millionths % 1_000_000:06d}"


def _money(amounts: Iterable[tuple[str, Decimal]]) -> Iterator[tuple[str, str]]:
    for currency, amount in amounts:
        yield currency, f"{amount:.2f}"
