"""A short demo, made once: six circuits, the last 62 days of the year."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.demo.making import Demo, make
from config.load import load
from config.settings import Settings

CIRCUITS, DAYS = 6, 62


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return make(tmp_path_factory.mktemp("demo"), listen="127.0.0.1:0", circuits=CIRCUITS, days=DAYS)


@pytest.fixture(scope="session")
def settings(demo: Demo) -> Settings:
    return load(demo.config, host="demo", environ={}).settings


@pytest.fixture
def ledger(demo: Demo) -> Path:
    return demo.ledger
