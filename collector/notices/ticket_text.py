"""The text of a trouble ticket, ready to be sent to a carrier: which facts, in which order. Pure.

One text for all who show it. The daemon fills in what it knows (`ticket_text`); a Prometheus rule has
the same lines with templates in the place of facts (collector/rules/circuits.py).
"""

from __future__ import annotations

from collections.abc import Mapping

from collector.notices.notice import About, OutageFacts
from collector.times import rfc3339

OPENING = "A circuit of yours is down. Please open a trouble ticket."
LINES = (
    ("Your circuit", "carrier_id"),
    ("Our name for it", "circuit"),
    ("Site", "site"),
    ("Our account", "account"),
    ("Down since (UTC)", "since"),
    ("What we see", "cause"),
    ("Ruled out here", "ruled_out"),
    ("All circuits of the site", "together"),
)
"""Title and fact of each line; one without a fact is left out."""
TOGETHER = "down together"
CLOSING = "Please tell us the ticket's number, the cause, and when it will be repaired."


def page_of(about: About, facts: OutageFacts) -> str:
    """The outage on our page, where its ticket is recorded; empty where nobody said how to reach it."""
    return f"{about.page}/outages/{about.circuit}/{rfc3339(facts.start_ms)}" if about.page else ""


def ticket_text(about: About, facts: OutageFacts) -> str:
    """The text for an outage as far as it is known."""
    known: Mapping[str, str] = {
        "carrier_id": about.carrier_id,
        "circuit": about.circuit,
        "site": about.site,
        "account": about.account,
        "since": rfc3339(facts.start_ms),
        "cause": facts.cause,
        "ruled_out": about.ruled_out,
        "together": TOGETHER if facts.common_cause else "",
    }
    lines = [f"{title}: {' '.join(known[fact].split())}" for title, fact in LINES if known[fact]]
    return "\n".join([OPENING, *lines, CLOSING])
