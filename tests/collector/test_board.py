"""What the page and /metrics are told of outages and tickets."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from collector.board import Board
from collector.circuits import Status
from collector.feeding import Feeding
from collector.ledger.ledger import Ledger
from collector.measuring import Measuring
from collector.sla.evidence import Ticket
from collector.web.sources import CircuitNow, TicketLossNow

SINCE_MS = 1_000_000


def board_of(status: Status) -> Board:
    """One with a circuit in a status since `SINCE_MS`."""
    standing: Any = SimpleNamespace(carrier="acme", contract="gold", judges=lambda: SimpleNamespace(rtt=None))
    measuring = SimpleNamespace(
        settings=SimpleNamespace(site="lon"),
        standing={"lon-acme": standing},
        judge=SimpleNamespace(open_outages=dict, done_ms=0),
        live=SimpleNamespace(
            statuses=lambda: {"lon-acme": SimpleNamespace(status=status, at_ms=SINCE_MS, cause="")}
        ),
    )
    return Board(cast(Measuring, measuring), cast(Feeding, None))


def shown(status: Status, tickets: dict[str, tuple[Ticket, ...]] | None) -> CircuitNow:
    """The circuit as it is shown, with what is known of tickets."""
    board = board_of(status)
    board.tickets = tickets
    (one,) = board.circuits()
    return one


@pytest.mark.parametrize(
    ("ticket", "has"),
    [
        (Ticket("T1", SINCE_MS), True),
        (Ticket("T1", SINCE_MS + 5_000), True),
        (Ticket("T1", SINCE_MS - 1), False),
        (Ticket("T1", SINCE_MS - 5_000, closed_ms=SINCE_MS), False),
        (Ticket("T1", SINCE_MS - 5_000, closed_ms=SINCE_MS + 1), True),
        (Ticket("T1", SINCE_MS - 5_000, outage_ms=SINCE_MS), True),
        (Ticket("T1", SINCE_MS - 5_000, outage_ms=SINCE_MS - 1), False),
    ],
)
def test_an_open_outage_has_the_tickets_that_name_it_overlap_it_or_followed_it(
    ticket: Ticket, has: bool
) -> None:
    now = shown(Status.DOWN, {"lon-acme": (Ticket("T0", 1), ticket)})
    assert (now.outage_open, now.outage_ticketed) == (True, has)


def test_without_any_ticket_it_has_none_and_before_a_first_look_nothing_is_said() -> None:
    assert shown(Status.DOWN, {}).outage_ticketed is False
    assert shown(Status.DOWN, None).outage_ticketed is None


@pytest.mark.parametrize("status", [Status.UP, Status.UNKNOWN])
def test_without_an_open_outage_no_ticket_is_missing(status: Status) -> None:
    assert shown(status, {"lon-acme": (Ticket("T1", SINCE_MS),)}).outage_ticketed is None


def losing(status: Status, tickets: dict[str, tuple[Ticket, ...]]) -> Board:
    """A board whose newest look at the contract found a loss for want of a ticket."""
    board = board_of(status)
    board.tickets = tickets
    board.newest_ticket_losses = [TicketLossNow("lon", "acme", "lon-acme", "gold", 600.0)]
    return board


def test_a_loss_for_want_of_a_ticket_is_shown_while_the_outage_lasts_and_has_none() -> None:
    assert [one.seconds for one in losing(Status.DOWN, {}).ticket_losses()] == [600.0]
    assert losing(Status.DOWN, {"lon-acme": (Ticket("T1", SINCE_MS),)}).ticket_losses() == []
    assert losing(Status.UP, {}).ticket_losses() == []


def test_the_ledgers_disk_says_what_it_has_left_where_it_can(tmp_path: Path) -> None:
    board = board_of(Status.UP)
    board.measuring.ledger = cast(Ledger, SimpleNamespace(path=tmp_path / "ledger.db"))
    free = board.ledger_free_bytes()
    assert free is not None
    assert free > 0
    board.measuring.ledger = cast(Ledger, SimpleNamespace(path=tmp_path / "gone" / "ledger.db"))
    assert board.ledger_free_bytes() is None


def test_a_circuit_of_which_nothing_changed_is_the_very_same_value() -> None:
    board = board_of(Status.UP)
    (first,) = board.circuits()
    (again,) = board.circuits()
    assert again is first


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"status": Status.DOWN}, "status"),
        ({"at_ms": SINCE_MS + 1}, "since_ms"),
        ({"cause": "timeout"}, "cause"),
    ],
)
def test_what_changed_of_a_circuit_is_told_at_once(changed: dict[str, Any], what: str) -> None:
    board = board_of(Status.UP)
    (before,) = board.circuits()
    held = vars(board.measuring.live.statuses()["lon-acme"])
    cast(Any, board.measuring).live.statuses = lambda: {"lon-acme": SimpleNamespace(**held | changed)}
    (after,) = board.circuits()
    assert getattr(after, what) != getattr(before, what)


def test_another_contract_is_shown_and_a_circuit_that_is_gone_is_not() -> None:
    board = board_of(Status.UP)
    board.circuits()
    measuring = cast(Any, board.measuring)
    other: Any = SimpleNamespace(carrier="acme", contract="silver", judges=lambda: SimpleNamespace(rtt=None))
    measuring.standing = {"lon-acme": other}
    assert [one.contract for one in board.circuits()] == ["silver"]
    measuring.standing = {}
    assert board.circuits() == []


def test_a_status_is_provisional_until_the_judge_has_come_so_far() -> None:
    board = board_of(Status.UP)
    assert [one.provisional for one in board.circuits()] == [True]
    board.measuring.judge.done_ms = SINCE_MS + 1
    assert [one.provisional for one in board.circuits()] == [False]
