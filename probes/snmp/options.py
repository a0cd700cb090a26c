"""What an `snmp` probe takes: who asks, which interface, which values beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from probes.model import ProbeOptions
from probes.snmp.ber import MOST_ARCS, Oid
from probes.snmp.credentials import Credentials
from probes.values import Duration

_OID = re.compile(r"\.?[0-2](\.(0|[1-9][0-9]{0,9})){1,127}")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_UNIT = re.compile(r"[A-Za-z0-9_%/°.-]{0,16}")
_MOST_OIDS = 64


class OidOption(BaseModel):
    """One value that is asked for by its number."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    oid: str = Field(description="its number with the instance, such as 1.3.6.1.4.1.2021.10.1.5.1")
    type: Literal["gauge", "counter", "text"] = Field(description="what its changes mean")
    unit: str = Field("", description="its unit, such as celsius or bytes")
    scale: float = Field(1.0, gt=0, description="what a gauge is multiplied by, such as 0.1")

    @field_validator("oid")
    @classmethod
    def _is_an_oid(cls, text: str) -> str:
        if not _OID.fullmatch(text):
            raise ValueError(f"{text!r} is not an OID in numbers, such as 1.3.6.1.2.1.1.5.0")
        arcs = parse_oid(text)
        if max(arcs) >= 2**32 or len(arcs) > MOST_ARCS or (arcs[0] < 2 and arcs[1] > 39):
            raise ValueError(f"{text!r} is not an OID: an arc is too large")
        return text.removeprefix(".")

    @field_validator("unit")
    @classmethod
    def _is_a_unit(cls, text: str) -> str:
        if not _UNIT.fullmatch(text):
            raise ValueError(f"{text!r} is not a unit: up to 16 letters, digits and _ % / . -")
        return text

    @model_validator(mode="after")
    def _scales_a_gauge(self) -> Self:
        if self.scale != 1.0 and self.type != "gauge":
            raise ValueError(f"scale is a gauge's, not a {self.type}'s")
        return self


class SnmpOptions(ProbeOptions):
    """What an `snmp` probe takes."""

    every: Duration = Field(Duration(60_000), description="one poll in this time")
    timeout: Duration = Field(Duration(5_000), description="how long a poll may take")
    credentials: Credentials = Field(description="who asks: a name in `credentials`")
    interface: str | None = Field(
        None, min_length=1, max_length=255, description="its ifName, ifDescr or ifAlias, exactly"
    )
    oids: Mapping[str, OidOption] = Field({}, description="other values: name to {oid, type, unit, scale}")

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if self.interface is None and not self.oids:
            raise ValueError("needs an interface, or oids")
        if len(self.oids) > _MOST_OIDS:
            raise ValueError(f"{len(self.oids)} oids: at most {_MOST_OIDS} in one probe")
        for name in self.oids:
            if not _NAME.fullmatch(name):
                raise ValueError(f"{name!r} is not a name for a value: small letters, digits and _")
        return self


def parse_oid(text: str) -> Oid:
    """`1.3.6.1.2.1.1.3.0`, with or without a dot before it, arc by arc."""
    return tuple(map(int, text.removeprefix(".").split(".")))
