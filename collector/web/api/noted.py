"""What people wrote down."""

from __future__ import annotations

from collector.clerk import Desk
from collector.notebook.book import Notebook
from collector.notebook.listing import listed
from collector.web.api.asking import known
from collector.web.api.endpoint import Answer, Given
from collector.web.api.paging import paged


def notes(desk: Desk, given: Given) -> Answer:
    """Notes in the order in which they were written, withdrawn ones too."""
    circuit = known(given, "circuit", desk.settings.circuits)
    found = listed(desk.settings, Notebook(desk.reader.notes()), circuit, given["kind"])
    return Answer(paged(found, lambda one: (int(one["note"]),), given, lambda one: one))


def note(desk: Desk, number: int) -> Answer:
    """One of them."""
    found = listed(desk.settings, Notebook(desk.reader.notes()), None, None)
    return Answer(next(one for one in found if one["note"] == number))
