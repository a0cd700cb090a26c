"""A new contract from a shipped kind: what is asked, what may be answered, and the file that it makes."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from config.contract import Contract
from config.contracts_file import load_contract
from config.decisions import decisions, filled, value_at
from config.errors import ConfigErrors, Problems
from config.errors import Path as Key
from config.kinds import DIRECTORY, OWN, PREFIX, kinds
from config.tree import parse, plain

ASKED: Mapping[str, str] = {
    "timezone": "Whose midnight ends a month? An outage near it is in one month or the other. A zone such as "
    "Europe/London, or site",
    "currency": "In which currency does it pay? Such as USD, or circuit: that of the circuit's charge",
    "period": "Over which period is it judged? A longer one dilutes an outage. calendar_month, "
    "calendar_quarter or calendar_year",
    "denominator": "What is downtime divided by? elapsed: real time; nominal: every day has 24 h",
    "start": "From when does an outage count? measured, reported or ticket: time before does not count",
    "end": "Until when does an outage count? restored or ticket_closed",
    "across_periods": "Which month has an outage over its edge? split, start or restoration",
    "policy": "What does unmeasured time count as? exclude (it is taken out), up, down, or carry (as before)",
    "target": "What is promised? Above or below it there is a breach; at >= and <= the value itself is kept",
    "each": "What is promised for each case? Such as <= 4h",
    "dispatched": "And for cases that needed a visit?",
    "bands": "Are these the lines of the paper's table? Else give them all, worse service paying more",
    "day_rate": "What is a day of the monthly charge? 1/30, 1/days_in_month or 12/365",
    "combine": "Do several broken promises pay together (sum), or only the largest (max)?",
    "lost": "What is a lost packet's delay? ignore: none; infinite: later than all that came",
    "partial": "Does a begun unit pay? whole: no; fraction: as a whole one; proportional: its share",
    "ticket_within": "Within which time of its start must an outage have a ticket? Later ones are not "
    "claimable. Such as 72h or 5bd; - for no such rule",
    "submit_within": "Within which time after the period must the claim be made? Such as 30d; "
    "- for no such rule",
}
"""What is asked, by the last key of the place; each says what the answer changes."""
_EACH_UNIT = "What is divided into units: the period's sum, each outage or each day? period, outage or day"
_NOT_ASKED = {"carrier": "example", "effective": "2000-01-01"}
"""What stands in for a paper while single answers are checked."""
NONE = "-"
"""The answer that takes a rule out."""
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./%+ -]*")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Question:
    """One decision of a contract: where it stands, what to ask, and what the kind says."""

    key: Key
    text: str
    default: Any

    @property
    def name(self) -> str:
        """`outage.across_periods`, as `--set` takes it."""
        return ".".join(map(str, self.key))


def summary(kind: str, directory: Path = DIRECTORY) -> str:
    """What a kind is, in the first sentence of its file."""
    comment = []
    for line in (directory / f"{kind}.yaml").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            break
        comment.append(line.removeprefix("#").strip())
    return re.split(r"(?<=\.)\s", " ".join(comment), maxsplit=1)[0]


def summaries(directory: Path = DIRECTORY) -> dict[str, str]:
    """Every shipped kind with its sentence."""
    return {kind: summary(kind, directory) for kind in kinds(directory)}


def terms_of(kind: str, directory: Path = DIRECTORY) -> dict[str, Any]:
    """What a kind says, in plain values, without what only a paper can; raises ConfigErrors."""
    written = load_contract(directory / f"{kind}.yaml", kind, directory)[1].written()
    return {key: value for key, value in written.items() if key not in OWN}


def questions(terms: Mapping[str, Any]) -> list[Question]:
    """What is worth asking of a kind's terms, in the order of a contract."""
    return [_question(terms, key) for key in dict.fromkeys(_asked(terms))]


def _asked(terms: Mapping[str, Any]) -> Iterator[Key]:
    yield from (("timezone",), ("currency",))
    known = list(decisions(terms))
    yield from (key for key in known if len(key) < 3 or key[0] == "outage")
    for name, objective in (terms.get("objectives") or {}).items():
        root: Key = ("objectives", name)
        for path in (("target",), ("each",), ("dispatched",), ("bands",), ("credit", "bands")):
            if value_at(objective, path) is not None:
                yield (*root, *path)
        yield from (key for key in known if key[:2] == root)
    yield from (("claim", "ticket_within"), ("claim", "submit_within"))


def _question(terms: Mapping[str, Any], key: Key) -> Question:
    of_credit = key[-2:] == ("credit", "each")
    text = _EACH_UNIT if of_credit else ASKED[str(key[-1])]
    return Question(key, text, value_at(terms, key))


def read_value(text: str) -> Any:  # noqa: ANN401 - any value that YAML can hold
    """An answer as a file would have it: text, a number, a list or a map; `-` and nothing are None.

    Raises ValueError with the mistake.
    """
    if text.strip() in {NONE, ""}:
        return None
    as_it_is = text.strip()[:1] in "[{\"'" or text.strip().isdecimal()
    quoted = text if as_it_is else json.dumps(text.strip(), ensure_ascii=False)
    problems = Problems()
    found = parse(f"value: {quoted}\n", "the answer", problems)
    if found is None or problems.has_errors:
        raise ValueError("; ".join(one.text for one in problems.sorted()) or f"{text!r} can't be read")
    return plain(found)["value"]


def refusal(terms: Mapping[str, Any], key: Key, value: object) -> str:
    """What is wrong with an answer, in a sentence; empty where it fits."""
    try:
        Contract.model_validate(filled({**_NOT_ASKED, **terms}, [(key, value)]))
    except ValidationError as error:
        return "; ".join(one["msg"] for one in error.errors() if one["loc"][: len(key)] == key)
    return ""


def contract_text(name: str, kind: str, own: Mapping[str, Any], asked: Mapping[Key, str]) -> str:
    """The file of a contract that extends a kind; `asked` are comments by place."""
    head = [
        f"# Made from the shipped kind {kind}: what is not said here is as that kind says.",
        "# Read all of it against the paper:  linkledger contract explain " + f"{name} --file THIS_FILE",
        "",
        "contracts:",
        f"  {name}:",
        f"    extends: {PREFIX}{kind}",
    ]
    return "\n".join([*head, *_block(own, (), asked, 4), ""])


def _block(value: Mapping[str, Any], at: Key, asked: Mapping[Key, str], indent: int) -> Iterator[str]:
    for key, one in value.items():
        here = (*at, key)
        if here in asked:
            yield f"{' ' * indent}# {asked[here]}"
        margin = f"{' ' * indent}{_key(key)}:"
        if isinstance(one, Mapping) and one:
            yield margin
            yield from _block(one, here, asked, indent + 2)
        elif isinstance(one, list) and one and isinstance(one[0], Mapping):
            yield margin
            yield from (f"{' ' * indent}  - {_flow(item)}" for item in one)
        else:
            yield f"{margin} {_flow(one)}".rstrip()


def _flow(value: object) -> str:
    """A value on one line, as YAML."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)}: {_flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(one) for one in value) + "]"
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    # A text of digits in quotes: without them it would be a number, and a clause is none.
    safe = _PLAIN.fullmatch(text) and text == text.strip() and text not in {"true", "false", "null"}
    safe = safe and not (isinstance(value, str) and _NUMBER.fullmatch(text))
    return text if safe else json.dumps(text, ensure_ascii=False)


def _key(key: object) -> str:
    text = str(key)
    return text if _KEY.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def own_terms(terms: Mapping[str, Any], answers: Mapping[Key, Any]) -> dict[str, Any]:
    """The answers as the contract's own keys; None takes out what the kind says, and is nothing elsewhere."""
    said = {key: one for key, one in answers.items() if one is not None or value_at(terms, key) is not None}
    begins: Key = ("claim", "from")
    if said.get(("claim", "submit_within"), "") is None and value_at(terms, begins) is not None:
        said[begins] = None
    return filled({}, said.items())


def written(value: object) -> str:
    """A value as `read_value` reads it: text as it is, all else as YAML on one line, `-` for None."""
    if value is None:
        return NONE
    return (
        value if isinstance(value, str) and value[:1] not in {"[", "{", '"', "'", "-", ""} else _flow(value)
    )


def keep(text: str, name: str, out: Path, *, replace: bool, directory: Path = DIRECTORY) -> Contract:
    """Write a contract's file once it is known to be good, whole or not at all; the contract in it.

    Raises ConfigErrors that name `out` where the contract isn't good, FileExistsError where a file is
    there and `replace` is False, and OSError.
    """
    handle, temporary = tempfile.mkstemp(prefix=f".{out.name}-", suffix=".yaml", dir=out.parent)
    draft = Path(temporary)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        contract = _load(draft, name, out, directory)
        draft.chmod(0o666 & ~_umask())
        if replace:
            draft.replace(out)
        else:
            os.link(draft, out)
    finally:
        draft.unlink(missing_ok=True)
    return contract


def checked(text: str, name: str, out: Path, *, directory: Path = DIRECTORY) -> Contract:
    """The contract in a text that is to stand in `out`; raises ConfigErrors that name it, writes nothing."""
    with tempfile.TemporaryDirectory() as place:
        draft = Path(place, "contract.yaml")
        draft.write_text(text, encoding="utf-8")
        return _load(draft, name, out, directory)


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def _load(draft: Path, name: str, out: Path, directory: Path) -> Contract:
    try:
        return load_contract(draft, name, directory)[1]
    except ConfigErrors as errors:
        raise ConfigErrors(
            one._replace(file=str(out)) if one.file == str(draft) else one for one in errors.problems
        ) from None
