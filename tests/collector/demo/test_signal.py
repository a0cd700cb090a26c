"""What is made up looks like a line: a rhythm, queues, losses where they belong."""

from __future__ import annotations

import numpy as np
import pytest

from collector.demo import signal
from collector.demo.estate import END_MS, NOW_MS, Line, lines
from collector.demo.signal import HOUR_MS, Span
from collector.demo.story import Shift, Story, Trouble
from collector.ledger.rounds import Rounds

DAY = 24 * HOUR_MS
BEGIN = END_MS - 40 * DAY
QUIET = Story((), ())
KNOWN = {line.id: line for line in lines()}


def made(name: str, story: Story = QUIET, days: int = 7) -> Rounds:
    span = Span(BEGIN, BEGIN + days * DAY, NOW_MS)
    return signal.measured(KNOWN[name], "Europe/London", story, span, np.random.default_rng(1))


def medians(rounds: Rounds) -> np.ndarray:
    return np.array([np.median(part) for part in np.array_split(rounds.rtts, 24)]) / 10_000


def test_a_quiet_line_answers_nearly_all_packets_around_its_rtt() -> None:
    rounds = made("lon-alder-dia")
    assert len(rounds) == 7 * 1440
    assert rounds.received.sum() > 0.999 * rounds.sent.sum()
    assert 3.2 < np.median(rounds.rtts) / 10_000 < 3.8
    assert rounds.rtts.min() >= 32_000


def test_broadband_loses_more_in_the_evening_than_at_night() -> None:
    rounds = made("lis-cinnabar-broadband", days=30)
    hour = rounds.at_ms // HOUR_MS % 24
    lost = rounds.sent - rounds.received
    assert lost[(hour >= 19) & (hour < 22)].mean() > 5 * lost[(hour >= 2) & (hour < 5)].mean()


def test_nothing_is_answered_while_a_line_is_down() -> None:
    trouble = Trouble("down", ("lon-alder-dia",), BEGIN + HOUR_MS, BEGIN + 2 * HOUR_MS)
    rounds = made("lon-alder-dia", Story((trouble,), ()), days=1)
    assert not rounds.received[61:119].any()
    assert rounds.received[:60].all()


def test_a_lossy_line_loses_its_share() -> None:
    trouble = Trouble("loss", ("lon-alder-dia",), BEGIN, BEGIN + 7 * DAY, share=0.1)
    rounds = made("lon-alder-dia", Story((trouble,), ()))
    assert (rounds.sent - rounds.received).sum() / rounds.sent.sum() == pytest.approx(0.1, abs=0.01)


def test_where_nothing_was_measured_there_are_no_rounds() -> None:
    trouble = Trouble("off", ("lon-alder-dia",), BEGIN + HOUR_MS, BEGIN + 2 * HOUR_MS)
    assert len(made("lon-alder-dia", Story((trouble,), ()), days=1)) == 1440 - 60


def test_a_reference_is_silent_while_its_site_is_blind_and_only_then() -> None:
    trouble = Trouble("blind", ("lon-alder-dia",), BEGIN + HOUR_MS, BEGIN + 2 * HOUR_MS)
    span = Span(BEGIN, BEGIN + DAY, NOW_MS)
    answers = signal.reference("lon-01", [trouble], span, np.random.default_rng(1))
    assert not answers.received[60:120].any()
    assert answers.received.sum() >= 1440 - 62
    circuit = made("lon-alder-dia", Story((trouble,), ()), days=1)
    assert not circuit.received[61:119].any()


def test_a_reroute_is_a_step_and_a_drift_creeps() -> None:
    step = Shift("lon-alder-dia", BEGIN + 3 * DAY, BEGIN + 9 * DAY, 10)
    creep = Shift("lon-alder-dia", BEGIN, BEGIN + 7 * DAY, 10, creeps=True)
    stepped, crept = (
        medians(made("lon-alder-dia", Story((), (step,)))),
        medians(made("lon-alder-dia", Story((), (creep,)))),
    )
    assert stepped[0] < 4 < 13 < stepped[-1]
    assert (np.diff(crept) > 0.1).all()


def test_nothing_is_measured_beyond_the_demos_clock() -> None:
    span = Span(END_MS - HOUR_MS, END_MS, NOW_MS)
    assert len(span.slots(60_000)) == 59


def test_how_full_a_line_is_stays_between_nothing_and_all() -> None:
    line: Line = KNOWN["par-alder-dia"]
    at_ms = np.arange(BEGIN, BEGIN + 7 * DAY, 300_000)
    down = Trouble("down", (line.id,), BEGIN + HOUR_MS, BEGIN + 2 * HOUR_MS)
    received, sent = signal.utilisation(
        line, "Europe/Paris", Story((down,), ()), at_ms, np.random.default_rng(1)
    )
    assert ((received >= 0) & (received <= 1) & (sent <= received)).all()
    assert not received[12:24].any()
    assert received.max() > 0.6


def test_a_line_grows_over_the_year_where_its_use_does() -> None:
    line = KNOWN["fra-alder-dia"]
    begin, end = (
        signal.utilisation(line, "UTC", QUIET, polled, np.random.default_rng(1))[0].mean()
        for at in (END_MS - 365 * DAY, END_MS - 28 * DAY)
        for polled in [np.arange(at, at + 28 * DAY, 300_000)]
    )
    assert end / begin == pytest.approx(0.74 / 0.42, rel=0.08)
