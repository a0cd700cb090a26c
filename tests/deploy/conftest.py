"""What is built once for all tests of a session, and a machine to put it on."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.machine import Machine, build, machine

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is packaged and installed takes long and measures no time: one process does it beside the rest."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.deploy)
            item.add_marker(pytest.mark.xdist_group("deploy"))


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make deb` leaves: the package, and the wheels that it was made from."""
    return build("deb", tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="session")
def wheels(dist: Path) -> Path:
    """The folder of wheels."""
    return dist / "wheels"


@pytest.fixture(scope="session")
def package(dist: Path) -> Path:
    """The .deb."""
    (file,) = dist.glob("linkledger_*.deb")
    return file


@pytest.fixture(scope="session")
def unpacked(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package's files."""
    folder = tmp_path_factory.mktemp("unpacked")
    subprocess.run(["dpkg-deb", "--extract", package, folder], check=True)
    return folder


@pytest.fixture
def debian(package: Path, tmp_path: Path) -> Iterator[Machine]:
    """A machine with the package in /root, not installed."""
    with machine(tmp_path) as made:
        made.bring(package)
        yield made
