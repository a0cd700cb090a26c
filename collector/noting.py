"""A note on its way from the page or the API into the ledger: read, held against what is known, written.

`read_note` runs in the clerk's process, where it may read the whole book of claims; `writing` gives the
job that the ledger's writer runs. Of what is written between the two, only a repeat matters, and that
is looked for again when it is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from collector.claiming.refusal import check_move
from collector.clerk import Desk
from collector.ledger.notes import NoteError, Recorded, record, withdraw
from collector.notebook.bodies import KINDS, ClaimBody, FeedbackBody, WithdrawBody, made
from collector.notebook.body import Body
from collector.notebook.book import Notebook
from collector.notebook.management import ActionBody, DismissBody, GoalBody, ReviewBody
from collector.notebook.naming import carrier_of, check_key, check_known, check_metric, check_period, zone_of
from collector.notebook.words import spoken_moment
from collector.sla.calendar import local_day, rfc3339
from config.errors import nearest

MOMENTS = frozenset(
    {"opened", "closed", "reported", "acknowledged", "notified", "repair_started", "outage"}
    | {"from", "to", "announced", "at", "held", "done"}
)
"""The fields that hold a time, as a person may write it: `now`, RFC 3339, or on the site's clocks."""
_MANAGED = frozenset({GoalBody.KIND, ActionBody.KIND, ReviewBody.KIND})
_HAPPENED: Mapping[type[Body], str] = {FeedbackBody: "at", ReviewBody: "held", ActionBody: "done"}


@dataclass(frozen=True, slots=True)
class Given:
    """A note as it came in; `values` by the names of its body's fields, `kind` apart.

    The word under which a contract excuses time is `excuse` here, and emergency work has `emergency`:
    the body's own field for these is called `kind` too.
    """

    kind: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ready:
    """A note that may be written."""

    body: Body
    replaces: int | None = None
    """The note that is taken back with it; for a withdrawal, the one that it is about."""


def read_note(desk: Desk, given: Given) -> Ready:
    """What was given as a note; raises ValueError with every problem of it in sentences."""
    if given.kind not in KINDS:
        raise ValueError(f"there is no kind {given.kind!r} of notes: {nearest(given.kind, KINDS)}")
    values = dict(given.values)
    replaces = _number(values, "note" if given.kind == WithdrawBody.KIND else "replaces")
    if given.kind == WithdrawBody.KIND and replaces is None:
        raise ValueError("note: the number of the note that is to be taken back is missing")
    circuits, sites, carriers = _names(values, "circuit"), _names(values, "site"), _names(values, "carrier")
    check_known(desk.settings, circuits=circuits, sites=sites, carriers=carriers)
    if given.kind == "ticket":
        _complete_ticket(desk, values, circuits)
    if "excuse" in values:
        values["kind"] = values.pop("excuse")
    if values.pop("emergency", False):
        values["kind"] = "emergency"
    if given.kind == "feedback":
        _check_feedback(desk, values)
    zone = zone_of(desk.settings, circuits, sites)
    if given.kind in _MANAGED:
        zone = _complete_managed(desk, given.kind, values) or zone
    body = _made(given.kind, _timed(given.kind, values, desk, zone))
    _check_past(body, desk.now.wall_ms)
    _check_managed(desk, body)
    if isinstance(body, ClaimBody):
        check_move(desk.settings, desk.reader, body, now_ms=desk.now.wall_ms, replaces=replaces)
    return Ready(body, replaces)


def _made(kind: str, values: Mapping[str, Any]) -> Body:
    """The body; what is wrong of it is told in the words that were asked for."""
    try:
        return made(kind, values)
    except ValueError as error:
        told = str(error).replace("kind:", "excuse:") if kind == "exclude" else str(error)
        raise ValueError(told) from None


def writing(ready: Ready, *, at_ms: int, author: str) -> Callable[[Any], Recorded]:
    """The job that writes a note, for `Ledger.write`; it raises NoteError."""
    if isinstance(ready.body, WithdrawBody):
        number, reason = ready.replaces or 0, ready.body.reason or ""
        return lambda connection: Recorded(
            withdraw(connection, number, at_ms=at_ms, author=author, reason=reason)
        )
    return lambda connection: record(
        connection, ready.body, at_ms=at_ms, author=author, replaces=ready.replaces
    )


def _complete_managed(desk: Desk, kind: str, values: dict[str, Any]) -> str | None:
    """What a form gives as text; and whose clocks its times are on where no circuit says it: this site's."""
    for name in ("of", "goal"):
        if (number := _number(values, name)) is not None:
            values[name] = number
    present = values.get("present")
    if isinstance(present, str):
        values["present"] = tuple(one.strip() for one in present.split(",") if one.strip())
    if kind == ActionBody.KIND and values.get("state") == "done":
        values.setdefault("done", "now")
    if _names(values, "circuit"):
        return None
    here = desk.settings.sites.get(desk.settings.site)
    return here.timezone if here else None


def _check_managed(desk: Desk, body: Body) -> None:
    """What goals, actions, reviews and dismissals name must be there."""
    if isinstance(body, GoalBody | ActionBody):
        day = local_day(desk.now.wall_ms, "UTC")
        check_metric(desk.settings, body.metric, getattr(body, "target", None), day)
    if isinstance(body, DismissBody | ActionBody):
        check_key(body.key if isinstance(body, DismissBody) else body.recommendation)
    check_period(body.period if isinstance(body, ReviewBody) else None)


def _check_past(body: Body, now_ms: int) -> None:
    """What is told to have happened did not happen tomorrow."""
    name = next((name for of, name in _HAPPENED.items() if isinstance(body, of)), "")
    at_ms = getattr(body, name) if name else None
    if at_ms is not None and at_ms > now_ms:
        raise ValueError(f"{name}: {rfc3339(at_ms)} is yet to come")


def _complete_ticket(desk: Desk, values: dict[str, Any], circuits: Sequence[str]) -> None:
    """What a person at a telephone leaves out: whose ticket it is, and that it was opened just now."""
    number = values.get("id")
    known = [one for one in Notebook(desk.reader.notes("ticket")).tickets.values() if one.said.id == number]
    if not values.get("carrier"):
        owners = {one.carrier for one in known}
        if not circuits and len(owners) > 1:
            raise NoteError(f"{' and '.join(sorted(owners))} have a ticket {number!r}: say whose (`carrier`)")
        values["carrier"] = carrier_of(desk.settings, circuits, desk.now.wall_ms) or next(iter(owners), None)
    if not values.get("opened") and not any(one.carrier == values["carrier"] for one in known):
        values["opened"] = desk.now.wall_ms


def _names(values: Mapping[str, Any], what: str) -> list[str]:
    """The names of one sort, whether the field takes one or several; what is no name, the body refuses."""
    found = [values.get(what), *_listed(values.get(f"{what}s"))]
    return [one for one in found if isinstance(one, str)]


def _listed(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else ()


def _number(values: dict[str, Any], name: str) -> int | None:
    value = values.pop(name, None)
    if value is None:
        return None
    text = str(value)
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise ValueError(f"{name}: {text[:40]!r} is not the number of a note")
    return int(text)


def _timed(kind: str, values: Mapping[str, Any], desk: Desk, zone: str | None) -> dict[str, Any]:
    moments = MOMENTS - {"from"} if kind == "feedback" else MOMENTS  # there it is who says so
    return {
        name: _time(name, value, desk.now.wall_ms, zone) if name in moments else value
        for name, value in values.items()
    }


def _time(name: str, value: object, now_ms: int, zone: str | None) -> object:
    if not isinstance(value, str):
        return value
    try:
        return spoken_moment(value, now_ms, zone)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _check_feedback(desk: Desk, values: dict[str, Any]) -> None:
    """A form's number is text; the circuit is one of the site's."""
    score, circuit, site = values.get("score"), values.get("circuit"), values.get("site")
    if isinstance(score, str) and score.isascii() and score.isdecimal() and len(score) < 3:
        values["score"] = int(score)
    if isinstance(circuit, str) and (stands := desk.settings.circuits[circuit].site) != site:
        raise ValueError(f"circuit: {circuit} is at {stands}, not at {site}")
