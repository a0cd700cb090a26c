"""Interfaces by name, and a row out of an answer."""

from __future__ import annotations

import pytest

from probes.model import Failure, Reason
from probes.snmp.ber import Oid, Tag, Value
from probes.snmp.interfaces import COLUMNS, NAMES, Place, Table, questions, read_row, speed, uptime_ticks

TABLE = Table(
    {
        "ifName": {1: "Gi0/1", 2: "Gi0/2", 10: "Po1", 11: "same"},
        "ifDescr": {1: "GigabitEthernet0/1", 2: "GigabitEthernet0/2", 10: "Gi0/1", 12: "lan", 13: "lan"},
        "ifAlias": {1: "to acme", 2: "to acme", 10: "", 11: "GigabitEthernet0/2"},
    }
)
PLACE = Place("ifName", 3)


def row_of(**cells: Value) -> dict[Oid, Value]:
    """An answer that holds these columns of row 3."""
    return {(*{**NAMES, **COLUMNS}[name], 3): value for name, value in cells.items()}


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("Gi0/1", Place("ifName", 1)),
        ("GigabitEthernet0/1", Place("ifDescr", 1)),
        ("GigabitEthernet0/2", Place("ifDescr", 2)),
        ("Po1", Place("ifName", 10)),
    ],
)
def test_a_name_is_found_in_the_first_column_that_has_it(name: str, place: Place) -> None:
    assert TABLE.find(name) == place


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("to acme", "2 interfaces have the ifAlias 'to acme': ifIndex 1 ('Gi0/1'), 2 ('Gi0/2')"),
        ("lan", "2 interfaces have the ifDescr 'lan': ifIndex 12 (without another name), 13 (without"),
        ("gi0/1", "no interface 'gi0/1' at the agent; nearest: 'Gi0/1', 'GigabitEthernet0/1'"),
        ("GigabitEthernet1/0/2", "nearest: 'GigabitEthernet0/2', 'GigabitEthernet0/1'"),
    ],
)
def test_a_name_that_stands_nowhere_or_twice_is_nobodys(name: str, says: str) -> None:
    found = TABLE.find(name)
    assert isinstance(found, Failure)
    assert found.reason is Reason.MISMATCH
    assert says in found.detail


def test_an_agent_without_interfaces_says_so() -> None:
    found = Table({"ifName": {}}).find("eth0")
    assert isinstance(found, Failure)
    assert found.detail == "no interface 'eth0' at the agent; it shows none at all"


def test_a_poll_asks_for_the_name_that_it_was_found_by() -> None:
    asked = questions(Place("ifAlias", 7))
    assert asked[0] == (1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 18, 7)
    assert len(asked) == 1 + len(COLUMNS)
    assert (1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 6, 7) in asked


@pytest.mark.parametrize(
    ("wide", "narrow", "count"),
    [
        (Value(Tag.COUNTER64, 5_000_000_000), Value(Tag.COUNTER32, 7), (5_000_000_000, 64)),
        (Value(Tag.NO_SUCH_INSTANCE, None), Value(Tag.COUNTER32, 7), (7, 32)),
        (Value(Tag.NO_SUCH_OBJECT, None), Value(Tag.NO_SUCH_OBJECT, None), None),
        (Value(Tag.COUNTER64, 0), Value(Tag.COUNTER32, 7), (7, 32)),
        (Value(Tag.COUNTER64, 0), Value(Tag.COUNTER32, 0), (0, 64)),
        (Value(Tag.COUNTER64, 0), Value(Tag.NO_SUCH_INSTANCE, None), (0, 64)),
    ],
)
def test_the_64_bit_counter_is_used_where_the_agent_really_has_it(
    wide: Value, narrow: Value, count: tuple[int, int] | None
) -> None:
    row = read_row(PLACE, row_of(ifHCInOctets=wide, ifInOctets=narrow))
    bits = 32 if "receive_bytes" in row.narrow else 64
    assert row.counters == ({"receive_bytes": count[0]} if count else {})
    assert count is None or bits == count[1]


def test_a_value_of_another_type_than_the_mib_says_is_no_value() -> None:
    row = read_row(
        PLACE,
        row_of(
            ifName=Value(Tag.OCTETS, b"eth0\0"),
            ifHCInOctets=Value(Tag.OCTETS, b"many"),
            ifInErrors=Value(Tag.GAUGE32, 5),
            ifOperStatus=Value(Tag.INTEGER, 2),
        ),
    )
    assert (row.name, row.counters, row.oper_status) == ("eth0", {}, 2)
    assert row.wrong == ["ifHCInOctets is of type 0x04", "ifInErrors is of type 0x42"]


def test_a_row_that_is_gone_has_no_name() -> None:
    assert read_row(PLACE, row_of(ifName=Value(Tag.NO_SUCH_INSTANCE, None))).name is None


@pytest.mark.parametrize(
    ("bits", "megabits", "says"),
    [
        (100_000_000, 100, 100_000_000),
        (1_544_000, 2, 1_544_000),
        (2**32 - 1, 10_000, 10_000_000_000),
        (4_294_967_295, None, 0),
        (0, 40_000, 40_000_000_000),
        (None, 1_000, 1_000_000_000),
        (0, 0, 0),
        (None, None, 0),
    ],
)
def test_the_speed_is_the_finer_figure_that_can_say_it(
    bits: int | None, megabits: int | None, says: int
) -> None:
    assert speed(bits, megabits) == says


def test_a_sysuptime_of_another_type_is_none() -> None:
    uptime = (1, 3, 6, 1, 2, 1, 1, 3, 0)
    assert uptime_ticks({uptime: Value(Tag.TIMETICKS, 77)}) == 77
    assert uptime_ticks({uptime: Value(Tag.OCTETS, b"77")}) is None
    assert uptime_ticks({}) is None
