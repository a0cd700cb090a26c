"""The config reference is what the models say."""

from __future__ import annotations

import re

from pydantic import BaseModel

from config.outputs import InfluxdbOutput
from config.reference import DOCUMENT, reference
from config.settings import Circuit
from probes import PROBES, probe_kind


def test_the_reference_is_current() -> None:
    assert DOCUMENT.read_text() == reference(), "run: python -m config.reference"


def test_every_key_of_the_file_and_of_each_kind_has_a_row_with_a_meaning() -> None:
    rows = re.findall(r"^\| `([^`]+)` \| ([^|]*) \| ([^|]*) \| (.*) \|$", reference(), re.MULTILINE)
    keys = {key for key, *_ in rows}
    models: list[type[BaseModel]] = [Circuit, InfluxdbOutput]
    models += [probe_kind(kind).options for kind in PROBES]
    for model in models:
        assert {field.alias or name for name, field in model.model_fields.items()} <= keys
    assert [key for key, _, _, meaning in rows if not meaning.strip()] == []


def test_every_link_inside_the_reference_leads_somewhere() -> None:
    text = reference()
    anchors = {
        line.lstrip("# ").lower().replace(" ", "-") for line in text.splitlines() if line.startswith("#")
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= anchors
