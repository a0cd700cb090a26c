"""What the API can be asked, as values; and how a request is held against it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from collector.web.api.kinds import Kind, Schema
from collector.web.views.view import BadRequest
from config.errors import nearest

Given = Mapping[str, Any]
"""A request's parameters by name, read; those that were left out have their default."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of the query, or a variable part of the path."""

    name: str
    kind: Kind
    what: str
    example: str
    default: str | None = None
    """None: without it nothing is said; then the value is None."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address.

    `work` is `module:function` of this package: `function(desk, given) -> Answer` at the clerk's, or with
    `live` `function(seen, given) -> Answer` in the daemon, from what it knows at this moment.
    """

    path: str
    """Below /api/v1, with its variable parts in braces."""
    what: str
    answer: Schema
    """JSON Schema of what a good answer holds."""
    work: str = ""
    """Empty: routes.py answers it in a way of its own."""
    parameters: tuple[Parameter, ...] = ()
    in_path: tuple[Parameter, ...] = ()
    live: bool = False
    method: Literal["get", "post"] = "get"
    content_types: tuple[str, ...] = ("application/json",)
    statuses: tuple[int, ...] = ()
    """Beside 200 and those that any request may get."""
    body: Schema | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What is to be sent as JSON."""

    document: Any
    etag: str = ""
    """Of what will never change; empty: it may."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A parameter that can't be taken, and what would be right."""

    parameter: str
    problem: str


class BadParameter(BadRequest):
    """One parameter, or several, that can't be taken."""

    def __init__(self, wrong: Sequence[Wrong]) -> None:
        super().__init__(tuple(wrong))
        self.wrong = tuple(wrong)

    def __str__(self) -> str:
        return "; ".join(f"{one.parameter} {one.problem}" for one in self.wrong)

    @classmethod
    def one(cls, parameter: str, problem: str) -> BadParameter:
        """Of a single one."""
        return cls([Wrong(parameter, problem)])


@dataclass
class _Reading:
    """A request as it is held against its endpoint."""

    found: dict[str, Any] = field(default_factory=dict)
    wrong: list[Wrong] = field(default_factory=list)

    def take(self, one: Parameter, texts: Sequence[str]) -> None:
        """The value that stands for a parameter."""
        if len(texts) > 1:
            self.wrong.append(Wrong(one.name, "is given more than once"))
            return
        text = texts[0] if texts else one.default
        try:
            self.found[one.name] = None if text is None else one.kind.read(text)
        except ValueError as error:
            self.wrong.append(Wrong(one.name, str(error)))


def read(endpoint: Endpoint, path: Mapping[str, str], query: Sequence[tuple[str, str]]) -> Given:
    """The parameters of a request; raises BadParameter with everything that is wrong of them."""
    reading = _Reading()
    for one in endpoint.in_path:
        reading.take(one, [path[one.name]])
    for one in endpoint.parameters:
        reading.take(one, [value for name, value in query if name == one.name])
    known = {one.name: one for one in endpoint.parameters}
    for name in dict.fromkeys(name for name, _ in query if name not in known):
        told = nearest(name, known) if known else "it takes none"
        reading.wrong.append(Wrong(name[:100], f"is no parameter of this address: {told}"))
    if reading.wrong:
        raise BadParameter(reading.wrong)
    return reading.found
