"""What the nightly analysis found."""

from __future__ import annotations

from collector.clerk import Desk
from collector.performance.nightly.anomalies import anomalies as found
from collector.performance.nightly.anomalies import as_json
from collector.web.api.asking import DAY_MS, known, stretch
from collector.web.api.endpoint import Answer, Given
from collector.web.api.paging import paged

MONTH_MS = 31 * DAY_MS


def anomalies(desk: Desk, given: Given) -> Answer:
    """Shifts and excursions of [from, to), the earliest first; by default of the last 31 days."""
    circuit = known(given, "circuit", desk.settings.circuits)
    from_ms, to_ms = stretch(given, desk.now.wall_ms, MONTH_MS)
    told = found(desk, from_ms, to_ms, None if circuit is None else [circuit])
    return Answer(
        paged(
            told,
            lambda one: (one.finding.at_ms, one.finding.circuit, one.finding.metric, one.finding.kind),
            given,
            as_json,
        )
    )
