"""The files in deploy/systemd, judged by systemd's own tools."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy.machine import UNIT, unit_settings

SYSTEMD = UNIT.parent
PROGRAM = "/opt/linkledger/bin/linkledger"

pytestmark = pytest.mark.server("systemd-analyze")


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    """Run systemd-analyze and keep what it says."""
    return subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_systemd_understands_every_line_of_the_unit(tmp_path: Path) -> None:
    # The program is not installed here, so a copy points at one that is; keys that systemd doesn't
    # know make it complain and exit 0, so every word about our unit is a failure.
    true = shutil.which("true")
    assert true
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text().replace(PROGRAM, true))
    done = analyze("verify", "--man=no", "--recursive-errors=no", str(copy))
    assert [line for line in done.stderr.splitlines() if "linkledger" in line or str(copy) in line] == []
    assert done.returncode == 0


@pytest.mark.slow
def test_the_sandbox_scores_three_or_better() -> None:
    done = analyze("security", "--offline=true", "--threshold=30", "--no-pager", str(UNIT))
    assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_but_the_raw_socket_is_left_of_root() -> None:
    unit = unit_settings()
    assert unit["CapabilityBoundingSet"] == unit["AmbientCapabilities"] == ["CAP_NET_RAW"]


def test_a_reload_checks_the_file_before_the_daemon_hears_of_it() -> None:
    assert unit_settings()["ExecReload"] == [
        f"{PROGRAM} check /etc/linkledger/linkledger.yaml",
        "/bin/kill -HUP $MAINPID",
    ]


def test_the_group_can_use_what_the_daemon_writes() -> None:
    unit = unit_settings()
    assert unit["StateDirectoryMode"] == ["2770"]
    assert unit["UMask"] == ["0007"]


def test_the_clock_stays_readable() -> None:
    assert "ProtectClock" not in unit_settings()


@pytest.mark.root
def test_the_user_of_the_unit_is_made_and_its_group_alone_reads_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    for tool, option in (("sysusers", ""), ("tmpfiles", "--create")):
        words = [
            f"systemd-{tool}",
            option,
            f"--root={tmp_path}",
            str(SYSTEMD / f"{tool}.d" / "linkledger.conf"),
        ]
        done = subprocess.run(list(filter(None, words)), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    name, _, user, group, *_ = (tmp_path / "etc" / "passwd").read_text().split(":")
    assert [name] == unit_settings()["User"] == unit_settings()["Group"]
    directory = (tmp_path / "etc" / "linkledger").stat()
    assert (directory.st_mode & 0o777, directory.st_uid) == (0o750, 0)
    assert str(directory.st_gid) == group
    assert user != "0"


def test_every_key_of_the_sysctl_file_exists_in_the_kernel() -> None:
    text = (SYSTEMD / "sysctl.d" / "60-linkledger.conf").read_text()
    keys = re.findall(r"^#?([a-z][\w.]+) = ", text, re.MULTILINE)
    assert "net.core.rmem_max" in keys
    for key in keys:
        assert Path("/proc/sys", *key.split(".")).exists(), key
