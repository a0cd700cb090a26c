"""`/circuits/{id}/rounds`: the raw rounds, as a table in pages and as a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median_low

from collector import csv_export
from collector.clerk import Desk
from collector.ledger.model import Series
from collector.ledger.rounds import Rounds
from collector.times import rfc3339
from collector.web.views import page
from collector.web.views.page import Clocks, Moment, link
from collector.web.views.query import choice, place
from collector.web.views.statement import known
from collector.web.views.view import Asked, BadRequest, Drawn
from collector.web.views.window import DAY_MS, Window, window
from probes.model import RTT_UNIT_NS, Reason, Round

ROWS = 360
"""A page's length: an hour of rounds of ten seconds."""
LONGEST_MS = 8 * DAY_MS
"""So much is read at once."""


@dataclass(frozen=True, slots=True)
class Row:
    """One round."""

    at: Moment
    probe: str
    sent: int
    received: int
    least: str
    middle: str
    most: str
    rtts: str
    """Every packet in sending order; a lost one is a dash."""
    reason: str
    detail: str


def draw(desk: Desk, asked: Asked) -> Drawn:
    """The page, or with `as=csv` the file; raises BadRequest, NotFound, LedgerError."""
    settings, now_ms = desk.settings, desk.now.wall_ms
    name = known(settings, asked.parts["circuit"])
    looked = window(asked.query, now_ms, "hour")
    if looked.to_ms - looked.from_ms > LONGEST_MS:
        raise BadRequest("a page of raw rounds covers 8 days at most: `linkledger export` gives all of them")
    series = desk.reader.series(circuit=name)
    probes = tuple(dict.fromkeys(one.key.probe for one in series))
    probe = choice(asked.query, "probe", ("", *probes))
    wanted = [one for one in series if probe in ("", one.key.probe)]
    found = desk.reader.rounds([one.id for one in wanted], looked.from_ms, looked.to_ms)
    if choice(asked.query, "as", ("page", "csv")) == "csv":
        return _file(name, looked, [(one, found[one.id]) for one in wanted])
    total = sum(map(len, found.values()))
    first = place(asked.query, total)
    order = sorted(
        (at_ms, one.key.probe, one.id, i)
        for one in wanted
        for i, at_ms in enumerate(found[one.id].at_ms.tolist())
    )[::-1]
    clocks, site = Clocks(settings, now_ms), settings.circuits[name].site
    shown = [
        _row(found[number].row(number, i), name_of, clocks, site)
        for _, name_of, number, i in order[first - 1 : first - 1 + ROWS]
    ]
    here = {**looked.query, "probe": probe}
    return page.render(
        "rounds.html",
        asked,
        settings,
        now_ms,
        title=f"Rounds of {name}",
        name=name,
        probes=[("", "all"), *((one, one) for one in probes)],
        probe=probe,
        window=looked,
        begins=clocks.at(looked.from_ms, site),
        ends=clocks.at(looked.to_ms, site),
        rows=shown,
        first=first,
        total=total,
        file=link(asked.path, here, **{"as": "csv"}),
        newer=link(asked.path, here, first=max(first - ROWS, 1)) if first > 1 else "",
        older=link(asked.path, here, first=first + ROWS) if first + ROWS <= total else "",
        **_beside(asked, looked, probe, now_ms),
    )


def _beside(asked: Asked, looked: Window, probe: str, now_ms: int) -> dict[str, str]:
    """Where the stretches of the same length before and after are."""
    length = looked.to_ms - looked.from_ms

    def to(from_ms: int) -> str:
        ends = {"from": rfc3339(from_ms), "to": rfc3339(from_ms + length)}
        return link(asked.path, ends, probe=probe)

    before = to(looked.from_ms - length) if looked.from_ms >= length else ""
    return {"before": before, "after": to(looked.to_ms) if looked.to_ms < now_ms else ""}


def _row(one: Round, probe: str, clocks: Clocks, site: str) -> Row:
    answered = sorted(rtt for rtt in one.rtts if rtt is not None)
    least, middle, most = (answered[0], median_low(answered), answered[-1]) if answered else (None,) * 3
    return Row(
        at=clocks.at(one.at_ms, site),
        probe=probe,
        sent=one.sent,
        received=one.received,
        least=_ms(least),
        middle=_ms(middle),
        most=_ms(most),
        rtts=" ".join(_ms(rtt) or "–" for rtt in one.rtts),
        reason="" if one.reason is Reason.NONE else str(one.reason),
        detail=one.detail,
    )


def _ms(units: int | None) -> str:
    return "" if units is None else f"{units * RTT_UNIT_NS / 1e6:.2f}"


def _file(name: str, looked: Window, found: Sequence[tuple[Series, Rounds]]) -> Drawn:
    def text() -> Iterator[str]:
        yield csv_export.header()
        yield from (csv_export.lines(one, rounds) for one, rounds in found)

    day = rfc3339(looked.from_ms).replace(":", "")
    return Drawn("".join(text()).encode(), "text/csv", file_name=f"{name}-{day}.csv")
