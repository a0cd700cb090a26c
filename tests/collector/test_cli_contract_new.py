"""`linkledger contract new`."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from collector.cli import cli, contract_new
from config.contracts_file import load_contract
from config.kinds import kinds
from tests.config.estate import GOOD as ESTATE

KIND = "bands-on-availability"
OWN = ("--carrier", "acme", "--effective", "2026-01-01")
PATH = Path(f"acme-{KIND}.yaml")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory, where the command runs."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def terminal(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, and somebody to ask."""
    monkeypatch.setattr(contract_new, "is_terminal", lambda: True)
    return place


def new(*arguments: str, answers: str = "") -> Result:
    """Run the command."""
    return CliRunner().invoke(cli, ["contract", "new", *arguments], input=answers)


def refusal(*arguments: str) -> str:
    """What it says when it writes nothing."""
    done = new(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    return done.stderr


def test_the_kinds_are_listed_where_none_is_named(place: Path) -> None:
    told = refusal()
    assert told.startswith("linkledger: choose one with --kind\n")
    assert all(f"\n  {kind} " in f"\n{told}" for kind in kinds())
    assert "A monthly availability promise that pays" in told


def test_a_kind_that_isnt_there_names_the_nearest(place: Path) -> None:
    assert "there is no kind 'bands-on-availabilty': did you mean 'bands-on-availability'?" in refusal(
        "--kind", "bands-on-availabilty"
    )


def test_without_a_terminal_it_says_which_options_to_give(place: Path) -> None:
    assert "give --carrier and --effective and --yes, and what" in refusal("--kind", KIND)
    assert "no terminal to ask on: give --yes, and what" in refusal("--kind", KIND, *OWN)
    assert "with --yes give --effective too" in refusal("--kind", KIND, "--yes", "--carrier", "acme")
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("kind", kinds())
def test_every_kind_makes_a_contract_without_a_question(kind: str, place: Path) -> None:
    done = new("--kind", f"kinds/{kind}", *OWN, "--yes")
    assert done.exit_code == 0
    path = Path(f"acme-{kind}.yaml")
    name, made = load_contract(path)
    assert (name, made.carrier, made.extends) == (f"acme-{kind}", "acme", f"kinds/{kind}")
    assert str(made.each_version()[0].effective) == "2026-01-01"
    assert "What is promised\n" in done.stdout
    assert f"wrote {path}. Next:\n  linkledger contract explain {name} --file {path}" in done.stderr
    assert "linkledger check" in done.stderr
    assert list(place.iterdir()) == [place / path]


def test_what_is_set_takes_the_place_of_what_the_kind_says(place: Path) -> None:
    settings = (
        *("--set", "objectives.availability.target=>= 99.95%"),
        *("--set", "outage.across_periods=start"),
        *("--set", "objectives.availability.credit.bands=[{below: 99.95%, gives: 7%}]"),
        *("--set", "caps="),
        *("--set", "claim.submit_within=-"),
    )
    done = new("--kind", KIND, *OWN, "--yes", "--id", "gold", "--out", "gold.yaml", *settings)
    assert done.exit_code == 0
    _, made = load_contract(Path("gold.yaml"), "gold")
    assert made.outage is not None
    assert made.objectives is not None
    assert made.claim is not None
    promise = made.objectives.by_name()["availability"]
    assert (str(promise.target), made.outage.across_periods, made.caps) == (">= 99.95%", "start", None)
    assert promise.credit is not None
    assert [str(band.gives) for band in promise.credit.bands or ()] == ["7%"]
    assert (made.claim.submit_within, made.claim.start) == (None, None)


def test_a_mistake_in_what_is_set_writes_nothing(place: Path) -> None:
    told = refusal("--kind", KIND, *OWN, "--yes", "--set", "outage.across_periods=sometimes")
    assert "this makes no good contract, nothing was written:\n" in told
    assert f"\n{PATH}:" in told
    assert "across_periods" in told
    assert list(place.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--set", "currency"), "--set 'currency': write KEY=VALUE, such as currency=USD"),
        (("--set", "a..b=1"), "--set 'a..b=1': write KEY=VALUE"),
        (("--set", "holidays=[a"), "--set holidays: "),
        (("--id", "No Slug"), "--id: "),
        (("--effective", "soon"), "--effective: 'soon' is not a day such as 2026-01-01"),
        (("--carrier", "A C"), "--carrier: "),
    ],
)
def test_an_option_that_is_wrong_is_named(place: Path, arguments: tuple[str, ...], said: str) -> None:
    assert said in refusal("--kind", KIND, *OWN, "--yes", *arguments)
    assert list(place.iterdir()) == []


def test_a_file_that_is_there_is_kept_unless_forced(place: Path) -> None:
    PATH.write_text("mine")
    assert f"{PATH} is there already" in refusal("--kind", KIND, *OWN, "--yes")
    assert PATH.read_text() == "mine"
    assert new("--kind", KIND, *OWN, "--yes", "--force").exit_code == 0
    assert "extends: kinds/bands-on-availability" in PATH.read_text()


def test_a_place_that_cant_be_written_is_named(place: Path) -> None:
    done = new("--kind", KIND, *OWN, "--yes", "--out", "none/c.yaml")
    assert (done.exit_code, done.stdout) == (3, "")
    assert done.stderr == "linkledger: none/c.yaml can't be written: No such file or directory\n"


def test_a_carrier_that_the_configuration_hasnt_got_is_refused(place: Path) -> None:
    Path("linkledger.yaml").write_text(ESTATE)
    config = ("-c", "linkledger.yaml")
    assert "linkledger.yaml has no carrier 'acmee': did you mean 'acme'?" in refusal(
        "--kind", KIND, "--yes", "--carrier", "acmee", "--effective", "2026-01-01", *config
    )
    done = new("--kind", KIND, *OWN, "--yes", "-v", *config)
    assert done.exit_code == 0
    assert "The arithmetic, as a statement shows it:" in done.stdout


def test_a_dash_prints_the_file(place: Path) -> None:
    done = new("--kind", KIND, *OWN, "--yes", "--out", "-")
    assert (done.exit_code, done.stderr) == (0, "")
    assert f"contracts:\n  acme-{KIND}:\n    extends: kinds/{KIND}\n    carrier: acme\n" in done.stdout
    assert list(place.iterdir()) == []


def test_a_mistake_is_not_printed_either(place: Path) -> None:
    arguments = ("--kind", KIND, "--carrier", "acme", "--effective", "2026-01-01", "--yes", "--out", "-")
    found = new(*arguments, "--set", "currency=NO")
    assert (found.exit_code, found.stdout) == (2, "")
    assert "nothing was printed:\n-:12:15: contracts.acme-" in found.stderr
    assert "'NO' is not a currency such as USD" in found.stderr


def test_answers_make_the_contract_and_enter_keeps_what_the_kind_says(terminal: Path) -> None:
    first = ("acme", "acme-gold", "2026-01-01", "Europe/London", "GBP", "calendar_quarter")
    done = new("--kind", KIND, answers="\n".join(first) + "\n" * 30)
    assert done.exit_code == 0
    _, made = load_contract(Path("acme-gold.yaml"))
    assert (made.timezone, made.currency, made.period) == ("Europe/London", "GBP", "calendar_quarter")
    assert made.outage is not None
    assert made.outage.across_periods == "split"
    assert "Which month has an outage over its edge?" in done.stderr
    assert "(outage.across_periods) [split]" in done.stderr


def test_a_bad_answer_is_asked_for_again_with_what_is_wrong(terminal: Path) -> None:
    done = new("--kind", KIND, *OWN, "--id", "gold", answers="Mars\nUTC\n" + "\n" * 30)
    assert done.exit_code == 0
    assert "Error: 'Mars' is not an IANA time zone" in done.stderr
    assert load_contract(Path("gold.yaml"))[1].timezone == "UTC"


def test_what_is_set_is_not_asked(terminal: Path) -> None:
    done = new("--kind", KIND, *OWN, "--id", "gold", "--set", "timezone=UTC", answers="USD\n" + "\n" * 30)
    assert done.exit_code == 0
    assert "Whose midnight" not in done.stderr
    _, made = load_contract(Path("gold.yaml"))
    assert (made.timezone, made.currency) == ("UTC", "USD")
