"""What must hold of outputs and reports beside their own keys: names, and secrets that travel in the open."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from config.draft import Draft, Part
from config.errors import Problems, nearest
from config.fields import listen_address
from config.model import Model
from config.outputs import AlertmanagerOutput, InfluxdbOutput, MailOutput, WebhookOutput
from config.reader import Entry
from config.reports import ReportSettings
from config.tree import Seq, place_of

Parts = Iterable[tuple[str, Part[Any]]]
_READABLE = "without TLS the password crosses the network for all to read: use starttls or implicit"


def check_outputs(draft: Draft, problems: Problems) -> None:
    """Report names that stand for two outputs or for nothing, and what would be sent for all to read."""
    seen = dict[str, Entry]()
    for kind, parts in draft.outputs.items():
        for name, part in parts.items():
            if name in seen:
                text = f"{name!r} is an output at {seen[name].place} already: give each a name of its own"
                problems.error(*part.entry.here, text)
            seen.setdefault(name, part.entry)
            if kind != "influxdb":
                _check_names(part.entry, draft, problems)
            if part.model is not None:
                _check_model(part.entry, part.model, problems)


def check_reports(draft: Draft, problems: Problems) -> None:
    """The same of the reports that are made on a schedule."""
    for part in draft.reports.values():
        _check_names(part.entry, draft, problems)
        _check_receiver(part, draft, problems)
        mail = part.model.mail if part.model else None
        if mail and mail.tls == "none" and mail.password and not _stays_here(listen_address(mail.server)[0]):
            problems.warn(*part.entry.at("mail"), _READABLE)


def _check_receiver(part: Part[ReportSettings], draft: Draft, problems: Problems) -> None:
    """The carrier that a review's pack is for."""
    name = part.model.for_carrier if part.model else None
    if name is not None and name not in draft.carriers:
        text = f"{name!r} is not in `carriers`: {nearest(name, draft.carriers)}"
        problems.error(*part.entry.at("for"), text)


def _check_names(entry: Entry, draft: Draft, problems: Problems) -> None:
    for key in ("carriers", "circuits"):
        _check_known(entry, key, draft, problems)


def _check_known(entry: Entry, key: str, draft: Draft, problems: Problems) -> None:
    names, known = entry.map.get(key), list(getattr(draft, key))
    if not isinstance(names, Seq):
        return
    for place, (name, spot) in enumerate(zip(names, names.spots, strict=True)):
        if str(name) not in known:
            text = f"{str(name)!r} is not in `{key}`: {nearest(str(name), known)}"
            problems.error(place_of(spot.value), (*entry.path, key, place), text)


def _check_model(entry: Entry, model: Model, problems: Problems) -> None:
    if isinstance(model, InfluxdbOutput):
        if model.api == "v2" and (missing := _missing_for_v2(model)):
            text = f"InfluxDB's v2 API will refuse to write without {' and '.join(missing)}"
            problems.warn(*entry.here, text)
    elif isinstance(model, MailOutput):
        if model.tls == "none" and model.password and not _stays_here(listen_address(model.server)[0]):
            problems.warn(*entry.at("tls"), _READABLE)
    elif isinstance(model, AlertmanagerOutput | WebhookOutput):
        parts = urlsplit(model.url)
        if parts.scheme == "http" and _secret_sent(model) and not _stays_here(parts.hostname or ""):
            text = "over http a secret crosses the network for all to read: use https"
            problems.warn(*entry.at("url"), text)
        if model.bearer and model.username:
            problems.warn(*entry.at("username"), "is not used beside `bearer`")


def _missing_for_v2(output: InfluxdbOutput) -> list[str]:
    return [key for key, value in (("org", output.org), ("token", output.token)) if value is None]


def _secret_sent(model: AlertmanagerOutput | WebhookOutput) -> bool:
    return bool(model.bearer or model.password)


def _stays_here(host: str) -> bool:
    """Whether what is sent to a host never leaves this one."""
    return host == "localhost" or host.startswith("127.") or host == "::1"
