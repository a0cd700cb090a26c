"""Feedback as a note: what it holds, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from collector.ledger.records import Note
from collector.notebook.bodies import FeedbackBody, made, read
from collector.notebook.book import Notebook

AT = 1_767_225_600_000
GOOD: dict[str, Any] = {"site": "lon-01", "at": AT, "score": 2, "text": "calls broke\nat 10:00", "from": "Jo"}


def test_it_comes_back_from_the_ledger_as_it_was_written() -> None:
    body = made("feedback", GOOD)
    assert isinstance(body, FeedbackBody)
    assert (body.site, body.score, body.text, body.who) == ("lon-01", 2, "calls broke\nat 10:00", "Jo")
    assert read("feedback", body.as_text()) == body
    assert '"from": "Jo"' in body.as_text()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"score": 0}, "score"),
        ({"score": 6}, "score"),
        ({"score": None}, "score: Field required"),
        ({"site": None}, "site: Field required"),
        ({"at": "yesterday"}, "is not a time"),
        ({"text": "x" * 2_001}, "text: String should have at most 2000"),
        ({"text": "bell\x07"}, "U+0007"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_what_is_no_feedback_is_refused_with_what_is_wrong(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said.replace("+", r"\+")):
        made("feedback", GOOD | given)


def test_a_score_alone_is_enough() -> None:
    body = made("feedback", {"site": "lon-01", "at": AT, "score": 5})
    assert isinstance(body, FeedbackBody)
    assert body.text is None


def test_the_notebook_gives_what_stands_of_it() -> None:
    text = made("feedback", GOOD).as_text()
    gone = made("withdraw", {"reason": "twice"}).as_text()
    notes = [
        Note(1, AT, "ann", "feedback", text),
        Note(2, AT, "ann", "feedback", text),
        Note(3, AT, "ann", "withdraw", gone, 1),
    ]
    assert [note.id for note, _ in Notebook(notes).feedback] == [2]
    assert Notebook(notes).touching(["lon-acme"]) == ()
