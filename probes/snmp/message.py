"""Questions and answers of SNMP (RFC 3416 section 3), and how v2c wraps them (RFC 1901 section 3). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from probes.snmp.ber import (
    MISSING,
    MalformedError,
    Oid,
    Reader,
    Tag,
    Value,
    integer,
    object_identifier,
    octets,
    sequence,
    tlv,
)

VERSION_2C, VERSION_3 = 1, 3
"""What stands in the message for the two versions."""
_NULL = tlv(Tag.NULL, b"")


class PduType(IntEnum):
    """The kinds of PDU that a manager sends and receives."""

    GET = 0xA0
    RESPONSE = 0xA2
    GET_BULK = 0xA5
    REPORT = 0xA8


TOO_BIG = 1
ERRORS = {
    1: "tooBig",
    2: "noSuchName",
    3: "badValue",
    4: "readOnly",
    5: "genErr",
    6: "noAccess",
    13: "resourceUnavailable",
    16: "authorizationError",
}
"""The error-status values that an answer to a question can carry."""


@dataclass(frozen=True, slots=True)
class Pdu:
    """An answer: `status` is 0 or an error, about the `index`-th of the variables (from 1)."""

    kind: int
    request_id: int
    status: int = 0
    index: int = 0
    varbinds: tuple[tuple[Oid, Value], ...] = ()


def is_missing(value: Value) -> bool:
    """Whether the agent said that it has no such value."""
    return value.tag in MISSING


def get(request_id: int, oids: Sequence[Oid]) -> bytes:
    """A GetRequest-PDU."""
    return _question(PduType.GET, request_id, oids, 0, 0)


def get_bulk(request_id: int, after: Oid, repetitions: int) -> bytes:
    """A GetBulkRequest-PDU for the `repetitions` variables that follow `after`."""
    return _question(PduType.GET_BULK, request_id, [after], 0, repetitions)


def read_pdu(reader: Reader, most: int) -> Pdu:
    """The PDU that comes next, of at most `most` variables; raises MalformedError."""
    kind, begin, end = reader.element()
    if kind not in (PduType.RESPONSE, PduType.REPORT):
        raise MalformedError(f"a PDU of type 0x{kind:02x}, which is no answer")
    inside = Reader(reader.data, begin, end)
    request_id, status, index = inside.integer(), inside.integer(), inside.integer()
    listed, varbinds = inside.enter(), list[tuple[Oid, Value]]()
    while listed.more:
        if len(varbinds) == most:
            raise MalformedError(f"more than the {most} variables that were asked for")
        pair = listed.enter()
        varbinds.append((pair.object_identifier(), pair.value()))
    return Pdu(kind, request_id, status, index, tuple(varbinds))


def community_message(community: bytes, pdu: bytes) -> bytes:
    """A v2c message."""
    return sequence(integer(VERSION_2C), octets(community), pdu)


def read_community_message(data: bytes, most: int) -> tuple[bytes, Pdu]:
    """Community and PDU of a v2c message; raises MalformedError."""
    reader = Reader(data).enter()
    if (version := reader.integer()) != VERSION_2C:
        raise MalformedError(f"a message of version {version} where {VERSION_2C} (v2c) belongs")
    return reader.octets(), read_pdu(reader, most)


def _question(kind: PduType, request_id: int, oids: Sequence[Oid], first: int, second: int) -> bytes:
    varbinds = sequence(*(sequence(object_identifier(oid), _NULL) for oid in oids))
    return tlv(kind, integer(request_id) + integer(first) + integer(second) + varbinds)
