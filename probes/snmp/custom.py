"""Values that a configuration asks for by number: gauges, counters and texts. Pure."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

from probes.model import Failure, Reason
from probes.shown import clean
from probes.snmp.ber import UNSIGNED, Oid, Tag, Value
from probes.snmp.interfaces import text_of
from probes.snmp.message import is_missing
from probes.snmp.options import OidOption, parse_oid

_FLOAT = {b"\x9f\x78\x04": struct.Struct(">f"), b"\x9f\x79\x08": struct.Struct(">d")}
"""How a float hides in an Opaque (NET-SNMP-TC: the tags 0x9f78 and 0x9f79 with their lengths)."""
_COUNTERS = (Tag.COUNTER32, Tag.COUNTER64)
_LONGEST_TEXT = 255


@dataclass(slots=True)
class Custom:
    """What an answer says of the values that were asked for by number."""

    samples: dict[str, int | float | str] = field(default_factory=dict)
    """Sample name -> value, of gauges and texts."""
    counters: dict[str, int] = field(default_factory=dict)
    """Sample name -> counter, whose total is still to be followed."""
    narrow: list[str] = field(default_factory=list)
    """Those of `counters` that have 32 bits."""
    missing: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def failure(self) -> Failure | None:
        """What keeps it from being wholly good."""
        if self.missing:
            return Failure(Reason.MISMATCH, f"not at the agent: {', '.join(self.missing)}")
        return Failure(Reason.PROTOCOL, "; ".join(self.wrong)) if self.wrong else None


def read_custom(oids: Mapping[str, OidOption], values: Mapping[Oid, Value]) -> Custom:
    """Each value by its type; a number may also come as text, as many sensors' do."""
    found = Custom()
    for name, option in oids.items():
        value = values.get(parse_oid(option.oid))
        sample = option.type + ":" + name + (f":{option.unit}" if option.type != "text" else "")
        if value is None or is_missing(value):
            found.missing.append(f"{name} ({option.oid})")
        elif option.type == "counter" and value.tag in _COUNTERS and isinstance(value.content, int):
            found.counters[sample] = value.content
            found.narrow += [sample] * (value.tag == Tag.COUNTER32)
        elif option.type == "text" and (text := _text(value)) is not None:
            found.samples[sample] = clean(text, _LONGEST_TEXT)
        elif option.type == "gauge" and (number := _number(value)) is not None:
            found.samples[sample] = number if option.scale == 1.0 else number * option.scale
        else:
            found.wrong.append(f"{name} ({option.oid}) is no {option.type} but of type 0x{value.tag:02x}")
    return found


def _number(value: Value) -> int | float | None:
    if isinstance(value.content, int) and (value.tag == Tag.INTEGER or value.tag in UNSIGNED):
        return value.content
    if not isinstance(value.content, bytes):
        return None
    if value.tag == Tag.OPAQUE:
        form = _FLOAT.get(value.content[:3])
        number = (
            form.unpack(value.content[3:])[0] if form and len(value.content) == 3 + form.size else math.nan
        )
    else:
        try:
            number = float(value.content)
        except ValueError:
            return None
    return number if math.isfinite(number) else None


def _text(value: Value) -> str | None:
    if value.tag == Tag.OCTETS:
        return text_of(value)
    if isinstance(value.content, tuple):
        return ".".join(map(str, value.content))
    return str(value.content) if isinstance(value.content, int) else None
