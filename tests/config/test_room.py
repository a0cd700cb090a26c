"""Room in the ledger for what contracts look back on."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.contract import Contract
from config.room import MONTH_MS, needed_ms, packets_a_month
from tests.config.estate import GOOD, changed, load_text_at, problems_of, texts

DAY_MS = 86_400_000


def contract(directory: Path, period: str, more: str = "") -> Contract:
    """The good file's contract with another period and more keys."""
    text = changed(("period: calendar_month", f"period: {period}")) + more
    return load_text_at(directory, text + "ledger: {keep: 9000d}\n").settings.contracts["gold"]


@pytest.mark.parametrize(
    ("period", "more", "days"),
    [
        ("calendar_month", "", 31),
        ("calendar_quarter", "", 92),
        ("calendar_year", "", 366),
        ("{billing_month: 15}", "", 31),
        ("{anniversary_year: 2026-02-10}", "", 366),
        ("{trailing: 30d}", "", 30),
        ("{mean_of_months: 12}", "", 372),
        ("calendar_month", "    claim: {submit_within: 30d, from: period_end}\n", 61),
        ("calendar_month", "    claim: {submit_within: 10bd, from: period_end}\n", 58),
        ("calendar_month", "    claim: {submit_within: {periods: 2}, from: period_end}\n", 93),
        ("calendar_month", "    chronic: {any: [{outages: 3, within: 180d}]}\n", 211),
        ("calendar_month", "    chronic: {any: [{outages: 3, within: period}]}\n", 31),
        ("calendar_month", "    chronic: {any: [{tickets: 3, within: 1d}, {outages: 2, within: 9d}]}\n", 40),
        ("calendar_month", "    chronic: {any: [{failed_periods: 3, of: 6}]}\n", 186),
        ("calendar_month", "    chronic: {any: [{failed_periods: 3}]}\n", 93),
        ("calendar_month", "    chronic: {all: [{downtime: 24h, within: period}]}\n", 31),
    ],
)
def test_a_contract_looks_back_on_its_longest_rule_and_the_time_to_claim(
    tmp_path: Path, period: str, more: str, days: int
) -> None:
    assert needed_ms(contract(tmp_path, period, more)) == days * DAY_MS


def test_keep_is_long_enough_to_the_day(tmp_path: Path) -> None:
    assert problems_of(tmp_path, f"{GOOD}ledger: {{keep: 31d}}\n") == ()
    assert texts(problems_of(tmp_path, f"{GOOD}ledger: {{keep: 30d}}\n")) == [
        "28:16: ledger.keep: 30d is shorter than what contract 'gold' looks back on: at least 31d"
    ]


def test_packets_of_a_month_are_counted_over_all_probes(tmp_path: Path) -> None:
    settings = load_text_at(tmp_path, GOOD).settings
    [probe] = settings.circuits["lon-acme"].probes.values()
    assert packets_a_month([probe]) == MONTH_MS // 10_000 * 10
    assert packets_a_month([]) == 0


def test_a_ledger_that_is_full_before_its_time_is_warned_of(tmp_path: Path) -> None:
    [problem] = problems_of(tmp_path, f"{GOOD}ledger: {{max_bytes: 10M}}\n")
    assert not problem.is_error
    assert problem.text.startswith("10M is full before keep (400d) is over: these probes write at least")
