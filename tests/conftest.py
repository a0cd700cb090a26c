"""What every test can rely on: a fake clock, free ports, and skips that say what is missing.

With CI=true a skip is a failure: a machine that checks the project has to have what it checks.
"""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import settings

from tests.clock import FakeClock

PACKAGES = Path(__file__).parent / "setup" / "debian-packages.txt"
SBIN = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)

settings.register_profile("linkledger", derandomize=True, deadline=None, max_examples=100, print_blob=True)
settings.load_profile("linkledger")


@pytest.fixture(scope="session", autouse=True)
def as_important_as_ever() -> Generator[None]:
    """Work that is niced in a process of its own runs in the tests' when they call it: it stays quick."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "nice", lambda increment: increment)
        yield


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands still until `await clock.advance(seconds)`."""
    return FakeClock()


@pytest.fixture
def free_port() -> Callable[[], int]:
    """Gives a TCP port of 127.0.0.1 that is free now; for servers that cannot choose their own."""

    def find() -> int:
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            port: int = one.getsockname()[1]
            return port

    return find


def servers() -> dict[str, tuple[str, str]]:
    """(package, program) by either name, from the list that `make test` installs."""
    lines = (line.split() for line in PACKAGES.read_text().splitlines() if line and line[0] != "#")
    return {name: (package, program) for package, program in lines for name in (package, program)}


def missing_server(name: str) -> str | None:
    """Why the server `name` cannot be started here, None when it can."""
    package, program = servers()[name]
    if shutil.which(program, path=SBIN):
        return None
    return f"{program} is missing: apt-get install {package}"


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what this machine cannot run, with what would make it possible."""
    if item.get_closest_marker("root") and os.geteuid() != 0:
        pytest.skip("needs root (namespaces, raw sockets): sudo make test")
    for marker in item.iter_markers("server"):
        if reason := missing_server(marker.args[0]):
            pytest.skip(reason)


def _fail_if_skipped(report: Report) -> Report:
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI") == "true":
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"skipped, and with CI=true a skip is a failure: {reason}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a test's skip into a failure where CI=true."""
    return _fail_if_skipped((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turn a whole module's skip into a failure where CI=true."""
    return _fail_if_skipped((yield))
