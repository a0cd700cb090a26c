"""What the tests of the web share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clock import FakeClock
from tests.collector.web import booked as made_up
from tests.collector.web.booked import Booked, Shared, beside, copied
from tests.collector.web.estate import Estate


@pytest.fixture
def estate(clock: FakeClock) -> Estate:
    """Three circuits and their sources."""
    return Estate(clock)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger of January; each test takes a copy."""
    return made_up.made(tmp_path_factory.mktemp("booked"))


@pytest.fixture
def booked(template: Path, tmp_path: Path) -> Booked:
    """That ledger, to be served."""
    return copied(template, tmp_path)


@pytest.fixture(scope="session")
def shared(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """That ledger, served once for all tests that write nothing."""
    own = copied(template, tmp_path_factory.mktemp("shared"))
    with beside(own) as url:
        yield Shared(own.folder, own.settings, own.clock, url)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of one server in one process."""
    for item in items:
        if "shared" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("web"))
