"""The values of an answer's fields: which kinds of JSON are taken as text or as hashtags, and which are none."""

from __future__ import annotations

import json
from typing import Any

from artworks.ai.reading.keys import field_of
from artworks.core.fields import FIELDS

KINDS = {field.name: field.kind for field in FIELDS}
# Where models put a value that they wrap in an object of its own, best first.
_VALUE_KEYS = ("value", "text", "content", "answer", "tag", "hashtag", "name", "label", "point", "title")
# A part of a schema, which some models repeat with their answer or in place of it.
_SCHEMA_TYPES = {"string", "array", "object", "number", "integer", "boolean", "null"}
MOST_ITEMS = 300
# Python writes no number of very many digits; no text is one.
_LARGEST_NUMBER = 1e15


def value_of(field: str, value: object) -> str | list[str] | None:
    """Return a value as its field has it: text, or a list of texts for hashtags; None for what is no value of it."""
    value = _parsed(value)
    if KINDS[field] == "hashtags":
        return _items(value)
    if KINDS[field] == "category" and isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, list):
        lines = [_text(item) for item in value[:MOST_ITEMS]]
        return None if None in lines else "\n".join(filter(None, lines))
    if isinstance(value, dict) and field == "key_points" and (lines_of := _named_lines(value)):
        return lines_of
    return _text(value, field)


def _parsed(value: object) -> object:
    """Return the list that a text is, where a model wrote JSON into a text."""
    if not isinstance(value, str) or not value.lstrip().startswith(("[", "{")):
        return value
    try:
        found = json.loads(value, strict=False)
    except (ValueError, RecursionError):
        return value
    return found if isinstance(found, list | dict) else value


def _text(value: object, field: str = "") -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value) if abs(value) < _LARGEST_NUMBER else None
    return _wrapped_text(value, field) if isinstance(value, dict) else None


def _wrapped_text(value: dict[str, Any], field: str = "") -> str | None:
    """Return the text in an object that is there for one alone, such as {"value": "…", "confidence": 0.9}."""
    if _is_schema(value):
        return None
    own = [key for key in value if field and field_of(key) == field]
    for key in [*own, *_VALUE_KEYS]:
        if isinstance(value.get(key), str):
            return str(value[key])
    return None


def _is_schema(value: dict[str, Any]) -> bool:
    return "value" not in value and isinstance(value.get("type"), str) and value["type"] in _SCHEMA_TYPES


def _named_lines(value: dict[str, Any]) -> str | None:
    """Return an object of short facts as lines: "Size: 30 x 40 cm"."""
    if _is_schema(value) or len(value) == 1:
        return None
    lines = [f"{name}: {text}" for name, item in value.items() if (text := _text(item)) is not None]
    return "\n".join(lines) if len(lines) == len(value) else None


def _items(value: object) -> list[str] | None:
    """Return the texts of a list of hashtags, however deep they are; a text alone is a list of one line."""
    if isinstance(value, dict) and not _is_schema(value):
        if all(name.startswith("#") for name in value) or _is_scored(value):
            return list(value)[:MOST_ITEMS]
        text = _wrapped_text(value)
        value = [text] if text is not None else [one for part in value.values() for one in _as_list(part)]
    if isinstance(value, str):
        # Marked by its line end as a line of several: an item of a list is one hashtag.
        return [f"{value}\n"]
    if not isinstance(value, list):
        return None
    texts = [_text(item) for part in value[:MOST_ITEMS] for item in _as_list(part)[:MOST_ITEMS]]
    found = [text for text in texts if text is not None]
    return found if found or not value else None


def _is_scored(value: dict[str, Any]) -> bool:
    """Return whether an object has words for names and only numbers for values: how sure the model is of each."""
    return all(isinstance(score, int | float) for score in value.values()) and not any(
        name.isdecimal() or name in _VALUE_KEYS for name in value
    )


def _as_list(value: object) -> list[object]:
    if isinstance(value, dict) and value and _is_scored(value):
        return list(value)
    return value if isinstance(value, list) else [value]
