"""Fixtures of more than one module here, and which tests stay together."""

from __future__ import annotations

import pytest

from tests.e2e.browser import browser, desk, made_up, plain

__all__ = ["browser", "desk", "made_up", "plain"]

TOGETHER = {"test_pages.py": "pages", "test_pages_desk.py": "pages", "test_dashboards.py": "dashboards"}
"""What is costly to set up is set up in one of the processes."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep tests that share a browser or servers in one process."""
    for item in items:
        if group := TOGETHER.get(item.path.name):
            item.add_marker(pytest.mark.xdist_group(group))
