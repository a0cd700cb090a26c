"""What the daemon knows at this moment: statuses, circuits, what is running out. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from collector.circuits import Status
from collector.claims_open import by_urgency, document
from collector.sla.calendar import local_day
from collector.times import rfc3339
from collector.web.api.endpoint import Answer, Given
from collector.web.api.paging import paged
from collector.web.seen import Seen
from collector.web.sources import CircuitNow, FigureNow
from collector.web.views.view import NotFound
from config.errors import nearest
from config.settings import Circuit

Json = dict[str, Any]


def status(seen: Seen, given: Given) -> Answer:
    """How everything is: counts, what is wrong, outputs, and the claims that are open."""
    statuses = [one.status for one in seen.circuits]
    return Answer(
        {
            "at": rfc3339(seen.now_ms),
            "site": seen.settings.site,
            "ready": not seen.reasons,
            "reasons": list(seen.reasons),
            "made_up": seen.settings.demo is not None,
            "counts": {str(status): statuses.count(status) for status in Status},
            "outputs": [
                {
                    "output": one.name,
                    "state": one.state,
                    "lag": one.lag_rounds,
                    "last_success": _at(one.last_success_ms),
                    "failure": one.failure or None,
                }
                for one in seen.outputs
            ],
            "claims": [document(one) for one in by_urgency(seen.claims, seen.now_ms)],
        }
    )


def circuits(seen: Seen, given: Given) -> Answer:
    """The configured circuits, by id, with how they are; those of other sites without."""
    now = {one.circuit: one for one in seen.circuits}
    figures = _figures(seen.figures)
    found = [
        name
        for name, circuit in seen.settings.circuits.items()
        if _fits(circuit, now.get(name), seen, name, given)
    ]
    return Answer(
        paged(
            found,
            lambda name: (name,),
            given,
            lambda name: _circuit(seen, name, now.get(name), figures.get(name, ())),
        )
    )


def circuit(seen: Seen, given: Given) -> Answer:
    """One of them, with its probes and what their last round said."""
    name = given["circuit"]
    if name not in seen.settings.circuits:
        raise NotFound(f"there is no circuit {name!r}: {nearest(name, seen.settings.circuits)}")
    now = next((one for one in seen.circuits if one.circuit == name), None)
    figures = [one for one in seen.figures if one.circuit == name]
    told = _circuit(seen, name, now, figures)
    return Answer(told | {"probes": list(_probes(seen, name))})


def circuit_now(one: CircuitNow) -> Json:
    """A circuit's status, as the list and the events tell it."""
    return {
        "circuit": one.circuit,
        "status": str(one.status),
        "since": rfc3339(one.since_ms),
        "cause": one.cause or None,
        "provisional": one.provisional,
        "common_cause": one.common_cause,
        "outage_open": one.outage_open,
        "outage_ticketed": one.outage_ticketed,
    }


def figure_now(one: FigureNow) -> Json:
    """An objective of the running period, as far as it is."""
    return {
        "circuit": one.circuit,
        "contract": one.contract,
        "objective": one.objective,
        "metric": one.metric,
        "measured": one.measured,
        "target": one.target,
        "violated": one.violated,
        "budget_remaining_seconds": one.budget_remaining_seconds,
    }


def _fits(circuit: Circuit, now: CircuitNow | None, seen: Seen, name: str, given: Given) -> bool:
    carrier = now.carrier if now else circuit.carrier.at(_today(seen, circuit))
    return (
        given["site"] in (None, circuit.site)
        and given["service"] in (None, circuit.service)
        and given["carrier"] in (None, carrier)
        and given["status"] in (None, str(now.status) if now else None)
    )


def _circuit(seen: Seen, name: str, now: CircuitNow | None, figures: Sequence[FigureNow]) -> Json:
    known = seen.settings.circuits[name]
    today = _today(seen, known)
    told = circuit_now(now) if now else {"circuit": name, "status": None, "since": None, "cause": None}
    return told | {
        "site": known.site,
        "carrier": now.carrier if now else known.carrier.at(today),
        "carrier_id": known.carrier_id,
        "service": known.service,
        "contract": now.contract or None if now else known.contract.at(today),
        "figures": [figure_now(one) for one in figures],
    }


def _today(seen: Seen, circuit: Circuit) -> date:
    return local_day(seen.now_ms, seen.settings.sites[circuit.site].timezone)


def _probes(seen: Seen, name: str) -> Iterator[Json]:
    for probe in seen.settings.circuits[name].probes.values():
        last = seen.rounds.get((name, probe.name))
        answered = [one for one in last.rtts if one is not None] if last else []
        yield {
            "probe": probe.name,
            "kind": probe.kind,
            "target": probe.address,
            "last": last
            and {
                "at": rfc3339(last.at_ms),
                "sent": last.sent,
                "received": last.received,
                "rtt_mean_seconds": sum(answered) / len(answered) / 1e7 if answered else None,
                "reason": str(last.reason),
            },
        }


def _figures(figures: Sequence[FigureNow]) -> dict[str, list[FigureNow]]:
    found: dict[str, list[FigureNow]] = {}
    for one in figures:
        found.setdefault(one.circuit, []).append(one)
    return found


def _at(at_ms: int | None) -> str | None:
    return None if at_ms is None else rfc3339(at_ms)
