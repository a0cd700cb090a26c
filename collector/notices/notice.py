"""A notice: what somebody is to be told of an outage or a breach, with all that he needs to act. Pure.

It is written down as it is told, so that what is sent again says the same.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any


class Event(StrEnum):
    """What a notice tells."""

    OUTAGE_START = "outage_start"
    OUTAGE_END = "outage_end"
    BREACH = "breach"


@dataclass(frozen=True, slots=True)
class About:
    """A circuit, and whom to call about it; empty where the configuration doesn't say."""

    site: str
    timezone: str
    """The site's IANA zone: times are told in it, and in UTC."""
    circuit: str
    carrier: str
    carrier_name: str
    carrier_id: str = ""
    """The carrier's own identifier of the circuit."""
    account: str = ""
    contract: str = ""
    phone: str = ""
    mail: str = ""
    portal: str = ""
    ruled_out: str = ""
    """What shows that a silence was not our own fault, in a sentence."""
    page: str = ""
    """How people reach the page: the base of links."""


@dataclass(frozen=True, slots=True)
class OutageFacts:
    """An outage as far as it is known; times are UTC in ms."""

    start_ms: int
    cause: str
    common_cause: bool = False
    """All circuits of the site were down together while a reference of ours answered."""
    provisional: bool = False
    """By the newest rounds; the stored history, which may correct it, has not come so far yet."""
    end_ms: int | None = None
    down_ms: int | None = None
    """How long it was down from start to end, breaks left out; None while it is."""
    outages: int = 1
    """How many stored outages these were: a circuit that comes and goes is told once."""
    after: str = ""
    """What followed the end."""


@dataclass(frozen=True, slots=True)
class BreachFacts:
    """An objective whose target this period's figure misses."""

    contract: str
    period: str
    objective: str
    target: str
    """As the contract has it."""
    measured: str
    """With its unit."""
    clause: str
    final: bool
    """Whatever comes can't mend it; else the figure is that of the period so far."""

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes it another breach of the same circuit."""
        return self.contract, self.period, self.objective


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell, decided at `at_ms`. `number` is its place in the ledger, 0 before it has one."""

    event: Event
    at_ms: int
    about: About
    facts: OutageFacts | BreachFacts
    test: bool = False
    """Made up, to see whether it arrives."""
    number: int = 0

    def as_json(self) -> dict[str, Any]:
        """Plain values without the number, which is the ledger's."""
        breach = isinstance(self.facts, BreachFacts)
        return {
            "event": str(self.event),
            "at_ms": self.at_ms,
            "test": self.test,
            "about": asdict(self.about),
            "outage": None if breach else asdict(self.facts),
            "breach": asdict(self.facts) if breach else None,
        }

    def to_text(self) -> str:
        """JSON, for the ledger."""
        return json.dumps(self.as_json(), ensure_ascii=False, separators=(",", ":"))


def from_text(text: str, number: int) -> Notice:
    """What `to_text` gave; keys that a later version added are left out."""
    plain = json.loads(text)
    breach, outage = plain["breach"], plain["outage"]
    facts = (
        BreachFacts(**_known(BreachFacts, breach)) if breach else OutageFacts(**_known(OutageFacts, outage))
    )
    return Notice(
        event=Event(plain["event"]),
        at_ms=plain["at_ms"],
        about=About(**_known(About, plain["about"])),
        facts=facts,
        test=plain["test"],
        number=number,
    )


def _known(kind: type[About | OutageFacts | BreachFacts], plain: dict[str, Any]) -> dict[str, Any]:
    names = {field.name for field in fields(kind)}
    return {name: value for name, value in plain.items() if name in names}
