"""A small reader of JSON schemas: just the keywords that tests/data/openai_subset.json uses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_DEFS: dict[str, Any] = json.loads(
    (Path(__file__).parent.parent / "data" / "openai_subset.json").read_text(encoding="utf-8")
)["$defs"]
_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "null": type(None),
}


def problems(value: Any, name: str) -> list[str]:
    """Return what is wrong with a value by the named schema; an empty list when it fits."""
    return list(_check(value, _DEFS[name], name))


def known_properties(name: str) -> set[str]:
    """Return the names of all properties of a schema, parents included."""
    return set(_properties(_DEFS[name]))


def _properties(schema: dict[str, Any]) -> Iterator[str]:
    if "$ref" in schema:
        yield from _properties(_DEFS[schema["$ref"].rpartition("/")[2]])
    yield from schema.get("properties", {})
    for part in schema.get("allOf", []):
        yield from _properties(part)


def _check(value: Any, schema: dict[str, Any], at: str) -> Iterator[str]:
    if "$ref" in schema:
        yield from _check(value, _DEFS[schema["$ref"].rpartition("/")[2]], at)
    for part in schema.get("allOf", []):
        yield from _check(value, part, at)
    options = schema.get("anyOf", [])
    if options and all(list(_check(value, option, at)) for option in options):
        yield f"{at}: fits none of {len(options)} shapes"
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_is(value, kind) for kind in kinds):
        yield f"{at}: is no {' or '.join(kinds)}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value!r} is not one of {schema['enum']}"
    yield from _check_bounds(value, schema, at)
    if isinstance(value, dict):
        yield from _check_object(value, schema, at)
    if isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            yield from _check(item, schema["items"], f"{at}[{index}]")


def _is(value: Any, kind: str) -> bool:
    return isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _check_bounds(value: Any, schema: dict[str, Any], at: str) -> Iterator[str]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        if value < schema.get("minimum", value) or value > schema.get("maximum", value):
            yield f"{at}: {value} is out of bounds"
    elif isinstance(value, str | list):
        low, high = ("minLength", "maxLength") if isinstance(value, str) else ("minItems", "maxItems")
        if not schema.get(low, 0) <= len(value) <= schema.get(high, len(value)):
            yield f"{at}: has {len(value)} parts"
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        yield f"{at}: does not match {schema['pattern']}"


def _check_object(value: dict[str, Any], schema: dict[str, Any], at: str) -> Iterator[str]:
    for name in schema.get("required", []):
        if name not in value:
            yield f"{at}: lacks {name}"
    known = schema.get("properties", {})
    for name, item in value.items():
        more = schema.get("additionalProperties", True)
        if name in known:
            yield from _check(item, known[name], f"{at}.{name}")
        elif isinstance(more, dict):
            yield from _check(item, more, f"{at}.{name}")
        elif not more:
            yield f"{at}: must not have {name}"
