"""The files of a configuration: reading them, and merging what `include` names into one map."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from config.errors import Path as KeyPath
from config.errors import Place, Problems
from config.tree import Map, Seq, parse, place_of

MAX_BYTES = 64_000_000


class Unreadable(Exception):  # noqa: N818 - a fact about a file, in one sentence
    """Why a file's text can't be had."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file of the configuration: the name that problems give it, where it lies, its text."""

    name: str
    path: Path
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """All files together. `whole` is False where one couldn't be read, so that much may be missing."""

    root: Map
    sources: tuple[Source, ...]
    whole: bool


def read_text(path: Path, limit: int = MAX_BYTES, errors: str = "strict") -> str:
    """The UTF-8 text of a file without its byte order mark; raises Unreadable.

    `errors` is what becomes of a byte that is none (codecs' error handlers).
    """
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except FileNotFoundError:
        raise Unreadable("there is no such file") from None
    except IsADirectoryError:
        raise Unreadable("is a directory, not a file") from None
    except PermissionError:
        raise Unreadable("this user may not read it") from None
    except (OSError, ValueError) as error:
        raise Unreadable(f"can't be read: {getattr(error, 'strerror', None) or error}") from None
    if len(data) > limit:
        raise Unreadable(f"is larger than {limit:,} bytes")
    try:
        return data.decode("utf-8-sig", errors)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        what = f"is not UTF-8 text: byte 0x{data[error.start]:02x} in line {line}"
        raise Unreadable(f"{what}; save the file as UTF-8") from None


def read(path: Path, problems: Problems) -> Document:
    """A configuration file with all that it includes; what can't be read is a problem."""
    try:
        source = Source(str(path), path, read_text(path))
    except Unreadable as error:
        problems.error(Place(str(path)), (), str(error))
        return Document(parse("", str(path), problems) or _nothing(), (), whole=False)
    return assemble(source, problems)


def assemble(top: Source, problems: Problems) -> Document:
    """The top file's map with what its `include` names merged in."""
    root = parse(top.text, top.name, problems)
    if root is None:
        return Document(_nothing(), (top,), whole=False)
    sources, whole = [top], True
    for source, place in _included(top, root, problems):
        if isinstance(source, str):
            problems.error(place, ("include",), source)
            whole = False
            continue
        sources.append(source)
        part = parse(source.text, source.name, problems)
        if part is None:
            whole = False
        else:
            _refuse_nested(part, top, problems)
            root = _merge(root, part.without("include"), (), problems)
    return Document(root.without("include"), tuple(sources), whole)


def _nothing() -> Map:
    empty = parse("", "", Problems())
    assert empty is not None  # noqa: S101 - an empty text is an empty map
    return empty


def _refuse_nested(part: Map, top: Source, problems: Problems) -> None:
    if "include" in part:
        text = f"only {top.name} may include files: name this file's there"
        problems.error(part.key_place("include"), ("include",), text)


def _included(top: Source, root: Map, problems: Problems) -> Iterator[tuple[Source | str, Place]]:
    """Each included file once, in the order of the patterns and of names; a text is what was wrong."""
    patterns = root.get("include")
    if patterns is None:
        return
    if not isinstance(patterns, Seq) or not all(isinstance(one, str) for one in patterns):
        text = "must be a list of file names, such as [conf.d/*.yaml]"
        problems.error(root.value_place("include"), ("include",), text)
        return
    seen = {top.path.resolve()}
    for spot, pattern in zip(patterns.spots, patterns, strict=True):
        place = place_of(spot.value)
        paths = _matches(top.path.parent, pattern)
        if not paths:
            problems.warn(place, ("include",), f"no file matches {pattern!r}")
        for path in paths:
            if path.resolve() not in seen:
                seen.add(path.resolve())
                yield _source(path), place


def _source(path: Path) -> Source | str:
    try:
        return Source(str(path), path, read_text(path))
    except Unreadable as error:
        return f"{path}: {error}"


def _matches(base: Path, pattern: str) -> list[Path]:
    """Files that a pattern names, sorted; a name without wildcards stands for itself."""
    if not any(wildcard in pattern for wildcard in "*?["):
        return [base / pattern]
    anchor = Path(pattern).anchor
    try:
        return sorted(Path(anchor).glob(pattern[len(anchor) :]) if anchor else base.glob(pattern))
    except (ValueError, OSError):
        return []


def _merge(into: Map, other: Map, path: KeyPath, problems: Problems) -> Map:
    """Both maps' keys; maps under the same key are merged likewise, anything else twice is an error."""
    merged = other.over(into)
    merged.begin = into.begin
    for key in other.keys() & into.keys():
        ours, theirs, here = into[key], other[key], (*path, key)
        merged.spots[key] = into.spots[key]
        if isinstance(ours, Map) and isinstance(theirs, Map):
            merged[key] = _merge(ours, theirs, here, problems)
        elif theirs is None or ours is None:
            merged[key] = ours if theirs is None else theirs
        else:
            text = f"this key is given twice, first at {into.key_place(key)}: keep one of them"
            problems.error(other.key_place(key), here, text)
            merged[key] = ours
    return merged
