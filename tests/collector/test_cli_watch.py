"""`status --watch`: what fits, what comes first, and what the keys do."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from collector.cli.recent import MINUTES, Recent, recent, shown_series
from collector.cli.sparkline import sparkline
from collector.cli.status import View
from collector.cli.watch import SORTS, Watching, draw, fitting, keys_in, rows
from collector.ledger.model import Series
from collector.ledger.reader import SqliteReader
from collector.ledger.records import CircuitNow
from probes.clock import Instant
from tests.collector.ledgers import good, key, ledger_at

NOW_MS = 1_767_225_600_000
MINUTE_MS = 60_000


def circuit(name: str, status: str = "up", cause: str = "answered") -> CircuitNow:
    return CircuitNow(name, "lon-01", status, NOW_MS - 3_600_000, cause, provisional=False, at_ms=NOW_MS)


def figures(left: float, verdict: str = "met") -> dict[str, object]:
    one = {
        "objective": "availability",
        "metric": "availability_ratio",
        "measured": 0.999,
        "budget_remaining_seconds": left,
        "verdict": verdict,
    }
    return {"objectives": [one]}


ESTATE = View(
    [circuit(f"c{number:02}") for number in range(40)]
    + [circuit("dark", "unknown", "no reference"), circuit("cut", "down", "timeout"), circuit("over")],
    {"over": figures(-60.0, "breached"), "c03": figures(60.0)},
    "",
    NOW_MS,
    dict,
)
SEEN = {
    "c01": Recent((20.0,) * MINUTES, (0.0,) * MINUTES),
    "c02": Recent((*(10.0,) * (MINUTES - 1), None), (*(0.0,) * (MINUTES - 1), 100.0)),
}


def shown(watching: Watching, width: int = 120, height: int = 24, view: View = ESTATE) -> list[str]:
    console = Console(file=io.StringIO(), width=width, height=height)
    console.print(draw(view, SEEN, watching, width, height))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def order(watching: Watching) -> list[str]:
    return [row.now.circuit for row in rows(ESTATE, SEEN, watching)]


def test_what_needs_a_person_comes_first() -> None:
    assert order(Watching())[:4] == ["cut", "dark", "over", "c00"]


@pytest.mark.parametrize(
    ("sort", "first"), [("name", "c00"), ("rtt", "c01"), ("loss", "c02"), ("budget", "over"), ("need", "cut")]
)
def test_s_goes_through_every_order(sort: str, first: str) -> None:
    watching = Watching()
    while watching.sort != sort:
        watching.key("s")
    assert order(watching)[0] == first
    assert len(order(watching)) == len(ESTATE.circuits)


def test_every_order_comes_round_again() -> None:
    watching = Watching()
    for _ in SORTS:
        watching.key("s")
    assert watching.sort == SORTS[0]


def test_a_filter_is_typed_kept_and_cleared() -> None:
    watching = Watching()
    for press in ("f", "D", "a", "x", "\x7f", "r", "\r"):
        watching.key(press)
    assert (watching.filter, watching.typing) == ("Dar", False)
    assert order(watching) == ["dark"]
    assert "42 filtered out" in "\n".join(shown(watching))
    watching.key("\x1b")
    assert len(order(watching)) == len(ESTATE.circuits)


def test_q_within_a_filter_is_a_letter() -> None:
    watching = Watching()
    for press in ("f", "q"):
        watching.key(press)
    assert not watching.quit
    for press in ("\r", "q"):
        watching.key(press)
    assert watching.quit


@pytest.mark.parametrize("width", [20, 50, 80, 120, 200])
@pytest.mark.parametrize("height", [6, 24, 60])
def test_it_fits_the_terminal(width: int, height: int) -> None:
    lines = shown(Watching(), width, height)
    assert len(lines) <= height
    assert max(map(cell_len, lines)) <= width


def test_what_is_hidden_is_counted_and_can_be_reached() -> None:
    watching = Watching()
    assert "23 below ↓" in "\n".join(shown(watching))
    watching.key("\x1b[B")
    assert "1 above ↑, 22 below ↓" in "\n".join(shown(watching))
    watching.key("G")
    last = "\n".join(shown(watching))
    assert "below" not in last
    assert "c39" in last
    watching.key("\x1b[A")
    watching.key("g")
    assert "above" not in "\n".join(shown(watching))


def test_a_wide_terminal_shows_all_columns_and_a_narrow_one_the_needed() -> None:
    some = rows(ESTATE, SEEN, Watching())
    assert list(fitting(some, 220))[-1] == "cause"
    assert len(fitting(some, 220)) == 11
    assert list(fitting(some, 31)) == ["circuit", "status", "for"]
    assert list(fitting(some, 3)) == ["circuit"]


def test_status_is_told_by_shape_and_word_beside_its_colour() -> None:
    text = "\n".join(shown(Watching()))
    assert "▼ down" in text
    assert "? unknown" in text
    assert "▲ up" in text
    assert "breach: availability" in "\n".join(shown(Watching(), width=160))


def test_a_trouble_is_told_and_an_empty_ledger_says_so() -> None:
    view = View([], {}, "no daemon has measured yet", NOW_MS, dict)
    assert "the ledger holds no circuit yet; no daemon has measured yet" in "\n".join(
        shown(Watching(), view=view)
    )


def test_keys_that_come_together_are_told_apart() -> None:
    assert list(keys_in("s\x1b[A\x1b[5~q")) == ["s", "\x1b[A", "\x1b[5~", "q"]
    assert list(keys_in("\x1b")) == ["\x1b"]
    assert list(keys_in("\x1b[")) == ["\x1b["]


@pytest.mark.parametrize(
    ("values", "lost", "drawn"),
    [
        ([1.0, 2.0, 8.0], [], "▁▂█"),
        ([5.0, 5.0], [], "▁▁"),
        ([5.0, None], [], "▁×"),
        ([5.0, None, None], [False, True, False], "▁× "),
        ([], [], ""),
    ],
)
def test_a_sparkline_shows_a_loss_as_a_cross_and_nothing_as_nothing(
    values: list[float | None], lost: list[bool], drawn: str
) -> None:
    assert sparkline(values, lost) == drawn


def test_the_last_half_hour_is_read_minute_by_minute(tmp_path: Path) -> None:
    with ledger_at(tmp_path / "ledger.db") as ledger:
        ledger.open_epoch(Instant(NOW_MS * 10**6, 0), boot_id="", synchronised=True, why="start")
        series = ledger.series(key())
        begin = NOW_MS - 2 * MINUTE_MS
        ledger.append([good(series, begin, 100_000, 300_000), good(series, begin + 10_000, None, 200_000)])
        ledger.append([good(series, begin + MINUTE_MS, None, None)])
        assert ledger.flush(30)
    with SqliteReader(tmp_path / "ledger.db") as reader:
        found = recent(reader, NOW_MS)["lon-acme"]
    assert found.rtts[-3:] == (20.0, None, None)
    assert found.losses[-3:] == (25.0, 100.0, None)
    assert (found.rtt, found.loss) == (20.0, 62.5)


def test_of_several_probes_the_one_with_packets_is_shown() -> None:
    known = [
        Series(1, key(probe="web", kind="http")),
        Series(2, key(probe="far", kind="icmp")),
        Series(3, key(probe="far", kind="icmp", options="new")),
        Series(4, key(probe="cpe", kind="snmp")),
        Series(5, key(circuit="_reference", owner="ours")),
    ]
    assert shown_series(known) == {"lon-acme": [2, 3]}
