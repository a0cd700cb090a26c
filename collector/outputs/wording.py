"""What a notice says: to a person in words, to a program as JSON, to an Alertmanager as an alert. Pure.

Causes, names and identifiers come from outside (a server's answer, a carrier's paper): each is put on
one printable line of bounded length.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from collector.notices.notice import About, BreachFacts, Event, Notice, OutageFacts
from collector.notices.ticket_text import page_of, ticket_text
from collector.outputs.answers import one_line
from collector.times import rfc3339, span

DETAILED = 20
"""So many are told in full in one mail; a storm's others have a line each."""
LISTED = 200
"""And beyond so many, only their number."""
ALERTNAMES = {
    Event.OUTAGE_START: "LinkledgerCircuitDown",
    Event.OUTAGE_END: "LinkledgerCircuitDown",
    Event.BREACH: "LinkledgerSlaBreach",
}
SEVERITIES = {Event.OUTAGE_START: "critical", Event.OUTAGE_END: "critical", Event.BREACH: "warning"}
TEST_ALERT = "LinkledgerTest"
_HEADINGS = {Event.OUTAGE_START: "down", Event.OUTAGE_END: "over", Event.BREACH: "breached"}


def digest(notices: Sequence[Notice]) -> list[Notice]:
    """The same without the start of an outage whose end is told here too: that tells both."""
    last = {one.about.circuit: place for place, one in enumerate(notices) if one.event is Event.OUTAGE_END}
    return [
        one
        for place, one in enumerate(notices)
        if one.event is not Event.OUTAGE_START or last.get(one.about.circuit, -1) < place
    ]


def subject(notices: Sequence[Notice]) -> str:
    """A mail's subject, one line, for what `digest` gave."""
    mark = "[linkledger test]" if any(one.test for one in notices) else "[linkledger]"
    if len(notices) == 1:
        one = notices[0]
        return f"{mark} {_title(one)}"
    counts = {event: sum(one.event is event for one in notices) for event in Event}
    told = ", ".join(f"{count} {_HEADINGS[event]}" for event, count in counts.items() if count)
    common = all(isinstance(one.facts, OutageFacts) and one.facts.common_cause for one in notices)
    return f"{mark} {told}{_where(notices)}{', a common cause' if common else ''}"


def summary(notice: Notice) -> str:
    """One sentence."""
    about, facts = notice.about, notice.facts
    name = _name(about)
    if isinstance(facts, BreachFacts):
        far = "" if facts.final else " so far"
        missed = f"missed {facts.objective} {facts.target} in {facts.period}{far}: {facts.measured}"
        return one_line(f"{name} {missed}")
    begin = _moment(facts.start_ms, about.timezone)
    if facts.end_ms is None:
        return f"{name} is down since {begin}"
    return f"{name} was down from {begin} to {_moment(facts.end_ms, about.timezone)}: {_length(facts)}"


def text(notices: Sequence[Notice]) -> str:
    """A mail's body, for what `digest` gave: the first in full, then a line each, then their number."""
    parts = []
    if any(one.test for one in notices):
        parts.append("This is a test of linkledger's notices: nothing of what follows has happened.")
    if len(notices) > 1:
        parts.append("\n".join(_listed(notices)))
    parts.extend("\n".join(_details(one)) for one in notices[:DETAILED])
    return "\n\n".join(parts) + "\n"


def document(notices: Sequence[Notice], host: str) -> bytes:
    """A webhook's body: the same bytes for the same notices."""
    plain = {"version": 1, "host": host, "notices": [_plain(one) for one in notices]}
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()


def labels(notice: Notice, extra: Mapping[str, str]) -> dict[str, str]:
    """What makes it that alert, over all its life; a label without a value isn't one."""
    about = notice.about
    ours = {
        "alertname": TEST_ALERT if notice.test else ALERTNAMES[notice.event],
        "site": about.site,
        "carrier": about.carrier,
        "circuit": about.circuit,
    }
    if isinstance(notice.facts, BreachFacts):
        ours |= {"contract": notice.facts.contract, "objective": notice.facts.objective}
    return {"severity": SEVERITIES[notice.event], **extra, **ours}


def alert(notice: Notice, extra: Mapping[str, str], ends_ms: int) -> dict[str, Any]:
    """As Alertmanager's API v2 takes it; `ends_ms` in the future: it fires, now: it is resolved."""
    begin_ms = notice.at_ms if isinstance(notice.facts, BreachFacts) else notice.facts.start_ms
    about = notice.about
    named = {
        "summary": summary(notice),
        "carrier_id": about.carrier_id,
        "account": about.account,
        "noc_phone": about.phone,
        "noc_mail": about.mail,
        "portal": about.portal,
        "page": _page(notice),
    }
    told = {name: one_line(value) for name, value in named.items() if value}
    told["description"] = "\n".join(f"{name}: {value}" for name, value in _facts(notice))
    if isinstance(notice.facts, OutageFacts) and notice.facts.end_ms is None:
        told["ticket"] = ticket_text(about, notice.facts)
    return {
        "labels": labels(notice, extra),
        "annotations": told,
        "startsAt": rfc3339(min(begin_ms, ends_ms - 1)),
        "endsAt": rfc3339(ends_ms),
    }


def _where(notices: Sequence[Notice]) -> str:
    """The circuit that all are of, or the site, for a subject."""
    names = {_name(one.about) for one in notices}
    sites = {one.about.site for one in notices}
    if len(names) == 1:
        return f": {names.pop()}"
    return f" at {sites.pop()}" if len(sites) == 1 else f" at {len(sites)} sites"


def _title(notice: Notice) -> str:
    """What happened, for a subject."""
    facts, name = notice.facts, _name(notice.about)
    if isinstance(facts, BreachFacts):
        return one_line(f"BREACHED: {name} {facts.objective} {facts.measured}")
    if facts.end_ms is None:
        return f"DOWN: {name}{', a common cause' if facts.common_cause else ''}"
    return f"{'UP AGAIN' if facts.after.endswith('up again') else 'OVER'}: {name}, {_length(facts)}"


def _name(about: About) -> str:
    return one_line(f"{about.circuit} ({about.carrier_name})")


def _theirs(about: About) -> str:
    """The carrier's own identifier, for a line of a list."""
    return f" [{one_line(about.carrier_id)}]" if about.carrier_id else ""


def _length(facts: OutageFacts) -> str:
    """How long an ended outage lasted, and how much of it the circuit was down."""
    lasted_ms = (facts.end_ms or facts.start_ms) - facts.start_ms
    if facts.down_ms in (None, 0, lasted_ms):
        return span(lasted_ms // 1000)
    breaks = f"down for {span((facts.down_ms or 0) // 1000)} in {facts.outages} outages"
    return f"{span(lasted_ms // 1000)}, {breaks}"


def _listed(notices: Sequence[Notice]) -> Iterator[str]:
    """A line each, grouped by what happened."""
    for event, heading in _HEADINGS.items():
        some = [one for one in notices if one.event is event]
        if some:
            yield f"{heading.capitalize()} ({len(some)}):"
            yield from (f"  {summary(one)}{_theirs(one.about)}" for one in some[:LISTED])
            if len(some) > LISTED:
                yield f"  and {len(some) - LISTED} more"
    if len(notices) > DETAILED:
        yield f"The first {DETAILED} in full:"


def _details(notice: Notice) -> Iterator[str]:
    facts = list(_facts(notice))
    width = max(len(name) for name, _ in facts)
    yield summary(notice)
    yield from (f"  {name:<{width}}  {value}" for name, value in facts)


def _facts(notice: Notice) -> Iterable[tuple[str, str]]:
    """What somebody needs who picks up the telephone: name and value, those that there are."""
    return [(name, one_line(value)) for name, value in _all_facts(notice, notice.about) if value]


def _all_facts(notice: Notice, about: About) -> Iterator[tuple[str, str]]:
    if isinstance(notice.facts, BreachFacts):
        yield from _of_breach(notice.facts)
    else:
        yield from _of_outage(notice.facts, about)
    yield "circuit", about.circuit
    yield "site", about.site
    yield "carrier", about.carrier_name
    yield "their circuit", about.carrier_id
    yield "our account", about.account
    yield "contract", about.contract
    yield "call", about.phone
    yield "write", about.mail
    yield "portal", about.portal
    yield "our page", _page(notice)


def _page(notice: Notice) -> str:
    return page_of(notice.about, notice.facts) if isinstance(notice.facts, OutageFacts) else ""


def _of_outage(facts: OutageFacts, about: About) -> Iterator[tuple[str, str]]:
    yield "cause", facts.cause
    yield "common cause", "all circuits of the site were down together" if facts.common_cause else ""
    yield "ruled out", about.ruled_out
    yield "provisional", "by the newest rounds; the record follows" if facts.provisional else ""
    yield "since", rfc3339(facts.start_ms)
    yield "until", "" if facts.end_ms is None else rfc3339(facts.end_ms)
    yield "then", facts.after


def _of_breach(facts: BreachFacts) -> Iterator[tuple[str, str]]:
    yield "promised", f"{facts.objective} {facts.target}"
    yield "measured", facts.measured
    yield "period", facts.period
    yield "so far", "" if facts.final else "the period still runs: the figure may recover"
    yield "clause", facts.clause


def _plain(notice: Notice) -> dict[str, Any]:
    """A notice as a program reads it: times in RFC 3339, lengths in seconds."""
    plain = {"id": notice.number, **notice.as_json(), "at": rfc3339(notice.at_ms), "summary": summary(notice)}
    del plain["at_ms"]
    if isinstance(notice.facts, OutageFacts):
        facts, outage = notice.facts, plain["outage"]
        for name in ("start_ms", "end_ms", "down_ms"):
            del outage[name]
        outage["start"] = rfc3339(facts.start_ms)
        outage["end"] = None if facts.end_ms is None else rfc3339(facts.end_ms)
        outage["down_seconds"] = None if facts.down_ms is None else facts.down_ms / 1000
    return plain


def _moment(at_ms: int, zone: str) -> str:
    """A time on the site's clock."""
    return f"{datetime.fromtimestamp(at_ms // 1000, UTC).astimezone(ZoneInfo(zone)):%d %b %Y %H:%M:%S %Z}"
