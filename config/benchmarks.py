"""What the industry calls good, as data with its source: benchmarks/*.yaml, a file a paper.

They stand beside targets and decide nothing: a contract's promise is the contract's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from config.bounds import Bound, Limit, Measure
from config.errors import Problems
from config.files import read_text
from config.model import Model
from config.tree import parse, plain

DIRECTORY = Path(__file__).parent / "benchmarks"
Quantity = Literal["delay", "variation", "loss", "errors", "score"]
_QUANTITIES: Mapping[Measure, Quantity] = {
    "rtt": "delay",
    "jitter": "variation",
    "loss": "loss",
    "mos": "score",
}
WAYS = 2
"""A round trip is there and back: twice what a paper grants one way."""
_USUAL: Mapping[Measure, str] = {"mos": "g109/high"}
_DEFAULT = "y1541/class-0"
"""What stands beside a service of which no paper speaks."""


class Grade(Model):
    """A class or tier of a paper."""

    name: str = Field(description="as the paper calls it")
    suits: str = Field(description="what it is for")
    services: tuple[str, ...] = Field((), description="service words that it stands beside by itself")
    bounds: Mapping[Quantity, Limit] = Field(description="what it asks of each quantity, one way")


class Paper(Model):
    """A recommendation or standard, and what of it is written down here."""

    source: str = Field(description="who says it")
    version: str = Field(description="which edition")
    table: str = Field(description="where in it")
    title: str = Field(description="what it is called")
    url: str = Field(description="where it can be had")
    notes: Mapping[Quantity, str] = Field(description="how each quantity is meant there")
    classes: Mapping[str, Grade] = Field(description="its classes or tiers, by key")


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One bound beside a measure, in the measure's own unit."""

    key: str
    """`y1541/class-0`."""
    measure: Measure
    value: Fraction
    upwards: bool
    """Whether more is better."""
    text: str
    """`<= 200 ms`."""
    source: str
    """`ITU-T Y.1541 (12/2011), Table 1, class 0`."""
    words: str
    """How it compares with what is measured here, in a sentence."""
    suits: str
    url: str

    @property
    def told(self) -> str:
        """In one line: `<= 200 ms (ITU-T Y.1541 ..., class 0)`."""
        return f"{self.text} ({self.source})"


@cache
def papers() -> Mapping[str, Paper]:
    """Every paper that ships, by the name of its file."""
    return {path.stem: _read(path) for path in sorted(DIRECTORY.glob("*.yaml"))}


def _read(path: Path) -> Paper:
    problems = Problems()
    root = parse(read_text(path), path.name, problems)
    if root is None or len(problems):
        raise ValueError("\n".join(map(str, problems.sorted())))
    return Paper.model_validate(plain(root))


def known() -> tuple[str, ...]:
    """What a KPI's `benchmark` may name: `y1541/class-0`."""
    return tuple(f"{name}/{grade}" for name, paper in papers().items() for grade in paper.classes)


def beside(measure: Measure, service: str | None = None, named: str | None = None) -> Benchmark | None:
    """What stands beside a measure of a service: the one that is named, else the one that fits its word.

    None where no paper here speaks of the measure.
    """
    quantity = _QUANTITIES.get(measure)
    if quantity is None:
        return None
    if named is not None:
        return _of(named, measure, quantity)
    word = (service or "").lower()
    fitting = [
        f"{name}/{key}"
        for name, paper in papers().items()
        if quantity in paper.notes
        for key, grade in paper.classes.items()
        if word in grade.services
    ]
    return _of(next(iter(fitting), _USUAL.get(measure, _DEFAULT)), measure, quantity)


def _of(key: str, measure: Measure, quantity: Quantity) -> Benchmark | None:
    name, _, grade_key = key.partition("/")
    paper = papers().get(name)
    grade = paper.classes.get(grade_key) if paper else None
    bound = grade.bounds.get(quantity) if grade else None
    if paper is None or grade is None or bound is None:
        return None
    value = bound.of(measure) * (WAYS if quantity == "delay" else 1)
    return Benchmark(
        key=key,
        measure=measure,
        value=value,
        upwards=bound.upwards,
        text=f"{bound.operator} {_number(value)}{_UNITS[quantity]}",
        source=f"{paper.source} ({paper.version}), {paper.table}, {grade.name}",
        words=_words(bound, quantity, paper),
        suits=grade.suits,
        url=paper.url,
    )


_UNITS: Mapping[Quantity, str] = {"delay": " ms", "variation": " ms", "loss": "%", "errors": "%", "score": ""}


def _number(value: Fraction) -> str:
    return f"{float(value):g}"


def _words(bound: Bound, quantity: Quantity, paper: Paper) -> str:
    note = paper.notes.get(quantity, "")
    if quantity == "delay":
        return f"{bound} one way, so twice that there and back: {note}"
    return f"{bound}: {note}" if note else str(bound)
