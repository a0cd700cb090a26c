"""What all notes together say."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from collector.ledger.records import Note
from collector.notebook.bodies import ExcludeBody, MaintenanceBody, made
from collector.notebook.book import Notebook, concerns
from collector.sla.evidence import Excuse, Hold, Ticket

HOUR_MS = 3_600_000
BEGIN_MS = 1_775_210_400_000
"""2026-04-03T10:00:00Z."""


def at(hours: float) -> int:
    return BEGIN_MS + round(hours * HOUR_MS)


class Pad:
    """Notes, one after another."""

    def __init__(self) -> None:
        self._number = count(1)
        self.notes: list[Note] = []

    def write(self, kind: str, /, withdraws: int | None = None, **values: Any) -> int:  # noqa: ANN401
        reason = {} if kind == "ticket" else {"reason": "r"}
        values = {name.rstrip("_"): value for name, value in values.items()}
        number = next(self._number)
        text = made(kind, reason | values).as_text()
        self.notes.append(Note(number, number, "ann", kind, text, withdraws))
        return number

    @property
    def book(self) -> Notebook:
        return Notebook(self.notes)


@pytest.fixture
def pad() -> Pad:
    return Pad()


def test_what_a_later_note_of_a_ticket_gives_stands_and_the_rest_stays(pad: Pad) -> None:
    pad.write(
        "ticket", id="T", carrier="acme", circuits=("a",), opened=at(0), reported=at(-1), dispatched=True
    )
    pad.write("ticket", id="T", carrier="acme", closed=at(2), acknowledged=at(1))
    pad.write("ticket", id="T", carrier="acme", closed=at(3), dispatched=False,
              holds=({"from": at(1), "to": at(2), "reason": "customer_wait"},))  # fmt: skip
    assert pad.book.tickets_of("a") == (
        Ticket("T", at(0), at(3), at(-1), at(1), holds=(Hold(at(1), at(2), "customer_wait"),)),
    )
    assert pad.book.tickets["acme", "T"].notes == (1, 2, 3)


def test_two_carriers_may_number_alike(pad: Pad) -> None:
    pad.write("ticket", id="7", carrier="acme", circuits=("a",), opened=at(0))
    pad.write("ticket", id="7", carrier="beta", circuits=("b",), opened=at(1))
    assert [one.opened_ms for name in "ab" for one in pad.book.tickets_of(name)] == [at(0), at(1)]


def test_a_ticket_that_lost_its_opening_counts_no_more_and_says_why(pad: Pad) -> None:
    first = pad.write("ticket", id="T", circuits=("a",), opened=at(0))
    pad.write("ticket", id="T", circuits=("a",), closed=at(1))
    pad.write("withdraw", withdraws=first)
    assert pad.book.tickets_of("a") == ()
    assert pad.book.tickets["", "T"].problem == "it isn't said when it was opened"


def test_tickets_of_a_circuit_come_by_their_opening(pad: Pad) -> None:
    for number, hours in (("late", 2), ("early", 1), ("also early", 1)):
        pad.write("ticket", id=number, circuits=("a", "b"), opened=at(hours))
    assert [one.id for one in pad.book.tickets_of("a")] == ["also early", "early", "late"]
    assert pad.book.tickets_of("c") == ()


def test_a_withdrawn_note_counts_no_more_and_one_that_replaces_another_stands_for_it(pad: Pad) -> None:
    window: dict[str, Any] = {"from": at(0), "to": at(1), "circuits": ("a",)}
    claimed = pad.write("exclude", kind="customer", **window)
    pad.write("exclude", withdraws=claimed, kind="customer", state="disputed", **window)
    gone = pad.write("maintenance", **window)
    pad.write("withdraw", withdraws=gone)
    assert pad.book.excuses_of("a", "lon", ()) == (Excuse(at(0), at(1), "customer", None, "disputed"),)
    assert [one.withdrawn_by for one in pad.book.written] == [2, None, 4, None]
    assert [one.note.id for one in pad.book.standing] == [2]


def test_excuses_come_by_their_begin_and_under_the_key_that_judges_them(pad: Pad) -> None:
    pad.write("maintenance", from_=at(2), to=at(3), circuits=("a",), kind="emergency")
    pad.write("maintenance", from_=at(1), to=at(3), circuits=("a",), announced=at(-50))
    pad.write("exclude", from_=at(0), to=at(3), circuits=("a",), kind="force_majeure", state="accepted")
    assert pad.book.excuses_of("a", "lon", ()) == (
        Excuse(at(0), at(3), "force_majeure", None, "accepted"),
        Excuse(at(1), at(3), "maintenance", at(-50), "accepted"),
        Excuse(at(2), at(3), "emergency_maintenance", None, "accepted"),
    )


CARRIERS = ((0, "acme"), (BEGIN_MS, "beta"))


@pytest.mark.parametrize(
    ("whom", "start", "yes"),
    [
        ({"circuits": ("a", "b")}, 0, True),
        ({"circuits": ("b",)}, 0, False),
        ({"sites": ("lon",)}, 0, True),
        ({"sites": ("par",)}, 0, False),
        ({"carrier": "beta"}, 0, True),
        ({"carrier": "acme"}, 0, False),
        ({"carrier": "acme"}, -0.001, True),
        ({"carrier": "gamma"}, 0, False),
        ({"circuits": ("a",), "sites": ("par",)}, 0, False),
        ({"sites": ("lon",), "carrier": "beta"}, 0, True),
        ({"sites": ("lon",), "carrier": "acme"}, 0, False),
    ],
)
def test_a_note_concerns_a_circuit_that_is_in_every_list_that_it_gives(
    whom: dict[str, Any], start: float, yes: bool
) -> None:
    window = {"from": at(start), "to": at(9), "reason": "r"}
    for body in (made("maintenance", window | whom), made("exclude", window | whom | {"kind": "x"})):
        assert isinstance(body, MaintenanceBody | ExcludeBody)
        assert concerns(body, "a", "lon", CARRIERS) is yes


def test_before_its_first_carrier_a_circuit_is_the_first_ones() -> None:
    body = made("maintenance", {"from": at(-2), "to": at(9), "reason": "r", "carrier": "acme"})
    assert isinstance(body, MaintenanceBody)
    assert concerns(body, "a", "lon", ((BEGIN_MS, "acme"),))
    assert not concerns(body, "a", "lon", ())


def test_the_notes_that_bear_on_a_statement_are_those_of_its_circuits_and_of_whole_sites_and_carriers(
    pad: Pad,
) -> None:
    window = {"from": at(0), "to": at(1)}
    pad.write("ticket", id="T", circuits=("a",), opened=at(0))
    pad.write("ticket", id="T", closed=at(1))
    pad.write("ticket", id="U", circuits=("b",), opened=at(0))
    pad.write("maintenance", circuits=("b", "c"), **window)
    pad.write("maintenance", sites=("lon",), **window)
    pad.write("exclude", kind="x", circuits=("a",), **window)
    pad.write("claim", carrier="acme", period="2026-04", circuits=("a",), state="submitted")
    gone = pad.write("exclude", kind="x", circuits=("a",), **window)
    pad.write("withdraw", withdraws=gone)
    assert pad.book.touching(["a"]) == (1, 2, 5, 6)
    assert pad.book.touching(["b", "z"]) == (3, 4, 5)


def test_what_this_version_cannot_read_is_kept_and_counts_nothing() -> None:
    notes = [Note(1, 1, "ann", "review", "{}"), Note(2, 2, "bob", "ticket", '{"id": "T", "colour": "red"}'),
             Note(3, 3, "eve", "ticket", "not JSON")]  # fmt: skip
    book = Notebook(notes)
    assert [one.body for one in book.written] == [None, None, None]
    assert list(book.standing) == []
    assert book.tickets == {}


def test_the_carriers_side_claims_and_credits_are_told_as_they_were_written(pad: Pad) -> None:
    pad.write("carrier", carrier="acme", circuits=("a",), from_=at(0), to=at(1))
    pad.write("claim", carrier="acme", period="2026-04", state="submitted")
    pad.write("claim", carrier="acme", period="2026-04", state="credited", amount="5.00 USD")
    pad.write("credit", account="1", carrier_id="X", period="2026-04", amount="5.00 USD", reference="C1")
    book = pad.book
    assert [body.start for _, body in book.carriers_side] == [at(0)]
    assert [body.state for _, body in book.claims] == ["submitted", "credited"]
    assert [(note.id, str(body.amount)) for note, body in book.credits] == [(4, "5.00 USD")]
