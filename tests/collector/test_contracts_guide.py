"""docs/contracts.md: every figure in it is what the program gives.

`python -m tests.collector.test_contracts_guide` writes the two tables of figures anew.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from collector.history import read_history
from collector.sla.evaluate import statements_of
from config.contract import Contract
from config.contracts_file import load_contract
from tests.collector.test_kinds import WORKED, statements

GUIDE = Path(__file__).parents[2] / "docs" / "contracts.md"

MODELS: Mapping[str, str] = {
    "bands-on-availability": "a share of the charge by the month's availability",
    "bands-per-outage": "a share of the charge for each outage, by its length",
    "bands-on-downtime": "a share by the downtime of a billing month, in printed minutes",
    "percent-over-target": "a percent for each begun tenth of a point, over all circuits and a quarter",
    "backbone-100-percent-day-per-hour": "100%, and a day of the charge for each begun hour",
    "wavelength-duration-bands": "half a day for each full half hour after the first ten minutes",
    "ticket-clock": "from ticket to close in office hours, waits taken out",
    "per-class-of-service": "delay, jitter and loss of each class, the worst class pays",
    "mpls-groups": "groups of promises under shared caps, late delivery",
    "mef-carrier-ethernet": "MEF 10: sliding window, each way, thirty days",
    "cloud-interconnect": "120 or more seconds in a row, both attachments down, the provider measures",
    "broadband-best-effort": "four of five faults in two working days, a small sum",
    "dark-fibre-repair": "begin and end of repair, with and without travel; the right to leave",
    "voice-mos": "speech quality hour by hour, in office hours",
    "burstable-port": "delay while the port isn't full, throughput, load",
    "lte-backup-pair": "two lines that stand in for each other, the mean of three months",
}

CHANGES: list[tuple[str, str, dict[str, Any]]] = [
    ("as above", "", {}),
    ("`timezone: UTC`", "whose midnight ends the month?", {"timezone": "UTC"}),
    (
        "`period: calendar_quarter`",
        "over which time is it judged?",
        {"period": "calendar_quarter"},
    ),
    ("`denominator: nominal`", "has a day 24 hours when the clocks change?", {"denominator": "nominal"}),
    (
        "`denominator: {fixed: 720h}`",
        "or is a month a fixed number of hours?",
        {"denominator": {"fixed": "720h"}},
    ),
    (
        "`minimum: {longer_than: 15m}`",
        "is a short outage one?",
        {"outage": {"minimum": {"longer_than": "15m"}}},
    ),
    (
        "`minimum: {at_least: 15m, mode: deductible}`",
        "do its first minutes count?",
        {"outage": {"minimum": {"at_least": "15m", "mode": "deductible"}}},
    ),
    (
        "`minimum: {allowance: 60m}`",
        "is a sum a month free?",
        {"outage": {"minimum": {"allowance": "60m"}}},
    ),
    ("`merge_within: 10m`", "are outages close together one?", {"outage": {"merge_within": "10m"}}),
    (
        "`clock: {start: ticket, end: restored}`",
        "from when does it count?",
        {"outage": {"clock": {"start": "ticket", "end": "restored"}}},
    ),
    (
        "`clock: {start: measured, end: ticket_closed}`",
        "until when?",
        {"outage": {"clock": {"start": "measured", "end": "ticket_closed"}}},
    ),
    (
        "`clock: {..., pause: [customer_wait]}`",
        "what stops the clock?",
        {"outage": {"clock": {"pause": ["customer_wait"]}}},
    ),
    (
        "`round: {to: 15m, mode: up, each: outage}`",
        "in which unit, which way, and what is rounded?",
        {"outage": {"round": {"to": "15m", "mode": "up", "each": "outage"}}},
    ),
    (
        "`across_periods: start`",
        "which month pays for an outage over its end?",
        {"outage": {"across_periods": "start"}},
    ),
    ("`across_periods: restoration`", "", {"outage": {"across_periods": "restoration"}}),
    (
        "`exclude: {maintenance: {effect: both, ...}}`",
        "does excused downtime leave the denominator too?",
        {"exclude": {"maintenance": {"effect": "both"}}},
    ),
    (
        "`exclude: {maintenance: {effect: window, ...}}`",
        "or the whole window?",
        {"exclude": {"maintenance": {"effect": "window"}}},
    ),
    (
        "`exclude: {maintenance: {..., notice: 48h}}`",
        "how long before must work be announced? (here it was 40 h)",
        {"exclude": {"maintenance": {"notice": "48h"}}},
    ),
    ("`unknown: {policy: up}`", "what is time that nobody measured?", {"unknown": {"policy": "up"}}),
    ("`unknown: {policy: down}`", "", {"unknown": {"policy": "down"}}),
    (
        "`credit: {..., partial: whole}`",
        "does a begun hour pay?",
        {"objectives": {"availability": {"credit": {"partial": "whole"}}}},
    ),
    (
        "`credit: {..., partial: proportional}`",
        "",
        {"objectives": {"availability": {"credit": {"partial": "proportional"}}}},
    ),
    (
        "`credit: {..., each: period}`",
        "each outage alone, or their sum?",
        {"objectives": {"availability": {"credit": {"each": "period"}}}},
    ),
    (
        "`credit: {..., each: day}`",
        "or each day's?",
        {"objectives": {"availability": {"credit": {"each": "day"}}}},
    ),
    (
        "`credit: {..., max_a_day: 1}`",
        "how much a day at most?",
        {"objectives": {"availability": {"credit": {"max_a_day": 1}}}},
    ),
    ("`day_rate: 1/days_in_month`", "what is a day of the charge?", {"day_rate": "1/days_in_month"}),
    ("`day_rate: 12/365`", "", {"day_rate": "12/365"}),
    (
        "`rtt: {..., lost: {as: 2000ms}}`",
        "is a lost packet a slow one?",
        {"objectives": {"rtt": {"lost": {"as": "2000ms"}}}},
    ),
    ("`rtt: {..., stat: p95}`", "the mean, or most packets?", {"objectives": {"rtt": {"stat": "p95"}}}),
    (
        "`rtt: {..., stat: p95}` and `combine: max`",
        "do two broken promises pay both?",
        {"objectives": {"rtt": {"stat": "p95"}}, "combine": "max"},
    ),
    ("`caps: {month: 10%}`", "what is paid at most?", {"caps": {"month": "10%"}}),
]

DOWN: list[tuple[str, str, int, int]] = [
    # 60 + 40
    ("{loss_at_least: 100%}", "total loss", 100, 2),
    # half a minute good doesn't clear it: 60 + 30 + 40; and 120
    ("{loss_above: 50%, for: 60s, clear: 60s}", "more than half lost for a minute or more", 250, 2),
    # only the last has ten in a row
    ("{loss_above: 50%, interval: 10s, consecutive: 10}", "ten bad intervals in a row (MEF 10)", 120, 1),
    # five minutes from noon hold 170 s of it: from the first bad round to the last
    ("{loss_above: 50%, seconds: 90, within: 5m}", "90 bad seconds in any five minutes", 350, 1),
    # more than 30 of 120 packets: from noon until 21 rounds after it, from the 24th round to the 41st
    ("{loss_above: 25%, over: 2m}", "a quarter of all packets of two minutes", 390, 2),
]
"""The rule, the paper's words, and by hand: seconds down, and in how many outages."""


@cache
def _text() -> str:
    return GUIDE.read_text()


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", _text(), re.MULTILINE | re.DOTALL)


@cache
def _guide() -> tuple[Contract, Path]:
    folder = Path(tempfile.mkdtemp())
    (folder / "guide.yaml").write_text(_blocks("yaml")[-1])
    (folder / "down.json").write_text(_blocks("json")[1])
    (folder / "guide.json").write_text(_blocks("json")[0])
    return load_contract(folder / "guide.yaml")[1], folder / "guide.json"


def _merged(terms: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    return dict(terms) | {
        key: _merged(terms[key], value)
        if isinstance(value, Mapping) and isinstance(terms.get(key), Mapping)
        else value
        for key, value in change.items()
    }


def _judged(change: Mapping[str, Any]) -> dict[str, Any]:
    contract, path = _guide()
    history = read_history(path)
    terms = _merged(contract.written(), change)
    period = "2026-Q1" if terms["period"] == "calendar_quarter" else "2026-03"
    made = statements_of(
        Contract.model_validate(terms),
        "guide",
        list(history.circuits.values()),
        period,
        now_ms=history.now_ms,
        engine="1.0.0",
        config="sha256:00",
    )
    return made[0].as_json()


def _down_row(rule: str, says: str) -> str:
    contract, path = _guide()
    history = read_history(path.with_name("down.json"))
    terms = contract.written()
    terms["outage"] |= {"down": yaml.safe_load(rule)}
    made = statements_of(
        Contract.model_validate(terms),
        "guide",
        list(history.circuits.values()),
        "2026-03",
        now_ms=None,
        engine="1.0.0",
        config="sha256:00",
    )
    told = made[0].as_json()
    return f"| `{rule}` | {says} | {told['seconds']['down']} | {len(told['outages'])} |"


def _changed_row(name: str, asks: str, change: Mapping[str, Any]) -> str:
    told = _judged(change)
    availability, rtt = (one["measured"] for one in told["objectives"])
    minutes = f"{told['seconds']['counted_down'] / 60:g}"
    return f"| {name} | {asks} | {minutes} | {availability} | {rtt} | {told['credit']['amount']} |"


def _kind_row(name: str) -> str:
    told = statements(name)[0]
    first = told["objectives"][0]
    unit = first["unit"] if first["unit"] == "%" else f" {first['unit']}"
    credit = told["credit"]
    return (
        f"| `{name}` | {MODELS[name]} | {first['id']} {first['measured']}{unit} "
        f"| {credit['amount']} {credit['currency']} |"
    )


def test_every_kind_has_a_line() -> None:
    assert set(MODELS) == set(WORKED)


@pytest.mark.parametrize("name", MODELS)
def test_the_guide_says_of_a_kind_what_the_program_gives(name: str) -> None:
    assert _kind_row(name) in _text().splitlines()


@pytest.mark.parametrize(("name", "asks", "change"), CHANGES, ids=[one[0] for one in CHANGES])
def test_the_guide_says_of_a_decision_what_the_program_gives(
    name: str, asks: str, change: dict[str, Any]
) -> None:
    assert _changed_row(name, asks, change) in _text().splitlines()


@pytest.mark.parametrize(("rule", "says", "seconds", "outages"), DOWN)
def test_what_the_guide_calls_down_is_as_by_hand(rule: str, says: str, seconds: int, outages: int) -> None:
    row = f"| `{rule}` | {says} | {seconds} | {outages} |"
    assert _down_row(rule, says) == row
    assert row in _text().splitlines()


def test_the_guide_has_no_line_of_figures_but_these() -> None:
    lines = [line for line in _text().splitlines() if re.match(r"\| (as above|`)", line)]
    assert len(lines) == len(MODELS) + len(CHANGES) + len(DOWN)


def test_the_first_example_of_the_guide_loads(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(
        re.sub(r"^   ", "", re.findall(r"```yaml\n(.*?)```", _text(), re.DOTALL)[0], flags=re.MULTILINE)
    )
    name, contract = load_contract(path)
    assert (name, contract.carrier) == ("acme-gold", "acme")
    assert contract.objectives is not None
    assert str(contract.objectives.by_name()["availability"].target) == ">= 99.95%"


def _written(text: str) -> Iterator[str]:
    rows = {
        "first figure": [_kind_row(name) for name in MODELS],
        "counted min": [_changed_row(*one) for one in CHANGES],
        "down s": [_down_row(rule, says) for rule, says, _, _ in DOWN],
    }
    held: list[str] = []
    for line in text.splitlines():
        if re.match(r"\| (as above|`)|<!-- (kinds|decisions|down) -->", line):
            continue
        if held and line.startswith("|---"):
            yield line
            yield from held
            held = []
            continue
        held = next((those for key, those in rows.items() if line.startswith("|") and key in line), [])
        yield line


if __name__ == "__main__":
    GUIDE.write_text("\n".join(_written(_text())) + "\n")
