"""Notes: what people know and probes can't, who wrote it and when, and the forms to write more."""

from __future__ import annotations

from dataclasses import dataclass

from collector.clerk import Desk
from collector.ledger.records import Note
from collector.notebook.bodies import KINDS, ClaimBody, WithdrawBody
from collector.notebook.body import Body
from collector.notebook.book import Notebook, Written
from collector.notebook.listing import concerns_circuit
from collector.web.views.page import Clocks, link, local, render
from collector.web.views.query import choice, place
from collector.web.views.sentences import recorded, sentence
from collector.web.views.view import Asked, Drawn
from config.settings import Settings

ROWS = 100
"""A page's length."""
FORMS = {
    "ticket": "Ticket",
    "maintenance": "Maintenance",
    "exclude": "Exclusion",
    "withdraw": "Withdraw a note",
}
"""What can be written here; claims move on their own page, feedback has its own."""


@dataclass(frozen=True, slots=True)
class Row:
    """A note as the list has it."""

    note: Note
    says: str
    why: str
    withdrawn_by: int | None
    external_id: str
    withdrawable: bool
    link: str
    """Where it is at work: its claim, its feedback; empty where nothing is linked."""


@dataclass(frozen=True, slots=True)
class Page:
    """What the template shows, the newest first."""

    rows: tuple[Row, ...]
    kinds: tuple[tuple[str, int], ...]
    """Each kind that there is, and how many of it."""
    kind: str
    circuit: str
    circuits: tuple[str, ...]
    sites: tuple[str, ...]
    carriers: tuple[tuple[str, str], ...]
    excuses: tuple[str, ...]
    """The keys that any contract has under `exclude`."""
    first: int
    total: int
    form: str
    """The form that is open; empty: none."""
    about: str
    """The note that the withdrawing form is about, as text."""

    @property
    def named(self) -> list[tuple[str, str]]:
        """The circuits for a list to choose from."""
        return [("", "–"), *((one, one) for one in self.circuits)]

    @property
    def site_pairs(self) -> list[tuple[str, str]]:
        """The sites for a list to choose from."""
        return [(one, one) for one in self.sites]

    @property
    def kind_pairs(self) -> list[tuple[str, str]]:
        """The kinds for a list to choose from."""
        return [(name, f"{name} ({count})") for name, count in self.kinds]


def draw(desk: Desk, asked: Asked) -> Drawn:
    """The page; raises BadRequest, LedgerError."""
    seen = page(Clocks(desk.settings, desk.now.wall_ms), Notebook(desk.reader.notes()), asked)
    kept = {"kind": seen.kind, "circuit": seen.circuit}
    forms = [(text, link("/notes", kept, form=kind), kind == seen.form) for kind, text in FORMS.items()]
    return render(
        *("notes.html", asked, desk.settings, desk.now.wall_ms),
        title="Notes",
        page=seen,
        forms_links=forms,
        length=ROWS,
        recorded=recorded(desk, asked),
    )


def page(clocks: Clocks, book: Notebook, asked: Asked) -> Page:
    """What is shown of the notes; raises BadRequest."""
    settings, query = clocks.settings, asked.query
    kind = choice(query, "kind", ("", *KINDS))
    circuit = choice(query, "circuit", ("", *settings.circuits))
    found = [
        one
        for one in reversed(book.written)
        if kind in {"", one.note.kind} and (not circuit or concerns_circuit(settings, book, one, circuit))
    ]
    first = place(query, len(found))
    counts = {name: sum(one.note.kind == name for one in book.written) for name in KINDS}
    form = choice({"form": asked.given.get("kind", query.get("form", ""))}, "form", ("", *FORMS, *KINDS))
    return Page(
        rows=tuple(row(clocks, one) for one in found[first - 1 : first - 1 + ROWS]),
        kinds=tuple((name, count) for name, count in counts.items() if count),
        kind=kind,
        circuit=circuit,
        circuits=tuple(settings.circuits),
        sites=tuple(settings.sites),
        carriers=tuple((key, one.name) for key, one in settings.carriers.items()),
        excuses=excuses(settings),
        first=first,
        total=len(found),
        form=form if form in FORMS else "",
        about=_about(clocks, book, asked.given.get("note", query.get("note", ""))),
    )


def row(clocks: Clocks, one: Written) -> Row:
    """A note as the list has it."""
    body = one.body
    return Row(
        note=one.note,
        says=sentence(clocks, body),
        why=(body and body.reason) or "",
        withdrawn_by=one.withdrawn_by,
        external_id=(body and body.external_id) or "",
        withdrawable=one.withdrawn_by is None and one.note.kind != WithdrawBody.KIND,
        link=_link(body),
    )


def excuses(settings: Settings) -> tuple[str, ...]:
    """The kinds of exclusions that any contract judges."""
    keys = {
        key
        for contract in settings.contracts.values()
        for terms in contract.each_version()
        for key in (terms.exclude.model_extra or () if terms.exclude else ())
    }
    return tuple(sorted(keys))


def _link(body: Body | None) -> str:
    if isinstance(body, ClaimBody) and body.revisions:
        one = body.revisions[0]
        return local("claims", one.scope, one.contract, body.period)
    return "/feedback" if body is not None and body.KIND == "feedback" else ""


def _about(clocks: Clocks, book: Notebook, number: str) -> str:
    for one in book.written:
        if str(one.note.id) == number:
            return sentence(clocks, one.body)
    return ""
