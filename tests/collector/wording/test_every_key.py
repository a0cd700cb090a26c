"""Every key of a contract's schema gets a sentence, and every clause is quoted."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import get_annotations
from typing import Any, get_args

import pytest
from pydantic import BaseModel, ValidationError

from config.contract import Contract
from config.decisions import filled
from config.objectives import METRICS
from config.outage import Exclusion
from config.terms import Term
from tests.collector.wording.samples import SAMPLES, places, said

SAID_BY_THE_COMMAND = {"Contract.carrier", "Contract.extends"}
"""The carrier stands in the title; what is extended is explained whole, as the contract's own."""


def models() -> set[type[Term]]:
    """Every model that a contract may hold."""
    found: set[type[Term]] = set()
    ahead: list[Any] = [Contract, Exclusion, *METRICS.values()]
    while ahead:
        one = ahead.pop()
        ahead += get_args(one)
        if isinstance(one, type) and issubclass(one, Term) and one not in found:
            found.add(one)
            for field in one.model_fields.values():
                ahead += [field.annotation, *field.metadata]
    return found


def defined_in(model: type[BaseModel], name: str) -> type:
    """The class that says what a field is."""
    return next(base for base in model.__mro__ if name in get_annotations(base))


def keys() -> Iterator[str]:
    """`Model.key` for each key, as a file has it, of the model that defines it."""
    for model in models():
        for name, field in model.model_fields.items():
            if name != "clause":
                yield f"{defined_in(model, name).__name__}.{field.alias or name}"


def test_the_samples_know_every_key_of_the_schema_and_no_other() -> None:
    assert len(models()) > 50
    assert sorted(set(keys())) == sorted(SAMPLES)


@pytest.mark.parametrize("key", sorted(SAMPLES.keys() - SAID_BY_THE_COMMAND))
def test_a_key_has_its_sentence(key: str) -> None:
    assert SAMPLES[key].says in said(SAMPLES[key].terms)


@pytest.mark.parametrize("key", sorted(SAMPLES))
def test_a_clause_is_quoted_wherever_it_may_stand(key: str) -> None:
    terms = SAMPLES[key].terms
    for at in places(terms):
        clause = "9." + ".".join(map(str, at))
        try:
            Contract.model_validate(filled(terms, [((*at, "clause"), clause)]))
        except ValidationError:
            continue  # a map that is none of our models, such as service hours
        assert f"(clause {clause})" in said(filled(terms, [((*at, "clause"), clause)]))


@pytest.mark.parametrize("key", sorted(SAMPLES))
def test_sentences_are_sentences(key: str) -> None:
    for line in said(SAMPLES[key].terms).splitlines():
        assert line.endswith((".", ":"))
        assert "  " not in line
        assert ".." not in line
        assert "None" not in line
