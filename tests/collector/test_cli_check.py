"""`linkledger check`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from collector.cli.check import check_command, count
from collector.sizes import megabytes
from tests.config.estate import GOOD, changed


def check(directory: Path, text: str, *arguments: str) -> Result:
    """Run the command over a text."""
    path = directory / "linkledger.yaml"
    path.write_text(text)
    return CliRunner().invoke(check_command, [str(path), *arguments])


def test_a_good_file_is_summed_up_on_stdout(tmp_path: Path) -> None:
    done = check(tmp_path, GOOD)
    assert (done.exit_code, done.stderr) == (0, "")
    assert "1 circuit at 1 site of 1 carrier; 1 contract" in done.stdout
    assert "lon-01: 1 circuit, probes: 1 icmp; 1 reference" in done.stdout
    assert "grows by about 5.91 MB to 12.4 MB a month and is kept 400d" in done.stdout
    assert "\x1b" not in done.stdout


def test_every_problem_goes_to_stderr_and_the_exit_code_is_2(tmp_path: Path) -> None:
    done = check(tmp_path, changed(("acme: {", "acne: {"), ("Europe/London", "Europe")))
    assert (done.exit_code, done.stdout) == (2, "")
    lines = done.stderr.replace(f"{tmp_path}/", "").splitlines()
    assert [line.split(" ")[0] for line in lines] == [
        "linkledger.yaml:3:22:",
        "linkledger.yaml:8:14:",
        "linkledger.yaml:15:14:",
        "linkledger.yaml:",
    ]
    assert lines[-1] == "linkledger.yaml: 3 errors"


def test_warnings_are_told_and_do_not_refuse(tmp_path: Path) -> None:
    done = check(tmp_path, changed(("    contract: gold\n", "")))
    assert done.exit_code == 0
    assert "warning: circuits.lon-acme: has no contract" in done.stderr
    assert ", 1 warning\n" in done.stdout


def test_json_has_the_problems_and_the_summary(tmp_path: Path) -> None:
    good = json.loads(check(tmp_path, GOOD, "--json").stdout)
    assert (good["good"], good["problems"], good["summary"]["circuits_here"]) == (True, [], 1)
    assert good["summary"]["packets_a_month"] == 2_592_000 + 518_400
    done = check(tmp_path, changed(("    carrier: acme\n    site", "    site")), "--json")
    bad = json.loads(done.stdout)
    assert (done.exit_code, bad["good"], bad["summary"]) == (2, False, None)
    assert bad["problems"][0] | {"text": ""} == {
        "file": f"{tmp_path}/linkledger.yaml",
        "line": 7,
        "column": 3,
        "path": "circuits.lon-acme.carrier",
        "text": "",
        "severity": "error",
    }


def test_the_schema_needs_no_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(check_command, ["--schema"])
    assert done.exit_code == 0
    assert json.loads(done.stdout)["title"] == "linkledger configuration"


def test_without_a_configuration_it_says_where_it_looked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LINKLEDGER_CONFIG", "")
    monkeypatch.setattr("config.light.SYSTEM", tmp_path / "nowhere.yaml")
    done = CliRunner().invoke(check_command, [])
    assert done.exit_code == 2
    assert "`linkledger init` writes a first one" in done.stderr


def test_secrets_that_this_user_cannot_read_may_be_warnings(tmp_path: Path) -> None:
    text = GOOD + "outputs: {influxdb: {a: {url: 'http://h', api: v3, token: {credential: influx}}}}\n"
    assert check(tmp_path, text).exit_code == 2
    assert check(tmp_path, text, "--without-secrets").exit_code == 0


def test_a_site_can_be_asked_for(tmp_path: Path) -> None:
    assert check(tmp_path, changed(("site: lon-01\nsites", "sites"))).exit_code == 2
    assert check(tmp_path, changed(("site: lon-01\nsites", "sites")), "--site", "lon-01").exit_code == 0


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 kB"),
        (999_000, "999 kB"),
        (1_000_000, "1 MB"),
        (123_456_789, "123 MB"),
        (2_500_000_000, "2.5 GB"),
    ],
)
def test_bytes_are_told_in_a_size_that_one_can_read(number: int, text: str) -> None:
    assert megabytes(number) == text


def test_things_are_counted_in_words() -> None:
    assert [count(n, "circuit") for n in (0, 1, 1_000)] == ["", "1 circuit", "1,000 circuits"]


def test_the_traffic_of_the_estates_probes_is_one_line(tmp_path: Path) -> None:
    done = check(tmp_path, GOOD)
    line = (
        "all probes of the estate in 30 days: out 3,110,400 packets, 261 MB; back 3,110,400 packets, 261 MB"
    )
    assert line in done.stdout
    summary = json.loads(check(tmp_path, GOOD, "--json").stdout)["summary"]
    assert summary["traffic_a_month"] == summary["traffic_a_month_here"]
    assert summary["traffic_a_month"]["packets_out"] == 3_110_400


def test_a_circuit_is_explained_with_the_place_of_each_value(tmp_path: Path) -> None:
    done = check(tmp_path, GOOD, "--explain", "lon-acme")
    told = [" ".join(line.split()).replace(f"{tmp_path}/", "") for line in done.stdout.splitlines()]
    assert (done.exit_code, done.stderr) == (0, "")
    assert told[:4] == [
        "circuit lon-acme",
        "carrier acme entry linkledger.yaml:8",
        "site lon-01 entry linkledger.yaml:9",
        "contract gold entry linkledger.yaml:10",
    ]
    assert "probes.pe.packets 10 built-in" in told
    assert told[-3:] == [
        "",
        "traffic in 30 days, with IP headers",
        "pe out 2,592,000 packets, 218 MB back 2,592,000 packets, 218 MB",
    ]


def test_an_explanation_is_json_too(tmp_path: Path) -> None:
    told = json.loads(check(tmp_path, GOOD, "--explain", "lon-acme", "--json").stdout)
    assert told["values"][0] == {
        "key": "carrier",
        "value": "acme",
        "layer": "entry",
        "places": [f"{tmp_path}/linkledger.yaml:8"],
    }
    assert told["judges"][0]["judged_by"]["availability"] == "pe"
    assert told["traffic_a_month"]["pe"] == told["traffic_a_month_sum"]


def test_a_circuit_that_there_is_not_is_told_with_the_nearest(tmp_path: Path) -> None:
    done = check(tmp_path, GOOD, "--explain", "lon-acne")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == "linkledger: there is no circuit 'lon-acne': did you mean 'lon-acme'?\n"
