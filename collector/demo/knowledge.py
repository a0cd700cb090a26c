"""What people wrote down in the made-up year: tickets, announced work, the carriers' side, feedback."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from collector.demo.estate import COMPANIES, DAY_MS, NOW_MS, SEED, Line
from collector.demo.reviews import numbered, reviewed
from collector.demo.story import HOUR_MS, MINUTE_MS, Story, Trouble
from collector.demo.written import Written
from collector.ledger.model import Outage

WRITERS = ("m.okafor", "l.jansen", "r.silva")
_TICKETED_MS = 18 * MINUTE_MS
"""Nobody writes a ticket about less."""
_TOLD_MS = HOUR_MS
"""Of an outage as long as that the carrier gives its own times."""
_CHANCE = 11
_GOOD = ("all well", "quick and clear", "no complaints", "video calls are fine now")
_BAD = (
    "calls broke off",
    "the till was offline",
    "could not reach the file server",
    "video froze all morning",
)


def knowledge(lines: Sequence[Line], story: Story, outages: Sequence[Outage]) -> list[Written]:
    """All of it, in the order in which it was written."""
    known = {line.id: line for line in lines}
    chance = np.random.default_rng([SEED, _CHANCE])
    found = list(_announced(known, story))
    for number, outage in enumerate(outages):
        trouble = _behind(outage, story)
        if outage.cause and (trouble is None or trouble.ticket != "never"):
            found += _about(number, outage, trouble, known[outage.circuit], chance)
    found += _feedback(lines, outages, chance)
    found += reviewed(known)
    return numbered(sorted((one for one in found if one.at_ms <= NOW_MS), key=lambda one: one.at_ms))


def _behind(outage: Outage, story: Story) -> Trouble | None:
    end_ms = NOW_MS if outage.end_ms is None else outage.end_ms
    return next(
        (one for one in story.of(outage.circuit) if one.start_ms < end_ms and outage.start_ms < one.end_ms),
        None,
    )


def _about(
    number: int, outage: Outage, trouble: Trouble | None, line: Line, chance: np.random.Generator
) -> Iterator[Written]:
    """The ticket of an outage, its end, and what the carrier says of it."""
    end_ms = NOW_MS if outage.end_ms is None else outage.end_ms
    length = end_ms - outage.start_ms
    opened_ms, closed_ms = _times(outage, trouble, line, chance)
    pause_ms, slack_ms = (int(chance.uniform(low, high) * MINUTE_MS) for low, high in ((18, 40), (1, 9)))
    if length < _TICKETED_MS:
        return
    company = next(one for one in COMPANIES if one.id == line.carrier)
    name, author = f"{company.tickets}-{10_200 + 7 * number}", WRITERS[number % len(WRITERS)]
    ticket = {"id": name, "carrier": line.carrier, "circuits": (line.id,), "opened": opened_ms}
    yield Written(opened_ms + MINUTE_MS, author, "ticket", {**ticket, "outage": outage.start_ms})
    if closed_ms is None or outage.end_ms is None:
        return
    closing = {"id": name, "carrier": line.carrier, "closed": closed_ms}
    if line.service == "mpls" and length > 3 * HOUR_MS:
        begin_ms = max(opened_ms, outage.start_ms) + 40 * MINUTE_MS
        closing["holds"] = ({"from": begin_ms, "to": begin_ms + pause_ms, "reason": "customer_wait"},)
    yield Written(closed_ms + 3 * MINUTE_MS, author, "ticket", closing)
    if length > _TOLD_MS and line.carrier != "cinnabar" and trouble is not None:
        yield _their_side(name, outage, end_ms, trouble, line, slack_ms, author)


def _times(
    outage: Outage, trouble: Trouble | None, line: Line, chance: np.random.Generator
) -> tuple[int, int | None]:
    """When its ticket was opened and closed; None while it isn't."""
    end_ms = NOW_MS if outage.end_ms is None else outage.end_ms
    how = trouble.ticket if trouble else "at once"
    after_ms = int(chance.uniform(4, 16) * MINUTE_MS)
    if how == "late":
        after_ms = (
            (end_ms - outage.start_ms) * 11 // 20 if line.service == "mpls" else 27 * HOUR_MS + after_ms
        )
    opened_ms = outage.start_ms + after_ms
    closed_ms = max(end_ms, opened_ms) + int(chance.uniform(6, 35) * MINUTE_MS)
    return opened_ms, None if how == "left open" else closed_ms


def _their_side(
    ticket: str, outage: Outage, end_ms: int, trouble: Trouble, line: Line, slack_ms: int, author: str
) -> Written:
    holds = [{"minutes": "20", "reason": "site_access"}] if line.number % 3 == 0 else []
    values = {
        "carrier": line.carrier,
        "circuits": (line.id,),
        "from": outage.start_ms + 2 * slack_ms,
        "to": end_ms - slack_ms,
        "outage": outage.start_ms,
        "ticket": ticket,
        "holds": tuple(holds),
        "cause": trouble.cause or "not found",
    }
    return Written(end_ms + 2 * DAY_MS + slack_ms, author, "carrier", values)


def _announced(known: Mapping[str, Line], story: Story) -> Iterator[Written]:
    """Planned work: the whole night is announced, and it takes less."""
    for one in story.troubles:
        if one.announced_ms is not None:
            begin_ms = one.start_ms - 9 * MINUTE_MS
            values = {
                "from": begin_ms,
                "to": begin_ms + 4 * HOUR_MS,
                "circuits": one.circuits,
                "announced": one.announced_ms,
                "reason": one.cause,
            }
            yield Written(one.announced_ms + 25 * MINUTE_MS, WRITERS[0], "maintenance", values)


def _feedback(
    lines: Sequence[Line], outages: Sequence[Outage], chance: np.random.Generator
) -> Iterator[Written]:
    """Some of those who sat there when it was down say so; others say now and then that all is well."""
    for outage in outages:
        end_ms = NOW_MS if outage.end_ms is None else outage.end_ms
        if end_ms - outage.start_ms > 40 * MINUTE_MS and chance.random() < 0.5:
            at_ms, score = outage.start_ms + 5 * MINUTE_MS, int(chance.integers(1, 3))
            yield _said(outage.site, at_ms, end_ms, score, _BAD[int(chance.integers(len(_BAD)))])
    first_ms = min([NOW_MS - 2 * DAY_MS, *(one.start_ms for one in outages)])
    for site in dict.fromkeys(line.site for line in lines):
        for _ in range(4):
            at_ms = int(chance.uniform(first_ms, NOW_MS - DAY_MS)) // MINUTE_MS * MINUTE_MS
            score = int(chance.integers(4, 6))
            yield _said(site, at_ms, at_ms, score, _GOOD[int(chance.integers(len(_GOOD)))])


def _said(site: str, at_ms: int, heard_ms: int, score: int, text: str) -> Written:
    values = {"site": site, "at": at_ms, "score": score, "text": text}
    return Written(heard_ms + 20 * MINUTE_MS, f"feedback link ({site})", "feedback", values)
