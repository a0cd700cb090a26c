"""Which series a curve is made of: those of one probe of a circuit, however often its options changed."""

from __future__ import annotations

from datetime import date

from collector.ledger.model import LedgerReader, Series
from collector.sla.calendar import local_day
from config.settings import Circuit, Settings


class NotMeasuredError(LookupError):
    """There is no such circuit, or no such probe of it; the text says which and what there is."""


def rtt_probes(settings: Settings, circuit: str, day: date) -> tuple[str, ...]:
    """The probes that measure RTT: the one that judges it on a day first; raises NotMeasuredError."""
    standing = _circuit(settings, circuit).on(day)
    return tuple(dict.fromkeys([*(standing.judges().rtt or ()), *standing.able]))


def judging_series(
    reader: LedgerReader, settings: Settings, circuit: str, at_ms: int, probe: str | None = None
) -> tuple[str, list[Series]]:
    """The probe that judges RTT on the day of `at_ms`, or the one named, and its series, oldest first.

    Raises NotMeasuredError for a circuit or a probe of it that neither configuration nor ledger know.
    """
    zone = settings.sites[_circuit(settings, circuit).site].timezone
    able = rtt_probes(settings, circuit, local_day(at_ms, zone))
    measured = [one for one in reader.series(circuit=circuit) if one.key.kind != "snmp"]
    wanted = probe or next(iter(able), None)
    found = [one for one in measured if one.key.probe == wanted]
    if wanted is None or (not found and wanted not in able):
        known = ", ".join(dict.fromkeys([*able, *(one.key.probe for one in measured)]))
        raise NotMeasuredError(
            f"no probe {probe!r} of {circuit} measures round-trip times; these do: {known or 'none'}"
        )
    return wanted, found


def polled_series(
    reader: LedgerReader, settings: Settings, circuit: str, probe: str | None = None
) -> list[Series]:
    """The series of the circuit's SNMP polls, of one probe or of the first there is, oldest first."""
    _circuit(settings, circuit)
    polled = [one for one in reader.series(circuit=circuit) if one.key.kind == "snmp"]
    configured = [name for name, one in settings.circuits[circuit].probes.items() if one.kind == "snmp"]
    wanted = probe or next(iter([*configured, *(one.key.probe for one in polled)]), None)
    return [one for one in polled if one.key.probe == wanted]


def _circuit(settings: Settings, circuit: str) -> Circuit:
    if circuit not in settings.circuits:
        raise NotMeasuredError(f"there is no circuit {circuit!r}")
    return settings.circuits[circuit]
