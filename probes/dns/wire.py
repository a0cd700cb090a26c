"""DNS messages on the wire (RFC 1035 section 4, EDNS of RFC 6891). Pure.

The frame is read here, octet by octet, so that what is wrong with it can be said with its place and
no name is followed in circles; dnspython reads the data of the records that were asked for. It keeps a
class in memory for each pair of class and type that it is ever shown, so it is shown no others.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import NamedTuple

import dns.exception
import dns.rdata
import dns.rdatatype
from dns.rdataclass import RdataClass
from dns.rdatatype import RdataType
from dns.rdtypes.txtbase import TXTBase

HEADER = struct.Struct("!6H")
"""Id, flags, and how many questions, answers, authorities and additional records follow."""
RESPONSE, AUTHORITATIVE, TRUNCATED, RECURSION, AUTHENTICATED = 0x8000, 0x400, 0x200, 0x100, 0x20
CNAME, OPT, ANY = 5, 41, 255

_QUESTION = struct.Struct("!HH")
_RECORD = struct.Struct("!HHIH")
_RCODE = 0xF
_UNREADABLE = frozenset({1, 2, 4, 5})
"""FORMERR, SERVFAIL, NOTIMP, REFUSED: with these a server may leave the question out."""
_LONGEST_NAME = 255
_MOST_POINTERS = 127
"""As many as a name has labels. A pointer to a pointer to a pointer is no circle, and could be 8,000 long."""
_LONGEST_TTL = 2**31 - 1

Labels = tuple[bytes, ...]


class WireError(ValueError):
    """A message that can't be read; the text says at which octet, and why."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: the name's labels in lower case without the root's, and the numbers of RFC 1035."""

    name: Labels
    type: int
    rdclass: int


@dataclass(frozen=True, slots=True)
class Query:
    """A question as it is sent; its first two octets are the id that the answer must have."""

    question: Question
    wire: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered."""

    rcode: int
    """With the upper bits that EDNS adds."""
    authoritative: bool
    authenticated: bool
    count: int
    """Records of the type asked in the answer section; for ANY all of it."""
    values: tuple[str, ...]
    """Their data as text, as `text_of` gives it; none for ANY, or where they were not wanted."""
    ttl: int | None
    """Seconds; the smallest of the whole answer section, None where it is empty."""


class Record(NamedTuple):
    """Where a record's data lies, and what it is."""

    type: int
    rdclass: int
    ttl: int
    at: int
    length: int


def build_query(question: Question, number: int, *, recursion: bool, payload: int, dnssec: bool) -> Query:
    """A query with the id `number`; `payload` octets are offered by EDNS, 0 means no EDNS.

    The AD bit asks to be told whether the answer is authenticated (RFC 6840 section 5.7), as dig does.
    """
    flags = AUTHENTICATED | (RECURSION if recursion else 0)
    name = b"".join(bytes((len(label),)) + label for label in question.name) + b"\0"
    asked = _QUESTION.pack(question.type, question.rdclass)
    edns = b"\0" + _RECORD.pack(OPT, payload, 0x8000 if dnssec else 0, 0) if payload else b""
    return Query(question, HEADER.pack(number, flags, 1, 0, 0, 1 if payload else 0) + name + asked + edns)


def is_answer_to(data: bytes, query: Query) -> bool:
    """Whether a message is the answer: a response with the query's id, to its question.

    What has our id and can't be read as far as its question is an answer too, a bad one.
    """
    if len(data) < 2 or data[:2] != query.wire[:2]:
        return False
    if len(data) < HEADER.size:
        return True
    _, flags, questions, *_ = HEADER.unpack_from(data)
    if not flags & RESPONSE or questions > 1:
        return False
    if questions == 0:
        return flags & _RCODE in _UNREADABLE
    try:
        return _read_question(data, HEADER.size)[0] == query.question
    except WireError:
        return True


def is_truncated(data: bytes) -> bool:
    """Whether the server says that its answer did not fit."""
    return len(data) >= HEADER.size and bool(HEADER.unpack_from(data)[1] & TRUNCATED)


def read_answer(data: bytes, question: Question, *, values: bool = True) -> Answer:
    """Read a whole message, the `values` too where they are wanted; raises WireError."""
    if len(data) < HEADER.size:
        raise WireError(f"{len(data)} octets, which is too short for a DNS message")
    _, flags, questions, *counts = HEADER.unpack_from(data)
    at = HEADER.size
    for _ in range(questions):
        _, at = _read_question(data, at)
    sections = list[list[Record]]()
    for count in counts:
        sections.append([])
        for _ in range(count):
            record, at = _read_record(data, at)
            sections[-1].append(record)
    if at != len(data):
        raise WireError(f"octet {at}: {len(data) - at} octets of rubbish follow the last record")
    answers, _, additional = sections
    found = _read_asked(data, answers, question)
    upper = next((record.ttl >> 24 for record in additional if record.type == OPT), 0)
    return Answer(
        rcode=upper << 4 | flags & _RCODE,
        authoritative=bool(flags & AUTHORITATIVE),
        authenticated=bool(flags & AUTHENTICATED),
        count=len(answers) if question.type == ANY else sum(_is_asked(one, question) for one in answers),
        values=tuple(map(text_of, found)) if values else (),
        ttl=min((one.ttl if one.ttl <= _LONGEST_TTL else 0 for one in answers), default=None),
    )


def text_of(rdata: dns.rdata.Rdata) -> str:
    """A record's data in its presentation form and lower case; a text's strings joined, without quotes."""
    if isinstance(rdata, TXTBase):
        return b"".join(rdata.strings).decode("utf-8", "backslashreplace")
    return rdata.to_text().lower()


def type_name(number: int) -> str:
    """The name of a record type, `TYPE65280` where it has none."""
    return dns.rdatatype.to_text(RdataType.make(number))


def _read_asked(data: bytes, answers: list[Record], question: Question) -> list[dns.rdata.Rdata]:
    """The asked records' data; the aliases that a name leads through are read for their form alone."""
    found = []
    for record in answers:
        if _is_asked(record, question):
            found.append(_read_rdata(data, record))
        elif record.type == CNAME and record.rdclass == question.rdclass:
            _read_rdata(data, record)
    return found


def _is_asked(record: Record, question: Question) -> bool:
    return (record.type, record.rdclass) == (question.type, question.rdclass) and record.type != ANY


def _read_rdata(data: bytes, record: Record) -> dns.rdata.Rdata:
    try:
        rdclass, rdtype = RdataClass.make(record.rdclass), RdataType.make(record.type)
        return dns.rdata.from_wire(rdclass, rdtype, data, record.at, record.length)
    except dns.exception.DNSException as error:
        text = f"octet {record.at}: not data of type {type_name(record.type)}: {error}"
        raise WireError(text) from error


def _read_record(data: bytes, at: int) -> tuple[Record, int]:
    _, at = _read_name(data, at)
    if at + _RECORD.size > len(data):
        raise WireError(f"octet {len(data)}: the message ends inside a record")
    rtype, rdclass, ttl, length = _RECORD.unpack_from(data, at)
    at += _RECORD.size
    if at + length > len(data):
        raise WireError(f"octet {len(data)}: the message ends inside a record")
    return Record(rtype, rdclass, ttl, at, length), at + length


def _read_question(data: bytes, at: int) -> tuple[Question, int]:
    name, at = _read_name(data, at)
    if at + _QUESTION.size > len(data):
        raise WireError(f"octet {len(data)}: the message ends inside its question")
    return Question(name, *_QUESTION.unpack_from(data, at)), at + _QUESTION.size


def _read_name(data: bytes, at: int) -> tuple[Labels, int]:
    """The labels of the name at an octet, in lower case, and the octet behind it.

    A pointer must lead to before the part that holds it (RFC 1035 section 4.1.4), so there is no circle.
    """
    labels, length, pointers, begin, behind = list[bytes](), 1, 0, at, 0
    while at < len(data):
        size = data[at]
        if size == 0:
            return tuple(labels), behind or at + 1
        if size >= 0xC0 and at + 1 < len(data):
            target = (size & 0x3F) << 8 | data[at + 1]
            if target >= begin:
                raise WireError(f"octet {at}: a name that loops: its pointer leads to octet {target}")
            pointers += 1
            if pointers > _MOST_POINTERS:
                raise WireError(f"octet {at}: a name of more than {_MOST_POINTERS} pointers")
            behind, at, begin = behind or at + 2, target, target
        elif size < 0x40:
            length += size + 1
            if length > _LONGEST_NAME:
                raise WireError(f"octet {at}: a name of more than {_LONGEST_NAME} octets")
            labels.append(data[at + 1 : at + 1 + size].lower())
            at += size + 1
        elif size < 0xC0:
            raise WireError(f"octet {at}: no label begins with {size}")
        else:
            break
    raise WireError(f"octet {len(data)}: the message ends inside a name")
