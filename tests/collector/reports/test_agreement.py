"""A report says the same as `sla`, `claim list` and `credits list`: in JSON, CSV, HTML and PDF."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from fractions import Fraction
from html import unescape
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from collector.cli import cli
from collector.reports.making import Wanted, make
from collector.reports.render import render
from collector.reports.report import Report
from collector.reports.words import amount
from config.settings import Settings
from probes.clock import StandingClock
from tests.collector.reports.conftest import NOW
from tests.collector.reports.test_rendering import said

Told = dict[tuple[str, str, str], dict[str, Any]]
OF_TODAY = {"claimable", "blocked_by"}
"""`sla` judges a claim at the moment that one asks; a report has what was issued, and the book's claim."""


@pytest.fixture(autouse=True)
def february(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command runs two days after the month's end."""
    monkeypatch.setattr("collector.clocks.SystemClock", lambda: StandingClock(NOW.wall_ms * 1_000_000))


def command(settings: Settings, *words: str) -> Any:  # noqa: ANN401 - JSON
    config = settings.ledger.path.parent / "linkledger.yaml"
    done = CliRunner().invoke(cli, [*words, "--json", "-c", str(config)])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def statements(settings: Settings, *periods: str) -> Told:
    """What `sla --json` says of some periods."""
    return {key_of(one): one for period in periods for one in command(settings, "sla", "--period", period)}


def key_of(one: dict[str, Any]) -> tuple[str, str, str]:
    return one["circuit"], one["contract"], one["period"]["label"]


def document(settings: Settings, period: str) -> dict[str, Any]:
    found: dict[str, Any] = command(settings, "report", "--period", period)
    return found


def stated(told: dict[str, Any]) -> Told:
    """The statements in a report's JSON."""
    return {
        key_of(one): one
        for part in told["carriers"]
        for circuit in part["circuits"]
        for one in circuit["statements"]
    }


@pytest.mark.parametrize(
    ("period", "contracts"),
    [
        ("2026-01", ["2026-01"]),
        ("2026-02", ["2026-02"]),  # it runs
        ("2026-Q1", ["2026-01", "2026-02", "2026-03"]),
        ("2026-01-05", ["2026-01-05"]),  # none of the contracts' own
    ],
)
def test_a_reports_statements_are_those_of_sla(copy: Settings, period: str, contracts: list[str]) -> None:
    expected, found = statements(copy, *contracts), stated(document(copy, period))
    assert found.keys() == expected.keys()
    for key, one in expected.items():
        told = found[key]
        for name in one.keys() - {"credit", "claim", "steps"}:
            assert told[name] == one[name], (key, name)
        for name in one["credit"].keys() - OF_TODAY:
            assert told["credit"][name] == one["credit"][name], (key, name)


def test_a_reports_claims_are_those_of_claim_list(copy: Settings) -> None:
    listed = {(one["circuit"], one["contract"], one["period"]): one for one in command(copy, "claim", "list")}
    found = {key: one["claim_now"] for key, one in stated(document(copy, "2026-01")).items()}
    assert {key for key, claim in found.items() if claim["state"] != "none"} == set(listed)
    for key, claim in listed.items():
        assert {**found[key], "age_days": claim["age_days"]} == claim


def test_a_reports_money_is_that_of_the_statements_and_of_credits_list(copy: Settings) -> None:
    money = {one["currency"]: one for one in document(copy, "2026-01")["summary"]["money"]}
    due: Counter[str] = Counter()
    for one in statements(copy, "2026-01").values():
        due[one["credit"]["currency"]] += Fraction(one["credit"]["amount"])  # type: ignore[assignment]
    assert {name: Fraction(one["due"]) for name, one in money.items()} == due
    for name in ("owed", "received"):
        listed: Counter[str] = Counter()
        for one in command(copy, "credits", "list")["owed"]:
            listed[one["currency"]] += Fraction(one[name])  # type: ignore[assignment]
        assert {key: Fraction(one[name]) for key, one in money.items() if Fraction(one[name])} == {
            key: value for key, value in listed.items() if value
        }


def test_the_csv_has_each_figure_of_sla(copy: Settings) -> None:
    expected = statements(copy, "2026-01")
    done = CliRunner().invoke(
        cli,
        ["report", "--period", "2026-01", "--format", "csv", "--out", "-", "-c",
         str(copy.ledger.path.parent / "linkledger.yaml")],
    )  # fmt: skip
    rows = list(csv.DictReader(StringIO(done.stdout)))
    assert len(rows) == sum(len(one["objectives"]) for one in expected.values())
    for row in rows:
        one = expected[row["circuit"], row["contract"], row["period"]]
        objective = next(each for each in one["objectives"] if each["id"] == row["objective"])
        times = one["seconds"]
        assert (row["measured"], row["verdict"]) == (objective["measured"], objective["verdict"])
        assert (row["statement_credit"], row["outages"]) == (
            one["credit"]["amount"],
            str(len(one["outages"])),
        )
        for name in ("down", "counted_down", "unknown", "excluded"):
            assert row[f"{name}_seconds"] == str(times[name])


def figures(settings: Settings) -> list[str]:
    """What must be read of each statement, as a person reads it."""
    found = []
    for one in statements(settings, "2026-01").values():
        found += [f"{each['measured']}{each['unit']}" for each in one["objectives"]]
        credit = one["credit"]
        if Fraction(credit["amount"]):
            found.append(amount(credit["amount"], credit["currency"]))
        found += [each["id"].replace("_", " ") for each in one["objectives"]]
    return found


def test_the_html_has_each_figure_and_every_step_of_the_arithmetic(copy: Settings, report: Report) -> None:
    html = render(report, "html").body.decode()
    text = " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())
    for one in figures(copy):
        assert one in text
    for _, held in report.statements:
        for step in held.told["steps"]:
            assert " ".join(step.split()) in text


@pytest.mark.slow
@pytest.mark.server("pango1.0-tools")
@pytest.mark.server("poppler-utils")
def test_the_pdf_has_each_figure(copy: Settings, tmp_path: Path) -> None:
    plain = make(copy, copy.ledger.path, NOW, Wanted("2026-01", pictures=False))
    (tmp_path / "r.pdf").write_bytes(render(plain, "pdf").body)
    text = " ".join(said(tmp_path / "r.pdf").split())
    for one in figures(copy):
        assert one in text
