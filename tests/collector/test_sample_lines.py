"""What probes find beside a round becomes lines with tags and types that never change."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest

from collector.ledger.model import Series, SeriesKey
from collector.outputs.sample_lines import FIELDS, sample_lines
from probes.model import Outcome, Round, Sample
from tests.collector.fakes import FakeJournal
from tests.collector.records import START_MS
from tests.collector.test_output_stores import TAGS, done, feeding, held_by_influxdb, settings
from tests.servers.influxdb import InfluxDB

NS = START_MS * 1_000_000
POLL: Mapping[str, int | float | str] = {
    "interface": "Gi0/1, uplink",
    "if_receive_bytes_total": 2**62,
    "if_transmit_bytes_total": 7,
    "if_receive_utilisation_ratio": 0.25,
    "if_oper_status": 1,
    "sys_uptime_seconds": 12.5,
    "gauge:cpu:percent": 40,
    "counter:drops:": 3,
    "text:model": "X1",
}


def samples(values: Mapping[str, int | float | str]) -> tuple[Sample, ...]:
    return tuple(Sample(2, START_MS, 0, name, value) for name, value in values.items())


def lines(values: Mapping[str, int | float | str]) -> list[str]:
    return [one.decode() for one in sample_lines(samples(values), ",host=a")]


def test_certificate_samples_share_a_line_with_types_that_never_change() -> None:
    samples = (
        Sample(2, START_MS, 0, "tls_days_left", 12),
        Sample(2, START_MS, 0, "tls_verified", True),
        Sample(2, START_MS, 0, "something_else", 4),
    )
    assert sample_lines(samples, ",host=a") == [
        b"linkledger_tls,host=a days_left=12.0,verified=1i 1767225600000000000"
    ]


@pytest.mark.parametrize("bad", [math.nan, math.inf, "12"])
def test_a_sample_that_is_no_number_is_left_out(bad: float | str) -> None:
    assert sample_lines(samples({"tls_days_left": bad}), ",host=a") == []


def test_a_poll_gives_a_line_for_its_interface_and_one_for_each_value_of_the_device() -> None:
    assert lines(POLL) == [
        f"linkledger_interface,host=a,interface=Gi0/1\\,\\ uplink receive_bytes_total={2**62}i,"
        f"transmit_bytes_total=7i,receive_utilisation_ratio=0.25,oper_status=1i {NS}",
        f"linkledger_snmp,host=a,name=uptime,unit=seconds value=12.5 {NS}",
        f"linkledger_snmp,host=a,name=cpu,unit=percent value=40.0 {NS}",
        f"linkledger_snmp,host=a,name=drops,unit=_none total=3i {NS}",
    ]


def test_an_interface_without_a_name_keeps_the_tag() -> None:
    assert lines({"if_oper_status": 2}) == [
        f"linkledger_interface,host=a,interface=_none oper_status=2i {NS}"
    ]


@pytest.mark.parametrize("large", [2**63, 2**64 - 1, 1e300])
def test_a_number_that_no_store_can_hold_is_left_out_and_the_rest_is_sent(large: float) -> None:
    told = lines({"if_receive_bytes_total": large, "if_oper_status": 1})
    assert told == [f"linkledger_interface,host=a,interface=_none oper_status=1i {NS}"]


def test_a_field_has_one_measurement_and_one_type() -> None:
    places = [(field.measurement, field.name) for field in FIELDS.values()]
    assert len(set(places)) == len(places)


@pytest.mark.slow
@pytest.mark.server("influxdb")
async def test_influxdb_reads_back_what_a_poll_and_a_page_gave() -> None:
    key = SeriesKey("edge-1", "lon-01", "acme", "lon-acme", "cpe", "snmp", 60_000, "00")
    journal = FakeJournal([Series(2, key)])
    page: Mapping[str, int | float | str] = {
        "http_total_seconds": 0.125,
        "http_status": 200,
        "http_location": "https://elsewhere.example/",
    }
    journal.commit([Outcome(Round(2, START_MS, 60_000, 0, 1, 1, (7,)), samples({**POLL, **page}))])
    with InfluxDB() as server:
        server.create_database("facts")
        async with feeding(settings(server.url, "v1", bucket="facts"), journal) as worker:
            await done(worker)
        where = tuple(getattr(key, tag) for tag in TAGS)
        assert held_by_influxdb(server, "facts", "linkledger_interface", (*TAGS, "interface")) == {
            (*where, "Gi0/1, uplink", START_MS): {
                "receive_bytes_total": 2**62,
                "transmit_bytes_total": 7,
                "receive_utilisation_ratio": 0.25,
                "oper_status": 1,
            }
        }
        assert held_by_influxdb(server, "facts", "linkledger_http") == {
            (*where, START_MS): {"total_seconds": 0.125, "status": 200}
        }
        assert held_by_influxdb(server, "facts", "linkledger_snmp", (*TAGS, "name", "unit")) == {
            (*where, "uptime", "seconds", START_MS): {"value": 12.5},
            (*where, "cpu", "percent", START_MS): {"value": 40},
            (*where, "drops", "_none", START_MS): {"total": 3},
        }
