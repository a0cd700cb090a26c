"""From settings to what is measured and judged at this site. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b

from collector.blame import phase
from collector.circuits import UpRule
from collector.ledger.model import OURS, REFERENCE, SeriesKey
from collector.schedule import Entry
from config.settings import AtLeast, Circuit, ProbeSettings, Reference, Settings, Standing
from probes.model import NO_VIA, Target, Via


@dataclass(frozen=True, slots=True)
class Planned:
    """One series that this host measures."""

    key: SeriesKey
    probe: ProbeSettings
    via: Via

    def entry(self, series: int) -> Entry:
        """Its place on the schedule, once the ledger has numbered it."""
        options = self.probe.options
        target = Target(series, self.probe.address, options, self.via)
        place = phase(self.key.site, self.key.circuit, self.key.probe)
        return Entry(target, place, options.every.ms, options.packets_a_round)

    @property
    def timeout_ms(self) -> int:
        """How long an answer may take."""
        return self.probe.options.timeout.ms


@dataclass(frozen=True, slots=True)
class Judging:
    """How a circuit's probes make its status; `probes` is name -> every, in ms."""

    circuit: str
    carrier: str
    probes: Mapping[str, int]
    up_when: UpRule


def planned(settings: Settings, day: date) -> list[Planned]:
    """Every series of this host's site on a day: the references first, then circuit by circuit."""
    return [*_references(settings), *_circuits(settings, day)]


def judging(settings: Settings, day: date) -> list[Judging]:
    """Every circuit of this host's site, and who judges it on a day."""
    return [_judged(name, circuit, circuit.on(day)) for name, circuit in settings.here().items()]


def _judged(name: str, circuit: Circuit, standing: Standing) -> Judging:
    judges = standing.judges().availability or ()
    every = {probe: circuit.probes[probe].options.every.ms for probe in judges}
    return Judging(name, standing.carrier, every, up_rule(standing))


def up_rule(standing: Standing) -> UpRule:
    """`up_when` as the status rule takes it."""
    return standing.up_when.at_least if isinstance(standing.up_when, AtLeast) else standing.up_when


def _circuits(settings: Settings, day: date) -> Iterator[Planned]:
    for name, circuit in settings.here().items():
        carrier = circuit.on(day).carrier
        for probe in circuit.probes.values():
            yield Planned(_key(settings, carrier, name, probe, circuit.via), probe, circuit.via)


def _references(settings: Settings) -> Iterator[Planned]:
    for reference in settings.sites[settings.site].reference or ():
        yield Planned(_reference_key(settings, reference), reference.probe, NO_VIA)


def _reference_key(settings: Settings, reference: Reference) -> SeriesKey:
    carrier = OURS if reference.owner == "ours" else reference.carrier or REFERENCE
    return _key(
        settings, carrier, REFERENCE, reference.probe, NO_VIA, reference.owner, reference.covers or ()
    )


def _key(
    settings: Settings,
    carrier: str,
    circuit: str,
    probe: ProbeSettings,
    via: Via,
    owner: str = "",
    covers: tuple[str, ...] = (),
) -> SeriesKey:
    return SeriesKey(
        host=settings.host,
        site=settings.site,
        carrier=carrier,
        circuit=circuit,
        probe=probe.name,
        kind=probe.kind,
        every_ms=probe.options.every.ms,
        options=_digest(probe, via),
        owner=owner,
        covers=covers,
        proves=probe.proves,
    )


def _digest(probe: ProbeSettings, via: Via) -> str:
    """What else changes the meaning of a measurement, as a short digest."""
    text = "\n".join((probe.address, probe.options.model_dump_json(), via.model_dump_json()))
    return blake2b(text.encode(), digest_size=8).hexdigest()
