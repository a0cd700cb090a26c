"""What counts as down, and which downtime counts."""

from __future__ import annotations

from collections.abc import Iterator

from collector.sla.wording import ACROSS, clock_words, down_words, minimum_words, percent, round_words
from collector.wording.lines import Line, Part, cited, lines, numbered, sentence, spoken, unabridged
from config.contract import Terms
from config.outage import (
    AnyRule,
    DenseRule,
    DownRule,
    Exclude,
    Exclusion,
    MefRule,
    Minimum,
    OutageClock,
    OutageRound,
    OutageTerms,
    SimpleRule,
)

_POLICIES = {
    "exclude": "Time that nobody measured is taken out: it is no downtime, and it leaves what downtime is "
    "divided by.",
    "up": "Time that nobody measured counts as up.",
    "down": "Time that nobody measured counts as down.",
    "carry": "Time that nobody measured has the status of the time before it.",
}
_EFFECTS = {
    "numerator": "it is not counted as down, and stays in what downtime is divided by",
    "both": "what of it was down is not counted, and leaves what downtime is divided by too",
    "window": "all of it, whether down or not, leaves both the downtime and what it is divided by",
}
_KINDS = {"maintenance": "Planned maintenance", "emergency_maintenance": "Emergency maintenance"}
_ORDER = (
    "the status, and what unmeasured time counts as",
    "touching downtime is one outage",
    "the clock",
    "excluded time is taken out, which never makes two outages of one",
    "the minimum looks at all of what is left, also over a period's edge",
    "the period's edge",
    "rounding",
    "the sum",
)


def down(terms: Terms) -> Part:
    """The rule that calls a circuit down, and what unmeasured time is."""
    rule = terms.outage.down if terms.outage else None
    found = [*(_rule(rule) if rule else ()), *lines(*_unknown(terms))]
    return Part("What counts as down", tuple(found))


def _rule(rule: DownRule) -> Iterator[Line]:
    if isinstance(rule, AnyRule):
        items = tuple(_one_of(one) for one in rule.any)
        yield Line(cited("The circuit is down when any one of these says so:", rule), items)
        return
    text = cited(f"The circuit is down with {unabridged(down_words(rule))}.", rule)
    yield from lines(text, *_strictly(rule))


def _one_of(rule: DownRule) -> str:
    return " ".join([cited(sentence(unabridged(down_words(rule))), rule), *_strictly(rule)])


def _strictly(rule: DownRule) -> Iterator[str]:
    """Where the rule's edges lie."""
    if isinstance(rule, AnyRule):
        return
    share, itself = rule.threshold
    edge = "is enough" if itself else "is not yet enough: the limit is strict"
    if share not in {0, 1} or not itself:
        yield f"Exactly {percent(share * 100)} lost {edge}."
    if isinstance(rule, SimpleRule):
        yield _back_dated(rule)
    elif isinstance(rule, MefRule):
        yield (
            f"Fewer than {rule.consecutive} lossy intervals in a row are no downtime; an interval in which "
            "nothing was sent is not lossy."
        )
    elif isinstance(rule, DenseRule):
        yield f"A lossy round counts with its whole length; {rule.seconds} s themselves are enough."
    if rule.direction is None:
        yield "Where a probe tells the directions apart, one that is lossy is enough."
    elif isinstance(rule, DenseRule | MefRule | SimpleRule) and rule.direction in {"forward", "reverse"}:
        yield f"Only the {rule.direction} direction is looked at, where a probe tells them apart."


def _back_dated(rule: SimpleRule) -> str:
    if not rule.lasting.ms:
        return "A single such round is downtime already."
    return (
        f"Once they have lasted {spoken(rule.lasting)}, downtime is counted from the first lossy round on, "
        "not from then; in the same way it ends with the first good round."
    )


def _unknown(terms: Terms) -> Iterator[str]:
    unknown = terms.unknown
    if unknown is None:
        return
    text = cited(_POLICIES[unknown.policy], unknown)
    yield f"{text} Time in an accepted exclusion is not unknown."
    if unknown.coverage is None:
        yield "No coverage is asked for: however little was measured, there is a verdict."
    else:
        yield (
            f"With less than {percent(unknown.coverage)} of the time known there is no verdict (insufficient "
            "data), unless the promise would be broken, or kept, whether all unknown time was up or down."
        )


def counting(terms: Terms) -> Part:
    """Of downtime, what counts: merging, clock, exclusions, minimum, the period's edge, rounding."""
    outage = terms.outage or OutageTerms()
    found = [
        *lines(cited(f"Each outage is reckoned in this order: {numbered(_ORDER)}.", outage)),
        *lines(_merging(outage), *_clock(outage.clock)),
        *_exclusions(terms.exclude),
        *lines(*_minimum(outage.minimum), _edge(outage), *_rounding(outage.round)),
    ]
    return Part("What counts", tuple(found))


def _merging(outage: OutageTerms) -> str:
    if not outage.merge_within.ms:
        return "Outages that do not touch are never joined, however close they are."
    return (
        f"Outages less than {spoken(outage.merge_within)} apart are one outage; the good time between is not "
        "counted."
    )


def _clock(clock: OutageClock | None) -> Iterator[str]:
    if clock is None:
        return
    own = {one for one in (clock.start, clock.end) if not isinstance(one, str)}
    yield cited(f"{clock_words(clock.model_copy(update={'pause': None}))}.", clock, *own)
    if not clock.pause:
        yield "Nothing stops the clock while an outage lasts."
    else:
        yield (
            f"Holds of the ticket stop the clock where their reason is {' or '.join(clock.pause)}; a hold "
            "for another reason does not."
        )
    if (clock.start, clock.end) == ("measured", "restored"):
        yield "What we measure decides, whenever a ticket was opened or closed."
    else:
        yield (
            "Of several tickets the earliest counts. Without a ticket the measured times stand, and the "
            "credit is not claimable."
        )


def _exclusions(exclude: Exclude | None) -> Iterator[Line]:
    kinds = dict(exclude.__pydantic_extra__) if exclude else {}
    if not kinds:
        yield Line(
            cited("Nothing is excluded: downtime in maintenance or by the customer's doing counts.", exclude)
        )
        return
    items = tuple(cited(_excluded(kind, one), _own(one)) for kind, one in kinds.items())
    yield Line(
        cited("Some time is excluded when a note or the configuration says that it was so:", exclude), items
    )
    unnamed = [_KINDS[kind] for kind in _KINDS if kind not in kinds]
    named = f"{' and '.join(unnamed)} and every" if unnamed else "Every"
    yield Line(f"{named} other kind of note excludes nothing: its downtime counts.")
    yield Line(
        "Exclusions that are claimed or accepted take effect; one that we dispute does not, and the figure "
        "if we lose that dispute stands beside. Time that several exclude is taken out once, and downtime "
        "that runs over the end of what was noted counts."
    )


def _own(one: Exclusion | str) -> Exclusion | None:
    return one if isinstance(one, Exclusion) else None


def _excluded(kind: str, one: Exclusion | str) -> str:
    name = _KINDS.get(kind, f"Time noted as {kind}")
    if not isinstance(one, Exclusion):
        return f"{name} counts as downtime like any other."
    parts = [f"{name}: {_EFFECTS[one.effect]}"]
    parts.append(
        f"only if announced at least {spoken(one.notice)} before it begins, else it counts"
        if one.notice
        else "it needs no notice"
    )
    if one.windows:
        parts.append(f"only the part of it inside {' or '.join(map(str, one.windows))} local time")
    if one.allowance:
        parts.append(
            f"at most {spoken(one.allowance.duration)} a calendar year, used up in order; more counts"
        )
    if one.overrun:
        parts.append("the paper says itself that what runs over its end counts")
    return f"{'; '.join(parts)}."


def _minimum(minimum: Minimum | None) -> Iterator[str]:
    if minimum is None:
        yield "No minimum: every second of every outage counts."
        return
    yield cited(f"{unabridged(minimum_words(minimum))}.", minimum)
    if minimum.allowance is not None:
        yield "It is taken off the sum once a period; no outage is too short to be in that sum."
    elif minimum.mode == "deductible":
        free = spoken(minimum.at_least or minimum.longer_than or "")
        yield f"The first {free} of each outage are never counted, however long it lasts."
    else:
        least = minimum.at_least or minimum.longer_than
        itself = "counts" if minimum.at_least else "does not count"
        yield (
            f"A longer outage counts whole, from its first second; one of exactly {spoken(least or '')} "
            f"{itself}. "
            "Each outage must reach it alone: short ones are not added up to reach it."
        )
    if minimum.allowance is None:
        yield "Repair times and chronic failures look at every outage, whatever its length."


def _edge(outage: OutageTerms) -> str:
    if outage.across_periods is None:
        return ""
    more = {
        "split": ": each piece is counted, banded and rounded in its own period",
        "start": ", also with the minutes that lie in the next one",
        "restoration": ", also with the minutes that lie in the one before",
    }
    return f"{ACROSS[outage.across_periods]}{more[outage.across_periods]}."


def _rounding(rounding: OutageRound | None) -> Iterator[str]:
    if rounding is None:
        yield "Lengths are not rounded: milliseconds count."
        return
    yield cited(f"{unabridged(round_words(rounding))}.", rounding)
