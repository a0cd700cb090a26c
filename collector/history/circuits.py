"""The circuits of a history: what a contract needs to know of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, ValidationError
from pydantic_core import ErrorDetails

from collector.circuits import UpRule
from collector.history.problems import Complaints
from collector.history.values import charge, text
from collector.sla.calendar import day_start_ms
from collector.sla.rules import EVERY_PROBE, CircuitFacts, Judges
from config.dated import Dated, Fact
from config.errors import SENTENCES, Path, nearest
from config.fields import Day, Money, Zone
from config.model import Model
from config.settings import Active, AtLeast, Bandwidth, JudgedBy, UpWhen

Charge = Annotated[Money, BeforeValidator(charge)]
Name = Annotated[str, BeforeValidator(text)]


class CircuitKeys(Model):
    """The keys of a circuit, as the configuration has them."""

    id: Name
    timezone: Zone | None = None
    monthly_charge: Fact[Charge] = Dated()
    access_charge: Charge | None = None
    port_charge: Charge | None = None
    one_time_charge: Charge | None = None
    active: Active = Field(default_factory=Active)
    due: Day | None = None
    delivered: Day | None = None
    site: Name = ""
    carrier_id: Name = ""
    account: Name = ""
    contract: Fact[Name] = Dated()
    bandwidth: Fact[Bandwidth] = Dated()
    up_when: Fact[UpWhen] = Dated.always("any")
    judged_by: Fact[JudgedBy] = Dated.always(EVERY_PROBE)


@dataclass(frozen=True, slots=True)
class Circuit:
    """A circuit's facts, and those that only a period's start makes one value."""

    facts: CircuitFacts
    has_zone: bool
    contract: Dated[str]
    bandwidth: Dated[Bandwidth]


def read_circuits(document: Mapping[str, Any], complaints: Complaints) -> dict[str, Circuit]:
    """The circuits of `circuit` or `circuits`, by id; those that are refused are complained about."""
    if ("circuit" in document) == ("circuits" in document):
        both = "circuit" in document
        complaints.add(
            ("circuits",) if both else (),
            "`circuit` and `circuits` both stand here: keep one"
            if both
            else "'circuit' is needed: {\"id\": ...}, or `circuits` with a list of them",
        )
        return {}
    given = document.get("circuits", [document.get("circuit")])
    if not isinstance(given, list) or not given:
        complaints.add(("circuits",), "must be a list of circuits, one at least")
        return {}
    found: dict[str, Circuit] = {}
    seen: dict[str, Path] = {}
    for number, one in enumerate(given):
        path: Path = ("circuits", number) if "circuits" in document else ("circuit",)
        circuit = _circuit(one, path, complaints)
        if circuit is None:
            continue
        if circuit.facts.id in seen:
            again = f"circuit {circuit.facts.id!r} stands here a second time"
            complaints.add((*path, "id"), again, seen[circuit.facts.id])
        seen.setdefault(circuit.facts.id, (*path, "id"))
        found.setdefault(circuit.facts.id, circuit)
    return found


def _circuit(given: object, path: Path, complaints: Complaints) -> Circuit | None:
    if not isinstance(given, dict):
        complaints.add(path, 'must be a map such as {"id": "X-1", "monthly_charge": "1500.00 USD"}')
        return None
    try:
        return _facts(CircuitKeys.model_validate(given))
    except ValidationError as error:
        for one in error.errors():
            complaints.add((*path, *one["loc"]), _sentence(one))
        return _nameless(given)


def _nameless(given: dict[str, Any]) -> Circuit | None:
    """A stand-in for a circuit that was refused, so that what belongs to it is looked at all the same."""
    name = given.get("id")
    return Circuit(CircuitFacts(name, "UTC"), True, Dated(), Dated()) if isinstance(name, str) else None


def _facts(keys: CircuitKeys) -> Circuit:
    zone, judged_by = keys.timezone or "UTC", keys.judged_by.since_ever()
    up_when = keys.up_when.since_ever()
    later = [
        Judges(day_start_ms(day, zone), _rule(up_when.at(day)), judged_by.at(day) or EVERY_PROBE)
        for day in sorted(up_when.days | judged_by.days)
    ]
    facts = CircuitFacts(
        id=keys.id,
        timezone=zone,
        up_when=_rule(up_when.entries[0][1]),
        judged_by=judged_by.entries[0][1] or EVERY_PROBE,
        later_judges=tuple(later),
        first_day=keys.active.start,
        last_day=keys.active.until,
        monthly_charge=keys.monthly_charge,
        access_charge=keys.access_charge,
        port_charge=keys.port_charge,
        one_time_charge=keys.one_time_charge,
        due=keys.due,
        delivered=keys.delivered,
        site=keys.site,
        carrier_id=keys.carrier_id,
        account=keys.account,
        bandwidth=next(iter(keys.bandwidth.values), None),
    )
    return Circuit(facts, keys.timezone is not None, keys.contract, keys.bandwidth)


def _rule(one: object) -> UpRule:
    if isinstance(one, AtLeast):
        return one.at_least
    return "all" if one == "all" else "any"


PARTS: Mapping[str, type[BaseModel]] = {"active": Active, "bandwidth": Bandwidth, "judged_by": JudgedBy}
STEP = ("from", "value")


def _sentence(error: ErrorDetails) -> str:
    """What pydantic found, in a sentence of ours."""
    loc = error["loc"]
    if error["type"] == "extra_forbidden":
        return f"unknown key {str(loc[-1])!r}: {nearest(str(loc[-1]), _known(loc))}"
    if error["type"] == "missing":
        return f"{str(loc[-1])!r} is needed"
    if error["type"].startswith("string"):
        return "must be text"
    return SENTENCES.get(error["type"], error["msg"].removeprefix("Value error, "))


def _known(loc: tuple[str | int, ...]) -> list[str]:
    """The keys that stand beside the last one of a path."""
    if len(loc) == 3 and isinstance(loc[1], int):
        return list(STEP)
    model = CircuitKeys if len(loc) == 1 else PARTS.get(str(loc[0]), AtLeast)
    return [field.alias or name for name, field in model.model_fields.items()]
