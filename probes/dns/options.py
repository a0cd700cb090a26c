"""What a configuration may say of a DNS probe."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, Self

import dns.exception
import dns.name
import dns.rdataclass
import dns.rdatatype
import dns.reversename
from pydantic import ConfigDict, Field, field_validator, model_validator

from probes.dns.expect import DnsExpectation, canonical
from probes.dns.wire import ANY, Question
from probes.model import ProbeOptions
from probes.resolve import check_host, is_literal
from probes.tcp import split_address as split_host_and_port

PORT = 53
_LEAST_PAYLOAD = 512
_NO_QUESTIONS = frozenset({"AXFR", "IXFR", "MAILA", "MAILB", "NONE", "OPT", "TKEY", "TSIG"})
"""Types that are a transfer or part of a message's frame, not a record to ask for."""


class DnsOptions(ProbeOptions):
    """What a `dns` probe takes. The target is a server, with `:port` where that is not 53."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    query: str = Field(description="the name to ask for")
    type: str = Field("A", description="the record type to ask for, by its name")
    rdclass: Literal["IN", "CH", "HS"] = Field(
        "IN", alias="class", description="the class to ask for; CH has a server's `version.bind`"
    )
    transport: Literal["udp", "tcp"] = Field(
        "udp", description="a UDP answer that was truncated is fetched again over TCP"
    )
    recursion: bool = Field(True, description="ask the server to find what it doesn't know (RD)")
    edns: int = Field(
        1232, ge=0, le=65_535, description="octets of an answer that EDNS offers to take; 0: no EDNS"
    )
    dnssec: bool = Field(False, description="ask for signatures too (DO)")
    expect: DnsExpectation = Field(DnsExpectation(), description="what the answer must be")

    @field_validator("query")
    @classmethod
    def _is_a_name(cls, query: str) -> str:
        if is_literal(query):
            name = dns.reversename.from_address(query).to_text(omit_final_dot=True)
            raise ValueError(f"{query!r} is an address; its name is {name} (type: PTR)")
        if query in ("", "@"):  # a zone file's words for its origin
            raise ValueError(f"{query!r} is not a name that can be asked for; the root is '.'")
        try:
            return dns.name.from_text(query).to_text(omit_final_dot=True).lower()
        except (dns.exception.DNSException, UnicodeError) as error:
            raise ValueError(f"{query!r} is not a name that can be asked for: {error}") from error

    @field_validator("type")
    @classmethod
    def _is_a_type(cls, name: str) -> str:
        try:
            known = dns.rdatatype.to_text(dns.rdatatype.from_text(name))
        except (dns.exception.DNSException, ValueError):
            raise ValueError(f"{name!r} is not a record type such as A, AAAA, MX or TXT") from None
        if known in _NO_QUESTIONS:
            raise ValueError(f"{known} is not a record type that can be asked for")
        return known

    @field_validator("edns")
    @classmethod
    def _is_a_payload(cls, octets: int) -> int:
        if 0 < octets < _LEAST_PAYLOAD:
            raise ValueError(f"{octets} is too small: 0 for no EDNS, else at least {_LEAST_PAYLOAD}")
        return octets

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.dnssec and not self.edns:
            raise ValueError("dnssec needs EDNS, which `edns: 0` turns off")
        question = self.question
        if self.expect.answer and question.type == ANY:
            raise ValueError("expect.answer needs the type of its values, and ANY is of many types")
        for value in self.expect.answer:
            canonical(value, question.rdclass, question.type)
        return self

    @property
    def question(self) -> Question:
        """What is asked, in the wire's terms."""
        return _question(self.query, self.type, self.rdclass)


@lru_cache(maxsize=4_096)
def _question(query: str, rdtype: str, rdclass: str) -> Question:
    labels = dns.name.from_text(query).labels[:-1]
    return Question(labels, dns.rdatatype.from_text(rdtype), dns.rdataclass.from_text(rdclass))


def split_address(address: str) -> tuple[str, int]:
    """Host and port of `host`, `host:port`, `v6` or `[v6]:port`; raises ValueError."""
    if ":" in address and not is_literal(address):
        return split_host_and_port(address)
    return check_host(address), PORT
