"""Whatever happens to a good file, the answer is a configuration or a list of problems."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from config.errors import ConfigErrors
from config.load import load_text
from tests.config.estate import GOOD, HOST
from tests.config.test_load import EXAMPLES, SECRETS

FULL = next(path for path in EXAMPLES if path.stem == "full").read_text()
LINES = [line for line in FULL.splitlines() if line.strip() and not line.strip().startswith("#")]
WORDS = ["~", "true", "-1", "0", "1.5", "[]", "{}", "*x", "'", "é", "none", "any", "ours", "gateway"]
PHRASES = [
    "",
    "[{}]",
    "0s",
    "1d",
    "\x00",
    "99999d",
    "p99",
    "{a: 1}",
    "&x y",
    "!t z",
    "9" * 30,
    "[pe, pe]",
    "{env: X}",
    "{file: /}",
    "- a",
    "a: b",
]
JUNK = st.sampled_from([*WORDS, *PHRASES])


def survives(text: str) -> bool:
    """Loading gives settings, or raises ConfigErrors with an error at least, and nothing else."""
    try:
        return load_text(text, "mutant.yaml", host=HOST, environ=SECRETS).settings.site != ""
    except ConfigErrors as errors:
        return any(problem.is_error and problem.text for problem in errors.problems)


@settings(max_examples=150)
@given(st.data())
def test_a_value_that_becomes_junk_is_a_problem_at_most(data: st.DataObject) -> None:
    lines = list(LINES)
    for _ in range(data.draw(st.integers(1, 3))):
        number = data.draw(st.integers(0, len(lines) - 1))
        head, colon, _ = lines[number].partition(": ")
        lines[number] = f"{head}{colon or ':'} {data.draw(JUNK)}"
    assert survives("\n".join(lines))


@settings(max_examples=100)
@given(st.data())
def test_a_flow_value_that_becomes_junk_is_a_problem_at_most(data: st.DataObject) -> None:
    pieces = FULL.split(": ")
    number = data.draw(st.integers(1, len(pieces) - 1))
    ends = [at for mark in ",}\n" if (at := pieces[number].find(mark)) >= 0]
    end = min(ends, default=0)
    pieces[number] = data.draw(JUNK) + pieces[number][end:]
    assert survives(": ".join(pieces))


@settings(max_examples=100)
@given(st.data())
def test_lines_that_are_lost_doubled_or_moved_are_a_problem_at_most(data: st.DataObject) -> None:
    lines = list(LINES)
    for _ in range(data.draw(st.integers(1, 4))):
        line = lines.pop(data.draw(st.integers(0, len(lines) - 1)))
        for _ in range(data.draw(st.integers(0, 2))):
            lines.insert(data.draw(st.integers(0, len(lines))), line)
    assert survives("\n".join(lines))


@settings(max_examples=100)
@given(st.integers(0, len(GOOD)), st.integers(0, 40), st.text(max_size=5))
def test_characters_that_are_lost_or_put_in_are_a_problem_at_most(at: int, lost: int, put: str) -> None:
    assert survives(GOOD[:at] + put + GOOD[at + lost :])


def test_the_mutated_files_begin_good() -> None:
    assert load_text("\n".join(LINES), "full.yaml", host=HOST, environ=SECRETS).files == (Path("full.yaml"),)
