"""What is to come: forecasts with their error, and the credits ahead."""

from __future__ import annotations

from collections.abc import Iterator

from collector.clerk import Desk
from collector.performance.forecasts.document import document
from collector.sla.calendar import local_day
from collector.web.api.asking import known
from collector.web.api.endpoint import Answer, Given


def forecasts(desk: Desk, given: Given) -> Answer:
    """Those of all circuits, of one, or of a carrier's; as `linkledger forecast --json` prints them."""
    circuit = known(given, "circuit", desk.settings.circuits)
    carrier = known(given, "carrier", desk.settings.carriers)
    if circuit is None and carrier is None:
        return Answer(document(desk))
    chosen = [circuit] if circuit else list(desk.settings.here())
    return Answer(document(desk, list(_of(desk, chosen, carrier))))


def _of(desk: Desk, circuits: list[str], carrier: str | None) -> Iterator[str]:
    """Those that are a carrier's today."""
    for name in circuits:
        one = desk.settings.circuits[name]
        today = local_day(desk.now.wall_ms, desk.settings.sites[one.site].timezone)
        if carrier in (None, one.carrier.at(today)):
            yield name
