"""Which closed periods are due, by what is settled and by what notes bear on."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from collector.due import REACH_MS, Noted, bears_on, noted_since, unsettled
from collector.ledger.model import LedgerReader
from collector.ledger.records import Note
from collector.ledger.revisions import RevisionKey
from collector.ledger.watched import Issued
from collector.notebook.bodies import made
from collector.notebook.book import Notebook
from collector.settling import PATIENCE_MS
from collector.statements import Bench
from collector.times import parse_rfc3339
from config.load import load
from config.settings import Settings
from tests.collector.test_statements import CONFIG

APRIL_MS, MAY_MS = parse_rfc3339("2026-04-10"), parse_rfc3339("2026-05-01")
DAY_MS = 86_400_000
AHEAD_MS = DAY_MS + 120_000
"""How far the contract's rule looks past a period's end."""


def configured(folder: Path, **changed: str) -> Settings:
    """The estate of test_statements, with other words of contract gold."""
    path, text = folder / "linkledger.yaml", CONFIG
    for old, new in changed.items():
        text = text.replace(f"    {old}: calendar_month\n", f"    {old}: {new}\n", 1)
    path.write_text(text)
    return load(path).settings


def due(
    settings: Settings,
    now_ms: int = APRIL_MS,
    *,
    settled: dict[tuple[str, str], int] | None = None,
    since_ms: int = 0,
    mark_ms: int | None = None,
    names: tuple[str, ...] = ("lon-acme",),
) -> list[str]:
    """The labels of what is due, the oldest first."""
    reader = SimpleNamespace(watermark=lambda site: now_ms if mark_ms is None else mark_ms)
    bench = Bench(settings, cast(LedgerReader, reader), now_ms)
    running = bench.causes(names, "current")
    found = unsettled(bench, running, settled or {}, lambda _: since_ms)
    return [f"{one.scope} {one.period.label}" for one in found]


def test_every_closed_period_back_to_the_first_measurement_is_due_the_oldest_first(tmp_path: Path) -> None:
    since_ms = parse_rfc3339("2026-01-31T23:59:59Z")
    assert due(configured(tmp_path), since_ms=since_ms) == [
        "lon-acme 2026-01", "lon-acme 2026-02", "lon-acme 2026-03",
    ]  # fmt: skip
    assert due(configured(tmp_path), since_ms=since_ms + 1_000) == ["lon-acme 2026-02", "lon-acme 2026-03"]


def test_what_has_a_statement_is_not_due_nor_what_was_before_it(tmp_path: Path) -> None:
    settings = configured(tmp_path)
    march_ms, april_ms = parse_rfc3339("2026-03-01"), parse_rfc3339("2026-04-01")
    assert due(settings, settled={("lon-acme", "gold"): march_ms}) == ["lon-acme 2026-03"]
    assert due(settings, settled={("lon-acme", "gold"): april_ms}) == []
    both = due(settings, settled={("lon-acme", "gold"): april_ms, ("lon-beta", "silver"): march_ms},
               names=("lon-acme", "lon-beta"))  # fmt: skip
    assert both == ["lon-beta 2026-03"]


@pytest.mark.parametrize(
    ("past_ms", "mark_ms", "is_due"),
    [
        (AHEAD_MS, AHEAD_MS, True),
        (AHEAD_MS, AHEAD_MS - 1, False),
        (AHEAD_MS + PATIENCE_MS - 1, 0, False),
        (AHEAD_MS + PATIENCE_MS, 0, True),
    ],
)
def test_it_waits_for_the_data_but_not_for_ever(
    tmp_path: Path, past_ms: int, mark_ms: int, is_due: bool
) -> None:
    settled = {("lon-acme", "gold"): parse_rfc3339("2026-04-01")}
    found = due(configured(tmp_path), MAY_MS + past_ms, settled=settled, mark_ms=MAY_MS + mark_ms)
    assert found == (["lon-acme 2026-04"] if is_due else [])


@pytest.mark.parametrize(
    ("period", "labels"),
    [
        ("calendar_quarter", ["2025-Q4", "2026-Q1"]),
        ("{billing_month: 15}", ["2025-12", "2026-01", "2026-02"]),
        ("{trailing: 30d}", ["2025-12", "2026-01", "2026-02", "2026-03"]),
        ("{mean_of_months: 3}", ["2025-12", "2026-01", "2026-02", "2026-03"]),
    ],
)
def test_periods_of_every_kind_are_walked_back(tmp_path: Path, period: str, labels: list[str]) -> None:
    found = due(configured(tmp_path, period=period), since_ms=parse_rfc3339("2025-12-31"))
    assert found == [f"lon-acme {label}" for label in labels]


@pytest.mark.parametrize("period", ["{trailing: 30d}", "{mean_of_months: 3}"])
def test_periods_that_overlap_are_settled_one_after_another(tmp_path: Path, period: str) -> None:
    settled = {("lon-acme", "gold"): parse_rfc3339("2026-03-01")}
    assert due(configured(tmp_path, period=period), settled=settled) == ["lon-acme 2026-03"]


def test_a_time_in_which_nothing_is_in_force_is_not_due(tmp_path: Path) -> None:
    path = tmp_path / "linkledger.yaml"
    path.write_text(CONFIG.replace("effective: 2020-01-01", "effective: 2026-03-10"))
    assert due(load(path).settings, since_ms=parse_rfc3339("2025-12-31")) == ["lon-acme 2026-03"]


# --- notes


def book(*notes: tuple[str, dict[str, Any], int | None]) -> Notebook:
    return Notebook(
        [
            Note(number, number, "ann", kind, made(kind, {"reason": "why", **body}).as_text(), withdraws)
            for number, (kind, body, withdraws) in enumerate(notes, 1)
        ]
    )


OPENED = {"id": "T1", "carrier": "acme", "circuits": ("lon-acme",), "opened": 500}


@pytest.mark.parametrize(
    ("kind", "body", "noted"),
    [
        (
            "maintenance",
            {"from": 10, "to": 20, "circuits": ("lon-acme",)},
            Noted(frozenset({"lon-acme"}), 10, 20),
        ),
        (
            "maintenance",
            {"from": 10, "to": 20, "carrier": "beta"},
            Noted(frozenset({"lon-beta", "lon-free"}), 10, 20),
        ),
        (
            "exclude",
            {"from": 10, "to": 20, "sites": ("lon",), "carrier": "acme", "kind": "customer"},
            Noted(frozenset({"lon-acme"}), 10, 20),
        ),
        ("ticket", {**OPENED, "closed": 900}, Noted(frozenset({"lon-acme"}), 500, 901)),
        ("ticket", {**OPENED, "outage": 100, "reported": 450}, Noted(frozenset({"lon-acme"}), 100, 501)),
        ("ticket", {"id": "T1"}, None),
        ("carrier", {"carrier": "acme", "period": "2026-01", "figures": {"availability": "1"}}, None),
    ],
)
def test_a_note_bears_on_its_circuits_around_its_time(
    tmp_path: Path, kind: str, body: dict[str, Any], noted: Noted | None
) -> None:
    found = noted_since(configured(tmp_path), book((kind, body, None)), 0)
    assert found == ([] if noted is None else [noted])


def test_only_newer_notes_are_looked_at_but_a_ticket_with_all_that_was_said_of_it(tmp_path: Path) -> None:
    notes = book(("ticket", OPENED, None), ("ticket", {"id": "T1", "carrier": "acme", "closed": 900}, None))
    assert noted_since(configured(tmp_path), notes, 1) == [Noted(frozenset({"lon-acme"}), 500, 901)]
    assert noted_since(configured(tmp_path), notes, 2) == []


def test_what_takes_a_note_back_bears_on_what_that_one_did(tmp_path: Path) -> None:
    window = {"from": 10, "to": 20, "circuits": ("lon-acme",)}
    notes = book(("maintenance", window, None), ("withdraw", {}, 1))
    assert noted_since(configured(tmp_path), notes, 1) == [Noted(frozenset({"lon-acme"}), 10, 20)]
    other = book(("maintenance", window, None), ("maintenance", {**window, "from": 15, "to": 40}, 1))
    assert noted_since(configured(tmp_path), other, 1) == [Noted(frozenset({"lon-acme"}), 10, 40)]


@pytest.mark.parametrize(
    ("from_ms", "to_ms", "circuits", "bears"),
    [
        (0, 1, ("a",), True),
        (0, 1, ("b",), False),
        (0, 1, ("b", "a"), True),
        (200 + REACH_MS - 1, 300 + REACH_MS, ("a",), True),
        (200 + REACH_MS, 300 + REACH_MS, ("a",), False),
        (-REACH_MS, 101 - REACH_MS, ("a",), True),
        (-REACH_MS, 100 - REACH_MS, ("a",), False),
    ],
)
def test_a_note_reaches_the_periods_near_its_time(
    from_ms: int, to_ms: int, circuits: tuple[str, ...], bears: bool
) -> None:
    issued = Issued(RevisionKey("a", "gold", 100, 200), "2026-01")
    assert bears_on(Noted(frozenset({"a"}), from_ms, to_ms), issued, circuits) is bears
