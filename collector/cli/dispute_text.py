"""Both sides of a period as text: for whoever calls the carrier."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from collector.cli.blocks_shown import show_blocks
from collector.disputes.causes import minutes
from collector.disputes.dispute import Dispute, FigureOfTheirs, Row, totals
from collector.sla.rounding import counted, shown
from collector.statement_text import money
from collector.text_blocks import Block, Facts, Grid, Sentences

HEADER = ("#", "ours", "we count", "theirs", "taken off", "they count", "minutes between", "credit between")
NUMBERS = frozenset({"#", "we count", "taken off", "they count", "minutes between", "credit between"})
FIGURES = ("objective", "target", "ours", "verdict", "theirs", "by theirs")
NOT_ADDED = "A line's credit is what it alone would change: with bands and caps the lines don't add up."


def show(carrier: str, found: Sequence[Dispute], *, everything: bool) -> None:
    """Print them; where nothing is between both sides a circuit is one line, unless `everything`."""
    parts: list[Block] = []
    agreed = []
    for one in found:
        if everything or one.figures or any(_differs(row) for row in one.rows):
            parts += blocks(carrier, one)
        else:
            agreed.append(f"{one.ours.circuit}: {counted(len(one.rows), 'outage')}, none of them in dispute")
    if agreed:
        parts.append(Sentences("Both sides agree", agreed))
    show_blocks([*parts, *_totals(found)])


def blocks(carrier: str, one: Dispute) -> Iterator[Block]:
    """What is between both sides of one statement."""
    ours, period = one.ours, one.ours.period
    running = "" if ours.closed else ", so far"
    yield Facts(
        f"{ours.circuit}, {period.label}{running}: ours and {carrier}'s",
        [("contract", ours.contract), ("times", f"by the clocks of {period.zone}"), *_credit(one)],
    )
    if one.rows:
        lines = [_row(number, row, one) for number, row in enumerate(one.rows, 1)]
        yield Grid("Outages", HEADER, lines, NUMBERS)
        why = [line for number, row in enumerate(one.rows, 1) for line in _why(number, row)]
        yield Grid("Why", ("#", "minutes", "from", "which is"), why, frozenset({"#", "minutes"}))
        if one.between != sum(row.between or 0 for row in one.rows):
            yield Sentences("", [NOT_ADDED])
    else:
        yield Sentences("Outages", ["neither side has any"])
    if one.figures:
        yield Grid("Figures", FIGURES, [_figure(each) for each in one.figures], frozenset({"ours", "theirs"}))


def _differs(row: Row) -> bool:
    return bool(row.difference_ms or row.why or row.between)


def _credit(one: Dispute) -> Iterator[tuple[str, str]]:
    currency = one.ours.credit.currency
    ours, theirs = _amount(one.ours.credit.amount, currency), _amount(one.theirs.credit.amount, currency)
    yield "credit", f"{ours} by our outages, {theirs} by theirs: {_amount(one.between, currency)} between"


def _amount(amount: Fraction | None, currency: str | None) -> str:
    return money(None if amount is None else shown(amount, 2), currency)


def _row(number: int, row: Row, one: Dispute) -> tuple[str, ...]:
    zone = one.ours.period.zone
    ours, theirs = row.pair.ours, row.pair.theirs
    off = sum((each.off_ms for each in theirs), Fraction(0))
    return (
        str(number),
        _span([(each.start_ms, each.end_ms) for each in ours], zone),
        minutes(row.ours_ms),
        _span([(each.start_ms, each.end_ms) for each in theirs], zone),
        minutes(off) if off else "-",
        minutes(row.theirs_ms),
        _signed(row.difference_ms),
        _amount(row.between, one.ours.credit.currency),
    )


def _span(pairs: Sequence[tuple[int, int]], zone: str) -> str:
    """`2026-04-03 10:00:00 to 10:47:00`; of several outages the first begin and the last end."""
    if not pairs:
        return "none"
    begin, end = (
        datetime.fromtimestamp(at_ms // 1000, UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        for at_ms in (min(start for start, _ in pairs), max(end for _, end in pairs))
    )
    until = end.time().isoformat() if end.date() == begin.date() else end.isoformat(" ")
    several = f" ({len(pairs)} outages)" if len(pairs) > 1 else ""
    return f"{begin.isoformat(' ')} to {until}{several}"


def _signed(ms: Fraction) -> str:
    return minutes(ms) if not ms else f"{'+' if ms > 0 else '-'}{minutes(ms)}"


def _why(number: int, row: Row) -> Iterator[tuple[str, ...]]:
    for part in row.why:
        yield str(number), _signed(part.ms), part.kind, part.text
    for cause in dict.fromkeys(each.cause for each in row.pair.theirs if each.cause):
        yield str(number), "", "their reason", cause
    if not row.why:
        both = row.pair.ours and row.pair.theirs
        yield str(number), "", "", "both sides count the same" if both else "nothing of it counts"


def _figure(one: FigureOfTheirs) -> tuple[str, ...]:
    ours = one.ours
    if ours is None:
        return one.name, "-", "-", "not promised", str(one.theirs), "-"
    unit = ours.unit if ours.unit == "%" else f" {ours.unit}".rstrip()
    kept = {True: "met", False: "breached", None: "-"}[one.met]
    measured = "-" if ours.measured is None else f"{shown(ours.measured, ours.places)}{unit}"
    verdict = ours.verdict.replace("_", " ")
    return one.name, str(ours.target or "-"), measured, verdict, f"{one.theirs}{unit}", kept


def _totals(found: Sequence[Dispute]) -> Iterator[Block]:
    rows = [
        (
            f"{shown(ours, 2)} {currency}",
            f"{shown(theirs, 2)} {currency}",
            f"{shown(ours - theirs, 2)} {currency}",
        )
        for currency, (ours, theirs) in totals(found).items()
    ]
    if rows:
        names = ("credit by ours", "credit by theirs", "between")
        yield Grid("All together", names, rows, frozenset(names))
