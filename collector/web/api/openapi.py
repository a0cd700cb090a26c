"""The API's table as an OpenAPI 3.1 document. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from collector.web.api.endpoint import Endpoint, Parameter
from collector.web.api.schemas import PROBLEM

Json = dict[str, Any]
BASE = "/api/v1"
ALWAYS = (400, 401, 403, 404, 429, 503)
"""What any request may get: bad parameters, no login, too many of them, no ledger at this moment."""


def document(endpoints: Iterable[Endpoint]) -> Json:
    """The whole document."""
    paths: dict[str, Json] = {}
    for one in endpoints:
        paths.setdefault(BASE + one.path, {})[one.method] = _operation(one)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "linkledger",
            "version": version("linkledger"),
            "description": "Carrier circuits as they were measured, and what their contracts make of it. "
            "Times are RFC 3339 in UTC, lengths seconds, ratios 0 to 1; what decides anything is text.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{}, {"password": []}],
        "paths": paths,
        "components": {
            "schemas": {"Problem": PROBLEM},
            "responses": {
                "Problem": _content("What is wrong (RFC 9457).", _PROBLEM, "application/problem+json")
            },
            "securitySchemes": {"password": {"type": "http", "scheme": "basic"}},
        },
    }


_PROBLEM: Json = {"$ref": "#/components/schemas/Problem"}


def _operation(one: Endpoint) -> Json:
    told: Json = {
        "operationId": one.method
        + "".join(part.strip("{}").title() for part in one.path.split("/")).replace(".", ""),
        "summary": one.what,
        "parameters": [
            *(_parameter(each, "path") for each in one.in_path),
            *(_parameter(each, "query") for each in one.parameters),
        ],
        "responses": {
            "200": _answer(one),
            **{str(status): _status(status, one) for status in _statuses(one)},
        },
    }
    if one.body is not None:
        told["requestBody"] = {"required": True, "content": {"application/json": {"schema": one.body}}}
    return told


def _parameter(one: Parameter, where: str) -> Json:
    schema = dict(one.kind.schema)
    if one.default is not None:
        schema["default"] = int(one.default) if schema.get("type") == "integer" else one.default
    return {
        "name": one.name,
        "in": where,
        "required": where == "path",
        "description": one.what,
        "schema": schema,
        "example": int(one.example) if schema.get("type") == "integer" else one.example,
    }


def _statuses(one: Endpoint) -> list[int]:
    return sorted({*ALWAYS, *one.statuses})


def _answer(one: Endpoint) -> Json:
    return _content("It is so.", one.answer, *one.content_types)


def _status(status: int, one: Endpoint) -> Json:
    if status == HTTPStatus.CREATED:
        return _answer(one) | {"description": "It was written."}
    if status == HTTPStatus.NOT_MODIFIED:
        return {"description": "What you have of it (If-None-Match) is as it is."}
    return {"$ref": "#/components/responses/Problem"}


def _content(what: str, schema: Any, *types: str) -> Json:  # noqa: ANN401 - JSON Schema
    return {"description": what, "content": {one: {"schema": schema} for one in types}}
