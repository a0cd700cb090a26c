"""Interfaces by name: the tables of IF-MIB (RFC 2863) and what a poll asks of one row. Pure.

A name is looked for in ifName, then in ifDescr, then in ifAlias, exactly as it is written; the first
column that has it decides, and a name that stands twice there is nobody's. An ifIndex is believed for
as long as the same name stands at it: each poll asks for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import takewhile

from probes.model import Failure, Reason
from probes.shown import quoted
from probes.snmp.ber import Oid, Tag, Value
from probes.snmp.message import is_missing

SYS_UPTIME: Oid = (1, 3, 6, 1, 2, 1, 1, 3, 0)
_IF_ENTRY: Oid = (1, 3, 6, 1, 2, 1, 2, 2, 1)
_IF_X_ENTRY: Oid = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1)
NAMES: Mapping[str, Oid] = {
    "ifName": (*_IF_X_ENTRY, 1),
    "ifDescr": (*_IF_ENTRY, 2),
    "ifAlias": (*_IF_X_ENTRY, 18),
}
"""The columns that a name is looked for in, in this order."""
COLUMNS: Mapping[str, Oid] = {
    "ifHCInOctets": (*_IF_X_ENTRY, 6),
    "ifHCOutOctets": (*_IF_X_ENTRY, 10),
    "ifInOctets": (*_IF_ENTRY, 10),
    "ifOutOctets": (*_IF_ENTRY, 16),
    "ifInErrors": (*_IF_ENTRY, 14),
    "ifOutErrors": (*_IF_ENTRY, 20),
    "ifInDiscards": (*_IF_ENTRY, 13),
    "ifOutDiscards": (*_IF_ENTRY, 19),
    "ifSpeed": (*_IF_ENTRY, 5),
    "ifHighSpeed": (*_IF_X_ENTRY, 15),
    "ifAdminStatus": (*_IF_ENTRY, 7),
    "ifOperStatus": (*_IF_ENTRY, 8),
    "ifCounterDiscontinuityTime": (*_IF_X_ENTRY, 19),
}
"""What a poll asks of a row, beside its name."""
_TYPES = {
    "ifHCInOctets": Tag.COUNTER64,
    "ifHCOutOctets": Tag.COUNTER64,
    "ifSpeed": Tag.GAUGE32,
    "ifHighSpeed": Tag.GAUGE32,
    "ifAdminStatus": Tag.INTEGER,
    "ifOperStatus": Tag.INTEGER,
    "ifCounterDiscontinuityTime": Tag.TIMETICKS,
}
"""The columns' types; the others are Counter32."""
_OCTETS = {
    "receive_bytes": ("ifHCInOctets", "ifInOctets"),
    "transmit_bytes": ("ifHCOutOctets", "ifOutOctets"),
}
_PACKETS = {
    "receive_errors": "ifInErrors",
    "transmit_errors": "ifOutErrors",
    "receive_discards": "ifInDiscards",
    "transmit_discards": "ifOutDiscards",
}
_SPEED_BEYOND = 2**32 - 1
"""What ifSpeed says of a line that is faster than it can say (RFC 2863)."""
_MOST_COMPARED = 2_000
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Place:
    """Where an interface stands: which column named it, and its ifIndex."""

    column: str
    index: int


@dataclass(frozen=True, slots=True)
class Table:
    """The names of an agent's interfaces: column -> ifIndex -> name."""

    names: Mapping[str, Mapping[int, str]]

    def find(self, name: str) -> Place | Failure:
        """Where `name` stands, or why that can't be said, with the names that come closest."""
        for column, rows in self.names.items():
            found = [index for index, one in rows.items() if one == name]
            if len(found) > 1:
                at = ", ".join(f"{index} ({self._also(index, column)})" for index in sorted(found)[:10])
                return Failure(
                    Reason.MISMATCH, f"{len(found)} interfaces have the {column} {quoted(name)}: ifIndex {at}"
                )
            if found:
                return Place(column, found[0])
        return Failure(Reason.MISMATCH, f"no interface {quoted(name)} at the agent; {self._nearest(name)}")

    def _also(self, index: int, column: str) -> str:
        """What else the row is called."""
        others = [rows[index] for other, rows in self.names.items() if other != column and rows.get(index)]
        return quoted(others[0]) if others else "without another name"

    def _nearest(self, name: str) -> str:
        known = dict.fromkeys(one for rows in self.names.values() for one in rows.values() if one)
        if not known:
            return "it shows none at all"
        ranked = sorted(list(known)[:_MOST_COMPARED], key=lambda one: _likeness(name, one), reverse=True)
        return f"nearest: {', '.join(map(quoted, ranked[:_MOST_NAMED]))}"


@dataclass(slots=True)
class Row:
    """What an answer says of one interface; None where it says nothing of it."""

    name: str | None = None
    counters: dict[str, int] = field(default_factory=dict)
    narrow: list[str] = field(default_factory=list)
    """Those of `counters` that have 32 bits."""
    speed_bits_per_second: int = 0
    discontinuity: int = 0
    oper_status: int | None = None
    admin_status: int | None = None
    wrong: list[str] = field(default_factory=list)
    """What has another type than IF-MIB says, as sentences."""

    def count(self, name: str, value: int | None, *, narrow: bool = False) -> None:
        """Keep a counter, if there is one."""
        if value is not None:
            self.counters[name] = value
            self.narrow += [name] * narrow


def questions(place: Place) -> list[Oid]:
    """What a poll asks of a row: its name, and its columns."""
    return [(*NAMES[place.column], place.index), *((*oid, place.index) for oid in COLUMNS.values())]


def read_row(place: Place, values: Mapping[Oid, Value]) -> Row:
    """The row out of an answer."""
    row = Row()
    cells = {
        name: _number(row.wrong, name, values.get((*oid, place.index)), _TYPES.get(name, Tag.COUNTER32))
        for name, oid in COLUMNS.items()
    }
    row.name = text_of(values.get((*NAMES[place.column], place.index)))
    for name, (wide, narrow) in _OCTETS.items():
        if has_wide(cells[wide], cells[narrow]):
            row.count(name, cells[wide])
        else:
            row.count(name, cells[narrow], narrow=True)
    for name, column in _PACKETS.items():
        row.count(name, cells[column], narrow=True)
    row.speed_bits_per_second = speed(cells["ifSpeed"], cells["ifHighSpeed"])
    row.discontinuity = cells["ifCounterDiscontinuityTime"] or 0
    row.oper_status, row.admin_status = cells["ifOperStatus"], cells["ifAdminStatus"]
    return row


def uptime_ticks(values: Mapping[Oid, Value]) -> int | None:
    """The agent's sysUpTime in hundredths of a second, None where the agent tells none."""
    return _number([], "sysUpTime", values.get(SYS_UPTIME), Tag.TIMETICKS)


def speed(bits_per_second: int | None, megabits_per_second: int | None) -> int:
    """The line's speed in bit/s from ifSpeed and ifHighSpeed; 0 when neither knows."""
    if bits_per_second and bits_per_second < _SPEED_BEYOND:
        return bits_per_second
    return (megabits_per_second or 0) * 1_000_000


def text_of(value: Value | None) -> str | None:
    """An OCTET STRING as text; some agents end it like C does."""
    if value is None or not isinstance(value.content, bytes):
        return None
    return value.content.rstrip(b"\0").decode("utf-8", "replace")


def has_wide(wide: int | None, narrow: int | None) -> bool:
    """Whether the 64-bit counter is one: some agents have it stand at 0 while the other moves."""
    return wide is not None and (wide > 0 or not narrow)


def _number(wrong: list[str], name: str, value: Value | None, tag: Tag) -> int | None:
    if value is None or is_missing(value):
        return None
    if value.tag != tag or not isinstance(value.content, int):
        wrong.append(f"{name} is of type 0x{value.tag:02x}")
        return None
    return value.content


def _likeness(one: str, other: str) -> int:
    """How much of beginning and end two names share, so that `Gi0/1` is near `GigabitEthernet0/1`."""
    one, other = one.lower(), other.lower()
    return _shared(one, other) + 2 * _shared(one[::-1], other[::-1])


def _shared(one: str, other: str) -> int:
    """How many characters both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
