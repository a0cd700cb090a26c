"""The configuration of the estate."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.settings import Settings
from tests.collector.claiming.estate import written


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder: Path = tmp_path_factory.mktemp("estate")
    return written(folder)
