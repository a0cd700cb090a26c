"""Reports that are made on a schedule, and where they go."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from config.fields import Slug, Zone
from config.model import Model
from config.outputs import Mailbox, Mailboxes, Server
from probes.values import Duration, Secret

FORMS = ("html", "pdf", "csv", "json")
_AT = r"^([01]\d|2[0-3]):[0-5]\d$"


def _clock(text: str) -> str:
    if not re.fullmatch(_AT[1:-1], text):
        raise ValueError(f"{text!r} is not a time of day such as 06:00")
    return text


def _each_once(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        raise ValueError("is empty: name one at least")
    if len(set(names)) < len(names):
        raise ValueError("names one twice")
    return names


TimeOfDay = Annotated[str, AfterValidator(_clock), Field(json_schema_extra={"pattern": _AT})]
Forms = Annotated[
    tuple[Literal["html", "pdf", "csv", "json"], ...],
    AfterValidator(_each_once),
    Field(json_schema_extra={"minItems": 1, "uniqueItems": True}),
]
Names = tuple[str, ...]


class ReportMail(Model):
    """How a report is sent: the same keys as under `outputs.mail`."""

    server: Server = Field(description="host:port of the mail server that takes our mail")
    tls: Literal["starttls", "implicit", "none"] = Field(
        "starttls", description="`starttls` never goes on without; `implicit` is port 465's way"
    )
    username: str | None = Field(None, description="user, where the server asks for one")
    password: Secret | None = Field(None, description="its password")
    sender: Mailbox = Field(alias="from", description="the sender's address")
    to: Mailboxes = Field(description="who gets it")
    ca_file: Path | None = Field(None, description="trust this certificate authority instead of the system's")
    timeout: Duration = Field(Duration.parse("1m"), description="how long one mail may take")


class ReportSettings(Model):
    """A report that is made when its period is over and settled."""

    pack: Literal["report", "review"] = Field(
        "report", description="what it is: circuits and contracts, or the pack of a review"
    )
    every: Literal["daily", "weekly", "monthly", "quarterly", "yearly"] = Field(
        description="of which period it is"
    )
    at: TimeOfDay = Field("06:00", description="not before this time of day")
    days_after: int = Field(1, ge=1, le=28, description="on which day after the period's last; 1 is the next")
    timezone: Zone | None = Field(None, description="whose days and clock these are; left out: this site's")
    for_carrier: str | None = Field(
        None, alias="for", description="a review's pack for this carrier: only what it may see"
    )
    carriers: Names | None = Field(None, description="only circuits of these; left out: of all")
    circuits: Names | None = Field(None, description="only these circuits; left out: all")
    formats: Forms = Field(("html",), description="html, pdf (needs the extra `pdf`), csv (no review), json")
    mail: ReportMail | None = Field(None, description="send it by mail")
    folder: Path | None = Field(None, description="write it into this folder")

    @model_validator(mode="after")
    def _goes_somewhere(self) -> ReportSettings:
        if self.mail is None and self.folder is None:
            raise ValueError("goes nowhere: name a folder, or mail: {server, from, to}")
        return self

    @model_validator(mode="after")
    def _fits_its_pack(self) -> ReportSettings:
        if self.pack == "report" and self.for_carrier is not None:
            raise ValueError("for: is a review's (`pack: review`); a report has carriers: [...]")
        if self.pack == "review" and (self.carriers or self.circuits):
            raise ValueError("pack: review is of the whole estate, or for: one carrier")
        if self.pack == "review" and "csv" in self.formats:
            raise ValueError("formats: a review's pack is html, pdf or json")
        if self.pack == "review" and self.timezone is not None:
            raise ValueError("timezone: a review is of this site's days; leave it out")
        return self


Reports = Mapping[Slug, ReportSettings]
