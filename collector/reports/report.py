"""What a report says, as values: made by `making`, written by `as_html`, `as_csv` and `as_json`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from collector.claiming.book import ClaimNow
from collector.periods import ReportPeriod

Json = Mapping[str, Any]
"""A statement as `sla --json` prints it."""

BREACHED, UNDECIDED = "breached", "insufficient_data"


@dataclass(frozen=True, slots=True)
class Line:
    """A circuit."""

    id: str
    site: str
    carrier_id: str = ""
    """As the carrier names it."""
    service: str = ""


@dataclass(frozen=True, slots=True)
class Quality:
    """How well a circuit's time is known; milliseconds."""

    unknown: tuple[tuple[str, int], ...] = ()
    """Why the status was unknown, and for how long; the longest first."""
    gaps: tuple[str, ...] = ()
    """Evidence that the ledger no longer has, in a sentence each."""
    unsynchronised: bool = False
    """Whether the host's clock wasn't synchronised when some of it was measured."""


@dataclass(frozen=True, slots=True)
class Stated:
    """A statement of one contract period, and what is kept of it."""

    told: Json
    own: bool
    """Whether it is a period of the contract's own. Of another one no credit is due."""
    revision: int | None = None
    """The number that was issued; None: none yet, or none ever as the period isn't the contract's own."""
    digest: str | None = None
    draft: int | None = None
    """The number of a revision that waits for a person's word."""
    claim: ClaimNow | None = None
    """How far its claim is; None where it has none."""

    @property
    def objectives(self) -> list[Json]:
        """The judged promises."""
        found: list[Json] = self.told["objectives"]
        return found

    @property
    def breached(self) -> list[Json]:
        """The promises that are broken."""
        return [one for one in self.objectives if one["verdict"] == BREACHED]

    @property
    def undecided(self) -> list[Json]:
        """The promises of which too little is known."""
        return [one for one in self.objectives if one["verdict"] == UNDECIDED]

    @property
    def closed(self) -> bool:
        """Whether its period is over."""
        return bool(self.told["period"]["closed"])


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart as SVG of our own making, with what it shows in words."""

    title: str
    svg: str
    words: str
    low: bool = False
    """A strip that stands above the next one."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """A circuit, or several that a contract judges as one, in the report's time."""

    scope: str
    lines: tuple[Line, ...]
    contract: str
    """Empty: it is measured, not judged."""
    statements: tuple[Stated, ...] = ()
    """By time; several where the report is of several of the contract's periods."""
    quality: Quality = field(default_factory=Quality)
    pictures: tuple[Picture, ...] = ()

    @property
    def verdict(self) -> str:
        """`breached`, `insufficient_data`, `met`, or `` where nothing is judged."""
        if any(one.breached for one in self.statements):
            return BREACHED
        if any(one.undecided for one in self.statements):
            return UNDECIDED
        return "met" if any(one.objectives for one in self.statements) else ""


@dataclass(frozen=True, slots=True)
class CarrierPart:
    """One carrier's circuits."""

    key: str
    name: str
    account: str
    chapters: tuple[Chapter, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report. Of a settled period nothing in it depends on when it is made."""

    period: ReportPeriod
    closed: bool
    """Whether its time is over, and every statement of it issued."""
    as_of_ms: int
    """What it says is of the time before this: the period's end once it is over."""
    site: str
    """Where the host stands that made it."""
    made_up: bool
    """All of it is a demo's."""
    carriers: tuple[CarrierPart, ...]
    filters: tuple[tuple[str, str], ...] = ()
    """What it was narrowed to: (`carrier`, key), (`site`, key)."""
    url: str = ""
    """Where the page is, for a link."""

    @property
    def chapters(self) -> Iterator[Chapter]:
        """All circuits, carrier by carrier."""
        for one in self.carriers:
            yield from one.chapters

    @property
    def statements(self) -> Iterator[tuple[Chapter, Stated]]:
        """All statements with their circuits."""
        for chapter in self.chapters:
            for one in chapter.statements:
                yield chapter, one
