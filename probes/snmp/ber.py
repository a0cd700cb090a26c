"""BER, as much of it as SNMP uses (X.690, restricted by RFC 3417 section 8). Pure.

Every length is checked against what is there, every number against its type, so that a lying agent
can cost no more than its datagram is long. Whatever is wrong with it is one error, `MalformedError`.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

Oid = tuple[int, ...]
"""An object identifier, arc by arc."""

MOST_ARCS = 128
"""RFC 3416 section 4.1 allows no more."""
_MOST_OID_OCTETS = 5 * MOST_ARCS
_MOST_LENGTH_OCTETS = 4


class Tag(IntEnum):
    """The types of RFC 3416 section 2, and the exceptions that stand where a value is missing."""

    INTEGER = 0x02
    OCTETS = 0x04
    NULL = 0x05
    OID = 0x06
    SEQUENCE = 0x30
    IP_ADDRESS = 0x40
    COUNTER32 = 0x41
    GAUGE32 = 0x42
    TIMETICKS = 0x43
    OPAQUE = 0x44
    COUNTER64 = 0x46
    NO_SUCH_OBJECT = 0x80
    NO_SUCH_INSTANCE = 0x81
    END_OF_MIB_VIEW = 0x82


UNSIGNED = {Tag.COUNTER32: 32, Tag.GAUGE32: 32, Tag.TIMETICKS: 32, Tag.COUNTER64: 64}
"""Types without a sign, and their bits."""
MISSING = frozenset({Tag.NULL, Tag.NO_SUCH_OBJECT, Tag.NO_SUCH_INSTANCE, Tag.END_OF_MIB_VIEW})
"""What an agent says instead of a value."""
_BYTES = frozenset({Tag.OCTETS, Tag.IP_ADDRESS, Tag.OPAQUE})


class MalformedError(ValueError):
    """The bytes are not what the standard says; the text says where they differ."""


class Value(NamedTuple):
    """A value with its type; `content` is None where `tag` says why there is none."""

    tag: int
    content: int | bytes | Oid | None


def tlv(tag: int, content: bytes) -> bytes:
    """Type, length, value."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def sequence(*parts: bytes) -> bytes:
    """Encoded elements as one."""
    return tlv(Tag.SEQUENCE, b"".join(parts))


def integer(value: int, tag: int = Tag.INTEGER) -> bytes:
    """A number in the fewest octets of two's complement (X.690 8.3)."""
    bits = (~value if value < 0 else value).bit_length()
    return tlv(tag, value.to_bytes(bits // 8 + 1, "big", signed=True))


def octets(value: bytes) -> bytes:
    """An OCTET STRING."""
    return tlv(Tag.OCTETS, value)


def object_identifier(oid: Oid) -> bytes:
    """An OBJECT IDENTIFIER of two arcs at least (X.690 8.19)."""
    content = bytearray()
    for arc in (oid[0] * 40 + oid[1], *oid[2:]):
        if arc >= 0x80:
            content += bytes(0x80 | (arc >> shift) & 0x7F for shift in range(28, 0, -7) if arc >> shift)
        content.append(arc & 0x7F)
    return tlv(Tag.OID, bytes(content))


class Reader:
    """Takes one element after another from a stretch of bytes; raises MalformedError."""

    __slots__ = ("at", "data", "end")

    def __init__(self, data: bytes, at: int = 0, end: int | None = None) -> None:
        self.data = data
        self.at = at
        self.end = len(data) if end is None else end

    @property
    def more(self) -> bool:
        """Whether anything is left."""
        return self.at < self.end

    def element(self) -> tuple[int, int, int]:
        """The next element: its tag, and where its content begins and ends."""
        data, at = self.data, self.at
        if at + 2 > self.end:
            raise MalformedError(f"it ends after {self.end} bytes, in the middle of an element")
        length, begin = data[at + 1], at + 2
        if length >= 0x80:
            size = length & 0x7F
            if not 0 < size <= _MOST_LENGTH_OCTETS or begin + size > self.end:
                raise MalformedError(f"no length at byte {at + 1}")
            length, begin = int.from_bytes(data[begin : begin + size], "big"), begin + size
        if begin + length > self.end:
            raise MalformedError(
                f"an element of {length} bytes at byte {begin} where {self.end - begin} are left"
            )
        self.at = begin + length
        return data[at], begin, self.at

    def content(self, tag: int) -> tuple[int, int]:
        """Where the content of the next element begins and ends, which must be of type `tag`."""
        found, begin, end = self.element()
        if found != tag:
            raise MalformedError(f"type 0x{found:02x} where 0x{tag:02x} belongs")
        return begin, end

    def enter(self, tag: int = Tag.SEQUENCE) -> Reader:
        """A reader of what the next element holds."""
        return Reader(self.data, *self.content(tag))

    def octets(self) -> bytes:
        """The next element, an OCTET STRING."""
        begin, end = self.content(Tag.OCTETS)
        return self.data[begin:end]

    def integer(self) -> int:
        """The next element, an INTEGER of 32 bits (RFC 3416 section 3)."""
        begin, end = self.content(Tag.INTEGER)
        return _signed(self.data[begin:end])

    def object_identifier(self) -> Oid:
        """The next element, an OBJECT IDENTIFIER."""
        begin, end = self.content(Tag.OID)
        return _oid(self.data[begin:end])

    def value(self) -> Value:
        """The next element, whatever its type is."""
        tag, begin, end = self.element()
        content = self.data[begin:end]
        if tag in UNSIGNED:
            return Value(tag, _unsigned(content, UNSIGNED[Tag(tag)]))
        if tag == Tag.INTEGER:
            return Value(tag, _signed(content))
        if tag == Tag.OID:
            return Value(tag, _oid(content))
        if tag in MISSING:
            return Value(tag, None)
        if tag in _BYTES:
            return Value(tag, content)
        raise MalformedError(f"a value of unknown type 0x{tag:02x}")


def _signed(content: bytes) -> int:
    if not 0 < len(content) <= 4:
        raise MalformedError(f"an INTEGER of {len(content)} bytes")
    return int.from_bytes(content, "big", signed=True)


def _unsigned(content: bytes, bits: int) -> int:
    """Agents are met that leave out the leading zero of a large number: it has no sign all the same."""
    value = int.from_bytes(content, "big")
    if not 0 < len(content) <= bits // 8 + 1 or value >> bits:
        raise MalformedError(f"an unsigned number of {len(content)} bytes that doesn't fit {bits} bits")
    return value


def _oid(content: bytes) -> Oid:
    if len(content) > _MOST_OID_OCTETS:
        raise MalformedError(f"an OID of {len(content)} bytes")
    arcs, arc = list[int](), 0
    for octet in content:
        arc = arc << 7 | octet & 0x7F
        if octet < 0x80:
            arcs.append(arc)
            arc = 0
        elif arc >> 25:
            raise MalformedError("an OID with an arc of over 32 bits")
    if (content and content[-1] >= 0x80) or len(arcs) >= MOST_ARCS:
        raise MalformedError("an OID without an end")
    if not arcs:
        return ()
    first = min(arcs[0] // 40, 2)
    return (first, arcs[0] - 40 * first, *arcs[1:])
