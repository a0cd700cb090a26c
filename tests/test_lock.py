"""The lock files agree with each other and with pyproject.toml; checked without a network."""

from __future__ import annotations

import tomllib
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from tests.setup.pins import requirements

ROOT = Path(__file__).parents[1]


def read(name: str) -> dict[str, Any]:
    """A TOML file of the repository's top level."""
    return tomllib.loads((ROOT / name).read_text())


def packages(name: str) -> set[tuple[str, str]]:
    """(name, version) of each package in a lock, but for the project itself."""
    lock = read(name)
    entries = lock["package"] if name == "uv.lock" else lock["packages"]
    return {(entry["name"], entry["version"]) for entry in entries if entry["name"] != "linkledger"}


def test_the_exports_hold_what_the_lock_holds() -> None:
    assert packages("pylock.toml") | packages("pylock.dev.toml") == packages("uv.lock"), "run make lock"


def test_the_lock_was_made_from_the_dependencies_as_they_are() -> None:
    project = read("pyproject.toml")
    (locked,) = [entry for entry in read("uv.lock")["package"] if entry["name"] == "linkledger"]
    asked = {
        "run": [
            *project["project"]["dependencies"],
            *chain(*project["project"]["optional-dependencies"].values()),
        ],
        "dev": project["dependency-groups"]["dev"],
    }
    recorded = {
        "run": locked["metadata"]["requires-dist"],
        "dev": locked["metadata"]["requires-dev"]["dev"],
    }
    for which, wanted in asked.items():
        lines = {
            entry["name"] + "".join(f"[{extra}]" for extra in entry.get("extras", ())) + entry["specifier"]
            for entry in recorded[which]
        }
        assert {line.lower() for line in wanted} == lines, "run make lock"


@pytest.mark.parametrize("name", ["pylock.toml", "pylock.dev.toml"])
def test_every_pinned_package_has_its_hashes(name: str) -> None:
    for line in requirements(read(name)):
        assert " --hash=sha256:" in line


def test_a_marker_stands_between_version_and_hashes() -> None:
    wheel = {"hashes": {"sha256": "ab"}}
    package = {"name": "one", "version": "2", "marker": "python_version < '3.12'", "wheels": [wheel]}
    assert list(requirements({"packages": [package]})) == [
        "one==2 ; python_version < '3.12' --hash=sha256:ab"
    ]
