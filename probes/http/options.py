"""What a configuration may say of an `http` probe."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from probes.tls import TlsOptions
from probes.values import Duration, Secret, Size

MOST_BODY_BYTES = 16_000_000
_STATUS = re.compile(r"[1-5](?:[0-9]{2}|xx)")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""RFC 9110 section 5.6.2: what a header's name is made of."""
_VALUE = re.compile(r"(?:[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?")
_TAKEN = {
    "authorization": "basic_auth and bearer make it",
    "accept-encoding": "nothing is decompressed, so identity is asked for",
    "connection": "each request has a connection of its own",
    "content-length": "the body gives it",
    "expect": "nothing is waited for before the body is sent",
    "te": "no trailers are read",
    "transfer-encoding": "the body is sent as it is",
    "upgrade": "no other protocol is spoken",
}
"""Headers that are not for an option to say, and why."""


class Match(BaseModel):
    """What a text must hold. A text alone stands for {contains: TEXT}."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    contains: str | None = Field(
        None, min_length=1, max_length=1_000, description="this text, letter for letter (UTF-8)"
    )
    regex: str | None = Field(
        None, max_length=1_000, description="something that this Python regex matches, at any place"
    )

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.contains is None) == (self.regex is None):
            raise ValueError("needs a text, {contains: TEXT} or {regex: PATTERN}")
        try:
            re.compile(self.regex or "")
        except (re.error, RecursionError, OverflowError) as error:
            raise ValueError(f"{self.regex!r} is not a regex: {error}") from error
        return self

    def __str__(self) -> str:
        return f"regex {self.regex!r}" if self.contains is None else repr(self.contains)


def _as_match(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError(f"must be text; write it in quotes: '{str(value).lower()}'")
    return {"contains": str(value)} if isinstance(value, str | int | float) else value


def _as_list(value: object) -> object:
    return list(value) if isinstance(value, list | tuple) else [value]


def _as_statuses(value: object) -> object:
    given = [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]
    if not given or not all(map(_STATUS.fullmatch, given)):
        raise ValueError(f"{value!r} is not a status such as 200, 2xx or [200, 204]")
    return tuple(given)


_MATCH_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": ["string", "number"]},
        {
            "type": "object",
            "properties": {"contains": {"type": "string"}, "regex": {"type": "string"}},
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": False,
        },
    ]
}
_STATUS_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": "integer", "minimum": 100, "maximum": 599},
        {"type": "string", "pattern": f"^{_STATUS.pattern}$"},
    ]
}


def _or_list(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "array", "minItems": 1, "items": schema}]}


OneMatch = Annotated[Match, BeforeValidator(_as_match), WithJsonSchema(_MATCH_SCHEMA)]
Matches = Annotated[tuple[OneMatch, ...], BeforeValidator(_as_list), WithJsonSchema(_or_list(_MATCH_SCHEMA))]
Statuses = Annotated[tuple[str, ...], BeforeValidator(_as_statuses), WithJsonSchema(_or_list(_STATUS_SCHEMA))]


class HttpExpect(BaseModel):
    """What a good answer is: all of what is said here. A regex has a second, in a process of its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: Statuses | None = Field(
        None, description="200, 2xx, or a list of these; left out: 200 to 399, a redirect is good"
    )
    header: dict[str, OneMatch] = Field({}, description="what headers of the answer must hold, by name")
    body: Matches = Field((), description="what the body must hold: one, or a list of which it must hold all")
    not_body: Matches = Field((), description="what the body must not hold: one, or a list")
    min_days_left: float | None = Field(
        None, ge=0, description="how many days the certificate must be good for still"
    )

    @property
    def reads_body(self) -> bool:
        """Whether anything is asked of the body."""
        return bool(self.body or self.not_body)


class BasicAuth(BaseModel):
    """A user's name and password (RFC 7617)."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    username: str = Field(pattern=r"^[^:\x00-\x1f\x7f]*$", description="the user, without a colon")
    password: Secret = Field(description="the password")


def _as_header(value: object) -> object:
    if isinstance(value, bool | dict | list) or value is None:
        raise ValueError("must be text, {env: NAME}, {file: PATH} or {credential: NAME}")
    return value if isinstance(value, str | Secret) else str(value)


HeaderValue = Annotated[str | Secret, BeforeValidator(_as_header)]


class HttpOptions(TlsOptions):
    """What an `http` probe takes. The target is a URL, http or https."""

    model_config = ConfigDict(hide_input_in_errors=True)

    every: Duration = Field(Duration(30_000), description="one round in this time")
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] = Field(
        "GET", description="what is asked for"
    )
    headers: dict[str, HeaderValue] = Field({}, description="more headers to send; a value may be a secret")
    body: str | None = Field(
        None, max_length=65_536, description="what is sent with POST, PUT, PATCH, DELETE"
    )
    basic_auth: BasicAuth | None = Field(None, description="who asks, by name and password")
    bearer: Secret | None = Field(None, description="who asks, by a token (RFC 6750)")
    follow: int = Field(
        0, ge=0, le=10, description="how many redirects are followed; with 0 they are told, not followed"
    )
    body_limit: Size = Field(
        Size(1_000_000, "1M"), description="reading the body stops here; no failure unless more is needed"
    )
    expect: HttpExpect = Field(HttpExpect(), description="what a good answer is")

    @field_validator("headers")
    @classmethod
    def _can_be_sent(cls, headers: dict[str, str | Secret]) -> dict[str, str | Secret]:
        for name, value in headers.items():
            if not _TOKEN.fullmatch(name):
                raise ValueError(f"{name!r} is not the name of a header")
            if name.lower() in _TAKEN:
                raise ValueError(f"{name} is no header to be given: {_TAKEN[name.lower()]}")
            if not _VALUE.fullmatch(value if isinstance(value, str) else value.reveal()):
                raise ValueError(f"the value of {name} is not one line of printable ASCII")
        if len({name.lower() for name in headers}) < len(headers):
            raise ValueError("a header is given twice")
        return headers

    @field_validator("bearer")
    @classmethod
    def _is_a_token(cls, bearer: Secret | None) -> Secret | None:
        if bearer is not None and not _VALUE.fullmatch(bearer.reveal()):
            raise ValueError("the token is not one line of printable ASCII")
        return bearer

    @field_validator("body_limit")
    @classmethod
    def _can_be_held(cls, limit: Size) -> Size:
        if limit.bytes > MOST_BODY_BYTES:
            raise ValueError(f"{limit} is too much to hold: at most {MOST_BODY_BYTES // 1_000_000}M")
        return limit

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.basic_auth and self.bearer:
            raise ValueError("basic_auth and bearer are two ways to say who asks: give one")
        if self.body is not None and self.method in ("GET", "HEAD", "OPTIONS"):
            raise ValueError(f"a {self.method} sends no body: say method: POST")
        if self.expect.reads_body and self.method == "HEAD":
            raise ValueError("the answer to a HEAD has no body to expect anything of")
        return self
