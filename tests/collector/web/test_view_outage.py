"""One outage: whom to call, what to say, what waiting costs, and its ticket's form."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from collector.circuits import Status
from collector.times import rfc3339
from collector.web.sources import CircuitNow
from collector.web.views import outage
from collector.web.views.view import Asked, BadRequest, NotFound
from config.settings import Settings
from tests.collector.claiming.estate import HOUR_MS, OVER_MS
from tests.collector.web.booked import CUT_MS, Booked
from tests.collector.web.desks import HOSTILE, Seen, asked, desk, note

NEW_MS = OVER_MS - HOUR_MS


def on(circuit: str, start_ms: int, **more: Any) -> Asked:  # noqa: ANN401
    parts = {"circuit": circuit, "start": rfc3339(start_ms)}
    return asked(f"/outages/{circuit}/{parts['start']}", parts=parts, **more)


def now_down(circuit: str = "ber-acme", since_ms: int = NEW_MS, cause: str = "timeout") -> CircuitNow:
    return CircuitNow("lon", "acme", circuit, Status.DOWN, since_ms, cause, outage_open=True)


def test_a_stored_outage_has_whom_to_call_and_a_text_to_send(booked: Booked) -> None:
    page = outage.page(desk(booked), on("lon-acme", CUT_MS))
    assert (page.stored, page.over) == (True, True)
    assert page.facts.end_ms == CUT_MS + 10 * HOUR_MS
    assert (page.about.carrier_id, page.about.account) == ("CX/1001", "A-100")
    assert page.tel == "tel:+442079460000"
    assert "CX/1001" in page.text
    assert [one.id for one in page.tickets] == ["T-1"]
    assert page.waiting is None, "it has a ticket: nothing waits"


def test_a_start_some_rounds_off_is_the_same_outage(booked: Booked) -> None:
    assert outage.page(desk(booked), on("lon-acme", CUT_MS - 60_000)).facts.start_ms == CUT_MS


def test_what_the_record_lacks_is_taken_from_the_newest_rounds(booked: Booked) -> None:
    page = outage.page(desk(booked), on("ber-acme", NEW_MS, now=(now_down(),)))
    assert (page.stored, page.over, page.facts.provisional) == (False, False, True)
    assert page.ticket_by_ms == NEW_MS + 72 * HOUR_MS
    seen = Seen(outage.draw(desk(booked), on("ber-acme", NEW_MS, now=(now_down(),))))
    assert "For a claim it must be opened by" in seen.text
    assert (seen.fields["circuits"], seen.fields["outage"]) == ("ber-acme", rfc3339(NEW_MS))
    assert seen.fields["opened"] == "now", "a number and one tap are enough"


@pytest.mark.parametrize(
    ("circuit", "start", "wrong", "said"),
    [
        ("nobody", "2026-01-01T00:00:00Z", NotFound, "no circuit 'nobody'"),
        ("lon-acme", "2026-01-20T00:00:00Z", NotFound, "newest is /outages/lon-acme/2026-01-02T09:20:00Z"),
        ("ber-acme", "2026-01-20T00:00:00Z", NotFound, "none is known of it"),
        ("lon-acme", "noon", BadRequest, "'noon' is not a time"),
        ("lon-acme", "9999-99-99", BadRequest, "is not a time"),
    ],
)
def test_what_there_isnt_is_told_with_what_there_is(
    booked: Booked, circuit: str, start: str, wrong: type[Exception], said: str
) -> None:
    with pytest.raises(wrong, match=said):
        outage.page(desk(booked), asked("/", parts={"circuit": circuit, "start": start}))


def ticketing(settings: Settings) -> Settings:
    """The same contracts with a clock that the ticket starts."""
    gold = settings.contracts["gold"]
    assert gold.outage is not None
    assert gold.outage.clock is not None
    clock = gold.outage.clock.model_copy(update={"start": "ticket"})
    terms = gold.model_copy(update={"outage": gold.outage.model_copy(update={"clock": clock})})
    return settings.model_copy(update={"contracts": {**settings.contracts, "gold": terms}})


def test_where_the_clock_runs_on_tickets_the_page_says_what_is_lost_by_now(booked: Booked) -> None:
    """ams-acme is down from slot 500 on, and it is five hours later but ten minutes."""
    now_ms = CUT_MS + 329 * 600_000
    at = desk(booked, now_ms)
    at.settings = ticketing(at.settings)
    start_ms = CUT_MS + 300 * 600_000
    page = outage.page(at, on("ams-acme", start_ms, now=(now_down("ams-acme", start_ms),)))
    assert page.waiting is not None
    assert page.waiting.on_ticket
    assert page.waiting.lost_ms == now_ms - start_ms
    seen = Seen(outage.draw(at, on("ams-acme", start_ms, now=(now_down("ams-acme", start_ms),))))
    assert "The contract's clock starts with the ticket. Lost so far: 4 h 50 min" in seen.text


def test_once_it_is_noted_the_page_says_recorded_and_shows_the_ticket(booked: Booked) -> None:
    number = note(booked, "ticket", id="T-9", carrier="acme", circuits=("ber-acme",), opened=NEW_MS + 1,
                  outage=NEW_MS)  # fmt: skip
    seen = Seen(
        outage.draw(desk(booked), on("ber-acme", NEW_MS, now=(now_down(),), query={"noted": str(number)}))
    )
    assert f"Recorded as note {number}" in seen.text
    assert "T-9" in seen.text


@pytest.mark.parametrize(
    ("phone", "address"),
    [
        ("+44 20 7946 0000", "tel:+442079460000"),
        ("+44 (0)20 7946-0000", "tel:+442079460000"),
        ("0800 / 123 456", "tel:0800123456"),
        ("", ""),
        ("ask ann", ""),
        ("javascript:alert(1)", ""),
    ],
)
def test_a_telephone_number_becomes_an_address_that_dials(phone: str, address: str) -> None:
    assert outage.dialled(phone) == address


def test_hostile_causes_and_portals_are_only_words(booked: Booked) -> None:
    at = desk(booked)
    acme = at.settings.carriers["acme"]
    noc = acme.noc.model_copy(update={"portal": "javascript:alert(3)", "mail": HOSTILE, "phone": HOSTILE})
    carriers = {**at.settings.carriers, "acme": acme.model_copy(update={"name": HOSTILE, "noc": noc})}
    at = replace(at, settings=at.settings.model_copy(update={"carriers": carriers}))
    assert Seen(outage.draw(at, on("ber-acme", NEW_MS, now=(now_down(cause=HOSTILE),)))).harmless
