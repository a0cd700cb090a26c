"""Feedback beside what was measured, and the open form for people without a login."""

from __future__ import annotations

import pytest

from collector.circuits import Status
from collector.web.feedback_link import token
from collector.web.views import feedback
from collector.web.views.evidence import evidence
from collector.web.views.view import BadRequest, NotFound
from config.settings import WebSettings
from probes.values import Secret
from tests.collector.claiming.estate import DAY_MS, HOUR_MS
from tests.collector.web.booked import CUT_MS, Booked
from tests.collector.web.desks import HOSTILE, Seen, asked, desk, note

WEB = WebSettings(url="https://noc.example", feedback_key=Secret("a key of sixteen and more"))


def test_beside_a_complaint_stands_what_was_measured_then(booked: Booked) -> None:
    note(booked, "feedback", site="lon", at=CUT_MS + HOUR_MS, score=1, text="calls broke")
    (one,) = feedback.page(desk(booked), {}).said
    assert one.words == "nothing worked"
    found = {each.circuit: each for each in one.evidence}
    down, up = found["lon-acme"], found["lon-beta"]
    assert (down.status, down.told, down.p50, down.loss) == (Status.DOWN, "down for 30 min", "", "100.00%")
    assert (up.status, up.p50, up.p95, up.loss, up.lossy) == (Status.UP, "20.0 ms", "20.0 ms", "0.00%", False)
    assert one.chart.startswith("/circuits/lon-acme?from=2026-01-02T09:50:00Z&to=")


def test_of_one_circuit_only_its_own_evidence_is_shown(booked: Booked) -> None:
    note(booked, "feedback", site="lon", circuit="lon-beta", at=CUT_MS, score=4)
    (one,) = feedback.page(desk(booked), {}).said
    assert [each.circuit for each in one.evidence] == ["lon-beta"]


def test_where_nothing_was_measured_nothing_is_said_of_it(booked: Booked) -> None:
    (one,) = evidence(desk(booked), ["lon-beta"], CUT_MS - 300 * DAY_MS)
    assert (one.status, one.told, one.p50, one.loss, one.lossy) == (
        Status.UNKNOWN, "nothing was measured", "", "", False,
    )  # fmt: skip


def test_the_newest_stands_first_and_a_site_can_be_chosen(booked: Booked) -> None:
    for days, score in ((1, 2), (3, 5), (2, 4)):
        note(booked, "feedback", site="lon", at=CUT_MS + days * DAY_MS, score=score)
    assert [one.body.score for one in feedback.page(desk(booked), {"site": "lon"}).said] == [5, 4, 2]
    with pytest.raises(BadRequest, match="did you mean 'lon'"):
        feedback.page(desk(booked), {"site": "lun"})


def test_satisfaction_is_a_mean_by_week_and_site(booked: Booked) -> None:
    """It is Tuesday, 3 February."""
    for days, score in ((32, 4), (31, 1), (29, 5), (28, 2), (-100, 1)):
        note(booked, "feedback", site="lon", at=CUT_MS - DAY_MS + days * DAY_MS, score=score)
    page = feedback.page(desk(booked), {})
    assert page.since == "15 Dec 2025"
    ((site,), ()) = page.heard, page.silent
    told = [(one.name, one.mean and (one.mean.text, one.mean.count)) for one in site.weeks[:3]]
    assert told == [("this week", ("4.0", 1)), ("last week", ("2.7", 3)), ("week of 19 Jan", None)]
    assert [one.name for one in site.weeks[-3:]] == [
        "week of 29 Dec 2025",
        "week of 22 Dec 2025",
        "week of 15 Dec 2025",
    ]
    assert (site.whole and (site.whole.text, site.whole.count), site.newest) == (("3.0", 4), site.weeks[0])
    assert site.told == "last week: 2.7 of 3; this week: 4.0 of 1"
    assert "4.0 this week, 1 answer" in Seen(feedback.draw(desk(booked), asked("/feedback"))).text


def test_the_unhappiest_site_stands_first_and_the_silent_ones_apart() -> None:
    def heard(site: str, *scores: int) -> feedback.SiteWeeks:
        return feedback.SiteWeeks(site, (), feedback.mean(scores), "")

    page = feedback.Page(
        (), "", (heard("a", 5), heard("b"), heard("c", 1, 2)), "", (), "", 1, 0, invites=False
    )
    assert ([one.site for one in page.heard], [one.site for one in page.silent]) == (["c", "a"], ["b"])


def test_a_circuit_s_own_link_opens_the_form_with_that_circuit_chosen(booked: Booked) -> None:
    query = {"site": "lon", "circuit": "lon-beta"}
    drawn = feedback.draw(desk(booked), asked("/feedback", query=query)).body.decode()
    assert '<option value="lon-beta" selected>' in drawn
    assert "<details open>" in drawn
    with pytest.raises(BadRequest, match="circuit"):
        feedback.page(desk(booked), {"circuit": "lon-bet"})


@pytest.mark.parametrize(
    ("scores", "text", "share"),
    [
        ([1], "1.0", 0),
        ([5, 5], "5.0", 100),
        ([1, 2], "1.5", 12),
        ([3, 3, 4], "3.3", 58),
        ([4, 5, 5], "4.7", 92),
    ],
)
def test_a_mean_has_one_place_and_a_bar(scores: list[int], text: str, share: int) -> None:
    found = feedback.mean(scores)
    assert found == feedback.Mean(len(scores), text, share)
    assert feedback.mean([]) is None


def test_the_links_to_hand_out_stand_there_only_with_a_key(booked: Booked) -> None:
    assert "set web.feedback_key" in Seen(feedback.draw(desk(booked), asked("/feedback"))).text
    links = Seen(feedback.draw(desk(booked, web=WEB), asked("/feedback"))).links
    given = desk(booked, web=WEB).settings
    assert f"https://noc.example/feedback/lon/{token(given, 'lon')}" in links


def test_the_open_form_asks_for_little_and_shows_nothing_of_ours(booked: Booked) -> None:
    at = desk(booked, web=WEB)
    parts = {"site": "lon", "token": token(at.settings, "lon") or ""}
    drawn = feedback.open_form(at, asked(f"/feedback/lon/{parts['token']}", author="", parts=parts))
    seen = Seen(drawn)
    assert set(seen.fields) == {"score", "text", "at", "from"}
    assert seen.fields["at"] == "2026-02-03T00:00"
    assert seen.links == []
    for secret in (*at.settings.circuits, "Acme", "CX/1001", at.settings.host, "/claims"):
        assert secret not in drawn.body.decode()


def test_it_thanks_and_it_says_what_was_wrong(booked: Booked) -> None:
    at = desk(booked, web=WEB)
    parts = {"site": "lon", "token": token(at.settings, "lon") or ""}
    thanked = feedback.open_form(at, asked("/feedback/lon/x", parts=parts, query={"thanks": "1"}))
    assert "Thank you" in Seen(thanked).text
    refused = asked("/feedback/lon/x", parts=parts, problem="score: say how it was", given={"text": HOSTILE})
    seen = Seen(feedback.open_form(at, refused))
    assert "Not sent: score: say how it was" in seen.text
    assert seen.harmless


@pytest.mark.parametrize("parts", [{"site": "lon", "token": "0" * 32}, {"site": "lun", "token": ""}])
def test_a_wrong_link_opens_nothing_and_tells_nothing(booked: Booked, parts: dict[str, str]) -> None:
    with pytest.raises(NotFound, match="this link is not valid"):
        feedback.open_form(desk(booked, web=WEB), asked("/", parts=parts))


def test_hostile_feedback_is_only_words(booked: Booked) -> None:
    note(booked, "feedback", site="lon", at=CUT_MS, score=3, text=HOSTILE, **{"from": HOSTILE})  # type: ignore[arg-type]
    assert Seen(feedback.draw(desk(booked), asked("/feedback"))).harmless
