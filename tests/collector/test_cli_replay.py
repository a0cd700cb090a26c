"""`linkledger replay`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from collector.cli import cli
from collector.cli.replay import contract_digest, replay_command
from config.contracts_file import load_contract
from tests.collector.ledgers import ledger_at
from tests.collector.sla.build import contract, outage
from tests.config.estate import GOOD as ESTATE

TERMS: dict[str, Any] = {
    "carrier": "acme",
    "effective": "2020-01-01",
    "timezone": "UTC",
    "currency": "USD",
    "period": "calendar_month",
    "denominator": "elapsed",
    "outage": outage(),
    "unknown": {"policy": "exclude"},
}
GOLD = {"availability": {"target": ">= 99.9%", "credit": {"bands": [{"below": "99.9%", "gives": "5%"}]}}}
SILVER = {"availability": {"target": ">= 99%", "credit": {"bands": [{"below": "99%", "gives": "5%"}]}}}
DOWN = {"from": "2026-04-03T10:00:00Z", "to": "2026-04-03T10:47:00Z", "status": "down"}
HISTORY = {
    "circuit": {"id": "X-1", "monthly_charge": "1500.00", "timezone": "UTC"},
    "intervals": [DOWN],
    "now": "2026-05-03T00:00:00Z",
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with contracts and a history, where the command runs."""
    monkeypatch.chdir(tmp_path)
    write("c.yaml", {"contracts": {"gold": {**TERMS, "objectives": GOLD}}})
    both = {"gold": {**TERMS, "objectives": GOLD}, "silver": {**TERMS, "objectives": SILVER}}
    write("two.yaml", {"contracts": both})
    write("h.json", HISTORY)
    (tmp_path / "i.csv").write_text("from,to,status\n2026-04-03T10:00:00Z,2026-04-03T10:47:00Z,down\n")
    return tmp_path


def write(name: str, value: object) -> None:
    """A file of JSON, which is YAML too."""
    Path(name).write_text(json.dumps(value))


def replay(*arguments: str, period: str = "2026-04") -> Result:
    """Run the command."""
    return CliRunner().invoke(replay_command, [*arguments, "--period", period])


def statements(*arguments: str, period: str = "2026-04") -> list[dict[str, Any]]:
    """The statements that it prints as JSON."""
    done = replay(*arguments, "--json", period=period)
    assert (done.exit_code, done.stderr) == (0, "")
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def refusal(*arguments: str, period: str = "2026-04") -> str:
    """What it says when it can't do what was asked."""
    done = replay(*arguments, period=period)
    assert (done.exit_code, done.stdout) == (2, "")
    return done.stderr


def test_a_history_becomes_a_statement(place: Path) -> None:
    (found,) = statements("--contract", "c.yaml", "--history", "h.json")
    assert (found["circuit"], found["contract"], found["period"]["label"]) == ("X-1", "gold", "2026-04")
    assert found["objectives"][0]["measured"] == "99.891204"
    assert found["objectives"][0]["verdict"] == "breached"
    assert (found["credit"]["currency"], found["credit"]["amount"]) == ("USD", "75.00")


def test_the_period_and_the_contract_are_the_commands_own(place: Path) -> None:
    (found,) = statements("--contract", "two.yaml#silver", "--history", "h.json", period="2026-03")
    assert (found["contract"], found["period"]["label"]) == ("silver", "2026-03")
    assert found["seconds"]["down"] == 0


def test_the_digest_is_of_what_the_contract_says_and_not_of_its_file(place: Path) -> None:
    (found,) = statements("--contract", "c.yaml", "--history", "h.json")
    assert found["config"] == contract_digest(load_contract(Path("c.yaml"))[1])
    assert found["config"] == contract_digest(load_contract(Path("two.yaml"), "gold")[1])
    assert found["config"] != contract_digest(load_contract(Path("two.yaml"), "silver")[1])
    assert contract_digest(contract()).startswith("sha256:")


def test_now_is_the_commands_else_the_historys(place: Path) -> None:
    arguments = ("--contract", "c.yaml", "--history", "h.json")
    (running,) = statements(*arguments, "--now", "2026-04-10T00:00:00Z")
    assert not running["period"]["closed"]
    write("h.json", {**HISTORY, "now": "2026-04-20T00:00:00Z"})
    (also,) = statements(*arguments)
    assert also["period"]["as_of"] == "2026-04-20T00:00:00Z"
    write("h.json", {key: value for key, value in HISTORY.items() if key != "now"})
    (over,) = statements(*arguments)
    assert over["period"]["closed"]


def test_two_contracts_as_json_are_a_list_of_both_in_order(place: Path) -> None:
    found = statements("--contract", "two.yaml#silver", "--contract", "c.yaml", "--history", "h.json")
    assert [one["contract"] for one in found] == ["silver", "gold"]


def test_two_contracts_stand_side_by_side(place: Path) -> None:
    done = replay("--contract", "two.yaml#silver", "--contract", "two.yaml#gold", "--history", "h.json")
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        "X-1, 2026-04",
        "  A  silver, in force from 2020-01-01; 2026-04-01T00:00:00Z to 2026-05-01T00:00:00Z",
        "  B  gold, in force from 2020-01-01; 2026-04-01T00:00:00Z to 2026-05-01T00:00:00Z",
        "",
        "  objective     target A  measured A  verdict A  credit A  "
        "target B  measured B  verdict B   credit B       B - A",
        "  availability  >= 99%    99.891204%  met        0.00 USD  "
        ">= 99.9%  99.891204%  breached   75.00 USD  +75.00 USD",
        "  before caps                                    0.00 USD  "
        "                                 75.00 USD  +75.00 USD",
        "  credit                                         0.00 USD  "
        "                                 75.00 USD  +75.00 USD",
        "  claimable                                      0.00 USD  "
        "                                 75.00 USD  +75.00 USD",
    ]


def test_with_v_both_statements_follow_with_their_arithmetic(place: Path) -> None:
    two = ("--contract", "two.yaml#silver", "--contract", "two.yaml#gold", "--history", "h.json")
    told = replay(*two, "-v").stdout
    assert told.count("How it was computed") == 2
    assert told.startswith(replay(*two).stdout)


def test_the_arithmetic_is_shown_when_asked_for(place: Path) -> None:
    arguments = ("--contract", "c.yaml", "--history", "h.json")
    assert "How it was computed" not in replay(*arguments).stdout
    assert "\n  1. April 2026 in UTC has 43,200 min\n" in replay(*arguments, "-v").stdout.replace(
        "   1.", "  1."
    )


def test_a_breach_is_an_exit_code_only_when_asked_for(place: Path) -> None:
    gold, silver = ("--contract", "two.yaml#gold"), ("--contract", "two.yaml#silver")
    seen = ("--history", "h.json")
    assert replay(*gold, *seen).exit_code == 0
    assert replay(*gold, *seen, "--fail-on-breach").exit_code == 1
    assert replay(*silver, *seen, "--fail-on-breach").exit_code == 0
    assert replay(*silver, *gold, *seen, "--fail-on-breach", "--json").exit_code == 1


def test_intervals_of_another_tool_are_enough(place: Path) -> None:
    beside = ("--circuit", "lon", "--charge", "1500 USD", "--zone", "Europe/London")
    (found,) = statements("--contract", "c.yaml", "--intervals", "i.csv", *beside)
    assert (found["circuit"], found["credit"]["amount"]) == ("lon", "75.00")
    (found,) = statements("--contract", "c.yaml", "--intervals", "i.csv")
    assert (found["circuit"], found["objectives"][0]["verdict"]) == ("circuit", "breached")


def test_rounds_of_another_tool_are_enough(place: Path) -> None:
    rows = (f"2026-04-{day:02}T00:00:00Z,86400,1,{int(day != 3)}" for day in range(1, 31))
    Path("r.csv").write_text("\n".join(("at,every,sent,received", *rows)))
    (found,) = statements("--contract", "c.yaml", "--rounds", "r.csv")
    assert (found["seconds"]["down"], found["coverage"]) == (86_400, "100.000000")


def test_only_the_circuit_that_is_asked_for_is_judged(place: Path) -> None:
    several = {"circuits": [{"id": "a"}, {"id": "b"}], "intervals": [{**DOWN, "circuit": "b"}]}
    write("h.json", several)
    arguments = ("--contract", "c.yaml", "--history", "h.json")
    assert [one["circuit"] for one in statements(*arguments)] == ["a", "b"]
    assert [one["circuit"] for one in statements(*arguments, "--circuit", "b")] == ["b"]
    assert "there is no circuit 'c': known here: a, b" in refusal(*arguments, "--circuit", "c")


def test_the_contract_that_the_circuits_name_is_chosen_from_several(place: Path) -> None:
    write("h.json", {**HISTORY, "circuit": {"id": "X-1", "contract": "silver"}})
    (found,) = statements("--contract", "two.yaml", "--history", "h.json")
    assert found["contract"] == "silver"


def test_bandwidth_and_zone_of_the_site_hold_as_the_contract_asks(place: Path) -> None:
    write("c.yaml", {"contracts": {"gold": {**TERMS, "timezone": "site", "objectives": GOLD}}})
    bare = {**HISTORY, "circuit": {"id": "X-1"}}
    write("h.json", {**bare, "circuit": {"id": "X-1", "timezone": "Asia/Kathmandu"}})
    (found,) = statements("--contract", "c.yaml", "--history", "h.json")
    assert found["period"]["from"] == "2026-03-31T18:15:00Z"
    write("h.json", bare)
    assert refusal("--contract", "c.yaml", "--history", "h.json") == (
        "linkledger: contract 'gold' goes by the site's time zone, and X-1 has no `timezone`: "
        'write such as "timezone": "Europe/London" in a history, --zone with CSV\n'
    )


def test_a_charge_in_another_currency_than_the_contract_pays_in_is_no_basis_of_a_credit(place: Path) -> None:
    write("c.yaml", {"contracts": {"gold": {**TERMS, "currency": "USD", "objectives": GOLD}}})
    priced = {**HISTORY, "circuit": {"id": "X-1", "monthly_charge": "1500.00 EUR", "timezone": "UTC"}}
    write("h.json", priced)
    assert refusal("--contract", "c.yaml", "--history", "h.json") == (
        "linkledger: contract 'gold' pays in USD, and X-1 costs EUR: give the charge in USD\n"
    )


def test_a_contract_in_the_circuits_currency_needs_one(place: Path) -> None:
    write("c.yaml", {"contracts": {"gold": {**TERMS, "currency": "circuit", "objectives": GOLD}}})
    assert refusal("--contract", "c.yaml", "--history", "h.json") == (
        "linkledger: contract 'gold' pays in the currency of the circuit's charge, and X-1 names none: "
        "write 1500.00 USD\n"
    )
    write("h.json", {**HISTORY, "circuit": {"id": "X-1", "monthly_charge": "1500.00 EUR"}})
    (found,) = statements("--contract", "c.yaml", "--history", "h.json")
    assert (found["credit"]["currency"], found["credit"]["amount"]) == ("EUR", "75.00")


ONE_OF = "linkledger: replay needs one of --history, --ledger, or --intervals and --rounds\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), ONE_OF),
        (("--history", "h.json", "--intervals", "i.csv"), ONE_OF),
        (("--history", "h.json", "--ledger"), ONE_OF),
        (("--ledger", "--rounds", "i.csv"), ONE_OF),
        (
            ("--history", "h.json", "--zone", "UTC"),
            "linkledger: --charge and --zone go with --intervals and --rounds: a history says its own\n",
        ),
        (
            ("--intervals", "i.csv", "--zone", "Mars"),
            "linkledger: --zone: 'Mars' is not an IANA time zone such as Europe/London\n",
        ),
        (
            ("--intervals", "i.csv", "--charge", "much"),
            "linkledger: --charge: 'much' is not an amount such as 1500.00 or 1500.00 USD\n",
        ),
        (
            ("--history", "h.json", "--now", "noon"),
            "linkledger: --now: 'noon' is not a time such as 2026-10-03T14:00:00Z\n",
        ),
        (
            ("--history", "none.json"),
            "linkledger: the history can't be used:\nnone.json: there is no such file\n",
        ),
        (
            ("--contract", "c.yaml", "--contract", "c.yaml", "--history", "h.json"),
            "linkledger: 3 contracts: side by side there are two at most\n",
        ),
        (
            ("--ledger",),
            "linkledger: there is no configuration, and so no ledger: replay over a history with --history\n",
        ),
    ],
)
def test_what_cannot_be_done_is_refused_with_what_to_do(
    place: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.delenv("LINKLEDGER_CONFIG", raising=False)
    assert refusal("--contract", "c.yaml", *arguments) == said


def test_a_bad_contract_and_a_bad_period_are_refused(place: Path) -> None:
    seen = ("--history", "h.json")
    assert "holds 2 contracts (gold, silver): choose one, as in two.yaml#gold" in refusal(
        *("--contract", "two.yaml", *seen)
    )
    assert "there is no such file" in refusal("--contract", "none.yaml", *seen)
    assert "there is no 'glod': did you mean 'gold'?" in refusal("--contract", "two.yaml#glod", *seen)
    assert "'soon' is not a period: write 2026-10" in refusal("--contract", "c.yaml", *seen, period="soon")


def test_every_mistake_of_a_history_goes_to_stderr(place: Path) -> None:
    write("h.json", {**HISTORY, "intervals": [{**DOWN, "to": DOWN["from"]}, 7]})
    told = refusal("--contract", "c.yaml", "--history", "h.json").splitlines()
    assert told[0] == "linkledger: the history can't be used:"
    assert [one.split(": ")[1] for one in told[1:]] == ["intervals[0].to", "intervals[1]"]


def test_a_period_without_data_is_neither_good_nor_bad(place: Path) -> None:
    write("h.json", {"circuit": {"id": "X-1"}})
    (found,) = statements("--contract", "c.yaml", "--history", "h.json")
    assert found["objectives"][0]["verdict"] == "insufficient_data"
    assert found["objectives"][0]["measured"] is None


def test_the_help_has_examples_of_every_source() -> None:
    told = CliRunner().invoke(cli, ["replay", "--help"]).stdout
    for word in ("--history april.json", "--intervals outages.csv", "--ledger --circuit", "from,to,status"):
        assert word in told
    assert "replay" in CliRunner().invoke(cli, ["--help"]).stdout


def asked_of_a_ledger(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> dict[str, Any]:
    """What a ledger that is there is asked for."""
    found: list[dict[str, Any]] = []

    def what_if(settings: object, reader: object, **asked: object) -> list[Any]:
        found.append(asked)
        return []

    ledger = Path("ledger.db").absolute()
    Path("linkledger.yaml").write_text(f"ledger: {{path: {ledger}}}\n{ESTATE}")
    with ledger_at(ledger):
        pass
    monkeypatch.setattr("collector.statements.what_if", what_if)
    done = replay("--contract", "c.yaml", "--ledger", "-c", "linkledger.yaml", "--json", *arguments)
    assert (done.exit_code, json.loads(done.stdout)) == (0, [])
    return found[0]


def test_the_ledger_is_asked_for_all_circuits_of_the_contracts_carrier(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asked_of_a_ledger(monkeypatch, "--now", "2026-04-10T00:00:00.250Z")
    assert asked["contract"] == load_contract(Path("c.yaml"))[1]
    assert (asked["contract_id"], asked["circuits"], asked["period"]) == ("gold", ["lon-acme"], "2026-04")
    assert asked["now"].wall_ms == 1_775_779_200_250


def test_the_ledger_is_asked_for_the_circuit_that_is_named_whoever_sells_it(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("c.yaml", {"contracts": {"offer": {**TERMS, "carrier": "other", "objectives": GOLD}}})
    assert asked_of_a_ledger(monkeypatch, "--circuit", "lon-acme")["circuits"] == ["lon-acme"]
    ledger = ("--contract", "c.yaml", "--ledger", "-c", "linkledger.yaml")
    assert refusal(*ledger) == "linkledger: no circuit is of carrier 'other': say which one with --circuit\n"
    assert refusal(*ledger, "--circuit", "x") == (
        "linkledger: the configuration has no circuit 'x'; it has lon-acme\n"
    )


def test_a_ledger_that_is_not_there_could_not_be_reached(place: Path) -> None:
    Path("linkledger.yaml").write_text(f"ledger: {{path: {place}/none.db}}\n{ESTATE}")
    done = replay("--contract", "c.yaml", "--ledger", "-c", "linkledger.yaml")
    assert (done.exit_code, done.stdout) == (3, "")
    assert "none.db" in done.stderr
