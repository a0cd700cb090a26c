"""Reading files, and `include`."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.errors import Problems
from config.files import Unreadable, assemble, read, read_text
from config.tree import plain


def files(directory: Path, **texts: str) -> Path:
    """Write `name__yaml=text` files below conf.d, and `top`; returns the top file."""
    (directory / "conf.d").mkdir(exist_ok=True)
    for name, text in texts.items():
        if name != "top":
            (directory / "conf.d" / f"{name}.yaml").write_text(text)
    top = directory / "top.yaml"
    top.write_text(texts["top"])
    return top


def told(problems: Problems, directory: Path) -> list[str]:
    """The problems, without the directory."""
    return [str(one).replace(f"{directory}/", "") for one in problems.sorted()]


def test_maps_of_all_files_are_merged_and_each_key_keeps_its_place(tmp_path: Path) -> None:
    problems = Problems()
    top = files(
        tmp_path,
        top="include: [conf.d/*.yaml]\na: {b: {c: 1}}\n",
        one="a: {b: {d: 2}}\n",
        two="a: {e: 3}\nf: 4\n",
    )
    document = read(top, problems)
    assert told(problems, tmp_path) == []
    assert document.whole
    assert plain(document.root) == {"a": {"b": {"c": 1, "d": 2}, "e": 3}, "f": 4}
    assert str(document.root["a"]["b"].key_place("d")) == f"{tmp_path}/conf.d/one.yaml:1:9"
    assert [source.path.name for source in document.sources] == ["top.yaml", "one.yaml", "two.yaml"]


def test_a_key_given_in_two_files_names_both_places(tmp_path: Path) -> None:
    problems = Problems()
    read(
        files(tmp_path, top="include: [conf.d/*.yaml]\na: {b: 1}\n", one="a: {b: 1}\n", two="a: [1]\n"),
        problems,
    )
    assert told(problems, tmp_path) == [
        "conf.d/one.yaml:1:5: a.b: this key is given twice, first at top.yaml:2:5: keep one of them",
        "conf.d/two.yaml:1:1: a: this key is given twice, first at top.yaml:2:1: keep one of them",
    ]


def test_merging_does_not_change_what_an_alias_shares(tmp_path: Path) -> None:
    problems = Problems()
    top = files(tmp_path, top="include: [conf.d/*.yaml]\na: &x {p: 1}\nb: *x\n", one="a: {q: 2}\n")
    assert plain(read(top, problems).root) == {"a": {"p": 1, "q": 2}, "b": {"p": 1}}


def test_a_pattern_that_matches_nothing_is_a_warning_and_a_missing_name_an_error(tmp_path: Path) -> None:
    problems = Problems()
    top = files(tmp_path, top="include: [conf.d/*.yml, more.yaml]\n")
    document = read(top, problems)
    assert told(problems, tmp_path) == [
        "top.yaml:1:11: warning: include: no file matches 'conf.d/*.yml'",
        "top.yaml:1:25: include: more.yaml: there is no such file",
    ]
    assert not document.whole


def test_only_the_top_file_may_include(tmp_path: Path) -> None:
    problems = Problems()
    read(files(tmp_path, top="include: [conf.d/*.yaml]\n", one="include: [../top.yaml]\n"), problems)
    [problem] = told(problems, tmp_path)
    assert problem.startswith("conf.d/one.yaml:1:1: include: only top.yaml may include files")


def test_a_file_is_included_once_and_the_top_file_never(tmp_path: Path) -> None:
    problems = Problems()
    top = files(tmp_path, top="include: ['*.yaml', conf.d/one.yaml, conf.d/*.yaml]\n", one="a: 1\n")
    assert plain(read(top, problems).root) == {"a": 1}
    assert told(problems, tmp_path) == []


def test_a_pattern_may_be_absolute(tmp_path: Path) -> None:
    problems = Problems()
    top = files(tmp_path, top=f"include: ['{tmp_path}/conf.d/*.yaml']\n", one="a: 1\n")
    assert plain(read(top, problems).root) == {"a": 1}


def test_the_mistakes_of_all_files_are_told_together(tmp_path: Path) -> None:
    problems = Problems()
    top = files(tmp_path, top="include: [conf.d/*.yaml]\na: 1\na: 2\n", one="b: [", two="c: 1\nc: 2\n")
    assert not read(top, problems).whole
    assert [one.split(":")[0] for one in told(problems, tmp_path)] == [
        "conf.d/one.yaml",
        "conf.d/two.yaml",
        "top.yaml",
    ]


def test_a_text_that_is_too_large_is_refused_before_it_is_read_whole() -> None:
    with pytest.raises(Unreadable, match="is larger than 1,000 bytes"):
        read_text(Path("/dev/zero"), 1_000)


def test_a_path_that_cannot_be_one_is_refused() -> None:
    with pytest.raises(Unreadable, match="can't be read: embedded null byte"):
        read_text(Path("a\0b"))


def test_a_source_without_a_file_is_assembled_like_one() -> None:
    from config.files import Source

    problems = Problems()
    assert plain(assemble(Source("starter", Path("starter"), "a: 1\n"), problems).root) == {"a": 1}
