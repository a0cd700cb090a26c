"""`linkledger note goal|action|review|practice|dismiss`: what people type, and what the ledger has then."""

from __future__ import annotations

import pytest

from tests.collector.test_cli_note import folder, notes, run, wrote

__all__ = ["folder"]
GOAL = ["goal", "RTT as sold", "--owner", "ann", "--by", "2026-06-30", "--carrier", "acme"]


def test_a_goal_is_written_and_told_more_of() -> None:
    said = wrote(*GOAL, "--metric", "rtt", "--target", "<= 30ms", "--circuit", "lon-acme")
    assert said["target"] == "<= 30ms"
    assert said["circuits"] == ["lon-acme"]
    number = str(notes()[-1].id)
    more = wrote("goal", "--of", number, "--target", "<= 34ms", "--agreed", "--reason", "the ring is full")
    assert more == {"of": int(number), "target": "<= 34ms", "agreed": True, "reason": "the ring is full"}
    assert run("list", "--kind", "goal", "--circuit", "lon-acme").output.count("\tgoal\t") == 2


def test_an_action_that_is_done_says_when() -> None:
    wrote("action", "move it", "--owner", "bo", "--by", "2026-05-01", "--circuit", "lon-acme")
    number = str(notes()[-1].id)
    assert wrote("action", "--of", number, "--state", "done")["done"].endswith("Z")
    done = wrote("action", "--of", number, "--done", "2026-01-03 10:00")
    assert (done["state"], done["done"]) == ("done", "2026-01-03T10:00:00Z")


def test_a_review_a_practice_and_a_dismissal_are_written() -> None:
    held = wrote("review", "2026-Q1", "--carrier", "acme", "--held", "2026-04-08 10:00", "--present", "ann",
                 "--thanks", "for the ring")  # fmt: skip
    assert held["held"] == "2026-04-08T09:00:00Z"  # on London's clocks
    assert wrote("practice", "acme", "send the losses", "--topic", "dispute")["topic"] == "dispute"
    assert wrote("dismiss", "pair:lon:2026", "--reason", "a new duct")["key"] == "pair:lon:2026"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["goal", "RTT", "--owner", "ann"], "a new goal needs by"),
        (["goal", "--of", "1"], "says nothing new"),
        (["goal", "--of", "77", "--state", "reached"], "77 is not the number of a goal's first note"),
        ([*GOAL, "--goal", "1"], "No such option"),
        ([*GOAL, "--metric", "rt"], "--metric: 'rt' is no metric and no key of `kpis`"),
        ([*GOAL, "--metric", "rtt", "--target", "<= 30%"], "--target: '<= 30%' is '%'"),
        ([*GOAL, "--carrier", "acne"], "the configuration has no carrier 'acne'"),
        (["action", "x", "--owner", "bo", "--by", "2026-05-01", "--goal", "7"], "goal: 7 is not the number"),
        (["action", "x", "--owner", "bo", "--by", "2026-05-01", "--done", "2999-01-01 00:00"], "yet to come"),
        (["review", "2026-Q1"], "says nothing"),
        (["dismiss", "pair:lon:2026"], "say why (--reason)"),
        (["dismiss", "pair:lon", "--reason", "x"], "'pair:lon' is not whole"),
        (["dismiss", "pear:lon:2026", "--reason", "x"], "did you mean 'pair'"),
        (["review", "2026-Q5", "--said", "x"], "'2026-Q5' is not a period"),
        (["review", "current", "--said", "x"], "'current' is none of 2026-10-03"),
    ],
)
def test_nonsense_is_refused_with_what_would_be_right(words: list[str], told: str) -> None:
    done = run(*words)
    assert done.exit_code == 2
    assert told in done.output
