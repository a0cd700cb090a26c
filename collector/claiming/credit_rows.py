"""Credit notes from CSV: each row read strictly, every mistake told with its line and column. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from collector.notebook.bodies import CreditBody, made
from collector.notebook.words import LONGEST_NAME, sayable
from collector.sla.calendar import parse_period
from config.errors import Place, Problems, nearest
from config.files import Source
from config.settings import Settings
from config.table import Field, Table
from config.tree import place_of

COLUMNS = (
    "account",
    "carrier",
    "carrier_id",
    "circuit",
    "period",
    "amount",
    "currency",
    "reference",
    "issued",
)
NEEDED = (
    ("account", "carrier"),
    ("carrier_id", "circuit"),
    ("period",),
    ("amount",),
    ("currency",),
    ("reference",),
)
_WHERE = ("credits",)
_AMOUNT = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,6})?")


@dataclass(frozen=True, slots=True)
class CreditRow:
    """A credit note, and the line of the file that says so."""

    line: int
    body: CreditBody


def credit_rows(
    source: Source, settings: Settings, problems: Problems, *, reason: str | None
) -> list[CreditRow]:
    """The credit notes of a file; what is wrong goes to `problems`, and then nothing should be written.

    Columns by name in any order: account or carrier (or both), carrier_id or circuit, period, amount,
    currency, reference, and `issued` if wanted. `reason` is what the notes say, else the file and line.
    """
    lines = Table(source, _WHERE, problems).lines()
    header = next(lines, [])
    if header is None:
        return []
    if not header:
        problems.error(Place(source.name, 1, 1), _WHERE, "is empty: there is no header")
        return []
    columns = _columns(header, problems)
    rows: list[CreditRow] = []
    for fields in lines:
        if fields is not None and columns is not None:
            rows += _Row(source, columns, fields, settings, problems).read(len(header), reason)
    _tell_twins(rows, source, problems)
    return rows


def _columns(header: Sequence[Field], problems: Problems) -> Mapping[str, int] | None:
    """Where each column is; None where rows can't be read by it."""
    found: dict[str, int] = {}
    good = True
    for number, field in enumerate(header):
        name, text = field.text.strip().lower(), ""
        if name not in COLUMNS:
            text = f"there is no column {field.text!r}: {nearest(name, COLUMNS)}"
        elif name in found:
            text = f"column {name} is there twice"
        if text:
            problems.error(place_of(field.begin), _WHERE, text)
            good = False
        found[name] = number
    for names in NEEDED:
        if not any(name in found for name in names):
            problems.error(place_of(header[0].begin), _WHERE, f"column {' or '.join(names)} is missing")
            good = False
    return found if good else None


@dataclass
class _Row:
    """One row while it is read."""

    source: Source
    columns: Mapping[str, int]
    fields: Sequence[Field]
    settings: Settings
    problems: Problems
    good: bool = True

    def read(self, width: int, reason: str | None) -> Iterator[CreditRow]:
        """The credit note, or nothing where something was told."""
        if len(self.fields) != width:
            many = len(self.fields) > width
            field = self.fields[width if many else -1]
            self._tell(field, f"this row has {len(self.fields)} cells, the header {width}")
            return
        values = self._values()
        if not self.good:
            return
        line = self.fields[0].begin.line + 1
        why = reason or sayable(f"imported from {self.source.path.name}, line {line}")
        said = {**values, "external_id": self._identity(), "reason": why}
        try:
            body = made(CreditBody.KIND, said)
        except ValueError as error:
            self._tell(self.fields[0], str(error))
            return
        if isinstance(body, CreditBody):
            yield CreditRow(line, body)

    def _values(self) -> dict[str, str]:
        account, carrier = self._account()
        values = {
            "account": account,
            "carrier": carrier,
            "carrier_id": self._circuit(),
            "period": self._period(),
            "amount": self._amount(),
            "reference": self._needed("reference"),
            "issued": self._issued(),
        }
        return {name: value for name, value in values.items() if value}

    def _text(self, name: str) -> str:
        return self.fields[self.columns[name]].text if name in self.columns else ""

    def _needed(self, name: str) -> str:
        text = self._text(name)
        if not text:
            self._tell(self._field(name), f"{name} is empty")
        return text

    def _field(self, name: str) -> Field:
        return self.fields[self.columns[name]] if name in self.columns else self.fields[0]

    def _tell(self, field: Field, text: str) -> None:
        self.problems.error(place_of(field.begin), _WHERE, text)
        self.good = False

    def _account(self) -> tuple[str, str]:
        """Our account, and whose it is: empty where several carriers or none have it."""
        account, carrier = self._text("account"), self._text("carrier")
        known = self.settings.carriers
        if not account and not carrier:
            name = "account" if "account" in self.columns else "carrier"
            self._tell(self._field(name), f"{name} is empty")
        elif carrier and carrier not in known:
            by_name = [key for key, one in known.items() if one.name == carrier]
            if len(by_name) != 1:
                self._tell(self._field("carrier"), f"the configuration has no carrier {carrier!r}: "
                           f"{nearest(carrier, known)}")  # fmt: skip
                return account, ""
            carrier = by_name[0]
        owners = [key for key, one in known.items() if account and one.account == account]
        if carrier and owners and carrier not in owners:
            self._tell(self._field("account"), f"account {account} is {owners[0]}'s, not {carrier}'s")
        if carrier:
            return account or known[carrier].account or carrier, carrier
        return account, owners[0] if len(owners) == 1 else ""

    def _circuit(self) -> str:
        """The circuit as the carrier names it; ours where it has no such name."""
        theirs, ours = self._text("carrier_id"), self._text("circuit")
        if not theirs and not ours:
            name = "carrier_id" if "carrier_id" in self.columns else "circuit"
            self._tell(self._field(name), f"{name} is empty")
            return ""
        if not ours:
            return theirs
        known = self.settings.circuits.get(ours)
        if known is None:
            self._tell(self._field("circuit"), f"the configuration has no circuit {ours!r}: "
                       f"{nearest(ours, self.settings.circuits)}")  # fmt: skip
            return theirs
        if theirs and known.carrier_id not in {None, theirs}:
            self._tell(
                self._field("carrier_id"), f"circuit {ours} is {known.carrier_id} by the configuration"
            )
        return theirs or known.carrier_id or ours

    def _period(self) -> str:
        text = self._needed("period")
        try:
            if text:
                parse_period(text, "UTC", 0)
        except ValueError as error:
            self._tell(self._field("period"), str(error))
        return text

    def _amount(self) -> str:
        number, currency = self._needed("amount"), self._needed("currency")
        if number and not _AMOUNT.fullmatch(number):
            self._tell(self._field("amount"), f"{number!r} is not an amount such as 1234.56")
        elif number and not number.strip("0."):
            self._tell(self._field("amount"), "nothing is credited: leave the row out")
        if currency and not re.fullmatch(r"[A-Z]{3}", currency):
            self._tell(self._field("currency"), f"{currency!r} is not a currency such as USD")
        return f"{number} {currency}"

    def _identity(self) -> str:
        """The same for the same row, in whatever file and order of columns it comes."""
        whole, _, part = self._text("amount").partition(".")
        told = [
            self._text("account") or self._text("carrier"),
            self._text("carrier_id") or self._text("circuit"),
            self._text("period"),
            f"{whole.lstrip('0') or '0'}.{part.rstrip('0')}",
            self._text("currency"),
        ]
        digest = hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()[:16]
        return f"credit:{self._text('reference')[: LONGEST_NAME - 30]}:{digest}"

    def _issued(self) -> str:
        text = self._text("issued")
        try:
            if text:
                date.fromisoformat(text)
        except ValueError:
            self._tell(self._field("issued"), f"{text!r} is not a day such as 2026-05-12")
        return text


def _tell_twins(rows: Sequence[CreditRow], source: Source, problems: Problems) -> None:
    """Two rows that say the same can't be told from one that came twice."""
    seen: dict[str | None, int] = {}
    for one in rows:
        first = seen.setdefault(one.body.external_id, one.line)
        if first != one.line:
            place = Place(source.name, one.line, 1)
            problems.error(
                place, _WHERE, f"says the same as line {first}: give each credit its own reference"
            )
