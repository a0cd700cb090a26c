"""What all notes together say: which of them stand, tickets out of their updates, excuses. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TypeVar

from collector.ledger.records import Note
from collector.notebook.bodies import (
    CarrierBody,
    ClaimBody,
    CreditBody,
    ExcludeBody,
    FeedbackBody,
    MaintenanceBody,
    TicketBody,
    WithdrawBody,
    read,
)
from collector.notebook.body import Body
from collector.notebook.managed import KnownAction, KnownGoal, managed
from collector.notebook.management import ActionBody, DismissBody, GoalBody, PracticeBody, ReviewBody
from collector.sla.evidence import EMERGENCY, MAINTENANCE, Excuse, Hold, Ticket

B = TypeVar("B", bound=Body)


@dataclass(frozen=True, slots=True)
class Written:
    """A note with its body; `withdrawn_by` is the note that took it back, or stands in its place."""

    note: Note
    body: Body | None
    """None where this version can't read it."""
    withdrawn_by: int | None = None


@dataclass(frozen=True, slots=True)
class KnownTicket:
    """A ticket as all its notes together tell it."""

    carrier: str
    circuits: tuple[str, ...]
    said: TicketBody
    notes: tuple[int, ...]

    @property
    def problem(self) -> str:
        """Why it can't count, in words; empty when it can."""
        said = self.said
        if said.opened is None:
            return "it isn't said when it was opened"
        if not self.circuits:
            return "it isn't said which circuits it is about"
        if said.closed is not None and said.closed < said.opened:
            return "it was closed before it was opened"
        return ""

    @property
    def ticket(self) -> Ticket | None:
        """As evidence; None while it can't count."""
        said = self.said
        if said.opened is None or self.problem:
            return None
        return Ticket(
            id=said.id,
            opened_ms=said.opened,
            closed_ms=said.closed,
            reported_ms=said.reported,
            acknowledged_ms=said.acknowledged,
            notified_ms=said.notified,
            repair_started_ms=said.repair_started,
            outage_ms=said.outage,
            dispatched=bool(said.dispatched),
            holds=tuple(Hold(one.start_ms, one.end_ms, one.reason) for one in said.holds),
        )


class Notebook:
    """All notes of a ledger, in the order in which they were written."""

    def __init__(self, notes: Sequence[Note]) -> None:
        taken_back = {one.withdraws: one.id for one in notes if one.withdraws is not None}
        self.written = tuple(Written(one, _body(one), taken_back.get(one.id)) for one in notes)

    @property
    def standing(self) -> Iterator[Written]:
        """Those that count."""
        return (
            one
            for one in self.written
            if one.withdrawn_by is None and one.body is not None and not isinstance(one.body, WithdrawBody)
        )

    def _of(self, kind: type[B]) -> tuple[tuple[Note, B], ...]:
        return tuple((one.note, one.body) for one in self.standing if isinstance(one.body, kind))

    @cached_property
    def maintenance(self) -> tuple[tuple[Note, MaintenanceBody], ...]:
        """Announced work that stands."""
        return self._of(MaintenanceBody)

    @cached_property
    def exclusions(self) -> tuple[tuple[Note, ExcludeBody], ...]:
        """Other excuses that stand."""
        return self._of(ExcludeBody)

    @cached_property
    def carriers_side(self) -> tuple[tuple[Note, CarrierBody], ...]:
        """What carriers say of outages and periods."""
        return self._of(CarrierBody)

    @cached_property
    def claims(self) -> tuple[tuple[Note, ClaimBody], ...]:
        """Every move of a claim that stands; the last one that concerns a circuit is its state."""
        return self._of(ClaimBody)

    @cached_property
    def credits(self) -> tuple[tuple[Note, CreditBody], ...]:
        """Credit notes that came."""
        return self._of(CreditBody)

    @cached_property
    def feedback(self) -> tuple[tuple[Note, FeedbackBody], ...]:
        """What people say of how it went."""
        return self._of(FeedbackBody)

    @cached_property
    def goals(self) -> Mapping[int, KnownGoal]:
        """Goals by the number of their first note, each with its changes."""
        return managed(self._of(GoalBody))

    @cached_property
    def actions(self) -> Mapping[int, KnownAction]:
        """Actions by the number of their first note, each with its changes."""
        return managed(self._of(ActionBody))

    @cached_property
    def reviews(self) -> tuple[tuple[Note, ReviewBody], ...]:
        """Reviews that were held."""
        return self._of(ReviewBody)

    @cached_property
    def practices(self) -> tuple[tuple[Note, PracticeBody], ...]:
        """What worked with carriers."""
        return self._of(PracticeBody)

    @cached_property
    def dismissals(self) -> tuple[tuple[Note, DismissBody], ...]:
        """Recommendations that were put aside."""
        return self._of(DismissBody)

    def set_aside(self, today: date) -> Mapping[str, tuple[Note, DismissBody]]:
        """Those that stay put aside on a day, by key: for good, or until a day that isn't over."""
        newest = {body.key: (note, body) for note, body in self.dismissals}
        return {
            key: (note, body)
            for key, (note, body) in newest.items()
            if body.until is None or body.until >= today
        }

    @cached_property
    def tickets(self) -> Mapping[tuple[str, str], KnownTicket]:
        """Tickets by (carrier, id), also those that can't count yet."""
        found: dict[tuple[str, str], KnownTicket] = {}
        for note, body in self._of(TicketBody):
            key = (body.carrier or "", body.id)
            found[key] = updated(found.get(key), note.id, body)
        return found

    @cached_property
    def _tickets_by_circuit(self) -> Mapping[str, tuple[Ticket, ...]]:
        found: dict[str, list[Ticket]] = {}
        for known in self.tickets.values():
            if known.ticket is not None:
                for circuit in known.circuits:
                    found.setdefault(circuit, []).append(known.ticket)
        return {
            circuit: tuple(sorted(tickets, key=lambda one: (one.opened_ms, one.id)))
            for circuit, tickets in found.items()
        }

    def tickets_of(self, circuit: str) -> tuple[Ticket, ...]:
        """A circuit's tickets, earliest first."""
        return self._tickets_by_circuit.get(circuit, ())

    def excuses_of(self, circuit: str, site: str, carriers: Iterable[tuple[int, str]]) -> tuple[Excuse, ...]:
        """What is said to excuse time of a circuit, by its begin.

        `carriers` are (from when in ms, whose it was), in order of time.
        """
        dated = tuple(carriers)
        found = [
            Excuse(
                body.start_ms,
                body.end_ms,
                EMERGENCY if body.kind == "emergency" else MAINTENANCE,
                body.announced,
            )
            for _, body in self.maintenance
            if concerns(body, circuit, site, dated)
        ]
        found += [
            Excuse(body.start_ms, body.end_ms, body.kind, body.announced, body.state)
            for _, body in self.exclusions
            if concerns(body, circuit, site, dated)
        ]
        return tuple(sorted(found, key=lambda one: (one.start_ms, one.end_ms, one.kind)))

    def touching(self, circuits: Iterable[str]) -> tuple[int, ...]:
        """The standing notes that may bear on what these circuits' statements say.

        Those that name sites or carriers alone are all among them: what they bear on changes with
        the configuration.
        """
        wanted, found = set(circuits), []
        for one in self.standing:
            names = getattr(one.body, "circuits", ())
            if isinstance(one.body, TicketBody):
                names = self.tickets[one.body.carrier or "", one.body.id].circuits
            bears = isinstance(one.body, TicketBody | MaintenanceBody | ExcludeBody)
            if bears and (not names or wanted & set(names)):
                found.append(one.note.id)
        return tuple(found)


def updated(known: KnownTicket | None, note: int, body: TicketBody) -> KnownTicket:
    """A ticket with what one more note says of it: the fields that the note gives stand."""
    said = body
    if known is not None:
        said = known.said.model_copy(update={name: getattr(body, name) for name in body.model_fields_set})
    before = known.notes if known else ()
    return KnownTicket(said.carrier or "", said.circuits, said, (*before, note))


def concerns(
    body: MaintenanceBody | ExcludeBody, circuit: str, site: str, carriers: Sequence[tuple[int, str]]
) -> bool:
    """Whether a note concerns a circuit: it is in every list that the note gives.

    A carrier's note concerns whose circuit it was when the noted time began.
    """
    if body.circuits and circuit not in body.circuits:
        return False
    if body.sites and site not in body.sites:
        return False
    if body.carrier is None:
        return True
    begun = [carrier for from_ms, carrier in carriers if from_ms <= body.start_ms]
    return (begun or [carrier for _, carrier in carriers[:1]])[-1:] == [body.carrier]


def _body(note: Note) -> Body | None:
    """What a note says; None where this version doesn't know its kind, or another one wrote more into it."""
    try:
        return read(note.kind, note.body)
    except ValueError:
        return None
