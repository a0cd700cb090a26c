"""Reads a configuration: text -> frozen Settings, or every problem at once."""

from __future__ import annotations

import gc
import hashlib
import json
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.checks import Here, check_whole
from config.draft import Draft
from config.errors import ConfigErrors, Problem, Problems
from config.files import Document, Source, assemble, read
from config.names import check_names
from config.reader import Reader
from config.rows import with_rows
from config.secret import Secrets
from config.sections import read_sections
from config.settings import Settings
from config.tree import plain


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration that can be used.

    `text` is what was read, every file under its name and secrets in plain replaced, as it is kept
    in the ledger by `settings.digest`; `files` are the files' paths, the top one first.
    """

    settings: Settings
    warnings: tuple[Problem, ...]
    text: str
    files: tuple[Path, ...]


def load(
    path: Path,
    *,
    host: str | None = None,
    site: str | None = None,
    environ: Mapping[str, str] = os.environ,
    need_secrets: bool = True,
) -> Loaded:
    """The configuration in the file `path` and what it includes; raises ConfigErrors with every problem.

    `host` is this host's name (None: ask the system), `site` overrides the file's. With
    `need_secrets` False a secret that can't be had is a warning and empty: not every command needs it.
    """
    return load_draft(path, host=host, site=site, environ=environ, need_secrets=need_secrets)[0]


def load_draft(
    path: Path,
    *,
    host: str | None = None,
    site: str | None = None,
    environ: Mapping[str, str] = os.environ,
    need_secrets: bool = True,
) -> tuple[Loaded, Draft]:
    """The same, and beside it what was read with the place of each key."""
    problems = Problems()
    with _no_garbage():
        document = read(path, problems)
        return _settle(document, str(path), problems, host, site, environ, need_secrets)


def load_text(
    text: str,
    name: str,
    *,
    host: str | None = None,
    site: str | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Loaded:
    """The same for a text that lies in no file; relative paths in it start at the current directory."""
    problems = Problems()
    with _no_garbage():
        document = assemble(Source(name, Path(name), text), problems)
        return _settle(document, name, problems, host, site, environ, need_secrets=True)[0]


@contextmanager
def _no_garbage() -> Iterator[None]:
    """Without garbage collection: a big file makes a million objects that stay, and looking through
    them again and again takes as long as reading it does. Afterwards they count as old, else the first
    collection would look through them all.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if not gc.get_freeze_count():  # a daemon has frozen what it keeps, and goes on so
            gc.freeze()
            gc.unfreeze()
        if was_enabled:
            gc.enable()


def _settle(
    document: Document,
    name: str,
    problems: Problems,
    host: str | None,
    site: str | None,
    environ: Mapping[str, str],
    need_secrets: bool,
) -> tuple[Loaded, Draft]:
    here = Here(host or socket.gethostname(), site)
    document = with_rows(document, problems)
    secrets = Secrets(problems, environ, needed=need_secrets)
    draft = read_sections(document.root, name, Reader(problems, secrets))
    found = ""
    if document.whole:  # else every name of an unread file would be called unknown
        check_names(draft, problems)
        found = check_whole(draft, here, problems)
    if problems.has_errors:
        raise ConfigErrors(problems.sorted())
    settings = draft.settings(found, here.host)
    loaded = Loaded(
        settings=settings.model_copy(update={"digest": digest(settings, draft)}),
        warnings=problems.sorted(),
        text=secrets.redacted(document.sources),
        files=tuple(source.path for source in document.sources),
    )
    return loaded, draft


def digest(settings: Settings, draft: Draft) -> str:
    """`sha256:` and the digest of what the configuration means: neither order, comments nor secrets count.

    Contracts go in as they are written, because their models print percentages rounded.
    """
    effective = settings.model_dump(mode="json", exclude={"digest", "host", "contracts"})
    effective["contracts"] = {name: plain(part.entry.map) for name, part in draft.contracts.items()}
    canonical = json.dumps(effective, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"sha256:{hashlib.sha256(canonical.encode()).hexdigest()}"
