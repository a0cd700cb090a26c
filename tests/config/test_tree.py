"""YAML text to values that know where they stand."""

from __future__ import annotations

import json
import pickle
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import Problems
from config.tree import MAX_DEPTH, Figure, Map, parse, plain


def read(text: str) -> tuple[object, list[str]]:
    """The plain value, and the problems without their file."""
    problems = Problems()
    found = parse(text, "a.yaml", problems)
    return plain(found), [str(one).removeprefix("a.yaml:") for one in problems.sorted()]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("42", 42),
        ("-7", -7),
        ("0", 0),
        ("1.50", 1.5),
        ("no", "no"),
        ("Yes", "Yes"),
        ("True", "True"),
        ("NULL", "NULL"),
        ("012", "012"),
        ("0x1f", "0x1f"),
        ("0o17", "0o17"),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("1e5", "1e5"),
        (".5", ".5"),
        ("+3", "+3"),
        ("2026-01-01", "2026-01-01"),
        ("12345678901234567890", "12345678901234567890"),
        ("'42'", "42"),
        ('"true"', "true"),
        ("!!str 42", "42"),
        ("99.95%", "99.95%"),
    ],
)
def test_a_scalar_is_what_it_plainly_is_and_text_otherwise(written: str, value: object) -> None:
    found, problems = read(f"key: {written}")
    assert found == {"key": value}
    assert isinstance(found, dict)
    assert isinstance(found["key"], type(value))
    assert problems == []


def test_a_decimal_prints_as_it_was_written_also_after_pickling() -> None:
    figure = pickle.loads(pickle.dumps(Figure("1.50")))
    assert (str(figure), repr(figure), figure + 1) == ("1.50", "1.50", 2.5)


def test_an_empty_text_is_an_empty_map() -> None:
    assert read("") == ({}, [])
    assert read("# nothing but a comment\n") == ({}, [])
    assert read("\ufeffa: 1\n") == ({"a": 1}, []), "a byte order mark is no part of the first key"


def test_every_key_knows_its_place_also_beyond_ascii() -> None:
    found = parse("é: {ü: 1}\nlist:\n  - a: 2\n", "a.yaml", Problems())
    assert found is not None
    assert str(found.key_place("é")) == "a.yaml:1:1"
    assert str(found["é"].value_place("ü")) == "a.yaml:1:8"
    assert str(found["list"][0].key_place("a")) == "a.yaml:3:5"
    assert str(found.key_place("absent")) == "a.yaml:1:1"


def test_a_key_given_twice_names_both_places_and_each_pair_is_told() -> None:
    _, problems = read("a:\n  b: 1\n  b: 2\na: {}\n")
    assert problems == [
        "3:3: a.b: this key is given twice, first at a.yaml:2:3: keep one of them",
        "4:1: a: this key is given twice, first at a.yaml:1:1: keep one of them",
    ]


def test_an_alias_stands_for_its_anchor_and_a_merge_key_for_missing_keys() -> None:
    found, problems = read("a: &x {p: 1, q: 2}\nb: *x\nc: {<<: *x, q: 3}\nd: {<<: [*x, {r: 4}]}\n")
    assert problems == []
    assert found == {
        "a": {"p": 1, "q": 2},
        "b": {"p": 1, "q": 2},
        "c": {"p": 1, "q": 3},
        "d": {"p": 1, "q": 2, "r": 4},
    }
    assert read("c: {<<: 3}")[1] == ["1:9: `<<` takes an alias of a map, or a list of them"]


def test_aliases_cannot_fill_the_memory() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    for before, one in pairwise("abcdefghijk"):
        lines.append(f"{one}: &{one} [{', '.join([f'*{before}'] * 10)}]")
    assert read("\n".join(lines))[1] == ["6:36: aliases blow the file up to over 1,000,000 values"]


def test_an_alias_of_what_holds_it_is_refused() -> None:
    assert read("a: &a [*a]")[1] == ["1:8: the alias *a has no anchor &a that ends before it"]


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_nesting_is_bounded_before_it_could_overflow_the_stack(opening: str) -> None:
    _, problems = read("a:\n  " + opening * 100_000)
    assert len(problems) == 1
    assert str(MAX_DEPTH) in problems[0] or "a key must be plain text" in problems[0]


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.system", "!env", "!!binary", "!!int", "!!set"])
def test_tags_are_refused(tag: str) -> None:
    _, problems = read(f"a: {tag} x")
    assert problems[0].startswith("1:4: the tag ")


def test_a_character_that_yaml_refuses_is_named_with_its_place() -> None:
    assert read("ok: 1\nä: \x07")[1] == ["2:4: character U+0007 can't stand in a YAML file"]


def test_a_text_that_begins_with_a_larger_than_is_told_to_stand_in_quotes() -> None:
    (found,) = read("target: >= 99.9%\n")[1]
    assert found.endswith("(put text that begins with > or |, such as '>= 99.9%', in quotes)")


def test_defaults_lie_under_a_map_and_neither_is_changed() -> None:
    problems = Problems()
    entry, defaults = parse("a: 1\n", "e", problems), parse("a: 2\nb: 3\n", "d", problems)
    assert entry is not None
    assert defaults is not None
    both = entry.over(defaults)
    assert both == {"a": 1, "b": 3}
    assert (str(both.key_place("a")), str(both.key_place("b"))) == ("e:1:1", "d:2:1")
    assert (entry, defaults) == ({"a": 1}, {"a": 2, "b": 3})
    assert both.without("a") == {"b": 3}


@given(st.text(alphabet="ab01:-{}[],&*!|>'\"#%@` \n\t\\?<~.é\x00", max_size=60))
def test_no_text_raises_anything(text: str) -> None:
    problems = Problems()
    found = parse(text, "a.yaml", problems)
    assert isinstance(found, Map) or problems.has_errors


KEYS = st.text("abc ", min_size=1)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.text("abc: #'\"é\n", max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text("abc", min_size=1), VALUES, max_size=4))
def test_json_is_read_as_json_means_it(value: dict[str, object]) -> None:
    assert read(json.dumps(value, ensure_ascii=False)) == (value, [])
