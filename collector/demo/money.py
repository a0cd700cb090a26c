"""What became of the made-up credits: claims in every state, and credit notes, month by month."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import groupby

from collector.claiming.book import ClaimNow
from collector.demo.estate import COMPANIES, DAY_MS, Line
from collector.demo.knowledge import WRITERS
from collector.demo.written import Written

_FATES: Mapping[str, Mapping[str, str]] = {
    "alder": {
        "01": "paid",
        "02": "paid",
        "03": "partly",
        "04": "paid",
        "05": "nothing",
        "06": "rejected",
        "07": "paid short",
        "08": "accepted",
        "09": "paid",
        "10": "submitted",
        "11": "nothing",
    },
    "basalt": {
        "01": "paid",
        "02": "rejected for good",
        "03": "paid",
        "04": "partly",
        "05": "paid",
        "06": "paid short",
        "07": "accepted",
        "08": "nothing",
        "09": "paid",
        "10": "submitted",
    },
}
"""What happens with a carrier's claims of a month; what isn't here is claimed by nobody."""
_UNPAID = frozenset({"03", "08", "10", "11"})
"""Months of which no credit came although the contract pays by itself."""
_OTHER_ACCOUNT = "09"


def money(claims: Sequence[ClaimNow], lines: Sequence[Line]) -> list[Written]:
    """The notes on closed periods' claims, in order of time."""
    known = {line.id: line for line in lines}
    due = [
        one for one in claims if (one.revision is not None and one.claimable > 0) or one.state == "expired"
    ]
    worth = [one for one in due if one.amount > 0]
    found: list[Written] = []
    for (period, carrier), group in groupby(worth, key=lambda one: (one.period, one.carrier)):
        some, month = list(group), period[-2:]
        if carrier in _FATES:
            found += _claimed(some, _FATES[carrier].get(month, "nothing"), known)
        elif month not in _UNPAID:
            found += _paid(some, known, Fraction(1), days=28)
    return sorted(found, key=lambda one: one.at_ms)


def _claimed(some: Sequence[ClaimNow], fate: str, known: Mapping[str, Line]) -> Iterator[Written]:
    """The moves of a carrier's claims of one period."""
    if fate == "nothing":
        return
    total = sum((one.expected or one.amount for one in some), Fraction())
    revisions = tuple(
        {"scope": one.scope, "contract": one.contract, "revision": one.revision} for one in some
    )
    sent = {"amount": _amount(total, some), "reason": "monthly claim", "revisions": revisions}
    yield _move(some, "submitted", 8, sent)
    if fate.startswith("rejected"):
        yield _rejected(some, final=fate != "rejected")
    if fate == "partly":
        values = {"amount": _amount(total * 3 / 5, some), "reason": "part of the time is disputed"}
        yield _move(some, "partly", 21, values)
    if fate in {"paid", "paid short", "accepted"}:
        yield _move(some, "accepted", 19, {"reason": "accepted by mail"})
    if fate in {"paid", "paid short"}:
        yield from _paid(
            some, known, Fraction(1 if fate == "paid" else 7, 1 if fate == "paid" else 10), days=33
        )


def _rejected(some: Sequence[ClaimNow], *, final: bool) -> Written:
    values = {"reason_code": "maintenance", "reason": "the carrier says that the work was announced"}
    step = {"what": "send the announcement's date as proof", "owner": WRITERS[1], "by": _day(some, 210)}
    return _move(some, "rejected", 23, values if final else {**values, "next_step": step})


def _move(some: Sequence[ClaimNow], state: str, days: int, values: Mapping[str, object]) -> Written:
    """A note on all of them; it names the circuits that are judged alone."""
    first = some[0]
    told = {
        "carrier": first.carrier,
        "period": first.period,
        "circuits": tuple(one.scope for one in some),
        "state": state,
        "reference": f"CLM-{first.carrier[:3].upper()}-{first.period}",
        **values,
    }
    at_ms = first.end_ms + days * DAY_MS + 10 * 3_600_000
    return Written(at_ms, WRITERS[len(some) % len(WRITERS)], "claim", told)


def _paid(
    some: Sequence[ClaimNow], known: Mapping[str, Line], share: Fraction, days: int
) -> Iterator[Written]:
    """A credit note for each claim; one names a circuit that nobody knows."""
    company = next(one for one in COMPANIES if one.id == some[0].carrier)
    for number, one in enumerate(some):
        line = known[one.circuits[0]]
        strange = number == 0 and one.period.endswith(_OTHER_ACCOUNT)
        values = {
            "account": company.account,
            "carrier": company.id,
            "carrier_id": f"{line.carrier_id}-X" if strange else line.carrier_id,
            "period": one.period,
            "amount": _amount((one.expected or one.amount) * share, some),
            "reference": f"CN-{company.tickets}-{one.period}-{line.number:02}",
            "issued": _day(some, days),
            "reason": "credit note of the carrier",
        }
        at_ms = one.end_ms + days * DAY_MS + (12 * 60 + number) * 60_000
        yield Written(at_ms, WRITERS[0], "credit", values)


def _amount(amount: Fraction, some: Sequence[ClaimNow]) -> str:
    value = (Decimal(amount.numerator) / Decimal(amount.denominator)).quantize(Decimal("0.01"))
    return f"{value} {some[0].currency}"


def _day(some: Sequence[ClaimNow], days: int) -> str:
    return datetime.fromtimestamp((some[0].end_ms + days * DAY_MS) / 1000, UTC).date().isoformat()
