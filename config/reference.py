"""The config reference, made from the models: `python -m config.reference` writes docs/config.md."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from fractions import Fraction
from inspect import cleandoc
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from config import traffic
from config.bounds import Bound
from config.contract import Contract
from config.dated import Dated
from config.edges import Edge, Number
from config.entries import PROVES, REFERENCE_DEFAULTS
from config.errors import dotted
from config.fields import Money
from config.maintenance import Moment
from config.objectives import METRICS, Objective, Objectives
from config.outage import Allowance
from config.payouts import Payout
from config.rates import DayRate
from config.settings import ProbeSettings, Reference, Settings
from config.terms import Target
from config.weekly import Hours, Weekly
from probes import PROBES, probe_kind
from probes.model import ProbeOptions
from probes.values import Duration, Rate, Secret, Size

DOCUMENT = Path(__file__).parent.parent / "docs" / "config.md"
_HIDDEN = {Settings: {"host", "digest"}, Reference: {"probe"}}
_TITLES: dict[type[BaseModel], str] = {Settings: "The file"}
_WORDS: dict[object, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    date: "date",
    datetime: "instant",
    Path: "path",
    Fraction: "percentage",
    Duration: "duration",
    Rate: "rate",
    Size: "size",
    Secret: "secret",
    Money: "amount",
    Target: "target",
    Bound: "bound",
    Payout: "payout",
    Edge: "percentage, time, business days or number",
    Number: "number",
    Allowance: "time a year",
    DayRate: "share",
    Moment: "time",
    Weekly: "weekly window",
    Hours: "map of days to times",
    ProbeSettings: "[probe](#a-probe)",
    Reference: "[reference](#a-reference)",
    Any: "anything",
    object: "anything",
}

_INTRODUCTION = """\
# Configuration

<!-- Made by `python -m config.reference` from the models in config/: change those. -->

One YAML file. It is looked for in `-c`, `$LINKLEDGER_CONFIG`, `./linkledger.yaml` and
`/etc/linkledger/linkledger.yaml`, in this order. `linkledger init` writes a first one, `linkledger check`
says everything that is wrong with one, with the place of each mistake, and `linkledger check --schema`
prints a JSON Schema for editors. [config/examples](../config/examples) has whole files.

- An unknown key is an error. A key with nothing after it counts as left out.
- `true` and `false`, whole numbers and decimals are what they look like; everything else is text, also
  `no`, `012` and `1:30`.
- A **duration** is `500ms`, `10s`, `5m`, `2h`, `30d`; a **rate** `64k`, `100M`, `2.5G` bit/s; a **size**
  `500M`, `20G` bytes; a **date** `2026-01-31`; an **amount** `1200.00 USD`; a **percentage** `99.95%`.
- A **path** is relative to the file that holds it.
- A **secret** is text (which `check` warns of), `{env: NAME}`, `{file: PATH}` or `{credential: NAME}`
  (systemd's LoadCredential). No secret is ever printed.
- `include: [conf.d/*.yaml]`, in the top file alone, merges the maps of more files; a key given twice is an
  error.
- Names of sites, carriers, circuits, contracts, credentials, kits, probes and outputs are slugs: lower-case
  letters, digits, `-`, `_` and `.`.

## Many circuits

[estate.yaml](../config/examples/estate.yaml) and [estate.csv](../config/examples/estate.csv) show all
of this. What holds of a circuit comes from its entry or row, then its kits, then `defaults`, then what
is built in; `linkledger check --explain CIRCUIT` says for each value which, with its file and line, who
judges what, and the traffic that the probes make in a month.

`defaults:` holds keys for every entry of a kind, in whatever file it stands: `sites`, `carriers`,
`circuits`, `contracts`, `probes`, `references`. An entry's own key replaces the default as a whole, but
for `labels`: these are added to the default's.

`kits:` holds probes that many circuits share: `{wan: {pe: {icmp: "{pe}"}, cpe: {snmp: "{cpe}"}}}`. A
circuit takes them with `kit: wan`, or `kit: [wan, voice]`, and says each `{word}` as a key of its own:
`pe: 203.0.113.1`. `{circuit}` is its id, and its own keys are words too: `{carrier_id}`,
`{via.source}`, `{labels.region}`. A word that is missing, and one that no kit of the circuit uses, is
an error. A brace that begins no word is written twice. Under the circuit's `probes`, a probe of the
same name replaces single keys of the kit's.

`circuits: {csv: circuits.csv}`, or a list of files, takes a circuit from each row, beside those that
are written here. The header names the columns: `circuit` (or `id`), keys of a circuit, those inside a
map with dots (`bandwidth.down`, `active.from`, `labels.region`), and the kits' words. An empty cell is
a key that was left out; a cell of a circuit's key that begins with `[` or `{` is a list or a map, as in
YAML. The separator is a comma, a semicolon or a tab; cells may be quoted (RFC 4180); a row that begins
with `#` is a comment.

**Dated facts**: a circuit's `carrier`, `contract`, `monthly_charge`, `bandwidth`, `up_when` and
`judged_by` take a value, or values over time: `[{value: 900.00 EUR}, {from: 2026-07-01, value: 750.00
EUR}]`. What is measured changes at midnight of the circuit's site. A statement takes days by its
contract's zone; it is judged by what stood at its period's start, and says so where something changes
inside. Time before a circuit's first contract, and after its last, is not judged.

### Traffic

"""

_PROBE = f"""\
One key names the kind and holds the target; the others are options. `{{icmp: 203.0.113.1, every: 10s}}`.
Where `timeout` is left out and `every` is shorter, a `tcp` probe waits no longer than `every`.

`{PROVES}`: `path` (the default: any answer, also a refusal, shows that the circuit carries) or `service`
(a refusal, a reset, a failed TLS handshake is down).
"""

_BUILT_IN = " and ".join(f"`{key}: {value}`" for key, value in REFERENCE_DEFAULTS.items())
_REFERENCE = f"""\
A probe's keys, and these. Without `every` it runs as often as the most frequent probe of its site, with
{_BUILT_IN}. `gateway` is this host's default gateway.
"""


def reference() -> str:
    """The whole document, in Markdown."""
    sections = [f"{_INTRODUCTION}{cleandoc(traffic.__doc__ or '')}\n"]
    for model in _models(Settings, []):
        if model is ProbeSettings:
            sections += [f"## A probe\n\n{_PROBE}", *(_kind(kind) for kind in PROBES)]
        elif model is Reference:
            sections.append(f"## A reference\n\n{_REFERENCE}\n{_table(model)}")
        elif model is Objectives:
            sections += [f"## Objectives\n\n{_summary(model)}\n\n{_table(Objective)}", *_metrics()]
        else:
            asked = f" {_asked()}" if model is Contract else ""
            sections.append(f"## {_title(model)}\n\n{_summary(model)}{asked}\n\n{_table(model)}")
    return "\n".join(sections)


def _asked() -> str:
    """What a contract must say: it refuses to be made without."""
    try:
        Contract.model_validate({"carrier": "any"})
    except ValidationError as error:
        keys = ("carrier", *(dotted(one["loc"]) for one in error.errors()))
        return (
            f"Required: {', '.join(f'`{key}`' for key in keys)}; `day_rate` where a credit is in days or "
            "hours; `combine` where two objectives pay."
        )
    return ""


def _models(model: type[BaseModel], seen: list[type[BaseModel]]) -> list[type[BaseModel]]:
    """Every model of the file from `model` down, each once, in the order of the keys."""
    if model in seen or model is ProbeOptions or model in METRICS.values():
        return seen
    seen.append(model)
    extra = getattr(model, "__annotations__", {}).get("__pydantic_extra__")
    fields = [field.annotation for name, field in model.model_fields.items() if not _hidden(model, name)]
    if model is Objectives:
        fields += [field.annotation for one in METRICS.values() for field in one.model_fields.values()]
    elif extra:
        fields.append(get_type_hints(model, include_extras=True)["__pydantic_extra__"])
    for kind in fields:
        for one in _inside(kind):
            _models(one, seen)
    return seen


def _inside(kind: object) -> Iterator[type[BaseModel]]:
    """The models that a type is made of."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    for one in get_args(kind):
        yield from _inside(one)


def _kind(kind: str) -> str:
    model = probe_kind(kind).options
    row = f"| `{kind}` | text | required | the target |"
    own = f"### {kind}\n\n{_summary(model)}\n\n{_HEAD}\n{row}\n{_rows(model)}"
    below = (f"#### {_title(one)}\n\n{_summary(one)}\n\n{_table(one)}" for one in _models(model, [])[1:])
    return "\n".join((own, *below))


def _metrics() -> Iterator[str]:
    """A table a metric, of the keys that other metrics don't have; metrics with the same keys share one."""
    names = dict[type[Objective], list[str]]()
    for name, model in METRICS.items():
        names.setdefault(model, []).append(f"`{name}`")
    for model, words in names.items():
        own = [name for name in model.model_fields if name not in Objective.model_fields or name == "target"]
        table = f"{_HEAD}\n{_rows(model, own)}"
        yield f"### {', '.join(words)}\n\n{_summary(model)}\n\n{table}"


_HEAD = "| key | type | default | meaning |\n|---|---|---|---|"


def _table(model: type[BaseModel]) -> str:
    return f"{_HEAD}\n{_rows(model)}"


def _rows(model: type[BaseModel], names: Iterable[str] | None = None) -> str:
    shown = [name for name in names or model.model_fields if not _hidden(model, name)]
    return "".join(f"{_row(name, model.model_fields[name])}\n" for name in shown)


def _row(name: str, field: FieldInfo) -> str:
    cells = (f"`{field.alias or name}`", _type(field.annotation), _default(field), _meaning(field))
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _meaning(field: FieldInfo) -> str:
    return field.description or ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "" if field is Settings.model_fields["site"] else "required"
    value = next(iter(field.default.values), None) if isinstance(field.default, Dated) else field.default
    if value is None or isinstance(value, BaseModel) or value in ((), {}, ""):
        return ""
    if isinstance(value, tuple):
        value = ", ".join(map(str, value))
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _type(kind: object) -> str:
    if kind in _WORDS:
        return _WORDS[kind]
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _type(arguments[0])
    if origin is Dated:
        return _type(arguments[0])
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(_type(one) for one in arguments if one is not type(None)))
    if origin is Literal:
        return ", ".join(f"`{one}`" for one in arguments)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return f"[{_title(kind)}](#{_anchor(_title(kind))})"
    if origin is tuple:
        return f"list of {_type(arguments[0])}"
    return f"map of {_type(arguments[1])}" if arguments else "map"


def _hidden(model: type[BaseModel], name: str) -> bool:
    return name in _HIDDEN.get(model, ())


def _title(model: type[BaseModel]) -> str:
    if model in _TITLES:
        return _TITLES[model]
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", model.__name__.removesuffix("Settings")).lower()
    return words[0].upper() + words[1:]


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")


def _summary(model: type[BaseModel]) -> str:
    return " ".join((model.__doc__ or "").split())


def write(path: Path = DOCUMENT) -> None:
    """Make docs/config.md anew."""
    path.write_text(reference())


if __name__ == "__main__":
    write()
