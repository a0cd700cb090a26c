"""What the tests of the web share."""

from __future__ import annotations

import pytest

from tests.clock import FakeClock
from tests.collector.web.estate import Estate


@pytest.fixture
def estate(clock: FakeClock) -> Estate:
    """Three circuits and their sources."""
    return Estate(clock)
