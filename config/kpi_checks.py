"""What must hold of key figures beside their own keys: names, and that somebody answers for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from config.benchmarks import beside
from config.benchmarks import known as known_benchmarks
from config.draft import CircuitPart, Draft, Part
from config.errors import Problems, nearest
from config.kpis import Definition, Kpi, measures
from config.tree import Seq, place_of

_REMEDIES: Mapping[str, str] = {
    "owner": "has no owner: say who answers for it (`owner`)",
    "target": "has no target: say what it should be (`target`), or nobody knows whether it is good",
    "period": "has no period: say of how long a time it is (`over`); it is taken as that of a month",
    "approval": "was approved by nobody: say who did, and when (`approved: {by: NAME, on: DAY}`)",
}
_TOLD_BY: Mapping[str, str] = {
    "utilisation": "an snmp probe",
    "throughput": "an snmp probe",
    "tls_days": "an http probe, or a tcp probe with `tls: true`",
}


def check_kpis(draft: Draft, problems: Problems) -> None:
    """Report names that stand for nothing, and warn of what nobody owns, wants, approved or measures."""
    for part in draft.kpis.values():
        _check_names(part, draft, problems)
        if part.model is not None:
            _check_benchmark(part, part.model, problems)
            _warn_of_gaps(part, part.model, problems)
            _warn_of_unmeasured(part, part.model, draft, problems)


def _check_names(part: Part[Kpi], draft: Draft, problems: Problems) -> None:
    services = {word for one in draft.circuits.values() if (word := one.word("service"))}
    known: Mapping[str, Iterable[str]] = {
        "circuits": draft.circuits,
        "carriers": draft.carriers,
        "sites": draft.sites,
        "services": services,
    }
    for key, there in known.items():
        names = part.entry.map.get(key)
        if not isinstance(names, Seq):
            continue
        what = "the `service` of no circuit" if key == "services" else f"not in `{key}`"
        for number, (name, spot) in enumerate(zip(names, names.spots, strict=True)):
            if str(name) not in there:
                text = f"{str(name)!r} is {what}: {nearest(str(name), there)}"
                problems.error(place_of(spot.value), (*part.entry.path, key, number), text)


def _check_benchmark(part: Part[Kpi], kpi: Kpi, problems: Problems) -> None:
    named, last = kpi.benchmark, kpi.definitions()[-1]
    if named is None:
        return
    if named not in known_benchmarks():
        text = f"{named!r} is no benchmark that ships: {nearest(named, known_benchmarks())}"
        problems.error(*part.entry.at("benchmark"), text)
    elif beside(last.measure, named=named) is None:
        problems.error(*part.entry.at("benchmark"), f"{named!r} says nothing of {last.measure}")


def _warn_of_gaps(part: Part[Kpi], kpi: Kpi, problems: Problems) -> None:
    if kpi.owner is None:
        problems.warn(*part.entry.here, _REMEDIES["owner"])
    told: dict[str, Definition] = {}
    for one in kpi.definitions():
        for key, value in (("target", one.target), ("period", one.over), ("approval", one.approved)):
            if value is None and key not in told:
                told[key] = one
                since = f"the definition from {one.start} on " if one.start and kpi.versions else ""
                problems.warn(*part.entry.here, since + _REMEDIES[key])


def _warn_of_unmeasured(part: Part[Kpi], kpi: Kpi, draft: Draft, problems: Problems) -> None:
    measure = kpi.definitions()[-1].measure
    circuits = [name for name, one in draft.circuits.items() if _is_about(kpi, name, one)]
    if not circuits:
        if draft.circuits and not problems.has_errors:
            problems.warn(*part.entry.here, "is about no circuit: none fits all that it names")
        return
    probes = [probe for name in circuits for probe in draft.circuits[name].probes.items()]
    names = {name for name, _ in probes}
    if kpi.probe is not None and kpi.probe not in names:
        text = f"none of its circuits has a probe {kpi.probe!r}: {nearest(kpi.probe, names)}"
        problems.warn(*part.entry.at("probe"), text)
    elif not any(measures(one.kind, one.options, measure) for _, one in probes):
        problems.warn(*part.entry.here, f"nothing measures {measure} here: it takes {_TOLD_BY[measure]}")


def _is_about(kpi: Kpi, name: str, circuit: CircuitPart) -> bool:
    carriers = {word for word, _, _ in circuit.words("carrier")}
    site, service = circuit.word("site") or "", circuit.word("service")
    return any(kpi.is_about(name, carrier, site, service) for carrier in carriers)
