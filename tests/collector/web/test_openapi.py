"""The API's document, and the API held against it by a tool that others use."""

from __future__ import annotations

import asyncio
from importlib import import_module
from threading import Event, Thread
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import response_schema_conformance

from collector.web.api.openapi import document
from collector.web.api.table import ENDPOINTS
from tests.collector.web.booked import Booked

APART = ("/api/v1/events", "/api/v1/reports/")
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


def test_each_operation_has_a_name_of_its_own() -> None:
    names = [each["operationId"] for path in document(ENDPOINTS)["paths"].values() for each in path.values()]
    assert len(names) == len(set(names)) == len(ENDPOINTS)


@pytest.mark.slow
def test_nothing_that_fits_the_document_gets_an_answer_that_does_not(booked: Booked) -> None:
    ready, done, found = Event(), Event(), list[str]()

    async def serve() -> None:
        async with booked.served() as url:
            found.append(url)
            ready.set()
            await asyncio.to_thread(done.wait)

    thread = Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert ready.wait(30)
        schema = schemathesis.openapi.from_dict({**document(ENDPOINTS), "servers": [{"url": found[0]}]})
        for result in schema.get_all_operations():
            assert isinstance(result, Ok)
            operation = result.ok()
            if operation.path.startswith(APART):
                continue

            @settings(
                max_examples=8,
                deadline=None,
                derandomize=True,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            def check(case: schemathesis.Case[Any]) -> None:
                case.call_and_validate(
                    base_url=found[0], checks=[not_a_server_error, response_schema_conformance]
                )

            given(case=operation.as_strategy())(check)()
    finally:
        done.set()
        thread.join()
