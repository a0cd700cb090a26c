"""What a manager reads in a minute: promises kept and broken, the worst, the money, what is known. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from collector.claiming.book import UNSENT, ClaimNow
from collector.reports.report import BREACHED, UNDECIDED, Chapter, Json, Report, Stated
from collector.reports.words import counted, day_and_time, in_seconds, ms_of_text, promised
from collector.statement_text import measured

WORST = 3
NOTHING = Fraction(0)


@dataclass(frozen=True, slots=True)
class Breach:
    """A promise that was broken."""

    chapter: Chapter
    stated: Stated
    objective: Json


@dataclass(frozen=True, slots=True)
class Worst:
    """A circuit that did badly, and why in sentences."""

    chapter: Chapter
    down_ms: Fraction
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Money:
    """Sums of one currency; exact."""

    currency: str
    due: Fraction = NOTHING
    """Credits by the statements of the contracts' own periods."""
    claimable: Fraction = NOTHING
    """What can still be claimed."""
    claimed: Fraction = NOTHING
    accepted: Fraction = NOTHING
    received: Fraction = NOTHING
    owed: Fraction = NOTHING
    """What should come and hasn't."""


@dataclass(frozen=True, slots=True)
class Lapse:
    """A credit that is lost unless somebody does something in time."""

    chapter: Chapter
    claim: ClaimNow
    what: str
    before_ms: int


@dataclass(frozen=True, slots=True)
class Task:
    """Lapses that one letter sees to: of one carrier and period, with one deadline."""

    before_ms: int
    what: str
    carrier: str
    period: str
    circuits: tuple[str, ...]
    worth: Fraction
    currency: str


@dataclass(frozen=True, slots=True)
class Summary:
    """The first page."""

    running: bool
    """The period isn't over: all of it is so far."""
    begun: bool

    circuits: int
    kept: int
    broken: int
    undecided: int
    unjudged: int
    """Circuits without a contract: measured, not judged."""
    down_ms: Fraction
    """As measured, over all circuits: scopes of several count once."""
    outages: int
    breaches: tuple[Breach, ...]
    worst: tuple[Worst, ...]
    money: tuple[Money, ...]
    lapses: tuple[Lapse, ...]
    tasks: tuple[Task, ...]
    """The same as there is work in them, by deadline."""
    drafts: int
    """Revisions that wait for a person's decision."""
    known_percent: Fraction | None
    """Of the judged time; None where nothing is judged."""
    unknown_ms: Fraction
    excluded_ms: Fraction
    quality: str
    """The data in one line."""


def summarised(report: Report) -> Summary:
    """The summary of a report."""
    chapters = list(report.chapters)
    statements = list(report.statements)
    verdicts = [(one.verdict, len(one.lines)) for one in chapters]
    times = [one.told["seconds"] for _, one in statements]
    period, unknown = (sum((_ms(one[key]) for one in times), NOTHING) for key in ("period", "unknown"))
    known = 100 * (period - unknown) / period if period else None
    lapses = _lapses(statements, report.as_of_ms)
    names = {part.key: part.name for part in report.carriers}
    return Summary(
        running=report.as_of_ms < report.period.end_ms,
        begun=report.as_of_ms > report.period.start_ms,
        circuits=sum(len(one.lines) for one in chapters),
        kept=sum(n for verdict, n in verdicts if verdict == "met"),
        broken=sum(n for verdict, n in verdicts if verdict == BREACHED),
        undecided=sum(n for verdict, n in verdicts if verdict == UNDECIDED),
        unjudged=sum(n for verdict, n in verdicts if not verdict),
        down_ms=sum((_ms(one["down"]) for one in times), NOTHING),
        outages=sum(len(one.told["outages"]) for _, one in statements),
        breaches=tuple(_breaches(statements)),
        worst=tuple(_worst(chapters)),
        money=tuple(money_of(one for _, one in statements)),
        lapses=tuple(lapses),
        tasks=tuple(_tasks(lapses, names)),
        drafts=sum(one.draft is not None for _, one in statements),
        known_percent=known,
        unknown_ms=unknown,
        excluded_ms=sum((_ms(one["excluded"]) for one in times), NOTHING),
        quality=_quality(chapters, known, unknown),
    )


def headline(summary: Summary) -> str:
    """How the period was, in a sentence."""
    if not summary.begun:
        return "The period has not begun."
    told = _headline(summary)
    return f"So far, {told[:1].lower()}{told[1:]}." if summary.running else f"{told}."


def _headline(summary: Summary) -> str:
    judged = summary.kept + summary.broken + summary.undecided
    circuits = counted(judged, "circuit")
    if not summary.circuits:
        return "No circuit was in service"
    if not judged:
        return f"{counted(summary.circuits, 'circuit')} measured, none judged: no contract applies"
    if summary.undecided == judged:
        return f"Of {circuits} too little is known to say whether promises were kept"
    if summary.broken:
        told = f"{summary.broken:,} of {circuits} did not get what was promised"
    elif summary.undecided:
        told = f"Promises kept on {summary.kept:,} of {circuits}"
    else:
        return f"All promises kept on {circuits}"
    return told + (f"; of {summary.undecided:,} too little is known" if summary.undecided else "")


def _ms(seconds: float | None) -> Fraction:
    return NOTHING if seconds is None else Fraction(str(seconds)) * 1000


def _breaches(statements: Iterable[tuple[Chapter, Stated]]) -> Iterator[Breach]:
    for chapter, one in statements:
        for objective in one.breached:
            yield Breach(chapter, one, objective)


def _worst(chapters: Iterable[Chapter]) -> Iterator[Worst]:
    """The circuits that broke a promise: the longest down first, then the most broken promises."""
    found = [
        Worst(one, sum((_ms(each.told["seconds"]["down"]) for each in one.statements), NOTHING), ())
        for one in chapters
        if one.verdict == BREACHED
    ]

    def badness(one: Worst) -> tuple[Fraction, int, str]:
        return -one.down_ms, -sum(len(each.breached) for each in one.chapter.statements), one.chapter.scope

    for one in sorted(found, key=badness)[:WORST]:
        yield Worst(one.chapter, one.down_ms, tuple(_reasons(one.chapter)))


def _reasons(chapter: Chapter) -> Iterator[str]:
    for one in chapter.statements:
        where = f"{one.told['period']['label']}: " if len(chapter.statements) > 1 else ""
        for each in one.breached:
            target = promised(each["target"] or "the target")
            yield f"{where}{each['id'].replace('_', ' ')} {measured(each)}, promised {target}"
    longest = max(
        ((each, one) for one in chapter.statements for each in one.told["outages"]),
        key=lambda pair: pair[0]["down_seconds"],
        default=None,
    )
    if longest is not None:
        outage, stated = longest
        total = sum(len(one.told["outages"]) for one in chapter.statements)
        begin = day_and_time(ms_of_text(outage["from"]), stated.told["period"]["timezone"])
        cause = f", {outage['cause'].replace('_', ' ')}" if outage["cause"] else ""
        took = in_seconds(outage["down_seconds"])
        yield f"{counted(total, 'outage')}, the longest {took} from {begin}{cause}"


def money_of(statements: Iterable[Stated]) -> list[Money]:
    """What is due, asked and received, by currency; currencies are never added, and none is all zero."""
    sums: dict[str, list[Fraction]] = {}
    for one in statements:
        credit, claim = one.told["credit"], one.claim
        currency = (claim.currency if claim else "") or credit.get("currency") or ""
        due = Fraction(credit["amount"] or 0) if one.own else NOTHING
        parts = [due, *([NOTHING] * 5)]
        if claim is not None:
            open_claim = claim.claimable if claim.state in UNSENT else NOTHING
            parts[1:] = [open_claim, claim.submitted, claim.accepted, claim.received, claim.owed]
        if any(parts):
            held = sums.setdefault(currency, [NOTHING] * 6)
            sums[currency] = [a + b for a, b in zip(held, parts, strict=True)]
    return [Money(currency, *parts) for currency, parts in sorted(sums.items())]


def _lapses(statements: Iterable[tuple[Chapter, Stated]], as_of_ms: int) -> list[Lapse]:
    """Credits that nobody has claimed and that lapse, by deadline.

    They are told by their date and not by the days that are left, so that a report of a closed period
    is the same tomorrow.
    """
    found = []
    for chapter, one in statements:
        claim = one.claim
        if claim is None or claim.lapses_ms is None or claim.lapses_ms <= as_of_ms or not claim.is_open:
            continue
        if claim.state in UNSENT and claim.claimable:
            what = "open a ticket" if claim.lapses_ms == claim.ticket_deadline_ms else "send the claim"
        elif claim.lapses_ms == claim.notice_deadline_ms:
            what = "use the right that the chronic failure gives"
        else:
            continue
        found.append(Lapse(chapter, claim, what, claim.lapses_ms))
    return sorted(found, key=lambda one: (one.before_ms, one.chapter.scope))


def _tasks(lapses: Iterable[Lapse], names: Mapping[str, str]) -> Iterator[Task]:
    together: dict[tuple[int, str, str, str, str], list[Lapse]] = {}
    for one in lapses:
        claim = one.claim
        carrier = names.get(claim.carrier, claim.carrier)
        key = (one.before_ms, one.what, carrier, claim.period, claim.currency)
        together.setdefault(key, []).append(one)
    for (before_ms, what, carrier, period, currency), held in together.items():
        worth = sum((one.claim.claimable for one in held), NOTHING)
        scopes = tuple(one.chapter.scope for one in held)
        yield Task(before_ms, what, carrier, period, scopes, worth, currency)


def _quality(chapters: Iterable[Chapter], known: Fraction | None, unknown: Fraction) -> str:
    held = list(chapters)
    gaps = len({gap for one in held for gap in one.quality.gaps})
    parts = []
    if known is not None:
        floor = int(known * 100)  # 99.999% known is not all of it
        share = f"{floor // 100}.{floor % 100:02}".rstrip("0").rstrip(".")
        parts.append("All of the time is known" if not unknown else f"{share}% of the time is known")
    else:
        parts.append("Nothing is judged")
    parts.append(f"{counted(gaps, 'gap')} in the evidence" if gaps else "the evidence is whole")
    wrong = any(one.quality.unsynchronised for one in held)
    parts.append(
        "the host's clock was not always synchronised" if wrong else "the host's clock was synchronised"
    )
    return "; ".join(parts) + "."
