"""Notes: the list, what of it counts, and the forms to write more."""

from __future__ import annotations

from typing import Any

import pytest

from collector.notebook.book import Notebook
from collector.web.views import notes
from collector.web.views.page import Clocks
from collector.web.views.view import Asked, BadRequest
from tests.collector.claiming.estate import HOUR_MS
from tests.collector.web.booked import CUT_MS, Booked
from tests.collector.web.desks import HOSTILE, Seen, asked, desk, note, take_back

WINDOW: dict[str, Any] = {"from": CUT_MS, "to": CUT_MS + HOUR_MS, "reason": "card swap"}


def page(booked: Booked, request: Asked | None = None, **query: Any) -> notes.Page:  # noqa: ANN401
    at = desk(booked)
    return notes.page(
        Clocks(at.settings, at.now.wall_ms),
        Notebook(at.reader.notes()),
        request or asked("/notes", query=query),
    )


def test_the_newest_stands_first_with_who_wrote_it_and_when(booked: Booked) -> None:
    number = note(booked, "maintenance", circuits=("lon-acme",), **WINDOW, external_id="X-1")
    (first, *others) = page(booked).rows
    assert (first.note.id, first.note.author, first.why, first.external_id) == (
        number,
        "ann",
        "card swap",
        "X-1",
    )
    assert first.says == "Maintenance 02 Jan 2026 09:20 to 10:20 GMT, for lon-acme, never announced"
    assert [one.note.id for one in others] == [3, 2, 1]


def test_what_was_withdrawn_is_marked_and_can_not_be_withdrawn_again(booked: Booked) -> None:
    gone = note(booked, "maintenance", circuits=("lon-acme",), **WINDOW)
    by = take_back(booked, gone, "the wrong circuit")
    withdrawing, withdrawn, *_ = page(booked).rows
    assert (withdrawn.note.id, withdrawn.withdrawn_by, withdrawn.withdrawable) == (gone, by, False)
    assert (withdrawing.why, withdrawing.withdrawable) == ("the wrong circuit", False)
    seen = Seen(notes.draw(desk(booked), asked("/notes")))
    assert f"#note-{gone}" in seen.links
    assert "withdrawn" in seen.text


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({"kind": "ticket"}, [3, 2, 1]),
        ({"kind": "claim"}, []),
        ({"circuit": "lon-acme"}, [4, 1]),
        ({"circuit": "lon-acme", "kind": "maintenance"}, [4]),
        ({"first": "4"}, [1]),
    ],
)
def test_they_are_filtered_by_kind_and_by_circuit(
    booked: Booked, query: dict[str, Any], numbers: list[int]
) -> None:
    note(booked, "maintenance", sites=("lon",), carrier="acme", **WINDOW)
    assert [one.note.id for one in page(booked, **query).rows] == numbers


@pytest.mark.parametrize(
    "query", [{"kind": "tickets"}, {"circuit": "lon-acm"}, {"form": "prophecy"}, {"first": "x"}]
)
def test_a_parameter_that_is_none_is_refused(booked: Booked, query: dict[str, Any]) -> None:
    with pytest.raises(BadRequest, match=next(iter(query))):
        page(booked, **query)


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ("ticket", {"kind", "back", "circuits", "id", "opened", "closed", "outage", "reason"}),
        ("maintenance", {"circuits", "sites", "carrier", "from", "to", "announced", "emergency", "reason"}),
        ("exclude", {"circuits", "sites", "carrier", "from", "to", "announced", "excuse", "state", "reason"}),
        ("withdraw", {"note", "reason"}),
    ],
)
def test_each_form_has_the_fields_of_its_note(booked: Booked, form: str, fields: set[str]) -> None:
    seen = Seen(notes.draw(desk(booked), asked("/notes", query={"form": form})))
    assert fields <= set(seen.fields)
    assert seen.fields["kind"] in {form, ""}, "the filter below has a field of that name too"


def test_the_exclusions_that_contracts_judge_are_named(booked: Booked) -> None:
    assert notes.excuses(booked.settings) == ("customer",)
    assert (
        "contracts have: customer"
        in Seen(notes.draw(desk(booked), asked("/notes", query={"form": "exclude"}))).text
    )


def test_withdrawing_tells_which_note_it_is_about(booked: Booked) -> None:
    assert page(booked, form="withdraw", note="1").about.startswith("Ticket T-1 of Acme")
    assert page(booked, form="withdraw", note="77").about == ""


def test_a_refused_form_is_the_one_that_is_open(booked: Booked) -> None:
    request = asked(
        "/notes", problem="from: no", given={"kind": "exclude", "from": "noon", "reason": HOSTILE}
    )
    assert page(booked, request).form == "exclude"
    seen = Seen(notes.draw(desk(booked), request))
    assert (seen.fields["from"], seen.fields["reason"]) == ("noon", HOSTILE)


def test_who_may_only_read_has_no_form_to_write(booked: Booked) -> None:
    seen = Seen(notes.draw(desk(booked), asked("/notes", author="")))
    assert "To write here, log in" in seen.text
    assert not [one for one in seen.links if "form=withdraw" in one]


def test_hostile_notes_are_only_words(booked: Booked) -> None:
    note(booked, "ticket", id=HOSTILE, carrier="acme", circuits=("lon-acme",), opened=CUT_MS, reason=HOSTILE,
         external_id=HOSTILE, author=HOSTILE)  # fmt: skip
    assert Seen(notes.draw(desk(booked), asked("/notes"))).harmless
