"""What a configuration may say of a path probe."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from probes.clock import NS_PER_MS
from probes.icmp.wire import MAX_SIZE, SECRET_BYTES
from probes.model import ProbeOptions
from probes.path.trace import Plan
from probes.values import Duration


class PathOptions(ProbeOptions):
    """What a `path` probe takes."""

    every: Duration = Field(Duration(300_000), description="one trace in this time")
    timeout: Duration = Field(Duration(20_000), description="how long the whole trace may take")
    wait: Duration = Field(Duration(1_000), description="how long one answer may take")
    protocol: Literal["icmp", "udp"] = Field(
        "icmp", description="what is sent: echo requests, or datagrams to `port`"
    )
    port: int = Field(33_434, ge=1, le=65_535, description="where UDP goes to; the same for every packet")
    max_hops: int = Field(30, ge=1, le=64, description="how far away the target may be")
    queries: int = Field(3, ge=1, le=10, description="packets to each hop")
    gap: int = Field(5, ge=1, le=64, description="silent hops in a row after which the trace gives up")
    size: int = Field(56, ge=SECRET_BYTES, le=MAX_SIZE, description="payload bytes of a packet")
    dscp: int = Field(0, ge=0, le=63, description="differentiated services code point of the packets")

    @model_validator(mode="after")
    def _one_answer_fits(self) -> Self:
        if self.wait.ms < 1 or self.wait > self.timeout:
            raise ValueError(f"wait ({self.wait}) must be from 1ms to timeout ({self.timeout})")
        return self

    @property
    def plan(self) -> Plan:
        """How far and how often to ask."""
        return Plan(self.max_hops, self.queries, self.gap, self.wait.ms * NS_PER_MS)
