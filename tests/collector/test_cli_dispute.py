"""`linkledger dispute`: what a person reads who calls the carrier."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from collector.cli import cli
from collector.ledger.ledger import Ledger
from collector.ledger.model import REFERENCE
from config.load import load
from config.settings import Settings
from tests.clock import FakeClock
from tests.collector.test_settling import OVER_MS, fill, mark
from tests.collector.test_statements import CONFIG, keys

CREDIT = '{target: ">= 99.9%", credit: {per: 10m, gives: 1.00 GBP, partial: fraction, each: outage}}'
ACME = ["note", "carrier", "acme", "--circuit", "lon-acme"]


@pytest.fixture(autouse=True)
def january(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: FakeClock) -> Iterator[Settings]:
    """January: acme's circuit is cut for ten hours on the second day, and for half an hour later on."""
    text = CONFIG.replace("every: 1m", "every: 10m").replace('{target: ">= 99.9%"}', CREDIT)
    (tmp_path / "linkledger.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    settings = load(tmp_path / "linkledger.yaml").settings
    with Ledger.open(settings.ledger.path, clock=clock, reserve_bytes=0) as ledger:
        series = keys(settings)
        fill(ledger, series[REFERENCE], range(33 * 144))
        silent = set(range(200, 260)) | set(range(2000, 2003))
        fill(ledger, series["lon-acme"], range(33 * 144), silent)  # type: ignore[arg-type] # it only asks `in`
        fill(ledger, series["lon-beta"], range(33 * 144))
        assert ledger.flush(30)
        mark(ledger, OVER_MS)
        yield settings


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words))


def dispute(*words: str) -> Result:
    return run("dispute", "--carrier", "acme", "--period", "2026-01", *words)


def write(*words: str) -> None:
    done = run(*ACME, *words)
    assert done.exit_code == 0, done.stderr


def outage(begin: str = "2026-01-02T09:50:00Z", end: str = "2026-01-02T19:20:00Z", *more: str) -> None:
    write("--from", begin, "--to", end, *more)


def test_each_outage_stands_beside_the_carriers_with_minutes_money_and_why() -> None:
    run("note", "ticket", "lon-acme", "--id", "T-7", "--opened", "2026-01-02T09:50:00Z")
    outage(
        "2026-01-02T09:50:00Z", "2026-01-02T19:10:00Z", "--hold", "5=customer_wait", "--cause", "fibre cut"
    )
    write("--period", "2026-01", "--figure", "availability=99.95")
    result = dispute()
    assert result.stderr == ""
    assert [" ".join(line.split()) for line in result.stdout.splitlines() if line] == [
        "lon-acme, 2026-01: ours and acme's",
        "contract gold",
        "times by the clocks of UTC",
        "credit 63.00 GBP by our outages, 56.00 GBP by theirs: 7.00 GBP between",
        "Outages",
        "# ours we count theirs taken off they count minutes between credit between",
        "1 2026-01-02 09:20:00 to 19:20:00 600 min 2026-01-02 09:50:00 to 19:10:00 5 min 555 min "
        "+45 min 4.00 GBP",
        "2 2026-01-14 21:20:00 to 21:50:00 30 min none - 0 min +30 min 3.00 GBP",
        "Why",
        "# minutes from which is",
        "1 +30 min clock they begin 30 min later, when ticket T-7 was opened",
        "1 +10 min end they end 10 min earlier",
        "1 +5 min exclusion they take off 5 min (customer wait)",
        "1 their reason fibre cut",
        "2 +30 min missing they report no such outage",
        "Figures",
        "objective target ours verdict theirs by theirs",
        "availability >= 99.9% 98.588710% breached 99.95% met",
        "All together",
        "credit by ours credit by theirs between",
        "63.00 GBP 56.00 GBP 7.00 GBP",
    ]  # fmt: skip


def test_json_has_the_same_and_the_totals() -> None:
    outage()
    told = json.loads(dispute("--json").stdout)
    assert (told["carrier"], told["period"]) == ("acme", "2026-01")
    (one,) = told["disputes"]
    assert (one["circuit"], one["contract"], one["period"]["closed"]) == ("lon-acme", "gold", True)
    assert [row["difference_seconds"] for row in one["outages"]] == [1800, 1800]
    assert [row["credit_between"] for row in one["outages"]] == ["3.00", "3.00"]
    assert told["totals"] == [{"currency": "GBP", "ours": "63.00", "theirs": "57.00", "between": "6.00"}]


def test_lines_that_do_not_add_up_are_explained(tmp_path: Path) -> None:
    path = tmp_path / "linkledger.yaml"
    capped = path.read_text().replace(
        "    unknown: {policy: exclude}", "    caps: {month: 60%}\n    unknown: {policy: exclude}", 1
    )
    outage()
    assert "don't add up" not in dispute().stdout
    path.write_text(capped)
    assert (
        "  A line's credit is what it alone would change: with bands and caps the lines don't add up.\n"
        in dispute().stdout
    )


def test_where_both_sides_agree_a_circuit_is_one_line_and_verbose_shows_it_all() -> None:
    outage("2026-01-02T09:20:00Z", "2026-01-02T19:20:00Z")
    outage("2026-01-14T21:20:00Z", "2026-01-14T21:50:00Z")
    assert dispute().stdout.startswith(
        "Both sides agree\n  lon-acme: 2 outages, none of them in dispute\n\nAll together\n"
    )
    assert dispute("-v").stdout.count("both sides count the same") == 2


def test_without_a_word_of_the_carrier_it_says_how_to_write_one_down() -> None:
    result = dispute()
    assert (result.exit_code, result.stdout) == (0, "")
    said, first, second = result.stderr.splitlines()
    assert said.startswith("nothing says what acme makes of 2026-01: write down")
    for line in (first, second):
        assert (
            run(*line.split("linkledger ")[1].replace("'", "").replace("fibre cut", "cut").split()).exit_code
            == 0
        )
    assert "lon-acme, 2026-01: ours and acme's" in dispute().stdout


def test_a_carrier_without_outages_of_ours_is_told_with_a_form_to_fill() -> None:
    result = run("dispute", "--carrier", "beta", "--period", "2026-01")
    assert "linkledger note carrier beta --circuit lon-beta --from 2026-04-03T10:20:00Z" in result.stderr
    run(
        "note",
        "carrier",
        "beta",
        "--circuit",
        "lon-beta",
        "--period",
        "2026-01",
        "--figure",
        "availability=99",
    )
    assert "  neither side has any\n" in run("dispute", "--carrier", "beta", "--period", "2026-01").stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--carrier", "gamma", "--period", "2026-01"], 2, "no carrier 'gamma'; it has acme, beta"),
        (["--carrier", "acme", "--period", "soon"], 2, "'soon' is not a period"),
        (["--carrier", "acme", "--period", "2026-01", "--circuit", "lon"], 2, "no circuit 'lon'"),
        (
            ["--carrier", "acme", "--period", "2026-01", "--circuit", "lon-beta"],
            0,
            "there is nothing to compare",
        ),
        (["--carrier", "acme", "--period", "2026-01", "-c", "none.yaml"], 2, "none.yaml"),
        (["--carrier", "acme"], 2, "Missing option '--period'"),
    ],
)
def test_a_wrong_question_is_answered_with_what_would_be_right(
    words: list[str], code: int, said: str
) -> None:
    result = run("dispute", *words)
    assert result.exit_code == code
    assert said in result.stderr


def test_a_ledger_that_cannot_be_read_is_exit_3(tmp_path: Path) -> None:
    text = (tmp_path / "linkledger.yaml").read_text().replace("ledger.db", "other.db")
    (tmp_path / "linkledger.yaml").write_text(text)
    result = dispute()
    assert (result.exit_code, result.stdout) == (3, "")
    assert "other.db" in result.stderr


def test_a_terminal_gets_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    outage()
    result = dispute()
    assert result.exit_code == 0
    assert "───" in result.stdout
