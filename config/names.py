"""Names that must exist: a circuit's carrier, site and contract, what a reference covers, who judges."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from config.contract import Contract
from config.draft import CircuitPart, Draft, Part, SitePart, by_site
from config.entries import LACKING
from config.errors import Problems, nearest
from config.maintenance import MaintenanceWindow
from config.reader import Entry
from config.settings import AtLeast, Reference
from config.tree import Map, Seq, place_of
from probes import PROBES, judging

METRICS = ("availability", "rtt", "loss", "jitter")
"""The questions that `judged_by` answers."""


def check_names(draft: Draft, problems: Problems) -> None:
    """Report every name that stands for nothing, and every question that nobody was chosen to answer."""
    for contract in draft.contracts.values():
        _known(contract, "carrier", draft, problems)
    for name, contract in draft.contracts.items():
        _check_pairs(name, contract, draft, problems)
    kinds = _excluded(draft) if draft.maintenance else frozenset[str]()
    for window in draft.maintenance:
        _check_window(window, draft, kinds, problems)
    for circuit in draft.circuits.values():
        for key in ("carrier", "site", "contract"):
            _known(circuit, key, draft, problems)
        _check_paper(circuit, draft, problems)
        _check_judges(circuit, draft, problems)
    _check_traps(draft, problems)
    circuits = by_site(draft.circuits)
    for name, site in draft.sites.items():
        for reference in site.references or ():
            _check_reference(reference, draft, list(circuits.get(name, {})), problems)
        _check_doubles(site, problems)


def _known(part: Part[Any], key: str, draft: Draft, problems: Problems) -> None:
    """What stands under `key` is an entry of the section; one that was refused will do."""
    section = draft.root.map.get(f"{key}s")
    if section is not None and not isinstance(section, Map):
        return
    for word, place, path in part.words(key):
        if not section and key != "contract":
            problems.error(draft.root.place, (f"{key}s",), f"'{key}s' is required: the circuits name some")
        elif word not in (section or ()):
            text = f"{word!r} is not in `{key}s`: {nearest(word, section or ())}"
            problems.error(place, path, text)


def _check_pairs(name: str, part: Part[Contract], draft: Draft, problems: Problems) -> None:
    """The circuits of a redundant pair exist, and one of them at least is under the contract."""
    holders = [part.entry, *_maps_in(part.entry, "versions")]
    for scope in [one for holder in holders for one in _maps_under(holder, "scope")]:
        pair = scope.map.get("pair")
        _check_listed(scope, "pair", list(draft.circuits), "is not in `circuits`", problems)
        if not isinstance(pair, Seq) or not all(str(one) in draft.circuits for one in pair):
            continue
        papers = {word for one in pair for word, _, _ in draft.circuits[str(one)].words("contract")}
        if name not in papers:
            problems.warn(*scope.at("pair"), f"none of them has contract {name!r}: nothing is judged by it")


def _maps_in(entry: Entry, key: str) -> list[Entry]:
    """The maps of the list under `key`."""
    value = entry.map.get(key)
    if not isinstance(value, Seq):
        return []
    return [
        Entry(one, (*entry.path, key, number), place_of(spot.value))
        for number, (one, spot) in enumerate(zip(value, value.spots, strict=True))
        if isinstance(one, Map)
    ]


def _maps_under(entry: Entry, key: str) -> list[Entry]:
    return [Entry.under(entry.map, key, entry.path)] if isinstance(entry.map.get(key), Map) else []


def _check_window(
    window: Part[MaintenanceWindow], draft: Draft, kinds: frozenset[str], problems: Problems
) -> None:
    for key in ("circuits", "sites", "carriers"):
        known = list(getattr(draft, key))
        _check_listed(window.entry, key, known, f"is not in `{key}`", problems)
    model = window.model
    if model is not None and model.exclude_key not in kinds and model.kind not in {"scheduled", "emergency"}:
        text = f"no contract has exclude.{model.exclude_key}, so this counts as downtime"
        problems.warn(*window.entry.at("kind"), f"{text}: {nearest(model.kind, ['scheduled', *kinds])}")


def _excluded(draft: Draft) -> frozenset[str]:
    """The kinds of time that any contract says something of."""
    contracts = [part.model for part in draft.contracts.values() if part.model]
    given = [terms.exclude for one in contracts for terms in one.each_version() if terms.exclude]
    return frozenset(key for exclude in given for key in exclude.model_extra or ())


def _check_traps(draft: Draft, problems: Problems) -> None:
    if draft.traps.model:
        known = list(draft.credentials)
        _check_listed(draft.traps.entry, "credentials", known, "is not in `credentials`", problems)


def _check_paper(circuit: CircuitPart, draft: Draft, problems: Problems) -> None:
    carriers = [word for word, _, _ in circuit.words("carrier")]
    for word, place, path in circuit.words("contract"):
        contract = draft.contracts.get(word)
        theirs = contract.word("carrier") if contract else None
        if theirs is not None and carriers and theirs not in carriers:
            ours = " and ".join(map(repr, carriers))
            text = f"the contract is with {theirs!r}, but the circuit comes from {ours}"
            problems.warn(place, path, text)


def _check_reference(reference: Part[Reference], draft: Draft, here: list[str], problems: Problems) -> None:
    entry = reference.entry
    _known(reference, "carrier", draft, problems)
    _check_listed(entry, "covers", here, "is not a circuit of this site", problems)
    if reference.word("owner") == "ours" and reference.word("carrier") is not None:
        text = "one of ours belongs to no carrier: say `owner: carrier`, or leave this out"
        problems.error(*entry.at_key("carrier"), text)


def _check_doubles(site: SitePart, problems: Problems) -> None:
    seen = dict[str, Entry]()
    for part in site.references or ():
        if part.model is None:
            continue
        name = part.model.probe.name
        if name in seen:
            text = f"the same target as at {seen[name].place}: one is enough"
            problems.error(*part.entry.here, text)
        seen.setdefault(name, part.entry)


def _check_judges(circuit: CircuitPart, draft: Draft, problems: Problems) -> None:
    probes = circuit.entry.map.get("probes")
    if not isinstance(probes, Map):
        return
    able = list(judging({name: kind for name, kind in _kinds(probes).items() if probes[name] is not LACKING}))
    asked = _asked(circuit, draft) if len(able) > 1 else []
    for judged_by, place, path in circuit.values("judged_by"):
        judges: Mapping[str, Any] = judged_by if isinstance(judged_by, Map) else {}
        if isinstance(judged_by, Map):
            entry = Entry(judged_by, path, place)
            for metric in METRICS:
                _check_listed(entry, metric, list(probes), "is not a probe of this circuit", problems)
        for metric in asked:
            if not judges.get(metric) and not (metric == "jitter" and judges.get("rtt")):
                _ask(circuit, metric, able, problems)
    _check_up_when(circuit, problems)


def _kinds(probes: Map) -> dict[str, str]:
    """Name -> kind, as far as the entries say."""
    return {
        name: next((key for key in entry if key in PROBES), "") if isinstance(entry, Map) else ""
        for name, entry in probes.items()
    }


def _asked(circuit: CircuitPart, draft: Draft) -> list[str]:
    """The questions that someone must answer: availability always, the others where a contract asks."""
    asked = {"availability"}
    contracts = [draft.contracts.get(word) for word, _, _ in circuit.words("contract")]
    for contract in [one.model for one in contracts if one and one.model]:
        for terms in (contract, *contract.versions):
            objectives = terms.objectives.by_name() if terms.objectives else {}
            asked |= {one.metric or name for name, one in objectives.items()}
    if "mos" in asked:
        asked |= {"rtt", "loss"}  # it is made of both
    return [metric for metric in METRICS if metric in asked]


def _ask(circuit: CircuitPart, metric: str, probes: list[str], problems: Problems) -> None:
    entry = circuit.entry
    shown = ", ".join(probes[:6]) + (" ..." if len(probes) > 6 else "")
    example = f"{metric}: [{probes[0]}]" if metric != "loss" else f"loss: [{probes[0]}], or loss: least"
    text = f"{len(probes)} probes could judge {metric} ({shown}): say which, such as {example}"
    place = entry.map.key_place("judged_by") if "judged_by" in entry.map else entry.place
    problems.error(place, (*entry.path, "judged_by"), text)


def _check_up_when(circuit: CircuitPart, problems: Problems) -> None:
    if circuit.model is None or not any(isinstance(one, AtLeast) for one in circuit.model.up_when.values):
        return
    for day in sorted({date.min, *circuit.model.days()}):
        standing = circuit.model.on(day)
        rule, count = standing.up_when, len(standing.judges().availability or ())
        if isinstance(rule, AtLeast) and rule.at_least > count:
            text = f"{rule.at_least} can never be up, as {count} of the probes judge availability"
            problems.error(*circuit.entry.at("up_when"), text)


def _check_listed(entry: Entry, key: str, known: list[str], what: str, problems: Problems) -> None:
    """Each name of the list under `key` is known, stands there once, and there is one at least."""
    names = entry.map.get(key)
    if not isinstance(names, Seq):
        return
    if not names:
        problems.error(*entry.at(key), "is empty: name one, or leave it out")
    for number, (name, spot) in enumerate(zip(names, names.spots, strict=True)):
        path = (*entry.path, key, number)
        if str(name) not in known:
            problems.error(place_of(spot.value), path, f"{str(name)!r} {what}: {nearest(str(name), known)}")
        elif name in names[:number]:
            problems.error(place_of(spot.value), path, f"{name!r} stands here twice")
