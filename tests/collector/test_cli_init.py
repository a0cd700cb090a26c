"""`linkledger init`."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from collector.cli.check import check_command
from collector.cli.init import init_command, ledger_for


def test_it_writes_a_file_that_check_finds_good_and_says_what_it_found(tmp_path: Path) -> None:
    out = tmp_path / "linkledger.yaml"
    done = CliRunner().invoke(init_command, ["--out", str(out)])
    assert (done.exit_code, done.stdout) == (0, "")
    assert "found: host name" in done.stderr
    assert f"wrote {out}" in done.stderr
    checked = CliRunner().invoke(check_command, [str(out)])
    assert (checked.exit_code, checked.stderr) == (0, "")


def test_it_overwrites_nothing(tmp_path: Path) -> None:
    out = tmp_path / "linkledger.yaml"
    out.write_text("mine")
    done = CliRunner().invoke(init_command, ["--out", str(out)])
    assert done.exit_code == 2
    assert "is there already" in done.stderr
    assert out.read_text() == "mine"


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    done = CliRunner().invoke(init_command, ["--out", str(tmp_path / "no" / "such.yaml")])
    assert done.exit_code == 3
    assert done.stderr.endswith("no/such.yaml can't be written: No such file or directory\n")


def test_a_dash_prints_it() -> None:
    done = CliRunner().invoke(init_command, ["--out", "-"])
    assert done.exit_code == 0
    assert done.stdout.startswith("# A first configuration")


def test_a_configuration_of_a_service_keeps_its_ledger_where_the_service_may_write() -> None:
    assert ledger_for(Path("/etc/linkledger/linkledger.yaml")) == Path("/var/lib/linkledger/ledger.db")
    assert not ledger_for(Path("linkledger.yaml")).is_absolute()


SMOKEPING = Path(__file__).parents[1] / "config" / "smokeping" / "config"


def test_smokepings_hosts_are_taken_over_and_what_is_left_out_is_told(tmp_path: Path) -> None:
    out = tmp_path / "linkledger.yaml"
    done = CliRunner().invoke(init_command, ["--from-smokeping", str(SMOKEPING), "--out", str(out)])
    assert (done.exit_code, done.stdout) == (0, "")
    assert f"{SMOKEPING.parent}/Targets:72: Services/shell is left out: no probe of ours does" in done.stderr
    assert f"wrote {out}" in done.stderr
    checked = CliRunner().invoke(check_command, [str(out)])
    assert checked.exit_code == 0
    assert "8 circuits at 1 site of 1 carrier" in checked.stdout


def test_a_smokeping_file_without_hosts_makes_nothing(tmp_path: Path) -> None:
    (tmp_path / "Targets").write_text("*** Targets ***\nprobe = FPing\n")
    out = tmp_path / "linkledger.yaml"
    done = CliRunner().invoke(
        init_command, ["--from-smokeping", str(tmp_path / "Targets"), "--out", str(out)]
    )
    assert (done.exit_code, out.exists()) == (2, False)
    assert "it names no host that a probe of ours could measure" in done.stderr
