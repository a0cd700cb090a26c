"""Intervals and rounds as CSV, from any tool and from our own export."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from collector.circuits import Status
from collector.csv_export import header, lines
from collector.history import History, HistoryErrors, csv_text, read_csv
from collector.ledger.model import REFERENCE, Series, SeriesKey
from collector.ledger.rounds import Rounds
from collector.sla.timeline import Stretch
from config.fields import Money
from probes.model import Reason, Round
from tests.collector.history.write import ms

TEN, LATER = "2026-04-03T10:00:00Z", "2026-04-03T10:47:00Z"
DOWN = (Stretch(ms(TEN), ms(LATER), Status.DOWN),)


def intervals(directory: Path, text: str) -> History:
    """What a file of intervals says."""
    path = directory / "i.csv"
    path.write_bytes(text.encode())
    return read_csv(path, None)


def rounds(directory: Path, text: str) -> list[tuple[int, int, tuple[int | None, ...]]]:
    """Sent, received and packets of each round of a file with one circuit."""
    path = directory / "r.csv"
    path.write_bytes(text.encode())
    ((_, seen),) = read_csv(None, path).circuits.values()
    rows = [one.rounds.row(1, place) for one in seen.measured for place in range(len(one.rounds))]
    return [(one.sent, one.received, one.rtts) for one in rows]


def mistakes(directory: Path, text: str, kind: str) -> list[str]:
    """What is said of a file, without its path."""
    path = directory / "x.csv"
    path.write_bytes(text.encode())
    with pytest.raises(HistoryErrors) as errors:
        read_csv(path, None) if kind == "intervals" else read_csv(None, path)
    return str(errors.value).replace(f"{path}:", "").splitlines()


@pytest.mark.parametrize(
    "text",
    [
        f"from,to,status\n{TEN},{LATER},down\n",
        f"from,to,status\r\n{TEN},{LATER},down\r\n",
        f"from;to;status\n{TEN};{LATER};down",
        f"from\tto\tstatus\n{TEN}\t{LATER}\tdown\n\n",
        f"\ufeffFrom,To,Status\n{TEN}, {LATER} ,down\n",
        f'"from","to","status"\n"{TEN}","{LATER}","down"\n',
        f"# from our old tool\nfrom,to,status\n{TEN},{LATER},down\n,,\n",
        f"sep=;\nfrom;to;status\n{TEN};{LATER};down\n",
        f"status,to,from,cause,circuit\ndown,{LATER},{TEN},,\n",
    ],
)
def test_intervals_are_read_however_a_spreadsheet_writes_them(tmp_path: Path, text: str) -> None:
    found = intervals(tmp_path, text)
    ((facts, seen),) = found.circuits.values()
    assert seen.intervals is not None
    assert (facts.id, seen.intervals.stretches) == ("circuit", DOWN)


def test_a_header_alone_says_that_it_was_always_up(tmp_path: Path) -> None:
    ((_, seen),) = intervals(tmp_path, "from,to,status\n").circuits.values()
    assert seen.intervals is not None
    assert not seen.intervals.stretches


def test_a_column_of_circuits_makes_several(tmp_path: Path) -> None:
    text = f"from,to,status,circuit,cause\n{TEN},{LATER},down,a,Größe\n{TEN},{LATER},up,b,\n"
    found = intervals(tmp_path, text)
    assert list(found.circuits) == ["a", "b"]
    seen = found.circuits["a"][1].intervals
    assert seen is not None
    assert seen.tagged("cause:Größe").pairs == ((ms(TEN), ms(LATER)),)


def test_what_a_file_cannot_say_is_given_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "i.csv"
    path.write_text(f"from,to,status\n{TEN},{LATER},down\n")
    found = read_csv(path, None, circuit="lon", charge="1500 EUR", zone="Europe/London")
    facts, _ = found.circuits["lon"]
    assert facts.monthly_charge.values == (Money(Decimal(1500), "EUR"),)
    assert (facts.timezone, found.zoneless) == ("Europe/London", frozenset())


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("2,1,40.0;", (2, 1, (400_000, None))),
        ("2,1,;40.5", (2, 1, (None, 405_000))),
        ("2,2,1.0001; 2", (2, 2, (10_001, 20_000))),
        ("1,0,", (1, 0, (None,))),
        ("2,0,;", (2, 0, (None, None))),
        ("2,0,", (2, 0, ())),
        ("2,1,", (2, 1, ())),
        ("0,0,", (0, 0, ())),
    ],
)
def test_the_packets_of_a_round_are_one_cell(
    tmp_path: Path, row: str, told: tuple[int, int, tuple[int | None, ...]]
) -> None:
    assert rounds(tmp_path, f"at,every,sent,received,rtt_ms\n{TEN},300,{row}\n") == [told]


def test_without_a_column_of_packets_only_the_counts_are_known(tmp_path: Path) -> None:
    assert rounds(tmp_path, f"at,every,sent,received\n{TEN},0.5,1,0\n") == [(1, 0, ())]


def test_packets_joined_by_the_separator_are_quoted(tmp_path: Path) -> None:
    text = f'at;every;sent;received;rtt_ms\n{TEN};300;2;2;"1.5;2"\n'
    assert rounds(tmp_path, text) == [(2, 2, (15_000, 20_000))]


def test_intervals_and_rounds_together_are_one_history(tmp_path: Path) -> None:
    (tmp_path / "i.csv").write_text(f"from,to,status,circuit\n{TEN},{LATER},down,a\n")
    (tmp_path / "r.csv").write_text(f"at,every,sent,received,circuit\n{TEN},300,1,1,a\n{TEN},300,1,1,b\n")
    found = read_csv(tmp_path / "i.csv", tmp_path / "r.csv")
    stretches = {
        name: seen.intervals and len(seen.intervals.stretches) for name, (_, seen) in found.circuits.items()
    }
    assert stretches == {"a": 1, "b": 0}
    assert [len(seen.measured) for _, seen in found.circuits.values()] == [1, 1]


def exported(circuit: str, probe: str, *made: Round) -> str:
    """Rounds as our own export writes them."""
    key = SeriesKey("edge", "lon", "acme", circuit, probe, "icmp", 10_000, "", "", (), "path")
    return lines(Series(1, key), Rounds.of(10_000, made))


def test_our_own_export_is_read_packet_for_packet(tmp_path: Path) -> None:
    made = [
        Round(1, ms(TEN), 10_000, 0, 3, 2, (123_456, None, 1), Reason.TIMEOUT, "one, of three"),
        Round(1, ms(TEN) + 10_000, 10_000, 0, 1, 0, (None,), Reason.LOCAL, ""),
        Round(1, ms(TEN) + 20_000, 10_000, 0, 4, 3, (), Reason.NONE, ""),
    ]
    reference = Round(1, ms(TEN), 10_000, 0, 1, 1, (5,), Reason.NONE, "")
    path = tmp_path / "rounds.csv"
    path.write_text(header() + exported(REFERENCE, "gateway", reference) + exported("lon-acme", "pe", *made))
    found = read_csv(None, path)
    assert list(found.circuits) == ["lon-acme"]
    (series,) = found.circuits["lon-acme"][1].measured
    rows = [series.rounds.row(1, place) for place in range(3)]
    assert series.probe == "pe"
    assert [(one.at_ms, one.every_ms, one.sent, one.received, one.rtts, one.reason) for one in rows] == [
        (one.at_ms, one.every_ms, one.sent, one.received, one.rtts, one.reason) for one in made
    ]
    assert series.verdict.tolist() == [1, -1, 1]


MISTAKES: list[tuple[str, str, list[str]]] = [
    ("intervals", "", ["is empty: its first line names the columns from,to,status"]),
    ("intervals", "from,until,status\n", [
        "1:1: intervals.header: column 'to' is needed",
        "1:6: intervals.header.until: unknown column 'until': known here: cause, circuit, from, status, to",
    ]),
    ("intervals", "from,to,status,to\n",
     ["1:6: intervals.header.to: column 'to' stands here twice"]),
    ("intervals", f"from,to,status\n{TEN},{LATER},down\n{TEN},{LATER},dwon\n", [
        "3:43: intervals[1].status: 'dwon' is not one of up, down, unknown: did you mean 'down'?",
    ]),
    ("intervals", f"from,to,status\n\n{LATER},{TEN},down\n",
     [f"3:22: intervals[0].to: ends before it begins, at {LATER}"]),
    ("intervals", f"from,to,status\n{TEN},{LATER},down\n{TEN},{LATER},down\n",
     [f"3:1: intervals[1].from: begins before {LATER}, when the interval before it ends (line 2)"]),
    ("intervals", f"from,to,status\n{TEN},{LATER}\n", ["2:1: intervals[0].status: 'status' is needed"]),
    ("intervals", f"from,to,status\n{TEN},{LATER},down,x\n",
     ["2:1: intervals[0]: has 4 cells, the header 3"]),
    ("intervals", "from,to,status\n2026-04-03 10:00,2026-04-03 11:00Z,down\n", [
        "2:1: intervals[0].from: '2026-04-03 10:00' has no offset: end it with Z for UTC, or with one such "
        "as +02:00",
    ]),
    ("intervals", f'from,to,status\n"{TEN},{LATER},down\n', ["2:1: this quote is never closed"]),
    ("rounds", f"at,every,sent,received\n{TEN},300,1,2\n",
     ["2:28: rounds[0].received: 2 came back of 1 that were sent"]),
    ("rounds", f"at,every,sent,received\n{TEN},five,1,1\n",
     ["2:22: rounds[0].every: 'five' is not a number such as 40 or 12.5"]),
    ("rounds", f"at,every,sent,received\n{TEN},300,nan,1\n",
     ["2:26: rounds[0].sent: 'nan' is not a whole number"]),
    ("rounds", f"at,every,sent,received,rtt_ms\n{TEN},300,2,2,1;x\n",
     ["2:30: rounds[0].rtt_ms[1]: 'x' is not a number such as 40 or 12.5"]),
    ("rounds", f"at,every,sent,received,rtt_ms\n{TEN},300,2,2,1;\n",
     ["2:30: rounds[0].rtt_ms: has 1 answer, and 2 came back"]),
    ("rounds", f"at,every,sent,received,rtt_ms\n{TEN},300,3,2,1;2\n",
     ["2:30: rounds[0].rtt_ms: has 2 places for 3 packets: one each, an empty place for a lost one, or none "
      "at all"]),
    ("rounds", f"at,every,sent,received\n{TEN},300,1,1\n2026-04-03T10:04:59Z,300,1,1\n", [
        "3:1: rounds[1].at: begins before 2026-04-03T10:05:00Z, when the round before it ends (line 2)",
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "said"), MISTAKES)
def test_a_mistake_is_told_with_its_line_and_column(
    tmp_path: Path, kind: str, text: str, said: list[str]
) -> None:
    assert [one.strip() for one in mistakes(tmp_path, text, kind)] == said


def test_rows_keep_their_lines_where_reference_targets_are_passed_over(tmp_path: Path) -> None:
    text = f"at,every,sent,received,circuit\n{TEN},300,1,1,{REFERENCE}\n{TEN},300,1,2,a\n"
    assert mistakes(tmp_path, text, "rounds") == ["3:28: rounds[0].received: 2 came back of 1 that were sent"]


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HistoryErrors, match="there is no such file"):
        read_csv(tmp_path / "none.csv", None)


def test_more_intervals_than_memory_should_hold_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_text, "MOST_INTERVALS", 1)
    row = "2026-03-10T10:00:00Z,2026-03-10T10:50:00Z,down\n"
    path = tmp_path / "i.csv"
    path.write_text("from,to,status\n" + row)
    assert len(csv_text.read_intervals(path, path.read_text())[1]) == 1
    path.write_text("from,to,status\n" + row + row)
    with pytest.raises(HistoryErrors) as errors:
        csv_text.read_intervals(path, path.read_text())
    assert str(errors.value) == f"{path}: has 2 intervals: at most 1, split the file"
