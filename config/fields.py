"""The scalars that a configuration's keys take: names, zones, days, money, addresses.

Each refuses nonsense with a sentence that says what would be right. A message quotes what it
refuses, but for URLs, which may hold a password.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema

SLUG = r"^[a-z0-9][a-z0-9_.-]*$"
LABEL = r"^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$"
"""A name in Prometheus's data model; those that begin with `__` are its own."""
OUR_LABELS = frozenset(
    "host site carrier circuit probe kind carrier_id service country contract objective output".split()  # noqa: SIM905
)
MOST_LABELS, LONGEST_LABEL = 16, 200
_SPAN = r"^\d+(d|w|mo|y)$"
_DISTANCE = r"^\d{1,6}(\.\d+)? ?km$"
_MONEY = r"^\d+(\.\d+)? [A-Z]{3}$"


def slug(name: str) -> str:
    """A name of ours as it stands in labels and addresses; raises ValueError."""
    if not re.fullmatch(SLUG[1:-1], name):
        raise ValueError(
            f"{name!r} is not a slug: it begins with a lower-case letter or a digit "
            "and holds only these, '-', '_' and '.'"
        )
    return name


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is not an IANA time zone such as Europe/London") from error
    return name


def _country(code: str) -> str:
    if not re.fullmatch(r"[A-Z]{2}", code):
        raise ValueError(f"{code!r} is not a country code of two capital letters (ISO 3166) such as GB")
    return code


def _day(value: object) -> date:
    """A day as it is written; pydantic alone would take 86400 for 1970-01-02."""
    if type(value) is date:
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise ValueError(f"{value!r} is not a day such as 2026-01-31") from error


def _point_in_time(value: object) -> datetime:
    """An instant with its offset from UTC (RFC 3339)."""
    text = str(value)
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not re.match(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:", text):
        raise ValueError(f"{text!r} is not an instant such as 2025-12-31T23:59:00Z")
    return at.astimezone(UTC)


def _span(text: str) -> str:
    if not re.fullmatch(_SPAN[1:-1], text):
        raise ValueError(f"{text!r} is not a time such as 90d, 12w, 12mo or 3y")
    return text


def _distance(text: str) -> str:
    if not re.fullmatch(_DISTANCE[1:-1], text):
        raise ValueError(f"{text!r} is not a distance such as 340km")
    return text


def kilometres(distance: str) -> Decimal:
    """A distance as a number of kilometres."""
    return Decimal(distance.removesuffix("km").strip())


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise ValueError("is not a URL such as http://127.0.0.1:8086") from None
    if not usable:
        raise ValueError("is not a URL such as http://127.0.0.1:8086")
    if parts.username is not None:
        raise ValueError("holds a user or a password: these have keys of their own")
    return text


def listen_address(text: str) -> tuple[str, int]:
    """Host and port of `127.0.0.1:9850`, `[::1]:9850`, `name:9850` or `:9850` (host "", every address).

    Raises ValueError.
    """
    match = re.fullmatch(r"(?:\[([0-9a-fA-F:.%\w]+)\]|([^\s:\[\]]*)):([0-9]{1,5})", text)
    if not match or int(match[3]) > 65535:
        raise ValueError(f"{text!r} is not an address and a port such as 127.0.0.1:9850 or [::1]:9850")
    return match[1] or match[2], int(match[3])


def _listen(text: str) -> str:
    listen_address(text)
    return text


def _label_name(name: str) -> str:
    if not re.fullmatch(LABEL[1:-1], name):
        raise ValueError(f"{name!r} is not a label's name: letters, digits and '_', no digit or '__' first")
    if name in OUR_LABELS:
        raise ValueError(f"{name!r} is a label of ours: choose another name")
    return name


def _few(labels: Mapping[str, str]) -> Mapping[str, str]:
    if len(labels) > MOST_LABELS:
        raise ValueError(f"has {len(labels)} labels: at most {MOST_LABELS}")
    return labels


def _short(text: str) -> str:
    if len(text) > LONGEST_LABEL:
        raise ValueError(f"has {len(text)} characters: at most {LONGEST_LABEL}")
    return text


Slug = Annotated[str, AfterValidator(slug), Field(json_schema_extra={"pattern": SLUG})]
Zone = Annotated[str, AfterValidator(_zone)]
Country = Annotated[str, AfterValidator(_country), Field(json_schema_extra={"pattern": "^[A-Z]{2}$"})]
Day = Annotated[
    date, BeforeValidator(_day), WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"})
]
PointInTime = Annotated[
    datetime,
    BeforeValidator(_point_in_time),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}"}),
]
Span = Annotated[str, AfterValidator(_span), Field(json_schema_extra={"pattern": _SPAN})]
Distance = Annotated[str, AfterValidator(_distance), Field(json_schema_extra={"pattern": _DISTANCE})]
Url = Annotated[str, AfterValidator(_url), Field(json_schema_extra={"pattern": "^https?://[^@]+$"})]
Listen = Annotated[str, AfterValidator(_listen), Field(json_schema_extra={"pattern": r":\d{1,5}$"})]
Labels = Annotated[
    Mapping[Annotated[str, AfterValidator(_label_name)], Annotated[str, AfterValidator(_short)]],
    AfterValidator(_few),
    Field(
        json_schema_extra={
            "propertyNames": {"pattern": LABEL, "not": {"enum": sorted(OUR_LABELS)}},
            "maxProperties": MOST_LABELS,
        }
    ),
]
Switch = Annotated[bool, Field(strict=True)]


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount of one currency; the file's text is kept, money is never a float."""

    amount: Decimal
    currency: str

    @classmethod
    def parse(cls, value: object) -> Money:
        """Read `1200.00 USD`; raises ValueError."""
        if isinstance(value, Money):
            return value
        match = re.fullmatch(r"(\d+(?:\.\d+)?) ([A-Z]{3})", str(value))
        if not match:
            raise ValueError(f"{value!r} is not an amount with its currency, such as 1200.00 USD")
        return cls(Decimal(match[1]), match[2])

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


Amount = Annotated[
    Money,
    BeforeValidator(Money.parse),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "pattern": _MONEY}),
]
