"""What is wrong with a history is told with its line and column, all of it at once."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from collector.history import HistoryErrors, read_history
from tests.collector.history.write import CIRCUIT, mistakes

SPAN = {"from": "2026-04-03T10:00:00Z", "to": "2026-04-03T10:47:00Z"}
DOWN = {**SPAN, "status": "down"}
ROUND = {"at": "2026-04-03T10:00:00Z", "every": 300, "sent": 2, "received": 1, "rtt_ms": ["40.0", None]}
TICKET = {"id": "T1", "opened": "2026-04-03T10:00:00Z"}

ENTRIES: list[tuple[str, list[Any], str]] = [
    ("intervals", [{**DOWN, "to": SPAN["from"]}],
     "intervals[0].to: ends when it begins, at 2026-04-03T10:00:00Z"),
    ("intervals", [{**DOWN, "to": "2026-04-03T09:59:59.999Z"}],
     "intervals[0].to: ends before it begins, at 2026-04-03T10:00:00Z"),
    ("intervals", [{**DOWN, "from": "2026-04-03T10:00:00"}],
     "intervals[0].from: '2026-04-03T10:00:00' has no offset: end it with Z for UTC, or with one such as "
     "+02:00"),
    ("intervals", [{**DOWN, "from": "2026-02-30T10:00:00Z"}],
     "intervals[0].from: '2026-02-30T10:00:00Z' is not a time such as 2026-10-03T14:00:00Z: there is no "
     "such day or hour"),
    ("intervals", [{**DOWN, "from": "yesterday"}],
     "intervals[0].from: 'yesterday' is not a time such as 2026-10-03T14:00:00Z"),
    ("intervals", [{**DOWN, "from": "2026-04-03"}],
     "intervals[0].from: '2026-04-03' is not a time such as 2026-10-03T14:00:00Z"),
    ("intervals", [{**DOWN, "from": "2026-04-03T10:00:00.0001Z"}],
     "intervals[0].from: '2026-04-03T10:00:00.0001Z' is finer than a millisecond"),
    ("intervals", [{**DOWN, "from": "1969-12-31T23:59:59Z"}],
     "intervals[0].from: '1969-12-31T23:59:59Z' lies before 1970"),
    ("intervals", [{**DOWN, "from": 1775210400}],
     "intervals[0].from: 1775210400 is not a time such as 2026-10-03T14:00:00Z"),
    ("intervals", [{**DOWN, "status": "dwon"}],
     "intervals[0].status: 'dwon' is not one of up, down, unknown: did you mean 'down'?"),
    ("intervals", [{**DOWN, "stauts": "down"}],
     "intervals[0].stauts: unknown key 'stauts': did you mean 'status'?"),
    ("intervals", [{**SPAN, "status": None}], "intervals[0].status: 'status' is needed"),
    ("intervals", [SPAN], "intervals[0].status: 'status' is needed"),
    ("intervals", [7], "intervals[0]: must be a map with the keys from, to, status, cause, circuit, not 7"),
    ("intervals", [{**DOWN, "circuit": "X-2"}],
     "intervals[0].circuit: no circuit 'X-2' stands here: did you mean 'X-1'?"),
    ("rounds", [{**ROUND, "received": 3}], "rounds[0].received: 3 came back of 2 that were sent"),
    ("rounds", [{**ROUND, "received": 2}], "rounds[0].rtt_ms: has 1 answer, and 2 came back"),
    ("rounds", [{**ROUND, "received": 0}], "rounds[0].rtt_ms: has 1 answer, and 0 came back"),
    ("rounds", [{**ROUND, "rtt_ms": ["40.0"]}],
     "rounds[0].rtt_ms: has 1 place for 2 packets: one each, null for a lost one, or none at all"),
    ("rounds", [{**ROUND, "rtt_ms": ["40.0", None, None]}],
     "rounds[0].rtt_ms: has 3 places for 2 packets: one each, null for a lost one, or none at all"),
    ("rounds", [{**ROUND, "rtt_ms": ["40.00001", None]}],
     "rounds[0].rtt_ms[0]: '40.00001' is finer than 100 ns, which is the finest that is kept"),
    ("rounds", [{**ROUND, "rtt_ms": ["-1", None]}],
     "rounds[0].rtt_ms[0]: '-1' is below 0: a lost packet is null"),
    ("rounds", [{**ROUND, "rtt_ms": [None, "1e3"]}],
     "rounds[0].rtt_ms[1]: '1e3' is not a number such as 40 or 12.5"),
    ("rounds", [{**ROUND, "rtt_ms": ["999999999999", None]}],
     "rounds[0].rtt_ms[0]: '999999999999' is no round-trip time: over 28 years"),
    ("rounds", [{**ROUND, "rtt_ms": "40.0"}], "rounds[0].rtt_ms: must be a list of times, not '40.0'"),
    ("rounds", [{**ROUND, "rtt_ms": [True, None]}],
     "rounds[0].rtt_ms[0]: true is not a number such as 40 or 12.5"),
    ("rounds", [{**ROUND, "every": 0}],
     "rounds[0].every: 0 is no number of seconds between 0 and a year"),
    ("rounds", [{**ROUND, "every": -300}],
     "rounds[0].every: -300 is no number of seconds between 0 and a year"),
    ("rounds", [{**ROUND, "every": "0.0005"}], "rounds[0].every: '0.0005' is finer than a millisecond"),
    ("rounds", [{**ROUND, "every": 31_622_401}],
     "rounds[0].every: 31622401 is no number of seconds between 0 and a year"),
    ("rounds", [{**ROUND, "every": True}], "rounds[0].every: true is not a number such as 40 or 12.5"),
    ("rounds", [{**ROUND, "every": [300]}], "rounds[0].every: a list is not a number such as 40 or 12.5"),
    ("rounds", [{**ROUND, "sent": 2.5}],
     "rounds[0].sent: 2.5 is not a whole number from 0 to 2,147,483,647"),
    ("rounds", [{**ROUND, "sent": "two"}], "rounds[0].sent: 'two' is not a whole number"),
    ("rounds", [{**ROUND, "sent": -2}], "rounds[0].sent: -2 is not a whole number from 0 to 2,147,483,647"),
    ("rounds", [{**ROUND, "repeat": 0}],
     "rounds[0].repeat: 0 is too few: 1 or more, or leave it out"),
    ("rounds", [{**ROUND, "repeat": 40_000_001}],
     "rounds[0].repeat: makes over 40,000,000 rounds in all: split the file"),
    ("rounds", [{**ROUND, "at": "9999-12-31T23:55:00.001Z"}],
     "rounds[0].at: reaches beyond the year 9999"),
    ("rounds", [{**ROUND, "dscp": 64}], "rounds[0].dscp: 64 is not a whole number from 0 to 63"),
    ("rounds", [{**ROUND, "direction": "out"}],
     "rounds[0].direction: 'out' is not one of forward, reverse"),
    ("rounds", [{**ROUND, "family": 5}], "rounds[0].family: 5 is not one of 4, 6"),
    ("rounds", [{**ROUND, "reason": "time-out"}],
     "rounds[0].reason: 'time-out' is not one of none, timeout, refused, reset, unreachable, resolve, "
     "tls, protocol, auth, mismatch, local: did you mean 'timeout'?"),
    ("rounds", [{**ROUND, "recieved": 1}],
     "rounds[0].recieved: unknown key 'recieved': did you mean 'received'?"),
    ("rounds", [{key: value for key, value in ROUND.items() if key != "every"}],
     "rounds[0].every: 'every' is needed"),
    ("rounds", ["x"], "rounds[0]: must be a map with the keys at, every, sent, received, not 'x'"),
    ("maintenance", [{**SPAN, "announced": "soon"}],
     "maintenance[0].announced: 'soon' is not a time such as 2026-10-03T14:00:00Z"),
    ("maintenance", [{**SPAN, "to": SPAN["from"]}],
     "maintenance[0].to: ends when it begins, at 2026-04-03T10:00:00Z"),
    ("exclusions", [SPAN], "exclusions[0].kind: 'kind' is needed"),
    ("exclusions", [{**SPAN, "kind": "customer", "state": "agreed"}],
     "exclusions[0].state: 'agreed' is not one of claimed, accepted, disputed"),
    ("exclusions", [{**SPAN, "kind": " "}], "exclusions[0].kind: ' ' is not a text"),
    ("tickets", [{**TICKET, "closed": "2026-04-03T09:59:59Z"}],
     "tickets[0].closed: is closed before it was opened, at 2026-04-03T10:00:00Z"),
    ("tickets", [{**TICKET, "dispatched": "yes"}], "tickets[0].dispatched: 'yes' is not true or false"),
    ("tickets", [{"id": "T1"}], "tickets[0].opened: 'opened' is needed"),
    ("tickets", [{**TICKET, "holds": {}}], "tickets[0].holds: must be a list, not a map"),
    ("tickets", [{**TICKET, "holds": [SPAN]}], "tickets[0].holds[0].reason: 'reason' is needed"),
    ("samples", [{"at": SPAN["from"], "direction": "up", "utilisation": "0.8"}],
     "samples[0].direction: 'up' is not one of receive, transmit"),
    ("samples", [{"at": SPAN["from"], "utilisation": "80%"}],
     "samples[0].utilisation: '80%' is not a number such as 40 or 12.5"),
    ("samples", [{"at": SPAN["from"], "throughput": "-0.1"}],
     "samples[0].throughput: '-0.1' is below 0"),
    ("samples", [{"at": SPAN["from"]}],
     "samples[0]: measures nothing: 'utilisation' or 'throughput' is needed"),
    ("previous", [{"period": "March", "credit": "1"}],
     "previous[0].period: 'March' is not a period: write 2026-10, 2026-Q3, 2026, 2026-10-03, current, or "
     "FROM..TO in days or RFC 3339 instants"),
    ("previous", [{"period": "current"}],
     "previous[0].period: 'current' is no name of a period that is over: write one such as 2026-03"),
    ("previous", [{"period": "2026-03", "credit": "1,50"}],
     "previous[0].credit: '1,50' is not an amount such as 1500.00 or 1500.00 USD"),
    ("previous", [{"period": "2026-03", "availability": {"verdict": "broken"}}],
     "previous[0].availability.verdict: 'broken' is not one of met, breached, insufficient_data"),
    ("previous", [{"period": "2026-03", "availability": "met"}],
     "previous[0].availability: must be a map with the key verdict, not 'met'"),
    ("previous", [3], 'previous[0]: must be a map such as {"period": "2026-03"}, not 3'),
]  # fmt: skip


@pytest.mark.parametrize(("name", "entries", "said"), ENTRIES, ids=[said for _, _, said in ENTRIES])
def test_a_mistake_in_an_entry_is_told_with_its_place(
    tmp_path: Path, name: str, entries: list[Any], said: str
) -> None:
    text = f'{{\n"circuit": {{"id": "X-1"}}, "{name}": {json.dumps(entries)}}}'
    (found,) = mistakes(tmp_path, text)
    place, _, sentence = found.partition(": ")
    assert sentence == said
    line, column = map(int, place.split(":"))
    assert text.splitlines()[line - 1][column - 1 :].startswith(json.dumps(value_at(said, {name: entries})))


def value_at(said: str, whole: Any) -> object:  # noqa: ANN401 - a value of JSON
    """The value that a sentence's path leads to; what holds it where it isn't there."""
    for part in re.findall(r"\w+", said.partition(": ")[0]):
        try:
            whole = whole[int(part) if isinstance(whole, list) else part]
        except KeyError:
            break
    return whole


CIRCUITS: list[tuple[str, str]] = [
    ('"timezone": "Mars/Base"',
     "circuit.timezone: 'Mars/Base' is not an IANA time zone such as Europe/London"),
    ('"timezone": "Europe/london "',
     "circuit.timezone: 'Europe/london ' is not an IANA time zone such as Europe/London"),
    ('"monthly_charge": "1500 dollars"',
     "circuit.monthly_charge: '1500 dollars' is not an amount such as 1500.00 or 1500.00 USD"),
    ('"monthly_charge": NaN', "circuit.monthly_charge: NaN is not an amount such as 1500.00 or 1500.00 USD"),
    ('"monthly_charge": -1', "circuit.monthly_charge: -1 is not an amount such as 1500.00 or 1500.00 USD"),
    ('"monthly_charge": true',
     "circuit.monthly_charge: true is not an amount such as 1500.00 or 1500.00 USD"),
    ('"monthly_charge": [{"from": "2026-01-01", "vlaue": "1"}]',
     "circuit.monthly_charge[0].value: 'value' is needed"),
    ('"monthly_charge": [{"value": "1"}, {"value": "2"}]',
     "circuit.monthly_charge[1]: only one of them may leave `from` out"),
    ('"active": {"form": "2026-01-01"}', "circuit.active.form: unknown key 'form': did you mean 'from'?"),
    ('"active": {"from": "2026-02-30"}', "circuit.active.from: '2026-02-30' is not a day such as 2026-01-31"),
    ('"up_when": "most"', "circuit.up_when: 'most' is not any, all or {at_least: N}"),
    ('"up_when": {"at_leest": 2}',
     "circuit.up_when.at_leest: unknown key 'at_leest': did you mean 'at_least'?"),
    ('"judged_by": {"rttt": ["pe"]}', "circuit.judged_by.rttt: unknown key 'rttt': did you mean 'rtt'?"),
    ('"bandwidth": {"down": "fast"}',
     "circuit.bandwidth.down: 'fast' is not a rate in bit/s such as 64k, 100M or 2.5G"),
    ('"due": "soon"', "circuit.due: 'soon' is not a day such as 2026-01-31"),
    ('"monthly_chrage": "1"',
     "circuit.monthly_chrage: unknown key 'monthly_chrage': did you mean 'monthly_charge'?"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "said"), CIRCUITS, ids=[said for _, said in CIRCUITS])
def test_a_mistake_in_a_circuit_is_told_with_its_line(tmp_path: Path, key: str, said: str) -> None:
    found = mistakes(tmp_path, f'{{"circuit": {{"id": "X-1",\n {key}}}}}')
    assert found
    assert all(one.startswith("2:") for one in found if "is needed" not in one)
    assert said in [one.partition(": ")[2] for one in found]


WHOLES: list[tuple[str, list[str]]] = [
    ("[]", ['1:1: must be a map such as {"circuit": ..., "intervals": [...]}, not a list']),
    ("{}", ["1:1: 'circuit' is needed: {\"id\": ...}, or `circuits` with a list of them"]),
    ('{"circuit": {"id": "a"},\n "circuits": []}',
     ["2:14: circuits: `circuit` and `circuits` both stand here: keep one"]),
    ('{"circuits": []}', ["1:14: circuits: must be a list of circuits, one at least"]),
    ('{"circuit": 3}',
     ['1:13: circuit: must be a map such as {"id": "X-1", "monthly_charge": "1500.00 USD"}']),
    ('{"circuit": {"timezone": "UTC"}}', ["1:13: circuit.id: 'id' is needed"]),
    ('{"circuits": [{"id": "a"},\n {"id": "a"}]}',
     ["2:9: circuits[1].id: circuit 'a' stands here a second time (line 1)"]),
    ('{"circuits": [{"id": "a"}, {"id": "b"}],\n "tickets": [{"id": "1", "opened": "2026-04-01T00:00:00Z"}]}',
     ["2:14: tickets[0]: 'circuit' is needed: which of a, b"]),
    ('{"circuits": [{"id": "a"}, {"id": "b"}],\n'
     ' "rounds": [{"at": "2026-04-01T00:00:00Z", "every": 1, "sent": 0, "received": 0}]}',
     ["2:13: rounds[0]: 'circuit' is needed: which of a, b"]),
    ('{"circuits": [{"id": "a"}, {"id": "b"}],\n'
     ' "rounds": [{"at": "2026-04-01T00:00:00Z", "every": 1, "sent": 0, "received": 0, "circuit": "c"}]}',
     ["2:93: rounds[0].circuit: no circuit 'c' stands here: known here: a, b"]),
    ('{"circuit": {"id": "a"}, "tickets": [{"id": 1, "opened": "2026-04-01T00:00:00Z"},\n'
     '{"id": "1", "opened": "2026-05-01T00:00:00Z"}]}',
     ["2:8: tickets[1].id: ticket '1' stands here a second time (line 1)"]),
    ('{"circuit": {"id": "a"},\n "now": "noon"}',
     ["2:9: now: 'noon' is not a time such as 2026-10-03T14:00:00Z"]),
    ('{"circuit": {"id": "a"},\n "interval": []}', ["2:14: interval: unknown key 'interval': "
     "did you mean 'intervals'?"]),
    ('{"circuit": {"id": "a"},\n "rounds": {}}', ["2:12: rounds: must be a list, not a map"]),
    ('{"circuit": {"id": "a"},\n "now": 1,\n "now": 2}',
     ["3:9: now: key 'now' stands here a second time: keep one of them"]),
    ('{"circuit": {"id": "a"},\n}', ["2:1: is not JSON: expecting property name enclosed in double quotes"]),
    ("", ["1:1: is not JSON: expecting value"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), WHOLES)
def test_a_mistake_in_the_whole_is_told_with_its_place(tmp_path: Path, text: str, said: list[str]) -> None:
    assert mistakes(tmp_path, text) == said


def test_intervals_that_overlap_are_told_at_the_later_one_in_time_with_the_line_of_the_other(
    tmp_path: Path,
) -> None:
    text = """{"circuit": {"id": "X-1"}, "intervals": [
 {"from": "2026-04-03T10:46:59.999Z", "to": "2026-04-03T11:00:00Z", "status": "down"},
 {"from": "2026-04-03T10:00:00Z", "to": "2026-04-03T10:47:00Z", "status": "down"},
 {"from": "2026-04-03T11:00:00Z", "to": "2026-04-03T11:01:00Z", "status": "up"}]}"""
    assert mistakes(tmp_path, text) == [
        "2:11: intervals[0].from: begins before 2026-04-03T10:47:00Z, when the interval before it "
        "ends (line 3)"
    ]


def test_an_interval_inside_a_long_one_overlaps_though_another_lies_between(tmp_path: Path) -> None:
    text = """{"circuit": {"id": "X-1"}, "intervals": [
 {"from": "2026-04-03T10:00:00Z", "to": "2026-04-03T13:00:00Z", "status": "down"},
 {"from": "2026-04-03T10:10:00Z", "to": "2026-04-03T10:20:00Z", "status": "down"},
 {"from": "2026-04-03T12:59:59Z", "to": "2026-04-03T13:00:00Z", "status": "down"}]}"""
    assert [one.rpartition("(")[2] for one in mistakes(tmp_path, text)] == ["line 2)", "line 2)"]


def test_intervals_of_two_circuits_do_not_overlap(tmp_path: Path) -> None:
    parts = {"circuits": [{"id": "a"}, {"id": "b"}]}
    intervals = [{**DOWN, "circuit": "a"}, {**DOWN, "circuit": "b"}]
    assert mistakes(tmp_path, json.dumps({**parts, "intervals": intervals})) == []


@pytest.mark.parametrize(
    ("change", "overlaps"),
    [
        ({}, True),
        ({"at": "2026-04-03T10:04:59.999Z"}, True),
        ({"at": "2026-04-03T10:05:00Z"}, False),
        ({"probe": "far"}, False),
        ({"dscp": 46}, False),
        ({"direction": "reverse"}, False),
        ({"family": 6}, False),
    ],
)
def test_rounds_overlap_only_inside_one_probe_class_direction_and_family(
    tmp_path: Path, change: dict[str, Any], overlaps: bool
) -> None:
    text = f'{{"circuit": {{"id": "X-1"}}, "rounds": [{json.dumps(ROUND)},\n{json.dumps(ROUND | change)}]}}'
    said = "rounds[1].at: begins before 2026-04-03T10:05:00Z, when the round before it ends (line 1)"
    assert mistakes(tmp_path, text) == ([f"2:8: {said}"] if overlaps else [])


def test_repeated_rounds_reach_as_far_as_all_of_them(tmp_path: Path) -> None:
    later = {**ROUND, "at": "2026-04-03T10:09:59Z"}
    first = {**ROUND, "repeat": 2}
    text = f'{{"circuit": {{"id": "X-1"}}, "rounds": [{json.dumps(first)},\n{json.dumps(later)}]}}'
    assert [one.partition(", ")[0] for one in mistakes(tmp_path, text)] == [
        "2:8: rounds[1].at: begins before 2026-04-03T10:10:00Z"
    ]


def test_a_mistake_does_not_hide_the_others(tmp_path: Path) -> None:
    rounds = [
        {**ROUND, "every": "often"},
        {**ROUND, "received": 9},
        ROUND,
        {**ROUND, "at": "2026-04-03T10:01:00Z"},
        "x",
    ]
    whole = {"circuit": {**CIRCUIT, "site": ""}, "intervals": [DOWN, DOWN], "rounds": rounds, "now": 3}
    assert [one.split(": ")[1] for one in mistakes(tmp_path, json.dumps(whole))] == [
        "circuit.site",
        "intervals[1].from",
        "rounds[0].every",
        "rounds[1].received",
        "rounds[3].at",
        "rounds[4]",
        "now",
    ]


def test_after_twenty_problems_the_others_are_counted(tmp_path: Path) -> None:
    tickets = [{"id": number} for number in range(22)]
    whole = {"circuit": CIRCUIT, "tickets": tickets}
    found = mistakes(tmp_path, json.dumps(whole, indent=0))
    assert len(found) == 21
    assert found[-1] == "and 2 more problems"
    found = mistakes(tmp_path, json.dumps({**whole, "tickets": tickets[:21]}))
    assert found[-1] == "and 1 more problem"
    assert len(mistakes(tmp_path, json.dumps({**whole, "tickets": tickets[:20]}))) == 20


def test_lines_are_counted_as_editors_do_whatever_ends_them(tmp_path: Path) -> None:
    for end in ("\n", "\r\n", "\r"):
        text = f'{{"circuit":{end}{{"id": "X"}},{end} "now": 3}}'
        (tmp_path / "h.json").write_bytes(text.encode())
        with pytest.raises(HistoryErrors) as errors:
            read_history(tmp_path / "h.json")
        assert [(one.line, one.column) for one in errors.value.problems] == [(3, 9)]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'{"circuit": "\xff"}', "is not UTF-8 text: byte 0xff in line 1; save the file as UTF-8"),
        (b"[" * 100_000, "is nested too deeply to be a history"),
        (b"[" + b"1" * 5_000 + b"]", "holds a number of thousands of digits"),
    ],
)
def test_what_is_no_text_of_a_history_is_refused_as_a_whole(tmp_path: Path, data: bytes, said: str) -> None:
    (tmp_path / "h.json").write_bytes(data)
    with pytest.raises(HistoryErrors) as errors:
        read_history(tmp_path / "h.json")
    assert str(errors.value) == f"{tmp_path}/h.json: {said}"


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HistoryErrors, match="there is no such file"):
        read_history(tmp_path / "none.json")


def test_a_number_beyond_all_reason_is_no_number(tmp_path: Path) -> None:
    text = '{"circuit": {"id": "X-1", "monthly_charge": 1e999999999999999999999}}'
    assert mistakes(tmp_path, text)[0].endswith("is not an amount such as 1500.00 or 1500.00 USD")
    text = '{"circuit": {"id": "X-1", "monthly_charge": 1e999999}}'
    assert mistakes(tmp_path, text)[0].endswith("is not an amount such as 1500.00 or 1500.00 USD")
