"""From maps of the file to checked models: every refusal gets its place and a sentence of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Annotated, NamedTuple, TypeGuard, TypeVar, Union, cast, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from config.dated import Dated, step_of
from config.errors import A_MAP, SENTENCES, Place, Problems, nearest
from config.errors import Path as KeyPath
from config.secret import SOURCES, Secrets
from config.tree import Map, Seq, place_of
from probes.values import Secret

M = TypeVar("M", bound=BaseModel)
Resolve = Callable[[Map, str, KeyPath], Secret | None]
"""The secret under a key of a map, whose own path is given."""

_TEXT_TYPES = {"string_type": "must be text", "string_sub_type": "must be text"}
_BOUNDS = {
    "greater_than_equal": ("ge", "must be at least {}"),
    "greater_than": ("gt", "must be more than {}"),
    "less_than_equal": ("le", "must be at most {}"),
    "less_than": ("lt", "must be less than {}"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A map of the file that is one thing: its keys, where it stands, and the place of its own key."""

    map: Map
    path: KeyPath
    place: Place

    @classmethod
    def under(cls, holder: Map, key: str, path: KeyPath) -> Entry:
        """The map under `key` of `holder`, whose own path is `path`."""
        return cls(holder[key], (*path, key), holder.key_place(key))

    @property
    def here(self) -> tuple[Place, KeyPath]:
        """Place and path of the entry itself."""
        return self.place, self.path

    def at(self, key: str) -> tuple[Place, KeyPath]:
        """Place and path of a key's value; the entry's own place when the key isn't there."""
        return self.map.value_place(key) if key in self.map else self.place, (*self.path, key)

    def at_key(self, key: str) -> tuple[Place, KeyPath]:
        """Place and path of a key; the entry's own place when it isn't there."""
        return self.map.key_place(key) if key in self.map else self.place, (*self.path, key)

    def over(self, defaults: Map | None) -> Entry:
        """The same with the keys of `defaults` that it leaves out."""
        return Entry(self.map.over(defaults), self.path, self.place) if defaults else self

    def without(self, *keys: str) -> Entry:
        """The same without some keys."""
        return Entry(self.map.without(*keys), self.path, self.place)


class Reader:
    """Validates maps of one configuration; problems go to `problems`."""

    def __init__(self, problems: Problems, secrets: Secrets) -> None:
        self.problems = problems
        self.secrets = secrets

    def model(self, model: type[M], entry: Entry, ready: Mapping[str, object] | None = None) -> M | None:
        """The model that `entry` makes together with the values of `ready`; None if it is refused."""
        prepared = self._prepared(model, entry.map, entry.path, self.secrets.resolve)
        values = {**prepared, **(ready or {})}
        try:
            return model.model_validate(values, by_alias=True, by_name=False)
        except ValidationError as error:
            for one in error.errors(include_url=False):
                self._report(one, model, entry)
            return None

    def partial(self, model: type[BaseModel], entry: Entry) -> None:
        """Check the keys that are there; that others are missing is no problem (`defaults`)."""
        try:
            prepared = self._prepared(model, entry.map, entry.path, lambda *_: Secret(""))
            model.model_validate(prepared, by_alias=True, by_name=False)
        except ValidationError as error:
            for one in error.errors(include_url=False):
                if one["type"] != "missing" and one["loc"]:
                    self._report(one, model, entry)

    def map_at(self, holder: Entry, key: str) -> Entry | None:
        """The map under `key`; None when there is none, which is a problem unless it was left out."""
        value = holder.map.get(key)
        if isinstance(value, Map):
            return Entry.under(holder.map, key, holder.path)
        if value is not None:
            self.problems.error(*holder.at(key), A_MAP)
        return None

    def warn_at(self, entry: Entry, loc: KeyPath, text: str) -> None:
        """Warn about the key that `loc` leads to below `entry`."""
        self.problems.warn(locate(entry, loc).key, (*entry.path, *loc), text)

    def _prepared(
        self, model: type[BaseModel], holder: Map, path: KeyPath, resolve: Resolve
    ) -> dict[str, object]:
        """The values of `holder`: secrets resolved, relative paths taken from the file that holds them."""
        values = dict[str, object](holder)
        for key, kind in _special_keys(model).items():
            value, here = holder.get(key), (*path, key)
            if kind is Path and isinstance(value, str):
                values[key] = Path(holder.spots[key].value.name).parent / value
            elif kind is Secret and value is not None:
                values[key] = resolve(holder, key, here)
            elif kind is dict and isinstance(value, Map):
                given = [name for name in value if isinstance(value[name], Map)]
                values[key] = {**value, **{name: resolve(value, name, (*here, name)) for name in given}}
            elif _is_model(kind) and isinstance(value, Map):
                values[key] = self._prepared(kind, value, here, resolve)
        return values

    def _report(self, error: ErrorDetails, model: type[BaseModel], entry: Entry) -> None:
        kind, loc = error["type"], error["loc"]
        found = locate(entry, loc)
        if kind == "missing" and isinstance(found.value, Map) and loc[-1] in found.value.spots:
            return  # it was taken out, and why was told then
        absent = found.path != loc and kind in ("missing", "contract")
        path = loc if absent else found.path
        place = found.key if absent or kind == "extra_forbidden" else found.value_place
        self.problems.error(place, (*entry.path, *path), _sentence(error, model, found.value))


class Located(NamedTuple):
    """What of a path is in the file: the places of the last key and its value, and the value."""

    key: Place
    value_place: Place
    path: KeyPath
    value: object


def locate(entry: Entry, loc: KeyPath) -> Located:
    """Follow `loc` down from `entry`; what isn't in the file (a missing key, a union's tag) is left out."""
    key = value_place = entry.place
    path, value = list[str | int](), cast("object", entry.map)
    for part in loc:
        if isinstance(value, Map) and part in value and part in value.spots:
            spot, value = value.spots[str(part)], value[str(part)]
        elif isinstance(value, Seq) and isinstance(part, int) and part < len(value):
            spot, value = value.spots[part], value[part]
        else:
            continue
        key, value_place = place_of(spot.key), place_of(spot.value)
        path.append(part)
    return Located(key, value_place, tuple(path), value)


def _sentence(error: ErrorDetails, model: type[BaseModel], value: object) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "missing":
        return f"{error['loc'][-1]!r} is required{_meaning(model, error['loc'])}"
    if kind == "extra_forbidden":
        return unknown_key(str(error["loc"][-1]), known_keys(model, error["loc"][:-1]))
    if isinstance(value, Map) and len(value) == 1 and set(value) & set(SOURCES) and kind != "value_error":
        return f"{{{next(iter(value))}: ...}} may stand only where a secret does"
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        return f"{_quoted(value)} is not {context['expected']}"
    if kind in _TEXT_TYPES:
        quoted = f": {str(value).lower()!r}" if isinstance(value, bool) else ""  # a number may be a secret
        return _TEXT_TYPES[kind] + (f"; write it in quotes{quoted}" if isinstance(value, int | float) else "")
    if kind in _BOUNDS:
        name, sentence = _BOUNDS[kind]
        return sentence.format(context[name])
    sentence = SENTENCES.get(kind, error["msg"])
    known = known_keys(model, error["loc"]) if sentence == A_MAP else []
    return f"{sentence}; known here: {', '.join(known)}" if known else sentence


def unknown_key(key: str, known: Iterable[str]) -> str:
    """The sentence about a key that has no meaning where it stands."""
    return f"unknown key {key!r}: {nearest(key, known)}"


def _quoted(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return "this" if isinstance(value, Map | Seq) else repr(text[:40])


def _meaning(model: type[BaseModel], loc: tuple[str | int, ...]) -> str:
    for holder in _models_at(model, loc[:-1]):
        for name, field in holder.model_fields.items():
            if loc[-1] in (name, field.alias) and field.description:
                return f": {field.description}"
    return ""


def known_keys(model: type[BaseModel], loc: tuple[str | int, ...] = ()) -> list[str]:
    """The keys that the model at `loc` below `model` takes, as a file spells them."""
    models = _models_at(model, loc)
    return [field.alias or name for one in models for name, field in one.model_fields.items()]


def _models_at(model: type[BaseModel], loc: tuple[str | int, ...]) -> list[type[BaseModel]]:
    here: list[object] = [model]
    for part in loc:
        here = [below for one in here for below in _below(one, part)]
    return [one for kind in here for one in leaves(kind) if _is_model(one)]


def _below(kind: object, part: str | int) -> Iterator[object]:
    """The types of the value under `part` of a value of type `kind`."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) is Dated and isinstance(part, int):
        yield step_of(get_args(kind)[0])
        return
    for one in leaves(kind):
        if _is_model(one):
            for name, field in one.model_fields.items():
                if part in (name, field.alias):
                    yield field.annotation
        elif (arguments := get_args(one)) and get_origin(one) is not None:
            yield arguments[-1] if arguments[-1] is not Ellipsis else arguments[0]


def _is_model(kind: object) -> TypeGuard[type[BaseModel]]:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def leaves(kind: object) -> Iterator[object]:
    """A type without Annotated and Optional: each member of a union."""
    origin = get_origin(kind)
    if origin in (Annotated, Dated):
        yield from leaves(get_args(kind)[0])
    elif origin in (Union, UnionType):
        for one in get_args(kind):
            yield from leaves(one)
    else:
        yield kind


@cache
def _special_keys(model: type[BaseModel]) -> dict[str, type]:
    """Keys whose values are secrets or paths, or hold some: a model, or a map of texts and secrets (dict)."""
    found = dict[str, type]()
    for name, field in model.model_fields.items():
        for leaf in leaves(field.annotation):
            if _is_special(leaf):
                found[field.alias or name] = leaf
            elif get_origin(leaf) is dict and Secret in leaves(get_args(leaf)[1]):
                found[field.alias or name] = dict
    return found


def _is_special(kind: object) -> TypeGuard[type]:
    return kind in (Secret, Path) or (_is_model(kind) and bool(_special_keys(kind)))


def may_hide(model: type[BaseModel], keys: Iterable[str]) -> bool:
    """Whether a value under one of `keys` may be a secret, or hold one."""
    special = _special_keys(model)
    return any(special.get(key, Path) is not Path for key in keys)
