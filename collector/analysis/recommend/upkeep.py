"""What is left lying: certificates that end, drafts that wait, actions whose day is over. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from collector.analysis.recommend.rules import NEAR_DAYS, recommend
from collector.analysis.recommend.words import day, period
from collector.analysis.recommendation import Recommendation

CERTIFICATE_DAYS = 30


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a probe was shown last."""

    circuit: str
    probe: str
    target: str
    days_left: float
    link: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A revision that a person must issue or dismiss."""

    scope: str
    carrier: str
    contract: str
    label: str
    number: int
    because: tuple[str, ...]
    link: str


@dataclass(frozen=True, slots=True)
class Late:
    """An action that isn't done and should be."""

    number: int
    what: str
    owner: str
    by: date
    carrier: str
    circuits: tuple[str, ...]
    link: str


def tls(certificates: Iterable[Certificate], today: date) -> Iterator[Recommendation]:
    """One a probe."""
    for one in certificates:
        if one.days_left > CERTIFICATE_DAYS:
            continue
        until = today + timedelta(days=int(one.days_left // 1))
        ends = "has ended" if one.days_left <= 0 else f"ends on {day(until)}"
        yield recommend(
            *("tls", f"{one.circuit}/{one.probe}", until.isoformat()),
            text=f"Renew the certificate of {one.target}: it {ends}",
            today=today,
            circuits=(one.circuit,),
            evidence=[
                f"Probe {one.probe} of {one.circuit} was shown {one.days_left:.1f} days of validity last."
            ],
            until=until,
            link=one.link,
            urgency="now" if one.days_left <= NEAR_DAYS else "soon",
        )


def revision(drafts: Iterable[Draft], today: date) -> Iterator[Recommendation]:
    """One a draft."""
    for one in drafts:
        yield recommend(
            *("revision", f"{one.scope}/{one.contract}/{one.number}", one.label),
            text=f"Issue or dismiss revision {one.number} of {one.scope} for {period(one.label)}",
            today=today,
            carrier=one.carrier,
            circuits=(),
            evidence=[*one.because] or ["What was computed again differs from what was issued."],
            link=one.link,
        )


def overdue(actions: Iterable[Late], today: date) -> Iterator[Recommendation]:
    """One an action."""
    for one in actions:
        if one.by < today:
            yield recommend(
                *("overdue", str(one.number), one.by.isoformat()),
                text=f"Do what was due on {day(one.by)}, or give it a new day: {one.what}",
                today=today,
                carrier=one.carrier,
                circuits=one.circuits,
                evidence=[f"{one.owner} answers for it; it is {(today - one.by).days} days late."],
                link=one.link,
            )
