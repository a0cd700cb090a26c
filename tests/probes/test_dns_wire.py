"""DNS messages: what is sent, what counts as the answer, and that no bytes do harm."""

from __future__ import annotations

import struct
from contextlib import suppress

import dns.flags
import dns.message
import dns.rdata
import pytest
from dns.rdatatype import RdataType
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.dns.wire import (
    ANY,
    CNAME,
    OPT,
    Answer,
    Query,
    Question,
    WireError,
    build_query,
    is_answer_to,
    is_truncated,
    read_answer,
)
from tests.probes.dns_rounds import TXT, A, address, message, record

QUESTION = Question((b"www", b"example", b"test"), A, 1)
NULL = 10


def query(question: Question = QUESTION, *, payload: int = 0) -> Query:
    return build_query(question, 0xBEEF, recursion=True, payload=payload, dnssec=False)


def read(data: bytes, **changes: int) -> Answer:
    return read_answer(data, Question(QUESTION.name, changes.get("type", A), 1))


@pytest.mark.parametrize("recursion", [True, False])
@pytest.mark.parametrize(("payload", "dnssec"), [(0, False), (1232, False), (4096, True)])
def test_a_query_is_what_dnspython_reads(recursion: bool, payload: int, dnssec: bool) -> None:
    made = build_query(QUESTION, 0xBEEF, recursion=recursion, payload=payload, dnssec=dnssec)
    found = dns.message.from_wire(made.wire)
    assert (found.id, [str(one) for one in found.question]) == (0xBEEF, ["www.example.test. IN A"])
    assert found.flags == (dns.flags.AD | dns.flags.RD if recursion else dns.flags.AD)
    assert (found.edns, found.payload) == ((0, payload) if payload else (-1, 0))
    assert found.ednsflags == (dns.flags.DO if dnssec else 0)


def test_the_root_can_be_asked_for() -> None:
    made = query(Question((), 2, 1))
    assert [str(one) for one in dns.message.from_wire(made.wire).question] == [". IN NS"]


def test_an_answer_is_known_whatever_the_case_of_its_question() -> None:
    data = message(query().wire, address())
    assert is_answer_to(data.replace(b"example", b"ExAmPlE"), query())
    assert not is_answer_to(data.replace(b"example", b"exampel"), query())


@pytest.mark.parametrize(
    ("rcode", "known"), [(0, False), (1, True), (2, True), (3, False), (4, True), (5, True)]
)
def test_an_answer_without_its_question_is_known_by_its_error(rcode: int, known: bool) -> None:
    data = query().wire[:2] + struct.pack("!5H", 0x8180 | rcode, 0, 0, 0, 0)
    assert is_answer_to(data, query()) is known


def test_flags_are_read() -> None:
    assert (read(message(query().wire)).authoritative, read(message(query().wire)).authenticated) == (
        False,
        False,
    )
    both = read(message(query().wire, flags=0x5A0))
    assert (both.authoritative, both.authenticated) == (True, True)
    assert is_truncated(message(query().wire, flags=0x380))
    assert not is_truncated(message(query().wire))
    assert not is_truncated(b"\xff" * 11)


def test_edns_adds_the_upper_bits_of_the_response_code() -> None:
    sent = query()
    data = bytearray(message(sent.wire, record(b"", OPT, owner=b"\0", ttl=1 << 24)))
    data[6:8], data[10:12] = b"\0\0", b"\0\1"
    assert read(bytes(data)).rcode == 16


def test_the_records_asked_for_are_counted_and_the_smallest_ttl_is_of_all() -> None:
    alias = record(b"\1a\xc0\x10", CNAME, ttl=5)
    signature = record(bytes(18) + b"\0", 46, ttl=60)
    other_class = b"\xc0\x0c" + struct.pack("!HHIH", A, 3, 60, 4) + bytes(4)
    data = message(query().wire, alias, address(1), address(2), signature, other_class)
    found = read(data)
    assert (found.count, found.values, found.ttl) == (2, ("192.0.2.1", "192.0.2.2"), 5)
    everything = read(message(query(Question(QUESTION.name, ANY, 1)).wire, alias, address()), type=ANY)
    assert (everything.count, everything.values) == (2, ())


def test_a_ttl_beyond_the_largest_is_zero_and_no_record_has_none() -> None:
    assert read(message(query().wire, record(bytes(4), ttl=2**31))).ttl == 0  # RFC 2181 section 8
    assert read(message(query().wire, record(bytes(4), ttl=2**31 - 1))).ttl == 2**31 - 1
    assert read(message(query().wire)).ttl is None


@pytest.mark.parametrize(
    ("rdata", "value"),
    [
        (b"\6v=spf1\5 -all", "v=spf1 -all"),
        (b"\4\xc3\xa4\xc3\xb6", "äö"),
        (b"\2\xff\x1b", "\\xff\x1b"),
        (b"\0", ""),
    ],
)
def test_a_texts_strings_are_joined(rdata: bytes, value: str) -> None:
    sent = query(Question(QUESTION.name, TXT, 1))
    assert read(message(sent.wire, record(rdata, TXT)), type=TXT).values == (value,)


def test_records_that_are_not_asked_for_leave_nothing_behind_in_the_library() -> None:
    known = len(dns.rdata._rdata_classes)
    strange = [b"\0" + struct.pack("!HHIH", 60_000 + i, 1_000 + i, 60, 0) for i in range(500)]
    read(message(query().wire, address(), *strange))
    read(message(query(Question(QUESTION.name, ANY, 1)).wire, *strange), type=ANY)
    assert len(dns.rdata._rdata_classes) <= known + 1  # A itself


TYPES = st.sampled_from([one for one in RdataType if one not in (RdataType.OPT, RdataType.TSIG)])


@settings(max_examples=300)
@given(st.binary(max_size=80), TYPES)
def test_any_bytes_behind_a_question_are_an_answer_or_a_sentence(tail: bytes, rdtype: RdataType) -> None:
    question = Question(QUESTION.name, int(rdtype), 1)
    data = message(query(question).wire, b"") + tail
    with suppress(WireError):
        read_answer(data[:6] + b"\0\1\0\0\0\0" + data[12:], question)


@settings(max_examples=500)
@given(
    st.lists(st.sampled_from([0, 1, 2, 3, 12, 29, 63, 0xC0, 0xFF]) | st.integers(0, 255), max_size=60), TYPES
)
def test_any_data_of_any_type_is_a_value_or_a_sentence(rdata: list[int], rdtype: RdataType) -> None:
    question = Question(QUESTION.name, int(rdtype), 1)
    data = message(query(question).wire, record(bytes(rdata), int(rdtype)))
    with suppress(WireError):
        assert len(read_answer(data, question).values) == (rdtype != ANY)


@settings(max_examples=300)
@given(st.binary(max_size=120))
def test_any_bytes_are_an_answer_a_stray_or_a_sentence(data: bytes) -> None:
    for one in (data, query().wire[:2] + data):
        assert is_answer_to(one, query()) in (True, False)
        assert is_truncated(one) in (True, False)
        with suppress(WireError):
            read_answer(one, QUESTION)


@given(st.binary(max_size=300), st.integers(0, 0xBFFF))
def test_what_dnspython_reads_is_read_and_the_same(noise: bytes, number: int) -> None:
    """Damage in one place of a good message: both refuse it, or both count the same records."""
    data = bytearray(message(query().wire, address(1), record(b"\1a\xc0\x10", CNAME), address(2)))
    for at, octet in zip(range(number % len(data), len(data)), noise[:2], strict=False):
        data[at] = octet
    try:
        found = dns.message.from_wire(bytes(data), one_rr_per_rrset=True)
    except Exception:  # noqa: BLE001 - whatever the library makes of it
        return
    if found.opcode() != 0 or [str(one) for one in found.question] != ["www.example.test. IN A"]:
        return
    answers = [one for one in found.answer if (one.rdtype, one.rdclass) == (A, 1)]
    assert read(bytes(data)).count == len(answers)


def chained(pointers: int) -> bytes:
    """An answer whose last record's name is so many pointers, each to the one before, and then the root's."""
    asked = query().wire
    begin = len(asked) + 11  # where the data of the first record lies: the root's name, and the chain
    targets = [begin, *range(begin + 1, begin + 2 * pointers - 1, 2)]
    *chain, last = [struct.pack("!H", 0xC000 | target) for target in targets]
    return message(asked, record(b"\0" + b"".join(chain), NULL, owner=b"\0"), record(b"", NULL, owner=last))


def test_a_name_of_as_many_pointers_as_a_name_has_labels_is_read() -> None:
    assert read(chained(127)).count == 0


def test_a_name_that_is_a_chain_of_pointers_is_given_up() -> None:
    with pytest.raises(WireError, match=r"octet [0-9]+: a name of more than 127 pointers"):
        read(chained(128))
