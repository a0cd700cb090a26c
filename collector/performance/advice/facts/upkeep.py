"""What is left lying: certificates, drafts of revisions, actions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from collector.analysis.recommend.upkeep import Certificate, Draft, Late
from collector.ledger.model import Series
from collector.performance.advice.facts.look import Look, place
from probes.model import Sample

DAYS_LEFT = "tls_days_left"


def certificates(look: Look, samples: Mapping[str, list[Sample]]) -> Iterator[Certificate]:
    """The newest that each probe was shown; now alone."""
    if look.past:
        return
    known = {one.id: one for one in look.desk.reader.series()}
    for circuit, found in samples.items():
        newest = {one.series: one for one in found if one.name == DAYS_LEFT}
        for number, sample in newest.items():
            yield Certificate(
                *(circuit, known[number].key.probe, _target(look, known[number])),
                *(float(sample.value), place("circuits", circuit)),
            )


def _target(look: Look, series: Series) -> str:
    probe = look.circuits[series.key.circuit].probes.get(series.key.probe)
    return probe.address if probe else series.key.probe


def drafts(look: Look) -> Iterator[Draft]:
    """Revisions that wait for a person; now alone."""
    for one in look.desk.reader.drafts() if not look.past else ():
        told = one.statement
        circuit = (told.get("circuits") or [one.key.scope])[0]
        yield Draft(
            *(one.key.scope, str(told.get("carrier") or ""), one.key.contract, one.label, one.number),
            *(one.because, f"{place('circuits', circuit, 'statement')}?period={one.label}"),
        )


def late(look: Look) -> Iterator[Late]:
    """Actions that were not done at the end of the time."""
    for known in look.notebook.actions.values():
        one = known.as_of(look.to_ms) if look.past else known
        if one is not None and one.state in {"open", "doing"} and one.said.by is not None:
            yield Late(
                *(one.number, one.said.what or "", one.said.owner or "", one.said.by),
                *(one.said.carrier or "", one.said.circuits, f"/performance/goals#action-{one.number}"),
            )
