"""The API's document, and the API held against it by a tool that others use."""

from __future__ import annotations

import os
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema import Draft202012Validator
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from collector.web.api.openapi import document
from collector.web.api.table import ENDPOINTS
from tests.collector.web.booked import Booked, beside

EXAMPLES = int(os.environ.get("API_EXAMPLES", "5"))
"""An operation; with API_EXAMPLES=200 it takes minutes."""
APART = ("/api/v1/events", "/api/v1/reports/", "/api/v1/review")
"""What never ends, and what this server has no maker of."""


def test_every_endpoint_has_work_or_a_way_of_its_own() -> None:
    for one in ENDPOINTS:
        if one.work:
            module, _, name = one.work.partition(":")
            assert callable(getattr(import_module(f"collector.web.api.{module}"), name))


def test_every_example_is_one_that_is_taken() -> None:
    for endpoint in ENDPOINTS:
        for one in (*endpoint.in_path, *endpoint.parameters):
            assert one.kind.read(one.example) is not None
            assert one.default is None or one.kind.read(one.default) is not None


def test_the_document_is_what_openapi_says_of_itself() -> None:
    """A path's variables are its parameters, and every schema is one."""
    for path, operations in document(ENDPOINTS)["paths"].items():
        for one in operations.values():
            named = {each["name"] for each in one["parameters"] if each["in"] == "path"}
            assert named == set(re.findall(r"{(\w+)}", path))
            schemas = [each["schema"] for each in one["parameters"]]
            for answer in one["responses"].values():
                schemas += [each["schema"] for each in answer.get("content", {}).values()]
            for schema in schemas:
                Draft202012Validator.check_schema(schema)


def test_the_page_about_the_api_lists_what_the_table_holds() -> None:
    told = (Path(__file__).parents[3] / "docs" / "api.md").read_text()
    for one in ENDPOINTS:
        names = ", ".join(f"`{each.name}`" for each in one.parameters) or "none"
        assert f"| {one.method.upper()} | `/api/v1{one.path}` | {names} | {one.what} |" in told


def test_each_operation_has_a_name_of_its_own() -> None:
    names = [each["operationId"] for path in document(ENDPOINTS)["paths"].values() for each in path.values()]
    assert len(names) == len(set(names)) == len(ENDPOINTS)


@pytest.mark.slow
def test_nothing_that_fits_the_document_gets_an_answer_that_does_not(booked: Booked) -> None:
    with beside(booked) as url:
        schema = schemathesis.openapi.from_dict({**document(ENDPOINTS), "servers": [{"url": url}]})
        for result in schema.get_all_operations():
            assert isinstance(result, Ok)
            operation = result.ok()
            if operation.path.startswith(APART):
                continue

            @settings(
                max_examples=EXAMPLES,
                deadline=None,
                derandomize=True,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            def check(case: schemathesis.Case[Any]) -> None:
                case.call_and_validate(
                    base_url=url,
                    checks=[not_a_server_error, status_code_conformance, response_schema_conformance],
                )

            given(case=operation.as_strategy())(check)()
