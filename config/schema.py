"""JSON Schema of a configuration file as it is written, for editors and for checks before a roll-out.

It is made from the models; what a file says otherwise than Settings hold it (probes by their kind,
references beside their owner, `none`, `include`, `defaults`, `kits` and their words, circuits from CSV,
credentials by their name, secrets that lie elsewhere) is put in here. A schema sees the top file and no
names, and wants a value behind every key: `check` knows more.
"""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import models_json_schema

from config.entries import PROVES, REFERENCE_KEYS, named_keys
from config.fields import SLUG
from config.objectives import METRICS
from config.rows import KEY as CSV
from config.settings import FACTS, Settings
from probes import PROBES, probe_kind

Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
_NAMED = ("sites", "carriers", "circuits", "contracts", "credentials")
_WHOLE: Schema = {
    "sites": {
        "required": ["timezone"],
        "properties": {"reference": {"items": {"required": ["owner"]}}},
    },
    "carriers": {"required": ["name"]},
    "circuits": {"required": ["carrier", "site"], "anyOf": [{"required": ["probes"]}, {"required": ["kit"]}]},
}
"""What a file must hold that neither includes others nor has defaults."""


def file_schema() -> Schema:
    """The JSON Schema (2020-12) of a configuration file."""
    schema: Schema = Settings.model_json_schema()
    parts: Schema = schema["$defs"]
    for name in ("ProbeSettings", "ProbeOptions", "Reference"):
        parts.pop(name, None)
    parts["Probe"] = {"oneOf": [_entry(kind, parts) for kind in PROBES]}
    parts["Reference"] = {"oneOf": [_entry(kind, parts, reference=True) for kind in PROBES]}
    parts["Site"]["properties"]["reference"] = _reference(parts["Site"]["properties"]["reference"])
    parts["Via"]["minProperties"] = 1
    parts |= _objectives()
    parts["Circuit"] = _circuit(parts["Circuit"])
    for name in ("Site", "Carrier", "Circuit"):
        parts[name].pop("required", None)  # `defaults` may hold it: asked for below where there are none
    whole: Schema = {
        "$schema": DIALECT,
        "title": "linkledger configuration",
        "type": "object",
        "additionalProperties": False,
        "properties": _top(schema["properties"]),
        "allOf": [
            _without("include", "defaults", then=_complete()),
            _without("include", "kits", then=_kitless(parts)),
        ],
        "$defs": parts,
    }
    _let_numbers_be_text(whole)
    return whole


def _without(*keys: str, then: Schema) -> Schema:
    """What holds of a file that has none of `keys`."""
    return {"if": {"not": {"anyOf": [{"required": [key]} for key in keys]}}, "then": then}


def _complete() -> Schema:
    """Every entry says itself all that it must."""
    asked = {key: {"properties": {CSV: True}, "additionalProperties": one} for key, one in _WHOLE.items()}
    return {"required": list(_WHOLE), "properties": asked}


def _kitless(parts: Schema) -> Schema:
    """A circuit has no words for kits, and each of its probes says what it measures."""
    known = {"propertyNames": {"enum": list(parts["Circuit"]["properties"])}}
    probes = {"properties": {"probes": {"additionalProperties": {"$ref": "#/$defs/Probe"}}}}
    circuits = {"properties": {CSV: True}, "additionalProperties": known | probes}
    defaults = {"properties": {"circuits": known | probes}}
    return {"properties": {"circuits": circuits, "defaults": defaults}}


def _circuit(circuit: Schema) -> Schema:
    """A circuit as a file has it: with kits, words for them, and probes that replace keys of theirs."""
    properties = circuit["properties"]
    for key in FACTS:
        properties[key].pop("default", None)
    properties["kit"] = {
        "description": properties["kit"]["description"],
        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
    }
    probe = {"anyOf": [{"$ref": "#/$defs/Probe"}, _options()]}
    properties["probes"] |= _named(probe) | {"minProperties": 1}
    return circuit | {"additionalProperties": {"type": ["string", "number", "boolean"]}}


def _options() -> Schema:
    """The options of all kinds, without a key that names one."""
    options = {key: one for kind in PROBES for key, one in _entry(kind, {})["properties"].items()}
    shared = {key: one for key, one in options.items() if key not in PROBES}
    return {"type": "object", "additionalProperties": False, "properties": shared}


def _let_numbers_be_text(schema: object) -> None:
    """Plain text may look like a number (`account: 4711`)."""
    if isinstance(schema, list):
        for one in schema:
            _let_numbers_be_text(one)
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "string" and not schema.keys() & {"pattern", "format", "enum", "const"}:
        schema["type"] = ["string", "number"]
    for one in schema.values():
        _let_numbers_be_text(one)


def _objectives() -> Schema:
    """An objective's keys are those of its metric, which is its name unless `metric` says another."""
    models = list(dict.fromkeys(METRICS.values()))
    _, made = models_json_schema([(model, "validation") for model in models])
    parts: Schema = made["$defs"]
    refs = {model: {"$ref": f"#/$defs/{model.__name__}"} for model in models}
    parts["Objectives"] = {
        "type": "object",
        "description": "what was promised, by name",
        "properties": {
            "clause": {"type": "string"},
            **{name: refs[model] for name, model in METRICS.items()},
        },
        "additionalProperties": {"required": ["metric"], "anyOf": list(refs.values())},
    }
    return parts


def _top(properties: Schema) -> Schema:
    top = {key: value for key, value in properties.items() if key not in ("host", "digest")}
    for key in _NAMED:
        top[key] |= _named(top[key]["additionalProperties"])
    top["contracts"]["additionalProperties"] = _contract(top["contracts"]["additionalProperties"])
    sections = {
        "sites": {"$ref": "#/$defs/Site"},
        "carriers": {"$ref": "#/$defs/Carrier"},
        "circuits": {"$ref": "#/$defs/Circuit"},
    }
    probes = _options()
    references = {**probes, "properties": {**probes["properties"], **_beside()}}
    files = [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]
    top["circuits"]["properties"] = {CSV: {"anyOf": [*files, sections["circuits"]]}}
    template = {"type": "object", "propertyNames": {"enum": [*PROBES, *probes["properties"]]}}
    top["kits"] = _named({"type": "object", "minProperties": 1, "additionalProperties": template}) | {
        "description": "probes that many circuits share, with {word} where each says its own"
    }
    top["defaults"] = {
        "type": "object",
        "description": "for every entry of that kind, unless it says otherwise",
        "additionalProperties": False,
        "properties": {**sections, "contracts": {}, "probes": probes, "references": references},
    }
    top["include"] = {
        "type": "array",
        "items": {"type": "string"},
        "description": "more files, relative to this one: their maps are merged with this file's",
    }
    return top


def _contract(whole: Schema) -> Schema:
    """A contract that extends another, or leaves keys undecided, may lack what others must say."""
    asked = [{"required": [key]} for key in ("extends", "undecided")]
    return {"if": {"anyOf": asked}, "then": {"type": "object"}, "else": whole}


def _named(entry: Schema) -> Schema:
    """A map of named things."""
    return {"type": "object", "propertyNames": {"pattern": SLUG}, "additionalProperties": entry}


def _entry(kind: str, parts: Schema, *, reference: bool = False) -> Schema:
    """A probe or reference entry: the key that names the kind, its options, and what stands beside."""
    model = probe_kind(kind).options
    options = model.model_json_schema()
    parts |= options.pop("$defs", {})
    names = {key: {"type": "string", "description": "a key of `credentials`"} for key in named_keys(kind)}
    properties: Schema = {
        kind: {"type": "string", "description": "the target"},
        **options["properties"],
        **names,
        PROVES: {"enum": ["path", "service"], "default": "path"},
    }
    if reference:
        properties |= _beside()
    return {
        "type": "object",
        "title": f"{kind} {'reference' if reference else 'probe'}",
        "properties": properties,
        "required": [kind],
        "additionalProperties": False,
    }


def _beside() -> Schema:
    names = {"type": "array", "items": {"type": "string"}}
    kinds: Schema = {"owner": {"enum": ["ours", "carrier"]}, "carrier": {"type": "string"}, "covers": names}
    return {key: kinds[key] for key in REFERENCE_KEYS}


def _reference(written: Schema) -> Schema:
    return {
        "description": written["description"],
        "anyOf": [{"const": "none"}, {"type": "array", "items": {"$ref": "#/$defs/Reference"}}],
    }
