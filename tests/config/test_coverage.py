"""Days in service on which no contract holds."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from config.contract import Contract
from config.coverage import first_days, uncovered
from config.settings import Circuit, ProbeSettings
from probes.model import ProbeOptions
from tests.config.contracts import terms
from tests.config.estate import changed, problems_of, texts

PROBE = ProbeSettings(name="pe", kind="icmp", address="192.0.2.1", options=ProbeOptions())
CONTRACTS = {
    "old": Contract.model_validate(terms(effective="2026-01-01")),
    "new": Contract.model_validate(
        terms(
            effective=None,
            versions=[{"effective": "2027-01-01"}, {"effective": "2026-07-01", "period": "calendar_year"}],
        )
    ),
}


def gaps(contract: object, start: str | None = None, until: str | None = None) -> list[tuple[str, ...]]:
    """First day, last day and the contract that begins later, as texts."""
    circuit = Circuit.model_validate(
        {
            "carrier": "acme",
            "site": "lon",
            "contract": contract,
            "active": {"from": start, "until": until},
            "probes": {"pe": PROBE},
        }
    )
    return [
        (str(one.first), str(one.last), str(one.waits_for))
        for one in uncovered(circuit, first_days(CONTRACTS))
    ]


@pytest.mark.parametrize(
    ("contract", "start", "until", "found"),
    [
        ("old", None, None, []),
        ("old", "2026-01-01", None, []),
        ("old", "2025-12-31", None, [("2025-12-31", "2025-12-31", "old")]),
        ("old", "2025-06-01", "2025-09-30", [("2025-06-01", "2025-09-30", "old")]),
        ("new", "2026-01-01", None, [("2026-01-01", "2026-06-30", "new")]),
        ("unheard-of", "2020-01-01", None, []),
        (
            [{"from": "2026-02-01", "value": "old"}],
            "2026-01-01",
            None,
            [("2026-01-01", "2026-01-31", "None")],
        ),
        ([{"from": "2026-02-01", "value": "old"}], None, None, []),
        (
            [{"value": "old"}, {"from": "2026-03-01", "value": None}, {"from": "2026-04-01", "value": "old"}],
            None,
            None,
            [("2026-03-01", "2026-03-31", "None")],
        ),
        (
            [{"value": "old"}, {"from": "2026-03-01", "value": None}],
            "2026-01-01",
            None,
            [("2026-03-01", "None", "None")],
        ),
        (
            [{"value": "old"}, {"from": "2026-03-01", "value": None}],
            "2026-01-01",
            "2026-03-31",
            [("2026-03-01", "2026-03-31", "None")],
        ),
        ([{"value": "old"}, {"from": "2026-03-01", "value": None}], "2026-01-01", "2026-02-28", []),
        (
            [{"value": "old"}, {"from": "2026-06-01", "value": "new"}],
            "2026-01-01",
            None,
            [("2026-06-01", "2026-06-30", "new")],
        ),
        (None, "2026-01-01", None, []),
    ],
)
def test_days_in_service_without_a_contract_are_found_to_the_day(
    contract: object, start: str | None, until: str | None, found: list[tuple[str, ...]]
) -> None:
    assert gaps(contract, start, until) == found


def test_check_names_the_days(tmp_path: Path) -> None:
    text = changed(("    contract: gold\n", "    contract: gold\n    active: {from: 2025-11-15}\n"))
    assert texts(problems_of(tmp_path, text)) == [
        "10:15: warning: circuits.lon-acme.contract: from 2025-11-15 to 2025-12-31 it has no contract: "
        "'gold' begins later: these days are measured, not judged"
    ]


def test_the_last_day_of_a_gap_is_the_day_before_the_next_contract() -> None:
    [(_, last, _)] = gaps("old", "2025-01-01")
    assert date.fromisoformat(last) == date(2025, 12, 31)
