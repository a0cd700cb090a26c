"""Raw rounds as CSV."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from collector.csv_export import SAMPLE_HEADER, header, lines, sample_lines, seconds
from collector.ledger.model import Series, SeriesKey
from collector.ledger.rounds import Rounds
from collector.times import parse_rfc3339, rfc3339
from probes.model import Reason, Round, Sample

SERIES = Series(1, SeriesKey("edge", "lon", "acme", "lon-acme", "far", "icmp", 10_000, ""))


def export(*rounds: Round) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(header() + lines(SERIES, Rounds.of(10_000, rounds)))))


def test_a_round_is_a_row_with_its_rtts_in_sending_order_and_a_gap_for_a_loss() -> None:
    one = Round(
        1, 1_767_225_600_000, 10_000, 0, 3, 2, (123_456, None, 100_000), Reason.TIMEOUT, "1 of 3 lost"
    )
    assert export(one) == [
        {
            "at": "2026-01-01T00:00:00Z", "site": "lon", "carrier": "acme", "circuit": "lon-acme",
            "probe": "far", "kind": "icmp", "every_seconds": "10", "sent": "3", "received": "2",
            "rtt_seconds": "0.0123456;;0.01", "reason": "timeout", "detail": "1 of 3 lost",
        }
    ]  # fmt: skip


def test_a_round_of_counts_alone_has_no_rtts() -> None:
    (row,) = export(Round(1, 0, 10_000, 0, 2, 1, (), Reason.NONE))
    assert (row["sent"], row["received"], row["rtt_seconds"]) == ("2", "1", "")


@given(st.text())
def test_any_detail_comes_back_as_it_was(detail: str) -> None:
    text = detail.replace("\r", "").replace("\x00", "")
    (row,) = export(Round(1, 0, 10_000, 0, 1, 0, (None,), Reason.TIMEOUT, text))
    assert row["detail"] == text


@given(st.integers(0, 10**12))
def test_seconds_are_exact(units: int) -> None:
    whole, _, part = seconds(units).partition(".")
    assert int(whole) * 10**7 + int(part.ljust(7, "0") if part else 0) == units


@given(st.integers(0, 4 * 10**12))
def test_times_come_back_as_they_were(at_ms: int) -> None:
    assert parse_rfc3339(rfc3339(at_ms)) == at_ms


def test_a_sample_is_a_row_whatever_its_type() -> None:
    found = [
        Sample(1, 1_767_225_600_000, 0, "if_receive_bytes_total", 2**63),
        Sample(1, 1_767_225_600_000, 0, "if_receive_utilisation_ratio", 0.1),
        Sample(1, 1_767_225_600_000, 0, "interface", 'Gi0/1, "up"'),
    ]
    rows = list(csv.DictReader(io.StringIO(header(SAMPLE_HEADER) + sample_lines(SERIES, found))))
    assert [(row["name"], row["value"]) for row in rows] == [
        ("if_receive_bytes_total", "9223372036854775808"),
        ("if_receive_utilisation_ratio", "0.1"),
        ("interface", 'Gi0/1, "up"'),
    ]
    assert rows[0]["at"] == "2026-01-01T00:00:00Z"
    assert rows[0]["circuit"] == "lon-acme"
