"""Where results are pushed to: stores, and who is told of outages and breaches."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from config.fields import Slug, Url
from config.model import Model
from probes.values import Duration, Secret


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


class OutputSettings(Model):
    """Where results are pushed to; each entry has a name and keeps its own place in the ledger."""

    influxdb: Mapping[Slug, InfluxdbOutput] = Field({}, description="stores that take line protocol")
    alertmanager: Mapping[Slug, Mapping[str, Any]] = Field(
        {}, repr=False, exclude=True, description="accepted and kept; not evaluated by this version"
    )
