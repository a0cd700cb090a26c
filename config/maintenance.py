"""Planned windows as a configuration gives them: when, what kind of work, and which circuits it concerns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from config.fields import slug
from config.model import Model
from config.terms import problem

if TYPE_CHECKING:
    from config.settings import Circuit

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOMENT = r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)(Z|[+-]\d{2}:\d{2}|)"
_EXAMPLES = ["2026-05-03T02:00:00Z", "2026-05-03 02:00"]
_WHAT = "2026-05-03T02:00:00Z, 2026-05-03T02:00:00+01:00, or 2026-05-03 02:00 by the clock of the site"
_KEYS = {"scheduled": "maintenance", "emergency": "emergency_maintenance"}
"""A kind's key under a contract's `exclude`, where it is another word."""


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant: with its offset from UTC, or by the clock on the wall of a circuit's site.

    A time that the clocks skip is the one by the offset before; one that comes twice is the first.
    """

    at: datetime
    text: str

    @classmethod
    def parse(cls, value: object) -> Moment:
        """Read an RFC 3339 time, or `2026-05-03 02:00`; raises ValueError."""
        if isinstance(value, Moment):
            return value
        text = str(value).strip()
        if not re.fullmatch(_MOMENT, text):
            raise ValueError(f"{text!r} is not a time such as {_WHAT}")
        try:
            return cls(datetime.fromisoformat(text), text)
        except ValueError as error:
            raise ValueError(f"{text!r} is no time that there is: {error}") from error

    @property
    def is_local(self) -> bool:
        """Whether a zone must say which instant it is."""
        return self.at.tzinfo is None

    def ms(self, zone: str) -> int:
        """The instant as UTC milliseconds, for a site in an IANA zone."""
        at = self.at.replace(tzinfo=ZoneInfo(zone)) if self.is_local else self.at
        return (at - _EPOCH) // timedelta(milliseconds=1)

    def __str__(self) -> str:
        return self.text


Time = Annotated[
    Moment,
    BeforeValidator(Moment.parse),
    PlainSerializer(str),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": f"^{_MOMENT}$",
            "examples": _EXAMPLES,
        }
    ),
]


class MaintenanceWindow(Model):
    """Work that was announced, or any other time that a contract may exclude.

    Times are RFC 3339 with an offset, or `2026-05-03 02:00` by the clock of each circuit's site. Of
    `circuits`, `sites` and `carriers` each narrows it further; with none of them it concerns all.
    """

    start: Time = Field(alias="from", description="when it begins")
    end: Time = Field(alias="to", description="when it ends")
    announced: Time | None = Field(None, description="when it was told; a contract may ask for notice")
    kind: Annotated[str, AfterValidator(slug)] = Field(
        "scheduled",
        description="scheduled (a contract's exclude.maintenance judges it), emergency "
        "(exclude.emergency_maintenance), or another key of `exclude`",
    )
    state: Literal["claimed", "accepted", "disputed"] = Field(
        "accepted", description="claimed | accepted | disputed: whether it may be excluded"
    )
    circuits: tuple[str, ...] | None = Field(None, min_length=1, description="keys of `circuits`")
    sites: tuple[str, ...] | None = Field(None, min_length=1, description="keys of `sites`")
    carriers: tuple[str, ...] | None = Field(None, min_length=1, description="keys of `carriers`")
    reason: str | None = Field(None, description="what is done, or the carrier's reference")

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.start.is_local is not self.end.is_local:
            text = f"{self.end}: write it as `from` is written, both with an offset or both without"
            raise problem(self, (("to",), text))
        if self.end.at <= self.start.at:
            raise problem(self, (("to",), f"{self.end} is not after {self.start}, when it begins"))
        return self

    @property
    def exclude_key(self) -> str:
        """The key under a contract's `exclude` that judges it."""
        return _KEYS.get(self.kind, self.kind)

    def span_ms(self, zone: str) -> tuple[int, int]:
        """Begin and end as UTC milliseconds, for a circuit whose site is in an IANA zone."""
        return self.start.ms(zone), self.end.ms(zone)

    def announced_ms(self, zone: str) -> int | None:
        """When it was announced, as UTC milliseconds; None: never, as far as is known."""
        return None if self.announced is None else self.announced.ms(zone)

    def concerns(self, name: str, circuit: Circuit) -> bool:
        """Whether it is about a circuit, as its facts stand on the day on which this begins."""
        day: date = self.start.at.date()
        return (
            (self.circuits is None or name in self.circuits)
            and (self.sites is None or circuit.site in self.sites)
            and (self.carriers is None or circuit.on(day).carrier in self.carriers)
        )
