"""A statement as text, from its JSON alone."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from collector.cli.blocks_shown import COLOURS, show
from collector.cli.compared import compared
from collector.statement_text import blocks, measured, money, verdict
from collector.text_blocks import Block, Grid, fits, plain

STATEMENT: dict[str, Any] = {
    "circuit": "X-1",
    "circuits": ["X-1"],
    "contract": "gold",
    "carrier": "acme",
    "document": {"title": "Acme SLA v3", "file": "acme-v3.pdf", "clause": "7"},
    "effective": "2026-01-01",
    "revision": 2,
    "supersedes": 1,
    "because": ["a late note"],
    "period": {
        "label": "2026-03",
        "from": "2026-03-01T05:00:00Z",
        "to": "2026-04-01T04:00:00Z",
        "timezone": "America/New_York",
        "closed": True,
        "as_of": "2026-04-01T04:00:00Z",
    },
    "seconds": {"period": 2_674_800, "denominator": 2_674_800, "up": 2_671_980, "down": 2_820}
    | {"counted_down": 1_620, "excluded": 1_200, "unknown": 0},
    "coverage": "99.500000",
    "outages": [
        {
            "from": "2026-03-08T06:30:00Z",
            "to": "2026-03-08T07:17:00.250Z",
            "down_seconds": 2_820.25,
            "excluded_seconds": 1_200,
            "counted_seconds": 1_620,
            "clock": {"lost_to_late_ticket_seconds": 60},
            "cause": "timeout",
            "tickets": ["T1", "T2"],
        }
    ],
    "objectives": [
        {
            "id": "availability",
            "target": ">= 99.95%",
            "measured": "99.939435",
            "unit": "%",
            "bounds": ["99.900000", "99.950000"],
            "if_disputed_refused": "99.970000",
            "indicative": False,
            "verdict": "breached",
            "clause": "4.1",
            "credit": {"percent": "5", "amount": "75.00", "reason": "below 99.95%"},
        },
        {"id": "rtt", "target": "<= 45ms", "measured": None, "unit": "ms", "bounds": None, "indicative": True}
        | {"if_disputed_refused": None, "verdict": "insufficient_data", "clause": None, "credit": None},
    ],
    "credit": {
        "currency": "USD",
        "before_caps": "80.00",
        "cut_by_caps": "5.00",
        "amount": "75.00",
        "claimable": "0.00",
        "blocked_by": [
            {"code": "no_ticket", "outage": "2026-03-08T06:30:00Z", "text": "no ticket was opened"},
            {
                "code": "late_ticket",
                "outage": "2026-03-08T06:30:00Z",
                "text": "2026-03-08T06:30:00Z came late",
            },
            {"code": "not_ours_to_measure", "outage": None, "text": "the carrier measures"},
        ],
    },
    "chronic": {
        "triggered": True,
        "remedy": "terminate",
        "notice": "30d",
        "rules": [
            {"rule": "3 outages in 30d", "triggered": True, "outages": ["2026-03-08T06:30:00Z"]},
            {"rule": "24h of downtime", "triggered": False, "outages": []},
        ],
    },
    "claim": {
        "state": "detected",
        "ticket_deadline": "2026-03-11T06:30:00Z",
        "submit_deadline": "2026-05-01T04:00:00Z",
    },
    "undecided": [
        {
            "choice": "across_periods: split",
            "objectives": [{"id": "availability", "measured": "99.9", "verdict": "met"}],
            "credit": "1.00",
        }
    ],
    "steps": ["March 2026 in America/New_York has 44,580 min", "second"],
}
TEXT = """\
Statement for X-1, 2026-03
  contract         gold, in force from 2026-01-01
  carrier          acme
  document         Acme SLA v3 (acme-v3.pdf), clause 7
  period           2026-03-01 00:00:00 -05:00 to 2026-04-01 00:00:00 -04:00
  zone             America/New_York
  revision         2, in place of 1: a late note
  known            99.5% of the time
  up               44,533 min
  down             47 min
  excluded         20 min
  counted as down  27 min of 44,580 min

Objectives
  objective     clause  target       measured  verdict                               credit  why
  availability  4.1     >= 99.95%  99.939435%  breached                      75.00 USD (5%)  below 99.95%
  rtt                   <= 45 ms            -  insufficient data (indicative)             -

  availability: from 99.900000% to 99.950000%, whatever the unknown time was
  availability: 99.970000% if the disputed exclusions stand after all
  rtt: indicative, as another's measurement decides

Outages: 1 outage
  from                        to                                     down  excluded  counted  ticket  cause
  2026-03-08 01:30:00 -05:00  2026-03-08 03:17:00.250 -04:00  47 min 0.25 s    20 min   27 min  T1, T2  timeout

  1 min of the outage of 2026-03-08 01:30:00 -05:00 is lost to a late ticket

Credit
  before caps  80.00 USD
  cut by caps  5.00 USD
  credit       75.00 USD
  claimable    0.00 USD

What blocks a claim
  no ticket, outage of 2026-03-08 01:30:00 -05:00: no ticket was opened
  late ticket: 2026-03-08T06:30:00Z came late
  not ours to measure: the carrier measures

What the contract leaves undecided: each reading
  reading                verdicts                  credit
  across_periods: split  availability 99.9 met   1.00 USD

Chronic failure
  triggered: terminate, with 30 days of notice
  3 outages in 30 days: reached by the outages of 2026-03-08 01:30:00 -05:00
  24 h of downtime: not reached

Claim
  state          detected
  ticket before  2026-03-11 02:30:00 -04:00
  submit before  2026-05-01 00:00:00 -04:00

How it was computed
  1. March 2026 in America/New_York has 44,580 min
  2. second
"""  # noqa: E501 - as wide as a terminal shows it


def text(statement: dict[str, Any], *, steps: bool = True) -> str:
    """A statement as plain text."""
    return plain(list(blocks(statement, steps=steps)))


def test_a_statement_says_all_that_its_json_holds() -> None:
    squeezed = [" ".join(line.split()) for line in text(STATEMENT).splitlines()]
    assert squeezed == [" ".join(line.split()) for line in TEXT.splitlines()]


def test_columns_stand_under_their_headers_numbers_to_the_right() -> None:
    lines = text(STATEMENT).splitlines()
    header = next(line for line in lines if line.startswith("  objective "))
    row = lines[lines.index(header) + 1]
    assert header.index("target") == row.index(">= 99.95%")
    assert header.index("measured") + len("measured") == row.index("99.939435%") + len("99.939435%")
    assert not any(line.endswith(" ") for line in lines)


def test_without_steps_the_arithmetic_is_left_out() -> None:
    assert text(STATEMENT, steps=False) == text(STATEMENT).partition("\nHow it was computed")[0]


def test_a_running_period_says_how_far_it_was_judged() -> None:
    running = {**STATEMENT["period"], "closed": False, "as_of": "2026-03-15T04:00:00Z"}
    told = text({**STATEMENT, "period": running, "revision": None})
    assert told.startswith("Statement for X-1, 2026-03, so far\n")
    assert "  judged up to     2026-03-15 00:00:00 -04:00\n" in told
    assert "revision" not in told


def test_what_is_not_there_is_left_out() -> None:
    told = text({"circuit": "X-1", "outages": [], "chronic": {"triggered": False, "rules": []}})
    assert "\nOutages\n  none\n" in told
    assert "  credit       -\n" in told
    for word in ("Chronic", "blocks a claim", "undecided", "document", "before  "):
        assert word not in told


def test_circuits_of_a_scope_are_named() -> None:
    assert "  circuits         a, b\n" in text({**STATEMENT, "circuit": "site lon", "circuits": ["a", "b"]})
    assert "circuits  " not in text(STATEMENT)


def test_rules_of_an_untriggered_chronic_failure_are_shown() -> None:
    rules = [{"rule": "3 outages", "triggered": False, "outages": []}, "a rule in words"]
    told = text({**STATEMENT, "chronic": {"triggered": False, "rules": rules}})
    assert "Chronic failure\n  not triggered\n  3 outages: not reached\n  a rule in words\n" in told


@pytest.mark.parametrize(
    ("one", "said"),
    [
        ({"measured": "99.9", "unit": "%"}, "99.9%"),
        ({"measured": "40.000000", "unit": "ms"}, "40.000000 ms"),
        ({"measured": "4.1", "unit": ""}, "4.1"),
        ({"measured": "infinite", "unit": "ms"}, "infinite ms"),
        ({"measured": None, "unit": "ms"}, "-"),
    ],
)
def test_a_figure_has_its_unit(one: dict[str, Any], said: str) -> None:
    assert measured(one) == said


def test_verdicts_and_money_are_words() -> None:
    assert verdict({"verdict": "insufficient_data"}) == "insufficient data"
    assert verdict({"verdict": "met", "indicative": True}) == "met (indicative)"
    assert (money("1.00", "USD"), money("1.00", None), money(None, "USD")) == ("1.00 USD", "1.00", "-")


def test_text_from_outside_cannot_act_on_a_terminal() -> None:
    nasty = "\x1b[31mred\x07\nnext"
    outage = {**STATEMENT["outages"][0], "cause": nasty, "tickets": [nasty]}
    told = text({**STATEMENT, "circuit": nasty, "outages": [outage], "steps": [nasty]})
    assert "\x1b" not in told
    assert "\x07" not in told
    assert "?[31mred??next" in told


class Terminal(Console):
    """A terminal of 200 columns that keeps what it shows."""

    def __init__(self) -> None:
        super().__init__(file=io.StringIO(), force_terminal=True, width=200, color_system="standard")
        shown.append(self)


shown: list[Terminal] = []


def on_a_terminal(monkeypatch: pytest.MonkeyPatch, statement: dict[str, Any]) -> str:
    """What a person sees."""
    monkeypatch.setattr("rich.console.Console", Terminal)
    show([statement], steps=True)
    file = shown[-1].file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def test_on_a_terminal_verdicts_have_colours_and_markup_is_text(monkeypatch: pytest.MonkeyPatch) -> None:
    outage = {**STATEMENT["outages"][0], "cause": "[red]cut[/]"}
    told = on_a_terminal(monkeypatch, {**STATEMENT, "outages": [outage]})
    assert "\x1b[1;31mbreached" in told
    assert "\x1b[33minsufficient data (indicative)" in told
    assert "[red]cut[/]" in told
    assert "2. second" in told


def test_elsewhere_it_is_plain(capsys: pytest.CaptureFixture[str]) -> None:
    show([STATEMENT, STATEMENT], steps=False)
    assert capsys.readouterr().out == "\n".join([text(STATEMENT, steps=False)] * 2)


def two(second: dict[str, Any]) -> str:
    """The statement beside another."""
    found: list[Block] = list(compared([STATEMENT], [second]))
    return plain(found)


def rows(told: str) -> dict[str, str]:
    """The last column of each row of a comparison."""
    lines = [line for line in told.splitlines() if line.startswith("  ") and "  " in line.strip()]
    return {line.split("  ")[1]: line.rsplit("  ", 1)[-1].strip() for line in lines}


def test_the_difference_is_what_the_second_pays_more() -> None:
    credit = {**STATEMENT["credit"], "before_caps": "80.00", "amount": "70.50", "claimable": "0.00"}
    objectives = [
        {**STATEMENT["objectives"][0], "credit": {"amount": "100.00"}},
        {"id": "loss", "verdict": "met"},
    ]
    found = rows(two({**STATEMENT, "credit": credit, "objectives": objectives}))
    assert found["availability"] == "+25.00 USD"
    assert (found["rtt"], found["loss"]) == ("-", "-")
    assert (found["before caps"], found["credit"], found["claimable"]) == (
        "+0.00 USD",
        "-4.50 USD",
        "+0.00 USD",
    )


def test_two_currencies_have_no_difference() -> None:
    assert rows(two({**STATEMENT, "credit": {**STATEMENT["credit"], "currency": "EUR"}}))["credit"] == "-"


def test_what_only_one_of_them_pays_differs_by_all_of_it() -> None:
    nothing = {**STATEMENT["credit"], "amount": None, "currency": "EUR"}
    assert rows(two({**STATEMENT, "credit": nothing}))["credit"] == "-75.00 USD"


def test_what_only_one_of_them_judges_stands_alone() -> None:
    told = two({**STATEMENT, "circuit": "site lon"})
    assert "X-1, 2026-03\n" in told
    assert "site lon, 2026-03\n" in told
    assert told.count("does not judge it alone") == 2


def test_the_colours_are_those_of_every_verdict() -> None:
    assert set(COLOURS) == {"met", "breached", "insufficient data"}


def test_a_table_leaves_out_spare_columns_and_empty_ones_before_it_breaks_words() -> None:
    grid = Grid(
        "T", ("name", "clause", "spare", "why"), [("lon-acme", "", "x" * 9, "s" * 40)], spare=("spare",)
    )
    assert grid.fitting(60) == {"name": 8, "spare": 9, "why": 12}
    assert grid.fitting(38) == {"name": 8, "spare": 9, "why": 12}
    assert grid.fitting(37) == {"name": 8, "why": 12}
    assert (fits({"a": 5, "b": 5}, 16), fits({"a": 5, "b": 5}, 15)) == (True, False)
