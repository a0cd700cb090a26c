"""The table of `make bench`."""

from __future__ import annotations

import pytest

from tests.bench.__main__ import names
from tests.bench.table import Row, document, readable


@pytest.mark.parametrize(
    ("row", "target", "met", "ratio"),
    [
        (Row("a", 200, "ms", at_most=250), "≤ 250", True, None),
        (Row("a", 300, "ms", at_most=250), "≤ 250", False, None),
        (Row("a", 60_000, "rounds/s", at_least=50_000), "≥ 50,000", True, None),
        (Row("a", 3, "s", at_least=1, at_most=2), "≤ 2 and ≥ 1", False, None),
        (Row("a", 3, "s", peer="fping", peer_figure=1.5), "", None, 2.0),
    ],
)
def test_a_row_knows_its_target_and_its_peer(
    row: Row, target: str, met: bool | None, ratio: float | None
) -> None:
    assert (row.target, row.met, row.ratio) == (target, met, ratio)


@pytest.mark.parametrize(
    ("figure", "text"), [(12345.6, "12,346"), (12.34, "12.3"), (0.01234, "0.0123"), (2.0, "2"), (0.0, "0")]
)
def test_figures_are_readable(figure: float, text: str) -> None:
    assert readable(figure) == text


def test_the_document_names_the_machine_it_was_measured_on() -> None:
    written = document([Row("a", 1, "s", at_most=2)])
    assert set(written["machine"]) == {"cpus", "machine", "kernel", "python"}
    assert written["rows"][0]["met"] is True


def test_the_furniture_is_no_bench() -> None:
    assert {"table", "__main__", "test_table"}.isdisjoint(names())
