"""A closed month with four outages, settled once for all tests, and its report."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from collector.reports.making import Wanted, make
from collector.reports.report import Report
from collector.settling import settle
from config.load import load
from config.settings import Settings
from probes.clock import NS_PER_MS, Instant
from tests.clock import FakeClock
from tests.collector.claiming.estate import OVER_MS, january, note, written
from tests.collector.ledgers import ledger_at

NOW = Instant(OVER_MS * NS_PER_MS, 0)


@pytest.fixture(scope="session")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """January with revisions, one claim submitted, one credit note."""
    settings = written(tmp_path_factory.mktemp("reports"))
    with ledger_at(settings.ledger.path, FakeClock()) as ledger:
        january(settings, ledger)
    settle(
        settings, settings.ledger.path, period="2026-01", circuits=list(settings.circuits), now=NOW, by="ann"
    )
    note(settings, "claim", carrier="acme", period="2026-01", circuits=("lon-acme",), state="submitted",
         reference="CR-1", amount="100.00 GBP")  # fmt: skip
    return settings


@pytest.fixture(scope="session")
def report(estate: Settings) -> Report:
    """The whole estate's January."""
    return make(estate, estate.ledger.path, NOW, Wanted("2026-01"))


@pytest.fixture
def copy(estate: Settings, tmp_path: Path) -> Settings:
    """The same estate, to change."""
    source = estate.ledger.path
    shutil.copytree(source.parent, tmp_path / "estate")
    return load(tmp_path / "estate" / "linkledger.yaml").settings
