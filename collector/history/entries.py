"""The lists of a history but for its rounds: which keys an entry has, and what it becomes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from collector.circuits import Status
from collector.history.problems import Complaints
from collector.history.values import (
    Read,
    credit,
    flag,
    moment,
    period,
    ratio,
    shown,
    text,
    word,
)
from collector.sla.calendar import rfc3339
from collector.sla.evidence import EMERGENCY, MAINTENANCE, EarlierPeriod, Excuse, Hold, Load, Ticket
from collector.sla.timeline import Stretch
from config.errors import Path, nearest

CAUSE = "cause:"
"""A stretch of a history carries its cause as a tag that begins so."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one kind of entry, each with its reader; `needed` ones may not be left out."""

    needed: Mapping[str, Read]
    free: Mapping[str, Read]

    @property
    def all(self) -> dict[str, Read]:
        """Every key, the needed ones first."""
        return {**self.needed, **self.free}


_SPAN: dict[str, Read] = {"from": moment, "to": moment}
_STATE = word("claimed", "accepted", "disputed")
INTERVAL = Keys({**_SPAN, "status": word("up", "down", "unknown")}, {"cause": text, "circuit": text})
WORK = Keys(_SPAN, {"announced": moment, "kind": text, "state": _STATE, "circuit": text})
EXCLUSION = Keys({**_SPAN, "kind": text}, {"announced": moment, "state": _STATE, "circuit": text})
HOLD = Keys({**_SPAN, "reason": text}, {})
_MOMENTS = ("closed", "reported", "acknowledged", "notified", "repair_started", "outage")
TICKET = Keys(
    {"id": text, "opened": moment},
    {**dict.fromkeys(_MOMENTS, moment), "dispatched": flag, "holds": lambda holds: holds, "circuit": text},
)
SAMPLE = Keys(
    {"at": moment},
    {"probe": text, "direction": word("receive", "transmit"), "utilisation": ratio, "throughput": ratio}
    | {"circuit": text},
)
VERDICT = Keys({"verdict": word("met", "breached", "insufficient_data")}, {})
PREVIOUS = Keys({"period": period}, {"credit": credit, "circuit": text})

Values = dict[str, Any]
Entry = tuple[Path, Values]


def entries(document: Mapping[str, Any], name: str, keys: Keys, complaints: Complaints) -> Iterator[Entry]:
    """The good entries of a list, each with its path; a key that is null is left out."""
    for number, given in enumerate(listed(document.get(name), (name,), complaints)):
        path: Path = (name, number)
        if (values := entry(given, path, keys, complaints)) is not None:
            yield path, values


def listed(given: object, path: Path, complaints: Complaints) -> list[Any]:
    """A list, or nothing where it was left out."""
    if given is None or isinstance(given, list):
        return given or []
    complaints.add(path, f"must be a list, not {shown(given)}")
    return []


def entry(given: object, path: Path, keys: Keys, complaints: Complaints) -> Values | None:
    """The values of one map; None, and complaints, where any is refused."""
    if not isinstance(given, dict):
        wanted = f"{'keys' if len(keys.all) > 1 else 'key'} {', '.join(keys.all)}"
        complaints.add(path, f"must be a map with the {wanted}, not {shown(given)}")
        return None
    known, values, good = keys.all, Values(), True
    for key, value in given.items():
        if key not in known:
            complaints.add((*path, key), f"unknown key {key!r}: {nearest(key, known)}")
            good = False
        elif value is not None:
            try:
                values[key] = known[key](value)
            except ValueError as error:
                complaints.add((*path, key), str(error))
                good = False
    for key in keys.needed:
        if given.get(key) is None:
            complaints.add((*path, key), f"{key!r} is needed")
            good = False
    return values if good and _in_order(path, values, complaints) else None


def _in_order(path: Path, values: Values, complaints: Complaints) -> bool:
    """A span must last; a ticket may be closed at once, and not before it was opened."""
    if "from" in values and "to" in values and values["to"] <= values["from"]:
        how = "when" if values["to"] == values["from"] else "before"
        complaints.add((*path, "to"), f"ends {how} it begins, at {rfc3339(values['from'])}")
        return False
    if "opened" in values and values.get("closed", values["opened"]) < values["opened"]:
        complaints.add((*path, "closed"), f"is closed before it was opened, at {rfc3339(values['opened'])}")
        return False
    return True


def stretch(values: Values) -> Stretch:
    """An interval of one status."""
    tags = frozenset({CAUSE + values["cause"]}) if "cause" in values else frozenset[str]()
    return Stretch(values["from"], values["to"], Status(values["status"]), tags)


def maintenance(values: Values) -> Excuse:
    """Work; it is judged by the key of its kind."""
    kind = values.get("kind", "scheduled")
    return excuse({**values, "kind": {"scheduled": MAINTENANCE, "emergency": EMERGENCY}.get(kind, kind)})


def excuse(values: Values) -> Excuse:
    """Any other time that should not count."""
    return Excuse(
        values["from"],
        values["to"],
        values["kind"],
        values.get("announced"),
        values.get("state", "accepted"),
    )


def ticket(path: Path, values: Values, complaints: Complaints) -> Ticket:
    """A ticket with its holds."""
    holds = []
    for number, given in enumerate(listed(values.get("holds"), (*path, "holds"), complaints)):
        if one := entry(given, (*path, "holds", number), HOLD, complaints):
            holds.append(Hold(one["from"], one["to"], one["reason"]))
    moments = {f"{name}_ms": values.get(name) for name in _MOMENTS}
    dispatched = values.get("dispatched", False)
    return Ticket(values["id"], values["opened"], **moments, dispatched=dispatched, holds=tuple(holds))


def load(path: Path, values: Values, complaints: Complaints) -> Load:
    """A sample of how full the circuit was."""
    if "utilisation" not in values and "throughput" not in values:
        complaints.add(path, "measures nothing: 'utilisation' or 'throughput' is needed")
    return Load(
        values["at"],
        values.get("probe", ""),
        values.get("direction", ""),
        values.get("utilisation"),
        values.get("throughput"),
    )


def earlier_periods(document: Mapping[str, Any], complaints: Complaints) -> Iterator[tuple[Path, Values]]:
    """What earlier statements said: a verdict for each key that is an objective's, under `verdicts`."""
    for number, given in enumerate(listed(document.get("previous"), ("previous",), complaints)):
        path: Path = ("previous", number)
        if not isinstance(given, dict):
            complaints.add(path, f'must be a map such as {{"period": "2026-03"}}, not {shown(given)}')
            continue
        plain = {key: value for key, value in given.items() if key in PREVIOUS.all}
        said = {
            name: entry(_verdict_alone(one), (*path, name), VERDICT, complaints)
            for name, one in given.items()
            if name not in plain
        }
        if (values := entry(plain, path, PREVIOUS, complaints)) is not None:
            yield path, {**values, "verdicts": {name: one["verdict"] for name, one in said.items() if one}}


def _verdict_alone(said: object) -> object:
    """An objective as a statement tells it may be pasted whole: its verdict is all that is asked."""
    return {"verdict": said["verdict"]} if isinstance(said, dict) and "verdict" in said else said


def earlier(values: Values) -> EarlierPeriod:
    """What one of them said."""
    return EarlierPeriod(values["period"], values["verdicts"], values.get("credit"))
