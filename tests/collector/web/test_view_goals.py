"""The cycle's memory over the made-up January: goals, actions, feedback, our own process, terms, the page."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from collector.analysis.readings import Day
from collector.ledger.analysed import put_days
from collector.ledger.opening import editing
from collector.ledger.records import Transition
from collector.ledger.store import put_transition, put_watermark
from collector.noting import Given, read_note
from collector.performance.cycle.feedback import heard, satisfaction
from collector.performance.cycle.goals import actions, goals
from collector.performance.cycle.managed_now import managed_now
from collector.performance.cycle.process import Share, process
from collector.performance.cycle.terms import terms
from collector.web.views import goals as view
from config.settings import Bandwidth, Settings, Term
from probes.values import Rate
from tests.collector.claiming.estate import DAY_MS, HOUR_MS, OVER_MS
from tests.collector.test_statements import JANUARY_MS
from tests.collector.web.booked import CUT_MS, Booked
from tests.collector.web.desks import HOSTILE, Seen, asked, desk, note

GOAL: dict[str, Any] = {"what": "as sold", "owner": "ann", "by": "2026-03-31", "carrier": "acme"}
ACTION: dict[str, Any] = {"what": "move it", "owner": "bo", "by": "2026-01-20", "circuits": ["lon-acme"]}


def judged(booked: Booked) -> None:
    """The stored status of lon-acme: up but for its outage, and known until now."""
    changes = ((JANUARY_MS, "up"), (CUT_MS, "down"), (CUT_MS + 60 * 600_000, "up"))
    with editing(booked.settings.ledger.path) as connection:
        for at_ms, status in changes:
            put_transition(connection, Transition("lon", "lon-acme", at_ms, status, ""))
        put_watermark(connection, "lon", OVER_MS)


def filled(booked: Booked, levels: tuple[float, float], done: date) -> None:
    """A hundred days of RTT: one level until a day, another after it."""
    days = [done + timedelta(days=n) for n in range(-60, 31)]
    with editing(booked.settings.ledger.path) as connection:
        put_days(
            connection,
            [
                Day("lon-acme", "rtt", day, 288, 288, level, level, level, level)
                for day in days
                for level in [levels[day >= done]]
            ],
        )


def test_a_goal_says_how_far_it_is_by_the_figures_and_why_it_changed(booked: Booked) -> None:
    judged(booked)
    named = GOAL | {"circuits": ["lon-acme"]}
    number = note(booked, "goal", **named, metric="availability", target=">= 99.9%", at_ms=JANUARY_MS)
    note(booked, "goal", of=number, target=">= 99.5%", agreed=True, reason="half of it is ours", author="tom")
    (one,) = goals(desk(booked))
    assert (one.target, one.agreed, one.standing, one.unit) == (">= 99.5%", True, "on target", "%")
    assert one.value == 100  # the outage is longer ago
    assert one.gap == -0.5
    assert one.measured == "100.000% over the last 30 days (lon-acme)"
    changed = one.changes[-1]
    assert (changed.author, changed.before["target"], changed.reason) == (
        "tom", ">= 99.9%", "half of it is ours",
    )  # fmt: skip
    assert goals(desk(booked, JANUARY_MS + 1))[0].target == ">= 99.9%"  # as it was known then
    assert goals(desk(booked), "beta") == []
    later = goals(desk(booked, OVER_MS + 90 * DAY_MS))[0]
    assert (later.standing, later.overdue) == ("overdue", True)
    note(booked, "goal", of=number, state="dropped", reason="it ends")
    assert goals(desk(booked))[0].standing == "dropped"


def test_a_goal_without_a_metric_or_with_nothing_measured_says_no_number(booked: Booked) -> None:
    note(booked, "goal", **GOAL)
    note(booked, "goal", **GOAL | {"circuits": ["lon-acme"]}, metric="rtt", target="<= 30ms")
    plain, unmeasured = goals(desk(booked))
    assert (plain.value, plain.measured, plain.gap) == (None, "", None)
    assert (unmeasured.value, unmeasured.standing) == (None, "open")
    assert unmeasured.measured == "too little is known of the last 30 days"


def test_an_action_s_effect_is_looked_for_once_it_is_done(booked: Booked) -> None:
    done = date(2026, 1, 4)
    filled(booked, (0.034, 0.022), done)
    number = note(booked, "action", **ACTION, metric="rtt", at_ms=JANUARY_MS - 50 * DAY_MS)
    (one,) = actions(desk(booked))
    assert (one.overdue, one.effect, one.days_left) == (True, None, -14)
    note(booked, "action", of=number, state="done", done=JANUARY_MS + 3 * DAY_MS + HOUR_MS)
    (one,) = actions(desk(booked))
    assert one.effect is not None
    assert (one.overdue, one.effect.verdict, one.effect.before, one.effect.after) == (
        False,
        "better",
        34.0,
        22.0,
    )
    assert one.effect.sentence.startswith(
        "RTT of lon-acme: median 34 ms before, 22 ms after (53 and 29 days)"
    )
    assert (min(one.strip)[0], max(one.strip)[0]) == (done - timedelta(days=53), date(2026, 2, 2))
    assert done not in dict(one.strip)  # the day itself is of both


def test_outages_are_counted_before_and_after(booked: Booked) -> None:
    judged(booked)
    number = note(booked, "action", **ACTION, metric="availability", at_ms=JANUARY_MS - DAY_MS)
    note(booked, "action", of=number, state="done", done=CUT_MS + 15 * DAY_MS)
    (one,) = actions(desk(booked))
    assert one.effect is not None
    assert one.effect.sentence == (
        "Outages of lon-acme: 1 before, 0 after (16 and 16 days): no more than noise, p 1.00"
    )
    assert dict(one.strip)[date(2026, 1, 2)] == 1.0


def test_our_own_process_is_counted_and_nothing_is_said_where_nothing_was_due(booked: Booked) -> None:
    nothing = process(desk(booked), JANUARY_MS - 40 * DAY_MS, JANUARY_MS - 10 * DAY_MS)
    assert (nothing.ticketed, nothing.claimed, nothing.actions_done, nothing.reviews) == (None,) * 4
    note(booked, "action", **ACTION)
    on_time = note(booked, "action", **ACTION)
    note(booked, "action", of=on_time, state="done", done=JANUARY_MS + DAY_MS)
    found = process(desk(booked), JANUARY_MS, OVER_MS)
    assert found.actions_done == Share(1, 2)
    assert (str(found.actions_done), found.actions_overdue) == ("1 of 2", 1)
    assert found.ticketed is not None
    assert found.ticketed.due == found.ticketed.good + len(found.unticketed)
    assert found.ticketed.due >= 1


def test_lapsed_claims_are_money_lost(booked: Booked) -> None:
    late = desk(booked, OVER_MS + 60 * DAY_MS)
    found = process(late, OVER_MS, OVER_MS + 60 * DAY_MS)
    assert found.claimed is not None
    assert found.claimed.good == 0
    assert all(amount > 0 for amount in found.lapsed_money.values())


def test_feedback_stands_beside_its_cause(booked: Booked) -> None:
    note(booked, "feedback", site="lon", at=CUT_MS + HOUR_MS, score=1, text="calls broke")
    note(booked, "feedback", site="lon", circuit="lon-beta", at=CUT_MS + HOUR_MS, score=2)
    said = heard(desk(booked), JANUARY_MS, OVER_MS)
    assert [one.cause for one in said] == ["outage", ""]
    assert said[0].measured[0].text == "lon-acme was down for 30 min"
    assert [one.circuit for one in heard(desk(booked), JANUARY_MS, OVER_MS, "beta")] == ["", "lon-beta"]
    (row,) = satisfaction(desk(booked), JANUARY_MS, OVER_MS, "acme")
    assert (row.month, row.count, row.mean) == ("2026-01", 1, 1.0)


def with_terms(settings: Settings) -> dict[str, Any]:
    circuits = dict(settings.circuits)
    for name, down in (("lon-acme", "100M"), ("lon-beta", "200M")):
        bought = type(circuits[name].bandwidth)(((None, Bandwidth(down=Rate.parse(down))),))
        term = Term.model_validate({"until": "2026-04-30", "notice": "60d", "renews": "12mo"})
        circuits[name] = circuits[name].model_copy(
            update={"term": term, "bandwidth": bought, "service": "dia"}
        )
    return {"circuits": circuits}


def test_a_term_stands_beside_what_it_brings_and_costs(booked: Booked) -> None:
    judged(booked)
    held = with_terms(booked.settings)
    found = {one.circuit: one for one in terms(desk(booked, **held))}
    one = found["lon-acme"]
    assert (one.notice_by, one.days_left, one.stage, one.renewed) == (date(2026, 3, 1), 26, "30", 0)
    assert (one.breaches, one.price) == (1, one.monthly_charge / 100 if one.monthly_charge else None)
    assert one.availability is not None
    shown = managed_now(
        booked.settings.model_copy(update=held), booked.settings.ledger.path, desk(booked).now
    )
    assert [each.circuit for each in shown.notices] == ["lon-acme", "lon-beta"]
    assert shown.overdue == 0


@pytest.mark.parametrize(("until", "silenced"), [(None, True), ("2026-02-03", True), ("2026-02-02", False)])
def test_a_notice_that_was_given_is_alerted_no_more(
    booked: Booked, until: str | None, silenced: bool
) -> None:
    held = with_terms(booked.settings)
    said: dict[str, Any] = {"until": until} if until else {}
    note(booked, "dismiss", key="notice:acme:2026-03-01", reason="given by registered letter", **said)
    settings = booked.settings.model_copy(update=held)
    shown = managed_now(settings, settings.ledger.path, desk(booked).now)
    assert [each.circuit for each in shown.notices] == ["lon-beta"] if silenced else ["lon-acme", "lon-beta"]
    one = next(one for one in terms(desk(booked, **held)) if one.circuit == "lon-acme")
    told = ("decided", "given by registered letter") if silenced else ("30", "")
    assert (one.stage, one.decided) == told
    page = Seen(view.draw(desk(booked, **held), asked("/performance/goals"))).text
    assert ("given by registered letter" in page) == silenced


def test_the_page_shows_all_of_it_and_keeps_what_was_typed(booked: Booked) -> None:
    number = note(booked, "goal", **GOAL | {"what": HOSTILE}, metric="availability", target=">= 99.9%")
    note(booked, "action", **ACTION, goal=number)
    note(booked, "practice", carrier="acme", topic="dispute", text="send the losses")
    note(booked, "practice", carrier="beta", topic="ticket", text="call twice")
    drawn = view.draw(desk(booked, **with_terms(booked.settings)), asked("/performance/goals"))
    seen = Seen(drawn)
    assert seen.harmless
    for words in ("1 overdue", "send the losses", "26 days left", "availability ≥ 99.9%"):
        assert words in seen.text, words
    searched = view.page(desk(booked), asked("/performance/goals", query={"q": "TWICE"}))
    assert [name for name, _ in searched.practices] == [booked.settings.carriers["beta"].name]
    given = {"kind": "goal", "of": str(number), "target": "<= 1ms", "reason": ""}
    again = Seen(view.draw(desk(booked), asked("/performance/goals", given=given, problem="say why")))
    assert (again.fields["target"], again.fields["of"]) == ("<= 1ms", str(number))
    assert "Not recorded: say why" in again.text


@pytest.mark.parametrize(
    ("kind", "values", "told"),
    [
        ("goal", GOAL | {"metric": "rt"}, "'rt' is no metric"),
        ("goal", GOAL | {"metric": "rtt", "target": "<= 5%"}, "target: '<= 5%' is '%'"),
        ("goal", {"of": "x"}, "of: 'x' is not the number of a note"),
        ("goal", {"of": "1", "by": "2026-09-01"}, "say it (`reason`)"),
        ("action", {"of": "1", "state": "done", "done": "2999-01-01 00:00"}, "is yet to come"),
        ("practice", {"carrier": "acne", "topic": "t", "text": "x"}, "no carrier 'acne'"),
        ("dismiss", {"key": "pair:lon:2026"}, "say why"),
        ("dismiss", {"key": "pear:lon:2026", "reason": "x"}, "did you mean 'pair'"),
        ("review", {"period": "2026-13", "said": "x"}, "'2026-13' is not a period"),
    ],
)
def test_what_a_form_gives_is_held_against_what_is_known(
    booked: Booked, kind: str, values: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValueError, match=told.replace("(", r"\(").replace(")", r"\)")):
        read_note(desk(booked), Given(kind, values))


def test_a_form_s_words_become_a_note_s(booked: Booked) -> None:
    held = {"period": "2026-01", "held": "2026-02-02 10:00", "present": "ann, bo", "said": "x"}
    body = read_note(desk(booked), Given("review", held)).body
    assert (body.present, body.held) == (("ann", "bo"), OVER_MS - DAY_MS + 10 * HOUR_MS)  # type: ignore[attr-defined]
    done = read_note(desk(booked), Given("action", {"of": "3", "state": "done"})).body
    assert (done.of, done.done) == (3, OVER_MS)  # type: ignore[attr-defined]
