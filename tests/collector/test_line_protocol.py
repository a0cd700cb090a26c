"""Rows become lines that every store reads back as what was measured."""

from __future__ import annotations

import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from collector.ledger.model import EndedOutage, LogRow, Outage, Series, SeriesKey, SlaFigures
from collector.outputs.line_protocol import RowEncoder, outage_line, round_line, series_tags, sla_line
from collector.outputs.line_text import NOTHING, clean, float_text, tag_text
from probes.model import Outcome, Reason, Round, Sample
from tests.collector.records import EVERY_MS, SERIES, START_MS, expected_rounds, outcomes, status, tags

KEY = SERIES[0].key
TAGS = "host=edge-1,site=lon-01,carrier=acme,circuit=lon-acme,probe=pe,kind=icmp"


def split(text: str, separator: str, *, strings: bool = False) -> list[str]:
    """Cut at separators that are not escaped and, with `strings`, not inside quotation marks."""
    parts, quoted, escaped = [""], False, False
    for char in text:
        quoted ^= strings and char == '"' and not escaped
        if char == separator and not quoted and not escaped:
            parts.append("")
        else:
            parts[-1] += char
        escaped = char == "\\" and not escaped
    return parts


def plain(text: str) -> str:
    """Take the escapes away."""
    return "".join(
        char for i, char in enumerate(text) if not (char == "\\" and text[i + 1 : i + 2] in (",", "=", " "))
    )


def parse(one: bytes) -> tuple[str, dict[str, str], dict[str, object], int]:
    """A line read by the reference's grammar: measurement, tags, fields, nanoseconds."""
    head = split(one.decode(), " ")[0]
    body, _, at = one.decode()[len(head) + 1 :].rpartition(" ")
    measurement, *tag_parts = split(head, ",")
    found = dict(split(part, "=") for part in tag_parts)
    fields: dict[str, object] = {}
    for part in split(body, ",", strings=True):
        name, _, text = part.partition("=")
        fields[name] = value(text)
    return measurement, {plain(name): plain(text) for name, text in found.items()}, fields, int(at)


def value(text: str) -> object:
    """A field's value: a string, an integer, or a float that must have a point and no exponent."""
    if text.startswith('"'):
        return text[1:-1].replace('\\"', '"')
    if text.endswith("i"):
        return int(text[:-1])
    whole, point, part = text.lstrip("-").partition(".")
    assert point, text
    assert whole.isdigit(), text
    assert part.isdigit(), text
    return float(text)


def test_a_good_round_is_exactly_this_line() -> None:
    one = Round(1, START_MS, EVERY_MS, 0, 4, 3, (10_000, 30_000, None, 20_001))
    assert (
        round_line(one, series_tags(KEY), 1)
        == (
            f"linkledger_round,{TAGS} sent=4i,received=3i,"
            "rtt_min_seconds=0.001,rtt_mean_seconds=0.002000033333333333,rtt_max_seconds=0.003,"
            "rtt_p50_seconds=0.0020001,rtt_p95_seconds=0.003,jitter_seconds=0.002,"
            'status=1i,reason="none" 1767225600000000000'
        ).encode()
    )


@pytest.mark.parametrize(
    ("rtts", "jitter"),
    [
        ((10, 30, 20), "jitter_seconds=0.0000015"),
        ((10, None, 30), None),
        ((10, None, 30, 40), "jitter_seconds=0.000001"),
        ((10,), None),
        ((10, 10), "jitter_seconds=0.0"),
    ],
)
def test_jitter_is_the_mean_step_between_neighbours_and_a_loss_breaks_the_pair(
    rtts: tuple[int | None, ...], jitter: str | None
) -> None:
    one = Round(1, START_MS, EVERY_MS, 0, len(rtts), len(rtts) - rtts.count(None), rtts)
    found = [
        part for part in round_line(one, "", 1).decode().replace(" ", ",").split(",") if "jitter" in part
    ]
    assert found == ([jitter] if jitter else [])


@pytest.mark.parametrize(
    "one",
    [
        Round(1, START_MS, EVERY_MS, 0, 3, 0, (None,) * 3, Reason.TIMEOUT),
        Round(1, START_MS, EVERY_MS, 0, 2, 1),
        Round(1, START_MS, EVERY_MS, 0, 0, 0, (), Reason.RESOLVE),
    ],
    ids=["all lost", "only the counts are known", "nothing could be sent"],
)
def test_without_rtts_there_are_no_rtt_fields(one: Round) -> None:
    _, _, fields, _ = parse(round_line(one, series_tags(KEY), -1))
    assert fields == {"sent": one.sent, "received": one.received, "status": -1, "reason": one.reason}


def test_victoriametrics_gets_no_string() -> None:
    one = Round(1, START_MS, EVERY_MS, 0, 1, 0, (None,), Reason.REFUSED)
    assert b'"' not in round_line(one, series_tags(KEY), 1, strings=False)
    outage = Outage("lon-01", "acme", "lon-acme", START_MS, START_MS + 1, "timeout")
    assert b'"' not in outage_line(outage, "edge-1", strings=False)


def test_every_line_reads_back_as_the_round_that_was_measured() -> None:
    rows = [
        LogRow(seq, outcome.round.series, outcome)
        for seq, outcome in enumerate(outcomes(500), 1)
        if outcome.round
    ]
    encoder = RowEncoder(strings=True)
    found = {}
    for row in rows:
        measurement, tag_values, fields, at_ns = parse(
            encoder.lines(row, SERIES[row.series - 1], status(row))[0]
        )
        assert measurement == "linkledger_round"
        assert at_ns % 1_000_000 == 0
        found[(*tag_values.values(), at_ns // 1_000_000)] = fields
    assert found == expected_rounds(rows)


def test_the_same_row_gives_the_same_bytes_from_a_new_encoder() -> None:
    rows = [LogRow(seq, 1, outcome) for seq, outcome in enumerate(outcomes(100), 1)]
    first, second = RowEncoder(strings=True), RowEncoder(strings=True)
    for row in rows:
        assert first.lines(row, SERIES[0], 1) == second.lines(row, SERIES[0], 1)


@given(st.lists(st.one_of(st.none(), st.integers(0, 10**9)), min_size=1, max_size=30))
def test_any_rtts_read_back_in_order_and_exactly(rtts: list[int | None]) -> None:
    one = Round(1, START_MS, EVERY_MS, 0, len(rtts), len(rtts) - rtts.count(None), tuple(rtts))
    _, _, fields, _ = parse(round_line(one, series_tags(KEY), 1))
    answered = [rtt for rtt in rtts if rtt is not None]
    assert ("rtt_min_seconds" in fields) == bool(answered)
    if answered:
        low, middle, high = (fields[f"rtt_{name}_seconds"] for name in ("min", "p50", "max"))
        assert (low, high) == (min(answered) / 10**7, max(answered) / 10**7)
        assert middle in {rtt / 10**7 for rtt in answered}


@given(st.lists(st.text(max_size=12), min_size=6, max_size=6))
def test_any_tag_values_read_back_as_their_clean_selves(values: list[str]) -> None:
    host, site, carrier, circuit, probe, kind = values
    key = SeriesKey(host, site, carrier, circuit, probe, kind, EVERY_MS, "")
    one = Round(1, START_MS, EVERY_MS, 0, 0, 0)
    made = round_line(one, series_tags(key), -1)
    assert b"\n" not in made
    _, found, fields, _ = parse(made)
    assert list(found) == ["host", "site", "carrier", "circuit", "probe", "kind"]
    assert found == {name: clean(text) for name, text in tags(key).items()}
    assert fields["sent"] == 0


@given(st.text(alphabet=string.printable.strip() + "éß☃東 ,=", min_size=1))
def test_a_value_without_control_characters_and_backslashes_is_kept_as_it_is(text: str) -> None:
    assume("\\" not in text)
    assert clean(text) == text
    assert plain(tag_text(text)) == text


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("", NOTHING),
        ("a,b=c d", r"a\,b\=c\ d"),
        ("a\\", "a_"),
        ("a\\,b", r"a_\,b"),
        ("a\nb\x00", "a_b_"),
        ('"q"', '"q"'),
        ("\ud800", "?"),
    ],
)
def test_a_tag_is_escaped_and_what_no_store_holds_is_replaced(text: str, tag: str) -> None:
    assert tag_text(text) == tag


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_reads_back_as_itself_with_a_point_and_no_exponent(number: float) -> None:
    assert value(float_text(number)) == number


def test_a_row_of_samples_alone_gives_no_round() -> None:
    row = LogRow(1, 2, Outcome(None, (Sample(2, START_MS, 0, "tls_days_left", 1.5),)))
    assert [parse(one)[0] for one in RowEncoder(strings=True).lines(row, Series(2, KEY), -1)] == [
        "linkledger_tls"
    ]


def test_an_outage_is_written_at_its_end_with_start_duration_and_cause() -> None:
    outage = Outage("lon-01", "acme", "lon-acme", START_MS, START_MS + 60_500, 'all "lost"')
    measurement, found, fields, at_ns = parse(outage_line(outage, "edge-1"))
    assert measurement == "linkledger_outage"
    assert found == {"host": "edge-1", "site": "lon-01", "carrier": "acme", "circuit": "lon-acme"}
    assert fields == {
        "start_seconds": START_MS / 1000,
        "duration_seconds": 60.5,
        "cause": 'all "lost"',
    }
    assert at_ns == (START_MS + 60_500) * 1_000_000


def test_an_open_outage_is_refused() -> None:
    with pytest.raises(ValueError, match="not over"):
        outage_line(Outage("s", "c", "x", START_MS, None, ""), "edge-1")


def test_sla_figures_name_contract_and_period_and_leave_out_what_is_not_known() -> None:
    figures = SlaFigures(
        START_MS, "edge-1", "lon-01", "acme", "lon-acme", "gold", "2026-01", 0.9995, None, 2, 75.0
    )
    measurement, found, fields, _ = parse(sla_line(figures))
    assert measurement == "linkledger_sla"
    assert (found["contract"], found["period"]) == ("gold", "2026-01")
    assert fields == {"availability_ratio": 0.9995, "credit": 75.0, "violations": 2}


@pytest.mark.parametrize("strings", [True, False])
def test_a_row_of_what_was_derived_gives_its_line_alone(strings: bool) -> None:
    outage = Outage("lon-01", "acme", "lon-acme", START_MS, START_MS + 1, "timeout")
    figures = SlaFigures(START_MS, "edge-9", "lon-01", "acme", "lon-acme", "gold", "2026-01", 1.0, 60.0, 0)
    encoder = RowEncoder(strings=strings)
    made = [
        encoder.lines(LogRow(1, 1, Outcome(None), one), Series(1, KEY), -1)
        for one in (EndedOutage("edge-9", outage), figures)
    ]
    assert made == [[outage_line(outage, "edge-9", strings=strings)], [sla_line(figures)]]
