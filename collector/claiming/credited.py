"""Which claim a credit note is for: by account, the carrier's name of the circuit, period and currency."""

from __future__ import annotations

from collections.abc import Sequence

from collector.claiming.track import Track
from collector.notebook.bodies import CreditBody
from config.settings import Settings


def accounts_of(settings: Settings, carrier: str) -> frozenset[str]:
    """The names under which a carrier may book us: our account, and where it has none its own key."""
    known = settings.carriers.get(carrier)
    return frozenset({carrier, *([known.account] if known and known.account else [])})


def names_of(settings: Settings, circuit: str) -> frozenset[str]:
    """The names that a circuit has: the carrier's and ours."""
    known = settings.circuits.get(circuit)
    return frozenset({circuit, *([known.carrier_id] if known and known.carrier_id else [])})


def belongs(settings: Settings, body: CreditBody, track: Track) -> bool:
    """Whether a credit note is for this claim."""
    if (body.period, body.amount.currency) != (track.period.label, track.currency):
        return False
    if body.carrier not in {None, track.carrier} or body.account not in accounts_of(settings, track.carrier):
        return False
    return any(body.carrier_id in names_of(settings, name) for name in track.circuits)


def claim_of(settings: Settings, body: CreditBody, tracks: Sequence[Track]) -> Track | None:
    """The claim of a credit note: of several the first that isn't paid yet."""
    found = [one for one in tracks if belongs(settings, body, one)]
    return next((one for one in found if one.received < one.expected), next(iter(found), None))
