"""What statements call a contract's rules on outages."""

from __future__ import annotations

from typing import Any

import pytest

from collector.sla.wording import clock_words, down_words, round_words
from config.outage import OutageTerms
from tests.collector.sla.build import contract, outage


def agreed(**changes: object) -> OutageTerms:
    """What a contract says of outages."""
    found = contract(outage=outage(**changes)).outage
    assert found is not None
    return found


SIMPLE = {"loss_above": "50%", "for": "90s", "clear": "30s"}
SIMPLE_WORDS = "more than 50% of a round's packets lost, for 90s or longer, until 30s without"


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (SIMPLE, SIMPLE_WORDS),
        (
            {"loss_at_least": "100%", "direction": "both"},
            "at least 100% (in both directions) of a round's packets lost, until the first round without",
        ),
        (
            {"loss_above": "50%", "interval": "1s", "consecutive": 10},
            "more than 50% of the packets of 1s lost, from the first of 10 such intervals in a row to the "
            "first of 10 others in a row (MEF 10)",
        ),
        (
            {"loss_above": "1%", "over": "2h"},
            "more than 1% of all packets of 2h lost, from the first lossy round of that time on",
        ),
        (
            {"loss_above": "50%", "seconds": 60, "within": "15m"},
            "more than 50% of a round's packets lost, 60 s or more of such time inside 15m: from its first "
            "to its last lossy round",
        ),
        (
            {"any": [SIMPLE, {"loss_above": "1%", "over": "2h"}]},
            f"any of these: {SIMPLE_WORDS}; or more than 1% of all packets of 2h lost, from the first lossy "
            "round of that time on",
        ),
    ],
)
def test_what_calls_a_circuit_down_is_said_in_words(rule: dict[str, Any], words: str) -> None:
    down = agreed(down=rule).down
    assert down is not None
    assert down_words(down) == words


@pytest.mark.parametrize(
    ("clock", "words"),
    [
        ({"start": "measured", "end": "restored"}, "its measured start to its measured end"),
        (
            {"start": "reported", "end": "ticket_closed", "pause": ["customer_wait"]},
            "the report to the ticket's closing; customer wait stops the clock",
        ),
        (
            {
                "start": {"later_of": ["measured", "ticket"]},
                "end": {"earlier_of": ["restored", "ticket_closed"]},
                "pause": ["customer_wait", "site_access"],
            },
            "the later of its measured start and the ticket's opening to the earlier of its measured end and "
            "the ticket's closing; customer wait or site access stops the clock",
        ),
    ],
)
def test_a_clock_is_said_in_words(clock: dict[str, Any], words: str) -> None:
    found = agreed(clock=clock).clock
    assert found is not None
    assert clock_words(found) == f"An outage is counted from {words}"


@pytest.mark.parametrize(
    ("each", "mode", "words"),
    [
        ("outage", "up", "Each outage's length is rounded up to 1m"),
        ("day", "down", "The sum of each local day is rounded down to 1m"),
        ("period", "nearest", "The period's sum is rounded to the nearest 1m"),
        ("outage", "touched", "Each outage's length counts each 1m of the clock that it touches"),
        ("outage", "inside", "Each outage's length counts each 1m of the clock that is wholly inside"),
    ],
)
def test_rounding_is_said_in_words(each: str, mode: str, words: str) -> None:
    rounding = agreed(round={"to": "1m", "mode": mode, "each": each}).round
    assert rounding is not None
    assert round_words(rounding) == words
