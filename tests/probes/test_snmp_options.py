"""What an `snmp` probe takes, its targets, and values asked for by number."""

from __future__ import annotations

import math

import pytest
from pydantic import ValidationError

from probes.model import Reason
from probes.snmp.ber import Tag, Value
from probes.snmp.custom import Custom, read_custom
from probes.snmp.options import OidOption, SnmpOptions, parse_oid
from probes.snmp.probe import SnmpProbe, split_address

COMMUNITY = {"version": "2c", "community": "word"}
LOAD = "1.3.6.1.4.1.2021.10.1.6.1"


def options(**given: object) -> SnmpOptions:
    """Options with credentials."""
    return SnmpOptions.model_validate({"credentials": COMMUNITY, **given})


def read(kind: str, value: Value, **beside: object) -> Custom:
    """One value that was asked for as `kind`."""
    option = OidOption.model_validate({"oid": LOAD, "type": kind, **beside})
    return read_custom({"load": option}, {parse_oid(LOAD): value})


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:161", "192.0.2.1"),
        ("192.0.2.1:1161", "192.0.2.1:1161"),
        ("Router.Example", "router.example"),
        ("router.example:1161", "router.example:1161"),
        ("gateway", "gateway"),
        ("2001:DB8::1", "2001:db8::1"),
        ("[2001:DB8::1]", "2001:db8::1"),
        ("[2001:DB8::1]:161", "2001:db8::1"),
        ("[2001:db8::1]:1161", "[2001:db8::1]:1161"),
    ],
)
def test_a_target_is_kept_in_its_usual_spelling(address: str, kept: str) -> None:
    assert SnmpProbe.check_address(address) == kept
    assert SnmpProbe.check_address(kept) == kept


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("192.0.2.1:0", "port 0 is not between"),
        ("192.0.2.1:65536", "port 65536"),
        ("a:b", "is not HOST, HOST:PORT or"),
        ("[2001:db8::1", "is not HOST, HOST:PORT or"),
        ("0.0.0.0", "not the address of one host"),
        ("", "is not an IP address"),
    ],
)
def test_a_target_of_another_form_is_refused(address: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        SnmpProbe.check_address(address)


def test_a_target_without_a_port_is_asked_at_161() -> None:
    assert split_address("2001:db8::1") == ("2001:db8::1", 161)
    assert split_address("[2001:db8::1]:7") == ("2001:db8::1", 7)


def test_a_poll_is_one_a_minute_with_five_seconds_to_answer() -> None:
    found = options(interface="eth0")
    assert (str(found.every), str(found.timeout)) == ("1m", "5s")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "needs an interface, or oids"),
        ({"interface": ""}, "at least 1 character"),
        ({"oids": {"Load": {"oid": LOAD, "type": "gauge"}}}, "'Load' is not a name for a value"),
        ({"oids": {"load": {"oid": "load.1", "type": "gauge"}}}, "'load.1' is not an OID in numbers"),
        ({"oids": {"load": {"oid": "1.3.6.4294967296", "type": "gauge"}}}, "an arc is too large"),
        ({"oids": {"load": {"oid": "1.40.6", "type": "gauge"}}}, "an arc is too large"),
        ({"oids": {"load": {"oid": "1.3.06", "type": "gauge"}}}, "not an OID in numbers"),
        ({"oids": {"load": {"oid": LOAD, "type": "rate"}}}, "'gauge', 'counter' or 'text'"),
        ({"oids": {"load": {"oid": LOAD, "type": "gauge", "unit": "a:b"}}}, "'a:b' is not a unit"),
        ({"oids": {"load": {"oid": LOAD, "type": "text", "scale": 0.1}}}, "scale is a gauge's, not a text's"),
        ({"oids": {"load": {"oid": LOAD, "type": "gauge", "scale": 0}}}, "greater than 0"),
        ({"oids": {f"n{i}": {"oid": LOAD, "type": "gauge"} for i in range(65)}}, "65 oids: at most 64"),
    ],
)
def test_options_that_say_nothing_sensible_are_refused(given: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        options(**given)


def test_a_secret_is_not_shown() -> None:
    assert "word" not in repr(options(interface="eth0"))
    assert "word" not in options(interface="eth0").model_dump_json()


@pytest.mark.parametrize(
    ("value", "beside", "number"),
    [
        (Value(Tag.INTEGER, -5), {}, -5),
        (Value(Tag.GAUGE32, 423), {"scale": 0.1}, 42.3),
        (Value(Tag.TIMETICKS, 100), {}, 100),
        (Value(Tag.OCTETS, b" 23.5 "), {}, 23.5),
        (Value(Tag.OPAQUE, b"\x9f\x78\x04\x3f\xc0\x00\x00"), {}, 1.5),
        (Value(Tag.OPAQUE, b"\x9f\x79\x08\x3f\xf8\x00\x00\x00\x00\x00\x00"), {"scale": 2}, 3.0),
    ],
)
def test_a_gauge_is_any_number_however_the_agent_says_it(
    value: Value, beside: dict[str, object], number: float
) -> None:
    sample = read("gauge", value, **beside).samples["gauge:load:"]
    assert math.isclose(float(sample), number)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("gauge", Value(Tag.OCTETS, b"warm")),
        ("gauge", Value(Tag.OCTETS, b"nan")),
        ("gauge", Value(Tag.OPAQUE, b"\x9f\x78\x04\x3f")),
        ("gauge", Value(Tag.OPAQUE, b"\x9f\x78\x04\x7f\x80\x00\x00")),
        ("gauge", Value(Tag.OID, (1, 3))),
        ("counter", Value(Tag.GAUGE32, 5)),
        ("counter", Value(Tag.OCTETS, b"5")),
        ("text", Value(Tag.OPAQUE, b"x")),
    ],
)
def test_a_value_of_another_kind_is_against_the_protocol(kind: str, value: Value) -> None:
    found = read(kind, value)
    assert (found.samples, found.counters) == ({}, {})
    assert found.failure is not None
    assert found.failure.reason is Reason.PROTOCOL
    assert found.failure.detail == f"load ({LOAD}) is no {kind} but of type 0x{value.tag:02x}"


def test_a_counter_keeps_its_width() -> None:
    narrow = read("counter", Value(Tag.COUNTER32, 5), unit="cells")
    assert (narrow.counters, narrow.narrow) == ({"counter:load:cells": 5}, ["counter:load:cells"])
    wide = read("counter", Value(Tag.COUNTER64, 5))
    assert (wide.counters, wide.narrow) == ({"counter:load:": 5}, [])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Value(Tag.OCTETS, "Zürich".encode()), "Zürich"),
        (Value(Tag.OCTETS, b"Z\xfcrich"), "Z\ufffdrich"),
        (Value(Tag.OCTETS, b"two\nlines\x1b[2J"), "two?lines?[2J"),
        (Value(Tag.OID, (1, 3, 6)), "1.3.6"),
        (Value(Tag.INTEGER, 7), "7"),
    ],
)
def test_a_text_is_one_printable_line(value: Value, text: str) -> None:
    assert read("text", value).samples == {"text:load": text}


def test_a_value_that_is_not_there_is_a_mismatch_that_names_it() -> None:
    failure = read("gauge", Value(Tag.NO_SUCH_INSTANCE, None)).failure
    assert failure is not None
    assert failure.reason is Reason.MISMATCH
    assert failure.detail == f"not at the agent: load ({LOAD})"
