"""`linkledger report`."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from collector.cli import cli
from collector.cli.report import report_command
from collector.ledger.deliveries import deliveries
from collector.ledger.watched import Answers
from config.settings import Settings
from probes.clock import StandingClock
from tests.collector.reports.conftest import NOW


@pytest.fixture(autouse=True)
def february(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command runs two days after the month's end."""
    monkeypatch.setattr("collector.clocks.SystemClock", lambda: StandingClock(NOW.wall_ms * 1_000_000))


def run(settings: Settings, *arguments: object, **more: Any) -> Result:  # noqa: ANN401
    config = settings.ledger.path.parent / "linkledger.yaml"
    return CliRunner().invoke(report_command, ["-c", str(config), *map(str, arguments)], **more)


def test_files_are_written_under_names_that_say_what_they_are(estate: Settings, tmp_path: Path) -> None:
    done = run(
        estate, "--period", "2026-01", "--carrier", "acme", "--format", "csv,html,json", "--out", tmp_path
    )
    assert done.exit_code == 0, done.output
    names = [f"linkledger-2026-01-acme.{form}" for form in ("html", "csv", "json")]
    assert done.stdout.split() == [str(tmp_path / name) for name in names]
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted(names)
    assert (tmp_path / names[0]).read_text().startswith("<!DOCTYPE html>")


def test_without_a_folder_it_is_here(
    estate: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(estate, "--period", "2026-01", "--format", "csv").stdout == "linkledger-2026-01.csv\n"


def test_one_format_goes_to_stdout(estate: Settings) -> None:
    done = run(estate, "--period", "2026-01", "--format", "csv", "--out", "-")
    assert len(list(csv.reader(StringIO(done.stdout)))) == 6


def test_json_is_the_document(estate: Settings) -> None:
    told = json.loads(run(estate, "--period", "2026-01", "--json").stdout)
    assert (told["format"], told["summary"]["broken"], told["period"]["closed"]) == (
        "linkledger-report",
        4,
        True,
    )


@pytest.mark.parametrize(("carrier", "code"), [("acme", 1), ("none", 2)])
def test_a_breach_is_an_exit_code_where_that_is_asked(estate: Settings, carrier: str, code: int) -> None:
    assert (
        run(estate, "--period", "2026-01", "--carrier", carrier, "--fail-on-breach", "--json").exit_code
        == code
    )
    assert run(estate, "--period", "2026-01", "--json").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--format", "docx"], "--format docx: there is html, pdf, csv, json"),
        (["--format", "html,pdf", "--out", "-"], "stdout is one file"),
        (["--period", "2026-W60"], "'2026-W60' is not a period"),
        (["--carrier", "acmee"], "the configuration has no carrier 'acmee'"),
        (["--site", "x"], "the configuration has no site 'x'"),
        (["--send", "noc"], "the configuration has no report 'noc'; it has none"),
        (["--send", "noc", "--out", "."], "only --period goes with it"),
    ],
)
def test_what_is_asked_wrongly_is_exit_2(estate: Settings, arguments: list[str], problem: str) -> None:
    done = run(estate, *arguments)
    assert done.exit_code == 2
    assert problem in done.stderr


def test_without_the_extra_a_pdf_is_exit_3(estate: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collector.reports.as_pdf.can_pdf", lambda: False)
    done = run(estate, "--period", "2026-01", "--format", "pdf", "--out", "-")
    assert (done.exit_code, done.stdout) == (3, "")
    assert "pip install 'linkledger[pdf]'" in done.stderr


def test_a_folder_that_cannot_be_written_is_exit_3(estate: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run(estate, "--period", "2026-01", "--format", "csv", "--out", tmp_path / "file" / "below")
    assert done.exit_code == 3
    assert "Not a directory" in done.stderr


def test_a_configured_report_is_sent_now_and_the_daemon_need_not(copy: Settings) -> None:
    folder = copy.ledger.path.parent / "out"
    config = copy.ledger.path.parent / "linkledger.yaml"
    config.write_text(
        f"{config.read_text()}reports: {{noc: {{every: monthly, formats: [csv], folder: out}}}}\n"
    )
    done = run(copy, "--send", "noc")
    assert (done.exit_code, done.stdout) == (0, f"noc, 2026-01: sent to {folder}\n")
    assert [one.name for one in folder.iterdir()] == ["linkledger-2026-01.csv"]
    held = Answers(copy.ledger.path)(deliveries)["noc"]
    assert (held.period, held.had, held.sent_ms) == ("2026-01", (str(folder),), NOW.wall_ms)


def test_a_send_that_fails_is_exit_3_and_is_not_kept_as_sent(copy: Settings) -> None:
    config = copy.ledger.path.parent / "linkledger.yaml"
    mail = "{server: '127.0.0.1:1', tls: none, from: a@b.example, to: [c@d.example]}"
    config.write_text(
        f"{config.read_text()}reports: {{noc: {{every: monthly, formats: [csv], mail: {mail}}}}}\n"
    )
    done = run(copy, "--send", "noc")
    assert done.exit_code == 3
    assert "mail by 127.0.0.1:1: not reached" in done.stderr
    assert Answers(copy.ledger.path)(deliveries) == {}


def test_help_lists_it_with_an_example() -> None:
    assert "report " in CliRunner().invoke(cli, ["--help"]).stdout
    assert "linkledger report --period 2026-Q3" in CliRunner().invoke(cli, ["report", "--help"]).stdout
