"""A carrier's contract as configuration: what was promised, in the contract's own small print."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    TypeAdapter,
    model_validator,
)

from config.consistency import contradictions
from config.decisions import (
    combinations,
    decisions,
    filled,
    first_choices,
    misnamed,
    stands_for,
    value_at,
    versions_of,
    without,
)
from config.errors import Path
from config.fields import Day, Zone
from config.objectives import Objectives
from config.outage import Exclude, OutageTerms
from config.periods import (
    AnniversaryYear,
    BillingMonth,
    DenominatorTerm,
    Fixed,
    MeanOfMonths,
    PeriodTerm,
    Trailing,
)
from config.public_holidays import known_country
from config.rates import DayShare
from config.remedies import (
    Caps,
    Chronic,
    ChronicRule,
    Claim,
    Groups,
    MinimumPayout,
    Periods,
    SharedCap,
)
from config.terms import Percent, Term, one_of, problem
from config.weekly import ServiceHours

__all__ = [
    "AnniversaryYear",
    "BillingMonth",
    "Caps",
    "Chronic",
    "ChronicRule",
    "Claim",
    "Contract",
    "Document",
    "Fixed",
    "Groups",
    "MeanOfMonths",
    "MeasuredTerms",
    "MinimumPayout",
    "Periods",
    "Scope",
    "SharedCap",
    "Terms",
    "Trailing",
    "Unknown",
    "Version",
]


def _zone(name: str) -> str:
    return name if name == "site" else _ZONE.validate_python(name)


def _currency(code: str) -> str:
    if code != "circuit" and not (len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()):
        raise ValueError(f"{code!r} is not a currency such as USD (ISO 4217), or circuit")
    return code


_ZONE: TypeAdapter[str] = TypeAdapter(Zone)


class Document(Term):
    """What the contract was read from."""

    title: str | None = Field(None, description="the paper's title")
    file: str | None = Field(None, description="its file")
    sha256: str | None = Field(None, description="the file's digest")


Joined = Literal["any_down", "all_down", "mean"]


class Scope(Term):
    """Several circuits judged as one."""

    site: Joined | None = Field(None, description="all of a site")
    contract: Joined | None = Field(None, description="all of the contract")
    pair: tuple[str, ...] | None = Field(None, description="circuits that stand in for each other")

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if sum(one is not None for one in (self.site, self.contract, self.pair)) != 1:
            raise ValueError("give one of site, contract and pair, or write circuit")
        if self.pair is not None and len(set(self.pair)) < max(2, len(self.pair)):
            raise problem(self, (("pair",), "takes two circuits at least, each named once"))
        return self


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

    policy: Literal["exclude", "up", "down", "carry"] = Field(
        description="exclude (it is in no denominator) | up | down | carry (as it was before)"
    )
    coverage: Percent | None = Field(
        None, description="under this share of known time there is no verdict, unless both bounds agree"
    )


class Terms(Term):
    """Every key that a contract, or a version of one, may hold."""

    document: Document | None = Field(None, description="what it was read from")
    effective: Day | None = Field(
        None, description="the first day it holds: time before it is not judged by it"
    )
    timezone: Annotated[str, AfterValidator(_zone)] | None = Field(
        None, description="the zone of the period and of days, or `site`: it moves the edges of the month"
    )
    currency: Annotated[str, AfterValidator(_currency)] | None = Field(
        None,
        description="of the credits, such as USD, or `circuit`: the currency of its charge",
        json_schema_extra={"pattern": "^([A-Z]{3}|circuit)$"},
    )
    holidays: Annotated[
        tuple[date, ...] | str | None,
        one_of("a list of dates or a country code", scalar=known_country, items=TypeAdapter(tuple[Day, ...])),
    ] = Field(None, description="days that are no business days: dates, or a country code")
    period: PeriodTerm | None = Field(
        None,
        description="calendar_month | calendar_quarter | calendar_year | {billing_month: 15} | "
        "{anniversary_year: DATE} | {trailing: 30d} | {mean_of_months: 12}: "
        "a longer period dilutes an outage",
    )
    denominator: DenominatorTerm | None = Field(
        None,
        description="elapsed (real time: a month with a clock change is an hour off) | nominal (a day has "
        "24 h) | {fixed: 720h}",
    )
    hours: ServiceHours | None = Field(
        None, description="service hours, e.g. {Mon-Fri: '07:00-19:00'}; left out: always"
    )
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
    day_rate: DayShare | None = Field(
        None,
        description="1/30 | 1/days_in_month | 12/365: what a day of the charge is, which differs by a tenth",
    )
    combine: Annotated[
        Literal["sum", "max"] | Groups | None,
        one_of("sum, max or {groups: [[...], ...]}", Groups, words=["sum", "max"]),
    ] = Field(
        None,
        description="sum | max | {groups: [[...], ...]}: whether two broken promises pay both, or the larger",
    )
    caps: Caps | None = Field(None, description="what is paid at most")
    minimum_payout: MinimumPayout | None = Field(None, description="below this nothing is paid")
    chronic: Chronic | None = Field(None, description="when failures become a right to leave")
    claim: Claim | None = Field(None, description="what must be done in time for a credit")
    undecided: tuple[str, ...] | None = Field(
        None,
        description="keys whose meaning is still in dispute: left out above, each choice is computed and "
        "nothing is claimable",
    )


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
_REQUIRED: tuple[Path, ...] = (
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
_ASKED_WITH_CREDITS = (("day_rate",), ("combine",))


def _missing(terms: Mapping[str, Any]) -> list[tuple[Path, str]]:
    """What the terms of a version must say and don't, each with what the choices are."""
    asked = [*_REQUIRED, *(path for path in decisions(terms) if path in _ASKED_WITH_CREDITS)]
    keys = Terms.keys()
    return [
        (path, f"{path[-1]!r} is needed: {_PAPER.get(path) or keys[str(path[0])]}")
        for path in asked
        if value_at(terms, path) is None
    ]


class Contract(Terms):
    """A contract, or all versions of one.

    What is `undecided` holds its first choice here; `alternatives` are the contracts of every choice.
    """

    extends: str | None = Field(
        None,
        description="a shipped example to start from, such as kinds/bands-on-availability: maps merge, lists "
        "replace, and a key with nothing after it takes the example's out",
    )
    carrier: str = Field(description="a key of `carriers`: whose contract it is")
    versions: tuple[Version, ...] = Field(
        (), description="the contract as it changed: [{effective: DATE, ...}]"
    )
    _open: tuple[Path, ...] = PrivateAttr(())

    @classmethod
    def prepared(cls, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """The same with the first choice for all that is undecided."""
        return filled(given, first_choices(given))

    @classmethod
    def lacking(cls, given: Mapping[str, Any]) -> list[tuple[Path, str]]:
        """The required keys that are missing, of each version when there are several."""
        whole = cls.prepared(given)
        asked = [
            ((*root, *path), text) for root, terms in versions_of(whole) for path, text in _missing(terms)
        ]
        return [*asked, *misnamed(given)]

    @model_validator(mode="wrap")
    @classmethod
    def _remember(cls, value: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        contract = handler(value)
        if isinstance(value, Mapping):
            contract.leave_open(path for path, _ in first_choices(value))
        return contract

    def leave_open(self, paths: Iterable[Path]) -> None:
        """Note which values were filled in; for the validator alone."""
        self._open = tuple(paths)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        found = list(self._doubled())
        for place, terms in self._placed():
            for path, text in contradictions(terms):
                own = place is None or path[0] in self.versions[place].written_keys()
                found.append(((*(() if place is None or not own else ("versions", place)), *path), text))
        if found:
            raise problem(self, *dict.fromkeys(found))
        return self

    def _doubled(self) -> list[tuple[Path, str]]:
        seen = {self.effective} if self.versions and self.effective else set[date]()
        found = list[tuple[Path, str]]()
        for place, version in enumerate(self.versions):
            if version.effective in seen:
                text = f"another version begins on {version.effective} too: keep one of them"
                found.append((("versions", place, "effective"), text))
            seen.add(version.effective)
        return found

    def _placed(self) -> list[tuple[int | None, Terms]]:
        """Each version, filled in from beside `versions`, with its place there; None: it stands beside."""
        if not self.versions:
            return [(None, self)]
        given = {name: getattr(self, name) for name in Terms.model_fields}
        found: list[tuple[int | None, Terms]] = [(None, self)] if self.effective is not None else []
        for place, version in enumerate(self.versions):
            own = {name: getattr(version, name) for name in version.model_fields_set}
            found.append((place, Terms.model_construct(**(given | own | self._undecided_of(place)))))
        return found

    def _undecided_of(self, place: int) -> dict[str, Any]:
        """What is open in a version: it may decide what is open beside it."""
        version = self.versions[place]
        names = version.undecided if "undecided" in version.model_fields_set else self.undecided
        own = version.written_keys()
        paths = [path[2:] for path in self._open if path[:2] == ("versions", place)]
        paths += [path for path in self._open if path[0] != "versions" and path[0] not in own]
        left = tuple(name for name in names or () if any(stands_for(name, path) for path in paths))
        return {"undecided": left or None}

    def each_version(self) -> list[Terms]:
        """Each version with what it leaves out filled in from beside `versions`, oldest first."""
        return sorted((terms for _, terms in self._placed()), key=lambda one: one.effective or date.min)

    def terms_on(self, day: date) -> Terms:
        """The version in force on `day`, or the first one when none is in force yet."""
        versions = self.each_version()
        in_force = [terms for terms in versions if terms.effective is None or terms.effective <= day]
        return in_force[-1] if in_force else versions[0]

    def judged(self) -> list[str]:
        """The names of the objectives, in any version of the contract."""
        names = dict[str, None]()
        for terms in self.each_version():
            names |= dict.fromkeys(terms.objectives.by_name() if terms.objectives else ())
        return list(names)

    def written(self) -> dict[str, Any]:
        """The contract as a file would have it, in plain values; it loads to an equal contract."""
        dumped = self.model_dump(mode="json", by_alias=True, exclude_unset=True)
        whole: dict[str, Any] = without(dumped, self._open)
        return whole

    def alternatives(self) -> list[tuple[str, Contract]]:
        """One contract for every way to decide what is undecided, each in words.

        `("across_periods: split, denominator: nominal", contract)`; at most decisions.MOST_COMBINATIONS.
        With nothing undecided it is `[("", self)]`.
        """
        written = self.written()
        if not self._open:
            return [("", self)]
        decided = _without_undecided(written)
        return [
            (label, type(self).model_validate(filled(decided, chosen)))
            for label, chosen in combinations(written)
        ]


def _without_undecided(written: Mapping[str, Any]) -> dict[str, Any]:
    own = {key: value for key, value in written.items() if key != "undecided"}
    versions = [
        {key: value for key, value in one.items() if key != "undecided"} for one in own.get("versions", ())
    ]
    return own | ({"versions": versions} if versions else {})
