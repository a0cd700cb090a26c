"""The .deb: what is in it, and its life on a machine."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.deploy.machine import CONFIG, LEDGER, ROOT, Machine, Service, unit_settings

pytestmark = [pytest.mark.slow, pytest.mark.root]

PLACES = {
    "opt/linkledger/bin/linkledger",
    "usr/bin/linkledger",
    "usr/share/bash-completion/completions/linkledger",
    "usr/share/fish/vendor_completions.d/linkledger.fish",
    "usr/share/zsh/vendor-completions/_linkledger",
    "usr/lib/systemd/system/linkledger.service",
    "usr/lib/sysusers.d/linkledger.conf",
    "usr/lib/tmpfiles.d/linkledger.conf",
    "usr/lib/sysctl.d/60-linkledger.conf",
    "usr/share/doc/linkledger/changelog.Debian.gz",
    "usr/share/doc/linkledger/copyright",
    "usr/share/doc/linkledger/examples/minimal.yaml",
}


def field(package: Path, name: str) -> str:
    """A field of the package's control file."""
    words = ["dpkg-deb", "--field", str(package), name]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


def test_the_name_tells_version_and_architecture(package: Path) -> None:
    version, arch = field(package, "Version"), field(package, "Architecture")
    assert package.name == f"linkledger_{version}_{arch}.deb"
    assert f'version = "{version.removesuffix("-1")}"' in (ROOT / "pyproject.toml").read_text()


def test_every_file_is_in_its_place_and_all_else_in_opt(unpacked: Path) -> None:
    files = {str(path.relative_to(unpacked)) for path in unpacked.rglob("*") if not path.is_dir()}
    assert files >= PLACES
    assert [file for file in files if file.startswith("etc/")] == []
    assert (unpacked / "usr/bin/linkledger").readlink() == Path(unit_settings()["ExecStart"][0].split()[0])


def test_the_environment_is_the_systems_python_without_pip(unpacked: Path, package: Path) -> None:
    home = unpacked / "opt/linkledger"
    python = re.search(r"^version = 3\.(\d+)", (home / "pyvenv.cfg").read_text(), re.MULTILINE)
    assert python
    assert f"python3 (>= 3.{python[1]}), python3 (<< 3.{int(python[1]) + 1})" in field(package, "Depends")
    assert (home / "bin/python3").readlink() == Path("/usr/bin/python3")
    assert {path.name for path in (home / "bin").iterdir() if not path.name.startswith("python")} == {
        "linkledger"
    }
    assert list(home.rglob("site-packages/pip*")) == []


def test_no_file_knows_where_it_was_built(unpacked: Path) -> None:
    home = unpacked / "opt/linkledger"
    assert (home / "bin/linkledger").read_text().splitlines()[0] == "#!/opt/linkledger/bin/python"
    found = subprocess.run(
        ["grep", "--recursive", "--files-with-matches", "--fixed-strings", "/opt/linkledger.new", home],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.stdout == ""
    # __pycache__ is complete: nothing writes there later, and a removal leaves nothing behind
    ours = home.glob("lib/python3*/site-packages/collector/*.py")
    assert all(list(one.parent.glob(f"__pycache__/{one.stem}.*.pyc")) for one in ours)


def test_shells_complete_and_reports_can_be_pdf(unpacked: Path, package: Path) -> None:
    script = (unpacked / "usr/share/bash-completion/completions/linkledger").read_text()
    assert "_LINKLEDGER_COMPLETE=bash_complete" in script
    assert list((unpacked / "opt/linkledger").glob("lib/python3*/site-packages/weasyprint"))
    assert "libpango-1.0-0" in field(package, "Recommends")


def test_a_package_lives_and_dies_as_debian_expects(debian: Machine, package: Path) -> None:
    install = ("dpkg", "--install", f"/root/{package.name}")
    assert "linkledger measures nothing yet" in debian.run(*install)
    assert debian.run("stat", "-c", "%a %U %G", "/etc/linkledger") == "750 root linkledger\n"
    assert (debian.root / "etc/systemd/system/multi-user.target.wants/linkledger.service").is_symlink()
    assert "minimal" in debian.run("ls", "/usr/share/doc/linkledger/examples")

    service = Service(debian)
    debian.configure(service.config())
    assert "good" in debian.run("linkledger", "check")
    with service:
        service.wait_for_answers()
        assert "near" in debian.run("linkledger", "status")
        service.stop()
    assert debian.run("stat", "-c", "%a %U %G", Path("/", LEDGER)) == "660 linkledger linkledger\n"

    rounds = debian.run("linkledger", "export")
    upgrade = debian.run(*install)
    assert "measures nothing yet" not in upgrade
    assert (debian.root / CONFIG).read_text() == service.config()
    assert debian.run("linkledger", "export") == rounds
    assert rounds.count("\n") > 1

    assert "The ledger in /var/lib/linkledger stays" in debian.run("dpkg", "--remove", "linkledger")
    assert not (debian.root / "opt/linkledger").exists()
    assert (debian.root / CONFIG).exists()
    assert debian.ledger_is_kept()

    assert "Deleting /var/lib/linkledger" in debian.run("dpkg", "--purge", "linkledger")
    for gone in ("etc/linkledger", "var/lib/linkledger", "usr/bin/linkledger"):
        assert not (debian.root / gone).is_symlink()
        assert not (debian.root / gone).exists()
