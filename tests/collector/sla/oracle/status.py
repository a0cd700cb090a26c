"""When a circuit was down and when nobody knows, before any rule of counting."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Any

from tests.collector.sla.oracle.clocks import duration, moment
from tests.collector.sla.oracle.sets import Pair, Times, both, joined, less

Round = dict[str, Any]
UNKNOWN_OUTSIDE = True
"""Whether time that no round covers is unknown outside of the period too, between rounds and its edge.

The model says so without a limit; the engine asks only inside. True tries the model's own words.
"""


def rounds_of(history: Mapping[str, Any]) -> list[Round]:
    """Every round with its span, in time order."""
    found = []
    for one in history.get("rounds", []):
        every = one["every"] * 1000
        for number in range(one.get("repeat", 1)):
            at = moment(one["at"]) + number * every
            found.append({**one, "span": (at, at + every)})
    return sorted(found, key=lambda one: one["span"])


def share(text: str) -> Fraction:
    """`99.9%` as a ratio."""
    return Fraction(str(text).rstrip("%")) / 100


def lossy(rule: Mapping[str, Any], sent: int, received: int) -> bool:
    """Whether that many lost packets are too many."""
    if not sent:
        return False
    lost = Fraction(sent - received, sent)
    if "loss_above" in rule:
        return lost > share(rule["loss_above"])
    return lost >= share(rule["loss_at_least"])


def status_of(
    history: Mapping[str, Any], rule: Mapping[str, Any], period: Pair, world: Pair
) -> tuple[Times, Times, Times]:
    """(down, unknown, known) inside `world`; of rounds no further than from the first to the last."""
    if "intervals" in history:
        named = [(moment(one["from"]), moment(one["to"]), one["status"]) for one in history["intervals"]]
        down = joined((a, b) for a, b, status in named if status == "down")
        unknown = joined((a, b) for a, b, status in named if status == "unknown")
        return both(down, [world]), both(unknown, [world]), less([world], unknown)
    rounds = rounds_of(history)
    edges = [edge for one in rounds for edge in one["span"]]
    world = min([*edges, period[0]]), min(max([*edges, period[1]]), world[1])
    down, known = told_by(rule, rounds)
    unknown = less([world], known)
    if not UNKNOWN_OUTSIDE:
        silent = joined(one["span"] for one in rounds)
        unknown = joined([*both(unknown, [period]), *both(unknown, silent)])
    return both(down, [world]), unknown, known


def told_by(rule: Mapping[str, Any], rounds: list[Round]) -> tuple[Times, Times]:
    """(down, known): of several rules one makes it down, and all must know before it is up.

    To MEF an interval with nothing sent is not lossy, to the others it says nothing.
    """
    if "any" in rule:
        each = [told_by(one, rounds) for one in rule["any"]]
        down, known = joined(pair for one, _ in each for pair in one), each[0][1]
        for _, one in each:
            known = both(known, one)
        return down, joined([*known, *down])
    known = joined(one["span"] for one in rounds if one["sent"] or "consecutive" in rule)
    return both(down_by(rule, rounds), known), known


def down_by(rule: Mapping[str, Any], rounds: list[Round]) -> Times:
    """When a rule calls it down."""
    if "consecutive" in rule:
        return mef(rule, rounds)
    if "over" in rule:
        return sliding(rule, rounds)
    if "within" in rule:
        return dense(rule, rounds)
    return simple(rule, rounds)


def simple(rule: Mapping[str, Any], rounds: list[Round]) -> Times:
    """Down from the first of lossy rounds that last `for`, to the first of others that last `clear`."""
    lasting, clear = duration(rule.get("for", "0s")), duration(rule.get("clear", "0s"))
    is_down, since, found = False, 0, []
    run: list[Round] = []
    bad_run = False
    for one in rounds:
        bad = lossy(rule, one["sent"], one["received"])
        goes_on = run and run[-1]["span"][1] == one["span"][0] and bad == bad_run
        run, bad_run = ([*run, one] if goes_on else [one]), bad
        if not one["sent"]:
            run = []
            continue
        lasted = run[-1]["span"][1] - run[0]["span"][0]
        if bad and not is_down and lasted >= lasting:
            is_down, since = True, run[0]["span"][0]
        if not bad and is_down and lasted >= clear:
            is_down = False
            found.append((since, run[0]["span"][0]))
    if is_down:
        found.append((since, rounds[-1]["span"][1]))
    return joined(found)


def mef(rule: Mapping[str, Any], rounds: list[Round]) -> Times:
    """The switch needs n intervals in a row, the first of which is where it happens."""
    count, available = rule["consecutive"], True
    found = []
    for place, one in enumerate(rounds):
        window = rounds[place : place + count]
        whole = len(window) == count and all(a["span"][1] == b["span"][0] for a, b in pairwise(window))
        bad = [lossy(rule, each["sent"], each["received"]) for each in window]
        if whole and available and all(bad):
            available = False
        elif whole and not available and not any(bad):
            available = True
        if not available:
            found.append(one["span"])
    return joined(found)


def sliding(rule: Mapping[str, Any], rounds: list[Round]) -> Times:
    """Down while the window ending now is lossy, from that window's first lossy round."""
    over, found = duration(rule["over"]), []
    for now in rounds:
        end = now["span"][1]
        window = [one for one in rounds if end - over <= one["span"][0] and one["span"][1] <= end]
        sent = sum(one["sent"] for one in window)
        if lossy(rule, sent, sum(one["received"] for one in window)):
            first = next(one for one in window if lossy(rule, one["sent"], one["received"]))
            found.append((first["span"][0], end))
    return joined(found)


def dense(rule: Mapping[str, Any], rounds: list[Round]) -> Times:
    """Down from the first to the last lossy round of every window that holds enough lossy time."""
    enough, within, found = Fraction(str(rule["seconds"])) * 1000, duration(rule["within"]), []
    bad = [one["span"] for one in rounds if lossy(rule, one["sent"], one["received"])]
    for begin, _ in bad:
        window = [span for span in bad if begin <= span[0] < begin + within]
        if sum(span[1] - span[0] for span in window) >= enough:
            found.append((window[0][0], window[-1][1]))
    return joined(found)
