"""What options are made of: durations, rates and secrets that print as they were written.

Each is an immutable value that refuses nonsense in its constructor, so that a bad text in a
configuration is refused where it stands and not where it is first used.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Self

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

_UNIT_MS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d|w)")
_RATE = re.compile(r"([0-9]+(?:\.[0-9]+)?)([kMGT]?)")
_RATE_FACTOR = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


class _Scalar:
    """A value read from one scalar of text; subclasses say how in `parse`."""

    PATTERN: ClassVar[str]
    WHAT: ClassVar[str]

    @classmethod
    def parse(cls, text: str) -> Self:
        """The value that `text` names; raises ValueError that says what would be right."""
        raise TypeError(cls.__name__)

    @classmethod
    def _validate(cls, value: Any) -> Self:  # noqa: ANN401 - whatever the file held
        if isinstance(value, cls):
            return value
        if isinstance(value, str):
            return cls.parse(value)
        raise ValueError(f"{value!r} is not {cls.WHAT}")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._validate, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "pattern": cls.PATTERN, "description": cls.WHAT}


@dataclass(frozen=True, slots=True, order=True)
class Duration(_Scalar):
    """A length of time in whole milliseconds, written `10s`, `5m`, `1h30m`, `400d`."""

    PATTERN: ClassVar[str] = r"^(\d+(\.\d+)?(ms|s|m|h|d|w))+$"
    WHAT: ClassVar[str] = "a duration such as 500ms, 10s, 5m, 2h or 30d"

    ms: int

    def __post_init__(self) -> None:
        if self.ms < 0:
            raise ValueError(f"{self.ms} ms is not a length of time")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `1h30m` as 5,400,000 ms; a bare number has no unit and is refused."""
        parts = _DURATION.findall(text)
        if not parts or "".join(number + unit for number, unit in parts) != text:
            raise ValueError(f"{text!r} is not {cls.WHAT}")
        total = sum(Fraction(number) * _UNIT_MS[unit] for number, unit in parts)
        if total.denominator != 1:
            raise ValueError(f"{text!r} is finer than a millisecond")
        return cls(int(total))

    @property
    def seconds(self) -> float:
        """The duration in seconds."""
        return self.ms / 1000

    def __str__(self) -> str:
        for unit in ("d", "h", "m", "s"):
            if self.ms and self.ms % _UNIT_MS[unit] == 0:
                return f"{self.ms // _UNIT_MS[unit]}{unit}"
        return f"{self.ms}ms"


@dataclass(frozen=True, slots=True, order=True)
class _Decimal(_Scalar):
    """A number with a power of ten behind it; it prints as it was written."""

    PATTERN: ClassVar[str] = r"^[0-9]+(\.[0-9]+)?[kMGT]?$"

    amount: int
    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `100M` as 10^8, and never as 2^20 of something."""
        match = _RATE.fullmatch(text)
        if not match:
            raise ValueError(f"{text!r} is not {cls.WHAT}")
        return cls(int(Fraction(match[1]) * _RATE_FACTOR[match[2]]), text)

    def __str__(self) -> str:
        return self.text


class Rate(_Decimal):
    """Bits per second, written `100M` (10^6), `2.5G`, `64k`."""

    __slots__ = ()
    WHAT: ClassVar[str] = "a rate in bit/s such as 64k, 100M or 2.5G"

    @property
    def bits_per_second(self) -> int:
        """The rate in bit/s."""
        return self.amount


class Size(_Decimal):
    """Bytes, written `20G` (10^9), `500M`."""

    __slots__ = ()
    WHAT: ClassVar[str] = "a size in bytes such as 500M or 20G"

    @property
    def bytes(self) -> int:
        """The size in bytes."""
        return self.amount


class Secret:
    """A text that can be used but not printed: `str`, `repr`, JSON and logs all show `***`."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The secret itself, for the one call that needs it."""
        return self._text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __str__(self) -> str:
        return "***"

    __repr__ = __str__

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            lambda value: value if isinstance(value, Secret) else Secret(str(value)),
            serialization=core_schema.plain_serializer_function_ser_schema(str),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        indirect = [
            {
                "type": "object",
                "properties": {key: {"type": "string"}},
                "required": [key],
                "additionalProperties": False,
            }
            for key in ("env", "file", "credential")
        ]
        return {"anyOf": [{"type": "string"}, *indirect], "description": "a secret, or where to find it"}
