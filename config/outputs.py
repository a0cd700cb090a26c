"""Where results are pushed to: stores, and who is told of outages and breaches."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from config.fields import Labels, Slug, Url, listen_address
from config.model import Model
from probes.values import Duration, Secret

_MAILBOX = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$"


def _mailbox(text: str) -> str:
    if not re.fullmatch(_MAILBOX[1:-1], text):
        raise ValueError(f"{text!r} is not a mail address such as noc@example.net")
    return text


def _server(text: str) -> str:
    try:
        host, port = listen_address(text)
    except ValueError:
        host, port = "", 0
    if not host or not port:
        raise ValueError(f"{text!r} is not a host and a port such as mail.example.net:587")
    return text


def _some(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        raise ValueError("is empty: name one at least")
    return names


def _resend(every: Duration) -> Duration:
    if not 1_000 <= every.ms <= 3_600_000:
        raise ValueError(f"{every} is not between 1s and 1h")
    return every


def _alert_labels(labels: Mapping[str, str]) -> Mapping[str, str]:
    if "alertname" in labels:
        raise ValueError("'alertname' is a label of ours: choose another name")
    return labels


Mailbox = Annotated[str, AfterValidator(_mailbox), Field(json_schema_extra={"pattern": _MAILBOX})]
Server = Annotated[str, AfterValidator(_server), Field(json_schema_extra={"pattern": r":\d{1,5}$"})]
Names = tuple[str, ...]
Mailboxes = Annotated[tuple[Mailbox, ...], AfterValidator(_some), Field(json_schema_extra={"minItems": 1})]
Events = Annotated[
    tuple[Literal["outage_start", "outage_end", "breach"], ...],
    AfterValidator(_some),
    Field(json_schema_extra={"minItems": 1}),
]


class InfluxdbOutput(Model):
    """A store that takes InfluxDB's line protocol."""

    url: Url = Field(description="http(s)://host:port, with a path prefix if there is one")
    api: Literal["v1", "v2", "v3", "victoriametrics"] = Field(description="which write API; never guessed")
    org: str | None = Field(None, description="v2's organisation")
    bucket: str = Field("linkledger", description="v2's bucket, v1's and v3's database")
    token: Secret | None = Field(None, description="v2's and v3's token")
    username: str | None = Field(None, description="v1's user")
    password: Secret | None = Field(None, description="v1's password")
    ca_file: Path | None = Field(None, description="trust this certificate authority instead of the system's")
    timeout: Duration = Field(Duration(10_000), description="how long one write may take")
    start: Literal["now", "all"] = Field(
        "all", alias="from", description="where a new output starts in the ledger"
    )
    order: Literal["oldest", "newest"] = Field("oldest", description="what goes first after a long cut")
    batch_rounds: int = Field(5_000, ge=1, le=50_000, description="rounds in one write at most")


class NotifiedOutput(Model):
    """Somebody who is told, and of which circuits."""

    carriers: Names | None = Field(None, description="only circuits of these; left out: of all")
    circuits: Names | None = Field(None, description="only these circuits; left out: all")
    ca_file: Path | None = Field(None, description="trust this certificate authority instead of the system's")
    timeout: Duration = Field(Duration(10_000), description="how long one message may take")


class AlertmanagerOutput(NotifiedOutput):
    """An Alertmanager, told directly; of a cluster each member is an entry of its own."""

    url: Url = Field(description="http(s)://host:port, with a path prefix if there is one")
    username: str | None = Field(None, description="user, for basic authentication")
    password: Secret | None = Field(None, description="its password")
    bearer: Secret | None = Field(None, description="token, instead of a user")
    resend: Annotated[Duration, AfterValidator(_resend)] = Field(
        Duration.parse("1m"), description="how often what fires is sent again; it ends after four times that"
    )
    labels: Annotated[Labels, AfterValidator(_alert_labels)] = Field(
        {}, description="more labels for each alert; `severity` replaces ours"
    )


class WebhookOutput(NotifiedOutput):
    """A URL that gets JSON."""

    url: Url = Field(description="where it is posted to")
    events: Events | None = Field(None, description="what is told of; left out: all of these")
    username: str | None = Field(None, description="user, for basic authentication")
    password: Secret | None = Field(None, description="its password")
    bearer: Secret | None = Field(None, description="token, instead of a user")
    hmac: Secret | None = Field(
        None, description="key: `X-Linkledger-Signature: sha256=` and the body's HMAC in hex (RFC 2104)"
    )


class MailOutput(NotifiedOutput):
    """Mail over SMTP."""

    server: Server = Field(description="host:port of the mail server that takes our mail")
    tls: Literal["starttls", "implicit", "none"] = Field(
        "starttls", description="`starttls` never goes on without; `implicit` is port 465's way"
    )
    username: str | None = Field(None, description="user, where the server asks for one")
    password: Secret | None = Field(None, description="its password")
    sender: Mailbox = Field(alias="from", description="the sender's address")
    to: Mailboxes = Field(description="who gets it")
    events: Events | None = Field(None, description="what is told of; left out: all of these")


class OutputSettings(Model):
    """Where results are pushed to; each entry has a name of its own and keeps its own place in the ledger."""

    influxdb: Mapping[Slug, InfluxdbOutput] = Field({}, description="stores that take line protocol")
    alertmanager: Mapping[Slug, AlertmanagerOutput] = Field({}, description="Alertmanagers")
    webhook: Mapping[Slug, WebhookOutput] = Field({}, description="programs that are told")
    mail: Mapping[Slug, MailOutput] = Field({}, description="people who are told")

    def notified(self) -> dict[str, AlertmanagerOutput | WebhookOutput | MailOutput]:
        """Everybody who is told of outages and breaches, by name."""
        return {**self.alertmanager, **self.webhook, **self.mail}


KINDS: Mapping[str, type[Model]] = {
    "influxdb": InfluxdbOutput,
    "alertmanager": AlertmanagerOutput,
    "webhook": WebhookOutput,
    "mail": MailOutput,
}
"""What an entry under each key of `outputs` is."""
