"""BER and the messages in it, against pyasn1 and pysnmp as an independent opinion, and against garbage."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyasn1.codec.ber import decoder, encoder
from pyasn1.type import univ
from pysnmp.proto import api, rfc1902

from probes.snmp.ber import (
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
from probes.snmp.message import (
    Pdu,
    PduType,
    community_message,
    get,
    get_bulk,
    read_community_message,
    read_pdu,
)

V2C = api.PROTOCOL_MODULES[api.SNMP_VERSION_2C]
ARC = st.integers(0, 2**32 - 1)
OIDS = st.tuples(st.tuples(st.integers(0, 1), st.integers(0, 39)), st.lists(ARC, max_size=20)).map(
    lambda parts: (*parts[0], *parts[1])
) | st.lists(ARC, max_size=20).map(lambda arcs: (2, 100, *arcs))
VALUES = st.one_of(
    st.integers(-(2**31), 2**31 - 1).map(lambda n: (Value(Tag.INTEGER, n), rfc1902.Integer32(n))),
    st.integers(0, 2**32 - 1).map(lambda n: (Value(Tag.COUNTER32, n), rfc1902.Counter32(n))),
    st.integers(0, 2**32 - 1).map(lambda n: (Value(Tag.GAUGE32, n), rfc1902.Gauge32(n))),
    st.integers(0, 2**32 - 1).map(lambda n: (Value(Tag.TIMETICKS, n), rfc1902.TimeTicks(n))),
    st.integers(0, 2**64 - 1).map(lambda n: (Value(Tag.COUNTER64, n), rfc1902.Counter64(n))),
    st.binary(max_size=300).map(lambda b: (Value(Tag.OCTETS, b), rfc1902.OctetString(b))),
    st.binary(max_size=20).map(lambda b: (Value(Tag.OPAQUE, b), rfc1902.Opaque(b))),
    OIDS.map(lambda oid: (Value(Tag.OID, oid), rfc1902.ObjectIdentifier(oid))),
)


@given(number=st.integers(-(2**31), 2**31 - 1))
def test_pyasn1_reads_our_integers(number: int) -> None:
    assert decoder.decode(integer(number)) == (number, b"")
    assert Reader(integer(number)).integer() == number


@given(oid=OIDS)
def test_an_oid_is_written_as_pyasn1_writes_it(oid: Oid) -> None:
    assert object_identifier(oid) == encoder.encode(univ.ObjectIdentifier(oid))
    assert Reader(object_identifier(oid)).object_identifier() == oid


@given(content=st.binary(max_size=70_000))
def test_lengths_of_every_size_come_back(content: bytes) -> None:
    assert Reader(octets(content)).octets() == content


@given(found=st.lists(st.tuples(OIDS, VALUES), max_size=8), request_id=st.integers(0, 2**31 - 1))
def test_an_answer_of_pysnmp_is_read(found: list[tuple[Oid, tuple[Value, object]]], request_id: int) -> None:
    pdu = V2C.ResponsePDU()
    V2C.apiPDU.set_defaults(pdu)
    V2C.apiPDU.set_request_id(pdu, request_id)
    V2C.apiPDU.set_varbinds(pdu, [(oid, theirs) for oid, (_, theirs) in found])
    whole = V2C.Message()
    V2C.apiMessage.set_defaults(whole)
    V2C.apiMessage.set_community(whole, "word")
    V2C.apiMessage.set_pdu(whole, pdu)
    word, read = read_community_message(encoder.encode(whole), 8)
    assert word == b"word"
    assert read == Pdu(PduType.RESPONSE, request_id, 0, 0, tuple((oid, ours) for oid, (ours, _) in found))


@given(oids=st.lists(OIDS, max_size=8), request_id=st.integers(0, 2**31 - 1))
def test_pysnmp_reads_our_questions(oids: list[Oid], request_id: int) -> None:
    data = community_message(b"word", get(request_id, oids))
    read, rest = decoder.decode(data, asn1Spec=V2C.Message())
    pdu = V2C.apiMessage.get_pdu(read)
    assert not rest
    assert pdu.isSameTypeWith(V2C.GetRequestPDU())
    assert int(V2C.apiPDU.get_request_id(pdu)) == request_id
    assert [tuple(oid) for oid, _ in V2C.apiPDU.get_varbinds(pdu)] == oids


def test_pysnmp_reads_our_bulk_questions() -> None:
    data = community_message(b"word", get_bulk(7, (1, 3, 6, 1), 20))
    pdu = V2C.apiMessage.get_pdu(decoder.decode(data, asn1Spec=V2C.Message())[0])
    assert pdu.isSameTypeWith(V2C.GetBulkRequestPDU())
    assert int(V2C.apiBulkPDU.get_max_repetitions(pdu)) == 20
    assert int(V2C.apiBulkPDU.get_non_repeaters(pdu)) == 0


@pytest.mark.parametrize("tag", [Tag.NO_SUCH_OBJECT, Tag.NO_SUCH_INSTANCE, Tag.END_OF_MIB_VIEW, Tag.NULL])
def test_a_missing_value_keeps_what_it_was_missing_for(tag: Tag) -> None:
    assert Reader(tlv(tag, b"")).value() == Value(tag, None)


def test_a_large_counter_without_its_leading_zero_is_not_negative() -> None:
    assert Reader(tlv(Tag.COUNTER32, b"\xff\xff\xff\xff")).value() == Value(Tag.COUNTER32, 2**32 - 1)
    assert Reader(tlv(Tag.COUNTER64, b"\xff" * 8)).value() == Value(Tag.COUNTER64, 2**64 - 1)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "ends after 0 bytes"),
        (b"\x02", "ends after 1 bytes"),
        (b"\x02\x80\x01\x00\x00", "no length"),
        (b"\x02\x85\x00\x00\x00\x00\x01\x05", "no length"),
        (b"\x02\x84\xff\xff\xff\xff\x05", "element of 4294967295 bytes"),
        (b"\x02\x82\x01", "no length"),
        (b"\x02\x05abc", "element of 5 bytes"),
        (b"\x02\x00", "INTEGER of 0 bytes"),
        (b"\x02\x05\x00\x00\x00\x00\x01", "INTEGER of 5 bytes"),
        (b"\x41\x00", "unsigned"),
        (b"\x41\x05\x01\x00\x00\x00\x00", "unsigned"),
        (b"\x46\x0a" + b"\x00" * 10, "unsigned"),
        (b"\x06\x02\x2b\x86", "without an end"),
        (b"\x06\x07\x2b\x9f\xff\xff\xff\xff\x7f", "over 32 bits"),
        (b"\x06\x81\x90" + b"\x01" * 144, "without an end"),
        (b"\x47\x01a", "unknown type"),
    ],
)
def test_what_is_malformed_is_said(data: bytes, says: str) -> None:
    with pytest.raises(MalformedError, match=says):
        Reader(data).value()


def test_an_answer_of_more_variables_than_were_asked_for_is_not_read_on() -> None:
    pair = sequence(object_identifier((1, 3)), integer(1))
    answer = tlv(PduType.RESPONSE, integer(1) + integer(0) + integer(0) + sequence(*[pair] * 3))
    assert len(read_pdu(Reader(answer), 3).varbinds) == 3
    with pytest.raises(MalformedError, match="more than the 2"):
        read_pdu(Reader(answer), 2)


def test_a_question_is_no_answer() -> None:
    with pytest.raises(MalformedError, match="no answer"):
        read_community_message(community_message(b"word", get(1, [(1, 3)])), 1)


def test_another_version_is_no_answer() -> None:
    with pytest.raises(MalformedError, match="version 0"):
        read_community_message(sequence(integer(0), octets(b"word"), get(1, [])), 1)


@given(data=st.binary(max_size=200))
def test_garbage_is_malformed_and_nothing_else(data: bytes) -> None:
    for prefix in (b"", community_message(b"word", get(1, [(1, 3)]))[: len(data)]):
        try:
            read_community_message(prefix + data, 4)
        except MalformedError:
            continue


@given(place=st.integers(0, 200), octet=st.integers(0, 255))
def test_an_answer_with_one_wrong_octet_is_read_or_malformed(place: int, octet: int) -> None:
    pair = sequence(
        object_identifier((1, 3, 6, 1, 2, 1, 2, 2, 1, 10, 300)), tlv(Tag.COUNTER32, b"\x00\xff" * 2)
    )
    pdu = tlv(PduType.RESPONSE, integer(99) + integer(0) + integer(0) + sequence(*[pair] * 8))
    whole = bytearray(sequence(integer(1), octets(b"word"), pdu))
    whole[place % len(whole)] = octet
    try:
        _, read = read_community_message(bytes(whole), 8)
    except MalformedError:
        return
    assert len(read.varbinds) <= 8
