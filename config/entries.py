"""Probe and reference entries: one key names the kind and holds the target, the others are its options."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Literal, cast

from config.errors import A_MAP, Problems, nearest
from config.fields import slug
from config.reader import Entry, Reader, leaves, may_hide, unknown_key
from config.settings import ProbeSettings, Reference
from config.tree import Map, Seq, place_of
from probes import PROBES
from probes import probe_kind as import_kind
from probes.model import ProbeOptions
from probes.snmp.credentials import Credentials
from probes.values import Duration, Secret

LATER_KINDS = frozenset({"stamp"})
"""Kinds of the design that this version doesn't measure."""
PROVES = "proves"
REFERENCE_KEYS = ("owner", "carrier", "covers")
REFERENCE_DEFAULTS = {"packets": 2, "timeout": "1s"}
"""Beside `every`, which is that of the most frequent probe of the site."""

LACKING = object()
"""Stands in place of a kit's probe that lacks a word, after that was reported."""
REFUSED = ProbeSettings(name="refused", kind="icmp", address="", options=ProbeOptions())
"""Stands for a probe that was refused, while what is around it is checked."""
_TARGETS = {"tcp": "192.0.2.1:443", "http": "https://example.net/"}
"""What a target looks like where it is no plain address."""
NOBODY = Credentials(version="2c", community=Secret(""))
"""Stands for credentials that were refused, likewise."""
_MINIMUM_EVERY_MS = 100
_MINIMUM_SPACING_MS = 10
_MAXIMUM_EVERY = Duration.parse("1d")
_MAXIMUM_TIMEOUT = Duration.parse("60s")


probe_kind = cache(import_kind)


@cache
def option_keys(kind: str) -> frozenset[str]:
    """The options that a kind takes beside its target."""
    return frozenset(field.alias or name for name, field in probe_kind(kind).options.model_fields.items())


@cache
def named_keys(kind: str) -> frozenset[str]:
    """The options that are keys of the section `credentials`."""
    fields = probe_kind(kind).options.model_fields.items()
    return frozenset(field.alias or name for name, field in fields if Credentials in leaves(field.annotation))


def is_task(kind: str) -> bool:
    """Whether a round is a task of its own, which must end before the next one begins."""
    return hasattr(probe_kind(kind), "run")


class ProbeReader:
    """Reads probe entries; options that many probes share are one frozen value."""

    def __init__(
        self,
        reader: Reader,
        defaults: Map | None,
        credentials: Mapping[str, Credentials | None],
        built_in: Mapping[str, object] | None = None,
    ) -> None:
        """`credentials` are those that were read, None for one that was refused."""
        self._reader = reader
        self._credentials = credentials
        self.problems = reader.problems
        self._defaults = {kind: _applicable(defaults, kind) for kind in PROBES}
        self._built_in = built_in or {}
        self._options: dict[object, ProbeOptions] = {}

    def read(self, name: str, entry: Entry, beside: Iterable[str] = ()) -> ProbeSettings | None:
        """The probe that an entry makes; `beside` are keys that belong to its holder. None: refused."""
        kind = self._kind(entry, beside)
        if kind is None:
            return None
        given = entry.without(kind, *beside).over(self._defaults[kind])
        known = option_keys(kind)
        for key in given.map.keys() - known - {PROVES}:
            text = unknown_key(key, [*known, PROVES, *beside])
            self.problems.error(given.map.key_place(key), (*entry.path, key), text)
        unused = [key for key, value in given.map.items() if key not in known or value is None]
        address, proves = self._address(kind, entry), self._proves(given)
        options = self._read_options(kind, given.without(*unused))
        if address is None or proves is None or options is None:
            return None
        return ProbeSettings(name=name, kind=kind, address=address, options=options, proves=proves)

    def _kind(self, entry: Entry, beside: Iterable[str]) -> str | None:
        kinds = [key for key in entry.map if key in PROBES]
        if len(kinds) == 1:
            return kinds[0]
        measured = ", ".join(PROBES)
        if kinds:
            text = f"{' and '.join(kinds)} are two probes: give each an entry of its own"
            self.problems.error(entry.map.key_place(kinds[1]), entry.path, text)
        elif later := [key for key in entry.map if key in LATER_KINDS]:
            text = f"this version measures {measured}, not {later[0]}"
            self.problems.error(*entry.at_key(later[0]), text)
        else:
            words = [key for key in entry.map if key not in ("every", "timeout", PROVES, *beside)]
            hint = nearest(words[0], PROBES) if words else f"such as {{icmp: 192.0.2.1}}; known: {measured}"
            text = f"no key names what to measure: {hint}"
            self.problems.error(*entry.here, text)
        return None

    def _address(self, kind: str, entry: Entry) -> str | None:
        value = entry.map[kind]
        if value is None or isinstance(value, Map | Seq | bool):
            text = f"must be the target, such as {_TARGETS.get(kind, '192.0.2.1')}"
        else:
            try:
                return probe_kind(kind).check_address(str(value))
            except ValueError as error:
                text = str(error)
        self.problems.error(*entry.at(kind), text)
        return None

    def _proves(self, entry: Entry) -> Literal["path", "service"] | None:
        value = entry.map.get(PROVES) or "path"
        if value in ("path", "service"):
            return cast("Literal['path', 'service']", value)
        text = f"{value!r} is not path or service"
        self.problems.error(*entry.at(PROVES), text)
        return None

    def _read_options(self, kind: str, entry: Entry) -> ProbeOptions | None:
        spots = entry.map.spots  # with each value's file: relative paths start there
        written = ((key, spots[key].value.name, type(value), str(value)) for key, value in entry.map.items())
        same = (kind, *written)
        if same in self._options:
            return self._options[same]
        options = self._validate(kind, entry)
        if options is not None and not may_hide(
            probe_kind(kind).options, entry.map.keys() - named_keys(kind)
        ):
            self._options[same] = options  # a secret is found, and hidden, at each place of its own
        return options

    def _validate(self, kind: str, entry: Entry) -> ProbeOptions | None:
        left_out = option_keys(kind) - entry.map.keys()
        ready: dict[str, object] = {key: one for key, one in self._built_in.items() if key in left_out}
        named = {key: self._named(entry, key) for key in named_keys(kind) & entry.map.keys()}
        ready |= {key: one or NOBODY for key, one in named.items()}
        options = self._reader.model(probe_kind(kind).options, entry.without(*named), ready)
        if options is None or None in named.values():
            return None
        if is_task(kind) and "timeout" in left_out and options.timeout > options.every:
            options = options.model_copy(update={"timeout": options.every})
        return options if self._timing_is_good(kind, entry, options) else None

    def _named(self, entry: Entry, key: str) -> Credentials | None:
        """The credentials that a probe names; None after a problem that was reported."""
        name, known = entry.map[key], self._credentials
        if isinstance(name, str | int) and str(name) in known:
            return known[str(name)]
        text = "must be a key of `credentials`"
        if isinstance(name, str | int):
            text = f"{str(name)!r} is not in `credentials`: {nearest(str(name), known)}"
        self.problems.error(*entry.at(key), text)
        return None

    def _timing_is_good(self, kind: str, entry: Entry, options: ProbeOptions) -> bool:
        wrong = timing_problem(options, is_task(kind))
        if wrong is None:
            return True
        key, text = wrong
        where = (*entry.path, key) if key in entry.map else entry.path
        place = entry.map.value_place(key) if key in entry.map else entry.place
        self.problems.error(place, where, text)
        return False


def timing_problem(options: ProbeOptions, is_task: bool) -> tuple[str, str] | None:
    """The key and the sentence of what is wrong with a probe's rhythm. Pure."""
    every, timeout, packets = options.every, options.timeout, options.packets_a_round
    if every.ms < _MINIMUM_EVERY_MS:
        return "every", f"{every} is too often: at least {_MINIMUM_EVERY_MS}ms"
    if every > _MAXIMUM_EVERY:
        return "every", f"{every} is too seldom: at most {_MAXIMUM_EVERY}"
    if timeout.ms < 1:
        return "timeout", f"{timeout} leaves no time for an answer: at least 1ms"
    if timeout > _MAXIMUM_TIMEOUT:
        return "timeout", f"{timeout} is too long: an answer after more than {_MAXIMUM_TIMEOUT} is a loss"
    if is_task and timeout > every:
        return "timeout", f"{timeout} is longer than every ({every}): one round would run into the next"
    if every.ms < packets * _MINIMUM_SPACING_MS:
        spacing = f"{every.ms / packets:.3g}ms"
        text = (
            f"{packets} packets every {every} are one each {spacing}: at least {_MINIMUM_SPACING_MS}ms apart"
        )
        return "packets", text
    return None


def _applicable(defaults: Map | None, kind: str) -> Map | None:
    if defaults is None:
        return None
    known = option_keys(kind) | {PROVES}
    return defaults.without(*(key for key in defaults if key not in known))


def read_probes(reader: ProbeReader, holder: Entry) -> dict[str, ProbeSettings]:
    """The probes of a circuit's `probes`; the ones that were refused are left out."""
    found = dict[str, ProbeSettings]()
    for name, value in holder.map.items():
        path = (*holder.path, name)
        try:
            slug(name)
        except ValueError as error:
            reader.problems.error(holder.map.key_place(name), path, str(error))
        if value is LACKING:
            continue
        if not isinstance(value, Map):
            text = f"{A_MAP}, such as {{icmp: 192.0.2.1}}"
            reader.problems.error(holder.map.value_place(name), path, text)
        elif probe := reader.read(name, Entry.under(holder.map, name, holder.path)):
            found[name] = probe
    return found


def reference_entries(site: Entry, defaults: Map | None, problems: Problems) -> list[Entry] | None:
    """The entries of a site's `reference`, none where it is left out; None where it says `none`.

    Of `defaults` they take what every kind has; options are the ProbeReader's business.
    """
    value = site.map.get("reference")
    path = (*site.path, "reference")
    if value is None or value == "none":
        return None if value else []
    if not isinstance(value, Seq):
        text = "must be a list, such as [{icmp: gateway, owner: ours}], or none"
        problems.error(site.map.value_place("reference"), path, text)
        return []
    common = defaults.without(*(key for key in defaults if key not in REFERENCE_KEYS)) if defaults else None
    found = []
    for number, (one, spot) in enumerate(zip(value, value.spots, strict=True)):
        if isinstance(one, Map):
            found.append(Entry(one, (*path, number), place_of(spot.value)).over(common))
        else:
            text = f"{A_MAP}, such as {{icmp: gateway, owner: ours}}"
            problems.error(place_of(spot.value), (*path, number), text)
    return found


def read_reference(probes: ProbeReader, reader: Reader, entry: Entry) -> Reference | None:
    """One reference; its series is named after its kind and target. None: refused."""
    probe = probes.read("reference", entry, REFERENCE_KEYS)
    said = entry.without(*(key for key in entry.map if key not in REFERENCE_KEYS))
    reference = reader.model(Reference, said, {"probe": probe or REFUSED})
    if probe is None or reference is None:
        return None
    named = probe.model_copy(update={"name": f"{probe.kind}-{probe.address}"})
    return reference.model_copy(update={"probe": named})
