"""Problems: how they are told, counted and ordered."""

from __future__ import annotations

import pytest

from config.errors import MOST_PROBLEMS, ConfigErrors, Place, Problem, Problems, Severity, dotted, nearest


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (("circuits", "lon-acme", "probes", "pe"), "circuits.lon-acme.probes.pe"),
        (("sites", "lon", "reference", 0, "icmp"), "sites.lon.reference[0].icmp"),
        (("sites", "lon.a", "country"), 'sites."lon.a".country'),
    ],
)
def test_a_path_is_written_with_dots_and_places(path: tuple[str | int, ...], text: str) -> None:
    assert dotted(path) == text


def test_a_problem_reads_file_line_column_path_and_text() -> None:
    assert str(Problem("a.yaml", 3, 5, "web.listen", "is wrong")) == "a.yaml:3:5: web.listen: is wrong"
    assert str(Problem("a.yaml", 3, 5, "", "is wrong")) == "a.yaml:3:5: is wrong"
    assert str(Problem("a.yaml", 0, 0, "", "is not there")) == "a.yaml: is not there"
    warning = Problem("a.yaml", 3, 5, "web", "is odd", Severity.WARNING)
    assert str(warning) == "a.yaml:3:5: warning: web: is odd"


def test_problems_come_in_the_order_of_files_and_lines_and_the_same_one_counts_once() -> None:
    problems = Problems()
    for line in (10, 9, 9):
        problems.error(Place("b.yaml", line, 1), ("x",), "is wrong")
    problems.warn(Place("a.yaml", 99, 1), ("y",), "is odd")
    assert len(problems) == 3
    assert [(one.file, one.line) for one in problems.sorted()] == [
        ("a.yaml", 99),
        ("b.yaml", 9),
        ("b.yaml", 10),
    ]
    assert problems.has_errors
    assert str(ConfigErrors(problems.sorted())) == "b.yaml:9:1: x: is wrong\nb.yaml:10:1: x: is wrong"


def test_after_a_thousand_errors_more_are_counted_and_warnings_take_no_place_of_theirs() -> None:
    problems = Problems()
    for line in range(MOST_PROBLEMS):
        problems.warn(Place("a.yaml", line, 1), (), "is odd")
    for line in range(MOST_PROBLEMS + 7):
        problems.error(Place("b.yaml", line, 1), (), "is wrong")
    found = problems.sorted()
    assert len(found) == 2 * MOST_PROBLEMS + 1
    assert str(found[-1]) == "b.yaml: and 7 more errors"


def test_warnings_alone_are_no_error() -> None:
    problems = Problems()
    problems.warn(Place("a.yaml"), (), "is odd")
    assert not problems.has_errors


@pytest.mark.parametrize(
    ("word", "known", "said"),
    [
        ("carier", ["carrier", "site"], "did you mean 'carrier'?"),
        ("zzz", ["site", "carrier"], "known here: carrier, site"),
        ("zzz", [], "there are none"),
        (
            "zzz",
            [f"c{n:02}" for n in range(25)],
            f"known here: {', '.join(f'c{n:02}' for n in range(20))} ...",
        ),
    ],
)
def test_the_nearest_known_word_is_named_or_else_all(word: str, known: list[str], said: str) -> None:
    assert nearest(word, known) == said
