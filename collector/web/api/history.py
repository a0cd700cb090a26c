"""What was measured: curves, raw rounds, outages."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, pairwise
from typing import Any

from collector.clerk import Desk
from collector.csv_export import UNITS_A_SECOND
from collector.curves.bands import bands
from collector.curves.load import utilisation
from collector.curves.rtt import rtt
from collector.curves.shown import as_json, bands_as_json, usual_as_json
from collector.curves.status import availability
from collector.curves.usual import usual
from collector.ledger.model import HOUR_MS, Outage, Series
from collector.ledger.rounds import REASONS, Rounds
from collector.performance.nightly.anomalies import anomalies
from collector.performance.nightly.anomalies import as_json as anomaly_json
from collector.times import rfc3339
from collector.web.api.asking import known, known_circuit, period, stretch
from collector.web.api.endpoint import Answer, BadParameter, Given
from collector.web.api.paging import cursor_of, paged

Json = dict[str, Any]
AXIS = ("circuit", "probe", "from", "to", "step_seconds", "source", "at")
OF_RTT = {"loss": ("ratio", ("loss", "sent", "received")), "jitter": ("seconds", ("jitter", "jitter_exact"))}
"""Metrics that are part of the RTT's curve: their unit and columns."""


def series(desk: Desk, given: Given) -> Answer:
    """A curve of one circuit, in about so many points."""
    circuit = known_circuit(desk.settings, given["circuit"])
    from_ms, to_ms = stretch(given, desk.now.wall_ms)
    metric, points, probe = given["metric"], given["points"], given["probe"]
    where = (desk.reader, desk.settings, circuit, from_ms, to_ms)
    try:
        if metric == "availability":
            return Answer(as_json(availability(*where, desk.now.wall_ms, points)))
        if metric == "utilisation":
            return Answer(as_json(utilisation(*where, points, probe)))
        curve = rtt(*where, points, probe)
        told = as_json(curve)
        if metric == "rtt":  # what a chart shows beside it
            told["bands"] = bands_as_json(bands(*where, desk.now.wall_ms))
            told["usual"] = usual_as_json(usual(desk.reader, desk.settings, curve))
            told["anomalies"] = [anomaly_json(one) for one in anomalies(desk, from_ms, to_ms, [circuit])]
        return Answer(_part(told, metric))
    except LookupError as error:
        raise BadParameter.one("probe", str(error.args[0]) if error.args else "is unknown") from None


def _part(told: Json, metric: str) -> Json:
    if metric not in OF_RTT:
        return told
    unit, columns = OF_RTT[metric]
    return {
        **{key: told[key] for key in AXIS},
        "metric": metric,
        "unit": unit,
        **{key: told[key] for key in columns},
    }


def rounds(desk: Desk, given: Given) -> Answer:
    """Raw rounds of a circuit in order of (time, series), exactly as they were kept."""
    circuit = known_circuit(desk.settings, given["circuit"])
    from_ms, to_ms = stretch(given, desk.now.wall_ms)
    after = _after(given["cursor"])
    kept = {one.id: one for one in desk.reader.series(circuit=circuit)}
    limit = given["limit"]
    rows = (row for row in _rows(desk, kept, max(from_ms, after[0]), to_ms) if row[0] > after)
    found = list(islice(rows, limit + 1))
    more = len(found) > limit
    return Answer(
        {
            "items": [told for _, told in found[:limit]],
            "next": cursor_of(found[limit - 1][0]) if more else None,
        }
    )


def _after(cursor: tuple[int | str, ...] | None) -> tuple[int, int]:
    if cursor is None:
        return (0, -1)
    if len(cursor) != 2 or not all(isinstance(one, int) for one in cursor):
        raise BadParameter.one("cursor", "is of another list")
    return int(cursor[0]), int(cursor[1])


def _rows(
    desk: Desk, kept: dict[int, Series], from_ms: int, to_ms: int
) -> Iterator[tuple[tuple[int, int], Json]]:
    """((at, series), row) hour by hour."""
    for hour in desk.reader.hours(from_ms, to_ms):
        begin, end = max(from_ms, hour * HOUR_MS), min(to_ms, (hour + 1) * HOUR_MS)
        found = desk.reader.rounds(list(kept), begin, end)
        rows = [row for number, some in found.items() for row in _shown(kept[number], some)]
        yield from sorted(rows, key=lambda row: row[0])


def _shown(series: Series, rounds: Rounds) -> Iterator[tuple[tuple[int, int], Json]]:
    key = series.key
    where = {
        "circuit": key.circuit,
        "carrier": key.carrier,
        "site": key.site,
        "probe": key.probe,
        "kind": key.kind,
    }
    columns = (rounds.at_ms, rounds.sent, rounds.received, rounds.reason)
    for at_ms, sent, received, reason, rtts, detail in zip(
        *(one.tolist() for one in columns), _places(rounds), rounds.detail, strict=True
    ):
        yield (
            (at_ms, series.id),
            {
                "at": rfc3339(at_ms),
                **where,
                "every_seconds": key.every_ms / 1000,
                "sent": sent,
                "received": received,
                "rtt_seconds": rtts,
                "reason": str(REASONS[reason]),
                "detail": detail or None,
            },
        )


def _places(rounds: Rounds) -> Iterator[list[float | None]]:
    """Each round's packets in sending order, null for a loss; none where only the counts are known."""
    times = iter((rounds.rtts / UNITS_A_SECOND).tolist())
    answered = rounds.answered.tolist()
    for begin, end in pairwise(rounds.first.tolist()):
        yield [next(times) if came else None for came in answered[begin:end]]


def outages(desk: Desk, given: Given) -> Answer:
    """Outages by the operational rule that touch a period, the earliest first."""
    wanted = period(desk.settings, given, desk.now.wall_ms)
    circuit = known(given, "circuit", desk.settings.circuits)
    carrier = known(given, "carrier", desk.settings.carriers)
    site = known(given, "site", desk.settings.sites)
    found = desk.reader.outages(circuit=circuit, from_ms=wanted.start_ms, to_ms=wanted.end_ms)
    fitting = [one for one in found if carrier in (None, one.carrier) and site in (None, one.site)]
    return Answer(paged(fitting, lambda one: (one.start_ms, one.circuit), given, _outage))


def _outage(one: Outage) -> Json:
    return {
        "circuit": one.circuit,
        "carrier": one.carrier,
        "site": one.site,
        "from": rfc3339(one.start_ms),
        "to": None if one.end_ms is None else rfc3339(one.end_ms),
        "seconds": None if one.end_ms is None else (one.end_ms - one.start_ms) / 1000,
        "cause": one.cause,
        "common_cause": one.common_cause,
    }
