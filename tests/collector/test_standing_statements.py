"""What stands of a period: issued statements are read, the others are computed, and kept for a moment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collector import standing_statements
from collector.clerk import Desk
from collector.ledger.reader import SqliteReader
from collector.standing_statements import is_own, stood, taken
from collector.statements import statements
from config.load import load
from probes.clock import NS_PER_MS, Instant
from tests.collector.claiming.estate import OVER_MS
from tests.collector.web import booked

DAYS = "2026-01-01..2026-01-03"
"""No period of the contracts' own."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger of which January is issued."""
    return booked.made(tmp_path_factory.mktemp("stood"))


@pytest.fixture
def desk(folder: Path) -> Iterator[Desk]:
    settings = load(folder / "linkledger.yaml").settings
    found = Desk(settings, settings.ledger.path, Instant(OVER_MS * NS_PER_MS, 0))
    yield found
    found.reader.close()


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The circuits of which statements were computed, question by question."""
    asked: list[list[str]] = []

    def counted(*held: Any, **named: Any) -> Any:  # noqa: ANN401 - as `statements`
        if named["circuits"]:
            asked.append(list(named["circuits"]))
        return statements(*held, **named)

    monkeypatch.setattr(standing_statements, "statements", counted)
    return asked


def names(desk: Desk) -> list[str]:
    return list(desk.settings.circuits)


def test_an_issued_period_is_read_and_not_computed(desk: Desk, computed: list[list[str]]) -> None:
    found = stood(desk, "2026-01", names(desk))
    assert computed == []
    assert found.statements
    assert found.etag
    for one in found.statements:
        assert one.issued
        assert one.told["revision"] == one.issued.number == 1
        assert one.told["digest"] == one.digest == one.issued.digest


def test_what_is_read_says_what_was_computed_when_it_was_issued(desk: Desk) -> None:
    read = {one.told["circuit"]: one.told for one in stood(desk, "2026-01", names(desk)).statements}
    made = statements(desk.settings, desk.reader, period="2026-01", circuits=names(desk), now=desk.now)
    for one in made:
        today = one.as_json()
        assert [read[one.circuit][key] for key in ("seconds", "objectives", "outages")] == [
            today[key] for key in ("seconds", "objectives", "outages")
        ]
    assert len(made) == len(read)


@pytest.mark.parametrize("period", ["current", DAYS])
def test_what_has_no_number_is_computed_once_a_minute(
    desk: Desk, computed: list[list[str]], period: str
) -> None:
    first = stood(desk, period, names(desk))
    assert stood(desk, period, names(desk)) is first
    assert len(computed) == 1
    assert (first.etag, {one.issued for one in first.statements}) == ("", {None})
    desk.now = Instant(desk.now.wall_ns + 60_000 * NS_PER_MS, 0)
    assert stood(desk, period, names(desk)) is not first
    assert len(computed) == 2


@pytest.mark.parametrize("most", [0, 2, None])
def test_what_would_be_too_much_is_counted_and_left_out(desk: Desk, most: int | None) -> None:
    every = len(stood(desk, DAYS, names(desk)).statements)
    found = stood(desk, DAYS, names(desk), most)
    assert (len(found.statements), found.missing) == (
        (most, every - most) if most is not None else (every, 0)
    )


def test_a_period_that_cannot_be_read_is_refused(desk: Desk) -> None:
    with pytest.raises(ValueError, match="january"):
        stood(desk, "january", names(desk))


def test_without_circuits_nothing_stands_and_nothing_has_a_name(desk: Desk) -> None:
    assert stood(desk, "2026-01", []) == standing_statements.Stood((), "")


def test_only_so_many_answers_are_kept(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing_statements, "MOST_KEPT", 2)
    for name in names(desk)[:3]:
        stood(desk, "2026-01", [name])
    assert len(desk.kept["standing statements"]) == 2


@pytest.mark.parametrize(("period", "own"), [("2026-01", True), (DAYS, False)])
def test_only_contracts_own_periods_have_numbers(desk: Desk, period: str, own: bool) -> None:
    with SqliteReader(desk.ledger) as reader:
        found = taken(desk.settings, reader, period=period, circuits=names(desk), now=desk.now)
    assert {is_own(desk.settings, one.contract, one.period) for one, _ in found} == {own}
    assert {standing is not None for _, standing in found} == {own}
