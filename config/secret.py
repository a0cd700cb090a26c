"""Secrets: where they may stand, where they are read from, and how the kept text hides them.

A secret is text, or one of `{env: NAME}`, `{file: PATH}` and `{credential: NAME}`. Nothing here ever
puts a secret into a message.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from config.errors import Path as KeyPath
from config.errors import Problems, nearest
from config.files import Source, Unreadable, read_text
from config.tree import Filled, Map, Seq, Spot, place_of
from probes.values import Secret

SOURCES = ("env", "file", "credential")
CREDENTIALS_DIRECTORY = "CREDENTIALS_DIRECTORY"
"""Where systemd puts what LoadCredential= names (systemd.exec(5))."""
MAX_BYTES = 65_536
_OPEN_KEYS = frozenset({"version", "user", "username", "url", *SOURCES})
"""Keys below `credentials` and `outputs.alertmanager` that hold nothing secret."""


class Secrets:
    """Reads secrets, and remembers which stand in plain so that the kept text can hide them.

    With `needed` False one that can't be had is a warning, and empty: `status` and `sla` need none.
    """

    def __init__(self, problems: Problems, environ: Mapping[str, str], *, needed: bool) -> None:
        self._problems = problems
        self._environ = environ
        self._report = problems.error if needed else problems.warn
        self._plain: list[Spot] = []

    def resolve(self, holder: Map, key: str, path: KeyPath) -> Secret | None:
        """The secret under `key`; None after a problem that was reported."""
        value, place = holder[key], holder.value_place(key)
        if isinstance(value, Map) and len(value) == 1:
            ((source, name),) = value.items()
            if source in SOURCES and isinstance(name, str) and name:
                return self._fetch(value, source, name, path)
            if source not in SOURCES:
                self._problems.error(
                    value.key_place(source), path, f"unknown key {source!r}: {nearest(source, SOURCES)}"
                )
                return None
        if isinstance(value, Map | Seq | bool) or value is None:
            text = "must be {env: NAME}, {file: PATH}, {credential: NAME} or text"
            self._problems.error(place, path, text)
            return None
        for spot in value.spots if isinstance(value, Filled) else [holder.spots[key]]:
            self._keep_out(spot, path)
        return Secret(str(value))

    def hide_below(self, holder: Map, path: KeyPath) -> None:
        """Treat every text below as a secret, but for keys that hold none (user, url ...)."""
        for key, value in holder.items():
            here = (*path, key)
            if isinstance(value, Map):
                self.hide_below(value, here)
            elif isinstance(value, Seq):
                for place, one in enumerate(value):
                    if isinstance(one, Map):
                        self.hide_below(one, (*here, place))
                    else:
                        self._keep_out(value.spots[place], (*here, place))
            elif value is not None and (key not in _OPEN_KEYS or "@" in str(value)):
                self._keep_out(holder.spots[key], here)

    def redacted(self, sources: Iterable[Source]) -> str:
        """All files after another, each under its name, with `***` for each secret in plain."""
        return "\n".join(f"# {source.name}\n{self._redact(source)}" for source in sources)

    def _redact(self, source: Source) -> str:
        text = source.text
        spans = {(spot.value.index, spot.end.index) for spot in self._plain if spot.value.name == source.name}
        for begin, end in sorted(spans, reverse=True):
            text = f"{text[:begin]}'***'{text[end:]}"
        return text

    def _keep_out(self, spot: Spot, path: KeyPath) -> None:
        self._plain.append(spot)
        text = "a secret in plain: anyone who can read this file has it; use {file: PATH} or {env: NAME}"
        self._problems.warn(place_of(spot.value), path, text)

    def _fetch(self, value: Map, source: str, name: str, path: KeyPath) -> Secret:
        try:
            return Secret(self._read(source, name, Path(value.begin.name).parent))
        except Unreadable as error:
            self._report(place_of(value.begin), path, str(error))
            return Secret("")

    def _read(self, source: str, name: str, base: Path) -> str:
        if source == "env":
            text = self._environ.get(name, "")
            if not text:
                raise Unreadable(f"the environment variable {name} is not set, or empty")
            return text
        file = base / name if source == "file" else self._credential(name)
        try:
            text = read_text(file, MAX_BYTES).rstrip("\r\n")
        except Unreadable as error:
            raise Unreadable(f"{file}: {error}") from None
        if not text:
            raise Unreadable(f"{file}: is empty")
        return text

    def _credential(self, name: str) -> Path:
        directory = self._environ.get(CREDENTIALS_DIRECTORY)
        if not directory:
            raise Unreadable(
                f"the credential {name} is given by systemd alone (LoadCredential={name}:FILE in the unit): "
                f"${CREDENTIALS_DIRECTORY} is not set"
            )
        if "/" in name:
            raise Unreadable(f"{name!r} is not the name of a credential: it holds no slash")
        return Path(directory) / name
