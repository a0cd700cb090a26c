"""Notes as a person reads them: one line each, by circuit and kind."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from collector.agreed import carriers_of
from collector.notebook.bodies import KINDS, ExcludeBody, FeedbackBody, MaintenanceBody
from collector.notebook.body import Body
from collector.notebook.book import Notebook, Written, concerns
from collector.notebook.management import ActionBody, GoalBody
from collector.notebook.words import sayable
from collector.sla.calendar import rfc3339
from config.errors import nearest
from config.settings import Settings


def listed(settings: Settings, book: Notebook, circuit: str | None, kind: str | None) -> list[dict[str, Any]]:
    """Notes as JSON, in the order in which they were written.

    Raises ValueError for a kind or a circuit that there isn't.
    """
    if kind is not None and kind not in KINDS:
        raise ValueError(f"there is no kind {kind!r} of notes: {nearest(kind, KINDS)}")
    if circuit is not None and circuit not in settings.circuits:
        known = nearest(circuit, settings.circuits)
        raise ValueError(f"the configuration has no circuit {circuit!r}: {known}")
    return [
        {
            "note": one.note.id,
            "at": rfc3339(one.note.at_ms),
            "author": one.note.author,
            "kind": one.note.kind,
            "body": _content(one),
            "withdraws": one.note.withdraws,
            "withdrawn_by": one.withdrawn_by,
            "says": says(one.body) if one.body else "can't be read by this version",
        }
        for one in book.written
        if kind in (None, one.note.kind)
        and (circuit is None or concerns_circuit(settings, book, one, circuit))
    ]


def _content(one: Written) -> Any:  # noqa: ANN401 - JSON
    """A body as JSON; as it stands in the ledger where it is none, as in a damaged row."""
    try:
        return json.loads(one.note.body)
    except (ValueError, TypeError, RecursionError):
        return str(one.note.body)


def concerns_circuit(settings: Settings, book: Notebook, one: Written, name: str) -> bool:
    """Whether a note concerns a circuit; one that withdraws does where what it withdraws does."""
    if one.note.kind == "withdraw":
        return any(
            other.note.id == one.note.withdraws and concerns_circuit(settings, book, other, name)
            for other in book.written
        )
    body, circuit = one.body, settings.circuits[name]
    if isinstance(body, MaintenanceBody | ExcludeBody):
        zone = settings.sites[circuit.site].timezone
        return concerns(body, name, circuit.site, tuple(carriers_of(circuit, zone)))
    if one.note.kind == "ticket" and not getattr(body, "circuits", ()):
        known = book.tickets.get((getattr(body, "carrier", None) or "", getattr(body, "id", "")))
        return known is not None and name in known.circuits
    if one.note.kind == "credit":
        return bool(getattr(body, "carrier_id", None) == circuit.carrier_id)
    if isinstance(body, FeedbackBody):
        return body.circuit == name if body.circuit else body.site == circuit.site
    if isinstance(body, GoalBody | ActionBody):
        return name in _about(book, one, body)
    return name in getattr(body, "circuits", ())


def _about(book: Notebook, one: Written, body: GoalBody | ActionBody) -> tuple[str, ...]:
    """The circuits of a goal or an action: a later note of it names them or leaves them as they are."""
    known = (book.goals if isinstance(body, GoalBody) else book.actions).get(body.of or one.note.id)
    return known.said.circuits if known else body.circuits


def says(body: Body) -> str:
    """A note in one line, whatever lines its texts have: what it gives, and why."""
    told = json.loads(body.as_text())
    why = told.pop("reason", None)
    given = (f"{name} {_shown(value)}" for name, value in _ordered(told) if value not in (None, [], {}, ""))
    line = ", ".join(given) + (f": {why}" if why else "")
    return sayable(line, len(line))


def _ordered(told: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    first = (
        "id",
        "carrier",
        "circuits",
        "sites",
        "site",
        "period",
        "kind",
        "state",
        "from",
        "to",
        "opened",
        "closed",
    )
    yield from ((name, told[name]) for name in first if name in told)
    yield from ((name, value) for name, value in told.items() if name not in first)


def _shown(value: object) -> str:
    if isinstance(value, list):
        return " and ".join(_shown(one) for one in value)
    if isinstance(value, dict):
        return " ".join(f"{name} {_shown(one)}" for name, one in value.items())
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
