"""Made series, plans and rounds, for tests of what is derived from them."""

from __future__ import annotations

from dataclasses import replace

from collector.ledger.model import OURS, REFERENCE, SeriesKey
from collector.targets import Judging, Planned
from config.settings import ProbeSettings
from probes.model import NO_VIA, Outcome, ProbeOptions, Reason, Round
from probes.values import Duration

SITE = "lon"
BEGIN_MS = 1_767_225_600_000
"""2026-01-01T00:00:00Z, as the fake clock begins."""


def plan(
    circuit: str,
    probe: str = "far",
    every_ms: int = 1_000,
    owner: str = "",
    proves: str = "path",
    carrier: str = "acme",
    covers: tuple[str, ...] = (),
) -> Planned:
    """A plan for one probe of a circuit, or (with an owner) for a reference target."""
    carrier = OURS if owner == "ours" else carrier
    key = SeriesKey("edge", SITE, carrier, circuit, probe, "icmp", every_ms, "", owner, covers, proves)
    options = ProbeOptions(every=Duration(every_ms), timeout=Duration(1_000))
    return Planned(key, ProbeSettings(name=probe, kind="icmp", address="192.0.2.1", options=options), NO_VIA)


def reference(every_ms: int = 1_000) -> Planned:
    """A reference target of ours."""
    return plan(REFERENCE, "gateway", every_ms, owner="ours")


def judging(circuit: str, **probes: int) -> Judging:
    """A circuit judged by any of `probes` (name -> every, in ms; left out: far each second)."""
    return Judging(circuit, "acme", probes or {"far": 1_000}, "any")


def outcome(series: int, slot: int, said: str, every_ms: int = 1_000) -> Outcome:
    """The round of the `slot`-th slot since BEGIN_MS: `u` answered, `d` timed out, `?` not sent."""
    sent, received = {"u": (1, 1), "d": (1, 0), "?": (0, 0)}[said]
    reason = {"u": Reason.NONE, "d": Reason.TIMEOUT, "?": Reason.LOCAL}[said]
    rtts = {"u": (200_000,), "d": (None,), "?": ()}[said]
    at_ms = BEGIN_MS + slot * every_ms
    return Outcome(Round(series, at_ms, every_ms, 1, sent, received, rtts, reason, "made up"))


def of_epoch(epoch: int, one: Outcome) -> Outcome:
    """The same, measured after the clock had stepped."""
    assert one.round is not None
    return Outcome(replace(one.round, epoch=epoch))
