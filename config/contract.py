"""A carrier's contract as configuration: what was promised, in the contract's own small print.

The whole schema is read here. What this version does not evaluate yet is accepted and kept, and
`Contract.not_evaluated` names it; what is no part of the schema is an error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, TypeAdapter, model_validator

from config.errors import Path
from config.fields import Day, Zone
from config.objectives import Judged, Objectives
from config.outage import Exclude, OutageTerms
from config.terms import Later, Percent, Term, Text, Touches, WorkingTime, one_of, problem, unevaluated
from probes.values import Duration


def _zone(name: str) -> str:
    return name if name == "site" else _ZONE.validate_python(name)


_ZONE: TypeAdapter[str] = TypeAdapter(Zone)


class Document(Term):
    """What the contract was read from."""

    title: str | None = Field(None, description="the paper's title")
    file: str | None = Field(None, description="its file")
    sha256: str | None = Field(None, description="the file's digest")


class BillingMonth(Term):
    """A month that starts on the day of the bill; 31 is the last day of a short month."""

    billing_month: int = Field(ge=1, le=31, description="the day")


class AnniversaryYear(Term):
    """A year that starts on the contract's own day."""

    anniversary_year: Day = Field(description="a first day")


class Trailing(Term):
    """The last so many days, ending with the month."""

    LATER: ClassVar[Later | None] = Later(
        "a trailing period is not evaluated yet: the calendar month stands instead", Touches.VERDICT
    )
    trailing: Duration = Field(description="how long")


class MeanOfMonths(Term):
    """The mean over the last so many months."""

    LATER: ClassVar[Later | None] = Later(
        "a mean of months is not evaluated yet: the calendar month stands instead", Touches.VERDICT
    )
    mean_of_months: int = Field(ge=1, description="how many")
    weighted: bool = Field(False, description="by their length")


CALENDAR = ["calendar_month", "calendar_quarter", "calendar_year"]
PeriodTerm = Annotated[
    Literal["calendar_month", "calendar_quarter", "calendar_year"]
    | BillingMonth
    | AnniversaryYear
    | Trailing
    | MeanOfMonths,
    one_of(
        "calendar_month, calendar_quarter, calendar_year or a map such as {billing_month: 15}",
        BillingMonth,
        AnniversaryYear,
        Trailing,
        MeanOfMonths,
        words=CALENDAR,
    ),
]


class Fixed(Term):
    """The same denominator for every period."""

    fixed: Duration = Field(description="how long")


class Scope(Term):
    """Several circuits judged as one."""

    LATER: ClassVar[Later | None] = Later(
        "a scope over several circuits is not evaluated yet: each is judged alone", Touches.VERDICT
    )
    site: Literal["any_down", "all_down", "mean"] | None = Field(None, description="all of a site")
    contract: Literal["any_down", "all_down", "mean"] | None = Field(None, description="all of the contract")
    pair: tuple[str, ...] | None = Field(None, description="circuits that stand in for each other")


class MeasuredTerms(Term):
    """Between which points, and by whom."""

    between: Literal["cpe_pe", "cpe_cpe", "pop_pop"] | None = Field(None, description="which points")
    by: Literal["customer", "carrier"] | None = Field(None, description="whose measurement decides")

    @property
    def ours(self) -> bool:
        """Whether a probe at the customer's edge may decide."""
        return self.by != "carrier" and self.between != "pop_pop"


class Unknown(Term):
    """What time counts as that nobody measured."""

    policy: Literal["exclude", "up", "down", "carry"] = Field(description="exclude | up | down | carry")
    coverage: Percent | None = Field(
        None, description="under this share of known time there is no verdict, unless both bounds agree"
    )


class Groups(Term):
    """Groups of objectives: a sum inside, the largest group wins."""

    groups: tuple[tuple[str, ...], ...] = Field(description="names of objectives")


class SharedCap(Term):
    """A cap that several objectives share."""

    objectives: tuple[str, ...] = Field(description="which")
    event: Text | None = Field(None, description="a cap an event")
    day: Text | None = Field(None, description="a cap a day")
    month: Text | None = Field(None, description="a cap a month")
    quarter: Text | None = Field(None, description="a cap a quarter")
    year: Text | None = Field(None, description="a cap a year")


class Caps(Term):
    """What is paid at most: percent of the charge base, or money."""

    event: Text | None = Field(None, description="a cap an event")
    day: Text | None = Field(None, description="a cap a day")
    month: Text | None = Field(None, description="a cap a month")
    quarter: Text | None = Field(None, description="a cap a quarter")
    year: Text | None = Field(None, description="a cap a year")
    shared: tuple[SharedCap, ...] | None = Field(None, description="caps that several objectives share")


class MinimumPayout(Term):
    """Below this nothing is paid."""

    more_than: Text | None = Field(None, description="strictly more")
    at_least: Text | None = Field(None, description="this or more")


class ChronicRule(Term):
    """One condition of a chronic failure."""

    outages: int | None = Field(None, description="so many outages")
    tickets: int | None = Field(None, description="so many tickets")
    downtime: Duration | None = Field(None, description="so much downtime")
    failed_periods: int | None = Field(None, description="so many missed periods")
    longer_than: Duration | None = Field(None, description="each longer than this")
    at_least: Duration | None = Field(None, description="each at least this long")
    within: Text | None = Field(None, description="inside this time, or `period`")
    of: int | None = Field(None, description="of the last so many periods")


class Chronic(Term):
    """When failures become a right to leave."""

    any: tuple[ChronicRule, ...] | None = Field(None, description="one of these")
    all: tuple[ChronicRule, ...] | None = Field(None, description="all of these")
    window: Literal["half_open", "closed"] | None = Field(None, description="is the edge inside")
    remedy: Text | None = Field(None, description="what it gives, e.g. terminate")
    notice: WorkingTime | None = Field(None, description="how long before")


class Periods(Term):
    """A number of periods."""

    periods: int = Field(ge=1, description="how many")


class Claim(Term):
    """What must be done in time for a credit."""

    ticket_within: WorkingTime | None = Field(None, description="from the measured start")
    submit_within: Annotated[
        WorkingTime | Periods | None, one_of("30d, 5bd or {periods: 2}", Periods, scalar=str)
    ] = Field(None, description="30d, 5bd or {periods: 2}")
    start: Literal["outage_start", "restoration", "ticket_closed", "period_end", "published"] | None = Field(
        None, alias="from", description="what the time runs from"
    )
    automatic: bool | None = Field(None, description="paid without a claim")


class Terms(Term):
    """Every key that a contract, or a version of one, may hold."""

    document: Document | None = Field(None, description="what it was read from")
    effective: Day | None = Field(
        None, description="the first day it holds: time before it is not judged by it"
    )
    timezone: Annotated[str, AfterValidator(_zone)] | None = Field(
        None, description="the zone of the period and of days, or `site`: it moves the edges of the month"
    )
    currency: Text | None = Field(
        None, description="of the credits, or `circuit`: the currency of its charge"
    )
    holidays: Annotated[
        tuple[date, ...] | str | None,
        one_of("a list of dates or a country code", scalar=str, items=TypeAdapter(tuple[Day, ...])),
        Later("business days are not evaluated yet"),
    ] = Field(None, description="days that are no business days: dates, or a country code")
    period: PeriodTerm | None = Field(
        None,
        description="calendar_month | calendar_quarter | calendar_year | {billing_month: 15} | "
        "{anniversary_year: DATE}: a longer period dilutes an outage",
    )
    denominator: (
        Annotated[
            Literal["elapsed", "nominal"] | Fixed,
            one_of("elapsed, nominal or {fixed: 720h}", Fixed, words=["elapsed", "nominal"]),
        ]
        | None
    ) = Field(
        None,
        description="elapsed (real time: a month with a clock change is an hour off) | nominal (a day has "
        "24 h) | {fixed: 720h}",
    )
    hours: Annotated[
        Mapping[str, Any] | None,
        Later("service hours are not evaluated yet: the whole period is judged", Touches.VERDICT),
    ] = Field(None, description="service hours, e.g. {Mon-Fri: '07:00-19:00'}; left out: always")
    scope: Annotated[
        Literal["circuit"] | Scope,
        one_of("circuit, or a map such as {site: any_down}", Scope, words=["circuit"]),
    ] = Field("circuit", description="circuit | {site: ...} | {contract: ...} | {pair: [...]}")
    measured: MeasuredTerms | None = Field(None, description="between which points, and by whom")
    outage: OutageTerms | None = Field(None, description="what an outage is")
    exclude: Exclude | None = Field(None, description="which kinds of note take time out")
    unknown: Unknown | None = Field(
        None, description="{policy: exclude|up|down|carry, coverage: 99%}: what unmeasured time counts as"
    )
    objectives: Objectives | None = Field(None, description="what was promised")
    day_rate: Annotated[Text | None, Later("credits are not computed yet")] = Field(
        None, description="1/30 | 1/days_in_month | 12/365: what a day of the charge is"
    )
    combine: Annotated[
        Literal["sum", "max"] | Groups | None,
        one_of("sum, max or {groups: [[...], ...]}", Groups, words=["sum", "max"]),
        Later("credits are not computed yet"),
    ] = Field(None, description="sum | max | {groups: [[...], ...]}: how several credits add up")
    caps: Annotated[Caps | None, Later("credits are not computed yet")] = Field(
        None, description="what is paid at most"
    )
    minimum_payout: Annotated[MinimumPayout | None, Later("credits are not computed yet")] = Field(
        None, description="below this nothing is paid"
    )
    chronic: Annotated[Chronic | None, Later("chronic failures are not evaluated yet")] = Field(
        None, description="when failures become a right to leave"
    )
    claim: Annotated[Claim | None, Later("claims are not evaluated yet")] = Field(
        None, description="what must be done in time for a credit"
    )
    undecided: Annotated[
        tuple[str, ...] | None,
        Later("what is undecided is not computed each way yet: its verdicts are not given", Touches.VERDICT),
    ] = Field(None, description="required keys whose meaning is still in dispute")


class Version(Terms):
    """The contract as it changed; what it leaves out stays as it stands beside `versions`."""

    effective: Day = Field(description="the first day it holds")


_PAPER: Mapping[Path, str] = {
    ("outage", "down"): "{loss_above: 50%, for: 60s, clear: 60s} or another rule: how much loss, for how "
    "long, is down",
    ("outage", "clock"): "{start: measured|reported|ticket, end: restored|ticket_closed}: minutes before a "
    "ticket may not count",
    ("outage", "across_periods"): "split | start | restoration: which month an outage over its edge is "
    "paid in",
}
_REQUIRED: tuple[tuple[str, ...], ...] = (
    ("effective",),
    ("timezone",),
    ("currency",),
    ("period",),
    ("denominator",),
    ("outage", "down"),
    ("outage", "clock"),
    ("outage", "across_periods"),
    ("unknown",),
    ("objectives",),
)


def _at(given: object, path: Path) -> object:
    for key in path:
        given = given.get(key) if isinstance(given, Mapping) else None
    return given


def _missing(given: Mapping[str, Any]) -> list[tuple[Path, str]]:
    """What a contract must say and `given` does not, each with what the choices are."""
    undecided, keys = given.get("undecided") or (), Terms.keys()
    return [
        (path, f"{path[-1]!r} is needed: {_PAPER.get(path) or keys[str(path[0])]}")
        for path in _REQUIRED
        if _at(given, path) is None and path[-1] not in undecided and ".".join(path) not in undecided
    ]


class Contract(Terms):
    """A contract, or all versions of one."""

    extends: Annotated[
        str | None,
        Later("shipped examples are not merged yet: only what stands here counts", Touches.VERDICT),
    ] = Field(None, description="a shipped example to start from; maps merge, lists replace")
    carrier: str = Field(description="a key of `carriers`: whose contract it is")
    versions: tuple[Version, ...] = Field(
        (), description="the contract as it changed: [{effective: DATE, ...}]"
    )

    @classmethod
    def lacking(cls, given: Mapping[str, Any]) -> list[tuple[Path, str]]:
        """The required keys that are missing, of each version when there are several."""
        versions = given.get("versions")
        if given.get("extends") is not None:
            return []
        if not isinstance(versions, Sequence) or not versions:
            return _missing(given)
        return [
            (("versions", place, *path), text)
            for place, version in enumerate(versions)
            if isinstance(version, Mapping)
            for path, text in _missing({**given, **version})
        ]

    @model_validator(mode="after")
    def _credits_add_up(self) -> Self:
        for terms in self._each_version():
            objectives = terms.objectives.by_name().values() if terms.objectives else ()
            paying = [one.credit for one in objectives if one.credit is not None]
            asked = {
                "day_rate": terms.day_rate is None and any(credit.pays_in_days() for credit in paying),
                "combine": terms.combine is None and len(paying) > 1,
            }
            free = (*(terms.undecided or ()), *(("day_rate", "combine") if self.extends else ()))
            missing: list[tuple[Path, str]] = [
                ((key,), f"{key!r} is needed: {terms.keys()[key]}")
                for key, needed in asked.items()
                if needed and key not in free
            ]
            if missing:
                raise problem(self, *missing)
        return self

    def _each_version(self) -> list[Terms]:
        """Each version with what it leaves out filled in from beside `versions`, oldest first."""
        if not self.versions:
            return [self]
        given = {name: getattr(self, name) for name in Terms.model_fields}
        filled = [
            Terms.model_construct(
                **(given | {name: getattr(version, name) for name in version.model_fields_set})
            )
            for version in self.versions
        ]
        return sorted(filled, key=lambda terms: terms.effective or date.min)

    def terms_on(self, day: date) -> Terms:
        """The version in force on `day`, or the first one when none is in force yet."""
        versions = self._each_version()
        in_force = [terms for terms in versions if terms.effective is None or terms.effective <= day]
        return in_force[-1] if in_force else versions[0]

    def not_evaluated(self) -> list[tuple[Path, str]]:
        """What is accepted and kept, and not evaluated by this version: key path and a sentence."""
        return [(path, later.why) for path, later in unevaluated(self)]

    def judged(self) -> list[str]:
        """The names of the objectives that this version judges, in any version of the contract."""
        names = dict[str, None]()
        for terms in self._each_version():
            objectives = terms.objectives.by_name() if terms.objectives else {}
            names |= {name: None for name, one in objectives.items() if isinstance(one, Judged)}
        return list(names)
