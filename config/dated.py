"""Facts that change at a date: a value, or `[{from: DATE, value: V}, ...]`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Annotated, Any, Generic, Self, TypeVar, cast, get_args

from pydantic import (
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    TypeAdapter,
    ValidationError,
    ValidatorFunctionWrapHandler,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema
from pydantic_core.core_schema import SerializerFunctionWrapHandler

from config.fields import Day
from config.model import Model
from config.terms import problem

T = TypeVar("T")


class Step(Model, Generic[T]):
    """A value, and the first day on which it holds."""

    start: Day | None = Field(None, alias="from", description="first day; the first may leave it out")
    value: T | None = Field(description="what holds from then on; nothing: none does")


@dataclass(frozen=True, slots=True)
class Dated(Generic[T]):
    """A value over time. `entries` are sorted by their first day; only the first may have none (None)."""

    entries: tuple[tuple[date | None, T | None], ...] = ()

    @classmethod
    def always(cls, value: T) -> Self:
        """A value that never changes."""
        return cls(((None, value),))

    def __reduce__(self) -> tuple[type[Dated[Any]], tuple[object]]:
        """As few words as it takes: a reload sends tens of thousands to another process."""
        return Dated, (self.entries,)

    def at(self, day: date) -> T | None:
        """What holds on a day; None before the first."""
        held = None
        for start, value in self.entries:
            if start is not None and start > day:
                break
            held = value
        return held

    def since_ever(self) -> Self:
        """The same, its first value holding from the beginning of time."""
        if not self.entries or self.entries[0][0] is None:
            return self
        return type(self)(((None, self.entries[0][1]), *self.entries[1:]))

    @property
    def days(self) -> frozenset[date]:
        """The days on which it changes."""
        return frozenset(start for start, _ in self.entries if start is not None)

    @property
    def values(self) -> tuple[T, ...]:
        """All that it ever is."""
        return tuple(value for _, value in self.entries if value is not None)


def step_of(kind: object) -> type[Step[Any]]:
    """The model of a step whose value is of type `kind`."""
    made: type[Step[Any]] = cast("Any", Step)[kind]
    return made


@cache
def _steps(kind: object) -> TypeAdapter[list[Step[Any]]]:
    model: Any = step_of(kind)
    return TypeAdapter(list[model])


def _in_order(given: object, steps: list[Step[Any]]) -> tuple[tuple[date | None, Any], ...]:
    """The entries by their first day; raises ValidationError where two begin together."""
    if not steps:
        raise ValueError("is empty: write the value, or [{from: 2026-01-31, value: ...}]")
    seen: set[date | None] = set()
    for number, one in enumerate(steps):
        if one.start in seen:
            raise _twice(given, number, one.start)
        seen.add(one.start)
    steps = sorted(steps, key=lambda one: one.start or date.min)
    return tuple((one.start, one.value) for one in steps)


def _twice(given: object, number: int, start: date | None) -> ValidationError:
    if start is None:
        return problem(given, ((number,), "only one of them may leave `from` out"))
    return problem(given, ((number, "from"), f"another value begins on {start} too: keep one of them"))


class _AsWritten:
    """How a fact stands in a file: its value alone, or a list of steps."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401 - Dated[...]
        kind = get_args(source)[0]

        def read(value: object, plain: ValidatorFunctionWrapHandler) -> Dated[Any]:
            if isinstance(value, Dated):
                return value
            if isinstance(value, list):
                return Dated(
                    _in_order(value, _steps(kind).validate_python(value, by_alias=True, by_name=False))
                )
            return Dated.always(plain(value))

        def write(value: Dated[Any], plain: SerializerFunctionWrapHandler) -> object:
            if not value.entries:
                return None
            if len(value.entries) == 1 and value.entries[0][0] is None:
                return plain(value.entries[0][1])
            return [
                {"from": start and start.isoformat(), "value": None if one is None else plain(one)}
                for start, one in value.entries
            ]

        inner = handler.generate_schema(kind)
        return core_schema.no_info_wrap_validator_function(
            read,
            inner,
            serialization=core_schema.wrap_serializer_function_ser_schema(write, schema=inner),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        plain = handler(schema)
        step = {
            "type": "object",
            "properties": {
                "from": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
                "value": {"anyOf": [plain, {"type": "null"}]},
            },
            "required": ["value"],
            "additionalProperties": False,
        }
        return {"anyOf": [plain, {"type": "array", "items": step, "minItems": 1}]}


Fact = Annotated[Dated[T], _AsWritten]
"""A field that takes a value or `[{from: DATE, value: V}, ...]`."""
