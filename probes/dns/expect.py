"""What a DNS answer must be, and whether one is. Pure."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Annotated

import dns.exception
import dns.name
import dns.rcode
import dns.rdata
from dns.rdataclass import RdataClass
from dns.rdatatype import RdataType
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from probes.dns.wire import Answer, Question, text_of, type_name
from probes.model import Failure, Reason
from probes.shown import clean

_TEXTS = frozenset(
    (RdataType.TXT, RdataType.SPF, RdataType.AVC, RdataType.NINFO, RdataType.RESINFO, RdataType.WALLET)
)
"""Types whose data is text: it may stand without quotes."""
_SHOWN = 3
_SHOWN_CHARACTERS = 60


Texts = Annotated[
    tuple[str, ...],
    BeforeValidator(lambda value: (value,) if isinstance(value, str) else value),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
"""A list of texts; one may stand without its list."""


class DnsExpectation(BaseModel):
    """What the answer of a `dns` probe must be."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rcode: Texts = Field(("NOERROR",), description="response codes that are good, one or a list")
    answer: Texts = Field((), description="values that must be there, one or a list; `*` stands for anything")
    exact: bool = Field(False, description="no value may be there that `answer` doesn't name")
    min_answers: int = Field(0, ge=0, description="so many records of the type must be there")
    authoritative: bool | None = Field(None, description="whether the server must own the zone (AA)")
    authenticated: bool | None = Field(None, description="whether the server must have validated it (AD)")

    @field_validator("rcode")
    @classmethod
    def _are_rcodes(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if not names:
            raise ValueError("is an empty list: name a response code such as NOERROR")
        return tuple(_rcode(name) for name in names)

    @model_validator(mode="after")
    def _exact_needs_answer(self) -> DnsExpectation:
        if self.exact and not self.answer:
            raise ValueError("exact needs `answer`, the values that may be there")
        return self

    def judge(self, answer: Answer, question: Question) -> Failure | None:
        """Why `answer` to `question` is not what was expected; None when it is."""
        said = next(self._faults(answer, question), None)
        return None if said is None else Failure(Reason.MISMATCH, said)

    def _faults(self, answer: Answer, question: Question) -> Iterator[str]:
        rcode = dns.rcode.to_text(dns.rcode.Rcode.make(answer.rcode))
        if rcode not in self.rcode:
            yield f"rcode {rcode}, expected {' or '.join(self.rcode)}"
        kind = type_name(question.type)
        if answer.count < self.min_answers:
            yield f"{answer.count} answers of type {kind}, expected at least {self.min_answers}"
        wanted = [canonical(value, question.rdclass, question.type) for value in self.answer]
        missing = [one for one in wanted if not any(fits(one, value) for value in answer.values)]
        if missing:
            came = f"answered {shown(answer.values)}" if answer.values else f"no answer of type {kind}"
            yield f"{came}, expected {shown(missing)}"
        others = [value for value in answer.values if not any(fits(one, value) for one in wanted)]
        if self.exact and others:
            yield f"answered {shown(others)} too, expected {shown(wanted)} alone"
        if self.authoritative not in (None, answer.authoritative):
            yield f"the answer is {'' if answer.authoritative else 'not '}authoritative, expected otherwise"
        if self.authenticated not in (None, answer.authenticated):
            yield f"the answer is {'' if answer.authenticated else 'not '}authenticated, expected otherwise"


@lru_cache(maxsize=4_096)
def canonical(value: str, rdclass: int, rdtype: int) -> str:
    """An expected value in the form that an answer's has (`text_of`); raises ValueError.

    A text may stand with quotes, as a zone file has it, or without.
    """
    kind = RdataType.make(rdtype)
    if kind in _TEXTS and not value.startswith('"'):
        return value
    if "*" in value:
        return value.lower()
    try:
        made = dns.rdata.from_text(RdataClass.make(rdclass), kind, value, dns.name.root, relativize=False)
    except dns.exception.DNSException as error:
        text = f"{value!r} is not a value of type {type_name(rdtype)}: {error}"
        raise ValueError(text) from error
    return text_of(made)


def fits(expected: str, value: str) -> bool:
    """Whether a value is the expected one; `*` stands for anything."""
    return bool(_pattern(expected).fullmatch(value)) if "*" in expected else expected == value


def shown(values: Sequence[str]) -> str:
    """Values that came from outside, for a person: a few of them, shortened."""
    few = ", ".join(clean(value, _SHOWN_CHARACTERS) for value in values[:_SHOWN])
    return few + (f" and {len(values) - _SHOWN} more" if len(values) > _SHOWN else "")


def _rcode(name: str) -> str:
    try:
        return dns.rcode.to_text(dns.rcode.from_text(name))
    except dns.exception.DNSException:
        known = "NOERROR, NXDOMAIN, SERVFAIL or REFUSED"
        raise ValueError(f"{name!r} is not a response code such as {known}") from None


@lru_cache(maxsize=4_096)
def _pattern(expected: str) -> re.Pattern[str]:
    """An expression that never goes back, so that no value, however long, takes it more than a moment."""
    return re.compile(fnmatch.translate(re.sub(r"[\[?]", r"[\g<0>]", expected)))
