"""The files that pages bring along."""

from __future__ import annotations

import gzip
from hashlib import sha256
from importlib.resources import files

import pytest

from collector.web.statics import CONTENT_TYPES, STATICS, static


def test_an_address_changes_with_the_content() -> None:
    name, _, digest = static("style.css").partition("?v=")
    assert (name, digest) == ("/static/style.css", sha256(STATICS["style.css"].content).hexdigest()[:12])


def test_there_is_no_address_of_a_file_that_there_is_not() -> None:
    with pytest.raises(KeyError):
        static("nothing.css")


@pytest.mark.parametrize("name", sorted(STATICS))
def test_every_file_is_served_as_what_its_name_says(name: str) -> None:
    found = STATICS[name]
    assert found.content == files("collector.web").joinpath("static", name).read_bytes()
    assert found.content_type == CONTENT_TYPES[name.rpartition(".")[2]]
    assert not found.packed or gzip.decompress(found.packed) == found.content


def test_text_is_packed_and_files_of_folders_have_their_path() -> None:
    assert len(STATICS["style.css"].packed) < len(STATICS["style.css"].content)
    assert any("/" in name for name in STATICS)
    assert not any(name.endswith((".md", ".py")) for name in STATICS)
