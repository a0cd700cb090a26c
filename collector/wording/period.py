"""Over which time a contract judges, in whose zone, and what it was read from."""

from __future__ import annotations

from collections.abc import Iterator

from collector.sla.wording import scope_words
from collector.wording.lines import Line, Part, cited, lines, listed, spoken
from config.contract import Scope, Terms
from config.periods import AnniversaryYear, BillingMonth, Fixed, MeanOfMonths, Trailing

_PERIODS = {
    "calendar_month": "Judged over each calendar month, from the local midnight that begins it to the one "
    "that ends it.",
    "calendar_quarter": "Judged over each calendar quarter: an outage is measured against three months.",
    "calendar_year": "Judged over each calendar year: an outage is measured against twelve months.",
}
_BETWEEN = {
    "cpe_pe": "between the customer's router and the carrier's edge (the access line alone)",
    "cpe_cpe": "between two of the customer's routers, from end to end",
    "pop_pop": "between points inside the carrier's network",
}
_SCOPES = {"site": "all circuits of a site", "contract": "all circuits of this contract"}


def paper(terms: Terms) -> Part:
    """What it was read from, and from when it holds."""
    return Part("Paper", lines(_document(terms), _effective(terms)))


def _document(terms: Terms) -> str:
    document = terms.document
    if document is None:
        return "No document is named: nobody can see which paper this was read from."
    named = f'"{document.title}"' if document.title else "a document without a title"
    file = f", file {document.file}" if document.file else ""
    digest = f", SHA-256 {document.sha256}" if document.sha256 else ""
    return cited(f"Read from {named}{file}{digest}.", document)


def _effective(terms: Terms) -> str:
    if terms.effective is None:
        return ""
    return cited(f"It holds from {terms.effective}: time before that day is not judged by it.", terms)


def period(terms: Terms) -> Part:
    """The period, what downtime is divided by, business days, and whose circuits are judged together."""
    return Part("Period", lines(*_sentences(terms)))


def _sentences(terms: Terms) -> Iterator[str]:
    yield period_words(terms)
    zone = "The time zone of the circuit's site" if terms.timezone == "site" else f"The zone {terms.timezone}"
    yield (
        f"{zone} decides where a day and a period begin and end, and so which month an outage is in. "
        "The zone that a page or a circuit shows changes nothing."
    )
    yield _denominator(terms)
    yield _hours(terms)
    yield _business(terms)
    yield _scope(terms)
    yield _measured(terms)
    yield (
        "Where the service begins, ends or changes its price inside a period, the charge is taken by local "
        "calendar days."
    )


def period_words(terms: Terms) -> str:
    """The length of a period, and which one a month's name means."""
    one = terms.period
    if isinstance(one, BillingMonth):
        day = one.billing_month
        short = " (the last day of a shorter month)" if day > 28 else ""
        text = f"Judged over each billing month, from the local midnight of day {day}{short} to the next one."
    elif isinstance(one, AnniversaryYear):
        first = f"{one.anniversary_year:%d %B}".lstrip("0")
        text = f"Judged over years that begin on {first}, counted from {one.anniversary_year}."
    elif isinstance(one, Trailing):
        time = spoken(one.trailing)
        text = f"Judged over the {time} that end with each calendar month: an outage may be in two."
    elif isinstance(one, MeanOfMonths):
        weight = "each weighing by its length" if one.weighted else "each weighing the same, long or short"
        months = one.mean_of_months
        text = f"Judged as the mean of the {months} calendar months up to each month's end, {weight}."
    else:
        return _PERIODS.get(one or "", "")
    return cited(text, one)


def _denominator(terms: Terms) -> str:
    one = terms.denominator
    if isinstance(one, Fixed):
        text = (
            f"Availability divides downtime by {spoken(one.fixed)}, however long the period is; a period "
            "that is served in part divides by its share."
        )
        return cited(text, one)
    if one == "nominal":
        return (
            "Availability divides downtime by nominal time: every day has 24 hours, whatever the clocks do."
        )
    return (
        "Availability divides downtime by the time that really passes: a month in which the clocks change is "
        "an hour longer or shorter."
    )


def _hours(terms: Terms) -> str:
    if terms.hours is None:
        return "No service hours: the promise holds day and night."
    hours = "; ".join(f"{days} {times}" for days, times in terms.hours.entries)
    return (
        f"Service hours are {hours}, local time. Time outside of them counts neither as downtime nor in what "
        "downtime is divided by."
    )


def _business(terms: Terms) -> str:
    days = terms.holidays
    if not days:
        return "No holidays: every day from Monday to Friday is a business day."
    if isinstance(days, str):
        return f"Business days are Monday to Friday without the public holidays of {days}."
    return f"Business days are Monday to Friday without {listed(map(str, days))}."


def _scope(terms: Terms) -> str:
    scope = terms.scope
    if not isinstance(scope, Scope):
        return "Each circuit is judged alone."
    names = listed(scope.pair) if scope.pair else _SCOPES["site" if scope.site else "contract"]
    text = scope_words(scope, names)
    return cited(f"{text[:1].upper()}{text[1:]}. The charge is the sum of theirs.", scope)


def _measured(terms: Terms) -> str:
    one = terms.measured
    if one is None:
        return "It isn't said between which points and by whom it is measured: our measurement decides."
    where = f" {_BETWEEN[one.between]}" if one.between else ""
    whose = f" by the {one.by}" if one.by else ""
    decides = (
        "Our measurement may decide"
        if one.ours
        else "That is not ours to measure: our verdicts are marked indicative, and nothing is claimable"
    )
    return cited(f"It is measured{where}{whose}. {decides}.", one)


def versions(known: int) -> tuple[Line, ...]:
    """What holds where there are several versions."""
    if known < 2:
        return ()
    return lines("Of several versions the one in force at a period's start judges all of that period.")
