"""`linkledger sla`: what it shows, what it keeps, and a person's word on drafts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from collector import many, settling, standing
from collector.authors import login
from collector.cli import cli, sla
from collector.cli.sla_table import HEADER, rows, totals
from collector.ledger.errors import LedgerUnwritable
from collector.ledger.ledger import Ledger
from collector.ledger.model import REFERENCE
from collector.ledger.notes import record, withdraw
from collector.ledger.opening import editing
from collector.ledger.reader import SqliteReader
from collector.ledger.revisions import History
from collector.notebook.bodies import made
from collector.revised import figures_digest
from collector.standing import Standing, drafted, waiting
from config.load import load
from config.settings import Settings
from tests.clock import FakeClock
from tests.collector.test_settling import CREDIT, EVERY_MS, OVER_MS, fill, mark
from tests.collector.test_statements import CONFIG, JANUARY_MS, keys

HOUR_MS = 3_600_000
UNKNOWN = "    unknown: {policy: exclude}\n"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    text = CONFIG.replace("every: 1m", "every: 10m").replace('{target: ">= 99.9%"}', CREDIT)
    path = tmp_path / "linkledger.yaml"
    path.write_text(text.replace(UNKNOWN, f"{UNKNOWN}    exclude: {{customer: {{effect: numerator}}}}\n"))
    return path


@pytest.fixture
def read(config: Path) -> Settings:
    return load(config).settings


@pytest.fixture
def ledger(read: Settings, clock: FakeClock) -> Iterator[Ledger]:
    with Ledger.open(read.ledger.path, clock=clock, reserve_bytes=0) as opened:
        yield opened


@pytest.fixture
def january(ledger: Ledger, read: Settings) -> Settings:
    """January: acme's circuit is cut for ten hours on the second day, beta's for half an hour."""
    series = keys(read)
    fill(ledger, series[REFERENCE], range(33 * 144))
    fill(ledger, series["lon-acme"], range(33 * 144), range(200, 260))
    fill(ledger, series["lon-beta"], range(33 * 144), range(300, 303))
    assert ledger.flush(30)
    mark(ledger, OVER_MS)
    return read


def run(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["sla", "-c", str(config), *arguments])


def over(config: Path, *arguments: str) -> Result:
    """The same of January."""
    return run(config, "--period", "2026-01", *arguments)


def told(config: Path, *arguments: str) -> list[dict[str, Any]]:
    found = over(config, "--json", *arguments)
    assert found.exit_code == 0, found.stderr
    statements: list[dict[str, Any]] = json.loads(found.stdout)
    return statements


def excuse(settings: Settings, hours: int, at_ms: int = OVER_MS) -> int:
    """An hour of acme's outage is said not to count."""
    begin = JANUARY_MS + 200 * EVERY_MS + hours * HOUR_MS
    said = {"kind": "customer", "circuits": ("lon-acme",), "reason": "our own power", "state": "accepted"}
    body = made("exclude", said | {"from": begin, "to": begin + HOUR_MS})
    with editing(settings.ledger.path) as connection:
        return record(connection, body, at_ms=at_ms, author="bob").id


def states(settings: Settings, scope: str = "lon-acme") -> list[tuple[int, str]]:
    with SqliteReader(settings.ledger.path) as reader:
        (issued,) = reader.revisions(scope)
        return [(one.number, one.state) for one in reader.revisions_of(issued.key).revisions]


def grid(result: Result) -> list[list[str]]:
    return [line.split("\t") for line in result.stdout.splitlines()]


# --- what is shown


def test_many_are_a_table_with_a_row_for_each_objective_and_totals_below(
    january: Settings, config: Path
) -> None:
    result = over(config)
    assert grid(result) == [
        list(HEADER),
        ["lon-acme", "gold", "availability", ">= 99.9%", "98.655914%", "breached", "100.00%", "600 min",
         "10.00 GBP", "-"],
        ["lon-acme", "gold", "rtt", "<= 25ms", "20.000000 ms", "met", "100.00%", "600 min", "-", "-"],
        ["lon-acme", "gold", "all together", "", "", "", "", "", "10.00 GBP", "10.00 GBP"],
        ["lon-beta", "silver", "availability", ">= 90%", "99.932796%", "met", "100.00%", "30 min", "-", "-"],
        ["total GBP", "", "", "", "", "", "", "", "10.00 GBP", "10.00 GBP"],
    ]  # fmt: skip
    assert (result.exit_code, result.stderr) == (0, "")


def statement(amount: str | None, currency: str | None, *lines: str | None, claimable: str = "1.00") -> Any:  # noqa: ANN401
    objectives = [
        {"id": f"o{place}", "verdict": "met", "measured": None, "coverage": "100",
         "credit": None if line is None else {"amount": line}}
        for place, line in enumerate(lines)
    ]  # fmt: skip
    return {
        "circuit": "c",
        "contract": "k",
        "objectives": objectives,
        "seconds": {"down": 90, "counted_down": None},
        "credit": {"currency": currency, "amount": amount, "claimable": claimable},
        "period": {"label": "2026-01", "closed": True},
    }


@pytest.mark.parametrize(
    ("one", "paid"),
    [
        (statement("5.00", "EUR", "5.00"), [("5.00 EUR", "1.00 EUR")]),
        (statement("4.00", "EUR", "5.00"), [("5.00 EUR", "-"), ("4.00 EUR", "1.00 EUR")]),
        (statement("5.00", "EUR", "5.00", None), [("5.00 EUR", "-"), ("-", "-"), ("5.00 EUR", "1.00 EUR")]),
        (statement("0.00", "EUR", None), [("-", "-")]),
        (statement("0.00", None, None, None), [("-", "-"), ("-", "-")]),
        (statement("0.00", "EUR"), []),
    ],
    ids=["one", "capped", "two", "pays nothing", "no currency", "no objective"],
)
def test_what_is_paid_after_caps_has_a_row_of_its_own_where_a_line_cannot_say_it(
    one: Any,  # noqa: ANN401
    paid: list[tuple[str, str]],
) -> None:
    assert [row[-2:] for row in rows(one)] == paid
    assert all(len(row) == len(HEADER) for row in rows(one))
    assert all(row[7] in {"1 min 30 s", ""} for row in rows(one))


def test_sums_of_two_currencies_are_never_added() -> None:
    found = [
        statement("5.00", "EUR"),
        statement("2.50", "EUR", claimable="0.00"),
        statement("7.10", "GBP"),
        statement("0.00", "USD", claimable="0.00"),
        statement(None, "EUR"),
        statement("9.00", None),
    ]
    assert [(row[0], *row[-2:]) for row in totals(found)] == [
        ("total EUR", "7.50 EUR", "1.00 EUR"), ("total GBP", "7.10 GBP", "1.00 GBP"),
    ]  # fmt: skip
    assert all(len(row) == len(HEADER) for row in totals(found))


def test_one_circuit_is_its_whole_statement_and_verbose_adds_the_arithmetic(
    january: Settings, config: Path
) -> None:
    short, long = over(config, "--circuit", "lon-acme"), over(config, "--circuit", "lon-acme", "-v")
    assert short.stdout.startswith("Statement for lon-acme, 2026-01\n")
    assert "  revision         1\n" in short.stdout
    assert "How it was computed" not in short.stdout
    assert "How it was computed\n   1. January 2026 in UTC has 44,640 min\n" in long.stdout
    assert over(config, "-v").stdout.count("Statement for ") == 2


def test_a_terminal_gets_a_table_in_colour_and_a_progress_bar(
    january: Settings, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "170")
    result = over(config)
    assert result.exit_code == 0
    assert "\x1b[1;31mbreached" in result.stdout
    assert "2026-01\x1b" in result.stdout
    assert "judging circuits" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["--carrier", "acme"], 1), (["--carrier", "beta"], 0), (["--circuit", "lon-beta"], 0), ([], 1)],
)
def test_a_breach_is_an_exit_code_where_it_is_asked_for(
    january: Settings, config: Path, arguments: list[str], code: int
) -> None:
    assert over(config, "--fail-on-breach", *arguments).exit_code == code
    assert over(config, *arguments).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--period", "banana"], 2, "'banana' is not a period"),
        (["--circuit", "lon-acm"], 2, "no circuit 'lon-acm'; it has lon-acme, lon-beta, lon-free"),
        (["--carrier", "gamma"], 2, "no carrier 'gamma'; it has acme, beta"),
        (["--circuit", "lon-free"], 2, "has no contract"),
        (["--issue"], 2, "--issue needs --reason TEXT"),
        (["--dismiss", "--reason", " "], 2, "--dismiss needs --reason TEXT"),
        (["--reason", "x"], 2, "--reason goes with --issue or --dismiss"),
        (["--issue", "--dismiss", "--reason", "x"], 2, "only one of them"),
        (["--recompute", "--issue", "--reason", "x"], 2, "only one of them"),
        (
            ["--period", "2026-01", "--issue", "--reason", "x"],
            2,
            "no draft waits for 2026-01: `linkledger sla",
        ),
    ],
)
def test_a_wrong_question_is_answered_with_what_would_be_right(
    january: Settings, config: Path, arguments: list[str], code: int, said: str
) -> None:
    result = run(config, *arguments)
    assert result.exit_code == code
    assert said in result.stderr


def test_a_ledger_that_cannot_be_read_is_exit_3(config: Path) -> None:
    result = run(config)
    assert (result.exit_code, result.stdout) == (3, "")
    assert "ledger.db" in result.stderr


def test_a_wrong_configuration_is_exit_2_with_the_place(config: Path) -> None:
    config.write_text(CONFIG.replace("denominator", "denominatr", 1))
    result = run(config)
    assert result.exit_code == 2
    assert "contracts.gold.denominatr" in result.stderr


def test_where_no_circuit_had_a_contract_it_says_so(january: Settings, config: Path) -> None:
    config.write_text(
        config.read_text().replace("contract: silver", "contract: [{from: 2026-06-01, value: silver}]")
    )
    result = over(config, "--carrier", "beta")
    assert (result.exit_code, result.stdout, result.stderr) == (
        0,
        "",
        "no circuit here had a contract then\n",
    )


# --- what is kept


def test_a_closed_period_is_settled_when_it_is_looked_at(january: Settings, config: Path) -> None:
    first, second = told(config)
    with SqliteReader(january.ledger.path) as reader:
        (kept,) = reader.revisions("lon-acme")
    assert (kept.number, kept.state, kept.made_by) == (1, "issued", login())
    assert (first["revision"], first["supersedes"], first["because"]) == (1, None, [])
    assert first["digest"] == kept.digest == figures_digest(kept.statement)
    assert second["revision"] == 1
    assert list(first)[:10] == [
        "circuit", "circuits", "contract", "carrier", "document", "effective", "revision", "supersedes",
        "because", "digest",
    ]  # fmt: skip


@pytest.mark.parametrize("period", ["current", "2026-01-05", "2026-01-01..2026-01-15", "2026-Q1"])
def test_what_runs_or_is_no_period_of_the_contract_has_no_number(
    january: Settings, config: Path, period: str
) -> None:
    result = run(config, "--json", "--period", period)
    for one in json.loads(result.stdout):
        assert (one["revision"], one["supersedes"], one["because"], one["digest"]) == (None, None, [], None)
    with SqliteReader(january.ledger.path) as reader:
        assert reader.revisions() == []
    assert result.stderr == ""


def test_what_was_issued_stands_and_the_draft_is_told_with_its_difference_and_what_to_do(
    january: Settings, config: Path
) -> None:
    before = told(config)
    for hours in range(10):
        excuse(january, hours)
    result = over(config, "--json")
    assert json.loads(result.stdout) == before
    lines = result.stderr.splitlines()
    assert lines[0] == (
        "lon-acme, 2026-01: recomputed it differs from revision 1, which stands; draft revision 2 waits:"
    )
    assert lines[11:] == [
        "  Counted downtime: 0 min instead of 600 min, 600 min less",
        "  availability: 100.000000 % (met) instead of 98.655914 % (breached)",
        "  Credit: 0.00 GBP instead of 10.00 GBP, 10.00 GBP less",
        f"to issue it:    linkledger sla --period 2026-01 -c {config} --issue --reason WHY",
        f"to dismiss it:  linkledger sla --period 2026-01 -c {config} --dismiss --reason WHY",
    ]
    assert over(config, "--fail-on-breach").exit_code == 1, "what was issued is what counts"


def test_recompute_shows_today_and_keeps_nothing(january: Settings, config: Path) -> None:
    (issued, _) = told(config)
    excuse(january, 0)
    result = over(config, "--recompute", "--json")
    (today, _) = json.loads(result.stdout)
    assert (issued["seconds"]["counted_down"], today["seconds"]["counted_down"]) == (36_000, 32_400)
    assert (today["revision"], today["supersedes"], today["because"]) == (None, None, [])
    assert today["digest"] not in {None, issued["digest"]}
    assert result.stderr.splitlines() == [
        "lon-acme, 2026-01: differs from revision 1", "lon-beta, 2026-01: equals revision 1",
    ]  # fmt: skip
    assert states(january) == [(1, "issued")]


@pytest.mark.parametrize(
    ("option", "state", "said", "counted"),
    [
        ("--issue", "issued", "revision 2 is issued in place of 1", 32_400),
        ("--dismiss", "dismissed", "revision 2 is dismissed", 36_000),
    ],
)
def test_a_person_decides_on_a_draft(
    january: Settings, config: Path, option: str, state: str, said: str, counted: int
) -> None:
    over(config)
    excuse(january, 0)
    over(config)
    result = over(config, option, "--reason", "agreed by mail", "--circuit", "lon-acme")
    assert result.stdout == f"lon-acme, 2026-01: {said}, by {login()}\n"
    assert states(january) == [(1, "issued"), (2, state)]
    again = over(config, "--json", "--circuit", "lon-acme")
    (one,) = json.loads(again.stdout)
    assert (one["seconds"]["counted_down"], again.stderr) == (counted, "")


def test_only_drafts_of_the_chosen_circuits_and_period_are_decided(january: Settings, config: Path) -> None:
    over(config)
    excuse(january, 0)
    over(config)
    for arguments in (["--carrier", "beta"], ["--period", "2026-02"]):
        assert over(config, "--issue", "--reason", "x", *arguments).exit_code == 2
    assert states(january) == [(1, "issued"), (2, "draft")]
    done = over(config, "--issue", "--reason", "x", "--json")
    (one,) = json.loads(done.stdout)
    assert (one["revision"], one["supersedes"]) == (2, 1)
    assert one["because"][1] == "Counted downtime: 540 min instead of 600 min, 60 min less"


def test_a_draft_that_says_nothing_new_any_more_goes(january: Settings, config: Path) -> None:
    over(config)
    note = excuse(january, 0)
    over(config)
    with editing(january.ledger.path) as connection:
        withdraw(connection, note, at_ms=OVER_MS, author="bob", reason="the wrong month")
    assert over(config).stderr == ""
    assert states(january) == [(1, "issued")]


@pytest.mark.parametrize("dismissed", [False, True])
def test_what_is_issued_or_dismissed_is_not_settled_again(
    january: Settings, config: Path, monkeypatch: pytest.MonkeyPatch, dismissed: bool
) -> None:
    over(config)
    if dismissed:
        excuse(january, 0)
        over(config)
        over(config, "--dismiss", "--reason", "not agreed")
    monkeypatch.setattr(settling, "settle", lambda *_, **__: pytest.fail("settled again"))
    assert over(config).exit_code == 0
    excuse(january, 1)
    with pytest.raises(pytest.fail.Exception, match="settled again"):
        CliRunner(catch_exceptions=False).invoke(cli, ["sla", "-c", str(config), "--period", "2026-01"])


def test_a_claim_is_of_today_also_in_a_statement_that_was_issued_before(
    january: Settings, config: Path
) -> None:
    (before,) = told(config, "--circuit", "lon-acme")
    claim = "    claim: {submit_within: 30d}\n    unknown"
    config.write_text(config.read_text().replace("    unknown", claim, 1))
    (after,) = told(config, "--circuit", "lon-acme")
    assert (before["claim"]["state"], before["credit"]["claimable"]) == ("eligible", "10.00")
    assert (after["claim"]["state"], after["credit"]["claimable"]) == ("expired", "0.00")
    assert [one["code"] for one in after["credit"]["blocked_by"]] == ["submit_deadline_passed"]
    assert (after["revision"], after["digest"]) == (1, before["digest"])


@pytest.mark.parametrize("verbose", [False, True])
def test_who_may_only_read_sees_it_without_a_number_and_learns_why_with_v(
    january: Settings, config: Path, monkeypatch: pytest.MonkeyPatch, verbose: bool
) -> None:
    def refused(path: Path) -> None:
        raise LedgerUnwritable(f"{path}: can't be written")

    monkeypatch.setattr(settling, "editing", refused)
    result = over(config, "--json", *(["-v"] if verbose else []))
    assert [one["revision"] for one in json.loads(result.stdout)] == [None, None]
    said = f"linkledger: no revision is made or drafted: {january.ledger.path}: can't be written"
    assert (said in result.stderr) is verbose
    said = "2 statements of closed periods have no revision yet: this user can't write the ledger"
    assert said in result.stderr


def test_a_period_whose_measurements_may_still_come_waits(january: Settings, config: Path) -> None:
    (one, other) = (Standing(both, History(), "d") for both in told(config))
    assert list(waiting([one], kept=True)) == [
        "lon-acme, 2026-01: no revision is issued yet: measurements may still come"
    ]
    assert list(waiting([one, other], kept=True)) == [
        "2 statements of closed periods have no revision yet: measurements may still come"
    ]
    assert list(waiting([replace(one, history=None)], kept=True)) == []


def test_of_many_drafts_the_first_are_told_and_the_others_counted(
    january: Settings, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (one,) = told(config, "--circuit", "lon-acme")
    excuse(january, 0)
    over(config)
    with SqliteReader(january.ledger.path) as reader:
        (issued,) = reader.revisions("lon-acme")
        shown = Standing(one, reader.revisions_of(issued.key), "d")
    monkeypatch.setattr(standing, "MOST_DRAFTS", 1)
    lines = list(drafted([shown] * 3, "AGAIN"))
    assert sum("draft revision 2 waits" in line for line in lines) == 1
    assert lines[-3:] == [
        "and 2 drafts more: --circuit shows one",
        "to issue all 3:    AGAIN --issue --reason WHY",
        "to dismiss all 3:  AGAIN --dismiss --reason WHY",
    ]


@pytest.mark.slow
def test_many_are_judged_in_worker_processes_and_settled_in_batches(
    january: Settings, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many, "WORTH_IT", 2)
    monkeypatch.setattr(sla, "AT_ONCE", 1)
    assert [one["revision"] for one in told(config)] == [1, 1]


def test_a_period_of_which_nothing_is_known_waits_for_no_measurement(january: Settings, config: Path) -> None:
    (one, _) = (Standing(both, History(), "d") for both in told(config))
    nothing = replace(one, told=one.told | {"seconds": {"up": 0, "down": 0}})
    assert list(waiting([nothing], kept=True)) == [
        "lon-acme, 2026-01: no revision is issued yet: nothing is known of the period"
    ]
    assert "may still come" in "".join(waiting([nothing, one], kept=True))
