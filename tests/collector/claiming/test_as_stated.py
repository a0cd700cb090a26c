"""Claims by the statements that stand: what the page shows and packs, and what it never does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from collector.claiming.book import Book
from collector.claiming.choosing import Claim, LeftOut, as_stated
from collector.ledger.reader import SqliteReader
from probes.clock import NS_PER_MS, Instant
from tests.collector.claiming.estate import LATE_MS, OVER_MS, note
from tests.collector.web import booked
from tests.collector.web.booked import Booked

SAID: dict[str, Any] = {"carrier": "acme", "period": "2026-01", "circuits": ("lon-acme",)}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return booked.made(tmp_path_factory.mktemp("stated"))


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Booked:
    return booked.copied(made, tmp_path)


def stated(copy: Booked, now_ms: int = OVER_MS) -> tuple[list[Claim], list[LeftOut]]:
    with SqliteReader(copy.settings.ledger.path) as reader:
        tracks = Book.read(copy.settings, reader, now_ms).tracks
        return as_stated(copy.settings, reader, tracks, Instant(now_ms * NS_PER_MS, 0))


def test_there_is_a_claim_a_carrier_and_period_and_a_reason_for_each_that_is_left_out(copy: Booked) -> None:
    claims, left = stated(copy)
    assert [(one.carrier, [line.scope for line in one.lines]) for one in claims] == [
        ("acme", ["lon-acme", "par-acme"]), ("beta", ["lon-beta"]),
    ]  # fmt: skip
    assert {one.scope: one.why.partition(":")[0] for one in left} == {
        "ams-acme": "nothing of the credit of 60.00 GBP can be claimed",
        "ber-acme": "no credit is due for 2026-01",
    }


def test_what_was_claimed_is_shown_as_it_was_claimed(copy: Booked) -> None:
    note(copy.settings, "claim", **SAID, state="submitted",
         revisions=({"scope": "lon-acme", "contract": "gold", "revision": 1},))  # fmt: skip
    (acme, _), _ = stated(copy)
    assert [(line.scope, line.revision) for line in acme.lines] == [("lon-acme", 1), ("par-acme", 1)]


def test_what_lapsed_is_left_out_and_nothing_is_written_by_looking(copy: Booked) -> None:
    with SqliteReader(copy.settings.ledger.path) as reader:
        before = (len(reader.notes()), len(reader.revisions()), len(reader.drafts()))
    claims, left = stated(copy, LATE_MS + 1)
    assert claims == []
    assert any("the time to claim" in one.why for one in left)
    with SqliteReader(copy.settings.ledger.path) as reader:
        assert (len(reader.notes()), len(reader.revisions()), len(reader.drafts())) == before
