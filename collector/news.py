"""What a sweep over contracts has to tell the log, in stable names and fields. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from collector.claims_open import ClaimLine
from collector.ledger.revisions import Revision
from collector.sla.calendar import DAY_MS, rfc3339
from collector.sla.figures import Figures

WARN_DAYS = (14, 7, 3, 1)
"""So many days before a claim lapses the log says so."""
PROGRAM = "linkledger"
"""Who issues the first statement of a period."""


@dataclass(frozen=True, slots=True)
class News:
    """A line for the log; `names` are what it is remembered by, so that it isn't told again.

    Where there are several names, the last decides, and the others are told along with it.
    """

    event: str
    level: Literal["info", "warning"]
    fields: Mapping[str, Any]
    names: tuple[str, ...] = ()
    revision: tuple[int, str] | None = None
    """The revision's row, and the state that was told of it."""

    @property
    def identity(self) -> tuple[str, ...]:
        """Two with the same say the same."""
        if self.names:
            return (self.event, self.names[-1])
        return (self.event, *(str(value) for name, value in self.fields.items() if name != "measured"))


def of_verdicts(before: Figures | None, now: Figures, scope: str) -> Iterator[News]:
    """Verdicts of the running period that changed since the last sweep, or are bad from the first."""
    same = before is not None and (before.contract, before.period) == (now.contract, now.period)
    known = {one.objective: one.verdict for one in before.objectives} if before is not None and same else {}
    for one in now.objectives:
        was = known.get(one.objective)
        if one.verdict == was or (was is None and not one.violated):
            continue
        yield News(
            "sla.violation" if one.violated else "sla.verdict",
            "warning" if one.violated else "info",
            {
                "circuit": now.circuit,
                **({"scope": scope} if scope != now.circuit else {}),
                "contract": now.contract,
                "period": now.period,
                "objective": one.objective,
                "verdict": one.verdict,
                "measured": one.measured,
                "target": one.target,
            },
        )


def of_revision(revision: Revision, row: int) -> Iterator[News]:
    """A statement that was issued, with what it breaks and pays; or one that waits for a person."""
    told, key = revision.statement, revision.key
    about = {
        "scope": key.scope,
        "contract": key.contract,
        "period": revision.label,
        "revision": revision.number,
    }
    money = {name: told["credit"][name] for name in ("amount", "claimable", "currency")}
    seen = (row, revision.state)
    if revision.state == "draft":
        name = f"draft/{key.scope}/{key.contract}/{key.from_ms}/{revision.number}/{revision.digest}"
        because = list(revision.because)
        yield News("sla.draft", "warning", {**about, "because": because, **money}, (name,), seen)
    elif revision.state == "dismissed":
        by = {"by": revision.decided_by, "reason": revision.reason}
        yield News("sla.dismissed", "info", {**about, **by}, (), seen)
    else:
        yield News("sla.revision", "info", {**about, "by": revision.decided_by, **money}, (), seen)
        broken = [one["id"] for one in told["objectives"] if one["verdict"] == "breached"]
        if broken:
            yield News("sla.breach", "warning", {**about, "objectives": broken, **money})


def of_claim(claim: ClaimLine, now_ms: int) -> Iterator[News]:
    """A claim that lapses soon, at 14, 7, 3 and 1 days before; and one that has."""
    place = f"{claim.scope}/{claim.contract}/{claim.period}"
    fields = {
        "scope": claim.scope,
        "carrier": claim.carrier,
        "contract": claim.contract,
        "period": claim.period,
        "state": claim.state,
        "amount": claim.amount,
        "claimable": claim.claimable,
        "currency": claim.currency,
    }
    if claim.state == "expired":
        yield News("sla.claim_expired", "warning", fields, (f"expired/{place}",))
    elif claim.lapses_ms is not None and claim.lapses_ms > now_ms:
        left_ms = claim.lapses_ms - now_ms
        due = [days for days in WARN_DAYS if left_ms <= days * DAY_MS]
        if due:
            lapses = {"deadline": claim.next_deadline, "lapses": rfc3339(claim.lapses_ms)}
            step = {"next_step": claim.next_step, "owner": claim.owner, "due": claim.due}
            names = tuple(f"lapses/{place}/{claim.lapses_ms}/{days}" for days in due)
            yield News("sla.claim_lapses", "warning", {**fields, **lapses, **step}, names)


def of_problem(what: str, where: str, problem: str) -> News:
    """A contract that can't be computed, once for each reason; the others are judged all the same."""
    name = f"problem/{what}/{where}/{problem}"
    return News("sla.not_judged", "warning", {"scope": what, "contract": where, "problem": problem}, (name,))
