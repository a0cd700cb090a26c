"""What a contract's parts are made of: a base model, percentages, targets.

A mistake anywhere in a contract is one line error whose `loc` leads to the key as it stands in the
file, without the tags that a union of models would put between, and a misspelt key names the
nearest right one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    PlainSerializer,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from config.errors import SENTENCES, Path, nearest
from probes.values import Duration


def problem(value: object, *found: tuple[Path, str]) -> ValidationError:
    """An error to raise from a validator, with a place and a sentence for each problem."""
    return ValidationError.from_exception_data("contract", problem_lines(value, found))


def problem_lines(value: object, found: Iterable[tuple[Path, str]]) -> list[InitErrorDetails]:
    """One line error for each place and sentence."""
    return [
        InitErrorDetails(
            type=PydanticCustomError("contract", "{sentence}", {"sentence": text}), loc=loc, input=value
        )
        for loc, text in found
    ]


class Term(BaseModel):
    """One part of a contract: frozen, an unknown key is an error, a missing one is asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    clause: str | None = Field(None, description="where the paper says so; quoted in the statement")

    @model_validator(mode="wrap")
    @classmethod
    def _explain(cls, value: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        lacking = cls.lacking(value) if isinstance(value, Mapping) else []
        try:
            part = handler(cls.prepared(value) if isinstance(value, Mapping) else value)
        except ValidationError as error:
            lines = [cls._restated(one) for one in error.errors() if not _only_left_short(one)]
            lines += problem_lines(value, lacking)
            raise ValidationError.from_exception_data(cls.__name__, lines) from None
        if lacking:
            raise problem(value, *lacking)
        return part

    @classmethod
    def lacking(cls, given: Mapping[str, Any]) -> list[tuple[Path, str]]:
        """What `given` must say besides required fields, with a place and a sentence each."""
        return []

    @classmethod
    def prepared(cls, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """What is read in place of `given`: the same, unless a part fills something in."""
        return given

    def written_keys(self) -> frozenset[str]:
        """The keys that were given, as a file spells them."""
        fields = type(self).model_fields
        return frozenset(
            fields[name].alias or name if name in fields else name for name in self.model_fields_set
        )

    @classmethod
    def keys(cls) -> dict[str, str]:
        """The keys of this part as a file spells them, each with its description."""
        return {field.alias or name: field.description or "" for name, field in cls.model_fields.items()}

    @classmethod
    def _restated(cls, error: ErrorDetails) -> InitErrorDetails:
        loc, message, keys = error["loc"], error["msg"].removeprefix("Value error, "), cls.keys()
        if len(loc) == 1 and error["type"] == "extra_forbidden":
            message = f"unknown key {loc[0]!r}: {nearest(str(loc[0]), list(keys))}"
        elif len(loc) == 1 and error["type"] == "missing":
            message = f"{loc[0]!r} is needed: {keys[str(loc[0])]}"
        elif len(loc) == 1 and error["input"] is None and str(loc[0]) in keys:
            message = f"nothing stands after {loc[0]!r}: {keys[str(loc[0])]}"
        elif error["type"] == "literal_error":
            message = f"{error['input']!r} is not {error['ctx']['expected']}"
        message = SENTENCES.get(error["type"], message)
        told = PydanticCustomError("contract", "{sentence}", {"sentence": message})
        return InitErrorDetails(type=told, loc=loc, input=error["input"])


def _only_left_short(error: ErrorDetails) -> bool:
    """Whether a list counts as too short because what is in it was refused, which is told there."""
    return error["type"] == "too_short" and bool(error["input"])


def one_of(
    what: str,
    *models: type[Term],
    words: Sequence[str] = (),
    scalar: Callable[[str], object] | None = None,
    items: TypeAdapter[Any] | None = None,
) -> BeforeValidator:
    """Choose what a value is by its form: a map by its keys, a list, a known word, another scalar.

    `what` says in an error what would be right. A map is the model that knows most of its keys.
    """

    def choose(value: object) -> object:
        if isinstance(value, Mapping) and models:
            best = max(models, key=lambda model: len(model.keys().keys() & value.keys()))
            return best.model_validate(value)
        if isinstance(value, list | tuple) and items is not None:
            return items.validate_python(value)
        if isinstance(value, models) or value in words:
            return value
        if scalar is not None:
            return scalar(value if isinstance(value, str) else str(value))
        raise ValueError(f"{value!r} is not {what}")

    return BeforeValidator(choose)


_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")


def _percent(value: object) -> Fraction:
    if isinstance(value, Fraction):
        return value
    match = _PERCENT.fullmatch(str(value))
    if not match:
        raise ValueError(f"{value!r} is not a percentage such as 99.95%")
    return Fraction(match[1])


def _percent_text(value: Fraction) -> str:
    return f"{decimal_text(value)}%"


def decimal_text(value: Fraction) -> str:
    """A finite decimal in full, such as `99.95`; raises ValueError for a number that has no such form."""
    rest, places = value.denominator, 0
    while rest % 10 == 0 or rest % 5 == 0 or rest % 2 == 0:
        rest //= 10 if rest % 10 == 0 else 5 if rest % 5 == 0 else 2
        places += 1
    if rest != 1:
        raise ValueError(f"{value} has no end as a decimal")
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    whole, part = digits[: len(digits) - places], digits[len(digits) - places :].rstrip("0")
    return f"{'-' * (value < 0)}{whole}{'.' * bool(part)}{part}"


Percent = Annotated[
    Fraction,
    BeforeValidator(_percent),
    PlainSerializer(_percent_text),
    WithJsonSchema({"type": "string", "pattern": r"^\d+(\.\d+)?\s*%$", "examples": ["99.95%"]}),
]
"""Percentage points, exactly: `99.95%` is 9995/100."""

Text = Annotated[str, BeforeValidator(str)]
"""A scalar that is kept as it was written."""


def working_time(value: object) -> str:
    """The text of a duration or of business days, as it was written; raises ValueError."""
    text = str(value)
    if not re.fullmatch(r"\d+bd", text):
        try:
            Duration.parse(text)
        except ValueError as error:
            raise ValueError(f"{error}, or business days such as 5bd") from None
    return text


WorkingTime = Annotated[str, BeforeValidator(working_time)]
"""A duration, or business days such as `5bd`."""

Infinite = Literal["infinite"]
INFINITE: Infinite = "infinite"
"""What a percentile or a mean is when a lost packet counts as one that never came back."""
Figure = Fraction | Infinite
"""A measured value in the unit of statements: percentage points, or milliseconds."""

_TARGET = re.compile(r"(>=|<=|>|<)\s*(\d+(?:\.\d+)?)\s*(%|us|ms|s|m|h|d|bd|)")
_MS = {"us": Fraction(1, 1000), "ms": Fraction(1), "s": Fraction(1000)} | {
    "m": Fraction(60_000),
    "h": Fraction(3_600_000),
    "d": Fraction(86_400_000),
}


@dataclass(frozen=True, slots=True)
class Target:
    """What was promised: `>= 99.9%`, `<= 45ms`. `value` is in percentage points or milliseconds."""

    operator: str
    value: Fraction
    unit: str
    text: str

    @classmethod
    def parse(cls, value: object) -> Target:
        """Read `<= 45ms`; raises ValueError."""
        if isinstance(value, Target):
            return value
        match = _TARGET.fullmatch(str(value).strip())
        if not match:
            raise ValueError(f"{value!r} is not a target such as '>= 99.9%' or '<= 45ms'")
        return cls(
            match[1], Fraction(match[2]) * _MS.get(match[3], Fraction(1)), match[3], str(value).strip()
        )

    @property
    def wants_more(self) -> bool:
        """Whether a larger value is the better one."""
        return self.operator in {">=", ">"}

    def met_by(self, figure: Figure) -> bool:
        """Whether `figure`, in the same unit, keeps the promise; equal is decided exactly."""
        if figure == INFINITE:
            return self.wants_more
        if figure == self.value:
            return "=" in self.operator
        return (figure > self.value) is self.wants_more

    def __str__(self) -> str:
        return self.text


Promise = Annotated[
    Target,
    BeforeValidator(Target.parse),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "pattern": "^" + _TARGET.pattern + "$", "examples": [">= 99.9%"]}),
]
